#include "pipeline/classification/value_matcher.hpp"

#include <cassert>

namespace sqlproxy::pipeline {
namespace {

// For the states that matching visits; what it has no room for it forgets and makes again.
constexpr std::int64_t kSetMemory = std::int64_t{16} << 20;
constexpr std::int64_t kPatternMemory = std::int64_t{1} << 20;
// Hits in one text that are looked at for one pattern.
constexpr int kMaxHits = 8;

RE2::Options builtin_options(std::int64_t memory) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_encoding(RE2::Options::EncodingLatin1);
  options.set_max_mem(memory);
  return options;
}

RE2::Options configured_options() {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(kSetMemory);
  return options;
}

}  // namespace

ValueMatcher::ValueMatcher(const std::vector<std::string>& expressions)
    : builtin_(std::make_unique<RE2::Set>(builtin_options(kSetMemory), RE2::UNANCHORED)) {
  std::string error;
  for (const ValuePattern& pattern : value_patterns()) {
    [[maybe_unused]] const int index = builtin_->Add(pattern.expression, &error);
    assert(index >= 0);
    expressions_.push_back(std::make_unique<RE2>(pattern.expression, builtin_options(kPatternMemory)));
  }
  [[maybe_unused]] const bool compiled = builtin_->Compile();
  assert(compiled);
  if (expressions.empty()) return;
  configured_set_ = std::make_unique<RE2::Set>(configured_options(), RE2::UNANCHORED);
  bool sound = true;
  for (const std::string& expression : expressions) {
    sound = configured_set_->Add(expression, &error) >= 0 && sound;
    configured_.push_back(std::make_unique<RE2>(expression, configured_options()));
  }
  if (!sound || !configured_set_->Compile()) configured_set_.reset();
}

bool ValueMatcher::match(std::string_view text, FoundList& out) const {
  text = text.substr(0, kMaxText);
  const std::uint16_t needs = needs_met(text);
  if (needs != 0 && !match_builtin(text, needs, out)) return false;
  return configured_.empty() || match_configured(text, out);
}

bool ValueMatcher::match_configured(std::string_view text, FoundList& out) const {
  const auto add = [&](std::size_t index) {
    out.push_back({static_cast<std::uint16_t>(value_patterns().size() + index)});
  };
  if (!configured_set_) {
    for (std::size_t i = 0; i < configured_.size(); ++i) {
      if (configured_[i]->ok() && RE2::PartialMatch(text, *configured_[i])) add(i);
    }
    return true;
  }
  std::vector<int> hits;
  RE2::Set::ErrorInfo error{};
  if (!configured_set_->Match(text, &hits, &error)) return error.kind == RE2::Set::kNoError;
  for (const int hit : hits) add(static_cast<std::size_t>(hit));
  return true;
}

bool ValueMatcher::match_builtin(std::string_view text, std::uint16_t needs, FoundList& out) const {
  std::vector<int> hits;
  RE2::Set::ErrorInfo error{};
  if (!builtin_->Match(text, &hits, &error)) return error.kind == RE2::Set::kNoError;
  for (const int hit : hits) {
    const auto pattern = static_cast<std::size_t>(hit);
    if ((static_cast<std::uint16_t>(value_patterns()[pattern].need) & needs) == 0) continue;
    const auto outcome = outcome_of(pattern, text);
    if (outcome) out.push_back({static_cast<std::uint16_t>(pattern), *outcome});
  }
  return true;
}

std::optional<PatternOutcome> ValueMatcher::outcome_of(std::size_t pattern, std::string_view text) const {
  const ValuePattern& found = value_patterns()[pattern];
  re2::StringPiece rest(text);
  std::optional<PatternOutcome> outcome;
  re2::StringPiece hit;
  for (int i = 0; i < kMaxHits && RE2::FindAndConsume(&rest, *expressions_[pattern], &hit); ++i) {
    if (found.is_one({hit.data(), hit.size()})) return PatternOutcome::hit;
    outcome = PatternOutcome::rejected;
  }
  return outcome;
}

}  // namespace sqlproxy::pipeline
