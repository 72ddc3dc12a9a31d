// Leases behind a circuit breaker.
#include <gtest/gtest.h>

#include "tests/support/backend/pool_test.hpp"

namespace sqlproxy::backend {
namespace {

using std::chrono::milliseconds;
using State = CircuitBreaker::State;

class ServerPoolBreakerTest : public test::PoolTest {
 protected:
  [[nodiscard]] LeaseRequest guarded(std::size_t pool_size = 5) const {
    LeaseRequest made = request(pool_size);
    made.breaker = breaker;
    return made;
  }
  [[nodiscard]] State state() const { return breaker->status(core::SteadyClock::now()).state; }

  CircuitBreakerPtr breaker = std::make_shared<CircuitBreaker>(
      config::Breaker{.failures = 3, .window = std::chrono::seconds(60), .cooldown = milliseconds(100)},
      [](State /*state*/) {});
};

TEST_F(ServerPoolBreakerTest, RequestsThatFailOpenItAndTheNextAreRefusedAtOnce) {
  LeaseRequest lost = guarded();
  auto nowhere = std::make_shared<ServerTarget>(*lost.target);
  nowhere->port = 1;
  lost.target = nowhere;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(refused(a.lease(lost)), "08006");
  EXPECT_EQ(state(), State::open);
  EXPECT_EQ(refused(b.lease(guarded())), "57P03") << "for the other worker too";
  EXPECT_EQ(server.accepted(), 0) << "nobody is asked";
  EXPECT_NE(granted(b.lease(request(5))), nullptr) << "who has another breaker, or none, does not notice";
}

TEST_F(ServerPoolBreakerTest, AConnectionThatIsIdleIsNotGivenOutWhileItIsOpen) {
  a.release(granted(a.lease(guarded())));
  for (int i = 0; i < 3; ++i) breaker->failed(core::SteadyClock::now());
  EXPECT_EQ(a.try_lease(guarded()), nullptr);
  EXPECT_EQ(refused(a.lease(guarded())), "57P03");
}

TEST_F(ServerPoolBreakerTest, AProbeThatGetsAConnectionClosesIt) {
  server.hold_logins(true);
  for (int i = 0; i < 3; ++i) breaker->failed(core::SteadyClock::now());
  ASSERT_TRUE(eventually([&] { return breaker->status(core::SteadyClock::now()).left.count() == 0; }));
  Lease probe = a.lease(guarded());
  EXPECT_EQ(refused(b.lease(guarded())), "57P03") << "one at a time";
  EXPECT_EQ(state(), State::half_open);
  server.hold_logins(false);
  EXPECT_NE(granted(std::move(probe)), nullptr);
  EXPECT_EQ(state(), State::closed);
}

TEST_F(ServerPoolBreakerTest, AProbeThatIsGivenUpMakesRoomForAnother) {
  server.hold_logins(true);
  for (int i = 0; i < 3; ++i) breaker->failed(core::SteadyClock::now());
  ASSERT_TRUE(eventually([&] { return breaker->status(core::SteadyClock::now()).left.count() == 0; }));
  LeaseAbort abort;
  Lease probe = a.lease(guarded(), &abort);
  a.run([&] { abort.abort(core::make_error(core::ErrorCode::closed, core::sqlstate::kQueryCanceled, "no more")); });
  EXPECT_EQ(refused(std::move(probe)), "57014");
  EXPECT_EQ(state(), State::half_open);
  server.hold_logins(false);
  EXPECT_NE(granted(a.lease(guarded())), nullptr);
  EXPECT_EQ(state(), State::closed);
}

// The pool's own pauses between attempts must not keep a probe from being one.
TEST_F(ServerPoolBreakerTest, AProbeDoesNotWaitForThePausesOfThePool) {
  LeaseRequest lost = guarded();
  auto nowhere = std::make_shared<ServerTarget>(*lost.target);
  nowhere->port = 1;
  lost.target = nowhere;
  for (int i = 0; i < 3; ++i) EXPECT_EQ(refused(a.lease(lost)), "08006");
  for (int i = 0; i < 3; ++i) {
    // Far longer than the pauses of 100, 200 and 400 ms would let an attempt begin in this time.
    ASSERT_TRUE(eventually([&] { return breaker->status(core::SteadyClock::now()).left.count() == 0; }));
    EXPECT_EQ(refused(a.lease(lost)), "08006");
    EXPECT_EQ(state(), State::open);
  }
  EXPECT_EQ(breaker->status(core::SteadyClock::now()).opened, 4U);
}

TEST_F(ServerPoolBreakerTest, WaitingForABusyPoolIsNoFailure) {
  const ConnectionPtr held = granted(a.lease(guarded(1)));
  LeaseRequest hasty = guarded(1);
  hasty.wait_timeout = milliseconds(30);
  for (int i = 0; i < 4; ++i) EXPECT_EQ(refused(a.lease(hasty)), "57014");
  EXPECT_EQ(state(), State::closed);
}

TEST_F(ServerPoolBreakerTest, WaitingForAServerThatDoesNotAnswerIsOne) {
  server.hold_logins(true);
  LeaseRequest hasty = guarded(1);
  hasty.wait_timeout = milliseconds(30);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(refused(a.lease(hasty)), "57014");
  EXPECT_EQ(state(), State::open);
  server.hold_logins(false);
}

}  // namespace
}  // namespace sqlproxy::backend
