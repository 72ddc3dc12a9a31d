#pragma once

#include <ostream>
#include <string>

namespace sqlproxy::app {

struct ExplainOptions {
  std::string config_path;
  std::string user;
  std::string database;
  std::string sql;
  // Names are resolved against the real database.
  bool live = false;
  bool json = false;
};

// `sql-proxy explain`: what the policy says of the text, and why, to `out`; what keeps it from being said to `err`.
// Returns the exit code: 1 for a faulty configuration, an unknown user or database, and a text that is not SQL.
[[nodiscard]] int explain(const ExplainOptions& options, std::ostream& out, std::ostream& err);

}  // namespace sqlproxy::app
