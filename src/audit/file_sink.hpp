#pragma once

#include <sys/types.h>

#include <atomic>
#include <chrono>
#include <cstdint>
#include <filesystem>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "audit/file_archive.hpp"
#include "audit/file_descriptor.hpp"
#include "audit/file_tail.hpp"
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
  // Closed files that a delivery still needs are not deleted; null: there is none.
  std::shared_ptr<const DeliveryProgress> delivery;
  std::function<core::WallTime()> now = core::wall_now;
};

// Appends to a file that it locks, rotates, repairs and follows (docs/audit.md, "Files"):
//
//   audit.jsonl                                        the current file
//   audit.jsonl.2026-11-20T08-30-00.000000001234[.zst] a closed one: when it was closed, and its first sequence_num
//   audit.jsonl.torn.2026-11-20T08-30-00               bytes of a torn last line that a start moved aside
//
// Invariant: between two calls the current file holds whole lines only, size_ bytes of them, unless dirty_ says that
// the rest of a failed write could not be taken back yet.
class FileSink final : public Sink {
 public:
  explicit FileSink(FileSinkOptions options);

  [[nodiscard]] core::Result<TrailPosition> open() override;
  [[nodiscard]] core::Status store(std::string_view lines, std::uint64_t first_sequence,
                                   Durability durability) override;
  [[nodiscard]] core::Status maintain() override;
  [[nodiscard]] std::vector<std::string> take_notices() override;
  void release() override { file_.reset(); }
  [[nodiscard]] core::Status begin_anew() override;
  void request_reopen() override { reopen_requested_.store(true, std::memory_order_relaxed); }

  // Blocks until closed files are compressed and old ones deleted; for tests.
  void wait_for_archive() { archive_.wait_idle(); }

 private:
  // Opens, locks and repairs the file at the path; its last line's position, if it has one.
  [[nodiscard]] core::Result<std::optional<TrailPosition>> open_current();
  [[nodiscard]] core::Status move_torn_bytes_aside(const FileDescriptor& file, std::uint64_t from, std::uint64_t size);
  // Sees to it that file_ is the file at the path, and sound.
  [[nodiscard]] core::Status follow_path();
  [[nodiscard]] bool rotation_due(std::size_t incoming) const;
  [[nodiscard]] core::Status rotate();
  [[nodiscard]] core::Status take_back_partial_write();
  void note(std::string notice);

  const FileSinkOptions options_;
  FileArchive archive_;
  FileDescriptor file_;
  dev_t device_ = 0;
  ino_t inode_ = 0;
  std::uint64_t size_ = 0;
  std::uint64_t first_sequence_ = 0;  // 0: the file is empty
  std::chrono::sys_days day_;         // of the file's lines
  bool dirty_ = false;
  bool rotation_failed_ = false;
  std::vector<std::string> notices_;
  std::atomic<bool> reopen_requested_{false};
};

[[nodiscard]] std::unique_ptr<Sink> make_file_sink(FileSinkOptions options);

}  // namespace sqlproxy::audit
