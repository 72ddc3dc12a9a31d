#include "pipeline/rate_limiter.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::pipeline {
namespace {

using std::chrono::milliseconds;

class RateLimiterTest : public ::testing::Test {
 protected:
  [[nodiscard]] StatementLimits limits(const std::string& user, const std::string& database = "app",
                                       const std::string& tenant = "default", std::vector<std::string> roles = {}) {
    return limiter.limits_of({user, std::move(roles), tenant}, database, now);
  }
  [[nodiscard]] int passes(const StatementLimits& of, int attempts) const {
    int passed = 0;
    for (int i = 0; i < attempts; ++i) passed += of.admit(1, now) ? 0 : 1;
    return passed;
  }
  // The level that refuses the next statement.
  [[nodiscard]] std::string level(const StatementLimits& of) const {
    const auto refused = of.admit(1, now);
    return refused ? std::string(name_of(refused->level)) : "";
  }

  RateLimiter limiter;
  core::TimePoint now{std::chrono::hours(1)};
};

TEST_F(RateLimiterTest, WithoutRulesNothingIsLimited) {
  EXPECT_FALSE(limits("ann").any());
  EXPECT_EQ(passes(limits("ann"), 1000), 1000);
  EXPECT_FALSE(limiter.admit_login("10.0.0.1", now));
}

TEST_F(RateLimiterTest, EachLevelCountsForItself) {
  limiter.use({.global = RateLimit{1, 10}}, now);
  EXPECT_EQ(passes(limits("ann", "a"), 6), 6);
  EXPECT_EQ(passes(limits("bob", "b"), 6), 4);
  EXPECT_EQ(level(limits("cid", "c")), "global");

  limiter.use({.per_user = RateLimit{1, 3}}, now);
  EXPECT_EQ(passes(limits("ann", "a"), 2), 2);
  EXPECT_EQ(passes(limits("ann", "b"), 2), 1) << "a user has one bucket for all databases";
  EXPECT_EQ(passes(limits("bob", "b"), 5), 3);
  EXPECT_EQ(level(limits("bob", "a")), "user");

  limiter.use({.per_database = RateLimit{1, 3}}, now);
  EXPECT_EQ(passes(limits("ann", "x"), 2), 2);
  EXPECT_EQ(passes(limits("bob", "x"), 2), 1);
  EXPECT_EQ(passes(limits("bob", "y"), 5), 3);
  EXPECT_EQ(level(limits("cid", "y")), "database");

  limiter.use({.per_user_database = RateLimit{1, 3}}, now);
  EXPECT_EQ(passes(limits("ann", "x"), 5), 3);
  EXPECT_EQ(passes(limits("ann", "y"), 5), 3);
  EXPECT_EQ(passes(limits("bob", "x"), 5), 3);
  EXPECT_EQ(level(limits("bob", "x")), "user_database");

  RateRules rules;
  rules.tenants["acme"] = {1, 3};
  limiter.use(rules, now);
  EXPECT_EQ(passes(limits("ann", "x", "acme"), 2), 2);
  EXPECT_EQ(passes(limits("bob", "y", "acme"), 2), 1);
  EXPECT_EQ(level(limits("bob", "y", "acme")), "tenant");
  EXPECT_FALSE(limits("cid", "y", "other").any());
}

TEST_F(RateLimiterTest, WhatOneLevelRefusesTheOthersDoNotCount) {
  limiter.use({.global = RateLimit{1, 10}, .per_user = RateLimit{1, 2}, .per_database = RateLimit{1, 6}}, now);
  EXPECT_EQ(passes(limits("ann"), 1000), 2);
  EXPECT_EQ(passes(limits("bob"), 1000), 2);
  EXPECT_EQ(passes(limits("cid"), 1000), 2) << "the thousands that were refused have taken nothing";
  EXPECT_EQ(passes(limits("dan"), 1000), 0);
  EXPECT_EQ(level(limits("dan")), "database");
  EXPECT_EQ(passes(limits("dan", "other"), 1000), 2);
  EXPECT_EQ(passes(limits("eve", "other"), 1000), 2);
  EXPECT_EQ(passes(limits("fay", "third"), 1000), 0) << "6 and 4 of the 10 are gone";
  EXPECT_EQ(limiter.refused(LimitLevel::global), 1998U) << "what was left of eve's and all of fay's";
  EXPECT_EQ(limiter.refused(LimitLevel::user_database), 0U);
}

TEST_F(RateLimiterTest, TheErrorNamesTheLevelThatIsLongestInTheWay) {
  limiter.use({.global = RateLimit{100, 1}, .per_user = RateLimit{2, 1}}, now);
  const StatementLimits ann = limits("ann");
  EXPECT_FALSE(ann.admit(1, now));
  const auto refused = ann.admit(1, now);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->level, LimitLevel::user);
  EXPECT_EQ(refused->wait, milliseconds(500));
  const core::Error error = refused->error();
  EXPECT_EQ(error.sqlstate.text(), "54000");
  EXPECT_EQ(error.message, "rate limit exceeded");
  EXPECT_EQ(error.detail, "The limit for the user's statements is 2 a second, with bursts of 1.");
  EXPECT_EQ(error.hint, R"(Try again in 500 ms (level "user").)");
  now += milliseconds(500);
  EXPECT_FALSE(ann.admit(1, now));
}

