#pragma once

#include <string>
#include <vector>

namespace sqlproxy::config {

// One [[classification.rules]] entry; adds to the built-in set.
struct ClassificationRule {
  std::string tag;
  std::vector<std::string> column_names;
  // A regular expression (RE2); empty: values are not looked at.
  std::string value_pattern;
  std::vector<std::string> type_names;
  int line = 0;

  friend bool operator==(const ClassificationRule&, const ClassificationRule&) = default;
};

// [classification]
struct Classification {
  bool enabled = true;
  // Rows whose values are looked at, per result; 0: names and types only; -1: all.
  int sample_rows = 20;
  std::vector<ClassificationRule> rules;
};

}  // namespace sqlproxy::config
