#include "core/rare.hpp"

#include <gtest/gtest.h>

#include <optional>
#include <string>

namespace sqlproxy::core {
namespace {

TEST(Rare, TakesThePlaceOfAPointerAndHoldsAValueOnDemand) {
  static_assert(sizeof(Rare<std::string>) == sizeof(void*));
  Rare<std::string> rare;
  EXPECT_FALSE(rare);
  EXPECT_EQ(rare.copy(), std::nullopt);
  rare = std::string("value");
  ASSERT_TRUE(rare.has_value());
  EXPECT_EQ(*rare, "value");
  EXPECT_EQ(rare->size(), 5U);
  EXPECT_EQ(rare.copy(), "value");
  EXPECT_TRUE(rare.has_value());
  rare.reset();
  EXPECT_FALSE(rare);
  EXPECT_EQ(rare.emplace(), "");
}

TEST(Rare, GivesItsValueAwayOnce) {
  Rare<std::string> rare(std::optional<std::string>("value"));
  EXPECT_EQ(rare.take(), "value");
  EXPECT_FALSE(rare);
  EXPECT_EQ(rare.take(), std::nullopt);
}

TEST(Rare, FollowsAnOptional) {
  Rare<std::string> rare;
  rare = std::optional<std::string>("value");
  EXPECT_EQ(rare.copy(), "value");
  rare = std::optional<std::string>();
  EXPECT_FALSE(rare);
}

}  // namespace
}  // namespace sqlproxy::core
