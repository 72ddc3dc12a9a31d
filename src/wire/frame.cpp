#include "wire/frame.hpp"

#include <limits>

#include "wire/byte_reader.hpp"

namespace sqlproxy::wire {

std::optional<FrameHeader> decode_frame_header(std::string_view bytes) noexcept {
  constexpr std::uint32_t kLengthWord = 4;
  ByteReader reader(bytes);
  const char type = static_cast<char>(reader.u8());
  const std::uint32_t length = reader.u32();
  if (!reader.ok() || length < kLengthWord || length > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return FrameHeader{type, length - kLengthWord};
}

void append_frame_header(std::string& out, const FrameHeader& header) {
  const std::uint32_t length = header.body_size + 4;
  out.push_back(header.type);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(length >> shift & 0xFF));
}

}  // namespace sqlproxy::wire
