#include "frontend/audit_waits.hpp"

#include <algorithm>

namespace sqlproxy::frontend {

void AuditWaits::add(AuditWaiter& waiter, audit::Ticket ticket) {
  entries_.push_back({ticket, &waiter});
  ask();
}

void AuditWaits::remove(AuditWaiter& waiter) {
  std::erase_if(entries_, [&waiter](const Entry& entry) { return entry.waiter == &waiter; });
  std::ranges::replace(ready_, &waiter, nullptr);
}

void AuditWaits::ask() {
  if (asked_ || entries_.empty()) return;
  asked_ = true;
  const audit::Ticket first =
      std::ranges::min_element(entries_, {}, [](const Entry& entry) { return entry.ticket.number; })->ticket;
  // From the writer's thread as a rule.
  trail_.on_settled(first, [this](audit::Trail::Outcome /*outcome*/) {
    asio::post(executor_, [this] {
      asked_ = false;
      on_settled();
    });
  });
}

void AuditWaits::on_settled() {
  const auto settled =
      std::ranges::partition(entries_, [this](const Entry& entry) { return !trail_.settled(entry.ticket); });
  for (const Entry& entry : settled) ready_.push_back(entry.waiter);
  entries_.erase(settled.begin(), settled.end());
  // Whoever is told may wait anew, or remove itself or others.
  for (std::size_t i = 0; i < ready_.size(); ++i) {
    if (ready_[i] != nullptr) ready_[i]->on_settled();
  }
  ready_.clear();
  ask();
}

}  // namespace sqlproxy::frontend
