"""The server's errors and notices show no more than rows may (threats.md, 6): values that DETAIL and messages quote, names in HINT, code in CONTEXT.

Each case is shown to give the secret away directly on PostgreSQL, then to `writer`, who may write to tables that he may
not read, use a view by its name and call functions, through the proxy. Who may read everything gets the server's bytes.
"""

import pytest

from harness import messages
from harness.proxy import SERVICE_PASSWORD, SERVICE_USER, configuration, database, user
from harness.wire import WireClient, types

SECRET = "MSGSECRET-77f1"
PASSWORD = "messages-Password-1"

SCHEMA = f"""
CREATE SCHEMA msg;
CREATE TABLE msg.vault (id int PRIMARY KEY, note text);
INSERT INTO msg.vault VALUES (1, '{SECRET}');
CREATE TABLE msg.ledger (id int PRIMARY KEY, note text DEFAULT '{SECRET}', amount int NOT NULL, CHECK (amount >= 0));
INSERT INTO msg.ledger (id, amount) VALUES (1, 10);
CREATE TABLE msg.coded (id int PRIMARY KEY, code text DEFAULT '{SECRET}' UNIQUE);
INSERT INTO msg.coded (id) VALUES (1);
CREATE TABLE msg.known (code text PRIMARY KEY);
CREATE TABLE msg.referring (id int PRIMARY KEY, code text DEFAULT '{SECRET}' REFERENCES msg.known);
CREATE TABLE msg.ranged (id int PRIMARY KEY, name text DEFAULT '{SECRET}', EXCLUDE (name WITH =));
INSERT INTO msg.ranged (id) VALUES (1);
CREATE TABLE msg.parted (day int, note text DEFAULT '{SECRET}') PARTITION BY LIST (note);
CREATE TABLE msg.parent (id int PRIMARY KEY);
INSERT INTO msg.parent VALUES (1);
CREATE TABLE msg.pay_{SECRET.lower().replace('-', '_')} (id int REFERENCES msg.parent);
INSERT INTO msg.pay_{SECRET.lower().replace('-', '_')} VALUES (1);
CREATE TABLE msg.open (id int PRIMARY KEY, word text);
INSERT INTO msg.open VALUES (1, 'plain');
CREATE VIEW msg.safe AS SELECT id, note::int AS n FROM msg.vault;
CREATE FUNCTION msg.in_plpgsql() RETURNS int LANGUAGE plpgsql AS $$ DECLARE x int; BEGIN SELECT note::int INTO x FROM msg.vault; RETURN x; END $$;
CREATE FUNCTION msg.dynamic() RETURNS int LANGUAGE plpgsql AS $$ BEGIN EXECUTE 'SELECT ''{SECRET}'' FROM msg.nothing'; RETURN 1; END $$;
CREATE FUNCTION msg.in_sql() RETURNS int LANGUAGE sql AS 'SELECT note::int FROM msg.vault';
CREATE FUNCTION msg.inlined() RETURNS SETOF int STABLE LANGUAGE sql AS 'SELECT note::int FROM msg.vault';
CREATE FUNCTION msg.said() RETURNS int LANGUAGE plpgsql AS $$ BEGIN RAISE NOTICE 'this is said' USING DETAIL = 'on purpose'; RAISE EXCEPTION 'no more than 5' USING HINT = 'say less'; END $$;
CREATE FUNCTION msg.on_insert() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM note::int FROM msg.vault; RETURN NEW; END $$;
CREATE TABLE msg.watched (id int);
CREATE TRIGGER watched BEFORE INSERT ON msg.watched FOR EACH ROW EXECUTE FUNCTION msg.on_insert();
CREATE VIEW msg.through AS SELECT inlined AS n FROM msg.inlined();
CREATE FUNCTION msg.opened() RETURNS refcursor LANGUAGE plpgsql AS $$ DECLARE c refcursor := 'opened'; BEGIN OPEN c FOR SELECT id FROM msg.vault WHERE note::int > 0; RETURN c; END $$;
CREATE TABLE msg.person (id int PRIMARY KEY, name text, ssn text DEFAULT '{SECRET}' UNIQUE, low text GENERATED ALWAYS AS (lower(ssn)) STORED, UNIQUE (name, id), CHECK (id < 100));
CREATE UNIQUE INDEX person_low ON msg.person (lower(name), ssn);
INSERT INTO msg.person (id, name) VALUES (1, 'ada');
CREATE VIEW msg.narrow AS SELECT id, note::int AS n, note FROM msg.vault;
CREATE VIEW msg.people AS SELECT id, name, name::int AS n FROM msg.person;
CREATE TABLE msg.guarded (id int);
INSERT INTO msg.guarded VALUES (1);
ALTER TABLE msg.guarded ENABLE ROW LEVEL SECURITY;
CREATE POLICY by_vault ON msg.guarded USING (EXISTS (SELECT FROM msg.vault WHERE note::int > 0));
CREATE TABLE msg.judged (id int, note text DEFAULT '{SECRET}', CHECK (note::int > 0) NOT VALID);
"""

