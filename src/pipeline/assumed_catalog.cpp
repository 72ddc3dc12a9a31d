#include "pipeline/assumed_catalog.hpp"

#include <algorithm>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/builtin_names.hpp"
#include "pipeline/changed_names.hpp"
#include "pipeline/name_resolution.hpp"
#include "pipeline/search_path.hpp"
#include "pipeline/sensitive_relations.hpp"

namespace sqlproxy::pipeline {
namespace {

// Of a builtin function, which builtin operators run here.
constexpr Oid kSomeBuiltin = 1;

std::vector<std::string_view> words_of(std::string_view text) {
  std::vector<std::string_view> words;
  while (!text.empty()) {
    const std::size_t blank = text.find(' ');
    words.push_back(text.substr(0, blank));
    text.remove_prefix(blank + 1);
  }
  return words;
}

bool is_among(const std::vector<std::string_view>& sorted, std::string_view name) {
  return std::ranges::binary_search(sorted, name);
}

// Collects rows, each object once.
class Assumptions {
 public:
  Assumptions() : functions_(words_of(kBuiltinFunctions)), relations_(words_of(kBuiltinRelations)) {
    for (const std::string_view schema : {kCatalogSchema, kInformationSchema}) add_schema(schema);
    for (const std::string_view name : functions_) add_function(kCatalogSchema, name, next_builtin_++);
    for (const std::string_view name : relations_) add_relation(kCatalogSchema, name);
  }

  void add(const Statement& statement, const NameScope& scope) {
    const std::string home = home_of(scope);
    for (const std::string& schema : scope.search_path) {
      if (schema != "$user" && schema != kTemporarySchema) add_schema(schema);
    }
    for (const ObjectRef& object : statement.objects) {
      const bool temporary = object.name.schema.empty() && scope.has_temporary(object.name.name);
      if (!temporary) add_object(object, home);
    }
    for (const FunctionRef& call : statement.functions) {
      const bool builtin = call.name.schema.empty() && is_among(functions_, call.name.name);
      if (builtin || call.attribute_notation || call.name.schema == kCatalogSchema) continue;
      add_function(call.name.schema.empty() ? home : call.name.schema, call.name.name, next_++);
    }
    for (const OperatorRef& op : statement.operators) {
      add_schema(schema_or(op.name, kCatalogSchema));
      rows_.operators.push_back({schema_or(op.name, kCatalogSchema), op.name.name, kSomeBuiltin});
    }
    for (const TypeRef& type : statement.types) add_type(type.name);
  }

  [[nodiscard]] std::shared_ptr<const Catalog> build(const NameScope& scope) {
    rows_.database = scope.server_database;
    return Catalog::build(std::move(rows_), 0);
  }

 private:
  static std::string schema_or(const QualifiedName& name, std::string_view otherwise) {
    return name.schema.empty() ? std::string(otherwise) : name.schema;
  }

  // Where a name without a schema is taken to be.
  static std::string home_of(const NameScope& scope) {
    for (const std::string& schema : scope.search_path) {
      if (schema != "$user" && schema != kTemporarySchema && schema != kCatalogSchema) return schema;
    }
    return "public";
  }

  void add_schema(std::string_view name) {
    if (!name.empty() && name != kTemporarySchema && schemas_.insert(std::string(name)).second) {
      rows_.schemas.push_back({next_++, std::string(name)});
    }
  }

  void add_relation(std::string_view schema, std::string_view name) {
    if (schema == kTemporarySchema) return;
    add_schema(schema);
    if (!seen_.emplace(schema, name).second) return;
    CatalogRelation& made = rows_.relations.emplace_back();
    made.oid = next_++;
    made.schema = schema;
    made.name = name;
  }

  void add_function(std::string_view schema, std::string_view name, Oid oid) {
    add_schema(schema);
    if (!seen_functions_.emplace(schema, name).second) return;
    CatalogFunction& made = rows_.functions.emplace_back();
    made.oid = oid;
    made.schema = schema;
    made.name = name;
    made.variadic = true;
    // Those that are volatile and harmful are known by their names.
    made.volatility = Volatility::stable;
  }

  void add_object(const ObjectRef& object, const std::string& home) {
    const std::string& name = object.name.name;
    switch (object.kind) {
      case ObjectKind::relation: {
        if (object.created || object.temporary) break;
        const bool builtin = object.name.schema.empty() && is_among(relations_, name);
        if (!builtin) add_relation(schema_or(object.name, home), name);
        break;
      }
      case ObjectKind::function:
        if (!object.created) add_function(schema_or(object.name, home), name, next_++);
        break;
      case ObjectKind::type:
        if (!object.created) rows_.types.push_back({next_++, schema_or(object.name, home), name, {}});
        break;
      case ObjectKind::schema: add_schema(object.name.schema); break;
      case ObjectKind::database: break;
    }
  }

  void add_type(const QualifiedName& name) {
    const std::string schema = schema_or(name, kCatalogSchema);
    add_schema(schema);
    rows_.types.push_back({next_++, schema, name.name, {}});
  }

  std::vector<std::string_view> functions_;
  std::vector<std::string_view> relations_;
  CatalogRows rows_;
  std::set<std::string> schemas_;
  std::set<std::pair<std::string, std::string>> seen_;
  std::set<std::pair<std::string, std::string>> seen_functions_;
  Oid next_builtin_ = kSomeBuiltin;
  Oid next_ = kFirstNormalOid;
};

}  // namespace

std::shared_ptr<const Catalog> assumed_catalog(const Analysis& analysis, const NameScope& scope) {
  Assumptions assumptions;
  NameScope current = scope;
  for (const Statement& statement : analysis.statements) {
    assumptions.add(statement, current);
    apply_to_scope(statement, current);
  }
  return assumptions.build(scope);
}

void apply_to_scope(const Statement& statement, NameScope& scope) {
  for (const SettingChange& change : statement.settings) {
    if (change.name_known && change.name != "search_path") continue;
    std::optional<std::vector<std::string>> path = change.values;
    if (path && change.by_function) {
      path = path->size() == 1 ? parse_search_path(path->front()) : std::nullopt;
    }
    // RESET leads to what only a server knows.
    const bool known = change.name_known && path && !change.conditional;
    scope.search_path_known = known;
    if (known) scope.search_path = *std::move(path);
  }
  for (const ObjectRef& object : statement.objects) {
    const bool made = object.created && (object.temporary || object.name.schema == kTemporarySchema);
    if (!made || object.kind != ObjectKind::relation) continue;
    scope.temporary_relations.push_back(object.name.name);
    scope.standing.push_back({{{}, std::string(kTemporarySchema), object.name.name}, {}});
  }
  note_changed_names(statement, scope);
}

}  // namespace sqlproxy::pipeline
