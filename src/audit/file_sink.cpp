#include "audit/file_sink.hpp"

#include <fcntl.h>
#include <spdlog/spdlog.h>
#include <sys/file.h>
#include <sys/stat.h>

#include <algorithm>
#include <cerrno>
#include <system_error>
#include <utility>

#include "audit/closed_file.hpp"
#include "audit/compress_file.hpp"
#include "audit/file_error.hpp"
#include "audit/write_all.hpp"
#include "core/log.hpp"

namespace sqlproxy::audit {
namespace {

// More notices than this between two batches are only logged.
constexpr std::size_t kMaxNotices = 16;

std::chrono::sys_days day_of(core::WallTime time) {
  return std::chrono::floor<std::chrono::days>(time);
}

core::Result<std::string> read_from(int fd, std::uint64_t from, std::uint64_t size, const std::filesystem::path& path) {
  std::string bytes(size, '\0');
  const ssize_t count = ::pread(fd, bytes.data(), size, static_cast<off_t>(from));
  if (count < 0) return file_error("read", path, errno);
  bytes.resize(static_cast<std::size_t>(count));
  return bytes;
}

}  // namespace

std::unique_ptr<Sink> make_file_sink(FileSinkOptions options) {
  return std::make_unique<FileSink>(std::move(options));
}

FileSink::FileSink(FileSinkOptions options)
    : options_(std::move(options)), archive_(options_.path, options_.keep, options_.compress, options_.delivery) {}

core::Result<TrailPosition> FileSink::open() {
  core::Result<std::optional<TrailPosition>> current = open_current();
  if (!current) return std::move(current).error();
  TrailPosition position;
  if (current->has_value()) {
    position = std::move(**current);
  } else if (const std::vector<ClosedFile> closed = list_closed_files(options_.path); !closed.empty()) {
    core::Result<TrailPosition> last = read_last_position(closed.back().path);
    if (!last) {
      core::Error error = std::move(last).error();
      error.hint =
          "The last line of this file says where the trail goes on. Move the closed audit files away to begin a new "
          "trail.";
      return error;
    }
    position = std::move(last).value();
  }
  archive_.request_tidy();
  return position;
}

core::Result<std::optional<TrailPosition>> FileSink::open_current() {
  FileDescriptor file(::open(options_.path.c_str(), O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0640));
  if (!file.valid()) return file_error("open", options_.path, errno);
  if (::flock(file.get(), LOCK_EX | LOCK_NB) != 0) {
    return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kIoError,
                            "file \"" + options_.path.string() + "\" is being written by another process");
  }
  struct stat info{};
  if (::fstat(file.get(), &info) != 0) return file_error("examine", options_.path, errno);
  if (!S_ISREG(info.st_mode)) {
    return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kIoError,
                            "\"" + options_.path.string() + "\" is not a regular file");
  }
  const auto size = static_cast<std::uint64_t>(info.st_size);
  core::Result<FileTail> tail = read_file_tail(file.get(), size, options_.path);
  if (!tail) return std::move(tail).error();
  if (tail->sound_size < size) {
    if (core::Status moved = move_torn_bytes_aside(file, tail->sound_size, size); !moved)
      return std::move(moved).error();
  }
  if (size == 0) sync_folder_of(options_.path);

  file_ = std::move(file);
  device_ = info.st_dev;
  inode_ = info.st_ino;
  size_ = tail->sound_size;
  dirty_ = false;
  first_sequence_ = size_ == 0 ? 0 : read_first_sequence(options_.path);
  day_ = size_ == 0 ? day_of(options_.now()) : day_of(core::WallTime{std::chrono::seconds{info.st_mtim.tv_sec}});
  return std::move(tail->position);
}

core::Status FileSink::move_torn_bytes_aside(const FileDescriptor& file, std::uint64_t from, std::uint64_t size) {
  const std::filesystem::path target = torn_file_name(options_.path, options_.now());
  const FileDescriptor torn(::open(target.c_str(), O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC, 0640));
  if (!torn.valid()) return file_error("create", target, errno);
  constexpr std::uint64_t kChunk = 1024 * 1024;
  for (std::uint64_t at = from; at < size;) {
    const core::Result<std::string> bytes = read_from(file.get(), at, std::min(kChunk, size - at), options_.path);
    if (!bytes) return bytes.error();
    if (bytes->empty()) break;
    if (const int error = write_all(torn.get(), *bytes); error != 0) return file_error("write", target, error);
    at += bytes->size();
  }
  // Only what is safe elsewhere is cut off here.
  if (::fsync(torn.get()) != 0) return file_error("sync", target, errno);
  if (::ftruncate(file.get(), static_cast<off_t>(from)) != 0) return file_error("truncate", options_.path, errno);
  note(std::to_string(size - from) + " bytes at the end of the audit file were no whole line and were moved to " +
       target.filename().string());
  return {};
}

