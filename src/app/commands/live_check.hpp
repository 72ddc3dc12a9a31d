#pragma once

#include <string>
#include <vector>

#include "config/config.hpp"
#include "config/fault.hpp"

namespace sqlproxy::app {

// What `check --live` finds.
struct LiveFindings {
  // Rules that name what no database has.
  std::vector<config::Fault> faults;
  // The same of rules that speak of DDL: what they name may be made yet.
  std::vector<config::Fault> warnings;
  // Databases that could not be read, each with the reason: a line of its own.
  std::vector<std::string> unreadable;
};

// Looks the schemas, tables, functions and columns that the rules name up in the databases that the rules speak of. A
// rule for every database is satisfied by any of them. Databases that only clients can name (a fallback entry without
// dbname) are left out. Connects with the service credentials, one database after the other; blocks.
[[nodiscard]] LiveFindings check_live(const config::Config& config, const std::string& config_path);

}  // namespace sqlproxy::app
