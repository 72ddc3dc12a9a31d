#pragma once

#include <cstddef>
#include <cstdint>

namespace sqlproxy::admin {

// What the operating system says of this process; zeros where it does not.
struct ProcessStats {
  double cpu_seconds = 0;  // user and system
  std::uint64_t resident_bytes = 0;
  std::uint64_t virtual_bytes = 0;
  std::uint64_t open_descriptors = 0;
  std::uint64_t max_descriptors = 0;
  std::uint64_t threads = 0;
  double start_time = 0;  // seconds since the epoch
};

// Reads /proc: not for a worker's hot path.
[[nodiscard]] ProcessStats read_process_stats();

}  // namespace sqlproxy::admin
