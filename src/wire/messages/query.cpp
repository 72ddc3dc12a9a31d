#include "wire/messages/query.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {

core::Result<Query> Query::decode(std::string_view body) {
  ByteReader reader(body);
  const Query message{reader.cstring()};
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status Query::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(FrontendType::Query);
  writer.cstring(text);
  return writer.end();
}

}  // namespace sqlproxy::wire
