#include "backend/shared_pool.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "backend/server_pool.hpp"

namespace sqlproxy::backend {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using Outcome = SharedPool::Claim::Outcome;
using Life = SharedPool::Life;
using Unfit = SharedPool::Unfit;

// Two workers that do nothing: the orders are looked at, not carried out.
class SharedPoolTest : public ::testing::Test {
 protected:
  [[nodiscard]] ConnectionKindPtr kind(const std::string& options) {
    return pool->kind(target, StartupSettings{options, {}});
  }
  [[nodiscard]] PoolWaiterPtr waiter(ServerPool& in, const ConnectionKindPtr& wanted) {
    return std::make_shared<PoolWaiter>(io.get_executor(), in, wanted, 0);
  }
  // A connection in use: its opening has been ordered for somebody who has left.
  void take_place(const ConnectionKindPtr& of, std::size_t limit) {
    const PoolWaiterPtr opener = waiter(a, of);
    ASSERT_EQ(pool->join(opener, limit).openings.size(), 1U);
    pool->leave(*opener);
    ASSERT_THAT(pool->opened(of).openings, IsEmpty());
  }

  asio::io_context io;
  net::DeadlineQueue deadlines{io.get_executor()};
  PoolLimits limits;
  ServerPool a{io.get_executor(), deadlines, limits};
  ServerPool b{io.get_executor(), deadlines, limits};
  std::shared_ptr<const ServerTarget> target = std::make_shared<ServerTarget>();
  SharedPoolPtr pool = limits.pool({"acme", "app", "app", "service"});
  ConnectionKindPtr x = kind("x");
  ConnectionKindPtr y = kind("y");
};

TEST_F(SharedPoolTest, ExistsOnceForEachKeyWhileItIsKept) {
  EXPECT_EQ(limits.pool(pool->key()), pool);
  EXPECT_NE(limits.pool({"globex", "app", "app", "service"}), pool);
  EXPECT_EQ(limits.counts().size(), 1U);
  pool->count_idle(1, 1);
  EXPECT_EQ(limits.counts().front().second.idle, 1U);
  const PoolKey key = pool->key();
  pool = nullptr;
  EXPECT_EQ(limits.pool(key)->counts().idle, 0U);
  for (int i = 0; i < 1000; ++i) (void)limits.pool({"acme", "app", std::to_string(i), "service"});
  EXPECT_THAT(limits.counts(), IsEmpty());
}

TEST_F(SharedPoolTest, AKindIsOneObject) {
  EXPECT_EQ(kind("x"), x);
  EXPECT_NE(x, y);
  target = std::make_shared<ServerTarget>();
  EXPECT_EQ(kind("x"), x) << "the same server by its value";
  auto other = std::make_shared<ServerTarget>();
  other->port = 6000;
  target = other;
  EXPECT_NE(kind("x"), x);
}

TEST_F(SharedPoolTest, OpensForWhoeverWaitsUpToTheLimit) {
  const PoolWaiterPtr first = waiter(a, x);
  const PoolWaiterPtr second = waiter(b, y);
  const PoolWaiterPtr third = waiter(a, x);
  const auto one = pool->join(first, 2);
  ASSERT_EQ(one.openings.size(), 1U);
  EXPECT_EQ(one.openings[0].pool, &a);
  EXPECT_EQ(one.openings[0].kind, x);
  const auto two = pool->join(second, 2);
  ASSERT_EQ(two.openings.size(), 1U);
  EXPECT_EQ(two.openings[0].pool, &b);
  EXPECT_THAT(pool->join(third, 2).openings, IsEmpty());
  EXPECT_EQ(pool->counts().taken, 2U);
  EXPECT_EQ(pool->counts().opening, 2U);
  EXPECT_EQ(pool->counts().waiting, 3U);
  EXPECT_THAT(pool->opening_failed(y, {LoginFailure::Cause::refused, {}}, {}).refused, ElementsAre(second));
  EXPECT_EQ(pool->counts().opening, 2U) << "the place is taken by one for the third";
}

TEST_F(SharedPoolTest, WhatIsFreeGoesToTheFirst) {
  take_place(x, 1);
  const PoolWaiterPtr first = waiter(a, x);
  const PoolWaiterPtr second = waiter(b, x);
  EXPECT_FALSE(pool->has_waiters());
  EXPECT_THAT(pool->join(first, 1).openings, IsEmpty());
  EXPECT_THAT(pool->join(second, 1).openings, IsEmpty());
  EXPECT_TRUE(pool->has_waiters());
  EXPECT_EQ(pool->claim(x, Life::certain, Unfit::close).waiter, first);
  EXPECT_THAT(pool->join(first, SharedPool::kSameLimit, SharedPool::End::front).openings, IsEmpty());
  EXPECT_EQ(pool->claim(x, Life::certain, Unfit::close).waiter, first) << "it was of no use to it the first time";
  pool->leave(*first);
  EXPECT_EQ(pool->claim(x, Life::certain, Unfit::close).waiter, second);
  EXPECT_EQ(pool->claim(x, Life::certain, Unfit::close).outcome, Outcome::unwanted);
  EXPECT_FALSE(pool->has_waiters());
}

TEST_F(SharedPoolTest, AtTheLimitAnotherKindMakesRoomForTheFirst) {
  take_place(x, 1);
  const PoolWaiterPtr first = waiter(b, y);
  const PoolWaiterPtr second = waiter(a, x);
  EXPECT_THAT(pool->join(first, 1).openings, IsEmpty());
  EXPECT_THAT(pool->join(second, 1).openings, IsEmpty());
  const auto claim = pool->claim(x, Life::certain, Unfit::close);
  EXPECT_EQ(claim.outcome, Outcome::to_close);
  EXPECT_EQ(claim.heir.pool, &b);
  EXPECT_EQ(claim.heir.kind, y);
  EXPECT_EQ(pool->counts().taken, 1U);
  EXPECT_EQ(pool->claim(x, Life::certain, Unfit::close).waiter, second) << "something is coming for the first";
}

TEST_F(SharedPoolTest, IdleConnectionsAreOfferedBeforeAnythingIsOpened) {
  take_place(x, 5);
  pool->count_idle(1, 1);
  const PoolWaiterPtr first = waiter(a, x);
  const PoolWaiterPtr second = waiter(a, x);
  const auto orders = pool->join(first, 5);
  EXPECT_THAT(orders.openings, IsEmpty());
  EXPECT_THAT(orders.offers, ElementsAre(&b));
  EXPECT_THAT(pool->join(second, 5).offers, IsEmpty()) << "it is asked already";
  pool->begin_offer(1);
  EXPECT_EQ(pool->claim(x, Life::certain, Unfit::keep).waiter, first);
  pool->count_idle(1, -1);
  EXPECT_EQ(pool->end_offer().openings.size(), 1U) << "for the second";
}

TEST_F(SharedPoolTest, AConnectionInDoubtIsCheckedForOneWaiterOnly) {
  take_place(x, 2);
  const PoolWaiterPtr first = waiter(a, x);
  pool->count_idle(0, 1);
  EXPECT_THAT(pool->join(first, 2).offers, ElementsAre(&a));
  pool->begin_offer(0);
  EXPECT_EQ(pool->claim(x, Life::to_be_checked, Unfit::keep).outcome, Outcome::to_check);
  EXPECT_EQ(pool->claim(x, Life::to_be_checked, Unfit::keep).outcome, Outcome::unwanted);
  EXPECT_THAT(pool->end_offer().openings, IsEmpty()) << "it waits for the answer";
  EXPECT_EQ(pool->arrived(x).openings.size(), 1U) << "which does not come";
}

TEST_F(SharedPoolTest, ShrinksToTheMinimumAndNoFurther) {
  take_place(x, 3);
  take_place(x, 3);
  EXPECT_TRUE(pool->may_shrink(1));
  EXPECT_FALSE(pool->may_shrink(1)) << "the other one is being closed already";
  EXPECT_THAT(pool->give_back(true).openings, IsEmpty());
  EXPECT_FALSE(pool->may_shrink(1));
  EXPECT_TRUE(pool->may_shrink(0));
  EXPECT_THAT(pool->give_back(true).openings, IsEmpty());
  EXPECT_EQ(pool->fill(a, x, 2, 3).openings.size(), 2U);
  EXPECT_THAT(pool->fill(b, x, 2, 3).openings, IsEmpty());
  EXPECT_EQ(pool->fill(b, x, 5, 3).openings.size(), 1U) << "within the limit";
}

TEST_F(SharedPoolTest, WhileTheServerLetsNobodyInOneAttemptIsMadeAtATime) {
  const LoginFailure down{LoginFailure::Cause::network, {}};
  const PoolWaiterPtr first = waiter(a, x);
  EXPECT_EQ(pool->join(first, 5).openings.size(), 1U);
  EXPECT_THAT(pool->opening_failed(x, down, core::SteadyClock::now()).refused, ElementsAre(first));
  EXPECT_TRUE(pool->remembered_failure(*target));

  const PoolWaiterPtr second = waiter(a, x);
  const PoolWaiterPtr third = waiter(b, x);
  EXPECT_EQ(pool->join(second, 5).openings.size(), 1U);
  EXPECT_THAT(pool->join(third, 5).openings, IsEmpty());
  EXPECT_THAT(pool->opening_failed(x, down, core::SteadyClock::now()).refused, ElementsAre(second, third));
  EXPECT_THAT(pool->join(first, 5).refused, ElementsAre(first)) << "without another attempt";
  EXPECT_EQ(pool->counts().taken, 0U);
  EXPECT_THAT(pool->fill(a, x, 2, 5).openings, IsEmpty());

  auto elsewhere = std::make_shared<ServerTarget>();
  elsewhere->port = 6000;
  target = elsewhere;
  EXPECT_EQ(pool->join(waiter(a, kind("x")), 5).openings.size(), 1U) << "another server is another matter";
  EXPECT_FALSE(pool->remembered_failure(*target));
}

}  // namespace
}  // namespace sqlproxy::backend
