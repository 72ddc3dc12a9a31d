#include "wire/messages/bind.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"
#include "wire/protocol_error.hpp"

namespace sqlproxy::wire {

core::Result<std::optional<Bind::Names>> Bind::decode_prefix(std::string_view available, std::size_t body_size) {
  ByteReader reader(available.substr(0, body_size));
  Names names;
  names.portal = reader.cstring();
  names.statement = reader.cstring();
  names.size = reader.position();
  if (reader.ok()) return std::optional(names);
  if (available.size() < body_size) return std::optional<Names>();
  return protocol_violation("invalid string in message");
}

core::Result<Bind> Bind::decode(std::string_view body) {
  ByteReader reader(body);
  Bind message;
  message.portal = reader.cstring();
  message.statement = reader.cstring();
  const std::size_t formats = reader.u16();
  message.parameter_formats = FormatCodeList::read(reader, formats);
  const std::size_t parameters = reader.u16();
  if (reader.ok() && formats > 1 && formats != parameters) {
    return protocol_violation("bind message has " + std::to_string(formats) + " parameter formats but " +
                              std::to_string(parameters) + " parameters");
  }
  message.parameters = ValueList::read(reader, parameters);
  const std::size_t result_formats = reader.u16();
  message.result_formats = FormatCodeList::read(reader, result_formats);
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status Bind::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(FrontendType::Bind);
  writer.cstring(portal);
  writer.cstring(statement);
  writer.count(parameter_formats.size());
  writer.bytes(parameter_formats.wire());
  writer.count(parameters.size());
  writer.bytes(parameters.wire());
  writer.count(result_formats.size());
  writer.bytes(result_formats.wire());
  return writer.end();
}

}  // namespace sqlproxy::wire
