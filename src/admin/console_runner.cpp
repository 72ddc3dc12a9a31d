#include "admin/console_runner.hpp"

#include <sys/socket.h>

#include <algorithm>
#include <iterator>
#include <utility>

#include "admin/console_tables.hpp"
#include "admin/worker_survey.hpp"

namespace sqlproxy::admin {
namespace {

// How often PAUSE looks whether the last server connection is gone.
constexpr std::chrono::milliseconds kPausePoll{20};
constexpr std::chrono::milliseconds kReloadPoll{10};

core::Error not_now(std::string message) {
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kObjectNotInPrerequisiteState,
                          std::move(message));
}

ConsoleOutcome done(std::string tag) {
  return {.table = {}, .tag = std::move(tag), .notice = {}, .notice_detail = {}};
}

TableColumn column_of(SelectCommand::Kind kind) {
  using Kind = SelectCommand::Kind;
  switch (kind) {
    case Kind::version: return {"version", ColumnType::text};
    case Kind::database: return {"current_database", ColumnType::text};
    case Kind::schema: return {"current_schema", ColumnType::text};
    case Kind::current_user: return {"current_user", ColumnType::text};
    case Kind::session_user: return {"session_user", ColumnType::text};
    case Kind::process_id: return {"pg_backend_pid", ColumnType::int4};
    case Kind::unlock: return {"pg_advisory_unlock_all", ColumnType::text};
    case Kind::integer: return {"?column?", ColumnType::int4};
    case Kind::text: return {"?column?", ColumnType::text};
  }
  return {"?column?", ColumnType::text};
}

std::size_t places_taken(const backend::PoolLimits& limits, const backend::DatabaseFilter& filter) {
  std::size_t taken = 0;
  for (const auto& [key, counts] : limits.counts()) {
    if (filter.matches(key)) taken += counts.taken;
  }
  return taken;
}

}  // namespace

std::vector<TableColumn> columns_of(const ConsoleCommand& command) {
  if (const auto* show = std::get_if<ShowCommand>(&command)) {
    const auto columns = columns_of(show->topic);
    return {columns.begin(), columns.end()};
  }
  if (const auto* show = std::get_if<ShowSettingCommand>(&command)) return {{show->name, ColumnType::text}};
  if (const auto* select = std::get_if<SelectCommand>(&command)) return {column_of(select->kind)};
  return {};
}

frontend::SnapshotPtr ConsoleRunner::snapshot() const {
  return client_.snapshot();
}

void ConsoleRunner::audit(std::string action, const core::Error* error) {
  audit::Event event;
  event.kind = audit::EventKind::admin;
  event.session = client_.facts;
  event.backend_pid = client_.process_id;
  event.action = std::move(action);
  event.policy_version = snapshot()->policies->version();
  event.status = error == nullptr ? audit::EventStatus::ok : audit::EventStatus::error;
  if (error != nullptr) {
    event.sqlstate = error->sqlstate;
    event.error = audit::RedactedText::own(error->message);
  }
  context_.services.audit.submit(std::move(event));
}

net::Task<core::Result<ConsoleOutcome>> ConsoleRunner::run(ConsoleCommand command) {
  auto outcome = co_await dispatch(command);
  audit(audited_form(command), outcome ? nullptr : &outcome.error());
  co_return outcome;
}

