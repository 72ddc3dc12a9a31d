#include "wire/messages/describe.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"
#include "wire/protocol_error.hpp"

namespace sqlproxy::wire {

core::Result<Describe> Describe::decode(std::string_view body) {
  ByteReader reader(body);
  Describe message;
  const std::uint8_t target = reader.u8();
  message.target = static_cast<DescribeTarget>(target);
  message.name = reader.cstring();
  if (auto status = reader.finish(); !status) return std::move(status).error();
  if (message.target != DescribeTarget::statement && message.target != DescribeTarget::portal) {
    return protocol_violation("invalid DESCRIBE message subtype " + std::to_string(target));
  }
  return message;
}

core::Status Describe::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(FrontendType::Describe);
  writer.u8(static_cast<std::uint8_t>(target));
  writer.cstring(name);
  return writer.end();
}

}  // namespace sqlproxy::wire
