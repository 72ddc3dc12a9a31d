#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pipeline/analysis_text.hpp"

namespace sqlproxy::pipeline {
namespace {

using test::Texts;
using testing::UnorderedElementsAreArray;

struct Row {
  std::string_view sql;
  Texts names;
};

TEST(AnalyzerCalls, Functions) {
  const Row rows[] = {
      {"SELECT f()", {"f/0"}},
      {"SELECT d.s.f(1, 'a', $1, 'b')", {"d.s.f/4 - 'a' - 'b'"}},
      {"SELECT f('a'::text, 'b'::regclass, 'c'::varchar(1), 'd'::x, E'\\x65', U&'\\0066')",
       {"f/6 'a' 'b' - - 'e' 'f'"}},
      {"SELECT count(*), count(DISTINCT a), string_agg(a, ',' ORDER BY b)",
       {"count/0", "count/1", "string_agg/2 - ','"}},
      {"SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY a)", {"percentile_cont/2"}},
      {"SELECT row_number() OVER (ORDER BY f(a))", {"row_number/0", "f/1"}},
      {"SELECT f(VARIADIC ARRAY[1])", {"f/-1"}},
      {"SELECT f(a => 'x')", {"f/1"}},
      {"SELECT * FROM f(g(1)) AS x (a int), ROWS FROM (h(), i('a')) WITH ORDINALITY", {"f/1", "g/1", "h/0", "i/1 'a'"}},
      {"SELECT * FROM t TABLESAMPLE s.m (1)", {"s.m/1"}},
      {"CALL p('x')", {"p/1 'x'"}},
      {"EXECUTE p(f(1))", {"f/1"}},
      // Functions that the grammar spells otherwise.
      {"SELECT EXTRACT(year FROM a)", {"pg_catalog.extract/2 'year'"}},
      {"SELECT a AT TIME ZONE 'UTC'", {"pg_catalog.timezone/2 'UTC'"}},
      {"SELECT SUBSTRING(a FROM 1), TRIM(a), OVERLAY(a PLACING b FROM 1), POSITION('x' IN a)",
       {"pg_catalog.substring/2", "pg_catalog.btrim/1", "pg_catalog.overlay/3", "pg_catalog.position/2 - 'x'"}},
      {"SELECT a LIKE b ESCAPE '!', a SIMILAR TO b",
       {"pg_catalog.like_escape/2 - '!'", "pg_catalog.similar_to_escape/1"}},
      {"SELECT a IS NORMALIZED, (a, b) OVERLAPS (c, d)", {"pg_catalog.is_normalized/1", "pg_catalog.overlaps/4"}},
      // Those that are no functions.
      {"SELECT COALESCE(a), NULLIF(a, b), GREATEST(a), CURRENT_USER, CURRENT_TIMESTAMP, GROUPING(a), XMLFOREST(a)", {}},
      // Attribute notation calls f(t), unless t has such a column.
      {"SELECT t.f, s.t.g, (t).h, ((t).i).j, t.* FROM s.t", {"(x).f", "(x).g", "(x).h", "(x).i", "(x).j"}},
      {"SELECT f FROM t", {}},
      {"UPDATE t SET a.b = 1", {}},
      // DDL.
      {"CREATE TRIGGER g AFTER INSERT ON t EXECUTE FUNCTION s.f('x', 'y')", {"s.f/0"}},
      {"CREATE TABLE t (a int DEFAULT f(1) CHECK (g(a)), b int GENERATED ALWAYS AS (h(a)) STORED)",
       {"f/1", "g/1", "h/1"}},
      {"CREATE INDEX ON t (f(a)) WHERE g(a)", {"f/1", "g/1"}},
      {"CREATE AGGREGATE a (int) (sfunc = s.f, stype = int, finalfunc = g, parallel = safe)", {"s.f/-1", "g/-1"}},
      {"CREATE OPERATOR + (leftarg = int, function = f, restrict = eqsel, join = eqjoinsel, hashes)",
       {"f/-1", "eqsel/-1", "eqjoinsel/-1"}},
      {"CREATE TYPE y (input = i, output = o, like = int, storage = plain)", {"i/-1", "o/-1"}},
      {"CREATE TYPE y AS RANGE (subtype = int, subtype_diff = d, canonical = c)", {"d/-1", "c/-1"}},
      {"CREATE CAST (a AS b) WITH FUNCTION s.f(a, int)", {"s.f/2"}},
      {"CREATE OPERATOR CLASS c FOR TYPE int USING btree AS FUNCTION 1 f(int, int)", {"f/2"}},
      {"CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM s.f", {"s.f/6"}},
      {"CREATE EVENT TRIGGER g ON sql_drop EXECUTE FUNCTION f()", {"f/0"}},
      {"CREATE FOREIGN DATA WRAPPER w HANDLER h VALIDATOR s.v", {"h/-1", "s.v/-1"}},
      {"CREATE LANGUAGE l HANDLER h INLINE i VALIDATOR v", {"h/0", "i/1", "v/1"}},
      {"CREATE FUNCTION f(a int DEFAULT g()) RETURNS int SUPPORT s RETURN h()", {"g/0", "s/1", "h/0"}},
      {"CREATE TEXT SEARCH TEMPLATE x (init = i, lexize = l)", {"i/-1", "l/-1"}},
      {"CREATE POLICY p ON t USING (f())", {"f/0"}},
      {"CREATE STATISTICS s ON (f(a)), b FROM t", {"f/1"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sql);
    EXPECT_THAT(test::function_texts(test::analyze_one(row.sql)), UnorderedElementsAreArray(row.names));
  }
}

TEST(AnalyzerCalls, Operators) {
  const Row rows[] = {
      {"SELECT a + b, - c, d OPERATOR(s.||) e, a + c", {"+", "-", "s.||"}},
      {"SELECT a = ANY (b), a <> ALL (c)", {"=", "<>"}},
      {"SELECT a IN (1, 2), b NOT IN (3)", {"=", "<>"}},
      {"SELECT a LIKE b, a NOT ILIKE c, a SIMILAR TO d", {"~~", "!~~*", "~"}},
      {"SELECT a BETWEEN 1 AND 2", {">=", "<="}},
      {"SELECT a NOT BETWEEN SYMMETRIC 1 AND 2", {"<", ">"}},
      {"SELECT a IS DISTINCT FROM b", {"="}},
      {"SELECT NULLIF(a, b)", {"="}},
      {"SELECT (a, b) < (c, d)", {"<"}},
      {"SELECT a IN (SELECT 1)", {"="}},
      {"SELECT a OPERATOR(s.~) ANY (SELECT 1)", {"s.~"}},
      {"SELECT CASE a WHEN b THEN 1 END", {"="}},
      {"SELECT CASE WHEN b THEN 1 END", {}},
      {"SELECT * FROM a JOIN b USING (x)", {"="}},
      {"SELECT * FROM a NATURAL JOIN b", {"="}},
      {"SELECT 1 ORDER BY a USING OPERATOR(s.<)", {"s.<"}},
      {"SELECT a AND NOT b OR c IS NULL", {}},
      {"CREATE TABLE t (EXCLUDE USING gist (a WITH OPERATOR(s.&&)))", {"s.&&"}},
      {"CREATE OPERATOR + (leftarg = int, function = f, commutator = OPERATOR(s.-), negator = *)", {"s.-", "*"}},
      {"CREATE AGGREGATE a (int) (sfunc = f, stype = int, sortop = >)", {">"}},
      {"CREATE OPERATOR CLASS c FOR TYPE int USING btree AS OPERATOR 1 s.<", {"s.<"}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sql);
    EXPECT_THAT(test::operator_texts(test::analyze_one(row.sql)), UnorderedElementsAreArray(row.names));
  }
}

TEST(AnalyzerCalls, Types) {
  const Row rows[] = {
      {"SELECT a::int, CAST(b AS s.y), c::text[], d::d.s.y", {"pg_catalog.int4", "s.y", "text", "d.s.y"}},
      {"SELECT date '2000-01-01', y 'x', numeric(10, 2) '1', s.y 'z'", {"date", "y", "pg_catalog.numeric", "s.y"}},
      {"SELECT '1'::geometry(Point, 4326)", {"geometry"}},
      {"SELECT * FROM f() AS x (a s.y)", {"s.y"}},
      {"SELECT * FROM XMLTABLE('' PASSING a COLUMNS b s.y)", {"s.y"}},
      {"SELECT XMLSERIALIZE(CONTENT a AS s.y)", {"s.y"}},
      {"PREPARE p (s.y) AS SELECT 1", {"s.y"}},
      {"CREATE TABLE t (a s.y, b serial)", {"s.y", "serial"}},
      {"CREATE TABLE t OF s.y", {"s.y"}},
      {"CREATE FUNCTION f(a s.y, OUT b z) RETURNS w RETURN 1::v", {"s.y", "z", "w", "v"}},
      {"CREATE FUNCTION f(a t.c%TYPE) RETURNS int RETURN 1", {"pg_catalog.int4"}},
      {"CREATE FUNCTION f() RETURNS SETOF s.t LANGUAGE l TRANSFORM FOR TYPE u AS ''", {"s.t", "u"}},
      {"CREATE DOMAIN d AS s.y", {"s.y"}},
      {"CREATE TYPE y AS (a s.z)", {"s.z"}},
      {"CREATE TYPE y AS RANGE (subtype = s.z, collation = \"C\")", {"s.z"}},
      {"CREATE AGGREGATE a (s.y) (sfunc = f, stype = s.z, initcond = '0')", {"s.y", "s.z"}},
      {"CREATE CAST (s.a AS s.b) WITHOUT FUNCTION", {"s.a", "s.b"}},
      {"ALTER TABLE t ALTER a TYPE s.y", {"s.y"}},
      {"CREATE SEQUENCE q AS s.y", {"s.y"}},
      {"DROP FUNCTION f(s.y)", {"s.y"}},
      {"CREATE INDEX ON t (a) WITH (buffering = off)", {}},
      {"CREATE TABLE t () WITH (autovacuum_enabled = off)", {}},
  };
  for (const Row& row : rows) {
    SCOPED_TRACE(row.sql);
    EXPECT_THAT(test::type_texts(test::analyze_one(row.sql)), UnorderedElementsAreArray(row.names));
  }
}

TEST(AnalyzerCalls, RepeatedRowsAreOneReference) {
  std::string sql = "INSERT INTO t VALUES (now(), 'x'::jsonb, 1 + 2)";
  for (int i = 0; i < 1000; ++i) sql += ", (now(), 'x'::jsonb, 1 + 2)";
  const Statement statement = test::analyze_one(sql);
  EXPECT_EQ(statement.functions.size(), 1U);
  EXPECT_EQ(statement.types.size(), 1U);
  EXPECT_EQ(statement.operators.size(), 1U);
}

}  // namespace
}  // namespace sqlproxy::pipeline