USERS = ["writer", "reader", "partial", "walled"]
WRITABLE = ["ledger", "coded", "referring", "ranged", "parted", "watched", "judged", "parent"]
POLICIES = [
    {"id": "writer-writes", "users": ["writer"], "schema": "msg", "tables": WRITABLE, "statements": ["INSERT", "UPDATE", "DELETE", "COPY_FROM"], "action": "allow"},
    {"id": "writer-reads", "users": ["writer"], "schema": "msg", "tables": ["open", "safe", "through", "guarded"], "statements": ["READ", "WRITE"], "action": "allow"},
    {"id": "writer-calls", "users": ["writer"], "schema": "msg", "function": "*", "statements": ["EXECUTE"], "action": "allow"},
    {"id": "partial-writes", "users": ["partial"], "schema": "msg", "table": "person", "statements": ["INSERT", "UPDATE"], "action": "allow"},
    {"id": "partial-reads", "users": ["partial"], "schema": "msg", "table": "person", "columns": ["id", "name"], "statements": ["READ"], "action": "allow"},
    {"id": "partial-narrow", "users": ["partial"], "schema": "msg", "table": "narrow", "columns": ["id", "n"], "statements": ["READ"], "action": "allow"},
    {"id": "partial-people", "users": ["partial"], "schema": "msg", "table": "people", "statements": ["READ"], "action": "allow"},
    {"id": "walled-all", "users": ["walled"], "schema": "msg", "statements": ["ALL"], "action": "allow"},
    {"id": "walled-ssn", "users": ["walled"], "schema": "msg", "table": "person", "columns": ["ssn"], "statements": ["ALL"], "action": "block"},
    {"id": "reader-everything", "users": ["reader"], "statements": ["ALL"], "action": "allow"},
    {"id": "reader-calls", "users": ["reader"], "function": "*", "statements": ["EXECUTE"], "action": "allow"},
]

CASES = {
    "not-null-shows-the-row": "INSERT INTO msg.ledger (id, amount) VALUES (5, NULL)",
    "check-shows-the-row": "INSERT INTO msg.ledger (id, amount) VALUES (5, -1)",
    "check-shows-a-row-that-was-there": "UPDATE msg.ledger SET amount = -1",
    "unique-shows-the-key": "INSERT INTO msg.coded (id) VALUES (2)",
    "foreign-key-shows-the-key": "INSERT INTO msg.referring (id) VALUES (2)",
    "exclusion-shows-both-keys": "INSERT INTO msg.ranged (id) VALUES (2)",
    "no-partition-shows-the-key": "INSERT INTO msg.parted (day) VALUES (2)",
    "referring-tables-are-named": "DELETE FROM msg.parent",
    "cast-in-a-view": "SELECT n FROM msg.safe",
    "cast-in-a-cursor": "BEGIN; DECLARE c CURSOR FOR SELECT n FROM msg.safe; FETCH ALL FROM c",
    "cast-by-sql-execute": "PREPARE p AS SELECT n FROM msg.safe; EXECUTE p",
    "cast-in-plpgsql": "SELECT msg.in_plpgsql()",
    "text-of-dynamic-sql": "SELECT msg.dynamic()",
    "cast-in-a-sql-function": "SELECT msg.in_sql()",
    "cast-in-an-inlined-function": "SELECT * FROM msg.inlined()",
    "cast-in-a-trigger": "INSERT INTO msg.watched VALUES (1)",
    "cast-in-a-check": "INSERT INTO msg.judged (id) VALUES (1)",
    "cast-behind-a-view-on-a-function": "SELECT n FROM msg.through",
    "cursor-of-a-function": "BEGIN; SELECT msg.opened(); FETCH ALL FROM opened",
    "copy": "COPY msg.ledger (id) FROM STDIN",
}


def _create(postgres):
    postgres.sql("DROP DATABASE IF EXISTS letters WITH (FORCE)")
    postgres.sql("CREATE DATABASE letters")
    postgres.sql(SCHEMA, "letters")
    # No superuser, whom row security does not concern.
    postgres.sql(f"DROP ROLE IF EXISTS letters_plain; CREATE ROLE letters_plain LOGIN PASSWORD '{SERVICE_PASSWORD}'")
    postgres.sql("GRANT USAGE ON SCHEMA msg TO letters_plain; GRANT ALL ON ALL TABLES IN SCHEMA msg TO letters_plain", "letters")


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, pool_mode):
    _create(postgres)
    users = [user(name, PASSWORD) for name in USERS]
    entry = database(postgres, pool_mode)
    plain = {**entry, "dbname": "letters", "user": "letters_plain", "password": SERVICE_PASSWORD}
    return module_proxy(configuration(postgres, policies=POLICIES, users=users, **{"*": entry, "plain": plain}))


