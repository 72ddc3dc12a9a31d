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
CREATE TABLE msg.judged (id int, note text DEFAULT '{SECRET}', CHECK (note::int > 0) NOT VALID);
"""

WRITABLE = ["ledger", "coded", "referring", "ranged", "parted", "watched", "judged", "parent"]
POLICIES = [
    {"id": "writer-writes", "users": ["writer"], "schema": "msg", "tables": WRITABLE, "statements": ["INSERT", "UPDATE", "DELETE", "COPY_FROM"], "action": "allow"},
    {"id": "writer-reads", "users": ["writer"], "schema": "msg", "tables": ["open", "safe"], "statements": ["READ", "WRITE"], "action": "allow"},
    {"id": "writer-calls", "users": ["writer"], "schema": "msg", "function": "*", "statements": ["EXECUTE"], "action": "allow"},
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
    "copy": "COPY msg.ledger (id) FROM STDIN",
}


def _create(postgres):
    postgres.sql("DROP DATABASE IF EXISTS letters WITH (FORCE)")
    postgres.sql("CREATE DATABASE letters")
    postgres.sql(SCHEMA, "letters")


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, pool_mode):
    _create(postgres)
    users = [user(name, PASSWORD) for name in ("writer", "reader")]
    return module_proxy(configuration(postgres, policies=POLICIES, users=users, **{"*": database(postgres, pool_mode)}))


@pytest.fixture(scope="module")
def clients(proxy, postgres):
    direct = WireClient(postgres.host, postgres.port)
    direct.login(SERVICE_USER, SERVICE_PASSWORD, database="letters")
    opened = {"direct": direct} | {name: proxy.login(name, PASSWORD, database="letters") for name in ("writer", "reader")}
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
