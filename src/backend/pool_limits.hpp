#pragma once

#include <cstddef>
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <mutex>
#include <vector>

#include "backend/pool_key.hpp"

namespace sqlproxy::backend {

class ServerPool;

// Counts the server connections of all workers against the limit of their pool, and queues those who wait for a place,
// first come, first served across workers. One per process; thread-safe. Not on the path of a statement: a place is
// held for as long as a server connection exists, not for as long as it is in use.
class PoolLimits {
 public:
  // Somebody in the queue. Kept by whoever waits; `wake` is called at most once, on the thread that gave the place.
  class Waiter {
   public:
    explicit Waiter(std::function<void()> wake) : wake_(std::move(wake)) {}

   private:
    friend class PoolLimits;
    std::function<void()> wake_;
    bool granted_ = false;
  };
  using WaiterPtr = std::shared_ptr<Waiter>;

  // Takes one of `limit` places. False when all are taken or others wait already.
  [[nodiscard]] bool try_take(const PoolKey& key, std::size_t limit);
  // Joins the queue, and asks every worker to give up an idle connection. A place that became free since the try_take()
  // that failed is the waiter's at once: look at granted() before you wait.
  [[nodiscard]] WaiterPtr enqueue(const PoolKey& key, std::function<void()> wake);
  // True when the waiter was given a place, which is then the caller's.
  [[nodiscard]] bool granted(const Waiter& waiter) const;
  // Leaves the queue. Returns true when a place was given meanwhile: the caller has it.
  [[nodiscard]] bool leave(const PoolKey& key, const WaiterPtr& waiter);
  // Gives a place back: to the first in the queue, if there is one.
  void give_back(const PoolKey& key);
  [[nodiscard]] bool has_waiters(const PoolKey& key) const;
  [[nodiscard]] std::size_t taken(const PoolKey& key) const;

  // Idle connections of the pool, of all workers; a hint that may be out of date by the time it is used.
  void count_idle(const PoolKey& key, int change);
  [[nodiscard]] std::size_t idle(const PoolKey& key) const;

  // The pools of all workers; to be set up before the workers run.
  void add_pool(ServerPool& pool) { server_pools_.push_back(&pool); }
  [[nodiscard]] const std::vector<ServerPool*>& pools() const { return server_pools_; }

  // `evict` is called, on any thread, when somebody waits for a place of the given pool. To be set up before the
  // workers run.
  void add_evictor(std::function<void(const PoolKey&)> evict) { evictors_.push_back(std::move(evict)); }

 private:
  struct Pool {
    std::size_t taken = 0;
    std::size_t limit = 0;  // as the last try_take() said it
    std::size_t idle = 0;
    std::deque<WaiterPtr> waiters;
  };

  mutable std::mutex mutex_;
  std::map<PoolKey, Pool> pools_;
  std::vector<ServerPool*> server_pools_;
  std::vector<std::function<void(const PoolKey&)>> evictors_;
};

}  // namespace sqlproxy::backend
