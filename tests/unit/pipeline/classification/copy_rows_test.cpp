#include "pipeline/classification/copy_rows.hpp"

#include <gtest/gtest.h>

#include <string>

namespace sqlproxy::pipeline {
namespace {

// "0=a 1=b;" for a row of two values; nulls are left out.
class Written : public CopyVisitor {
 public:
  void on_copy_value(std::size_t column, std::string_view value) override {
    text += std::to_string(column) + '=' + std::string(value) + ' ';
  }
  void on_copy_row() override { text += ';'; }
  std::string text;
};

std::string rows_of(const CopyFormat& format, std::string_view data, std::size_t piece) {
  CopyRows rows(format);
  Written written;
  for (std::size_t at = 0; at < data.size(); at += piece) rows.take(data.substr(at, piece), written);
  return written.text;
}

// The same for every size of pieces.
std::string rows_of(const CopyFormat& format, std::string_view data) {
  const std::string whole = rows_of(format, data, data.size());
  for (std::size_t piece = 1; piece < data.size(); ++piece) EXPECT_EQ(rows_of(format, data, piece), whole) << piece;
  return whole;
}

CopyFormat csv() {
  CopyFormat format;
  format.kind = CopyFormat::Kind::csv;
  format.delimiter = ',';
  format.null_text = "";
  return format;
}

TEST(CopyRows, Text) {
  EXPECT_EQ(rows_of({}, "a\tb\n\\N\tc\n"), "0=a 1=b ;1=c ;");
  EXPECT_EQ(rows_of({}, "a\\tb\\\\c\\\nd\t\\x41\\101Z\n"), "0=a\tb\\c\nd 1=AAZ ;");
  EXPECT_EQ(rows_of({}, "\\.\n"), "");
  EXPECT_EQ(rows_of({}, "\n"), "0= ;");
  CopyFormat bars;
  bars.delimiter = '|';
  bars.null_text = "none";
  EXPECT_EQ(rows_of(bars, "none|\\none|x\ty\n"), "1=\none 2=x\ty ;");
}

TEST(CopyRows, Csv) {
  EXPECT_EQ(rows_of(csv(), "a,b\r\n,\"\"\n"), "0=a 1=b ;1= ;");
  EXPECT_EQ(rows_of(csv(), "\"a,\"\"b\"\"\nc\",d\n"), "0=a,\"b\"\nc 1=d ;");
  CopyFormat other = csv();
  other.quote = '\'';
  other.escape = '\\';
  other.delimiter = ';';
  EXPECT_EQ(rows_of(other, "'it\\'s';\\\n"), "0=it's 1=\\ ;");
}

TEST(CopyRows, Binary) {
  CopyFormat binary;
  binary.kind = CopyFormat::Kind::binary;
  const auto bytes = [](std::initializer_list<int> list) {
    std::string out;
    for (const int byte : list) out.push_back(static_cast<char>(byte));
    return out;
  };
  const std::string header = std::string("PGCOPY\n\377\r\n\0", 11) + bytes({0, 0, 0, 0});
  const std::string rows = bytes({0, 3, 0, 0, 0, 2}) + "ab" + bytes({255, 255, 255, 255, 0, 0, 0, 0, 0, 0});
  EXPECT_EQ(rows_of(binary, header + bytes({0, 0, 0, 0}) + rows + bytes({255, 255})), "0=ab 2= ;;");
  EXPECT_EQ(rows_of(binary, header + bytes({0, 0, 0, 3}) + "xyz" + rows), "0=ab 2= ;;");
  CopyRows broken(binary);
  Written written;
  broken.take(header + bytes({0, 0, 0, 0, 0, 1, 127, 255, 255, 255}) + "abc", written);
  EXPECT_TRUE(broken.broken());
}

TEST(CopyRows, LongValuesAreCut) {
  const std::string data = std::string(5000, 'x') + "\ty\n";
  EXPECT_EQ(rows_of({}, data, 700), "0=" + std::string(CopyRows::kMaxValue, 'x') + " 1=y ;");
}

}  // namespace
}  // namespace sqlproxy::pipeline
