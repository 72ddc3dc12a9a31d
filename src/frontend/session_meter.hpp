#pragma once

#include "audit/event.hpp"
#include "core/clock.hpp"
#include "frontend/judgement.hpp"
#include "frontend/worker_metrics.hpp"

namespace sqlproxy::frontend {

// Counts what one session does in its worker's metrics. Owned by the session, and outlives its statements; worker's
// thread only.
class SessionMeter {
 public:
  explicit SessionMeter(WorkerMetrics& metrics) : metrics_(metrics) {}

  // Where it counts from now on: the names have proved to be good.
  void log_in(std::string_view database, std::string_view user);
  void count_login(LoginOutcome outcome);

  // A statement has come to its end, and `event` says how.
  void count_statement(const Judgement& judgement, const audit::Event& event, core::TimePoint arrived);
  // ReadyForQuery of a message of the client's, outside of a transaction.
  void note_idle();

  void count_received(std::size_t bytes) {
    if (database_ != nullptr) database_->bytes_received.add(bytes);
  }
  void count_sent(std::size_t bytes) {
    if (database_ != nullptr) database_->bytes_sent.add(bytes);
  }
  void count_parse() { database_->client_parses.add(); }
  void count_server_parse() { database_->server_parses.add(); }
  void count_bind() { database_->binds.add(); }
  // The session has a server connection, for which it had to wait, or not.
  void count_assignment() { database_->assignments.add(); }
  void count_wait(core::Duration waited);
  // frontend::Pin bits that the session has now and had not before.
  void count_pins(unsigned pins);

 private:
  WorkerMetrics& metrics_;
  StatementMeter* statements_ = nullptr;
  DatabaseMeter* database_ = nullptr;
  // Of the transaction that is open, or was until the ReadyForQuery that is to come.
  core::TimePoint transaction_began_;
  bool in_transaction_ = false;
};

}  // namespace sqlproxy::frontend
