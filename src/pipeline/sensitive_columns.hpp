#pragma once

#include <span>
#include <string_view>

namespace sqlproxy::pipeline {

// A relation of pg_catalog or information_schema in which some columns are sensitive and the others are not.
struct SensitiveColumns {
  std::string_view schema;
  std::string_view relation;
  std::span<const std::string_view> sensitive;
  std::span<const std::string_view> harmless;

  [[nodiscard]] bool is_sensitive(std::string_view column) const;
  // System columns are harmless everywhere. False for names of no column: `t.f` is f(t) then, and reads the whole row.
  [[nodiscard]] bool is_harmless(std::string_view column) const;
};

// Null for relations that have none, or nothing else. Each name is that of one relation only.
[[nodiscard]] const SensitiveColumns* sensitive_columns_of(std::string_view relation);

// The lists hold every column of PostgreSQL 12 to 18. Of later releases nothing is known.
[[nodiscard]] constexpr bool knows_columns_of_version(int server_version_num) {
  return server_version_num < 190000;
}

}  // namespace sqlproxy::pipeline
