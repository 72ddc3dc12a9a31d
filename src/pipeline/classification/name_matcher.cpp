#include "pipeline/classification/name_matcher.hpp"

#include <algorithm>

#include "pipeline/classification/name_words.hpp"

namespace sqlproxy::pipeline {
namespace {

// The words around the term say that the column is about it, and does not hold it.
bool is_taken_back(const NameWords& words, std::size_t first, std::size_t last) {
  for (std::size_t i = 0; i < first; ++i) {
    if (takes_back_before(words.word(i))) return true;
  }
  for (std::size_t i = last; i < words.size(); ++i) {
    if (takes_back_behind(words.word(i))) return true;
  }
  return false;
}

// "customer_name", and "name" in the table customers.
bool is_name_of_person(const NameWords& words, std::string_view relation) {
  if (words.size() == 0 || !is_bare_name(words.word(words.size() - 1))) return false;
  if (words.size() > 1) return is_person(words.word(words.size() - 2));
  const NameWords of(relation);
  return of.size() != 0 && is_person(of.word(of.size() - 1));
}

}  // namespace

NameMatcher::NameMatcher() {
  for (const NameTerms& group : name_terms()) {
    std::string_view rest = group.terms;
    while (!rest.empty()) {
      const std::string_view term = rest.substr(0, rest.find(' '));
      rest.remove_prefix(std::min(rest.size(), term.size() + 1));
      terms_.try_emplace(std::string(term), Term{tag_id(group.tag), group.use});
      if (group.use == TermUse::stem) stems_.emplace_back(term, tag_id(group.tag));
    }
  }
  std::ranges::sort(stems_, [](const auto& a, const auto& b) {
    return a.first.size() != b.first.size() ? a.first.size() > b.first.size() : a.first < b.first;
  });
}

void NameMatcher::add(std::string_view name, TagId tag) {
  const NameWords words(name);
  if (words.size() != 0) terms_.insert_or_assign(std::string(words.joined()), Term{tag, TermUse::words});
}

std::optional<NameMatch> NameMatcher::find(std::string_view column, std::string_view relation) const {
  const NameWords words(column);
  for (std::size_t length = words.size(); length > 0; --length) {
    const bool whole = length == words.size();
    // The last words say what it is, those in front whose.
    for (std::size_t first = words.size() - length + 1; first-- > 0;) {
      const auto found = terms_.find(words.run(first, first + length));
      if (found == terms_.end() || (found->second.use == TermUse::whole && !whole)) continue;
      if (is_taken_back(words, first, first + length)) continue;
      return NameMatch{found->second.tag, whole ? kWholeNameConfidence : kWordsConfidence};
    }
  }
  if (is_name_of_person(words, relation)) return NameMatch{tag_id(BuiltinTag::name), kWordsConfidence};
  if (is_taken_back(words, words.size(), words.size()) || is_taken_back(words, 0, 0)) return std::nullopt;
  return find_stem(words.joined());
}

std::optional<NameMatch> NameMatcher::find_stem(std::string_view joined) const {
  for (const auto& [stem, tag] : stems_) {
    const std::size_t at = joined.find(stem);
    if (at == std::string_view::npos || takes_back_behind(joined.substr(at + stem.size())) ||
        takes_back_before(joined.substr(0, at))) {
      continue;
    }
    return NameMatch{tag, kSubstringConfidence};
  }
  return std::nullopt;
}

}  // namespace sqlproxy::pipeline
