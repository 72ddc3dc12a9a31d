#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "pipeline/classification/name_dictionary.hpp"
#include "pipeline/classification/tag.hpp"

namespace sqlproxy::pipeline {

// How sure a name is, by how much of it the term is.
inline constexpr double kWholeNameConfidence = 0.95;
inline constexpr double kWordsConfidence = 0.9;
inline constexpr double kSubstringConfidence = 0.6;

struct NameMatch {
  TagId tag = 0;
  double confidence = 0;
};

// Tells what a column holds by what it is called: the built-in terms, and names of the configuration, which go first.
// Immutable once filled; any thread may look names up.
class NameMatcher {
 public:
  NameMatcher();

  // A name of the configuration: matches as a whole, or as one or more of a name's words.
  void add(std::string_view name, TagId tag);

  // `relation`: what the column is a column of, where that is known; it tells whose `name` a name is.
  [[nodiscard]] std::optional<NameMatch> find(std::string_view column, std::string_view relation = {}) const;

 private:
  struct Term {
    TagId tag = 0;
    TermUse use = TermUse::words;
  };
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };

  [[nodiscard]] std::optional<NameMatch> find_stem(std::string_view joined) const;

  std::unordered_map<std::string, Term, Hash, std::equal_to<>> terms_;
  // The longest first.
  std::vector<std::pair<std::string, TagId>> stems_;
};

}  // namespace sqlproxy::pipeline
