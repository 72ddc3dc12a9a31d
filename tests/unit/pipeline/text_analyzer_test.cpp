#include "pipeline/text_analyzer.hpp"

#include <gtest/gtest.h>

namespace sqlproxy::pipeline {
namespace {

class TextAnalyzerTest : public ::testing::Test {
 protected:
  static TextLimits limits() {
    TextLimits limits;
    limits.max_bytes = 10000;
    return limits;
  }
  TextAnalyzer::Outcome analyze(std::string_view sql, TextEncoding encoding = TextEncoding::utf8) {
    return analyzer.analyze(sql, encoding);
  }
  std::string refused_with(std::string_view sql, TextEncoding encoding = TextEncoding::utf8) {
    const auto outcome = analyze(sql, encoding);
    return outcome.analysis->error ? std::string(outcome.analysis->error->sqlstate.text()) : "accepted";
  }

  TextAnalyzer analyzer{limits(), {}};
};

TEST_F(TextAnalyzerTest, NormalizesEachStatement) {
  const auto outcome = analyze("SELECT 1; select a from t where b = 'secret'");
  EXPECT_FALSE(outcome.cache_hit);
  ASSERT_EQ(outcome.analysis->statements.size(), 2U);
  EXPECT_EQ(outcome.analysis->statements[0].normalized, "SELECT $1");
  EXPECT_EQ(outcome.analysis->statements[1].normalized, "select a from t where b = $1");
  EXPECT_NE(outcome.analysis->statements[0].fingerprint, outcome.analysis->statements[1].fingerprint);
}

TEST_F(TextAnalyzerTest, TheSecondTimeItComesFromTheCache) {
  const auto first = analyze("SELECT a FROM t WHERE b = 1");
  const auto second = analyze("SELECT a FROM t WHERE b = 2");
  EXPECT_FALSE(first.cache_hit);
  EXPECT_TRUE(second.cache_hit);
  EXPECT_EQ(first.analysis, second.analysis);
  EXPECT_FALSE(analyze("SELECT a FROM u WHERE b = 1").cache_hit);
  EXPECT_EQ(analyzer.cache().entries(), 2U);
}

TEST_F(TextAnalyzerTest, SettingsOfOtherValuesAreNotTheSame) {
  const auto a = analyze("SET search_path = a");
  const auto b = analyze("SET search_path = b");
  EXPECT_EQ(a.analysis->statements[0].settings[0].values, std::vector<std::string>{"a"});
  EXPECT_EQ(b.analysis->statements[0].settings[0].values, std::vector<std::string>{"b"});
  const auto c = analyze("SELECT set_config('search_path', 'c', false)");
  const auto d = analyze("SELECT set_config('search_path', 'd', false)");
  EXPECT_EQ(c.analysis->statements[0].settings[0].values, std::vector<std::string>{"c"});
  EXPECT_EQ(d.analysis->statements[0].settings[0].values, std::vector<std::string>{"d"});
}

TEST_F(TextAnalyzerTest, RefusesWhatCannotBeRead) {
  EXPECT_EQ(refused_with("SELEC 1"), "42601");
  EXPECT_EQ(refused_with("SELECT 1; SELEC 2"), "42601");
  EXPECT_EQ(refused_with("SELECT 'a"), "42601");
  EXPECT_EQ(refused_with(std::string_view("SELECT 1\0; SELECT 2", 19)), "22021");
  EXPECT_EQ(refused_with("SELECT '\xFF'"), "22021");
  EXPECT_EQ(refused_with("SELECT '\xE9'", TextEncoding::ascii_based), "accepted");
  EXPECT_EQ(refused_with("SELECT " + std::string(10000, ' ')), "54000");
  EXPECT_EQ(refused_with("SELECT " + std::string(2000, '(') + "1" + std::string(2000, ')')), "54001");
}

// An encoding in which a text is valid says nothing about the next session's.
TEST_F(TextAnalyzerTest, TheEncodingIsLookedAtBeforeTheCache) {
  EXPECT_EQ(refused_with("SELECT a AS \"\xE9\" FROM t", TextEncoding::ascii_based), "accepted");
  EXPECT_EQ(refused_with("SELECT a AS \"\xE9\" FROM t", TextEncoding::utf8), "22021");
}

TEST_F(TextAnalyzerTest, ARefusalIsNotCachedAndShowsNoData) {
  for (int round = 0; round < 2; ++round) {
    const auto outcome = analyze("SELEC 'secret', 42 FROM t");
    EXPECT_FALSE(outcome.cache_hit);
    EXPECT_TRUE(outcome.analysis->statements.empty());
    EXPECT_EQ(outcome.analysis->normalized.find("secret"), std::string::npos);
    EXPECT_EQ(outcome.analysis->normalized.find("42"), std::string::npos);
  }
  EXPECT_EQ(analyzer.cache().entries(), 0U);
}

TEST_F(TextAnalyzerTest, WhatTheAuditShowsOfARefusedTextIsBounded) {
  const auto outcome = analyze("SELEC " + std::string(20000, 'a'));
  EXPECT_LT(outcome.analysis->normalized.size(), 5000U);
}

TEST_F(TextAnalyzerTest, AnEmptyTextHasNoStatements) {
  for (const char* sql : {"", " ", ";", "-- nothing\n;"}) {
    const auto outcome = analyze(sql);
    EXPECT_FALSE(outcome.analysis->error) << sql;
    EXPECT_TRUE(outcome.analysis->statements.empty()) << sql;
  }
}

}  // namespace
}  // namespace sqlproxy::pipeline
