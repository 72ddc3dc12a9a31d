#include "audit/file_archive.hpp"

#include <spdlog/spdlog.h>

#include <system_error>
#include <utility>
#include <vector>

#include "audit/background_thread.hpp"
#include "audit/closed_file.hpp"
#include "audit/compress_file.hpp"
#include "core/log.hpp"

namespace sqlproxy::audit {
namespace {

std::filesystem::path compressed_name(const std::filesystem::path& plain) {
  std::filesystem::path name = plain;
  name += ".zst";
  return name;
}

void remove_file(const std::filesystem::path& path) {
  std::error_code error;
  if (!std::filesystem::remove(path, error) && error) {
    core::log().warn("cannot delete audit file \"{}\": {}", path.string(), error.message());
  }
}

}  // namespace

FileArchive::FileArchive(std::filesystem::path path, std::uint32_t keep, bool compress,
                         std::shared_ptr<const DeliveryProgress> progress)
    : path_(std::move(path)), keep_(keep), compress_(compress), progress_(std::move(progress)), thread_([this] {
        run();
      }) {}

FileArchive::~FileArchive() {
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  changed_.notify_all();
  thread_.join();
}

void FileArchive::request_tidy() {
  {
    const std::lock_guard lock(mutex_);
    ++requested_;
  }
  changed_.notify_all();
}

void FileArchive::wait_idle() {
  std::unique_lock lock(mutex_);
  changed_.wait(lock, [this] { return done_ == requested_; });
}

void FileArchive::run() {
  block_signals_on_this_thread();
  std::unique_lock lock(mutex_);
  for (;;) {
    changed_.wait(lock, [this] { return stop_ || done_ != requested_; });
    if (stop_) return;
    const std::uint64_t request = requested_;
    lock.unlock();
    tidy();
    lock.lock();
    done_ = request;
    changed_.notify_all();
  }
}

void FileArchive::tidy() {
  remove_leftovers();
  delete_old();
  if (compress_) compress_plain();
}

// What a crash in the middle of a compression left: a half-written copy, or the plain file beside its finished copy.
void FileArchive::remove_leftovers() {
  for (const ClosedFile& file : list_closed_files(path_)) {
    if (file.compressed) continue;
    const std::filesystem::path compressed = compressed_name(file.path);
    std::filesystem::path half_written = compressed;
    half_written += ".tmp";
    std::error_code error;
    if (std::filesystem::exists(half_written, error)) remove_file(half_written);
    if (std::filesystem::exists(compressed, error)) remove_file(file.path);
  }
}

void FileArchive::delete_old() {
  const std::vector<ClosedFile> files = list_closed_files(path_);
  if (keep_ == 0) return;
  for (std::size_t i = 0; i + keep_ < files.size(); ++i) {
    // It ends before the next one begins, which is there because at least one is kept.
    if (progress_ && !progress_->has_passed(files[i + 1].first_sequence - 1)) return;
    remove_file(files[i].path);
  }
}

void FileArchive::compress_plain() {
  for (const ClosedFile& file : list_closed_files(path_)) {
    if (file.compressed || stop_) continue;
    if (const core::Status compressed = compress_file(file.path, compressed_name(file.path), stop_); compressed) {
      remove_file(file.path);
    } else if (!stop_) {
      core::log().warn("audit file \"{}\" stays as it is: {}", file.path.string(), compressed.error().message);
    }
  }
}

}  // namespace sqlproxy::audit
