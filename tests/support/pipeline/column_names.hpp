#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace sqlproxy::pipeline::testing {

struct NamedColumn {
  std::string name;
  std::string_view tag;  // empty: nothing personal
};

// Columns as schemas have them, to measure the classification of names with: each base name in every way of writing
// (first_name, firstName, FIRST_NAME, first-name, FirstName), the personal ones also behind what tables put in front
// (customer_, billing_, u_).
[[nodiscard]] std::vector<NamedColumn> column_names();

}  // namespace sqlproxy::pipeline::testing
