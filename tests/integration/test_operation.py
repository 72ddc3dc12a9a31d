"""Stopping, draining, reloading, threads."""

import signal
import socket
import threading
import time

import pytest

import shop
from harness import messages
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, configuration, database, run_command, to_toml
from harness.wire import ConnectionClosed, ServerError, only_error, types, wait_for


# --- Stop -------------------------------------------------------------------------------------------------------------


def test_sigterm_with_nobody_there(start_proxy, postgres):
    proxy = start_proxy(configuration(postgres))
    start = time.monotonic()
    proxy.process.send_signal(signal.SIGTERM)
    proxy.wait(5)
    assert time.monotonic() - start < 3


def test_sigterm_tells_idle_clients(start_proxy, postgres, pool_mode):
    proxy = start_proxy(configuration(postgres, pool_mode=pool_mode))
    clients = [proxy.login() for _ in range(5)]
    proxy.process.send_signal(signal.SIGTERM)
    for client in clients:
        assert client.fatal()["C"] == "57P01"
    proxy.wait(5)


def test_sigterm_lets_an_open_transaction_finish(start_proxy, postgres, pool_mode):
    postgres.sql("DROP TABLE IF EXISTS drained; CREATE TABLE drained (a int)")
    proxy = start_proxy(configuration(postgres, pool_mode=pool_mode))
    client = proxy.login()
    idle = proxy.login()
    client.query("BEGIN")
    proxy.process.send_signal(signal.SIGTERM)
    assert idle.fatal()["C"] == "57P01"
    client.query("INSERT INTO drained VALUES (1)")
    assert types(client.query("COMMIT"))[:2] == "CZ"
    assert client.fatal()["C"] == "57P01"
    proxy.wait(5)
    assert postgres.value("SELECT count(*) FROM drained") == "1"


