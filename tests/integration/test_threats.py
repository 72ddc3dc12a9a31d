"""Attacks by code, names, encodings and effects, each shown to work directly as the service account first.

`mallory` may do everything in the schema public but for the table `diary`, and calls no function there that no rule names.
What is worth having is in the schemas hr and tools, in catalogs, files and other sessions. README.md beside this says which tests hold which threat.
"""

import time

import pytest

from harness import messages
from harness.proxy import SERVICE_PASSWORD, SERVICE_USER, configuration, database, user
from harness.wire import WireClient

SECRET = "THREATSECRET-31d7"
PASSWORD = "threats-Password-1"
LONG = "d" * 63

SCHEMA = f"""
CREATE SCHEMA hr;
CREATE SCHEMA tools;
CREATE TABLE hr.salaries (id int, note text);
INSERT INTO hr.salaries VALUES (1, '{SECRET}'), (2, '{SECRET}');
ANALYZE hr.salaries;
CREATE TABLE hr.pg_class (note text);
INSERT INTO hr.pg_class VALUES ('{SECRET}');
CREATE SEQUENCE hr.counter;
CREATE TABLE hr.log (line text);
CREATE TABLE public.orders (id int PRIMARY KEY, customer text);
INSERT INTO public.orders VALUES (1, 'ada');
CREATE TABLE public.diary (note text);
INSERT INTO public.diary VALUES ('{SECRET}');
CREATE TABLE public.{LONG} (note text);
INSERT INTO public.{LONG} VALUES ('{SECRET}');
CREATE FUNCTION tools.secret() RETURNS text LANGUAGE sql AS 'SELECT note FROM hr.salaries LIMIT 1';
CREATE FUNCTION tools.lower(int) RETURNS text LANGUAGE sql AS 'SELECT tools.secret()';
CREATE FUNCTION tools.raises(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RAISE NOTICE '%', tools.secret(); RETURN true; END $$;
CREATE FUNCTION tools.step(text, int) RETURNS text LANGUAGE sql AS 'SELECT tools.secret()';
CREATE FUNCTION tools.eq(int, int) RETURNS text LANGUAGE sql AS 'SELECT tools.secret()';
CREATE FUNCTION tools.on_row() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM tools.raises(1); RETURN NEW; END $$;
CREATE PROCEDURE tools.shows() LANGUAGE plpgsql AS $$ BEGIN PERFORM tools.raises(1); END $$;
CREATE PROCEDURE tools.writes() LANGUAGE sql AS $$ INSERT INTO hr.log VALUES ('x') $$;
CREATE FUNCTION tools.writes_too() RETURNS int LANGUAGE sql AS $$ INSERT INTO hr.log VALUES ('x') RETURNING 1 $$;
CREATE OPERATOR tools.= (LEFTARG = int, RIGHTARG = int, FUNCTION = tools.eq);
CREATE AGGREGATE tools.agg (int) (SFUNC = tools.step, STYPE = text);
CREATE DOMAIN tools.leaky AS int CHECK (tools.raises(VALUE));
CREATE TYPE tools.box AS (a int);
CREATE FUNCTION tools.box_address(tools.box) RETURNS macaddr LANGUAGE plpgsql AS $$ BEGIN PERFORM tools.raises(1); RETURN NULL; END $$;
CREATE CAST (tools.box AS macaddr) WITH FUNCTION tools.box_address(tools.box);
CREATE FOREIGN DATA WRAPPER nowhere;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER nowhere;
CREATE USER MAPPING FOR PUBLIC SERVER elsewhere OPTIONS (password '{SECRET}');
SELECT lo_from_bytea(4711, '{SECRET}');
"""
POLICIES = [
    {"id": "public", "users": ["mallory"], "database": "attacked", "schema": "public", "statements": ["ALL"], "action": "allow"},
    {"id": "temporary", "users": ["mallory"], "database": "attacked", "schema": "pg_temp", "statements": ["ALL"], "action": "allow"},
    {"id": "diary", "users": ["mallory"], "database": "attacked", "schema": "public", "tables": ["diary", LONG], "statements": ["ALL"], "action": "block"},
]

