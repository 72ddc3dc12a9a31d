#include "audit/event_queue.hpp"

#include <gtest/gtest.h>

#include <memory>
#include <thread>
#include <vector>

namespace sqlproxy::audit {
namespace {

TEST(EventQueue, RoundsItsCapacityUpToAPowerOfTwo) {
  EXPECT_EQ(EventQueue<int>(0).capacity(), 2U);
  EXPECT_EQ(EventQueue<int>(5).capacity(), 8U);
  EXPECT_EQ(EventQueue<int>(65536).capacity(), 65536U);
}

TEST(EventQueue, RefusesWhenFullAndLeavesTheItemAlone) {
  EventQueue<std::unique_ptr<int>> queue(2);
  EXPECT_EQ(queue.try_push(std::make_unique<int>(1)), 1U);
  EXPECT_EQ(queue.try_push(std::make_unique<int>(2)), 2U);
  auto third = std::make_unique<int>(3);
  EXPECT_EQ(queue.try_push(std::move(third)), 0U);
  EXPECT_NE(third, nullptr);
  EXPECT_EQ(queue.size(), 2U);
}

TEST(EventQueue, IsFirstInFirstOutOverManyTurnsOfTheRing) {
  EventQueue<int> queue(4);
  for (int i = 0; i < 1000; ++i) {
    EXPECT_EQ(queue.try_push(int{i}), static_cast<std::uint64_t>(i) + 1);
    if (i % 3 == 2) {
      for (int expected = i - 2; expected <= i; ++expected) {
        int got = -1;
        EXPECT_TRUE(queue.consume([&](int&& value) { got = value; }));
        EXPECT_EQ(got, expected);
      }
      EXPECT_FALSE(queue.consume([](int&&) {}));
    }
  }
}

TEST(EventQueue, DestroysWhatWasNotTaken) {
  const auto shared = std::make_shared<int>(1);
  {
    EventQueue<std::shared_ptr<int>> queue(8);
    for (int i = 0; i < 5; ++i) queue.try_push(std::shared_ptr<int>(shared));
    EXPECT_TRUE(queue.consume([](std::shared_ptr<int>&&) {}));
    EXPECT_EQ(shared.use_count(), 5);
  }
  EXPECT_EQ(shared.use_count(), 1);
}

TEST(EventQueue, LosesAndDoublesNothingBetweenThreads) {
  constexpr std::uint64_t kProducers = 4;
  constexpr std::uint64_t kEach = 20'000;
  struct Item {
    std::uint64_t producer;
    std::uint64_t number;
  };
  EventQueue<Item> queue(64);
  std::vector<std::thread> producers;
  for (std::uint64_t producer = 0; producer < kProducers; ++producer) {
    producers.emplace_back([&queue, producer] {
      for (std::uint64_t number = 0; number < kEach; ++number) {
        while (queue.try_push(Item{producer, number}) == 0) std::this_thread::yield();
      }
    });
  }
  std::vector<std::uint64_t> next(kProducers, 0);
  std::uint64_t out_of_order = 0;
  for (std::uint64_t got = 0; got < kProducers * kEach;) {
    const bool any =
        queue.consume([&](Item&& item) { out_of_order += next[item.producer]++ == item.number ? 0U : 1U; });
    got += any ? 1U : 0U;
    if (!any) std::this_thread::yield();
  }
  for (std::thread& producer : producers) producer.join();
  EXPECT_EQ(out_of_order, 0U);
  EXPECT_EQ(next, std::vector<std::uint64_t>(kProducers, kEach));
  EXPECT_EQ(queue.size(), 0U);
}

}  // namespace
}  // namespace sqlproxy::audit
