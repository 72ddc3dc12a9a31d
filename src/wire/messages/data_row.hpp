#pragma once

#include <string>
#include <string_view>

#include "core/result.hpp"
#include "wire/value_list.hpp"

namespace sqlproxy::wire {

// One row. A view into the decoded body.
struct DataRow {
  ValueList values;

  [[nodiscard]] static core::Result<DataRow> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
