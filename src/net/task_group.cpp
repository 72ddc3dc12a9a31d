#include "net/task_group.hpp"

#include <spdlog/spdlog.h>

#include <cassert>

#include "core/log.hpp"

namespace sqlproxy::net {

TaskGroup::~TaskGroup() {
  assert(running_ == 0 && "a coroutine outlives its owner");
}

void TaskGroup::spawn(Task<void> task) {
  spawn(std::move(task), {});
}

void TaskGroup::spawn(Task<void> task, std::function<void()> on_end) {
  ++running_;
  asio::co_spawn(executor_, std::move(task), [this, on_end = std::move(on_end)](const std::exception_ptr& exception) {
    end_of_task(exception, on_end);
  });
}

Task<void> TaskGroup::join() {
  while (running_ != 0) co_await ended_.wait();
}

void TaskGroup::end_of_task(const std::exception_ptr& exception, const std::function<void()>& on_end) {
  if (exception) {
    try {
      std::rethrow_exception(exception);
    } catch (const std::exception& fault) {
      core::log().error("internal fault in {}: {}", name_, fault.what());
    } catch (...) {
      core::log().error("internal fault in {}", name_);
    }
  }
  --running_;
  ended_.notify_all();
  if (on_end) on_end();
}

}  // namespace sqlproxy::net
