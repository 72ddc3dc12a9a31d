#include "wire/messages/function_call.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"
#include "wire/protocol_error.hpp"

namespace sqlproxy::wire {

core::Result<std::optional<std::uint32_t>> FunctionCall::decode_prefix(std::string_view available,
                                                                       std::size_t body_size) {
  ByteReader reader(available.substr(0, body_size));
  const std::uint32_t oid = reader.u32();
  if (reader.ok()) return std::optional(oid);
  if (available.size() < body_size) return std::optional<std::uint32_t>();
  return protocol_violation("insufficient data left in message");
}

core::Result<FunctionCall> FunctionCall::decode(std::string_view body) {
  ByteReader reader(body);
  FunctionCall message;
  message.function_oid = reader.u32();
  const std::size_t formats = reader.u16();
  message.argument_formats = FormatCodeList::read(reader, formats);
  const std::size_t arguments = reader.u16();
  if (reader.ok() && formats > 1 && formats != arguments) {
    return protocol_violation("function call message contains " + std::to_string(formats) + " argument formats but " +
                              std::to_string(arguments) + " arguments");
  }
  message.arguments = ValueList::read(reader, arguments);
  message.result_format = reader.u16();
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status FunctionCall::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(FrontendType::FunctionCall);
  writer.u32(function_oid);
  writer.count(argument_formats.size());
  writer.bytes(argument_formats.wire());
  writer.count(arguments.size());
  writer.bytes(arguments.wire());
  writer.u16(result_format);
  return writer.end();
}

}  // namespace sqlproxy::wire
