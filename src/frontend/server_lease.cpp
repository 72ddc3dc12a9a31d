#include "frontend/server_lease.hpp"

#include <spdlog/spdlog.h>

#include <algorithm>
#include <chrono>
#include <utility>

#include "core/log.hpp"
#include "core/random.hpp"
#include "frontend/session_meter.hpp"
#include "frontend/setting_replay.hpp"
#include "wire/messages/data_row.hpp"
#include "wire/messages/error_response.hpp"
#include "wire/messages/query.hpp"

namespace sqlproxy::frontend {
namespace {

using Condition = backend::ServerPool::Condition;
using Request = wire::ReplyTracker::Request;
using Treatment = wire::ReplyTracker::Treatment;

constexpr std::string_view kApplicationName = "application_name";

// A connection can end between the moment it is leased and the first byte that is sent to it.
constexpr int kMaxAttempts = 3;

InFlight::Kind kind_of(OwnQuery query) {
  switch (query) {
    case OwnQuery::replay: return InFlight::Kind::own_replay;
    case OwnQuery::probe: return InFlight::Kind::own_probe;
    case OwnQuery::hand_over: return InFlight::Kind::own_hand_over;
  }
  return InFlight::Kind::own_replay;
}

// What is different for each client and has no part in what connections are interchangeable.
std::optional<std::string> take_application_name(backend::Settings& settings) {
  const auto found = std::ranges::find(settings, kApplicationName, &backend::Setting::name);
  if (found == settings.end()) return std::nullopt;
  std::string value = std::move(found->value);
  settings.erase(found);
  return value;
}

// Names of prepared statements are followed one by one, and the lasting effects known without asking.
bool needs_probe(pipeline::EffectFlags left, bool pinned) {
  return left.settings || left.temporary || left.held_cursor || left.advisory_lock || left.listens || left.opaque ||
         (pinned && (left.ends_state || left.names));
}

}  // namespace

backend::LoginFailure server_connection_lost() {
  return {backend::LoginFailure::Cause::network,
          core::make_error(core::ErrorCode::network, core::sqlstate::kConnectionFailure, "server connection was lost")};
}

ServerLease::ServerLease(SessionCore& core, ReplyRelay& relay, backend::ServerPool& pool, AcceptedSettings& accepted,
                         net::DeadlineQueue& deadlines, backend::LeaseRequest request, bool whole_session)
    : core_(core),
      relay_(relay),
      pool_(pool),
      accepted_(accepted),
      request_(std::move(request)),
      put_off_(deadlines, [this] {
        probe_due_ = true;
        if (!core_.relay_busy() && !core_.ending) core_.on_relay_idle();
      }) {
  core_.journal.set_own_queries(this);
  if (whole_session) {
    pins_ = bit(Pin::session_pooling);
    return;
  }
  core_.login_application_name = take_application_name(request_.settings.parameters).value_or("");
  if (!core_.login_application_name.empty()) {
    core_.wanted.push_back({std::string(kApplicationName), core_.login_application_name});
  }
  startup_fingerprint_ =
      settings_fingerprint(request_.settings.parameters) + std::hash<std::string>()(request_.settings.options);
  note_fingerprint();
}

ServerLease::~ServerLease() {
  core_.journal.set_own_queries(nullptr);
}

backend::LeaseRequest ServerLease::request_for(backend::LeaseRequest request, bool whole_session) {
  if (!whole_session) (void)take_application_name(request.settings.parameters);
  return request;
}

bool ServerLease::try_acquire(OutputBatch& to_server) {
  if (core_.notifications && core_.notifications->at_hub()) return false;
  backend::ServerPool::ConnectionPtr connection = pool_.try_lease(request_);
  if (!connection) return false;
  take(std::move(connection));
  const std::vector<std::string> queries = preparation();
  if (!queries.empty() && !may_send_ahead()) {
    // Nothing was done with it.
    let_go(Condition::shared);
    return false;
  }
  for (const std::string& query : queries) {
    ++ahead_;
    push(OwnQuery::replay, query, to_server.own());
  }
  // Nothing has to be sent, so nothing is applied that was not: only the reports may differ.
  if (queries.empty()) report_parameters();
  return true;
}

net::Task<std::optional<backend::LoginFailure>> ServerLease::acquire() {
  settings_refused_ = false;
  for (int attempt = 1;; ++attempt) {
    waiting_ = true;
    abort_.reset();
    auto leased = co_await pool_.lease(request_, &abort_);
    waiting_ = false;
    if (auto* failure = std::get_if<backend::LoginFailure>(&leased)) co_return std::move(*failure);
    auto fault = co_await adopt(std::move(std::get<backend::ServerPool::ConnectionPtr>(leased)));
    if (!fault || fault->cause != backend::LoginFailure::Cause::network || attempt == kMaxAttempts) co_return fault;
  }
}

net::Task<std::optional<backend::LoginFailure>> ServerLease::adopt(backend::ServerPool::ConnectionPtr connection) {
  if (connection->closed()) co_return server_connection_lost();
  take(std::move(connection));
  core_.server_replaceable = true;
  auto fault = co_await make_ready();
  core_.server_replaceable = false;
  if (!fault) prepared();
  co_return fault;
}

net::Task<std::optional<backend::LoginFailure>> ServerLease::make_ready() {
  const std::vector<std::string> queries = preparation();
  std::optional<backend::LoginFailure> fault;
  if (core_.notifications && core_.notifications->at_hub()) {
    taking_back_ = true;
    fault = co_await take_back(queries);
    taking_back_ = false;
  } else if (!queries.empty()) {
    fault = co_await prepare(queries);
  }
  co_return fault;
}

bool ServerLease::abort_wait(core::Error error) {
  if (!waiting_) return false;
  abort_.abort(std::move(error));
  return true;
}

void ServerLease::take(backend::ServerPool::ConnectionPtr connection) {
  core_.server = std::move(connection);
  core_.server->attach(relay_);
  // The same in all that counts; by its address the pool knows it quicker.
  if (request_.target != core_.server->target()) request_.target = core_.server->target();
  core_.journal.audit().backend_pid = core_.server->greeting().process_id;
}

std::vector<std::string> ServerLease::preparation() const {
  const backend::ConnectionState& state = core_.server->state();
  std::vector<std::string> queries;
  if (pins_ != 0) return queries;
  const auto append = [&queries](std::vector<std::string> more) {
    std::ranges::move(more, std::back_inserter(queries));
  };
  if (state.sequence_client != 0 && state.sequence_client != request_.client) queries.emplace_back("DISCARD SEQUENCES");
  if (state.opaque_client == 0 || state.opaque_client == request_.client) {
    append(replay_queries(state.applied, core_.wanted));
    return queries;
  }
  // What is there unseen goes with everything else. Who the session is, RESET ALL leaves alone.
  append(replay_queries(state.applied, {}));
  queries.emplace_back("RESET ALL");
  queries.push_back("SET seed TO 0." + std::to_string(core::random_u32()));
  append(replay_queries({}, core_.wanted));
  return queries;
}

bool ServerLease::may_send_ahead() const {
  const backend::ConnectionState& state = core_.server->state();
  return replay_is_harmless(state.applied, core_.wanted) && accepted_.contain(core_.route->name, core_.wanted);
}

void ServerLease::push(OwnQuery query, std::string_view text, std::string& out) {
  InFlight flight;
  flight.kind = kind_of(query);
  core_.tracker.push(Request::query, Treatment::swallow, core_.journal.open(std::move(flight)));
  // It drops the unnamed statement, of which the client knows nothing.
  core_.server->statements().forget_unnamed();
  // Made by ourselves of what a server has said, so it has no zero byte; a text without an end it cannot have either.
  if (!wire::Query{text}.encode(out)) core_.server->close();
}

net::Task<std::optional<backend::LoginFailure>> ServerLease::prepare(const std::vector<std::string>& queries) {
  settling_ = true;
  replay_error_.reset();
  std::string out;
  for (const std::string& query : queries) push(OwnQuery::replay, query, out);
  (void)co_await core_.server->stream().write_all(out);
  while (!core_.tracker.empty() && !core_.server->closed()) co_await core_.changed.wait();
  settling_ = false;
  if (core_.server->closed()) {
    core_.tracker.abandon();
    let_go(Condition::broken);
    co_return server_connection_lost();
  }
  if (!replay_error_) co_return std::nullopt;
  settings_refused_ = true;
  // What of it is set and what is not is hard to tell.
  let_go(Condition::clean);
  co_return backend::LoginFailure{backend::LoginFailure::Cause::refused, *replay_error_.take()};
}

void ServerLease::note_prepared(backend::ConnectionState& state) const {
  if (state.sequence_client != request_.client) state.sequence_client = 0;
  if (state.opaque_client != request_.client) state.opaque_client = 0;
  state.applied = core_.wanted;
}

void ServerLease::prepared() {
  backend::ConnectionState& state = core_.server->state();
  if (pins_ == 0) {
    note_prepared(state);
    accepted_.add(core_.route->name, core_.wanted);
  }
  report_parameters();
}

void ServerLease::report_parameters() {
  // At login the greeting tells.
  if (core_.reported.empty()) return;
  std::string differences;
  core_.report_parameters(differences);
  if (!differences.empty()) {
    core_.tracker.push(Request::local, Treatment::forward, 0, std::move(differences));
  }
}

void ServerLease::on_idle() {
  if (!core_.server || settling_ || taking_back_ || probing_ || ahead_ != 0 || core_.admission.held_up()) return;
  if (core_.server->closed()) {
    if (is_spare()) finish(Condition::broken);
    return;
  }
  if (!core_.tracker.idle()) return;
  if (hand_over_ != HandOver::none) return hand_over();
  pipeline::EffectFlags& left = core_.journal.left_behind();
  if ((pins_ & bit(Pin::session_pooling)) != 0) {
    left = {};
    return;
  }
  if (left.sequence_written || left.opaque) core_.server->state().sequence_client = request_.client;
  if (left.opaque) core_.server->state().opaque_client = request_.client;
  if (left.seed || left.library || left.lasting) {
    set_pins(pins_ | bit(Pin::lasting));
    pool_.retire(*core_.server);
  }
  if ((pins_ & bit(Pin::unknown)) != 0 && core_.tracker.current_group() == probed_group_) return;
  if (needs_probe(left, pins_ != 0)) {
    if (may_put_off_probe(left)) return;
    return send_probe();
  }
  left = {};
  core_.settings_unsettled = false;
  if (pins_ != 0 && send_missing_settings()) return;
  if (pins_ == bit(Pin::channels)) return hand_over();
  if (pins_ != 0) return;
  finish(Condition::shared);
}

void ServerLease::finish(Condition condition) {
  SessionNotifications* notifications = core_.notifications.get();
  if (notifications != nullptr && !notifications->at_hub()) notifications->subscribe({}, {});
  let_go(condition);
}

bool ServerLease::is_spare() {
  const pipeline::EffectFlags& left = core_.journal.left_behind();
  const bool busy =
      settling_ || taking_back_ || probing_ || ahead_ != 0 || hand_over_ != HandOver::none || core_.admission.held_up();
  return core_.server && !busy && pins_ == 0 && core_.tracker.idle() && !needs_probe(left, false) && !left.seed &&
         !left.library && !left.lasting;
}

// A pinned connection lacks what RESET has taken from the client's login settings.
bool ServerLease::send_missing_settings() {
  const std::vector<std::string> queries = replay_queries(core_.server->state().applied, core_.wanted);
  ahead_ += static_cast<int>(queries.size());
  for (const std::string& query : queries) send_own(OwnQuery::replay, query);
  return !queries.empty();
}

void ServerLease::send_own(OwnQuery query, std::string_view text) {
  std::string out;
  push(query, text, out);
  // Nothing is under way, so there is room for it.
  const net::IoResult sent = core_.server->stream().try_write(out);
  if (!sent.ok() || sent.size != out.size()) core_.server->close();
}

void ServerLease::note_fingerprint() {
  core_.settings_fingerprint = settings_fingerprint(core_.wanted) ^ (startup_fingerprint_ << 1U);
}

void ServerLease::on_own_row(OwnQuery query, std::string_view body) {
  if (query != OwnQuery::probe) return;
  const auto row = wire::DataRow::decode(body);
  if (!row) return;
  const std::vector<std::optional<std::string_view>> columns(row->values.begin(), row->values.end());
  if (!probed_) (void)probed_.emplace();
  if (!pipeline::read_probe(columns, *probed_)) probe_failed_ = true;
}

void ServerLease::on_own_error(OwnQuery query, std::string_view body) {
  const auto error = wire::ErrorResponse::decode_prefix(body);
  if (query == OwnQuery::replay && settling_) {
    replay_error_ = core::make_error(core::ErrorCode::invalid_input, error.sqlstate(), std::string(error.message()));
    return;
  }
  if (query == OwnQuery::probe) probe_failed_ = true;
  core::log().warn("a server refused what the proxy asked for itself: {}", core::log_safe(error.message()));
  if (query == OwnQuery::hand_over) hand_over_failed_ = true;
  // The client's messages are behind a replay that did not take place.
  if (query == OwnQuery::replay) core_.server->close();
}

void ServerLease::on_own_end(OwnQuery query) {
  if (query == OwnQuery::probe) {
    probing_ = false;
    const std::optional<pipeline::ProbedState> probed = probed_.take();
    if (probed && !probe_failed_) {
      pins_ &= ~bit(Pin::unknown);
      return apply(*probed);
    }
    // The client's own statement_timeout, as a rule. It is asked again when the client has done something more.
    set_pins(pins_ | bit(Pin::unknown));
    core_.journal.left_behind() |= pipeline::kOpaque;
    return;
  }
  if (query == OwnQuery::hand_over) return end_of_hand_over();
  if (settling_ || --ahead_ != 0) return;
  note_prepared(core_.server->state());
}

void ServerLease::set_pins(unsigned pins) {
  if (SessionMeter* meter = core_.journal.audit().meter) meter->count_pins(pins & ~pins_);
  pins_ = pins;
}

void ServerLease::let_go(Condition condition) {
  put_off_.disarm();
  probe_due_ = false;
  const backend::ServerPool::ConnectionPtr server = std::exchange(core_.server, nullptr);
  if (!server) return;
  hand_over_ = HandOver::none;
  if (std::exchange(core_.handing_over, false)) core_.changed.notify_all();
  core_.settings_unsettled = false;
  server->detach();
  if (condition == Condition::shared && !server->input().empty()) condition = Condition::broken;
  pool_.release(*server, condition);
}

void ServerLease::end(Condition condition) {
  pool_.forget_client(request_.client);
  const bool known = pins_ == 0 && !probing_ && core_.journal.left_behind().clean();
  if (condition == Condition::clean && known) condition = Condition::shared;
  let_go(condition);
}

}  // namespace sqlproxy::frontend
