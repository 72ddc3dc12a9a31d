// Those who wait for a connection: their order, over workers, and what happens to those who give up.
#include <gtest/gtest.h>

#include <algorithm>
#include <numeric>
#include <random>

#include "tests/support/backend/pool_test.hpp"

namespace sqlproxy::backend {
namespace {

using std::chrono::milliseconds;

class ServerPoolQueueTest : public test::PoolTest {
 protected:
  test::PoolWorker& worker(std::size_t number) { return number % 2 == 0 ? a : b; }
};

TEST_F(ServerPoolQueueTest, FirstComeFirstServedAcrossWorkers) {
  ConnectionPtr held = granted(a.lease(request(1)));
  test::PoolWorker* holder = &a;
  std::vector<Lease> queue;
  // a, b, b, a, a, b, b ...: hand-overs within a worker and between two.
  for (std::size_t i = 0; i < 12; ++i) queue.push_back(worker((i + 1) / 2).lease(request(1)));
  EXPECT_EQ(counts().waiting, 12U);
  for (std::size_t i = 0; i < queue.size(); ++i) {
    ASSERT_TRUE(std::ranges::all_of(queue.begin() + static_cast<std::ptrdiff_t>(i), queue.end(), waits)) << i;
    holder->release(held);
    held = granted(std::move(queue[i]));
    ASSERT_NE(held, nullptr);
    EXPECT_EQ(pid(held), 1) << "it is the one connection all the time";
    holder = &worker((i + 1) / 2);
  }
  EXPECT_EQ(counts().waiting, 0U);
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(ServerPoolQueueTest, ANewcomerDoesNotOvertake) {
  const ConnectionPtr held = granted(a.lease(request(1)));
  Lease waiting = b.lease(request(1));
  a.run([&] {
    a.pool().release(*held, Condition::shared);
    EXPECT_EQ(a.pool().try_lease(request(1)), nullptr);
  });
  EXPECT_EQ(pid(granted(std::move(waiting))), 1);
  EXPECT_EQ(server.accepted(), 1);
}

// The connection that is idle is of the newcomer's kind, and nobody else's.
TEST_F(ServerPoolQueueTest, ANewcomerDoesNotOvertakeWhoWaitsForAnotherKind) {
  const ConnectionPtr x = granted(a.lease(request(2, "x")));
  a.release(x);
  server.hold_logins(true);
  Lease waiting = b.lease(request(2, "y"));
  EXPECT_EQ(a.idle(), 1U);
  EXPECT_EQ(a.try_lease(request(2, "x")), nullptr);
  Lease next = a.lease(request(2, "x"));
  EXPECT_EQ(granted(std::move(next)), x) << "in the queue, it may have what nobody before it can use";
  server.hold_logins(false);
  EXPECT_EQ(granted(std::move(waiting))->settings().options, "y");
}

TEST_F(ServerPoolQueueTest, AnAbortEndsTheWait) {
  const ConnectionPtr held = granted(a.lease(request(1)));
  LeaseAbort abort;
  Lease waiting = a.lease(request(1), &abort);
  Lease next = b.lease(request(1));
  EXPECT_TRUE(waits(waiting));
  const core::Error error = core::make_error(core::ErrorCode::denied, core::sqlstate::kIdleSessionTimeout, "enough");
  a.run([&] { abort.abort(error); });
  EXPECT_EQ(refused(std::move(waiting)), "57P05");
  EXPECT_EQ(counts().waiting, 1U);
  EXPECT_EQ(refused(a.lease(request(1), &abort)), "57P05") << "also one that begins later";
  a.release(held);
  EXPECT_EQ(pid(granted(std::move(next))), 1);
  a.run([&] { abort.reset(); });
  Lease again = a.lease(request(1), &abort);
  EXPECT_TRUE(waits(again));
  a.run([&] { abort.abort(error); });
  EXPECT_EQ(refused(std::move(again)), "57P05");
}

TEST_F(ServerPoolQueueTest, WhatComesToOneThatHasGivenUpIsPassedOn) {
  const ConnectionPtr held = granted(a.lease(request(1)));
  LeaseAbort abort;
  Lease first = a.lease(request(1), &abort);
  Lease second = b.lease(request(1));
  a.run([&] {
    // Within one turn: it has been given, and nobody has taken it yet.
    a.pool().release(*held, Condition::shared);
    abort.abort(core::make_error(core::ErrorCode::closed, core::sqlstate::kQueryCanceled, "gone"));
  });
  EXPECT_EQ(refused(std::move(first)), "57014");
  EXPECT_EQ(pid(granted(std::move(second))), 1);
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(ServerPoolQueueTest, WhatIsOnItsWayToAnotherWorkerIsPassedOn) {
  const ConnectionPtr held = granted(a.lease(request(1)));
  LeaseAbort abort;
  Lease first = b.lease(request(1), &abort);
  Lease second = a.lease(request(1));
  b.run([&] {
    // The other worker cannot receive anything before this has ended.
    a.release(held);
    a.run([] {});
    abort.abort(core::make_error(core::ErrorCode::closed, core::sqlstate::kQueryCanceled, "gone"));
  });
  EXPECT_EQ(refused(std::move(first)), "57014");
  EXPECT_EQ(pid(granted(std::move(second))), 1);
  EXPECT_EQ(server.accepted(), 1);
}

TEST_F(ServerPoolQueueTest, AWaitThatTakesTooLongFails) {
  const ConnectionPtr held = granted(a.lease(request(1)));
  LeaseRequest impatient = request(1);
  impatient.wait_timeout = milliseconds(50);
  Lease waiting = b.lease(impatient);
  EXPECT_TRUE(waits(waiting));
  EXPECT_EQ(refused(std::move(waiting)), "57014");
  EXPECT_EQ(counts().waiting, 0U);
  a.release(held);
  EXPECT_EQ(a.try_lease(request(1)), held);
}

// --- Many ---

struct Client {
  std::uint64_t number = 0;
  int turns = 0;
  int failures = 0;
};

struct Crowd {
  std::atomic<bool> complete{false};  // everybody is there: turns count from now on
  std::atomic<bool> enough{false};
  std::atomic<int> turns{0};
  std::atomic<bool> shared_by_two{false};
  std::atomic<int> running{0};
  std::array<std::atomic<bool>, 100000> in_use{};  // by process id
};

net::Task<void> take_turns(test::PoolWorker& worker, LeaseRequest request, Client& client, Crowd& crowd) {
  std::minstd_rand random(static_cast<unsigned>(client.number) + 1);
  request.client = client.number + 1;
  while (!crowd.enough) {
    ServerPool::ConnectionPtr connection = worker.pool().try_lease(request);
    if (!connection) {
      auto leased = co_await worker.pool().lease(request);
      if (std::holds_alternative<LoginFailure>(leased)) {
        ++client.failures;
        continue;
      }
      connection = std::get<ServerPool::ConnectionPtr>(std::move(leased));
    }
    auto& in_use = crowd.in_use.at(static_cast<std::size_t>(connection->greeting().process_id));
    if (in_use.exchange(true)) crowd.shared_by_two = true;
    // The transaction takes some turns of the event loop.
    for (std::size_t i = random() % 4; i > 0; --i) {
      net::Timer pause(worker.executor(), milliseconds(0));
      std::error_code ignored;
      co_await pause.async_wait(net::use_task(ignored));
    }
    in_use = false;
    if (crowd.complete) {
      ++client.turns;
      ++crowd.turns;
    }
    worker.pool().release(*connection, ServerPool::Condition::shared);
  }
  --crowd.running;
}

TEST_F(ServerPoolQueueTest, FiveConnectionsServeFiveHundredClientsAlike) {
  constexpr std::size_t kClients = 500;
  constexpr int kTurns = 20000;
  std::vector<Client> clients(kClients);
  const auto crowd = std::make_unique<Crowd>();
  crowd->running = kClients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients[i].number = i;
    worker(i).spawn([&, i] { return take_turns(worker(i), request(5), clients[i], *crowd); });
  }
  crowd->complete = true;
  EXPECT_TRUE(eventually([&] { return crowd->turns >= kTurns; }, std::chrono::seconds(60)));
  crowd->enough = true;
  ASSERT_TRUE(eventually([&] { return crowd->running == 0; }));
  const auto [least, most] = std::ranges::minmax_element(clients, {}, &Client::turns);
  const double mean = static_cast<double>(crowd->turns) / static_cast<double>(kClients);
  EXPECT_GE(least->turns, mean * 0.8) << "one is starved; the mean is " << mean;
  EXPECT_LE(most->turns, mean * 1.2) << "one gets too much; the mean is " << mean;
  EXPECT_FALSE(crowd->shared_by_two);
  EXPECT_EQ(server.accepted(), 5) << "none was closed and opened again";
  EXPECT_TRUE(std::ranges::all_of(clients, [](const Client& client) { return client.failures == 0; }));
  EXPECT_TRUE(eventually([&] { return counts().idle == 5; }));
  EXPECT_EQ(counts().taken, 5U);
}

// Whoever gives up, whatever kind is wanted and whatever breaks: every place comes back.
TEST_F(ServerPoolQueueTest, NothingIsLostInACrowdThatGivesUp) {
  constexpr std::size_t kClients = 60;
  std::vector<Client> clients(kClients);
  const auto crowd = std::make_unique<Crowd>();
  crowd->running = kClients;
  for (std::size_t i = 0; i < kClients; ++i) {
    clients[i].number = i;
    LeaseRequest asked = request(3, i % 7 == 0 ? "y" : "x");
    asked.wait_timeout = milliseconds(i % 3 == 0 ? 1 : 10000);
    worker(i).spawn([&, i, asked] { return take_turns(worker(i), asked, clients[i], *crowd); });
  }
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(milliseconds(100));
    server.break_connections();
  }
  crowd->enough = true;
  ASSERT_TRUE(eventually([&] { return crowd->running == 0; }, std::chrono::seconds(30)));
  EXPECT_FALSE(crowd->shared_by_two);
  EXPECT_LE(counts().taken, 3U);
  EXPECT_TRUE(eventually([&] { return counts().taken == counts().idle; }));
  EXPECT_EQ(counts().waiting, 0U);
  EXPECT_EQ(counts().opening, 0U);
  std::vector<ConnectionPtr> all;
  for (std::size_t i = 0; i < 3; ++i) all.push_back(granted(worker(i).lease(request(3))));
  EXPECT_TRUE(std::ranges::all_of(all, [](const ConnectionPtr& connection) { return connection != nullptr; }));
}

}  // namespace
}  // namespace sqlproxy::backend
