#include "pipeline/classification/result_scan.hpp"

#include <algorithm>
#include <cmath>

namespace sqlproxy::pipeline {
namespace {

// Of values that have the form of something, the share that has to be it: check digits hit one in ten by chance.
constexpr double kLeastAccepted = 0.85;

// A column of dates is one of birth when it has this many, all of them as old as people are, over a generation.
constexpr std::uint32_t kLeastBirthDates = 5;
constexpr int kOldest = 110;
constexpr int kYoungest = 15;
constexpr int kGeneration = 15;
constexpr double kBirthDateConfidence = 0.7;

constexpr double kKeyConfidence = 0.9;
constexpr double kConfiguredConfidence = 0.9;
// Above this share of a column's values, a form is what the column is; below it other forms are told of too.
constexpr double kDominant = 0.8;

double rounded(double confidence) {
  return std::round(confidence * 100) / 100;
}

}  // namespace

void ResultScan::begin(ClassifierPtr classifier, ResultShapePtr shape) {
  classifier_ = std::move(classifier);
  shape_ = std::move(shape);
  rows_ = bytes_ = 0;
  failed_ = false;
  wants_row_ = shape_->scanned;
  if (!shape_->scanned) return;
  tallies_.assign(shape_->columns.size(), {});
  counts_.assign(shape_->columns.size() * classifier_->pattern_count(), {});
}

void ResultScan::end() {
  classifier_.reset();
  shape_.reset();
  tallies_.clear();
}

void ResultScan::value(std::size_t column, std::string_view bytes) {
  if (column >= shape_->columns.size() || !shape_->columns[column].scanned || failed_) return;
  const bool all = classifier_->sample_rows() < 0;
  if (!all && bytes_ > kMaxScannedBytes) return;
  bytes = bytes.substr(0, ValueMatcher::kMaxText);
  bytes_ += bytes.size();
  current_ = column;
  visit_leaves(shape_->columns[column].kind, bytes, *this);
}

void ResultScan::end_row() {
  ++rows_;
  const int sample = classifier_->sample_rows();
  if (sample >= 0 && rows_ >= static_cast<std::uint64_t>(sample)) wants_row_ = false;
}

void ResultScan::on_text(std::string_view text, std::string_view key) {
  ++tallies_[current_].values;
  if (!key.empty()) note_key(key);
  found_.clear();
  if (!classifier_->values().match(text, found_)) {
    failed_ = true;
    wants_row_ = false;
    return;
  }
  for (const ValueMatcher::Found& found : found_) {
    Count& count = counts_[current_ * classifier_->pattern_count() + found.pattern];
    ++(found.outcome == PatternOutcome::hit ? count.hits : count.rejected);
  }
}

void ResultScan::on_date(int year) {
  Tally& tally = tallies_[current_];
  tally.first_year = tally.dates == 0 ? year : std::min(tally.first_year, year);
  tally.last_year = tally.dates == 0 ? year : std::max(tally.last_year, year);
  ++tally.dates;
}

void ResultScan::note_key(std::string_view key) {
  const auto match = classifier_->names().find(key);
  if (match && match->confidence >= kConfident && match->tag < 64) {
    tallies_[current_].key_tags |= std::uint64_t{1} << match->tag;
  }
}

bool ResultScan::is_birth_date(const Tally& tally) const {
  if (tally.dates < kLeastBirthDates || tally.values * 10 > tally.dates) return false;
  const int now = classifier_->current_year();
  return tally.first_year >= now - kOldest && tally.last_year <= now - kYoungest &&
         tally.last_year - tally.first_year >= kGeneration;
}

void ResultScan::collect(std::size_t column, std::vector<Said>& said) const {
  const Tally& tally = tallies_[column];
  const double values = tally.values;
  const std::size_t builtin = value_patterns().size();
  const std::size_t patterns = classifier_->pattern_count();
  for (std::size_t i = 0; i < patterns; ++i) {
    const Count& count = counts_[column * patterns + i];
    if (count.hits == 0) continue;
    const double hits = count.hits;
    double confidence = kConfiguredConfidence;
    if (i < builtin) {
      const ValuePattern& pattern = value_patterns()[i];
      if (count.hits < pattern.least_hits || hits < pattern.least_share * values) continue;
      if (hits < kLeastAccepted * (hits + count.rejected)) continue;
      confidence = pattern.confidence;
    }
    confidence *= 0.75 + 0.25 * std::min(1.0, hits / values);
    said.push_back({{classifier_->pattern_tag(i), confidence, ClassifiedBy::value}, count.hits});
  }
  if (is_birth_date(tally)) {
    said.push_back({{tag_id(BuiltinTag::birth_date), kBirthDateConfidence, ClassifiedBy::value}, tally.dates});
  }
  for (TagId tag = 0; tag < 64; ++tag) {
    if ((tally.key_tags >> tag & 1U) != 0) said.push_back({{tag, kKeyConfidence, ClassifiedBy::name}, 0});
  }
}

void ResultScan::report(std::vector<Finding>& out) const {
  std::vector<Said> said;
  for (std::size_t i = 0; i < shape_->columns.size(); ++i) {
    said.clear();
    report_column(i, said, out);
  }
}

void ResultScan::report_column(std::size_t index, std::vector<Said>& said, std::vector<Finding>& out) const {
  const ShapeColumn& column = shape_->columns[index];
  if (column.scanned && rows_ != 0) {
    const Tally& tally = tallies_[index];
    collect(index, said);
    // What most values are first; among as many, what is more certain.
    std::ranges::sort(said, [](const Said& a, const Said& b) {
      if (a.hits != b.hits) return a.hits > b.hits;
      if (a.evidence.confidence != b.evidence.confidence) return a.evidence.confidence > b.evidence.confidence;
      return sensitivity(a.evidence.tag) > sensitivity(b.evidence.tag);
    });
    const bool dominated = !said.empty() && column.kind != ValueKind::json && said.front().hits != 0 &&
                           said.front().hits >= kDominant * (tally.values + tally.dates);
    if (dominated) said.resize(1);
  }
  // The first confident strategy stands: a name that is less than that gives way to the values.
  const bool confident_values =
      std::ranges::any_of(said, [](const Said& s) { return s.evidence.confidence >= kConfident; });
  const bool settled = column.evidence && column.evidence->confidence >= kConfident;
  if (column.evidence && (settled || !confident_values)) said.insert(said.begin(), {*column.evidence, 0});
  std::uint64_t told = 0;
  for (const Said& each : said) {
    const std::uint64_t bit = each.evidence.tag < 64 ? std::uint64_t{1} << each.evidence.tag : 0;
    if ((told & bit) != 0) continue;
    told |= bit;
    out.push_back({column.name.empty() ? "column" + std::to_string(index + 1) : column.name,
                   std::string(classifier_->tag_name(each.evidence.tag)), rounded(each.evidence.confidence),
                   each.evidence.by, column.scanned ? rows_ : 0});
  }
}

}  // namespace sqlproxy::pipeline
