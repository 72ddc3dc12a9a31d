#pragma once

#include <chrono>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/secret.hpp"

namespace sqlproxy::config {

// Of RFC 7518, section 3.1, and RFC 8037. There is no "none".
enum class JwtAlgorithm { hs256, hs384, hs512, rs256, rs384, rs512, ps256, ps384, ps512, es256, es384, es512, eddsa };

// [auth.jwt]: which tokens the method "jwt" believes.
struct Jwt {
  std::string issuer;
  std::string audience;
  // Public keys: a JWKS (RFC 7517) or PEM. Empty: there are none.
  std::filesystem::path keys;
  // Line of the table in the file.
  int line = 0;
  // For the HMAC algorithms.
  std::optional<core::Secret> secret;
  // The only ones that are believed.
  std::vector<JwtAlgorithm> algorithms;
  // The claim that names the user, or lists the users.
  std::string user_claim = "sub";
  // By how much the issuer's clock may differ from ours.
  std::chrono::milliseconds leeway = std::chrono::seconds(30);
};

}  // namespace sqlproxy::config
