"""Session pooling: one server connection for one client, clean when the next one gets it."""

import time

import pytest

from harness import messages
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, configuration, database
from harness.relay import Relay
from harness.wire import ServerError, types, wait_for

pytestmark = pytest.mark.skipif("config.getoption('--pool-mode') != 'session'", reason="what a session keeps is told of session pooling here")


def single(postgres, **more):
    """A configuration with one server connection, so that every client gets the same one."""
    return configuration(postgres, **{"*": database(postgres, "session", pool_size=1, pool_wait_timeout="5s", **more)})


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres):
    return module_proxy(single(postgres))


def gone(postgres, pid):
    return wait_for(lambda: postgres.value(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid}") == "0", what="the end of that server process")


# --- Reuse ------------------------------------------------------------------------------------------------------------


def test_pid_is_the_real_one(proxy):
    with proxy.login() as client:
        assert client.value("SELECT pg_backend_pid()") == str(client.login_info.pid)


def test_the_connection_is_reused(proxy, postgres):
    pids = set()
    for _ in range(5):
        with proxy.login() as client:
            pid = client.value("SELECT pg_backend_pid()")
            client.terminate()
        pids.add(pid)
        # Whoever comes before it is reset gets another one.
        wait_for(lambda: postgres.value(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid} AND state = 'idle' AND query = 'DISCARD ALL'") == "1", what="the reset of the connection")
    assert len(pids) == 1


def test_messages_without_sync_do_not_hold_the_place(proxy):
    """The server answers them when a Sync comes; behind Terminate none does."""
    for _ in range(3):
        with proxy.login() as client:
            client.send(messages.parse("SELECT 1"), messages.bind(), messages.execute())
            client.terminate()
    with proxy.login() as client:
        client.query("CREATE TEMP TABLE t (a int)")
        client.send(messages.parse("COPY t FROM STDIN"), messages.bind(), messages.execute(), messages.sync())
        client.read_until("G")
        client.send(messages.copy_data(b"1\n"), messages.copy_done(), messages.flush())
        client.read_until("C")
        client.send(messages.parse("SELECT 1"), messages.bind(), messages.execute())
        client.terminate()
    with proxy.login() as client:
        assert client.value("SELECT 1") == "1"


LITTER = {
    "temporary-table": ("CREATE TEMP TABLE litter (a int)", "SELECT count(*) FROM pg_class WHERE relname = 'litter'"),
    "setting": ("SET work_mem = '11MB'; SET TimeZone = 'Asia/Tokyo'", "SELECT count(*) FROM pg_settings WHERE name IN ('work_mem', 'TimeZone') AND setting <> reset_val"),
    "custom-setting": ("SET my.litter = 'secret of the last one'", "SELECT count(*) WHERE current_setting('my.litter', true) <> ''"),
    "prepared-statement": ("PREPARE litter AS SELECT 1", "SELECT count(*) FROM pg_prepared_statements"),
    "listen": ("LISTEN litter", "SELECT count(*) FROM pg_listening_channels()"),
    "advisory-lock": ("SELECT pg_advisory_lock(4711)", "SELECT count(*) FROM pg_locks WHERE locktype = 'advisory'"),
    "held-cursor": ("BEGIN; DECLARE litter CURSOR WITH HOLD FOR SELECT 1; COMMIT", "SELECT count(*) FROM pg_cursors"),
    "role": ("SET ROLE pg_read_all_data", "SELECT count(*) WHERE current_user <> session_user"),
    "session-authorization": ("SET SESSION AUTHORIZATION service_md5", "SELECT count(*) WHERE session_user <> 'service'"),
    "transaction-default": ("SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY", "SELECT count(*) WHERE current_setting('default_transaction_read_only') = 'on'"),
    "search-path": ("SET search_path = pg_temp", "SELECT count(*) WHERE current_setting('search_path') <> '\"$user\", public'"),
    "sequence": ("CREATE TEMP SEQUENCE litter; SELECT nextval('litter')", "SELECT count(*) FROM pg_class WHERE relname = 'litter'"),
}


@pytest.mark.parametrize("end", ["terminate", "close", "abort"])
@pytest.mark.parametrize("litter", LITTER)
def test_nothing_is_left_for_the_next_client(proxy, litter, end):
    leave, look = LITTER[litter]
    client = proxy.login()
    received = client.query(leave)
    assert "E" not in types(received), received
    if litter == "prepared-statement":
        client.send(messages.parse("SELECT 2", "litter2"), messages.sync())
        client.ready()
    getattr(client, end)()
    with proxy.login() as successor:
        assert successor.value(look) == "0"
        assert successor.value("SELECT session_user = current_user") == "t"


def test_startup_parameters_are_not_left_for_the_next_client(proxy):
    with proxy.login(parameters={"TimeZone": "Asia/Tokyo", "application_name": "first", "options": "-c work_mem=9MB"}) as client:
        assert client.login_info.parameters["TimeZone"] == "Asia/Tokyo"
        client.terminate()
    with proxy.login() as client:
        assert client.login_info.parameters["TimeZone"] == "UTC"
        assert client.login_info.parameters["application_name"] == ""
        assert client.value("SHOW work_mem") == "4MB"
        assert client.query("RESET ALL") and client.value("SHOW TimeZone") == "UTC"


@pytest.mark.parametrize("end", ["terminate", "close", "abort"])
def test_an_open_transaction_is_rolled_back(proxy, postgres, end):
    postgres.sql("DROP TABLE IF EXISTS pooled; CREATE TABLE pooled (a int)")
    client = proxy.login()
    client.query("BEGIN; INSERT INTO pooled VALUES (1); LOCK TABLE pooled IN ACCESS EXCLUSIVE MODE")
    getattr(client, end)()
    with proxy.login() as successor:
        assert successor.value("SELECT count(*) FROM pooled") == "0"
    assert postgres.value("SELECT count(*) FROM pooled") == "0"


@pytest.mark.parametrize("end", ["close", "abort", "terminate"])
def test_an_unfinished_copy_is_not_committed(proxy, postgres, end):
    postgres.sql("DROP TABLE IF EXISTS pooled; CREATE TABLE pooled (a int)")
    client = proxy.login()
    client.send(messages.query("COPY pooled FROM STDIN"))
    client.read_until("G")
    client.send(messages.copy_data("1\n2\n"))
    getattr(client, end)()
    with proxy.login() as successor:
        assert successor.value("SELECT count(*) FROM pooled") == "0"


def test_unread_results_are_not_for_the_next_client(proxy):
    client = proxy.login()
    client.send(messages.query("SELECT 'of the first client', repeat('x', 1000) FROM generate_series(1, 50000)"), messages.query("SELECT 'also of the first'"))
    client.read_until("T")
    client.abort()
    with proxy.login() as successor:
        assert successor.value("SELECT 'mine'") == "mine"
        assert b"first client" not in successor.received


def test_a_client_that_vanishes_does_not_leave_its_query_running(proxy, postgres):
    client = proxy.login()
    pid = client.login_info.pid
    client.send(messages.query("SELECT pg_sleep(600)"))
    wait_for(lambda: postgres.value(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {pid} AND query LIKE '%600%' AND state = 'active'") == "1")
    client.abort()
    wait_for(lambda: postgres.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep(600)%' AND state = 'active' AND pid <> pg_backend_pid()") == "0",
             what="the end of the vanished client's query")


def test_a_pipeline_without_sync_is_not_committed(proxy, postgres):
    postgres.sql("DROP TABLE IF EXISTS pooled; CREATE TABLE pooled (a int)")
    client = proxy.login()
    client.send(messages.parse("INSERT INTO pooled VALUES (1)"), messages.bind(), messages.execute(), messages.flush())
    client.read_until("C")
    client.terminate()
    with proxy.login() as successor:
        assert successor.value("SELECT count(*) FROM pooled") == "0"


def test_two_databases_do_not_share_connections(proxy, postgres):
    postgres.sql("DROP DATABASE IF EXISTS pooled_other WITH (FORCE)")
    postgres.sql("CREATE DATABASE pooled_other")
    with proxy.login() as one, proxy.login(database="pooled_other") as other:
        assert (one.value("SELECT current_database()"), other.value("SELECT current_database()")) == ("postgres", "pooled_other")


# --- Limits -----------------------------------------------------------------------------------------------------------


def test_pool_size_and_wait_timeout(start_proxy, postgres):
    proxy = start_proxy(configuration(postgres, **{"*": database(postgres, "session", pool_size=2, pool_wait_timeout="1s")}))
    clients = [proxy.login(), proxy.login()]
    start = time.monotonic()
    with pytest.raises(ServerError) as caught:
        proxy.login()
    assert 0.8 < time.monotonic() - start < 5
    assert caught.value.fields["C"] == "57014"
    assert "pool wait timeout" in caught.value.fields["M"]
    clients.pop().terminate()
    with proxy.login() as client:
        assert client.value("SELECT 1") == "1"
    for client in clients:
        assert client.value("SELECT 2") == "2"
        client.close()


def test_who_waits_gets_the_connection_when_it_is_free(start_proxy, postgres):
    """Also across workers: first come, first served."""
    config = configuration(postgres, **{"*": database(postgres, "session", pool_size=1, pool_wait_timeout="20s")})
    config["server"]["threads"] = 2
    proxy = start_proxy(config)
    holder = proxy.login()
    waiting = []
    for _ in range(4):
        client = proxy.connect()
        client.send(messages.startup({"user": CLIENT_USER, "database": "postgres"}))
        client.authenticate(CLIENT_USER, CLIENT_PASSWORD, stop_after="SASLFinal")
        waiting.append(client)
    assert not any(client.has_input(0.2) for client in waiting), "nobody is let in while the connection is taken"
    holder.terminate()
    for client in waiting:
        client.finish_login()
        assert client.value("SELECT 1") == "1"
        client.terminate()


def test_a_waiting_client_that_leaves_does_not_take_the_place(start_proxy, postgres):
    proxy = start_proxy(configuration(postgres, **{"*": database(postgres, "session", pool_size=1, pool_wait_timeout="20s")}))
    holder = proxy.login()
    for _ in range(5):
        client = proxy.connect()
        client.send(messages.startup({"user": CLIENT_USER, "database": "postgres"}))
        client.authenticate(CLIENT_USER, CLIENT_PASSWORD, stop_after="SASLFinal")
        client.abort()
    holder.terminate()
    with proxy.login() as client:
        assert client.value("SELECT 1") == "1"


# --- Servers that go away ---------------------------------------------------------------------------------------------


def test_terminated_server_process_gives_one_fatal(proxy, postgres):
    with proxy.login() as client:
        pid = client.login_info.pid
        postgres.sql(f"SELECT pg_terminate_backend({pid})")
        error = client.fatal()
        assert error["C"] in ("57P01", "08006")
    with proxy.login() as client:
        assert client.login_info.pid != pid
        assert client.value("SELECT 1") == "1"


def test_terminated_in_the_middle_of_a_query(proxy, postgres):
    with proxy.login() as client:
        client.send(messages.query("SELECT pg_sleep(100)"))
        wait_for(lambda: postgres.value(f"SELECT count(*) FROM pg_stat_activity WHERE pid = {client.login_info.pid} AND state = 'active'") == "1")
        postgres.sql(f"SELECT pg_terminate_backend({client.login_info.pid})")
        error = client.fatal()
        assert error["C"] in ("57P01", "08006")
    with proxy.login() as client:
        assert client.value("SELECT 1") == "1"


def test_server_process_that_died_between_two_clients(proxy, postgres):
    with proxy.login() as client:
        pid = client.login_info.pid
        client.terminate()
    postgres.sql(f"SELECT pg_terminate_backend({pid})")
    gone(postgres, pid)
    with proxy.login() as client:
        assert client.value("SELECT 1") == "1"


def _through_relay(start_proxy, postgres, relay):
    entry = database(postgres, "session") | {"host": relay.host, "port": relay.port}
    return start_proxy(configuration(postgres, **{"*": entry}))


@pytest.mark.parametrize("when, sqlstate", [("query", "08006"), ("commit", "08007"), ("commit-extended", "08007"), ("idle", "08006"), ("block", "08006")])
def test_lost_server_connection(start_proxy, postgres, when, sqlstate):
    with Relay((postgres.host, postgres.port)) as relay:
        proxy = _through_relay(start_proxy, postgres, relay)
        with proxy.login() as client:
            if when == "query":
                client.send(messages.query("SELECT pg_sleep(100)"))
                wait_for(lambda: b"pg_sleep(100)" in relay.from_client)
            elif when.startswith("commit"):
                client.query("BEGIN; SELECT 1")
                relay.hold()
                # Who loads the catalog says COMMIT here, too.
                text = "COMMIT /* the client's */"
                client.send(messages.query(text) if when == "commit" else messages.extended(text))
                # Whole: before its Execute is sent, nothing can have been committed.
                wait_for(lambda: text.encode() in relay.from_client and (when == "commit" or relay.from_client.endswith(messages.sync())))
            elif when == "block":
                client.query("BEGIN")
            relay.break_connections()
            relay.release()
            assert client.fatal()["C"] == sqlstate
        with proxy.login() as client:
            assert client.value("SELECT 1") == "1"


def test_connections_to_the_server_do_not_pile_up(start_proxy, postgres):
    with Relay((postgres.host, postgres.port)) as relay:
        proxy = _through_relay(start_proxy, postgres, relay)
        start = postgres.value("SELECT now()")  # what other tests have cut off may still be at work
        for number in range(30):
            client = proxy.login()
            if number % 3 == 0:
                client.query("BEGIN")
            if number % 3 == 1:
                client.send(messages.query("SELECT pg_sleep(100)"))
            client.abort()
        active = "SELECT count(*) FROM pg_stat_activity WHERE usename = 'service' AND (state <> 'idle' OR query LIKE '%pg_sleep(100)%') AND pid <> pg_backend_pid()"
        active += f" AND backend_start > '{start}'"
        wait_for(lambda: postgres.value(active) == "0", what="quiet server connections")
        with proxy.login() as client:
            assert client.value("SELECT 1") == "1"


def test_nothing_comes_behind_the_servers_last_word(proxy, postgres):
    """The client's next message meets the server's FATAL: what the proxy would have answered by itself is not said any more."""
    with postgres.admin() as admin:
        for turn in range(60):
            with proxy.login() as client:
                admin.send(messages.query(f"SELECT pg_terminate_backend({client.login_info.pid})"))
                time.sleep(0.0001 * (turn % 30))
                try:
                    client.send(messages.bind([1], statement="absent"), messages.execute(), messages.sync())
                except OSError:
                    pass
                # Its own answer, if there was time for one, and the FATAL; a reset may have cost both.
                assert types(client.read_messages_to_end()) in ("EZE", "E", "")
                admin.ready()
