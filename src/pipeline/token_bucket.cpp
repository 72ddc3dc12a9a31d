#include "pipeline/token_bucket.hpp"

#include <algorithm>
#include <cmath>

namespace sqlproxy::pipeline {

void TokenBucket::set(RateLimit limit) {
  constexpr double kUnitsPerSecond = 1e9 * static_cast<double>(kUnitsPerNanosecond);
  constexpr auto kMost = static_cast<double>(kLongest);
  // The rounded one counts from here on, so that a whole burst fits exactly.
  const double interval = std::round(std::clamp(kUnitsPerSecond / limit.rate, 1.0, kMost));
  interval_.store(static_cast<Units>(interval), std::memory_order_relaxed);
  capacity_.store(std::llround(std::min(interval * limit.burst, kMost)), std::memory_order_relaxed);
  rate_.store(limit.rate, std::memory_order_relaxed);
  burst_.store(limit.burst, std::memory_order_relaxed);
}

TokenBucket::Units TokenBucket::cost(std::uint32_t tokens) const {
  const Units interval = interval_.load(std::memory_order_relaxed);
  return interval > kLongest / std::max<Units>(tokens, 1) ? kLongest : interval * tokens;
}

bool TokenBucket::take(std::uint32_t tokens, core::TimePoint now) {
  const Units at = units(now);
  const Units taken = cost(tokens);
  const Units latest = at + capacity_.load(std::memory_order_relaxed);
  Units full_at = full_at_.load(std::memory_order_relaxed);
  Units next = 0;
  do {
    next = std::max(full_at, at) + taken;
    if (next > latest) return false;
  } while (!full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed));
  return true;
}

void TokenBucket::take_what_is_there(std::uint32_t tokens, core::TimePoint now) {
  const Units at = units(now);
  const Units taken = cost(tokens);
  const Units latest = at + capacity_.load(std::memory_order_relaxed);
  Units full_at = full_at_.load(std::memory_order_relaxed);
  Units next = 0;
  do {
    next = std::max(full_at, std::min(std::max(full_at, at) + taken, latest));
  } while (!full_at_.compare_exchange_weak(full_at, next, std::memory_order_relaxed));
}

std::chrono::nanoseconds TokenBucket::wait_for(std::uint32_t tokens, core::TimePoint now) const {
  const Units at = units(now);
  const Units taken = cost(tokens);
  const Units capacity = capacity_.load(std::memory_order_relaxed);
  if (taken > capacity) return kNever;
  const Units ahead = std::max(full_at_.load(std::memory_order_relaxed), at) + taken - at - capacity;
  // Rounded up, so that whoever waits for so long finds them.
  return std::chrono::nanoseconds(ahead <= 0 ? 0 : (ahead + kUnitsPerNanosecond - 1) / kUnitsPerNanosecond);
}

void TokenBucket::change(RateLimit limit, core::TimePoint now) {
  if (limit == this->limit()) return;
  const Units at = units(now);
  const Units ahead = std::max(full_at_.load(std::memory_order_relaxed) - at, Units{0});
  const double missing = static_cast<double>(ahead) / static_cast<double>(interval_.load(std::memory_order_relaxed));
  set(limit);
  const double still_ahead = missing * static_cast<double>(interval_.load(std::memory_order_relaxed));
  const Units capacity = capacity_.load(std::memory_order_relaxed);
  full_at_.store(at + static_cast<Units>(std::min(still_ahead, static_cast<double>(capacity))),
                 std::memory_order_relaxed);
}

}  // namespace sqlproxy::pipeline
