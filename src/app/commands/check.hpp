#pragma once

#include <ostream>
#include <string>

namespace sqlproxy::app {

// `sql-proxy check`: every fault and warning to `err`, a summary of a sound configuration to `out`. Returns the exit
// code.
[[nodiscard]] int check(const std::string& config_path, std::ostream& out, std::ostream& err);

}  // namespace sqlproxy::app
