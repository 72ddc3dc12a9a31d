"""Random SQL for the cases: valid, or failing in a way that is the same every time.

Nothing in it may give a different answer when it is run again: no clock, no process id, no transaction id, no row order left open.
Nor may it ask for what docs/session-state.md says does not follow a client from one server connection to another: currval of an
earlier transaction, and custom settings that only functions and DO blocks have named.
"""

SETTINGS = {
    "work_mem": ["'1MB'", "'5MB'", "'77kB'", "'abc'"],
    "application_name": ["'one'", "'two'", "''"],
    "TimeZone": ["'UTC'", "'Asia/Tokyo'", "'America/New_York'", "'Nowhere/Land'"],
    "DateStyle": ["'German'", "'ISO, DMY'", "'SQL'", "'ISO'"],
    "IntervalStyle": ["'iso_8601'", "'postgres'"],
    "client_min_messages": ["'warning'", "'notice'", "'error'"],
    "extra_float_digits": ["0", "1", "-5", "99"],
    "search_path": ["t, public", "u, t", "public", "pg_catalog"],
    "bytea_output": ["'escape'", "'hex'"],
    "my.word": ["'a'", "'b'", "''"],
    "my.other": ["'c'"],
    "default_transaction_isolation": ["'serializable'", "'read committed'"],
    "default_transaction_read_only": ["on", "off"],
    "statement_timeout": ["'77s'", "0"],
    "client_encoding": ["'UTF8'", "'LATIN1'"],
    "standard_conforming_strings": ["on"],
    "no_such_setting": ["1"],
}
_READS = [
    "SELECT {k}", "SELECT {k} AS n, 'word {k}' AS word, NULL", "SELECT generate_series(1, {k})", "SELECT", "VALUES (1, 'x'), (2, NULL)",
    "SELECT id, name, price FROM t.items{n} ORDER BY id", "SELECT * FROM t.items{n} WHERE id < {k} ORDER BY 1", "SELECT * FROM items{n} ORDER BY id", "SELECT word FROM t.log{n} ORDER BY n",
    "SELECT word FROM t.board ORDER BY word", "SELECT 10 / (3 - i) FROM generate_series(1, 5) i", "SELECT 1/0", "SELECT nothing", "SELECT * FROM t.absent",
    "SELECT t.shout('{w}')", "SELECT repeat('{w}', {big})", "SELECT i, repeat('r', 300) FROM generate_series(1, 40) i", "SELECT date '2024-03-01', interval '1 day 2 hours', timestamptz '2024-03-01 12:00+00'",
    "SELECT 0.1::float8 * 3, '\\x00ff'::bytea", "SELECT current_setting('my.word', true)", "SELECT current_setting('search_path')", "TABLE t.log{n}", "SELECT 'dürüm'",
    "SELECT count(*) FROM tmp{n}", "SELECT * FROM tmp{n} ORDER BY 1", "SELECT current_user, session_user", "SELECT to_regclass('tmp{n}') IS NULL",
    "SELECT name, statement FROM pg_prepared_statements WHERE name IN ('q1', 'q2') ORDER BY name", "SELECT name FROM pg_cursors WHERE name <> '' ORDER BY name",
    "SELECT current_setting('transaction_isolation'), current_setting('transaction_read_only')", "EXPLAIN (COSTS OFF) SELECT * FROM t.items{n} WHERE id = 1",
    "SELECT name, setting FROM pg_settings WHERE name IN ('work_mem', 'DateStyle', 'TimeZone', 'my.word', 'search_path') ORDER BY name",
    "SELECT id FROM t.items{n} ORDER BY id FOR UPDATE", "SELECT nextval('t.seq{n}')", "SELECT nextval('t.seq{n}'); SELECT currval('t.seq{n}'), lastval()", "SELECT set_config('my.word', '{w}', false)",
]
_WRITES = [
    "INSERT INTO t.log{n} (word) VALUES ('{w}')", "INSERT INTO t.log{n} (word) VALUES ('{w}'), ('more') RETURNING n, word", "INSERT INTO t.items{n} VALUES ({k}, '{w}', 1)",
    "UPDATE t.items{n} SET name = name || '{w}' WHERE id <= 2", "UPDATE t.items{n} SET price = price + 1 WHERE id = {k} RETURNING id, price", "DELETE FROM t.items{n} WHERE id = {k}",
    "INSERT INTO t.board VALUES ('{w} of {n}')", "INSERT INTO t.later{n} VALUES (1)", "INSERT INTO t.later{n} VALUES (2), (2)", "INSERT INTO tmp{n} VALUES ('{w}')",
    "DELETE FROM t.log{n}", "INSERT INTO t.items{n} (id) VALUES ('{w}')", "MERGE INTO t.items{n} i USING (VALUES (1), (9)) v (id) ON i.id = v.id WHEN MATCHED THEN UPDATE SET name = 'merged' WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'new', 0)",
    "WITH gone AS (DELETE FROM t.items{n} WHERE id = {k} RETURNING *) INSERT INTO t.log{n} (word) SELECT name FROM gone",
]
_DEFINITIONS = [
    "CREATE TABLE t.new{n} (a int)", "DROP TABLE IF EXISTS t.new{n}", "INSERT INTO t.new{n} VALUES (1)", "ALTER TABLE t.items{n} ADD COLUMN more int", "ALTER TABLE t.items{n} DROP COLUMN IF EXISTS more",
    "TRUNCATE t.log{n} RESTART IDENTITY", "ALTER TABLE t.items{n} ALTER COLUMN name TYPE varchar(40)", "CREATE TABLE t.made{n} AS SELECT 1 AS a", "CREATE OR REPLACE VIEW t.view{n} AS SELECT id, name FROM t.items{n}",
    "COMMENT ON TABLE t.log{n} IS '{w}'", "VACUUM t.log{n}", "ANALYZE t.log{n}", "LOCK TABLE t.log{n}", "CREATE DATABASE t_never TEMPLATE no_such_database",
]
_TEMPORARY = [
    "CREATE TEMP TABLE tmp{n} (word text)", "CREATE TEMP TABLE tmp{n} (word text) ON COMMIT DELETE ROWS", "CREATE TEMP TABLE IF NOT EXISTS tmp{n} (word text) ON COMMIT DROP", "DROP TABLE IF EXISTS tmp{n}",
    "CREATE TEMP TABLE tmp{n} AS SELECT 'made' AS word", "SELECT 'into' AS word INTO TEMP tmp{n}", "DROP TABLE tmp{n}", "INSERT INTO tmp{n} VALUES ('{w}')", "TABLE tmp{n}", "CREATE TEMP VIEW tmp{n} AS SELECT 'view'::text AS word",
]
_TRANSACTIONS = [
    "BEGIN", "BEGIN", "BEGIN", "START TRANSACTION ISOLATION LEVEL REPEATABLE READ", "BEGIN READ ONLY", "COMMIT", "COMMIT", "COMMIT", "END", "ROLLBACK", "ROLLBACK", "ABORT", "COMMIT AND CHAIN", "ROLLBACK AND CHAIN",
    "SAVEPOINT a", "SAVEPOINT a", "SAVEPOINT b", "ROLLBACK TO a", "ROLLBACK TO SAVEPOINT b", "RELEASE a", "RELEASE b", "SET TRANSACTION ISOLATION LEVEL SERIALIZABLE", "SET TRANSACTION READ ONLY",
    "SET SESSION CHARACTERISTICS AS TRANSACTION READ WRITE", "SET CONSTRAINTS ALL IMMEDIATE", "PREPARE TRANSACTION 'g{n}'", "COMMIT PREPARED 'g{n}'", "ROLLBACK PREPARED 'g{n}'",
]
_PREPARED = [
    "PREPARE q1 AS SELECT {k}", "PREPARE q1 (int) AS SELECT $1 + {k}", "PREPARE q2 (text) AS INSERT INTO t.log{n} (word) VALUES ($1) RETURNING word", "PREPARE q2 AS SELECT * FROM items{n} ORDER BY id", "PREPARE s1 AS SELECT 'sql'",
    "EXECUTE q1", "EXECUTE q1({k})", "EXECUTE q2('{w}')", "EXECUTE q2", "EXECUTE s1", "EXECUTE s2({k})", "EXECUTE absent", "DEALLOCATE q1", "DEALLOCATE s1", "DEALLOCATE PREPARE q2", "DEALLOCATE ALL", "DEALLOCATE absent",
    "EXPLAIN (COSTS OFF) EXECUTE q1", "CREATE TABLE t.made{n} AS EXECUTE q1", "PREPARE q1 AS SELECT $1",
]
_DISCARDS = ["DISCARD ALL", "DISCARD PLANS", "DISCARD TEMP", "DISCARD SEQUENCES", "CLOSE ALL", "UNLISTEN *", "RESET ALL"]
_CURSORS = [
    "DECLARE c1 CURSOR FOR SELECT id, name FROM t.items{n} ORDER BY id", "DECLARE c1 SCROLL CURSOR FOR SELECT generate_series(1, 9)", "DECLARE c2 CURSOR WITH HOLD FOR SELECT generate_series(1, {k})",
    "DECLARE c2 BINARY CURSOR FOR SELECT 7", "FETCH 2 FROM c1", "FETCH ALL FROM c1", "FETCH c2", "FETCH 3 FROM c2", "FETCH BACKWARD 1 FROM c1", "MOVE 1 FROM c1", "CLOSE c1", "CLOSE c2", "CLOSE absent", "FETCH p1",
    "UPDATE t.items{n} SET name = 'current' WHERE CURRENT OF c1",
]
_CHANNELS = ["LISTEN channel_{n}", "LISTEN channel_{n}", "NOTIFY channel_{n}, '{w}'", "NOTIFY channel_{n}", "SELECT pg_notify('channel_{n}', '{w}')", "UNLISTEN channel_{n}", "UNLISTEN *", "SELECT * FROM pg_listening_channels() ORDER BY 1"]
_BLOCKS = [
    "DO $$ BEGIN RAISE NOTICE 'noticed {w}'; END $$", "DO $$ BEGIN RAISE WARNING 'warned'; RAISE INFO 'told'; END $$", "DO $$ BEGIN RAISE EXCEPTION 'raised {w}' USING ERRCODE = 'P0042', DETAIL = 'why', HINT = 'how'; END $$",
    "DO $$ BEGIN INSERT INTO t.log{n} (word) VALUES ('kept'); BEGIN PERFORM 1/0; EXCEPTION WHEN division_by_zero THEN RAISE NOTICE 'caught'; END; END $$",
    "DO $$ BEGIN PERFORM set_config('work_mem', '{k}MB', false); END $$", "DO $$ BEGIN PERFORM set_config('application_name', 'by do', true); END $$", "CALL t.commits{n}()", "SELECT t.sets('{k}MB')",
    "DO $$ BEGIN SET LOCAL work_mem = '9MB'; SET DateStyle = 'SQL, MDY'; END $$", "DO $$ BEGIN EXECUTE 'CREATE TEMP TABLE tmp{n} (word text)'; END $$",
]
_LOCKS = ["SELECT pg_advisory_lock({lock})", "SELECT pg_advisory_unlock({lock})", "SELECT pg_try_advisory_lock({lock})", "SELECT pg_advisory_xact_lock({lock})", "SELECT pg_advisory_unlock_all()",
          "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()"]
