#include "core/metrics.hpp"

#include <gtest/gtest.h>

#include <algorithm>
#include <thread>

namespace sqlproxy::core {
namespace {

TEST(Counter, OneWriterAndAReader) {
  Counter counter;
  std::thread writer([&] {
    for (int i = 0; i < 100'000; ++i) counter.add();
  });
  std::uint64_t last = 0;
  for (int i = 0; i < 1000; ++i) {
    const std::uint64_t now = counter.value();
    ASSERT_GE(now, last);
    last = now;
  }
  writer.join();
  EXPECT_EQ(counter.value(), 100'000U);
}

TEST(DurationHistogram, BoundsAreInclusiveAndRising) {
  ASSERT_TRUE(std::ranges::is_sorted(DurationHistogram::kBounds));
  DurationHistogram histogram;
  for (const std::int64_t bound : DurationHistogram::kBounds) histogram.observe(Duration(bound));
  histogram.observe(Duration(DurationHistogram::kBounds.back() + 1));
  const auto values = histogram.values();
  for (const std::uint64_t count : values.counts) EXPECT_EQ(count, 1U);
  EXPECT_EQ(values.count(), DurationHistogram::kBounds.size() + 1);
}

TEST(DurationHistogram, ValuesAddUp) {
  DurationHistogram one;
  DurationHistogram other;
  one.observe(Duration(5));
  other.observe(Duration(7));
  auto sum = one.values();
  sum += other.values();
  EXPECT_EQ(sum.count(), 2U);
  EXPECT_EQ(sum.sum_us, 12U);
}

}  // namespace
}  // namespace sqlproxy::core
