#include "backend/server_pool.hpp"

#include <algorithm>

namespace sqlproxy::backend {
namespace {

constexpr std::chrono::milliseconds kSweepInterval{1000};
constexpr std::chrono::milliseconds kResetTimeout{10000};

LoginFailure wait_timeout() {
  return {LoginFailure::Cause::refused,
          core::make_error(core::ErrorCode::timeout, core::sqlstate::kQueryCanceled,
                           "canceling statement due to pool wait timeout",
                           "Every server connection of this pool is in use.",
                           "Try again later, or have pool_size or pool_wait_timeout raised.")};
}

}  // namespace

ServerPool::ServerPool(net::Executor executor, net::DeadlineQueue& deadlines, PoolLimits& limits)
    : executor_(executor),
      deadlines_(deadlines),
      limits_(limits),
      sweep_timer_(deadlines, [this] { sweep(); }),
      cancel_ended_(executor),
      tasks_(executor, "server pool") {}

ServerPool::~ServerPool() = default;

net::Task<ServerPool::LeaseResult> ServerPool::lease(const LeaseRequest& request) {
  if (ConnectionPtr idle = take_idle(request)) co_return idle;
  if (!limits_.try_take(request.key, request.pool_size) && !co_await wait_for_place(request)) {
    // While we waited, one of this worker's own may have become idle.
    if (ConnectionPtr idle = take_idle(request)) co_return idle;
    co_return wait_timeout();
  }
  co_return co_await open(request);
}

ServerPool::ConnectionPtr ServerPool::take_idle(const LeaseRequest& request) {
  for (auto& [id, member] : members_) {
    if (!member.idle || member.connection->closed() || outlived(member)) continue;
    if (member.request.key != request.key || *member.connection->target() != *request.target) continue;
    if (member.connection->settings() != request.settings) continue;
    member.idle = false;
    return member.connection;
  }
  return nullptr;
}

net::Task<bool> ServerPool::wait_for_place(const LeaseRequest& request) {
  // Shared with the thread that gives the place, which may do so after this coroutine has left.
  struct Wake {
    explicit Wake(net::Executor executor) : signal(executor) {}
    net::Signal signal;
  };
  auto wake = std::make_shared<Wake>(executor_);
  const auto waiter = limits_.enqueue(
      request.key, [executor = executor_, wake] { asio::post(executor, [wake] { wake->signal.notify_all(); }); });
  bool expired = false;
  net::Deadline deadline(deadlines_, [&] {
    expired = true;
    wake->signal.notify_all();
  });
  deadline.arm(request.wait_timeout);
  while (!expired && !stopping_ && !limits_.granted(*waiter)) co_await wake->signal.wait();
  co_return limits_.leave(request.key, waiter);
}

net::Task<ServerPool::LeaseResult> ServerPool::open(const LeaseRequest& request) {
  const ServerConnection::Id id = next_id_++;
  auto opened =
      co_await ServerConnection::open(deadlines_, id, request.target, request.settings, request.connect_timeout);
  if (auto* failed = std::get_if<LoginFailure>(&opened)) {
    limits_.give_back(request.key);
    co_return std::move(*failed);
  }
  Member& member = members_[id];
  member.connection = std::move(std::get<std::unique_ptr<ServerConnection>>(opened));
  member.request = request;
  const ConnectionPtr connection = member.connection;
  tasks_.spawn(connection->run(), [this, id] { remove(id); });
  if (!sweep_timer_.armed()) sweep_timer_.arm(kSweepInterval);
  co_return connection;
}

void ServerPool::release(ServerConnection& connection, Condition condition) {
  if (connection.closed()) return;
  if (condition == Condition::broken || stopping_) return connection.close();
  tasks_.spawn(make_idle(connection.id(), condition));
}

net::Task<void> ServerPool::make_idle(ServerConnection::Id id, Condition condition) {
  auto found = members_.find(id);
  while (found != members_.end() && found->second.cancels_in_flight > 0 && !stopping_) {
    co_await cancel_ended_.wait();
    found = members_.find(id);
  }
  if (found == members_.end()) co_return;
  const ConnectionPtr connection = found->second.connection;
  if (connection->closed()) co_return;
  // A cancel whose arrival was not seen may still come; nobody else may be hit by it.
  if (found->second.cancel_lost || stopping_) co_return connection->close();

  const auto transaction =
      condition == Condition::in_transaction ? ServerReset::Transaction::open : ServerReset::Transaction::none;
  ServerReset reset(*connection, executor_, deadlines_);
  const bool clean = co_await reset.run(transaction, kResetTimeout);
  found = members_.find(id);
  if (found == members_.end()) co_return;
  // Someone who waits for a place may be of another worker or want other settings: the place is what they can use.
  if (!clean || stopping_ || outlived(found->second) || limits_.has_waiters(found->second.request.key)) {
    co_return connection->close_politely();
  }
  found->second.idle = true;
  found->second.idle_since = core::SteadyClock::now();
}

void ServerPool::cancel_started(ServerConnection& connection) {
  if (const auto found = members_.find(connection.id()); found != members_.end()) ++found->second.cancels_in_flight;
}

void ServerPool::cancel_finished(ServerConnection::Id id, bool delivered) {
  if (const auto found = members_.find(id); found != members_.end()) {
    --found->second.cancels_in_flight;
    found->second.cancel_lost |= !delivered;
  }
  cancel_ended_.notify_all();
}

bool ServerPool::outlived(const Member& member) const {
  const auto now = core::SteadyClock::now();
  const auto zero = std::chrono::milliseconds::zero();
  return member.request.lifetime > zero && now - member.connection->opened_at() > member.request.lifetime;
}

void ServerPool::evict_idle(const PoolKey& key) {
  for (auto& [id, member] : members_) {
    if (!member.idle || member.request.key != key) continue;
    member.idle = false;
    member.connection->close_politely();
    return;
  }
}

void ServerPool::close_idle() {
  for (auto& [id, member] : members_) {
    if (!member.idle) continue;
    member.idle = false;
    member.connection->close_politely();
  }
}

void ServerPool::remove(ServerConnection::Id id) {
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  const PoolKey key = found->second.request.key;
  members_.erase(found);
  limits_.give_back(key);
}

void ServerPool::sweep() {
  const auto now = core::SteadyClock::now();
  for (auto& [id, member] : members_) {
    if (!member.idle) continue;
    const bool too_long =
        member.request.idle_timeout.count() > 0 && now - member.idle_since > member.request.idle_timeout;
    if (!too_long && !outlived(member)) continue;
    member.idle = false;
    member.connection->close_politely();
  }
  if (!members_.empty() && !stopping_) sweep_timer_.arm(kSweepInterval);
}

std::size_t ServerPool::idle_count() const {
  return static_cast<std::size_t>(std::ranges::count_if(members_, [](const auto& entry) { return entry.second.idle; }));
}

net::Task<void> ServerPool::stop() {
  stopping_ = true;
  sweep_timer_.disarm();
  for (auto& [id, member] : members_) member.connection->close();
  cancel_ended_.notify_all();
  co_await tasks_.join();
}

}  // namespace sqlproxy::backend
