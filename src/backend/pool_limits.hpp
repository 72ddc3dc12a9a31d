#pragma once

#include <cstddef>
#include <map>
#include <memory>
#include <mutex>
#include <utility>
#include <vector>

#include "backend/database_place.hpp"
#include "backend/pool_key.hpp"
#include "backend/pool_pause.hpp"
#include "backend/shared_pool.hpp"

namespace sqlproxy::backend {

// Knows what the workers share of each pool. One per process; thread-safe. Not on the path of a statement: a worker
// keeps what pool() returns.
class PoolLimits {
 public:
  // The pools of all workers are to be added before the workers run. Returns the worker's index.
  std::size_t add_pool(ServerPool& pool) {
    server_pools_.push_back(&pool);
    return server_pools_.size() - 1;
  }

  // Exists, with its counts, for as long as somebody keeps it.
  [[nodiscard]] SharedPoolPtr pool(const PoolKey& key);

  // Pauses or resumes pools, those to come included, on all workers. Returns false when there was nothing to change.
  [[nodiscard]] bool pause(const DatabaseFilter& filter);
  [[nodiscard]] bool resume(const DatabaseFilter& filter);
  [[nodiscard]] PoolPause paused() const;

  // Has all workers close their connections to that database as soon as nobody uses them, and open none but for
  // clients.
  void leave(const DatabasePlace& place) const;

  // Of every pool that exists.
  [[nodiscard]] std::vector<std::pair<PoolKey, SharedPool::Counts>> counts() const;

 private:
  void apply_pause();

  mutable std::mutex mutex_;
  PoolPause pause_;
  std::map<PoolKey, std::weak_ptr<SharedPool>> pools_;
  // Entries of pools that are gone are dropped when there are so many.
  std::size_t next_clearing_ = 64;
  std::vector<ServerPool*> server_pools_;
};

}  // namespace sqlproxy::backend
