#pragma once

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "config/jwt.hpp"
#include "core/result.hpp"
#include "core/secret.hpp"

struct evp_pkey_st;

namespace sqlproxy::identity {

using config::JwtAlgorithm;

// Of RFC 7518, section 3.1; none for other names, "none" among them.
[[nodiscard]] std::optional<JwtAlgorithm> algorithm_named(std::string_view name);

// Something that signatures are checked with: a public key or a shared secret. Which algorithms it serves comes from
// its kind alone, so that a public key never becomes an HMAC's secret, whatever a token says. Immutable; copies share
// the key.
class VerificationKey {
 public:
  using PublicKey = std::shared_ptr<evp_pkey_st>;

  // An error says why signatures by such a key are worth nothing: its kind, or its size.
  [[nodiscard]] static core::Result<VerificationKey> of_public_key(PublicKey key);
  [[nodiscard]] static VerificationKey of_secret(core::Secret secret);

  // The name that tokens call it by; empty: none.
  std::string id;
  // The only algorithm that its owner uses it for; none: each of its kind.
  std::optional<JwtAlgorithm> only;

  [[nodiscard]] bool serves(JwtAlgorithm algorithm) const;
  // True when `signature` is that of `text`. Requires: serves(algorithm).
  [[nodiscard]] bool verifies(JwtAlgorithm algorithm, std::string_view text, std::string_view signature) const;

 private:
  enum class Kind { secret, rsa, p256, p384, p521, ed25519 };

  [[nodiscard]] static std::optional<Kind> kind_of(evp_pkey_st* key);
  [[nodiscard]] static Kind kind_for(JwtAlgorithm algorithm);

  Kind kind_ = Kind::secret;
  PublicKey public_key_;
  core::Secret secret_;
};

}  // namespace sqlproxy::identity
