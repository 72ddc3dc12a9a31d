#include "pipeline/verdict_builder.hpp"

#include <algorithm>
#include <cstddef>
#include <utility>
#include <vector>

namespace sqlproxy::pipeline {

namespace {

// Up to here a list is searched when something is added, beyond it is sorted in the end: a statement may name a hundred
// thousand objects.
constexpr std::size_t kFew = 32;

template <class T>
void add_unless_present(std::vector<T>& all, T item) {
  if (all.size() > kFew || std::ranges::find(all, item) == all.end()) all.push_back(std::move(item));
}

template <class T>
void drop_repetitions(std::vector<T>& all) {
  if (all.size() <= kFew) return;
  std::ranges::sort(all);
  const auto repeated = std::ranges::unique(all);
  all.erase(repeated.begin(), repeated.end());
}

}  // namespace

Ruling weakest(Ruling a, const Ruling& b) {
  if (a.allowed != b.allowed) return a.allowed ? b : a;
  if (!a.allowed) return !a.match && b.match ? b : a;
  a.match = stronger(a.match, b.match);
  return a;
}

void VerdictBuilder::answer(const AskedObject& asked, const Ruling& ruling) {
  if (trace_ != nullptr) trace_->questions.push_back(answered_question(asked, ruling, verdict_, options_));
}

void VerdictBuilder::allow(const Ruling& ruling) {
  if (denied() || !ruling.match) return;
  const RuleMatch best = stronger(RuleMatch{verdict_.rule, verdict_.specificity}, ruling.match);
  verdict_.rule = best.rule;
  verdict_.specificity = best.specificity;
}

void VerdictBuilder::deny(const Ruling& ruling, core::Error error) {
  if (denied()) return;
  verdict_.rule = ruling.match.rule;
  verdict_.specificity = ruling.match.specificity;
  verdict_.error = std::move(error);
}

void VerdictBuilder::touch(TouchedRelation relation) {
  add_unless_present(verdict_.relations, std::move(relation));
}

void VerdictBuilder::call(std::string_view schema, std::string_view name) {
  std::string qualified(schema);
  if (!schema.empty()) qualified += '.';
  qualified += name;
  add_unless_present(verdict_.functions, std::move(qualified));
}

Verdict VerdictBuilder::finish() && {
  drop_repetitions(verdict_.relations);
  drop_repetitions(verdict_.functions);
  if (!denied()) {
    verdict_.decision = Decision::allow;
    verdict_.reason = verdict_.rule != nullptr ? verdict_.rule->reason : "default";
    return std::move(verdict_);
  }
  verdict_.decision = options_.mode == PolicyMode::observe ? Decision::observe : Decision::deny;
  const bool by_rule = verdict_.rule != nullptr && !verdict_.rule->reason.empty();
  verdict_.reason = by_rule ? verdict_.rule->reason : verdict_.error->detail;
  if (verdict_.reason.empty()) verdict_.reason = verdict_.error->message;
  return std::move(verdict_);
}

}  // namespace sqlproxy::pipeline
