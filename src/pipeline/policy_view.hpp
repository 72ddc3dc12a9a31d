#pragma once

#include <array>
#include <cstddef>
#include <span>
#include <string_view>
#include <vector>

#include "pipeline/policy_match.hpp"
#include "pipeline/policy_names.hpp"
#include "pipeline/policy_trie.hpp"
#include "pipeline/statement_type.hpp"
#include "pipeline/subject.hpp"

namespace sqlproxy::pipeline {

// The rules that speak of one subject in one database: what a judgement looks objects up in. A few pointers into a
// PolicySet, with which it dies; cheap to make (a hash step or two for each of the subject's roles and for its name).
// Lookups do not allocate, and take a handful of hash steps whatever the number of rules.
class PolicyView {
 public:
  PolicyView(const PolicyTrie& trie, std::span<const PolicyRule> rules, const Subject& subject,
             std::string_view database);

  // The rule that decides whether the statement type may touch the relation. An empty schema or name is one that no
  // rule names.
  [[nodiscard]] RuleMatch relation(const HashedName& schema, const HashedName& name, StatementType type,
                                   Naming naming = Naming::any) const;
  // False: there are no rules with columns at all.
  [[nodiscard]] bool has_column_rules() const { return has_column_rules_; }
  // Whether any rule with columns may speak of the relation. When none does, relation() is the answer to the next
  // three.
  [[nodiscard]] bool parts_columns(const HashedName& schema, const HashedName& name) const;
  // The rule that decides about one column of it.
  [[nodiscard]] RuleMatch column(const HashedName& schema, const HashedName& name, const HashedName& column,
                                 StatementType type, Naming naming = Naming::any) const;
  // About a use of the relation that touches no column: an allowance of some column suffices.
  [[nodiscard]] RuleMatch no_column(const HashedName& schema, const HashedName& name, StatementType type,
                                    Naming naming = Naming::any) const;
  // About all columns, whichever there are: a block of any of them counts.
  [[nodiscard]] RuleMatch every_column(const HashedName& schema, const HashedName& name, StatementType type,
                                       Naming naming = Naming::any) const;
  [[nodiscard]] RuleMatch function(const HashedName& schema, const HashedName& name, StatementType type,
                                   Naming naming = Naming::any) const;
  // For what lives in a schema and is neither (types), and for the schema itself: rules for every relation in it.
  [[nodiscard]] RuleMatch schema(const HashedName& schema, StatementType type, Naming naming = Naming::any) const;
  // For what lives in no schema: rules whose schema and table are wildcards.
  [[nodiscard]] RuleMatch database(StatementType type) const;
  // The same for guarded settings: allowances count only when they list SESSION by name.
  [[nodiscard]] RuleMatch guarded_setting() const;

 private:
  struct Branch {
    const DatabaseRules* rules;
    int height;
  };
  // Subjects with few roles need no allocation.
  static constexpr std::size_t kInlineBranches = 16;

  void add(const PrincipalRules* principal, const HashedName& database);
  [[nodiscard]] RuleMatch at_slot(const RuleSlots& slots, std::size_t slot, int height, bool allowances_count) const;
  [[nodiscard]] RuleMatch best_of(const RelationRules& rules, std::size_t slot, int height,
                                  bool allowances_count) const;
  [[nodiscard]] RuleMatch database_slot(std::size_t slot) const;

  template <class Visit>
  void for_each_branch(Visit visit) const;
  template <class Visit>
  void for_each_schema(const HashedName& schema, Visit visit) const;
  template <class Visit>
  void for_each_relation(const HashedName& schema, const HashedName& name, Visit visit) const;
  template <class Pick>
  [[nodiscard]] RuleMatch strongest(const HashedName& schema, const HashedName& name, StatementType type, Naming naming,
                                    Pick pick) const;

  std::span<const PolicyRule> rules_;
  bool has_column_rules_;
  std::array<Branch, kInlineBranches> branches_;
  std::size_t branch_count_ = 0;
  std::vector<Branch> more_branches_;
};

}  // namespace sqlproxy::pipeline
