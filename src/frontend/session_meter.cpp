#include "frontend/session_meter.hpp"

#include <utility>

namespace sqlproxy::frontend {
namespace {

std::uint64_t microseconds(core::Duration duration) {
  return duration.count() < 0 ? 0 : static_cast<std::uint64_t>(duration.count());
}

}  // namespace

void SessionMeter::log_in(std::string_view database, std::string_view user) {
  database_ = &metrics_.database(database);
  statements_ = &metrics_.statements(database, user);
}

void SessionMeter::count_login(LoginOutcome outcome) {
  metrics_.logins[static_cast<std::size_t>(outcome)].add();
  if (outcome == LoginOutcome::ok && database_ != nullptr) database_->logins.add();
}

void SessionMeter::count_statement(const Judgement& judgement, const audit::Event& event, core::TimePoint arrived) {
  if (statements_ == nullptr) return;
  statements_->count(judgement.type, judgement.decision);
  database_->statements.add();
  metrics_.stages.queue.observe(event.queue_time.value_or(core::Duration{0}));
  if (event.proxy_time) metrics_.stages.pipeline.observe(*event.proxy_time);
  if (event.db_time) {
    metrics_.stages.backend.observe(*event.db_time);
    database_->statement_us.add(microseconds(*event.db_time));
  }
  // What is denied outside of a transaction begins none.
  if (in_transaction_ || judgement.decision == pipeline::Decision::deny) return;
  in_transaction_ = true;
  transaction_began_ = arrived;
}

void SessionMeter::note_idle() {
  if (!std::exchange(in_transaction_, false)) return;
  database_->transactions.add();
  const auto lasted = core::SteadyClock::now() - transaction_began_;
  database_->transaction_us.add(microseconds(std::chrono::duration_cast<core::Duration>(lasted)));
}

void SessionMeter::count_wait(core::Duration waited) {
  metrics_.pool_waits.observe(waited);
  if (database_ != nullptr) database_->wait_us.add(microseconds(waited));
}

void SessionMeter::count_pins(unsigned pins) {
  for (std::size_t i = 0; i < metrics_.pins.size(); ++i) {
    if ((pins & (1U << i)) != 0) metrics_.pins[i].add();
  }
}

}  // namespace sqlproxy::frontend
