#include "pipeline/policy_view.hpp"

namespace sqlproxy::pipeline {

PolicyView::PolicyView(const PolicyTrie& trie, std::span<const PolicyRule> rules, const Subject& subject,
                       std::string_view database)
    : rules_(rules) {
  const HashedName database_name(database);
  add(&trie.everyone(), database_name);
  add(trie.user(subject.user), database_name);
  for (const std::string& role : subject.roles) add(trie.role(role), database_name);
}

void PolicyView::add(const PrincipalRules* principal, const HashedName& database) {
  if (principal == nullptr) return;
  const auto add_branch = [this](const DatabaseRules* rules, int height) {
    if (rules == nullptr) return;
    if (branch_count_ < kInlineBranches)
      branches_[branch_count_++] = Branch{rules, height};
    else
      more_branches_.push_back(Branch{rules, height});
  };
  const auto* named = principal->databases.find(database);
  if (named != nullptr) add_branch(named->get(), kDatabaseHeight);
  add_branch(principal->any_database.get(), 0);
}

template <class Visit>
void PolicyView::for_each_branch(Visit visit) const {
  for (std::size_t i = 0; i < branch_count_; ++i) visit(branches_[i]);
  for (const Branch& branch : more_branches_) visit(branch);
}

// Visits the rules for the schema by name and those for every schema: visit(rules, height, schema is named).
template <class Visit>
void PolicyView::for_each_schema(const HashedName& schema, Visit visit) const {
  for_each_branch([&](const Branch& branch) {
    const auto* named = branch.rules->schemas.find(schema);
    if (named != nullptr) visit(**named, branch.height + kSchemaHeight, true);
    if (branch.rules->any_schema) visit(*branch.rules->any_schema, branch.height, false);
  });
}

RuleMatch PolicyView::at_slot(const RuleSlots& slots, std::size_t slot, int height, bool allowances_count) const {
  const std::uint32_t entry = slots[slot];
  if (entry == 0) return {};
  const RuleMatch match{&rules_[entry - 1], height};
  return match.allows() && !allowances_count ? RuleMatch{} : match;
}

RuleMatch PolicyView::relation(const HashedName& schema, const HashedName& name, StatementType type,
                               Naming naming) const {
  const auto slot = static_cast<std::size_t>(type);
  RuleMatch best;
  for_each_schema(schema, [&](const SchemaRules& rules, int height, bool schema_named) {
    const bool schema_suffices =
        naming == Naming::any || (schema_named && (naming == Naming::schema || naming == Naming::schema_or_object));
    const bool object_suffices = schema_suffices || naming == Naming::object || naming == Naming::schema_or_object;
    if (const RuleSlots* named = rules.relations.find(name)) {
      best = stronger(best, at_slot(*named, slot, height + kObjectHeight, object_suffices));
    }
    best = stronger(best, at_slot(rules.any_relation, slot, height, schema_suffices));
  });
  return best;
}

RuleMatch PolicyView::function(const HashedName& schema, const HashedName& name, StatementType type,
                               Naming naming) const {
  const auto slot = static_cast<std::size_t>(type);
  RuleMatch best;
  for_each_schema(schema, [&](const SchemaRules& rules, int height, bool schema_named) {
    const bool schema_suffices =
        naming == Naming::any || (schema_named && (naming == Naming::schema || naming == Naming::schema_or_object));
    const bool object_suffices = schema_suffices || naming == Naming::object || naming == Naming::schema_or_object;
    const bool pattern_suffices = schema_suffices || naming == Naming::object;
    if (const RuleSlots* named = rules.functions.find(name)) {
      best = stronger(best, at_slot(*named, slot, height + kObjectHeight, object_suffices));
    }
    rules.function_patterns.for_each_match(name.text, [&](const RuleSlots& slots) {
      best = stronger(best, at_slot(slots, slot, height + kObjectHeight, pattern_suffices));
    });
    best = stronger(best, at_slot(rules.any_function, slot, height, schema_suffices));
  });
  return best;
}

RuleMatch PolicyView::schema(const HashedName& schema, StatementType type, Naming naming) const {
  RuleMatch best;
  for_each_schema(schema, [&](const SchemaRules& rules, int height, bool schema_named) {
    const bool suffices = naming == Naming::any || (schema_named && naming != Naming::object);
    best = stronger(best, at_slot(rules.any_relation, static_cast<std::size_t>(type), height, suffices));
  });
  return best;
}

RuleMatch PolicyView::database_slot(std::size_t slot) const {
  RuleMatch best;
  for_each_branch([&](const Branch& branch) {
    if (!branch.rules->any_schema) return;
    best = stronger(best, at_slot(branch.rules->any_schema->any_relation, slot, branch.height, true));
  });
  return best;
}

RuleMatch PolicyView::database(StatementType type) const {
  return database_slot(static_cast<std::size_t>(type));
}

RuleMatch PolicyView::guarded_setting() const {
  return database_slot(kGuardedSlot);
}

}  // namespace sqlproxy::pipeline
