#include "wire/row_stream.hpp"

#include <gtest/gtest.h>

#include <string>

#include "wire/messages/data_row.hpp"

namespace sqlproxy::wire {
namespace {

constexpr std::size_t kMaxValue = 8;

std::string body_of(std::initializer_list<ValueList::Value> values) {
  std::string body{'\0', static_cast<char>(values.size())};
  for (const ValueList::Value& value : values) append_value(body, value);
  return body;
}

std::string values_of(RowStream& stream, std::string_view body, std::size_t piece) {
  std::string out;
  stream.begin();
  for (std::size_t at = 0; at < body.size(); at += piece) {
    stream.feed(body.substr(at, piece), [&](std::size_t column, std::string_view value) {
      out += std::to_string(column) + '=' + std::string(value) + ' ';
    });
  }
  return out;
}

TEST(RowStream, TheSameInAllPieces) {
  RowStream stream(kMaxValue);
  const std::string body = body_of({"abc", std::nullopt, "", "0123456789abcdef", "z"});
  for (std::size_t piece = 1; piece <= body.size(); ++piece) {
    EXPECT_EQ(values_of(stream, body, piece), "0=abc 2= 3=01234567 4=z ") << piece;
    EXPECT_EQ(stream.columns(), 5U);
  }
}

TEST(RowStream, RowsWithoutValuesAndBytesBehindTheEnd) {
  RowStream stream(kMaxValue);
  EXPECT_EQ(values_of(stream, body_of({}), 1), "");
  EXPECT_EQ(values_of(stream, body_of({"a"}) + "rubbish", 3), "0=a ");
}

TEST(RowStream, ARowThatBreaksOffLeavesNothingForTheNext) {
  RowStream stream(kMaxValue);
  EXPECT_EQ(values_of(stream, body_of({"a", "bcdef"}).substr(0, 14), 2), "0=a ");
  EXPECT_EQ(values_of(stream, body_of({"x"}), 2), "0=x ");
}

}  // namespace
}  // namespace sqlproxy::wire
