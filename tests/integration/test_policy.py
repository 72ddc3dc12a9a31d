"""Verdicts: who may touch what, found wherever SQL can mention it; and that a denied statement has had no effect."""

import pytest

import shop
from harness import messages
from harness.wire import only_error, types


@pytest.fixture(scope="module")
def shop_database(postgres):
    shop.create(postgres)
    return postgres


@pytest.fixture(scope="module")
def proxy(module_proxy, shop_database, pool_mode):
    return module_proxy(shop.shop_configuration(shop_database, pool_mode))


@pytest.fixture(scope="module")
def session(proxy):
    """One open connection for each user, so that hundreds of verdicts are quick."""
    clients = {}

    def get(name):
        if name not in clients:
            clients[name] = shop.log_in(proxy, name)
        return clients[name]

    yield get
    for client in clients.values():
        client.close()


def verdict(client, sql):
    """True: it ran; False: denied with 42501. Anything else is a failure of the test."""
    received = client.query(sql)
    errors = [messages.error_fields(m.body) for m in received if m.type == "E"]
    if not errors:
        return True
    assert len(errors) == 1 and errors[0]["C"] == "42501", errors
    assert types(received) == "EZ", "nothing of a denied message is executed"
    return False


# --- Who, what, where -------------------------------------------------------------------------------------------------

VERDICTS = [
    # An explicit list of tables, for READ.
    ("ann", "SELECT * FROM orders", True), ("ann", "SELECT * FROM public.orders", True), ("ann", "TABLE products", True), ("ann", "COPY orders TO STDOUT", True),
    ("ann", "SELECT 1", True), ("ann", "SELECT now()", True), ("ann", "SELECT * FROM internal", False), ("ann", "SELECT * FROM hr.salaries", False),
    ("ann", "SELECT * FROM hr.holidays", True), ("ann", "COPY hr.holidays TO STDOUT", False), ("ann", "INSERT INTO orders VALUES (9, 'x', 1)", False),
    ("ann", "UPDATE orders SET total = 0", False), ("ann", "DELETE FROM orders", False), ("ann", "TRUNCATE orders", False), ("ann", "DROP TABLE orders", False),
    ("ann", "CREATE TABLE mine (a int)", False), ("ann", "SELECT * FROM no_such_table", False), ("ann", "SELECT * FROM orders o JOIN products p USING (id)", True),
    # Several tables: all or nothing.
    ("ann", "SELECT * FROM orders, hr.holidays", True), ("ann", "SELECT * FROM orders, internal", False), ("ann", "SELECT * FROM orders, hr.salaries", False),
    # A whole schema, less one table: the more specific rule wins.
    ("clara", "SELECT * FROM orders", True), ("clara", "INSERT INTO journal (line) VALUES ('clara')", True), ("clara", "SELECT * FROM internal", False),
    ("clara", "UPDATE internal SET note = ''", False), ("clara", "SELECT * FROM hr.holidays", False), ("clara", "INSERT INTO journal (line) SELECT note FROM internal", False),
    ("clara", "DELETE FROM journal", True), ("clara", "TRUNCATE journal", True), ("clara", "CREATE TABLE public.clara_made (a int)", True), ("clara", "DROP TABLE public.clara_made", True),
    # Roles add up; a user's own rules count beside them; block wins over allow at the same height.
    ("both", "SELECT * FROM hr.holidays", True), ("both", "INSERT INTO journal (line) VALUES ('both')", True), ("both", "SELECT * FROM internal", False),
    ("bob", "SELECT * FROM orders", True), ("bob", "INSERT INTO orders VALUES (100, 'bob', 1)", True), ("bob", "UPDATE orders SET total = 1 WHERE id = 100", False),
    ("bob", "DELETE FROM orders WHERE id = 100", False), ("bob", "SELECT * FROM products", False),
    # No rule at all: the default.
    ("nemo", "SELECT * FROM orders", False), ("nemo", "SELECT 1", True), ("nemo", "BEGIN", True), ("nemo", "ROLLBACK", True), ("nemo", "SHOW TimeZone", True), ("nemo", "SET TimeZone = 'UTC'", True),
    # Everything.
    ("chief", "SELECT * FROM hr.salaries", True), ("chief", "SELECT * FROM internal", True), ("chief", "UPDATE hr.holidays SET who = 'ada' WHERE id = 1", True),
    # What no rule can speak of.
    ("ann", "DO $$ BEGIN END $$", False), ("ann", "COPY orders TO '/tmp/never'", False), ("ann", "COPY orders TO PROGRAM 'true'", False), ("ann", "LOAD 'plpgsql'", False), ("ann", "VACUUM orders", False),
    ("ann", "GRANT SELECT ON orders TO public", False), ("ann", "CREATE ROLE ann_made", False), ("ann", "ALTER SYSTEM SET work_mem = '1MB'", False), ("ann", "LOCK TABLE orders", False),
    ("chief", "COPY orders TO '/tmp/never'", False), ("chief", "COPY orders TO PROGRAM 'true'", False),
    ("ann", "SELECT * FROM pg_authid", False), ("ann", "SELECT * FROM pg_shadow", False), ("ann", "SELECT * FROM pg_stats", False), ("ann", "SELECT relname FROM pg_class", True),
    ("ann", "SELECT * FROM information_schema.tables", True), ("ann", "SELECT pg_read_file('PG_VERSION')", False), ("ann", "SELECT set_config('role', 'postgres', false)", False),
    ("ann", "SET ROLE postgres", False), ("ann", "SET SESSION AUTHORIZATION postgres", False), ("ann", "SET session_replication_role = replica", False), ("ann", "SET standard_conforming_strings = off", False),
]


