#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>

#include "config/breaker.hpp"
#include "core/secret.hpp"

namespace sqlproxy::config {

enum class Identity {
  service,      // log in to the server as Database::user
  passthrough,  // log in as the client's own user, with the keys that its SCRAM exchange yields
};

// As libpq's sslmode; `prefer` goes on without TLS when the server has none.
enum class ServerTlsMode { disable, prefer, require, verify_ca, verify_full };

enum class PoolMode { session, transaction };

// Name, verifier, and the seconds for which the verifier is valid, of the role $1 if it may log in. Everything is named
// with its schema, so that it means the same whatever the search_path is.
inline constexpr const char* kDefaultAuthQuery =
    "SELECT r.rolname, r.rolpassword,"
    " pg_catalog.date_part('epoch', r.rolvaliduntil)"
    " OPERATOR(pg_catalog.-) pg_catalog.date_part('epoch', pg_catalog.now())"
    " FROM pg_catalog.pg_authid AS r WHERE r.rolname OPERATOR(pg_catalog.=) $1::pg_catalog.name AND r.rolcanlogin";

// [databases.NAME]: a database that clients may connect to, and how its server is reached.
struct Database {
  // A name, an address, or the absolute directory of a Unix-domain socket.
  std::string host = "127.0.0.1";
  std::uint16_t port = 5432;
  // Empty: the name that the client connects to; see server_dbname().
  std::string dbname;
  // Service credentials, with which the catalog and, with passthrough, the verifiers of users are read too. `user` is
  // never empty.
  std::string user;
  std::optional<core::Secret> password;
  Identity identity = Identity::service;
  // With passthrough: how to look a user's verifier up, where, and how long to believe what was found; see
  // docs/configuration.md.
  std::string auth_query = kDefaultAuthQuery;
  // Empty: as server_dbname(), which is then not empty for the fallback entry either.
  std::string auth_dbname;
  std::chrono::milliseconds auth_cache_ttl{1000};
  ServerTlsMode tls = ServerTlsMode::prefer;
  // Certificates that sign the server's; empty: those of the system.
  std::filesystem::path tls_ca;
  PoolMode pool_mode = PoolMode::transaction;
  // Server connections at most, per tenant and user to log in as.
  std::size_t pool_size = 20;
  // Of these, so many are kept open however long they are idle; at most pool_size.
  std::size_t min_pool_size = 0;
  std::chrono::milliseconds pool_wait_timeout{5000};
  // From the first packet to a new server connection to its first ReadyForQuery.
  std::chrono::milliseconds server_connect_timeout{15000};
  // Queries running at once; 0: no bound.
  std::size_t max_in_flight = 0;
  // PostgreSQL's settings of the same names; 0 as there: none. Not set: the server's own default holds.
  std::optional<std::chrono::milliseconds> statement_timeout;
  std::optional<std::chrono::milliseconds> idle_in_transaction_timeout;
  // How long the server may not read while something waits for it; 0: for ever.
  std::chrono::milliseconds server_write_timeout{0};
  // 0: none.
  std::chrono::milliseconds server_idle_timeout{600000};
  std::chrono::milliseconds server_lifetime{3600000};
  // A server connection that was idle for longer is asked for a sign of life before it is used; 0: never.
  std::chrono::milliseconds server_check_delay{30000};
  std::optional<Breaker> breaker;

  // The name to ask the server for when a client connected to `client_name`.
  [[nodiscard]] const std::string& server_dbname(const std::string& client_name) const {
    return dbname.empty() ? client_name : dbname;
  }
};

}  // namespace sqlproxy::config
