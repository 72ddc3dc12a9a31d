"""What the audit says of the personal data in results: by name, type, value and origin, whatever way the result takes."""

import re
import struct

import pytest

from harness import messages
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, configuration
from harness.wire import byte_by_byte, random_pieces, types

SCHEMA = """
CREATE TABLE customers (id int PRIMARY KEY, name text, email text, born date, seen inet, note text, extra jsonb, contact text[]);
INSERT INTO customers SELECT i, 'Name ' || i, 'user' || i || '@example.com', date '1950-01-01' + i * 700, '203.0.113.9', 'nothing', '{"plan": "basic"}',
  ARRAY['by mail'] FROM generate_series(1, 30) AS i;
CREATE TABLE products (id int PRIMARY KEY, name text, sku text, made timestamptz, hash text);
INSERT INTO products SELECT i, 'Thing ' || i, 'AB' || (1000 + i) || '-XY', now(), md5(i::text) FROM generate_series(1, 30) AS i;
CREATE TABLE opaque (a text, b text, c jsonb, d text[], e bigint, f bytea, g date);
INSERT INTO opaque SELECT 'user' || i || '@example.com', '+49 30 90182' || (100 + i), '{"who": {"email": "x@example.com"}, "n": 1}', ARRAY['203.0.113.' || (i + 40), 'b'],
  4111111111111111, '\\x00ff', date '1950-01-01' + i * 700 FROM generate_series(1, 30) AS i;
CREATE TYPE badge AS ENUM ('red', 'blue');
CREATE TABLE staff (id int, emp_no text, access badge);
INSERT INTO staff VALUES (1, 'E123456', 'red'), (2, 'E123457', 'blue');
CREATE DOMAIN phone_number AS text;
CREATE TABLE people (ssn text, how phone_number);
INSERT INTO people VALUES ('unknown', 'by letter');
CREATE VIEW card_holders AS SELECT ssn AS code, how FROM people;
CREATE FUNCTION contact_of(i int) RETURNS text LANGUAGE sql STABLE AS 'SELECT email FROM customers WHERE id = i';
"""

RULES = [{"tag": "PII.EmployeeId", "column_names": ["employee_id"], "value_pattern": "^E[0-9]{6}$", "type_names": ["badge"]}]


def make_configuration(postgres, pool_mode, **classification):
    config = configuration(postgres, pool_mode=pool_mode)
    config["classification"] = {"enabled": True, "sample_rows": 20, "rules": RULES, **classification}
    return config


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, pool_mode):
    postgres.sql("DROP DATABASE IF EXISTS people WITH (FORCE)")
    postgres.sql("CREATE DATABASE people")
    postgres.sql(SCHEMA, "people")
    return module_proxy(make_configuration(postgres, pool_mode))


def log_in(proxy, name=None, **options):
    return proxy.login(CLIENT_USER, CLIENT_PASSWORD, database="people", parameters={"application_name": name or "people"}, **options)


@pytest.fixture
def audited(proxy, request):
    name = re.sub(r"[^\w]", "-", request.node.name)[:60]

    class Audited:
        def log_in(self, **options):
            return log_in(proxy, name, **options)

        def event(self, **wanted):
            return self.events(1, **wanted)[0]

        def events(self, count, **wanted):
            events = proxy.wait_for_audit(count, kind="statement", application_name=name, **wanted)
            assert len(events) == count, events
            return events

    return Audited()


def found(event):
    """(column, tag, method) of each classification."""
    return [(c["column"], c["tag"], c["method"]) for c in event["classifications"]]


def test_names_and_types(audited):
    with audited.log_in() as client:
        client.query("SELECT id, name, email, seen FROM customers WHERE id = 1")
    event = audited.event()
    assert found(event) == [("name", "PII.Name", "name"), ("email", "PII.Email", "name"), ("seen", "PII.IPAddress", "type")]
    assert event["has_pii"] is True
    assert list(event["classifications"][0]) == ["column", "tag", "confidence", "method", "rows_sampled"]
    assert [c["confidence"] for c in event["classifications"]] == [0.9, 0.95, 0.9]


