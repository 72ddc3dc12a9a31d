#include "wire/messages/copy_response.hpp"

#include <utility>

#include "wire/byte_reader.hpp"
#include "wire/message_writer.hpp"
#include "wire/protocol_error.hpp"

namespace sqlproxy::wire {

core::Result<CopyResponse> CopyResponse::decode(std::string_view body) {
  ByteReader reader(body);
  const std::uint8_t format = reader.u8();
  const std::size_t columns = reader.u16();
  const CopyResponse message{static_cast<Format>(format), FormatCodeList::read(reader, columns)};
  if (auto status = reader.finish(); !status) return std::move(status).error();
  if (format > static_cast<std::uint8_t>(Format::binary)) return protocol_violation("invalid copy format in message");
  return message;
}

core::Status CopyResponse::encode(std::string& out, BackendType type) const {
  MessageWriter writer(out);
  writer.begin(type);
  writer.u8(static_cast<std::uint8_t>(format));
  writer.count(column_formats.size());
  writer.bytes(column_formats.wire());
  return writer.end();
}

}  // namespace sqlproxy::wire
