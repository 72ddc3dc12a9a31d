#include "backend/pool_pause.hpp"

#include <algorithm>
#include <utility>

namespace sqlproxy::backend {

bool PoolPause::pause(const DatabaseFilter& filter) {
  if (!filter.name) return !std::exchange(all_, true);
  return !all_ && named_.insert(*filter.name).second;
}

bool PoolPause::resume(const DatabaseFilter& filter) {
  if (filter.name) return named_.erase(*filter.name) != 0;
  const bool paused = any();
  all_ = false;
  named_.clear();
  return paused;
}

bool PoolPause::covers(const PoolKey& key) const {
  return all_ ||
         std::ranges::any_of(named_, [&](const std::string& name) { return DatabaseFilter{name}.matches(key); });
}

}  // namespace sqlproxy::backend
