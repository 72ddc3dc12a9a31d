#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <memory>
#include <unordered_map>
#include <variant>

#include "backend/lease_abort.hpp"
#include "backend/lease_request.hpp"
#include "backend/pool_key.hpp"
#include "backend/pool_limits.hpp"
#include "backend/server_connection.hpp"
#include "backend/server_reset.hpp"

namespace sqlproxy::backend {

// The server connections of one worker, in use and idle, of all its pools. Owned by the worker; not thread-safe, except
// that PoolLimits reaches it from other threads through the worker's event loop.
class ServerPool {
 public:
  // How a lease ends.
  enum class Condition {
    shared,
    clean,           // between statements, no transaction
    in_transaction,  // between statements, a transaction is open or failed
    busy,            // the server is at work for a client that is gone: it is cancelled, and the connection closed
    broken,          // anything else: the connection is closed
  };
  using ConnectionPtr = std::shared_ptr<ServerConnection>;
  using LeaseResult = std::variant<ConnectionPtr, LoginFailure>;

  ServerPool(net::Executor executor, net::DeadlineQueue& deadlines, PoolLimits& limits);
  ServerPool(const ServerPool&) = delete;
  ServerPool& operator=(const ServerPool&) = delete;
  ~ServerPool();

  // A connection for the caller alone: an idle one with the same settings, or a new one when the limit allows, or the
  // first that becomes free within the time-out (else a failure with SQLSTATE 57014). The pointer is good until
  // release(), or until the connection tells its user that it closed.
  [[nodiscard]] net::Task<LeaseResult> lease(const LeaseRequest& request, LeaseAbort* abort = nullptr);
  ConnectionPtr try_lease(const LeaseRequest& request);
  void retire(ServerConnection&) {}
  void forget_client(std::uint64_t) {}
  // Ends a lease. The caller has detached from the connection, and does not touch it afterwards.
  void release(ServerConnection& connection, Condition condition);
  // The server must not serve anybody else before a cancel request that is under way to it has arrived.
  void cancel_started(ServerConnection& connection);
  void cancel_finished(ServerConnection::Id id, bool delivered);

  // Any thread but this pool's own worker: gives an idle connection that fits `request` to another worker's pool.
  // `done` is called on this pool's thread, with null when there is none.
  using Handed = std::function<void(std::unique_ptr<DetachedServerConnection>)>;
  void hand_over(const LeaseRequest& request, Handed done);

  // Closes an idle connection of that pool, if there is one. Worker's thread only.
  void evict_idle(const PoolKey& key);
  // Closes all idle connections whose target is not in use any more, for instance after a reload.
  void close_idle();

  // Closes everything and waits until it is gone.
  [[nodiscard]] net::Task<void> stop();

  [[nodiscard]] std::size_t connection_count() const { return members_.size(); }
  [[nodiscard]] std::size_t idle_count() const;

 private:
  enum class State { in_use, resetting, idle, leaving };

  struct Member {
    // Shared with whoever uses it, so that it cannot go away under a coroutine that waits for it.
    ConnectionPtr connection;
    LeaseRequest request;
    core::TimePoint idle_since;
    int cancels_in_flight = 0;
    bool cancel_lost = false;
    State state = State::in_use;
    // Its place in the limit goes with it to another worker.
    bool handed_over = false;
  };

  // An idle connection that fits; waits for one that is just being reset.
  [[nodiscard]] net::Task<ConnectionPtr> take_idle(const LeaseRequest& request);
  [[nodiscard]] bool fits(const Member& member, const LeaseRequest& request) const;
  [[nodiscard]] net::Task<bool> wait_for_place(const LeaseRequest& request);
  [[nodiscard]] net::Task<ConnectionPtr> take_from_others(const LeaseRequest& request);
  [[nodiscard]] ConnectionPtr adopt(std::unique_ptr<ServerConnection> connection, const LeaseRequest& request);
  [[nodiscard]] net::Task<void> surrender_idle(LeaseRequest request, Handed done);
  [[nodiscard]] net::Task<LeaseResult> open(const LeaseRequest& request);
  [[nodiscard]] net::Task<void> abandon(ConnectionPtr connection);
  [[nodiscard]] net::Task<void> make_idle(ServerConnection::Id id, Condition condition);
  [[nodiscard]] bool outlived(const Member& member) const;
  void set_state(Member& member, State state);
  void remove(ServerConnection::Id id);
  void sweep();

  net::Executor executor_;
  net::DeadlineQueue& deadlines_;
  PoolLimits& limits_;
  net::Deadline sweep_timer_;
  // A cancel or a reset has ended.
  net::Signal changed_;
  net::TaskGroup tasks_;
  std::unordered_map<ServerConnection::Id, Member> members_;
  ServerConnection::Id next_id_ = 1;
  bool stopping_ = false;
};

}  // namespace sqlproxy::backend
