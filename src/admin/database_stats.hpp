#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <map>
#include <mutex>
#include <span>
#include <string>
#include <vector>

#include "core/clock.hpp"
#include "frontend/worker.hpp"

namespace sqlproxy::admin {

// PgBouncer's measures of a database, in the order of its newest columns.
enum class Stat : std::size_t {
  server_assignment_count,
  xact_count,
  query_count,
  bytes_received,
  bytes_sent,
  xact_time,  // microseconds, as the next two
  query_time,
  wait_time,
  client_parse_count,
  server_parse_count,
  bind_count,
  client_login_count,
};
inline constexpr std::size_t kStats = 12;

// Since the start of the process, or per second and per piece.
using StatValues = std::array<std::uint64_t, kStats>;
using DatabaseStats = std::map<std::string, StatValues>;

// Added up over the workers.
[[nodiscard]] DatabaseStats collect_stats(std::span<frontend::Worker* const> workers);

// Averages as PgBouncer has them: counts and bytes per second, times per transaction, query and assignment, over the
// time since the stamp before the last.
[[nodiscard]] StatValues averages(const StatValues& now, const StatValues& before, core::Duration elapsed);

// Remembers what the measures were, so that averages can be made of them. Thread-safe.
class StatsHistory {
 public:
  // PgBouncer's stats_period.
  static constexpr std::chrono::seconds kPeriod{60};

  explicit StatsHistory(core::TimePoint now) : older_at_(now), newer_at_(now) {}

  // To be called now and then; takes a stamp when the last one is old enough.
  void stamp(const DatabaseStats& stats, core::TimePoint now);
  [[nodiscard]] StatValues averages_of(const std::string& database, const StatValues& values,
                                       core::TimePoint now) const;

 private:
  mutable std::mutex mutex_;
  DatabaseStats older_;
  DatabaseStats newer_;
  core::TimePoint older_at_;
  core::TimePoint newer_at_;
};

}  // namespace sqlproxy::admin
