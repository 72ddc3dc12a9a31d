#include "wire/messages/negotiate_protocol_version.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::wire {

core::Result<NegotiateProtocolVersion> NegotiateProtocolVersion::decode(std::string_view body) {
  ByteReader reader(body);
  NegotiateProtocolVersion message;
  message.version = ProtocolVersion::from_code(reader.u32());
  const std::uint32_t options = reader.u32();
  // Each option takes a byte at least: a count that lies ends with the body, not with memory.
  for (std::uint32_t i = 0; i < options && reader.ok(); ++i) message.unrecognized_options.push_back(reader.cstring());
  if (auto status = reader.finish(); !status) return std::move(status).error();
  return message;
}

core::Status NegotiateProtocolVersion::encode(std::string& out) const {
  MessageWriter writer(out);
  writer.begin(BackendType::NegotiateProtocolVersion);
  writer.u32(version.code());
  writer.u32(static_cast<std::uint32_t>(unrecognized_options.size()));
  for (const std::string_view option : unrecognized_options) writer.cstring(option);
  return writer.end();
}

}  // namespace sqlproxy::wire
