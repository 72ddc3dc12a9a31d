#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "backend/server_credentials.hpp"
#include "core/rare.hpp"
#include "frontend/client_limits.hpp"
#include "frontend/console_host.hpp"
#include "frontend/reply_relay.hpp"
#include "frontend/request_handler.hpp"
#include "frontend/server_lease.hpp"
#include "frontend/session_core.hpp"
#include "frontend/session_meter.hpp"
#include "frontend/snapshot.hpp"
#include "frontend/startup_negotiation.hpp"
#include "frontend/worker_report.hpp"
#include "net/deadline.hpp"
#include "net/input_buffer.hpp"
#include "net/stream.hpp"
#include "wire/startup_message.hpp"

namespace sqlproxy::frontend {

class Worker;

// One client connection from its first byte to its last: start-up, authentication, a server connection, and then
// messages both ways (docs/life-of-a-query.md). Owned by its worker, which spawns run() and destroys the session after
// run() has ended; worker's thread only.
//
// This coroutine reads from the client; the server's replies come through ReplyRelay in the coroutine of the server
// connection. Whoever wants the session to end sets why and cancels the client's stream.
class ClientSession {
 public:
  ClientSession(Worker& worker, std::uint64_t id, net::Stream stream);
  ClientSession(const ClientSession&) = delete;
  ClientSession& operator=(const ClientSession&) = delete;
  ~ClientSession();

  [[nodiscard]] net::Task<void> run();

  // Ends the session at the next transaction boundary, now if it is at one.
  void drain();
  // Ends the session at once.
  void abort();
  // Another thread has analysed a text for the session.
  void on_analysis_done();
  // The server process by whose id this session goes was told to end, while the session was not using it.
  void process_lost(backend::ClientProcesses::Loss loss);
  // A CancelRequest with this session's key; `done` when it has been passed on.
  void cancel_query(std::function<void()> done);

  [[nodiscard]] ClientState state() const;
  [[nodiscard]] ClientReport report() const;
  // Whether its server connections are of such a database.
  [[nodiscard]] bool concerns(const backend::DatabaseFilter& filter) const;
  void for_each_prepared(const std::function<void(const PreparedStatement&)>& visit) const;
  [[nodiscard]] unsigned pins() const { return lease_ ? lease_->pins() : 0; }

 private:
  enum class Ending {
    none,
    client_closed,
    terminated,
    server_lost,
    drained,
    idle_timeout,
    violation,
    notifications_lost,
    client_stalled,
    aborted
  };

  [[nodiscard]] net::Task<void> pass_on_cancel(CancelDemand demand);
  // The error that ends the login; none once the client has got its first ReadyForQuery and core_ is set.
  [[nodiscard]] net::Task<std::optional<core::Error>> log_in(wire::StartupMessage message);
  [[nodiscard]] std::optional<core::Error> check_admission(const wire::StartupMessage& message) const;
  // A place among the clients, before it is known who it is and afterwards.
  [[nodiscard]] std::optional<core::Error> take_seat(const std::string& database);
  [[nodiscard]] std::optional<core::Error> take_own_seats(const std::string& database);
  [[nodiscard]] net::Task<std::optional<core::Error>> prove_identity(const wire::StartupMessage& message);
  [[nodiscard]] core::Result<backend::StartupSettings> startup_settings(const wire::StartupMessage& message) const;
  [[nodiscard]] net::Task<std::optional<core::Error>> attach_server(const wire::StartupMessage& message,
                                                                    const backend::StartupSettings& settings);
  [[nodiscard]] net::Task<std::optional<core::Error>> wait_for_catalog();
  [[nodiscard]] backend::LeaseRequest lease_request(const backend::StartupSettings& settings) const;
  [[nodiscard]] std::shared_ptr<AnalysisJob> start_analysis(std::string_view text);
  void leave_database(const std::string& name);
  void create_core(const backend::StartupSettings& settings);
  [[nodiscard]] std::string greeting(const wire::StartupMessage& message);
  [[nodiscard]] std::optional<core::Error> note_server_settings();

  [[nodiscard]] net::Task<std::optional<core::Error>> enter_console(const wire::StartupMessage& message);
  [[nodiscard]] net::Task<void> serve_console();
  void end_console();
  // Counts how the login has ended.
  void count_login(const core::Error* fault);
  // Begins and ends a wait for a server connection.
  void begin_wait() { waiting_since_ = core::SteadyClock::now(); }
  core::Duration end_wait();
  [[nodiscard]] bool try_acquire(OutputBatch& to_server);

