// What the text costs before anything is known of it: checks, cache key, cache hit, normal form; and parsing it, to
// compare with. Budgets: 300 ns for the key of an 80-character SELECT; a hit at most 1/20 of pg_query_parse.
#include <benchmark/benchmark.h>
#include <pg_query.h>

#include <memory>
#include <string_view>

#include "pipeline/cache_key.hpp"
#include "pipeline/normalizer.hpp"
#include "pipeline/parse_cache.hpp"
#include "pipeline/text_guard.hpp"

namespace {

using namespace sqlproxy::pipeline;

constexpr std::string_view kSelect = "SELECT id, name, total FROM orders WHERE customer_id = 4711 AND state = 'open'  ";
static_assert(kSelect.size() == 80);
constexpr std::string_view kPgbench = "SELECT abalance FROM pgbench_accounts WHERE aid = 123456;";
constexpr std::string_view kReport =
    "SELECT c.region, date_trunc('month', o.created_at) AS month, count(*) AS orders, sum(o.total) AS revenue "
    "FROM orders o JOIN customers c ON c.id = o.customer_id LEFT JOIN refunds r ON r.order_id = o.id "
    "WHERE o.created_at >= '2024-01-01' AND o.state IN ('paid', 'shipped', 'done') AND r.id IS NULL "
    "AND c.country = 'DE' GROUP BY 1, 2 HAVING sum(o.total) > 1000 ORDER BY 2 DESC, 4 LIMIT 50";

std::string_view text(const benchmark::State& state) {
  constexpr std::string_view kTexts[] = {kSelect, kPgbench, kReport};
  return kTexts[state.range(0)];
}

void check_bytes_of(benchmark::State& state) {
  const TextLimits limits;
  for (auto _ : state) benchmark::DoNotOptimize(check_bytes(text(state), limits).has_value());
}

void make_key(benchmark::State& state) {
  CacheKeyMaker maker(7);
  for (auto _ : state) benchmark::DoNotOptimize(maker.make(text(state)));
}

void cache_hit(benchmark::State& state) {
  CacheKeyMaker maker(7);
  ParseCache cache;
  const TextLimits limits;
  cache.insert(maker.make(text(state)), std::make_shared<Analysis>());
  for (auto _ : state) {
    benchmark::DoNotOptimize(check_bytes(text(state), limits).has_value());
    benchmark::DoNotOptimize(cache.find(maker.make(text(state))));
  }
}

void check_whole_text(benchmark::State& state) {
  const TextLimits limits;
  for (auto _ : state) benchmark::DoNotOptimize(check_text(text(state), limits).has_value());
}

void normal_form(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(normalize(text(state)));
}

void parse_to_compare(benchmark::State& state) {
  const std::string sql(text(state));
  for (auto _ : state) pg_query_free_parse_result(pg_query_parse(sql.c_str()));
}

BENCHMARK(check_bytes_of)->DenseRange(0, 2);
BENCHMARK(make_key)->DenseRange(0, 2);
BENCHMARK(cache_hit)->DenseRange(0, 2);
BENCHMARK(check_whole_text)->DenseRange(0, 2);
BENCHMARK(normal_form)->DenseRange(0, 2);
BENCHMARK(parse_to_compare)->DenseRange(0, 2);

}  // namespace
