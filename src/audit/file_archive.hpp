#pragma once

#include <atomic>
#include <condition_variable>
#include <cstdint>
#include <filesystem>
#include <memory>
#include <mutex>
#include <thread>

#include "audit/delivery_progress.hpp"

namespace sqlproxy::audit {

// Looks after the closed files of a trail: compresses them, and deletes those beyond the number to keep. Works on a
// thread of its own, so that writing never waits for it.
//
// What there is to do is found out by looking at the folder each time, so nothing is lost by a crash or a stop in the
// middle, and a failure (disk full) is made good by the next call.
class FileArchive {
 public:
  // `keep`: closed files to keep; 0: all. What `progress` (may be null) has not passed stays in any case.
  FileArchive(std::filesystem::path path, std::uint32_t keep, bool compress,
              std::shared_ptr<const DeliveryProgress> progress = nullptr);
  FileArchive(const FileArchive&) = delete;
  FileArchive& operator=(const FileArchive&) = delete;
  // Abandons a compression that is under way; the next start does it again.
  ~FileArchive();

  // Has the folder tidied; returns at once.
  void request_tidy();
  // Blocks until all that was requested is done.
  void wait_idle();

 private:
  void run();
  void tidy();
  void remove_leftovers();
  void delete_old();
  void compress_plain();

  const std::filesystem::path path_;
  const std::uint32_t keep_;
  const bool compress_;
  const std::shared_ptr<const DeliveryProgress> progress_;
  std::atomic<bool> stop_{false};
  std::mutex mutex_;
  std::condition_variable changed_;
  std::uint64_t requested_ = 0;
  std::uint64_t done_ = 0;
  std::thread thread_;  // last: it uses all of the above
};

}  // namespace sqlproxy::audit
