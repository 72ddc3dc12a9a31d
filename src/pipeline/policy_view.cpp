#include "pipeline/policy_view.hpp"

namespace sqlproxy::pipeline {
namespace {

RuleMatch naming_object(RuleMatch match) {
  match.object_named = match.rule != nullptr;
  return match;
}

}  // namespace

PolicyView::PolicyView(const PolicyTrie& trie, std::span<const PolicyRule> rules, const Subject& subject,
                       std::string_view database)
    : rules_(rules), has_column_rules_(trie.has_column_rules()) {
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
  const RuleMatch match{.rule = &rules_[entry - 1], .specificity = height};
  return match.allows() && !allowances_count ? RuleMatch{} : match;
}

// Visits the places of the trie that speak of the relation, by name or by wildcard: visit(rules, height, schema is
// named, relation is named).
template <class Visit>
void PolicyView::for_each_relation(const HashedName& schema, const HashedName& name, Visit visit) const {
  for_each_schema(schema, [&](const SchemaRules& rules, int height, bool schema_named) {
    if (const RelationRules* named = rules.relations.find(name)) {
      visit(*named, height + kObjectHeight, schema_named, true);
    }
    visit(rules.any_relation, height, schema_named, false);
  });
}

// The strongest of the rules that `pick` finds at each place: pick(rules, slot, height, whether allowances count).
template <class Pick>
RuleMatch PolicyView::strongest(const HashedName& schema, const HashedName& name, StatementType type, Naming naming,
                                Pick pick) const {
  RuleMatch best;
  for_each_relation(schema, name, [&](const RelationRules& rules, int height, bool schema_named, bool named) {
    const bool schema_suffices =
        naming == Naming::any || (schema_named && (naming == Naming::schema || naming == Naming::schema_or_object));
    const bool suffices =
        schema_suffices || (named && (naming == Naming::object || naming == Naming::schema_or_object));
    RuleMatch match = pick(rules, static_cast<std::size_t>(type), height, suffices);
    match.object_named = named && match.rule != nullptr;
    best = stronger(best, match);
  });
  return best;
}

RuleMatch PolicyView::relation(const HashedName& schema, const HashedName& name, StatementType type,
                               Naming naming) const {
  return strongest(schema, name, type, naming,
                   [this](const RelationRules& rules, std::size_t slot, int height, bool suffices) {
                     return at_slot(rules.whole, slot, height, suffices);
                   });
}

bool PolicyView::parts_columns(const HashedName& schema, const HashedName& name) const {
  if (!has_column_rules_) return false;
  bool found = false;
  for_each_relation(schema, name,
                    [&found](const RelationRules& rules, int /*height*/, bool /*schema_named*/, bool /*named*/) {
                      found |= rules.columns != nullptr;
                    });
  return found;
}

RuleMatch PolicyView::column(const HashedName& schema, const HashedName& name, const HashedName& column,
                             StatementType type, Naming naming) const {
  return strongest(schema, name, type, naming,
                   [&](const RelationRules& rules, std::size_t slot, int height, bool suffices) {
                     const RuleMatch whole = at_slot(rules.whole, slot, height, suffices);
                     const RuleSlots* own = rules.columns != nullptr ? rules.columns->named.find(column) : nullptr;
                     if (own == nullptr) return whole;
                     RuleMatch match = at_slot(*own, slot, height + kColumnHeight, suffices);
                     match.column_named = match.rule != nullptr;
                     return stronger(whole, match);
                   });
}

RuleMatch PolicyView::no_column(const HashedName& schema, const HashedName& name, StatementType type,
                                Naming naming) const {
  return strongest(schema, name, type, naming,
                   [this](const RelationRules& rules, std::size_t slot, int height, bool suffices) {
                     const RuleMatch whole = at_slot(rules.whole, slot, height, suffices);
                     if (rules.columns == nullptr) return whole;
                     return stronger(whole, at_slot(rules.columns->allowing, slot, height + kColumnHeight, suffices));
                   });
}

RuleMatch PolicyView::every_column(const HashedName& schema, const HashedName& name, StatementType type,
                                   Naming naming) const {
  return strongest(schema, name, type, naming,
                   [this](const RelationRules& rules, std::size_t slot, int height, bool suffices) {
                     return best_of(rules, slot, height, suffices);
                   });
}

// The rule for the relation as a whole, or one that blocks a part of it.
RuleMatch PolicyView::best_of(const RelationRules& rules, std::size_t slot, int height, bool allowances_count) const {
  const RuleMatch whole = at_slot(rules.whole, slot, height, allowances_count);
  if (rules.columns == nullptr) return whole;
  return stronger(whole, at_slot(rules.columns->blocking, slot, height + kColumnHeight, allowances_count));
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
      best = stronger(best, naming_object(at_slot(*named, slot, height + kObjectHeight, object_suffices)));
    }
    rules.function_patterns.for_each_match(name.text, [&](const RuleSlots& slots) {
      best = stronger(best, naming_object(at_slot(slots, slot, height + kObjectHeight, pattern_suffices)));
    });
    best = stronger(best, at_slot(rules.any_function, slot, height, schema_suffices));
  });
  return best;
}

RuleMatch PolicyView::schema(const HashedName& schema, StatementType type, Naming naming) const {
  RuleMatch best;
  for_each_schema(schema, [&](const SchemaRules& rules, int height, bool schema_named) {
    const bool suffices = naming == Naming::any || (schema_named && naming != Naming::object);
    best = stronger(best, best_of(rules.any_relation, static_cast<std::size_t>(type), height, suffices));
  });
  return best;
}

RuleMatch PolicyView::database_slot(std::size_t slot) const {
  RuleMatch best;
  for_each_branch([&](const Branch& branch) {
    if (!branch.rules->any_schema) return;
    best = stronger(best, best_of(branch.rules->any_schema->any_relation, slot, branch.height, true));
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
