"""Rules with columns: PostgreSQL's own column privileges as the oracle, and attacks on a column that is blocked."""

import re

import pytest

import column_corpus as corpus
from harness import messages
from harness.proxy import configuration, database, user
from harness.wire import wait_for

PASSWORD = "columns-Password-1"
COLUMNS = [(table, column) for table, columns in corpus.COLUMNS.items() for column in columns]


def deprived(table, column):
    """The role, and the user of the proxy, that has everything but this column."""
    return f"no_{table}_{column}"


def rules_for(table, column):
    """Every table, but of `table` all columns less `column`; DELETE and the like have no columns in PostgreSQL."""
    name = deprived(table, column)
    rest = [c for c in corpus.COLUMNS[table] if c != column]
    common = {"users": [name], "schema": "public", "action": "allow"}
    rules = [{"id": f"{name}-others", **common, "tables": [t for t in corpus.COLUMNS if t != table], "statements": ["DML"]}]
    rules.append({"id": f"{name}-rest", **common, "table": table, "columns": rest, "statements": ["DML"]})
    rules.append({"id": f"{name}-delete", **common, "table": table, "statements": ["DELETE"]})
    rules.append({"id": f"{name}-function", **common, "function": "*", "statements": ["EXECUTE"]})
    return rules


def deprive(postgres, table, column):
    name = deprived(table, column)
    statements = [f"DROP ROLE IF EXISTS {name}", f"CREATE ROLE {name}"]
    for other, columns in corpus.COLUMNS.items():
        if other != table:
            statements.append(f"GRANT ALL ON {other} TO {name}")
            continue
        rest = ", ".join(c for c in columns if c != column)
        statements.append(f"GRANT DELETE ON {other} TO {name}")
        statements.append(f"GRANT SELECT ({rest}), INSERT ({rest}), UPDATE ({rest}) ON {other} TO {name}")
    for statement in statements:
        postgres.sql(statement, "columns")


@pytest.fixture(scope="module")
def columns_database(postgres):
    postgres.sql("DROP DATABASE IF EXISTS columns WITH (FORCE)")
    postgres.sql("CREATE DATABASE columns")
    postgres.sql(corpus.SCHEMA, "columns")
    for table, column in COLUMNS:
        deprive(postgres, table, column)
    yield postgres
    postgres.sql("DROP DATABASE columns WITH (FORCE)")
    for table, column in COLUMNS:
        postgres.sql(f"DROP ROLE {deprived(table, column)}")


@pytest.fixture(scope="module")
def proxy(module_proxy, columns_database, pool_mode):
    users = [user(deprived(t, c), PASSWORD) for t, c in COLUMNS]
    rules = [rule for t, c in COLUMNS for rule in rules_for(t, c)]
    return module_proxy(configuration(columns_database, policies=rules, users=users, **{"*": database(columns_database, pool_mode)}))


def sqlstate(received):
    errors = [messages.error_fields(m.body)["C"] for m in received if m.type == "E"]
    return errors[0] if errors else None


def broken(client):
    """The statements that do not even run as the superuser: they would prove nothing."""
    faults = []
    for statement in corpus.STATEMENTS:
        client.query("BEGIN")
        outcome = sqlstate(client.query(statement))
        client.query("ROLLBACK")
        if outcome:
            faults.append((statement, outcome))
    return faults


def statements_about(table):
    return [statement for statement in corpus.STATEMENTS if re.search(rf"\b{table}\b", statement)]


def checked_by_postgres(client):
    """For each statement: the columns without which PostgreSQL refuses it."""
    checked = {statement: set() for statement in corpus.STATEMENTS}
    for table, column in COLUMNS:
        for statement in statements_about(table):
            client.query("BEGIN")
            client.query(f"SET LOCAL ROLE {deprived(table, column)}")
            outcome = sqlstate(client.query(statement))
            client.query("ROLLBACK")
            assert outcome in (None, "42501"), (statement, outcome)
            if outcome:
                checked[statement].add(f"{table}.{column}")
    return checked


