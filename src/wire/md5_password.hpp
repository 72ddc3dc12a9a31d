#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "core/result.hpp"

namespace sqlproxy::wire {

// Random bytes of an md5 challenge.
inline constexpr std::size_t kMd5SaltSize = 4;

// "md5" and 32 lower-case hexadecimal digits: what pg_authid keeps for a user with an md5 password. As good as the
// password for logging in, so treat it as a secret. `unavailable` when OpenSSL has no MD5 (FIPS mode).
[[nodiscard]] core::Result<std::string> md5_verifier(std::string_view password, std::string_view user);

// A client's answer to a challenge: "md5" + hex(md5(digits of the verifier ‖ salt)) (protocol.md 2.5.1).
// Requires: `verifier` has the form that md5_verifier() gives.
[[nodiscard]] core::Result<std::string> md5_response(std::string_view verifier, std::string_view salt);

// True when `response` answers the challenge; compares in constant time.
[[nodiscard]] bool check_md5_response(std::string_view response, std::string_view verifier, std::string_view salt);

}  // namespace sqlproxy::wire
