#include "app/commands/explain.hpp"

#include <optional>
#include <utility>

#include "admin/explanation_json.hpp"
#include "app/commands/explanation_text.hpp"
#include "app/exit_code.hpp"
#include "app/snapshot_builder.hpp"
#include "config/load.hpp"
#include "core/log.hpp"
#include "pipeline/explain.hpp"
#include "pipeline/search_path.hpp"
#include "pipeline/self_test.hpp"

namespace sqlproxy::app {
namespace {

// Who logs in to such a database as somebody that [[users]] does not have has no roles.
std::optional<pipeline::Subject> subject_of(const config::Config& config, const config::Database& database,
                                            const std::string& name) {
  if (const config::User* user = config.find_user(name))
    return pipeline::Subject{user->name, user->roles, user->tenant};
  if (database.identity == config::Identity::passthrough) return pipeline::Subject{name, {}, {}};
  return std::nullopt;
}

pipeline::NameScope scope_of(const config::Database& database, const ExplainOptions& options) {
  pipeline::NameScope scope;
  scope.database = options.database;
  scope.server_database = database.server_dbname(options.database);
  scope.current_user = database.identity == config::Identity::passthrough ? options.user : database.user;
  return scope;
}

// As the first statement of a session would find it.
void take_search_path(const pipeline::Catalog& catalog, pipeline::NameScope& scope) {
  const std::string_view path = catalog.initial_search_path(scope.current_user);
  if (path.empty()) return;
  auto parsed = pipeline::parse_search_path(path);
  scope.search_path_known = parsed.has_value();
  scope.search_path = std::move(parsed).value_or(std::vector<std::string>{});
}

}  // namespace

int explain(const ExplainOptions& options, std::ostream& out, std::ostream& err) {
  if (!pipeline::parser_is_sound()) {
    err << "the installed libpg_query is not the one that this program was built for\n";
    return kExitRuntime;
  }
  const config::LoadResult loaded = config::load_config(options.config_path);
  for (const config::Fault& fault : loaded.faults) err << fault.text() << '\n';
  if (!loaded.config) return kExitFault;
  const config::Database* database = loaded.config->find_database(options.database);
  if (database == nullptr) {
    err << options.config_path << ": there is no database " << core::log_safe(options.database) << " in [databases]\n";
    return kExitFault;
  }
  auto subject = subject_of(*loaded.config, *database, options.user);
  if (!subject) {
    err << options.config_path << ": there is no user " << core::log_safe(options.user) << " in [[users]]\n";
    return kExitFault;
  }

  pipeline::ExplainRequest request;
  request.sql = options.sql;
  request.subject = *std::move(subject);
  request.scope = scope_of(*database, options);
  request.policies = compile_policies(*loaded.config);
  request.limits.max_bytes = loaded.config->server.max_query_size;
  if (options.live) {
    auto catalog = read_catalog(*database, options.database);
    if (!catalog) {
      err << "the database " << core::log_safe(options.database) << " cannot be read: " << catalog.error().message
          << '\n';
      return kExitRuntime;
    }
    request.catalog = *std::move(catalog);
    take_search_path(*request.catalog, request.scope);
  }
  const pipeline::Explanation explanation = pipeline::explain(request);
  if (options.json)
    out << admin::explanation_json(explanation, request.subject, options.database) << '\n';
  else
    print_explanation(explanation, request.subject, options.database, out);
  return explanation.error ? kExitFault : kExitOk;
}

}  // namespace sqlproxy::app
