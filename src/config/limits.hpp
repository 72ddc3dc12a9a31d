#pragma once

#include <optional>
#include <string>
#include <vector>

namespace sqlproxy::config {

// A token bucket: `rate` statements per second, `burst` at once.
struct Limit {
  double rate = 0;
  double burst = 0;
};

// One [[limits.override]] entry: a bucket of its own for that user, or for each user of that role or tenant, in place
// of per_user and per_user_database.
struct LimitOverride {
  enum class Of { user, role, tenant };
  Of of = Of::user;
  std::string name;
  Limit limit;
};

// [limits]; a bucket that is not set does not limit.
struct Limits {
  std::optional<Limit> global;
  std::optional<Limit> per_user;
  std::optional<Limit> per_database;
  std::optional<Limit> per_user_database;
  // Logins a second.
  std::optional<Limit> logins_per_address;
  std::vector<LimitOverride> overrides;
};

}  // namespace sqlproxy::config
