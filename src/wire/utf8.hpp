#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sqlproxy::wire {

// The code points of `text`; none when it is not valid UTF-8 (overlong forms, surrogates and codes above U+10FFFF are
// not).
[[nodiscard]] std::optional<std::u32string> decode_utf8(std::string_view text);

// Requires: every element is a code point that UTF-8 can carry.
[[nodiscard]] std::string encode_utf8(std::u32string_view text);

}  // namespace sqlproxy::wire
