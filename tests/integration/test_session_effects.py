"""What the proxy takes for granted about a server's functions, expressions and session state, shown on a real server.

The lists and queries are read from the sources: what is tested here is what the proxy goes by and sends.
"""

import json
import re
import time
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DATABASE = "effects"

OBJECTS = """
CREATE EXTENSION citext;
CREATE FUNCTION f(int) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE FUNCTION g(int) RETURNS int IMMUTABLE LANGUAGE plpgsql AS 'BEGIN RETURN 1; END';
CREATE FUNCTION trg() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN new; END';
CREATE FUNCTION same(int, int) RETURNS bool LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR === (LEFTARG = int, RIGHTARG = int, FUNCTION = same);
CREATE SEQUENCE s;
CREATE DOMAIN d_plain AS text CHECK (length(value) > 3);
CREATE DOMAIN d_time AS timestamptz DEFAULT now();
CREATE DOMAIN d_check AS text CHECK (f(length(value)));
CREATE DOMAIN d_default AS int DEFAULT nextval('s');
CREATE DOMAIN d_over AS d_check;
CREATE TYPE comp AS (a d_over);
CREATE TYPE mood AS ENUM ('a');
CREATE FUNCTION mood_number(mood) RETURNS int LANGUAGE sql AS 'SELECT 1';
CREATE CAST (mood AS int) WITH FUNCTION mood_number(mood) AS ASSIGNMENT;
CREATE FUNCTION span(float8, float8) RETURNS float8 IMMUTABLE LANGUAGE sql AS 'SELECT 1::float8';
CREATE TYPE ranged AS RANGE (SUBTYPE = float8, SUBTYPE_DIFF = span);

CREATE TABLE plain (id serial PRIMARY KEY, a int DEFAULT 0, b d_plain, c d_time, e citext DEFAULT 'x', CHECK (a > length('x')));
CREATE TABLE identity (id int GENERATED ALWAYS AS IDENTITY);
CREATE TABLE w_trigger (a int);
CREATE TRIGGER x BEFORE INSERT ON w_trigger FOR EACH ROW EXECUTE FUNCTION trg();
CREATE TABLE disabled (a int);
CREATE TRIGGER x BEFORE INSERT ON disabled FOR EACH ROW EXECUTE FUNCTION trg();
ALTER TABLE disabled DISABLE TRIGGER x;
CREATE TABLE vector (a tsvector, b text);
CREATE TRIGGER x BEFORE INSERT ON vector FOR EACH ROW EXECUTE FUNCTION tsvector_update_trigger(a, 'pg_catalog.english', b);
CREATE TABLE condition (a int);
CREATE TRIGGER x BEFORE UPDATE ON condition FOR EACH ROW WHEN (set_config('a.b', 'c', false) IS NULL)
  EXECUTE FUNCTION suppress_redundant_updates_trigger();
CREATE TABLE w_default (a bool DEFAULT f(1));
CREATE TABLE sets (a text DEFAULT set_config('a.b', 'c', false));
CREATE TABLE w_check (a int CHECK (f(a)));
CREATE TABLE w_operator (a int CHECK (a === 1));
CREATE TABLE w_index (a int);
CREATE INDEX ON w_index (g(a));
CREATE TABLE w_predicate (a int);
CREATE INDEX ON w_predicate (a) WHERE g(a) > 1;
CREATE TABLE w_partition (a int) PARTITION BY RANGE (g(a));
CREATE TABLE w_generated (a int, b int GENERATED ALWAYS AS (g(a)) STORED);
CREATE TABLE r_domain (a d_check);
CREATE TABLE r_array (a d_over[]);
CREATE TABLE r_composite (a comp);
CREATE TABLE r_default (a d_default);
CREATE TABLE r_cast (a mood);
CREATE TABLE r_range (a ranged);
CREATE TABLE r_policy (a int);
CREATE POLICY p ON r_policy USING (f(a));
CREATE TABLE reads (a text);
CREATE POLICY p ON reads USING (a = current_setting('x.y') AND EXISTS (SELECT FROM r_policy));
CREATE VIEW r_view AS SELECT f(1);
CREATE VIEW r_view_of_type AS SELECT 'x'::text::d_check;
CREATE VIEW harmless AS SELECT * FROM plain;
"""


def source_text(path):
    return (ROOT / path).read_text(encoding="utf-8")


def catalog_query(name):
    return re.search(rf'{name} = R"sql\((.*?)\)sql"', source_text("src/backend/catalog_effect_queries.cpp"), re.DOTALL).group(1)


@pytest.fixture(scope="module")
def database(postgres):
    postgres.sql(f"CREATE DATABASE {DATABASE}")
    postgres.sql(OBJECTS, DATABASE)
    yield postgres
    postgres.sql(f"DROP DATABASE {DATABASE} WITH (FORCE)")


