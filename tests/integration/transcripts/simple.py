"""The simple query protocol."""

from harness.messages import flush, query, sync
from transcripts import Script, queries, ready

SCRIPTS = [
    Script("simple-select", queries("SELECT id, name, price FROM t.items ORDER BY id")),
    Script("simple-no-rows", queries("SELECT id FROM t.items WHERE false")),
    Script("simple-no-columns", queries("SELECT FROM t.items")),
    Script("simple-several-statements", queries("SELECT 1 AS one; INSERT INTO t.log (word) VALUES ('a') RETURNING n; SELECT 'three' AS three;")),
    Script("simple-several-with-empty-ones", queries(";;SELECT 1;;SELECT 2;; ;")),
    Script("simple-error-in-the-middle", queries(
        "INSERT INTO t.log (word) VALUES ('lost'); SELECT 1/0; INSERT INTO t.log (word) VALUES ('never')", "SELECT 'still here'")),
    Script("simple-syntax-error-anywhere-runs-nothing", queries(
        "INSERT INTO t.log (word) VALUES ('never'); SELEC 2", "SELECT count(*) FROM t.log")),
    Script("simple-syntax-error-position", queries("SELECT id\n  FROM t.items\n  WHERE (((", "SELECT dürüm +", "'unterminated", "SELECT $$open")),
    Script("simple-empty", queries("", " ", ";", "-- a comment", "/* another /* nested */ one */")),
    Script("simple-unknown-names", queries("SELECT nothing FROM t.items", "SELECT t.nothing()", "SELECT 1 FROM t.items i, t.items i")),
    Script("simple-pipelined", [ready(query("SELECT 1"), query("SELECT 2; SELECT 3"), query(""), query("SELECT 1/0"), query("SELECT 4"), count=5)]),
    Script("simple-dml", queries(
        "INSERT INTO t.items VALUES (6, 'f', 6), (7, 'g', 7)", "UPDATE t.items SET price = price + 1 WHERE id > 5 RETURNING id, price",
        "DELETE FROM t.items WHERE id = 7", "INSERT INTO t.items VALUES (1, 'again', 0)",
        "INSERT INTO t.items VALUES (1, 'again', 0) ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING *",
        "MERGE INTO t.items i USING (VALUES (2)) v(id) ON i.id = v.id WHEN MATCHED THEN DELETE", "TRUNCATE t.log")),
    Script("simple-commit-in-the-middle", queries("INSERT INTO t.log (word) VALUES ('kept'); COMMIT; INSERT INTO t.log (word) VALUES ('lost'); SELECT 1/0")),
    Script("simple-begin-in-the-middle", [*queries(
        "INSERT INTO t.log (word) VALUES ('first'); BEGIN; INSERT INTO t.log (word) VALUES ('second')", "SELECT 'in a block'", "ROLLBACK", "SELECT count(*) FROM t.log")]),
    Script("simple-vacuum-in-a-block", queries("SELECT 1; VACUUM t.log", "VACUUM t.log", "BEGIN", "VACUUM t.log", "ROLLBACK")),
    Script("simple-notices", queries("SELECT t.shout('hey')", "DROP TABLE IF EXISTS t.absent", "DO $$ BEGIN RAISE WARNING 'careful'; RAISE INFO 'for information'; END $$")),
    Script("simple-many-columns", queries("SELECT " + ", ".join(f"{n} AS c{n}" for n in range(1, 1001)))),
    Script("simple-wide-row", queries("SELECT repeat('x', 300000), repeat('y', 70000)")),
    Script("simple-many-rows", queries("SELECT i, repeat('r', i % 100) FROM generate_series(1, 20000) i")),
    Script("simple-long-text", queries("SELECT '" + "long text " * 5000 + "'")),
    Script("simple-long-text-around-buffers", [ready(query("SELECT length('" + "x" * size + "')")) for size in (4060, 8170, 16360, 32740, 65500, 131000)]),
    Script("simple-cursor", queries(
        "BEGIN", "DECLARE c CURSOR FOR SELECT id FROM t.items ORDER BY id", "FETCH 2 FROM c", "MOVE 1 IN c", "FETCH ALL FROM c", "FETCH 1 FROM c",
        "DECLARE b BINARY CURSOR FOR SELECT id FROM t.items ORDER BY id", "FETCH 2 FROM b", "CLOSE c", "FETCH 1 FROM c", "ROLLBACK")),
    Script("simple-sql-prepare", queries(
        "PREPARE p(int) AS SELECT name FROM t.items WHERE id = $1", "EXECUTE p(1)", "EXECUTE p('x')", "EXECUTE p(2)", "DEALLOCATE p", "EXECUTE p(1)",
        "PREPARE p AS SELECT 1", "PREPARE p AS SELECT 2", "DEALLOCATE ALL", "EXECUTE p")),
    Script("simple-explain", queries("EXPLAIN (COSTS OFF) SELECT * FROM t.items WHERE id = 1", "EXPLAIN (COSTS OFF, ANALYZE, TIMING OFF, SUMMARY OFF) SELECT 1")),
    Script("simple-ddl", queries(
        "CREATE TABLE t.fresh AS SELECT id, name FROM t.items", "SELECT count(*) FROM t.fresh", "ALTER TABLE t.fresh ADD COLUMN extra int DEFAULT 3",
        "SELECT * FROM t.fresh ORDER BY id LIMIT 1", "CREATE VIEW t.v AS SELECT id FROM t.fresh", "SELECT * FROM t.v ORDER BY 1",
        "CREATE INDEX ON t.fresh (id)", "DROP TABLE t.fresh", "DROP TABLE t.fresh CASCADE")),
    Script("simple-types", queries(
        "SELECT true, 1::int2, 2::int8, 1.5::float8, 'NaN'::numeric, '\\xdeadbeef'::bytea, date '2024-02-29', interval '1 day 2 hours', "
        "array[1,null,3], '{\"a\": 1}'::jsonb, row(1,'x'), point(1,2), uuid '00000000-0000-0000-0000-000000000001', null::text, ''::text, "
        "timestamptz '2024-01-01 00:00+00', '[1,5)'::int4range, inet '10.0.0.1'")),
    Script("simple-strings", queries(
        r"SELECT 'a\b', E'a\nb', U&'d\0061t\+000061', $tag$ dollar $$ quoted $tag$, 'con'" + "\n" + "'tinued', N'n', B'101', X'1F', \"name\" FROM t.items WHERE id = 1")),
    Script("simple-sync-and-flush-between", [ready(sync()), ready(flush(), query("SELECT 1")), ready(sync(), sync(), query("SELECT 2"), count=3)]),
    Script("simple-client-raised-errors", queries(
        "DO $$ BEGIN RAISE EXCEPTION 'own error' USING ERRCODE = 'ABC12', DETAIL = 'd', HINT = 'h', COLUMN = 'c', CONSTRAINT = 'k', DATATYPE = 'y', TABLE = 't', SCHEMA = 's'; END $$",
        "INSERT INTO t.items VALUES (NULL, 'x', 1)", "SELECT 'a'::int", "SELECT 1 WHERE 1")),
]
