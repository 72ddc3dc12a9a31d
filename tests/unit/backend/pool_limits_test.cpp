#include "backend/pool_limits.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::backend {
namespace {

class PoolLimitsTest : public ::testing::Test {
 protected:
  PoolLimits::WaiterPtr enqueue(const PoolKey& pool, int& woken) {
    return limits.enqueue(pool, [&woken] { ++woken; });
  }

  const PoolKey key{"acme", "app", "app", "service"};
  const PoolKey other{"globex", "app", "app", "service"};
  PoolLimits limits;
};

TEST_F(PoolLimitsTest, GivesAsManyPlacesAsThereAre) {
  EXPECT_EQ(limits.taken(key), 0U);
  EXPECT_TRUE(limits.try_take(key, 2));
  EXPECT_TRUE(limits.try_take(key, 2));
  EXPECT_FALSE(limits.try_take(key, 2));
  EXPECT_EQ(limits.taken(key), 2U);
  EXPECT_TRUE(limits.try_take(other, 1)) << "pools do not share their places";
  limits.give_back(key);
  EXPECT_EQ(limits.taken(key), 1U);
  EXPECT_TRUE(limits.try_take(key, 2));
  EXPECT_FALSE(limits.try_take(key, 0));
}

TEST_F(PoolLimitsTest, APlaceGivenBackGoesToTheFirstInTheQueue) {
  int first_woken = 0;
  int second_woken = 0;
  ASSERT_TRUE(limits.try_take(key, 1));
  const auto first = enqueue(key, first_woken);
  const auto second = enqueue(key, second_woken);
  EXPECT_TRUE(limits.has_waiters(key));
  EXPECT_FALSE(limits.has_waiters(other));
  EXPECT_FALSE(limits.granted(*first));
  limits.give_back(key);
  EXPECT_TRUE(limits.granted(*first));
  EXPECT_FALSE(limits.granted(*second));
  EXPECT_EQ(first_woken, 1);
  EXPECT_EQ(second_woken, 0);
  EXPECT_EQ(limits.taken(key), 1U) << "the place went from one to the other";
  EXPECT_TRUE(limits.leave(key, first));
  limits.give_back(key);
  EXPECT_TRUE(limits.leave(key, second));
  EXPECT_FALSE(limits.has_waiters(key));
  limits.give_back(key);
  EXPECT_EQ(limits.taken(key), 0U);
  EXPECT_EQ(first_woken, 1);
}

TEST_F(PoolLimitsTest, NobodyOvertakesTheQueue) {
  int woken = 0;
  ASSERT_TRUE(limits.try_take(key, 1));
  const auto waiter = enqueue(key, woken);
  EXPECT_FALSE(limits.try_take(key, 2)) << "a larger limit is no way around those who wait";
  EXPECT_FALSE(limits.leave(key, waiter));
  EXPECT_TRUE(limits.try_take(key, 2));
  limits.give_back(key);
  EXPECT_EQ(woken, 0) << "who has left is not woken";
}

// Between a try_take() that finds nothing and the enqueue() that follows, another worker may give a place back; with
// nobody in the queue then, nobody would be woken.
TEST_F(PoolLimitsTest, APlaceThatBecameFreeBeforeTheQueueWasJoinedIsNotLost) {
  int woken = 0;
  ASSERT_TRUE(limits.try_take(key, 1));
  ASSERT_FALSE(limits.try_take(key, 1));
  limits.give_back(key);
  const auto waiter = enqueue(key, woken);
  EXPECT_TRUE(limits.granted(*waiter));
  EXPECT_EQ(limits.taken(key), 1U);
  EXPECT_FALSE(limits.has_waiters(key));
  EXPECT_TRUE(limits.leave(key, waiter));
}

TEST_F(PoolLimitsTest, WhoWaitsHasIdleConnectionsEvicted) {
  int woken = 0;
  std::vector<PoolKey> asked;
  ASSERT_TRUE(limits.try_take(key, 1));
  // An evictor may give the place back at once.
  limits.add_evictor([&](const PoolKey& pool) {
    asked.push_back(pool);
    limits.give_back(pool);
  });
  const auto waiter = enqueue(key, woken);
  EXPECT_EQ(asked, std::vector{key});
  EXPECT_TRUE(limits.granted(*waiter));
  EXPECT_EQ(woken, 1);
}

TEST_F(PoolLimitsTest, AWaiterMayTakePartAgainWhenItIsWoken) {
  ASSERT_TRUE(limits.try_take(key, 1));
  bool free_again = false;
  const auto waiter = limits.enqueue(key, [&] {
    limits.give_back(key);
    free_again = limits.try_take(key, 1);
  });
  limits.give_back(key);
  EXPECT_TRUE(free_again) << "called without a lock";
  EXPECT_TRUE(limits.granted(*waiter));
}

}  // namespace
}  // namespace sqlproxy::backend