_ROLES = ["SET ROLE differential_role", "RESET ROLE", "SET ROLE none", "SET SESSION AUTHORIZATION differential_role", "RESET SESSION AUTHORIZATION", "SET LOCAL ROLE differential_role", "SELECT current_user, session_user"]
_SYNTAX = ["SELEC 1", "SELECT 'open", "INSERT INTO", "SELECT 1; SELEC 2", "BEGIN; COMIT", "SELECT $1", "SELECT 1 FROM"]
EMPTY = ["", ";", "-- nothing", "/* nothing */ ;"]
COPY_IN = ["COPY t.log{n} (word) FROM STDIN", "COPY t.log{n} (word) FROM STDIN", "COPY t.items{n} FROM STDIN", "COPY t.items{n} FROM STDIN (FORMAT csv)", "COPY tmp{n} FROM STDIN", "COPY t.absent FROM STDIN", "COPY t.board FROM STDIN"]
COPY_OUT = ["COPY t.items{n} TO STDOUT", "COPY (SELECT id, name FROM t.items{n} ORDER BY id) TO STDOUT (FORMAT csv, HEADER)", "COPY (SELECT 10 / (3 - i) FROM generate_series(1, 5) i) TO STDOUT", "COPY t.log{n} (word) TO STDOUT (FORMAT binary)",
            "COPY (INSERT INTO t.log{n} (word) VALUES ('copied') RETURNING word) TO STDOUT"]

