#pragma once

#include <compare>
#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/analysis.hpp"
#include "pipeline/catalog.hpp"
#include "pipeline/name_scope.hpp"

namespace sqlproxy::pipeline {

// A column of a relation: table, view (its own columns, not those of the tables below it) or whatever else has columns.
struct ColumnOrigin {
  std::string schema;
  std::string relation;
  std::string column;

  friend auto operator<=>(const ColumnOrigin&, const ColumnOrigin&) = default;
};

enum class Derivation : std::uint8_t {
  direct,      // the column's own value, through aliases, sub-selects and WITH
  expression,  // computed from the columns row by row
  aggregate,   // computed from many rows
};

// One column of the rows that a statement returns.
struct Projection {
  // As RowDescription will call it; "?column?" where PostgreSQL says so.
  std::string name;
  Derivation derivation = Derivation::expression;
  // Every column that its value may come from, sorted and without repetitions. With several for `direct` it is one of
  // them (set operations, merged columns of joins).
  std::vector<ColumnOrigin> derived_from;
  // False: the value may come from columns that are not listed (a function's result, a relation that the snapshot does
  // not know, a row as a whole of such).
  bool complete = true;
};

struct Projections {
  std::vector<Projection> columns;
  // False: `*` over something whose columns are not known. What is listed then does not match RowDescription by
  // position.
  bool positions_known = true;
};

// The columns of the rows that the statement returns, with their origins: of a query's select list, of RETURNING, of
// COPY ... TO. Empty for everything else, and without a catalog.
//
// Resolves the statement's names anew: for those who need it (classification), not for every statement. Thread-safe.
[[nodiscard]] Projections projections_of(const Statement& statement, const NameScope& scope, const Catalog* catalog);

}  // namespace sqlproxy::pipeline
