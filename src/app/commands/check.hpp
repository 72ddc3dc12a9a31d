#pragma once

#include <ostream>
#include <string>

namespace sqlproxy::app {

enum class CheckDepth {
  file,
  live,  // the names of rules are looked up in the databases too
};

// `sql-proxy check`: every fault and warning to `err`, a summary of a sound configuration to `out`. Returns the exit
// code.
[[nodiscard]] int check(const std::string& config_path, CheckDepth depth, std::ostream& out, std::ostream& err);

}  // namespace sqlproxy::app
