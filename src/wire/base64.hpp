#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sqlproxy::wire {

// RFC 4648, section 4: the standard alphabet, with padding, without line breaks.
[[nodiscard]] std::string base64_encode(std::string_view bytes);

// None for anything that base64_encode() does not write: other characters, white space, missing padding, stray bits.
[[nodiscard]] std::optional<std::string> base64_decode(std::string_view text);

}  // namespace sqlproxy::wire