def checked_by_proxy(proxy):
    checked = {statement: set() for statement in corpus.STATEMENTS}
    for table, column in COLUMNS:
        with proxy.login(deprived(table, column), PASSWORD, database="columns") as client:
            for statement in statements_about(table):
                client.query("BEGIN")
                outcome = sqlstate(client.query(statement))
                client.query("ROLLBACK")
                assert outcome in (None, "42501"), (statement, outcome)
                if outcome:
                    checked[statement].add(f"{table}.{column}")
    return checked


# A rule on a parent covers its children, whose columns PostgreSQL checks by themselves.
BY_PARENT = {"child.a", "child.b", "child.c", "part_1.k", "part_1.v"}

# Where the proxy asks for more than PostgreSQL does.
STRICTER = {
    # A constraint that is named does not tell its columns.
    "INSERT INTO visit (id, note) VALUES (1, 'q') ON CONFLICT ON CONSTRAINT visit_pkey DO NOTHING",
    # How many columns a function has is not followed, so neither is which ones an alias renames.
    "SELECT b FROM (generate_series(1, 2) CROSS JOIN person) AS j (a, b)",
    "SELECT c FROM (generate_series(1, 2) g CROSS JOIN person) AS j (a, b, c)",
    # PostgreSQL drops what is not used before it checks.
    "WITH x AS (SELECT secret FROM person) SELECT 1",
}


def test_every_column_that_postgresql_checks_is_judged(proxy, columns_database):
    with columns_database.admin("columns") as client:
        assert not broken(client)
        expected = checked_by_postgres(client)
    judged = checked_by_proxy(proxy)
    missed = {s: sorted(expected[s] - judged[s]) for s in corpus.STATEMENTS if expected[s] - judged[s] - BY_PARENT}
    assert not missed
    stricter = {s: sorted(judged[s] - expected[s]) for s in corpus.STATEMENTS if judged[s] - expected[s] and s not in STRICTER}
    assert not stricter
    assert sum(len(columns) for columns in expected.values()) > 500


# --- Attacks on a column that is blocked ------------------------------------------------------------------------------

SECRET = "TOPSECRET-555-12"
VAULT = f"""
CREATE TABLE public.customer (id int PRIMARY KEY, name text, ssn text UNIQUE, code text GENERATED ALWAYS AS ('code ' || ssn) STORED);
INSERT INTO public.customer VALUES (1, 'ada', '{SECRET}'), (2, 'bob', 'other');
CREATE TABLE public.mine (id int, name text, ssn text, hits int DEFAULT 0);
INSERT INTO public.mine VALUES (1, 'ada', '{SECRET}', 0);
CREATE VIEW public.customer_view AS SELECT * FROM public.customer;
CREATE VIEW public.customer_rows AS SELECT c AS r FROM public.customer c;
CREATE VIEW public.customer_names AS SELECT id, name FROM public.customer;
CREATE TABLE public.customer_kid () INHERITS (public.customer);
INSERT INTO public.customer_kid (id, name, ssn) VALUES (3, 'kid', '{SECRET}');
CREATE FUNCTION public.tell(c public.customer) RETURNS text LANGUAGE sql AS 'SELECT $1.ssn';
"""

# `named` may see some columns; `walled` sees everything but one. Both work on `mine`.
WIDE = {"schema": "public", "action": "allow"}
ATTACK_RULES = [
    {"id": "named-columns", "users": ["named"], **WIDE, "table": "customer", "columns": ["id", "name"], "statements": ["READ", "INSERT", "UPDATE"]},
    {"id": "named-mine", "users": ["named"], **WIDE, "tables": ["mine", "customer_names"], "statements": ["DML"]},
    {"id": "walled-all", "users": ["walled"], **WIDE, "statements": ["ALL"]},
    {"id": "walled-secret", "users": ["walled"], "schema": "public", "table": "customer", "columns": ["ssn"], "action": "block", "reason": "numbers are private"},
    {"id": "functions", "users": ["named", "walled"], **WIDE, "function": "*", "statements": ["EXECUTE"]},
]

