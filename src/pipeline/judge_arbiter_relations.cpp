// Arbiter: relations and their columns, with parents, children and views.
#include <algorithm>
#include <array>
#include <unordered_set>

#include "pipeline/judge_arbiter.hpp"
#include "pipeline/verdict_builder.hpp"

namespace sqlproxy::pipeline {
namespace {

using enum StatementType;

// Views on views, children of children: what one name can lead to. More is denied.
constexpr std::size_t kMaxReached = 4096;

constexpr StatementTypes kReading = StatementTypes(select) | copy_to;
constexpr StatementTypes kWriting = StatementTypes(insert) | update | delete_ | merge | truncate | copy_from;

// What the rules of a view or table that are not its own query may do to other tables.
constexpr auto kRuleActions = std::to_array<StatementType>({select, insert, update, delete_});

NameCandidate candidate_of(const CatalogRelation& relation) {
  return {relation.schema, relation.name, &relation};
}

bool is_view(const CatalogRelation& relation) {
  return relation.kind == RelationKind::view || relation.kind == RelationKind::materialized_view;
}

// Holds what is in its parents' columns without having them.
bool is_storage(const CatalogRelation& relation) {
  return relation.kind == RelationKind::index || relation.kind == RelationKind::partitioned_index ||
         relation.kind == RelationKind::toast_table;
}

Ruling by_match(RuleMatch match, Naming naming) {
  return {match.allows(), match, false, naming};
}

// Of two parts that must both be allowed: what is said of both by name is said of the relation by name.
Ruling both(const Ruling& a, const Ruling& b) {
  Ruling ruling = weakest(a, b);
  ruling.match.object_named = a.match.object_named && b.match.object_named;
  return ruling;
}

}  // namespace

RuleMatch Arbiter::match(const NameCandidate& candidate, const Part& part, StatementType type, Naming naming) const {
  switch (part.kind) {
    case Part::Kind::relation: return view_.relation(candidate.schema, candidate.name, type, naming);
    case Part::Kind::column: return view_.column(candidate.schema, candidate.name, part.column, type, naming);
    case Part::Kind::no_column: return view_.no_column(candidate.schema, candidate.name, type, naming);
    case Part::Kind::every_column: return view_.every_column(candidate.schema, candidate.name, type, naming);
  }
  return {};
}

template <class Visit>
void Arbiter::for_each_ancestor(const CatalogRelation& relation, Visit visit) const {
  if (relation.parents.empty() || catalog_ == nullptr) return;
  std::vector<Oid> waiting = relation.parents;
  std::unordered_set<Oid> seen;
  while (!waiting.empty() && seen.size() < kMaxReached) {
    const Oid oid = waiting.back();
    waiting.pop_back();
    const CatalogRelation* parent = catalog_->relation(oid);
    if (parent == nullptr || !seen.insert(oid).second) continue;
    visit(*parent);
    waiting.insert(waiting.end(), parent->parents.begin(), parent->parents.end());
  }
}

// The strongest rule on any ancestor; their columns are those of the same name.
RuleMatch Arbiter::match_parents(const CatalogRelation& relation, const Part& part, StatementType type) const {
  RuleMatch best;
  const Part asked = is_storage(relation) ? Part{Part::Kind::every_column} : part;
  for_each_ancestor(relation, [&](const CatalogRelation& parent) {
    best = stronger(best, match(candidate_of(parent), asked, type, Naming::any));
  });
  return best;
}

bool Arbiter::parts_columns(const NameCandidate& candidate) const {
  if (view_.parts_columns(candidate.schema, candidate.name)) return true;
  bool found = false;
  if (!view_.has_column_rules() || candidate.relation == nullptr) return found;
  for_each_ancestor(*candidate.relation,
                    [&](const CatalogRelation& parent) { found |= view_.parts_columns(parent.schema, parent.name); });
  return found;
}

Ruling Arbiter::part(const NameCandidate& candidate, const Part& part, StatementType type, ColumnsRead columns) const {
  const RelationExposure exposure = exposure_of(candidate, columns);
  const Naming naming = required_naming(exposure, type);
  const RuleMatch own = match(candidate, part, type, naming);
  const Ruling alone = own ? by_match(own, naming) : unmatched_relation(candidate, type, exposure);
  if (candidate.relation == nullptr || candidate.relation->parents.empty() || catalog_ == nullptr) return alone;

  RuleMatch inherited = match_parents(*candidate.relation, part, type);
  // A parent's rule does not open what needs a rule of its own.
  if (naming != Naming::any && inherited.allows()) inherited = {};
  const RuleMatch decisive = stronger(own, inherited);
  if (!decisive || decisive.rule == own.rule) return alone;
  if (decisive.allows()) return by_match(decisive, naming);
  // Who has no right to the relation itself is not told that it has parents.
  return alone.allowed ? Ruling{false, decisive, true, naming} : alone;
}

// What a generated column is computed from is shown by it, unless a rule opens that column by its name.
Ruling Arbiter::one_column(const NameCandidate& candidate, std::string_view name, StatementType type,
                           ColumnsRead columns) const {
  const CatalogColumn* known = candidate.relation != nullptr ? candidate.relation->column(name) : nullptr;
  const bool is_system = known == nullptr && is_system_column(name);
  Ruling ruling = part(candidate, is_system ? Part{} : Part{Part::Kind::column, name}, type, columns);
  ruling.column = name;
  if (known == nullptr || !kReading.contains(type) || ruling.match.column_named) return ruling;
  for (const std::int16_t number : known->generated_from) {
    const CatalogColumn* base = candidate.relation->column(number);
    if (base == nullptr) continue;
    Ruling below = part(candidate, {Part::Kind::column, base->name}, type, columns);
    below.indirect = !below.allowed;
    below.column = name;
    ruling = both(ruling, below);
  }
  return ruling;
}

Ruling Arbiter::relation_itself(const NameCandidate& candidate, StatementType type, const ColumnExtent& extent,
                                ColumnsRead columns) const {
  if (!parts_columns(candidate)) return part(candidate, {}, type, columns);
  if (extent.every) {
    if (candidate.relation == nullptr || candidate.relation->columns.empty()) {
      return part(candidate, {Part::Kind::every_column}, type, columns);
    }
    Ruling ruling = one_column(candidate, candidate.relation->columns.front().name, type, columns);
    for (const CatalogColumn& column : candidate.relation->columns) {
      ruling = both(ruling, one_column(candidate, column.name, type, columns));
    }
    ruling.column = {};
    return ruling;
  }
  if (extent.names.empty()) return part(candidate, {Part::Kind::no_column}, type, columns);
  Ruling ruling = one_column(candidate, extent.names.front(), type, columns);
  for (const std::string_view name : extent.names.subspan(1)) {
    ruling = both(ruling, one_column(candidate, name, type, columns));
  }
  return ruling;
}

std::optional<std::vector<std::string_view>> columns_of_rules(const CatalogRelation& relation,
                                                              const CatalogRelation& used) {
  std::vector<std::string_view> names;
  bool told = false;
  for (const RuleColumns& columns : relation.rule_columns) {
    if (columns.relation != used.oid) continue;
    told = true;
    for (const std::int16_t number : columns.numbers) {
      const CatalogColumn* column = used.column(number);
      // The row as a whole, or a column that came after the snapshot of the table.
      if (number >= 0 && column == nullptr) return std::nullopt;
      names.push_back(column != nullptr ? std::string_view(column->name) : "tableoid");
    }
  }
  if (!told) return std::nullopt;
  return names;
}

std::vector<std::string_view> Arbiter::permitted_columns(const CatalogRelation& relation, StatementType type) const {
  std::vector<std::string_view> permitted;
  const NameCandidate candidate = candidate_of(relation);
  if (!parts_columns(candidate)) return permitted;
  for (const CatalogColumn& column : relation.columns) {
    const std::string_view name = column.name;
    if (this->relation(candidate, type, {.every = false, .names = std::span(&name, 1)}).allowed) {
      permitted.push_back(name);
    }
  }
  return permitted;
}

// Whether the relation is judged together with what its rewrite rules use.
bool Arbiter::leads_on(const CatalogRelation& relation, StatementType type, const RuleMatch& match) const {
  if (match.names_object()) return false;
  if (relation.rule_relations.empty() && relation.rule_functions.empty()) return false;
  return is_view(relation) ? (kReading | kWriting).contains(type) : relation.has_rules && kWriting.contains(type);
}

Ruling Arbiter::relation(const NameCandidate& candidate, StatementType type, const ColumnExtent& extent,
                         ColumnsRead columns) const {
  const Ruling ruling = relation_itself(candidate, type, extent, columns);
  if (!ruling.allowed || candidate.relation == nullptr || catalog_ == nullptr) return ruling;
  if (!leads_on(*candidate.relation, type, ruling.match)) return ruling;
  const Ruling reached = behind(*candidate.relation, type);
  return reached.allowed ? ruling : reached;
}

// What the rules of `relation` do to `used`, as one question.
Ruling Arbiter::used_by_rules(const CatalogRelation& relation, const CatalogRelation& used, StatementType type) const {
  const NameCandidate candidate = candidate_of(used);
  if (type != select || used.columns.empty() || !parts_columns(candidate)) return relation_itself(candidate, type);
  const auto names = columns_of_rules(relation, used);
  if (!names) return relation_itself(candidate, type);
  return relation_itself(candidate, type, {.every = false, .names = *names});
}

// Judges everything that the rules of a view (or table) use, and what that leads to in turn.
Ruling Arbiter::behind(const CatalogRelation& relation, StatementType type) const {
  struct Step {
    const CatalogRelation* relation;
    StatementType type;
  };
  std::vector<Step> waiting{{&relation, kReading.contains(type) ? select : type}};
  std::unordered_set<std::uint64_t> seen;
  const auto denied = [](Ruling ruling) {
    ruling.indirect = true;
    ruling.column = {};
    return ruling;
  };
  while (!waiting.empty()) {
    const Step step = waiting.back();
    waiting.pop_back();
    const std::uint64_t key = std::uint64_t{step.relation->oid} << 8U | static_cast<std::uint64_t>(step.type);
    if (!seen.insert(key).second) continue;
    if (seen.size() > kMaxReached) return denied({});
    for (const Oid function : step.relation->rule_functions) {
      const CatalogFunction* known = catalog_->function(function);
      // Which setting the view reads was asked when the view was made.
      if (known != nullptr && known->function_class == FunctionClass::reads_setting) continue;
      const Ruling ruling = known != nullptr ? call(*known) : Ruling{};
      if (!ruling.allowed) return denied(ruling);
    }
    const bool acts = step.relation->has_rules && kWriting.contains(step.type);
    const auto types = acts ? std::span<const StatementType>(kRuleActions) : std::span(&step.type, 1);
    for (const Oid oid : step.relation->rule_relations) {
      const CatalogRelation* used = catalog_->relation(oid);
      if (used == nullptr) return denied({});
      if (used == step.relation) continue;
      for (const StatementType needed : types) {
        const Ruling ruling = used_by_rules(*step.relation, *used, needed);
        if (!ruling.allowed) return denied(ruling);
        if (leads_on(*used, needed, ruling.match)) waiting.push_back({used, needed});
      }
    }
  }
  return {true};
}

Ruling Arbiter::truncate_cascade(const CatalogRelation& relation) const {
  std::vector<Oid> waiting = relation.referenced_by;
  std::unordered_set<Oid> seen;
  while (!waiting.empty()) {
    const Oid oid = waiting.back();
    waiting.pop_back();
    if (!seen.insert(oid).second) continue;
    const CatalogRelation* referring = catalog_ != nullptr ? catalog_->relation(oid) : nullptr;
    Ruling ruling = referring != nullptr ? relation_itself(candidate_of(*referring), truncate) : Ruling{};
    if (!ruling.allowed) {
      ruling.indirect = true;
      return ruling;
    }
    waiting.insert(waiting.end(), referring->referenced_by.begin(), referring->referenced_by.end());
  }
  return {true};
}

}  // namespace sqlproxy::pipeline
