#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "pipeline/statement_type.hpp"

namespace sqlproxy::pipeline {

// The names of columns in a statement and the scopes that they stand in, as far as the text tells: what
// column_resolver.hpp needs to find out which columns they are. Plain data; indexes point into the vectors of the shape
// or of the Statement that it belongs to.
inline constexpr std::uint32_t kNoIndex = UINT32_MAX;

// A place in a query, by what a name that stands there can see of the query's own FROM.
struct Place {
  enum class Sight : std::uint8_t {
    everything,
    nothing,
    before,  // the items before `item`: LATERAL
    within,  // the two sides of `item`: the condition of a join
  };
  std::uint32_t scope = kNoIndex;  // none: outside of any query
  Sight sight = Sight::everything;
  std::uint32_t item = kNoIndex;

  friend bool operator==(const Place&, const Place&) = default;
};

// An item of FROM, or the table that a statement changes. The items of a query stand in the order of the text, joins
// before their sides, so that a join and all in it are a range.
struct RangeItem {
  enum class Kind : std::uint8_t {
    relation,      // `source`: in Statement::objects
    common_table,  // `source`: in QueryShape::common_tables
    query,         // `source`: in QueryShape::scopes
    opaque,        // functions: which columns they have is not followed
    join,
  };
  Kind kind = Kind::opaque;
  // Joins only.
  bool natural = false;
  // The name is an alias, and hides the relation's own; of a join: hides what is in it.
  bool aliased = false;
  // What qualifies its columns. Empty: nothing does, or of a function that the text does not tell.
  std::string name;
  std::uint32_t source = kNoIndex;
  // The names that the alias gives to the first columns.
  std::vector<std::string> column_names;
  // Joins only: the columns of USING, and what `USING (...) AS name` calls them together.
  std::vector<std::string> shared;
  std::string shared_name;
  std::uint32_t left = kNoIndex;
  std::uint32_t right = kNoIndex;
  // The join that this is a side of.
  std::uint32_t join = kNoIndex;
  // The nearest join around it that hides it, having an alias.
  std::uint32_t hidden_by = kNoIndex;
  // One past the last item that is part of it.
  std::uint32_t end = 0;
};

// A column of a select list, of RETURNING or of VALUES.
struct OutputColumn {
  enum class Naming : std::uint8_t {
    written,  // by AS, or it is a column's own name
    figured,  // what PostgreSQL makes of the expression; releases may differ in it
    unknown,  // the name of something in a sub-select
  };
  std::string name{};
  Naming naming = Naming::written;
  // `*` or `name.*`: as many columns as that has. The name is then empty, and the columns are told by the ColumnUse
  // that has this output.
  bool star = false;
  // Nothing but a column.
  bool is_column = false;
  // Functions called in it, by the last part of their names; outside of sub-selects.
  std::vector<std::string> calls{};
};

// A query, or a statement that changes rows: one level of names.
struct QueryScope {
  // Where a name that means nothing here is looked for.
  Place outer;
  // The output of the outer place's scope that the query is a part of, if any.
  std::uint32_t outer_output = kNoIndex;
  std::vector<RangeItem> items;
  std::vector<OutputColumn> outputs;
  // Set operations only, whose outputs are those of `left`: the two queries.
  std::uint32_t left = kNoIndex;
  std::uint32_t right = kNoIndex;
  bool is_values = false;
  // There may be columns that `outputs` does not tell of.
  bool more_outputs = false;
};

// A query of a WITH clause.
struct CommonTable {
  std::uint32_t scope = kNoIndex;  // none: not read yet, or of a kind that has no columns
  std::vector<std::string> column_names;
  bool more_columns = false;  // SEARCH and CYCLE add some
};

// A name (or star) that reads columns.
struct ColumnUse {
  // Of the names that stand alone in ORDER BY, DISTINCT ON and GROUP BY.
  enum class Lookup : std::uint8_t { columns, outputs_first, outputs_last };
  Place place;
  Lookup lookup = Lookup::columns;
  // `*` or `relation.*`; `column` is empty.
  bool star = false;
  // Decides which rows there are: WHERE, HAVING, join conditions, also around the query it stands in.
  bool filters = false;
  // The output of the place's scope that it is a part of, if any.
  std::uint32_t output = kNoIndex;
  std::string schema;    // empty: not written
  std::string relation;  // likewise
  std::string column;

  friend bool operator==(const ColumnUse&, const ColumnUse&) = default;
};

// Columns that a statement uses by naming the relation: those that it writes, and those of COPY.
struct DirectUse {
  std::uint32_t object = kNoIndex;  // in Statement::objects
  StatementType type = StatementType::insert;
  std::vector<std::string> columns;
  // All columns, or, when `source` is set, as many of the first ones as that query has outputs.
  bool every = false;
  std::uint32_t source = kNoIndex;
};

struct QueryShape {
  std::vector<QueryScope> scopes;
  std::vector<CommonTable> common_tables;
  std::vector<ColumnUse> uses;
  std::vector<DirectUse> direct;
  // The scope whose outputs are the statement's rows, and the COPY ... TO of a table likewise.
  std::uint32_t result = kNoIndex;
  std::uint32_t copied = kNoIndex;  // in `direct`

  bool has_sub_query = false;  // anywhere: in FROM, in an expression, in WITH
  bool has_join = false;       // more than one item in some FROM
  bool has_star = false;
  bool groups = false;  // GROUP BY, HAVING
  // LIMIT or FETCH FIRST of the statement's own query, when it is a number; -1: none, or not a number.
  std::int64_t limit = -1;
};

}  // namespace sqlproxy::pipeline
