#pragma once

#include "pipeline/policy_rule.hpp"

namespace sqlproxy::pipeline {

// The rule that decides a question, and how specific it is: database 100 + schema 10 + table or function 1.
struct RuleMatch {
  // Null: no rule speaks of it. Lives as long as its PolicySet.
  const PolicyRule* rule = nullptr;
  int specificity = 0;

  explicit operator bool() const { return rule != nullptr; }
  [[nodiscard]] bool allows() const { return rule != nullptr && rule->action == PolicyAction::allow; }
  [[nodiscard]] bool blocks() const { return rule != nullptr && rule->action == PolicyAction::block; }
  // The rule names the table or function, and does not reach it by a wildcard.
  [[nodiscard]] bool names_object() const { return specificity % 10 == 1; }
};

// The better of two matches for one question: the higher one; at the same height a block.
[[nodiscard]] RuleMatch stronger(RuleMatch a, RuleMatch b);

}  // namespace sqlproxy::pipeline
