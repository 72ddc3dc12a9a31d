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

bool MessageRights::may_read(std::string_view schema, std::string_view name) const {
  // The session's own, by the name that the server gives it.
  if (unrestricted_ || schema == kTemporarySchema || schema.starts_with("pg_temp_")) return true;
  const CatalogRelation* relation = catalog_ != nullptr ? catalog_->relation(schema, name) : nullptr;
  return arbiter_.relation({schema, name, relation}, StatementType::select).allowed;
}

bool MessageRights::may_read_behind(std::string_view schema, std::string_view name) const {
  if (!may_read(schema, name)) return false;
  const CatalogRelation* first = catalog_ != nullptr ? catalog_->relation(schema, name) : nullptr;
  if (unrestricted_ || first == nullptr || first->rule_relations.empty()) return true;
  std::vector<const CatalogRelation*> waiting{first};
  std::unordered_set<Oid> seen;
  while (!waiting.empty()) {
    const CatalogRelation* relation = waiting.back();
    waiting.pop_back();
    if (!seen.insert(relation->oid).second) continue;
    if (seen.size() > kMaxReached || !may_read(relation->schema, relation->name)) return false;
    for (const Oid oid : relation->rule_relations) {
      const CatalogRelation* used = catalog_->relation(oid);
      if (used == nullptr) return false;
      waiting.push_back(used);
    }
  }
  return true;
}

bool MessageRights::some_view_hides() const {
  if (unrestricted_ || catalog_ == nullptr) return !unrestricted_;
  return std::ranges::any_of(catalog_->relations(), [&](const CatalogRelation& relation) {
    return !relation.rule_relations.empty() && may_read(relation.schema, relation.name) &&
           !may_read_behind(relation.schema, relation.name);
  });
}

bool MessageRights::is_hidden_name(std::string_view word) const {
  return std::ranges::any_of(catalog_->relations_named(word), [&](const CatalogRelation* relation) {
    return holds_rows(*relation) && !may_read(relation->schema, relation->name);
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
