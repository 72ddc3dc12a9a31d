#pragma once

#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "identity/verification_key.hpp"

namespace sqlproxy::identity {

// The keys for signatures of a JSON Web Key Set, or of one JSON Web Key (RFC 7517, RFC 8037); see parse_keys().
[[nodiscard]] core::Result<std::vector<VerificationKey>> parse_json_web_keys(std::string_view text);

}  // namespace sqlproxy::identity
