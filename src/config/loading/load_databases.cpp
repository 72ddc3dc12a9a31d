#include <algorithm>
#include <limits>

#include "config/loading/breaker_table.hpp"
#include "config/loading/readable.hpp"
#include "config/loading/sections.hpp"
#include "core/identifier.hpp"

namespace sqlproxy::config::loading {

namespace {

constexpr Choice<Identity> kIdentities[] = {{"service", Identity::service}, {"passthrough", Identity::passthrough}};
constexpr Choice<ServerTlsMode> kServerTlsModes[] = {
    {"disable", ServerTlsMode::disable},         {"prefer", ServerTlsMode::prefer},
    {"require", ServerTlsMode::require},         {"verify-ca", ServerTlsMode::verify_ca},
    {"verify-full", ServerTlsMode::verify_full},
};
constexpr Choice<PoolMode> kPoolModes[] = {{"session", PoolMode::session}, {"transaction", PoolMode::transaction}};

constexpr std::size_t kMaxPoolSize = 100'000;
constexpr std::size_t kMaxInFlight = 1'000'000;
// PostgreSQL keeps its timeouts as a signed 32-bit number of milliseconds.
constexpr std::chrono::milliseconds kLongestServerSetting{std::numeric_limits<std::int32_t>::max()};

void load_server_setting(TableReader& table, std::string_view key, std::optional<std::chrono::milliseconds>& out) {
  std::chrono::milliseconds value{0};
  if (table.duration(key, value, std::chrono::milliseconds(0), kLongestServerSetting)) out = value;
}

void load_server_address(TableReader& table, Database& database) {
  table.text("host", database.host);
  std::size_t port = database.port;
  table.count("port", port, 1, std::numeric_limits<std::uint16_t>::max());
  database.port = static_cast<std::uint16_t>(port);
  if (table.text("dbname", database.dbname) && database.dbname.size() > core::kMaxIdentifierBytes) {
    table.fault(table.place("dbname"), "\"dbname\" is longer than PostgreSQL's 63 bytes");
  }
  table.choice<ServerTlsMode>("tls", database.tls, kServerTlsModes);
  if (table.path("tls_ca", database.tls_ca) && !is_readable_file(database.tls_ca)) {
    table.fault(table.place("tls_ca"),
                "\"tls_ca\" names a file that cannot be read: " + in_quotes(database.tls_ca.string()));
  }
}

void load_credentials(TableReader& table, Database& database) {
  table.text("user", database.user);
  table.secret("password", database.password);
  table.choice<Identity>("identity", database.identity, kIdentities);
  if (table.has("user")) return;
  table.fault(table.place(), table.name() + (database.identity == Identity::service
                                                 ? R"( lacks "user", the one to log in to the server as)"
                                                 : R"( lacks "user", the one to look up users' passwords as)"));
}

void load_lookup(TableReader& table, Database& database, bool is_fallback) {
  if (table.text("auth_query", database.auth_query) && database.auth_query.find("$1") == std::string::npos) {
    table.fault(table.place("auth_query"), "\"auth_query\" has no $1, which stands for the user's name");
  }
  if (table.text("auth_dbname", database.auth_dbname) && database.auth_dbname.size() > core::kMaxIdentifierBytes) {
    table.fault(table.place("auth_dbname"), "\"auth_dbname\" is longer than PostgreSQL's 63 bytes");
  }
  table.duration("auth_cache_ttl", database.auth_cache_ttl);
  if (database.identity == Identity::service) {
    for (const std::string_view key : {"auth_query", "auth_dbname", "auth_cache_ttl"}) {
      if (!table.has(key)) continue;
      table.warn(table.place(key), in_quotes(key) + R"( does nothing without identity = "passthrough")");
    }
  } else if (is_fallback && database.dbname.empty() && database.auth_dbname.empty()) {
    // Else whoever is not logged in yet would choose the database that the lookup connects to.
    table.fault(table.place(), table.name() + R"( lacks "auth_dbname", the database to look up users' passwords in)");
  }
}

void load_pool_sizes(TableReader& table, Database& database) {
  table.count("pool_size", database.pool_size, 1, kMaxPoolSize);
  if (table.count("min_pool_size", database.min_pool_size, 0, kMaxPoolSize) &&
      database.min_pool_size > database.pool_size) {
    table.fault(table.place("min_pool_size"), R"("min_pool_size" is larger than "pool_size")");
  }
}

Database load_database(TableReader& table, bool is_fallback) {
  Database database;
  load_server_address(table, database);
  load_credentials(table, database);
  load_lookup(table, database, is_fallback);
  table.choice<PoolMode>("pool_mode", database.pool_mode, kPoolModes);
  load_pool_sizes(table, database);
  table.duration("pool_wait_timeout", database.pool_wait_timeout, std::chrono::milliseconds(1));
  table.duration("server_connect_timeout", database.server_connect_timeout, std::chrono::milliseconds(1));
  table.count("max_in_flight", database.max_in_flight, 1, kMaxInFlight);
  load_server_setting(table, "statement_timeout", database.statement_timeout);
  load_server_setting(table, "idle_in_transaction_timeout", database.idle_in_transaction_timeout);
  table.duration("server_write_timeout", database.server_write_timeout);
  table.duration("server_idle_timeout", database.server_idle_timeout);
  table.duration("server_lifetime", database.server_lifetime);
  table.duration("server_check_delay", database.server_check_delay);
  load_breaker(table, database.breaker);
  table.finish();
  return database;
}

std::string lower(std::string_view text) {
  std::string folded(text);
  std::ranges::transform(folded, folded.begin(),
                         [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return folded;
}

}  // namespace

void load_databases(TableReader& root, LoadContext& context) {
  auto table = root.table("databases");
  if (!table) return;
  // Entries are told apart as written; two that differ in case alone are a trap for whoever writes a policy.
  std::map<std::string, std::string> folded_names;
  for (auto& [key, entry] : table->named_tables()) {
    const std::string name(key->str());
    if (name.empty() || name.size() > core::kMaxIdentifierBytes) {
      entry.fault(place_of(*key), "the name of a database has from 1 to 63 bytes");
    }
    const auto [same, is_new] = folded_names.emplace(lower(name), name);
    if (!is_new) {
      entry.fault(entry.place(),
                  "the databases " + in_quotes(same->second) + " and " + in_quotes(name) + " differ only in case");
    }
    context.config.databases.emplace(name, load_database(entry, name == "*"));
  }
}

}  // namespace sqlproxy::config::loading
