#include "backend/login_backoff.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::backend {
namespace {

using std::chrono::milliseconds;
using Cause = LoginFailure::Cause;

LoginFailure failure(Cause cause, core::SqlState sqlstate) {
  return {cause, core::make_error(core::ErrorCode::unavailable, sqlstate, "no")};
}

class LoginBackoffTest : public ::testing::Test {
 protected:
  // An attempt that begins now and fails `took` later.
  void fail(milliseconds took = milliseconds(1)) {
    const core::TimePoint started = now;
    now += took;
    backoff.failed(target, failure(Cause::network, core::sqlstate::kConnectionFailure), started, now);
  }
  // How long no attempt may be made.
  [[nodiscard]] milliseconds pause() const {
    milliseconds pause{0};
    while (backoff.pausing(now + pause)) ++pause;
    return pause;
  }

  LoginBackoff backoff;
  core::TimePoint now{std::chrono::hours(1)};
  std::shared_ptr<const ServerTarget> target = std::make_shared<ServerTarget>();
};

TEST_F(LoginBackoffTest, TheFirstRetryIsMadeAtOnceAndPausesDouble) {
  EXPECT_FALSE(backoff.failing());
  EXPECT_FALSE(backoff.pausing(now));
  for (const int expected : {0, 100, 200, 400, 800, 1600, 3200, 5000, 5000}) {
    fail();
    EXPECT_TRUE(backoff.failing());
    EXPECT_EQ(pause(), milliseconds(expected));
    now += pause();
  }
}

TEST_F(LoginBackoffTest, ASuccessForgetsEverything) {
  for (int i = 0; i < 4; ++i) fail();
  backoff.succeeded();
  EXPECT_FALSE(backoff.failing());
  EXPECT_FALSE(backoff.pausing(now));
  fail();
  EXPECT_EQ(pause(), milliseconds(0));
  fail();
  EXPECT_EQ(pause(), milliseconds(100));
}

TEST_F(LoginBackoffTest, AttemptsThatWereUnderWayTogetherAreOne) {
  const core::TimePoint started = now;
  for (int i = 0; i < 10; ++i) {
    now += milliseconds(1);
    backoff.failed(target, failure(Cause::network, core::sqlstate::kConnectionFailure), started, now);
  }
  EXPECT_EQ(pause(), milliseconds(0));
  fail();
  EXPECT_EQ(pause(), milliseconds(100));
}

TEST_F(LoginBackoffTest, KnowsWhatIsTheServersState) {
  using core::SqlState;
  EXPECT_TRUE(LoginBackoff::concerns(failure(Cause::network, core::sqlstate::kConnectionFailure)));
  EXPECT_TRUE(LoginBackoff::concerns(failure(Cause::refused, core::sqlstate::kCannotConnectNow)));
  EXPECT_TRUE(LoginBackoff::concerns(failure(Cause::refused, core::sqlstate::kTooManyConnections)));
  EXPECT_FALSE(LoginBackoff::concerns(failure(Cause::refused, core::sqlstate::kInvalidPassword)));
  EXPECT_FALSE(LoginBackoff::concerns(failure(Cause::refused, core::sqlstate::kInvalidCatalogName)));
  EXPECT_FALSE(LoginBackoff::concerns(failure(Cause::credentials, core::sqlstate::kTooManyConnections)));
}

TEST_F(LoginBackoffTest, IsOfOneServer) {
  fail();
  ServerTarget other;
  EXPECT_FALSE(backoff.is_of_another(other)) << "it is the same by its value";
  other.port = 6000;
  EXPECT_TRUE(backoff.is_of_another(other));
  backoff.succeeded();
  EXPECT_FALSE(backoff.is_of_another(other));
}

}  // namespace
}  // namespace sqlproxy::backend