net::Task<core::Result<ConsoleOutcome>> ConsoleRunner::dispatch(const ConsoleCommand& command) {
  if (const auto* show_topic = std::get_if<ShowCommand>(&command)) co_return co_await show(show_topic->topic);
  if (const auto* setting = std::get_if<ShowSettingCommand>(&command)) {
    ConsoleOutcome outcome = done("SHOW");
    outcome.table = ResultTable{columns_of(command), {{std::string(setting->value)}}};
    co_return outcome;
  }
  if (const auto* selected = std::get_if<SelectCommand>(&command)) co_return select(*selected);
  if (const auto* ignored = std::get_if<IgnoredCommand>(&command)) {
    ConsoleOutcome outcome = done(ignored->tag);
    if (ignored->notice) outcome.notice = "SET ignored";
    co_return outcome;
  }
  if (const auto* paused = std::get_if<PauseCommand>(&command)) co_return co_await pause(paused->database);
  if (const auto* resumed = std::get_if<ResumeCommand>(&command)) co_return resume(resumed->database);
  if (const auto* renewed = std::get_if<ReconnectCommand>(&command)) co_return reconnect(renewed->database);
  if (const auto* killed = std::get_if<KillCommand>(&command)) co_return co_await kill(killed->database);
  if (const auto* ended = std::get_if<KillClientCommand>(&command)) co_return co_await kill_client(ended->id);
  if (std::holds_alternative<ReloadCommand>(command)) co_return co_await reload();
  context_.control.shut_down(std::get<ShutdownCommand>(command).mode);
  co_return done("SHUTDOWN");
}

net::Task<core::Result<ConsoleOutcome>> ConsoleRunner::show(Topic topic) {
  using frontend::Worker;
  if (topic == Topic::help) {
    ConsoleOutcome help = done("SHOW");
    help.notice = "Console usage";
    help.notice_detail = help_text();
    co_return help;
  }
  ProxyView view = base_view(context_, snapshot());
  const ViewNeeds needs = needs_of(topic);
  if (needs.reports) {
    auto reports = co_await survey_workers<frontend::WorkerReport>(
        context_.workers, client_.executor, client_.deadlines, [](Worker& worker) { return worker.report(); });
    for (auto& report : reports) view.workers.push_back(std::move(report).value_or(frontend::WorkerReport{}));
  }
  if (needs.summary) {
    auto summaries = co_await survey_workers<frontend::WorkerSummary>(
        context_.workers, client_.executor, client_.deadlines, [](Worker& worker) { return worker.summary(); });
    for (const auto& summary : summaries) {
      if (summary) add_summary(view.summary, *summary);
    }
  }
  if (needs.prepared) {
    auto lists = co_await survey_workers<std::vector<frontend::PreparedReport>>(
        context_.workers, client_.executor, client_.deadlines,
        [](Worker& worker) { return worker.prepared(kMaxPrepared); });
    std::vector<frontend::PreparedReport> all;
    for (auto& list : lists) {
      if (list) std::ranges::move(*list, std::back_inserter(all));
    }
    view.prepared = merge_prepared(all);
  }
  ConsoleOutcome outcome = done("SHOW");
  outcome.table = table_of(topic, view);
  co_return outcome;
}

ConsoleOutcome ConsoleRunner::select(const SelectCommand& command) const {
  using Kind = SelectCommand::Kind;
  std::string value = command.value;
  switch (command.kind) {
    case Kind::version: value = "PostgreSQL 15.0 (" + context_.version + ")"; break;
    case Kind::database: value = client_.facts->database; break;
    case Kind::schema: value = "public"; break;
    case Kind::current_user:
    case Kind::session_user: value = client_.facts->user; break;
    case Kind::process_id: value = std::to_string(client_.process_id); break;
    default: break;
  }
  ConsoleOutcome outcome = done("SELECT 1");
  outcome.table = ResultTable{{column_of(command.kind)}, {{std::move(value)}}};
  return outcome;
}

std::optional<core::Error> ConsoleRunner::check(const std::optional<std::string>& database) const {
  if (!database) return std::nullopt;
  if (frontend::is_console_database(*database)) {
    return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInvalidParameterValue,
                            "the administration console is no database");
  }
  if (snapshot()->config->find_database(*database) != nullptr) return std::nullopt;
  return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInvalidCatalogName,
                          "no such database: " + *database);
}

net::Task<void> ConsoleRunner::pause_for(std::chrono::milliseconds time) {
  net::Deadline timer(client_.deadlines, [this] { client_.changed.notify_all(); });
  timer.arm(time);
  co_await client_.changed.wait();
}

