#pragma once

#include <cstdint>
#include <functional>

#include "pipeline/policy_rule.hpp"

namespace sqlproxy::pipeline {

// Specificity of a rule by the scopes that it names.
inline constexpr int kDatabaseHeight = 100;
inline constexpr int kSchemaHeight = 10;
inline constexpr int kObjectHeight = 1;
inline constexpr int kColumnHeight = 1;

// What a rule has to name for its allowance to count. Blocks always count.
enum class Naming : std::uint8_t {
  any,
  schema,            // the schema: sensitive relations of pg_catalog
  schema_or_object,  // the schema, or the function by its whole name: dangerous functions
  object,            // the table, or the function by its name or a pattern
};

// The rule that decides a question, and how specific it is: database 100 + schema 10 + table or function 1, and 1 more
// for a rule that names the column.
struct RuleMatch {
  // Null: no rule speaks of it. Lives as long as its PolicySet.
  const PolicyRule* rule = nullptr;
  int specificity = 0;
  // The rule names the table or function, and does not reach it by a wildcard.
  bool object_named = false;
  // The rule names the column.
  bool column_named = false;

  explicit operator bool() const { return rule != nullptr; }
  [[nodiscard]] bool allows() const { return rule != nullptr && rule->action == PolicyAction::allow; }
  [[nodiscard]] bool blocks() const { return rule != nullptr && rule->action == PolicyAction::block; }
  [[nodiscard]] bool names_object() const { return object_named; }
};

// The better of two matches for one question: the higher one; at the same height a block; then the rule that stands
// first in its PolicySet (both must be of the same one).
[[nodiscard]] inline RuleMatch stronger(RuleMatch a, RuleMatch b) {
  if (!a || !b) return a ? a : b;
  if (a.specificity != b.specificity) return a.specificity > b.specificity ? a : b;
  if (a.rule->action != b.rule->action) return a.blocks() ? a : b;
  return std::less<>{}(b.rule, a.rule) ? b : a;
}

}  // namespace sqlproxy::pipeline
