#include "admin/http_explain.hpp"

#include <nlohmann/json.hpp>
#include <optional>
#include <string>
#include <utility>

#include "admin/explanation_json.hpp"
#include "pipeline/explain.hpp"
#include "pipeline/search_path.hpp"

namespace sqlproxy::admin {
namespace {

using Json = nlohmann::json;

struct Question {
  std::string sql;
  std::string user;
  std::string database;
};

HttpResponse refused(int status, std::string_view error) {
  HttpResponse response;
  response.status = status;
  response.body = Json{{"error", error}}.dump() + "\n";
  return response;
}

std::optional<Question> read_question(std::string_view body) {
  const Json json = Json::parse(body, nullptr, false);
  if (!json.is_object()) return std::nullopt;
  const auto text = [&json](const char* name) -> std::optional<std::string> {
    const auto found = json.find(name);
    if (found == json.end() || !found->is_string()) return std::nullopt;
    return found->get<std::string>();
  };
  auto sql = text("sql");
  auto user = text("user");
  auto database = text("database");
  if (!sql || !user || !database) return std::nullopt;
  return Question{*std::move(sql), *std::move(user), *std::move(database)};
}

// Who logs in to a server as itself need not be in the configuration, and has no roles then.
std::optional<pipeline::Subject> subject_of(const frontend::Snapshot& snapshot, const frontend::DatabaseRoute& route,
                                            const std::string& name) {
  if (const frontend::KnownUser* known = snapshot.find_user(name)) return known->subject;
  if (route.settings.identity == config::Identity::passthrough) return pipeline::Subject{name, {}, {}};
  return std::nullopt;
}

// Of a session that has just begun.
pipeline::NameScope scope_of(const frontend::DatabaseRoute& route, const std::string& user,
                             const pipeline::Catalog* catalog) {
  pipeline::NameScope scope;
  scope.database = route.client_database;
  scope.server_database = route.target->dbname;
  const bool own = route.settings.identity == config::Identity::passthrough;
  scope.current_user = own ? user : route.target->user;
  const std::string_view path =
      catalog == nullptr ? std::string_view() : catalog->initial_search_path(scope.current_user);
  if (path.empty()) return scope;
  auto parsed = pipeline::parse_search_path(path);
  scope.search_path_known = parsed.has_value();
  scope.search_path = std::move(parsed).value_or(std::vector<std::string>{});
  return scope;
}

}  // namespace

HttpResponse explain_request(const frontend::Snapshot& snapshot, std::string_view body) {
  const std::optional<Question> question = read_question(body);
  if (!question) return refused(400, "the body has to be an object with the strings sql, user and database");
  const auto route = snapshot.route(question->database);
  if (!route) return refused(422, "there is no such database");
  auto subject = subject_of(snapshot, *route, question->user);
  if (!subject) return refused(422, "there is no such user");
  pipeline::ExplainRequest request;
  request.sql = question->sql;
  request.subject = *std::move(subject);
  request.catalog = route->catalog->current();
  request.scope = scope_of(*route, question->user, request.catalog.get());
  request.policies = snapshot.policies;
  request.limits.max_bytes = snapshot.config->server.max_query_size;
  HttpResponse response;
  response.body = explanation_json(pipeline::explain(request), request.subject, question->database) + "\n";
  return response;
}

}  // namespace sqlproxy::admin