# Statements, one Query each; what they leave is rolled back or reset afterwards.
SHOWN = {
    # 1: one reading of the SQL.
    "name-cut-at-63-bytes": [f"SELECT note FROM public.{LONG}and_more"],
    "quoted-name-cut-at-63-bytes": [f'SELECT note FROM "{LONG}and_more"'],
    "unicode-escapes-with-their-own-escape": ["SELECT note FROM U&\"!0064iary\" UESCAPE '!'"],
    "dollar-quotes-with-a-tag": ["SELECT $a$ $$ ' $a$, note FROM diary --$a$ '"],
    "string-over-two-lines": ["SELECT 'a'\n  '--', note FROM diary --'"],
    "comment-in-a-comment": ["SELECT /* /* */ -- */ note FROM diary"],
    # 2: one reading of names.
    "rollback-of-a-set": ["SET search_path = hr", "BEGIN", "SET search_path = public", "ROLLBACK", "SELECT note FROM salaries"],
    "rollback-to-a-savepoint": ["BEGIN", "SET LOCAL search_path = hr", "SAVEPOINT s", "SET LOCAL search_path = public", "ROLLBACK TO s", "SELECT note FROM salaries"],
    "release-of-a-savepoint": ["BEGIN", "SET search_path = public", "SAVEPOINT s", "SET search_path = hr", "RELEASE s", "COMMIT", "SELECT note FROM salaries"],
    "failed-transaction": ["SET search_path = hr", "BEGIN; SET search_path = public", "SELECT 1 / 0", "COMMIT", "SELECT note FROM salaries"],
    "commit-that-fails-behind-a-drop": ["SET search_path = hr", "CREATE TEMP TABLE parent (id int PRIMARY KEY)", "CREATE TEMP TABLE child (id int REFERENCES parent DEFERRABLE INITIALLY DEFERRED)", "CREATE TEMP TABLE other ()", "BEGIN", "SET search_path = public", "INSERT INTO child VALUES (1)", "DROP TABLE other; COMMIT", "SELECT note FROM salaries"],
    "reset-to-the-databases-own": ["SET search_path = public", "RESET search_path", "SELECT note FROM salaries"],
    "set-to-default": ["SET search_path = public", "SET search_path TO DEFAULT", "SELECT note FROM salaries"],
    "discard-all": ["SET search_path = public", "DISCARD ALL", "SELECT note FROM salaries"],
    "temporary-table-discarded": ["SET search_path = public, hr", "CREATE TEMP TABLE salaries (note text)", "DISCARD TEMP", "SELECT note FROM salaries"],
    "temporary-table-dropped": ["SET search_path = public, hr", "CREATE TEMP TABLE salaries (note text)", "DROP TABLE salaries", "SELECT note FROM salaries"],
    "temporary-table-dropped-in-a-transaction": ["SET search_path = public, hr", "BEGIN", "CREATE TEMP TABLE salaries (note text)", "DROP TABLE pg_temp.salaries", "SELECT note FROM salaries"],
    "temporary-view-dropped": ["SET search_path = public, hr", "CREATE TEMP VIEW salaries AS SELECT 'x' AS note", "DROP VIEW salaries", "SELECT note FROM salaries"],
    "temporary-table-of-a-blocked-ones-name": ["CREATE TEMP TABLE diary (note text)", "DROP TABLE diary", "SELECT note FROM diary"],
    "prepared-for-a-temporary-table": ["SET search_path = public, hr", "CREATE TEMP TABLE salaries (note text)", "PREPARE p AS SELECT note FROM salaries", "DROP TABLE salaries", "EXECUTE p"],
    "row-type-of-a-temporary-table": ["CREATE TEMP TABLE leaky (a int)", "DROP TABLE leaky", "SET search_path = tools", "SELECT 1::leaky"],
    "temporary-table-rolled-back": ["SET search_path = public, hr", "BEGIN", "CREATE TEMP TABLE salaries (note text)", "ROLLBACK", "SELECT note FROM salaries"],
    "temporary-table-dropped-on-commit": ["SET search_path = public, hr", "BEGIN", "CREATE TEMP TABLE salaries (note text) ON COMMIT DROP", "COMMIT", "SELECT note FROM salaries"],
    "temporary-table-renamed": ["SET search_path = public, hr", "CREATE TEMP TABLE salaries (note text)", "ALTER TABLE salaries RENAME TO other", "SELECT note FROM salaries"],
    "shadowing-table-dropped": ["CREATE TABLE IF NOT EXISTS public.salaries (note text)", "SELECT pg_sleep(1)", "SET search_path = public, hr", "DROP TABLE public.salaries", "SELECT note FROM salaries"],
    "shadowing-table-dropped-in-a-transaction": ["CREATE TABLE IF NOT EXISTS public.salaries (note text)", "SELECT pg_sleep(1)", "SET search_path = public, hr", "BEGIN", "DROP TABLE public.salaries",
                                                 "SELECT note FROM salaries"],
    "shadowing-table-renamed": ["CREATE TABLE IF NOT EXISTS public.salaries (note text)", "SELECT pg_sleep(1)", "SET search_path = public, hr", "BEGIN", "ALTER TABLE public.salaries RENAME TO others",
                                "SELECT note FROM salaries"],
    "pg-catalog-last": ["SET search_path = hr, pg_catalog", "SELECT note FROM pg_class"],
    "a-function-before-pg-catalogs": ["SET search_path = tools, pg_catalog", "SELECT lower(1)"],
    "an-overload-of-pg-catalogs": ["SET search_path = public, tools", "SELECT lower(1)"],
    "an-operator-before-pg-catalogs": ["SET search_path = tools, pg_catalog", "SELECT 1 = 1"],
    # 4: functions, and all that calls them.
    "function": ["SELECT tools.secret()"],
    "function-in-from": ["SELECT * FROM tools.secret()"],
    "function-in-rows-from": ["SELECT * FROM ROWS FROM (tools.secret(), generate_series(1, 2)) WITH ORDINALITY"],
    "function-in-a-default": ["BEGIN", "CREATE TABLE public.t (a text DEFAULT tools.secret())", "INSERT INTO public.t DEFAULT VALUES RETURNING a"],
    "function-in-limit": ["SELECT 1 LIMIT length(tools.raises(1)::text)"],
    "procedure": ["CALL tools.shows()"],
    "aggregate": ["SELECT tools.agg(id) FROM public.orders"],
    "aggregate-as-window": ["SELECT tools.agg(id) OVER () FROM public.orders"],
    "operator": ["SELECT 1 OPERATOR(tools.=) 1"],
    "domain": ["SELECT 1::tools.leaky"],
    "domain-by-function-notation": ["SELECT tools.leaky(1)", "SELECT CAST(1 AS tools.leaky)"],
    "domain-of-a-column": ["BEGIN", "CREATE TABLE public.t (a tools.leaky)", "INSERT INTO public.t VALUES (1)"],
    "domain-of-a-record": ["SELECT * FROM jsonb_to_record('{\"a\": 1}') AS r (a tools.leaky)"],
    "domain-of-a-parameter": ["PREPARE p (tools.leaky) AS SELECT $1", "EXECUTE p (1)"],
    "cast": ["SELECT ROW(1)::tools.box::macaddr"],
    "index-expression": ["BEGIN", "CREATE INDEX ON public.orders (tools.raises(id))"],
    "check-constraint": ["BEGIN", "ALTER TABLE public.orders ADD CHECK (tools.raises(id))"],
    "generated-column": ["BEGIN", "ALTER TABLE public.orders ADD g boolean GENERATED ALWAYS AS (tools.raises(id)) STORED"],
    "using-of-a-new-type": ["BEGIN", "ALTER TABLE public.orders ALTER customer TYPE text USING tools.secret()", "SELECT customer FROM public.orders"],
    "trigger": ["BEGIN", "CREATE TRIGGER t BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION tools.on_row()", "INSERT INTO public.orders VALUES (2)"],
    "row-rule": ["BEGIN", "CREATE RULE r AS ON INSERT TO public.orders DO INSTEAD SELECT tools.secret()", "INSERT INTO public.orders VALUES (3)"],
    "view": ["BEGIN", "CREATE VIEW public.v AS SELECT tools.secret() AS s", "SELECT s FROM public.v"],
    "own-operator": ["BEGIN", "CREATE OPERATOR public.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = tools.eq)", "SELECT 1 === 1"],
    "own-aggregate": ["BEGIN", "CREATE AGGREGATE public.agg (int) (SFUNC = tools.step, STYPE = text)", "SELECT public.agg(1)"],
    "own-domain": ["BEGIN", "CREATE DOMAIN public.d AS int CHECK (tools.raises(VALUE))", "SELECT 1::public.d"],
    "own-cast": ["BEGIN", "CREATE TYPE public.b AS (a int)", "CREATE FUNCTION public.bt(public.b) RETURNS text LANGUAGE sql AS 'SELECT tools.secret()'",
                 "CREATE CAST (public.b AS text) WITH FUNCTION public.bt(public.b)", "SELECT ROW(1)::public.b::text"],
    "own-trigger-function": ["BEGIN", "CREATE FUNCTION public.f() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', tools.secret(); RETURN NEW; END $$",
                             "CREATE TRIGGER t BEFORE INSERT ON public.orders FOR EACH ROW EXECUTE FUNCTION public.f()", "INSERT INTO public.orders VALUES (4)"],
    "row-security-policy": ["BEGIN", "CREATE FUNCTION public.p() RETURNS boolean LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE '%', tools.secret(); RETURN true; END $$", "SELECT public.p()"],
    # 5: catalogs that hold data.
    "statistics": ["SELECT stavalues1::text FROM pg_statistic"],
    "statistics-view": ["SELECT most_common_vals FROM pg_stats WHERE schemaname = 'hr'"],
    "statistics-as-rows": ["SELECT row_to_json(s) FROM pg_stats s WHERE schemaname = 'hr'"],
    "others-queries": ["SELECT query FROM pg_stat_activity"],
    "others-queries-by-function": ["SELECT query FROM pg_stat_get_activity(NULL)"],
    "others-query-by-function": ["SELECT pg_stat_get_backend_activity(i) FROM pg_stat_get_backend_idset() i"],
    "user-mappings": ["SELECT umoptions FROM pg_user_mapping"],
    "user-mappings-view": ["SELECT umoptions FROM pg_user_mappings"],
    "user-mapping-options": ["SELECT option_value FROM information_schema.user_mapping_options"],
    "large-objects": ["SELECT convert_from(data, 'UTF8') FROM pg_largeobject"],
    "large-object-by-function": ["SELECT convert_from(lo_get(4711), 'UTF8')"],
    "large-object-by-descriptor": ["BEGIN", "SELECT convert_from(loread(lo_open(4711, 262144), 100), 'UTF8')"],
    "code": ["SELECT prosrc FROM pg_proc WHERE proname = 'keeps'"],
    "code-by-function": ["SELECT pg_get_functiondef('tools.keeps'::regproc)"],
    # 6: other messages than rows.
    "reported-setting": ["SELECT set_config('application_name', note, false) FROM diary"],
    "notification": ["LISTEN leak", "SELECT pg_notify('leak', note) FROM diary"],
    "copy-data": ["COPY (SELECT note FROM diary) TO STDOUT (FORMAT csv)"],
    "plan": [f"EXPLAIN (VERBOSE) SELECT FROM diary WHERE note = '{SECRET}'"],
}


