#include "frontend/login_throttle.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::frontend {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;

class LoginThrottleTest : public ::testing::Test {
 protected:
  LoginThrottle throttle;
  core::TimePoint now{seconds(1000)};
};

TEST_F(LoginThrottleTest, EachFailureDoublesTheDelayUpToABound) {
  milliseconds expected = LoginThrottle::kFirst;
  for (int failure = 0; failure < 20; ++failure) {
    EXPECT_EQ(throttle.failed("a", now), expected) << failure;
    expected = std::min(expected * 2, LoginThrottle::kLongest);
  }
  EXPECT_EQ(throttle.failed("a", now), LoginThrottle::kLongest);
}

TEST_F(LoginThrottleTest, AddressesDoNotShareTheirFailures) {
  (void)throttle.failed("a", now);
  (void)throttle.failed("a", now);
  EXPECT_EQ(throttle.failed("b", now), LoginThrottle::kFirst);
  EXPECT_EQ(throttle.failed("a", now), LoginThrottle::kFirst * 4);
}

TEST_F(LoginThrottleTest, ASuccessForgets) {
  (void)throttle.failed("a", now);
  (void)throttle.failed("b", now);
  throttle.succeeded("a");
  throttle.succeeded("nobody");
  EXPECT_EQ(throttle.failed("a", now), LoginThrottle::kFirst);
  EXPECT_EQ(throttle.failed("b", now), LoginThrottle::kFirst * 2);
}

TEST_F(LoginThrottleTest, AQuietMinuteForgets) {
  (void)throttle.failed("a", now);
  EXPECT_EQ(throttle.failed("a", now += seconds(60)), LoginThrottle::kFirst * 2);
  EXPECT_EQ(throttle.failed("a", now += seconds(61)), LoginThrottle::kFirst);
}

TEST_F(LoginThrottleTest, ManyAddressesPushOutForgottenOnesFirst) {
  for (std::size_t i = 0; i + 1 < LoginThrottle::kMaxAddresses; ++i) (void)throttle.failed(std::to_string(i), now);
  now += seconds(61);
  (void)throttle.failed("recent", now);
  (void)throttle.failed("new", now);
  EXPECT_EQ(throttle.failed("recent", now), LoginThrottle::kFirst * 2);
  EXPECT_EQ(throttle.failed("new", now), LoginThrottle::kFirst * 2);
}

TEST_F(LoginThrottleTest, WhatAnAttackerBringsPushesOutTheOldestFirst) {
  (void)throttle.failed("oldest", now);
  for (std::size_t i = 1; i < LoginThrottle::kMaxAddresses; ++i) {
    (void)throttle.failed(std::to_string(i), now += milliseconds(1));
  }
  (void)throttle.failed("one more", now += milliseconds(1));
  EXPECT_EQ(throttle.failed("9999", now), LoginThrottle::kFirst * 2);
  EXPECT_EQ(throttle.failed("1", now), LoginThrottle::kFirst * 2);
  EXPECT_EQ(throttle.failed("oldest", now), LoginThrottle::kFirst);
}

}  // namespace
}  // namespace sqlproxy::frontend
