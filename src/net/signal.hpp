#pragma once

#include "net/asio.hpp"

namespace sqlproxy::net {

// Lets coroutines of one worker wait until another coroutine says that something changed. Carries no state: a waiter
// checks its condition before it waits and again afterwards. Not thread-safe.
class Signal {
 public:
  explicit Signal(Executor executor) : timer_(executor, Timer::time_point::max()) {}

  // Resumes at the next notify_all() that follows this call.
  [[nodiscard]] Task<void> wait();
  void notify_all() { timer_.cancel(); }

 private:
  Timer timer_;
};

}  // namespace sqlproxy::net