@pytest.fixture(scope="module")
def attacked(postgres):
    postgres.sql("DROP DATABASE IF EXISTS attacked WITH (FORCE)")
    postgres.sql("CREATE DATABASE attacked")
    postgres.sql(SCHEMA, "attacked")
    postgres.sql(f"CREATE FUNCTION tools.keeps() RETURNS int LANGUAGE sql AS $$ SELECT 1 /* {SECRET} */ $$", "attacked")
    postgres.sql("ALTER DATABASE attacked SET search_path = public, hr")
    for name in ("secret", "orders.csv"):
        path = postgres.folder / "data" / name
        path.write_text(f"7\t{SECRET}\n", encoding="utf-8")
        path.chmod(0o644)
    with postgres.admin("attacked") as other:
        # For those who look at what others do.
        other.query(f"SELECT '{SECRET}'")
        yield postgres


@pytest.fixture(scope="module")
def proxy(module_proxy, attacked, pool_mode):
    return module_proxy(configuration(attacked, policies=POLICIES, users=[user("mallory", PASSWORD)], **{"*": database(attacked, pool_mode)}))


@pytest.fixture(scope="module")
def direct(attacked, proxy):
    client = WireClient(attacked.host, attacked.port)
    client.login(SERVICE_USER, SERVICE_PASSWORD, database="attacked")
    yield client
    client.close()


