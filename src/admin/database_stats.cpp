#include "admin/database_stats.hpp"

#include <utility>

namespace sqlproxy::admin {
namespace {

StatValues values_of(const frontend::DatabaseMeter& meter) {
  return {
      meter.assignments.value(),    meter.transactions.value(), meter.statements.value(),
      meter.bytes_received.value(), meter.bytes_sent.value(),   meter.transaction_us.value(),
      meter.statement_us.value(),   meter.wait_us.value(),      meter.client_parses.value(),
      meter.server_parses.value(),  meter.binds.value(),        meter.logins.value(),
  };
}

StatValues lookup(const DatabaseStats& stats, const std::string& database) {
  const auto found = stats.find(database);
  return found == stats.end() ? StatValues{} : found->second;
}

}  // namespace

DatabaseStats collect_stats(std::span<frontend::Worker* const> workers) {
  DatabaseStats stats;
  for (frontend::Worker* worker : workers) {
    worker->metrics().for_each_database([&](const std::string& name, const frontend::DatabaseMeter& meter) {
      const StatValues values = values_of(meter);
      StatValues& sum = stats[name];
      for (std::size_t i = 0; i < kStats; ++i) sum[i] += values[i];
    });
  }
  return stats;
}

StatValues averages(const StatValues& now, const StatValues& before, core::Duration elapsed) {
  StatValues average{};
  if (elapsed.count() <= 0) return average;
  const auto us = static_cast<std::uint64_t>(elapsed.count());
  const auto rise = [&](Stat stat) {
    const auto i = static_cast<std::size_t>(stat);
    return now[i] > before[i] ? now[i] - before[i] : 0;
  };
  for (std::size_t i = 0; i < kStats; ++i) average[i] = 1'000'000 * rise(static_cast<Stat>(i)) / us;
  const auto per_piece = [&](Stat time, Stat count) {
    const std::uint64_t pieces = rise(count);
    average[static_cast<std::size_t>(time)] = pieces == 0 ? 0 : rise(time) / pieces;
  };
  per_piece(Stat::xact_time, Stat::xact_count);
  per_piece(Stat::query_time, Stat::query_count);
  per_piece(Stat::wait_time, Stat::server_assignment_count);
  return average;
}

void StatsHistory::stamp(const DatabaseStats& stats, core::TimePoint now) {
  const std::scoped_lock lock(mutex_);
  if (now - newer_at_ < kPeriod) return;
  older_ = std::exchange(newer_, stats);
  older_at_ = std::exchange(newer_at_, now);
}

StatValues StatsHistory::averages_of(const std::string& database, const StatValues& values, core::TimePoint now) const {
  const std::scoped_lock lock(mutex_);
  return averages(values, lookup(older_, database), std::chrono::duration_cast<core::Duration>(now - older_at_));
}

}  // namespace sqlproxy::admin
