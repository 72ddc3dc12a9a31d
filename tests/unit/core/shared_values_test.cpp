#include "core/shared_values.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace sqlproxy::core {
namespace {

TEST(SharedValues, EqualValuesAreOneAndTheSame) {
  SharedValues<std::string> values;
  const auto first = values.share("one");
  const auto other = values.share("two");
  EXPECT_EQ(values.share("one"), first);
  EXPECT_EQ(values.share("two"), other);
  EXPECT_NE(first, other);
  EXPECT_EQ(*first, "one");
  EXPECT_EQ(values.size(), 2U);
}

TEST(SharedValues, WhatNobodyHoldsIsForgotten) {
  SharedValues<std::string> values;
  for (int i = 0; i < 1000; ++i) (void)values.share(std::to_string(i));
  EXPECT_LE(values.size(), 1U);
}

TEST(SharedValues, KnowsABoundedNumberAndKeepsWhatIsAskedFor) {
  SharedValues<int> values;
  const auto common = values.share(-1);
  std::vector<std::shared_ptr<const int>> held;
  for (int i = 0; i < 1000; ++i) {
    held.push_back(values.share(i));
    ASSERT_EQ(values.share(-1), common) << i;
    ASSERT_LE(values.size(), SharedValues<int>::kMaxKnown);
  }
  // Another one than before, with the same value.
  EXPECT_NE(values.share(7), held[7]);
}

TEST(SharedValues, OutlivedByWhatItHandsOut) {
  std::shared_ptr<const std::string> held;
  {
    SharedValues<std::string> values;
    held = values.share("value");
  }
  EXPECT_EQ(*held, "value");
}

}  // namespace
}  // namespace sqlproxy::core