@pytest.fixture(scope="module")
def mallory(proxy):
    with proxy.login("mallory", PASSWORD, database="attacked") as client:
        yield client


def _clean(client):
    for sql in ("ROLLBACK", "DEALLOCATE ALL", "RESET ALL", "UNLISTEN *", "DROP TABLE IF EXISTS pg_temp.salaries, pg_temp.other, pg_temp.child, pg_temp.parent, public.salaries"):
        client.query(sql)


def _attempt(client, statements):
    """All that comes for the statements, and the SQLSTATEs of their errors."""
    client.received.clear()
    states = [messages.error_fields(m.body)["C"] for sql in statements for m in client.query(sql) if m.type == "E"]
    seen = bytes(client.received)
    _clean(client)
    return seen + bytes(client.received), states


@pytest.mark.parametrize("name", SHOWN)
def test_the_secret_is_shown_directly_and_not_through_the_proxy(direct, mallory, name):
    assert SECRET.encode() in _attempt(direct, SHOWN[name])[0], "the exploit does not work on PostgreSQL itself"
    seen, states = _attempt(mallory, SHOWN[name])
    assert SECRET.encode() not in seen
    assert "42501" in states


# How the name of a temporary table can be free again, or be none although the catalog knows no other one.
FREED = {
    "dropped": ["CREATE TEMP TABLE fresh (note text)", "DROP TABLE fresh"],
    "dropped-by-execute": ["CREATE TEMP TABLE fresh (note text)", "EXECUTE drops"],
    "rolled-back": ["BEGIN", "CREATE TEMP TABLE fresh (note text)", "ROLLBACK"],
    "dropped-on-commit": ["CREATE TEMP TABLE fresh ON COMMIT DROP AS SELECT 'x' AS note"],
    "renamed": ["CREATE TEMP TABLE fresh (note text)", "ALTER TABLE fresh RENAME TO other"],
    "discarded": ["CREATE TEMP TABLE fresh (note text)", "DISCARD TEMP"],
    "of-a-view-that-went-along": ["CREATE TEMP TABLE other (note text)", "CREATE TEMP VIEW fresh AS SELECT * FROM other", "DROP TABLE other CASCADE"],
    "only-explained": ["EXPLAIN CREATE TEMP TABLE fresh AS SELECT 'x' AS note"],
}


