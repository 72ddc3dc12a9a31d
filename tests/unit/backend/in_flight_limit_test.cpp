#include "backend/in_flight_limit.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace sqlproxy::backend {
namespace {

class InFlightLimitTest : public ::testing::Test {
 protected:
  [[nodiscard]] InFlightLimit::WaiterPtr join() {
    auto waiter = std::make_shared<InFlightLimit::Waiter>(io.get_executor(), changed);
    limit->join(waiter);
    return waiter;
  }
  // Does what was posted.
  void run() {
    io.restart();
    io.poll();
  }

  asio::io_context io{1};
  net::Signal changed{io.get_executor()};
  std::shared_ptr<InFlightLimit> limit = std::make_shared<InFlightLimit>(2);
};

TEST_F(InFlightLimitTest, AsManyAsTheLimit) {
  EXPECT_TRUE(limit->try_take());
  EXPECT_TRUE(limit->try_take());
  EXPECT_FALSE(limit->try_take());
  limit->give_back();
  EXPECT_TRUE(limit->try_take());
  EXPECT_EQ(limit->counts().running, 2U);
}

TEST_F(InFlightLimitTest, FirstComeFirstServedAndNobodyOvertakes) {
  EXPECT_TRUE(limit->try_take());
  EXPECT_TRUE(limit->try_take());
  const auto first = join();
  const auto second = join();
  EXPECT_EQ(limit->counts().waiting, 2U);
  limit->give_back();
  EXPECT_FALSE(limit->try_take()) << "it is the first one's already";
  run();
  EXPECT_TRUE(first->granted);
  EXPECT_FALSE(second->granted);
  limit->give_back();
  run();
  EXPECT_TRUE(second->granted);
  EXPECT_EQ(limit->counts().running, 2U);
  EXPECT_EQ(limit->counts().waiting, 0U);
}

TEST_F(InFlightLimitTest, WhoLeavesIsPassedOver) {
  EXPECT_TRUE(limit->try_take());
  EXPECT_TRUE(limit->try_take());
  const auto first = join();
  const auto second = join();
  limit->leave(first);
  limit->give_back();
  run();
  EXPECT_FALSE(first->granted);
  EXPECT_TRUE(second->granted);
}

TEST_F(InFlightLimitTest, APermitOnItsWayToOneWhoHasLeftGoesToTheNext) {
  EXPECT_TRUE(limit->try_take());
  EXPECT_TRUE(limit->try_take());
  const auto first = join();
  const auto second = join();
  limit->give_back();
  limit->leave(first);
  run();
  run();
  EXPECT_FALSE(first->granted);
  EXPECT_TRUE(second->granted);
  EXPECT_EQ(limit->counts().running, 2U);
}

TEST_F(InFlightLimitTest, AChangedLimitHoldsAtOnce) {
  EXPECT_TRUE(limit->try_take());
  EXPECT_TRUE(limit->try_take());
  const auto first = join();
  limit->set_limit(3);
  run();
  EXPECT_TRUE(first->granted);
  limit->set_limit(1);
  limit->give_back();
  limit->give_back();
  EXPECT_FALSE(limit->try_take()) << "one still runs";
  limit->give_back();
  EXPECT_TRUE(limit->try_take());
  limit->set_limit(0);
  for (int i = 0; i < 100; ++i) EXPECT_TRUE(limit->try_take());
}

TEST_F(InFlightLimitTest, TheLimitHoldsBetweenThreads) {
  std::atomic<int> running{0};
  std::atomic<int> most{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < 4; ++i) {
    threads.emplace_back([&] {
      asio::io_context own{1};
      net::Signal own_changed{own.get_executor()};
      const auto work = asio::make_work_guard(own);
      for (int n = 0; n < 2000; ++n) {
        if (!limit->try_take()) {
          const auto waiter = std::make_shared<InFlightLimit::Waiter>(own.get_executor(), own_changed);
          limit->join(waiter);
          while (!waiter->granted) own.run_one();
          limit->leave(waiter);
        }
        const int now = ++running;
        for (int seen = most; now > seen && !most.compare_exchange_weak(seen, now);) {
        }
        --running;
        limit->give_back();
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_LE(most, 2);
  EXPECT_EQ(limit->counts().running, 0U);
  EXPECT_EQ(limit->counts().waiting, 0U);
}

TEST(InFlightLimits, OneForEachDatabaseThatHasOne) {
  InFlightLimits limits;
  EXPECT_EQ(limits.of("free", 0), nullptr);
  const InFlightLimitPtr app = limits.of("app", 5);
  EXPECT_EQ(limits.of("app", 7), app);
  EXPECT_EQ(app->counts().limit, 7U);
  EXPECT_EQ(limits.of("app", 0), app) << "who runs is counted on";
  EXPECT_EQ(limits.counts().size(), 1U);
}

}  // namespace
}  // namespace sqlproxy::backend
