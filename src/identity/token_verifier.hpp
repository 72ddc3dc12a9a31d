#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "config/jwt.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "identity/verification_key.hpp"

namespace sqlproxy::identity {

// Judges JSON Web Tokens (RFC 7519) in the compact form of RFC 7515, by one configuration's [auth.jwt]. Follows RFC
// 8725: the algorithm is one of the configured ones and fits the key by the key's kind; nothing in a token leads to a
// key that was not configured; names that an object has twice, extensions that are not known, and anything that an
// encoder would not write are refused. Immutable; thread-safe. A token takes about a millisecond at worst, where every
// one of kMaxKeys is tried.
class TokenVerifier {
 public:
  // A client cannot send longer ones (protocol.md, 1.9.2).
  static constexpr std::size_t kMaxToken = 65535;

  // Reads the key file; blocks. An error says why the keys cannot be used.
  [[nodiscard]] static core::Result<TokenVerifier> create(const config::Jwt& settings);

  TokenVerifier(config::Jwt settings, std::vector<VerificationKey> keys);

  // Success when the token proves to be the user named `user`. Otherwise the error's message says why not, for the log:
  // it holds nothing of the token, and the client is not to see it.
  [[nodiscard]] core::Status verify(std::string_view token, std::string_view user, core::WallTime now) const;

 private:
  [[nodiscard]] core::Status check_signature(std::string_view header, std::string_view signed_text,
                                             std::string_view signature) const;
  [[nodiscard]] core::Status check_claims(std::string_view payload, std::string_view user, core::WallTime now) const;

  config::Jwt settings_;
  std::vector<VerificationKey> keys_;
};

}  // namespace sqlproxy::identity
