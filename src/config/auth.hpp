#pragma once

#include <optional>
#include <string>
#include <vector>

#include "config/address_range.hpp"
#include "config/jwt.hpp"

namespace sqlproxy::config {

enum class AuthMethod { scram_sha_256, md5, password, cert, jwt, ldap, trust };

enum class AuthRuleType {
  host,       // TCP, with or without TLS
  hostssl,    // TCP with TLS
  hostnossl,  // TCP without TLS
  local,      // Unix-domain socket
};

// One [[auth.rules]] entry; as in pg_hba.conf, the first one that matches decides.
struct AuthRule {
  AuthRuleType type = AuthRuleType::host;
  // Names, or "*" for every one.
  std::vector<std::string> users;
  std::vector<std::string> databases;
  // Not looked at for `local`.
  std::vector<AddressRange> addresses;
  AuthMethod method = AuthMethod::scram_sha_256;
  // Line of the rule in the file.
  int line = 0;
};

// [auth]
struct Auth {
  // For everyone while there are no rules.
  AuthMethod method = AuthMethod::scram_sha_256;
  std::vector<AuthRule> rules;
  // There when a method asks for it.
  std::optional<Jwt> jwt;
};

}  // namespace sqlproxy::config
