#include "admin/result_table.hpp"

#include <algorithm>
#include <charconv>

#include "wire/messages/data_row.hpp"
#include "wire/messages/row_description.hpp"
#include "wire/value_list.hpp"

namespace sqlproxy::admin {
namespace {

struct WireType {
  std::uint32_t oid;
  std::int16_t size;
};

WireType wire_type(ColumnType type) {
  switch (type) {
    case ColumnType::text: return {25, -1};
    case ColumnType::int4: return {23, 4};
    case ColumnType::int8: return {20, 8};
    case ColumnType::numeric: return {1700, -1};
  }
  return {25, -1};
}

std::string big_endian(std::uint64_t value, std::size_t size) {
  std::string bytes(size, '\0');
  for (std::size_t i = 0; i < size; ++i) bytes[size - 1 - i] = static_cast<char>((value >> (8 * i)) & 0xFF);
  return bytes;
}

std::int64_t integer_of(std::string_view text) {
  std::int64_t value = 0;
  std::from_chars(text.data(), text.data() + text.size(), value);
  return value;
}

// numeric's binary form (utils/adt/numeric.c, numeric_send): digits to base 10000, for a whole number that is not
// negative.
std::string binary_numeric(std::string_view text) {
  std::vector<std::uint16_t> digits;
  while (!text.empty()) {
    const std::size_t size = std::min<std::size_t>(4, text.size());
    digits.insert(digits.begin(), static_cast<std::uint16_t>(integer_of(text.substr(text.size() - size))));
    text.remove_suffix(size);
  }
  while (!digits.empty() && digits.front() == 0) digits.erase(digits.begin());
  const std::size_t weight = digits.empty() ? 0 : digits.size() - 1;
  while (!digits.empty() && digits.back() == 0) digits.pop_back();
  std::string bytes = big_endian(digits.size(), 2) + big_endian(weight, 2) + big_endian(0, 2) + big_endian(0, 2);
  for (const std::uint16_t digit : digits) bytes += big_endian(digit, 2);
  return bytes;
}

std::string binary(const std::string& text, ColumnType type) {
  switch (type) {
    case ColumnType::text: return text;
    case ColumnType::int4: return big_endian(static_cast<std::uint64_t>(integer_of(text)), 4);
    case ColumnType::int8: return big_endian(static_cast<std::uint64_t>(integer_of(text)), 8);
    case ColumnType::numeric: return binary_numeric(text);
  }
  return text;
}

}  // namespace

core::Result<std::vector<std::uint16_t>> result_formats(const wire::FormatCodeList& asked, std::size_t columns) {
  if (asked.size() > 1 && asked.size() != columns) {
    return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kProtocolViolation,
                            "bind message has " + std::to_string(asked.size()) + " result formats but query has " +
                                std::to_string(columns) + " columns");
  }
  std::vector<std::uint16_t> formats(columns, 0);
  for (std::size_t i = 0; i < columns && !asked.empty(); ++i) {
    formats[i] = asked[asked.size() == 1 ? 0 : i];
    if (formats[i] <= 1) continue;
    return core::make_error(core::ErrorCode::invalid_input, core::sqlstate::kInvalidParameterValue,
                            "unsupported format code: " + std::to_string(formats[i]));
  }
  return formats;
}

void append_row_description(std::string& out, std::span<const TableColumn> columns,
                            std::span<const std::uint16_t> formats) {
  wire::RowDescription description;
  for (std::size_t i = 0; i < columns.size(); ++i) {
    const WireType type = wire_type(columns[i].type);
    description.columns.push_back({.name = columns[i].name,
                                   .type_oid = type.oid,
                                   .type_size = type.size,
                                   .format = formats.empty() ? std::uint16_t{0} : formats[i]});
  }
  // Names are constants of ours.
  (void)description.encode(out);
}

core::Status append_data_row(std::string& out, const ResultTable& table, std::size_t row,
                             std::span<const std::uint16_t> formats) {
  std::string values;
  const std::vector<TableCell>& cells = table.rows[row];
  for (std::size_t i = 0; i < cells.size(); ++i) {
    const bool as_text = formats.empty() || formats[i] == 0;
    if (!cells[i]) {
      wire::append_value(values, std::nullopt);
    } else if (as_text) {
      wire::append_value(values, *cells[i]);
    } else {
      wire::append_value(values, binary(*cells[i], table.columns[i].type));
    }
  }
  wire::ByteReader reader(values);
  return wire::DataRow{wire::ValueList::read(reader, cells.size())}.encode(out);
}

}  // namespace sqlproxy::admin