@pytest.mark.parametrize("name, sql, expected", VERDICTS, ids=[f"{n}-{s}" for n, s, _ in VERDICTS])
def test_verdict(session, name, sql, expected):
    client = session(name)
    assert verdict(client, sql) == expected
    assert client.value("SELECT 'still here'") == "still here"


def test_other_databases_are_other_scopes(proxy, shop_database):
    """A rule for `shop` says nothing of a table of the same name elsewhere."""
    shop_database.sql("DROP DATABASE IF EXISTS annex WITH (FORCE)")
    shop_database.sql("CREATE DATABASE annex")
    shop_database.sql("CREATE TABLE orders (id int)", "annex")
    with proxy.login("ann", shop.PASSWORD, database="annex") as client:
        assert verdict(client, "SELECT * FROM orders") is False
    with proxy.login("chief", shop.PASSWORD, database="annex") as client:
        assert verdict(client, "SELECT * FROM orders") is True


def test_default_allow_with_a_block(start_proxy, shop_database, pool_mode):
    config = shop.shop_configuration(shop_database, pool_mode)
    config["policy"]["default"] = "allow"
    config["policies"] = [{"id": "not-hr", "users": ["*"], "schema": "hr", "statements": ["ALL"], "action": "block"}]
    with shop.log_in(start_proxy(config), "nemo") as client:
        assert verdict(client, "SELECT * FROM orders") is True
        assert verdict(client, "SELECT * FROM hr.salaries") is False
        assert verdict(client, "SELECT * FROM orders WHERE id IN (SELECT id FROM hr.salaries)") is False


def test_search_path_decides_which_table_is_meant(session):
    client = session("clara")
    assert verdict(client, "SELECT * FROM orders") is True
    client.query("SET search_path = hr, public")
    try:
        assert verdict(client, "SELECT * FROM holidays") is False
        assert verdict(client, "SELECT * FROM salaries") is False
        assert verdict(client, "SELECT * FROM orders") is True
    finally:
        client.query("RESET search_path")


# --- What a denial looks like -----------------------------------------------------------------------------------------


def test_the_denial_names_rule_reason_and_event(proxy):
    with shop.log_in(proxy, "clara") as client:
        error = client.error("SELECT note FROM internal")
    assert (error["S"], error["V"], error["C"]) == ("ERROR", "ERROR", "42501")
    assert "clerks-not-internal" in error["D"] and "internal notes" in error["D"]
    # The HINT ends with the audit event's id.
    (event,) = proxy.wait_for_audit(kind="statement", event_id=error["H"].split()[-1].rstrip("."))
    assert (event["user"], event["matched_rule"], event["status"], event["sqlstate"]) == ("clara", "clerks-not-internal", "denied", "42501")


