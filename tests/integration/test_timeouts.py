"""Every time-out that the proxy or the server keeps, each with what the client gets."""

import os
import signal
import socket
import threading
import time

import pytest

from harness import messages
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, configuration, database
from harness.wire import ConnectionClosed, ServerError, wait_for


def active(postgres, like):
    return int(postgres.value(f"SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%{like}%' AND pid <> pg_backend_pid() AND state = 'active'"))


def with_database(postgres, pool_mode, **settings):
    return configuration(postgres, **{"*": database(postgres, pool_mode, **settings)})


@pytest.fixture
def impatient(start_proxy, postgres, pool_mode):
    config = configuration(postgres, pool_mode=pool_mode)
    config["server"]["login_timeout"] = "1500ms"
    return start_proxy(config)


def test_a_login_that_says_nothing_is_closed_without_a_word(impatient):
    with impatient.connect() as client:
        start = time.monotonic()
        assert client.read_to_end() == b""
        assert 1.4 < time.monotonic() - start < 6


def test_a_login_that_stops_half_way_is_told(impatient):
    with impatient.connect() as client:
        client.send(messages.startup({"user": CLIENT_USER, "database": "postgres"}))
        assert client.read_message().type == "R"
        error = client.fatal()
        assert (error["C"], error["M"]) == ("57014", "canceling authentication due to timeout")
    with impatient.login() as client:
        time.sleep(1.7)
        assert client.value("SELECT 1") == "1", "it is over with the login"


def test_idle_in_transaction(start_proxy, postgres, pool_mode):
    proxy = start_proxy(with_database(postgres, pool_mode, idle_in_transaction_timeout="300ms"))
    with proxy.login() as client:
        time.sleep(0.5)
        assert client.value("SELECT 1") == "1", "outside of a transaction it is no matter"
        client.query("BEGIN")
        assert client.fatal()["C"] == "25P03"


def test_a_server_that_never_answers_a_login(start_proxy, postgres, pool_mode):
    with socket.create_server(("127.0.0.1", 0)) as mute:
        proxy = start_proxy(configuration(postgres, **{"*": {
            **database(postgres, pool_mode, server_connect_timeout="300ms"), "port": mute.getsockname()[1]}}))
        start = time.monotonic()
        with pytest.raises(ServerError) as caught:
            proxy.login()
        assert caught.value.sqlstate == "57P03" and caught.value.fields["S"] == "FATAL"
        assert 0.2 < time.monotonic() - start < 4


def test_an_old_server_connection_is_replaced(start_proxy, postgres, pool_mode):
    proxy = start_proxy(with_database(postgres, pool_mode, server_lifetime="1s"))

    def server_process():
        with proxy.login() as client:
            return client.value("SELECT pg_backend_pid()")

    first = server_process()
    assert wait_for(lambda: server_process() != first, seconds=6)


def test_a_client_that_does_not_read_is_ended(start_proxy, postgres, pool_mode):
    config = configuration(postgres, pool_mode=pool_mode)
    config["server"]["client_write_timeout"] = "500ms"
    proxy = start_proxy(config)
    with proxy.login(record=False) as sluggish:
        sluggish.sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
        sluggish.send(messages.query("SELECT repeat('sluggish', 200) FROM generate_series(1, 200000)"))
        event = proxy.wait_for_audit(1, kind="disconnect", sqlstate="08006", seconds=10)[0]
        assert event["user"] == CLIENT_USER
        wait_for(lambda: active(postgres, "sluggish") == 0, what="the end of the statement")
    with proxy.login() as slow:
        # Whoever reads now and then is no such client.
        slow.send(messages.query("SELECT repeat('x', 1000) FROM generate_series(1, 20000)"))
        received = 0
        while received < 15:
            time.sleep(0.1)
            slow.sock.recv(65536)
            received += 1


def test_a_server_that_does_not_read_is_given_up(start_proxy, postgres, pool_mode):
    postgres.sql("DROP TABLE IF EXISTS stalled; CREATE TABLE stalled (a text)")
    proxy = start_proxy(with_database(postgres, pool_mode, server_write_timeout="500ms"))
    with proxy.login() as client:
        client.send(messages.query("COPY stalled FROM STDIN"))
        client.read_until("G")
        pid = int(postgres.value("SELECT pid FROM pg_stat_activity WHERE query LIKE 'COPY stalled%'"))
        os.kill(pid, signal.SIGSTOP)
        try:
            def feed():
                try:
                    for _ in range(4000):
                        client.send(messages.copy_data(b"x" * 8000 + b"\n"))
                except (OSError, ConnectionClosed):
                    pass

            feeder = threading.Thread(target=feed)
            feeder.start()
            start = time.monotonic()
            error = client.fatal()
            assert (error["C"], error["S"]) == ("08006", "FATAL") and time.monotonic() - start < 6
            feeder.join()
        finally:
            os.kill(pid, signal.SIGCONT)
    wait_for(lambda: active(postgres, "COPY stalled") == 0)
    assert postgres.value("SELECT count(*) FROM stalled") == "0"
    with proxy.login(CLIENT_USER, CLIENT_PASSWORD) as client:
        assert client.value("SELECT 1") == "1"
