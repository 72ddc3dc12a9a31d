// What an event costs: to hand over on a worker (budget: 750 ns, no system call), to encode and hash, and to write in
// batches (events/s as items, MB/s as bytes).
#include <benchmark/benchmark.h>

#include <atomic>
#include <chrono>
#include <filesystem>
#include <memory>
#include <thread>

#include "audit/batch.hpp"
#include "audit/file_sink.hpp"
#include "audit/trail.hpp"

namespace {

using namespace sqlproxy;

audit::Event statement_event() {
  static const auto session = [] {
    auto facts = std::make_shared<audit::SessionFacts>();
    facts->session_id = "01a1f838-453f-7a6f-8886-3f651bda6550";
    facts->client_ip = "192.0.2.7";
    facts->application_name = "bench";
    facts->user = "analyst";
    facts->roles = {"analysts"};
    facts->database = "app";
    return facts;
  }();
  static const auto statement = [] {
    auto facts = std::make_shared<audit::StatementFacts>();
    facts->statement_type = "SELECT";
    facts->sql = "SELECT abalance FROM pgbench_accounts WHERE aid = $1;";
    facts->fingerprint = "50fde20626009aba";
    facts->tables = {{"app", "public", "pgbench_accounts", audit::TableUsage::read}};
    return facts;
  }();
  audit::Event event;
  event.timestamp = core::wall_now();
  event.received_at = event.timestamp;
  event.event_id = core::Uuid::v7(event.timestamp);
  event.session = session;
  event.statement = statement;
  event.protocol = audit::Protocol::simple;
  event.decision = audit::Decision::allow;
  event.matched_rule = "analysts-read";
  event.policy_version = "1";
  event.status = audit::EventStatus::ok;
  event.rows_returned = 1;
  event.total_time = std::chrono::microseconds(100);
  return event;
}

// Takes all, keeps nothing.
class NullSink final : public audit::Sink {
 public:
  [[nodiscard]] core::Result<audit::TrailPosition> open() override { return audit::TrailPosition{}; }
  [[nodiscard]] core::Status store(std::string_view lines, std::uint64_t /*first*/,
                                   audit::Durability /*how*/) override {
    benchmark::DoNotOptimize(lines.data());
    return {};
  }
};

void make_event(benchmark::State& state) {
  for (auto _ : state) benchmark::DoNotOptimize(statement_event());
}

// The events are made beforehand and the queue takes them all: the cost of submit() alone.
void enqueue(benchmark::State& state) {
  constexpr std::size_t kEvents = 32768;
  audit::TrailOptions options;
  options.batch_interval = std::chrono::hours(1);
  options.on_failure = state.range(0) == 0 ? audit::OnFailure::carry_on : audit::OnFailure::block;
  auto trail = std::move(audit::Trail::open(options, std::make_unique<NullSink>())).value();
  std::vector<audit::Event> events(kEvents);
  std::size_t next = kEvents;
  for (auto _ : state) {
    if (next == kEvents) {
      state.PauseTiming();
      trail->flush();
      for (audit::Event& event : events) event = statement_event();
      next = 0;
      state.ResumeTiming();
    }
    benchmark::DoNotOptimize(trail->submit(std::move(events[next++])));
  }
  if (trail->stats().dropped != 0) state.SkipWithError("the queue was full");
}

void encode(benchmark::State& state) {
  const bool chain = state.range(1) != 0;
  audit::Batch batch("node", chain, static_cast<audit::LineFormat>(state.range(0)), {});
  const audit::Event event = statement_event();
  std::int64_t bytes = 0;
  for (auto _ : state) {
    batch.add(event);
    if (batch.full()) {
      bytes += static_cast<std::int64_t>(batch.lines().size());
      batch.clear();
    }
  }
  state.SetItemsProcessed(state.iterations());
  state.SetBytesProcessed(bytes);
}

// Batches of a thousand through the file sink, with each durability.
void store(benchmark::State& state) {
  const auto folder = std::filesystem::temp_directory_path() / "sql-proxy-audit-bench";
  std::filesystem::remove_all(folder);
  std::filesystem::create_directories(folder);
  audit::FileSinkOptions options;
  options.path = folder / "audit.jsonl";
  options.keep = 1;
  options.compress = false;
  audit::FileSink sink(options);
  const auto position = sink.open();
  audit::Batch batch("node", true, audit::LineFormat::native, *position);
  const audit::Event event = statement_event();
  const auto events = static_cast<std::size_t>(state.range(1));
  std::int64_t bytes = 0;
  for (auto _ : state) {
    while (batch.events() < events) batch.add(event);
    if (!sink.store(batch.lines(), batch.first_sequence(), static_cast<audit::Durability>(state.range(0)))) {
      state.SkipWithError("cannot write");
      break;
    }
    bytes += static_cast<std::int64_t>(batch.lines().size());
    batch.clear();
  }
  state.SetItemsProcessed(state.iterations() * static_cast<std::int64_t>(events));
  state.SetBytesProcessed(bytes);
  std::filesystem::remove_all(folder);
}

BENCHMARK(make_event);
BENCHMARK(enqueue)->ArgName("block")->Arg(0)->Arg(1);
BENCHMARK(encode)->ArgNames({"format", "chain"})->Args({0, 0})->Args({0, 1})->Args({1, 1})->Args({2, 1});
BENCHMARK(store)->ArgNames({"durability", "events"})->Args({1, 1000})->Args({2, 1000})->Args({1, 8})->Args({2, 8});

}  // namespace