  [[nodiscard]] net::Task<Ending> serve();
  // Takes over what a reload has changed and sessions follow.
  void follow_configuration();
  [[nodiscard]] net::Task<Ending> read_more();
  // A coroutine costs as much as a good part of what it is for: what can be done without a wait is done without one.
  enum class Sent : std::uint8_t { all, part, failed };
  // Writes what the server takes now, as a rule all of the batch; `size` says how much.
  [[nodiscard]] Sent try_send_to_server(std::size_t& size);
  // After Sent::part.
  [[nodiscard]] net::Task<bool> send_rest_to_server(std::size_t sent);
  void after_sending();
  [[nodiscard]] bool server_closed() const { return core_->server && core_->server->closed(); }
  [[nodiscard]] bool notifications_lost() const {
    return core_->notifications && core_->notifications->fault().has_value();
  }
  // A connection for the message that the handler stopped at, or the error that it gets instead.
  [[nodiscard]] net::Task<void> find_server();
  // The next message is a Query that makes settings of no importance which the server refuses.
  [[nodiscard]] bool gives_up_settings();
  // Nothing is half sent to the server.
  [[nodiscard]] bool may_send_own() const { return !writing_to_server_ && !handler_->within_message(); }
  void send_held_syncs();
  [[nodiscard]] net::Task<void> cancel_on_server(std::function<void()> done);
  // False: there are none that may go out now.
  [[nodiscard]] bool take_local_answers(std::string& answers);
  [[nodiscard]] net::Task<void> send_local_answers(std::string_view answers);
  void after_local_answers();
  [[nodiscard]] bool at_boundary() const;
  // At a boundary at which a drain may end it.
  [[nodiscard]] bool may_leave() const;
  [[nodiscard]] Ending ending_after_failed_read(std::error_code error) const;
  void on_relay_idle();
  [[nodiscard]] std::unique_ptr<SessionNotifications> make_notifications();
  // The hub has mail, or the client takes messages again.
  void on_notifications();
  void wait_for_unread();
  [[nodiscard]] net::Task<void> deliver_notifications();
  // Wakes run(), wherever it waits for one of the two peers.
  void interrupt();

  // Start-up and login; afterwards core_ or console_ is set, or the session is over.
  [[nodiscard]] net::Task<void> begin();
  [[nodiscard]] net::Task<void> end(Ending ending);
  [[nodiscard]] std::optional<core::Error> last_words(Ending ending) const;
  [[nodiscard]] net::Task<void> release_server(Ending ending);
  // Nothing is held back from the client any more.
  void on_held_sent();
  // False: not all of it has gone out.
  [[nodiscard]] net::Task<bool> send_held();
  [[nodiscard]] net::Task<void> send_fatal(const core::Error& error);
  void record_connection(audit::EventKind kind, const core::Error* error);

  Worker& worker_;
  std::uint64_t id_;
  net::Stream stream_;
  net::InputBuffer input_;
  SnapshotPtr snapshot_;
  // The newest that follow_configuration() has seen.
  SnapshotPtr followed_;
  std::shared_ptr<audit::SessionFacts> facts_;
  std::string auth_method_;
  net::Deadline deadline_;
  core::WallTime connected_at_ = core::wall_now();
  // Epoch: the session does not wait for a server connection.
  core::TimePoint waiting_since_;
  SessionMeter meter_;
  // After login to the console.
  std::unique_ptr<ConsoleClient> console_;
  // After login.
  std::unique_ptr<SessionCore> core_;
  std::unique_ptr<RequestHandler> handler_;
  std::unique_ptr<ReplyRelay> relay_;
  std::unique_ptr<ServerLease> lease_;
  // While the login waits for a server connection, before there is a lease: ends that.
  std::unique_ptr<backend::LeaseAbort> login_wait_;
  std::shared_ptr<const DatabaseRoute> route_;
  pipeline::Subject subject_;
  // With identity = "passthrough", between the proof and the route.
  core::Rare<backend::ServerCredentials> credentials_;
  std::int32_t process_id_ = 0;
  std::string cancel_key_;
  // Coroutines of cancel_on_server() that look at this session.
  int cancels_ = 0;
  // deliver_notifications() runs.
  bool delivering_ = false;
  // Once the client was too slow for its notifications.
  std::unique_ptr<net::Deadline> unread_deadline_;
  bool writing_to_server_ = false;
  std::chrono::milliseconds server_write_timeout_{0};
  std::vector<ClientLimits::Seat> seats_;
  // A start-up packet has come: the client understands an ErrorResponse.
  bool started_up_ = false;
  bool counted_ = false;
  bool counted_console_ = false;
  bool draining_ = false;
  // The client has sent something after its login.
  bool used_ = false;
  bool aborted_ = false;
  bool idle_expired_ = false;
  // Whether the session is to end with the process that it goes by will be known in a moment.
  bool process_suspected_ = false;
};

}  // namespace sqlproxy::frontend
