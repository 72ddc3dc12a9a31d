#pragma once

#include <chrono>
#include <condition_variable>
#include <functional>
#include <map>
#include <mutex>
#include <optional>
#include <string>
#include <thread>

#include "backend/server_target.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"
#include "frontend/snapshot.hpp"

namespace sqlproxy::admin {

// Whether the configured databases can be reached: asks each of them with a real query, in a thread of its own, when
// somebody wants to know and the last answer is older than kFresh. Thread-safe.
class HealthMonitor {
 public:
  static constexpr std::chrono::milliseconds kFresh{1000};
  // A database that does not answer within this is not reachable.
  static constexpr std::chrono::milliseconds kPatience{3000};

  struct Database {
    // None: it cannot be asked, because the entry leads to databases that clients name.
    std::optional<bool> reachable;
    core::Duration took{0};
    std::string fault;
  };
  using Databases = std::map<std::string, Database>;

  // Gives the newest configuration.
  explicit HealthMonitor(std::function<frontend::SnapshotPtr()> snapshot);
  HealthMonitor(const HealthMonitor&) = delete;
  HealthMonitor& operator=(const HealthMonitor&) = delete;
  ~HealthMonitor();

  // Blocks until there is an answer that is fresh, for kPatience and a little more at most. By the names of entries in
  // [databases].
  [[nodiscard]] Databases look();
  // Idempotent. Whoever waits gets what there is.
  void stop();

 private:
  void run(const std::stop_token& stop);

  std::function<frontend::SnapshotPtr()> snapshot_;
  std::mutex mutex_;
  std::condition_variable_any changed_;
  bool asked_ = false;
  bool stopping_ = false;
  Databases last_;
  std::optional<core::TimePoint> looked_at_;
  std::jthread thread_;
};

}  // namespace sqlproxy::admin
