#pragma once

#include <string_view>

#include "pipeline/analysis.hpp"
#include "pipeline/pg_query_tree.hpp"

namespace sqlproxy::pipeline {

// Fills what one statement of a message is and does by itself: type, place, and the actions on the session that its
// kind of node tells. What it refers to is TreeWalker's. `text_size` is that of the whole message's text.
//
// A node that is no statement leaves the type `unparsed`.
void read_statement(const RawStmt& raw, std::size_t text_size, Statement& statement);

}  // namespace sqlproxy::pipeline
