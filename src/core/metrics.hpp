#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>

#include "core/clock.hpp"

namespace sqlproxy::core {

// A number that only rises. One thread writes it, any thread reads: there is no locked instruction, and what a reader
// sees is a value that was right a moment ago.
class Counter {
 public:
  void add(std::uint64_t count = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + count, std::memory_order_relaxed);
  }
  [[nodiscard]] std::uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<std::uint64_t> value_{0};
};

// How often a duration fell into which range. As Counter: one thread writes, any thread reads; a reader may see an
// observation counted in its range and not yet in the sum.
class DurationHistogram {
 public:
  // Upper bounds of the ranges, inclusive, in microseconds; what is longer is in one range more.
  static constexpr std::array<std::int64_t, 17> kBounds{
      10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10000, 25000, 50000, 100000, 250000, 1000000, 5000000, 30000000,
  };

  // Not cumulative. A plain value, to be added up over the threads that write.
  struct Values {
    std::array<std::uint64_t, kBounds.size() + 1> counts{};
    std::uint64_t sum_us = 0;

    [[nodiscard]] std::uint64_t count() const;
    Values& operator+=(const Values& other);
  };

  // Negative durations count as none.
  void observe(Duration duration);
  [[nodiscard]] Values values() const;

 private:
  std::array<Counter, kBounds.size() + 1> counts_;
  Counter sum_us_;
};

}  // namespace sqlproxy::core
