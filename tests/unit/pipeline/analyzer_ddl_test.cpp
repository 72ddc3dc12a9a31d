#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "tests/unit/pipeline/analysis_text.hpp"

namespace sqlproxy::pipeline {
namespace {

using test::Texts;
using testing::UnorderedElementsAreArray;

struct Row {
  std::string_view sql;
  std::string_view sub_type;
  Texts objects;
};

void check(const Row& row, StatementType type) {
  SCOPED_TRACE(row.sql);
  const Statement statement = test::analyze_one(row.sql);
  EXPECT_EQ(to_string(statement.type), to_string(type));
  EXPECT_EQ(statement.sub_type, row.sub_type);
  EXPECT_THAT(test::object_texts(statement), UnorderedElementsAreArray(row.objects));
  const bool changes = type == StatementType::ddl || type == StatementType::dcl;
  EXPECT_EQ(statement.changes_catalog, changes);
  EXPECT_FALSE(statement.returns_rows);
}

void check_ddl(const Row& row) {
  check(row, StatementType::ddl);
}

TEST(AnalyzerDdl, Tables) {
  const Row rows[] = {
      {"CREATE TABLE t (a int)", "CREATE TABLE", {"new t: DDL"}},
      {"CREATE TEMP TABLE t (a int)", "CREATE TABLE", {"new temp t: DDL"}},
      {"CREATE TABLE pg_temp.t (a int)", "CREATE TABLE", {"new temp pg_temp.t: DDL"}},
      {"CREATE UNLOGGED TABLE s.t (LIKE u INCLUDING ALL, CHECK ((SELECT true FROM v))) INHERITS (w, s.x)",
       "CREATE TABLE",
       {"new s.t: DDL", "u: SELECT", "v: SELECT", "w: DDL", "s.x: DDL"}},
      {"CREATE TABLE t (a int REFERENCES u, b int DEFAULT (SELECT 1 FROM v), FOREIGN KEY (b) REFERENCES s.w (x))",
       "CREATE TABLE",
       {"new t: DDL", "u: DDL", "v: SELECT", "s.w: DDL"}},
      {"CREATE TABLE t (a int GENERATED ALWAYS AS ((SELECT 1 FROM u)) STORED, "
       "EXCLUDE USING gist (((SELECT 1 FROM v)) WITH =) WHERE ((SELECT true FROM w)))",
       "CREATE TABLE",
       {"new t: DDL", "u: SELECT", "v: SELECT", "w: SELECT"}},
      {"CREATE TABLE t PARTITION OF p FOR VALUES FROM ((SELECT 1 FROM a)) TO ((SELECT 2 FROM b))",
       "CREATE TABLE",
       {"new t: DDL", "p: DDL", "a: SELECT", "b: SELECT"}},
      {"CREATE TABLE t (a int) PARTITION BY RANGE (((SELECT 1 FROM u)))", "CREATE TABLE", {"new t: DDL", "u: SELECT"}},
      {"CREATE TABLE t OF s.y", "CREATE TABLE", {"new t: DDL"}},
      {"CREATE TABLE t (a int GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME s.q START 1))",
       "CREATE TABLE",
       {"new t: DDL", "new s.q: DDL"}},
      {"ALTER TABLE t ADD COLUMN a int DEFAULT (SELECT 1 FROM u), DROP COLUMN b CASCADE",
       "ALTER TABLE",
       {"t: DDL", "u: SELECT"}},
      {"ALTER TABLE t ALTER a TYPE int USING (SELECT 1 FROM u), ALTER b SET DEFAULT (SELECT 2 FROM v)",
       "ALTER TABLE",
       {"t: DDL", "u: SELECT", "v: SELECT"}},
      {"ALTER TABLE t ADD CONSTRAINT c FOREIGN KEY (a) REFERENCES u", "ALTER TABLE", {"t: DDL", "u: DDL"}},
      {"ALTER TABLE t ADD CHECK ((SELECT true FROM u))", "ALTER TABLE", {"t: DDL", "u: SELECT"}},
      {"ALTER TABLE t INHERIT s.p", "ALTER TABLE", {"t: DDL", "s.p: DDL"}},
      {"ALTER TABLE t NO INHERIT p", "ALTER TABLE", {"t: DDL", "p: DDL"}},
      {"ALTER TABLE t ATTACH PARTITION s.p FOR VALUES IN (1)", "ALTER TABLE", {"t: DDL", "s.p: DDL"}},
      {"ALTER TABLE t DETACH PARTITION p CONCURRENTLY", "ALTER TABLE", {"t: DDL", "p: DDL"}},
      {"ALTER INDEX i ATTACH PARTITION j", "ALTER INDEX", {"i: DDL", "j: DDL"}},
      {"ALTER TABLE t ALTER a ADD GENERATED ALWAYS AS IDENTITY (SEQUENCE NAME q)",
       "ALTER TABLE",
       {"t: DDL", "new q: DDL"}},
      {"ALTER TABLE t SET (fillfactor = 70), OWNER TO x, ENABLE ROW LEVEL SECURITY, REPLICA IDENTITY FULL",
       "ALTER TABLE",
       {"t: DDL"}},
      {"ALTER VIEW v ALTER a SET DEFAULT 1", "ALTER VIEW", {"v: DDL"}},
      {"ALTER MATERIALIZED VIEW m SET (autovacuum_enabled = off)", "ALTER MATERIALIZED VIEW", {"m: DDL"}},
      {"ALTER TABLE ALL IN TABLESPACE a SET TABLESPACE b", "ALTER TABLE", {"database: DDL"}},
      {"ALTER TABLE t RENAME TO u", "ALTER TABLE", {"t: DDL", "new u: DDL"}},
      {"ALTER TABLE s.t RENAME TO u", "ALTER TABLE", {"s.t: DDL", "new s.u: DDL"}},
      {"ALTER TABLE t RENAME a TO b", "ALTER TABLE", {"t: DDL"}},
      {"ALTER TABLE t RENAME CONSTRAINT a TO b", "ALTER TABLE", {"t: DDL"}},
      {"ALTER INDEX i RENAME TO j", "ALTER INDEX", {"i: DDL"}},
      {"ALTER VIEW v RENAME TO w", "ALTER VIEW", {"v: DDL", "new w: DDL"}},
      {"ALTER TABLE s.t SET SCHEMA n", "ALTER TABLE", {"s.t: DDL", "new n.t: DDL"}},
      {"CREATE UNIQUE INDEX i ON s.t (a, (f((SELECT 1 FROM u)))) INCLUDE (b) WHERE (SELECT true FROM v)",
       "CREATE INDEX",
       {"s.t: DDL", "u: SELECT", "v: SELECT"}},
      {"CREATE SEQUENCE q AS int OWNED BY s.t.a", "CREATE SEQUENCE", {"new q: DDL", "s.t: DDL"}},
      {"CREATE TEMP SEQUENCE q OWNED BY NONE", "CREATE SEQUENCE", {"new temp q: DDL"}},
      {"ALTER SEQUENCE q OWNED BY t.a", "ALTER SEQUENCE", {"q: DDL", "t: DDL"}},
      {"CREATE STATISTICS x ON a, (b + (SELECT 1 FROM u)) FROM t",
       "CREATE STATISTICS",
       {"new schema x: DDL", "t: DDL", "u: SELECT"}},
      {"ALTER STATISTICS s.x SET STATISTICS 1", "ALTER STATISTICS", {"schema s.x: DDL"}},
      {"CREATE FOREIGN TABLE t (a int) SERVER s OPTIONS (table_name 'x')", "CREATE FOREIGN TABLE", {"new t: DDL"}},
      {"CREATE FOREIGN TABLE t (a int) SERVER s OPTIONS (program 'id')",
       "CREATE FOREIGN TABLE",
       {"new t: DDL", "database: SERVER_FILE"}},
      {"ALTER FOREIGN TABLE t OPTIONS (SET filename '/etc/passwd')",
       "ALTER FOREIGN TABLE",
       {"t: DDL", "database: SERVER_FILE"}},
  };
  for (const Row& row : rows) check_ddl(row);
}

TEST(AnalyzerDdl, WhatHangsOnTables) {
  const Row rows[] = {
      {"CREATE RULE r AS ON INSERT TO t WHERE EXISTS (SELECT FROM u) DO INSTEAD (INSERT INTO v SELECT new.a FROM w; "
       "DELETE FROM x; NOTIFY n)",
       "CREATE RULE",
       {"t: DDL", "u: SELECT", "v: INSERT", "w: SELECT", "x: DELETE", "database: NOTIFY"}},
      {"CREATE TRIGGER g AFTER UPDATE OF a ON s.t REFERENCING NEW TABLE AS n FOR EACH ROW WHEN (new.a > 1) "
       "EXECUTE FUNCTION f('x')",
       "CREATE TRIGGER",
       {"s.t: DDL"}},
      {"CREATE CONSTRAINT TRIGGER g AFTER INSERT ON t FROM u FOR EACH ROW EXECUTE FUNCTION f()",
       "CREATE TRIGGER",
       {"t: DDL", "u: DDL"}},
      {"CREATE POLICY p ON t USING (EXISTS (SELECT FROM u)) WITH CHECK ((SELECT true FROM v))",
       "CREATE POLICY",
       {"t: DDL", "u: SELECT", "v: SELECT"}},
      {"ALTER POLICY p ON t USING (EXISTS (SELECT FROM u))", "ALTER POLICY", {"t: DDL", "u: SELECT"}},
      {"DROP TRIGGER g ON s.t", "DROP TRIGGER", {"s.t: DDL"}},
      {"DROP RULE r ON t", "DROP RULE", {"t: DDL"}},
      {"DROP POLICY IF EXISTS p ON t", "DROP POLICY", {"t: DDL"}},
      {"ALTER TRIGGER g ON t RENAME TO h", "ALTER TRIGGER", {"t: DDL"}},
      {"ALTER TRIGGER g ON t DEPENDS ON EXTENSION e", "ALTER TRIGGER", {"t: DDL"}},
      {"COMMENT ON COLUMN s.t.a IS 'x'", "COMMENT", {"s.t: DDL"}},
      {"COMMENT ON TRIGGER g ON t IS 'x'", "COMMENT", {"t: DDL"}},
      {"COMMENT ON CONSTRAINT c ON s.t IS 'x'", "COMMENT", {"s.t: DDL"}},
      {"SECURITY LABEL FOR p ON TABLE t IS 'x'", "SECURITY LABEL", {"t: DDL"}},
  };
  for (const Row& row : rows) check_ddl(row);
}

TEST(AnalyzerDdl, Schemas) {
  const Row rows[] = {
      {"CREATE SCHEMA s", "CREATE SCHEMA", {"new schema s: DDL"}},
      {"CREATE SCHEMA AUTHORIZATION bob", "CREATE SCHEMA", {"new schema bob: DDL"}},
      {"CREATE SCHEMA AUTHORIZATION CURRENT_USER", "CREATE SCHEMA", {"database: DDL"}},
      {"CREATE SCHEMA s CREATE TABLE t (a int) CREATE VIEW v AS SELECT * FROM u GRANT SELECT ON o.t TO x",
       "CREATE SCHEMA",
       {"new schema s: DDL", "new s.t: DDL", "new s.v: DDL", "u: SELECT", "o.t: DCL"}},
      {"ALTER SCHEMA a RENAME TO b", "ALTER SCHEMA", {"schema a: DDL", "new schema b: DDL"}},
      {"ALTER SCHEMA a OWNER TO x", "ALTER SCHEMA", {"schema a: DDL"}},
      {"DROP SCHEMA a, b CASCADE", "DROP SCHEMA", {"schema a: DDL", "schema b: DDL"}},
      {"COMMENT ON SCHEMA s IS NULL", "COMMENT", {"schema s: DDL"}},
  };
  for (const Row& row : rows) check_ddl(row);
}

TEST(AnalyzerDdl, FunctionsTypesAndOperators) {
  const Row rows[] = {
      {"CREATE FUNCTION f(a int DEFAULT (SELECT 1 FROM t)) RETURNS int LANGUAGE sql AS 'SELECT 1'",
       "CREATE FUNCTION",
       {"new function f: DDL", "t: SELECT"}},
      {"CREATE FUNCTION s.f() RETURNS int LANGUAGE c AS 'x.so', 'f'",
       "CREATE FUNCTION",
       {"new function s.f: DDL", "database: SERVER_FILE"}},
      {"CREATE FUNCTION pg_temp.f() RETURNS int RETURN (SELECT 1 FROM t)",
       "CREATE FUNCTION",
       {"new temp function pg_temp.f: DDL", "t: SELECT"}},
      {"CREATE PROCEDURE p() BEGIN ATOMIC INSERT INTO t VALUES (1); SELECT * FROM u; END",
       "CREATE PROCEDURE",
       {"new function p: DDL", "t: INSERT", "u: SELECT"}},
      {"ALTER FUNCTION s.f(int) SECURITY DEFINER SET search_path = x", "ALTER FUNCTION", {"function s.f: DDL"}},
      {"ALTER FUNCTION f RENAME TO g", "ALTER FUNCTION", {"function f: DDL", "new function g: DDL"}},
      {"ALTER FUNCTION f(int) SET SCHEMA s", "ALTER FUNCTION", {"function f: DDL", "new function s.f: DDL"}},
      {"ALTER FUNCTION f() OWNER TO x", "ALTER FUNCTION", {"function f: DDL"}},
      {"DROP FUNCTION f, s.g(int, text)", "DROP FUNCTION", {"function f: DDL", "function s.g: DDL"}},
      {"DROP AGGREGATE a(*)", "DROP AGGREGATE", {"function a: DDL"}},
      {"CREATE AGGREGATE s.a (int) (sfunc = g, stype = int)", "CREATE AGGREGATE", {"new function s.a: DDL"}},
      {"CREATE TYPE s.y AS (a int, b text)", "CREATE TYPE", {"new type s.y: DDL"}},
      {"CREATE TYPE y AS ENUM ('a')", "CREATE TYPE", {"new type y: DDL"}},
      {"CREATE TYPE y AS RANGE (subtype = int, subtype_diff = d)", "CREATE TYPE", {"new type y: DDL"}},
      {"CREATE TYPE y (input = i, output = o)", "CREATE TYPE", {"new type y: DDL"}},
      {"ALTER TYPE y ADD VALUE 'b'", "ALTER TYPE", {"type y: DDL"}},
      {"ALTER TYPE y ADD ATTRIBUTE c int", "ALTER TYPE", {"type y: DDL"}},
      {"ALTER TYPE y RENAME ATTRIBUTE a TO b", "ALTER TYPE", {"type y: DDL"}},
      {"ALTER TYPE y RENAME TO z", "ALTER TYPE", {"type y: DDL", "new type z: DDL"}},
      {"ALTER TYPE y SET (storage = plain)", "ALTER TYPE", {"type y: DDL"}},
      {"CREATE DOMAIN d AS int CHECK (value > (SELECT 1 FROM t))", "CREATE DOMAIN", {"new type d: DDL", "t: SELECT"}},
      {"ALTER DOMAIN d ADD CHECK ((SELECT true FROM t))", "ALTER DOMAIN", {"type d: DDL", "t: SELECT"}},
      {"ALTER DOMAIN d RENAME CONSTRAINT a TO b", "ALTER DOMAIN", {"type d: DDL"}},
      {"COMMENT ON CONSTRAINT c ON DOMAIN s.d IS 'x'", "COMMENT", {"type s.d: DDL"}},
      {"DROP TYPE a, s.b", "DROP TYPE", {"type a: DDL", "type s.b: DDL"}},
      {"CREATE OPERATOR s.+ (leftarg = int, function = f)", "CREATE OPERATOR", {"new schema s.+: DDL"}},
      {"ALTER OPERATOR s.+ (int, int) SET (restrict = r)", "ALTER OPERATOR", {"schema s.+: DDL"}},
      {"DROP OPERATOR + (int, int)", "DROP OPERATOR", {"schema +: DDL"}},
      {"CREATE OPERATOR CLASS s.c FOR TYPE int USING btree FAMILY f AS OPERATOR 1 <, FUNCTION 1 g(int, int)",
       "CREATE OPERATOR CLASS",
       {"new schema s.c: DDL", "schema f: DDL"}},
      {"CREATE OPERATOR FAMILY f USING btree", "CREATE OPERATOR FAMILY", {"new schema f: DDL"}},
      {"ALTER OPERATOR FAMILY f USING btree DROP OPERATOR 1 (int, int)", "ALTER OPERATOR FAMILY", {"schema f: DDL"}},
      {"DROP OPERATOR CLASS s.c USING btree", "DROP OPERATOR CLASS", {"schema s.c: DDL"}},
      {"DROP OPERATOR FAMILY f USING btree", "DROP OPERATOR FAMILY", {"schema f: DDL"}},
      {"CREATE CAST (a AS b) WITH FUNCTION f(a) AS IMPLICIT", "CREATE CAST", {"database: DDL"}},
      {"DROP CAST (a AS b)", "DROP CAST", {"database: DDL"}},
      {"CREATE TRANSFORM FOR a LANGUAGE l (FROM SQL WITH FUNCTION f(internal))", "CREATE TRANSFORM", {"database: DDL"}},
      {"DROP TRANSFORM FOR a LANGUAGE l", "DROP TRANSFORM", {"database: DDL"}},
      {"CREATE COLLATION s.c (locale = 'C')", "CREATE COLLATION", {"new schema s.c: DDL"}},
      {"ALTER COLLATION c REFRESH VERSION", "ALTER COLLATION", {"schema c: DDL"}},
      {"CREATE CONVERSION c FOR 'LATIN1' TO 'UTF8' FROM f", "CREATE CONVERSION", {"new schema c: DDL"}},
      {"CREATE TEXT SEARCH CONFIGURATION s.c (COPY = english)",
       "CREATE TEXT SEARCH CONFIGURATION",
       {"new schema s.c: DDL"}},
      {"ALTER TEXT SEARCH CONFIGURATION c ALTER MAPPING FOR word WITH d",
       "ALTER TEXT SEARCH CONFIGURATION",
       {"schema c: DDL"}},
      {"ALTER TEXT SEARCH DICTIONARY d (stopwords = x)", "ALTER TEXT SEARCH DICTIONARY", {"schema d: DDL"}},
      {"DROP TEXT SEARCH PARSER s.p", "DROP TEXT SEARCH PARSER", {"schema s.p: DDL"}},
      {"DROP COLLATION c", "DROP COLLATION", {"schema c: DDL"}},
      {"DROP STATISTICS s.x", "DROP STATISTICS", {"schema s.x: DDL"}},
  };
  for (const Row& row : rows) check_ddl(row);
}

TEST(AnalyzerDdl, Drops) {
  const Row rows[] = {
      {"DROP TABLE IF EXISTS t, s.u", "DROP TABLE", {"t: DDL", "s.u: DDL"}},
      {"DROP VIEW v", "DROP VIEW", {"v: DDL"}},
      {"DROP MATERIALIZED VIEW s.m", "DROP MATERIALIZED VIEW", {"s.m: DDL"}},
      {"DROP SEQUENCE q", "DROP SEQUENCE", {"q: DDL"}},
      {"DROP INDEX CONCURRENTLY s.i", "DROP INDEX", {"s.i: DDL"}},
      {"DROP FOREIGN TABLE t", "DROP FOREIGN TABLE", {"t: DDL"}},
      {"DROP EXTENSION e", "DROP EXTENSION", {"database: DDL"}},
      {"DROP LANGUAGE l", "DROP LANGUAGE", {"database: DDL"}},
      {"DROP EVENT TRIGGER g", "DROP EVENT TRIGGER", {"database: DDL"}},
      {"DROP SERVER s", "DROP SERVER", {"database: DDL"}},
      {"DROP FOREIGN DATA WRAPPER w", "DROP FOREIGN DATA WRAPPER", {"database: DDL"}},
      {"DROP USER MAPPING FOR x SERVER s", "DROP USER MAPPING", {"database: DDL"}},
      {"DROP PUBLICATION p", "DROP PUBLICATION", {"database: DDL"}},
      {"DROP SUBSCRIPTION s", "DROP SUBSCRIPTION", {"database: DDL"}},
      {"DROP ACCESS METHOD a", "DROP ACCESS METHOD", {"database: DDL"}},
      {"DROP DATABASE d", "DROP DATABASE", {"database: DDL"}},
      {"DROP TABLESPACE s", "DROP TABLESPACE", {"database: DDL"}},
  };
  for (const Row& row : rows) check_ddl(row);
}

TEST(AnalyzerDdl, BesideTheSchemas) {
  const Row rows[] = {
      {"CREATE DATABASE d", "CREATE DATABASE", {"database: DDL"}},
      {"ALTER DATABASE d SET search_path = x", "ALTER DATABASE", {"database: DDL"}},
      {"ALTER DATABASE d RENAME TO e", "ALTER DATABASE", {"database: DDL"}},
      {"CREATE TABLESPACE s LOCATION '/x'", "CREATE TABLESPACE", {"database: DDL"}},
      {"ALTER TABLESPACE s SET (seq_page_cost = 1)", "ALTER TABLESPACE", {"database: DDL"}},
      {"CREATE EXTENSION e SCHEMA s CASCADE", "CREATE EXTENSION", {"database: DDL"}},
      {"ALTER EXTENSION e UPDATE", "ALTER EXTENSION", {"database: DDL"}},
      {"ALTER EXTENSION e ADD TABLE s.t", "ALTER EXTENSION", {"database: DDL", "s.t: DDL"}},
      {"ALTER EXTENSION e DROP FUNCTION f(int)", "ALTER EXTENSION", {"database: DDL", "function f: DDL"}},
      {"ALTER EXTENSION e SET SCHEMA s", "ALTER EXTENSION", {"database: DDL", "schema s: DDL"}},
      {"CREATE LANGUAGE l HANDLER h INLINE i VALIDATOR v", "CREATE LANGUAGE", {"database: DDL"}},
      {"CREATE EVENT TRIGGER g ON ddl_command_start EXECUTE FUNCTION f()", "CREATE EVENT TRIGGER", {"database: DDL"}},
      {"ALTER EVENT TRIGGER g DISABLE", "ALTER EVENT TRIGGER", {"database: DDL"}},
      {"CREATE ACCESS METHOD a TYPE TABLE HANDLER h", "CREATE ACCESS METHOD", {"database: DDL"}},
      {"CREATE FOREIGN DATA WRAPPER w HANDLER s.h NO VALIDATOR", "CREATE FOREIGN DATA WRAPPER", {"database: DDL"}},
      {"ALTER FOREIGN DATA WRAPPER w VALIDATOR v", "ALTER FOREIGN DATA WRAPPER", {"database: DDL"}},
      {"CREATE SERVER s FOREIGN DATA WRAPPER w OPTIONS (host 'x')", "CREATE SERVER", {"database: DDL"}},
      {"ALTER SERVER s OPTIONS (SET host 'y')", "ALTER SERVER", {"database: DDL"}},
      {"CREATE USER MAPPING FOR x SERVER s OPTIONS (password 'p')", "CREATE USER MAPPING", {"database: DDL"}},
      {"ALTER USER MAPPING FOR x SERVER s OPTIONS (SET password 'p')", "ALTER USER MAPPING", {"database: DDL"}},
      {"IMPORT FOREIGN SCHEMA r LIMIT TO (a, b) FROM SERVER s INTO l", "IMPORT FOREIGN SCHEMA", {"schema l: DDL"}},
      {"CREATE PUBLICATION p FOR TABLE t WHERE (a > 1), s.u, TABLES IN SCHEMA n",
       "CREATE PUBLICATION",
       {"database: DDL", "t: DDL", "s.u: DDL", "schema n: DDL"}},
      {"CREATE PUBLICATION p FOR ALL TABLES", "CREATE PUBLICATION", {"database: DDL"}},
      {"ALTER PUBLICATION p ADD TABLE t", "ALTER PUBLICATION", {"database: DDL", "t: DDL"}},
      {"CREATE SUBSCRIPTION s CONNECTION 'x' PUBLICATION p", "CREATE SUBSCRIPTION", {"database: DDL"}},
      {"ALTER SUBSCRIPTION s DISABLE", "ALTER SUBSCRIPTION", {"database: DDL"}},
      {"ALTER SYSTEM SET archive_command = 'x'", "ALTER SYSTEM", {"database: DDL+SERVER_FILE"}},
      {"COMMENT ON DATABASE d IS 'x'", "COMMENT", {"database: DDL"}},
      {"COMMENT ON LARGE OBJECT 1 IS 'x'", "COMMENT", {"database: DDL"}},
      {"COMMENT ON ROLE r IS 'x'", "COMMENT", {"database: DDL"}},
  };
  for (const Row& row : rows) check_ddl(row);
}

TEST(AnalyzerDdl, WhatNeedsADatabaseForItself) {
  const auto emptied = [](std::string_view sql) { return test::analyze_one(sql).emptied_database; };
  EXPECT_EQ(emptied("DROP DATABASE d"), "d");
  EXPECT_EQ(emptied("DROP DATABASE IF EXISTS \"D\" WITH (FORCE)"), "D");
  EXPECT_EQ(emptied("ALTER DATABASE d RENAME TO e"), "d");
  EXPECT_EQ(emptied("ALTER DATABASE d SET TABLESPACE s"), "d");
  EXPECT_EQ(emptied("CREATE DATABASE d TEMPLATE e OWNER u"), "e");
  EXPECT_EQ(emptied("CREATE DATABASE d WITH OWNER = u TEMPLATE = 'e'"), "e");
  EXPECT_EQ(emptied("CREATE DATABASE d"), "");
  EXPECT_EQ(emptied("ALTER DATABASE d CONNECTION LIMIT 3"), "");
  EXPECT_EQ(emptied("ALTER TABLE d RENAME TO e"), "");
}

TEST(AnalyzerDdl, Privileges) {
  const Row rows[] = {
      {"GRANT SELECT (a), UPDATE ON t, s.u TO x", "GRANT", {"t: DCL", "s.u: DCL"}},
      {"REVOKE ALL ON SEQUENCE q FROM PUBLIC CASCADE", "REVOKE", {"q: DCL"}},
      {"GRANT ALL ON ALL TABLES IN SCHEMA a, b TO x", "GRANT", {"schema a: DCL", "schema b: DCL"}},
      {"GRANT EXECUTE ON FUNCTION s.f(int) TO x", "GRANT", {"function s.f: DCL"}},
      {"GRANT USAGE ON SCHEMA s TO x", "GRANT", {"schema s: DCL"}},
      {"GRANT USAGE ON TYPE s.y TO x", "GRANT", {"type s.y: DCL"}},
      {"GRANT USAGE ON DOMAIN d TO x", "GRANT", {"type d: DCL"}},
      {"GRANT CONNECT ON DATABASE d TO x", "GRANT", {"database: DCL"}},
      {"GRANT USAGE ON LANGUAGE l TO x", "GRANT", {"database: DCL"}},
      {"GRANT USAGE ON FOREIGN SERVER s TO x", "GRANT", {"database: DCL"}},
      {"GRANT SELECT ON LARGE OBJECT 1 TO x", "GRANT", {"database: DCL"}},
      {"GRANT SET ON PARAMETER work_mem TO x", "GRANT", {"database: DCL"}},
      {"GRANT a, b TO c WITH ADMIN OPTION", "GRANT ROLE", {"database: DCL"}},
      {"REVOKE a FROM b", "REVOKE ROLE", {"database: DCL"}},
      {"ALTER DEFAULT PRIVILEGES GRANT SELECT ON TABLES TO x", "ALTER DEFAULT PRIVILEGES", {"database: DCL"}},
      {"ALTER DEFAULT PRIVILEGES FOR ROLE r IN SCHEMA s REVOKE ALL ON TABLES FROM x",
       "ALTER DEFAULT PRIVILEGES",
       {"schema s: DCL"}},
      {"CREATE ROLE r LOGIN PASSWORD 'x'", "CREATE ROLE", {"database: DCL"}},
      {"ALTER USER r PASSWORD 'x'", "ALTER ROLE", {"database: DCL"}},
      {"ALTER ROLE r SET search_path = x", "ALTER ROLE", {"database: DCL"}},
      {"ALTER ROLE r RENAME TO q", "ALTER ROLE", {"database: DCL"}},
      {"DROP ROLE r", "DROP ROLE", {"database: DCL"}},
      {"REASSIGN OWNED BY a TO b", "REASSIGN OWNED", {"database: DCL"}},
      {"DROP OWNED BY a", "DROP OWNED", {"database: DDL+DCL"}},
  };
  for (const Row& row : rows) check(row, StatementType::dcl);
}

TEST(AnalyzerDdl, Maintenance) {
  const Row rows[] = {
      {"VACUUM", "VACUUM", {"database: MAINTENANCE"}},
      {"VACUUM (FULL, ANALYZE) t (a), s.u", "VACUUM", {"t: MAINTENANCE", "s.u: MAINTENANCE"}},
      {"ANALYZE VERBOSE t", "ANALYZE", {"t: MAINTENANCE"}},
      {"CLUSTER t USING i", "CLUSTER", {"t: MAINTENANCE"}},
      {"CLUSTER", "CLUSTER", {"database: MAINTENANCE"}},
      {"REINDEX TABLE CONCURRENTLY s.t", "REINDEX", {"s.t: MAINTENANCE"}},
      {"REINDEX INDEX i", "REINDEX", {"i: MAINTENANCE"}},
      {"REINDEX SCHEMA s", "REINDEX", {"schema s: MAINTENANCE"}},
      {"REINDEX DATABASE d", "REINDEX", {"database: MAINTENANCE"}},
      {"REINDEX SYSTEM d", "REINDEX", {"database: MAINTENANCE"}},
      {"REFRESH MATERIALIZED VIEW CONCURRENTLY s.m", "REFRESH MATERIALIZED VIEW", {"s.m: MAINTENANCE"}},
      {"CHECKPOINT", "CHECKPOINT", {"database: MAINTENANCE"}},
      {"PREPARE TRANSACTION 'x'", "PREPARE TRANSACTION", {"database: MAINTENANCE"}},
      {"COMMIT PREPARED 'x'", "COMMIT PREPARED", {"database: MAINTENANCE"}},
      {"ROLLBACK PREPARED 'x'", "ROLLBACK PREPARED", {"database: MAINTENANCE"}},
  };
  for (const Row& row : rows) check(row, StatementType::maintenance);
}

TEST(AnalyzerDdl, TellsWhatItReachesAndLeaves) {
  EXPECT_TRUE(test::analyze_one("DROP TABLE t CASCADE").cascades);
  EXPECT_FALSE(test::analyze_one("DROP TABLE t").cascades);
  EXPECT_TRUE(test::analyze_one("TRUNCATE t CASCADE").cascades);
  EXPECT_TRUE(test::analyze_one("CREATE TEMP TABLE t (a int)").creates_temporary);
  EXPECT_TRUE(test::analyze_one("SELECT 1 AS a INTO TEMP t").creates_temporary);
  EXPECT_TRUE(test::analyze_one("CREATE FUNCTION pg_temp.f() RETURNS int RETURN 1").creates_temporary);
  EXPECT_FALSE(test::analyze_one("CREATE TABLE t (a int)").creates_temporary);
  EXPECT_TRUE(test::analyze_one("SELECT 1 AS a INTO t").changes_catalog);
  EXPECT_TRUE(test::analyze_one("EXPLAIN ANALYZE CREATE TABLE t AS SELECT 1").changes_catalog);
}

}  // namespace
}  // namespace sqlproxy::pipeline
