#pragma once

#include <array>
#include <cstddef>

#include "core/metrics.hpp"
#include "pipeline/statement_type.hpp"
#include "pipeline/verdict.hpp"

namespace sqlproxy::frontend {

// How many statements of each type were decided how, for one user in one database. A part of a worker's metrics:
// written by the worker, read by any thread.
class StatementMeter {
 public:
  static constexpr std::size_t kTypes = static_cast<std::size_t>(pipeline::StatementType::unparsed) + 1;
  static constexpr std::size_t kDecisions = 3;

  void count(pipeline::StatementType type, pipeline::Decision decision) {
    counters_[static_cast<std::size_t>(type)][static_cast<std::size_t>(decision)].add();
  }
  [[nodiscard]] std::uint64_t value(pipeline::StatementType type, pipeline::Decision decision) const {
    return counters_[static_cast<std::size_t>(type)][static_cast<std::size_t>(decision)].value();
  }

 private:
  std::array<std::array<core::Counter, kDecisions>, kTypes> counters_;
};

// What the sessions of one database have done, in PgBouncer's measures. As StatementMeter.
struct DatabaseMeter {
  core::Counter logins;
  core::Counter transactions;
  core::Counter statements;
  core::Counter bytes_received;  // from clients
  core::Counter bytes_sent;      // to clients
  core::Counter transaction_us;  // from the first statement to the ReadyForQuery that ends the transaction
  core::Counter statement_us;    // the server's share
  core::Counter wait_us;         // for server connections
  core::Counter assignments;     // of server connections to clients
  core::Counter client_parses;
  core::Counter server_parses;
  core::Counter binds;
};

// Where the time of statements goes.
struct StageMeter {
  core::DurationHistogram queue;
  core::DurationHistogram pipeline;
  core::DurationHistogram backend;
};

}  // namespace sqlproxy::frontend
