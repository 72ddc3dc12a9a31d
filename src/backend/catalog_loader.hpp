#pragma once

#include <chrono>
#include <cstdint>
#include <memory>
#include <stop_token>

#include "backend/connection_parameters.hpp"
#include "core/result.hpp"
#include "pipeline/catalog.hpp"

namespace sqlproxy::backend {

class ControlConnection;

// Reads the catalog of one database, in one repeatable-read transaction that is one round trip: as long as it lasts,
// VACUUM and CREATE INDEX CONCURRENTLY have to take its snapshot into account. Keeps its connection from one load to
// the next, until it is `kMaxAge` old or close() is called.
//
// Blocks the calling thread: for the control thread, never a worker. The queries name every schema, also of operators,
// and run with an empty search_path, so that nothing that users have created can change what they mean.
class CatalogLoader {
 public:
  using Clock = std::chrono::steady_clock;

  // What a connection goes by without asking again, a database's own search_path for instance, is no older than this.
  static constexpr std::chrono::seconds kMaxAge{60};

  explicit CatalogLoader(ConnectionParameters parameters);
  CatalogLoader(const CatalogLoader&) = delete;
  CatalogLoader& operator=(const CatalogLoader&) = delete;
  ~CatalogLoader();

  // Ends within `time_limit`, and soon after a stop is requested. `stop` is the same one at each call.
  //
  // Errors: kConnectionFailure when the server cannot be reached or refuses the login, kQueryCanceled past the limit or
  // on a stop, kInternalError with the server's SQLSTATE in the detail when a query fails. None quotes a password.
  [[nodiscard]] core::Result<std::shared_ptr<const pipeline::Catalog>> load(std::uint64_t generation,
                                                                            std::chrono::milliseconds time_limit,
                                                                            const std::stop_token& stop);
  // The next load connects again.
  void close();
  [[nodiscard]] bool connected() const { return connection_ != nullptr; }
  [[nodiscard]] Clock::time_point last_used() const { return last_used_; }

 private:
  [[nodiscard]] core::Status connect(Clock::time_point deadline, const std::stop_token& stop);

  ConnectionParameters parameters_;
  std::unique_ptr<ControlConnection> connection_;
  Clock::time_point opened_at_;
  Clock::time_point last_used_;
};

// One load on a connection of its own.
[[nodiscard]] core::Result<std::shared_ptr<const pipeline::Catalog>> load_catalog(
    const ConnectionParameters& parameters, std::uint64_t generation,
    std::chrono::milliseconds time_limit = std::chrono::seconds(30), const std::stop_token& stop = {});

}  // namespace sqlproxy::backend
