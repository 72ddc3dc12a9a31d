// The part of ServerPool that keeps its connections and pools: how they come, grow old and go.
#include <algorithm>
#include <functional>
#include <string_view>
#include <utility>

#include "backend/server_pool.hpp"

namespace sqlproxy::backend {
namespace {

constexpr std::chrono::milliseconds kSweepInterval{1000};
// How long a pool without connections is remembered, with what is known of its server.
constexpr std::chrono::milliseconds kPoolMemory{60000};
// A server that goes down takes all its processes along within this time.
constexpr std::chrono::milliseconds kShutdownSpread{50};

}  // namespace

ServerPool::ServerPool(net::Executor executor, net::DeadlineQueue& deadlines, PoolLimits& limits)
    : executor_(executor),
      deadlines_(deadlines),
      limits_(limits),
      worker_(limits.add_pool(*this)),
      sweep_timer_(deadlines, [this] { sweep(); }),
      changed_(executor),
      pause_changed_(executor),
      tasks_(executor, "server pool") {}

ServerPool::~ServerPool() = default;

std::size_t ServerPool::KeyHash::operator()(const PoolKey& key) const {
  std::size_t hash = 0;
  for (const std::string* part : {&key.tenant, &key.database, &key.dbname, &key.user}) {
    hash = hash * 31 + std::hash<std::string_view>{}(*part);
  }
  return hash;
}

WorkerPool* ServerPool::find_pool(const PoolKey& key) {
  const auto found = pools_.find(key);
  return found == pools_.end() ? nullptr : found->second.get();
}

WorkerPool& ServerPool::pool_of(const PoolKey& key) {
  if (WorkerPool* const pool = find_pool(key)) return *pool;
  auto made = std::make_unique<WorkerPool>();
  made->shared = limits_.pool(key);
  made->last_request = core::SteadyClock::now();
  if (!sweep_timer_.armed() && !stopping_) sweep_timer_.arm(kSweepInterval);
  return *pools_.emplace(key, std::move(made)).first->second;
}

PoolMember& ServerPool::adopt(std::unique_ptr<ServerConnection> connection, const SharedPoolPtr& shared,
                              const ConnectionKindPtr& kind) {
  const ServerConnection::Id id = connection->id();
  PoolMember& member = members_[id];
  member.connection = std::move(connection);
  member.bucket = &pool_of(shared->key()).bucket(kind);
  ++member.bucket->size;
  tasks_.spawn(member.connection->run(), [this, id] { remove(id); });
  return member;
}

void ServerPool::close(PoolMember& member) {
  if (member.state == State::idle) take_from_idle(member, State::leaving);
  member.state = State::leaving;
  member.connection->close_politely();
}

void ServerPool::remove(ServerConnection::Id id) {
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  PoolMember& member = found->second;
  if (member.state == State::idle) take_from_idle(member, State::leaving);
  const SharedPoolPtr shared = member.bucket->pool->shared;
  if (member.connection->told_to_end() && processes_ != nullptr && !stopping_) {
    tasks_.spawn(tell_client(member.connection->target(), member.connection->greeting().process_id, shared));
  }
  const bool place_moves = member.place_moves;
  const bool shrunk = member.shrinks_pool;
  const SharedPool::Opening heir = std::move(member.heir);
  --member.bucket->size;
  members_.erase(found);
  if (heir.pool != nullptr) {
    SharedPool::Orders orders;
    orders.openings.push_back(heir);
    carry_out(shared, std::move(orders));
  } else if (!place_moves) {
    carry_out(shared, shared->give_back(shrunk));
  }
}

net::Task<void> ServerPool::tell_client(std::shared_ptr<const ServerTarget> target, std::int32_t process_id,
                                        SharedPoolPtr shared) {
  using Loss = ClientProcesses::Loss;
  if (!processes_->taken(*target, process_id)) co_return;
  processes_->lost(*target, process_id, Loss::suspected);
  net::Timer pause(executor_, kShutdownSpread);
  std::error_code ignored;
  co_await pause.async_wait(net::use_task(ignored));
  const SharedPool::Counts counts = shared->counts();
  processes_->lost(*target, process_id, counts.taken > counts.opening ? Loss::confirmed : Loss::refuted);
}

void ServerPool::close_idle() {
  for (auto& [id, member] : members_) {
    if (member.state == State::idle) close(member);
  }
  for (auto& [key, pool] : pools_) pool->min_pool_size = 0;
}

void ServerPool::leave(const DatabasePlace& place) {
  asio::post(executor_, [this, place] {
    for (auto& [id, member] : members_) {
      if (!place.holds(*member.connection->target())) continue;
      member.retired = true;
      member.bucket->pool->min_pool_size = 0;
      if (member.state == State::idle) close(member);
    }
  });
}

void ServerPool::close_surplus(WorkerPool& pool, core::TimePoint now) {
  for (const auto& bucket : pool.buckets) {
    PoolMember* next = bucket->idle.oldest();
    while (next != nullptr) {
      PoolMember& member = *std::exchange(next, next->newer);
      const bool too_long = pool.idle_timeout.count() > 0 && now - member.idle_since > pool.idle_timeout;
      const bool outlived = pool.outlived(member, now);
      if (!outlived) {
        member.shrinks_pool = pool.shared->must_shrink() || (too_long && pool.shared->may_shrink(pool.min_pool_size));
      }
      if (outlived || member.shrinks_pool) close(member);
    }
  }
}

void ServerPool::sweep() {
  const core::TimePoint now = core::SteadyClock::now();
  for (auto next = pools_.begin(); next != pools_.end();) {
    const auto current = next++;
    WorkerPool& pool = *current->second;
    const SharedPoolPtr shared = pool.shared;
    close_surplus(pool, now);
    std::erase_if(pool.buckets, [](const auto& bucket) { return bucket->size == 0; });
    SharedPool::Orders orders = shared->tick();
    if (pool.newest_kind && pool.min_pool_size > 0) {
      carry_out(shared, shared->fill(*this, pool.newest_kind, pool.min_pool_size, pool.pool_size));
    } else if (pool.buckets.empty() && now - pool.last_request > kPoolMemory) {
      pools_.erase(current);
    }
    carry_out(shared, std::move(orders));
  }
  if (!pools_.empty() && !stopping_) sweep_timer_.arm(kSweepInterval);
}

std::size_t ServerPool::idle_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(members_, [](const auto& entry) { return entry.second.state == State::idle; }));
}

net::Task<void> ServerPool::stop() {
  stopping_ = true;
  sweep_timer_.disarm();
  for (auto& [id, member] : members_) member.connection->close();
  for (PoolWaiter* waiter : waiters_) waiter->changed.notify_all();
  changed_.notify_all();
  pause_changed_.notify_all();
  co_await tasks_.join();
}

}  // namespace sqlproxy::backend
