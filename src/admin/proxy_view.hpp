#pragma once

#include <string>
#include <utility>
#include <vector>

#include "admin/database_stats.hpp"
#include "backend/pool_limits.hpp"
#include "core/clock.hpp"
#include "frontend/snapshot.hpp"
#include "frontend/worker_report.hpp"

namespace sqlproxy::admin {

// What the console and the HTTP API make their tables of: everything as it was at about one moment. A copy.
struct ProxyView {
  frontend::SnapshotPtr snapshot;
  // Of the workers that have answered in time.
  std::vector<frontend::WorkerReport> workers;
  std::vector<std::pair<backend::PoolKey, backend::SharedPool::Counts>> pools;
  backend::PoolPause pause;
  DatabaseStats stats;
  DatabaseStats averages;
  std::vector<frontend::PreparedReport> prepared;
  frontend::WorkerSummary summary;  // of all workers
  std::string version;
  bool draining = false;
  core::WallTime now;
  core::TimePoint steady_now;
};

}  // namespace sqlproxy::admin
