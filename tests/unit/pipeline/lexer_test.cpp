#include "pipeline/lexer.hpp"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/comments.hpp"
#include "tests/support/pipeline/scan_oracle.hpp"

namespace sqlproxy::pipeline {
namespace {

// The tokens' texts; "error" where reading ends with one.
std::vector<std::string> tokens_of(std::string_view sql) {
  std::vector<std::string> tokens;
  Lexer lexer(sql);
  for (;;) {
    const Token token = lexer.next();
    if (token.kind == TokenKind::end) return tokens;
    if (token.kind == TokenKind::error) {
      tokens.emplace_back("error");
      return tokens;
    }
    tokens.emplace_back(lexer.text(token));
  }
}

TokenKind kind_of(std::string_view sql) {
  return Lexer(sql).next().kind;
}

struct Case {
  std::string sql;
  std::vector<std::string> tokens;
};

class LexicalRule : public ::testing::TestWithParam<Case> {};

TEST_P(LexicalRule, CutsAsDocumented) {
  EXPECT_EQ(tokens_of(GetParam().sql), GetParam().tokens);
}

TEST_P(LexicalRule, AgreesWithPostgres) {
  EXPECT_EQ(testing::lexer_difference(GetParam().sql).value_or(""), "") << GetParam().sql;
}

using Cases = std::vector<Case>;

INSTANTIATE_TEST_SUITE_P(WhiteSpace, LexicalRule,
                         ::testing::ValuesIn(Cases{
                             {"", {}},
                             {" \t\n\r\f", {}},
                             {"a\tb\nc\rd\fe", {"a", "b", "c", "d", "e"}},
                             {"a\vb", {"a", "\v", "b"}},  // no white space before PostgreSQL 16
                             {"a\xC2\xA0"
                              "b",
                              {"a\xC2\xA0"
                               "b"}},  // a no-break space is part of an identifier
                         }));

INSTANTIATE_TEST_SUITE_P(Comments, LexicalRule,
                         ::testing::ValuesIn(Cases{
                             {"a--b\nc", {"a", "c"}},
                             {"a--b\rc", {"a", "c"}},
                             {"a--b", {"a"}},
                             {"--", {}},
                             {"a/*b*/c", {"a", "c"}},
                             {"a/*b/*c*/d*/e", {"a", "e"}},
                             {"a/*/*/b*/c", {"a", "error"}},
                             {"a/**/b", {"a", "b"}},
                             {"a/***/b", {"a", "b"}},
                             {"a/*/", {"a", "error"}},
                             {"a/*--*/b", {"a", "b"}},
                             {"a--/*\nb", {"a", "b"}},
                             {"a/*'*/b", {"a", "b"}},
                             {"/* /* */", {"error"}},
                             {"a*/b", {"a", "*/", "b"}},
                         }));

INSTANTIATE_TEST_SUITE_P(Strings, LexicalRule,
                         ::testing::ValuesIn(Cases{
                             {"'a'", {"'a'"}},
                             {"''", {"''"}},
                             {"'it''s'", {"'it''s'"}},
                             {"'a\\'", {"'a\\'"}},  // a backslash is one character
                             {"'a' 'b'", {"'a'", "'b'"}},
                             {"'a'\n'b'", {"'a'\n'b'"}},
                             {"'a' \r\t'b'c", {"'a' \r\t'b'", "c"}},
                             {"'a'\n'b'\n'c'", {"'a'\n'b'\n'c'"}},
                             {"'a' -- x\n'b'", {"'a' -- x\n'b'"}},
                             {"'a' -- 'x'\n -- y\n'b'", {"'a' -- 'x'\n -- y\n'b'"}},
                             {"'a' -- x", {"'a'"}},
                             {"'a' /* \n */ 'b'", {"'a'", "'b'"}},
                             {"'a'\n-'b'", {"'a'", "-", "'b'"}},
                             {"'a'\nE'b'", {"'a'", "E'b'"}},
                             {"'a'\v\n'b'", {"'a'", "\v", "'b'"}},
                             {"'a", {"error"}},
                             {"'a'\n'b", {"error"}},
                             {"N'a'", {"N", "'a'"}},
                             {"n'a'", {"n", "'a'"}},
                             {"B'01'", {"B'01'"}},
                             {"b'0''1'", {"b'0'", "'1'"}},  // no doubled quotes in these
                             {"b'0'\n'1'", {"b'0'\n'1'"}},
                             {"x'zz'", {"x'zz'"}},  // what is in it is looked at later
                             {"X'1", {"error"}},
                             {"U&'d\\0061'", {"U&'d\\0061'"}},
                             {"u&'a''b'\n'c'", {"u&'a''b'\n'c'"}},
                             {"U& 'a'", {"U", "&", "'a'"}},
                             {"U&'a", {"error"}},
                             {"ab'c'", {"ab", "'c'"}},
                         }));

INSTANTIATE_TEST_SUITE_P(EscapeStrings, LexicalRule,
                         ::testing::ValuesIn(Cases{
                             {R"(E'\'')", {R"(E'\'')"}},
                             {R"(e'\\')", {R"(e'\\')"}},
                             {R"(E'a\)", {"error"}},
                             {R"(E'\')", {"error"}},
                             {R"(E'a''b')", {R"(E'a''b')"}},
                             {"E'a'\n'\\''", {"E'a'\n'\\''"}},  // the second part escapes too
                             {R"(E'\u0041')", {R"(E'\u0041')"}},
                             {R"(E'\u041')", {"error"}},
                             {R"(E'\U0001F600')", {R"(E'\U0001F600')"}},
                             {R"(E'\U0001F60')", {"error"}},
                             {R"(E'\U00110000')", {"error"}},
                             {R"(E'\u0000')", {"error"}},
                             {R"(E'\ud83d\ude00')", {R"(E'\ud83d\ude00')"}},
                             {R"(E'\ud83d')", {"error"}},
                             {R"(E'\ud83dx')", {"error"}},
                             {R"(E'\ud83d\n')", {"error"}},
                             {R"(E'\ud83d\ud83d')", {"error"}},
                             {R"(E'\ude00')", {"error"}},
                             {R"(E'\x41\x4')", {R"(E'\x41\x4')"}},
                             {R"(E'\xg')", {R"(E'\xg')"}},
                             {R"(E'\xc3\xa9')", {R"(E'\xc3\xa9')"}},
                             {R"(E'\xc3')", {"error"}},
                             {R"(E'\xc3\u00e9')", {"error"}},
                             {R"(E'\xc3\u00e9\xa9')", {"error"}},
                             {R"(E'\xc3\xa9\xff')", {"error"}},
                             {R"(E'\303\251')", {R"(E'\303\251')"}},
                             {R"(E'\377')", {"error"}},
                             {R"(E'\000')", {"error"}},
                             {R"(E'\8\9')", {R"(E'\8\9')"}},
                             {"E'\\\xC3\xA9'", {"E'\\\xC3\xA9'"}},
                         }));

INSTANTIATE_TEST_SUITE_P(DollarQuotes, LexicalRule,
                         ::testing::ValuesIn(Cases{
                             {"$$a$$", {"$$a$$"}},
                             {"$$'$$", {"$$'$$"}},
                             {"$$a$b$$", {"$$a$b$$"}},
                             {"$a$b$a$", {"$a$b$a$"}},
                             {"$a$b$b$a$", {"$a$b$b$a$"}},
                             {"$a$$$$A$$a$", {"$a$$$$A$$a$"}},
                             {"$\xC3\xA9$x$\xC3\xA9$", {"$\xC3\xA9$x$\xC3\xA9$"}},
                             {"$_1$x$_1$", {"$_1$x$_1$"}},
                             {"$1$x$1$", {"$1", "error"}},
                             {"$1$$a$$", {"$1", "$$a$$"}},
                             {"a$$b$$", {"a$$b$$"}},  // inside an identifier
                             {"1$$b$$", {"1", "$$b$$"}},
                             {"$a", {"$", "a"}},
                             {"$ a", {"$", "a"}},
                             {"$a-$b", {"$", "a", "-", "$", "b"}},
                             {"$$a", {"error"}},
                             {"$a$ $A$", {"error"}},
                         }));

INSTANTIATE_TEST_SUITE_P(Identifiers, LexicalRule,
                         ::testing::ValuesIn(Cases{
                             {"a_1$B", {"a_1$B"}},
                             {"\xC3\xA9t\xC3\xA9", {"\xC3\xA9t\xC3\xA9"}},
                             {"\"a b\"", {"\"a b\""}},
                             {"\"a\"\"b\"", {"\"a\"\"b\""}},
                             {"\"\"", {"error"}},
                             {"\"\"\"\"", {"\"\"\"\""}},
                             {"\"a", {"error"}},
                             {"\"a\"\"", {"error"}},
                             {"U&\"d\\0061\"", {"U&\"d\\0061\""}},
                             {"U&\"\"", {"error"}},
                             {"e\"a\"", {"e", "\"a\""}},
                         }));

INSTANTIATE_TEST_SUITE_P(Numbers, LexicalRule,
                         ::testing::ValuesIn(Cases{
                             {"12", {"12"}},
                             {"1.", {"1."}},
                             {"1.5", {"1.5"}},
                             {".5", {".5"}},
                             {"1..2", {"1", "..", "2"}},
                             {"1...2", {"1", "..", ".2"}},
                             {"1.5.5", {"1.5", ".5"}},
                             {"1.e5", {"1.e5"}},
                             {"1e5", {"1e5"}},
                             {"1E+5", {"1E+5"}},
                             {".5e-3", {".5e-3"}},
                             {"1e5.5", {"1e5", ".5"}},
                             {"1e", {"error"}},
                             {"1e+", {"error"}},
                             {"1.e", {"error"}},
                             {"123abc", {"error"}},
                             {"1_000", {"error"}},
                             {"0x1F", {"error"}},
                             {"1.5a", {"error"}},
                             {"1e5a", {"error"}},
                             {"1\xC3\xA9", {"error"}},
                             {"-1", {"-", "1"}},
                             {"99999999999999999999", {"99999999999999999999"}},
                             {"$1", {"$1"}},
                             {"$1a", {"error"}},
                             {"$12.5", {"$12", ".5"}},
                         }));

INSTANTIATE_TEST_SUITE_P(Operators, LexicalRule,
                         ::testing::ValuesIn(Cases{
                             {"a<->b", {"a", "<->", "b"}},
                             {"a=-1", {"a", "=", "-", "1"}},
                             {"a=+-1", {"a", "=", "+", "-", "1"}},
                             {"a@-1", {"a", "@-", "1"}},
                             {"a*+-+1", {"a", "*", "+", "-", "+", "1"}},
                             {"a+@-1", {"a", "+@-", "1"}},
                             {"a--b", {"a"}},
                             {"a=--b\nc", {"a", "=", "c"}},
                             {"a</*x*/>b", {"a", "<", ">", "b"}},
                             {"a+-/*x*/b", {"a", "+", "-", "b"}},
                             {"a@-/*x*/b", {"a", "@-", "b"}},
                             {"a<=b>=c<>d!=e=>f", {"a", "<=", "b", ">=", "c", "<>", "d", "!=", "e", "=>", "f"}},
                             {"<=>", {"<=>"}},
                             {"!", {"!"}},
                             {"a?b", {"a", "?", "b"}},
                             {"a::b:=c:d", {"a", "::", "b", ":=", "c", ":", "d"}},
                             {":::", {"::", ":"}},
                             {"..", {".."}},
                             {"( ) [ ] , ; .", {"(", ")", "[", "]", ",", ";", "."}},
                             {"a\\b{c}", {"a", "\\", "b", "{", "c", "}"}},
                             {std::string(63, '@'), {std::string(63, '@')}},
                             {std::string(64, '@'), {"error"}},
                             {std::string(64, '@') + "--", {"error"}},
                             {std::string(63, '@') + "/**/@", {std::string(63, '@'), "@"}},
                         }));

TEST(Lexer, TellsKindsApart) {
  const std::pair<std::string_view, TokenKind> kinds[] = {
      {"a", TokenKind::identifier},
      {"\"a\"", TokenKind::quoted_identifier},
      {"U&\"a\"", TokenKind::unicode_identifier},
      {"'a'", TokenKind::string},
      {"E'a'", TokenKind::escape_string},
      {"U&'a'", TokenKind::unicode_string},
      {"$$a$$", TokenKind::dollar_string},
      {"b'1'", TokenKind::bit_string},
      {"x'1'", TokenKind::hex_string},
      {"1", TokenKind::integer},
      {"1.", TokenKind::number},
      {"1e1", TokenKind::number},
      {"$1", TokenKind::parameter},
      {"||", TokenKind::operator_},
      {"|", TokenKind::operator_},
      {"+", TokenKind::symbol},
      {"=", TokenKind::symbol},
      {"(", TokenKind::symbol},
      {"::", TokenKind::typecast},
      {"..", TokenKind::dot_dot},
      {":=", TokenKind::colon_equals},
      {"=>", TokenKind::equals_greater},
      {"<=", TokenKind::less_equals},
      {">=", TokenKind::greater_equals},
      {"<>", TokenKind::not_equals},
      {"!=", TokenKind::not_equals},
      {"$", TokenKind::other},
      {"", TokenKind::end},
      {"'", TokenKind::error},
      {std::string_view("\0", 1), TokenKind::error},
  };
  for (const auto& [sql, kind] : kinds) EXPECT_EQ(kind_of(sql), kind) << sql;
}

TEST(Lexer, StaysAtItsError) {
  Lexer lexer("a 'b");
  EXPECT_EQ(lexer.next().kind, TokenKind::identifier);
  for (int i = 0; i < 3; ++i) {
    const Token token = lexer.next();
    EXPECT_EQ(token.kind, TokenKind::error);
    EXPECT_EQ(token.offset, 2U);
  }
}

TEST(Lexer, StaysAtTheEnd) {
  Lexer lexer("a ");
  EXPECT_EQ(lexer.next().kind, TokenKind::identifier);
  for (int i = 0; i < 3; ++i) EXPECT_EQ(lexer.next().kind, TokenKind::end);
}

// A soup of what the rules are sensitive to, many times over: nothing of it may be read otherwise than by PostgreSQL.
TEST(Lexer, AgreesWithPostgresOnRandomTexts) {
  constexpr std::string_view kParts[] = {
      "'",  "''", "\"",  "\"a\"", "$$",  "$a$",  "$a",      "$1",      "E'",       "e'",    "b'",
      "X'", "N'", "U&'", "U&\"",  "\\'", "\\\\", "\\u0041", "\\ud83d", "\\ude00",  "\\xc3", "\\251",
      "--", "/*", "*/",  "\n",    "\r",  " ",    "\t",      "\v",      "a",        "1",     "1.",
      ".5", "e",  "e5",  "..",    "::",  ":=",   "=>",      "<=",      "!=",       "+",     "-",
      "@",  "*",  "/",   "(",     ")",   ";",    ",",       "_",       "\xC3\xA9", "\xFF",  "UESCAPE"};
  std::mt19937 random(20240229);
  std::uniform_int_distribution<std::size_t> pick(0, std::size(kParts) - 1);
  std::uniform_int_distribution<std::size_t> count(1, 14);
  for (int round = 0; round < 60'000; ++round) {
    std::string sql;
    for (std::size_t left = count(random); left > 0; --left) sql += kParts[pick(random)];
    ASSERT_EQ(testing::lexer_difference(sql).value_or(""), "") << sql;
  }
}

TEST(Lexer, CountsWhatPostgresScansAgain) {
  const auto rescanned = [](std::string_view sql) {
    Lexer lexer(sql);
    for (Token token = lexer.next(); token.kind != TokenKind::end; token = lexer.next()) {
      if (token.kind == TokenKind::error) break;
    }
    return lexer.rescanned_bytes();
  };
  EXPECT_EQ(rescanned("SELECT a + b <-> c -- ------------"), 0U);
  EXPECT_EQ(rescanned("'----------/*/*/*----------'"), 0U);
  // "*/" behind each "/*", then the comments that follow directly.
  EXPECT_EQ(rescanned("/**/"), 2U);
  EXPECT_EQ(rescanned("/**//**/"), 6U + 2U);
  EXPECT_EQ(rescanned("=+-"), 2U + 1U);
  std::string run;
  for (int i = 0; i < 1000; ++i) run += "/**/";
  EXPECT_EQ(rescanned(run), 1000U * 1000U * 2);
}

TEST(BlankComments, KeepsEverythingElseInPlace) {
  std::string scratch;
  EXPECT_EQ(blank_comments("SELECT a -- b\n, 'c--d' /* e */ FROM f", scratch),
            "SELECT a     \n, 'c--d'         FROM f");
  EXPECT_EQ(blank_comments("'a' --x\n'b'", scratch), "'a'    \n'b'");
  EXPECT_EQ(blank_comments("a /*\n*/ b", scratch), "a       b");
}

TEST(BlankComments, LeavesACommentThatKeepsStringsApart) {
  std::string scratch;
  EXPECT_EQ(blank_comments("DO 'a'\n/* */ 'b' /**/", scratch), "DO 'a'\n/* */ 'b'     ");
  EXPECT_EQ(blank_comments("DO 'a' --x\n/* */ 'b'", scratch), "DO 'a' --x\n/* */ 'b'");
}

TEST(BlankComments, CopiesNothingWithoutNeed) {
  std::string scratch;
  const std::string_view sql = "SELECT a - b / c";
  EXPECT_EQ(blank_comments(sql, scratch).data(), sql.data());
  EXPECT_TRUE(scratch.empty());
}

TEST(BlankComments, StopsAtAnError) {
  std::string scratch;
  EXPECT_EQ(blank_comments("a /*b*/ 'c /*d*/", scratch), "a       'c /*d*/");
}

}  // namespace
}  // namespace sqlproxy::pipeline
