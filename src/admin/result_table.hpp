#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "core/result.hpp"
#include "wire/integer_list.hpp"

namespace sqlproxy::admin {

// The types that PgBouncer's console has.
enum class ColumnType : std::uint8_t { text, int4, int8, numeric };

struct TableColumn {
  std::string_view name;  // a constant
  ColumnType type = ColumnType::text;
};

// A value, in PostgreSQL's text form. Those of a number type are decimal digits, with a sign at most, within its range.
using TableCell = std::optional<std::string>;

// The answer to one command of the console, before it has a form on the wire.
struct ResultTable {
  std::vector<TableColumn> columns;
  // Each has as many cells as there are columns.
  std::vector<std::vector<TableCell>> rows;
};

// The format of each column that a Bind asks for; text where it says nothing. An error (08P01, 22023) when their number
// or one of them cannot be.
[[nodiscard]] core::Result<std::vector<std::uint16_t>> result_formats(const wire::FormatCodeList& asked,
                                                                      std::size_t columns);

// Append the message. `formats` has one for each column, or none for text.
void append_row_description(std::string& out, std::span<const TableColumn> columns,
                            std::span<const std::uint16_t> formats);
[[nodiscard]] core::Status append_data_row(std::string& out, const ResultTable& table, std::size_t row,
                                           std::span<const std::uint16_t> formats);

}  // namespace sqlproxy::admin
