#include "admin/result_table.hpp"

#include <gtest/gtest.h>

#include <array>

#include "wire/byte_reader.hpp"
#include "wire/messages/data_row.hpp"
#include "wire/messages/row_description.hpp"

namespace sqlproxy::admin {
namespace {

constexpr std::uint16_t kTextFormat = 0;
constexpr std::uint16_t kBinaryFormat = 1;

ResultTable one_cell(ColumnType type, TableCell cell) {
  return {{{"c", type}}, {{std::move(cell)}}};
}

// The bytes of the only value of the first row; "(null)" for NULL.
std::string value_of(const ResultTable& table, std::uint16_t format) {
  std::string out;
  const std::array<std::uint16_t, 1> formats{format};
  EXPECT_TRUE(append_data_row(out, table, 0, formats));
  const auto row = wire::DataRow::decode(std::string_view(out).substr(5));
  EXPECT_TRUE(row);
  const auto value = *row->values.begin();
  return value ? std::string(*value) : "(null)";
}

std::string bytes(std::initializer_list<unsigned> values) {
  std::string out;
  for (const unsigned value : values) out.push_back(static_cast<char>(value));
  return out;
}

TEST(ResultTable, TextIsAsItStands) {
  EXPECT_EQ(value_of(one_cell(ColumnType::int4, "42"), kTextFormat), "42");
  EXPECT_EQ(value_of(one_cell(ColumnType::text, ""), kTextFormat), "");
  EXPECT_EQ(value_of(one_cell(ColumnType::text, std::nullopt), kTextFormat), "(null)");
  EXPECT_EQ(value_of(one_cell(ColumnType::numeric, std::nullopt), kBinaryFormat), "(null)");
}

TEST(ResultTable, IntegersInBinary) {
  EXPECT_EQ(value_of(one_cell(ColumnType::int4, "258"), kBinaryFormat), bytes({0, 0, 1, 2}));
  EXPECT_EQ(value_of(one_cell(ColumnType::int8, "4294967297"), kBinaryFormat), bytes({0, 0, 0, 1, 0, 0, 0, 1}));
  EXPECT_EQ(value_of(one_cell(ColumnType::int4, "-1"), kBinaryFormat), bytes({255, 255, 255, 255}));
}

// ndigits, weight, sign, dscale, and the digits to base 10000; seen from PostgreSQL's numeric_send.
TEST(ResultTable, NumericInBinary) {
  const auto numeric = [](const char* text) { return value_of(one_cell(ColumnType::numeric, text), kBinaryFormat); };
  EXPECT_EQ(numeric("0"), bytes({0, 0, 0, 0, 0, 0, 0, 0}));
  EXPECT_EQ(numeric("7"), bytes({0, 1, 0, 0, 0, 0, 0, 0, 0, 7}));
  EXPECT_EQ(numeric("12345"), bytes({0, 2, 0, 1, 0, 0, 0, 0, 0, 1, 0x09, 0x29}));
  EXPECT_EQ(numeric("10000"), bytes({0, 1, 0, 1, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(numeric("100000000"), bytes({0, 1, 0, 2, 0, 0, 0, 0, 0, 1}));
  EXPECT_EQ(numeric("18446744073709551615"),
            bytes({0, 5, 0, 4, 0, 0, 0, 0, 0x07, 0x34, 0x1A, 0x58, 0x02, 0xE1, 0x03, 0xBB, 0x06, 0x4F}));
}

TEST(ResultTable, TheDescriptionHasPostgresTypes) {
  std::string out;
  const std::array<TableColumn, 4> columns{TableColumn{"t", ColumnType::text}, TableColumn{"i", ColumnType::int4},
                                           TableColumn{"q", ColumnType::int8}, TableColumn{"n", ColumnType::numeric}};
  append_row_description(out, columns, {});
  const auto description = wire::RowDescription::decode(std::string_view(out).substr(5));
  ASSERT_TRUE(description);
  std::vector<std::uint32_t> types;
  for (const auto& column : description->columns) types.push_back(column.type_oid);
  EXPECT_EQ(types, (std::vector<std::uint32_t>{25, 23, 20, 1700}));
  EXPECT_EQ(description->columns[3].name, "n");
}

TEST(ResultTable, FormatsForNoneOneAndEachColumn) {
  const auto formats = [](std::vector<std::uint16_t> asked, std::size_t columns) {
    const std::string wire = wire::to_wire<std::uint16_t>(asked);
    return result_formats(wire::FormatCodeList(wire), columns);
  };
  EXPECT_EQ(*formats({}, 2), (std::vector<std::uint16_t>{0, 0}));
  EXPECT_EQ(*formats({1}, 2), (std::vector<std::uint16_t>{1, 1}));
  EXPECT_EQ(*formats({0, 1}, 2), (std::vector<std::uint16_t>{0, 1}));
  EXPECT_EQ(formats({0, 1, 1}, 2).error().sqlstate, core::sqlstate::kProtocolViolation);
  EXPECT_EQ(formats({2}, 2).error().sqlstate, core::sqlstate::kInvalidParameterValue);
}

}  // namespace
}  // namespace sqlproxy::admin
