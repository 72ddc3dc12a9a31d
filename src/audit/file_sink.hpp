#pragma once

#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>

#include "audit/sink.hpp"
#include "core/clock.hpp"

namespace sqlproxy::audit {

// [audit.file]
struct FileSinkOptions {
  std::filesystem::path path;
  std::uint64_t rotate_size = 256ULL * 1024 * 1024;  // bytes; 0: never by size
  bool rotate_daily = true;                          // at midnight UTC
  std::uint32_t keep = 30;                           // closed files; 0: all
  bool compress = true;                              // closed files, with zstd
  std::function<core::WallTime()> now = core::wall_now;
};

// Appends to a file that it locks, rotates, repairs and looks after (docs/audit.md, "Files"):
//
//   audit.jsonl                                        the current file
//   audit.jsonl.2026-11-20T08-30-00.000000001234[.zst] a closed one: when it was closed, and its first sequence_num
//   audit.jsonl.torn.2026-11-20T08-30-00               bytes of a torn last line that a start moved aside
//
// Closed files are compressed and deleted by a thread of their own (FileArchive).
[[nodiscard]] std::unique_ptr<Sink> make_file_sink(FileSinkOptions options);

}  // namespace sqlproxy::audit
