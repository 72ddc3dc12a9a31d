#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "pipeline/catalog.hpp"
#include "pipeline/judge.hpp"
#include "pipeline/policy_set.hpp"

namespace sqlproxy::pipeline::testing {

// "schema.name" or "name".
inline QualifiedName name_of(std::string_view text) {
  const std::size_t dot = text.rfind('.');
  if (dot == std::string_view::npos) return {{}, {}, std::string(text)};
  return {{}, std::string(text.substr(0, dot)), std::string(text.substr(dot + 1))};
}

// Rows for a catalog, by hand: pg_catalog, information_schema, public, hr, and whatever a test adds. OIDs count up from
// where users' objects start, builtin functions and types from below.
class CatalogMaker {
 public:
  CatalogMaker() {
    rows_.database = "appdb";
    for (const char* schema : {"pg_catalog", "information_schema", "public", "hr"}) this->schema(schema);
    for (const char* name : {"lower", "max", "count", "random", "pg_sleep", "pg_read_file", "set_config",
                             "current_setting", "pg_notify", "nextval", "pg_stat_get_activity"}) {
      builtin(name);
    }
    for (const char* name : {"pg_class", "pg_authid", "pg_settings", "pg_stat_activity"}) {
      relation("pg_catalog." + std::string(name));
    }
    rows_.types.push_back({23, "pg_catalog", "int4", {}});
    rows_.types.push_back({25, "pg_catalog", "text", {}});
    op("pg_catalog.=", builtin("int4eq"));
  }

  void schema(std::string name) { rows_.schemas.push_back({next_++, std::move(name)}); }

  Oid relation(std::string_view name, RelationKind kind = RelationKind::table) {
    const QualifiedName qualified = name_of(name);
    CatalogRelation& made = rows_.relations.emplace_back();
    made.oid = next_++;
    made.schema = qualified.schema;
    made.name = qualified.name;
    made.kind = kind;
    return made.oid;
  }
  Oid view(std::string_view name, std::vector<Oid> relations, std::vector<Oid> functions = {},
           RelationKind kind = RelationKind::view) {
    const Oid oid = relation(name, kind);
    rows_.relations.back().rule_relations = std::move(relations);
    rows_.relations.back().rule_functions = std::move(functions);
    return oid;
  }
  Oid child(std::string_view name, std::vector<Oid> parents) {
    const Oid oid = relation(name);
    rows_.relations.back().parents = std::move(parents);
    return oid;
  }
  CatalogRelation& last_relation() { return rows_.relations.back(); }
  CatalogRelation& relation_row(Oid oid) {
    for (CatalogRelation& row : rows_.relations) {
      if (row.oid == oid) return row;
    }
    return rows_.relations.front();
  }

  // A function of initdb's pg_catalog with `arguments` arguments; volatile where the real one is.
  Oid builtin(std::string_view name, int arguments = 1) {
    CatalogFunction& made = add_function("pg_catalog", name, arguments, "internal");
    made.oid = next_builtin_++;
    const bool is_volatile = name != "lower" && name != "max" && name != "count" && name != "int4eq" &&
                             name != "current_setting" && name != "pg_stat_get_activity";
    made.volatility = is_volatile ? Volatility::volatile_ : Volatility::immutable;
    return made.oid;
  }
  Oid function(std::string_view name, int arguments = 1, std::string_view language = "plpgsql") {
    const QualifiedName qualified = name_of(name);
    CatalogFunction& made = add_function(qualified.schema, qualified.name, arguments, language);
    made.oid = next_++;
    return made.oid;
  }
  CatalogFunction& last_function() { return rows_.functions.back(); }

  void op(std::string_view name, Oid function) {
    const std::size_t dot = name.find('.');
    rows_.operators.push_back({std::string(name.substr(0, dot)), std::string(name.substr(dot + 1)), function});
  }
  Oid type(std::string_view name, std::vector<Oid> functions = {}) {
    const QualifiedName qualified = name_of(name);
    rows_.types.push_back({next_, qualified.schema, qualified.name, std::move(functions)});
    return next_++;
  }
  void cast(Oid source, Oid target, Oid function) { rows_.casts.push_back({source, target, function}); }
  CatalogRows& rows() { return rows_; }

  [[nodiscard]] std::shared_ptr<const Catalog> build() const { return Catalog::build(rows_, 1); }

 private:
  CatalogFunction& add_function(std::string_view schema, std::string_view name, int arguments,
                                std::string_view language) {
    CatalogFunction& made = rows_.functions.emplace_back();
    made.schema = schema;
    made.name = name;
    made.minimum_arguments = made.maximum_arguments = arguments;
    made.language = language;
    return made;
  }

  CatalogRows rows_;
  Oid next_ = 16384;
  Oid next_builtin_ = 100;
};

// A rule for everyone that allows SELECT on everything; tests change what they are about.
inline PolicyRule rule(std::string id, PolicyAction action = PolicyAction::allow,
                       StatementTypes statements = StatementType::select) {
  PolicyRule made;
  made.id = std::move(id);
  made.users = {"*"};
  made.action = action;
  made.statements = statements;
  return made;
}

inline PolicyRule on_table(PolicyRule made, std::string schema, std::string table = "*", std::string database = "*") {
  made.database = std::move(database);
  made.schema = std::move(schema);
  made.tables = {std::move(table)};
  return made;
}

inline PolicyRule on_function(std::string id, std::string schema, std::string function,
                              PolicyAction action = PolicyAction::allow) {
  PolicyRule made = rule(std::move(id), action, StatementType::execute);
  made.schema = std::move(schema);
  made.function = std::move(function);
  return made;
}

inline Statement touching(std::string_view name, StatementTypes required = StatementType::select) {
  Statement made;
  made.type = StatementType::select;
  ObjectRef& object = made.objects.emplace_back();
  object.name = name_of(name);
  object.required = required;
  return made;
}

inline Statement calling(std::string_view name, int arguments = 1,
                         std::vector<std::optional<std::string>> constants = {}) {
  Statement made;
  made.type = StatementType::select;
  FunctionRef& call = made.functions.emplace_back();
  call.name = name_of(name);
  call.argument_count = arguments;
  call.constant_arguments = std::move(constants);
  return made;
}

// A user in database "app" (on the server "appdb") with the server's default search_path, before a small catalog.
class JudgeTest : public ::testing::Test {
 protected:
  JudgeTest() {
    scope.database = "app";
    scope.server_database = "appdb";
    scope.current_user = "service";
    orders = catalog.relation("public.orders");
    salaries = catalog.relation("hr.salaries");
  }

  [[nodiscard]] Verdict judged(const Statement& statement) {
    policies = PolicySet::compile(rules, options);
    built = catalog.build();
    return judge(statement, subject, scope, built.get(), *policies);
  }
  [[nodiscard]] bool allowed(const Statement& statement) { return judged(statement).decision == Decision::allow; }

  CatalogMaker catalog;
  Oid orders = 0;
  Oid salaries = 0;
  Subject subject{"ann", {"analysts"}, "acme"};
  NameScope scope;
  std::vector<PolicyRule> rules;
  PolicyOptions options;
  // What the last judged() was made with; its verdict points into them.
  std::shared_ptr<const PolicySet> policies;
  std::shared_ptr<const Catalog> built;
};

}  // namespace sqlproxy::pipeline::testing
