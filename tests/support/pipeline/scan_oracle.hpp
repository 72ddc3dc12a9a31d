#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/lexer.hpp"

namespace sqlproxy::testing {

// A token as libpg_query's scanner, which is PostgreSQL's own, sees it.
struct ScanToken {
  int token = 0;  // of the grammar: pg_query.proto, enum Token
  std::size_t start = 0;
  std::size_t end = 0;
};

struct ScanOutcome {
  std::optional<std::string> error;
  std::vector<ScanToken> tokens;  // comments left out; those before the error are not known
};

// Requires: no zero byte in `sql`.
ScanOutcome scan_with_pg_query(const std::string& sql);

// How our lexer's reading of `sql` differs from PostgreSQL's; nothing when they agree.
std::optional<std::string> lexer_difference(const std::string& sql);

}  // namespace sqlproxy::testing
