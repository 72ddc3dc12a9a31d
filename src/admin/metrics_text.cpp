#include "admin/metrics_text.hpp"

#include <charconv>

namespace sqlproxy::admin {
namespace {

std::string_view name_of(MetricsText::Type type) {
  switch (type) {
    case MetricsText::Type::counter: return "counter";
    case MetricsText::Type::gauge: return "gauge";
    case MetricsText::Type::histogram: return "histogram";
  }
  return "untyped";
}

void append_escaped(std::string& out, std::string_view value) {
  for (const char c : value) {
    switch (c) {
      case '\\': out += "\\\\"; break;
      case '"': out += "\\\""; break;
      case '\n': out += "\\n"; break;
      default: out.push_back(c);
    }
  }
}

template <class Number>
void append_number(std::string& out, Number number) {
  char digits[32];
  const auto [end, error] = std::to_chars(digits, digits + sizeof(digits), number);
  out.append(digits, error == std::errc{} ? end : digits);
}

double seconds(std::uint64_t microseconds) {
  return static_cast<double>(microseconds) / 1e6;
}

}  // namespace

void MetricsText::begin(std::string_view name, Type type, std::string_view help) {
  name_ = name;
  text_ += "# HELP " + name_ + ' ';
  text_ += help;
  text_ += "\n# TYPE " + name_ + ' ';
  text_ += name_of(type);
  text_ += '\n';
}

void MetricsText::append_name(std::string_view suffix, Labels labels, std::string_view bound) {
  text_ += name_;
  text_ += suffix;
  if (labels.size() == 0 && bound.empty()) {
    text_ += ' ';
    return;
  }
  char separator = '{';
  const auto append_label = [&](std::string_view label, std::string_view value) {
    text_ += separator;
    separator = ',';
    text_ += label;
    text_ += "=\"";
    append_escaped(text_, value);
    text_ += '"';
  };
  for (const auto& [label, value] : labels) append_label(label, value);
  if (!bound.empty()) append_label("le", bound);
  text_ += "} ";
}

void MetricsText::sample(Labels labels, std::uint64_t value) {
  append_name({}, labels);
  append_number(text_, value);
  text_ += '\n';
}

void MetricsText::sample(Labels labels, double value) {
  append_name({}, labels);
  append_number(text_, value);
  text_ += '\n';
}

void MetricsText::sample(Labels labels, const core::DurationHistogram::Values& values) {
  std::uint64_t below = 0;
  for (std::size_t i = 0; i < values.counts.size(); ++i) {
    below += values.counts[i];
    std::string bound = "+Inf";
    if (i < core::DurationHistogram::kBounds.size()) {
      bound.clear();
      append_number(bound, seconds(static_cast<std::uint64_t>(core::DurationHistogram::kBounds[i])));
    }
    append_name("_bucket", labels, bound);
    append_number(text_, below);
    text_ += '\n';
  }
  append_name("_sum", labels);
  append_number(text_, seconds(values.sum_us));
  text_ += '\n';
  append_name("_count", labels);
  append_number(text_, below);
  text_ += '\n';
}

}  // namespace sqlproxy::admin