core::Status FileSink::store(std::string_view lines, std::uint64_t first_sequence, Durability durability) {
  if (core::Status ready = follow_path(); !ready) return ready;
  if (rotation_due(lines.size())) {
    if (core::Status rotated = rotate(); !rotated) return rotated;
  }
  dirty_ = true;
  if (const int error = write_all(file_.get(), lines); error != 0) {
    static_cast<void>(take_back_partial_write());
    return file_error("write", options_.path, error);
  }
  if (durability == Durability::fsync && ::fdatasync(file_.get()) != 0) {
    // After a failed sync the kernel may hold the pages for clean: only writing them again makes them reach the disk.
    const int error = errno;
    static_cast<void>(take_back_partial_write());
    return file_error("sync", options_.path, error);
  }
  dirty_ = false;
  if (size_ == 0) {
    first_sequence_ = first_sequence;
    day_ = day_of(options_.now());
  }
  size_ += lines.size();
  return {};
}

core::Status FileSink::maintain() {
  if (core::Status ready = follow_path(); !ready) return ready;
  return rotation_due(0) ? rotate() : core::Status{};
}

core::Status FileSink::begin_anew() {
  if (core::Status ready = follow_path(); !ready) return ready;
  return size_ == 0 ? core::Status{} : rotate();
}

std::vector<std::string> FileSink::take_notices() {
  return std::exchange(notices_, {});
}

core::Status FileSink::follow_path() {
  if (dirty_ && file_.valid()) {
    if (core::Status taken_back = take_back_partial_write(); !taken_back) return taken_back;
  }
  if (reopen_requested_.exchange(false, std::memory_order_relaxed)) file_.reset();
  if (file_.valid()) {
    struct stat info{};
    const bool there = ::stat(options_.path.c_str(), &info) == 0;
    if (!there || info.st_dev != device_ || info.st_ino != inode_) {
      note("the audit file was moved or removed by somebody else; a new one was begun");
      file_.reset();
    } else if (static_cast<std::uint64_t>(info.st_size) != size_) {
      note("the audit file was changed by somebody else: it has " + std::to_string(info.st_size) +
           " bytes instead of " + std::to_string(size_));
      file_.reset();
    }
  }
  if (file_.valid()) return {};
  core::Result<std::optional<TrailPosition>> opened = open_current();
  if (!opened) return std::move(opened).error();
  return {};
}

bool FileSink::rotation_due(std::size_t incoming) const {
  if (size_ == 0) return false;
  const bool too_big = options_.rotate_size != 0 && incoming != 0 && size_ + incoming > options_.rotate_size;
  return too_big || (options_.rotate_daily && day_of(options_.now()) > day_);
}

core::Status FileSink::rotate() {
  const std::filesystem::path closed = closed_file_name(options_.path, options_.now(), first_sequence_);
  std::error_code error;
  if (std::filesystem::exists(closed, error)) {
    error = std::make_error_code(std::errc::file_exists);
  } else {
    std::filesystem::rename(options_.path, closed, error);
  }
  if (error) {
    // Better a file that is too big than events that are lost.
    if (!std::exchange(rotation_failed_, true)) {
      core::log().error("cannot rotate audit file \"{}\": {}", options_.path.string(), error.message());
    }
    return {};
  }
  rotation_failed_ = false;
  file_.reset();
  archive_.request_tidy();
  return follow_path();
}

core::Status FileSink::take_back_partial_write() {
  if (::ftruncate(file_.get(), static_cast<off_t>(size_)) != 0) return file_error("truncate", options_.path, errno);
  dirty_ = false;
  return {};
}

void FileSink::note(std::string notice) {
  core::log().warn("{}", notice);
  if (notices_.size() < kMaxNotices) notices_.push_back(std::move(notice));
}

}  // namespace sqlproxy::audit
