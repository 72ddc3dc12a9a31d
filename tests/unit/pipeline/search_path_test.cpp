#include "pipeline/search_path.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::pipeline {
namespace {

using Names = std::vector<std::string>;

TEST(SearchPath, NamesAreFoldedUnlessQuoted) {
  EXPECT_EQ(parse_search_path("\"$user\", public"), (Names{"$user", "public"}));
  EXPECT_EQ(parse_search_path("$user,Public"), (Names{"$user", "public"}));
  EXPECT_EQ(parse_search_path("\"Mixed Case\",\"a,b\""), (Names{"Mixed Case", "a,b"}));
  EXPECT_EQ(parse_search_path("\"a\"\"b\""), Names{"a\"b"});
  EXPECT_EQ(parse_search_path("a-b.c"), Names{"a-b.c"});
  EXPECT_EQ(parse_search_path("\xC3\x89t\xC3\xA9"), Names{"\xC3\x89t\xC3\xA9"}) << "ASCII letters only";
}

TEST(SearchPath, SpacesAroundNamesDoNotCount) {
  EXPECT_EQ(parse_search_path(" \t\n\r\f a \t,\n b "), (Names{"a", "b"}));
  EXPECT_EQ(parse_search_path(" \"a\" , \"b\" "), (Names{"a", "b"}));
}

TEST(SearchPath, AnEmptyTextIsAnEmptyPath) {
  EXPECT_EQ(parse_search_path(""), Names{});
  EXPECT_EQ(parse_search_path("  "), Names{});
}

TEST(SearchPath, AnEmptyQuotedNameIsAName) {
  EXPECT_EQ(parse_search_path("\"\""), Names{""});
}

TEST(SearchPath, RefusesWhatPostgresqlRefuses) {
  for (const char* text : {",", "a,", ",a", "a,,b", "a b", "\"a", "\"a\"\"", "\"a\"b", "\"a\" b", "a, \"", "a ,, b"}) {
    EXPECT_EQ(parse_search_path(text), std::nullopt) << text;
  }
}

TEST(SearchPath, CutsNamesAsPostgresqlDoes) {
  EXPECT_EQ(parse_search_path(std::string(70, 'x')), Names{std::string(63, 'x')});
  EXPECT_EQ(parse_search_path('"' + std::string(70, 'X') + '"'), Names{std::string(63, 'X')});
  const std::string wide = std::string(62, 'x') + "\xC3\xA9";
  EXPECT_EQ(parse_search_path(wide), Names{std::string(62, 'x')}) << "never within a character";
}

}  // namespace
}  // namespace sqlproxy::pipeline