@pytest.fixture(scope="module")
def clients(proxy, postgres):
    direct = WireClient(postgres.host, postgres.port)
    direct.login(SERVICE_USER, SERVICE_PASSWORD, database="letters")
    opened = {"direct": direct} | {name: proxy.login(name, PASSWORD, database="letters") for name in USERS}
    yield opened
    for client in opened.values():
        client.close()


def _simple(client, sql):
    client.send(messages.query(sql))
    received = client.read_until("Z", "G")
    if received[-1].type == "G":
        client.send(messages.copy_data(b"7\n"), messages.copy_done())
        received += client.ready()
    return received


def _extended(client, sql):
    received = []
    for statement in sql.split("; "):
        client.send(messages.extended(statement))
        received += client.ready()
    return received


def _attempt(client, how, sql):
    """The errors and notices, and all bytes that came."""
    client.received.clear()
    received = how(client, sql)
    seen = bytes(client.received)
    client.query("ROLLBACK")
    client.query("DEALLOCATE ALL")
    return [m for m in received if m.type in "EN"], seen


def _gives_away(seen):
    return SECRET.encode().lower().replace(b"-", b"_") in seen.lower().replace(b"-", b"_")


WAYS = [(name, how) for name in CASES for how in ([_simple, _extended] if name != "copy" else [_simple])]


@pytest.mark.parametrize(("name", "how"), WAYS, ids=lambda v: v if isinstance(v, str) else v.__name__.strip("_"))
def test_the_secret_stays(clients, name, how):
    direct, bytes_direct = _attempt(clients["direct"], how, CASES[name])
    assert _gives_away(bytes_direct), "the exploit does not work on PostgreSQL itself"
    shown, seen = _attempt(clients["writer"], how, CASES[name])
    assert not _gives_away(seen)
    # It is the server's error still, and no denial.
    assert [messages.error_fields(m.body)["C"] for m in shown] == [messages.error_fields(m.body)["C"] for m in direct]
    assert messages.error_fields(shown[-1].body)["M"]
    same, _ = _attempt(clients["reader"], how, CASES[name])
    assert [m.body for m in same] == [m.body for m in direct], "who may read everything gets what the server says"


# For who may read some columns of a table, or of a view.
PARTIAL = {
    "unique-over-a-hidden-column": "INSERT INTO msg.person (id, name) VALUES (2, 'bob')",
    "check-shows-the-row": "INSERT INTO msg.person (id, name) VALUES (200, 'bob')",
    "unique-over-an-expression": f"UPDATE msg.person SET ssn = 'x'; INSERT INTO msg.person (id, name, ssn) VALUES (3, 'ADA', '{SECRET}'); UPDATE msg.person SET ssn = DEFAULT",
    "view": "SELECT n FROM msg.narrow",
    "cursor-on-a-view": "BEGIN; DECLARE c CURSOR FOR SELECT n FROM msg.narrow; FETCH ALL FROM c",
    "join": "SELECT p.name, n FROM msg.person p LEFT JOIN msg.narrow USING (id)",
}


@pytest.mark.parametrize("how", [_simple, _extended])
@pytest.mark.parametrize("name", PARTIAL)
def test_rules_with_columns_keep_the_secret(clients, name, how):
    _, bytes_direct = _attempt(clients["direct"], how, "BEGIN; " + PARTIAL[name].removeprefix("BEGIN; "))
    assert _gives_away(bytes_direct), "the exploit does not work on PostgreSQL itself"
    shown, seen = _attempt(clients["partial"], how, "BEGIN; " + PARTIAL[name].removeprefix("BEGIN; "))
    assert not _gives_away(seen)
    assert messages.error_fields(shown[-1].body)["C"] in ("23505", "23514", "22P02")


PARTIAL_UNTOUCHED = {
    "readable-column": "SELECT name::int FROM msg.person",
    "readable-column-in-a-join": "SELECT p.name::int FROM msg.person p JOIN msg.person q USING (id)",
    "readable-column-of-a-view": "SELECT n FROM msg.people",
    "no-column": "SELECT 1 / (count(*) - count(*)) FROM msg.person",
    "readable-key": "INSERT INTO msg.person (id, name, ssn) VALUES (1, 'x', 'y')",
}


@pytest.mark.parametrize("name", PARTIAL_UNTOUCHED)
def test_readable_columns_are_quoted_byte_for_byte(clients, name):
    direct, _ = _attempt(clients["direct"], _simple, PARTIAL_UNTOUCHED[name])
    shown, _ = _attempt(clients["partial"], _simple, PARTIAL_UNTOUCHED[name])
    assert direct and [m.body for m in shown] == [m.body for m in direct]


