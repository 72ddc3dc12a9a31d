#include "frontend/statement_admission.hpp"

#include <algorithm>
#include <limits>
#include <utility>

namespace sqlproxy::frontend {

void StatementAdmission::use(pipeline::StatementLimits limits, backend::InFlightLimitPtr in_flight,
                             std::chrono::milliseconds patience) {
  limits_ = std::move(limits);
  in_flight_ = std::move(in_flight);
  patience_ = patience;
}

std::optional<core::Error> StatementAdmission::count(std::size_t statements, Kind kind, core::TimePoint now) {
  if (counted_ || !limits_.any()) return std::nullopt;
  counted_ = true;
  const auto tokens =
      static_cast<std::uint32_t>(std::min<std::size_t>(statements, std::numeric_limits<std::uint32_t>::max()));
  if (kind == Kind::exempt) {
    limits_.count(tokens, now);
    return std::nullopt;
  }
  if (const auto refused = limits_.admit(tokens, now)) return refused->error();
  return std::nullopt;
}

bool StatementAdmission::may_start() {
  held_up_ = in_flight_ && !place_ && !in_flight_->try_take();
  if (in_flight_ && !place_ && !held_up_) place_ = in_flight_;
  return !held_up_;
}

net::Task<void> StatementAdmission::wait(const backend::ServerConnection& server) {
  const backend::InFlightLimitPtr limit = in_flight_;
  if (!limit || place_) co_return;
  const auto waiter = std::make_shared<backend::InFlightLimit::Waiter>(executor_, changed_);
  bool expired = false;
  net::Deadline deadline(deadlines_, [&] {
    expired = true;
    changed_.notify_all();
  });
  deadline.arm(patience_);
  waiting_ = true;
  limit->join(waiter);
  while (!waiter->granted && !expired && !refusal_ && !server.closed()) co_await changed_.wait();
  limit->leave(waiter);
  waiting_ = false;
  if (waiter->granted) {
    place_ = limit;
  } else if (expired && !refusal_) {
    refusal_ = core::make_error(core::ErrorCode::timeout, core::sqlstate::kQueryCanceled,
                                "canceling statement due to pool wait timeout",
                                "As many queries as max_in_flight allows are running on this database.",
                                "Try again later, or have max_in_flight or pool_wait_timeout raised.");
  }
  // Whoever gave the wait up meanwhile does not want to start.
  if (refusal_) all_answered();
}

bool StatementAdmission::abort_wait(core::Error error) {
  if (!waiting_) return false;
  if (!refusal_) refusal_ = std::move(error);
  changed_.notify_all();
  return true;
}

void StatementAdmission::all_answered() {
  if (const backend::InFlightLimitPtr place = std::exchange(place_, nullptr)) place->give_back();
}

}  // namespace sqlproxy::frontend
