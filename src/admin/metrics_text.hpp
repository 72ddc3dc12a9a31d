#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "core/metrics.hpp"

namespace sqlproxy::admin {

// Writes metrics in Prometheus' text format (version 0.0.4). A family is begun once, and its samples follow it.
class MetricsText {
 public:
  using Labels = std::initializer_list<std::pair<std::string_view, std::string_view>>;
  enum class Type { counter, gauge, histogram };

  // `name` of a counter ends in "_total"; `help` is one line.
  void begin(std::string_view name, Type type, std::string_view help);
  void sample(Labels labels, std::uint64_t value);
  void sample(Labels labels, double value);
  // In seconds.
  void sample(Labels labels, const core::DurationHistogram::Values& values);

  // A family of one sample without labels.
  template <class Value>
  void single(std::string_view name, Type type, std::string_view help, Value value) {
    begin(name, type, help);
    sample({}, value);
  }

  [[nodiscard]] std::string take() { return std::move(text_); }

 private:
  void append_name(std::string_view suffix, Labels labels, std::string_view bound = {});

  std::string text_;
  std::string name_;
};

}  // namespace sqlproxy::admin
