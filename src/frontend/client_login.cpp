// A client's login: what it asks for is checked, its identity proved, and a server connection found.

#include <spdlog/spdlog.h>
#include <sys/socket.h>

#include <algorithm>
#include <cstring>
#include <utility>

#include "core/log.hpp"
#include "frontend/auth_rules.hpp"
#include "frontend/authentication.hpp"
#include "frontend/client_identity.hpp"
#include "frontend/client_session.hpp"
#include "frontend/pool_settings.hpp"
#include "frontend/setting_replay.hpp"
#include "frontend/shown_failure.hpp"
#include "frontend/worker.hpp"
#include "pipeline/guarded_settings.hpp"
#include "pipeline/search_path.hpp"
#include "wire/command_line_options.hpp"
#include "wire/message_writer.hpp"
#include "wire/messages/authentication.hpp"
#include "wire/messages/backend_key_data.hpp"
#include "wire/messages/negotiate_protocol_version.hpp"
#include "wire/messages/parameter_status.hpp"
#include "wire/messages/ready_for_query.hpp"

namespace sqlproxy::frontend {
namespace {

using core::ErrorCode;
namespace sqlstate = core::sqlstate;

constexpr std::size_t kShortCancelKey = 4;
constexpr std::size_t kLongCancelKey = 32;

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

std::span<const std::uint8_t> address_bytes(const asio::generic::stream_protocol::endpoint& endpoint) {
  const auto* address = endpoint.data();
  if (endpoint.protocol().family() == AF_INET) {
    const auto* v4 = reinterpret_cast<const sockaddr_in*>(address);
    return {reinterpret_cast<const std::uint8_t*>(&v4->sin_addr), 4};
  }
  if (endpoint.protocol().family() == AF_INET6) {
    const auto* v6 = reinterpret_cast<const sockaddr_in6*>(address);
    return {reinterpret_cast<const std::uint8_t*>(&v6->sin6_addr), 16};
  }
  return {};
}

void describe_peer(net::Stream& stream, audit::SessionFacts& facts) {
  std::error_code error;
  const auto endpoint = stream.socket().remote_endpoint(error);
  if (!error && endpoint.protocol().family() != AF_UNIX) {
    asio::ip::tcp::endpoint tcp;
    tcp.resize(endpoint.size());
    std::memcpy(tcp.data(), endpoint.data(), endpoint.size());
    facts.client_ip = tcp.address().to_string();
    facts.client_port = tcp.port();
  }
  if (stream.is_tls()) facts.tls = net::tls_version_name(stream.ssl());
}

}  // namespace

std::optional<core::Error> ClientSession::check_admission(const wire::StartupMessage& message) const {
  const config::ClientTlsMode mode = snapshot_->config->server.tls.mode;
  std::error_code ignored;
  const bool local = const_cast<net::Stream&>(stream_).socket().local_endpoint(ignored).protocol().family() == AF_UNIX;
  if (mode >= config::ClientTlsMode::require && !stream_.is_tls() && !local) {
    return core::make_error(ErrorCode::denied, sqlstate::kInvalidAuthorizationSpecification, "connection requires TLS");
  }
  if (message.replication != wire::StartupMessage::Replication::none) {
    return core::make_error(ErrorCode::unsupported, sqlstate::kFeatureNotSupported,
                            "replication connections are not supported", "This proxy relays ordinary sessions only.",
                            "Connect to the server itself.");
  }
  const Services& services = worker_.services();
  if (services.draining.load(std::memory_order_relaxed) && !services.has_successor.load(std::memory_order_relaxed)) {
    return core::make_error(ErrorCode::unavailable, sqlstate::kCannotConnectNow,
                            "the database system is shutting down");
  }
  return std::nullopt;
}

net::Task<std::optional<core::Error>> ClientSession::prove_identity(const wire::StartupMessage& message) {
  std::error_code ignored;
  const auto endpoint = stream_.socket().remote_endpoint(ignored);
  ConnectionOrigin origin;
  origin.unix_socket = endpoint.protocol().family() == AF_UNIX;
  origin.tls = stream_.is_tls();
  origin.address = address_bytes(endpoint);
  origin.user = message.user;
  origin.database = message.database;
  const auto method = choose_auth_method(snapshot_->config->auth, origin);
  if (!method) {
    co_return core::make_error(ErrorCode::denied, sqlstate::kInvalidAuthorizationSpecification,
                               "no authentication rule for host \"" + facts_->client_ip + "\", user \"" + message.user +
                                   "\", database \"" + message.database + "\", " +
                                   (stream_.is_tls() ? "TLS encryption" : "no encryption"));
  }
  auth_method_ = name_of(*method);
  const IdentityRequest request{
      message.user,       message.database,    *method,  *snapshot_, worker_.services().mock_secret,
      worker_.executor(), worker_.deadlines(), deadline_};
  auto proved = co_await prove_client_identity(stream_, input_, request);
  if (proved) {
    worker_.services().throttle.succeeded(facts_->client_ip);
    subject_ = std::move(proved->subject);
    credentials_ = std::move(proved->credentials);
    co_return std::nullopt;
  }
  // A client that only went away, to ask its user for the password, has failed at nothing.
  if (proved.error().code == ErrorCode::denied) {
    const auto delay = worker_.services().throttle.failed(facts_->client_ip, core::SteadyClock::now());
    net::Timer pause(worker_.executor(), delay);
    std::error_code cancelled;
    co_await pause.async_wait(net::use_task(cancelled));
  }
  co_return std::move(proved).error();
}

core::Result<backend::StartupSettings> ClientSession::startup_settings(const wire::StartupMessage& message) const {
  backend::StartupSettings settings;
  const auto append_option = [&](std::string_view name, const std::optional<std::chrono::milliseconds>& value) {
    if (value) settings.options += "-c " + std::string(name) + "=" + std::to_string(value->count()) + " ";
  };
  // First, so that what the client asks for itself wins.
  append_option("statement_timeout", route_->settings.statement_timeout);
  append_option("idle_in_transaction_session_timeout", route_->settings.idle_in_transaction_timeout);
  settings.options += message.options;
  const auto options = wire::split_options(message.options);
  if (!options) return options.error();
  const auto check = [&](const std::string& name, const std::string& value) {
    return pipeline::check_startup_setting(name, value, subject_, message.database, *snapshot_->policies);
  };
  for (const wire::CommandLineOption& option : *options) {
    if (auto allowed = check(option.name, option.value); !allowed) return std::move(allowed).error();
  }
  for (const auto& parameter : message.parameters) {
    if (auto allowed = check(parameter.name, parameter.value); !allowed) return std::move(allowed).error();
    settings.parameters.push_back({parameter.name, parameter.value});
  }
  return settings;
}

net::Task<std::optional<core::Error>> ClientSession::wait_for_catalog() {
  // With passthrough the settings of the client's own role count, which may be younger than the snapshot.
  const auto current = route_->catalog->current();
  if (current && (!route_->verifiers || current->has_role(route_->target->user))) co_return std::nullopt;
  struct Wait {
    explicit Wait(net::Executor executor) : signal(executor) {}
    net::Signal signal;
    bool done = false;
  };
  auto wait = std::make_shared<Wait>(worker_.executor());
  route_->catalog->refresh_then([wait, executor = worker_.executor()] {
    asio::post(executor, [wait] {
      wait->done = true;
      wait->signal.notify_all();
    });
  });
  // The loader has a time limit of its own.
  while (!wait->done) co_await wait->signal.wait();
  if (route_->catalog->version() != 0) co_return std::nullopt;
  co_return core::make_error(ErrorCode::unavailable, sqlstate::kCannotConnectNow,
                             "database \"" + route_->client_database + "\" is not available",
                             "The proxy could not read the database's catalog.",
                             "Try again later; the proxy's log says why.");
}

backend::LeaseRequest ClientSession::lease_request(const backend::StartupSettings& settings) const {
  backend::LeaseRequest request;
  request.key = {subject_.tenant, route_->name, route_->target->dbname, route_->target->user};
  request.target = route_->target;
  request.settings = settings;
  apply_pool_settings(request, *snapshot_->config, route_->settings, subject_.tenant, worker_.services().breakers);
  request.client = id_;
  return request;
}

std::unique_ptr<SessionNotifications> ClientSession::make_notifications() {
  auto made = std::make_unique<SessionNotifications>(
      worker_.services().notifications, worker_.executor(), worker_.deadlines(), route_->target,
      SessionNotifications::Events{[this] { on_notifications(); }, [this] { interrupt(); }});
  made->set_process_id(process_id_);
  return made;
}

std::shared_ptr<AnalysisJob> ClientSession::start_analysis(std::string_view text) {
  auto job = std::make_shared<AnalysisJob>();
  job->text = text;
  job->limits = core_->analyzer.limits(core_->encoding);
  // The session may be gone by then.
  job->on_done = [&worker = worker_, id = id_] { worker.wake_session(id); };
  worker_.services().analyses.submit(job);
  return job;
}

void ClientSession::leave_database(const std::string& name) {
  const backend::DatabasePlace place{route_->target->host, route_->target->port, name};
  Services& services = worker_.services();
  services.pool_limits.leave(place);
  if (services.catalogs != nullptr) services.catalogs->leave(place);
}

void ClientSession::create_core(const backend::StartupSettings& settings) {
  pipeline::NameScope scope;
  scope.database = route_->client_database;
  scope.server_database = route_->target->dbname;
  scope.current_user = route_->target->user;
  const std::shared_ptr<const pipeline::Catalog> catalog = route_->catalog->current();
  std::string path(catalog->initial_search_path(route_->target->user));
  if (const auto options = wire::split_options(settings.options)) {
    for (const wire::CommandLineOption& option : *options) {
      if (lower(option.name) == "search_path") path = option.value;
    }
  }
  for (const backend::Setting& parameter : settings.parameters) {
    if (lower(parameter.name) == "search_path") path = parameter.value;
  }
  if (!path.empty()) {
    auto parsed = pipeline::parse_search_path(path);
    scope.search_path_known = parsed.has_value();
    scope.search_path = std::move(parsed).value_or(std::vector<std::string>{});
  }
  core_ = std::make_unique<SessionCore>(stream_, worker_.executor(), worker_.deadlines(), worker_.analyzer(),
                                        worker_.snapshot(), route_, subject_,
                                        worker_.known_scopes().share(std::move(scope)));
  core_->reported.share_with(worker_.known_settings());
  core_->on_relay_idle = [this] { on_relay_idle(); };
  core_->on_client_lost = [this] { interrupt(); };
  core_->leave_database = [this](const std::string& database) { leave_database(database); };
  core_->start_analysis = [this](std::string_view text) { return start_analysis(text); };
  core_->server_is_spare = [this] { return lease_->is_spare(); };
  core_->acquire_server = [this](OutputBatch& to_server) { return try_acquire(to_server); };
  core_->statement_store = &worker_.services().statements;
  core_->results.use(worker_.results());
  core_->gate.use(worker_.judgements());
  core_->transaction_pooling = route_->settings.pool_mode == config::PoolMode::transaction;
  if (core_->transaction_pooling) core_->make_notifications = [this] { return make_notifications(); };
  core_->journal.audit() = {SessionTrail(&worker_.services().audit), facts_, 0, &worker_.results(), &meter_};
  core_->output.count_into(&meter_);
  core_->output.follow(
      worker_.audit_waits(), [this] { worker_.spawn(core_->output.send_released()); }, [this] { on_held_sent(); });
  handler_ = std::make_unique<RequestHandler>(*core_, snapshot_->config->server.max_query_size);
  relay_ = std::make_unique<ReplyRelay>(*core_);
  lease_ = std::make_unique<ServerLease>(*core_, *relay_, worker_.pool(), worker_.accepted_settings(),
                                         worker_.deadlines(), lease_request(settings), !core_->transaction_pooling);
}

// The server's settings decide how SQL is read; roles and databases can carry defaults for them that no client has set.
std::optional<core::Error> ClientSession::note_server_settings() {
  const backend::Settings& parameters = core_->server->parameters();
  const std::string* encoding = find_setting(parameters, "client_encoding");
  if (encoding == nullptr || !pipeline::is_ascii_safe_encoding(*encoding)) {
    return core::make_error(ErrorCode::denied, sqlstate::kInsufficientPrivilege,
                            "client_encoding of this session is not accepted",
                            "In this encoding a byte of a longer character can look like a quote or a backslash.",
                            "Set client_encoding to UTF8.");
  }
  core_->encoding = *encoding == "UTF8" ? pipeline::TextEncoding::utf8 : pipeline::TextEncoding::ascii_based;
  const std::string* conforming = find_setting(parameters, "standard_conforming_strings");
  core_->backslashes_ambiguous = conforming == nullptr || *conforming != "on";
  return std::nullopt;
}

net::Task<std::optional<core::Error>> ClientSession::attach_server(const wire::StartupMessage& message,
                                                                   const backend::StartupSettings& settings) {
  const bool whole_session = route_->settings.pool_mode == config::PoolMode::session;
  backend::LeaseRequest request = ServerLease::request_for(lease_request(settings), whole_session);
  request.for_login = !whole_session;
  // A pause takes as long as the administrator wants; clients are to notice nothing but that.
  if (worker_.services().pool_limits.paused().covers(request.key)) deadline_.disarm();
  begin_wait();
  login_wait_ = std::make_unique<backend::LeaseAbort>();
  auto leased = co_await worker_.pool().lease(request, login_wait_.get());
  login_wait_.reset();
  (void)end_wait();
  if (auto* failure = std::get_if<backend::LoginFailure>(&leased)) {
    core::log().warn("no server connection for database \"{}\": {}", core::log_safe(message.database),
                     core::log_safe(failure->error.message));
    if (auto refusal = refusal_of_identity(*route_, *failure)) {
      record_connection(audit::EventKind::auth_failure, &*refusal);
      co_return refusal;
    }
    co_return shown_failure(*failure, message.database);
  }
  meter_.count_assignment();
  auto server = std::move(std::get<backend::ServerPool::ConnectionPtr>(leased));
  // Only after the server has let us in: it says best what is wrong with a database.
  if (auto fault = co_await wait_for_catalog()) {
    worker_.pool().forget_client(id_);
    worker_.pool().release(*server, backend::ServerPool::Condition::clean);
    co_return fault;
  }
  create_core(settings);
  auto failure = co_await lease_->adopt(std::move(server));
  if (failure && failure->cause == backend::LoginFailure::Cause::network) failure = co_await lease_->acquire();
  std::optional<core::Error> fault = failure ? shown_failure(*failure, message.database) : note_server_settings();
  // The session has a server connection, and a client to whom nothing can be written any more; see run().
  if (!fault && idle_expired_) fault = core::make_error(ErrorCode::closed, sqlstate::kQueryCanceled, "login timeout");
  if (!fault) co_return std::nullopt;
  lease_->end(backend::ServerPool::Condition::clean);
  lease_.reset();
  core_.reset();
  co_return fault;
}

std::string ClientSession::greeting(const wire::StartupMessage& message) {
  std::string out = core_->server->greeting().notices;
  core_->report_parameters(out);
  // In session pooling the session has this server connection to itself, and the process id is the true one
  // (protocol.md, 1.8.2). In transaction pooling it is that of the first connection, unless another client goes by it
  // already.
  const std::int32_t server_process = core_->server->greeting().process_id;
  CancelRegistry& cancels = worker_.services().cancels;
  process_id_ = core_->transaction_pooling ? cancels.unused_process_id(server_process) : server_process;
  const bool long_key = wire::negotiate_version(message.version) >= wire::kProtocol32;
  cancel_key_ = cancels.issue(
      process_id_, long_key ? kLongCancelKey : kShortCancelKey,
      [&worker = worker_, id = id_](std::function<void()> done) { worker.cancel_session(id, std::move(done)); });
  if (core_->transaction_pooling && process_id_ == server_process) {
    using Loss = backend::ClientProcesses::Loss;
    cancels.follow_process(process_id_, cancel_key_, route_->target,
                           [&worker = worker_, id = id_](Loss loss) { worker.process_lost(id, loss); });
  }
  if (core_->notifications) core_->notifications->set_process_id(process_id_);
  wire::BackendKeyData{process_id_, cancel_key_}.encode(out);
  wire::ReadyForQuery{wire::TransactionStatus::idle}.encode(out);
  return out;
}

net::Task<std::optional<core::Error>> ClientSession::log_in(wire::StartupMessage message) {
  started_up_ = true;
  facts_->session_id = core::Uuid::v7(core::wall_now()).text();
  facts_->user = message.user;
  facts_->database = message.database;
  for (const auto& parameter : message.parameters) {
    if (parameter.name == "application_name") facts_->application_name = parameter.value;
  }
  describe_peer(stream_, *facts_);
  if (auto refused = check_admission(message)) co_return refused;
  if (auto refused = take_seat(message.database)) co_return refused;
  std::string out;
  const wire::ProtocolVersion version = wire::negotiate_version(message.version);
  if (version < message.version || !message.protocol_options.empty()) {
    wire::NegotiateProtocolVersion negotiate{version, {}};
    for (const auto& option : message.protocol_options) negotiate.unrecognized_options.push_back(option.name);
    if (!negotiate.encode(out)) co_return std::nullopt;
    if (!(co_await stream_.write_all(out)).ok()) co_return std::nullopt;
    out.clear();
  }

  if (auto fault = co_await prove_identity(message)) {
    if (fault->code != ErrorCode::closed) record_connection(audit::EventKind::auth_failure, &*fault);
    co_return fault;
  }
  facts_->roles = subject_.roles;
  facts_->tenant = subject_.tenant;
  if (is_console_database(message.database)) co_return co_await enter_console(message);
  if (auto refused = take_own_seats(message.database)) {
    record_connection(audit::EventKind::auth_failure, &*refused);
    co_return refused;
  }
  route_ = snapshot_->route(message.database);
  if (!route_) {
    co_return core::make_error(ErrorCode::invalid_input, sqlstate::kInvalidCatalogName,
                               "database \"" + message.database + "\" does not exist");
  }
  if (credentials_) route_ = route_as(*route_, subject_.user, *credentials_.take());
  const auto settings = startup_settings(message);
  if (!settings) {
    record_connection(audit::EventKind::auth_failure, &settings.error());
    co_return settings.error();
  }
  meter_.log_in(message.database, message.user);
  if (auto fault = co_await attach_server(message, *settings)) co_return fault;
  record_connection(audit::EventKind::connect, nullptr);
  if (auto encoded = wire::Authentication::ok().encode(out); !encoded) co_return std::move(encoded).error();
  out += greeting(message);
  core_->output.hold_for(core_->journal.audit().trail.unsettled());
  (void)co_await core_->output.write(out);
  if (!core_->relay_busy()) lease_->on_idle();
  co_return std::nullopt;
}

void ClientSession::record_connection(audit::EventKind kind, const core::Error* error) {
  audit::Event event;
  event.kind = kind;
  event.session = facts_;
  if (core_) event.backend_pid = process_id_ != 0 ? process_id_ : core_->journal.audit().backend_pid;
  event.status = error == nullptr ? audit::EventStatus::ok : audit::EventStatus::error;
  if (error != nullptr) {
    event.sqlstate = error->sqlstate;
    event.error = audit::RedactedText::own(error->message);
  }
  event.action = auth_method_;
  if (core_) {
    core_->journal.audit().trail.submit(std::move(event));
  } else {
    worker_.services().audit.submit(std::move(event));
  }
}

}  // namespace sqlproxy::frontend
