#include "backend/pool_limits.hpp"

#include <algorithm>

#include "backend/server_pool.hpp"

namespace sqlproxy::backend {

SharedPoolPtr PoolLimits::pool(const PoolKey& key) {
  const std::scoped_lock lock(mutex_);
  std::weak_ptr<SharedPool>& known = pools_[key];
  if (SharedPoolPtr pool = known.lock()) return pool;
  auto made = std::make_shared<SharedPool>(key, server_pools_);
  made->set_paused(pause_.covers(key));
  known = made;
  if (pools_.size() >= next_clearing_) {
    std::erase_if(pools_, [](const auto& entry) { return entry.second.expired(); });
    next_clearing_ = std::max<std::size_t>(64, pools_.size() * 2);
  }
  return made;
}

bool PoolLimits::pause(const DatabaseFilter& filter) {
  const std::scoped_lock lock(mutex_);
  if (!pause_.pause(filter)) return false;
  apply_pause();
  return true;
}

bool PoolLimits::resume(const DatabaseFilter& filter) {
  const std::scoped_lock lock(mutex_);
  if (!pause_.resume(filter)) return false;
  apply_pause();
  return true;
}

PoolPause PoolLimits::paused() const {
  const std::scoped_lock lock(mutex_);
  return pause_;
}

// Under the mutex.
void PoolLimits::apply_pause() {
  for (const auto& [key, known] : pools_) {
    if (const SharedPoolPtr pool = known.lock()) pool->set_paused(pause_.covers(key));
  }
  for (ServerPool* pool : server_pools_) pool->note_pause();
}

void PoolLimits::leave(const DatabasePlace& place) const {
  for (ServerPool* pool : server_pools_) pool->leave(place);
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
