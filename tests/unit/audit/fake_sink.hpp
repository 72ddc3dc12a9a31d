#pragma once

#include <condition_variable>
#include <mutex>
#include <string>
#include <utility>
#include <vector>

#include "audit/sink.hpp"
#include "core/error.hpp"

namespace sqlproxy::audit::testing {

// What a FakeSink received and how it behaves; shared between the test and the sink that a Trail owns.
class FakePlace {
 public:
  void fail(bool failing) {
    const std::lock_guard lock(mutex_);
    failing_ = failing;
    changed_.notify_all();
  }

  // maintain() fails.
  void make_unfit(bool unfit) {
    const std::lock_guard lock(mutex_);
    unfit_ = unfit;
  }

  // store() does not return until release().
  void block() {
    const std::lock_guard lock(mutex_);
    blocked_ = true;
  }
  void release() {
    const std::lock_guard lock(mutex_);
    blocked_ = false;
    changed_.notify_all();
  }

  // Until the writer is inside store() with `blocked` set.
  void wait_until_entered() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this] { return entered_; });
  }

  // Until store() has failed this often in all.
  void wait_for_failures(int count) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [this, count] { return failures_ >= count; });
  }

  [[nodiscard]] std::string text() {
    const std::lock_guard lock(mutex_);
    return text_;
  }
  [[nodiscard]] std::size_t writes() {
    const std::lock_guard lock(mutex_);
    return writes_;
  }
  void add_notice(std::string notice) {
    const std::lock_guard lock(mutex_);
    notices_.push_back(std::move(notice));
  }

  TrailPosition position;

 private:
  friend class FakeSink;

  core::Status store(std::string_view lines) {
    std::unique_lock lock(mutex_);
    entered_ = blocked_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return !blocked_; });
    entered_ = false;
    if (failing_) {
      ++failures_;
      changed_.notify_all();
      return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kIoError, "disk full");
    }
    text_ += lines;
    ++writes_;
    return {};
  }

  std::mutex mutex_;
  std::condition_variable changed_;
  std::string text_;
  std::vector<std::string> notices_;
  std::size_t writes_ = 0;
  int failures_ = 0;
  bool failing_ = false;
  bool unfit_ = false;
  bool blocked_ = false;
  bool entered_ = false;
};

class FakeSink final : public Sink {
 public:
  explicit FakeSink(FakePlace& place) : place_(place) {}

  [[nodiscard]] core::Result<TrailPosition> open() override { return place_.position; }
  [[nodiscard]] core::Status store(std::string_view lines, std::uint64_t /*first_sequence*/,
                                   Durability /*durability*/) override {
    return place_.store(lines);
  }
  [[nodiscard]] core::Status maintain() override {
    const std::lock_guard lock(place_.mutex_);
    if (!place_.unfit_) return {};
    return core::make_error(core::ErrorCode::unavailable, core::sqlstate::kIoError, "read-only");
  }
  [[nodiscard]] std::vector<std::string> take_notices() override {
    const std::lock_guard lock(place_.mutex_);
    return std::exchange(place_.notices_, {});
  }

 private:
  FakePlace& place_;
};

}  // namespace sqlproxy::audit::testing
