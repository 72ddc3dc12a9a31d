#include "pipeline/classification/classifier.hpp"

#include <algorithm>

#include "pipeline/ascii_case.hpp"

namespace sqlproxy::pipeline {
namespace {

constexpr double kBuiltinTypeConfidence = 0.9;

std::vector<std::string> patterns_of(const std::vector<ClassificationRule>& rules) {
  std::vector<std::string> patterns;
  for (const ClassificationRule& rule : rules) {
    if (!rule.value_pattern.empty()) patterns.push_back(rule.value_pattern);
  }
  return patterns;
}

double factor_of(Derivation derivation) {
  switch (derivation) {
    case Derivation::direct: return 1.0;
    case Derivation::expression: return 0.85;
    case Derivation::aggregate: return 0.5;
  }
  return 0.5;
}

}  // namespace

const Evidence& stronger(const Evidence& a, const Evidence& b) {
  const int of_a = sensitivity(a.tag);
  const int of_b = sensitivity(b.tag);
  if (of_a != of_b) return of_a > of_b ? a : b;
  return b.confidence > a.confidence ? b : a;
}

std::shared_ptr<const Classifier> Classifier::compile(const ClassificationOptions& options) {
  return std::shared_ptr<const Classifier>(new Classifier(options));
}

Classifier::Classifier(const ClassificationOptions& options)
    : sample_rows_(options.sample_rows), current_year_(options.current_year), values_(patterns_of(options.rules)) {
  for (std::size_t i = 0; i < kBuiltinTags; ++i) {
    tags_.emplace_back(sqlproxy::pipeline::tag_name(static_cast<BuiltinTag>(i)));
  }
  for (const ClassificationRule& rule : options.rules) {
    const TagId tag = tag_named(rule.tag);
    for (const std::string& name : rule.column_names) names_.add(name, tag);
    for (const std::string& name : rule.type_names) type_names_.emplace(ascii_lower(name), tag);
    if (!rule.value_pattern.empty()) pattern_tags_.push_back(tag);
  }
}

TagId Classifier::tag_named(const std::string& name) {
  const auto found = std::ranges::find(tags_, name);
  if (found == tags_.end()) tags_.push_back(name);
  return static_cast<TagId>(std::ranges::find(tags_, name) - tags_.begin());
}

std::string_view Classifier::tag_name(TagId tag) const {
  return tags_[tag];
}

TagId Classifier::pattern_tag(std::size_t pattern) const {
  const std::size_t builtin = value_patterns().size();
  return pattern < builtin ? tag_id(value_patterns()[pattern].tag) : pattern_tags_[pattern - builtin];
}

std::optional<Evidence> Classifier::by_type(const ResultColumn& column) const {
  if (const auto tag = tag_of_type(column.type)) {
    return Evidence{tag_id(*tag), kBuiltinTypeConfidence, ClassifiedBy::type};
  }
  if (column.type_name.empty()) return std::nullopt;
  const std::string name = ascii_lower(column.type_name);
  const std::string bare = name.substr(name.rfind('.') + 1);
  auto found = type_names_.find(name);
  if (found == type_names_.end()) found = type_names_.find(bare);
  if (found != type_names_.end()) return Evidence{found->second, kBuiltinTypeConfidence, ClassifiedBy::type};
  // Domains and the like are named for what they hold.
  const auto match = names_.find(bare);
  if (!match) return std::nullopt;
  return Evidence{match->tag, match->confidence, ClassifiedBy::type};
}

std::optional<Evidence> Classifier::by_derivation(const ResultColumn& column) const {
  std::optional<Evidence> best;
  for (const ColumnWitness& witness : column.witnesses) {
    const auto match = names_.find(witness.column, witness.relation);
    if (!match) continue;
    const double sure = match->confidence >= kConfident ? 1.0 : match->confidence;
    const Evidence said{match->tag, factor_of(witness.derivation) * sure, ClassifiedBy::derivation};
    best = best ? stronger(*best, said) : said;
  }
  return best;
}

// The first that is confident, in the order of the strategies; without one, whatever there is. What the derivation says
// is a second witness beside the name: the more sensitive of the two stands.
std::optional<Evidence> Classifier::evidence_of(const ResultColumn& column) const {
  std::optional<Evidence> named;
  const auto direct = std::ranges::find(column.witnesses, Derivation::direct, &ColumnWitness::derivation);
  const bool of_relation = direct != column.witnesses.end() && direct->column == column.name;
  if (const auto match = names_.find(column.name, of_relation ? std::string_view(direct->relation) : "")) {
    named = Evidence{match->tag, match->confidence, ClassifiedBy::name};
  }
  const std::optional<Evidence> typed = by_type(column);
  const std::optional<Evidence> derived = by_derivation(column);
  const auto confident = [](const std::optional<Evidence>& said) { return said && said->confidence >= kConfident; };
  if (confident(named) || confident(typed)) {
    const Evidence& first = confident(named) ? *named : *typed;
    if (!derived || sensitivity(derived->tag) <= sensitivity(first.tag)) return first;
    return derived;
  }
  std::optional<Evidence> best = named;
  for (const auto& said : {typed, derived}) {
    if (said && (!best || said->confidence > best->confidence)) best = said;
  }
  return best;
}

ResultShapePtr Classifier::shape_of(std::span<const ResultColumn> columns) const {
  auto shape = std::make_shared<ResultShape>();
  shape->columns.reserve(columns.size());
  for (const ResultColumn& column : columns) {
    ShapeColumn& said = shape->columns.emplace_back();
    said.name = column.name;
    said.kind = value_kind(column.type);
    said.evidence = evidence_of(column);
    const bool settled = said.evidence && said.evidence->confidence >= kConfident;
    // A document holds more than its name says.
    said.scanned = sample_rows_ != 0 && said.kind != ValueKind::none && said.kind != ValueKind::network &&
                   said.kind != ValueKind::hardware && (!settled || said.kind == ValueKind::json);
    shape->scanned |= said.scanned;
  }
  return shape;
}

}  // namespace sqlproxy::pipeline
