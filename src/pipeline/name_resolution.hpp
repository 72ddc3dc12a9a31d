#pragma once

#include <string_view>
#include <vector>

#include "pipeline/analysis.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/name_scope.hpp"

namespace sqlproxy::pipeline {

// How PostgreSQL calls the session's own temporary schema in SQL.
inline constexpr std::string_view kTemporarySchema = "pg_temp";

// An object that a name may stand for. Views of the catalog, the scope or the statement.
struct NameCandidate {
  // Empty where the name could stand for an object of any schema, or of one that does not exist.
  std::string_view schema;
  std::string_view name;
  // Null: not in the snapshot; a temporary relation, or one that was made after the snapshot.
  const CatalogRelation* relation = nullptr;
};

// What a name stands for: all of these must be permitted, since any of them may be what the server finds.
struct RelationCandidates {
  std::vector<NameCandidate> all;
  // The snapshot does not know the name.
  bool missed = false;
};

struct FunctionCandidates {
  // Overloads that fit the number of arguments; all of that name when none does.
  std::vector<const CatalogFunction*> known;
  // Where the function may be although the snapshot does not know it; only when `known` is empty.
  std::vector<std::string_view> unknown_schemas;
};

struct OperatorCandidates {
  // One or more of pg_catalog that run safe functions.
  bool builtin = false;
  std::vector<const CatalogOperator*> others;
};

// A type that a name stands for.
struct TypeCandidate {
  std::string_view schema;
  // Null for the row type of a relation.
  const CatalogType* type = nullptr;
};

// Resolves names of one session as PostgreSQL does (catalog/namespace.c): pg_temp first for relations and types unless
// search_path lists it, never for functions and operators; then pg_catalog unless listed; then the path in order.
//
// Where the snapshot may be behind the server, or the session's state is not certain, every object that the name may
// stand for is given. Made for one statement; keeps references to `scope` and `catalog`, and its answers hold views of
// them and of the names asked for.
class NameResolver {
 public:
  NameResolver(const NameScope& scope, const Catalog& catalog);

  // Three-part names must name the session's own database.
  [[nodiscard]] bool is_foreign_database(const QualifiedName& name) const;

  [[nodiscard]] RelationCandidates relation(const QualifiedName& name) const;
  // Where CREATE puts a new relation, type or function of that name.
  [[nodiscard]] RelationCandidates created(const QualifiedName& name, bool temporary) const;
  // `argument_count` -1: any.
  [[nodiscard]] FunctionCandidates function(const QualifiedName& name, int argument_count) const;
  // Every operator of that name in reach.
  [[nodiscard]] OperatorCandidates operators(const QualifiedName& name) const;
  // Empty when the snapshot does not know the name.
  [[nodiscard]] std::vector<TypeCandidate> types(const QualifiedName& name) const;

  // The schemas in which a name that the snapshot does not know may have been created by now: the one that is written,
  // else all of the path. Never empty; an empty schema stands for one that cannot be told.
  [[nodiscard]] std::vector<std::string_view> possible_schemas(const QualifiedName& name) const;

 private:
  void read_path();
  // The path is not certain: every schema of the database counts as on it.
  void take_every_schema();
  [[nodiscard]] bool is_in_reach(const QualifiedName& name, std::string_view schema) const;
  [[nodiscard]] bool is_on_path(std::string_view schema) const;
  // The snapshot is the newer one.
  [[nodiscard]] bool is_known(const StandingRelation& made) const;
  // It is where the session has made a relation of that name.
  [[nodiscard]] bool is_standing(const NameCandidate& candidate) const;
  // What "$user" in a path stands for.
  [[nodiscard]] bool has_own_schema() const;
  [[nodiscard]] bool may_be_in(const StandingRelation& made, std::string_view schema) const;
  [[nodiscard]] bool may_have_made(std::string_view schema, const std::string& name) const;
  [[nodiscard]] bool add_type(std::string_view schema, std::string_view name, std::vector<TypeCandidate>& found) const;

  const NameScope& scope_;
  const Catalog& catalog_;
  // The search order with its implicit elements, "$user" replaced, without schemas that do not exist. kTemporarySchema
  // stands for the session's own.
  std::vector<std::string_view> path_;
  // Schemas of the path in which an unqualified name may have been created by now, those that the snapshot does not
  // know among them.
  std::vector<std::string_view> creatable_;
  // Where an unqualified CREATE may go: the first of the path that exists, and before it those that may exist by now.
  std::vector<std::string_view> creation_targets_;
};

// True when a call with that many arguments may be one of `function`. Aggregates fit any number: the arguments of an
// ordered-set aggregate stand in two places.
[[nodiscard]] bool accepts_arguments(const CatalogFunction& function, int argument_count);

// True for the words that a column definition turns into a type and a sequence before any type is looked up.
[[nodiscard]] bool is_serial(const QualifiedName& name);

}  // namespace sqlproxy::pipeline
