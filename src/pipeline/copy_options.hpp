#pragma once

#include "pipeline/copy_format.hpp"
#include "pipeline/pg_query_tree.hpp"

namespace sqlproxy::pipeline {

// The options and the column list of a COPY. What PostgreSQL would not accept is taken for the default.
[[nodiscard]] CopyFormat read_copy_format(const CopyStmt& copy);

}  // namespace sqlproxy::pipeline
