#pragma once

#include <ostream>

namespace sqlproxy::app {

// `sql-proxy version`: one line for the program and one for each library. Returns the exit code.
[[nodiscard]] int version(std::ostream& out);

}  // namespace sqlproxy::app
