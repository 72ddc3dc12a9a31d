#pragma once

#include <atomic>
#include <cstdint>
#include <mutex>
#include <string>
#include <vector>

#include "admin/admin_context.hpp"
#include "frontend/worker_report.hpp"

namespace sqlproxy::admin {

// What reloads have come to; written by the control thread, read by any.
struct ReloadStats {
  std::atomic<std::uint64_t> accepted{0};
  std::atomic<std::uint64_t> refused{0};
  // Seconds since the epoch of the last one that was accepted, or of the start.
  std::atomic<std::int64_t> last_accepted{0};
};

// Makes the page of all metrics (docs/metrics.md). Thread-safe; blocks until the workers have answered, for
// kSurveyPatience at most.
class MetricsPage {
 public:
  // Both outlive it.
  MetricsPage(AdminContext& context, const ReloadStats& reloads) : context_(context), reloads_(reloads) {}

  [[nodiscard]] std::string render(const frontend::SnapshotPtr& snapshot);

 private:
  // A worker that does not answer in time counts with what it said last, so that no counter falls.
  [[nodiscard]] frontend::WorkerSummary survey();

  AdminContext& context_;
  const ReloadStats& reloads_;
  std::mutex mutex_;
  std::vector<frontend::WorkerSummary> last_;
};

}  // namespace sqlproxy::admin
