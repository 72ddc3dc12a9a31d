#pragma once

#include <chrono>
#include <functional>

#include "core/clock.hpp"
#include "net/asio.hpp"

namespace sqlproxy::net {

class Deadline;

// The deadlines of one worker. Coarse on purpose: one timer ticks every kTick while any deadline is armed, so that
// arming and disarming, which happen for every statement, touch no timer and make no system call.
//
// Owned by the worker, outlives all its Deadlines. Not thread-safe.
class DeadlineQueue {
 public:
  static constexpr std::chrono::milliseconds kTick{20};

  explicit DeadlineQueue(Executor executor) : timer_(executor) {}
  DeadlineQueue(const DeadlineQueue&) = delete;
  DeadlineQueue& operator=(const DeadlineQueue&) = delete;
  ~DeadlineQueue();

 private:
  friend class Deadline;

  void link(Deadline& deadline);
  void unlink(Deadline& deadline);
  void schedule();
  void on_tick();

  Timer timer_;
  Deadline* first_ = nullptr;
  // The one that on_tick() visits next; unlink() moves it on.
  Deadline* next_to_visit_ = nullptr;
  bool ticking_ = false;
};

// Calls a function once when a time has passed, unless disarmed before. The call comes from the worker's event loop, up
// to two ticks late, never early. Owned by what it guards; disarms itself when it ends.
class Deadline {
 public:
  Deadline(DeadlineQueue& queue, std::function<void()> on_expiry) : queue_(queue), on_expiry_(std::move(on_expiry)) {}
  Deadline(const Deadline&) = delete;
  Deadline& operator=(const Deadline&) = delete;
  ~Deadline() { disarm(); }

  // Replaces an earlier time. A time-out of zero or less means none: disarms.
  void arm(std::chrono::milliseconds timeout);
  void disarm();

  [[nodiscard]] bool armed() const { return armed_; }
  [[nodiscard]] bool expired() const { return expired_; }

 private:
  friend class DeadlineQueue;

  DeadlineQueue& queue_;
  std::function<void()> on_expiry_;
  core::TimePoint when_;
  Deadline* previous_ = nullptr;
  Deadline* next_ = nullptr;
  bool armed_ = false;
  bool expired_ = false;
};

}  // namespace sqlproxy::net
