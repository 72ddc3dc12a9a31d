#include "pipeline/changed_names.hpp"

#include <algorithm>
#include <array>
#include <string_view>
#include <vector>

#include "pipeline/name_resolution.hpp"

namespace sqlproxy::pipeline {
namespace {

// More are all names.
constexpr std::size_t kMaxNames = 256;

// Drops, renames or moves it, or alters it in a way that is not told apart from that.
bool is_changed(const ObjectRef& object) {
  return !object.created && object.required.contains(StatementType::ddl) &&
         (object.kind == ObjectKind::relation || object.kind == ObjectKind::type);
}

// Comes to be under that name, by CREATE, RENAME or SET SCHEMA.
bool is_made(const ObjectRef& object) {
  return object.created && !object.temporary && object.kind == ObjectKind::relation &&
         object.name.schema != kTemporarySchema;
}

// The oldest may go: by then the catalog has been read again.
void note_made(const QualifiedName& name, std::vector<QualifiedName>& made) {
  if (std::ranges::find(made, name) != made.end()) return;
  if (made.size() == kMaxNames) made.erase(made.begin());
  made.push_back(name);
}

// The statement reaches what it does not name.
bool changes_any_name(const Statement& statement) {
  static constexpr auto kReaching = std::to_array<std::string_view>(
      {"DROP OWNED", "DROP EXTENSION", "ALTER EXTENSION", "DROP SCHEMA", "ALTER SCHEMA"});
  return (statement.cascades && statement.sub_type.starts_with("DROP")) ||
         std::ranges::find(kReaching, statement.sub_type) != kReaching.end();
}

}  // namespace

bool changes_names(const Statement& statement) {
  const auto is_either = [](const ObjectRef& object) { return is_changed(object) || is_made(object); };
  return changes_any_name(statement) ||
         (statement.type == StatementType::ddl && std::ranges::any_of(statement.objects, is_either));
}

void note_changed_names(const Statement& statement, NameScope& scope) {
  if (!changes_names(statement)) return;
  scope.any_name_changed = scope.any_name_changed || changes_any_name(statement);
  for (const ObjectRef& object : statement.objects) {
    if (is_made(object)) note_made(object.name, scope.made_names);
    if (!is_changed(object) || scope.may_have_changed(object.name.name)) continue;
    scope.changed_names.push_back(object.name.name);
    scope.any_name_changed = scope.changed_names.size() > kMaxNames;
  }
}

}  // namespace sqlproxy::pipeline