def test_a_hint_names_no_hidden_column(clients):
    """`walled` may read every column but ssn: a column that is not there might be it, and the server's hint would tell of it."""
    sql = "SELECT p.snn FROM msg.person p"
    (direct,), _ = _attempt(clients["direct"], _simple, sql)
    assert '"p.ssn"' in messages.error_fields(direct.body)["H"]
    (shown,), seen = _attempt(clients["walled"], _simple, sql)
    assert messages.error_fields(shown.body)["C"] == "42501" and b"p.ssn" not in seen
    (shown,), _ = _attempt(clients["walled"], _simple, "SELECT o.wird FROM msg.open o")
    assert '"o.word"' in messages.error_fields(shown.body)["H"]


def test_the_execute_message_of_a_cursor_shows_no_more_than_fetch(clients):
    def seen_by(client, name):
        client.received.clear()
        client.query("BEGIN")
        client.query(f"DECLARE c CURSOR FOR SELECT n FROM msg.{name}")
        client.send(messages.execute("c"), messages.sync())
        client.ready()
        seen = bytes(client.received)
        client.query("ROLLBACK")
        return seen

    for user_name, view in (("writer", "safe"), ("partial", "narrow")):
        assert _gives_away(seen_by(clients["direct"], view))
        assert not _gives_away(seen_by(clients[user_name], view))


def test_row_security_policies_show_nothing(proxy, postgres):
    """What a policy reads may be hidden from who may read the table."""
    direct = WireClient(postgres.host, postgres.port)
    direct.login("letters_plain", SERVICE_PASSWORD, database="letters")
    for sql in ("SELECT id FROM msg.guarded", "BEGIN; DECLARE c CURSOR FOR SELECT id FROM msg.guarded; FETCH ALL FROM c"):
        assert _gives_away(_attempt(direct, _simple, sql)[1])
        with proxy.login("writer", PASSWORD, database="plain") as client:
            shown, seen = _attempt(client, _simple, sql)
            assert messages.error_fields(shown[-1].body)["C"] == "22P02" and not _gives_away(seen)
    direct.close()


UNTOUCHED = {
    "own-value": "SELECT 'abc'::int",
    "own-value-in-a-write": "INSERT INTO msg.ledger (id, amount) VALUES ('abc', 1)",
    "readable-row": "INSERT INTO msg.open VALUES (1, 'again')",
    "readable-cast": "SELECT word::int FROM msg.open",
    "readable-hint": "SELECT wird FROM msg.open",
    "advice": "SELECT id || 1 || NULL::point FROM msg.open",
    "division": "SELECT 1 / (id - 1) FROM msg.open",
    "by-execute": "PREPARE p AS SELECT word::int FROM msg.open; EXECUTE p",
}


@pytest.mark.parametrize("name", UNTOUCHED)
def test_what_may_be_read_is_quoted_byte_for_byte(clients, name):
    direct, _ = _attempt(clients["direct"], _simple, UNTOUCHED[name])
    shown, _ = _attempt(clients["writer"], _simple, UNTOUCHED[name])
    assert direct and [m.body for m in shown] == [m.body for m in direct]


def test_what_authors_say_is_said(clients):
    direct, _ = _attempt(clients["direct"], _simple, "SELECT msg.said()")
    shown, _ = _attempt(clients["writer"], _simple, "SELECT msg.said()")
    assert types(shown) == "NE" and [m.body for m in shown] == [m.body for m in direct]


def test_bound_values_are_the_clients_own(clients):
    """The parameter's text is quoted by Bind, which has read nothing of the database."""
    bodies = []
    for name in ("direct", "writer"):
        client = clients[name]
        client.send(messages.parse("INSERT INTO msg.ledger (id, amount) VALUES ($1, 1)", oids=[23]), messages.bind(["abc"]), messages.sync())
        bodies.append([m.body for m in client.ready() if m.type == "E"])
    assert bodies[0] == bodies[1] and b"abc" in bodies[0][0]


def test_an_error_too_long_to_be_held_is_cut(clients):
    """Megabytes of somebody's note in one error: the client gets an error all the same, and nothing of the note."""
    sql = "INSERT INTO msg.ledger (id, note, amount) SELECT 9, repeat('MSGSECRET', 400000), NULL"
    direct, seen = _attempt(clients["direct"], _simple, "DO $$ BEGIN PERFORM repeat('MSGSECRET', 400000)::int; END $$")
    assert b"MSGSECRETMSGSECRET" in seen
    shown, seen = _attempt(clients["writer"], _simple, sql)
    assert types(shown) == "E" and b"MSGSECRETMSGSECRET" not in seen
    assert clients["writer"].value("SELECT 1") == "1"