TEST_F(RateLimiterTest, AMessagePassesWholeOrNotAtAll) {
  limiter.use({.global = RateLimit{1, 10}}, now);
  const StatementLimits ann = limits("ann");
  EXPECT_FALSE(ann.admit(7, now));
  EXPECT_TRUE(ann.admit(4, now));
  EXPECT_FALSE(ann.admit(3, now));
  const auto refused = ann.admit(11, now);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->error().hint, R"(The message has more statements than a burst of the level "global"; split it.)");
}

TEST_F(RateLimiterTest, OverridesTakeThePlaceOfTheUsersOwnLevels) {
  RateRules rules{.global = RateLimit{1, 1000}, .per_user = RateLimit{1, 2}, .per_user_database = RateLimit{1, 1}};
  rules.overrides = {{RateOverride::Of::tenant, "acme", {1, 7}},
                     {RateOverride::Of::role, "batch", {1, 5}},
                     {RateOverride::Of::user, "etl", {1, 20}}};
  limiter.use(rules, now);
  EXPECT_EQ(passes(limits("ann"), 50), 1);
  EXPECT_EQ(passes(limits("etl"), 50), 20);
  EXPECT_EQ(passes(limits("bob", "app", "default", {"batch"}), 50), 5);
  EXPECT_EQ(passes(limits("cid", "app", "default", {"batch"}), 50), 5) << "each of the role has a bucket alone";
  EXPECT_EQ(passes(limits("dan", "app", "acme"), 50), 7);
  EXPECT_EQ(passes(limits("eve", "app", "acme", {"batch"}), 50), 5) << "the role goes before the tenant";
}

TEST_F(RateLimiterTest, ConnectingAnewOrReloadingGainsNothing) {
  limiter.use({.per_user = RateLimit{1, 5}}, now);
  EXPECT_EQ(passes(limits("ann"), 3), 3);
  EXPECT_EQ(passes(limits("ann"), 3), 2);
  limiter.use({.per_user = RateLimit{1, 5}}, now);
  EXPECT_EQ(passes(limits("ann"), 3), 0);
  limiter.use({.per_user = RateLimit{100, 5}}, now);
  const StatementLimits faster = limits("ann");
  now += milliseconds(30);
  EXPECT_EQ(passes(faster, 10), 3);
}

TEST_F(RateLimiterTest, LoginsAreCountedByAddress) {
  limiter.use({.logins_per_address = RateLimit{10, 2}}, now);
  EXPECT_FALSE(limiter.admit_login("10.0.0.1", now));
  EXPECT_FALSE(limiter.admit_login("10.0.0.1", now));
  const auto refused = limiter.admit_login("10.0.0.1", now);
  ASSERT_TRUE(refused);
  EXPECT_EQ(refused->error().hint, R"(Try again in 100 ms (level "login").)");
  EXPECT_FALSE(limiter.admit_login("10.0.0.2", now));
  EXPECT_EQ(limiter.refused(LimitLevel::login), 1U);
  EXPECT_FALSE(limits("ann").any());
}

TEST_F(RateLimiterTest, FullBucketsThatNobodyUsesGo) {
  limiter.use({.logins_per_address = RateLimit{1, 1}}, now);
  for (std::size_t i = 0; i < 3 * RateLimiter::kBucketsKept; ++i) {
    now += milliseconds(1);
    EXPECT_FALSE(limiter.admit_login(std::to_string(i), now));
  }
  EXPECT_LE(limiter.buckets(), RateLimiter::kBucketsKept + 1);
  EXPECT_TRUE(limiter.admit_login(std::to_string(3 * RateLimiter::kBucketsKept - 1), now)) << "the newest are not full";
}

}  // namespace
}  // namespace sqlproxy::pipeline
