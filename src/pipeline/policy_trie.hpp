#pragma once

#include <algorithm>
#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/policy_names.hpp"
#include "pipeline/policy_pattern.hpp"
#include "pipeline/policy_rule.hpp"
#include "pipeline/statement_type.hpp"

namespace sqlproxy::pipeline {

// One slot for each statement type that rules can list, and one for the guarded settings.
inline constexpr std::size_t kGuardedSlot = static_cast<std::size_t>(StatementType::session) + 1;
inline constexpr std::size_t kRuleSlots = kGuardedSlot + 1;

// The rules at one place of the trie: for each slot the one that wins there, as its index plus one; 0 for none.
using RuleSlots = std::array<std::uint32_t, kRuleSlots>;

// The function rules of one schema whose names hold a '*' but do not consist of it. Kept by the text before the first
// star, so that a lookup hashes as many prefixes of the name as there are lengths of them, however many rules there
// are.
class FunctionPatterns {
 public:
  [[nodiscard]] RuleSlots& operator[](std::string_view pattern);

  template <class Visit>
  void for_each_match(std::string_view name, Visit visit) const;

 private:
  // What a name can have at most (NAMEDATALEN - 1).
  static constexpr std::size_t kMaxPrefix = 63;
  struct Pattern {
    std::string text;
    RuleSlots slots{};
  };
  NameTable<std::vector<Pattern>> by_prefix_;
  // Bit n: there is a prefix of n bytes.
  std::uint64_t prefix_lengths_ = 0;
};

template <class Visit>
void FunctionPatterns::for_each_match(std::string_view name, Visit visit) const {
  if (prefix_lengths_ == 0) return;
  for (std::size_t length = 0; length <= std::min(name.size(), kMaxPrefix); ++length) {
    if ((prefix_lengths_ >> length & 1U) == 0) continue;
    const std::vector<Pattern>* patterns = by_prefix_.find(name.substr(0, length));
    if (patterns == nullptr) continue;
    for (const Pattern& pattern : *patterns) {
      if (matches_pattern(std::string_view(pattern.text).substr(length), name.substr(length))) visit(pattern.slots);
    }
  }
}

// The rules for some columns of a relation.
struct ColumnRules {
  NameTable<RuleSlots> named;
  // Some column, whichever.
  RuleSlots allowing{};
  RuleSlots blocking{};
};

struct RelationRules {
  // Those that speak of the relation and of each of its columns.
  RuleSlots whole{};
  std::unique_ptr<ColumnRules> columns;
};

struct SchemaRules {
  NameTable<RelationRules> relations;
  RelationRules any_relation;
  NameTable<RuleSlots> functions;
  FunctionPatterns function_patterns;
  RuleSlots any_function{};
};

struct DatabaseRules {
  NameTable<std::unique_ptr<SchemaRules>> schemas;
  std::unique_ptr<SchemaRules> any_schema;
};

// The rules that name one user, or one role, or everyone.
struct PrincipalRules {
  NameTable<std::unique_ptr<DatabaseRules>> databases;
  std::unique_ptr<DatabaseRules> any_database;
};

// The compiled form of a rule list: principal → database → schema → relation (→ column) or function → statement type.
// Immutable once built; holds indexes into the list, which it does not own.
class PolicyTrie {
 public:
  explicit PolicyTrie(const std::vector<PolicyRule>& rules);

  [[nodiscard]] const PrincipalRules* user(std::string_view name) const;
  [[nodiscard]] const PrincipalRules* role(std::string_view name) const;
  [[nodiscard]] const PrincipalRules& everyone() const { return everyone_; }
  [[nodiscard]] bool has_column_rules() const { return has_column_rules_; }

 private:
  void add(const std::vector<PolicyRule>& rules, std::size_t index);

  NameTable<std::unique_ptr<PrincipalRules>> users_;
  NameTable<std::unique_ptr<PrincipalRules>> roles_;
  PrincipalRules everyone_;
  bool has_column_rules_ = false;
};

}  // namespace sqlproxy::pipeline
