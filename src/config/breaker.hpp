#pragma once

#include <chrono>
#include <cstddef>

namespace sqlproxy::config {

// A circuit breaker: opens after `failures` within `window`, tries again after `cooldown`.
struct Breaker {
  std::size_t failures = 5;
  std::chrono::milliseconds window{10000};
  std::chrono::milliseconds cooldown{5000};
};

}  // namespace sqlproxy::config