# Each shows SECRET when the service role runs it.
EXPLOITS = """
SELECT ssn FROM customer
SELECT * FROM customer
TABLE customer
SELECT c.* FROM customer c
SELECT customer FROM customer
SELECT row_to_json(c) FROM customer c
SELECT to_jsonb(c) - 'id' FROM customer c
SELECT c::text FROM customer c
SELECT (c).ssn FROM customer c
SELECT ssn(c) FROM customer c
SELECT (c.*).ssn FROM customer c
SELECT c.tell FROM customer c
SELECT tell(c) FROM customer c
SELECT z FROM customer AS c (x, y, z)
SELECT name FROM customer AS c (id, x, name)
SELECT x.z FROM (SELECT * FROM customer) x (a, b, z)
SELECT code FROM customer
SELECT json_agg(c) FROM customer c
SELECT array_agg(ssn) FROM customer
SELECT string_agg(c::text, ',') FROM customer c
SELECT (SELECT ssn) FROM customer
SELECT (SELECT z FROM (SELECT ssn AS z) q) FROM customer
SELECT l.z FROM customer, LATERAL (SELECT ssn AS z) l
SELECT v FROM customer, LATERAL (VALUES (ssn)) t (v)
SELECT e.value FROM customer c, jsonb_each_text(to_jsonb(c)) e
SELECT g FROM customer, LATERAL regexp_split_to_table(ssn, 'x') g
SELECT name FROM mine UNION SELECT ssn FROM customer
WITH x AS (SELECT ssn FROM customer) SELECT * FROM x
WITH RECURSIVE x AS (SELECT ssn FROM customer UNION SELECT ssn FROM x) SELECT * FROM x
SELECT m.ssn FROM mine m NATURAL JOIN (SELECT ssn FROM customer) c
SELECT m.ssn FROM mine m JOIN customer c USING (ssn)
SELECT m.ssn FROM mine m NATURAL JOIN customer
SELECT j.z FROM (mine m CROSS JOIN customer c) AS j (a, b, d, e, f, g, z)
SELECT j FROM (mine m CROSS JOIN customer c) AS j
SELECT m.ssn FROM mine m WHERE EXISTS (SELECT FROM customer c WHERE c.ssn = m.ssn)
SELECT ssn FROM mine WHERE ssn IN (SELECT ssn FROM customer)
SELECT m.ssn FROM mine m, customer c WHERE (c.id, c.ssn) = (m.id, m.ssn)
SELECT m.ssn FROM mine m, customer c WHERE c = (SELECT q FROM customer q WHERE q.id = 1)
SELECT m.ssn FROM mine m, customer c ORDER BY c.ssn = m.ssn
SELECT max(m.ssn) FROM mine m, customer c GROUP BY c.ssn
SELECT max(m.ssn) FROM mine m, customer c HAVING max(c.ssn) > 'T'
SELECT max(m.ssn) FILTER (WHERE c.ssn > 'T') FROM mine m, customer c
SELECT first_value(m.ssn) OVER (PARTITION BY c.ssn) FROM mine m, customer c
SELECT DISTINCT ON (c.ssn) m.ssn FROM mine m, customer c
SELECT ssn::int FROM customer
SELECT 1 / length(ssn) - ssn::int FROM customer
SELECT xmlelement(name a, ssn) FROM customer
SELECT v FROM customer, xmltable('/a' PASSING xmlelement(name a, ssn) COLUMNS v text PATH '.') t
UPDATE mine SET name = (SELECT ssn FROM customer WHERE id = 1) RETURNING name
UPDATE mine SET name = c.ssn FROM customer c WHERE c.id = 1 RETURNING mine.name
UPDATE mine SET hits = 1 FROM customer c RETURNING *
UPDATE mine SET (name, hits) = (SELECT ssn, id FROM customer LIMIT 1) RETURNING name
UPDATE customer SET name = 'x' WHERE id = 1 RETURNING ssn
UPDATE customer SET name = 'x' WHERE id = 1 RETURNING *
UPDATE customer SET name = ssn WHERE id = 1 RETURNING name
DELETE FROM mine USING customer c WHERE c.ssn = mine.ssn RETURNING mine.ssn
INSERT INTO mine SELECT id, name, ssn FROM customer_kid RETURNING ssn
INSERT INTO mine (name) SELECT ssn FROM customer RETURNING name
INSERT INTO customer (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = customer.ssn RETURNING name
INSERT INTO customer (id, name) VALUES (1, 'x') ON CONFLICT (id) DO UPDATE SET name = 'y' WHERE customer.ssn > 'T' RETURNING customer
COPY customer TO STDOUT
COPY customer (ssn) TO STDOUT
COPY (SELECT ssn FROM customer) TO STDOUT
COPY (SELECT c FROM customer c) TO STDOUT
SELECT ssn FROM customer_kid
SELECT * FROM customer_kid
SELECT * FROM customer_view
SELECT ssn FROM customer_view
SELECT (r).ssn FROM customer_rows
SELECT r::text FROM customer_rows
DECLARE c CURSOR FOR SELECT ssn FROM customer; FETCH ALL FROM c
PREPARE p AS SELECT ssn FROM customer; EXECUTE p
CREATE TEMP TABLE stolen AS SELECT * FROM customer; SELECT * FROM stolen
CREATE TEMP VIEW stolen AS SELECT * FROM customer; SELECT * FROM stolen
MERGE INTO mine m USING customer c ON c.id = m.id WHEN MATCHED THEN UPDATE SET name = c.ssn; SELECT name FROM mine
SELECT s.z FROM (SELECT id, (SELECT string_agg(ssn, ',') FROM customer) AS z FROM mine) s
SELECT (SELECT max(ssn) FROM customer WHERE customer.id = m.id) FROM mine m
""".strip().splitlines()

