#pragma once

#include <libpq-fe.h>

#include <chrono>
#include <memory>
#include <stop_token>
#include <string>

#include "backend/catalog_loader.hpp"
#include "core/result.hpp"

namespace sqlproxy::backend {

struct ResultCloser {
  void operator()(PGresult* result) const { PQclear(result); }
};
using QueryResult = std::unique_ptr<PGresult, ResultCloser>;

// A libpq connection for a few queries in a row, each of which ends by a common deadline or on a stop. Blocks its
// thread; used by one thread.
class CatalogConnection {
 public:
  using Clock = std::chrono::steady_clock;

  // The connection lives no longer than the constructor's `stop`.
  CatalogConnection(Clock::time_point deadline, const std::stop_token& stop) : deadline_(deadline), stop_(stop) {}

  [[nodiscard]] core::Status open(const ConnectionParameters& parameters);
  // One statement. Requires open().
  [[nodiscard]] core::Result<QueryResult> query(const char* sql);
  [[nodiscard]] int server_version() const { return PQserverVersion(connection_.get()); }

 private:
  struct Closer {
    void operator()(PGconn* connection) const { PQfinish(connection); }
  };

  // Until the socket is ready for `events` (poll(2)).
  [[nodiscard]] core::Status wait(short events);
  [[nodiscard]] core::Status send(const char* sql);
  [[nodiscard]] core::Status receive();
  [[nodiscard]] std::string last_message() const;

  Clock::time_point deadline_;
  const std::stop_token& stop_;
  std::unique_ptr<PGconn, Closer> connection_;
};

}  // namespace sqlproxy::backend