def test_nothing_personal(audited):
    with audited.log_in() as client:
        client.query("SELECT id, name, sku, made, hash, id * 2.5 AS price FROM products")
        client.query("UPDATE products SET sku = sku WHERE id = 1")
    select, update = audited.events(2)
    assert (select["classifications"], select["has_pii"]) == ([], False)
    assert (update["classifications"], update["has_pii"]) == ([], False)


OPAQUE = [("a", "PII.Email", "value"), ("b", "PII.Phone", "value"), ("c", "PII.Email", "value"), ("d", "PII.IPAddress", "value"), ("e", "PII.CreditCard", "value"), ("g", "PII.BirthDate", "value")]


def test_values(audited):
    with audited.log_in() as client:
        client.query("SELECT * FROM opaque")
    event = audited.event()
    assert sorted(found(event)) == sorted([*OPAQUE, ("c", "PII.Email", "name")] if ("c", "PII.Email", "name") in found(event) else OPAQUE)
    assert {c["rows_sampled"] for c in event["classifications"]} == {20}


@pytest.mark.parametrize("result_format", [0, 1])
@pytest.mark.parametrize("describe", ["portal", "statement", "earlier", "never"])
def test_extended(audited, result_format, describe):
    sql = "SELECT a, b, c, d, e, g FROM opaque"
    with audited.log_in() as client:
        if describe == "portal":
            client.send(messages.parse(sql), messages.bind(result_formats=[result_format]), messages.describe_portal(), messages.execute(), messages.sync())
        elif describe == "statement":
            client.send(messages.parse(sql), messages.describe_statement(), messages.bind(result_formats=[result_format]), messages.execute(), messages.sync())
        elif describe == "earlier":
            client.send(messages.parse(sql, "s"), messages.describe_statement("s"), messages.sync())
            client.ready()
            client.send(messages.bind(statement="s", result_formats=[result_format]), messages.execute(), messages.sync())
        else:
            client.send(messages.parse(sql), messages.bind(result_formats=[result_format]), messages.execute(), messages.sync())
        assert types(client.ready()).count("D") == 30
    event = audited.event(protocol="extended")
    tags = {c["tag"] for c in event["classifications"]}
    wanted = {"PII.Email", "PII.Phone", "PII.IPAddress", "PII.CreditCard", "PII.BirthDate"}
    if describe == "never" and result_format == 1:
        # Nobody has said that four bytes are a date, and eight a number.
        wanted -= {"PII.CreditCard", "PII.BirthDate"}
    assert tags == wanted
    if describe != "never":
        assert {c["column"] for c in event["classifications"]} == set("abcdeg")


def test_a_result_without_rows_says_what_it_would_hold(audited):
    with audited.log_in() as client:
        client.query("SELECT email FROM customers WHERE id < 0")
        client.send(messages.extended("SELECT email FROM customers WHERE id < 0"))
        client.ready()
    for event in audited.events(2):
        assert (found(event), event["rows_returned"]) == ([("email", "PII.Email", "name")], 0)


def test_partial_executes_are_one_result(audited):
    with audited.log_in() as client:
        client.send(messages.parse("SELECT a FROM opaque"), messages.bind(), messages.describe_portal())
        for _ in range(2):
            client.send(messages.execute(max_rows=3), messages.flush())
            client.read_until("s")
        client.send(messages.execute(), messages.sync())
        client.ready()
    event = audited.event()
    assert found(event) == [("a", "PII.Email", "value")]
    assert event["classifications"][0]["rows_sampled"] == 20
    assert event["rows_returned"] == 30