@pytest.mark.parametrize("name", FREED)
def test_a_name_that_was_temporary_is_no_way_to_what_the_catalog_does_not_know_yet(proxy, attacked, direct, name):
    # One of its own: the catalog may have seen another test's.
    table = f"fresh_{list(FREED).index(name)}"
    statements = [sql.replace("fresh", table) for sql in FREED[name]]
    with proxy.login("mallory", PASSWORD, database="attacked") as mallory:
        for client in (direct, mallory):
            for sql in statements:
                if sql == "EXECUTE drops":
                    client.send(messages.parse(f"DROP TABLE {table}", "drops"), messages.sync())
                    client.ready()
                assert "E" not in [m.type for m in client.query(sql)], sql
        # Past the proxy, which reads the catalog again in a minute.
        attacked.sql(f"CREATE TABLE hr.{table} AS SELECT '{SECRET}' AS note", "attacked")
        try:
            assert SECRET.encode() in _attempt(direct, [f"SELECT note FROM {table}"])[0]
            seen, states = _attempt(mallory, [f"SELECT note FROM {table}"])
            assert SECRET.encode() not in seen and states == ["42501"]
        finally:
            attacked.sql(f"DROP TABLE hr.{table}", "attacked")


def test_a_temporary_table_that_comes_again_is_used_again(proxy):
    """Also when something else was dropped along with what depends on it, and across transactions."""
    with proxy.login("mallory", PASSWORD, database="attacked", parameters={"search_path": "public"}) as mallory:
        for _ in range(2):
            for sql in (
                "DROP TABLE IF EXISTS other CASCADE", "CREATE TEMP TABLE other (note text)", "BEGIN", "DROP TABLE IF EXISTS salaries CASCADE",
                "CREATE TEMP TABLE salaries AS SELECT 'x' AS note", "ALTER TABLE salaries ADD COLUMN b int", "CREATE INDEX ON salaries (b)",
                "SELECT * FROM salaries, other", "COMMIT", "BEGIN", "DROP TABLE salaries", "ROLLBACK", "SELECT * FROM salaries, other",
            ):  # fmt: skip
                assert "E" not in [m.type for m in mallory.query(sql)], sql


