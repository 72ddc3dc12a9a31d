#pragma once

#include <atomic>
#include <chrono>
#include <cstdint>

#include "core/clock.hpp"

namespace sqlproxy::pipeline {

// `rate` tokens a second, of which up to `burst` wait for whoever comes.
struct RateLimit {
  double rate = 0;
  double burst = 0;

  friend bool operator==(const RateLimit&, const RateLimit&) = default;
};

// A token bucket that all workers share. Instead of tokens it keeps the time at which it will be full again, so that
// taking is one compare-and-swap and nothing has to refill it (the generic cell rate algorithm). Begins full.
//
// Thread-safe and lock-free. `now` comes from the caller; that of one thread may be older than another's.
class TokenBucket {
 public:
  TokenBucket(RateLimit limit, core::TimePoint now) : origin_(now) { set(limit); }
  TokenBucket(const TokenBucket&) = delete;
  TokenBucket& operator=(const TokenBucket&) = delete;

  // Never: more than the bucket ever holds.
  static constexpr std::chrono::nanoseconds kNever = std::chrono::nanoseconds::max();

  // Takes so many, or none. True when they were there.
  [[nodiscard]] bool take(std::uint32_t tokens, core::TimePoint now);
  // Puts back what take() has taken.
  void give_back(std::uint32_t tokens) { full_at_.fetch_sub(cost(tokens), std::memory_order_relaxed); }
  // Takes so many, or as many as there are.
  void take_what_is_there(std::uint32_t tokens, core::TimePoint now);
  // After what time take() would succeed if nobody else took any; zero: now.
  [[nodiscard]] std::chrono::nanoseconds wait_for(std::uint32_t tokens, core::TimePoint now) const;
  [[nodiscard]] bool is_full(core::TimePoint now) const {
    return full_at_.load(std::memory_order_relaxed) <= units(now);
  }

  // Goes on with another limit, and with as many tokens missing as before. What is taken at the same moment may be lost
  // to the count.
  void change(RateLimit limit, core::TimePoint now);
  [[nodiscard]] RateLimit limit() const {
    return {rate_.load(std::memory_order_relaxed), burst_.load(std::memory_order_relaxed)};
  }

 private:
  // Time is counted from origin_ in sixteenths of a nanosecond: rounding the time of a token is then no matter up to
  // rates of tens of millions, and the count lasts for 18 years.
  using Units = std::int64_t;
  static constexpr Units kUnitsPerNanosecond = 16;
  static constexpr Units kLongest = Units{1} << 60;

  void set(RateLimit limit);
  [[nodiscard]] Units units(core::TimePoint now) const {
    return std::chrono::duration_cast<std::chrono::nanoseconds>(now - origin_).count() * kUnitsPerNanosecond;
  }
  [[nodiscard]] Units cost(std::uint32_t tokens) const;

  const core::TimePoint origin_;
  // Alone on its line: every statement of every worker writes it.
  alignas(64) std::atomic<Units> full_at_{0};
  alignas(64) std::atomic<Units> interval_{1};
  // What full_at_ may be ahead of the time at most.
  std::atomic<Units> capacity_{0};
  std::atomic<double> rate_{0};
  std::atomic<double> burst_{0};
};

}  // namespace sqlproxy::pipeline
