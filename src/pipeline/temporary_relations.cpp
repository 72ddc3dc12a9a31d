#include "pipeline/temporary_relations.hpp"

#include <algorithm>
#include <array>
#include <string_view>

#include "pipeline/name_resolution.hpp"

namespace sqlproxy::pipeline {
namespace {

using std::string_view_literals::operator""sv;

bool is_in(const auto& words, std::string_view word) {
  return std::ranges::find(words, word) != words.end();
}

// EXPLAIN and PREPARE of these have tags of their own: they may make nothing.
bool makes_relations(const Statement& statement) {
  return statement.creates_temporary &&
         (statement.sub_type.starts_with("CREATE ") || statement.sub_type == "SELECT INTO");
}

// Neither of a type nor along another table (INHERITS, PARTITION OF, LIKE).
bool stands_alone(const Statement& statement) {
  if (statement.sub_type == "CREATE TABLE AS" || statement.sub_type == "SELECT INTO") return true;
  return statement.sub_type == "CREATE TABLE" &&
         std::ranges::all_of(statement.objects, [](const ObjectRef& object) { return object.created; });
}

// With a column of it a table loses that column; these may take whole relations along.
bool reaches_all(const Statement& statement) {
  static constexpr auto kAlways = std::to_array({"ALTER SCHEMA"sv, "DROP OWNED"sv, "DROP SCHEMA"sv});
  static constexpr auto kCascading = std::to_array({"DROP EXTENSION"sv, "DROP TYPE"sv});
  return is_in(kAlways, statement.sub_type) || (statement.cascades && is_in(kCascading, statement.sub_type));
}

// Other ways to alter it leave it where it is, by its name.
bool takes_away(const Statement& statement) {
  return statement.sub_type.starts_with("DROP ") || (statement.sub_type.starts_with("ALTER ") && statement.renames);
}

bool may_be_temporary(const ObjectRef& object) {
  const std::string& schema = object.name.schema;
  return !object.created && object.kind == ObjectKind::relation && object.required.contains(StatementType::ddl) &&
         (schema.empty() || schema.starts_with(kTemporarySchema));
}

}  // namespace

TemporaryChange temporary_change(const Statement& statement) {
  TemporaryChange change;
  if (makes_relations(statement)) {
    for (const ObjectRef& object : statement.objects) {
      if (!object.created) continue;
      change.made.push_back({object.name.name, statement.drops_at_commit, stands_alone(statement)});
    }
  }
  change.takes_all =
      reaches_all(statement) || statement.discard == DiscardAction::all || statement.discard == DiscardAction::temp;
  if (!takes_away(statement)) return change;
  change.takes_dependents = statement.cascades;
  for (const ObjectRef& object : statement.objects) {
    if (may_be_temporary(object)) change.taken.push_back(object.name.name);
  }
  return change;
}

void TemporaryChange::forget_taken() {
  taken.clear();
  takes_dependents = takes_all = false;
}

void TemporaryChange::apply(std::vector<TemporaryRelation>& standing) const {
  std::erase_if(standing, [this](const TemporaryRelation& relation) {
    return takes_all || (takes_dependents && !relation.stands_alone) || is_in(taken, relation.name);
  });
  for (const TemporaryRelation& relation : made) {
    const auto same = std::ranges::find(standing, relation.name, &TemporaryRelation::name);
    if (same == standing.end()) standing.push_back(relation);
  }
}

}  // namespace sqlproxy::pipeline