def test_cursors_prepared_statements_and_returning(audited):
    with audited.log_in() as client:
        client.query("BEGIN; DECLARE c CURSOR FOR SELECT a FROM opaque")
        client.query("FETCH 5 FROM c")
        client.query("COMMIT; PREPARE p AS SELECT b FROM opaque; EXECUTE p")
        client.query("INSERT INTO customers (id, email) VALUES (1000, 'z@example.com') RETURNING id, email")
        client.query("DELETE FROM customers WHERE id = 1000 RETURNING note || 'z@example.com' AS x")
    events = audited.events(8)
    by_type = {e["sub_type"]: e for e in events}
    assert found(by_type["FETCH"]) == [("a", "PII.Email", "value")]
    assert found(by_type["EXECUTE"]) == [("b", "PII.Phone", "value")]
    assert found(by_type["INSERT"]) == [("email", "PII.Email", "name")]
    assert by_type["DECLARE CURSOR"]["has_pii"] is False


COPIES = ["", "WITH (FORMAT csv)", "WITH (FORMAT csv, HEADER, DELIMITER ';', FORCE_QUOTE *)", "WITH (FORMAT text, HEADER, DELIMITER '|')", "WITH (FORMAT binary)", "BINARY", "CSV HEADER"]


@pytest.mark.parametrize("options", COPIES)
def test_copy_out(audited, options):
    sql = f"COPY (SELECT id, a, b, d FROM opaque, generate_series(7, 7) AS id) TO STDOUT {options}"
    if options == "BINARY":
        sql = "COPY BINARY opaque (e, a, b, d) TO STDOUT"
    with audited.log_in() as client:
        answer = client.query(sql)
        assert types(answer).count("d") >= 30
    event = audited.event(protocol="copy")
    assert [c["tag"] for c in event["classifications"]] == ["PII.Email", "PII.Phone", "PII.IPAddress"]
    if "HEADER" in options:
        assert [c["column"] for c in event["classifications"]] == ["a", "b", "d"]
    elif options == "BINARY":
        assert [c["column"] for c in event["classifications"]] == ["a", "b", "d"]


def test_copy_with_a_column_list_goes_by_names(audited):
    with audited.log_in() as client:
        client.query("COPY customers (id, email) TO STDOUT")
    assert found(audited.event()) == [("email", "PII.Email", "name")]


@pytest.mark.parametrize("result_format", [0, 1])
def test_function_call(audited, proxy, postgres, result_format):
    oid = int(postgres.value("SELECT 'contact_of(int)'::regprocedure::oid", "people"))
    with audited.log_in() as client:
        client.send(messages.function_call(oid, [struct.pack("!i", 3)], result_format=result_format))
        answer = client.ready()
        assert b"user3@example.com" in answer[0].body
    event = audited.event(protocol="function")
    assert found(event) == [("contact_of", "PII.Email", "value")]


def test_rules_of_the_configuration(audited):
    with audited.log_in() as client:
        client.query("SELECT id, emp_no, access FROM staff")
        client.query("SELECT id AS employee_id FROM products")
        client.query("SELECT id AS \"theEmployeeID\" FROM products")
    by_value, by_name, by_words = audited.events(3)
    assert found(by_value) == [("emp_no", "PII.EmployeeId", "value"), ("access", "PII.EmployeeId", "type")]
    assert found(by_name) == [("employee_id", "PII.EmployeeId", "name")]
    assert found(by_words) == [("theEmployeeID", "PII.EmployeeId", "name")]


def test_values_larger_than_what_is_looked_at(audited):
    with audited.log_in() as client:
        client.query("SELECT 'mail z@example.com ' || repeat('x ', 2000000) AS big, repeat('y ', 100000) || 'z@example.com' AS late")
    assert found(audited.event()) == [("big", "PII.Email", "value")]


def test_a_result_that_breaks_off_is_classified(audited):
    with audited.log_in() as client:
        client.query("SELECT a, 1 / (25 - (row_number() OVER ())) FROM opaque")
        client.query("SELECT 1/0")
    failed, nothing = audited.events(2)
    assert failed["status"] == nothing["status"] == "error"
    assert failed["has_pii"] in (True, None)
    assert nothing["has_pii"] in (False, None)


