#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/function_class.hpp"

namespace sqlproxy::pipeline {

// The rows that a catalog snapshot is made of. Plain data; OIDs are PostgreSQL's own.
using Oid = std::uint32_t;

inline constexpr std::string_view kCatalogSchema = "pg_catalog";
inline constexpr std::string_view kInformationSchema = "information_schema";

struct CatalogSchema {
  Oid oid = 0;
  std::string name;
};

// pg_class.relkind.
enum class RelationKind : char {
  table = 'r',
  partitioned_table = 'p',
  view = 'v',
  materialized_view = 'm',
  foreign_table = 'f',
  sequence = 'S',
  index = 'i',
  partitioned_index = 'I',
  toast_table = 't',
  composite_type = 'c',
};

struct CatalogRelation {
  Oid oid = 0;
  std::string schema;
  std::string name;
  RelationKind kind = RelationKind::table;
  Oid owner = 0;
  // Rewrite rules besides a view's own SELECT rule.
  bool has_rules = false;
  // What the relation's rewrite rules (a view's query, ON INSERT DO ...) name directly. Empty for relations of
  // pg_catalog and information_schema, which are judged by themselves.
  std::vector<Oid> rule_relations;
  std::vector<Oid> rule_functions;
  // What it is a part of: the partitioned table, inherited tables; for an index, a TOAST table or a sequence that
  // belongs to a column, the table.
  std::vector<Oid> parents;
  // Tables with a foreign key to this one: TRUNCATE ... CASCADE empties them too.
  std::vector<Oid> referenced_by;
};

// pg_proc.provolatile.
enum class Volatility : char { immutable = 'i', stable = 's', volatile_ = 'v' };

struct CatalogFunction {
  Oid oid = 0;
  std::string schema;
  std::string name;
  // Arguments that a call must and may give; `variadic` functions take any number from minimum_arguments on.
  int minimum_arguments = 0;
  int maximum_arguments = 0;
  bool variadic = false;
  Volatility volatility = Volatility::volatile_;
  bool leakproof = false;
  bool security_definer = false;
  // 'f' function, 'p' procedure, 'a' aggregate, 'w' window function (pg_proc.prokind).
  char kind = 'f';
  std::string language;
  Oid owner = 0;
  // A member of an extension.
  bool from_extension = false;
  // Filled in by Catalog::build.
  FunctionClass function_class = FunctionClass::unreviewed;
};

struct CatalogOperator {
  std::string schema;
  std::string name;
  Oid function = 0;
};

struct CatalogType {
  Oid oid = 0;
  std::string schema;
  std::string name;
  // What the server runs to make a value of it: input, receive and typmod functions, those in the constraints of a
  // domain and of the domains below it. Functions of pg_catalog may be left out.
  std::vector<Oid> functions;
};

// A cast that runs a function outside pg_catalog.
struct CatalogCast {
  Oid source = 0;
  Oid target = 0;
  Oid function = 0;
};

// A search_path that ALTER ROLE ... SET or ALTER DATABASE ... SET gives new sessions (pg_db_role_setting).
struct SearchPathSetting {
  // Empty: for every role.
  std::string role;
  // True: for this database only; otherwise in every database.
  bool this_database = false;
  // As stored, e.g. "\"$user\", public".
  std::string value;
};

// Everything that one snapshot holds, in any order.
struct CatalogRows {
  std::string database;
  // server_version_num, e.g. 150018.
  int server_version = 0;
  std::vector<CatalogSchema> schemas;
  std::vector<CatalogRelation> relations;
  std::vector<CatalogFunction> functions;
  std::vector<CatalogOperator> operators;
  std::vector<CatalogType> types;
  std::vector<CatalogCast> casts;
  std::vector<SearchPathSetting> search_paths;
  // What a session has where none of these speaks of it: the server's configuration.
  std::string server_search_path;
  std::vector<std::string> roles;
};

}  // namespace sqlproxy::pipeline
