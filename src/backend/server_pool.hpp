#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <unordered_map>
#include <variant>
#include <vector>

#include "backend/client_processes.hpp"
#include "backend/database_place.hpp"
#include "backend/lease_abort.hpp"
#include "backend/lease_request.hpp"
#include "backend/pool_limits.hpp"
#include "backend/pool_members.hpp"
#include "backend/server_connection.hpp"
#include "backend/server_report.hpp"
#include "net/task_group.hpp"

namespace sqlproxy::backend {

// The server connections of one worker, in use and idle, of all its pools. Where one is leased that is idle here and
// released while nobody waits, nothing is shared with other workers; whoever has to wait does so in the queue of the
// SharedPool, and gets its connection from there, be it one of this worker, of another, or a new one.
//
// Owned by the worker; not thread-safe. The pools of other workers reach it through its event loop.
class ServerPool {
 public:
  // How a lease ends.
  enum class Condition {
    shared,          // between transactions, and its state is known (ServerConnection::state()): it is used as it is
    clean,           // between statements, no transaction; reset before another client gets it, as the next
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

  // A connection of this worker that is idle, fits and needs no sign of life, for the caller alone: the one that
  // request.client had last, else the most recently used. Null when there is none, and when others wait in the pool's
  // queue. The pointer is good until release(), or until the connection tells its user that it closed.
  [[nodiscard]] ConnectionPtr try_lease(const LeaseRequest& request);
  // As try_lease(), but waits: for one that becomes free anywhere, or a new one where the limit allows. Fails with
  // SQLSTATE 57014 when none comes within the time-out, and at once with the last failure while the server lets nobody
  // in. While the circuit breaker of the request is open it fails at once with 57P03. `request` and `abort` outlive the
  // call.
  [[nodiscard]] net::Task<LeaseResult> lease(const LeaseRequest& request, LeaseAbort* abort = nullptr);
  // Who knows what processes clients go by; without it LeaseRequest::for_login does nothing. To be called before the
  // first lease; outlives the pool.
  void set_client_processes(const ClientProcesses& processes) { processes_ = &processes; }
  // Ends a lease. The caller has detached from the connection, and does not touch it afterwards: with Condition::shared
  // the next client may have it when this returns. Also from within ServerConnectionUser::on_server_input(), when all
  // input is consumed and nothing is awaited any more before that returns true.
  void release(ServerConnection& connection, Condition condition);
  // The connection is closed when it is released.
  void retire(ServerConnection& connection);
  // The client is gone: forgets which connection it had last.
  void forget_client(std::uint64_t client) { last_connections_.erase(client); }

  // The server must not serve anybody else before a cancel request that is under way to it has arrived.
  void cancel_started(ServerConnection& connection);
  void cancel_finished(ServerConnection::Id id, bool delivered);

  // Closes all idle connections, and forgets the minimum sizes until the next lease: after a reload.
  void close_idle();

  // For administrators.
  [[nodiscard]] std::vector<ServerReport> report() const;
  // Connections by ServerReport::State.
  using StateCounts = std::array<std::size_t, 5>;
  [[nodiscard]] std::map<PoolKey, StateCounts> count_states() const;
  [[nodiscard]] std::uint64_t logins() const { return logins_; }
  [[nodiscard]] std::uint64_t failed_logins() const { return failed_logins_; }
  // Has connections closed as soon as nobody uses them.
  void reconnect(const DatabaseFilter& filter);
  // Any thread. As reconnect(), and forgets minimum sizes until the next lease.
  void leave(const DatabasePlace& place);
  // Any thread. Pools have been paused or resumed.
  void note_pause();

  // Closes everything and waits until it is gone. Who still waits for a connection gets none.
  [[nodiscard]] net::Task<void> stop();

  [[nodiscard]] std::size_t connection_count() const { return members_.size(); }
  [[nodiscard]] std::size_t idle_count() const;

 private:
  using State = PoolMember::State;
  using Detached = std::unique_ptr<DetachedServerConnection>;