bool ConsoleRunner::client_has_left() const {
  char byte = 0;
  return ::recv(client_.stream.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

net::Task<core::Result<ConsoleOutcome>> ConsoleRunner::pause(std::optional<std::string> database) {
  if (auto error = check(database)) co_return *std::move(error);
  backend::PoolLimits& limits = context_.services.pool_limits;
  const backend::DatabaseFilter filter{database};
  if (!limits.pause(filter)) co_return not_now("already suspended/paused");
  client_.canceled = false;
  // Transactions end when their clients want; a session pool's connections when the clients leave.
  while (places_taken(limits, filter) != 0) {
    if (client_.canceled) {
      (void)limits.resume(filter);
      co_return core::make_error(core::ErrorCode::timeout, core::sqlstate::kQueryCanceled,
                                 "canceling statement due to user request", "Nothing is paused by it.");
    }
    // It stays paused: the administrator may be on the way back.
    if (client_.ending || client_has_left()) break;
    // Somebody has resumed it already.
    if (!limits.paused().all() && !(database && limits.paused().covers_name(*database))) break;
    co_await pause_for(kPausePoll);
  }
  co_return done("PAUSE");
}

core::Result<ConsoleOutcome> ConsoleRunner::resume(const std::optional<std::string>& database) {
  if (auto error = check(database)) return *std::move(error);
  if (context_.services.pool_limits.resume(backend::DatabaseFilter{database})) return done("RESUME");
  return not_now(database ? "database " + *database + " is not paused" : "pooler is not paused/suspended");
}

core::Result<ConsoleOutcome> ConsoleRunner::reconnect(const std::optional<std::string>& database) {
  if (auto error = check(database)) return *std::move(error);
  for (frontend::Worker* worker : context_.workers) {
    worker->post([worker, database] { worker->pool().reconnect(backend::DatabaseFilter{database}); });
  }
  return done("RECONNECT");
}

net::Task<core::Result<ConsoleOutcome>> ConsoleRunner::kill(std::optional<std::string> database) {
  if (auto error = check(database)) co_return *std::move(error);
  const backend::DatabaseFilter filter{database};
  if (!context_.services.pool_limits.pause(filter)) co_return not_now("already suspended/paused");
  (void)co_await survey_workers<bool>(context_.workers, client_.executor, client_.deadlines,
                                      [filter](frontend::Worker& worker) {
                                        worker.kill(filter);
                                        return true;
                                      });
  co_return done("KILL");
}

net::Task<core::Result<ConsoleOutcome>> ConsoleRunner::kill_client(std::uint64_t id) {
  const auto answers = co_await survey_workers<bool>(context_.workers, client_.executor, client_.deadlines,
                                                     [id](frontend::Worker& worker) { return worker.end_session(id); });
  if (std::ranges::any_of(answers, [](const auto& ended) { return ended.value_or(false); })) {
    co_return done("KILL_CLIENT");
  }
  co_return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kUndefinedObject, "client not found");
}

net::Task<core::Result<ConsoleOutcome>> ConsoleRunner::reload() {
  // Shared with the control thread, which may answer after this coroutine has left.
  struct Wait {
    std::optional<core::Status> status;
  };
  auto wait = std::make_shared<Wait>();
  context_.control.reload([wait, executor = client_.executor](core::Status status) {
    asio::post(executor, [wait, status = std::move(status)]() mutable { wait->status = std::move(status); });
  });
  while (!wait->status && !client_.ending) co_await pause_for(kReloadPoll);
  if (!wait->status) co_return not_now("the proxy is stopping");
  if (*wait->status) co_return done("RELOAD");
  core::Error refused = wait->status->error();
  refused.detail = "Nothing has changed: " + refused.message + ".";
  refused.hint = "The proxy's log lists every fault.";
  refused.message = "RELOAD failed, see logs for additional details";
  refused.sqlstate = core::sqlstate::kConfigFileError;
  co_return refused;
}

}  // namespace sqlproxy::admin
