// Precision and recall of column names, on those of column_names.hpp. The figures of docs/classification.md:
//   unit_pipeline --gtest_filter='*Quality*'
#include <gtest/gtest.h>

#include <cstdio>
#include <map>
#include <string>

#include "pipeline/classification/name_matcher.hpp"
#include "tests/support/pipeline/column_names.hpp"

namespace sqlproxy::pipeline::testing {
namespace {

struct Score {
  int expected = 0;
  int found = 0;
  int wrong = 0;
};

TEST(NameQuality, PrecisionAndRecall) {
  const NameMatcher matcher;
  std::map<std::string, Score> by_tag;
  std::map<std::string, std::string> faults;
  int impersonal = 0;
  for (const NamedColumn& column : column_names()) {
    const auto match = matcher.find(column.name);
    const std::string found = match ? std::string(tag_name(static_cast<BuiltinTag>(match->tag))) : "";
    const std::string expected(column.tag);
    if (expected.empty()) ++impersonal;
    if (!expected.empty()) ++by_tag[expected].expected;
    if (found != expected) faults[column.name] = '"' + expected + "\" found \"" + found + '"';
    if (found.empty()) continue;
    ++(found == expected ? by_tag[found].found : by_tag[found].wrong);
  }
  std::printf("column names (%d impersonal ones)\n%-24s %9s %9s %8s\n", impersonal, "tag", "precision", "recall",
              "names");
  for (const auto& [tag, score] : by_tag) {
    const double recall = static_cast<double>(score.found) / score.expected;
    const double precision = static_cast<double>(score.found) / (score.found + score.wrong);
    std::printf("%-24s %9.3f %9.3f %8d\n", tag.c_str(), precision, recall, score.expected);
    EXPECT_GE(precision, 0.95) << tag;
    EXPECT_GE(recall, 0.95) << tag;
  }
  for (const auto& [name, fault] : faults) std::printf("  %s: %s\n", name.c_str(), fault.c_str());
  EXPECT_EQ(by_tag.size(), kBuiltinTags);
}

}  // namespace
}  // namespace sqlproxy::pipeline::testing
