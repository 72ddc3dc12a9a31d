#include "pipeline/judge_arbiter.hpp"

#include "pipeline/function_classes.hpp"
#include "pipeline/sensitive_columns.hpp"

namespace sqlproxy::pipeline {
namespace {

using enum StatementType;

constexpr StatementTypes kReading = StatementTypes(select) | copy_to;
constexpr StatementTypes kWriting = StatementTypes(insert) | update | delete_ | merge | truncate | copy_from;
// What the owner of a temporary table may do with it. Whether it may be made is asked when it is.
constexpr StatementTypes kUse = kReading | kWriting | lock | maintenance;

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
