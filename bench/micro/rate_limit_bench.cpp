// What the rate limits cost a statement. Budget: four checks in at most 100 ns.
#include <benchmark/benchmark.h>

#include "pipeline/rate_limiter.hpp"

namespace {

using namespace sqlproxy;

constexpr pipeline::RateLimit kAmple{1e9, 1e9};
constexpr pipeline::RateLimit kTight{1e-6, 1};

pipeline::RateLimiter& limiter(const pipeline::RateLimit& per_user) {
  static pipeline::RateLimiter made;
  pipeline::RateRules rules;
  rules.global = rules.per_database = rules.per_user_database = kAmple;
  rules.per_user = per_user;
  made.use(rules, core::SteadyClock::now());
  return made;
}

void check(benchmark::State& state, const pipeline::RateLimit& per_user) {
  const auto limits = limiter(per_user).limits_of({"ann", {}, "default"}, "app", core::SteadyClock::now());
  core::TimePoint now = core::SteadyClock::now();
  for (auto _ : state) {
    // As time does between two statements.
    now += std::chrono::microseconds(1);
    benchmark::DoNotOptimize(limits.admit(1, now));
  }
}

void four_levels_pass(benchmark::State& state) {
  check(state, kAmple);
}
void one_of_four_refuses(benchmark::State& state) {
  check(state, kTight);
}

BENCHMARK(four_levels_pass);
// Every worker writes to the same four buckets.
BENCHMARK(four_levels_pass)->Threads(2)->UseRealTime();
BENCHMARK(one_of_four_refuses);

}  // namespace