@pytest.mark.parametrize("chunking", [None, byte_by_byte, random_pieces(7)])
def test_the_client_gets_the_same_bytes(proxy, postgres, chunking):
    """Against the server itself, for every way a result can take."""
    sqls = ["SELECT * FROM opaque", "SELECT * FROM customers ORDER BY id", "COPY opaque TO STDOUT", "COPY opaque TO STDOUT (FORMAT binary)", "COPY customers TO STDOUT CSV HEADER",
            "SELECT repeat('z@example.com ', 300000)", "SELECT 1/0", "SELECT", "", "VALUES (NULL, ''), ('a@example.com', 'b')", "SELECT a FROM opaque; SELECT b FROM opaque"]
    cut = {"chunking": chunking} if chunking else {}

    def conversation(client):
        client.received.clear()
        for sql in sqls:
            client.query(sql)
        for formats in ([0], [1]):
            client.send(messages.extended(sqls[0], result_formats=formats))
            client.ready()
            client.send(messages.parse(sqls[1]), messages.bind(result_formats=formats), messages.execute(max_rows=4), messages.execute(), messages.sync())
            client.ready()
        return bytes(client.received)

    with log_in(proxy, **cut) as through, postgres.admin("people") as direct:
        assert conversation(through) == conversation(direct)


def test_reload_applies_rules_and_switches_off(start_proxy, postgres, pool_mode, proxy):
    other = start_proxy(make_configuration(postgres, pool_mode, rules=[]))
    with log_in(other, "reload") as client:
        def classifications(count):
            client.query("SELECT sku FROM products")
            return other.wait_for_audit(count, kind="statement", application_name="reload")[-1]

        assert classifications(1)["classifications"] == []
        other.config["classification"]["rules"] = [{"tag": "Internal.Sku", "column_names": ["sku"]}]
        other.reload_and_wait()
        event = classifications(2)
        assert found(event) == [("sku", "Internal.Sku", "name")]
        assert event["has_pii"] is False
        other.config["classification"] = {"enabled": False}
        other.reload_and_wait()
        event = classifications(3)
        assert (event["classifications"], event["has_pii"]) == (None, None)


DERIVED = [
    ("SELECT upper(email) FROM customers", ("upper", "PII.Email", 0.85, "derivation")),
    ("SELECT email AS x FROM customers", ("x", "PII.Email", 1.0, "derivation")),
    ("SELECT x FROM (SELECT c.email AS x FROM customers c) AS s", ("x", "PII.Email", 1.0, "derivation")),
    ("WITH w(y) AS (SELECT lower(email) FROM customers) SELECT y FROM w", ("y", "PII.Email", 0.85, "derivation")),
    ("SELECT count(email) AS n FROM customers", ("n", "PII.Email", 0.5, "derivation")),
    ("SELECT email AS product FROM customers UNION SELECT sku FROM products", ("product", "PII.Email", 1.0, "derivation")),
    ("SELECT code FROM card_holders", ("code", "PII.SSN", 1.0, "derivation")),
    ("SELECT secret_number AS email FROM people", ("email", "PII.SSN", 1.0, "derivation")),
    ("UPDATE people SET secret_number = secret_number RETURNING secret_number || '' AS s", ("s", "PII.SSN", 0.85, "derivation")),
    ("COPY (SELECT email AS e FROM customers) TO STDOUT", ("e", "PII.Email", 1.0, "derivation")),
]


@pytest.mark.parametrize("sql,wanted", DERIVED, ids=[d[0][:40] for d in DERIVED])
def test_derivation(audited, sql, wanted):
    with audited.log_in() as client:
        client.query(sql.replace("secret_number", "ssn"))
    event = audited.event()
    assert [(c["column"], c["tag"], c["confidence"], c["method"]) for c in event["classifications"]] == [wanted]
    assert event["has_pii"] is True


def test_a_domain_goes_by_its_name(audited):
    with audited.log_in() as client:
        client.query("SELECT how FROM people")
    assert found(audited.event()) == [("how", "PII.Phone", "type")]