# --- Effects ------------------------------------------------------------------------------------------------------------

# What is done, and the question whose answer would be another if it had been.
DONE = {
    "sequence": ("SELECT nextval('hr.counter')", "SELECT last_value, is_called FROM hr.counter"),
    "sequence-set": ("SELECT setval('hr.counter', 99)", "SELECT last_value, is_called FROM hr.counter"),
    "sequence-in-a-default": ("CREATE TEMP TABLE t (n bigint DEFAULT nextval('hr.counter')); INSERT INTO t DEFAULT VALUES; DROP TABLE t", "SELECT last_value, is_called FROM hr.counter"),
    "do": ("DO $$ BEGIN INSERT INTO hr.log VALUES ('x'); END $$", "SELECT count(*) FROM hr.log"),
    "call": ("CALL tools.writes()", "SELECT count(*) FROM hr.log"),
    "function": ("SELECT tools.writes_too()", "SELECT count(*) FROM hr.log"),
    "function-in-explain-analyze": ("EXPLAIN ANALYZE SELECT tools.writes_too()", "SELECT count(*) FROM hr.log"),
    "function-in-a-cursor": ("BEGIN; DECLARE c CURSOR FOR SELECT tools.writes_too(); FETCH c; COMMIT", "SELECT count(*) FROM hr.log"),
    "data-modifying-with": ("WITH w AS (INSERT INTO hr.log VALUES ('x')) SELECT 1", "SELECT count(*) FROM hr.log"),
    "behind-an-allowed-statement": ("SELECT 1; INSERT INTO hr.log VALUES ('x')", "SELECT count(*) FROM hr.log"),
    "before-an-allowed-statement": ("INSERT INTO hr.log VALUES ('x'); SELECT 1", "SELECT count(*) FROM hr.log"),
    "large-object": ("SELECT lo_create(4712)", "SELECT count(*) FROM pg_largeobject_metadata"),
    "large-object-removed": ("SELECT lo_unlink(4711)", "SELECT count(*) FROM pg_largeobject_metadata"),
    "large-object-from-a-file": ("SELECT lo_import('secret')", "SELECT count(*) FROM pg_largeobject_metadata"),
    "file-by-copy": ("COPY public.orders TO '{data}/made'", "SELECT count(*) FROM pg_ls_dir('.') AS f WHERE f = 'made'"),
    "file-by-a-program": ("COPY public.orders TO PROGRAM 'cat > {data}/made'", "SELECT count(*) FROM pg_ls_dir('.') AS f WHERE f = 'made'"),
    "file-by-large-object": ("SELECT lo_export(4711, '{data}/made')", "SELECT count(*) FROM pg_ls_dir('.') AS f WHERE f = 'made'"),
    "file-read-into-a-table": ("COPY public.orders FROM '{data}/orders.csv'", "SELECT count(*) FROM public.orders"),
    "program-read-into-a-table": ("COPY public.orders FROM PROGRAM 'cat {data}/orders.csv'", "SELECT count(*) FROM public.orders"),
    "system-settings": ("ALTER SYSTEM SET work_mem = '5MB'", "SELECT pg_read_file('postgresql.auto.conf')"),
    "replication-slot": ("SELECT pg_create_physical_replication_slot('slot')", "SELECT count(*) FROM pg_replication_slots"),
    "role": ("CREATE ROLE made_by_mallory", "SELECT count(*) FROM pg_roles"),
    "grant": ("GRANT pg_read_all_data TO CURRENT_USER", "SELECT count(*) FROM pg_auth_members"),
    "role-settings": ("ALTER ROLE CURRENT_USER SET search_path = hr", "SELECT count(*) FROM pg_db_role_setting"),
    "database-settings": ("ALTER DATABASE attacked SET work_mem = '1MB'", "SELECT setconfig FROM pg_db_role_setting"),
    "extension": ("CREATE EXTENSION lo", "SELECT count(*) FROM pg_extension"),
    "event-trigger": ("CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION public.f()", None),
    "statistics-reset": ("SELECT pg_stat_reset_single_table_counters('public.orders'::regclass)", None),
    "signal": ("SELECT pg_terminate_backend({victim})", "SELECT count(*) FROM pg_stat_activity WHERE pid = {victim}"),
    "signal-by-attribute": ("SELECT pg_cancel_backend({victim}), pg_terminate_backend({victim}) FROM public.orders", "SELECT count(*) FROM pg_stat_activity WHERE pid = {victim}"),
}
UNDO = """
SELECT setval('hr.counter', 1, false); TRUNCATE hr.log; DELETE FROM public.orders WHERE id <> 1; DROP EXTENSION IF EXISTS lo; DROP ROLE IF EXISTS made_by_mallory;
SELECT lo_unlink(oid) FROM pg_largeobject_metadata WHERE oid <> 4711; SELECT lo_from_bytea(4711, 'x') WHERE NOT EXISTS (SELECT FROM pg_largeobject_metadata);
SELECT pg_drop_replication_slot(slot_name) FROM pg_replication_slots
""".strip()


