#pragma once

#include <string>

#include "pipeline/pg_query_tree.hpp"
#include "pipeline/query_shape.hpp"

namespace sqlproxy::pipeline {

// Whether the expression is nothing but a column: `a`, `t.a`.
[[nodiscard]] bool is_plain_column(const Node* value);

// The name, and how it came about, of a column of a select list (parser/parse_target.c, FigureColname). For everything
// but stars.
[[nodiscard]] OutputColumn named_output(const ResTarget& target);

}  // namespace sqlproxy::pipeline
