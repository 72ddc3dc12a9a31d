#pragma once

#include <cstdint>
#include <filesystem>
#include <ostream>
#include <span>
#include <string>

namespace sqlproxy::audit {

// What verify_files() found. `sound()` decides the exit code.
struct VerifyReport {
  std::uint64_t files = 0;
  std::uint64_t lines = 0;
  std::uint64_t faults = 0;         // lines that break the chain or the sequence, and files that cannot be read
  std::uint64_t overflow_gaps = 0;  // gaps that an overflow event accounts for
  std::uint64_t events_dropped = 0;
  std::uint64_t first_sequence = 0;
  std::uint64_t last_sequence = 0;
  std::string last_hash;    // to compare with one that is kept elsewhere: a cut end shows in no other way
  std::string first_fault;  // "FILE:LINE: reason"

  [[nodiscard]] bool sound() const { return faults == 0 && lines > 0; }
};

// Checks the hash chain and the sequence over the files of one node, plain or .zst, given in any order. Writes each
// fault (the first twenty) as "FILE:LINE: reason" and a summary to `out`; the summary says what is known about the two
// ends of the trail.
[[nodiscard]] VerifyReport verify_files(std::span<const std::filesystem::path> paths, std::ostream& out);

}  // namespace sqlproxy::audit
