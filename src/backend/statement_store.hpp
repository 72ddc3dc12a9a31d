#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace sqlproxy::backend {

// What has to be the same for two clients to share one prepared statement on a server connection: everything that the
// server's analysis of it rests on (protocol.md 4.4.2). Immutable, shared by the clients' names and the server
// connections that have it; compared by address.
struct SharedStatement {
  static constexpr std::uint64_t kPrivate = UINT64_MAX;

  std::string text;
  // The types that Parse fixes, as they go over the wire.
  std::string parameter_types;
  // Of the settings under which it was analysed; kPrivate: of its client alone.
  std::uint64_t settings = 0;
  // What it is called on server connections; empty for one that has the client's own name there, or none.
  std::string server_name;
};

using SharedStatementPtr = std::shared_ptr<const SharedStatement>;

// Gives each statement that clients prepare by name one identity in the process, for as long as anybody holds it: its
// size is bounded by the clients' names and the server connections' memories. Shared by all workers; thread-safe.
class StatementStore {
 public:
  // What server names begin with, followed by a number that is never used again.
  static constexpr std::string_view kPrefix = "sql-proxy_";

  StatementStore();

  // The statement that all who prepare the same share.
  [[nodiscard]] SharedStatementPtr intern(std::string_view text, std::string_view parameter_types,
                                          std::uint64_t settings);
  // One that nobody else gets, with a server name of its own: what its text means depends on more than the settings.
  [[nodiscard]] SharedStatementPtr make_private(std::string_view text, std::string_view parameter_types);
  // One without a server name: the unnamed statement, or one that PREPARE makes.
  [[nodiscard]] static SharedStatementPtr make_nameless(std::string_view text, std::string_view parameter_types);

  // A number that tells one client from all others.
  [[nodiscard]] std::uint64_t next_client() { return next_client_.fetch_add(1, std::memory_order_relaxed); }

  // Identities that are shared now.
  [[nodiscard]] std::size_t size() const;

 private:
  struct Table;

  [[nodiscard]] std::string next_name();

  // Outlives the store where statements do.
  std::shared_ptr<Table> table_;
  std::atomic<std::uint64_t> next_id_{1};
  std::atomic<std::uint64_t> next_client_{1};
};

}  // namespace sqlproxy::backend
