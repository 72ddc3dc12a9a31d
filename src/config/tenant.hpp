#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <vector>

#include "config/breaker.hpp"
#include "config/limits.hpp"

namespace sqlproxy::config {

// [tenants.NAME]; what is not set is not narrowed for the tenant.
struct Tenant {
  std::optional<std::size_t> pool_size;
  std::optional<std::size_t> max_clients;
  // Empty: every database.
  std::vector<std::string> databases;
  std::optional<Limit> limit;
  std::optional<Breaker> breaker;
};

}  // namespace sqlproxy::config
