#include "pipeline/recent_texts.hpp"

#include <gtest/gtest.h>

#include <string>

#include "pipeline/text_analyzer.hpp"

namespace sqlproxy::pipeline {
namespace {

std::shared_ptr<const Analysis> some_analysis() {
  return std::make_shared<const Analysis>();
}

TEST(RecentTexts, FindsWhatItKeepsByItsBytes) {
  RecentTexts texts(1);
  EXPECT_EQ(texts.find("SELECT $1", TextEncoding::utf8), nullptr);
  const auto analysis = some_analysis();
  texts.keep("SELECT $1", TextEncoding::utf8, analysis);
  EXPECT_EQ(texts.find("SELECT $1", TextEncoding::utf8), analysis);
  EXPECT_EQ(texts.find("SELECT $2", TextEncoding::utf8), nullptr);
  EXPECT_EQ(texts.find("SELECT  $1", TextEncoding::utf8), nullptr);
  EXPECT_EQ(texts.find("SELECT $1", TextEncoding::ascii_based), nullptr);
  texts.clear();
  EXPECT_EQ(texts.find("SELECT $1", TextEncoding::utf8), nullptr);
}

TEST(RecentTexts, TakesABoundedNumberOfTextsOfBoundedLength) {
  RecentTexts texts(1);
  const std::string longest(RecentTexts::kMaxText, 'a');
  texts.keep(longest, TextEncoding::utf8, some_analysis());
  EXPECT_NE(texts.find(longest, TextEncoding::utf8), nullptr);
  const std::string too_long = longest + 'a';
  texts.keep(too_long, TextEncoding::utf8, some_analysis());
  EXPECT_EQ(texts.find(too_long, TextEncoding::utf8), nullptr);

  const auto shared = some_analysis();
  for (int i = 0; i < 10000; ++i) texts.keep("SELECT " + std::to_string(i), TextEncoding::utf8, shared);
  EXPECT_LE(shared.use_count(), 257);
}

class RecentlyAnalyzed : public ::testing::Test {
 protected:
  // As often as it takes until it is known by its bytes.
  std::shared_ptr<const Analysis> analyze(std::string_view sql, TextEncoding encoding = TextEncoding::utf8) {
    for (int i = 0; i < 2; ++i) (void)analyzer.analyze(sql, encoding);
    return analyzer.analyze(sql, encoding).analysis;
  }

  TextAnalyzer analyzer{TextLimits{}, ParseCacheLimits{}};
};

TEST_F(RecentlyAnalyzed, ItIsAHitOfTheCache) {
  const auto first = analyzer.analyze("SELECT a FROM t WHERE b = $1", TextEncoding::utf8);
  for (std::uint64_t hits = 1; hits < 5; ++hits) {
    const auto again = analyzer.analyze("SELECT a FROM t WHERE b = $1", TextEncoding::utf8);
    EXPECT_TRUE(again.cache_hit);
    EXPECT_EQ(again.analysis, first.analysis);
    EXPECT_EQ(analyzer.cache().hits(), hits);
  }
}

TEST_F(RecentlyAnalyzed, WhatIsNoTextInOneEncodingIsNoneHoweverOftenItWasOneInAnother) {
  constexpr std::string_view kLatin1 = "SELECT \"\xE4\" FROM t";
  EXPECT_FALSE(analyze(kLatin1, TextEncoding::ascii_based)->error);
  ASSERT_TRUE(analyze(kLatin1, TextEncoding::utf8)->error);
  EXPECT_EQ(analyze(kLatin1, TextEncoding::utf8)->error->sqlstate.text(), "22021");
}

TEST_F(RecentlyAnalyzed, NewLimitsHoldForTextsThatAreKnown) {
  EXPECT_FALSE(analyze("SELECT a FROM t WHERE b = $1")->error);
  TextLimits limits;
  limits.max_bytes = 10;
  analyzer.set_limits(limits);
  ASSERT_TRUE(analyze("SELECT a FROM t WHERE b = $1")->error);
  EXPECT_EQ(analyze("SELECT a FROM t WHERE b = $1")->error->sqlstate.text(), "54000");
}

}  // namespace
}  // namespace sqlproxy::pipeline
