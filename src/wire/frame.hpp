#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace sqlproxy::wire {

// What precedes the body of every message after the startup packet: a type byte and a length word that counts itself.
struct FrameHeader {
  // Bytes of a header.
  static constexpr std::size_t kSize = 5;

  char type = 0;
  std::uint32_t body_size = 0;

  // Bytes of header and body together.
  [[nodiscard]] std::uint64_t frame_size() const noexcept { return std::uint64_t{kSize} + body_size; }
};

// Reads the header at the start of `bytes`, of which the first five count. Requires bytes.size() >= FrameHeader::kSize.
// None when the length word is below 4 or, read as PostgreSQL's int32, negative: nothing after such a header can be
// trusted and the connection has to end. Neither the type nor the limit of its size is judged here: see is_known() and
// max_body_size().
[[nodiscard]] std::optional<FrameHeader> decode_frame_header(std::string_view bytes) noexcept;

// Appends a header whose body the caller appends. Requires: a body that its type may have.
void append_frame_header(std::string& out, const FrameHeader& header);

}  // namespace sqlproxy::wire
