"""Rules with columns: PostgreSQL's own column privileges as the oracle, and attacks on a column that is blocked."""

import pytest

import column_corpus as corpus
from harness import messages
from harness.proxy import configuration, database, user

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


def checked_by_postgres(client):
    """For each statement: the columns without which PostgreSQL refuses it."""
    checked = {statement: set() for statement in corpus.STATEMENTS}
    for table, column in COLUMNS:
        for statement in corpus.STATEMENTS:
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
            for statement in corpus.STATEMENTS:
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
