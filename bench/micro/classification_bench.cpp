// What the classification of a result costs. Budgets: 200 ns for the columns of a shape that was seen before, ten of
// them; 500 MB/s over the values that are looked at.
#include <benchmark/benchmark.h>

#include <string>
#include <vector>

#include "pipeline/classification/result_scan.hpp"
#include "pipeline/classification/shape_cache.hpp"

namespace {

using namespace sqlproxy::pipeline;

constexpr Oid kText = 25;
constexpr Oid kInteger = 23;

const ClassifierPtr& classifier() {
  static const ClassifierPtr kClassifier = Classifier::compile({});
  return kClassifier;
}

std::vector<ResultColumn> ten_columns() {
  std::vector<ResultColumn> columns;
  for (const char* name :
       {"id", "name", "email", "created_at", "status", "total", "city", "sku", "updated_at", "note"}) {
    ResultColumn& column = columns.emplace_back();
    column.name = name;
    column.type = kInteger;
  }
  return columns;
}

// As long as a RowDescription of ten columns.
std::string description() {
  std::string body;
  for (const ResultColumn& column : ten_columns()) body += column.name + std::string(19, '\1');
  return body;
}

void shape_seen_before(benchmark::State& state) {
  ShapeCache cache;
  const std::string body = description();
  cache.insert(body, 7, classifier()->shape_of(ten_columns()));
  ResultScan scan;
  for (auto _ : state) {
    scan.begin(classifier(), cache.find(body, 7));
    benchmark::DoNotOptimize(scan.wants_row());
  }
}

void shape_not_seen_before(benchmark::State& state) {
  const std::vector<ResultColumn> columns = ten_columns();
  for (auto _ : state) benchmark::DoNotOptimize(classifier()->shape_of(columns));
}

void scan_values(benchmark::State& state, const std::vector<std::string>& values) {
  ResultColumn column;
  column.name = "c";
  column.type = kText;
  ClassificationOptions options;
  options.sample_rows = -1;
  const ClassifierPtr all = Classifier::compile(options);
  ResultScan scan;
  scan.begin(all, all->shape_of({&column, 1}));
  std::int64_t bytes = 0;
  for (auto _ : state) {
    for (const std::string& value : values) {
      scan.value(0, value);
      bytes += static_cast<std::int64_t>(value.size());
    }
    scan.end_row();
  }
  state.SetBytesProcessed(bytes);
}

void scan_words(benchmark::State& state) {
  scan_values(state, {"open", "Trail Shoe", "Berlin", "cancelled", "Example GmbH", "red"});
}

void scan_prose(benchmark::State& state) {
  std::string text;
  while (text.size() < 1000) text += "The parcel was left at the desk, and the customer has been told so. ";
  scan_values(state, {text, text, text, text});
}

void scan_prose_with_numbers(benchmark::State& state) {
  std::string text;
  while (text.size() < 1000) text += "Order 4711 of 2024-03-01 came 12 days late, see ticket 20231. ";
  scan_values(state, {text, text, text, text});
}

void scan_mails(benchmark::State& state) {
  scan_values(state, {"anna.adler@example.com", "ben.brown@mail.example.org", "carla@example.museum"});
}

BENCHMARK(shape_seen_before);
BENCHMARK(shape_not_seen_before);
BENCHMARK(scan_words);
BENCHMARK(scan_prose);
BENCHMARK(scan_prose_with_numbers);
BENCHMARK(scan_mails);

}  // namespace
