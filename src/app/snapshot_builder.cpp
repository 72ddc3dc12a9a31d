#include "app/snapshot_builder.hpp"

#include <algorithm>
#include <chrono>
#include <functional>
#include <map>
#include <mutex>
#include <utility>

#include "backend/catalog_loader.hpp"
#include "backend/connection_parameters.hpp"
#include "pipeline/policy_rule.hpp"
#include "pipeline/statement_type.hpp"
#include "wire/password_verifier.hpp"

namespace sqlproxy::app {
namespace {

using frontend::DatabaseRoute;
using frontend::KnownUser;

KnownUser known_user(const config::User& user) {
  KnownUser known;
  known.subject = {user.name, user.roles, user.tenant};
  if (user.verifier) {
    const std::string_view text = user.verifier->reveal();
    if (wire::verifier_kind(text) == wire::VerifierKind::md5) {
      known.md5 = user.verifier;
    } else {
      known.scram = wire::ScramVerifier::parse(text);
    }
  }
  if (user.password) {
    known.password = user.password;
    known.scram = wire::ScramVerifier::from_password(user.password->reveal());
  }
  return known;
}

pipeline::PolicyRule policy_rule(const config::PolicyRule& rule) {
  pipeline::PolicyRule compiled;
  compiled.id = rule.id;
  compiled.users = rule.users;
  compiled.roles = rule.roles;
  compiled.database = rule.database;
  compiled.schema = rule.schema;
  compiled.tables = rule.tables;
  compiled.function = rule.function;
  compiled.columns = rule.columns;
  for (std::size_t i = 0; i < config::kStatementTypes; ++i) {
    const auto type = static_cast<config::StatementType>(i);
    if (!rule.statements.contains(type)) continue;
    compiled.statements |= pipeline::statement_types_named(config::statement_type_name(type));
  }
  compiled.names_session = rule.statements.names_session();
  compiled.action =
      rule.action == config::PolicyAction::allow ? pipeline::PolicyAction::allow : pipeline::PolicyAction::block;
  compiled.reason = rule.reason;
  return compiled;
}

pipeline::PolicyOptions policy_options(const config::Policy& policy) {
  pipeline::PolicyOptions options;
  options.mode =
      policy.mode == config::PolicyMode::enforce ? pipeline::PolicyMode::enforce : pipeline::PolicyMode::observe;
  const auto action = [](config::PolicyAction from) {
    return from == config::PolicyAction::allow ? pipeline::PolicyAction::allow : pipeline::PolicyAction::block;
  };
  options.default_action = action(policy.default_action);
  options.unparsed = action(policy.unparsed);
  switch (policy.catalogs) {
    case config::CatalogAccess::safe: options.catalogs = pipeline::CatalogAccess::safe; break;
    case config::CatalogAccess::all: options.catalogs = pipeline::CatalogAccess::all; break;
    case config::CatalogAccess::none: options.catalogs = pipeline::CatalogAccess::none; break;
  }
  return options;
}

// Null: not enabled.
pipeline::ClassifierPtr classifier(const config::Classification& classification) {
  if (!classification.enabled) return nullptr;
  pipeline::ClassificationOptions options;
  options.sample_rows = classification.sample_rows;
  const auto today = std::chrono::floor<std::chrono::days>(core::wall_now());
  options.current_year = static_cast<int>(std::chrono::year_month_day(today).year());
  for (const config::ClassificationRule& rule : classification.rules) {
    options.rules.push_back({rule.tag, rule.column_names, rule.value_pattern, rule.type_names});
  }
  return pipeline::Classifier::compile(options);
}

core::Result<std::shared_ptr<const net::TlsServerContext>> server_tls(const config::ServerTls& tls) {
  if (tls.mode == config::ClientTlsMode::disable) return std::shared_ptr<const net::TlsServerContext>();
  net::TlsServerOptions options;
  options.certificate = tls.cert;
  options.key = tls.key;
  options.client_ca = tls.client_ca;
  options.require_client_certificate = tls.mode == config::ClientTlsMode::verify_full;
  options.min_version = tls.min_version == config::TlsVersion::v1_3 ? "1.3" : "1.2";
  return net::TlsServerContext::create(options);
}

core::Result<std::shared_ptr<const net::TlsClientContext>> client_tls(const config::Database& database) {
  net::TlsClientOptions options;
  options.ca = database.tls_ca;
  switch (database.tls) {
    case config::ServerTlsMode::disable: return std::shared_ptr<const net::TlsClientContext>();
    case config::ServerTlsMode::prefer:
    case config::ServerTlsMode::require: options.verification = net::TlsVerification::none; break;
    case config::ServerTlsMode::verify_ca: options.verification = net::TlsVerification::ca; break;
    case config::ServerTlsMode::verify_full: options.verification = net::TlsVerification::full; break;
  }
  return net::TlsClientContext::create(options);
}

backend::ServerTls server_tls_mode(config::ServerTlsMode mode) {
  if (mode == config::ServerTlsMode::disable) return backend::ServerTls::disable;
  return mode == config::ServerTlsMode::prefer ? backend::ServerTls::prefer : backend::ServerTls::require;
}

// Both by the names of the entries in [databases].
using TlsContexts = std::map<std::string, std::shared_ptr<const net::TlsClientContext>>;
using VerifierSources = std::map<std::string, std::shared_ptr<backend::VerifierSource>>;

// The server of `database` with the credentials of the configuration.
std::shared_ptr<const backend::ServerTarget> service_target(const config::Database& database, const std::string& dbname,
                                                            std::shared_ptr<const net::TlsClientContext> tls) {
  auto target = std::make_shared<backend::ServerTarget>();
  target->host = database.host;
  target->port = database.port;
  target->dbname = dbname;
  target->user = database.user;
  if (database.password) target->credentials = *database.password;
  target->tls = server_tls_mode(database.tls);
  target->tls_context = std::move(tls);
  return target;
}

VerifierSources verifier_sources(const config::Config& config, const TlsContexts& tls,
                                 backend::VerifierService& service) {
  VerifierSources sources;
  for (const auto& [name, database] : config.databases) {
    if (database.identity != config::Identity::passthrough) continue;
    const std::string& dbname = database.auth_dbname.empty() ? database.server_dbname(name) : database.auth_dbname;
    sources[name] = service.source({service_target(database, dbname, tls.at(name)), database.tls_ca.string(),
                                    database.auth_query, database.auth_cache_ttl});
  }
  return sources;
}

// Routes that sessions go by, each once for all of those.
class KnownRoutes {
 public:
  // `route`, or the one for the same name that is in use.
  [[nodiscard]] std::shared_ptr<const DatabaseRoute> share(std::shared_ptr<const DatabaseRoute> route) {
    const std::scoped_lock lock(mutex_);
    std::weak_ptr<const DatabaseRoute>& known = routes_[route->client_database];
    if (auto used = known.lock()) return used;
    known = route;
    // Clients make up names where there is a "*": those that nobody uses go.
    if (routes_.size() >= next_clearing_) {
      std::erase_if(routes_, [](const auto& entry) { return entry.second.expired(); });
      next_clearing_ = std::max(kKept, routes_.size() * 2);
    }
    return route;
  }

