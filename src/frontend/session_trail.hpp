#pragma once

#include <cstddef>
#include <utility>

#include "audit/trail.hpp"

namespace sqlproxy::frontend {

// A session's way to the audit trail: hands its events over, and knows which of them its client has to wait for. A part
// of the session's AuditContext; worker's thread only.
class SessionTrail {
 public:
  // `trail` outlives the session. Without one nothing is kept.
  explicit SessionTrail(audit::Trail* trail = nullptr) : trail_(trail) {}

  // `admission`: of the statement that the event is about.
  void submit(audit::Event&& event, audit::Trail::Admission admission = audit::Trail::Admission::free) noexcept {
    if (trail_ == nullptr) return;
    const bool executed = event.kind == audit::EventKind::statement && event.status != audit::EventStatus::denied;
    const bool reserved = admission == audit::Trail::Admission::reserved;
    const audit::Ticket ticket =
        reserved ? trail_->submit_reserved(std::move(event)) : trail_->submit(std::move(event));
    // What did not fit is counted and nobody can wait for it. While nothing can be stored a client waits only for what
    // it has executed, so that it gets its refusals.
    if (ticket.accepted() && (executed || !trail_->failing())) newest_ = ticket;
  }

  // Whether as many statements may be executed; see audit::Trail.
  [[nodiscard]] audit::Trail::Admission admit(std::size_t statements) noexcept {
    return trail_ == nullptr ? audit::Trail::Admission::free : trail_->admit(statements);
  }
  // No event comes of what was admitted.
  void withdraw(audit::Trail::Admission admission, std::size_t statements = 1) noexcept {
    if (admission == audit::Trail::Admission::reserved) trail_->withdraw(statements);
  }
  [[nodiscard]] bool accepting() const noexcept { return trail_ == nullptr || trail_->accepting(); }

  // The newest of the session's events when it is not as durable yet as a ReadyForQuery promises; else not accepted().
  [[nodiscard]] audit::Ticket unsettled() const {
    return newest_.accepted() && !trail_->settled(newest_) ? newest_ : audit::Ticket{};
  }

 private:
  audit::Trail* trail_;
  audit::Ticket newest_;
};

}  // namespace sqlproxy::frontend
