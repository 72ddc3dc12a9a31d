#include "admin/http_api.hpp"

#include <algorithm>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <nlohmann/json.hpp>
#include <utility>

#include "admin/console_rows.hpp"
#include "admin/console_tables.hpp"
#include "admin/http_dashboard.hpp"
#include "admin/http_explain.hpp"
#include "admin/http_openapi.hpp"
#include "admin/worker_survey.hpp"

namespace sqlproxy::admin {
namespace {

using Json = nlohmann::ordered_json;

// How long a reload may take before the answer is that nobody knows.
constexpr std::chrono::milliseconds kReloadPatience{8000};
constexpr std::chrono::milliseconds kWaitTurn{50};
// Whoever guesses tokens does not get to fill the audit.
constexpr std::chrono::seconds kRefusalInterval{1};
constexpr std::string_view kTokenChallenge = "Bearer";
// Browsers ask the person for it.
constexpr std::string_view kPasswordChallenge =
    "Basic realm=\"sql-proxy, the token as the password\", charset=\"UTF-8\"";

HttpResponse json_response(int status, const Json& json) {
  HttpResponse response;
  response.status = status;
  // Names come from clients and need not be UTF-8.
  response.body = json.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
  return response;
}

HttpResponse error_response(int status, std::string_view error, std::string_view detail = {}) {
  Json json{{"error", error}};
  if (!detail.empty()) json["detail"] = detail;
  return json_response(status, json);
}

Json cell_json(const TableCell& cell, ColumnType type) {
  if (!cell) return nullptr;
  if (type == ColumnType::text) return *cell;
  return std::stoull(*cell);
}

Json table_json(const ResultTable& table) {
  Json rows = Json::array();
  for (const std::vector<TableCell>& cells : table.rows) {
    Json row = Json::object();
    for (std::size_t i = 0; i < cells.size(); ++i) {
      row[std::string(table.columns[i].name)] = cell_json(cells[i], table.columns[i].type);
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

std::string_view action_of(HttpRoute route) {
  switch (route) {
    case HttpRoute::reload: return "POST /policies/reload";
    case HttpRoute::end_client: return "DELETE /api/v1/clients";
    case HttpRoute::pools: return "GET /api/v1/pools";
    case HttpRoute::clients: return "GET /api/v1/clients";
    case HttpRoute::servers: return "GET /api/v1/servers";
    case HttpRoute::stats: return "GET /api/v1/stats";
    case HttpRoute::policies: return "GET /api/v1/policies";
    case HttpRoute::explain: return "POST /api/v1/explain";
    case HttpRoute::openapi: return "GET /api/v1/openapi.json";
    default: return "";
  }
}

// By tenant; those who have none are not there.
Json breakers_json(const frontend::Services& services, const std::string& database) {
  Json breakers = Json::object();
  for (const auto& entry : services.breakers.snapshot(core::SteadyClock::now())) {
    if (entry.database == database) breakers[entry.tenant] = backend::name_of(entry.status.state);
  }
  return breakers;
}

}  // namespace

HttpResponse HttpApi::handle(const HttpRequest& request) {
  const HttpRouteMatch match = match_route(request.method, request.path);
  const HttpProof proof = takes_password(match.route) ? HttpProof::token_or_password : HttpProof::token;
  const bool authorized = is_authorized(request.authorization, snapshot_()->config->admin.token, proof);
  if (match.route == HttpRoute::health) return health(authorized ? Detail::faults : Detail::states);
  if (is_open(match.route)) return dispatch(match, request);
  if (!authorized) return refuse_token(match.route, request);
  // No page of a browser has a reason to change anything here.
  const bool changes = match.route == HttpRoute::reload || match.route == HttpRoute::end_client;
  if (changes && request.origin) return error_response(403, "requests of web pages are not accepted");
  HttpResponse response = dispatch(match, request);
  std::string action(action_of(match.route));
  if (match.route == HttpRoute::end_client) action += "/" + std::to_string(match.id);
  if (!action.empty()) audit(request, action, response);
  return response;
}

HttpResponse HttpApi::dispatch(const HttpRouteMatch& match, const HttpRequest& request) {
  switch (match.route) {
    case HttpRoute::health: return health(Detail::states);
    case HttpRoute::ready: return ready();
    case HttpRoute::metrics: {
      HttpResponse page;
      page.content_type = "text/plain; version=0.0.4; charset=utf-8";
      page.body = metrics_.render(snapshot_());
      return page;
    }
    case HttpRoute::reload: return reload();
    case HttpRoute::pools: return pools();
    case HttpRoute::clients: return table(Topic::clients, "clients");
    case HttpRoute::servers: return table(Topic::servers, "servers");
    case HttpRoute::stats: return table(Topic::stats, "stats");
    case HttpRoute::policies: return table(Topic::policies, "policies");
    case HttpRoute::end_client: return end_client(match.id);
    case HttpRoute::explain: return explain_request(*snapshot_(), request.body);
    case HttpRoute::openapi: return json_response(200, Json::parse(openapi_document()));
    case HttpRoute::dashboard:
    case HttpRoute::dashboard_script:
    case HttpRoute::dashboard_style: return dashboard_file(match.route);
    case HttpRoute::not_found: return error_response(404, "there is nothing here");
    case HttpRoute::wrong_method: {
      HttpResponse refused = error_response(405, "the method is not for this resource");
      refused.allow = match.allow;
      return refused;
    }
  }
  return error_response(404, "there is nothing here");
}

HttpResponse HttpApi::health(Detail detail) {
  const HealthMonitor::Databases found = health_.look();
  const ProxyView view = base_view(context_, snapshot_());
  Json databases = Json::object();
  bool healthy = !found.empty() || view.snapshot->config->databases.empty();
  for (const auto& [name, database] : found) {
    backend::SharedPool::Counts sum;
    for (const auto& [key, counts] : view.pools) {
      if (key.database != name) continue;
      sum.taken += counts.taken;
      sum.idle += counts.idle;
      sum.opening += counts.opening;
      sum.waiting += counts.waiting;
    }
    Json& entry = databases[name];
    entry["reachable"] = database.reachable ? Json(*database.reachable) : Json(nullptr);
    if (database.reachable.value_or(false)) entry["query_us"] = database.took.count();
    if (detail == Detail::faults && !database.fault.empty()) entry["fault"] = database.fault;
    entry["paused"] = view.pause.covers_name(name);
    entry["pool"] = {
        {"connections", sum.taken}, {"idle", sum.idle}, {"opening", sum.opening}, {"waiting", sum.waiting}};
    entry["breakers"] = breakers_json(context_.services, name);
    healthy = healthy && database.reachable.value_or(true);
  }
  const Json json{{"status", healthy ? "ok" : "unavailable"}, {"version", view.version}, {"databases", databases}};
  return json_response(healthy ? 200 : 503, json);
}

HttpResponse HttpApi::ready() {
  // Workers that do not answer do not serve.
  const auto answers = ask_workers<bool>(context_.workers, [](frontend::Worker& /*worker*/) { return true; });
  answers->wait(kSurveyPatience);
  const auto answered = answers->take();
  const bool alive = std::ranges::all_of(answered, [](const auto& answer) { return answer.has_value(); });
  const bool draining = context_.services.draining.load(std::memory_order_relaxed);
  const bool auditing = context_.services.audit.accepting();
  if (alive && !draining && auditing) return json_response(200, {{"status", "ready"}});
  const std::string_view why = draining ? "draining"
                               : !alive ? "a worker does not answer"
                                        : "the audit cannot be written";
  return json_response(503, {{"status", "not ready"}, {"reason", why}});
}

HttpResponse HttpApi::pools() {
  const auto answers =
      ask_workers<frontend::WorkerSummary>(context_.workers, [](frontend::Worker& worker) { return worker.summary(); });
  answers->wait(kSurveyPatience);
  frontend::WorkerSummary sum;
  for (const auto& answer : answers->take()) {
    if (answer) add_summary(sum, *answer);
  }
  const ProxyView view = base_view(context_, snapshot_());
  Json rows = Json::array();
  for (const auto& [key, counts] : view.pools) {
    Json row{{"tenant", key.tenant},      {"database", key.database},        {"dbname", key.dbname},
             {"user", key.user},          {"connections", counts.taken},     {"opening", counts.opening},
             {"waiting", counts.waiting}, {"paused", view.pause.covers(key)}};
    const auto states = sum.servers.find(key);
    for (std::size_t i = 0; i < 5; ++i) {
      const auto state = static_cast<backend::ServerReport::State>(i);
      row[std::string(backend::name_of(state))] = states == sum.servers.end() ? 0 : states->second[i];
    }
    rows.push_back(std::move(row));
  }
  return json_response(200, {{"pools", rows}});
}

HttpResponse HttpApi::table(Topic topic, std::string_view name) {
  ProxyView view = base_view(context_, snapshot_());
  if (needs_of(topic).reports) {
    const auto answers =
        ask_workers<frontend::WorkerReport>(context_.workers, [](frontend::Worker& worker) { return worker.report(); });
    answers->wait(kSurveyPatience);
    for (auto& report : answers->take()) view.workers.push_back(std::move(report).value_or(frontend::WorkerReport{}));
  }
  Json json = Json::object();
  json[std::string(name)] = table_json(table_of(topic, view));
  return json_response(200, json);
}

HttpResponse HttpApi::reload() {
  // Shared with the control thread, which may answer after this one has left.
  struct Wait {
    std::mutex mutex;
    std::condition_variable changed;
    std::optional<core::Status> status;
  };
  auto wait = std::make_shared<Wait>();
  context_.control.reload([wait](core::Status status) {
    const std::scoped_lock lock(wait->mutex);
    wait->status = std::move(status);
    wait->changed.notify_all();
  });
  const core::TimePoint until = core::SteadyClock::now() + kReloadPatience;
  std::unique_lock lock(wait->mutex);
  while (!wait->status && core::SteadyClock::now() < until && !stopping_()) wait->changed.wait_for(lock, kWaitTurn);
  if (!wait->status) return error_response(504, "the reload has not ended yet");
  if (!*wait->status)
    return error_response(422, "the reload is refused, nothing has changed", wait->status->error().message);
  return json_response(200, {{"status", "reloaded"}, {"policy_version", snapshot_()->policies->version()}});
}

HttpResponse HttpApi::end_client(std::uint64_t id) {
  const auto answers =
      ask_workers<bool>(context_.workers, [id](frontend::Worker& worker) { return worker.end_session(id); });
  answers->wait(kSurveyPatience);
  const auto ended = answers->take();
  if (std::ranges::any_of(ended, [](const auto& answer) { return answer.value_or(false); })) {
    return json_response(200, {{"status", "ended"}, {"id", id}});
  }
  return error_response(404, "there is no such client");
}

HttpResponse HttpApi::refuse_token(HttpRoute route, const HttpRequest& request) {
  HttpResponse refused = error_response(401, "a token is needed");
  refused.challenge = route == HttpRoute::dashboard ? kPasswordChallenge : kTokenChallenge;
  const core::TimePoint now = core::SteadyClock::now();
  if (request.authorization && now - last_refusal_ >= kRefusalInterval) {
    last_refusal_ = now;
    audit(request, "wrong token", refused);
  }
  return refused;
}

void HttpApi::audit(const HttpRequest& request, std::string_view action, const HttpResponse& response) {
  auto facts = std::make_shared<audit::SessionFacts>();
  facts->client_ip = request.client_ip;
  audit::Event event;
  event.kind = audit::EventKind::admin;
  event.protocol = audit::Protocol::http;
  event.session = std::move(facts);
  event.action = action;
  event.policy_version = snapshot_()->policies->version();
  event.status = response.status == 401  ? audit::EventStatus::denied
                 : response.status < 400 ? audit::EventStatus::ok
                                         : audit::EventStatus::error;
  context_.services.audit.submit(std::move(event));
}

}  // namespace sqlproxy::admin
