#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "pipeline/effect_flags.hpp"
#include "pipeline/function_class.hpp"

namespace sqlproxy::pipeline {

// The rows that a catalog snapshot is made of. Plain data; OIDs are PostgreSQL's own.
using Oid = std::uint32_t;

// OIDs from here on are given out after initdb (access/transam.h, FirstNormalObjectId).
inline constexpr Oid kFirstNormalOid = 16384;

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

struct CatalogColumn {
  std::string name;
  // pg_attribute.attnum.
  std::int16_t number = 0;
  Oid type = 0;
  // Of a generated column: the columns of the same relation that it is computed from.
  std::vector<std::int16_t> generated_from{};
};

// What the rules of a view or table read of one relation.
struct RuleColumns {
  Oid relation = 0;
  // Column numbers; 0 stands for the row as a whole.
  std::vector<std::int16_t> numbers;
};

// A view's column that shows a column of a relation as it is.
struct ViewColumn {
  std::int16_t number = 0;
  Oid relation = 0;
  std::int16_t column = 0;
};

struct CatalogRelation {
  Oid oid = 0;
  std::string schema;
  std::string name;
  RelationKind kind = RelationKind::table;
  Oid owner = 0;
  // Rewrite rules besides a view's own SELECT rule.
  bool has_rules = false;
  // Policies decide which rows there are, for those whom they are not waived for.
  bool row_security = false;
  // What the relation's rewrite rules (a view's query, ON INSERT DO ...) name directly. Empty for relations of
  // pg_catalog and information_schema, which are judged by themselves.
  std::vector<Oid> rule_relations;
  std::vector<Oid> rule_functions;
  // The columns that they read; a relation of `rule_relations` that is not here is read as a whole.
  std::vector<RuleColumns> rule_columns{};
  // A view's; those that are computed are not there.
  std::vector<ViewColumn> view_columns{};
  // By number, without dropped and system columns. Empty: not known, or none.
  std::vector<CatalogColumn> columns{};
  // Indexes into `columns`, in the order of the names. Filled in by Catalog::build.
  std::vector<std::uint16_t> columns_by_name{};
  // What it is a part of: the partitioned table, inherited tables; for an index, a TOAST table or a sequence that
  // belongs to a column, the table.
  std::vector<Oid> parents;
  // Tables with a foreign key to this one: TRUNCATE ... CASCADE empties them too.
  std::vector<Oid> referenced_by;
  // What the session may be left with after the relation is read, or is written or altered in any way: triggers,
  // defaults, constraints, policies, rules, of partitions, children, views' tables and referring tables too. Filled in
  // by Catalog::build (relation_effects.hpp).
  EffectFlags on_read{};
  EffectFlags on_write{};

  // Null when there is none of that name, or the columns are not known.
  [[nodiscard]] const CatalogColumn* column(std::string_view column_name) const;
  [[nodiscard]] const CatalogColumn* column(std::int16_t number) const;
  // Columns like ctid are there as well.
  [[nodiscard]] bool has_system_columns() const {
    return kind != RelationKind::view && kind != RelationKind::composite_type;
  }
};

// True for the names of columns that tables have without being told: ctid, tableoid, xmin ...
[[nodiscard]] bool is_system_column(std::string_view name);

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
  EffectFlags effects{};
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

// Code that the server runs by itself when a relation is used.
struct RelationCode {
  Oid relation = 0;
  // 0: user code, whatever function it is.
  Oid function = 0;
  // Also when the relation is only read (row security, columns of types that run code); else when it is written.
  bool on_read = false;
};

// A relation that a row security policy of another one reads.
struct PolicyRead {
  Oid relation = 0;
  Oid reads = 0;
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
  std::vector<RelationCode> relation_code;
  std::vector<PolicyRead> policy_reads;
  // Types whose values cannot be made or converted without user code: domains with such constraints or defaults, ranges
  // with such functions, source and target of such casts, and domains, ranges, arrays and composites over one of these.
  std::vector<Oid> coded_types;
  // There is an enabled event trigger: DDL runs user code.
  bool has_event_triggers = false;
  std::vector<SearchPathSetting> search_paths;
  // What a session has where none of these speaks of it: the server's configuration.
  std::string server_search_path;
  std::vector<std::string> roles;
};

}  // namespace sqlproxy::pipeline
