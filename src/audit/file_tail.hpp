#pragma once

#include <cstdint>
#include <filesystem>
#include <optional>

#include "audit/sink.hpp"
#include "core/result.hpp"

namespace sqlproxy::audit {

// The end of a file of the trail, as a start finds it.
struct FileTail {
  // Up to the end of the last sound line. What follows was torn: its write did not complete, or did not reach the disk
  // before the machine stopped.
  std::uint64_t sound_size = 0;
  std::optional<TrailPosition> position;  // of the last sound line; none: no sound line at all
};

// Reads the file at `fd`, which has `size` bytes, backwards from its end. Fails when it cannot be read, or when it is
// something else than a file of a trail and must not be touched. `path` is for messages.
[[nodiscard]] core::Result<FileTail> read_file_tail(int fd, std::uint64_t size, const std::filesystem::path& path);

// Where the trail stands according to the last line of a closed file, plain or compressed.
[[nodiscard]] core::Result<TrailPosition> read_last_position(const std::filesystem::path& closed_file);

// The sequence number of the first line of a file; 0 when that cannot be read.
[[nodiscard]] std::uint64_t read_first_sequence(const std::filesystem::path& path);

}  // namespace sqlproxy::audit
