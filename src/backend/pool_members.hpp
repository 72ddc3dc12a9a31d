#pragma once

#include <chrono>
#include <cstddef>
#include <memory>
#include <vector>

#include "backend/lease_request.hpp"
#include "backend/server_connection.hpp"
#include "backend/shared_pool.hpp"
#include "core/clock.hpp"

namespace sqlproxy::backend {

struct PoolBucket;
struct WorkerPool;

// A server connection of one worker's pool.
struct PoolMember {
  enum class State {
    in_use,
    settling,  // nobody's: a reset, a sign of life or a cancel is waited for
    idle,
    leaving,
  };

  // Shared with whoever uses it, so that it cannot go away under a coroutine that waits for it.
  std::shared_ptr<ServerConnection> connection;
  PoolBucket* bucket = nullptr;
  core::TimePoint idle_since;
  State state = State::in_use;
  int cancels_in_flight = 0;
  bool cancel_lost = false;
  bool retired = false;
  // What SharedPool::may_shrink() said when it was closed.
  bool shrinks_pool = false;
  // Its place does not become free with it: it goes with it to another worker, or to `heir`.
  bool place_moves = false;
  SharedPool::Opening heir;
  // Neighbours in the idle list.
  PoolMember* newer = nullptr;
  PoolMember* older = nullptr;
};

// The idle connections of a bucket, the most recently used one first. Owns nothing.
class IdleList {
 public:
  [[nodiscard]] bool empty() const { return newest_ == nullptr; }
  [[nodiscard]] PoolMember* newest() const { return newest_; }
  [[nodiscard]] PoolMember* oldest() const { return oldest_; }
  void push(PoolMember& member);
  void remove(PoolMember& member);

 private:
  PoolMember* newest_ = nullptr;
  PoolMember* oldest_ = nullptr;
};

// The connections of one kind in one worker's pool.
struct PoolBucket {
  WorkerPool* pool = nullptr;
  ConnectionKindPtr kind;
  IdleList idle;
  // Idle or not.
  std::size_t size = 0;

  [[nodiscard]] bool fits(const LeaseRequest& request) const;
};

// One worker's share of a pool.
struct WorkerPool {
  SharedPoolPtr shared;
  // As the newest request said them; see LeaseRequest.
  std::size_t pool_size = 1;
  std::size_t min_pool_size = 0;
  std::chrono::milliseconds connect_timeout{0};
  std::chrono::milliseconds idle_timeout{0};
  std::chrono::milliseconds lifetime{0};
  std::chrono::milliseconds check_delay{0};
  std::vector<std::unique_ptr<PoolBucket>> buckets;
  // Of the newest request; what min_pool_size is made of.
  ConnectionKindPtr newest_kind;
  core::TimePoint last_request;

  void take_settings(const LeaseRequest& request);
  // Null when there is none.
  [[nodiscard]] PoolBucket* find_bucket(const LeaseRequest& request) const;
  [[nodiscard]] PoolBucket& bucket(const ConnectionKindPtr& kind);

  // Past its lifetime, which is up to a tenth shorter for one connection than for another, so that those which were
  // opened together are not closed together.
  [[nodiscard]] bool outlived(const PoolMember& member, core::TimePoint now) const;
  [[nodiscard]] bool needs_check(const PoolMember& member, core::TimePoint now) const;
  // An idle one that may be leased as it is.
  [[nodiscard]] bool usable(const PoolMember& member, core::TimePoint now) const;
};

}  // namespace sqlproxy::backend
