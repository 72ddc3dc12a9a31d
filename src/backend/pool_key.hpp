#pragma once

#include <compare>
#include <string>

namespace sqlproxy::backend {

// What separates one pool of server connections from another: connections of one pool are logged in as the same user to
// the same database, and count against the same limit.
struct PoolKey {
  std::string tenant;
  std::string database;  // the name in the configuration
  std::string dbname;    // the server's name for it; several under the fallback entry "*"
  std::string user;      // that the server knows us as

  friend auto operator<=>(const PoolKey&, const PoolKey&) = default;
};

}  // namespace sqlproxy::backend
