#include "wire/frame.hpp"

#include <limits>

namespace sqlproxy::wire {

std::optional<FrameHeader> decode_frame_header(std::string_view bytes) noexcept {
  constexpr std::uint32_t kLengthWord = 4;
  if (bytes.size() < FrameHeader::kSize) return std::nullopt;
  // Each message passes here, some twice: a ByteReader would be most of what its header costs.
  std::uint32_t length = 0;
  for (std::size_t i = 1; i < FrameHeader::kSize; ++i) length = length << 8U | static_cast<unsigned char>(bytes[i]);
  if (length < kLengthWord || length > std::numeric_limits<std::int32_t>::max()) return std::nullopt;
  return FrameHeader{bytes.front(), length - kLengthWord};
}

void append_frame_header(std::string& out, const FrameHeader& header) {
  const std::uint32_t length = header.body_size + 4;
  out.push_back(header.type);
  for (int shift = 24; shift >= 0; shift -= 8) out.push_back(static_cast<char>(length >> shift & 0xFF));
}

}  // namespace sqlproxy::wire