def test_a_table_that_does_not_exist_looks_like_a_blocked_one(session):
    client = session("ann")
    blocked, absent = client.error("SELECT * FROM hr.salaries"), client.error("SELECT * FROM hr.nonesuch")
    assert {k: v for k, v in blocked.items() if k != "H"}.keys() == {k: v for k, v in absent.items() if k != "H"}.keys()
    assert (blocked["C"], blocked["M"].replace("salaries", "X")) == (absent["C"], absent["M"].replace("nonesuch", "X"))


def test_syntax_errors_are_postgresqls(session, shop_database):
    client = session("ann")
    with shop_database.admin("shop") as direct:
        for sql in ("SELEC 1", "SELECT * FROM", "SELECT 1; SELECT (", "INSERT INTO orders VALUES (1,", "SELECT 'open", "SELECT dürüm dürüm dürüm", "CREATE TABL x ()"):
            ours, theirs = client.error(sql), direct.error(sql)
            assert {k: ours.get(k) for k in "SVCMP"} == {k: theirs.get(k) for k in "SVCMP"}, sql


# --- Denied without effect, with the state that PostgreSQL would have --------------------------------------------------


def _journal(postgres):
    return [row[0] for row in postgres.sql("SELECT line FROM journal ORDER BY n", "shop")]


@pytest.fixture
def journal(shop_database):
    shop_database.sql("TRUNCATE journal", "shop")
    return lambda: _journal(shop_database)


DENIED = "SELECT note FROM internal"


def insert(line):
    return f"INSERT INTO journal (line) VALUES ('{line}')"


@pytest.mark.parametrize("position", [0, 1, 2])
def test_several_statements_are_all_judged_before_any_is_sent(session, journal, position):
    client = session("clara")
    statements = [insert("a"), insert("b")]
    statements.insert(position, DENIED)
    assert types(client.query("; ".join(statements))) == "EZ"
    assert journal() == []


def test_in_a_block_the_transaction_is_really_aborted(session, journal):
    client = session("clara")
    client.query("BEGIN")
    client.query(insert("before"))
    received = client.query(DENIED)
    assert types(received) == "EZ" and received[-1].body == b"E"
    assert only_error(received)["C"] == "42501"
    assert client.error("SELECT 1")["C"] == "25P02"
    assert client.error(insert("after"))["C"] == "25P02"
    received = client.query("COMMIT")
    assert messages.decode(received[0]) == ("CommandComplete", "ROLLBACK") and received[-1].body == b"I"
    assert journal() == []


def test_in_a_failed_block_25p02_comes_before_the_verdict(session):
    client = session("clara")
    client.query("BEGIN")
    client.query("SELECT 1/0")
    assert client.error(DENIED)["C"] == "25P02"
    client.query("ROLLBACK")


def test_rolled_back_to_a_savepoint(session, journal):
    client = session("clara")
    client.query("BEGIN")
    client.query(insert("kept"))
    client.query("SAVEPOINT s")
    client.query(DENIED)
    assert client.query("ROLLBACK TO s")[-1].body == b"T"
    client.query("COMMIT")
    assert journal() == ["kept"]


def test_begin_and_denied_in_one_message(session, journal):
    client = session("clara")
    received = client.query(f"BEGIN; {insert('x')}; {DENIED}; COMMIT")
    assert types(received) == "EZ" and received[-1].body == b"I", "nothing of it has run, the BEGIN neither"
    assert journal() == []


