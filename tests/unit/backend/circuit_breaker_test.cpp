#include "backend/circuit_breaker.hpp"

#include <gtest/gtest.h>

#include <vector>

namespace sqlproxy::backend {
namespace {

using std::chrono::milliseconds;
using std::chrono::seconds;
using Pass = CircuitBreaker::Pass;
using State = CircuitBreaker::State;

class CircuitBreakerTest : public ::testing::Test {
 protected:
  void fail(int times) {
    for (int i = 0; i < times; ++i) breaker.failed(now);
  }
  [[nodiscard]] State state() const { return breaker.status(now).state; }

  core::TimePoint now{std::chrono::hours(1)};
  std::vector<State> changes;
  CircuitBreaker breaker{{.failures = 3, .window = seconds(10), .cooldown = seconds(5)},
                         [this](State to) { changes.push_back(to); }};
};

TEST_F(CircuitBreakerTest, OpensAfterSoManyFailures) {
  fail(2);
  EXPECT_TRUE(breaker.closed());
  EXPECT_EQ(breaker.ask(now), Pass::free);
  fail(1);
  EXPECT_FALSE(breaker.closed());
  EXPECT_EQ(breaker.ask(now), Pass::refused);
  EXPECT_EQ(breaker.status(now).opened, 1U);
  EXPECT_EQ(changes, std::vector{State::open});
}

TEST_F(CircuitBreakerTest, FailuresOutsideOfTheWindowDoNotCount) {
  for (int i = 0; i < 20; ++i) {
    fail(1);
    now += seconds(6);
  }
  EXPECT_TRUE(breaker.closed());
  fail(2);
  EXPECT_FALSE(breaker.closed());
}

TEST_F(CircuitBreakerTest, SaysForHowLongItIsOpen) {
  fail(3);
  now += milliseconds(1200);
  const LoginFailure refusal = breaker.refusal("app", now);
  EXPECT_EQ(refusal.error.sqlstate.text(), "57P03");
  EXPECT_EQ(refusal.error.message, "database \"app\" is not available");
  EXPECT_EQ(refusal.error.hint, "It is tried again in 3800 ms.");
  EXPECT_EQ(breaker.status(now).left, milliseconds(3800));
}

TEST_F(CircuitBreakerTest, OneProbePassesAndCloses) {
  fail(3);
  now += seconds(5);
  EXPECT_EQ(breaker.ask(now), Pass::probe);
  EXPECT_EQ(state(), State::half_open);
  EXPECT_EQ(breaker.ask(now), Pass::refused) << "one at a time";
  EXPECT_EQ(breaker.refusal("app", now).error.hint, "It is being tried now; try again in a moment.");
  breaker.probe_succeeded();
  EXPECT_EQ(breaker.ask(now), Pass::free);
  EXPECT_EQ(breaker.status(now).failures, 0U);
  EXPECT_EQ(changes, (std::vector{State::open, State::half_open, State::closed}));
}

TEST_F(CircuitBreakerTest, AProbeThatFailsOpensItAnew) {
  fail(3);
  now += seconds(5);
  EXPECT_EQ(breaker.ask(now), Pass::probe);
  fail(1);
  EXPECT_EQ(state(), State::open);
  now += milliseconds(4999);
  EXPECT_EQ(breaker.ask(now), Pass::refused);
  now += milliseconds(1);
  EXPECT_EQ(breaker.ask(now), Pass::probe);
  EXPECT_EQ(breaker.status(now).opened, 2U);
}

TEST_F(CircuitBreakerTest, AProbeThatTellsNothingMakesRoomForTheNext) {
  fail(3);
  now += seconds(5);
  EXPECT_EQ(breaker.ask(now), Pass::probe);
  breaker.probe_dropped();
  EXPECT_EQ(breaker.ask(now), Pass::probe);
  EXPECT_EQ(changes, (std::vector{State::open, State::half_open}));
}

TEST_F(CircuitBreakerTest, LateFailuresDoNotKeepItOpen) {
  fail(3);
  now += seconds(4);
  fail(10);
  now += seconds(1);
  EXPECT_EQ(breaker.ask(now), Pass::probe);
}

TEST_F(CircuitBreakerTest, NewSettingsHoldAtOnce) {
  fail(3);
  now += seconds(1);
  breaker.use({.failures = 1, .window = seconds(10), .cooldown = milliseconds(500)});
  EXPECT_EQ(breaker.ask(now), Pass::probe);
  breaker.probe_succeeded();
  fail(1);
  EXPECT_EQ(state(), State::open);
}

TEST_F(CircuitBreakerTest, KnowsTheServersFailures) {
  const auto failure = [](LoginFailure::Cause cause, core::SqlState sqlstate) {
    return LoginFailure{cause, core::make_error(core::ErrorCode::unavailable, sqlstate, "no")};
  };
  using Cause = LoginFailure::Cause;
  EXPECT_TRUE(CircuitBreaker::concerns(failure(Cause::network, core::sqlstate::kConnectionFailure)));
  EXPECT_TRUE(CircuitBreaker::concerns(failure(Cause::refused, core::sqlstate::kCannotConnectNow)));
  EXPECT_FALSE(CircuitBreaker::concerns(failure(Cause::refused, core::sqlstate::kTooManyConnections)));
  EXPECT_FALSE(CircuitBreaker::concerns(failure(Cause::refused, core::sqlstate::kInvalidPassword)));
  EXPECT_FALSE(CircuitBreaker::concerns(failure(Cause::refused, core::sqlstate::kQueryCanceled)));
  EXPECT_FALSE(CircuitBreaker::concerns(failure(Cause::credentials, core::sqlstate::kInvalidPassword)));
}

TEST(CircuitBreakers, OneForEachTenantAndDatabase) {
  std::vector<std::string> told;
  CircuitBreakers breakers;
  breakers.set_listener([&](const std::string& tenant, const std::string& database, State state) {
    told.push_back(tenant + '/' + database + ' ' + std::string(name_of(state)));
  });
  const config::Breaker settings{.failures = 1, .window = seconds(10), .cooldown = seconds(5)};
  const core::TimePoint now{std::chrono::hours(1)};
  const CircuitBreakerPtr acme = breakers.of("acme", "app", settings);
  EXPECT_EQ(breakers.of("acme", "app", settings), acme);
  acme->failed(now);
  EXPECT_TRUE(breakers.of("other", "app", settings)->closed());
  EXPECT_TRUE(breakers.of("acme", "shop", settings)->closed());
  EXPECT_EQ(told, std::vector<std::string>{"acme/app open"});
  const auto entries = breakers.snapshot(now);
  ASSERT_EQ(entries.size(), 3U);
  EXPECT_EQ(entries[0].status.state, State::open);
  EXPECT_EQ(entries[1].status.state, State::closed);
}

}  // namespace
}  // namespace sqlproxy::backend
