// How connections grow old, and servers that are not there. The pool's own clock ticks for real: some of these take a
// second.
#include <gtest/gtest.h>

#include "tests/support/backend/pool_test.hpp"

namespace sqlproxy::backend {
namespace {

using std::chrono::milliseconds;

core::Error server_error(core::SqlState sqlstate) {
  return core::make_error(core::ErrorCode::denied, sqlstate, "go away");
}

class ServerPoolUpkeepTest : public test::PoolTest {};

// --- Signs of life ---

TEST_F(ServerPoolUpkeepTest, AfterAPauseAConnectionIsAskedForASignOfLife) {
  LeaseRequest asked = request(1);
  asked.check_delay = milliseconds(20);
  const ConnectionPtr first = granted(a.lease(asked));
  a.release(first);
  EXPECT_EQ(a.try_lease(asked), first) << "no pause yet";
  a.release(first);
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_EQ(a.try_lease(asked), nullptr);
  EXPECT_EQ(granted(a.lease(asked)), first);
  EXPECT_EQ(server.queries(), std::vector<std::string>{""});
  a.release(first);
  EXPECT_EQ(a.try_lease(asked), first);
  a.release(first);
  std::this_thread::sleep_for(milliseconds(30));
  EXPECT_EQ(pid(granted(b.lease(asked))), 1) << "asked before it is handed over";
  EXPECT_EQ(server.queries().size(), 2U);
  asked.check_delay = milliseconds(0);
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(ServerPoolUpkeepTest, WhoeverIsSlowToGiveASignOfLifeIsNotWaitedFor) {
  LeaseRequest asked = request(2);
  asked.check_delay = milliseconds(1);
  const ConnectionPtr first = granted(a.lease(asked));
  a.release(first);
  std::this_thread::sleep_for(milliseconds(5));
  server.hold_answers(true);
  const auto start = std::chrono::steady_clock::now();
  EXPECT_EQ(pid(granted(a.lease(asked))), 2);
  EXPECT_LT(std::chrono::steady_clock::now() - start, std::chrono::seconds(3)) << "where there is a place, soon";
  EXPECT_FALSE(a.is_closed(first));
  server.hold_answers(false);
  EXPECT_TRUE(eventually([&] { return counts().idle == 1; })) << "late, but alive";
}

TEST_F(ServerPoolUpkeepTest, WithoutADelayNobodyIsAsked) {
  LeaseRequest asked = request(1);
  asked.check_delay = milliseconds(0);
  const ConnectionPtr first = granted(a.lease(asked));
  a.release(first);
  std::this_thread::sleep_for(milliseconds(5));
  EXPECT_EQ(a.try_lease(asked), first);
}

TEST_F(ServerPoolUpkeepTest, AConnectionThatIsDeadIsReplaced) {
  LeaseRequest asked = request(1);
  asked.check_delay = milliseconds(1);
  const ConnectionPtr first = granted(a.lease(asked));
  a.release(first);
  std::this_thread::sleep_for(milliseconds(5));
  server.hold_answers(true);
  Lease waiting = b.lease(asked);
  EXPECT_TRUE(eventually([&] { return server.queries().size() == 1; }));
  EXPECT_TRUE(waits(waiting));
  server.break_connections();
  server.hold_answers(false);
  EXPECT_EQ(pid(granted(std::move(waiting))), 2);
  EXPECT_EQ(counts().taken, 1U);
}

// --- Age ---

TEST_F(ServerPoolUpkeepTest, AnOldConnectionIsClosedWhenItIsReleased) {
  LeaseRequest asked = request(1);
  asked.lifetime = milliseconds(50);
  const ConnectionPtr first = granted(a.lease(asked));
  a.release(first);
  EXPECT_EQ(a.try_lease(asked), first);
  std::this_thread::sleep_for(milliseconds(60));
  EXPECT_FALSE(a.is_closed(first));
  a.release(first);
  EXPECT_TRUE(a.is_closed(first));
}

TEST_F(ServerPoolUpkeepTest, WhatIsIdleForTooLongIsClosed) {
  LeaseRequest asked = request(5);
  asked.idle_timeout = milliseconds(50);
  asked.min_pool_size = 0;
  std::vector<ConnectionPtr> connections;
  for (int i = 0; i < 3; ++i) connections.push_back(granted(a.lease(asked)));
  a.release(connections[0]);
  a.release(connections[1]);
  EXPECT_TRUE(eventually([&] { return counts().taken == 1; }));
  EXPECT_FALSE(a.is_closed(connections[2])) << "it is in use";
}

TEST_F(ServerPoolUpkeepTest, TheMinimumIsOpenedAndKept) {
  LeaseRequest asked = request(5);
  asked.min_pool_size = 3;
  asked.idle_timeout = milliseconds(50);
  const ConnectionPtr first = granted(a.lease(asked));
  EXPECT_TRUE(eventually([&] { return counts().idle == 2; }, milliseconds(700))) << "not only at the next sweep";
  const ConnectionPtr other = granted(b.lease(asked));
  a.release(first);
  b.release(other);
  std::this_thread::sleep_for(milliseconds(1500));
  EXPECT_EQ(counts().taken, 3U);
  EXPECT_EQ(server.accepted(), 3) << "kept, and not opened again";
  server.break_connections();
  EXPECT_TRUE(eventually([&] { return server.accepted() == 6 && counts().idle == 3; }));
}

// --- Servers that let nobody in ---

TEST_F(ServerPoolUpkeepTest, AServerThatIsFullIsNotAskedAllTheTime) {
  server.refuse_with(server_error(core::sqlstate::kTooManyConnections));
  EXPECT_EQ(refused(a.lease(request(5))), "53300");
  EXPECT_EQ(refused(b.lease(request(5))), "53300");
  EXPECT_EQ(server.accepted(), 2) << "the second attempt is made at once";
  for (int i = 0; i < 20; ++i) EXPECT_EQ(refused((i % 2 == 0 ? a : b).lease(request(5))), "53300");
  EXPECT_LE(server.accepted(), 6);
  EXPECT_EQ(counts().taken, 0U);
  server.refuse_with(std::nullopt);
  EXPECT_TRUE(eventually([&] {
    auto result = a.lease(request(5)).get();
    return std::holds_alternative<ConnectionPtr>(result);
  }));
}

TEST_F(ServerPoolUpkeepTest, WhoWaitsInTheQueueGetsTheServersError) {
  server.refuse_with(server_error(core::sqlstate::kCannotConnectNow));
  server.hold_logins(true);
  std::vector<Lease> waiting;
  for (int i = 0; i < 6; ++i) waiting.push_back((i % 2 == 0 ? a : b).lease(request(2)));
  EXPECT_EQ(counts().opening, 2U);
  server.hold_logins(false);
  for (Lease& lease : waiting) EXPECT_EQ(refused(std::move(lease)), "57P03");
  EXPECT_EQ(counts().waiting, 0U);
}

TEST_F(ServerPoolUpkeepTest, AServerThatIsNotThereIsFoundWhenItComesBack) {
  const ConnectionPtr first = granted(a.lease(request(5)));
  a.release(first);
  server.stop_listening();
  server.break_connections();
  EXPECT_TRUE(eventually([&] { return counts().taken == 0; }));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(refused(a.lease(request(5))), "08006");
  server.listen();
  const auto back = std::chrono::steady_clock::now();
  EXPECT_TRUE(eventually([&] {
    auto result = b.lease(request(5)).get();
    return std::holds_alternative<ConnectionPtr>(result);
  }));
  EXPECT_LT(std::chrono::steady_clock::now() - back, std::chrono::seconds(2));
}

// As long as some connections are open, they serve those who wait.
TEST_F(ServerPoolUpkeepTest, AServerThatIsFullDoesNotMatterToAPoolThatHasConnections) {
  const ConnectionPtr first = granted(a.lease(request(5)));
  server.refuse_with(server_error(core::sqlstate::kTooManyConnections));
  Lease waiting = b.lease(request(5));
  EXPECT_TRUE(eventually([&] { return server.accepted() == 3 && counts().opening == 0; }));
  EXPECT_TRUE(waits(waiting));
  a.release(first);
  EXPECT_EQ(pid(granted(std::move(waiting))), 1);
  LeaseRequest impatient = request(5);
  impatient.wait_timeout = milliseconds(50);
  EXPECT_EQ(refused(a.lease(impatient)), "53300") << "which is why there is no other";
  server.refuse_with(std::nullopt);
  EXPECT_NE(granted(a.lease(request(5))), nullptr) << "found while somebody waits";
}

TEST_F(ServerPoolUpkeepTest, AnErrorOfTheClientsMakingIsNobodyElses) {
  server.refuse_with(server_error(core::sqlstate::kInvalidCatalogName));
  for (int i = 0; i < 5; ++i) EXPECT_EQ(refused(a.lease(request(5))), "3D000");
  EXPECT_EQ(server.accepted(), 5);
  server.refuse_with(std::nullopt);
  EXPECT_NE(granted(a.lease(request(5))), nullptr);
}

}  // namespace
}  // namespace sqlproxy::backend
