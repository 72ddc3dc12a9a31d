#pragma once

#include <optional>
#include <string>

#include "backend/pool_key.hpp"

namespace sqlproxy::backend {

// Which pools an administrator's command is about: those of one database, or all.
struct DatabaseFilter {
  // As clients call the database; none: all of them.
  std::optional<std::string> name;

  [[nodiscard]] bool matches(const PoolKey& key) const {
    if (!name) return true;
    // What the fallback entry leads to is known by the server's name for it, which is the client's unless configured.
    return key.database == *name || (key.database == "*" && key.dbname == *name);
  }
};

}  // namespace sqlproxy::backend
