#include "net/deadline.hpp"

#include <cassert>

namespace sqlproxy::net {

DeadlineQueue::~DeadlineQueue() {
  assert(first_ == nullptr && "a deadline outlives its worker");
}

void DeadlineQueue::link(Deadline& deadline) {
  deadline.previous_ = nullptr;
  deadline.next_ = first_;
  if (first_ != nullptr) first_->previous_ = &deadline;
  first_ = &deadline;
  if (!ticking_) schedule();
}

void DeadlineQueue::unlink(Deadline& deadline) {
  if (next_to_visit_ == &deadline) next_to_visit_ = deadline.next_;
  if (deadline.previous_ != nullptr) deadline.previous_->next_ = deadline.next_;
  if (deadline.next_ != nullptr) deadline.next_->previous_ = deadline.previous_;
  if (first_ == &deadline) first_ = deadline.next_;
}

void DeadlineQueue::schedule() {
  ticking_ = true;
  timer_.expires_after(kTick);
  timer_.async_wait([this](std::error_code error) {
    // The only cancellation is the io_context's end, when this object may be gone.
    if (!error) on_tick();
  });
}

void DeadlineQueue::on_tick() {
  const core::TimePoint now = core::SteadyClock::now();
  for (Deadline* deadline = first_; deadline != nullptr; deadline = next_to_visit_) {
    next_to_visit_ = deadline->next_;
    if (deadline->when_ > now) continue;
    deadline->disarm();
    deadline->expired_ = true;
    // May destroy any deadline, this one included.
    deadline->on_expiry_();
  }
  next_to_visit_ = nullptr;
  ticking_ = false;
  if (first_ != nullptr) schedule();
}

void Deadline::arm(std::chrono::milliseconds timeout) {
  expired_ = false;
  if (timeout <= std::chrono::milliseconds::zero()) return disarm();
  when_ = core::SteadyClock::now() + timeout;
  if (armed_) return;
  armed_ = true;
  queue_.link(*this);
}

void Deadline::disarm() {
  if (!armed_) return;
  armed_ = false;
  queue_.unlink(*this);
}

}  // namespace sqlproxy::net
