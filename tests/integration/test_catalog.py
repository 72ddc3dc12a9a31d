"""How the proxy reads a database's catalog: without standing in the way of what comes behind DDL."""

import time

import pytest

from harness.proxy import configuration, database, user
from harness.wire import types, wait_for

LOADER = "application_name = 'sql-proxy catalog'"
AT_REST = "state = 'idle' AND query = 'COMMIT' AND clock_timestamp() > state_change + '300 ms'"
PIDS = f"SELECT pid FROM pg_stat_activity WHERE {LOADER}"


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, pool_mode):
    config = configuration(postgres, pool_mode=pool_mode)
    config["policy"] = {"default": "allow"}
    config["server"]["threads"] = 1
    return module_proxy(config)


def test_what_comes_behind_ddl_is_not_held_up(proxy, postgres):
    """REINDEX CONCURRENTLY waits for every transaction with an older snapshot, that of a load too."""
    with postgres.admin() as direct, proxy.login() as client:
        client.query("CREATE TABLE reindexed (a int PRIMARY KEY)")

        def fastest(connection):
            taken = []
            for _ in range(8):
                connection.query("COMMENT ON TABLE reindexed IS 'changed'")
                start = time.monotonic()
                received = connection.query("REINDEX TABLE CONCURRENTLY reindexed")
                assert "E" not in types(received), received
                taken.append(time.monotonic() - start)
            return min(taken)

        assert fastest(client) < fastest(direct) + 0.1
        client.query("DROP TABLE reindexed")


def test_loads_share_a_connection_that_does_not_stay(proxy, postgres):
    with postgres.admin() as direct, proxy.login() as client:
        loaders = set()
        for i in range(10):
            client.query(f"CREATE TABLE loaded{i} (a int)")
            assert client.value(f"SELECT count(*) FROM loaded{i}") == "0"
            loaders.update(row[0] for row in direct.rows(PIDS))
            client.query(f"DROP TABLE loaded{i}")
        assert len(loaders) == 1, loaders
        wait_for(lambda: direct.rows(PIDS) == [], what="the end of the connection")


def test_a_load_goes_on_after_its_connection_was_lost(proxy, postgres):
    with postgres.admin() as direct, proxy.login() as client:
        for i in range(3):
            client.query(f"CREATE TABLE lost{i} (a int)")
            assert client.value(f"SELECT count(*) FROM lost{i}") == "0"
            wait_for(lambda: direct.value(f"SELECT bool_and({AT_REST}) FROM pg_stat_activity WHERE {LOADER}") == "t", what="the end of a load")
            direct.rows(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE {LOADER}")
            time.sleep(0.05)
        client.query("DROP TABLE lost0, lost1, lost2")
    assert "could not load the catalog" not in proxy.stderr(), proxy.stderr()


@pytest.fixture
def own_schema(start_proxy, postgres, pool_mode):
    """A proxy whose users may do everything in the schema own, and nothing elsewhere."""
    postgres.sql("DROP SCHEMA IF EXISTS own CASCADE")
    postgres.sql("CREATE SCHEMA own; GRANT ALL ON SCHEMA own TO PUBLIC")
    rule = {"id": "own", "users": ["*"], "schema": "own", "statements": ["ALL"], "action": "allow"}
    proxy = start_proxy(configuration(postgres, policies=[rule], users=[user("dev", "dev-password")], **{"*": database(postgres, pool_mode)}))
    yield lambda: proxy.login("dev", "dev-password", database="postgres", parameters={"search_path": "own, public"})
    postgres.sql("DROP SCHEMA own CASCADE")


def test_what_others_drop_is_no_way_to_what_the_catalog_does_not_know_yet(own_schema, postgres):
    with own_schema() as client, own_schema() as other:
        client.query("CREATE TABLE gone (a int)")
        assert client.query("SELECT * FROM gone")[0].type == "T"
        assert types(other.query("DROP TABLE own.gone")) == "CZ"
        # As soon as the catalog has been read again the name is nobody's.
        wait_for(lambda: client.error("SELECT * FROM gone")["C"] == "42501", what="the catalog")
        postgres.sql("CREATE TABLE public.gone (a int)")
        assert client.error("SELECT * FROM gone")["C"] == "42501"
        postgres.sql("DROP TABLE public.gone")
        # Nor while the session goes from one transaction into the next.
        client.query("BEGIN; CREATE TABLE chained (a int); COMMIT AND CHAIN")
        assert client.query("SELECT * FROM chained")[0].type == "T"
        client.query("COMMIT AND CHAIN")
        assert types(other.query("DROP TABLE own.chained")) == "CZ"
        client.query("SAVEPOINT s")

        def denied():
            code = client.error("SELECT * FROM chained")["C"]
            client.query("ROLLBACK TO s")
            return code == "42501"

        wait_for(denied, what="the catalog")


def test_who_may_use_one_schema_makes_and_uses_tables_in_it(own_schema, postgres):
    """Before the catalog knows them: nothing else of the search_path is asked about, unless it has one of that name."""
    with own_schema() as client:
        for sql in (
            "BEGIN", "CREATE TABLE made (a int)", "INSERT INTO made VALUES (1)", "SELECT * FROM made", "SAVEPOINT s", "DROP TABLE made", "ROLLBACK TO s",
            "SELECT * FROM made", "CREATE VIEW own.seen AS SELECT * FROM made", "SELECT * FROM seen", "COMMIT",
            "CREATE TABLE later (a int); INSERT INTO later VALUES (1); SELECT * FROM later", "SELECT * FROM later",
        ):  # fmt: skip
            assert "E" not in types(client.query(sql)), sql
        # Gone with its transaction, so the name may be anybody's.
        client.query("BEGIN; CREATE TABLE brief (a int); ROLLBACK")
        assert client.error("SELECT * FROM brief")["C"] == "42501"
        postgres.sql("CREATE TABLE public.twice (a int)")
        client.query("CREATE TABLE twice (a int)")
        wait_for(lambda: client.query("SELECT * FROM own.twice")[0].type == "T", what="the catalog")
        client.query("DROP TABLE own.twice")
        assert client.error("SELECT * FROM twice")["C"] == "42501"
    postgres.sql("DROP TABLE public.twice")
