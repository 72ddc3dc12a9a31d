#include "audit/settlements.hpp"

#include <algorithm>
#include <iterator>
#include <utility>

namespace sqlproxy::audit {

bool Settlements::wait(Ticket ticket, Trail::Settled done) {
  Trail::Outcome outcome = Trail::Outcome::lost;
  if (ticket.accepted()) {
    const std::lock_guard lock(mutex_);
    if (ticket.number <= through_.load(std::memory_order_relaxed)) {
      outcome = Trail::Outcome::stored;
    } else if (!closed_.load(std::memory_order_relaxed)) {
      waiters_.push_back({ticket.number, std::move(done)});
      return true;
    }
  }
  done(outcome);
  return false;
}

void Settlements::settle(std::uint64_t through) {
  std::vector<Waiter> ready;
  {
    const std::lock_guard lock(mutex_);
    through_.store(through, std::memory_order_release);
    const auto first_ready = std::partition(waiters_.begin(), waiters_.end(),
                                            [through](const Waiter& waiter) { return waiter.ticket > through; });
    ready.assign(std::make_move_iterator(first_ready), std::make_move_iterator(waiters_.end()));
    waiters_.erase(first_ready, waiters_.end());
  }
  for (const Waiter& waiter : ready) waiter.done(Trail::Outcome::stored);
}

void Settlements::let_go() {
  std::vector<Waiter> waiters;
  {
    const std::lock_guard lock(mutex_);
    waiters.swap(waiters_);
  }
  for (const Waiter& waiter : waiters) waiter.done(Trail::Outcome::late);
}

void Settlements::close() {
  std::vector<Waiter> lost;
  {
    const std::lock_guard lock(mutex_);
    closed_.store(true, std::memory_order_release);
    lost.swap(waiters_);
  }
  for (const Waiter& waiter : lost) waiter.done(Trail::Outcome::lost);
}

}  // namespace sqlproxy::audit
