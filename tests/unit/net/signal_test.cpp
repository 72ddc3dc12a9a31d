#include "net/signal.hpp"

#include <gtest/gtest.h>

#include "net/task_group.hpp"

namespace sqlproxy::net {
namespace {

class SignalTest : public ::testing::Test {
 protected:
  static Task<void> wait(Signal& signal, int& resumed) {
    co_await signal.wait();
    ++resumed;
  }
  void settle() {
    io.restart();
    io.poll();
  }

  asio::io_context io;
  Signal signal{io.get_executor()};
  TaskGroup tasks{io.get_executor(), "test"};
  int resumed = 0;
};

TEST_F(SignalTest, ResumesEveryoneWhoWaits) {
  tasks.spawn(wait(signal, resumed));
  tasks.spawn(wait(signal, resumed));
  settle();
  EXPECT_EQ(resumed, 0);
  signal.notify_all();
  EXPECT_EQ(resumed, 0) << "from the event loop, not from within the call";
  settle();
  EXPECT_EQ(resumed, 2);
}

TEST_F(SignalTest, CarriesNoState) {
  signal.notify_all();
  tasks.spawn(wait(signal, resumed));
  settle();
  EXPECT_EQ(resumed, 0);
  signal.notify_all();
  signal.notify_all();
  settle();
  EXPECT_EQ(resumed, 1);
}

TEST_F(SignalTest, CanBeUsedAgain) {
  for (int round = 1; round <= 3; ++round) {
    tasks.spawn(wait(signal, resumed));
    settle();
    signal.notify_all();
    settle();
    EXPECT_EQ(resumed, round);
  }
}

}  // namespace
}  // namespace sqlproxy::net
