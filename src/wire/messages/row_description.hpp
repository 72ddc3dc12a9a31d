#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"

namespace sqlproxy::wire {

// The columns of the rows that follow, or that a statement would return.
struct RowDescription {
  struct Column {
    // A view into the decoded body.
    std::string_view name;
    std::uint32_t table_oid = 0;        // 0: not a column of a table
    std::int16_t attribute_number = 0;  // 0: not a column of a table; negative: a system column
    std::uint32_t type_oid = 0;
    std::int16_t type_size = -1;  // negative: of variable width
    std::int32_t type_modifier = -1;
    std::uint16_t format = 0;  // 0 text, 1 binary; always 0 after Describe of a statement

    friend bool operator==(const Column&, const Column&) = default;
  };

  std::vector<Column> columns;

  [[nodiscard]] static core::Result<RowDescription> decode(std::string_view body);
  [[nodiscard]] core::Status encode(std::string& out) const;
};

}  // namespace sqlproxy::wire
