#pragma once

#include <optional>
#include <string>
#include <vector>

#include "core/secret.hpp"

namespace sqlproxy::config {

// One [[users]] entry. At most one of verifier and password is set; with neither, only methods that ask for no password
// let the user in.
struct User {
  std::string name;
  // "SCRAM-SHA-256$..." or "md5" and 32 hexadecimal digits; its form has been checked.
  std::optional<core::Secret> verifier;
  std::optional<core::Secret> password;
  std::vector<std::string> roles;
  std::string tenant = "default";
};

}  // namespace sqlproxy::config
