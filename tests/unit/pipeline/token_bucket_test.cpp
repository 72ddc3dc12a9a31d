#include "pipeline/token_bucket.hpp"

#include <gtest/gtest.h>

#include <atomic>
#include <thread>
#include <vector>

namespace sqlproxy::pipeline {
namespace {

using std::chrono::milliseconds;
using std::chrono::nanoseconds;
using std::chrono::seconds;

class TokenBucketTest : public ::testing::Test {
 protected:
  // How many of `attempts`, made `step` apart, pass.
  [[nodiscard]] int passes(TokenBucket& bucket, int attempts, nanoseconds step) {
    int passed = 0;
    for (int i = 0; i < attempts; ++i, now += step) passed += bucket.take(1, now) ? 1 : 0;
    return passed;
  }

  core::TimePoint now{std::chrono::hours(100)};
};

TEST_F(TokenBucketTest, AWholeBurstAndNotOneMore) {
  for (const double rate : {0.5, 1.0, 3.0, 7.0, 333.0, 1000.0, 50'000.0, 1'234'567.0}) {
    for (const double burst : {1.0, 2.0, 7.0, 1000.0}) {
      TokenBucket bucket({rate, burst}, now);
      EXPECT_EQ(passes(bucket, 2000, nanoseconds(0)), static_cast<int>(burst)) << rate << ' ' << burst;
    }
  }
}

TEST_F(TokenBucketTest, IsAccurateOverASecond) {
  for (const double rate : {10.0, 500.0, 1000.0, 33'333.0, 200'000.0}) {
    TokenBucket bucket({rate, 10}, now);
    EXPECT_EQ(passes(bucket, 10, nanoseconds(0)), 10);
    // Four times as many as may pass.
    const int attempts = static_cast<int>(rate * 4);
    EXPECT_NEAR(passes(bucket, attempts, nanoseconds(seconds(1)) / attempts), rate, rate / 100 + 1) << rate;
  }
}

TEST_F(TokenBucketTest, SaysHowLongToWait) {
  TokenBucket bucket({100, 3}, now);
  EXPECT_EQ(bucket.wait_for(3, now), nanoseconds(0));
  EXPECT_TRUE(bucket.take(3, now));
  EXPECT_EQ(bucket.wait_for(1, now), milliseconds(10));
  EXPECT_EQ(bucket.wait_for(3, now + milliseconds(5)), milliseconds(25));
  EXPECT_EQ(bucket.wait_for(4, now), TokenBucket::kNever);
  const nanoseconds wait = bucket.wait_for(2, now);
  EXPECT_FALSE(bucket.take(2, now + wait - nanoseconds(1)));
  EXPECT_TRUE(bucket.take(2, now + wait)) << "who waits as long as told passes";
}

TEST_F(TokenBucketTest, WhatIsRefusedTakesNothingAndWhatIsGivenBackIsThere) {
  TokenBucket bucket({1, 5}, now);
  EXPECT_TRUE(bucket.take(3, now));
  EXPECT_FALSE(bucket.take(3, now));
  EXPECT_TRUE(bucket.take(2, now));
  bucket.give_back(2);
  EXPECT_TRUE(bucket.take(2, now));
  EXPECT_FALSE(bucket.take(1, now));
}

TEST_F(TokenBucketTest, TakesWhatIsThereAndNeverOwesMoreThanABurst) {
  TokenBucket bucket({10, 5}, now);
  bucket.take_what_is_there(100, now);
  bucket.take_what_is_there(100, now);
  EXPECT_EQ(bucket.wait_for(1, now), milliseconds(100));
}

TEST_F(TokenBucketTest, FillsUpToABurst) {
  TokenBucket bucket({1000, 20}, now);
  EXPECT_EQ(passes(bucket, 30, nanoseconds(0)), 20);
  EXPECT_FALSE(bucket.is_full(now));
  now += seconds(3600);
  EXPECT_TRUE(bucket.is_full(now));
  EXPECT_EQ(passes(bucket, 30, nanoseconds(0)), 20);
}

TEST_F(TokenBucketTest, AChangedLimitKeepsWhatIsMissing) {
  TokenBucket bucket({1, 1000}, now);
  EXPECT_TRUE(bucket.take(1000, now));
  EXPECT_EQ(bucket.wait_for(1, now), seconds(1));
  bucket.change({1000, 1000}, now);
  EXPECT_EQ(bucket.wait_for(1, now), milliseconds(1)) << "it does not go on for the thousand seconds of the old rate";
  bucket.change({10, 2}, now);
  EXPECT_EQ(bucket.wait_for(2, now), milliseconds(200));
  bucket.change({10, 2}, now);
  EXPECT_EQ(bucket.wait_for(2, now), milliseconds(200)) << "the same again changes nothing";
}

TEST_F(TokenBucketTest, ExtremesDoNotOverflow) {
  TokenBucket slow({1e-12, 1e12}, now);
  EXPECT_TRUE(slow.take(1, now));
  EXPECT_FALSE(slow.take(0xFFFF'FFFF, now));
  slow.take_what_is_there(0xFFFF'FFFF, now);
  EXPECT_FALSE(slow.take(1, now + std::chrono::hours(24 * 365 * 10)) && slow.take(1, now)) << "nor does it wrap around";
  TokenBucket fast({1e18, 1e18}, now);
  EXPECT_EQ(passes(fast, 1000, nanoseconds(0)), 1000);
}

TEST_F(TokenBucketTest, WorkersShareABucketExactly) {
  constexpr int kThreads = 4;
  TokenBucket bucket({1, 10'000}, now);
  std::atomic<int> passed{0};
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      int own = 0;
      for (int n = 0; n < 10'000; ++n) own += bucket.take(1, now) ? 1 : 0;
      passed += own;
    });
  }
  for (std::thread& thread : threads) thread.join();
  EXPECT_EQ(passed, 10'000);
}

}  // namespace
}  // namespace sqlproxy::pipeline
