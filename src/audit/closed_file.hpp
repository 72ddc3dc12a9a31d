#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "core/clock.hpp"

namespace sqlproxy::audit {

// A file of the trail that was rotated out: "<path>.2026-11-20T08-30-00.000000001234", with ".zst" once it is
// compressed. The number is the first sequence_num in it; names sort by time, and by number as long as the clock does
// not go back.
struct ClosedFile {
  std::filesystem::path path;
  std::uint64_t first_sequence = 0;
  bool compressed = false;
};

[[nodiscard]] std::filesystem::path closed_file_name(const std::filesystem::path& path, core::WallTime closed,
                                                     std::uint64_t first_sequence);

// The file that closed_file_name() named so, if `candidate` (in the same folder) is one.
[[nodiscard]] std::optional<ClosedFile> parse_closed_file_name(const std::filesystem::path& path,
                                                               const std::filesystem::path& candidate);

// The closed files of the trail at `path`, oldest first. Empty when the folder cannot be read.
[[nodiscard]] std::vector<ClosedFile> list_closed_files(const std::filesystem::path& path);

// "2026-11-20T08-30-00", UTC: as in RFC 3339 but for the colons, which some tools and file systems do not like in
// names.
[[nodiscard]] std::string file_time(core::WallTime time);

// Where a torn last line that is found at `time` is moved to.
[[nodiscard]] std::filesystem::path torn_file_name(const std::filesystem::path& path, core::WallTime time);

}  // namespace sqlproxy::audit
