#include "wire/messages/execute.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {

core::Result<Execute> Execute::decode(std::string_view body) {
  ByteReader reader(body);
  Execute message;
  message.portal = reader.cstring();
  message.max_rows = reader.i32();
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status Execute::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(FrontendType::Execute);
  writer.cstring(portal);
  writer.i32(max_rows);
  return writer.end();
}

}  // namespace sqlproxy::wire
