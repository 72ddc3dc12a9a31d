#include <algorithm>
#include <map>
#include <set>
#include <utility>

#include "admin/console_rows.hpp"
#include "admin/process_stats.hpp"
#include "backend/server_connection.hpp"
#include "frontend/client_session.hpp"

namespace sqlproxy::admin {
namespace {

std::string number(std::uint64_t value) {
  return std::to_string(value);
}

// Seconds, as PgBouncer's settings have them.
std::string seconds(std::chrono::milliseconds time) {
  return number(static_cast<std::uint64_t>(time.count()) / 1000);
}

// An int4.
std::string bounded(std::uint64_t value) {
  return number(std::min<std::uint64_t>(value, 0x7fff'ffff));
}

std::string joined(const std::vector<std::string>& words) {
  std::string text;
  for (const std::string& word : words) {
    if (!text.empty()) text += ',';
    text += word;
  }
  return text;
}

std::string_view mode_name(config::PoolMode mode) {
  return mode == config::PoolMode::session ? "session" : "transaction";
}

std::size_t clients_of(const ProxyView& view, const std::string& entry) {
  std::size_t count = 0;
  for (const frontend::WorkerReport& report : view.workers) {
    count += static_cast<std::size_t>(std::ranges::count_if(
        report.clients, [&](const auto& client) { return client.pool && client.pool->database == entry; }));
  }
  return count;
}

std::string statement_names(const config::StatementSet& statements) {
  std::vector<std::string> names;
  for (std::size_t i = 0; i < config::kStatementTypes; ++i) {
    const auto type = static_cast<config::StatementType>(i);
    if (statements.contains(type)) names.emplace_back(config::statement_type_name(type));
  }
  return joined(names);
}

struct ConfigRow {
  std::string key;
  std::string value;
  std::string fallback;
  bool changeable = true;
};

// First those that PgBouncer has too, under its names; then the proxy's own keys. No secret is among them.
std::vector<ConfigRow> config_entries(const config::Config& config) {
  const config::Config standard;
  const config::Database database;
  const config::Server& server = config.server;
  const std::string address = server.listen.empty() ? "" : server.listen.front().host;
  const std::string port = server.listen.empty() ? "" : number(server.listen.front().port);
  const auto duration = [](std::chrono::milliseconds time) {
    return number(static_cast<std::uint64_t>(time.count())) + "ms";
  };
  const auto flag = [](bool on) { return std::string(on ? "true" : "false"); };
  std::string listen;
  for (const config::ListenAddress& one : server.listen) listen += (listen.empty() ? "" : ",") + one.text();
  return {
      {"client_idle_timeout", seconds(server.client_idle_timeout), seconds(standard.server.client_idle_timeout)},
      {"client_login_timeout", seconds(server.login_timeout), seconds(standard.server.login_timeout)},
      {"default_pool_size", number(database.pool_size), number(database.pool_size), false},
      {"listen_addr", address, "", false},
      {"listen_port", port, "", false},
      {"max_client_conn", number(server.max_clients), number(standard.server.max_clients)},
      {"max_db_connections", "0", "0", false},
      {"max_user_connections", "0", "0", false},
      {"min_pool_size", number(database.min_pool_size), number(database.min_pool_size), false},
      {"pool_mode", std::string(mode_name(database.pool_mode)), std::string(mode_name(database.pool_mode)), false},
      {"query_wait_timeout", seconds(database.pool_wait_timeout), seconds(database.pool_wait_timeout), false},
      {"reserve_pool_size", "0", "0", false},
      {"server_check_delay", seconds(database.server_check_delay), seconds(database.server_check_delay), false},
      {"server_idle_timeout", seconds(database.server_idle_timeout), seconds(database.server_idle_timeout), false},
      {"server_lifetime", seconds(database.server_lifetime), seconds(database.server_lifetime), false},
      {"stats_period", "60", "60", false},
      {"server.listen", listen, "", false},
      {"server.threads", number(server.threads), number(standard.server.threads), false},
      {"server.max_clients", number(server.max_clients), number(standard.server.max_clients)},
      {"server.max_query_size", number(server.max_query_size), number(standard.server.max_query_size)},
      {"server.login_timeout", duration(server.login_timeout), duration(standard.server.login_timeout)},
      {"server.client_idle_timeout", duration(server.client_idle_timeout),
       duration(standard.server.client_idle_timeout)},
      {"server.drain_timeout", duration(server.drain_timeout), duration(standard.server.drain_timeout)},
      {"policy.mode", config.policy.mode == config::PolicyMode::enforce ? "enforce" : "observe", "enforce"},
      {"policy.default", config.policy.default_action == config::PolicyAction::block ? "block" : "allow", "block"},
      {"policy.unparsed", config.policy.unparsed == config::PolicyAction::block ? "block" : "allow", "block"},
      {"classification.enabled", flag(config.classification.enabled), flag(standard.classification.enabled)},
      {"audit.queue_capacity", number(config.audit.queue_capacity), number(standard.audit.queue_capacity)},
      {"audit.file.path", config.audit.file.path.string(), standard.audit.file.path.string()},
      {"audit.file.chain", flag(config.audit.file.chain), flag(standard.audit.file.chain)},
      {"admin.listen", config.admin.listen ? config.admin.listen->text() : "", "", false},
      {"admin.console_users", joined(config.admin.console_users), ""},
  };
}

}  // namespace

TableRows config_rows(const ProxyView& view) {
  TableRows rows;
  for (const ConfigRow& row : config_entries(*view.snapshot->config)) {
    rows.push_back({row.key, row.value, row.fallback, row.changeable ? "yes" : "no"});
  }
  return rows;
}

TableRows database_rows(const ProxyView& view) {
  TableRows rows;
  for (const auto& [name, database] : view.snapshot->config->databases) {
    std::size_t connections = 0;
    for (const auto& [key, counts] : view.pools) {
      if (key.database == name) connections += counts.taken;
    }
    rows.push_back({
        name,
        database.host,
        number(database.port),
        database.dbname.empty() ? name : database.dbname,
        // With passthrough it is the client's own.
        database.identity == config::Identity::service ? TableCell(database.user) : std::nullopt,
        number(database.pool_size),
        number(database.min_pool_size),
        "0",
        std::string(mode_name(database.pool_mode)),
        "0",
        number(connections),
        view.pause.covers_name(name) ? "1" : "0",
        "0",
        seconds(database.server_lifetime),
        std::nullopt,
        "0",
        number(clients_of(view, name)),
    });
  }
  return rows;
}

TableRows user_rows(const ProxyView& view) {
  std::map<std::string, std::size_t> clients;
  for (const frontend::WorkerReport& report : view.workers) {
    for (const frontend::ClientReport& client : report.clients) ++clients[client.facts->user];
  }
  TableRows rows;
  for (const config::User& user : view.snapshot->config->users) {
    std::size_t connections = 0;
    for (const auto& [key, counts] : view.pools) {
      if (key.user == user.name) connections += counts.taken;
    }
    rows.push_back({user.name, std::nullopt, "", "", "0", number(connections), "0", number(clients[user.name]),
                    user.tenant, joined(user.roles)});
  }
  return rows;
}

TableRows policy_rows(const ProxyView& view) {
  TableRows rows;
  for (const config::PolicyRule& rule : view.snapshot->config->policies) {
    rows.push_back({
        rule.id,
        rule.action == config::PolicyAction::allow ? "allow" : "block",
        joined(rule.roles),
        joined(rule.users),
        rule.database,
        rule.schema,
        joined(rule.tables),
        rule.function,
        joined(rule.columns),
        statement_names(rule.statements),
        rule.reason,
        view.snapshot->policies->version(),
    });
  }
  return rows;
}

TableRows list_rows(const ProxyView& view) {
  using frontend::ClientState;
  const auto& clients = view.summary.clients;
  std::size_t used_clients = 0;
  for (const std::size_t count : clients) used_clients += count;
  const std::size_t login_clients = clients[static_cast<std::size_t>(ClientState::login)];
  std::size_t servers = 0;
  for (const auto& [key, counts] : view.pools) servers += counts.taken;
  std::set<std::pair<std::string, std::string>> pools;
  for (const auto& [key, counts] : view.pools) pools.emplace(shown_database(key), key.user);
  const std::pair<std::string_view, std::size_t> lists[] = {
      {"databases", view.snapshot->config->databases.size()},
      {"users", view.snapshot->config->users.size()},
      {"peers", 0},
      {"pools", pools.size()},
      {"peer_pools", 0},
      {"free_clients", 0},
      {"used_clients", used_clients},
      {"login_clients", login_clients},
      {"free_servers", 0},
      {"used_servers", servers},
      {"dns_names", 0},
      {"dns_zones", 0},
      {"dns_queries", 0},
      {"dns_pending", 0},
  };
  TableRows rows;
  for (const auto& [name, items] : lists) rows.push_back({std::string(name), number(items)});
  return rows;
}

TableRows memory_rows(const ProxyView& view) {
  std::size_t clients = 0;
  for (const std::size_t count : view.summary.clients) clients += count;
  std::size_t servers = 0;
  for (const auto& [key, counts] : view.pools) servers += counts.taken;
  const auto row = [](std::string name, std::size_t size, std::size_t used, std::uint64_t total) {
    return std::vector<TableCell>{std::move(name), bounded(size), bounded(used), "0", bounded(total)};
  };
  const std::size_t entries = view.summary.parse_cache_entries;
  const std::size_t bytes = view.summary.parse_cache_bytes;
  const std::size_t resident = read_process_stats().resident_bytes / 1024;
  return {
      row("client_cache", sizeof(frontend::ClientSession), clients, sizeof(frontend::ClientSession) * clients),
      row("server_cache", sizeof(backend::ServerConnection), servers, sizeof(backend::ServerConnection) * servers),
      row("parse_cache", entries == 0 ? 0 : bytes / entries, entries, bytes),
      row("resident_kib", 1024, resident, resident * 1024),
  };
}

TableRows state_rows(const ProxyView& view) {
  return {
      {"active", view.pause.all() ? "no" : "yes"},
      {"paused", view.pause.all() ? "yes" : "no"},
      {"suspended", "no"},
  };
}

}  // namespace sqlproxy::admin
