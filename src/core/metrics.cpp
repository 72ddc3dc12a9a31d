#include "core/metrics.hpp"

#include <algorithm>
#include <numeric>

namespace sqlproxy::core {

std::uint64_t DurationHistogram::Values::count() const {
  return std::accumulate(counts.begin(), counts.end(), std::uint64_t{0});
}

DurationHistogram::Values& DurationHistogram::Values::operator+=(const Values& other) {
  std::ranges::transform(counts, other.counts, counts.begin(), std::plus<>());
  sum_us += other.sum_us;
  return *this;
}

void DurationHistogram::observe(Duration duration) {
  const std::int64_t us = std::max<std::int64_t>(duration.count(), 0);
  // Most are short: a walk from the front is as fast as a search.
  std::size_t range = 0;
  while (range < kBounds.size() && us > kBounds[range]) ++range;
  counts_[range].add();
  sum_us_.add(static_cast<std::uint64_t>(us));
}

DurationHistogram::Values DurationHistogram::values() const {
  Values values;
  for (std::size_t i = 0; i < counts_.size(); ++i) values.counts[i] = counts_[i].value();
  values.sum_us = sum_us_.value();
  return values;
}

}  // namespace sqlproxy::core
