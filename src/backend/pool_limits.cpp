#include "backend/pool_limits.hpp"

#include <algorithm>

namespace sqlproxy::backend {

SharedPoolPtr PoolLimits::pool(const PoolKey& key) {
  const std::scoped_lock lock(mutex_);
  std::weak_ptr<SharedPool>& known = pools_[key];
  if (SharedPoolPtr pool = known.lock()) return pool;
  auto made = std::make_shared<SharedPool>(key, server_pools_);
  known = made;
  if (pools_.size() >= next_clearing_) {
    std::erase_if(pools_, [](const auto& entry) { return entry.second.expired(); });
    next_clearing_ = std::max<std::size_t>(64, pools_.size() * 2);
  }
  return made;
}

std::vector<std::pair<PoolKey, SharedPool::Counts>> PoolLimits::counts() const {
  const std::scoped_lock lock(mutex_);
  std::vector<std::pair<PoolKey, SharedPool::Counts>> counts;
  for (const auto& [key, known] : pools_) {
    if (const SharedPoolPtr pool = known.lock()) counts.emplace_back(key, pool->counts());
  }
  return counts;
}

}  // namespace sqlproxy::backend
