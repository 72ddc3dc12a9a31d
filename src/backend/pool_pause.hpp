#pragma once

#include <set>
#include <string>

#include "backend/database_filter.hpp"

namespace sqlproxy::backend {

// Which databases are paused: all of them, or those that were named. A plain value.
class PoolPause {
 public:
  // Returns false when there is nothing to change.
  [[nodiscard]] bool pause(const DatabaseFilter& filter);
  // Resuming all resumes those too that were paused by name.
  [[nodiscard]] bool resume(const DatabaseFilter& filter);

  [[nodiscard]] bool all() const { return all_; }
  [[nodiscard]] bool any() const { return all_ || !named_.empty(); }
  [[nodiscard]] bool covers(const PoolKey& key) const;
  // As clients call the database.
  [[nodiscard]] bool covers_name(const std::string& name) const { return all_ || named_.contains(name); }

 private:
  bool all_ = false;
  std::set<std::string> named_;
};

}  // namespace sqlproxy::backend