@pytest.fixture
def state(attacked):
    """Gives the state of things that the attack is about; puts it back in the end."""
    with attacked.admin("attacked") as watcher, attacked.admin("attacked") as victim:
        pid = victim.value("SELECT pg_backend_pid()")

        def filled(text):
            return text.replace("{victim}", pid).replace("{data}", str(attacked.folder / "data"))

        def look(question):
            if "{victim}" in question:
                time.sleep(0.2)
            return watcher.rows(filled(question))

        yield filled, look
        undo(attacked)


def undo(server):
    for sql in UNDO.split("; "):
        server.sql(sql, "attacked")
    for sql in (f"ALTER ROLE {SERVICE_USER} RESET search_path", "ALTER DATABASE attacked RESET work_mem", "ALTER SYSTEM RESET ALL", f"REVOKE pg_read_all_data FROM {SERVICE_USER}"):
        server.sql(sql, "attacked")
    (server.folder / "data/made").unlink(missing_ok=True)


@pytest.mark.parametrize("name", DONE)
def test_the_effect_is_there_directly_and_not_through_the_proxy(attacked, direct, mallory, state, name):
    filled, look = state
    sql, question = filled(DONE[name][0]), DONE[name][1]
    if question is not None:
        before = look(question)
        received = mallory.query(sql)
        assert [messages.error_fields(m.body)["C"] for m in received if m.type == "E"] == ["42501"]
        mallory.query("ROLLBACK")
        assert look(question) == before
        direct.query(sql)
        assert look(question) != before, "the exploit does not work on PostgreSQL itself"
    else:
        assert [messages.error_fields(m.body)["C"] for m in mallory.query(sql) if m.type == "E"] == ["42501"]


