// PAUSE, RESUME and RECONNECT, as an administrator asks for them.
#include <gtest/gtest.h>

#include "tests/support/backend/pool_test.hpp"

namespace sqlproxy::backend {
namespace {

using std::chrono::milliseconds;

class ServerPoolPauseTest : public test::PoolTest {};

TEST_F(ServerPoolPauseTest, WhatIsIdleIsClosedAndWhatIsLeasedIsWhenItIsReleased) {
  const ConnectionPtr idle = granted(a.lease(request(2)));
  const ConnectionPtr leased = granted(b.lease(request(2)));
  a.release(idle);
  ASSERT_TRUE(limits.pause({"app"}));
  EXPECT_TRUE(eventually([&] { return counts().taken == 1; }));
  EXPECT_FALSE(b.is_closed(leased));
  b.release(leased);
  EXPECT_TRUE(eventually([&] { return counts().taken == 0; }));
}

TEST_F(ServerPoolPauseTest, NobodyGetsAConnectionBeforeItIsResumed) {
  const ConnectionPtr used = granted(a.lease(request(2)));
  a.release(used);
  ASSERT_TRUE(limits.pause({}));
  EXPECT_EQ(a.try_lease(request(2)), nullptr);
  LeaseRequest impatient = request(2);
  impatient.wait_timeout = milliseconds(50);
  Lease first = a.lease(impatient);
  Lease second = b.lease(impatient);
  std::this_thread::sleep_for(milliseconds(200));
  EXPECT_TRUE(waits(first)) << "the time of a pause does not count";
  EXPECT_TRUE(waits(second));
  ASSERT_TRUE(limits.resume({}));
  EXPECT_NE(granted(std::move(first)), nullptr);
  EXPECT_NE(granted(std::move(second)), nullptr);
}

TEST_F(ServerPoolPauseTest, WhoWaitsInTheQueueWaitsOn) {
  const ConnectionPtr only = granted(a.lease(request(1)));
  Lease waiting = b.lease(request(1));
  ASSERT_TRUE(limits.pause({"app"}));
  EXPECT_TRUE(eventually([&] { return counts().waiting == 0; })) << "outside of the queue";
  a.release(only);
  EXPECT_TRUE(eventually([&] { return counts().taken == 0; }));
  EXPECT_TRUE(waits(waiting));
  ASSERT_TRUE(limits.resume({"app"}));
  EXPECT_NE(granted(std::move(waiting)), nullptr);
}

TEST_F(ServerPoolPauseTest, APoolThatIsNewIsPausedToo) {
  ASSERT_TRUE(limits.pause({"app"}));
  Lease waiting = a.lease(request(1));
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_TRUE(waits(waiting));
  EXPECT_EQ(server.accepted(), 0);
  ASSERT_TRUE(limits.resume({}));
  EXPECT_NE(granted(std::move(waiting)), nullptr);
}

TEST_F(ServerPoolPauseTest, OtherDatabasesGoOn) {
  ASSERT_TRUE(limits.pause({"other"}));
  EXPECT_NE(granted(a.lease(request(1))), nullptr);
}

TEST_F(ServerPoolPauseTest, AnAbortedWaitEndsDuringAPause) {
  ASSERT_TRUE(limits.pause({}));
  LeaseAbort abort;
  const LeaseRequest asked = request(1);
  Lease waiting = a.lease(asked, &abort);
  a.run([&] { abort.abort(core::make_error(core::ErrorCode::closed, core::sqlstate::kAdminShutdown, "enough")); });
  EXPECT_EQ(refused(std::move(waiting)), "57P01");
}

TEST_F(ServerPoolPauseTest, ReconnectReplacesWhatIsFree) {
  const ConnectionPtr idle = granted(a.lease(request(2)));
  const ConnectionPtr leased = granted(a.lease(request(2)));
  a.release(idle);
  a.run([&] { a.pool().reconnect({"other"}); });
  EXPECT_EQ(counts().taken, 2U);
  a.run([&] { a.pool().reconnect({"app"}); });
  EXPECT_TRUE(eventually([&] { return counts().taken == 1; }));
  EXPECT_FALSE(a.is_closed(leased));
  a.release(leased);
  EXPECT_TRUE(eventually([&] { return counts().taken == 0; }));
  EXPECT_NE(granted(a.lease(request(2))), nullptr);
}

TEST_F(ServerPoolPauseTest, TheReportSaysWhatThereIs) {
  const ConnectionPtr leased = granted(a.lease(request(2)));
  const ConnectionPtr idle = granted(a.lease(request(2)));
  a.release(idle);
  a.run([&] {
    const std::vector<ServerReport> reports = a.pool().report();
    ASSERT_EQ(reports.size(), 2U);
    for (const ServerReport& report : reports) {
      EXPECT_EQ(report.state, report.id == leased->id() ? ServerReport::State::active : ServerReport::State::idle);
      EXPECT_EQ(report.address, "127.0.0.1");
      EXPECT_EQ(report.port, server.port());
      EXPECT_EQ(report.pool.database, "app");
    }
    const auto states = a.pool().count_states();
    ASSERT_EQ(states.size(), 1U);
    EXPECT_EQ(states.begin()->second[static_cast<std::size_t>(ServerReport::State::active)], 1U);
    EXPECT_EQ(a.pool().logins(), 2U);
  });
  a.release(leased);
}

}  // namespace
}  // namespace sqlproxy::backend
