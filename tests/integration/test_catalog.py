"""How the proxy reads a database's catalog: without standing in the way of what comes behind DDL."""

import time

import pytest

from harness.proxy import configuration
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
