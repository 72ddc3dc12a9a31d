#include "frontend/client_limits.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::frontend {
namespace {

using By = ClientLimits::By;

TEST(ClientLimits, CountsUpToTheLimitAndDownAgain) {
  ClientLimits limits;
  auto first = limits.take(By::user, "ann", 2);
  auto second = limits.take(By::user, "ann", 2);
  EXPECT_TRUE(first && second);
  EXPECT_FALSE(limits.take(By::user, "ann", 2));
  EXPECT_TRUE(limits.take(By::user, "bob", 2));
  EXPECT_TRUE(limits.take(By::tenant, "ann", 2)) << "names of another kind";
  first.reset();
  EXPECT_EQ(limits.counts(By::user), (std::vector<std::pair<std::string, std::size_t>>{{"ann", 1}}));
  EXPECT_TRUE(limits.take(By::user, "ann", 2));
}

TEST(ClientLimits, WithoutALimitEverybodyIsCounted) {
  ClientLimits limits;
  std::vector<ClientLimits::Seat> seats;
  for (int i = 0; i < 100; ++i) seats.push_back(*limits.take(By::address, "10.0.0.1", std::nullopt));
  EXPECT_EQ(limits.counts(By::address).front().second, 100U);
  EXPECT_FALSE(limits.take(By::address, "10.0.0.1", 100)) << "a limit that a reload brings counts those that are there";
  seats.clear();
  EXPECT_TRUE(limits.counts(By::address).empty());
}

TEST(ClientLimits, ASeatMovesWithoutCountingTwice) {
  ClientLimits limits;
  ClientLimits::Seat seat = *limits.take(By::user, "ann", 1);
  ClientLimits::Seat other = std::move(seat);
  EXPECT_EQ(limits.counts(By::user).size(), 1U);
  other = ClientLimits::Seat();
  EXPECT_TRUE(limits.counts(By::user).empty());
}

}  // namespace
}  // namespace sqlproxy::frontend
