#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <unordered_map>

#include "backend/server_pool.hpp"
#include "core/shared_values.hpp"
#include "frontend/accepted_settings.hpp"
#include "frontend/audit_waits.hpp"
#include "frontend/judgement_cache.hpp"
#include "frontend/reported_settings.hpp"
#include "frontend/result_desk.hpp"
#include "frontend/services.hpp"
#include "frontend/snapshot.hpp"
#include "frontend/worker_metrics.hpp"
#include "frontend/worker_report.hpp"
#include "net/asio.hpp"
#include "net/deadline.hpp"
#include "net/task_group.hpp"
#include "pipeline/name_scope.hpp"
#include "pipeline/text_analyzer.hpp"

namespace sqlproxy::frontend {

class ClientSession;

// One thread with its event loop, its sessions and its server connections; nothing of it is touched by another thread
// except through the event loop. Public members without a note belong to the worker's own thread.
class Worker {
 public:
  using SessionId = std::uint64_t;

  Worker(std::size_t index, Services& services, SnapshotPtr snapshot);
  Worker(const Worker&) = delete;
  Worker& operator=(const Worker&) = delete;
  ~Worker();

  // Any thread. Starts the thread; once.
  void start();
  // Any thread. Takes over an accepted socket.
  void adopt(int socket, int family);
  // Any thread. Replaces the snapshot between two events.
  void use(SnapshotPtr snapshot);
  // Any thread. Ends idle sessions now and the others at their next transaction boundary.
  void drain();
  // Any thread. Ends all sessions and server connections, then the thread.
  void stop();
  // Any thread, after stop().
  void join();
  // Any thread. Sessions, those that are logging in included.
  [[nodiscard]] std::size_t load() const { return load_.load(std::memory_order_relaxed); }
  // Any thread. A CancelRequest for that session; `done` is called on this worker's thread.
  void cancel_session(SessionId id, std::function<void()> done);
  // Any thread. A text of that session has been analysed.
  void wake_session(SessionId id);
  // Any thread. What became of the server process by whose id that session goes.
  void process_lost(SessionId id, backend::ClientProcesses::Loss loss);
  // Any thread. What the worker counts.
  [[nodiscard]] WorkerMetrics& metrics() { return metrics_; }
  // For administrators.
  [[nodiscard]] WorkerReport report() const;
  [[nodiscard]] WorkerSummary summary() const;
  // Statements that clients of this worker have prepared, those of most clients first.
  [[nodiscard]] std::vector<PreparedReport> prepared(std::size_t most) const;
  // Ends the session at once, with FATAL 57P01. False when there is none of this number.
  bool end_session(SessionId id);
  // Ends the sessions of such a database, and closes its server connections.
  void kill(const backend::DatabaseFilter& filter);

  // Any thread. Has `task` run on the worker's thread.
  void post(std::function<void()> task);

  [[nodiscard]] net::Executor executor() { return io_.get_executor(); }
  [[nodiscard]] net::DeadlineQueue& deadlines() { return deadlines_; }
  [[nodiscard]] backend::ServerPool& pool() { return pool_; }
  [[nodiscard]] pipeline::TextAnalyzer& analyzer() { return analyzer_; }
  [[nodiscard]] JudgementCache& judgements() { return judgements_; }
  [[nodiscard]] ResultDesk& results() { return results_; }
  [[nodiscard]] Services& services() { return services_; }
  [[nodiscard]] AuditWaits& audit_waits() { return audit_waits_; }
  [[nodiscard]] const SnapshotPtr& snapshot() const { return snapshot_; }
  [[nodiscard]] AcceptedSettings& accepted_settings() { return accepted_settings_; }
  // What its sessions share.
  [[nodiscard]] ReportedSettings::Known& known_settings() { return known_settings_; }
  [[nodiscard]] core::SharedValues<pipeline::NameScope>& known_scopes() { return known_scopes_; }
  // Runs `task` until the worker stops; whatever it refers to has to outlive it.
  void spawn(net::Task<void> task) { tasks_.spawn(std::move(task)); }
  // Has the server cancel what it does on `connection`, and calls `done` when that has arrived there, or failed.
  void cancel_on_server(std::shared_ptr<backend::ServerConnection> connection, std::function<void()> done);

 private:
  void run();
  [[nodiscard]] net::Task<void> send_cancel(std::shared_ptr<backend::ServerConnection> connection,
                                            std::function<void()> done);
  [[nodiscard]] net::Task<void> shut_down();

  std::size_t index_;
  Services& services_;
  SnapshotPtr snapshot_;
  asio::io_context io_{1};
  asio::executor_work_guard<net::Executor> work_;
  net::DeadlineQueue deadlines_;
  backend::ServerPool pool_;
  pipeline::TextAnalyzer analyzer_;
  JudgementCache judgements_;
  AcceptedSettings accepted_settings_;
  ReportedSettings::Known known_settings_;
  core::SharedValues<pipeline::NameScope> known_scopes_;
  ResultDesk results_;
  AuditWaits audit_waits_;
  // Outlives the sessions.
  WorkerMetrics metrics_;
  std::unordered_map<SessionId, std::unique_ptr<ClientSession>> sessions_;
  net::TaskGroup tasks_;
  std::atomic<std::size_t> load_{0};
  bool draining_ = false;
  bool stopping_ = false;
  std::thread thread_;
};

}  // namespace sqlproxy::frontend
