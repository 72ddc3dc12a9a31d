#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

#include "pipeline/analysis.hpp"
#include "pipeline/pg_query_tree.hpp"

namespace sqlproxy::pipeline {

// Writes what a statement refers to into its Statement: objects one by one, and functions, operators and types without
// the repetitions that stand close together (rows of VALUES, columns of a list).
//
// Names are copied out of the tree: the Statement outlives it. Not thread-safe; one per Statement.
class ReferenceCollector {
 public:
  // More references than this in one statement are not recorded, and `overflowed` tells: their memory is a hundred
  // times that of the text.
  static constexpr std::size_t kMaxReferences = 100'000;

  explicit ReferenceCollector(Statement& statement) : statement_(statement) {}

  [[nodiscard]] bool overflowed() const { return overflowed_; }
  [[nodiscard]] Statement& statement() { return statement_; }

  // Unqualified names that CREATE SCHEMA's elements create belong to that schema. Valid as long as the tree.
  void set_creation_schema(std::string_view schema) { creation_schema_ = schema; }

  // Relations. The result is the object's index, for require().
  std::size_t add_relation(const RangeVar& relation, StatementTypes required);
  void add_created_relation(const RangeVar& relation);
  // The object of `index` needs these as well.
  void require(std::size_t index, StatementTypes required);
  // Of the object of `index`, one of these is needed as well.
  void require_any(std::size_t index, StatementTypes any_of);

  // Anything, by the list of its name's parts. Lists without a name (a construct that PostgreSQL refuses) name nothing.
  void add_object(ObjectKind kind, const List* name, StatementTypes required, bool created = false);
  void add_object(ObjectKind kind, QualifiedName name, StatementTypes required, bool created = false);
  // Something in a schema that rules have no word for: see ObjectKind::schema.
  void add_in_schema(const List* name, StatementTypes required, bool created = false);
  void add_schema(std::string_view schema, StatementTypes required, bool created = false);
  void add_database(StatementTypes required) { add_object(ObjectKind::database, QualifiedName{}, required); }

  void add_function(FunctionRef function);
  void add_function(const List* name, int argument_count);
  // `t.f` and `(t).f`.
  void add_attribute(std::string_view name, int location);
  void add_operator(const List* name);
  void add_operator(std::string_view name);
  void add_type(const List* name);
  void add_setting(SettingChange change) { statement_.settings.push_back(std::move(change)); }

 private:
  [[nodiscard]] bool has_room();

  Statement& statement_;
  std::string_view creation_schema_;
  std::size_t references_ = 0;
  bool overflowed_ = false;
};

// The parts of a name, from the right: object, schema, database. A longer one is an error in PostgreSQL.
[[nodiscard]] QualifiedName qualified_name(const List* parts);
// Likewise without the last part, which names something inside the object (column, trigger, constraint ...).
[[nodiscard]] QualifiedName qualified_name_of_owner(const List* parts);
[[nodiscard]] QualifiedName qualified_name(const RangeVar& relation);

}  // namespace sqlproxy::pipeline
