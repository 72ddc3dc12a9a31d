#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace sqlproxy::identity {

// RFC 4648, section 5, without padding, as RFC 7515 uses it. None for anything that an encoder does not write: other
// characters, padding, white space, a length that no bytes have, stray bits.
[[nodiscard]] std::optional<std::string> base64url_decode(std::string_view text);

}  // namespace sqlproxy::identity