def test_sigterm_lets_a_running_query_finish(start_proxy, postgres, pool_mode):
    proxy = start_proxy(configuration(postgres, pool_mode=pool_mode))
    with proxy.login() as client:
        client.send(messages.query("SELECT pg_sleep(0.7), 'finished'"))
        wait_for(lambda: postgres.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%finished%' AND state = 'active' AND pid <> pg_backend_pid()") == "1")
        proxy.process.send_signal(signal.SIGTERM)
        received = client.ready()
        assert types(received) == "TDCZ"
        assert client.fatal()["C"] == "57P01"
    proxy.wait(5)


def test_new_logins_are_refused_while_draining(start_proxy, postgres, pool_mode):
    proxy = start_proxy(configuration(postgres, pool_mode=pool_mode))
    with proxy.login() as client:
        client.query("BEGIN")
        waiting = proxy.connect()
        idle = proxy.login()
        proxy.process.send_signal(signal.SIGTERM)
        idle.fatal()
        waiting.send(messages.startup({"user": CLIENT_USER, "database": "postgres"}))
        try:
            waiting.authenticate(CLIENT_USER, CLIENT_PASSWORD)
            waiting.finish_login()
            pytest.fail("a login went through while draining")
        except ServerError as error:
            assert error.sqlstate == "57P03"
        except (ConnectionClosed, OSError):
            pass
        try:
            with proxy.connect() as late:
                late.login(CLIENT_USER, CLIENT_PASSWORD, database="postgres")
                pytest.fail("a login went through while draining")
        except ServerError as error:
            assert error.sqlstate == "57P03"
        except (ConnectionClosed, OSError):
            pass
        client.query("COMMIT")
    proxy.wait(5)


def test_drain_timeout_ends_what_does_not_end(start_proxy, postgres, pool_mode):
    config = configuration(postgres, pool_mode=pool_mode)
    config["server"]["drain_timeout"] = "1s"
    proxy = start_proxy(config)
    with proxy.login() as client:
        client.query("BEGIN")
        start = time.monotonic()
        proxy.process.send_signal(signal.SIGTERM)
        assert client.fatal()["C"] == "57P01"
        assert 0.7 < time.monotonic() - start < 4
    proxy.wait(5)
    wait_for(lambda: postgres.value("SELECT count(*) FROM pg_stat_activity WHERE usename = 'service' AND state LIKE '%transaction%'") == "0")


@pytest.mark.parametrize("second", [signal.SIGTERM, signal.SIGINT], ids=["SIGTERM", "SIGINT"])
def test_a_second_signal_stops_at_once(start_proxy, postgres, pool_mode, second):
    proxy = start_proxy(configuration(postgres, pool_mode=pool_mode))
    with proxy.login() as client, proxy.login() as idle:
        client.query("BEGIN")
        proxy.process.send_signal(signal.SIGTERM)
        idle.fatal()
        start = time.monotonic()
        proxy.process.send_signal(second)
        client.read_to_end()
        proxy.process.wait(5)
        assert time.monotonic() - start < 3
        proxy.check_stderr()


def test_sigint_stops_too(start_proxy, postgres):
    proxy = start_proxy(configuration(postgres))
    proxy.process.send_signal(signal.SIGINT)
    proxy.process.wait(5)


def test_a_port_that_is_taken_is_a_clear_failure(start_proxy, postgres, tmp_path):
    proxy = start_proxy(configuration(postgres))
    config = configuration(postgres)
    config["server"]["listen"] = [f"127.0.0.1:{proxy.port}"]
    (tmp_path / "second.toml").write_text(to_toml(config))
    done = run_command("serve", "-c", tmp_path / "second.toml")
    assert done.returncode == 3
    assert str(proxy.port) in done.stderr


@pytest.mark.parametrize("text, code", [("[server\n", 1), ("[server]\nlissten = []\n", 1)], ids=["syntax", "unknown-key"])
def test_a_bad_configuration_does_not_start(tmp_path, text, code):
    (tmp_path / "bad.toml").write_text(text)
    done = run_command("serve", "-c", tmp_path / "bad.toml")
    assert done.returncode == code and "bad.toml" in done.stderr


# --- Reload -----------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop_proxy(start_proxy, postgres, pool_mode):
    shop.create(postgres)
    return start_proxy(shop.shop_configuration(postgres, pool_mode))


def test_reload_applies_to_open_sessions_and_prepared_statements(shop_proxy):
    with shop.log_in(shop_proxy) as client:
        client.send(messages.parse("SELECT count(*) FROM orders", "s"), messages.bind(statement="s"), messages.execute(), messages.sync())
        assert types(client.ready()) == "12DCZ"
        assert client.error("SELECT * FROM internal")["C"] == "42501"
        first = shop_proxy.wait_for_audit(kind="statement", user="ann")[0]["policy_version"]
        shop_proxy.config["policies"][0]["tables"] = ["internal"]
        event = shop_proxy.reload_and_wait()
        assert event["status"] == "ok"
        assert client.value("SELECT count(*) FROM internal") == "1"
        assert client.error("SELECT * FROM orders")["C"] == "42501"
        client.send(messages.bind(statement="s"), messages.execute(), messages.sync())
        received = client.ready()
        assert types(received) in ("EZ", "2EZ") and only_error(received)["C"] == "42501", "the new policy decides about a statement prepared under the old one"
        shop_proxy.config["policies"][0]["tables"] = ["orders", "internal"]
        shop_proxy.reload_and_wait()
        client.send(messages.bind(statement="s"), messages.execute(), messages.sync())
        assert types(client.ready()) == "2DCZ"
    versions = [e["policy_version"] for e in shop_proxy.wait_for_audit(6, kind="statement", user="ann")]
    assert versions[0] == first and len(set(versions)) == 3


def test_reload_in_a_portal_and_a_sql_prepared_statement(shop_proxy):
    with shop.log_in(shop_proxy) as client:
        client.query("PREPARE p AS SELECT count(*) FROM orders")
        assert client.value("EXECUTE p") == "3"
        shop_proxy.config["policies"][0]["tables"] = ["products"]
        shop_proxy.reload_and_wait()
        assert client.error("EXECUTE p")["C"] == "42501"


DECLARED = {
    "declared": [messages.query("DECLARE c CURSOR FOR SELECT id FROM orders")],
    "declared-by-parse": [messages.parse("DECLARE c CURSOR FOR SELECT id FROM orders") + messages.bind() + messages.execute() + messages.sync()],
    "declared-by-execute": [messages.parse("DECLARE c CURSOR FOR SELECT id FROM orders", "d") + messages.sync(), messages.query("EXECUTE d")],
    "a-portal": [messages.parse("SELECT id FROM orders", "s") + messages.bind(portal="c", statement="s") + messages.sync()],
    "held": [messages.query("DECLARE c CURSOR WITH HOLD FOR SELECT id FROM orders"), messages.query("COMMIT")],
    # The second one fails, and the first one is still there.
    "declared-twice": [messages.query("DECLARE c CURSOR FOR SELECT id FROM orders"), messages.query("SAVEPOINT s"), messages.query("DECLARE c CURSOR FOR SELECT 1"), messages.query("ROLLBACK TO s")],
}
FETCHED = {
    "fetch": messages.query("FETCH 1 FROM c"),
    "move": messages.query("MOVE 1 FROM c"),
    "fetch-by-parse": messages.parse("FETCH 1 FROM c") + messages.bind() + messages.execute() + messages.sync(),
    "execute-message": messages.execute("c", 1) + messages.sync(),
}


@pytest.mark.parametrize("declared", DECLARED)
def test_what_is_fetched_after_a_reload_is_judged_by_the_new_policy(shop_proxy, declared):
    allowed = shop_proxy.config["policies"][0]["tables"]
    for name, fetch in FETCHED.items():
        with shop.log_in(shop_proxy) as client:
            for part in (messages.query("BEGIN"), *DECLARED[declared]):
                client.send(part)
                client.ready()
            client.send(fetch)
            assert not {"E"} & set(types(client.ready())), name
            shop_proxy.config["policies"][0]["tables"] = ["products"]
            shop_proxy.reload_and_wait()
            client.send(fetch)
            received = client.ready()
            assert only_error(received)["C"] == "42501" and "D" not in types(received), name
            client.query("ROLLBACK")
            shop_proxy.config["policies"][0]["tables"] = allowed
            shop_proxy.reload_and_wait()


def test_a_cursor_that_was_forgotten_is_not_read_after_a_reload(shop_proxy):
    with shop.log_in(shop_proxy) as client:
        client.query("BEGIN; DECLARE c CURSOR WITH HOLD FOR SELECT id FROM orders; COMMIT")
        client.query("BEGIN;" + "".join(f"DECLARE c{i} CURSOR WITH HOLD FOR SELECT {i};" for i in range(256)) + "COMMIT")
        assert client.value("FETCH 1 FROM c") is not None
        shop_proxy.config["policies"][0]["tables"] = ["products"]
        shop_proxy.reload_and_wait()
        assert client.error("FETCH 1 FROM c")["C"] == "42501"
        assert client.value("FETCH 1 FROM c255") == "255"
        client.query("CLOSE ALL; BEGIN; DECLARE c CURSOR FOR SELECT 7")
        assert client.value("FETCH 1 FROM c") == "7"


def test_a_held_cursor_outlives_reloads(shop_proxy):
    with shop.log_in(shop_proxy) as client:
        client.query("BEGIN; DECLARE held CURSOR WITH HOLD FOR SELECT id FROM orders; COMMIT")
        shop_proxy.reload_and_wait()
        assert client.value("FETCH 1 FROM held") is not None
        client.query("CLOSE held")
        client.query("BEGIN; DECLARE held CURSOR FOR SELECT 7")
        assert client.value("FETCH 1 FROM held") == "7"


@pytest.mark.parametrize("break_it", [
    lambda config: config["server"].update(lissten=["x"]), lambda config: config["policies"][0].update(action="maybe"), lambda config: config["users"].append(dict(config["users"][0])),
    lambda config: config["databases"]["*"].update(pool_size=0),
], ids=["unknown-key", "bad-value", "user-twice", "bad-number"])
def test_a_bad_reload_is_refused_whole(shop_proxy, break_it):
    with shop.log_in(shop_proxy) as client:
        shop_proxy.config["policies"][0]["tables"] = ["internal"]
        break_it(shop_proxy.config)
        event = shop_proxy.reload_and_wait()
        assert event["status"] == "error"
        assert client.value("SELECT count(*) FROM orders") == "3", "the old policy holds"
        assert client.error("SELECT * FROM internal")["C"] == "42501"
    with shop.log_in(shop_proxy) as client:
        assert client.value("SELECT count(*) FROM orders") == "3"
    assert "sql-proxy.toml" in shop_proxy.stderr()


def test_reload_of_syntax_errors_and_a_missing_file(shop_proxy):
    shop_proxy.config_path.write_text("[server\n")
    shop_proxy.process.send_signal(signal.SIGHUP)
    assert shop_proxy.wait_for_audit(1, kind="reload")[-1]["status"] == "error"
    shop_proxy.config_path.unlink()
    shop_proxy.process.send_signal(signal.SIGHUP)
    assert shop_proxy.wait_for_audit(2, kind="reload")[-1]["status"] == "error"
    shop_proxy.reload_and_wait()
    with shop.log_in(shop_proxy) as client:
        assert client.value("SELECT 1") == "1"


def test_reload_of_users(shop_proxy):
    shop_proxy.config["users"].append({"name": "newcomer", "password": "new-Password-1", "roles": ["analysts"]})
    shop_proxy.config["users"] = [u for u in shop_proxy.config["users"] if u["name"] != "bob"]
    shop_proxy.reload_and_wait()
    with shop_proxy.login("newcomer", "new-Password-1", database="shop") as client:
        assert client.value("SELECT count(*) FROM orders") == "3"
    with pytest.raises(ServerError) as caught:
        shop.log_in(shop_proxy, "bob")
    assert caught.value.sqlstate == "28P01"


def test_reload_of_the_pool_size(shop_proxy):
    shop_proxy.config["databases"]["*"]["pool_size"] = 1
    shop_proxy.config["databases"]["*"]["pool_wait_timeout"] = "300ms"
    shop_proxy.reload_and_wait()
    with shop.log_in(shop_proxy) as client:
        client.query("BEGIN")
        with pytest.raises(ServerError) as caught:
            with shop.log_in(shop_proxy) as second:
                second.rows("SELECT 1")
        assert caught.value.sqlstate == "57014"


def test_reload_of_tls(start_proxy, postgres, certificates, pool_mode):
    config = configuration(postgres, pool_mode=pool_mode)
    proxy = start_proxy(config)
    with proxy.login() as client:
        proxy.config["server"]["tls"] = {"mode": "require", "cert": certificates.path("server.crt"), "key": certificates.path("server.key")}
        proxy.reload_and_wait()
        assert client.value("SELECT 'stays'") == "stays"
    with pytest.raises(ServerError) as caught:
        proxy.login()
    assert caught.value.sqlstate == "28000"


def test_reloads_under_load(shop_proxy):
    """Reload after reload while clients work: no error, no wrong verdict."""
    stop = threading.Event()
    faults = []

    def work():
        try:
            with shop.log_in(shop_proxy) as client:
                while not stop.is_set():
                    assert client.value("SELECT count(*) FROM orders") == "3"
                    assert client.error("SELECT * FROM hr.salaries")["C"] == "42501"
                    stop.wait(0.005)  # the test reads all of the audit for each reload
        except Exception as fault:
            faults.append(repr(fault))

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for number in range(20):
        shop_proxy.config["policies"][1]["reason"] = f"reload {number}"
        shop_proxy.reload_and_wait()
    stop.set()
    for thread in threads:
        thread.join()
    assert not faults


# --- Threads and addresses --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("threads", [1, 3])
def test_workers(start_proxy, postgres, pool_mode, threads):
    config = configuration(postgres, pool_mode=pool_mode)
    config["server"]["threads"] = threads
    proxy = start_proxy(config)
    clients = [proxy.login() for _ in range(2 * threads)]
    for client in clients:
        assert client.value("SELECT 1") == "1"
        client.close()


def test_client_idle_timeout(start_proxy, postgres, pool_mode):
    config = configuration(postgres, pool_mode=pool_mode)
    config["server"]["client_idle_timeout"] = "500ms"
    proxy = start_proxy(config)
    with proxy.login() as client:
        client.send(messages.query("SELECT pg_sleep(1)"))
        assert types(client.ready()) == "TDCZ", "a running query is not idleness"
        assert client.fatal()["C"] == "57P05"


def test_statement_timeout_of_the_database_entry(start_proxy, postgres, pool_mode):
    proxy = start_proxy(configuration(postgres, **{"*": database(postgres, pool_mode, statement_timeout="200ms")}))
    with proxy.login() as client:
        error = client.error("SELECT pg_sleep(5)")
        assert (error["C"], error["M"]) == ("57014", "canceling statement due to statement timeout")
        assert client.value("SELECT 1") == "1"


def test_one_blocked_worker_client_does_not_hold_up_others(start_proxy, postgres, pool_mode):
    """A client that never reads shares its worker with others, who go on."""
    config = configuration(postgres, pool_mode=pool_mode)
    config["server"]["threads"] = 1
    proxy = start_proxy(config)
    with proxy.login(record=False) as sluggish, proxy.login() as other:
        sluggish.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sluggish.send(messages.query("SELECT repeat('x', 1000) FROM generate_series(1, 200000)"))
        for _ in range(50):
            assert other.value("SELECT 1") == "1"
