#include "wire/messages/parse.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {

core::Result<Parse> Parse::decode(std::string_view body) {
  ByteReader reader(body);
  Parse message;
  message.statement = reader.cstring();
  message.text = reader.cstring();
  const std::size_t types = reader.u16();
  message.parameter_types = OidList::read(reader, types);
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status Parse::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(FrontendType::Parse);
  writer.cstring(statement);
  writer.cstring(text);
  writer.count(parameter_types.size());
  writer.bytes(parameter_types.wire());
  return writer.end();
}

}  // namespace sqlproxy::wire
