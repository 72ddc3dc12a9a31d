#include "backend/pool_limits.hpp"

#include <algorithm>
#include <cassert>

namespace sqlproxy::backend {

bool PoolLimits::try_take(const PoolKey& key, std::size_t limit) {
  const std::scoped_lock lock(mutex_);
  Pool& pool = pools_[key];
  pool.limit = limit;
  if (pool.taken >= limit || !pool.waiters.empty()) return false;
  ++pool.taken;
  return true;
}

PoolLimits::WaiterPtr PoolLimits::enqueue(const PoolKey& key, std::function<void()> wake) {
  auto waiter = std::make_shared<Waiter>(std::move(wake));
  {
    const std::scoped_lock lock(mutex_);
    Pool& pool = pools_[key];
    if (pool.waiters.empty() && pool.taken < pool.limit) {
      ++pool.taken;
      waiter->granted_ = true;
      return waiter;
    }
    pool.waiters.push_back(waiter);
  }
  for (const auto& evict : evictors_) evict(key);
  return waiter;
}

bool PoolLimits::granted(const Waiter& waiter) const {
  const std::scoped_lock lock(mutex_);
  return waiter.granted_;
}

bool PoolLimits::leave(const PoolKey& key, const WaiterPtr& waiter) {
  const std::scoped_lock lock(mutex_);
  if (waiter->granted_) return true;
  std::erase(pools_[key].waiters, waiter);
  return false;
}

void PoolLimits::give_back(const PoolKey& key) {
  WaiterPtr next;
  {
    const std::scoped_lock lock(mutex_);
    Pool& pool = pools_[key];
    assert(pool.taken > 0);
    if (pool.waiters.empty()) {
      --pool.taken;
      return;
    }
    next = std::move(pool.waiters.front());
    pool.waiters.pop_front();
    next->granted_ = true;
  }
  next->wake_();
}

void PoolLimits::count_idle(const PoolKey& key, int change) {
  const std::scoped_lock lock(mutex_);
  pools_[key].idle += static_cast<std::size_t>(change);
}

std::size_t PoolLimits::idle(const PoolKey& key) const {
  const std::scoped_lock lock(mutex_);
  const auto found = pools_.find(key);
  return found == pools_.end() ? 0 : found->second.idle;
}

bool PoolLimits::has_waiters(const PoolKey& key) const {
  const std::scoped_lock lock(mutex_);
  const auto found = pools_.find(key);
  return found != pools_.end() && !found->second.waiters.empty();
}

std::size_t PoolLimits::taken(const PoolKey& key) const {
  const std::scoped_lock lock(mutex_);
  const auto found = pools_.find(key);
  return found == pools_.end() ? 0 : found->second.taken;
}

}  // namespace sqlproxy::backend
