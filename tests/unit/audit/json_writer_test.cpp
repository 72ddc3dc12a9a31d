#include "audit/json_writer.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "audit/json_reader.hpp"

namespace sqlproxy::audit {
namespace {

std::string json(std::string_view text, std::size_t limit = 1000) {
  std::string out;
  append_json_string(out, text, limit);
  return out;
}

TEST(JsonString, KeepsPlainTextAndLetters) {
  EXPECT_EQ(json(""), R"("")");
  EXPECT_EQ(json("SELECT a, b FROM t WHERE c = $1"), R"("SELECT a, b FROM t WHERE c = $1")");
  EXPECT_EQ(json("naïve 日本 🐘"), "\"naïve 日本 🐘\"");
}

TEST(JsonString, EscapesWhatJsonAsksForAtEveryPlaceOfAWord) {
  for (std::size_t place = 0; place < 20; ++place) {
    for (const auto& [raw, escaped] : {std::pair{'"', "\\\""},
                                       {'\\', "\\\\"},
                                       {'\n', "\\n"},
                                       {'\0', "\\u0000"},
                                       {'\x1f', "\\u001f"},
                                       {'\x7f', "\\u007f"},
                                       {'\r', "\\r"},
                                       {'\t', "\\t"}}) {
      std::string text(20, 'x');
      text[place] = raw;
      std::string expected(20, 'x');
      expected.replace(place, 1, escaped);
      EXPECT_EQ(json(text), "\"" + expected + "\"");
    }
  }
}

TEST(JsonString, ReplacesEachByteThatIsNoCharacter) {
  const std::string mark = "\xEF\xBF\xBD";
  EXPECT_EQ(json("a\xFFz"), "\"a" + mark + "z\"");
  EXPECT_EQ(json("\xC0\xAF"), "\"" + mark + mark + "\"") << "overlong slash";
  EXPECT_EQ(json("\xED\xA0\x80"), "\"" + mark + mark + mark + "\"") << "surrogate";
  EXPECT_EQ(json("\xF4\x90\x80\x80"), "\"" + mark + mark + mark + mark + "\"") << "above U+10FFFF";
  EXPECT_EQ(json("\xE2\x82"), "\"" + mark + mark + "\"") << "cut character";
  EXPECT_EQ(json("\xE2\x82x"), "\"" + mark + mark + "x\"");
}

TEST(JsonString, EscapesCharactersThatChangeHowALineLooks) {
  EXPECT_EQ(json("a\xC2\x9B"
                 "b"),
            "\"a\\u009bb\"")
      << "C1 control sequence introducer";
  EXPECT_EQ(json("\xE2\x80\xAE"), "\"\\u202e\"") << "right-to-left override";
  EXPECT_EQ(json("\xE2\x80\xA8"), "\"\\u2028\"") << "line separator";
  EXPECT_EQ(json("\xEF\xBB\xBF"), "\"\\ufeff\"") << "byte order mark";
}

TEST(JsonString, CutsWithAMarkAtACharacterBoundary) {
  EXPECT_EQ(json("abcdef", 6), "\"abcdef\"");
  EXPECT_EQ(json("abcdef", 4), "\"abcd…[+2 bytes]\"");
  EXPECT_EQ(json("abc\xC3\xA9x", 4), "\"abc…[+3 bytes]\"");
  EXPECT_EQ(json(std::string(9, '\x80'), 4).ends_with("…[+5 bytes]\""), true);
  EXPECT_EQ(json("\xC3\xA9", 0), "\"…[+2 bytes]\"");
}

TEST(JsonString, AnyBytesGiveValidJsonInUtf8) {
  std::mt19937 random(7);
  for (int round = 0; round < 20'000; ++round) {
    std::string text(random() % 40, '\0');
    for (char& c : text) {
      // Mostly bytes around the borders of the classes, so that half characters and escapes meet often.
      static constexpr std::string_view kBorders(
          "\x00\x1f\x20\"\\\x7f\x80\xbf\xc2\xe2\x80\xa8\xed\xa0\xf0\x90\xf4\xff"
          "a\n",
          20);
      c = random() % 3 == 0 ? static_cast<char>(random()) : kBorders[random() % kBorders.size()];
    }
    std::string line;
    JsonMembers members(line);
    members.string("text", text, random() % 50);
    members.number("after", std::uint64_t{1});
    line.push_back('}');
    const auto read = read_json_object(line);
    ASSERT_TRUE(read.has_value()) << line;
    ASSERT_EQ(read->size(), 2U) << line;
  }
}

TEST(JsonMembers, WritesEveryType) {
  std::string line;
  JsonMembers members(line);
  members.string("a", "x", 10);
  members.string_or_null("b", "", 10);
  members.number("c", std::int64_t{-5});
  members.number("d", std::uint64_t{18'446'744'073'709'551'615U});
  members.fraction("e", 0.85);
  members.fraction("f", std::numeric_limits<double>::quiet_NaN());
  members.boolean("g", false);
  line.push_back('}');
  EXPECT_EQ(line, R"({"a":"x","b":null,"c":-5,"d":18446744073709551615,"e":0.85,"f":null,"g":false})");
}

}  // namespace
}  // namespace sqlproxy::audit
