"""Cancel requests hit the statement that they are meant for, and nothing else."""

import threading

import pytest

from harness import messages
from harness.wire import only_error, types, wait_for


@pytest.fixture(scope="module")
def proxy(transparent_proxy):
    return transparent_proxy


def cancel(proxy, login):
    with proxy.connect() as canceller:
        canceller.send(messages.cancel_request(login.pid, login.key))
        assert canceller.read_to_end() == b""


def wait_until_running(postgres, text):
    wait_for(lambda: postgres.value(f"SELECT count(*) FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%{text}%' AND pid <> pg_backend_pid()") == "1", what=f"{text} running")


def test_simple_query(proxy, postgres):
    with proxy.login() as client:
        client.send(messages.query("SELECT 1; SELECT pg_sleep(61); SELECT 2"))
        wait_until_running(postgres, "pg_sleep(61)")
        cancel(proxy, client.login_info)
        received = client.ready()
        assert types(received) == "TDCTEZ" or types(received) == "TDCEZ"
        assert only_error(received)["M"] == "canceling statement due to user request"
        assert client.value("SELECT 'next'") == "next"


def test_in_a_pipeline_the_rest_up_to_sync_is_skipped(proxy, postgres):
    postgres.sql("DROP TABLE IF EXISTS cancelled; CREATE TABLE cancelled (a int)")
    with proxy.login() as client:
        client.send(messages.parse("INSERT INTO cancelled VALUES (1)"), messages.bind(), messages.execute(), messages.parse("SELECT pg_sleep(62)"), messages.bind(), messages.execute(),
                    messages.parse("SELECT 'skipped'"), messages.bind(), messages.execute(), messages.sync(), messages.extended("SELECT 'after'"))
        wait_until_running(postgres, "pg_sleep(62)")
        cancel(proxy, client.login_info)
        assert types(client.ready(2)) == "12C12EZ12TDCZ"
        assert client.value("SELECT count(*) FROM cancelled") == "0"


def test_in_a_block(proxy, postgres):
    with proxy.login() as client:
        client.query("BEGIN")
        client.send(messages.query("SELECT pg_sleep(63)"))
        wait_until_running(postgres, "pg_sleep(63)")
        cancel(proxy, client.login_info)
        assert client.ready()[-1].body == b"E"
        assert client.error("SELECT 1")["C"] == "25P02"
        client.query("ROLLBACK")


def test_copy_in(proxy, postgres):
    postgres.sql("DROP TABLE IF EXISTS cancelled; CREATE TABLE cancelled (a int)")
    with proxy.login() as client:
        client.send(messages.query("COPY cancelled FROM STDIN"))
        client.read_until("G")
        client.send(messages.copy_data("1\n"))
        cancel(proxy, client.login_info)
        # PostgreSQL notices when the next data come.
        client.send(messages.copy_data("2\n"))
        assert only_error(client.ready())["C"] == "57014"
        client.send(messages.copy_data("3\n"), messages.copy_done())
        assert client.value("SELECT count(*) FROM cancelled") == "0"


def test_copy_out_that_nobody_reads(proxy, postgres):
    with proxy.login() as client:
        client.send(messages.query("COPY (SELECT repeat('c', 1000) FROM generate_series(1, 1000000)) TO STDOUT"))
        client.read_until("d")
        wait_until_running(postgres, "repeat(''c'', 1000)")
        cancel(proxy, client.login_info)
        assert only_error(client.ready())["C"] == "57014"
        assert client.value("SELECT 1") == "1"


def test_idle_has_no_effect_on_the_next_query(proxy):
    with proxy.login() as client:
        for _ in range(20):
            cancel(proxy, client.login_info)
            assert client.value("SELECT pg_sleep(0.005) IS NOT NULL") == "t"


def test_key_of_a_session_that_has_ended(proxy):
    client = proxy.login()
    old = client.login_info
    client.terminate()
    with proxy.login() as successor:
        successor.send(messages.query("SELECT pg_sleep(0.3)"))
        for _ in range(5):
            cancel(proxy, old)
        assert "E" not in types(successor.ready())


def test_keys_differ(proxy):
    clients = [proxy.login() for _ in range(10)]
    assert len({(c.login_info.pid, c.login_info.key) for c in clients}) == 10
    assert len({c.login_info.key for c in clients}) > 5
    for client in clients:
        client.close()


@pytest.mark.slow
def test_storm_of_cancels_never_hits_somebody_else(proxy):
    """One client's cancels fly while another runs short queries on connections that go back and forth."""
    stop = threading.Event()

    def storm():
        while not stop.is_set():
            with proxy.login() as victim:
                victim.send(messages.query("SELECT pg_sleep(0.002)"))
                cancel(proxy, victim.login_info)
                victim.ready()
                victim.terminate()

    threads = [threading.Thread(target=storm) for _ in range(3)]
    for thread in threads:
        thread.start()
    try:
        for _ in range(60):
            with proxy.login() as client:
                for _ in range(10):
                    assert "E" not in types(client.query("SELECT pg_sleep(0.0005)"))
                client.terminate()
    finally:
        stop.set()
        for thread in threads:
            thread.join()
