#pragma once

#include <chrono>

#include "backend/server_connection.hpp"
#include "net/signal.hpp"

namespace sqlproxy::backend {

// Brings a connection that a client has left between two statements back to the state in which it was opened:
// ROLLBACK where a transaction is open, then DISCARD ALL, each in a message of its own because the latter must not be
// inside a transaction. Or only finds out whether the server is still there. Used by the pool for one of the two; the
// connection must not have another user.
class ServerReset final : private ServerConnectionUser {
 public:
  enum class Transaction { none, open };

  ServerReset(ServerConnection& connection, net::Executor executor, net::DeadlineQueue& deadlines);

  // True when the server confirmed everything in time; otherwise the connection must be closed.
  [[nodiscard]] net::Task<bool> run(Transaction transaction, std::chrono::milliseconds timeout);
  // Changes nothing: true when the server answers an empty query in time. Otherwise the connection must be closed.
  [[nodiscard]] net::Task<bool> check(std::chrono::milliseconds timeout);

 private:
  net::Task<bool> on_server_input(ServerConnection& connection) override;
  void on_server_closed(ServerConnection& connection) override;
  [[nodiscard]] net::Task<bool> command(std::string_view sql);
  void begin(std::chrono::milliseconds timeout);

  ServerConnection& connection_;
  net::Signal changed_;
  net::Deadline deadline_;
  bool ready_ = false;
  bool failed_ = false;
};

}  // namespace sqlproxy::backend
