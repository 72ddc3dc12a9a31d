#pragma once

#include <string>
#include <vector>

namespace sqlproxy::pipeline {

// Whom a statement is judged for: the client as it logged in to the proxy. Plain data, fixed for a session.
struct Subject {
  std::string user;
  // Roles that the configuration gives the user; they have nothing to do with PostgreSQL's roles.
  std::vector<std::string> roles;
  std::string tenant;

  friend bool operator==(const Subject&, const Subject&) = default;
};

}  // namespace sqlproxy::pipeline
