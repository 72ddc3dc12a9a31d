#pragma once

#include <cstddef>
#include <string_view>

namespace sqlproxy::audit {

struct Utf8Char {
  char32_t code = 0;
  std::size_t length = 0;  // bytes, 1 to 4; 0: the bytes are no well-formed character
};

// The character that `text` begins with (RFC 3629: no overlong forms, no surrogates, nothing above U+10FFFF).
// Requires: !text.empty().
[[nodiscard]] Utf8Char decode_utf8(std::string_view text) noexcept;

// The longest beginning of `text` that has at most `limit` bytes and does not end inside a character.
[[nodiscard]] std::string_view utf8_prefix(std::string_view text, std::size_t limit) noexcept;

}  // namespace sqlproxy::audit
