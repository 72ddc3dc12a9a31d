#include "frontend/pool_settings.hpp"

#include <algorithm>
#include <optional>

namespace sqlproxy::frontend {

void apply_pool_settings(backend::LeaseRequest& request, const config::Config& config, const config::Database& database,
                         const std::string& tenant, backend::CircuitBreakers& breakers) {
  request.pool_size = database.pool_size;
  request.min_pool_size = database.min_pool_size;
  request.wait_timeout = database.pool_wait_timeout;
  request.connect_timeout = database.server_connect_timeout;
  request.idle_timeout = database.server_idle_timeout;
  request.lifetime = database.server_lifetime;
  request.check_delay = database.server_check_delay;
  std::optional<config::Breaker> breaker = database.breaker;
  if (const auto found = config.tenants.find(tenant); found != config.tenants.end()) {
    const config::Tenant& own = found->second;
    if (own.pool_size) request.pool_size = *own.pool_size;
    request.min_pool_size = std::min(request.min_pool_size, request.pool_size);
    if (own.breaker) breaker = own.breaker;
  }
  request.breaker = breaker ? breakers.of(tenant, request.key.database, *breaker) : nullptr;
}

}  // namespace sqlproxy::frontend