@pytest.mark.parametrize("chunked", [False, True], ids=["coalesced", "one-by-one"])
def test_denied_in_the_middle_of_a_pipeline(session, journal, chunked):
    """What the same pipeline does where PostgreSQL itself refuses the table: earlier statements are rolled back, later ones skipped."""
    client = session("clara")
    parts = [messages.parse(insert("lost")), messages.bind(), messages.execute(), messages.parse(DENIED), messages.bind(), messages.describe_portal(), messages.execute(),
             messages.parse(insert("skipped")), messages.bind(), messages.execute(), messages.sync(), messages.parse(insert("kept")), messages.bind(), messages.execute(), messages.sync()]
    if chunked:
        for part in parts:
            client.send(part)
    else:
        client.send(*parts)
    received = client.ready(2)
    assert types(received) == "12CEZ12CZ"
    assert received[4].body == b"I"
    assert journal() == ["kept"]


def test_pipelined_queries_keep_their_order(session):
    client = session("clara")
    client.send(messages.query("SELECT 'one'"), messages.query(DENIED), messages.query("SELECT 'two'"), messages.query(DENIED), messages.extended("SELECT 'three'"))
    received = client.ready(5)
    assert types(received) == "TDCZEZTDCZEZ12TDCZ"
    assert [messages.data_row(m.body)[0] for m in received if m.type == "D"] == [b"one", b"two", b"three"]


def test_denied_parse_leaves_no_statement(session):
    client = session("clara")
    client.send(messages.parse(DENIED, "denied"), messages.sync())
    assert types(client.ready()) == "EZ"
    client.send(messages.bind(statement="denied"), messages.execute(), messages.sync())
    received = client.ready()
    assert types(received) == "EZ" and only_error(received)["C"] == "26000"
    client.send(messages.parse("SELECT 1", "denied"), messages.bind(statement="denied"), messages.execute(), messages.close_statement("denied"), messages.sync())
    assert types(client.ready()) == "12DC3Z"


def test_denied_with_flush_is_told_at_once(session):
    client = session("clara")
    client.send(messages.parse(DENIED), messages.flush())
    assert types(client.read_until("E")) == "E"
    client.send(messages.sync())
    assert types(client.ready()) == "Z"


def test_denied_in_an_extended_block(session, journal):
    client = session("clara")
    client.send(messages.extended("BEGIN"), messages.extended(insert("x")), messages.extended(DENIED), messages.extended("SELECT 1"), messages.extended("COMMIT"))
    received = client.ready(5)
    assert [m.body for m in received if m.type == "Z"] == [b"T", b"T", b"E", b"E", b"I"]
    assert [messages.error_fields(m.body)["C"] for m in received if m.type == "E"] == ["42501", "25P02"]
    assert journal() == []


def test_denied_copy_in_the_block(session, journal):
    client = session("clara")
    client.query("BEGIN")
    client.query(insert("x"))
    assert types(client.query("COPY internal FROM STDIN")) == "EZ"
    client.send(messages.copy_data("1\tx\n"), messages.copy_done())
    assert client.query("SELECT 1")[-1].body == b"E"
    client.query("COMMIT")
    assert journal() == []


def test_denied_copy_with_data_sent_blindly(session, journal):
    client = session("clara")
    client.send(messages.query("COPY internal FROM STDIN"), messages.copy_data("1\tx\n"), messages.copy_done(), messages.query(insert("after")))
    assert types(client.ready(2)) == "EZCZ"
    assert journal() == ["after"]


def test_denied_after_unsynced_work(session, journal):
    """A denied simple Query inside an implicit transaction of extended messages rolls it back."""
    client = session("clara")
    client.send(messages.parse(insert("lost")), messages.bind(), messages.execute(), messages.query(DENIED), messages.sync())
    received = client.ready(2)
    assert types(received) == "12CEZZ"
    assert journal() == []


def test_denied_function_call(session, journal):
    client = session("ann")
    # pg_read_file(text), by its fixed OID.
    client.send(messages.function_call(2624, ["PG_VERSION"], formats=[0], result_format=0))
    received = client.ready()
    assert types(received) == "EZ" and only_error(received)["C"] == "42501"
    clara = session("clara")
    clara.query("BEGIN")
    clara.query(insert("x"))
    clara.send(messages.function_call(2624, ["PG_VERSION"], formats=[0], result_format=0))
    received = clara.ready()
    assert types(received) == "EZ" and received[-1].body == b"E"
    clara.query("COMMIT")
    assert journal() == []
