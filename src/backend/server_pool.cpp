#include "backend/server_pool.hpp"

#include <utility>

#include "backend/cancel_sender.hpp"
#include "backend/server_reset.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::backend {
namespace {

constexpr std::chrono::milliseconds kResetTimeout{5000};
constexpr std::chrono::milliseconds kCheckTimeout{5000};
// A server that is alive answers an empty query sooner; who waits does not wait longer for its answer alone.
constexpr std::chrono::milliseconds kCheckPatience{250};
constexpr std::chrono::milliseconds kCancelTimeout{5000};
constexpr std::chrono::milliseconds kAbandonPause{100};
constexpr int kAbandonAttempts = 50;

// Reads on so that the server can leave, and looks at nothing.
class DiscardInput final : public ServerConnectionUser {
 public:
  net::Task<bool> on_server_input(ServerConnection& connection) override {
    connection.input().consume(connection.input().size());
    co_return true;
  }
  void on_server_closed(ServerConnection& /*connection*/) override {}
};

LoginFailure refused(core::Error error) {
  return {LoginFailure::Cause::refused, std::move(error)};
}

LoginFailure wait_timeout() {
  return refused(core::make_error(core::ErrorCode::timeout, core::sqlstate::kQueryCanceled,
                                  "canceling statement due to pool wait timeout",
                                  "Every server connection of this pool is in use.",
                                  "Try again later, or have pool_size or pool_wait_timeout raised."));
}

LoginFailure shutting_down() {
  return refused(core::make_error(core::ErrorCode::unavailable, core::sqlstate::kAdminShutdown,
                                  "terminating connection due to administrator command"));
}

}  // namespace

// --- Leases ---

PoolBucket* ServerPool::idle_bucket(const LeaseRequest& request) {
  const PoolMember* const last = last_of(request.client);
  PoolBucket* bucket = last != nullptr && last->bucket->fits(request) ? last->bucket : nullptr;
  if (bucket == nullptr) {
    WorkerPool* const pool = find_pool(request.key);
    bucket = pool != nullptr ? pool->find_bucket(request) : nullptr;
  }
  const bool none = bucket == nullptr || bucket->idle.empty() || bucket->pool->shared->has_waiters() || stopping_;
  return none ? nullptr : bucket;
}

ServerPool::ConnectionPtr ServerPool::take(PoolMember& member, std::uint64_t client) {
  take_from_idle(member, State::in_use);
  remember(client, member);
  return member.connection;
}

ServerPool::ConnectionPtr ServerPool::try_lease(const LeaseRequest& request) {
  if (request.breaker && !request.breaker->closed()) return nullptr;
  return take_idle(request);
}

ServerPool::ConnectionPtr ServerPool::take_idle(const LeaseRequest& request) {
  PoolMember* const last = last_of(request.client);
  PoolBucket* const bucket = idle_bucket(request);
  if (bucket == nullptr) return nullptr;
  WorkerPool& pool = *bucket->pool;
  const core::TimePoint now = core::SteadyClock::now();
  pool.take_settings(request);
  pool.last_request = now;
  PoolMember* chosen = last;
  if (last == nullptr || last->bucket != bucket || last->state != State::idle || !pool.usable(*last, now)) {
    chosen = bucket->idle.newest();
    while (chosen != nullptr && !pool.usable(*chosen, now)) chosen = chosen->older;
  }
  return chosen != nullptr ? take(*chosen, request.client) : nullptr;
}

net::Task<ServerPool::LeaseResult> ServerPool::lease(const LeaseRequest& request, LeaseAbort* abort) {
  if (abort != nullptr && abort->aborted()) co_return refused(*abort->error_);
  if (request.breaker) co_return co_await lease_guarded(request, abort);
  co_return co_await lease_unguarded(request, abort);
}

net::Task<ServerPool::LeaseResult> ServerPool::lease_unguarded(const LeaseRequest& request, LeaseAbort* abort) {
  if (stopping_) co_return shutting_down();
  if (request.for_login && processes_ != nullptr) {
    if (ConnectionPtr unclaimed = try_lease_unclaimed(request)) co_return unclaimed;
    if (auto opened = co_await open_unclaimed(request)) co_return *std::move(opened);
  }
  if (ConnectionPtr idle = take_idle(request)) co_return idle;
  co_return co_await wait_in_queue(request, abort);
}

