#pragma once

#include <string>

#include "backend/circuit_breaker.hpp"
#include "backend/lease_request.hpp"
#include "config/config.hpp"

namespace sqlproxy::frontend {

// Fills in what `config` says of the pools of `tenant` in `database`, an entry of it with the name
// request.key.database: sizes, times and the circuit breaker. The tenant's own settings go before the database's.
void apply_pool_settings(backend::LeaseRequest& request, const config::Config& config, const config::Database& database,
                         const std::string& tenant, backend::CircuitBreakers& breakers);

}  // namespace sqlproxy::frontend
