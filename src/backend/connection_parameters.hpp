#pragma once

#include <string>
#include <utility>
#include <vector>

#include "backend/server_target.hpp"

namespace sqlproxy::backend {

// libpq connection keywords and values ("host", "port", "dbname", "user", "password", "sslmode", ...).
using ConnectionParameters = std::vector<std::pair<std::string, std::string>>;

// How libpq reaches `target` as the proxy's own connections do. `ca_file`: certificates that sign the server's; empty:
// those of the system. Requires: the target's credentials are a password.
[[nodiscard]] ConnectionParameters connection_parameters(const ServerTarget& target, const std::string& ca_file,
                                                         const std::string& application_name);

}  // namespace sqlproxy::backend
