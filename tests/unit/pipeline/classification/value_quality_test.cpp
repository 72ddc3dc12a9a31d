// Precision and recall of what values are recognised by, on data of PersonalData. The figures of
// docs/classification.md:
//   unit_pipeline --gtest_filter='*Quality*'
#include <gtest/gtest.h>

#include <algorithm>
#include <cstdio>
#include <map>
#include <string>
#include <vector>

#include "pipeline/classification/result_scan.hpp"
#include "tests/support/pipeline/personal_data.hpp"

namespace sqlproxy::pipeline::testing {
namespace {

constexpr Oid kText = 25;
constexpr int kColumnsPerForm = 200;

struct Score {
  int expected = 0;
  int found = 0;  // of those
  int wrong = 0;  // found where something else is

  [[nodiscard]] double recall() const { return expected == 0 ? 1 : static_cast<double>(found) / expected; }
  [[nodiscard]] double precision() const {
    return found + wrong == 0 ? 1 : static_cast<double>(found) / (found + wrong);
  }
};

class Measurement {
 public:
  explicit Measurement(int rows) : rows_(rows), classifier_(Classifier::compile(options())) {}

  void run(bool certain_only) {
    PersonalData data(20251120);
    for (const PersonalData::Form& form : PersonalData::forms()) {
      if (!form.tag.empty() && certain_only && !form.certain_alone) continue;
      for (int i = 0; i < kColumnsPerForm; ++i) judge(form, tags_of(data, form));
    }
  }
  [[nodiscard]] const std::map<std::string, Score>& by_tag() const { return by_tag_; }
  void print(const char* title) const {
    std::printf("%s\n%-24s %9s %9s %8s\n", title, "tag", "precision", "recall", "columns");
    for (const auto& [tag, score] : by_tag_) {
      std::printf("%-24s %9.3f %9.3f %8d\n", tag.c_str(), score.precision(), score.recall(), score.expected);
    }
    for (const auto& [form, missed] : missed_)
      std::printf("  missed: %-34s %d of %d\n", form.c_str(), missed, kColumnsPerForm);
    for (const auto& [what, count] : wrong_) std::printf("  wrong:  %s: %d\n", what.c_str(), count);
  }

 private:
  static ClassificationOptions options() {
    ClassificationOptions options;
    options.current_year = 2026;
    return options;
  }
  std::vector<std::string> tags_of(PersonalData& data, const PersonalData::Form& form) {
    const ResultColumn column{.name = "c7", .type = kText, .type_name = {}, .witnesses = {}};
    scan_.begin(classifier_, classifier_->shape_of({&column, 1}));
    for (int row = 0; row < rows_; ++row) {
      scan_.value(0, data.value(form));
      scan_.end_row();
    }
    std::vector<Finding> findings;
    scan_.report(findings);
    std::vector<std::string> tags;
    for (Finding& finding : findings) tags.push_back(std::move(finding.tag));
    return tags;
  }
  void judge(const PersonalData::Form& form, const std::vector<std::string>& tags) {
    if (!form.tag.empty()) {
      Score& score = by_tag_[std::string(form.tag)];
      ++score.expected;
      if (std::ranges::find(tags, form.tag) != tags.end()) {
        ++score.found;
      } else {
        ++missed_[std::string(form.name)];
      }
    }
    for (const std::string& tag : tags) {
      if (tag == form.tag) continue;
      ++by_tag_[tag].wrong;
      ++wrong_[tag + " for " + std::string(form.name)];
    }
  }

  int rows_;
  ClassifierPtr classifier_;
  ResultScan scan_;
  std::map<std::string, Score> by_tag_;
  std::map<std::string, int> missed_;
  std::map<std::string, int> wrong_;
};

TEST(ValueQuality, OfResultsOfTwentyRows) {
  Measurement measurement(20);
  measurement.run(false);
  measurement.print("results of 20 rows");
  for (const auto& [tag, score] : measurement.by_tag()) {
    EXPECT_GE(score.precision(), 0.95) << tag;
    EXPECT_GE(score.recall(), 0.90) << tag;
  }
  EXPECT_EQ(measurement.by_tag().size(), 16U);
}

// Of forms that one value is enough for.
TEST(ValueQuality, OfResultsOfOneRow) {
  Measurement measurement(1);
  measurement.run(true);
  measurement.print("results of one row");
  for (const auto& [tag, score] : measurement.by_tag()) {
    EXPECT_GE(score.precision(), 0.90) << tag;
    EXPECT_GE(score.recall(), 0.90) << tag;
  }
}

}  // namespace
}  // namespace sqlproxy::pipeline::testing
