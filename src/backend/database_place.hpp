#pragma once

#include <cstdint>
#include <string>

#include "backend/server_target.hpp"

namespace sqlproxy::backend {

// A database on a server, whoever logs in to it.
struct DatabasePlace {
  std::string host;
  std::uint16_t port = 5432;
  std::string dbname;

  [[nodiscard]] bool holds(const ServerTarget& target) const {
    return target.dbname == dbname && target.port == port && target.host == host;
  }
};

}  // namespace sqlproxy::backend
