#include "net/deadline.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <vector>

namespace sqlproxy::net {
namespace {

using std::chrono::milliseconds;

// The queue's ticks are real ones; these tests take some of them.
class DeadlineTest : public ::testing::Test {
 protected:
  // Lets the queue tick until nothing is armed any more.
  void run() {
    io.restart();
    io.run();
  }

  asio::io_context io;
  DeadlineQueue queue{io.get_executor()};
};

TEST_F(DeadlineTest, CallsOnceNeverEarly) {
  int called = 0;
  Deadline deadline(queue, [&called] { ++called; });
  EXPECT_FALSE(deadline.armed());
  const core::TimePoint start = core::SteadyClock::now();
  deadline.arm(milliseconds(30));
  EXPECT_TRUE(deadline.armed());
  EXPECT_FALSE(deadline.expired());
  run();
  EXPECT_GE(core::SteadyClock::now() - start, milliseconds(30));
  EXPECT_EQ(called, 1);
  EXPECT_FALSE(deadline.armed());
  EXPECT_TRUE(deadline.expired());
}

TEST_F(DeadlineTest, DisarmedItDoesNotCall) {
  int called = 0;
  Deadline deadline(queue, [&called] { ++called; });
  deadline.arm(milliseconds(1));
  deadline.disarm();
  deadline.disarm();
  deadline.arm(milliseconds(1));
  deadline.arm(milliseconds(0));
  EXPECT_FALSE(deadline.armed());
  deadline.arm(milliseconds(-1));
  EXPECT_FALSE(deadline.armed());
  {
    Deadline ended(queue, [&called] { ++called; });
    ended.arm(milliseconds(1));
  }
  run();
  EXPECT_EQ(called, 0);
  EXPECT_FALSE(deadline.expired());
}

TEST_F(DeadlineTest, ANewTimeReplacesTheOld) {
  const core::TimePoint start = core::SteadyClock::now();
  int called = 0;
  Deadline later(queue, [&called] { ++called; });
  later.arm(milliseconds(1));
  later.arm(milliseconds(50));
  Deadline sooner(queue, [&called] { ++called; });
  sooner.arm(milliseconds(100000));
  sooner.arm(milliseconds(1));
  run();
  EXPECT_EQ(called, 2);
  const auto took = core::SteadyClock::now() - start;
  EXPECT_GE(took, milliseconds(50));
  EXPECT_LT(took, milliseconds(50000));
}

TEST_F(DeadlineTest, CanBeArmedAgainFromItsOwnCall) {
  int called = 0;
  std::unique_ptr<Deadline> deadline;
  deadline = std::make_unique<Deadline>(queue, [&] {
    EXPECT_TRUE(deadline->expired());
    EXPECT_FALSE(deadline->armed());
    if (++called < 2) deadline->arm(milliseconds(1));
  });
  deadline->arm(milliseconds(1));
  run();
  EXPECT_EQ(called, 2);
}

// Whoever expires first may end any of the others, those that are due in the same tick included.
TEST_F(DeadlineTest, ACallMayDestroyAnyDeadline) {
  for (std::size_t doomed = 0; doomed < 4; ++doomed) {
    std::vector<std::unique_ptr<Deadline>> deadlines(4);
    std::vector<std::size_t> called;
    for (std::size_t i = 0; i < deadlines.size(); ++i) {
      deadlines[i] = std::make_unique<Deadline>(queue, [&, i] {
        called.push_back(i);
        if (called.size() == 1) deadlines[doomed].reset();
      });
      deadlines[i]->arm(milliseconds(1));
    }
    run();
    const std::size_t expected = called.front() == doomed ? 4 : 3;
    EXPECT_EQ(called.size(), expected) << doomed;
  }
}

TEST_F(DeadlineTest, ACallMayDestroyAllOfThem) {
  std::vector<std::unique_ptr<Deadline>> deadlines;
  int called = 0;
  for (int i = 0; i < 3; ++i) {
    deadlines.push_back(std::make_unique<Deadline>(queue, [&] {
      ++called;
      deadlines.clear();
    }));
    deadlines.back()->arm(milliseconds(1));
  }
  run();
  EXPECT_EQ(called, 1);
}

}  // namespace
}  // namespace sqlproxy::net
