#include "pipeline/message_rights.hpp"

#include <algorithm>
#include <unordered_set>
#include <vector>

#include "pipeline/sensitive_relations.hpp"

namespace sqlproxy::pipeline {
namespace {

// What a view can lead to; more counts as hidden.
constexpr std::size_t kMaxReached = 4096;

bool is_word_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '$' ||
         static_cast<unsigned char>(c) >= 0x80;
}

// Relations whose rows somebody may read or not.
bool holds_rows(const CatalogRelation& relation) {
  switch (relation.kind) {
    case RelationKind::index:
    case RelationKind::partitioned_index:
    case RelationKind::composite_type: return false;
    default: return !is_system_schema(relation.schema);
  }
}

// The session's own relations, by the name that the server gives their schema.
bool is_own(std::string_view schema) {
  return schema == kTemporarySchema || schema.starts_with("pg_temp_");
}

// May read relations. Functions in C are superusers' work.
bool is_users_code(const CatalogFunction& function) {
  return !is_system_schema(function.schema) && function.language != "c" && function.language != "internal";
}

bool reads_everything(const Subject& subject, const NameScope& scope, const PolicySet& policies) {
  const PolicyOptions& options = policies.options();
  if (options.mode == PolicyMode::observe) return true;
  const RuleMatch match = policies.view(subject, scope.database).database(StatementType::select);
  const bool open = match ? match.allows() : options.default_action == PolicyAction::allow;
  return open && policies.find_block(subject, scope.database) == nullptr;
}

}  // namespace

MessageRights::MessageRights(const Subject& subject, const NameScope& scope, const Catalog* catalog,
                             const PolicySet& policies)
    : catalog_(catalog),
      arbiter_(policies.view(subject, scope.database), policies.options(), catalog),
      unrestricted_(reads_everything(subject, scope, policies)) {}

const CatalogRelation* MessageRights::find(std::string_view schema, std::string_view name) const {
  return catalog_ != nullptr ? catalog_->relation(schema, name) : nullptr;
}

bool MessageRights::may_read(std::string_view schema, std::string_view name, const ColumnExtent& extent) const {
  if (unrestricted_ || is_own(schema)) return true;
  return arbiter_.relation({schema, name, find(schema, name)}, StatementType::select, extent).allowed;
}

bool MessageRights::may_see(std::string_view schema, std::string_view name) const {
  return may_read(schema, name, {.every = false});
}

// Whether the relation's own rules and policies read nothing that is hidden.
bool MessageRights::reads_only_visible(const CatalogRelation& relation) const {
  if (relation.row_security) return false;
  const bool runs_code = std::ranges::any_of(relation.rule_functions, [&](Oid oid) {
    const CatalogFunction* function = catalog_->function(oid);
    return function == nullptr || is_users_code(*function);
  });
  if (runs_code) return false;
  return std::ranges::all_of(relation.rule_relations, [&](Oid oid) {
    const CatalogRelation* used = catalog_->relation(oid);
    if (used == nullptr) return false;
    const auto names = columns_of_rules(relation, *used);
    return may_read(used->schema, used->name, names ? ColumnExtent{.every = false, .names = *names} : ColumnExtent{});
  });
}

bool MessageRights::may_read_behind(std::string_view schema, std::string_view name, const ColumnExtent& extent) const {
  if (!may_read(schema, name, extent)) return false;
  const CatalogRelation* first = find(schema, name);
  if (unrestricted_ || first == nullptr || is_system_schema(schema)) return true;
  std::vector<const CatalogRelation*> waiting{first};
  std::unordered_set<Oid> seen;
  while (!waiting.empty()) {
    const CatalogRelation* relation = waiting.back();
    waiting.pop_back();
    if (!seen.insert(relation->oid).second) continue;
    if (seen.size() > kMaxReached || !reads_only_visible(*relation)) return false;
    for (const Oid oid : relation->rule_relations) waiting.push_back(catalog_->relation(oid));
  }
  return true;
}

bool MessageRights::some_cursor_hides() const {
  if (unrestricted_ || catalog_ == nullptr) return !unrestricted_;
  const bool calls_code = std::ranges::any_of(catalog_->functions(), [&](const CatalogFunction& function) {
    return is_users_code(function) && arbiter_.call(function).allowed;
  });
  return calls_code || std::ranges::any_of(catalog_->relations(), [&](const CatalogRelation& relation) {
           const bool leads =
               relation.row_security || !relation.rule_relations.empty() || !relation.rule_functions.empty();
           return leads && may_see(relation.schema, relation.name) &&
                  !may_read_behind(relation.schema, relation.name, {.every = false});
         });
}

bool MessageRights::is_hidden_name(std::string_view word) const {
  return std::ranges::any_of(catalog_->relations_named(word), [&](const CatalogRelation* relation) {
    return holds_rows(*relation) && !may_see(relation->schema, relation->name);
  });
}

bool MessageRights::names_hidden(std::string_view text, std::span<const std::string_view> known) const {
  if (unrestricted_) return false;
  if (catalog_ == nullptr) return true;
  const auto is_hidden = [&](std::string_view word) {
    return std::ranges::find(known, word) == known.end() && is_hidden_name(word);
  };
  for (std::size_t at = 0; at < text.size();) {
    if (text[at] == '"') {
      const std::size_t close = text.find('"', at + 1);
      if (close != std::string_view::npos && is_hidden(text.substr(at + 1, close - at - 1))) return true;
      ++at;
      continue;
    }
    if (!is_word_byte(text[at])) {
      ++at;
      continue;
    }
    std::size_t end = at;
    while (end < text.size() && is_word_byte(text[end])) ++end;
    if (is_hidden(text.substr(at, end - at))) return true;
    at = end;
  }
  return false;
}

}  // namespace sqlproxy::pipeline
