#pragma once

#include <string>

#include "pipeline/pg_query_tree.hpp"
#include "pipeline/statement_type.hpp"

namespace sqlproxy::pipeline {

// What a statement is called.
struct StatementTag {
  StatementType type = StatementType::unparsed;
  std::string sub_type;  // PostgreSQL's command tag (CreateCommandTag in tcop/utility.c)
};

// `unparsed` for a node that is no statement. EXPLAIN, PREPARE and DECLARE have the type of what is inside them.
//
// Where the contract leaves the type open: roles and their settings are DCL; EXECUTE of a prepared statement is
// EXECUTE, FETCH and MOVE are SELECT, DEALLOCATE, CLOSE and SET CONSTRAINTS are SESSION, and none of these needs a rule
// by itself; ALTER SYSTEM is DDL.
[[nodiscard]] StatementTag tag_of(const Node* statement);

// Whether it answers with rows, as far as the text tells (EXECUTE and CALL: no).
[[nodiscard]] bool returns_rows(const Node* statement);

}  // namespace sqlproxy::pipeline