# --- Encodings ----------------------------------------------------------------------------------------------------------

# In each, the byte before the backslash makes one character of both, so the string ends at the quote. Read byte by byte the
# backslash escapes the quote, and the rest is part of the string.
LEAD_BYTES = {"SJIS": b"\x95", "BIG5": b"\xa5", "GBK": b"\x95", "GB18030": b"\x95", "JOHAB": b"\x8a", "UHC": b"\x95", "SHIFT_JIS_2004": b"\x95"}
SET = {
    "set": lambda encoding: [messages.query(f"SET client_encoding = '{encoding}'")],
    "set-names": lambda encoding: [messages.query(f"SET NAMES '{encoding}'")],
    "set-config": lambda encoding: [messages.query(f"SELECT set_config('client_encoding', '{encoding}', false)")],
    "extended": lambda encoding: [messages.extended(f"SET client_encoding TO {encoding}")],
}


def _read_in_two_ways(lead):
    return messages.frame("Q", b"SELECT E'" + lead + b"\\', note FROM diary --'\0")


@pytest.mark.parametrize("way", SET)
@pytest.mark.parametrize("encoding", LEAD_BYTES)
def test_encodings_that_hide_a_backslash(direct, mallory, encoding, way):
    def seen_by(client):
        client.received.clear()
        # In one write: nothing is known of the first when the second is read.
        client.send(*SET[way](encoding), _read_in_two_ways(LEAD_BYTES[encoding]))
        client.ready(2)
        seen = bytes(client.received)
        client.query("RESET client_encoding")
        return seen

    if encoding in ("SJIS", "BIG5", "GBK", "GB18030", "SHIFT_JIS_2004"):
        assert SECRET.encode() in seen_by(direct), "the exploit does not work on PostgreSQL itself"
    assert SECRET.encode() not in seen_by(mallory)


@pytest.mark.parametrize("text", [b"SELECT '\xc0\xa7', note FROM diary", b"SELECT '\xff', note FROM diary", b"SELECT '\xe2\x80', note FROM diary --'", b"SELECT '\xed\xa0\x80', note FROM diary",
                                  b"SELECT 1\0; SELECT note FROM diary", b"SELECT note FROM di\0ary"])
def test_texts_that_are_no_utf8_show_nothing(mallory, text):
    mallory.received.clear()
    mallory.send(messages.frame("Q", text + b"\0"))
    received = mallory.read_until("Z", "E")
    assert any(m.type == "E" for m in received) and SECRET.encode() not in mallory.received
    if received[-1].type == "E" and messages.error_fields(received[-1].body)["S"] != "FATAL":
        mallory.ready()
