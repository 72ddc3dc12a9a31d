#pragma once

#include <algorithm>
#include <string>
#include <string_view>

namespace sqlproxy::pipeline {

// With ASCII letters in lower case and all other bytes as they are: how PostgreSQL compares the names and the words of
// settings (guc_name_compare, pg_strcasecmp).
[[nodiscard]] inline std::string ascii_lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return out;
}

}  // namespace sqlproxy::pipeline
