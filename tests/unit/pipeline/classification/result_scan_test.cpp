#include "pipeline/classification/result_scan.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "pipeline/classification/shape_cache.hpp"

namespace sqlproxy::pipeline {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

constexpr Oid kText = 25;
constexpr Oid kInt4 = 23;
constexpr Oid kInt8 = 20;
constexpr Oid kNumeric = 1700;
constexpr Oid kDate = 1082;
constexpr Oid kJsonb = 3802;
constexpr Oid kTextArray = 1009;
constexpr Oid kInet = 869;
constexpr Oid kOwnType = 20000;

ClassificationOptions with(int sample_rows, std::vector<ClassificationRule> rules = {}) {
  ClassificationOptions options;
  options.sample_rows = sample_rows;
  options.rules = std::move(rules);
  options.current_year = 2026;
  return options;
}

ResultColumn column(std::string name, Oid type, std::vector<ColumnWitness> witnesses = {}) {
  return {std::move(name), type, {}, std::move(witnesses)};
}

// "name:PII.Email:0.95:name" for each finding.
std::vector<std::string> shown(const ResultScan& scan) {
  std::vector<Finding> findings;
  scan.report(findings);
  std::vector<std::string> out;
  for (const Finding& finding : findings) {
    std::string confidence = std::to_string(finding.confidence);
    confidence.resize(4);
    out.push_back(finding.column + ':' + finding.tag + ':' + confidence + ':' + std::string(to_string(finding.by)));
  }
  return out;
}

std::vector<std::string> classified(const ResultColumn& described, const std::vector<std::string>& values,
                                    const ClassificationOptions& options = with(20)) {
  ResultScan scan;
  const ClassifierPtr classifier = Classifier::compile(options);
  scan.begin(classifier, classifier->shape_of({&described, 1}));
  for (const std::string& value : values) {
    if (!scan.wants_row()) break;
    scan.value(0, value);
    scan.end_row();
  }
  return shown(scan);
}

std::string big_endian(std::uint64_t value, int bytes) {
  std::string out;
  for (int i = bytes - 1; i >= 0; --i) out.push_back(static_cast<char>(value >> (8 * i)));
  return out;
}

TEST(ResultScan, NamesGoBeforeValues) {
  EXPECT_THAT(classified(column("email", kText), {"4111111111111111"}), ElementsAre("email:PII.Email:0.95:name"));
}

TEST(ResultScan, ALessCertainNameGivesWayToValues) {
  EXPECT_THAT(classified(column("xtelephonex", kText), {"a@example.com"}),
              ElementsAre("xtelephonex:PII.Email:0.98:value"));
  EXPECT_THAT(classified(column("xtelephonex", kText), {"none"}), ElementsAre("xtelephonex:PII.Phone:0.60:name"));
}

TEST(ResultScan, TypesSpeakForThemselves) {
  EXPECT_THAT(classified(column("c", kInet), {}), ElementsAre("c:PII.IPAddress:0.90:type"));
}

TEST(ResultScan, Derivation) {
  using enum Derivation;
  EXPECT_THAT(classified(column("x", kText, {{"customers", "email", direct}}), {}),
              ElementsAre("x:PII.Email:1.00:derivation"));
  EXPECT_THAT(classified(column("x", kText, {{"customers", "email", expression}}), {}),
              ElementsAre("x:PII.Email:0.85:derivation"));
  EXPECT_THAT(classified(column("x", kInt8, {{"customers", "email", aggregate}}), {"17"}),
              ElementsAre("x:PII.Email:0.50:derivation"));
}

TEST(ResultScan, TheMoreSensitiveWitnessStands) {
  using enum Derivation;
  EXPECT_THAT(classified(column("email", kText, {{"people", "ssn", direct}}), {}),
              ElementsAre("email:PII.SSN:1.00:derivation"));
  EXPECT_THAT(classified(column("ssn", kText, {{"people", "email", direct}}), {}),
              ElementsAre("ssn:PII.SSN:0.95:name"));
  EXPECT_THAT(classified(column("x", kText, {{"people", "email", direct}, {"people", "password", expression}}), {}),
              ElementsAre("x:Credential.Password:0.85:derivation"));
}

TEST(ResultScan, NamesOfPersonsByTheirTable) {
  using enum Derivation;
  EXPECT_THAT(classified(column("name", kText, {{"customers", "name", direct}}), {"Anna"}),
              ElementsAre("name:PII.Name:0.90:name"));
  EXPECT_THAT(classified(column("name", kText, {{"products", "name", direct}}), {"Lamp"}), IsEmpty());
}

TEST(ResultScan, LooksAtTheFirstRowsOnly) {
  const std::vector<std::string> late = {"none", "none", "a@example.com"};
  EXPECT_THAT(classified(column("c", kText), late, with(2)), IsEmpty());
  EXPECT_EQ(classified(column("c", kText), late, with(3)).size(), 1U);
  EXPECT_EQ(classified(column("c", kText), late, with(-1)).size(), 1U);
  EXPECT_THAT(classified(column("c", kText), {"a@example.com"}, with(0)), IsEmpty());
}

TEST(ResultScan, ManyValuesHaveToHaveACommonForm) {
  // By Luhn and an issuer's range, one random number of 40 is a card.
  EXPECT_THAT(classified(column("c", kText), {"4111111111111111", "4111111111111112", "4111111111111113"}), IsEmpty());
  EXPECT_EQ(classified(column("c", kText), {"4111111111111111", "5555555555554444"}).size(), 1U);
}

TEST(ResultScan, Numbers) {
  EXPECT_THAT(classified(column("c", kInt8), {"4111111111111111"}), ElementsAre("c:PII.CreditCard:0.95:value"));
  EXPECT_THAT(classified(column("c", kInt8), {big_endian(4111111111111111, 8)}),
              ElementsAre("c:PII.CreditCard:0.95:value"));
  const std::string numeric = big_endian(4, 2) + big_endian(3, 2) + big_endian(0, 4) + big_endian(4111, 2) +
                              big_endian(1111, 2) + big_endian(1111, 2) + big_endian(1111, 2);
  EXPECT_THAT(classified(column("c", kNumeric), {numeric}), ElementsAre("c:PII.CreditCard:0.95:value"));
  EXPECT_THAT(classified(column("c", kInt4), {"411111111"}), IsEmpty());
}

TEST(ResultScan, DatesOfBirthAreADistribution) {
  const std::vector<std::string> born = {"1950-03-01", "1961-10-30", "1975-01-17", "1988-12-24", "2001-06-06"};
  EXPECT_THAT(classified(column("c", kDate), born), ElementsAre("c:PII.BirthDate:0.70:value"));
  EXPECT_THAT(classified(column("c", kDate), {born.begin(), born.begin() + 4}), IsEmpty());
  EXPECT_THAT(classified(column("c", kDate), {"2019-03-01", "2020-10-30", "2021-01-17", "2025-12-24", "2001-06-06"}),
              IsEmpty());
  // Days from 2000-01-01 on.
  std::vector<std::string> binary;
  for (const int days : {-18000, -14000, -9000, -4000, 500}) {
    binary.push_back(big_endian(static_cast<std::uint32_t>(days), 4));
  }
  EXPECT_THAT(classified(column("c", kDate), binary), ElementsAre("c:PII.BirthDate:0.70:value"));
}

TEST(ResultScan, Documents) {
  EXPECT_THAT(classified(column("c", kJsonb), {R"({"n": 1, "who": {"phoneNumber": "unknown"}})"}),
              ElementsAre("c:PII.Phone:0.90:name"));
  EXPECT_THAT(classified(column("c", kJsonb), {"\x01"
                                               R"(["x", "203.0.113.77"])"}),
              ElementsAre("c:PII.IPAddress:0.83:value"));
  EXPECT_THAT(classified(column("c", kText), {R"({"a": "536-90-4399"})"}), ElementsAre("c:PII.SSN:0.95:value"));
}

TEST(ResultScan, ArraysAndRows) {
  EXPECT_THAT(classified(column("c", kTextArray), {R"({a,"203.0.113.77",NULL})"}),
              ElementsAre("c:PII.IPAddress:0.83:value"));
  EXPECT_THAT(classified(column("c", kOwnType), {R"((1,"(415) 555-2671"))"}), IsEmpty());
  EXPECT_THAT(classified(column("c", kOwnType), {R"(("(415) 555-2671"))"}), ElementsAre("c:PII.Phone:0.90:value"));
  const std::string element = "203.0.113.77";
  const std::string array = big_endian(1, 4) + big_endian(0, 4) + big_endian(kText, 4) + big_endian(1, 4) +
                            big_endian(1, 4) + big_endian(element.size(), 4) + element;
  EXPECT_THAT(classified(column("c", kTextArray), {array}), ElementsAre("c:PII.IPAddress:0.95:value"));
  const std::string row = big_endian(2, 4) + big_endian(kInt4, 4) + big_endian(4, 4) + big_endian(7, 4) +
                          big_endian(kText, 4) + big_endian(element.size(), 4) + element;
  EXPECT_THAT(classified(column("c", kOwnType), {row}), ElementsAre("c:PII.IPAddress:0.95:value"));
}

TEST(ResultScan, RulesOfTheConfiguration) {
  const auto options = with(20, {{"Own.Badge", {"badge_no"}, "^B[0-9]{3}$", {"badge"}}});
  EXPECT_THAT(classified(column("theBadgeNo", kText), {}, options), ElementsAre("theBadgeNo:Own.Badge:0.90:name"));
  EXPECT_THAT(classified(column("c", kText), {"B123"}, options), ElementsAre("c:Own.Badge:0.90:value"));
  EXPECT_THAT(classified(column("c", kText), {"B1234"}, options), IsEmpty());
  EXPECT_THAT(classified({"c", kOwnType, "hr.Badge", {}}, {}, options), ElementsAre("c:Own.Badge:0.90:type"));
  // A pattern that is none finds nothing, and takes nothing from the others.
  const auto broken = with(20, {{"A", {}, "(", {}}, {"B", {}, "b", {}}});
  EXPECT_THAT(classified(column("c", kText), {"abc"}, broken), ElementsAre("c:B:0.90:value"));
}

TEST(ResultScan, ManyRulesOfTheConfiguration) {
  std::vector<ClassificationRule> rules;
  for (int i = 0; i < 200; ++i) {
    const std::string number = std::to_string(i);
    rules.push_back({"Tag" + number, {}, "^value-" + number + "$", {}});
  }
  EXPECT_THAT(classified(column("c", kText), {"value-199"}, with(20, rules)), ElementsAre("c:Tag199:0.90:value"));
}

TEST(ResultScan, NothingIsLeftOfTheResultBefore) {
  const ClassifierPtr classifier = Classifier::compile(with(20));
  const ResultColumn described = column("c", kText);
  const ResultShapePtr shape = classifier->shape_of({&described, 1});
  ResultScan scan;
  scan.begin(classifier, shape);
  scan.value(0, "a@example.com");
  scan.end_row();
  EXPECT_EQ(shown(scan).size(), 1U);
  scan.end();
  scan.begin(classifier, shape);
  scan.value(0, "nothing");
  scan.value(7, "a@example.com");
  scan.end_row();
  EXPECT_THAT(shown(scan), IsEmpty());
}

TEST(ShapeCache, GivesBackWhatRestsOnTheSame) {
  ShapeCache cache;
  const auto shape = std::make_shared<const ResultShape>();
  EXPECT_EQ(cache.find("abc", 1), nullptr);
  cache.insert("abc", 1, shape);
  EXPECT_EQ(cache.find("abc", 1), shape);
  EXPECT_EQ(cache.find("abc", 2), nullptr);
  EXPECT_EQ(cache.find("abd", 1), nullptr);
  cache.insert(std::string(ShapeCache::kMaxDescription + 1, 'x'), 1, shape);
  for (std::uint64_t i = 0; i < 3 * ShapeCache::kMaxEntries; ++i) cache.insert("abc", i, shape);
  EXPECT_LE(cache.size(), ShapeCache::kMaxEntries);
}

}  // namespace
}  // namespace sqlproxy::pipeline
