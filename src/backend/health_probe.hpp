#pragma once

#include <chrono>
#include <stop_token>
#include <string>

#include "backend/server_target.hpp"
#include "core/clock.hpp"
#include "core/result.hpp"

namespace sqlproxy::backend {

// Connects to the database as the proxy's own connections do, runs a query, and says how long that took. Blocks its
// thread until `deadline` at most: never on a worker. The error holds no secret. Requires: the target's credentials are
// a password.
[[nodiscard]] core::Result<core::Duration> probe_server(const ServerTarget& target, const std::string& ca_file,
                                                        core::TimePoint deadline, const std::stop_token& stop);

}  // namespace sqlproxy::backend