def ask(database, name):
    """As the loader asks: with an empty search_path."""
    with database.admin(DATABASE) as client:
        client.query("SET search_path TO ''")
        return client.rows(catalog_query(name))


def names(database, kind, oids):
    listed = ",".join(sorted(oids, key=int))
    return {row[0]: row[1] for row in database.sql(f"SELECT oid, oid::{kind} FROM unnest('{{{listed}}}'::oid[]) AS oid", DATABASE)}


def test_every_volatile_builtin_was_reviewed(postgres):
    reviewed = set(re.findall(r'^    \{?"(\w+)"', source_text("src/pipeline/builtin_effects.cpp"), re.MULTILINE))
    found = {row[0] for row in postgres.sql(
        "SELECT proname FROM pg_proc WHERE provolatile = 'v' AND pronamespace = 'pg_catalog'::regnamespace AND oid < 16384")}
    assert len(found) > 200
    assert sorted(found - reviewed) == []


def test_user_code_on_relations_and_types(database):
    rows = ask(database, "kUserCode")
    relations = names(database, "regclass", {oid for kind, oid, _ in rows if kind == "r"})
    types = names(database, "regtype", {oid for kind, oid, _ in rows if kind == "t"})
    on_write = {relations[oid] for kind, oid, on_read in rows if kind == "r" and on_read == "f"}
    on_read = {relations[oid] for kind, oid, on_read in rows if kind == "r" and on_read == "t"}
    assert on_write == {"w_trigger", "w_default", "w_check", "w_operator", "w_index", "w_predicate", "w_partition", "w_generated"}
    assert on_read == {"comp", "r_domain", "r_array", "r_composite", "r_default", "r_cast", "r_range", "r_policy", "r_view",
                       "r_view_of_type"}
    made = {name.removesuffix("[]") for name in types.values()} - on_read
    assert made - {"multiranged", "ranged_multirange"} == {"comp", "d_check", "d_default", "d_over", "mood", "ranged"} - on_read


def test_builtins_in_expressions(database):
    rows = ask(database, "kBuiltinCode")
    relations = names(database, "regclass", {row[0] for row in rows})
    functions = {oid: name.removeprefix("pg_catalog.") for oid, name in names(database, "regproc", {row[2] for row in rows}).items()}
    assert {(relations[relation], on_read, functions[function]) for relation, on_read, function in rows} == {
        ("plain", "f", "nextval"), ("identity", "f", "nextval"), ("condition", "f", "set_config"), ("sets", "f", "set_config"),
        ("reads", "t", "current_setting")}


def test_policies_read_other_tables(database):
    rows = ask(database, "kPolicyReads")
    relations = names(database, "regclass", {oid for row in rows for oid in row})
    assert [[relations[oid] for oid in row] for row in rows] == [["reads", "r_policy"]]


def test_event_triggers(database):
    assert ask(database, "kEventTriggers") == [["f"]]
    database.sql("CREATE FUNCTION ev() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';"
                 "CREATE EVENT TRIGGER e ON ddl_command_end EXECUTE FUNCTION ev()", DATABASE)
    assert ask(database, "kEventTriggers") == [["t"]]
    database.sql("ALTER EVENT TRIGGER e DISABLE", DATABASE)
    assert ask(database, "kEventTriggers") == [["f"]]
    database.sql("DROP EVENT TRIGGER e; DROP FUNCTION ev", DATABASE)


def probe(client):
    """The two rows, their JSON read."""
    row, (temporary,) = client.rows(source_text("tests/unit/pipeline/state_probe.sql"))
    read = [None if row[i] is None else json.loads(row[i]) for i in (2, 3, 7, 8)]
    return {"role": row[0], "authorization": row[1], "settings": read[0], "custom": read[1], "schema": row[4], "temporary": temporary,
            "locks": row[5], "held": row[6], "listening": read[2], "prepared": read[3]}


FRESH = {"role": "none", "authorization": "postgres", "settings": None,
         "custom": [["app.tenant", None], ["a.b'cä", None], ["no.such", None]],
         "schema": "f", "temporary": "f", "locks": "f", "held": "f", "listening": [], "prepared": [0, None]}
TEMPORARY = {"schema": "t", "temporary": "t"}

