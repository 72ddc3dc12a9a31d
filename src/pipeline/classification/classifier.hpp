#pragma once

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pipeline/classification/name_matcher.hpp"
#include "pipeline/classification/result_shape.hpp"
#include "pipeline/classification/value_matcher.hpp"

namespace sqlproxy::pipeline {

// One rule of the configuration: adds to the built-in ones.
struct ClassificationRule {
  std::string tag;
  std::vector<std::string> column_names;
  std::string value_pattern;  // empty: none
  std::vector<std::string> type_names;
};

struct ClassificationOptions {
  // Rows whose values are looked at, per result; 0: none, below 0: all.
  int sample_rows = 20;
  std::vector<ClassificationRule> rules;
  // Dates of birth lie before it.
  int current_year = 2025;
};

// Tells what results are about: the strategies, compiled. Immutable; shared by all threads and replaced as a whole.
class Classifier {
 public:
  [[nodiscard]] static std::shared_ptr<const Classifier> compile(const ClassificationOptions& options);

  [[nodiscard]] int sample_rows() const { return sample_rows_; }
  [[nodiscard]] int current_year() const { return current_year_; }

  // The strategies that need no values: names, types, derivation.
  [[nodiscard]] ResultShapePtr shape_of(std::span<const ResultColumn> columns) const;

  [[nodiscard]] const NameMatcher& names() const { return names_; }
  [[nodiscard]] const ValueMatcher& values() const { return values_; }
  [[nodiscard]] std::string_view tag_name(TagId tag) const;
  // The tag of a pattern of the value matcher.
  [[nodiscard]] TagId pattern_tag(std::size_t pattern) const;
  [[nodiscard]] std::size_t pattern_count() const { return value_patterns().size() + pattern_tags_.size(); }

 private:
  explicit Classifier(const ClassificationOptions& options);

  [[nodiscard]] TagId tag_named(const std::string& name);
  [[nodiscard]] std::optional<Evidence> evidence_of(const ResultColumn& column) const;
  [[nodiscard]] std::optional<Evidence> by_type(const ResultColumn& column) const;
  [[nodiscard]] std::optional<Evidence> by_derivation(const ResultColumn& column) const;

  int sample_rows_;
  int current_year_;
  std::vector<std::string> tags_;
  NameMatcher names_;
  // By name in lower case, without the schema or with it.
  std::unordered_map<std::string, TagId> type_names_;
  std::vector<TagId> pattern_tags_;
  ValueMatcher values_;
};

using ClassifierPtr = std::shared_ptr<const Classifier>;

// Of two things that are said of one column: what stands.
[[nodiscard]] const Evidence& stronger(const Evidence& a, const Evidence& b);

}  // namespace sqlproxy::pipeline