ServerPool::ConnectionPtr ServerPool::try_lease_unclaimed(const LeaseRequest& request) {
  PoolBucket* const bucket = idle_bucket(request);
  if (bucket == nullptr) return nullptr;
  WorkerPool& pool = *bucket->pool;
  const core::TimePoint now = core::SteadyClock::now();
  pool.take_settings(request);
  pool.last_request = now;
  for (PoolMember* member = bucket->idle.newest(); member != nullptr; member = member->older) {
    if (!pool.usable(*member, now)) continue;
    if (processes_->taken(*request.target, member->connection->greeting().process_id)) continue;
    return take(*member, request.client);
  }
  return nullptr;
}

net::Task<std::optional<ServerPool::LeaseResult>> ServerPool::open_unclaimed(const LeaseRequest& request) {
  WorkerPool& pool = pool_of(request.key);
  pool.take_settings(request);
  pool.last_request = core::SteadyClock::now();
  const SharedPoolPtr shared = pool.shared;
  const ConnectionKindPtr kind = shared->kind(request.target, request.settings);
  if (!shared->reserve(kind, request.pool_size)) co_return std::nullopt;
  const core::TimePoint started = core::SteadyClock::now();
  auto opened =
      co_await ServerConnection::open(deadlines_, next_id_++, kind->target, kind->settings, request.connect_timeout);
  if (auto* const failed = std::get_if<LoginFailure>(&opened)) {
    carry_out(shared, shared->opening_failed(kind, *failed, started));
    co_return LeaseResult(std::move(*failed));
  }
  if (stopping_) {
    carry_out(shared, shared->opening_dropped(kind));
    co_return LeaseResult(shutting_down());
  }
  PoolMember& member = adopt(std::move(std::get<std::unique_ptr<ServerConnection>>(opened)), shared, kind);
  remember(request.client, member);
  const ConnectionPtr connection = member.connection;
  carry_out(shared, shared->opened(kind));
  co_return LeaseResult(connection);
}

net::Task<ServerPool::LeaseResult> ServerPool::lease_guarded(const LeaseRequest& request, LeaseAbort* abort) {
  using Pass = CircuitBreaker::Pass;
  CircuitBreaker& breaker = *request.breaker;
  if (stopping_) co_return shutting_down();
  const Pass pass = breaker.ask(core::SteadyClock::now());
  if (pass == Pass::refused) co_return breaker.refusal(request.target->dbname, core::SteadyClock::now());
  if (pass == Pass::probe) pool_of(request.key).shared->end_pause();
  LeaseResult result = co_await lease_unguarded(request, abort);
  const auto* failure = std::get_if<LoginFailure>(&result);
  if (failure != nullptr && is_failure_of_server(request, *failure)) {
    breaker.failed(core::SteadyClock::now());
  } else if (pass == Pass::probe) {
    failure == nullptr ? breaker.probe_succeeded() : breaker.probe_dropped();
  }
  co_return result;
}

// Waiting in vain is one too, where all there is to wait for is that the server answers a log-in.
bool ServerPool::is_failure_of_server(const LeaseRequest& request, const LoginFailure& failure) {
  if (CircuitBreaker::concerns(failure)) return true;
  return failure.error.code == core::ErrorCode::timeout && pool_of(request.key).shared->only_opening();
}

