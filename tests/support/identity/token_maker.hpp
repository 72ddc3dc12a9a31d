#pragma once

#include <openssl/evp.h>

#include <memory>
#include <string>
#include <string_view>

#include "config/jwt.hpp"
#include "identity/verification_key.hpp"

namespace sqlproxy::identity::test {

[[nodiscard]] std::string base64url_encode(std::string_view bytes);

// An issuer's key: a new one each time.
class IssuerKey {
 public:
  [[nodiscard]] static IssuerKey rsa(unsigned bits = 2048);
  // "P-256" and the like.
  [[nodiscard]] static IssuerKey elliptic(const char* curve);
  [[nodiscard]] static IssuerKey ed25519();

  [[nodiscard]] std::string public_pem() const;
  [[nodiscard]] std::string private_pem() const;
  [[nodiscard]] VerificationKey public_key() const;
  // The signature as RFC 7518 writes it.
  [[nodiscard]] std::string sign(config::JwtAlgorithm algorithm, std::string_view text) const;

 private:
  explicit IssuerKey(EVP_PKEY* key) : key_(key, &EVP_PKEY_free) {}

  std::shared_ptr<EVP_PKEY> key_;
};

[[nodiscard]] std::string hmac_sha256(std::string_view secret, std::string_view text);

// HEADER.CLAIMS, both encoded: what is signed.
[[nodiscard]] std::string signed_text(std::string_view header, std::string_view claims);
// With the signature behind it.
[[nodiscard]] std::string token_of(std::string_view header, std::string_view claims, const IssuerKey& key,
                                   config::JwtAlgorithm algorithm);

}  // namespace sqlproxy::identity::test
