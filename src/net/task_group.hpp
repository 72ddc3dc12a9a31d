#pragma once

#include <cstddef>
#include <exception>
#include <functional>
#include <string_view>

#include "net/asio.hpp"
#include "net/signal.hpp"

namespace sqlproxy::net {

// The coroutines that an owner has started and that may still run. The one place that calls co_spawn.
//
// Life cycle: spawn() as often as needed; then the owner makes its coroutines end (cancels their streams) and awaits
// join(). The destructor asserts that nothing runs any more. Not thread-safe.
class TaskGroup {
 public:
  // An exception that leaves a coroutine is a fault of the proxy: it is logged with `name` and does not reach the event
  // loop.
  TaskGroup(Executor executor, std::string_view name) : executor_(executor), name_(name), ended_(executor) {}
  TaskGroup(const TaskGroup&) = delete;
  TaskGroup& operator=(const TaskGroup&) = delete;
  ~TaskGroup();

  // Starts `task` at the next turn of the event loop. Whatever the coroutine refers to must outlive join().
  void spawn(Task<void> task);
  // As spawn(); calls `on_end` when the coroutine has ended and no longer counts. `on_end` may destroy this group.
  void spawn(Task<void> task, std::function<void()> on_end);

  [[nodiscard]] Task<void> join();
  [[nodiscard]] std::size_t running() const { return running_; }

 private:
  void end_of_task(const std::exception_ptr& exception, const std::function<void()>& on_end);

  Executor executor_;
  std::string_view name_;
  Signal ended_;
  std::size_t running_ = 0;
};

}  // namespace sqlproxy::net
