#include "pipeline/judge_arbiter.hpp"

#include <algorithm>
#include <array>
#include <unordered_set>

#include "pipeline/function_classes.hpp"
#include "pipeline/sensitive_columns.hpp"

namespace sqlproxy::pipeline {
namespace {

using enum StatementType;

// Views on views, children of children: what one name can lead to. More is denied.
constexpr std::size_t kMaxReached = 4096;

constexpr StatementTypes kReading = StatementTypes(select) | copy_to;
constexpr StatementTypes kWriting = StatementTypes(insert) | update | delete_ | merge | truncate | copy_from;
// What the owner of a temporary table may do with it. Whether it may be made is asked when it is.
constexpr StatementTypes kUse = kReading | kWriting | lock | maintenance;

// What the rules of a view or table that are not its own query may do to other tables.
constexpr auto kRuleActions = std::to_array<StatementType>({select, insert, update, delete_});

NameCandidate candidate_of(const CatalogRelation& relation) {
  return {relation.schema, relation.name, &relation};
}

bool is_view(const CatalogRelation& relation) {
  return relation.kind == RelationKind::view || relation.kind == RelationKind::materialized_view;
}

// Code that only superusers can install.
bool is_compiled(const CatalogFunction& function) {
  return function.language == "c" || function.language == "internal";
}

Ruling by_match(RuleMatch match, Naming naming) {
  return {match.allows(), match, false, naming};
}

}  // namespace

Ruling Arbiter::or_default(RuleMatch match) const {
  if (match) return by_match(match, Naming::any);
  return {options_.default_action == PolicyAction::allow};
}

RelationExposure Arbiter::exposure_of(const NameCandidate& candidate, ColumnsRead columns) const {
  const RelationExposure exposure = relation_exposure(candidate.schema, candidate.name);
  const bool parted = exposure == RelationExposure::internal_catalog || exposure == RelationExposure::sensitive_catalog;
  const bool harmless =
      columns == ColumnsRead::harmless && catalog_ != nullptr && knows_columns_of_version(catalog_->server_version());
  return parted && harmless ? RelationExposure::catalog : exposure;
}

// Whether a relation of the system's schemas may be read without a rule.
bool Arbiter::is_open(RelationExposure exposure) const {
  switch (exposure) {
    case RelationExposure::catalog: return options_.catalogs != CatalogAccess::none;
    case RelationExposure::internal_catalog:
      return options_.catalogs == CatalogAccess::all ||
             (options_.catalogs == CatalogAccess::safe && options_.default_action == PolicyAction::allow);
    case RelationExposure::sensitive_catalog: return options_.catalogs == CatalogAccess::all;
    default: return false;
  }
}

Naming Arbiter::required_naming(RelationExposure exposure, StatementType type) const {
  switch (exposure) {
    case RelationExposure::ordinary: return Naming::any;
    case RelationExposure::catalog:
      // Who writes to the catalogs directly can do anything.
      return kReading.contains(type) ? Naming::any : Naming::schema;
    case RelationExposure::internal_catalog:
    case RelationExposure::sensitive_catalog:
      return kReading.contains(type) && is_open(exposure) ? Naming::any : Naming::schema;
    case RelationExposure::sensitive_storage: return Naming::schema;
    case RelationExposure::sensitive_extension: return Naming::object;
  }
  return Naming::object;
}

Ruling Arbiter::unmatched_relation(const NameCandidate& candidate, StatementType type,
                                   RelationExposure exposure) const {
  if (candidate.schema == kTemporarySchema && kUse.contains(type)) return {true};
  if (exposure == RelationExposure::ordinary) return or_default({});
  const Naming naming = required_naming(exposure, type);
  return {kReading.contains(type) && is_open(exposure), {}, false, naming};
}

RuleMatch Arbiter::match_relation(const NameCandidate& candidate, StatementType type, Naming naming) const {
  return view_.relation(candidate.schema, candidate.name, type, naming);
}

// The strongest rule on any ancestor.
RuleMatch Arbiter::match_parents(const CatalogRelation& relation, StatementType type) const {
  RuleMatch best;
  std::vector<Oid> waiting = relation.parents;
  std::unordered_set<Oid> seen;
  while (!waiting.empty() && seen.size() < kMaxReached) {
    const Oid oid = waiting.back();
    waiting.pop_back();
    const CatalogRelation* parent = catalog_->relation(oid);
    if (parent == nullptr || !seen.insert(oid).second) continue;
    best = stronger(best, match_relation(candidate_of(*parent), type, Naming::any));
    waiting.insert(waiting.end(), parent->parents.begin(), parent->parents.end());
  }
  return best;
}

Ruling Arbiter::relation_itself(const NameCandidate& candidate, StatementType type, ColumnsRead columns) const {
  const RelationExposure exposure = exposure_of(candidate, columns);
  const Naming naming = required_naming(exposure, type);
  const RuleMatch own = match_relation(candidate, type, naming);
  const Ruling alone = own ? by_match(own, naming) : unmatched_relation(candidate, type, exposure);
  if (candidate.relation == nullptr || candidate.relation->parents.empty() || catalog_ == nullptr) return alone;

  RuleMatch inherited = match_parents(*candidate.relation, type);
  // A parent's rule does not open what needs a rule of its own.
  if (naming != Naming::any && inherited.allows()) inherited = {};
  const RuleMatch match = stronger(own, inherited);
  if (!match || match.rule == own.rule) return alone;
  if (match.allows()) return by_match(match, naming);
  // Who has no right to the relation itself is not told that it has parents.
  return alone.allowed ? Ruling{false, match, true, naming} : alone;
}

// Whether the relation is judged together with what its rewrite rules use.
bool Arbiter::leads_on(const CatalogRelation& relation, StatementType type, const RuleMatch& match) const {
  if (match.names_object()) return false;
  if (relation.rule_relations.empty() && relation.rule_functions.empty()) return false;
  return is_view(relation) ? (kReading | kWriting).contains(type) : relation.has_rules && kWriting.contains(type);
}

Ruling Arbiter::relation(const NameCandidate& candidate, StatementType type, ColumnsRead columns) const {
  const Ruling ruling = relation_itself(candidate, type, columns);
  if (!ruling.allowed || candidate.relation == nullptr || catalog_ == nullptr) return ruling;
  if (!leads_on(*candidate.relation, type, ruling.match)) return ruling;
  const Ruling reached = behind(*candidate.relation, type);
  return reached.allowed ? ruling : reached;
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
        const Ruling ruling = relation_itself(candidate_of(*used), needed);
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

Ruling Arbiter::call(const CatalogFunction& function) const {
  const auto match = [&](Naming naming) { return view_.function(function.schema, function.name, execute, naming); };
  switch (function.function_class) {
    case FunctionClass::safe: return harmless_call(function.schema, function.name);
    case FunctionClass::user_written: {
      if (!shows_sensitive_data(function.name)) return or_default(match(Naming::any));
      return by_match(match(Naming::object), Naming::object);
    }
    case FunctionClass::notifies: {
      const RuleMatch named = match(Naming::schema_or_object);
      return named ? by_match(named, Naming::any) : in_database(notify);
    }
    case FunctionClass::shows_data:
      if (options_.catalogs == CatalogAccess::all) return harmless_call(function.schema, function.name);
      break;
    case FunctionClass::shows_source:
      if (is_open(RelationExposure::internal_catalog)) return harmless_call(function.schema, function.name);
      break;
    case FunctionClass::large_object:
    case FunctionClass::writes:
      if (options_.default_action == PolicyAction::allow) return harmless_call(function.schema, function.name);
      break;
    default: break;
  }
  return by_match(match(Naming::schema_or_object), Naming::schema_or_object);
}

Ruling Arbiter::call_unknown(std::string_view schema, std::string_view name) const {
  if (!is_system_schema(schema)) return or_default(view_.function(schema, name, execute));
  return by_match(view_.function(schema, name, execute, Naming::schema_or_object), Naming::schema_or_object);
}

Ruling Arbiter::implied_call(Oid function) const {
  if (function == 0) return {true};
  const CatalogFunction* known = catalog_ != nullptr ? catalog_->function(function) : nullptr;
  if (known == nullptr) return {};
  const bool outside = known->function_class == FunctionClass::user_written;
  if (outside && is_compiled(*known) && !known->security_definer) return {true};
  // What pg_catalog's own types and operators run needs no rule, and no rule is meant to block it.
  const bool builtin = known->function_class == FunctionClass::safe || known->function_class == FunctionClass::internal;
  return builtin ? Ruling{true} : call(*known);
}

Ruling Arbiter::overload_call(const CatalogFunction& function) const {
  const bool computes = function.volatility == Volatility::immutable && !function.security_definer &&
                        (function.from_extension || is_compiled(function));
  return computes ? harmless_call(function.schema, function.name) : call(function);
}

Ruling Arbiter::harmless_call(std::string_view schema, std::string_view name) const {
  const RuleMatch match = view_.function(schema, name, execute);
  return {!match.blocks(), match};
}

Ruling Arbiter::setting_value(std::optional<std::string_view> name) const {
  constexpr std::string_view kFunction = "current_setting";
  if (name && !is_secret_setting(*name)) return harmless_call(kCatalogSchema, kFunction);
  const RuleMatch match = view_.function(kCatalogSchema, kFunction, execute, Naming::schema_or_object);
  return by_match(match, Naming::schema_or_object);
}

Ruling Arbiter::all_setting_values() const {
  constexpr std::string_view kFunction = "pg_show_all_settings";
  if (options_.catalogs == CatalogAccess::all) return harmless_call(kCatalogSchema, kFunction);
  const RuleMatch match = view_.function(kCatalogSchema, kFunction, execute, Naming::schema_or_object);
  return by_match(match, Naming::schema_or_object);
}

Ruling Arbiter::function_object(std::string_view schema, std::string_view name, StatementType type) const {
  const Naming naming = is_system_schema(schema) ? Naming::schema : Naming::any;
  const RuleMatch match = stronger(view_.function(schema, name, type, naming), view_.schema(schema, type, naming));
  return naming == Naming::any ? or_default(match) : by_match(match, naming);
}

Ruling Arbiter::in_schema(std::string_view schema, StatementType type) const {
  if (is_system_schema(schema)) return by_match(view_.schema(schema, type, Naming::schema), Naming::schema);
  return or_default(view_.schema(schema, type));
}

Ruling Arbiter::in_database(StatementType type) const {
  return or_default(view_.database(type));
}

Ruling Arbiter::session(bool guarded) const {
  if (guarded) return by_match(view_.guarded_setting(), Naming::object);
  const RuleMatch match = view_.database(StatementType::session);
  return {!match.blocks(), match};
}

}  // namespace sqlproxy::pipeline
