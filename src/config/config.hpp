#pragma once

#include <functional>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "config/admin.hpp"
#include "config/audit.hpp"
#include "config/auth.hpp"
#include "config/classification.hpp"
#include "config/database.hpp"
#include "config/limits.hpp"
#include "config/policy.hpp"
#include "config/server.hpp"
#include "config/tenant.hpp"
#include "config/user.hpp"

namespace sqlproxy::config {

// A whole configuration file, checked and with its defaults filled in. Plain data: load_config() makes it, and from
// then on it is shared as std::shared_ptr<const Config>.
struct Config {
  Server server;
  Auth auth;
  // Names are unique.
  std::vector<User> users;
  // By the name that clients connect to; "*" is the fallback.
  std::map<std::string, Database, std::less<>> databases;
  std::map<std::string, Tenant, std::less<>> tenants;
  Limits limits;
  Policy policy;
  std::vector<PolicyRule> policies;
  Classification classification;
  Audit audit;
  Admin admin;

  // The entry for a client that connects to `name`, or the fallback, or null. The pointer lives as long as this object.
  [[nodiscard]] const Database* find_database(std::string_view name) const;
  // Null for unknown names. Linear: for set-up, not for a login's hot path with thousands of users.
  [[nodiscard]] const User* find_user(std::string_view name) const;
  // Some database's users are those of its server, so that nobody can say here which names there are.
  [[nodiscard]] bool has_passthrough() const;
};

}  // namespace sqlproxy::config