 private:
  static constexpr std::size_t kKept = 64;

  std::mutex mutex_;
  // At most twice as many as clients, or kKept.
  std::map<std::string, std::weak_ptr<const DatabaseRoute>, std::less<>> routes_;
  std::size_t next_clearing_ = kKept;
};

// Finds the routes of one configuration. Thread-safe.
class Router {
 public:
  Router(std::shared_ptr<const config::Config> config, backend::CatalogService& catalogs, TlsContexts tls,
         VerifierSources verifiers)
      : config_(std::move(config)), catalogs_(&catalogs), tls_(std::move(tls)), verifiers_(std::move(verifiers)) {}

  [[nodiscard]] std::shared_ptr<const DatabaseRoute> operator()(const std::string& client_database) const {
    auto found = config_->databases.find(client_database);
    if (found == config_->databases.end()) found = config_->databases.find("*");
    if (found == config_->databases.end()) return nullptr;
    const config::Database& database = found->second;
    auto target = service_target(database, database.server_dbname(client_database), tls_.at(found->first));
    auto route = std::make_shared<DatabaseRoute>();
    route->name = found->first;
    route->client_database = client_database;
    route->settings = database;
    route->catalog = catalogs_->slot(target, database.tls_ca.string());
    route->target = std::move(target);
    if (const auto source = verifiers_.find(found->first); source != verifiers_.end())
      route->verifiers = source->second;
    return known_->share(std::move(route));
  }

 private:
  std::shared_ptr<const config::Config> config_;
  backend::CatalogService* catalogs_;
  TlsContexts tls_;
  VerifierSources verifiers_;
  std::shared_ptr<KnownRoutes> known_ = std::make_shared<KnownRoutes>();
};

}  // namespace

std::shared_ptr<const pipeline::PolicySet> compile_policies(const config::Config& config) {
  std::vector<pipeline::PolicyRule> rules;
  for (const config::PolicyRule& rule : config.policies) rules.push_back(policy_rule(rule));
  return pipeline::PolicySet::compile(std::move(rules), policy_options(config.policy));
}

core::Result<backend::ConnectionParameters> own_connection(const config::Database& database, const std::string& name,
                                                           const std::string& application_name) {
  auto tls = client_tls(database);
  if (!tls) return std::move(tls).error();
  const auto target = service_target(database, database.server_dbname(name), *std::move(tls));
  return backend::connection_parameters(*target, database.tls_ca.string(), application_name);
}

core::Result<std::shared_ptr<const pipeline::Catalog>> read_catalog(const config::Database& database,
                                                                    const std::string& client_database) {
  const auto parameters = own_connection(database, client_database, "sql-proxy explain");
  if (!parameters) return parameters.error();
  return backend::load_catalog(*parameters, 1);
}

core::Result<frontend::SnapshotPtr> build_snapshot(std::shared_ptr<const config::Config> config,
                                                   backend::CatalogService& catalogs,
                                                   backend::VerifierService& verifiers) {
  auto snapshot = std::make_shared<frontend::Snapshot>();
  auto tls = server_tls(config->server.tls);
  if (!tls) return std::move(tls).error();
  snapshot->tls = *std::move(tls);
  TlsContexts contexts;
  for (const auto& [name, database] : config->databases) {
    auto context = client_tls(database);
    if (!context) return std::move(context).error();
    contexts[name] = *std::move(context);
  }
  for (const config::User& user : config->users) snapshot->users.emplace(user.name, known_user(user));
  if (config->auth.jwt) {
    auto tokens = identity::TokenVerifier::create(*config->auth.jwt);
    if (!tokens) return std::move(tokens).error();
    snapshot->tokens = std::make_shared<const identity::TokenVerifier>(*std::move(tokens));
  }
  snapshot->policies = compile_policies(*config);
  snapshot->classifier = classifier(config->classification);
  snapshot->verifiers = verifier_sources(*config, contexts, verifiers);
  snapshot->route = Router(config, catalogs, std::move(contexts), snapshot->verifiers);
  snapshot->config = std::move(config);
  return frontend::SnapshotPtr(std::move(snapshot));
}

}  // namespace sqlproxy::app
