#include "pipeline/name_resolution.hpp"

#include <algorithm>
#include <array>

#include "pipeline/sensitive_relations.hpp"

namespace sqlproxy::pipeline {
namespace {

constexpr std::string_view kUserElement = "$user";

}  // namespace

NameResolver::NameResolver(const NameScope& scope, const Catalog& catalog) : scope_(scope), catalog_(catalog) {
  if (scope.search_path_known)
    read_path();
  else
    take_every_schema();
}

void NameResolver::read_path() {
  bool names_temporary = false;
  bool names_catalog = false;
  bool target_found = false;
  for (const std::string& element : scope_.search_path) {
    const std::string_view schema = element == kUserElement ? std::string_view(scope_.current_user) : element;
    const bool exists = schema == kTemporarySchema || catalog_.has_schema(schema);
    // A user without a schema of the same name is the usual case, and no sign of a schema made a moment ago.
    if (!exists && element == kUserElement) continue;
    if (exists) path_.push_back(schema);
    if (!target_found) creation_targets_.push_back(schema);
    target_found |= exists;
    names_temporary |= schema == kTemporarySchema;
    names_catalog |= schema == kCatalogSchema;
    // Nothing is created in pg_catalog, and what is created in pg_temp is in the scope.
    if (schema != kTemporarySchema && schema != kCatalogSchema) creatable_.push_back(schema);
  }
  if (!names_catalog) path_.insert(path_.begin(), kCatalogSchema);
  if (!names_temporary) path_.insert(path_.begin(), kTemporarySchema);
}

void NameResolver::take_every_schema() {
  path_.push_back(kTemporarySchema);
  for (const CatalogSchema& schema : catalog_.schemas()) {
    path_.push_back(schema.name);
    if (!is_system_schema(schema.name)) creatable_.push_back(schema.name);
  }
  creation_targets_ = creatable_;
}

bool NameResolver::is_foreign_database(const QualifiedName& name) const {
  return !name.catalog.empty() && name.catalog != scope_.server_database;
}

RelationCandidates NameResolver::relation(const QualifiedName& name) const {
  if (!name.schema.empty()) {
    const CatalogRelation* found = catalog_.relation(name.schema, name.name);
    return {{{name.schema, name.name, found}}, found == nullptr && name.schema != kTemporarySchema};
  }
  RelationCandidates candidates;
  const bool was_temporary = scope_.has_temporary(name.name);
  bool has_lasting = false;
  for (const std::string_view schema : creatable_) {
    if (!is_on_path(schema) && may_have_made(schema, name.name)) candidates.all.push_back({schema, name.name});
  }
  const bool first_decides = scope_.search_path_known && !scope_.may_have_changed(name.name);
  for (const std::string_view schema : path_) {
    if (schema == kTemporarySchema) {
      if (was_temporary || scope_.unknown_temporary_objects) candidates.all.push_back({schema, name.name});
      continue;
    }
    const CatalogRelation* found = catalog_.relation(schema, name.name);
    // Made a moment ago, and perhaps gone again with its transaction.
    if (found == nullptr && !may_have_made(schema, name.name)) continue;
    candidates.all.push_back({schema, name.name, found});
    if (found == nullptr) continue;
    if (first_decides) return candidates;
    has_lasting = true;
  }
  const auto stands = [this](const NameCandidate& candidate) { return is_standing(candidate); };
  if (has_lasting || std::ranges::any_of(candidates.all, stands)) return candidates;
  candidates.missed = true;
  for (const std::string_view schema : possible_schemas(name)) {
    const bool is_there = std::ranges::find(candidates.all, schema, &NameCandidate::schema) != candidates.all.end();
    if (!is_there) candidates.all.push_back({schema, name.name});
  }
  return candidates;
}

bool NameResolver::may_have_made(std::string_view schema, const std::string& name) const {
  bool stands = false;
  for (const StandingRelation& made : scope_.standing) {
    if (made.name.name != name || made.name.schema == kTemporarySchema || is_known(made)) continue;
    stands = true;
    if (may_be_in(made, schema)) return true;
  }
  if (stands) return false;
  return scope_.may_have_made(schema, name) ||
         (scope_.may_have_made({}, name) && std::ranges::find(creatable_, schema) != creatable_.end());
}

// What the snapshot does not have then, somebody else has dropped.
bool NameResolver::is_known(const StandingRelation& made) const {
  return made.known_from != 0 && catalog_.generation() >= made.known_from;
}

bool NameResolver::is_standing(const NameCandidate& candidate) const {
  return std::ranges::any_of(scope_.standing, [&](const StandingRelation& made) {
    if (made.name.name != candidate.name || is_known(made)) return false;
    if (!made.name.schema.empty()) return made.name.schema == candidate.schema;
    // In no other one: those before it in the path would have to be there.
    const auto first =
        std::ranges::find_if(made.path, [](const std::string& element) { return element != kUserElement; });
    return first != made.path.end() && *first == candidate.schema && catalog_.has_schema(*first) && !has_own_schema();
  });
}

bool NameResolver::has_own_schema() const {
  return catalog_.has_schema(scope_.current_user);
}

// CREATE takes the first schema of its path that exists.
bool NameResolver::may_be_in(const StandingRelation& made, std::string_view schema) const {
  if (!made.name.schema.empty()) return made.name.schema == schema;
  for (const std::string& element : made.path) {
    const std::string_view next = element == kUserElement ? std::string_view(scope_.current_user) : element;
    const bool exists = catalog_.has_schema(next);
    if (!exists && element == kUserElement) continue;
    if (next == schema) return true;
    if (exists) return false;
  }
  return false;
}

RelationCandidates NameResolver::created(const QualifiedName& name, bool temporary) const {
  if (temporary) return {{{kTemporarySchema, name.name}}};
  if (!name.schema.empty()) return {{{name.schema, name.name, catalog_.relation(name.schema, name.name)}}};
  RelationCandidates candidates;
  for (const std::string_view schema : creation_targets_) {
    candidates.all.push_back({schema, name.name, catalog_.relation(schema, name.name)});
  }
  if (candidates.all.empty()) candidates.all.push_back({{}, name.name});
  return candidates;
}

bool NameResolver::is_in_reach(const QualifiedName& name, std::string_view schema) const {
  if (!name.schema.empty()) return schema == name.schema;
  return is_on_path(schema);
}

bool NameResolver::is_on_path(std::string_view schema) const {
  return std::ranges::find(path_, schema) != path_.end();
}

FunctionCandidates NameResolver::function(const QualifiedName& name, int argument_count) const {
  FunctionCandidates candidates;
  bool some_fit = false;
  for (const CatalogFunction* function : catalog_.functions_named(name.name)) {
    if (!is_in_reach(name, function->schema)) continue;
    const bool fits = accepts_arguments(*function, argument_count);
    if (fits && !some_fit) candidates.known.clear();
    if (fits || !some_fit) candidates.known.push_back(function);
    some_fit |= fits;
  }
  if (candidates.known.empty()) candidates.unknown_schemas = possible_schemas(name);
  return candidates;
}

OperatorCandidates NameResolver::operators(const QualifiedName& name) const {
  OperatorCandidates found;
  found.builtin = is_in_reach(name, kCatalogSchema) && catalog_.has_builtin_operator(name.name);
  for (const CatalogOperator* op : catalog_.other_operators_named(name.name)) {
    if (is_in_reach(name, op->schema)) found.others.push_back(op);
  }
  return found;
}

std::vector<TypeCandidate> NameResolver::types(const QualifiedName& name) const {
  std::vector<TypeCandidate> found;
  if (!name.schema.empty()) {
    if (name.schema == kTemporarySchema)
      found.push_back({kTemporarySchema});
    else
      (void)add_type(name.schema, name.name, found);
    return found;
  }
  for (const std::string_view schema : path_) {
    const bool is_lasting = add_type(schema, name.name, found) && schema != kTemporarySchema;
    if (is_lasting && scope_.search_path_known && !scope_.may_have_changed(name.name)) break;
  }
  return found;
}

bool NameResolver::add_type(std::string_view schema, std::string_view name, std::vector<TypeCandidate>& found) const {
  const bool is_row_type =
      schema == kTemporarySchema ? scope_.has_temporary(name) : catalog_.relation(schema, name) != nullptr;
  const CatalogType* type = catalog_.type(schema, name);
  if (type != nullptr || is_row_type) {
    found.push_back({schema, type});
    return true;
  }
  // An array type by its own name: it leads to what its elements lead to.
  return name.starts_with('_') && name.size() > 1 && add_type(schema, name.substr(1), found);
}

std::vector<std::string_view> NameResolver::possible_schemas(const QualifiedName& name) const {
  if (!name.schema.empty()) return {name.schema};
  if (creatable_.empty()) return {std::string_view{}};
  return creatable_;
}

bool accepts_arguments(const CatalogFunction& function, int argument_count) {
  // The arguments of an ordered-set aggregate stand in two places, and CALL gives a procedure's OUT arguments too.
  if (argument_count < 0 || function.kind == 'a' || function.kind == 'p') return true;
  return argument_count >= function.minimum_arguments &&
         (function.variadic || argument_count <= function.maximum_arguments);
}

// parser/parse_utilcmd.c, transformColumnDefinition.
bool is_serial(const QualifiedName& name) {
  constexpr auto kSerial =
      std::to_array<std::string_view>({"bigserial", "serial", "serial2", "serial4", "serial8", "smallserial"});
  return name.schema.empty() && std::ranges::binary_search(kSerial, std::string_view(name.name));
}

}  // namespace sqlproxy::pipeline
