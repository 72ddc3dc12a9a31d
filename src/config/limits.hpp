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

// One [[limits.override]] entry, in place of per_user for that user.
struct LimitOverride {
  std::string user;
  Limit limit;
};

// [limits]; a bucket that is not set does not limit.
struct Limits {
  std::optional<Limit> global;
  std::optional<Limit> per_user;
  std::optional<Limit> per_database;
  std::optional<Limit> per_user_database;
  std::vector<LimitOverride> overrides;
};

}  // namespace sqlproxy::config