net::Task<ServerPool::LeaseResult> ServerPool::wait_in_queue(const LeaseRequest& request, LeaseAbort* abort) {
  WorkerPool& pool = pool_of(request.key);
  pool.take_settings(request);
  pool.last_request = core::SteadyClock::now();
  pool.newest_kind = pool.shared->kind(request.target, request.settings);
  const SharedPoolPtr shared = pool.shared;
  const auto waiter = std::make_shared<PoolWaiter>(executor_, *this, pool.newest_kind, request.client);

  bool expired = false;
  net::Deadline deadline(deadlines_, [&] {
    expired = true;
    waiter->changed.notify_all();
  });
  deadline.arm(request.wait_timeout);
  if (abort != nullptr) abort->waiting_ = &waiter->changed;
  add_waiter(*waiter);
  carry_out(shared, shared->join(waiter, request.pool_size));
  if (request.min_pool_size > 0) {
    carry_out(shared, shared->fill(*this, waiter->kind, request.min_pool_size, request.pool_size));
  }

  const auto aborted = [abort] { return abort != nullptr && abort->aborted(); };
  for (;;) {
    if (waiter->connection && waiter->connection->closed()) {
      // It ended between the hand that gave it and this one; whoever was first in the queue is so again.
      waiter->connection = nullptr;
      carry_out(shared, shared->join(waiter, request.pool_size, SharedPool::End::front));
    }
    if (waiter->connection || waiter->failure || expired || aborted() || stopping_) break;
    co_await waiter->changed.wait();
  }
  waiter->gone = true;
  shared->leave(*waiter);
  remove_waiter(*waiter);
  if (abort != nullptr) abort->waiting_ = nullptr;

  if (aborted() || stopping_) {
    if (waiter->connection) release(*waiter->connection, Condition::shared);
    co_return aborted() ? refused(*abort->error_) : shutting_down();
  }
  if (waiter->connection) co_return std::move(waiter->connection);
  if (waiter->failure) co_return *std::move(waiter->failure);
  // What keeps the pool small says more than that it is busy.
  if (auto failure = shared->remembered_failure(*waiter->kind->target)) co_return *std::move(failure);
  co_return wait_timeout();
}

void ServerPool::add_waiter(PoolWaiter& waiter) {
  waiter.index = waiters_.size();
  waiters_.push_back(&waiter);
}

void ServerPool::remove_waiter(PoolWaiter& waiter) {
  waiters_[waiter.index] = waiters_.back();
  waiters_[waiter.index]->index = waiter.index;
  waiters_.pop_back();
}

void ServerPool::hand(PoolMember& member, PoolWaiter& waiter) {
  member.state = State::in_use;
  remember(waiter.client, member);
  waiter.connection = member.connection;
  waiter.changed.notify_all();
}

PoolMember* ServerPool::find(ServerConnection::Id id) {
  const auto found = members_.find(id);
  return found == members_.end() ? nullptr : &found->second;
}

PoolMember* ServerPool::last_of(std::uint64_t client) {
  if (client == 0) return nullptr;
  const auto found = last_connections_.find(client);
  return found == last_connections_.end() ? nullptr : find(found->second);
}

void ServerPool::remember(std::uint64_t client, const PoolMember& member) {
  if (client != 0) last_connections_[client] = member.connection->id();
}

// --- Between leases ---

void ServerPool::release(ServerConnection& connection, Condition condition) {
  PoolMember* const member = find(connection.id());
  if (member == nullptr || connection.closed()) return;
  if (condition == Condition::broken || stopping_) return connection.close();
  if (condition == Condition::busy) return tasks_.spawn(abandon(member->connection));
  if (condition == Condition::shared && member->cancels_in_flight == 0 && !member->cancel_lost) return settle(*member);
  member->state = State::settling;
  tasks_.spawn(settle_after_cancels(connection.id(), condition));
}

void ServerPool::retire(ServerConnection& connection) {
  if (PoolMember* const member = find(connection.id())) member->retired = true;
}

void ServerPool::settle(PoolMember& member) {
  WorkerPool& pool = *member.bucket->pool;
  const core::TimePoint now = core::SteadyClock::now();
  if (stopping_ || member.retired || pool.outlived(member, now)) return close(member);
  if (pool.shared->must_shrink()) {
    member.shrinks_pool = true;
    return close(member);
  }
  member.idle_since = now;
  if (pool.shared->has_waiters() && serve(member, SharedPool::Unfit::close)) return;
  make_idle(member);
  // Somebody may have joined the queue just before it could be seen that this one is idle.
  if (pool.shared->has_waiters()) (void)serve(member, SharedPool::Unfit::close);
}

