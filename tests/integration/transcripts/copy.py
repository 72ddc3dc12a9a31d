"""COPY in both directions, in the simple and the extended protocol."""

from harness.messages import bind, copy_data, copy_done, copy_fail, describe_portal, execute, extended, flush, parse, query, sync
from transcripts import Script, only_send, queries, ready, until

COPY_IN = "COPY t.log (word) FROM STDIN"
EXTENDED_IN = parse(COPY_IN) + bind() + describe_portal() + execute() + sync()

SCRIPTS = [
    Script("copy-out", queries("COPY t.items TO STDOUT", "COPY (SELECT id, name FROM t.items ORDER BY id) TO STDOUT (FORMAT csv, HEADER)", "COPY t.log TO STDOUT")),
    Script("copy-out-binary", queries("COPY t.items TO STDOUT (FORMAT binary)", "COPY t.log TO STDOUT BINARY")),
    Script("copy-out-extended", [ready(extended("COPY t.items TO STDOUT")), ready(extended("COPY t.items TO STDOUT"), extended("SELECT 1"), count=2)]),
    Script("copy-out-error-mid-way", queries("COPY (SELECT 1 / (3 - i) FROM generate_series(1, 5) i) TO STDOUT", "SELECT 1")),
    Script("copy-out-large-rows", queries("COPY (SELECT repeat('z', 100000) FROM generate_series(1, 5)) TO STDOUT")),
    Script("copy-in", [until("G", query(COPY_IN)), ready(copy_data("one\ntwo\n"), copy_data("thr"), copy_data("ee\n"), copy_done()), *queries("SELECT word FROM t.log")]),
    Script("copy-in-nothing", [until("G", query(COPY_IN)), ready(copy_done())]),
    Script("copy-in-end-marker", [until("G", query(COPY_IN)), ready(copy_data("one\n\\.\n"), copy_done()), *queries("SELECT word FROM t.log")]),
    Script("copy-in-csv", [
        until("G", query("COPY t.items FROM STDIN (FORMAT csv)")), ready(copy_data('10,"a, ""b""\nc",1\n11,,\n'), copy_done()), *queries("SELECT * FROM t.items WHERE id >= 10")]),
    Script("copy-in-binary", [
        until("G", query("COPY t.log (word) FROM STDIN (FORMAT binary)")),
        ready(copy_data(b"PGCOPY\n\xff\r\n\0\0\0\0\0\0\0\0\0"), copy_data(b"\0\1\0\0\0\2hi"), copy_data(b"\xff\xff"), copy_done()), *queries("SELECT word FROM t.log")]),
    Script("copy-in-coalesced", [ready(query(COPY_IN), copy_data("blind\n"), copy_done()), *queries("SELECT word FROM t.log")]),
    Script("copy-in-fail", [until("G", query(COPY_IN)), ready(copy_data("one\n"), copy_fail("changed my mind")), *queries("SELECT word FROM t.log")]),
    Script("copy-in-bad-row", [
        until("G", query("COPY t.items FROM STDIN")), ready(copy_data("20\tok\t1\nnot a number\tx\t1\n"), copy_data("21\tlate\t1\n"), copy_done()), *queries("SELECT 'after'")]),
    Script("copy-in-bad-row-at-once", [
        until("G", query("COPY t.items FROM STDIN")), until("Z", copy_data("bad\tx\t1\n" * 2000)), only_send(copy_data("22\tlate\t1\n"), copy_fail("too late")), *queries("SELECT 'after'")]),
    Script("copy-in-fails-before-it-starts", [ready(query("COPY t.absent FROM STDIN")), only_send(copy_data("ignored\n"), copy_done()), *queries("SELECT 'after'")]),
    Script("copy-in-with-flush-and-sync", [until("G", query(COPY_IN)), ready(copy_data("a\n"), flush(), sync(), copy_data("b\n"), copy_done()), *queries("SELECT word FROM t.log")]),
    Script("copy-in-in-a-block", [
        *queries("BEGIN"), until("G", query(COPY_IN)), ready(copy_data("gone\n"), copy_done()), *queries("ROLLBACK", "SELECT count(*) FROM t.log", "BEGIN"),
        until("G", query(COPY_IN)), ready(copy_fail("no")), *queries("SELECT 1", "COMMIT")]),
    Script("copy-in-extended", [until("G", EXTENDED_IN), ready(copy_data("ext\n"), copy_done(), sync()), *queries("SELECT word FROM t.log")]),
    Script("copy-in-extended-without-early-sync", [
        until("G", parse(COPY_IN), bind(), execute(), flush()), ready(copy_data("ext\n"), copy_done(), sync()), ready(extended("SELECT word FROM t.log"))]),
    Script("copy-in-extended-three-swallowed-syncs", [until("G", EXTENDED_IN), ready(sync(), copy_data("a\n"), sync(), copy_data("b\n"), copy_done(), sync()), *queries("SELECT word FROM t.log")]),
    Script("copy-in-extended-coalesced", [ready(EXTENDED_IN, copy_data("blind\n"), copy_done(), sync(), extended("SELECT word FROM t.log"), count=2)]),
    Script("copy-in-extended-fail", [until("G", EXTENDED_IN), ready(copy_data("a\n"), copy_fail("no"), sync()), *queries("SELECT count(*) FROM t.log")]),
    Script("copy-in-extended-error-before-it-starts", [
        ready(parse("COPY t.absent FROM STDIN"), bind(), describe_portal(), execute(), sync()), ready(copy_data("ignored\n"), copy_done(), sync()), *queries("SELECT 'after'")]),
    Script("copy-in-extended-bad-row", [
        until("G", parse("COPY t.items FROM STDIN"), bind(), execute(), sync()), until("E", copy_data("bad\tx\t1\n" * 2000)),
        ready(copy_data("30\tlate\t1\n"), copy_done(), extended("SELECT 'skipped'")), ready(extended("SELECT 'after'"))]),
    Script("copy-in-extended-then-more-in-the-pipeline", [
        until("G", parse(COPY_IN), bind(), execute()), ready(copy_data("first\n"), copy_done(), parse("SELECT word FROM t.log"), bind(), execute(), sync())]),
    Script("copy-in-extended-fails-later-in-the-pipeline", [
        until("G", parse(COPY_IN), bind(), execute()), ready(copy_data("lost\n"), copy_done(), parse("SELECT 1/0"), bind(), execute(), sync()), *queries("SELECT count(*) FROM t.log")]),
    Script("copy-several-in-one-query", [
        until("G", query(f"{COPY_IN}; SELECT 'between'; {COPY_IN}; COPY t.log (word) TO STDOUT; SELECT 'end'")),
        until("G", copy_data("first\n"), copy_done()), ready(copy_data("second\n"), copy_done()), *queries("SELECT word FROM t.log")]),
    Script("copy-second-fails-in-one-query", [
        until("G", query(f"{COPY_IN}; {COPY_IN}; SELECT 'never'")), until("G", copy_data("first\n"), copy_done()), ready(copy_fail("no")), *queries("SELECT count(*) FROM t.log")]),
    Script("copy-data-outside-copy", [only_send(copy_data("stray\n"), copy_done(), copy_fail("stray")), *queries("SELECT 'after'")]),
    Script("copy-data-with-triggers-and-notices", [
        *queries("CREATE FUNCTION t.tell() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'row %', NEW.word; RETURN NEW; END $$",
                 "CREATE TRIGGER tell BEFORE INSERT ON t.log FOR EACH ROW EXECUTE FUNCTION t.tell()"),
        until("G", query(COPY_IN)), ready(copy_data("a\nb\n"), copy_done())]),
    Script("copy-to-and-from-server-files", queries("COPY t.items TO '/nowhere/at/all'", "COPY t.items FROM '/nowhere/at/all'", "COPY (SELECT 1) TO PROGRAM 'cat >/dev/null'")),
]