  // Leases.
  // The idle connections of this worker among which a lease may choose at once.
  [[nodiscard]] PoolBucket* idle_bucket(const LeaseRequest& request);
  [[nodiscard]] ConnectionPtr take(PoolMember& member, std::uint64_t client);
  [[nodiscard]] ConnectionPtr try_lease_unclaimed(const LeaseRequest& request);
  [[nodiscard]] net::Task<std::optional<LeaseResult>> open_unclaimed(const LeaseRequest& request);
  [[nodiscard]] ConnectionPtr take_idle(const LeaseRequest& request);
  [[nodiscard]] bool is_failure_of_server(const LeaseRequest& request, const LoginFailure& failure);
  // None, of this one and the next two: the pool was paused meanwhile.
  [[nodiscard]] net::Task<std::optional<LeaseResult>> lease_unguarded(const LeaseRequest& request, LeaseAbort* abort);
  [[nodiscard]] net::Task<std::optional<LeaseResult>> lease_guarded(const LeaseRequest& request, LeaseAbort* abort);
  [[nodiscard]] net::Task<std::optional<LeaseResult>> wait_in_queue(const LeaseRequest& request, LeaseAbort* abort);
  [[nodiscard]] net::Task<void> wait_while_paused(const PoolKey& key, LeaseAbort* abort);
  [[nodiscard]] static ServerReport::State reported_state(const PoolMember& member, core::TimePoint now);
  void add_waiter(PoolWaiter& waiter);
  void remove_waiter(PoolWaiter& waiter);
  void hand(PoolMember& member, PoolWaiter& waiter);
  [[nodiscard]] PoolMember* find(ServerConnection::Id id);
  [[nodiscard]] PoolMember* last_of(std::uint64_t client);
  void remember(std::uint64_t client, const PoolMember& member);
  [[nodiscard]] WorkerPool* find_pool(const PoolKey& key);
  [[nodiscard]] WorkerPool& pool_of(const PoolKey& key);

  // Between leases.
  void settle(PoolMember& member);
  void make_idle(PoolMember& member);
  void take_from_idle(PoolMember& member, State state);
  [[nodiscard]] net::Task<void> settle_after_cancels(ServerConnection::Id id, Condition condition);
  [[nodiscard]] net::Task<bool> reset(ServerConnection& connection, Condition condition);
  [[nodiscard]] net::Task<void> check(ServerConnection::Id id, SharedPoolPtr shared);
  [[nodiscard]] net::Task<void> abandon(ConnectionPtr connection);
  void close(PoolMember& member);
  void remove(ServerConnection::Id id);

  // What SharedPool decides.
  void carry_out(const SharedPoolPtr& shared, SharedPool::Orders orders);
  void offer(const SharedPoolPtr& shared);
  void offer_idle(WorkerPool& pool);
  void evict(const SharedPoolPtr& shared);
  // Gives a connection that is nobody's to whom it can serve. Returns false when there is nobody.
  [[nodiscard]] bool serve(PoolMember& member, SharedPool::Unfit unfit);
  void refuse(PoolWaiter& waiter, LoginFailure failure);
  void send(PoolMember& member, PoolWaiterPtr waiter);
  void receive(const SharedPoolPtr& shared, const PoolWaiterPtr& waiter, Detached detached);
  void begin_opening(const SharedPoolPtr& shared, const ConnectionKindPtr& kind);
  [[nodiscard]] net::Task<void> open(SharedPoolPtr shared, ConnectionKindPtr kind);
  PoolMember& adopt(std::unique_ptr<ServerConnection> connection, const SharedPoolPtr& shared,
                    const ConnectionKindPtr& kind);

  // Upkeep.
  [[nodiscard]] net::Task<void> tell_client(std::shared_ptr<const ServerTarget> target, std::int32_t process_id,
                                            SharedPoolPtr shared);
  void sweep();
  void close_surplus(WorkerPool& pool, core::TimePoint now);

  struct KeyHash {
    [[nodiscard]] std::size_t operator()(const PoolKey& key) const;
  };

  net::Executor executor_;
  net::DeadlineQueue& deadlines_;
  PoolLimits& limits_;
  const ClientProcesses* processes_ = nullptr;
  const std::size_t worker_;
  net::Deadline sweep_timer_;
  // A cancel has ended.
  net::Signal changed_;
  // Pools have been paused or resumed.
  net::Signal pause_changed_;
  net::TaskGroup tasks_;
  std::unordered_map<ServerConnection::Id, PoolMember> members_;
  std::unordered_map<PoolKey, std::unique_ptr<WorkerPool>, KeyHash> pools_;
  // By client. One entry for each session at most.
  std::unordered_map<std::uint64_t, ServerConnection::Id> last_connections_;
  std::vector<PoolWaiter*> waiters_;
  ServerConnection::Id next_id_ = 1;
  // Attempts to log in to a server, by their end.
  std::uint64_t logins_ = 0;
  std::uint64_t failed_logins_ = 0;
  bool stopping_ = false;
};

}  // namespace sqlproxy::backend
