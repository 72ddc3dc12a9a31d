#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pipeline/analysis_text.hpp"

namespace sqlproxy::pipeline {
namespace {

using test::Texts;
using testing::UnorderedElementsAreArray;

struct Row {
  std::string_view sql;
  std::string_view type;
  std::string_view sub_type;
  Texts objects;
};

void check(const Row& row) {
  SCOPED_TRACE(row.sql);
  const Statement statement = test::analyze_one(row.sql);
  EXPECT_EQ(to_string(statement.type), row.type);
  EXPECT_EQ(statement.sub_type, row.sub_type);
  EXPECT_THAT(test::object_texts(statement), UnorderedElementsAreArray(row.objects));
}

TEST(AnalyzerObjects, Queries) {
  const Row rows[] = {
      {"SELECT 1", "SELECT", "SELECT", {}},
      {"SELECT * FROM t", "SELECT", "SELECT", {"t: SELECT"}},
      {"SELECT * FROM d.s.t", "SELECT", "SELECT", {"d.s.t: SELECT"}},
      {"SELECT * FROM ONLY \"T\" AS x, s.u y", "SELECT", "SELECT", {"T: SELECT", "s.u: SELECT"}},
      {"TABLE t", "SELECT", "SELECT", {"t: SELECT"}},
      {"VALUES (1, (SELECT a FROM t))", "SELECT", "SELECT", {"t: SELECT"}},
      {"SELECT a FROM t UNION SELECT b FROM u EXCEPT (SELECT c FROM v ORDER BY (SELECT 1 FROM w))",
       "SELECT",
       "SELECT",
       {"t: SELECT", "u: SELECT", "v: SELECT", "w: SELECT"}},
      {"SELECT * FROM a JOIN b USING (x) NATURAL JOIN c LEFT JOIN d ON EXISTS (SELECT FROM e)",
       "SELECT",
       "SELECT",
       {"a: SELECT", "b: SELECT", "c: SELECT", "d: SELECT", "e: SELECT"}},
      {"SELECT * FROM a, LATERAL (SELECT * FROM b WHERE b.x = a.x) l", "SELECT", "SELECT", {"a: SELECT", "b: SELECT"}},
      {"SELECT (SELECT 1 FROM a), ARRAY(SELECT 1 FROM b) FROM c WHERE x IN (SELECT 1 FROM d) GROUP BY (SELECT 1 FROM "
       "e) "
       "HAVING 1 = ANY (SELECT 1 FROM f) WINDOW w AS (ORDER BY (SELECT 1 FROM g)) ORDER BY (SELECT 1 FROM h) "
       "LIMIT (SELECT 1 FROM i) OFFSET (SELECT 1 FROM j)",
       "SELECT",
       "SELECT",
       {"a: SELECT", "b: SELECT", "c: SELECT", "d: SELECT", "e: SELECT", "f: SELECT", "g: SELECT", "h: SELECT",
        "i: SELECT", "j: SELECT"}},
      {"SELECT f((SELECT 1 FROM a) ORDER BY (SELECT 1 FROM b)) FILTER (WHERE EXISTS (SELECT FROM c)) "
       "OVER (PARTITION BY (SELECT 1 FROM d)) FROM e",
       "SELECT",
       "SELECT",
       {"a: SELECT", "b: SELECT", "c: SELECT", "d: SELECT", "e: SELECT"}},
      {"SELECT CASE (SELECT 1 FROM a) WHEN (SELECT 1 FROM b) THEN (SELECT 1 FROM c) ELSE (SELECT 1 FROM d) END, "
       "(x)[(SELECT 1 FROM e)], ((SELECT f FROM f)).z, ROW((SELECT 1 FROM g)), (SELECT 1 FROM h)::int, "
       "COALESCE(1, (SELECT 1 FROM i)), GREATEST(1, (SELECT 1 FROM j)), (SELECT true FROM k) IS TRUE, "
       "(SELECT 1 FROM l) IS NULL, (SELECT '' FROM m) COLLATE \"C\", XMLELEMENT(NAME x, (SELECT 1 FROM n)), "
       "XMLSERIALIZE(CONTENT (SELECT x FROM o) AS text), GROUPING((SELECT 1 FROM p)), f(a => (SELECT 1 FROM q))",
       "SELECT",
       "SELECT",
       {"a: SELECT", "b: SELECT", "c: SELECT", "d: SELECT", "e: SELECT", "f: SELECT", "g: SELECT", "h: SELECT",
        "i: SELECT", "j: SELECT", "k: SELECT", "l: SELECT", "m: SELECT", "n: SELECT", "o: SELECT", "p: SELECT",
        "q: SELECT"}},
      {"SELECT DISTINCT ON ((SELECT 1 FROM a)) 1 FROM b TABLESAMPLE bernoulli ((SELECT 1 FROM c)) "
       "REPEATABLE ((SELECT 1 FROM d))",
       "SELECT",
       "SELECT",
       {"a: SELECT", "b: SELECT", "c: SELECT", "d: SELECT"}},
      {"SELECT * FROM f((SELECT 1 FROM a)), ROWS FROM (g((SELECT 1 FROM b)), h()), "
       "XMLTABLE((SELECT '' FROM c) PASSING (SELECT '' FROM d) COLUMNS x int PATH (SELECT '' FROM e) "
       "DEFAULT (SELECT 1 FROM f))",
       "SELECT",
       "SELECT",
       {"a: SELECT", "b: SELECT", "c: SELECT", "d: SELECT", "e: SELECT", "f: SELECT"}},
      {"SELECT 1 FROM t GROUP BY ROLLUP (a, (SELECT 1 FROM u)), CUBE (b), GROUPING SETS ((), (c))",
       "SELECT",
       "SELECT",
       {"t: SELECT", "u: SELECT"}},
  };
  for (const Row& row : rows) check(row);
}

TEST(AnalyzerObjects, Locking) {
  const Row rows[] = {
      {"SELECT * FROM t FOR UPDATE", "SELECT", "SELECT", {"t: SELECT any-of UPDATE+LOCK"}},
      {"SELECT * FROM t, u FOR KEY SHARE",
       "SELECT",
       "SELECT",
       {"t: SELECT any-of UPDATE+LOCK", "u: SELECT any-of UPDATE+LOCK"}},
      {"SELECT * FROM t, u FOR SHARE OF u NOWAIT", "SELECT", "SELECT", {"t: SELECT", "u: SELECT any-of UPDATE+LOCK"}},
      {"SELECT * FROM t x, u y FOR SHARE OF x", "SELECT", "SELECT", {"t: SELECT any-of UPDATE+LOCK", "u: SELECT"}},
      {"SELECT * FROM t JOIN u ON true FOR UPDATE OF t FOR SHARE OF u",
       "SELECT",
       "SELECT",
       {"t: SELECT any-of UPDATE+LOCK", "u: SELECT any-of UPDATE+LOCK"}},
      {"SELECT * FROM (SELECT * FROM a, (SELECT * FROM b) y) x, c FOR UPDATE OF x",
       "SELECT",
       "SELECT",
       {"a: SELECT any-of UPDATE+LOCK", "b: SELECT any-of UPDATE+LOCK", "c: SELECT"}},
      // Rows are locked in FROM only.
      {"SELECT (SELECT 1 FROM a) FROM b WHERE EXISTS (SELECT FROM c) FOR UPDATE",
       "SELECT",
       "SELECT",
       {"a: SELECT", "b: SELECT any-of UPDATE+LOCK", "c: SELECT"}},
      {"SELECT * FROM b WHERE x IN (SELECT 1 FROM c FOR UPDATE)",
       "SELECT",
       "SELECT",
       {"b: SELECT", "c: SELECT any-of UPDATE+LOCK"}},
      {"WITH w AS (SELECT * FROM a) SELECT * FROM w, b FOR UPDATE",
       "SELECT",
       "SELECT",
       {"a: SELECT", "b: SELECT any-of UPDATE+LOCK"}},
      {"SELECT * FROM a JOIN b ON EXISTS (SELECT FROM c) FOR UPDATE",
       "SELECT",
       "SELECT",
       {"a: SELECT any-of UPDATE+LOCK", "b: SELECT any-of UPDATE+LOCK", "c: SELECT"}},
  };
  for (const Row& row : rows) check(row);
}

TEST(AnalyzerObjects, Writes) {
  const Row rows[] = {
      {"INSERT INTO t VALUES (1)", "INSERT", "INSERT", {"t: INSERT"}},
      {"INSERT INTO t DEFAULT VALUES RETURNING 1", "INSERT", "INSERT", {"t: INSERT"}},
      {"INSERT INTO t SELECT a, t.b FROM s", "INSERT", "INSERT", {"t: INSERT", "s: SELECT"}},
      {"INSERT INTO t VALUES (1) RETURNING *", "INSERT", "INSERT", {"t: SELECT+INSERT"}},
      {"INSERT INTO t VALUES (1) RETURNING id", "INSERT", "INSERT", {"t: SELECT+INSERT"}},
      {"INSERT INTO t AS x VALUES (1) RETURNING x.id", "INSERT", "INSERT", {"t: SELECT+INSERT"}},
      {"INSERT INTO t VALUES (1) RETURNING (SELECT 1 FROM u)", "INSERT", "INSERT", {"t: INSERT", "u: SELECT"}},
      {"INSERT INTO t VALUES (1) ON CONFLICT DO NOTHING", "INSERT", "INSERT", {"t: INSERT"}},
      {"INSERT INTO t VALUES (1) ON CONFLICT (a) DO NOTHING", "INSERT", "INSERT", {"t: SELECT+INSERT"}},
      {"INSERT INTO t VALUES (1) ON CONFLICT ON CONSTRAINT c DO UPDATE SET a = 1",
       "INSERT",
       "INSERT",
       {"t: SELECT+INSERT+UPDATE"}},
      {"INSERT INTO t VALUES (1) ON CONFLICT (a) WHERE (SELECT true FROM u) DO UPDATE SET b = excluded.b, "
       "c = (SELECT 1 FROM v) WHERE EXISTS (SELECT FROM w)",
       "INSERT",
       "INSERT",
       {"t: SELECT+INSERT+UPDATE", "u: SELECT", "v: SELECT", "w: SELECT"}},
      {"UPDATE t SET a = 1", "UPDATE", "UPDATE", {"t: UPDATE"}},
      {"UPDATE t SET a = DEFAULT", "UPDATE", "UPDATE", {"t: UPDATE"}},
      {"UPDATE t SET a = a + 1", "UPDATE", "UPDATE", {"t: SELECT+UPDATE"}},
      {"UPDATE t SET a = 1 WHERE id = 1", "UPDATE", "UPDATE", {"t: SELECT+UPDATE"}},
      {"UPDATE t SET a = 1 WHERE t.id = 1", "UPDATE", "UPDATE", {"t: SELECT+UPDATE"}},
      {"UPDATE s.t SET a = 1 WHERE s.t.id = 1", "UPDATE", "UPDATE", {"s.t: SELECT+UPDATE"}},
      {"UPDATE t SET a = s.a FROM s WHERE s.id = 1", "UPDATE", "UPDATE", {"t: UPDATE", "s: SELECT"}},
      {"UPDATE t x SET a = s.a FROM s WHERE s.id = x.id", "UPDATE", "UPDATE", {"t: SELECT+UPDATE", "s: SELECT"}},
      {"UPDATE t SET a = 1 FROM t y WHERE y.b = 2", "UPDATE", "UPDATE", {"t: UPDATE", "t: SELECT"}},
      {"UPDATE t SET a = 1 RETURNING *", "UPDATE", "UPDATE", {"t: SELECT+UPDATE"}},
      {"UPDATE t SET a = 1 RETURNING t.*", "UPDATE", "UPDATE", {"t: SELECT+UPDATE"}},
      {"UPDATE t SET a = 1 RETURNING t", "UPDATE", "UPDATE", {"t: SELECT+UPDATE"}},
      {"UPDATE t SET a = 1 RETURNING (t).b", "UPDATE", "UPDATE", {"t: SELECT+UPDATE"}},
      {"UPDATE t SET a = 1 WHERE CURRENT OF c", "UPDATE", "UPDATE", {"t: UPDATE"}},
      {"UPDATE t SET (a, b) = (SELECT 1, x FROM s)", "UPDATE", "UPDATE", {"t: SELECT+UPDATE", "s: SELECT"}},
      {"UPDATE t SET (a, b) = (SELECT 1, s.x FROM s)", "UPDATE", "UPDATE", {"t: UPDATE", "s: SELECT"}},
      {"UPDATE t SET a[(SELECT 1 FROM s)] = 1", "UPDATE", "UPDATE", {"t: UPDATE", "s: SELECT"}},
      {"UPDATE t SET a = (SELECT 1 FROM s WHERE s.x = t.y)", "UPDATE", "UPDATE", {"t: SELECT+UPDATE", "s: SELECT"}},
      {"DELETE FROM t", "DELETE", "DELETE", {"t: DELETE"}},
      {"DELETE FROM ONLY t USING u WHERE u.x = 1", "DELETE", "DELETE", {"t: DELETE", "u: SELECT"}},
      {"DELETE FROM t WHERE EXISTS (SELECT FROM u WHERE u.x = t.x)",
       "DELETE",
       "DELETE",
       {"t: SELECT+DELETE", "u: SELECT"}},
      {"DELETE FROM t RETURNING *", "DELETE", "DELETE", {"t: SELECT+DELETE"}},
      {"TRUNCATE t, s.u RESTART IDENTITY", "TRUNCATE", "TRUNCATE TABLE", {"t: TRUNCATE", "s.u: TRUNCATE"}},
      {"TRUNCATE t CASCADE", "TRUNCATE", "TRUNCATE TABLE", {"t: TRUNCATE", "database: TRUNCATE"}},
      {"LOCK TABLE t, s.u IN ACCESS SHARE MODE",
       "LOCK",
       "LOCK TABLE",
       {"t:  any-of SELECT+LOCK", "s.u:  any-of SELECT+LOCK"}},
      {"LOCK TABLE t, ONLY s.u IN SHARE MODE NOWAIT", "LOCK", "LOCK TABLE", {"t: LOCK", "s.u: LOCK"}},
  };
  for (const Row& row : rows) check(row);
}

TEST(AnalyzerObjects, Merge) {
  const Row rows[] = {
      {"MERGE INTO t USING s ON s.a = s.b WHEN MATCHED THEN DO NOTHING", "MERGE", "MERGE", {"t: MERGE", "s: SELECT"}},
      {"MERGE INTO t USING s ON t.a = s.a WHEN MATCHED THEN DELETE",
       "MERGE",
       "MERGE",
       {"t: SELECT+DELETE+MERGE", "s: SELECT"}},
      {"MERGE INTO t USING s ON s.a = 1 WHEN NOT MATCHED THEN INSERT (a) VALUES (x)",
       "MERGE",
       "MERGE",
       {"t: INSERT+MERGE", "s: SELECT"}},
      {"MERGE INTO t x USING (SELECT * FROM s) s ON x.a = s.a WHEN MATCHED AND EXISTS (SELECT FROM u) THEN "
       "UPDATE SET b = (SELECT 1 FROM v) WHEN NOT MATCHED THEN INSERT VALUES ((SELECT 1 FROM w))",
       "MERGE",
       "MERGE",
       {"t: SELECT+INSERT+UPDATE+MERGE", "s: SELECT", "u: SELECT", "v: SELECT", "w: SELECT"}},
      {"WITH t AS (SELECT 1 AS a) MERGE INTO t USING t AS s ON s.a = 1 WHEN MATCHED THEN DELETE",
       "MERGE",
       "MERGE",
       {"t: DELETE+MERGE"}},
  };
  for (const Row& row : rows) check(row);
}

TEST(AnalyzerObjects, Copy) {
  const Row rows[] = {
      {"COPY t TO STDOUT", "COPY_TO", "COPY", {"t: COPY_TO"}},
      {"COPY s.t (a, b) TO STDOUT WITH (FORMAT csv, FORCE_QUOTE (a))", "COPY_TO", "COPY", {"s.t: COPY_TO"}},
      {"COPY t FROM STDIN", "COPY_FROM", "COPY", {"t: COPY_FROM"}},
      {"COPY t FROM STDIN WHERE a > 1", "COPY_FROM", "COPY", {"t: SELECT+COPY_FROM"}},
      {"COPY t TO '/tmp/x'", "COPY_TO", "COPY", {"t: COPY_TO", "database: SERVER_FILE"}},
      {"COPY t FROM '/etc/passwd'", "COPY_FROM", "COPY", {"t: COPY_FROM", "database: SERVER_FILE"}},
      {"COPY t FROM PROGRAM 'id'", "COPY_FROM", "COPY", {"t: COPY_FROM", "database: SERVER_FILE"}},
      {"COPY (SELECT * FROM t) TO STDOUT", "COPY_TO", "COPY", {"t: SELECT"}},
      {"COPY (SELECT * FROM t) TO PROGRAM 'id'", "COPY_TO", "COPY", {"t: SELECT", "database: SERVER_FILE"}},
      {"COPY (DELETE FROM t RETURNING *) TO STDOUT", "COPY_TO", "COPY", {"t: SELECT+DELETE"}},
  };
  for (const Row& row : rows) check(row);
}

TEST(AnalyzerObjects, Wrappers) {
  const Row rows[] = {
      {"EXPLAIN SELECT * FROM t", "SELECT", "EXPLAIN", {"t: SELECT"}},
      {"EXPLAIN (ANALYZE, FORMAT json) DELETE FROM t", "DELETE", "EXPLAIN", {"t: DELETE"}},
      {"EXPLAIN ANALYZE CREATE TABLE x AS SELECT * FROM t", "DDL", "EXPLAIN", {"new x: DDL", "t: SELECT"}},
      {"EXPLAIN DECLARE c CURSOR FOR SELECT * FROM t", "SELECT", "EXPLAIN", {"t: SELECT"}},
      {"PREPARE p (int) AS UPDATE t SET a = $1", "UPDATE", "PREPARE", {"t: UPDATE"}},
      {"EXECUTE p ((SELECT 1 FROM t))", "EXECUTE", "EXECUTE", {"t: SELECT"}},
      {"DECLARE c BINARY CURSOR WITH HOLD FOR SELECT * FROM t FOR UPDATE",
       "SELECT",
       "DECLARE CURSOR",
       {"t: SELECT any-of UPDATE+LOCK"}},
      {"CREATE TABLE x AS SELECT * FROM t", "DDL", "CREATE TABLE AS", {"new x: DDL", "t: SELECT"}},
      {"CREATE TEMP TABLE x AS TABLE t", "DDL", "CREATE TABLE AS", {"new temp x: DDL", "t: SELECT"}},
      {"CREATE TABLE x AS EXECUTE p(1)", "DDL", "CREATE TABLE AS", {"new x: DDL"}},
      {"SELECT * INTO s.x FROM t", "DDL", "SELECT INTO", {"new s.x: DDL", "t: SELECT"}},
      {"SELECT * INTO TEMP x FROM t UNION SELECT * FROM u",
       "DDL",
       "SELECT INTO",
       {"new temp x: DDL", "t: SELECT", "u: SELECT"}},
      {"CREATE MATERIALIZED VIEW m AS SELECT * FROM t", "DDL", "CREATE MATERIALIZED VIEW", {"new m: DDL", "t: SELECT"}},
      {"CREATE OR REPLACE VIEW v AS SELECT * FROM t", "DDL", "CREATE VIEW", {"new v: DDL", "t: SELECT"}},
      {"CREATE TEMP RECURSIVE VIEW v (a) AS SELECT 1 UNION SELECT a FROM v JOIN t ON true",
       "DDL",
       "CREATE VIEW",
       {"new temp v: DDL", "t: SELECT"}},
  };
  for (const Row& row : rows) check(row);
}

}  // namespace
}  // namespace sqlproxy::pipeline
