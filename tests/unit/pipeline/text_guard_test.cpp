#include "pipeline/text_guard.hpp"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

#include "pipeline/utf8.hpp"

namespace sqlproxy::pipeline {
namespace {

using namespace std::string_literals;

std::string repeat(std::string_view part, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += part;
  return out;
}

// The SQLSTATE, or "" for a text that passes.
std::string state_of(std::string_view sql, const TextLimits& limits = {}) {
  const core::Status status = check_text(sql, limits);
  return status ? "" : std::string(status.error().sqlstate.text());
}

std::string message_of(std::string_view sql) {
  const core::Status status = check_text(sql, {});
  return status ? "" : status.error().message;
}

TEST(TextGuard, PassesOrdinaryTexts) {
  EXPECT_EQ(state_of(""), "");
  EXPECT_EQ(state_of("SELECT 1; SELECT 'a' /* b */ -- c"), "");
  EXPECT_EQ(state_of("SELECT 'unterminated"), "");
}

TEST(TextGuard, BoundsTheLength) {
  TextLimits limits;
  limits.max_bytes = 10;
  EXPECT_EQ(state_of("SELECT 123", limits), "");
  EXPECT_EQ(state_of("SELECT 1234", limits), "54000");
  const core::Status status = check_bytes("SELECT 1234", limits);
  ASSERT_FALSE(status);
  EXPECT_EQ(status.error().message, "statement is too long");
  EXPECT_EQ(status.error().detail, "It has 11 bytes; at most 10 are accepted.");
  EXPECT_FALSE(status.error().hint.empty());
}

TEST(TextGuard, ReportsBadBytesAsPostgresDoes) {
  EXPECT_EQ(message_of("a\xFFz"), "invalid byte sequence for encoding \"UTF8\": 0xff");
  EXPECT_EQ(message_of("a\0z"s), "invalid byte sequence for encoding \"UTF8\": 0x00");
  EXPECT_EQ(message_of("\xC3z"), "invalid byte sequence for encoding \"UTF8\": 0xc3 0x7a");
  EXPECT_EQ(message_of("\xE2\x82"), "invalid byte sequence for encoding \"UTF8\": 0xe2 0x82");
  EXPECT_EQ(message_of("\xED\xA0\x80z"), "invalid byte sequence for encoding \"UTF8\": 0xed 0xa0 0x80");
  EXPECT_EQ(message_of("\xF4\x90\x80\x80"), "invalid byte sequence for encoding \"UTF8\": 0xf4 0x90 0x80 0x80");
  EXPECT_EQ(state_of("SELECT '\xC0\xAF'"), "22021");
}

TEST(TextGuard, TakesOtherEncodingsAsTheyAre) {
  TextLimits limits;
  limits.encoding = TextEncoding::ascii_based;
  EXPECT_EQ(state_of("SELECT '\xE9'", limits), "");
  EXPECT_EQ(state_of("SELECT \0"s, limits), "22021");
}

TEST(TextGuard, BoundsTheStatements) {
  TextLimits limits;
  limits.max_statements = 2;
  EXPECT_EQ(state_of(";;SELECT 1;;;SELECT ';' /* ; */;;", limits), "");
  EXPECT_EQ(state_of("SELECT 1;SELECT 2;SELECT 3", limits), "54000");
}

TEST(TextGuard, BoundsTheTokens) {
  TextLimits limits;
  limits.max_tokens = 5;
  EXPECT_EQ(state_of("SELECT 1, 2, 3", limits), "54000");
  EXPECT_EQ(state_of("SELECT 1, 2 /* 3 4 5 */", limits), "");
}

TEST(TextGuard, BoundsTheDepth) {
  TextLimits limits;
  limits.max_depth = 3;
  EXPECT_EQ(state_of("SELECT ((1)), ((2)), ((3)), a[b[c[1]]]", limits), "");
  for (const std::string_view deep : {"SELECT ((((1))))", "SELECT ARRAY[[[[1]]]]", "SELECT (a[(b[1])])",
                                      "SELECT CASE CASE CASE CASE", "SELECT (CASE (CASE"}) {
    EXPECT_EQ(state_of(deep, limits), "54001") << deep;
  }
  EXPECT_EQ(message_of("SELECT " + repeat("(", 1001)), "stack depth limit exceeded");
}

TEST(TextGuard, LabelsCloseNoCase) {
  TextLimits limits;
  limits.max_depth = 2;
  EXPECT_EQ(state_of("SELECT CASE a END, CASE b END, CASE c END", limits), "");
  EXPECT_EQ(state_of("SELECT CASE 1 AS end CASE 1 AS end CASE", limits), "54001");
  EXPECT_EQ(state_of("SELECT CASE a.end CASE a.end CASE", limits), "54001");
  EXPECT_EQ(state_of("SELECT a AS case, b AS case, c AS case, d.case", limits), "");
}

TEST(TextGuard, BoundsTheScannersWork) {
  for (const std::string_view run : {"/**/", "/*", "+-", "@/**/"}) {
    EXPECT_EQ(state_of("SELECT 1 " + repeat(run, 20'000)), "54001") << run;
    EXPECT_EQ(state_of("SELECT 1 " + repeat(run, 100)), "") << run;
  }
  // Banners in comments and dashes in strings cost nothing.
  EXPECT_EQ(state_of(repeat("/*" + repeat("*", 200) + "*/\n--" + repeat("-", 200) + "\n", 1000)), "");
  EXPECT_EQ(state_of("SELECT '" + repeat("-", 100'000) + "'"), "");
}

// Table 3-7 of the Unicode standard, from both sides of each bound.
TEST(Utf8, KnowsTheBounds) {
  for (const std::string_view good :
       {"\x01", "\x7F", "\xC2\x80", "\xDF\xBF", "\xE0\xA0\x80", "\xEC\xBF\xBF", "\xED\x80\x80", "\xED\x9F\xBF",
        "\xEE\x80\x80", "\xEF\xBF\xBF", "\xF0\x90\x80\x80", "\xF3\xBF\xBF\xBF", "\xF4\x8F\xBF\xBF"}) {
    EXPECT_EQ(valid_utf8_prefix(good), good.size());
  }
  for (const std::string_view bad :
       {std::string_view("\0", 1), std::string_view("\x80"), std::string_view("\xBF"), std::string_view("\xC0\x80"),
        std::string_view("\xC1\xBF"), std::string_view("\xC2"), std::string_view("\xC2\x7F"),
        std::string_view("\xC2\xC0"), std::string_view("\xE0\x9F\xBF"), std::string_view("\xE1\x80"),
        std::string_view("\xED\xA0\x80"), std::string_view("\xF0\x8F\xBF\xBF"), std::string_view("\xF1\x80\x80"),
        std::string_view("\xF4\x90\x80\x80"), std::string_view("\xF5\x80\x80\x80"),
        std::string_view("\xF8\x88\x80\x80\x80"), std::string_view("\xFE"), std::string_view("\xFF")}) {
    for (std::size_t lead = 0; lead < 20; ++lead) {
      const std::string text = repeat("a", lead) + std::string(bad) + "aaaaaaaaaaaaaaaa";
      EXPECT_EQ(valid_utf8_prefix(text), lead);
    }
  }
}

TEST(Utf8, CheckerAgreesWithThePrefix) {
  // All texts of up to three bytes from the bounds of the ranges.
  constexpr unsigned char kBytes[] = {0x01, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC1, 0xC2,
                                      0xDF, 0xE0, 0xED, 0xEF, 0xF0, 0xF4, 0xF5, 0xFF, 0x00};
  for (const unsigned char a : kBytes) {
    for (const unsigned char b : kBytes) {
      for (const unsigned char c : kBytes) {
        const std::string text{static_cast<char>(a), static_cast<char>(b), static_cast<char>(c)};
        Utf8Checker checker;
        for (const char byte : text) checker.push(static_cast<unsigned char>(byte));
        EXPECT_EQ(checker.complete(), valid_utf8_prefix(text) == text.size());
      }
    }
  }
}

TEST(Utf8, CheckerTakesCodePoints) {
  for (const std::uint32_t code_point : {0x1U, 0x7FU, 0x80U, 0x7FFU, 0x800U, 0xFFFFU, 0x10000U, 0x10FFFFU}) {
    Utf8Checker checker;
    checker.push_code_point(code_point);
    EXPECT_TRUE(checker.complete()) << code_point;
    checker.push(0x80);
    EXPECT_FALSE(checker.complete());
  }
}

}  // namespace
}  // namespace sqlproxy::pipeline
