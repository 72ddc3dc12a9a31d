#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "audit/delivery_progress.hpp"
#include "audit/trail.hpp"
#include "backend/catalog_service.hpp"
#include "backend/circuit_breaker.hpp"
#include "backend/in_flight_limit.hpp"
#include "backend/notification_hub.hpp"
#include "backend/pool_limits.hpp"
#include "backend/statement_store.hpp"
#include "core/secret.hpp"
#include "frontend/analysis_pool.hpp"
#include "frontend/cancel_registry.hpp"
#include "frontend/client_limits.hpp"
#include "frontend/console_host.hpp"
#include "frontend/login_throttle.hpp"
#include "pipeline/rate_limiter.hpp"

namespace sqlproxy::frontend {

// What all workers of the process share. Owned by the composition root, which outlives the workers; each member is
// thread-safe.
struct Services {
  explicit Services(audit::Trail& trail) : audit(trail) {}

  audit::Trail& audit;
  // How far the audit's events have come on their way to a database. Set before the workers run.
  std::shared_ptr<const audit::DeliveryProgress> audit_delivery = std::make_shared<audit::DeliveryProgress>();
  backend::PoolLimits pool_limits;
  backend::StatementStore statements;
  backend::NotificationHub notifications;
  AnalysisPool analyses;
  CancelRegistry cancels;
  LoginThrottle throttle;
  pipeline::RateLimiter rate_limits;
  backend::InFlightLimits in_flight;
  backend::CircuitBreakers breakers;
  ClientLimits client_limits;
  // Set before the workers run.
  backend::CatalogService* catalogs = nullptr;
  // For the salts of users that do not exist; set before the workers run.
  core::Secret mock_secret;
  // Null: there is no console. Set before the workers run.
  ConsoleHost* console = nullptr;
  // Those who log in to the console, and its clients: they come on top of max_clients.
  std::atomic<std::size_t> console_count{0};
  // Numbers of sessions; never the same twice.
  std::atomic<std::uint64_t> last_session{0};
  std::atomic<std::size_t> client_count{0};
  std::atomic<bool> draining{false};
  // Whoever connects from now on reaches another process: those who have reached this one are let in.
  std::atomic<bool> has_successor{false};
};

}  // namespace sqlproxy::frontend