# What is left, and what the probe then says otherwise than of a fresh connection.
LITTER = {
    "setting": ("SET work_mem = '8MB'", {"settings": [["work_mem", "8192"]]}),
    "setting-with-quotes": ("SET search_path = 'a\"b\\c', public", {"settings": [["search_path", '"a""b\\c", public']]}),
    "set-local": ("BEGIN; SET LOCAL work_mem = '8MB'; COMMIT", {}),
    "transaction-isolation": ("SET transaction_isolation = serializable", {}),
    "strings": ("SET standard_conforming_strings = off", {"settings": [["standard_conforming_strings", "off"]]}),
    "custom": ("SET app.tenant = 'x'", {"custom": [["app.tenant", "x"], *FRESH["custom"][1:]]}),
    "role": ("SET ROLE pg_monitor", {"role": "pg_monitor"}),
    "authorization": ("SET SESSION AUTHORIZATION service", {"authorization": "service"}),
    "jit": ("SET jit = on", {"settings": [["jit", "on"]]}),
    "table": ("CREATE TEMP TABLE t (a int)", TEMPORARY),
    "dropped-table": ("CREATE TEMP TABLE t (a int); DROP TABLE t", {"schema": "t"}),
    "type": ("CREATE DOMAIN pg_temp.d AS int", TEMPORARY),
    "function": ("CREATE FUNCTION pg_temp.f() RETURNS int LANGUAGE sql AS 'SELECT 1'", TEMPORARY),
    "operator": ("CREATE OPERATOR pg_temp.=== (LEFTARG = int, RIGHTARG = int, FUNCTION = int4eq)", TEMPORARY),
    "collation": ('CREATE COLLATION pg_temp.c FROM "C"', TEMPORARY),
    "lock": ("SELECT pg_advisory_lock(1)", {"locks": "t"}),
    "transaction-lock": ("SELECT pg_advisory_xact_lock(1)", {}),
    "released-lock": ("SELECT pg_advisory_lock(1); SELECT pg_advisory_unlock(1)", {}),
    "cursor": ("BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT 1; COMMIT", {"held": "t"}),
    "channel": ('LISTEN "Ärger"', {"listening": ["Ärger"]}),
    "prepared": ('PREPARE "p\tq" AS SELECT 1', {"prepared": [0, ["p\tq"]]}),
    "everything-in-a-do": ("DO $$ BEGIN PERFORM pg_advisory_lock(1); CREATE TEMP TABLE t (a int); SET work_mem = '8MB'; END $$",
                           {"locks": "t", "settings": [["work_mem", "8192"]]} | TEMPORARY),
}


@pytest.mark.parametrize("name", LITTER)
def test_the_probe_sees(postgres, name):
    litter, seen = LITTER[name]
    with postgres.admin() as client:
        assert probe(client) == FRESH
        client.rows(litter)
        assert probe(client) == FRESH | seen


def test_the_probe_is_not_compiled(postgres):
    """Without the plans that it would take, what is left costs more than what PostgreSQL compiles a query for."""
    with postgres.admin() as client:
        if client.value("SELECT pg_jit_available() AND current_setting('jit')::bool") != "t":
            pytest.skip("this server does not compile")
        client.rows("SET enable_seqscan = off; SET enable_indexscan = off; SET enable_bitmapscan = off; SET enable_indexonlyscan = off")
        compiled = client.value("EXPLAIN (ANALYZE, FORMAT JSON) SELECT FROM pg_depend WHERE refobjid = pg_my_temp_schema()")
        assert "JIT" in json.loads(compiled)[0], compiled
        state, taken = None, []
        for _ in range(5):
            start = time.monotonic()
            state = probe(client)
            taken.append(time.monotonic() - start)
        assert ["jit", "off"] not in state["settings"]
        assert min(taken) * 1000 < json.loads(compiled)[0]["JIT"]["Timing"]["Total"], (taken, compiled)


def test_the_probe_is_not_led_astray(database):
    """What a client may create, and put first in its path, means nothing to it; nor does it write."""
    with database.admin(DATABASE) as client:
        client.rows("CREATE SCHEMA trap; CREATE FUNCTION trap.current_setting(text) RETURNS text LANGUAGE sql AS 'SELECT ''trapped''';"
                    "CREATE FUNCTION trap.eq(text, text) RETURNS bool LANGUAGE sql AS 'SELECT true';"
                    "CREATE OPERATOR trap.= (LEFTARG = text, RIGHTARG = text, FUNCTION = trap.eq);"
                    "CREATE VIEW trap.pg_depend AS SELECT 1; CREATE DOMAIN trap.text AS pg_catalog.text CHECK (false)")
        client.rows("SET search_path = trap, pg_catalog; SET default_transaction_read_only = on")
        before = client.value("SELECT pg_catalog.pg_current_xact_id_if_assigned()")
        state = probe(client)
        assert (state["role"], state["temporary"], before) == ("none", "f", None)
        assert [name for name, _ in state["settings"]] == ["default_transaction_read_only", "search_path"]
