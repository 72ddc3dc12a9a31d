#include "pipeline/name_effects.hpp"

#include <algorithm>
#include <string_view>

namespace sqlproxy::pipeline {
namespace {

using enum StatementType;

// Row security applies to them, triggers and defaults do not.
constexpr StatementTypes kReading = StatementTypes(select) | copy_to | lock;

// Also when it is named by its real name, pg_temp_3.
bool is_temporary_schema(std::string_view schema) {
  return schema.starts_with(kTemporarySchema);
}

// Compiled by a superuser: only they make types whose values other code reads and writes.
bool is_compiled(const CatalogFunction& function) {
  return function.kind == 'f' && (function.language == "c" || function.language == "internal");
}

}  // namespace

NameEffects::NameEffects(const Statement& statement, const NameScope& scope, const Catalog& catalog)
    : statement_(statement),
      scope_(scope),
      catalog_(catalog),
      resolver_(scope, catalog),
      settings_told_(std::ranges::any_of(statement.settings, &SettingChange::by_function)) {}

EffectFlags NameEffects::read() {
  EffectFlags effects;
  if (catalog_.recodes_builtin_types()) effects |= kOpaque;
  if (statement_.changes_catalog && catalog_.has_event_triggers()) effects |= kOpaque;
  for (const ObjectRef& ref : statement_.objects) effects |= object(ref);
  for (const FunctionRef& ref : statement_.functions) effects |= ref.attribute_notation ? attribute(ref) : call(ref);
  for (const OperatorRef& ref : statement_.operators) effects |= operator_of(ref);
  for (const TypeRef& ref : statement_.types) effects |= type(ref.name);
  return effects;
}

EffectFlags NameEffects::object(const ObjectRef& object) const {
  if (object.created || object.temporary) return created(object);
  switch (object.kind) {
    case ObjectKind::relation: return relation(object);
    // ALTER DOMAIN ... VALIDATE CONSTRAINT.
    case ObjectKind::type: return type(object.name);
    case ObjectKind::function:
    case ObjectKind::schema:
    case ObjectKind::database: return {};
  }
  return kOpaque;
}

EffectFlags NameEffects::created(const ObjectRef& object) const {
  const bool in_schema =
      object.kind != ObjectKind::database && (object.kind != ObjectKind::schema || !object.name.name.empty());
  if (!in_schema) return {};
  if (object.name.schema.empty() && !scope_.search_path_known) return {.temporary = true};
  const RelationCandidates candidates = resolver_.created(object.name, object.temporary);
  return {.temporary = std::ranges::any_of(
              candidates.all, [](const NameCandidate& candidate) { return is_temporary_schema(candidate.schema); })};
}

EffectFlags NameEffects::relation(const ObjectRef& object) const {
  if (resolver_.is_foreign_database(object.name)) return kOpaque;
  const RelationCandidates candidates = resolver_.relation(object.name);
  if (candidates.missed) return kOpaque;
  // Rights and names are changed without a look at the rows.
  if (object.required == StatementTypes(dcl)) return {};
  const bool reads = kReading.contains_all(object.required);
  EffectFlags effects;
  for (const NameCandidate& candidate : candidates.all) {
    if (candidate.relation == nullptr) return kOpaque;
    effects |= reads ? candidate.relation->on_read : candidate.relation->on_write;
  }
  return effects;
}

EffectFlags NameEffects::call(const FunctionRef& call) const {
  if (resolver_.is_foreign_database(call.name)) return kOpaque;
  const FunctionCandidates candidates = resolver_.function(call.name, call.argument_count);
  EffectFlags effects;
  for (const CatalogFunction* candidate : candidates.known) effects |= function(*candidate);
  if (!candidates.known.empty()) return effects;
  // `typename(x)` is a cast.
  return call.argument_count == 1 ? type(call.name) : kOpaque;
}

EffectFlags NameEffects::function(const CatalogFunction& function) const {
  if (!function.effects.settings) return function.effects;
  return settings_told_ ? EffectFlags{} : function.effects | kOpaque;
}

// As long as columns are not known `t.f` may be the column f of t, and a call of each function of that name.
EffectFlags NameEffects::attribute(const FunctionRef& call) const {
  EffectFlags effects;
  for (const CatalogFunction* candidate : resolver_.function(call.name, 1).known) {
    if (candidate->kind == 'p' || !accepts_arguments(*candidate, 1)) continue;
    effects |= function(*candidate);
  }
  return effects;
}

EffectFlags NameEffects::operator_of(const OperatorRef& op) const {
  const OperatorCandidates candidates = resolver_.operators(op.name);
  if (!candidates.builtin && candidates.others.empty()) return kOpaque;
  EffectFlags effects;
  for (const CatalogOperator* candidate : candidates.others) {
    if (candidate->function == 0) continue;  // a shell, which cannot be used
    const CatalogFunction* runs = catalog_.function(candidate->function);
    effects |= runs != nullptr ? function(*runs) : kOpaque;
  }
  return effects;
}

EffectFlags NameEffects::type(const QualifiedName& name) const {
  if (is_serial(name)) return {};
  if (resolver_.is_foreign_database(name)) return kOpaque;
  // Types are looked for among the temporary ones first.
  if (name.schema.empty() && scope_.unknown_temporary_objects) return kOpaque;
  const std::vector<TypeCandidate> candidates = resolver_.types(name);
  EffectFlags effects = candidates.empty() ? kOpaque : EffectFlags{};
  for (const TypeCandidate& candidate : candidates) effects |= type_candidate(candidate, name);
  return effects;
}

EffectFlags NameEffects::type_candidate(const TypeCandidate& candidate, const QualifiedName& name) const {
  if (candidate.type == nullptr) {
    const CatalogRelation* rows = catalog_.relation(candidate.schema, name.name);
    // Not found under its own name: an array of it, or temporary.
    return rows != nullptr ? rows->on_read : kOpaque;
  }
  if (catalog_.runs_code(candidate.type->oid)) return kOpaque;
  EffectFlags effects;
  for (const Oid oid : candidate.type->functions) {
    const CatalogFunction* known = catalog_.function(oid);
    if (known == nullptr) return kOpaque;
    if (known->oid < kFirstNormalOid || !is_compiled(*known)) effects |= function(*known);
  }
  return effects;
}

}  // namespace sqlproxy::pipeline
