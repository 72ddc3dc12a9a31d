#include "audit/trail.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <atomic>
#include <future>
#include <map>
#include <string>
#include <thread>
#include <vector>

#include "audit/chain_verifier.hpp"
#include "tests/unit/audit/audit_testing.hpp"
#include "tests/unit/audit/fake_sink.hpp"

namespace sqlproxy::audit {
namespace {

using testing::FakePlace;
using testing::FakeSink;
using testing::member;
using testing::split_lines;
using testing::statement_event;

TrailOptions quick_options() {
  TrailOptions options;
  options.node_id = "node";
  options.batch_interval = std::chrono::milliseconds{1};
  options.retry_first = std::chrono::milliseconds{1};
  options.retry_longest = std::chrono::milliseconds{2};
  return options;
}

std::unique_ptr<Trail> open_trail(FakePlace& place, TrailOptions options = quick_options()) {
  auto trail = Trail::open(std::move(options), std::make_unique<FakeSink>(place));
  EXPECT_TRUE(trail.has_value());
  return std::move(trail).value();
}

// What the lines say, once they were found to be a sound trail.
struct Account {
  std::uint64_t statements = 0;
  std::uint64_t dropped = 0;
  std::vector<std::string> lines;
};

Account account_for(FakePlace& place) {
  Account account;
  account.lines = split_lines(place.text());
  ChainVerifier verifier;
  for (const std::string& line : account.lines) {
    EXPECT_EQ(verifier.check(line), std::nullopt) << line;
    account.statements += member(line, "kind") == "\"statement\"" ? 1U : 0U;
  }
  account.dropped = verifier.events_dropped();
  return account;
}

TEST(Trail, AStopStoresEverythingAndSaysGoodbye) {
  FakePlace place;
  auto trail = open_trail(place);
  for (int i = 0; i < 2500; ++i) EXPECT_EQ(trail->submit(statement_event()).number, static_cast<std::uint64_t>(i) + 1);
  trail->stop();
  const Account account = account_for(place);
  EXPECT_EQ(account.statements, 2500U);
  ASSERT_EQ(account.lines.size(), 2502U);
  EXPECT_EQ(member(account.lines.front(), "sub_type"), "\"audit_start\"");
  EXPECT_EQ(member(account.lines.front(), "reason"), "\"the trail begins\"");
  EXPECT_EQ(member(account.lines.back(), "sub_type"), "\"audit_stop\"");
  EXPECT_EQ(trail->stats().events, 2502U);
  EXPECT_EQ(trail->stats().bytes, place.text().size());
  EXPECT_LE(place.writes(), 2510U);
}

TEST(Trail, WritesAThousandEventsAtATime) {
  FakePlace place;
  place.block();
  auto trail = open_trail(place);
  trail->submit(statement_event());
  place.wait_until_entered();
  for (int i = 0; i < 3000; ++i) trail->submit(statement_event());
  place.release();
  trail->flush();
  EXPECT_LE(place.writes(), 6U);
  EXPECT_EQ(account_for(place).statements, 3001U);
}

TEST(Trail, GoesOnFromThePositionOfItsSink) {
  FakePlace place;
  place.position = {100, std::string(64, 'a'), false};
  auto trail = open_trail(place);
  trail->stop();
  const std::vector<std::string> lines = split_lines(place.text());
  EXPECT_EQ(member(lines.front(), "sequence_num"), "101");
  EXPECT_EQ(member(lines.front(), "prev_hash"), "\"" + std::string(64, 'a') + "\"");
  EXPECT_NE(member(lines.front(), "reason").find("did not stop cleanly"), std::string::npos);
}

TEST(Trail, FillsInWhatTheProducerLeftOut) {
  FakePlace place;
  auto trail = open_trail(place);
  Event bare;
  bare.kind = EventKind::reload;
  trail->submit(std::move(bare));
  trail->stop();
  const std::string line = split_lines(place.text())[1];
  EXPECT_NE(member(line, "event_id"), "\"" + core::Uuid().text() + "\"");
  EXPECT_EQ(member(line, "timestamp").substr(0, 3), "\"20");
}

TEST(Trail, CountsExactlyWhatDidNotFit) {
  FakePlace place;
  TrailOptions options = quick_options();
  options.queue_capacity = 16;
  place.block();
  auto trail = open_trail(place, options);
  trail->submit(statement_event());
  place.wait_until_entered();
  std::uint64_t accepted = 1;
  for (int i = 0; i < 100; ++i) accepted += trail->submit(statement_event()).accepted() ? 1U : 0U;
  EXPECT_GE(accepted, 16U);
  EXPECT_LE(accepted, 18U);
  EXPECT_EQ(trail->stats().dropped, 101 - accepted);
  place.release();
  trail->flush();
  trail->submit(statement_event());
  trail->stop();
  const Account account = account_for(place);
  EXPECT_EQ(account.statements, accepted + 1);
  EXPECT_EQ(account.dropped, 101 - accepted);
}

TEST(Trail, BoundsTheBytesOfItsQueueToo) {
  FakePlace place;
  TrailOptions options = quick_options();
  options.queue_bytes = 100'000;
  place.block();
  auto trail = open_trail(place, options);
  trail->submit(statement_event());
  place.wait_until_entered();
  int accepted = 0;
  for (int i = 0; i < 100; ++i) accepted += trail->submit(statement_event(std::string(10'000, 'x'))).accepted() ? 1 : 0;
  EXPECT_LE(accepted, 10);
  EXPECT_GE(accepted, 8);
  EXPECT_TRUE(trail->submit(statement_event()).accepted()) << "small events are bounded by the capacity alone";
  place.release();
  trail->flush();
  EXPECT_TRUE(trail->submit(statement_event(std::string(10'000, 'x'))).accepted()) << "the bytes are given back";
}

TEST(Trail, ManyThreadsLoseNothingUncounted) {
  constexpr int kThreads = 8;
  constexpr int kEach = 3000;
  FakePlace place;
  TrailOptions options = quick_options();
  options.queue_capacity = 256;
  auto trail = open_trail(place, options);
  std::atomic<std::uint64_t> accepted{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      std::uint64_t mine = 0;
      for (int i = 0; i < kEach; ++i) {
        mine += trail->submit(statement_event(std::to_string(thread) + ":" + std::to_string(i))).accepted() ? 1U : 0U;
      }
      accepted += mine;
    });
  }
  for (std::thread& thread : threads) thread.join();
  trail->stop();
  const Account account = account_for(place);
  EXPECT_EQ(account.statements, accepted.load());
  EXPECT_EQ(account.statements + account.dropped, static_cast<std::uint64_t>(kThreads) * kEach);
  EXPECT_EQ(trail->stats().dropped, account.dropped);
  std::map<std::string, int> last_of_thread;
  for (const std::string& line : account.lines) {
    if (member(line, "kind") != "\"statement\"") continue;
    const std::string sql = member(line, "sql");
    const std::size_t colon = sql.find(':');
    const int number = std::stoi(sql.substr(colon + 1));
    const auto [entry, fresh] = last_of_thread.try_emplace(sql.substr(1, colon - 1), number);
    if (!fresh) {
      EXPECT_LT(entry->second, number) << "a thread's events keep their order";
    }
    entry->second = number;
  }
}

TEST(Trail, KeepsTryingWhileTheSinkFailsAndLosesNothing) {
  FakePlace place;
  place.fail(true);
  auto trail = open_trail(place);
  for (int i = 0; i < 50; ++i) trail->submit(statement_event());
  place.wait_for_failures(3);
  EXPECT_TRUE(trail->stats().failing);
  EXPECT_TRUE(trail->accepting()) << "on_failure = continue";
  place.fail(false);
  trail->flush();
  EXPECT_FALSE(trail->stats().failing);
  trail->stop();
  EXPECT_EQ(account_for(place).statements, 50U);
}

TEST(Trail, RefusesStatementsWhileItBlocksAndRecoversByItself) {
  FakePlace place;
  TrailOptions options = quick_options();
  options.on_failure = OnFailure::block;
  auto trail = open_trail(place, options);
  trail->flush();
  EXPECT_TRUE(trail->accepting());
  place.fail(true);
  trail->submit(statement_event());
  place.wait_for_failures(2);
  EXPECT_FALSE(trail->accepting());
  place.fail(false);
  trail->flush();
  EXPECT_TRUE(trail->accepting());
}

TEST(Trail, RefusesStatementsWhenItsQueueIsNearlyFull) {
  FakePlace place;
  TrailOptions options = quick_options();
  options.on_failure = OnFailure::block;
  options.queue_capacity = 64;
  place.block();
  auto trail = open_trail(place, options);
  trail->submit(statement_event());
  place.wait_until_entered();
  for (int i = 0; i < 60; ++i) trail->submit(statement_event());
  EXPECT_FALSE(trail->accepting());
  place.release();
  trail->flush();
  EXPECT_TRUE(trail->accepting());
}

TEST(Trail, AStopGivesUpOnASinkThatKeepsFailingAndCountsTheLoss) {
  FakePlace place;
  place.fail(true);
  TrailOptions options = quick_options();
  options.stop_timeout = std::chrono::milliseconds{0};
  auto trail = open_trail(place, options);
  for (int i = 0; i < 30; ++i) trail->submit(statement_event());
  trail->stop();
  EXPECT_EQ(place.text(), "");
  EXPECT_EQ(trail->stats().dropped, 30U);
  EXPECT_FALSE(trail->submit(statement_event()).accepted());
  EXPECT_EQ(trail->stats().dropped, 31U);
  trail->stop();
}

TEST(Trail, WithBatchDurabilityNobodyWaits) {
  FakePlace place;
  place.block();
  auto trail = open_trail(place);
  const Ticket ticket = trail->submit(statement_event());
  EXPECT_TRUE(trail->settled(ticket));
  int stored = 0;
  trail->on_settled(ticket, [&](Trail::Outcome outcome) { stored += outcome == Trail::Outcome::stored ? 1 : 0; });
  EXPECT_EQ(stored, 1);
  place.release();
}

TEST(Trail, WithWriteDurabilityATicketSettlesOnceItsEventIsStored) {
  FakePlace place;
  TrailOptions options = quick_options();
  options.durability = Durability::write;
  options.batch_interval = std::chrono::hours{1};
  place.block();
  auto trail = open_trail(place, options);
  const Ticket ticket = trail->submit(statement_event());
  EXPECT_FALSE(trail->settled(ticket));
  std::promise<Trail::Outcome> outcome;
  trail->on_settled(ticket, [&](Trail::Outcome got) { outcome.set_value(got); });
  place.wait_until_entered();
  EXPECT_FALSE(trail->settled(ticket));
  place.release();
  EXPECT_EQ(outcome.get_future().get(), Trail::Outcome::stored);
  EXPECT_TRUE(trail->settled(ticket));
  EXPECT_EQ(account_for(place).statements, 1U);

  std::promise<Trail::Outcome> again;
  trail->on_settled(ticket, [&](Trail::Outcome got) { again.set_value(got); });
  EXPECT_EQ(again.get_future().get(), Trail::Outcome::stored) << "at once";
}

TEST(Trail, WaitersOfADroppedOrGivenUpEventAreTold) {
  FakePlace place;
  TrailOptions options = quick_options();
  options.durability = Durability::fsync;
  options.on_failure = OnFailure::block;
  options.stop_timeout = std::chrono::milliseconds{0};
  place.fail(true);
  auto trail = open_trail(place, options);
  std::vector<Trail::Outcome> outcomes;
  trail->on_settled(Ticket{}, [&](Trail::Outcome got) { outcomes.push_back(got); });
  EXPECT_EQ(outcomes, std::vector{Trail::Outcome::lost});
  trail->on_settled(trail->submit(statement_event()), [&](Trail::Outcome got) { outcomes.push_back(got); });
  trail->stop();
  EXPECT_EQ(outcomes, (std::vector{Trail::Outcome::lost, Trail::Outcome::lost}));
}

TEST(Trail, WhoeverIsNotBlockedByAFailingSinkDoesNotWaitForIt) {
  FakePlace place;
  TrailOptions options = quick_options();
  options.durability = Durability::write;
  auto trail = open_trail(place, options);
  trail->flush();
  place.fail(true);
  const Ticket ticket = trail->submit(statement_event());
  std::promise<Trail::Outcome> outcome;
  trail->on_settled(ticket, [&](Trail::Outcome got) { outcome.set_value(got); });
  EXPECT_EQ(outcome.get_future().get(), Trail::Outcome::late);
  EXPECT_TRUE(trail->settled(ticket)) << "while it fails";
  std::promise<Trail::Outcome> next;
  trail->on_settled(trail->submit(statement_event()), [&](Trail::Outcome got) { next.set_value(got); });
  EXPECT_EQ(next.get_future().get(), Trail::Outcome::late);
  place.fail(false);
  trail->stop();
  EXPECT_EQ(account_for(place).statements, 2U) << "late is not lost";
}

TEST(Trail, WhatIsAdmittedIsNeverDroppedHoweverManyOthersCome) {
  constexpr int kThreads = 6;
  FakePlace place;
  TrailOptions options = quick_options();
  options.on_failure = OnFailure::block;
  options.queue_capacity = 64;
  auto trail = open_trail(place, options);
  std::atomic<std::uint64_t> admitted{0};
  std::atomic<std::uint64_t> refused{0};
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&, thread] {
      for (int i = 0; i < 4000; ++i) {
        // Every other thread does what nobody asks about: logins, denials.
        if (thread % 2 == 1) {
          Event event = statement_event();
          event.kind = EventKind::connect;
          trail->submit(std::move(event));
          continue;
        }
        const Trail::Admission admission = trail->admit(2);
        refused += admission == Trail::Admission::refused ? 1U : 0U;
        if (admission == Trail::Admission::refused) continue;
        ASSERT_EQ(admission, Trail::Admission::reserved);
        if (i % 3 == 0) {
          trail->withdraw(2);
          continue;
        }
        EXPECT_TRUE(trail->submit_reserved(statement_event()).accepted());
        EXPECT_TRUE(trail->submit_reserved(statement_event()).accepted());
        admitted += 2;
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  trail->flush();
  EXPECT_TRUE(trail->accepting()) << "all places were given back";
  trail->stop();
  EXPECT_EQ(account_for(place).statements, admitted.load());
  EXPECT_GT(refused.load(), 0U) << "the queue was never nearly full: the test says nothing";
}

TEST(Trail, RefusesStatementsWhileItsSinkSaysThatItWouldFail) {
  FakePlace place;
  TrailOptions options = quick_options();
  options.on_failure = OnFailure::block;
  auto trail = open_trail(place, options);
  trail->flush();
  place.make_unfit(true);
  while (trail->accepting()) std::this_thread::yield();
  EXPECT_EQ(trail->admit(1), Trail::Admission::refused) << "before a single event was at stake";
  place.make_unfit(false);
  while (!trail->accepting()) std::this_thread::yield();
  EXPECT_EQ(trail->admit(1), Trail::Admission::reserved);
}

TEST(Trail, ManyWaitersShareWrites) {
  constexpr int kThreads = 8;
  constexpr int kEach = 200;
  FakePlace place;
  TrailOptions options = quick_options();
  options.durability = Durability::write;
  options.batch_interval = std::chrono::hours{1};
  auto trail = open_trail(place, options);
  std::vector<std::thread> threads;
  for (int thread = 0; thread < kThreads; ++thread) {
    threads.emplace_back([&] {
      for (int i = 0; i < kEach; ++i) {
        const auto outcome = std::make_shared<std::promise<Trail::Outcome>>();
        trail->on_settled(trail->submit(statement_event()), [outcome](Trail::Outcome got) { outcome->set_value(got); });
        EXPECT_EQ(outcome->get_future().get(), Trail::Outcome::stored);
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  trail->stop();
  EXPECT_EQ(account_for(place).statements, static_cast<std::uint64_t>(kThreads) * kEach);
}

TEST(Trail, TurnsNoticesOfItsSinkIntoEvents) {
  FakePlace place;
  auto trail = open_trail(place);
  place.add_notice("the audit file was moved");
  trail->flush();
  trail->stop();
  const std::vector<std::string> lines = split_lines(place.text());
  const auto notice =
      std::ranges::find_if(lines, [](const std::string& line) { return member(line, "sub_type") == "\"audit_file\""; });
  ASSERT_NE(notice, lines.end());
  EXPECT_EQ(member(*notice, "reason"), "\"the audit file was moved\"");
}

}  // namespace
}  // namespace sqlproxy::audit
