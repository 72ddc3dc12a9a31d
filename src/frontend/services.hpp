#pragma once

#include <atomic>
#include <cstddef>

#include "audit/trail.hpp"
#include "backend/notification_hub.hpp"
#include "backend/pool_limits.hpp"
#include "backend/statement_store.hpp"
#include "core/secret.hpp"
#include "frontend/analysis_pool.hpp"
#include "frontend/cancel_registry.hpp"
#include "frontend/login_throttle.hpp"

namespace sqlproxy::frontend {

// What all workers of the process share. Owned by the composition root, which outlives the workers; each member is
// thread-safe.
struct Services {
  explicit Services(audit::Trail& trail) : audit(trail) {}

  audit::Trail& audit;
  backend::PoolLimits pool_limits;
  backend::StatementStore statements;
  backend::NotificationHub notifications;
  AnalysisPool analyses;
  CancelRegistry cancels;
  LoginThrottle throttle;
  // For the salts of users that do not exist; set before the workers run.
  core::Secret mock_secret;
  std::atomic<std::size_t> client_count{0};
  std::atomic<bool> draining{false};
};

}  // namespace sqlproxy::frontend