# What has to work for both.
BENIGN = """
SELECT id, name FROM customer
SELECT name FROM customer WHERE id = 1 ORDER BY name
SELECT count(*) FROM customer
SELECT EXISTS (SELECT 1 FROM customer WHERE id = 3)
SELECT upper(c.name) AS n FROM customer c GROUP BY n HAVING count(*) > 0 ORDER BY n DESC LIMIT 5
SELECT c.name, m.ssn FROM customer c JOIN mine m ON m.id = c.id
SELECT name, hits FROM customer JOIN mine USING (id, name)
SELECT m.* FROM mine m LEFT JOIN customer c ON c.id = m.id AND c.name = m.name
WITH x AS (SELECT id, name FROM customer) SELECT x.*, (SELECT ssn FROM mine WHERE mine.id = x.id) FROM x
SELECT l.n FROM mine m, LATERAL (SELECT name AS n FROM customer c WHERE c.id = m.id) l
SELECT row_to_json(r) FROM (SELECT id, name FROM customer) r
SELECT name AS ssn FROM customer ORDER BY ssn
SELECT x.ssn FROM (SELECT name AS ssn FROM customer) x WHERE x.ssn > 'a'
SELECT rank() OVER (PARTITION BY name ORDER BY id) FROM customer
SELECT id, name FROM customer UNION ALL SELECT id, ssn FROM mine ORDER BY 1
SELECT * FROM customer_names
INSERT INTO customer (id, name) VALUES (8, 'eve') RETURNING id
INSERT INTO customer (id, name) VALUES (1, 'eve') ON CONFLICT (id) DO UPDATE SET name = excluded.name RETURNING customer.name
UPDATE customer SET name = upper(name) WHERE id = 1 RETURNING id, name
UPDATE mine SET hits = hits + 1 FROM customer c WHERE c.id = mine.id
COPY (SELECT id, name FROM customer) TO STDOUT
COPY customer (id, name) TO STDOUT
SELECT name FROM customer_kid
DECLARE c CURSOR FOR SELECT name FROM customer; FETCH ALL FROM c
EXPLAIN SELECT name FROM customer WHERE id = 1
""".strip().splitlines()


