// WITH hides a table only where PostgreSQL says so (parse_relation.c, scanNameSpaceForCTE).
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pipeline/analysis_text.hpp"

namespace sqlproxy::pipeline {
namespace {

using test::Texts;

struct Row {
  std::string_view sql;
  Texts objects;
};

TEST(AnalyzerWith, HidesTablesInItsScopeOnly) {
  const Row rows[] = {
      {"WITH w AS (SELECT 1) SELECT * FROM w", {}},
      {"WITH w AS (SELECT * FROM t) SELECT * FROM w, w w2", {"t: SELECT"}},
      // A name with a schema is never a WITH name.
      {"WITH w AS (SELECT 1) SELECT * FROM public.w", {"public.w: SELECT"}},
      {"WITH w AS (SELECT 1) SELECT * FROM w, d.public.w", {"d.public.w: SELECT"}},
      // Without RECURSIVE it does not see itself ...
      {"WITH w AS (SELECT * FROM w) SELECT * FROM w", {"w: SELECT"}},
      {"WITH RECURSIVE w AS (SELECT 1 UNION SELECT * FROM w) SELECT * FROM w", {}},
      // ... nor those after it.
      {"WITH a AS (SELECT * FROM b), b AS (SELECT * FROM a) SELECT * FROM a, b", {"b: SELECT"}},
      {"WITH RECURSIVE a AS (SELECT * FROM b), b AS (SELECT 1) SELECT * FROM a, b", {}},
      {"WITH a AS (SELECT 1), b AS (SELECT * FROM a), c AS (SELECT * FROM a, b, c, d) SELECT * FROM c",
       {"c: SELECT", "d: SELECT"}},
      // Case and quotes are PostgreSQL's.
      {"WITH \"W\" AS (SELECT 1) SELECT * FROM w", {"w: SELECT"}},
      {"WITH W AS (SELECT 1) SELECT * FROM \"w\"", {}},
      // Sub-selects see the names of the queries around them; these do not see theirs.
      {"WITH w AS (SELECT 1) SELECT (SELECT 1 FROM w) FROM (SELECT * FROM w) x WHERE EXISTS (SELECT FROM w)", {}},
      {"SELECT * FROM (WITH w AS (SELECT 1) SELECT * FROM w) x, w", {"w: SELECT"}},
      {"SELECT * FROM w WHERE EXISTS (WITH w AS (SELECT 1) SELECT FROM w)", {"w: SELECT"}},
      {"WITH a AS (WITH b AS (SELECT 1) SELECT * FROM b) SELECT * FROM a, b", {"b: SELECT"}},
      {"WITH w AS (SELECT * FROM t) SELECT * FROM (WITH w AS (SELECT * FROM w) SELECT * FROM w) x", {"t: SELECT"}},
      {"WITH w AS (SELECT 1), v AS (WITH w AS (SELECT * FROM u) SELECT * FROM w) SELECT * FROM v", {"u: SELECT"}},
      {"WITH RECURSIVE w AS (WITH v AS (SELECT * FROM w) SELECT * FROM v) SELECT 1", {}},
      // Set operations: the clause belongs to the whole, or to the arm in parentheses.
      {"WITH w AS (SELECT 1) SELECT * FROM w UNION SELECT * FROM w ORDER BY (SELECT 1 FROM w)", {}},
      {"(WITH w AS (SELECT 1) SELECT * FROM w) UNION SELECT * FROM w", {"w: SELECT"}},
      {"SELECT * FROM w UNION (WITH w AS (SELECT 1) SELECT * FROM w)", {"w: SELECT"}},
      // The table that is written is never a WITH name.
      {"WITH t AS (SELECT 1) INSERT INTO t SELECT * FROM t", {"t: INSERT"}},
      {"WITH t AS (SELECT 1) UPDATE t SET a = 1 FROM t AS x", {"t: UPDATE"}},
      {"WITH t AS (SELECT 1) DELETE FROM t USING t AS x", {"t: DELETE"}},
      {"WITH x AS (DELETE FROM t RETURNING *) INSERT INTO x SELECT * FROM x", {"t: SELECT+DELETE", "x: INSERT"}},
      {"INSERT INTO t WITH w AS (SELECT 1) SELECT * FROM w RETURNING (SELECT 1 FROM w)", {"t: INSERT", "w: SELECT"}},
      {"WITH w AS (SELECT 1) INSERT INTO t VALUES ((SELECT 1 FROM w)) ON CONFLICT DO NOTHING "
       "RETURNING (SELECT 1 FROM w)",
       {"t: INSERT"}},
      // Nor is what DDL names.
      {"CREATE TABLE x AS WITH w AS (SELECT 1) SELECT * FROM w", {"new x: DDL"}},
      {"WITH x AS (SELECT 1) SELECT * INTO x FROM x", {"new x: DDL"}},
      {"CREATE VIEW w AS WITH w AS (SELECT * FROM w) SELECT * FROM w", {"new w: DDL", "w: SELECT"}},
      // SEARCH and CYCLE add columns, no tables.
      {"WITH RECURSIVE w AS (SELECT 1 AS a UNION ALL SELECT a FROM w) SEARCH DEPTH FIRST BY a SET o "
       "CYCLE a SET c USING p SELECT * FROM w",
       {}},
      // LATERAL and functions in FROM.
      {"WITH w AS (SELECT 1) SELECT * FROM a, LATERAL (SELECT * FROM w, b) x, f((SELECT 1 FROM w))",
       {"a: SELECT", "b: SELECT"}},
      {"WITH w AS (SELECT 1) SELECT * FROM w TABLESAMPLE system (1)", {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sql);
    EXPECT_THAT(test::object_texts(test::analyze_one(row.sql)), testing::UnorderedElementsAreArray(row.objects));
  }
}

// Whether the columns of the table that is written can be seen follows the scopes too.
TEST(AnalyzerWith, ReadsOfTheWrittenTable) {
  const Row rows[] = {
      // WITH does not see it.
      {"WITH w AS (SELECT a FROM s) UPDATE t SET a = 1", {"t: UPDATE", "s: SELECT"}},
      {"WITH w AS (SELECT t.a FROM s) DELETE FROM t", {"t: DELETE", "s: SELECT"}},
      // But WITH inside an expression does.
      {"UPDATE t SET a = (WITH w AS (SELECT t.b) SELECT * FROM w)", {"t: SELECT+UPDATE"}},
      // FROM does not.
      {"UPDATE t SET a = 1 FROM (SELECT b FROM s) x", {"t: UPDATE", "s: SELECT"}},
      {"DELETE FROM t USING (SELECT b FROM s) x", {"t: DELETE", "s: SELECT"}},
      // Each statement has its own.
      {"WITH w AS (UPDATE t SET a = 1 RETURNING 1) DELETE FROM u WHERE x = 1", {"t: UPDATE", "u: SELECT+DELETE"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sql);
    EXPECT_THAT(test::object_texts(test::analyze_one(row.sql)), testing::UnorderedElementsAreArray(row.objects));
  }
}

}  // namespace
}  // namespace sqlproxy::pipeline
