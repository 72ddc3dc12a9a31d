#include "frontend/client_session.hpp"

#include <spdlog/spdlog.h>

#include <utility>

#include "core/log.hpp"
#include "frontend/client_identity.hpp"
#include "frontend/pool_settings.hpp"
#include "frontend/setting_reset.hpp"
#include "frontend/shown_failure.hpp"
#include "frontend/worker.hpp"
#include "wire/frame.hpp"
#include "wire/message_type.hpp"
#include "wire/messages/query.hpp"
#include "wire/messages/severity.hpp"

namespace sqlproxy::frontend {
namespace {

// How long a client may take to close its side after our last word.
constexpr std::chrono::milliseconds kFarewellPatience{2000};
// How long a client for which too many notifications wait may take to read a first part of them.
constexpr std::chrono::milliseconds kUnreadPatience{10000};

// An answer has five bytes at least, and a server sends them once they fill its buffer of 8 KiB: it keeps back at most
// 1638.
constexpr std::size_t kMaxMessagesUnderWay = 4096;

}  // namespace

ClientSession::ClientSession(Worker& worker, std::uint64_t id, net::Stream stream)
    : worker_(worker),
      id_(id),
      stream_(std::move(stream)),
      snapshot_(worker.snapshot()),
      facts_(std::make_shared<audit::SessionFacts>()),
      deadline_(worker.deadlines(),
                [this] {
                  idle_expired_ = true;
                  stream_.cancel();
                }),
      meter_(worker.metrics()) {}

ClientSession::~ClientSession() {
  // Left only by an exception: the server connection is in an unknown state, and must not call a relay that is gone.
  if (!core_ || !core_->server) return;
  core_->server->detach();
  core_->server->close();
}

// One that was let in while the process drains may do what it came for.
bool ClientSession::may_leave() const {
  return at_boundary() && (used_ || !worker_.services().has_successor.load(std::memory_order_relaxed));
}

bool ClientSession::at_boundary() const {
  return core_->tracker.idle() && !core_->local_skip && !core_->relay_busy() && input_.empty() &&
         !handler_->within_message() && !core_->output.holding();
}

void ClientSession::drain() {
  draining_ = true;
  if (console_) return end_console();
  if (core_ && may_leave()) stream_.cancel();
}

void ClientSession::abort() {
  aborted_ = true;
  if (console_) return end_console();
  interrupt();
}

void ClientSession::process_lost(backend::ClientProcesses::Loss loss) {
  using Loss = backend::ClientProcesses::Loss;
  if (loss == Loss::confirmed) return abort();
  process_suspected_ = loss == Loss::suspected;
  if (core_) core_->changed.notify_all();
}

void ClientSession::interrupt() {
  stream_.cancel();
  if (!core_) {
    const auto error = core::make_error(core::ErrorCode::closed, core::sqlstate::kAdminShutdown, "session ends");
    if (login_wait_) login_wait_->abort(error);
    return;
  }
  core_->ending = true;
  // A message that has gone out in part cannot be taken back: the server connection is of no use to anybody.
  if (writing_to_server_ && core_->server) core_->server->close();
  // A wait for a server connection ends with whatever the session ends with.
  const core::Error ends = core::make_error(core::ErrorCode::closed, core::sqlstate::kAdminShutdown, "session ends");
  if (!lease_->abort_wait(ends)) (void)core_->admission.abort_wait(ends);
  core_->changed.notify_all();
}

void ClientSession::on_analysis_done() {
  if (core_) core_->changed.notify_all();
}

void ClientSession::on_relay_idle() {
  // The client's read is pending while the server answers: its idle time begins here.
  if (core_->tracker.idle()) deadline_.arm(snapshot_->config->server.client_idle_timeout);
  if (core_->tracker.empty()) core_->admission.all_answered();
  if (may_send_own()) {
    if (core_->held_syncs != 0) send_held_syncs();
    lease_->on_idle();
  }
  on_notifications();
  if (draining_ && may_leave()) stream_.cancel();
}

void ClientSession::on_notifications() {
  if (!core_->notifications || !core_->notifications->active() || core_->ending) return;
  SessionNotifications& notifications = *core_->notifications;
  const bool client_is_slow = delivering_ || core_->relay_running;
  if (client_is_slow && !notifications.mail_is_urgent()) {
    // They wait in the mailbox, which has a bound.
    if (notifications.overflowed()) wait_for_unread();
    return;
  }
  notifications.take_mail();
  core_->changed.notify_all();
  if (!core_->relay_busy() && may_send_own()) lease_->on_idle();
  if (delivering_ || core_->relay_busy() || core_->ending || notifications.pending().empty()) return;
  delivering_ = true;
  worker_.spawn(deliver_notifications());
}

void ClientSession::wait_for_unread() {
  if (!unread_deadline_) {
    unread_deadline_ =
        std::make_unique<net::Deadline>(worker_.deadlines(), [this] { core_->notifications->take_mail(); });
  }
  if (!unread_deadline_->armed()) unread_deadline_->arm(kUnreadPatience);
}

net::Task<void> ClientSession::deliver_notifications() {
  SessionNotifications& notifications = *core_->notifications;
  while (!notifications.pending().empty() && !core_->relay_busy() && !core_->ending) {
    const std::string messages = std::exchange(notifications.pending(), {});
    if (!co_await core_->output.write(messages)) {
      interrupt();
      break;
    }
    if (!core_->ending) notifications.take_mail();
  }
  delivering_ = false;
  core_->changed.notify_all();
}

void ClientSession::send_held_syncs() {
  handler_->settle_held_syncs();
  OutputBatch& batch = handler_->to_server();
  if (batch.empty()) return;
  // The server waits for just this, so there is room for it.
  const net::IoResult sent = core_->server->stream().try_write(batch.view());
  if (!sent.ok() || sent.size != batch.view().size()) core_->server->close();
  batch.clear();
}

void ClientSession::cancel_query(std::function<void()> done) {
  if (console_) {
    console_->canceled = true;
    console_->changed.notify_all();
  }
  if (!core_) return done();
  const core::Error cancelled = core::make_error(core::ErrorCode::timeout, core::sqlstate::kQueryCanceled,
                                                 "canceling statement due to user request");
  if (lease_->abort_wait(cancelled) || core_->admission.abort_wait(cancelled)) return done();
  ++cancels_;
  worker_.spawn(cancel_on_server(std::move(done)));
}

// A request that comes while the server does something for the proxy alone waits, so that it hits what the client
// meant: what is behind that (protocol.md, 6.5).
net::Task<void> ClientSession::cancel_on_server(std::function<void()> done) {
  const auto under_way = [this] { return core_->server && !core_->server->closed() && !core_->tracker.empty(); };
  while (under_way() && core_->tracker.head_group_is_own()) co_await core_->changed.wait();
  --cancels_;
  core_->changed.notify_all();
  // Nothing under way: the request comes too late, and must not hit what comes next.
  if (!under_way()) co_return done();
  worker_.cancel_on_server(core_->server, std::move(done));
}

ClientSession::Sent ClientSession::try_send_to_server(std::size_t& size) {
  OutputBatch& batch = handler_->to_server();
  if (batch.empty()) {
    // What a connection was taken for may have been denied.
    after_sending();
    return Sent::all;
  }
  const net::IoResult now = core_->server->stream().try_write(batch.view());
  size = now.size;
  if (now.ok() && now.size < batch.view().size()) return Sent::part;
  batch.clear();
  if (!now.ok()) return Sent::failed;
  after_sending();
  return Sent::all;
}

net::Task<bool> ClientSession::send_rest_to_server(std::size_t sent) {
  OutputBatch& batch = handler_->to_server();
  backend::ServerConnection& server = *core_->server;
  // A server that does not read stops this client from being read. Replies go on meanwhile.
  writing_to_server_ = true;
  net::Deadline patience(worker_.deadlines(), [&server] { server.close(); });
  patience.arm(server_write_timeout_);
  const net::IoResult rest = co_await server.stream().write_all(batch.view().substr(sent));
  writing_to_server_ = false;
  batch.clear();
  if (rest.ok()) after_sending();
  co_return rest.ok();
}

// The answers may have come before the last byte was out.
void ClientSession::after_sending() {
  if (core_->server && !core_->relay_busy() && may_send_own()) lease_->on_idle();
}

bool ClientSession::take_local_answers(std::string& answers) {
  // While the relay is at work it sends them itself, at their place among the server's replies.
  // Nothing comes behind the server's last word.
  if (core_->relay_busy() || core_->tracker.empty() || core_->fatal_relayed) return false;
  core_->tracker.take_local(answers);
  if (answers.empty()) {
    after_local_answers();
    return false;
  }
  core_->output.hold_for(core_->journal.audit().trail.unsettled());
  return true;
}

net::Task<void> ClientSession::send_local_answers(std::string_view answers) {
  (void)co_await core_->output.write(answers);
  after_local_answers();
}

void ClientSession::after_local_answers() {
  if (core_->server && !core_->relay_busy() && may_send_own()) lease_->on_idle();
  // What a connection was taken for may have been answered here.
  if (core_->server && !core_->relay_busy() && may_send_own()) lease_->on_idle();
}

ClientSession::Ending ClientSession::ending_after_failed_read(std::error_code error) const {
  if (aborted_) return Ending::aborted;
  if (core_->output.stalled()) return Ending::client_stalled;
  if (notifications_lost()) return Ending::notifications_lost;
  if (server_closed()) return Ending::server_lost;
  if (idle_expired_) return Ending::idle_timeout;
  if (error == asio::error::operation_aborted && draining_) return Ending::drained;
  return Ending::client_closed;
}

net::Task<ClientSession::Ending> ClientSession::read_more() {
  // Each message under way takes memory here until it is answered. A server keeps fewer answers back than these before
  // it sends them, so waiting for them cannot be a deadlock.
  while (core_->tracker.size() > kMaxMessagesUnderWay && !server_closed() && !aborted_) {
    co_await core_->changed.wait();
  }
  if (draining_ && may_leave()) co_return Ending::drained;
  input_.release_if_empty();
  if (handler_->needed() != 0) input_.reserve(handler_->needed());
  if (core_->tracker.idle()) deadline_.arm(snapshot_->config->server.client_idle_timeout);
  const net::IoResult read = co_await stream_.read_some(input_.prepare());
  deadline_.disarm();
  if (!read.ok()) co_return ending_after_failed_read(read.error);
  input_.commit(read.size);
  meter_.count_received(read.size);
  co_return Ending::none;
}

void ClientSession::follow_configuration() {
  const SnapshotPtr& newest = worker_.snapshot();
  core_->gate.update(newest);
  if (followed_ == newest) return;
  followed_ = newest;
  handler_->set_max_query_size(newest->config->server.max_query_size);
  core_->output.set_patience(newest->config->server.client_write_timeout);
  const auto database = newest->config->databases.find(route_->name);
  if (database == newest->config->databases.end()) return;
  Services& services = worker_.services();
  apply_pool_settings(lease_->request(), *newest->config, database->second, subject_.tenant, services.breakers);
  server_write_timeout_ = database->second.server_write_timeout;
  const std::string& name = route_->client_database;
  core_->admission.use(services.rate_limits.limits_of(subject_, name, core::SteadyClock::now()),
                       services.in_flight.of(name, database->second.max_in_flight), database->second.pool_wait_timeout);
}

net::Task<ClientSession::Ending> ClientSession::serve() {
  for (;;) {
    if (server_closed()) co_return Ending::server_lost;
    if (aborted_) co_return Ending::aborted;
    if (notifications_lost()) co_return Ending::notifications_lost;
    follow_configuration();
    used_ = used_ || !input_.empty();
    const RequestHandler::Outcome outcome = handler_->process(input_.data());
    // The batch refers to the input until it is sent.
    std::size_t size = 0;
    const Sent result = try_send_to_server(size);
    const bool sent = result == Sent::part ? co_await send_rest_to_server(size) : result == Sent::all;
    input_.consume(handler_->used());
    if (!sent)
      co_return notifications_lost() ? Ending::notifications_lost
      : aborted_                     ? Ending::aborted
      : core_->output.stalled()      ? Ending::client_stalled
      : core_->output.lost()         ? Ending::client_closed
                                     : Ending::server_lost;
    if (std::string answers; take_local_answers(answers)) co_await send_local_answers(answers);
    switch (outcome) {
      case RequestHandler::Outcome::terminate: co_return Ending::terminated;
      case RequestHandler::Outcome::violation: co_return Ending::violation;
      case RequestHandler::Outcome::wait_for_group:
        // What is under way was sent with its Sync, so its answer comes, or the server is lost.
        co_await core_->changed.wait();
        break;
      case RequestHandler::Outcome::wait_for_analysis:
        // Takes a bounded time. Whatever ends the session notifies too, and is seen above.
        if (!handler_->analysis_done()) co_await core_->changed.wait();
        break;
      case RequestHandler::Outcome::need_server: co_await find_server(); break;
      case RequestHandler::Outcome::need_place: co_await core_->admission.wait(*core_->server); break;
      case RequestHandler::Outcome::more_input:
        if (const Ending ending = co_await read_more(); ending != Ending::none) co_return ending;
        break;
    }
  }
}

bool ClientSession::try_acquire(OutputBatch& to_server) {
  if (process_suspected_ || !lease_->try_acquire(to_server)) return false;
  meter_.count_assignment();
  return true;
}

net::Task<void> ClientSession::find_server() {
  while (process_suspected_ && !core_->ending) co_await core_->changed.wait();
  if (core_->ending) co_return;
  begin_wait();
  auto refused = co_await lease_->acquire();
  // A reset of what the server does not take any more has to reach it all the same.
  if (refused && lease_->settings_refused() && gives_up_settings()) refused = co_await lease_->acquire();
  (void)end_wait();
  if (!refused) meter_.count_assignment();
  if (refused && !aborted_) {
    auto refusal = refusal_of_identity(*route_, *refused);
    handler_->refuse_next(refusal ? *std::move(refusal) : shown_failure(*refused, route_->client_database));
  }
}

bool ClientSession::gives_up_settings() {
  const std::string_view input = input_.data();
  const auto header = wire::decode_frame_header(input);
  if (!header || static_cast<wire::FrontendType>(header->type) != wire::FrontendType::Query) return false;
  if (input.size() < header->frame_size()) return false;
  const auto query = wire::Query::decode(input.substr(wire::FrameHeader::kSize, header->body_size));
  return query && give_up_settings(*core_->analyzer.analyze(query->text, core_->encoding).analysis, core_->wanted);
}

std::optional<core::Error> ClientSession::last_words(Ending ending) const {
  using core::ErrorCode;
  namespace sqlstate = core::sqlstate;
  switch (ending) {
    case Ending::violation: return handler_->fault().copy();
    case Ending::aborted:
    case Ending::drained:
      return core::make_error(ErrorCode::unavailable, sqlstate::kAdminShutdown,
                              "terminating connection due to administrator command");
    case Ending::idle_timeout:
      return core::make_error(ErrorCode::timeout, sqlstate::kIdleSessionTimeout,
                              "terminating connection due to idle-session timeout");
    case Ending::server_lost:
      if (core_->fatal_relayed) return std::nullopt;
      if (core_->journal.committing(core_->tracker)) {
        return core::make_error(ErrorCode::network, sqlstate::kTransactionResolutionUnknown,
                                "server connection was lost while a transaction was being committed",
                                "It is not known whether the transaction was committed.");
      }
      return core::make_error(ErrorCode::network, sqlstate::kConnectionFailure, "server connection was lost");
    case Ending::notifications_lost: return core_->notifications->fault().copy();
    case Ending::client_stalled:
      return core::make_error(core::ErrorCode::timeout, sqlstate::kConnectionFailure, "client does not read");
    default: return std::nullopt;
  }
}

net::Task<void> ClientSession::send_fatal(const core::Error& error) {
  std::string message;
  // What was received before the end is the client's.
  if (core_ && core_->notifications) message = std::exchange(core_->notifications->pending(), {});
  wire::append_error(message, wire::Severity::fatal, error);
  stream_.resume();
  deadline_.arm(kFarewellPatience);
  (void)co_await stream_.write_all(message);
  deadline_.disarm();
}

net::Task<void> ClientSession::release_server(Ending ending) {
  SessionCore& core = *core_;
  // PostgreSQL finishes what was sent before Terminate; how long that takes is the client's choice.
  // Messages that no Sync follows get no answer, and no effect.
  while (ending == Ending::terminated && core.tracker.owes_ready() && core.server && !core.server->closed() &&
         !aborted_ && !core.tracker.in_copy_in() && !handler_->within_message()) {
    co_await core.changed.wait();
  }
  // What the proxy asks itself takes a moment; without the answer the connection would be of no more use.
  while (!aborted_ && core.server && !core.server->closed() && core.tracker.size() == 1 &&
         core.tracker.head().is_own()) {
    co_await core.changed.wait();
  }
  // A write to a client that is gone ends now, and with it the relay.
  stream_.cancel();
  const bool settled = core.tracker.empty() && !core.tracker.batch_open() && !core.tracker.skipping() &&
                       !handler_->within_message() && !core.relay_busy();
  const bool open = core.tracker.status() != wire::TransactionStatus::idle;
  while (core.relay_running) co_await core.changed.wait();
  using Condition = backend::ServerPool::Condition;
  Condition condition = open ? Condition::in_transaction : Condition::clean;
  // Nobody waits for the answer any more; closing alone would let the server work on until it tries to send.
  if (!settled) condition = core.tracker.empty() || handler_->within_message() ? Condition::broken : Condition::busy;
  lease_->end(condition);
  core.changed.notify_all();
}

void ClientSession::on_held_sent() {
  core_->changed.notify_all();
  if (core_->ending) return;
  if (core_->output.lost()) return interrupt();
  on_notifications();
  if (draining_ && may_leave()) stream_.cancel();
}

// What the client still has to get once its events are safe; but not for ever while they cannot be stored.
net::Task<bool> ClientSession::send_held() {
  if (!core_->output.holding()) co_return true;
  if (!core_->output.lost() && !aborted_) stream_.resume();
  bool expired = false;
  net::Deadline patience(worker_.deadlines(), [&] {
    expired = true;
    stream_.cancel();
    core_->changed.notify_all();
  });
  patience.arm(kFarewellPatience);
  while (core_->output.holding() && !core_->output.lost() && !aborted_ && !expired) co_await core_->changed.wait();
  const bool all_sent = !core_->output.holding();
  core_->output.drop_held();
  while (core_->output.holding()) co_await core_->changed.wait();
  co_return all_sent;
}

net::Task<void> ClientSession::end(Ending ending) {
  const std::optional<core::Error> words = last_words(ending);
  // A server that goes without a word has crashed, or the way to it has. A FATAL is about the session.
  const backend::CircuitBreakerPtr& breaker = lease_->request().breaker;
  if (ending == Ending::server_lost && !core_->fatal_relayed && breaker) breaker->failed(core::SteadyClock::now());
  core_->ending = true;
  core_->changed.notify_all();
  if (unread_deadline_) unread_deadline_->disarm();
  const bool intact = !core_->within_message && !delivering_ && !core_->output.lost();
  co_await release_server(ending);
  while (cancels_ != 0 || delivering_) co_await core_->changed.wait();
  // Events of what was under way come before the one of the disconnect.
  core_->journal.abandon();
  const bool all_sent = co_await send_held();
  if (words && intact && all_sent) co_await send_fatal(*words);
  worker_.services().cancels.revoke(process_id_, cancel_key_);
  record_connection(audit::EventKind::disconnect, words ? &*words : nullptr);
}

net::Task<void> ClientSession::begin() {
  deadline_.arm(snapshot_->config->server.login_timeout);
  StartupOutcome outcome = co_await negotiate_startup(stream_, snapshot_->tls);
  std::optional<core::Error> fault;
  if (auto* cancel = std::get_if<CancelDemand>(&outcome)) {
    deadline_.disarm();
    co_await pass_on_cancel(*cancel);
  } else if (auto* refused = std::get_if<StartupEnd>(&outcome)) {
    fault = std::move(refused->error);
  } else {
    fault = co_await log_in(std::get<wire::StartupMessage>(std::move(outcome)));
    count_login(fault ? &*fault : nullptr);
  }
  deadline_.disarm();
  if (idle_expired_ && !core_ && started_up_) {
    fault = core::make_error(core::ErrorCode::timeout, core::sqlstate::kQueryCanceled,
                             "canceling authentication due to timeout");
    idle_expired_ = false;
  }
  if (fault && !idle_expired_ && !aborted_ && fault->code != core::ErrorCode::closed) co_await send_fatal(*fault);
}

// What the login needed is gone while the client is served: this coroutine lives as long as the session, and there are
// thousands of them.
net::Task<void> ClientSession::run() {
  // Made before the login, so that its frame gets a block of its own size and not one that the login has left behind.
  net::Task<Ending> serving = serve();
  co_await begin();
  if (console_) co_await serve_console();
  if (core_) {
    idle_expired_ = false;
    Ending ending = Ending::aborted;
    try {
      ending = co_await std::move(serving);
    } catch (const std::exception& exception) {
      // A fault of ours ends this session, in order and with its events, and nothing else.
      core::log().error("internal fault in a client session: {}", exception.what());
    }
    co_await end(ending);
  }
  if (counted_) worker_.services().client_count.fetch_sub(1, std::memory_order_relaxed);
  if (counted_console_) worker_.services().console_count.fetch_sub(1, std::memory_order_relaxed);
  co_await stream_.close_gracefully(worker_.deadlines(), kFarewellPatience);
}

net::Task<void> ClientSession::pass_on_cancel(CancelDemand demand) {
  // The answer comes from another worker, perhaps after this session has given up waiting.
  struct Wait {
    explicit Wait(net::Executor executor) : signal(executor) {}
    net::Signal signal;
    bool done = false;
  };
  auto wait = std::make_shared<Wait>(worker_.executor());
  worker_.services().cancels.request(demand.process_id, demand.key, [wait, executor = worker_.executor()] {
    asio::post(executor, [wait] {
      wait->done = true;
      wait->signal.notify_all();
    });
  });
  // The client takes the end of this connection as the sign that the cancel has been sent, as from PostgreSQL.
  while (!wait->done) co_await wait->signal.wait();
}

}  // namespace sqlproxy::frontend
