#pragma once

#include <chrono>
#include <string>

namespace sqlproxy::core {

// Intervals and deadlines.
using SteadyClock = std::chrono::steady_clock;
using TimePoint = SteadyClock::time_point;
using Duration = std::chrono::microseconds;

// Wall-clock instants as the audit shows them: microseconds since the Unix epoch, UTC.
using WallTime = std::chrono::sys_time<std::chrono::microseconds>;

[[nodiscard]] WallTime wall_now();

// "2026-11-20T08:30:51.123456Z" (RFC 3339, always six fraction digits, always Z). 27 characters for years 0 to 9999.
void append_rfc3339(std::string& out, WallTime time);
[[nodiscard]] std::string to_rfc3339(WallTime time);

}  // namespace sqlproxy::core
