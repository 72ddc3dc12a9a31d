"""The extended query protocol: statements, portals, pipelines, and skipping until Sync."""

import struct

from harness.messages import (bind, close_portal, close_statement, describe_portal, describe_statement, execute, extended, flush, parse, query,
                              sync)
from transcripts import Script, only_send, queries, ready, until

INSERT = "INSERT INTO t.log (word) VALUES ($1)"


def insert(word):
    return parse(INSERT) + bind([word]) + execute()


SCRIPTS = [
    Script("extended-select", [ready(extended("SELECT id, name FROM t.items WHERE id < $1 ORDER BY id", [4]))]),
    Script("extended-empty", [ready(extended("")), ready(extended("-- nothing")), ready(extended("", describe=False))]),
    Script("extended-no-describe", [ready(extended("SELECT 1", describe=False))]),
    Script("extended-two-commands", [ready(parse("SELECT 1; SELECT 2"), sync()), ready(parse("SELECT 1;"), sync())]),
    Script("extended-syntax-error", [ready(extended("SELEC 1")), ready(extended("SELECT 1"))]),
    Script("extended-error-skips-to-sync", [
        ready(parse("SELECT 1/0"), bind(), execute(), parse("SELECT 2", "kept"), bind(statement="kept"), execute(), query("SELECT 'skipped'"), flush(), sync()),
        ready(bind(statement="kept"), execute(), sync())]),
    Script("extended-parse-error-skips", [ready(parse("SELECT nothing"), insert("never"), sync()), *queries("SELECT count(*) FROM t.log")]),
    Script("extended-bind-error-skips", [ready(parse("SELECT $1::int"), bind(["x"]), describe_portal(), execute(), sync(), extended("SELECT 2"), count=2)]),
    Script("extended-pipeline-of-syncs", [ready(*[extended(f"SELECT {n}") for n in range(20)], count=20)]),
    Script("extended-pipeline-one-sync", [ready(*[parse("SELECT $1::text") + bind([n]) + describe_portal() + execute() for n in range(20)], sync())]),
    Script("extended-pipeline-is-one-transaction", [
        ready(insert("lost"), insert("lost too"), parse("SELECT 1/0"), bind(), execute(), insert("never"), sync(), insert("kept"), sync(), count=2),
        *queries("SELECT word FROM t.log")]),
    Script("extended-pipeline-with-commit", [
        ready(parse("BEGIN"), bind(), execute(), insert("one"), parse("COMMIT"), bind(), execute(), insert("two"), parse("SELECT 1/0"), bind(), execute(), sync()),
        *queries("SELECT word FROM t.log")]),
    Script("extended-begin-fail-commit", [
        ready(parse("BEGIN"), bind(), execute(), sync(), parse("SELECT 1/0"), bind(), execute(), sync(), parse("SELECT 1"), sync(), parse("COMMIT"), bind(), execute(), sync(), count=4)]),
    Script("extended-named-statements", [
        ready(parse("SELECT name FROM t.items WHERE id = $1", "by_id", [23]), sync()),
        ready(bind([1], statement="by_id"), execute(), bind([2], statement="by_id"), execute(), sync()),
        ready(describe_statement("by_id"), sync()), ready(close_statement("by_id"), sync()), ready(bind([1], statement="by_id"), execute(), sync())]),
    Script("extended-42P05", [ready(parse("SELECT 1", "s"), sync()), ready(parse("SELECT 2", "s"), bind(statement="s"), execute(), sync()), ready(bind(statement="s"), execute(), sync())]),
    Script("extended-26000", [ready(bind(statement="absent"), sync()), ready(describe_statement("absent"), sync()), ready(bind(), sync()), ready(close_statement("absent"), sync())]),
    Script("extended-34000", [ready(execute("absent"), sync()), ready(describe_portal("absent"), sync()), ready(execute(), sync()), ready(close_portal("absent"), sync())]),
    Script("extended-failed-parse-leaves-no-name", [ready(parse("SELECT nothing", "s"), sync()), ready(parse("SELECT 1", "s"), sync()), ready(bind(statement="s"), execute(), sync())]),
    Script("extended-unnamed-statement-survives", [ready(parse("SELECT $1::text"), sync()), ready(bind(["a"]), execute(), sync()), ready(bind(["b"]), execute(), sync())]),
    Script("extended-unnamed-statement-ends-with-query", [ready(parse("SELECT 1"), sync()), ready(query("SELECT 2")), ready(bind(), execute(), sync())]),
    Script("extended-unnamed-statement-ends-with-failed-parse", [ready(parse("SELECT 1"), sync()), ready(parse("SELEC"), sync()), ready(bind(), execute(), sync())]),
    Script("extended-statements-survive-rollback", [
        *queries("BEGIN"), ready(parse("SELECT 5", "s"), sync()), *queries("ROLLBACK"), ready(bind(statement="s"), execute(), sync())]),
    Script("extended-one-namespace-with-sql", [
        ready(parse("SELECT $1::int + 1", "s"), sync()), *queries("EXECUTE s(4)", "PREPARE q AS SELECT 7"), ready(bind(statement="q"), execute(), sync()),
        *queries("DEALLOCATE s"), ready(bind([1], statement="s"), execute(), sync()), ready(close_statement("q"), sync()), *queries("EXECUTE q")]),
    Script("extended-deallocate-all-in-order", [
        ready(parse("SELECT 1", "a"), sync()),
        ready(parse("DEALLOCATE ALL"), bind(), execute(), parse("SELECT 2", "a"), sync()), ready(bind(statement="a"), execute(), sync())]),
    Script("extended-describe", [
        ready(parse("SELECT id, $1::text AS word, price FROM t.items", "s"), describe_statement("s"), sync()),
        ready(parse("INSERT INTO t.log (word) VALUES ($1)", "i"), describe_statement("i"), sync()),
        ready(parse("INSERT INTO t.log (word) VALUES ($1) RETURNING n, word", "r"), describe_statement("r"), sync()),
        ready(bind(["x"], statement="s", result_formats=[1]), describe_portal(), sync()), ready(parse("", "e"), describe_statement("e"), sync()),
        ready(parse("COPY t.log TO STDOUT", "c"), describe_statement("c"), sync()), ready(parse("SHOW TimeZone", "h"), describe_statement("h"), sync()),
        ready(parse("SELECT $1, $2, $3", "three", [23, 0, 1043]), describe_statement("three"), sync())]),
    Script("extended-row-limit", [
        ready(parse("SELECT id FROM t.items ORDER BY id"), bind(), execute("", 2), execute("", 2), execute("", 2), execute("", 2), sync()),
        ready(bind(), execute("", 5), execute("", 5), sync()), ready(bind(), execute("", 1), sync()), ready(execute("", 1), sync())]),
    Script("extended-row-limit-with-flush", [
        until("s", parse("SELECT id FROM t.items ORDER BY id"), bind(portal="p"), execute("p", 2), flush()), until("s", execute("p", 2), flush()),
        until("C", execute("p", 2), flush()), ready(sync())]),
    Script("extended-portals-in-a-block", [
        *queries("BEGIN"), ready(parse("SELECT id FROM t.items ORDER BY id", "s"), bind(portal="a", statement="s"), bind(portal="b", statement="s"), execute("a", 1), execute("b", 3), sync()),
        ready(execute("a", 1), execute("b", 1), close_portal("a"), execute("a", 1), sync()), *queries("ROLLBACK"), ready(execute("b"), sync())]),
    Script("extended-42P03", [*queries("BEGIN"), ready(parse("SELECT 1", "s"), bind(portal="p", statement="s"), bind(portal="p", statement="s"), sync()), *queries("ROLLBACK")]),
    Script("extended-close-statement-keeps-portal", [
        *queries("BEGIN"), ready(parse("SELECT id FROM t.items ORDER BY id", "s"), bind(portal="p", statement="s"), close_statement("s"), execute("p", 1), sync()), *queries("COMMIT")]),
    Script("extended-portal-of-sql-cursor", [
        *queries("BEGIN", "DECLARE c CURSOR FOR SELECT id FROM t.items ORDER BY id"), ready(describe_portal("c"), execute("c", 2), sync()), *queries("FETCH 1 FROM c", "COMMIT")]),
    Script("extended-binary", [
        ready(parse("SELECT $1::int, $2::text, $3::bytea, id, name, price FROM t.items ORDER BY id", "s"),
              bind([struct.pack("!i", 7), b"text", b"\x00\xff"], statement="s", formats=[1, 1, 1], result_formats=[1]), describe_portal(), execute(), sync()),
        ready(bind(["8", "mixed", b"\\x01"], statement="s", formats=[0, 0, 0], result_formats=[1, 0, 1, 1, 0, 1]), describe_portal(), execute(), sync()),
        ready(bind([None, None, None], statement="s"), execute(), sync())]),
    Script("extended-bad-counts", [
        ready(parse("SELECT $1::int, $2::int", "s"), sync()), ready(bind([1], statement="s"), sync()), ready(bind([1, 2, 3], statement="s"), sync()),
        ready(bind([1, 2], statement="s", formats=[0, 0, 0]), sync()), ready(bind([1, 2], statement="s", result_formats=[0, 0, 0]), sync()),
        ready(bind([1, 2], statement="s", formats=[7]), sync()), ready(bind([b"\0\0", b"\0\0\0\1"], statement="s", formats=[1]), sync())]),
    Script("extended-many-parameters", [ready(parse("SELECT " + " + ".join(f"${n}::int" for n in range(1, 1001))), bind(range(1000)), execute(), sync())]),
    Script("extended-large-parameter", [ready(parse("SELECT length($1), md5($1)"), bind([b"p" * 3_000_000]), execute(), sync())]),
    Script("extended-flush-without-sync", [
        until("T", parse("SELECT 1 AS one"), describe_statement(), flush()), until("C", bind(), execute(), flush()), ready(sync())]),
    Script("extended-asyncpg-style", [until("T", parse("SELECT name FROM t.items WHERE id = $1", "st1"), describe_statement("st1"), flush()), ready(bind([2], statement="st1"), execute(), sync())]),
    Script("extended-flush-error", [until("E", parse("SELECT nothing"), flush()), only_send(parse("SELECT 1"), flush()), ready(sync())]),
    Script("extended-error-comes-without-flush", [until("E", parse("SELECT 1/0"), bind(), execute()), ready(sync())]),
    Script("extended-query-inside-a-pipeline", [ready(insert("kept?"), query("SELECT count(*) FROM t.log"), sync(), count=2), *queries("SELECT count(*) FROM t.log")]),
    Script("extended-query-fails-inside-a-pipeline", [ready(insert("lost?"), query("SELECT 1/0"), sync(), count=2), *queries("SELECT count(*) FROM t.log")]),
    Script("extended-vacuum-in-a-pipeline", [ready(extended("VACUUM t.log")), ready(insert("x"), parse("VACUUM t.log"), bind(), execute(), sync())]),
    Script("extended-set-in-a-pipeline", [
        ready(parse("SET DateStyle = 'German'"), bind(), execute(), parse("SELECT date '2024-03-01'::text"), bind(), execute(), sync()),
        ready(parse("SET DateStyle = 'ISO'"), bind(), execute(), parse("SELECT 1/0"), bind(), execute(), sync()), *queries("SHOW DateStyle")]),
    Script("extended-cached-plan-changes", [
        ready(parse("SELECT * FROM t.items WHERE id = 1", "s"), bind(statement="s"), execute(), sync()), *queries("ALTER TABLE t.items ADD COLUMN more int"),
        ready(bind(statement="s"), execute(), sync()), ready(describe_statement("s"), sync())]),
    Script("extended-notices", [ready(extended("SELECT t.shout($1)", ["pssst"]))]),
    Script("extended-only-syncs", [ready(sync(), sync(), sync(), count=3)]),
    Script("extended-rows-then-error", [ready(extended("SELECT 10 / (3 - i) FROM generate_series(1, 5) i"))]),
    Script("extended-long-names", [ready(parse("SELECT 1", "n" * 200), bind(portal="p" * 200, statement="n" * 200), execute("p" * 200), sync())]),
    Script("extended-deferred-error-at-sync", [
        *queries("CREATE TABLE t.deferred (id int UNIQUE DEFERRABLE INITIALLY DEFERRED)"),
        ready(parse("INSERT INTO t.deferred VALUES (1), (1)"), bind(), execute(), sync()), *queries("SELECT count(*) FROM t.deferred")]),
]
