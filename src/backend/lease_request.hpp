#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <memory>

#include "backend/circuit_breaker.hpp"
#include "backend/pool_key.hpp"
#include "backend/server_target.hpp"

namespace sqlproxy::backend {

// What a session asks a pool for. What is said of the pool as a whole (its sizes and times) holds from the newest
// request on for all its connections of that worker.
struct LeaseRequest {
  PoolKey key;
  std::shared_ptr<const ServerTarget> target;
  StartupSettings settings;
  std::size_t pool_size = 1;
  // Connections that are kept open however long they are idle.
  std::size_t min_pool_size = 0;
  std::chrono::milliseconds wait_timeout{5000};
  std::chrono::milliseconds connect_timeout{15000};
  std::chrono::milliseconds idle_timeout{0};  // 0: none
  std::chrono::milliseconds lifetime{0};      // 0: none
  // A connection that was idle for longer is asked for a sign of life before it is used; 0: none is.
  std::chrono::milliseconds check_delay{30000};
  // Null: none. Asked before the request waits for anything.
  CircuitBreakerPtr breaker;
  // Who asks: preferably gets the connection that it had last. 0: no matter.
  std::uint64_t client = 0;
  // The client is going to be told the id of the connection's server process: preferably it gets one that no other
  // client goes by, and while the pool has room one is opened for that.
  bool for_login = false;
};

}  // namespace sqlproxy::backend
