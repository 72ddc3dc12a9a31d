#include "core/secret.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::core {
namespace {

TEST(Secret, MovingLeavesNothingBehind) {
  Secret from("hunter2");
  const Secret to(std::move(from));
  EXPECT_EQ(to.reveal(), "hunter2");
  EXPECT_TRUE(from.empty());  // NOLINT(bugprone-use-after-move): what is left is what the test is about
}

TEST(Secret, AssignmentReplaces) {
  Secret a("one");
  const Secret b("two");
  a = b;
  EXPECT_EQ(a.reveal(), "two");
  EXPECT_EQ(b.reveal(), "two");
}

TEST(ConstantTimeEqual, ComparesBytesAndLengths) {
  EXPECT_TRUE(constant_time_equal("", ""));
  EXPECT_TRUE(constant_time_equal("abc", "abc"));
  EXPECT_FALSE(constant_time_equal("abc", "abd"));
  EXPECT_FALSE(constant_time_equal("abc", "ab"));
}

}  // namespace
}  // namespace sqlproxy::core
