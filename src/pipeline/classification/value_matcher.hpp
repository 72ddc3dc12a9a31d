#pragma once

#include <re2/re2.h>
#include <re2/set.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/classification/value_patterns.hpp"

namespace sqlproxy::pipeline {

// What a pattern made of one text.
enum class PatternOutcome : std::uint8_t {
  hit,
  rejected,  // the form is there, what makes sure says no
};

// Looks for everything that values are known by: the built-in patterns, and those of the configuration, whose numbers
// follow theirs. Immutable once it is compiled; any thread may match.
class ValueMatcher {
 public:
  // No more of a value is looked at.
  static constexpr std::size_t kMaxText = 1024;

  struct Found {
    std::uint16_t pattern = 0;
    PatternOutcome outcome = PatternOutcome::hit;
  };
  using FoundList = std::vector<Found>;

  // `expressions`: RE2 over UTF-8, found anywhere in a value. One that cannot be compiled finds nothing; the loader of
  // the configuration refuses such.
  explicit ValueMatcher(const std::vector<std::string>& expressions);

  // Appends to `out` what the first kMaxText bytes of `text` are. False: the matching itself failed.
  [[nodiscard]] bool match(std::string_view text, FoundList& out) const;

 private:
  [[nodiscard]] bool match_builtin(std::string_view text, std::uint16_t needs, FoundList& out) const;
  [[nodiscard]] bool match_configured(std::string_view text, FoundList& out) const;
  [[nodiscard]] std::optional<PatternOutcome> outcome_of(std::size_t pattern, std::string_view text) const;

  std::unique_ptr<RE2::Set> builtin_;
  // As many as there are built-in patterns.
  std::vector<std::unique_ptr<RE2>> expressions_;
  std::vector<std::unique_ptr<RE2>> configured_;
  // All of them at once; null where they are too large together.
  std::unique_ptr<RE2::Set> configured_set_;
};

}  // namespace sqlproxy::pipeline