@pytest.fixture(scope="module")
def vault(postgres, module_proxy, pool_mode):
    postgres.sql("DROP DATABASE IF EXISTS vault WITH (FORCE)")
    postgres.sql("CREATE DATABASE vault")
    postgres.sql(VAULT, "vault")
    users = [user("named", PASSWORD), user("walled", PASSWORD)]
    return module_proxy(configuration(postgres, policies=ATTACK_RULES, users=users, **{"*": database(postgres, pool_mode)}))


def run_undone(client, sql):
    """All that comes back for the statements, one Query each, in a transaction that is rolled back."""
    client.query("BEGIN")
    received = [m for statement in sql.split("; ") for m in client.query(statement)]
    client.query("ROLLBACK")
    return received


def shows_secret(received):
    return any(SECRET.encode() in m.body for m in received)


@pytest.mark.parametrize("name", ["named", "walled"])
def test_a_blocked_column_is_shown_by_nothing(vault, postgres, name):
    with postgres.admin("vault") as client:
        harmless = [sql for sql in EXPLOITS if not shows_secret(run_undone(client, sql))]
    assert not harmless, "these prove nothing"
    leaks, ran = [], []
    with vault.login(name, PASSWORD, database="vault") as client:
        for sql in EXPLOITS:
            received = run_undone(client, sql)
            if shows_secret(received):
                leaks.append(sql)
            if sqlstate(received) != "42501":
                ran.append(sql)
    assert not leaks
    assert not ran


@pytest.mark.parametrize("name", ["named", "walled"])
def test_what_is_allowed_runs(vault, name):
    refused = []
    with vault.login(name, PASSWORD, database="vault") as client:
        for sql in BENIGN:
            received = run_undone(client, sql)
            if sqlstate(received) is not None:
                refused.append((sql, [messages.error_fields(m.body)["D"] for m in received if m.type == "E"][:1]))
    # The kid's other columns, and what the rule on the view lacks.
    assert not refused


def test_denials_say_which_columns_there_are(vault):
    with vault.login("walled", PASSWORD, database="vault") as client:
        error = next(messages.error_fields(m.body) for m in client.query("SELECT * FROM customer") if m.type == "E")
        assert (error["C"], error["M"]) == ("42501", "permission denied for table customer")
        assert error["D"].startswith('Policy rule "walled-secret" blocks SELECT on customer') and "numbers are private" in error["D"]
        assert error["H"].startswith("These columns are allowed: id, name. ")
        error = next(messages.error_fields(m.body) for m in client.query("SELECT 1 FROM customer WHERE ssn = ''") if m.type == "E")
        assert error["D"] == 'Policy rule "walled-secret" blocks SELECT on column ssn of customer: numbers are private.'
    with vault.login("named", PASSWORD, database="vault") as client:
        answers = set()
        for column in ("ssn", "no_such_column"):
            fields = next(messages.error_fields(m.body) for m in client.query(f"SELECT {column} FROM customer") if m.type == "E")
            answers.add((fields["C"], fields["M"], fields["D"].replace(column, "?")))
        assert len(answers) == 1, "a column that is blocked and one that is not there look alike"


def test_the_audit_names_the_columns(vault):
    with vault.login("walled", PASSWORD, database="vault") as client:
        client.query("UPDATE mine SET hits = c.id FROM (SELECT id, name AS n FROM customer) c WHERE c.n = 'ada' AND mine.name = 'ada'")
    event = wait_for(lambda: [e for e in vault.audit_events(kind="statement", statement_type="UPDATE") if "AS n" in e["sql"]], what="the event")[0]
    place = "vault.public."
    assert event["columns"] == [place + c for c in ("customer.id", "customer.name", "mine.name")]
    assert event["columns_filtered"] == [place + c for c in ("customer.name", "mine.name")]
    assert event["columns_written"] == [place + "mine.hits"]