# Kind of statement, and how often it is chosen.
KINDS = {
    "read": 24, "write": 16, "transaction": 22, "setting": 16, "prepared": 12, "cursor": 8, "block": 5, "definition": 5, "temporary": 4, "channel": 3, "lock": 3, "discard": 3, "role": 1, "syntax": 3, "empty": 2, "copy_out": 3,
}
_TEXTS = {
    "read": _READS, "write": _WRITES, "transaction": _TRANSACTIONS, "prepared": _PREPARED, "cursor": _CURSORS, "block": _BLOCKS, "definition": _DEFINITIONS, "temporary": _TEMPORARY, "channel": _CHANNELS, "lock": _LOCKS,
    "discard": _DISCARDS, "role": _ROLES, "syntax": _SYNTAX, "empty": EMPTY, "copy_out": COPY_OUT, "copy_in": COPY_IN,
}
_WORDS = ["ant", "bee", "cat", "dürüm", "it''s", "tab\\t"]


class Statements:
    """Gives statements of one session; `generator` is the case's random.Random, `weights` how often each kind comes."""

    def __init__(self, generator, session, weights):
        self._generator = generator
        self._session = session
        self._kinds = list(weights)
        self._weights = list(weights.values())
        self.generation = 0

    def any(self):
        return self.of(self._generator.choices(self._kinds, self._weights)[0])

    def of(self, kind):
        text = self._setting() if kind == "setting" else self._generator.choice(_TEXTS[kind])
        return self.fill(text)

    def fill(self, text):
        generator = self._generator
        values = {"n": self._session, "k": generator.randint(1, 9), "w": generator.choice(_WORDS), "big": generator.choice([100, 3000, 8180, 8192, 20000]), "lock": 10 + self._session + 10 * self.generation}
        for name, value in values.items():
            text = text.replace("{" + name + "}", str(value))
        return text

    def _setting(self):
        generator = self._generator
        name = generator.choice(list(SETTINGS))
        value = generator.choice(SETTINGS[name])
        quoted = value if value.startswith("'") else f"'{value}'"
        return generator.choice([
            f"SET {name} = {value}", f"SET {name} TO {value}", f"SET SESSION {name} = {value}", f"SET LOCAL {name} = {value}", f"SET {name} TO DEFAULT", f"RESET {name}", f"SHOW {name}", f"SHOW {name}",
            f"SELECT set_config('{name}', {quoted}, false)", f"SELECT set_config('{name}', {quoted}, true)", f"SELECT current_setting('{name}', true)", f"BEGIN; SET {name} = {value}; ROLLBACK",
            f"SET {name} = {value}; SELECT 1/0", "SET TIME ZONE 'Europe/Paris'", "SET NAMES 'UTF8'",
        ])
