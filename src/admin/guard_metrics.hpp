#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

namespace sqlproxy::admin {

// What the guards of the proxy (rate limits, circuit breakers, bounds) tell the metrics. Set by the composition root
// before anything is served; each may be called from any thread. Empty ones stand for guards that are not there.
struct GuardMetrics {
  struct Breaker {
    std::string tenant;
    std::string database;
    int state = 0;  // 0 closed, 1 half-open, 2 open
    std::uint64_t opened = 0;
  };
  struct InFlight {
    std::string database;
    std::uint64_t limit = 0;
    std::uint64_t running = 0;
    std::uint64_t waiting = 0;
  };
  struct Refusals {
    std::string level;
    std::uint64_t refused = 0;
  };

  std::function<std::vector<Breaker>()> breakers;
  std::function<std::vector<Refusals>()> rate_limited;
  std::function<std::vector<InFlight>()> in_flight;
};

}  // namespace sqlproxy::admin
