#include "net/task_group.hpp"

#include <gtest/gtest.h>
#include <spdlog/spdlog.h>

#include <memory>
#include <stdexcept>

#include "core/log.hpp"

namespace sqlproxy::net {
namespace {

class TaskGroupTest : public ::testing::Test {
 protected:
  static Task<void> wait(Signal& signal) { co_await signal.wait(); }
  static Task<void> fail() {
    throw std::runtime_error("what a coroutine must not do");
    co_return;
  }
  static Task<void> join(TaskGroup& group, bool& joined) {
    co_await group.join();
    joined = true;
  }
  void settle() {
    io.restart();
    io.poll();
  }

  asio::io_context io;
  Signal signal{io.get_executor()};
  std::unique_ptr<TaskGroup> group = std::make_unique<TaskGroup>(io.get_executor(), "test");
  TaskGroup others{io.get_executor(), "test"};
};

TEST_F(TaskGroupTest, CountsWhatRuns) {
  EXPECT_EQ(group->running(), 0U);
  group->spawn(wait(signal));
  group->spawn(wait(signal));
  EXPECT_EQ(group->running(), 2U) << "counts before its first turn";
  settle();
  EXPECT_EQ(group->running(), 2U);
  signal.notify_all();
  settle();
  EXPECT_EQ(group->running(), 0U);
}

TEST_F(TaskGroupTest, JoinWaitsForAll) {
  Signal second(io.get_executor());
  group->spawn(wait(signal));
  group->spawn(wait(second));
  bool joined = false;
  others.spawn(join(*group, joined));
  settle();
  signal.notify_all();
  settle();
  EXPECT_FALSE(joined);
  second.notify_all();
  settle();
  EXPECT_TRUE(joined);
}

TEST_F(TaskGroupTest, JoinOfNothingIsAtOnce) {
  bool joined = false;
  others.spawn(join(*group, joined));
  settle();
  EXPECT_TRUE(joined);
}

TEST_F(TaskGroupTest, AnExceptionEndsItsCoroutineOnly) {
  core::log().set_level(spdlog::level::off);
  bool ended = false;
  group->spawn(fail(), [&ended] { ended = true; });
  group->spawn(wait(signal));
  EXPECT_NO_THROW(settle());
  EXPECT_TRUE(ended);
  EXPECT_EQ(group->running(), 1U);
  signal.notify_all();
  settle();
  EXPECT_EQ(group->running(), 0U);
}

TEST_F(TaskGroupTest, WhoIsToldOfTheEndMayDestroyTheGroup) {
  group->spawn(wait(signal), [this] {
    EXPECT_EQ(group->running(), 0U);
    group.reset();
  });
  settle();
  signal.notify_all();
  settle();
  EXPECT_EQ(group, nullptr);
}

}  // namespace
}  // namespace sqlproxy::net
