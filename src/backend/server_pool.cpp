#include "backend/server_pool.hpp"

#include <algorithm>
#include <utility>

#include "backend/cancel_sender.hpp"
#include "wire/message_writer.hpp"

namespace sqlproxy::backend {
namespace {

constexpr std::chrono::milliseconds kSweepInterval{1000};
constexpr std::chrono::milliseconds kResetTimeout{5000};
constexpr std::chrono::milliseconds kHandOverTimeout{1000};
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
      changed_(executor),
      tasks_(executor, "server pool") {
  limits_.add_pool(*this);
}

ServerPool::~ServerPool() = default;

net::Task<ServerPool::LeaseResult> ServerPool::lease(const LeaseRequest& request, LeaseAbort*) {
  if (ConnectionPtr idle = co_await take_idle(request)) co_return idle;
  if (ConnectionPtr handed = co_await take_from_others(request)) co_return handed;
  if (!limits_.try_take(request.key, request.pool_size) && !co_await wait_for_place(request)) {
    // While we waited, one of this worker's own may have become idle.
    if (ConnectionPtr idle = co_await take_idle(request)) co_return idle;
    co_return wait_timeout();
  }
  co_return co_await open(request);
}

ServerPool::ConnectionPtr ServerPool::try_lease(const LeaseRequest& request) {
  for (auto& [id, member] : members_) {
    if (member.state != State::idle || !fits(member, request)) continue;
    set_state(member, State::in_use);
    return member.connection;
  }
  return nullptr;
}
bool ServerPool::fits(const Member& member, const LeaseRequest& request) const {
  return !member.connection->closed() && !outlived(member) && member.request.key == request.key &&
         *member.connection->target() == *request.target && member.connection->settings() == request.settings;
}

net::Task<ServerPool::ConnectionPtr> ServerPool::take_idle(const LeaseRequest& request) {
  for (;;) {
    bool soon = false;
    for (auto& [id, member] : members_) {
      if (member.state != State::idle && member.state != State::resetting) continue;
      if (!fits(member, request)) continue;
      soon |= member.state == State::resetting;
      if (member.state != State::idle) continue;
      set_state(member, State::in_use);
      co_return member.connection;
    }
    // A reset takes a round trip, a new connection several and a process of the server's.
    if (!soon || stopping_) co_return nullptr;
    co_await changed_.wait();
  }
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
  co_return adopt(std::move(std::get<std::unique_ptr<ServerConnection>>(opened)), request);
}

ServerPool::ConnectionPtr ServerPool::adopt(std::unique_ptr<ServerConnection> opened, const LeaseRequest& request) {
  const ServerConnection::Id id = opened->id();
  Member& member = members_[id];
  member.connection = std::move(opened);
  member.request = request;
  tasks_.spawn(member.connection->run(), [this, id] { remove(id); });
  if (!sweep_timer_.armed()) sweep_timer_.arm(kSweepInterval);
  return member.connection;
}

net::Task<ServerPool::ConnectionPtr> ServerPool::take_from_others(const LeaseRequest& request) {
  if (limits_.idle(request.key) == 0) co_return nullptr;
  struct Wait {
    explicit Wait(net::Executor executor) : signal(executor) {}
    net::Signal signal;
    bool done = false;
    bool given_up = false;
    std::unique_ptr<DetachedServerConnection> handed;
  };
  for (ServerPool* other : limits_.pools()) {
    if (other == this) continue;
    auto wait = std::make_shared<Wait>(executor_);
    net::Deadline deadline(deadlines_, [&wait] {
      wait->given_up = true;
      wait->signal.notify_all();
    });
    deadline.arm(kHandOverTimeout);
    other->hand_over(request, [this, wait, key = request.key](std::unique_ptr<DetachedServerConnection> handed) {
      // A std::function is copied, so what it carries has to be as well.
      auto shared = std::make_shared<std::unique_ptr<DetachedServerConnection>>(std::move(handed));
      asio::post(executor_, [this, wait, shared, key] {
        wait->done = true;
        wait->handed = std::move(*shared);
        // Too late: the connection closes with its last owner, and its place becomes free.
        if (wait->given_up && wait->handed) limits_.give_back(key);
        wait->signal.notify_all();
      });
    });
    while (!wait->done && !wait->given_up) co_await wait->signal.wait();
    if (wait->given_up || !wait->handed) continue;
    co_return adopt(ServerConnection::reattach(executor_, next_id_++, std::move(wait->handed)), request);
  }
  co_return nullptr;
}

void ServerPool::hand_over(const LeaseRequest& request, Handed done) {
  asio::post(executor_, [this, request, done = std::move(done)] { tasks_.spawn(surrender_idle(request, done)); });
}

net::Task<void> ServerPool::surrender_idle(LeaseRequest request, Handed done) {
  const ConnectionPtr connection = stopping_ ? nullptr : co_await take_idle(request);
  if (!connection) co_return done(nullptr);
  members_.at(connection->id()).handed_over = true;
  connection->detach_from_worker(
      [this, id = connection->id(), done](std::unique_ptr<DetachedServerConnection> detached) {
        // It ended while it was being handed over: its place is given back here after all.
        if (!detached) members_.at(id).handed_over = false;
        done(std::move(detached));
      });
}

void ServerPool::release(ServerConnection& connection, Condition condition) {
  if (connection.closed()) return;
  if (condition == Condition::broken || stopping_) return connection.close();
  if (condition == Condition::shared) {
    set_state(members_.at(connection.id()), State::idle);
    members_.at(connection.id()).idle_since = core::SteadyClock::now();
    changed_.notify_all();
    return;
  }
  if (condition == Condition::busy) return tasks_.spawn(abandon(members_.at(connection.id()).connection));
  tasks_.spawn(make_idle(connection.id(), condition));
}

net::Task<void> ServerPool::make_idle(ServerConnection::Id id, Condition condition) {
  auto found = members_.find(id);
  while (found != members_.end() && found->second.cancels_in_flight > 0 && !stopping_) {
    co_await changed_.wait();
    found = members_.find(id);
  }
  if (found == members_.end()) co_return;
  const ConnectionPtr connection = found->second.connection;
  if (connection->closed()) co_return;
  // A cancel whose arrival was not seen may still come; nobody else may be hit by it.
  if (found->second.cancel_lost || stopping_) co_return connection->close();

  const auto transaction =
      condition == Condition::in_transaction ? ServerReset::Transaction::open : ServerReset::Transaction::none;
  set_state(found->second, State::resetting);
  ServerReset reset(*connection, executor_, deadlines_);
  const bool clean = co_await reset.run(transaction, kResetTimeout);
  changed_.notify_all();
  found = members_.find(id);
  if (found == members_.end()) co_return;
  // Someone who waits for a place may be of another worker or want other settings: the place is what they can use.
  if (!clean || stopping_ || outlived(found->second) || limits_.has_waiters(found->second.request.key)) {
    set_state(found->second, State::leaving);
    co_return connection->close_politely();
  }
  set_state(found->second, State::idle);
  found->second.idle_since = core::SteadyClock::now();
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

void ServerPool::set_state(Member& member, State state) {
  const auto available = [](State s) { return s == State::idle || s == State::resetting; };
  const int change = static_cast<int>(available(state)) - static_cast<int>(available(member.state));
  member.state = state;
  if (change != 0) limits_.count_idle(member.request.key, change);
}

void ServerPool::cancel_started(ServerConnection& connection) {
  if (const auto found = members_.find(connection.id()); found != members_.end()) ++found->second.cancels_in_flight;
}

void ServerPool::cancel_finished(ServerConnection::Id id, bool delivered) {
  if (const auto found = members_.find(id); found != members_.end()) {
    --found->second.cancels_in_flight;
    found->second.cancel_lost |= !delivered;
  }
  changed_.notify_all();
}

bool ServerPool::outlived(const Member& member) const {
  const auto now = core::SteadyClock::now();
  const auto zero = std::chrono::milliseconds::zero();
  return member.request.lifetime > zero && now - member.connection->opened_at() > member.request.lifetime;
}

void ServerPool::evict_idle(const PoolKey& key) {
  for (auto& [id, member] : members_) {
    if (member.state != State::idle || member.request.key != key) continue;
    set_state(member, State::leaving);
    member.connection->close_politely();
    return;
  }
}

void ServerPool::close_idle() {
  for (auto& [id, member] : members_) {
    if (member.state != State::idle) continue;
    set_state(member, State::leaving);
    member.connection->close_politely();
  }
}

void ServerPool::remove(ServerConnection::Id id) {
  const auto found = members_.find(id);
  if (found == members_.end()) return;
  set_state(found->second, State::leaving);
  const PoolKey key = found->second.request.key;
  const bool handed_over = found->second.handed_over;
  members_.erase(found);
  if (!handed_over) limits_.give_back(key);
}

void ServerPool::sweep() {
  const auto now = core::SteadyClock::now();
  for (auto& [id, member] : members_) {
    if (member.state != State::idle) continue;
    const bool too_long =
        member.request.idle_timeout.count() > 0 && now - member.idle_since > member.request.idle_timeout;
    if (!too_long && !outlived(member)) continue;
    set_state(member, State::leaving);
    member.connection->close_politely();
  }
  if (!members_.empty() && !stopping_) sweep_timer_.arm(kSweepInterval);
}

std::size_t ServerPool::idle_count() const {
  return static_cast<std::size_t>(
      std::ranges::count_if(members_, [](const auto& entry) { return entry.second.state == State::idle; }));
}

net::Task<void> ServerPool::stop() {
  stopping_ = true;
  sweep_timer_.disarm();
  for (auto& [id, member] : members_) member.connection->close();
  changed_.notify_all();
  co_await tasks_.join();
}

}  // namespace sqlproxy::backend