void ServerPool::make_idle(PoolMember& member) {
  member.state = State::idle;
  member.bucket->idle.push(member);
  member.bucket->pool->shared->count_idle(worker_, 1);
}

void ServerPool::take_from_idle(PoolMember& member, State state) {
  member.state = state;
  member.bucket->idle.remove(member);
  member.bucket->pool->shared->count_idle(worker_, -1);
}

net::Task<void> ServerPool::settle_after_cancels(ServerConnection::Id id, Condition condition) {
  PoolMember* member = find(id);
  while (member != nullptr && member->cancels_in_flight > 0 && !stopping_) {
    co_await changed_.wait();
    member = find(id);
  }
  if (member == nullptr || member->connection->closed()) co_return;
  // A cancel whose arrival was not seen may still come; nobody else may be hit by it.
  if (member->cancel_lost || stopping_) co_return member->connection->close();
  if (condition == Condition::shared) co_return settle(*member);

  const SharedPoolPtr shared = member->bucket->pool->shared;
  const ConnectionKindPtr kind = member->bucket->kind;
  const ConnectionPtr connection = member->connection;
  shared->expect(kind);
  const bool clean = co_await reset(*connection, condition);
  member = find(id);
  if (member != nullptr && !clean) close(*member);
  if (member != nullptr && clean) settle(*member);
  carry_out(shared, shared->arrived(kind));
}

net::Task<bool> ServerPool::reset(ServerConnection& connection, Condition condition) {
  const auto transaction =
      condition == Condition::in_transaction ? ServerReset::Transaction::open : ServerReset::Transaction::none;
  ServerReset reset(connection, executor_, deadlines_);
  co_return co_await reset.run(transaction, kResetTimeout);
}

net::Task<void> ServerPool::check(ServerConnection::Id id, SharedPoolPtr shared) {
  PoolMember* member = find(id);
  const ConnectionPtr connection = member != nullptr ? member->connection : nullptr;
  const ConnectionKindPtr kind = connection ? member->bucket->kind : nullptr;
  if (!connection) co_return;
  bool expected = true;
  net::Deadline patience(deadlines_, [&] {
    expected = false;
    carry_out(shared, shared->arrived(kind));
  });
  patience.arm(kCheckPatience);
  ServerReset reset(*connection, executor_, deadlines_);
  const bool alive = co_await reset.check(kCheckTimeout);
  patience.disarm();
  member = find(id);
  if (member != nullptr && !alive) close(*member);
  if (member != nullptr && alive) settle(*member);
  if (expected) carry_out(shared, shared->arrived(kind));
}

net::Task<void> ServerPool::abandon(ConnectionPtr connection) {
  DiscardInput discard;
  connection->attach(discard);
  std::string terminate;
  wire::append_message(terminate, wire::FrontendType::Terminate);
  (void)connection->stream().try_write(terminate);
  // A cancel that comes before the statement has begun does nothing, so it is repeated until the server is seen to
  // leave.
  for (int i = 0; i < kAbandonAttempts && !connection->closed() && !stopping_; ++i) {
    const ServerGreeting& greeting = connection->greeting();
    (void)co_await send_cancel(deadlines_, *connection->target(), greeting.process_id, greeting.cancel_key,
                               kCancelTimeout);
    net::Timer pause(executor_, kAbandonPause);
    std::error_code ignored;
    if (!connection->closed()) co_await pause.async_wait(net::use_task(ignored));
  }
  // Also when it is closed already: its reader may not have ended yet.
  connection->detach();
  connection->close();
}

void ServerPool::cancel_started(ServerConnection& connection) {
  if (PoolMember* const member = find(connection.id())) ++member->cancels_in_flight;
}

void ServerPool::cancel_finished(ServerConnection::Id id, bool delivered) {
  if (PoolMember* const member = find(id)) {
    --member->cancels_in_flight;
    member->cancel_lost |= !delivered;
  }
  changed_.notify_all();
}

}  // namespace sqlproxy::backend
