#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <span>
#include <stop_token>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "backend/connection_parameters.hpp"
#include "core/result.hpp"

namespace sqlproxy::backend {

struct ResultCloser {
  void operator()(PGresult* result) const { PQclear(result); }
};
using QueryResult = std::unique_ptr<PGresult, ResultCloser>;

// A libpq connection of the proxy's own, for a few queries in a row, each of which ends by a deadline or on a stop.
// Blocks its thread: for the control threads, never a worker. Used by one thread at a time.
//
// Errors: kConnectionFailure when the server cannot be reached or refuses the login, kQueryCanceled past the deadline
// or on a stop, kInternalError with the server's SQLSTATE first in the detail when a query fails. None quotes a
// password; the detail of a failed query may quote data.
class ControlConnection {
 public:
  using Clock = std::chrono::steady_clock;

  explicit ControlConnection(std::stop_token stop) : stop_(std::move(stop)) {}

  // For everything from now on; to be set before open().
  void set_deadline(Clock::time_point deadline) { deadline_ = deadline; }
  [[nodiscard]] core::Status open(const ConnectionParameters& parameters);
  // One statement with its parameters $1, $2 ... in text form. Requires open().
  [[nodiscard]] core::Result<QueryResult> query(const char* sql, std::span<const std::string> values = {});
  // All of `statements`, which have no parameters, with one round trip (libpq's pipeline mode): their results in the
  // same order. The first that fails ends the rest. Requires open().
  [[nodiscard]] core::Result<std::vector<QueryResult>> query_all(std::span<const char* const> statements);
  // Statements without parameters by the simple protocol, which makes one transaction of them. `copied` goes to the
  // COPY FROM STDIN among them, if there is one. Requires open().
  [[nodiscard]] core::Status run(const char* script, std::string_view copied = {});
  [[nodiscard]] int server_version() const { return PQserverVersion(connection_.get()); }
  // The connection is open as far as is known: a server that went away is noticed by the next query.
  [[nodiscard]] bool usable() const { return connection_ != nullptr && PQstatus(connection_.get()) == CONNECTION_OK; }

 private:
  struct Closer {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  // Until the socket is ready for `events` (poll(2)).
  [[nodiscard]] core::Status wait(short events);
  [[nodiscard]] core::Status send(const char* sql, std::span<const std::string> values);
  [[nodiscard]] core::Status flush();
  [[nodiscard]] core::Status receive();
  [[nodiscard]] core::Status send_copied(std::string_view copied);
  [[nodiscard]] core::Status send_all(std::span<const char* const> statements);
  [[nodiscard]] core::Result<std::vector<QueryResult>> receive_all(std::size_t count);
  [[nodiscard]] std::string last_message() const;

  Clock::time_point deadline_;
  std::stop_token stop_;
  std::unique_ptr<PGconn, Closer> connection_;
};

}  // namespace sqlproxy::backend
