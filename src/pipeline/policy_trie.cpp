#include "pipeline/policy_trie.hpp"

#include <algorithm>

#include "pipeline/policy_pattern.hpp"

namespace sqlproxy::pipeline {
namespace {

template <class T>
T& ensure(std::unique_ptr<T>& node) {
  if (!node) node = std::make_unique<T>();
  return *node;
}

// The child for a scope's word: a name or "*".
template <class T>
T& child(NameTable<std::unique_ptr<T>>& named, std::unique_ptr<T>& any, std::string_view word) {
  return ensure(word == "*" ? any : named[word]);
}

// What is no use of a relation's rows has nothing to do with its columns.
constexpr StatementTypes kColumnless =
    StatementTypes(StatementType::session) | StatementType::notify | StatementType::execute;

// Enters a rule at its place. Of rules at the same place a block wins, then the first.
void enter(RuleSlots& slots, const std::vector<PolicyRule>& rules, std::size_t index) {
  const PolicyRule& rule = rules[index];
  const auto enter_slot = [&](std::size_t slot) {
    const std::uint32_t present = slots[slot];
    const bool wins =
        present == 0 || (rule.action == PolicyAction::block && rules[present - 1].action == PolicyAction::allow);
    if (wins) slots[slot] = static_cast<std::uint32_t>(index + 1);
  };
  for (std::size_t slot = 0; slot < kGuardedSlot; ++slot) {
    const auto type = static_cast<StatementType>(slot);
    const bool has_place = rule.columns.empty() || !kColumnless.contains(type);
    if (has_place && rule.statements.contains(type)) enter_slot(slot);
  }
  if (!rule.columns.empty()) return;
  const bool speaks_of_guarded = rule.names_session || rule.action == PolicyAction::block;
  if (speaks_of_guarded && rule.statements.contains(StatementType::session)) enter_slot(kGuardedSlot);
}

void enter(RelationRules& relation, const std::vector<PolicyRule>& rules, std::size_t index) {
  const PolicyRule& rule = rules[index];
  if (rule.columns.empty()) return enter(relation.whole, rules, index);
  ColumnRules& columns = ensure(relation.columns);
  for (const std::string& column : rule.columns) enter(columns.named[column], rules, index);
  enter(rule.action == PolicyAction::allow ? columns.allowing : columns.blocking, rules, index);
}

void enter(SchemaRules& schema, const std::vector<PolicyRule>& rules, std::size_t index) {
  const PolicyRule& rule = rules[index];
  if (rule.function) {
    const std::string& pattern = *rule.function;
    if (matches_everything(pattern))
      enter(schema.any_function, rules, index);
    else if (pattern.find('*') == std::string::npos)
      enter(schema.functions[pattern], rules, index);
    else
      enter(schema.function_patterns[pattern], rules, index);
    return;
  }
  for (const std::string& table : rule.tables) {
    enter(table == "*" ? schema.any_relation : schema.relations[table], rules, index);
  }
}

}  // namespace

RuleSlots& FunctionPatterns::operator[](std::string_view pattern) {
  const std::string_view prefix = pattern.substr(0, pattern.find('*'));
  // Longer prefixes are kept under a length that no name has: such a pattern matches nothing.
  if (prefix.size() <= kMaxPrefix) prefix_lengths_ |= std::uint64_t{1} << prefix.size();
  std::vector<Pattern>& patterns = by_prefix_[prefix];
  const auto found = std::ranges::find(patterns, pattern, &Pattern::text);
  if (found != patterns.end()) return found->slots;
  return patterns.emplace_back(Pattern{std::string(pattern), {}}).slots;
}

PolicyTrie::PolicyTrie(const std::vector<PolicyRule>& rules) {
  for (std::size_t index = 0; index < rules.size(); ++index) {
    add(rules, index);
    has_column_rules_ |= !rules[index].columns.empty();
  }
}

void PolicyTrie::add(const std::vector<PolicyRule>& rules, std::size_t index) {
  const PolicyRule& rule = rules[index];
  const auto add_to = [&](PrincipalRules& principal) {
    DatabaseRules& database = child(principal.databases, principal.any_database, rule.database);
    enter(child(database.schemas, database.any_schema, rule.schema), rules, index);
  };
  if (std::ranges::count(rule.users, "*") + std::ranges::count(rule.roles, "*") > 0) {
    add_to(everyone_);
    return;
  }
  for (const std::string& user : rule.users) add_to(ensure(users_[user]));
  for (const std::string& role : rule.roles) add_to(ensure(roles_[role]));
}

const PrincipalRules* PolicyTrie::user(std::string_view name) const {
  const auto* found = users_.find(name);
  return found != nullptr ? found->get() : nullptr;
}

const PrincipalRules* PolicyTrie::role(std::string_view name) const {
  const auto* found = roles_.find(name);
  return found != nullptr ? found->get() : nullptr;
}

}  // namespace sqlproxy::pipeline
