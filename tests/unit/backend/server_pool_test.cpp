#include "backend/server_pool.hpp"

#include <gtest/gtest.h>

#include <cstdlib>
#include <new>

#include "tests/support/backend/pool_test.hpp"

// ThreadSanitizer brings an operator new of its own, which cannot be replaced.
#if !defined(__has_feature)
#define SP_COUNTS_ALLOCATIONS
#elif !__has_feature(thread_sanitizer)
#define SP_COUNTS_ALLOCATIONS
#endif

#ifdef SP_COUNTS_ALLOCATIONS
namespace {
thread_local std::size_t allocations = 0;
}  // namespace
#endif

namespace sqlproxy::backend {
namespace {

using std::chrono::milliseconds;

class ServerPoolTest : public test::PoolTest {};

TEST_F(ServerPoolTest, WhatWasReleasedIsIdleAtOnce) {
  EXPECT_EQ(a.try_lease(request(2)), nullptr);
  const ConnectionPtr first = granted(a.lease(request(2)));
  EXPECT_EQ(a.try_lease(request(2)), nullptr) << "it is in use";
  EXPECT_EQ(counts().taken, 1U);
  EXPECT_EQ(counts().idle, 0U);
  a.run([&] {
    a.pool().release(*first, Condition::shared);
    EXPECT_EQ(a.pool().try_lease(request(2)), first) << "within one turn of the event loop";
    a.pool().release(*first, Condition::shared);
  });
  EXPECT_EQ(counts().idle, 1U);
  EXPECT_EQ(server.accepted(), 1);
  EXPECT_TRUE(server.queries().empty()) << "shared: it is not reset";
}

TEST_F(ServerPoolTest, AClientGetsTheConnectionThatItHadLast) {
  LeaseRequest one = request(3);
  LeaseRequest two = one;
  LeaseRequest three = one;
  one.client = 1;
  two.client = 2;
  three.client = 3;
  const ConnectionPtr first = granted(a.lease(one));
  const ConnectionPtr second = granted(a.lease(two));
  a.release(first);
  a.release(second);
  EXPECT_EQ(a.try_lease(one), first);
  EXPECT_EQ(a.try_lease(two), second);
  a.release(second);
  a.release(first);
  EXPECT_EQ(a.try_lease(two), second);
  a.release(second);
  a.release(first);
  EXPECT_EQ(a.try_lease(three), first) << "the most recently used one";
  EXPECT_EQ(a.try_lease(one), second) << "its own is in use";
  a.release(first);
  a.release(second);
  a.run([&] { a.pool().forget_client(3); });
  EXPECT_EQ(a.try_lease(three), second);
}

TEST_F(ServerPoolTest, LeasesUpToTheLimit) {
  std::vector<ConnectionPtr> connections;
  for (int i = 0; i < 3; ++i) connections.push_back(granted((i % 2 == 0 ? a : b).lease(request(3))));
  Lease waiting = a.lease(request(3));
  EXPECT_TRUE(waits(waiting));
  EXPECT_EQ(server.accepted(), 3);
  EXPECT_EQ(counts().taken, 3U);
  EXPECT_EQ(counts().waiting, 1U);
  a.release(connections[0]);
  EXPECT_EQ(granted(std::move(waiting)), connections[0]) << "handed over as it is";
  EXPECT_EQ(server.accepted(), 3);
}

TEST_F(ServerPoolTest, AnIdleConnectionOfAnotherWorkerIsHandedOver) {
  const ConnectionPtr first = granted(a.lease(request(5)));
  first->state().applied.push_back({"work_mem", "8MB"});
  first->state().sequence_client = 7;
  const std::string missing_name = first->missing_name();
  a.release(first);
  const ConnectionPtr moved = granted(b.lease(request(5)));
  EXPECT_EQ(pid(moved), 1);
  EXPECT_EQ(moved->state().applied, (Settings{{"work_mem", "8MB"}}));
  EXPECT_EQ(moved->state().sequence_client, 7U);
  EXPECT_EQ(moved->missing_name(), missing_name);
  EXPECT_TRUE(a.is_closed(first));
  EXPECT_TRUE(eventually([&] { return counts().taken == 1; }));
  EXPECT_EQ(server.accepted(), 1);
  b.release(moved, Condition::clean);
  EXPECT_TRUE(eventually([&] { return b.idle() == 1; }));
  EXPECT_EQ(server.queries(), std::vector<std::string>{"DISCARD ALL"});
  EXPECT_TRUE(moved->state().applied.empty()) << "after DISCARD ALL";
  EXPECT_EQ(moved->state().sequence_client, 0U);
}

TEST_F(ServerPoolTest, ATransactionThatIsOpenIsRolledBack) {
  const ConnectionPtr first = granted(a.lease(request(1)));
  a.release(first, Condition::in_transaction);
  EXPECT_EQ(granted(a.lease(request(1))), first) << "who comes during the reset waits for its end";
  EXPECT_EQ(server.queries(), (std::vector<std::string>{"ROLLBACK", "DISCARD ALL"}));
}

TEST_F(ServerPoolTest, WhoComesDuringAResetHasNoOtherConnectionOpened) {
  const ConnectionPtr first = granted(a.lease(request(5)));
  server.hold_answers(true);
  a.release(first, Condition::clean);
  Lease waiting = b.lease(request(5));
  EXPECT_TRUE(waits(waiting));
  EXPECT_EQ(counts().opening, 0U);
  Lease second = b.lease(request(5));
  EXPECT_EQ(counts().opening, 1U) << "one reset is for one of them";
  server.hold_answers(false);
  EXPECT_NE(granted(std::move(waiting)), nullptr);
  EXPECT_NE(granted(std::move(second)), nullptr);
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(ServerPoolTest, AConnectionOfAnotherKindMakesRoom) {
  const ConnectionPtr x = granted(a.lease(request(1, "x")));
  a.release(x);
  for (test::PoolWorker* worker : {&a, &b}) {
    const std::string kind = worker == &a ? "y" : "z";
    EXPECT_EQ(worker->try_lease(request(1, kind)), nullptr);
    const ConnectionPtr other = granted(worker->lease(request(1, kind)));
    ASSERT_NE(other, nullptr);
    EXPECT_EQ(other->settings().options, kind);
    worker->release(other);
  }
  EXPECT_EQ(server.accepted(), 3);
  EXPECT_EQ(counts().taken, 1U);
}

TEST_F(ServerPoolTest, WithPlacesLeftNothingIsClosedForAnotherKind) {
  const ConnectionPtr x = granted(a.lease(request(2, "x")));
  a.release(x);
  const ConnectionPtr y = granted(a.lease(request(2, "y")));
  EXPECT_EQ(a.try_lease(request(2, "x")), x);
}

// A queue whose head wants another kind than everybody behind it: nothing that is released fits it.
TEST_F(ServerPoolTest, NobodyIsOvertakenForBeingOfAnotherKind) {
  const ConnectionPtr x = granted(a.lease(request(1, "x")));
  Lease first = b.lease(request(1, "y"));
  Lease second = a.lease(request(1, "x"));
  a.release(x);
  const ConnectionPtr y = granted(std::move(first));
  EXPECT_TRUE(a.is_closed(x));
  EXPECT_TRUE(waits(second));
  b.release(y);
  EXPECT_EQ(granted(std::move(second))->settings().options, "x");
  EXPECT_EQ(counts().taken, 1U);
}

// What becomes free while a new connection is being opened is taken, and the new one goes to the next.
TEST_F(ServerPoolTest, AnOpeningServesWhoeverIsFirstWhenItEnds) {
  const ConnectionPtr held = granted(a.lease(request(2)));
  server.hold_logins(true);
  Lease first = a.lease(request(2));
  Lease second = b.lease(request(2));
  EXPECT_TRUE(waits(first));
  a.release(held);
  EXPECT_EQ(granted(std::move(first)), held);
  EXPECT_TRUE(waits(second));
  server.hold_logins(false);
  EXPECT_EQ(pid(granted(std::move(second))), 2);
  EXPECT_EQ(server.accepted(), 2);
}

TEST_F(ServerPoolTest, ARetiredConnectionIsClosedWhenItIsReleased) {
  const ConnectionPtr first = granted(a.lease(request(1)));
  a.run([&] { a.pool().retire(*first); });
  EXPECT_FALSE(a.is_closed(first));
  a.release(first);
  EXPECT_TRUE(a.is_closed(first));
  EXPECT_EQ(pid(granted(a.lease(request(1)))), 2);
}

TEST_F(ServerPoolTest, ACancelUnderWayKeepsTheConnection) {
  const ConnectionPtr first = granted(a.lease(request(1)));
  a.run([&] { a.pool().cancel_started(*first); });
  a.release(first);
  EXPECT_EQ(a.try_lease(request(1)), nullptr);
  Lease waiting = a.lease(request(1));
  EXPECT_TRUE(waits(waiting));
  a.run([&] { a.pool().cancel_finished(first->id(), true); });
  EXPECT_EQ(granted(std::move(waiting)), first);

  a.run([&] { a.pool().cancel_started(*first); });
  a.release(first);
  a.run([&] { a.pool().cancel_finished(first->id(), false); });
  EXPECT_EQ(pid(granted(a.lease(request(1)))), 2) << "a cancel that may still come hits nobody else";
}

TEST_F(ServerPoolTest, AServerThatRestartsIsNoticed) {
  std::vector<ConnectionPtr> connections;
  for (int i = 0; i < 4; ++i) connections.push_back(granted(a.lease(request(4))));
  for (const ConnectionPtr& connection : connections) a.release(connection);
  const ConnectionPtr in_use = a.try_lease(request(4));
  server.break_connections();
  EXPECT_TRUE(eventually([&] { return counts().taken == 0; }));
  EXPECT_TRUE(a.is_closed(in_use));
  a.release(in_use);
  EXPECT_EQ(pid(granted(a.lease(request(4)))), 5);
  EXPECT_EQ(counts().taken, 1U);
}

TEST_F(ServerPoolTest, StopEndsWhoWaits) {
  const ConnectionPtr held = granted(a.lease(request(1)));
  Lease waiting = b.lease(request(1));
  b.stop();
  EXPECT_EQ(refused(std::move(waiting)), "57P01");
  EXPECT_EQ(counts().waiting, 0U);
  a.release(held);
  EXPECT_EQ(a.idle(), 1U);
}

TEST_F(ServerPoolTest, AReloadClosesWhatIsIdle) {
  const ConnectionPtr first = granted(a.lease(request(2)));
  const ConnectionPtr second = granted(a.lease(request(2)));
  a.release(first);
  a.run([&] { a.pool().close_idle(); });
  EXPECT_TRUE(a.is_closed(first));
  EXPECT_FALSE(a.is_closed(second));
  EXPECT_TRUE(eventually([&] { return counts().taken == 1; }));
  a.release(second);
  EXPECT_EQ(a.try_lease(request(2)), second);
}

TEST_F(ServerPoolTest, ALowerLimitClosesWhatIsTooMuch) {
  const ConnectionPtr first = granted(a.lease(request(2)));
  const ConnectionPtr second = granted(a.lease(request(2)));
  Lease waiting = a.lease(request(1));
  a.release(first);
  EXPECT_TRUE(a.is_closed(first));
  EXPECT_TRUE(waits(waiting));
  a.release(second);
  EXPECT_EQ(granted(std::move(waiting)), second);
  EXPECT_TRUE(eventually([&] { return counts().taken == 1; }));
}

#ifdef SP_COUNTS_ALLOCATIONS
TEST_F(ServerPoolTest, LeasesAndReleasesWithoutAllocating) {
  LeaseRequest asked = request(2);
  asked.client = 1;
  const ConnectionPtr first = granted(a.lease(asked));
  a.run([&] {
    const std::size_t before = allocations;
    for (int i = 0; i < 100; ++i) {
      a.pool().release(*first, Condition::shared);
      EXPECT_EQ(a.pool().try_lease(asked), first);
    }
    EXPECT_EQ(allocations, before);
  });
}
#endif

}  // namespace
}  // namespace sqlproxy::backend

#ifdef SP_COUNTS_ALLOCATIONS
// Counts for the whole test program.
void* operator new(std::size_t size) {
  ++allocations;
  if (void* memory = std::malloc(size)) return memory;
  throw std::bad_alloc();
}
void operator delete(void* memory) noexcept {
  std::free(memory);
}
void operator delete(void* memory, std::size_t) noexcept {
  std::free(memory);
}
#endif
