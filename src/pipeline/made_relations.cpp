#include "pipeline/made_relations.hpp"

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

// EXPLAIN and PREPARE of these have tags of their own: they may make nothing. What is renamed is where it was.
bool makes_relations(const Statement& statement) {
  return statement.sub_type.starts_with("CREATE ") || statement.sub_type == "SELECT INTO";
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

bool is_altered(const ObjectRef& object) {
  return !object.created && object.kind == ObjectKind::relation && object.required.contains(StatementType::ddl);
}

// pg_temp, and pg_temp_3 as it is called as well.
bool is_temporary_schema(std::string_view schema) {
  return schema.starts_with(kTemporarySchema);
}

bool may_be(const QualifiedName& taken, const QualifiedName& made) {
  if (taken.name != made.name) return false;
  if (taken.schema.empty() || made.schema.empty() || taken.schema == made.schema) return true;
  return is_temporary_schema(taken.schema) && is_temporary_schema(made.schema);
}

void add_made(const Statement& statement, const NameScope& scope, RelationChange& change) {
  for (const ObjectRef& object : statement.objects) {
    if (!object.created || object.kind != ObjectKind::relation) continue;
    MadeRelation made{{object.name, {}}, statement.drops_at_commit, stands_alone(statement)};
    made.where.name.catalog.clear();
    if (object.temporary) {
      made.where.name.schema = kTemporarySchema;
    } else if (object.name.schema.empty()) {
      // Where it is made stands in the path of now.
      if (!scope.search_path_known) continue;
      made.where.path = scope.search_path;
    }
    change.made.push_back(std::move(made));
  }
}

}  // namespace

RelationChange relation_change(const Statement& statement, const NameScope& scope) {
  RelationChange change;
  if (makes_relations(statement)) add_made(statement, scope, change);
  change.takes_all =
      reaches_all(statement) || statement.discard == DiscardAction::all || statement.discard == DiscardAction::temp;
  if (!takes_away(statement)) return change;
  change.takes_dependents = statement.cascades;
  for (const ObjectRef& object : statement.objects) {
    if (is_altered(object)) change.taken.push_back(object.name);
  }
  return change;
}

void RelationChange::forget_taken() {
  taken.clear();
  takes_dependents = takes_all = false;
}

void RelationChange::apply(std::vector<MadeRelation>& standing) const {
  std::erase_if(standing, [this](const MadeRelation& relation) {
    const auto is_it = [&](const QualifiedName& name) { return may_be(name, relation.where.name); };
    return takes_all || (takes_dependents && !relation.stands_alone) || std::ranges::any_of(taken, is_it);
  });
  for (const MadeRelation& relation : made) {
    if (std::ranges::find(standing, relation.where, &MadeRelation::where) != standing.end()) continue;
    if (standing.size() == kMaxStanding) standing.erase(standing.begin());
    standing.push_back(relation);
  }
}

}  // namespace sqlproxy::pipeline
