"""What lives in a session: transactions, settings, notifications, temporary objects, locks."""

from harness.messages import bind, close_statement, execute, extended, parse, query, sync
from transcripts import Script, queries, ready

SCRIPTS = [
    Script("transaction", queries("BEGIN", "INSERT INTO t.log (word) VALUES ('a')", "COMMIT", "BEGIN", "INSERT INTO t.log (word) VALUES ('b')", "ROLLBACK", "SELECT word FROM t.log")),
    Script("transaction-failed", queries("BEGIN", "SELECT 1/0", "SELECT 1", "SELECT nonsense nonsense", "COMMIT", "SELECT 'after'")),
    Script("transaction-warnings", queries("COMMIT", "ROLLBACK", "BEGIN", "BEGIN", "COMMIT", "SET LOCAL work_mem = '1MB'", "SAVEPOINT s")),
    Script("transaction-modes", queries(
        "BEGIN ISOLATION LEVEL SERIALIZABLE READ ONLY", "SHOW transaction_isolation", "INSERT INTO t.log (word) VALUES ('x')", "ROLLBACK",
        "START TRANSACTION READ WRITE", "SET TRANSACTION READ ONLY", "SHOW transaction_read_only", "COMMIT AND CHAIN", "ROLLBACK AND NO CHAIN",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "INSERT INTO t.log (word) VALUES ('x')")),
    Script("savepoints", queries(
        "BEGIN", "SAVEPOINT a", "INSERT INTO t.log (word) VALUES ('a')", "SAVEPOINT b", "SELECT 1/0", "RELEASE a", "ROLLBACK TO b", "INSERT INTO t.log (word) VALUES ('b')",
        "ROLLBACK TO a", "RELEASE SAVEPOINT a", "RELEASE a", "ROLLBACK", "SELECT count(*) FROM t.log")),
    Script("two-phase", queries("BEGIN", "INSERT INTO t.log (word) VALUES ('2pc')", "PREPARE TRANSACTION 'gid-1'", "SELECT count(*) FROM t.log", "COMMIT PREPARED 'gid-1'", "SELECT count(*) FROM t.log", "ROLLBACK PREPARED 'absent'")),
    Script("settings", queries(
        "SET application_name = 'renamed'", "SET TimeZone = 'Asia/Tokyo'", "SET DateStyle TO 'SQL, DMY'", "SET IntervalStyle = iso_8601", "SELECT now() = now(), date '2024-03-02', interval '1 day'",
        "BEGIN", "SET TimeZone = 'UTC'", "ROLLBACK", "SHOW TimeZone", "SET LOCAL TimeZone = 'Europe/Paris'", "BEGIN", "SET LOCAL TimeZone = 'Europe/Paris'", "COMMIT",
        "RESET TimeZone", "SET no_such = 1", "SET my.custom = 'x'", "SHOW my.custom", "SELECT set_config('work_mem', '3MB', false)", "SHOW work_mem", "RESET ALL", "SHOW DateStyle", "DISCARD ALL")),
    Script("settings-reported-at-ready", queries("SET application_name = 'a'; SET application_name = 'b'; SELECT 1", "SELECT set_config('application_name', 'c', false)", "SET client_encoding = 'LATIN1'", "SELECT 'é'", "RESET client_encoding")),
    Script("settings-in-a-failed-query", queries("SET TimeZone = 'Asia/Tokyo'; SELECT 1/0", "SHOW TimeZone")),
    Script("startup-parameters", queries(
        "SHOW TimeZone", "SHOW DateStyle", "SHOW application_name", "SHOW work_mem", "SHOW my.setting", "SHOW enable_seqscan", "SHOW statement_timeout", "SHOW search_path",
        "SET TimeZone = 'UTC'", "SET work_mem = '7MB'", "SET application_name = 'other'", "RESET TimeZone", "RESET work_mem", "RESET application_name",
        "SHOW TimeZone", "SHOW work_mem", "SHOW application_name", "SET DateStyle = German", "RESET ALL", "SHOW DateStyle", "SET search_path = pg_catalog", "DISCARD ALL", "SHOW search_path"),
        parameters={"TimeZone": "Asia/Tokyo", "DateStyle": "SQL, DMY", "application_name": "started", "my.setting": "mine", "search_path": "t, public",
                    "options": "-c work_mem=5MB --enable-seqscan=off -c statement_timeout=60s -c TimeZone=Europe/Paris"}),
    Script("startup-options-escapes", queries("SHOW application_name", "SHOW search_path"), parameters={"options": r"-c application_name=with\ space\\slash  -csearch_path=t"}),
    Script("listen-to-oneself", queries(
        "LISTEN news", "NOTIFY news, 'one'", "NOTIFY news; NOTIFY news, 'two'; SELECT 1", "BEGIN", "NOTIFY news, 'held back'", "SELECT 'not yet'", "COMMIT", "BEGIN", "NOTIFY news, 'never'", "ROLLBACK",
        "SELECT pg_notify('news', 'by function')", "UNLISTEN news", "NOTIFY news, 'unheard'", "LISTEN \"Quoted Channel\"", "NOTIFY \"Quoted Channel\", 'q'", "UNLISTEN *")),
    Script("listen-in-the-extended-protocol", [ready(extended("LISTEN x")), ready(extended("NOTIFY x, 'p'")), ready(extended("SELECT pg_notify($1, $2)", ["x", "payload"])), ready(extended("UNLISTEN x"))]),
    Script("temporary-tables", queries(
        "CREATE TEMP TABLE tmp (a int)", "INSERT INTO tmp SELECT generate_series(1, 3)", "SELECT sum(a) FROM tmp", "BEGIN", "CREATE TEMP TABLE gone (a int) ON COMMIT DROP", "COMMIT", "SELECT * FROM gone",
        "CREATE TEMP TABLE items (id text)", "SELECT count(*) FROM items", "SELECT 1 AS x INTO TEMP into_temp", "SELECT * FROM into_temp", "DISCARD TEMP", "SELECT * FROM tmp")),
    Script("with-hold-cursor", queries("BEGIN", "DECLARE h CURSOR WITH HOLD FOR SELECT id FROM t.items ORDER BY id", "COMMIT", "FETCH 2 FROM h", "FETCH ALL FROM h", "CLOSE h")),
    Script("advisory-locks", queries("SELECT pg_advisory_lock(1)", "SELECT pg_try_advisory_lock(1)", "SELECT pg_advisory_unlock(1)", "SELECT pg_advisory_unlock(1)", "SELECT pg_advisory_unlock(1)", "SELECT pg_advisory_unlock_all()")),
    Script("sequences", queries("SELECT currval('t.log_n_seq')", "SELECT nextval('t.log_n_seq')", "SELECT currval('t.log_n_seq'), lastval()", "SELECT setval('t.log_n_seq', 100)", "INSERT INTO t.log (word) VALUES ('seq') RETURNING n")),
    Script("discard-all", [
        *queries("CREATE TEMP TABLE tmp (a int)", "PREPARE p AS SELECT 1", "SET work_mem = '2MB'"), ready(parse("SELECT 2", "s"), sync()), *queries("DISCARD ALL", "SELECT * FROM tmp", "EXECUTE p", "SHOW work_mem"),
        ready(bind(statement="s"), execute(), sync()), ready(close_statement("s"), sync()), *queries("SELECT 1; DISCARD ALL", "BEGIN", "DISCARD ALL", "ROLLBACK")]),
    Script("lock-and-maintenance", queries("BEGIN", "LOCK TABLE t.items IN SHARE MODE", "COMMIT", "LOCK TABLE t.items", "ANALYZE t.items", "VACUUM t.items", "REINDEX TABLE t.items", "CHECKPOINT", "CLUSTER t.items USING items_pkey")),
    Script("roles", queries("CREATE ROLE transcript_role", "GRANT USAGE ON SCHEMA t TO transcript_role", "SET ROLE transcript_role", "SELECT current_user", "SELECT * FROM t.items", "RESET ROLE", "DROP OWNED BY transcript_role", "DROP ROLE transcript_role")),
    Script("statement-timeout", queries("SET statement_timeout = '50ms'", "SELECT pg_sleep(5)", "BEGIN", "SELECT pg_sleep(5)", "SELECT 1", "ROLLBACK")),
    Script("mixed-protocols", [
        ready(query("BEGIN")), ready(extended("INSERT INTO t.log (word) VALUES ($1) RETURNING word", ["mixed"])), ready(query("SELECT count(*) FROM t.log"), extended("SELECT 1"), query("COMMIT"), count=3)]),
]
