"""The circuit breaker of a tenant and database, with a server that is stopped, crashed and paused."""

import contextlib
import os
import re
import signal
import time

import pytest

from harness import messages
from harness.postgres import Postgres
from harness.proxy import CLIENT_PASSWORD, SERVICE_PASSWORD, SERVICE_USER, configuration, database, user
from harness.wire import ServerError, types, wait_for

BREAKER = {"failures": 3, "window": "20s", "cooldown": "600ms"}


@pytest.fixture(scope="module")
def victim():
    """A server that the tests of this module may stop."""
    server = Postgres()
    try:
        server.start()
        server.sql(f"CREATE ROLE {SERVICE_USER} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        # The tests' servers commit without waiting for the disk, and a crash may come at once.
        server.sql("CHECKPOINT")
        yield server
    finally:
        server.stop("immediate")


@pytest.fixture
def proxy(start_proxy, victim, postgres, pool_mode):
    config = configuration(
        victim, users=[user("ann", CLIENT_PASSWORD, tenant="acme"), user("tom", CLIENT_PASSWORD)],
        victim=database(victim, pool_mode, dbname="postgres", breaker=BREAKER),
        healthy=database(postgres, pool_mode, dbname="postgres", breaker=BREAKER))
    config["tenants"] = {"acme": {"breaker": {**BREAKER, "failures": 6}}}
    return start_proxy(config)


def attempt(proxy, name="tom", where="victim"):
    """A login and a statement: "ok", or the fields of the error."""
    try:
        with proxy.login(name, CLIENT_PASSWORD, database=where) as client:
            return "ok" if client.value("SELECT 1") == "1" else "wrong"
    except ServerError as error:
        return error.fields


def is_open(answer):
    return answer != "ok" and "circuit breaker is open" in answer.get("D", "")


def changes(proxy, tenant="default"):
    return [(e["database"], e["sub_type"].removeprefix("circuit breaker ")) for e in proxy.audit_events(kind="admin", tenant=tenant)]


@contextlib.contextmanager
def stopped(server):
    server.restart("immediate")  # also proves that it can be started again
    server._run("/usr/lib/postgresql/15/bin/pg_ctl", "-D", server._data, "-w", "-m", "immediate", "stop")
    try:
        yield
    finally:
        server.restart("immediate")


def test_closed_open_half_open_closed(proxy, victim):
    assert attempt(proxy) == attempt(proxy, "ann") == "ok"
    with stopped(victim):
        for _ in range(3):
            answer = attempt(proxy)
            assert answer["C"] == "57P03" and not is_open(answer)
        start = time.monotonic()
        answer = attempt(proxy)
        assert answer["C"] == "57P03" and is_open(answer) and time.monotonic() - start < 0.3
        left = int(re.fullmatch(r"It is tried again in (\d+) ms\.", answer["H"])[1])
        assert 0 < left <= 600
        answer = attempt(proxy, "ann")
        assert answer["C"] == "57P03" and not is_open(answer), "another tenant has a breaker of its own"
        assert attempt(proxy, where="healthy") == "ok", "and so has another database"
        time.sleep(left / 1000)
        assert not is_open(attempt(proxy)), "one is let through, and fails"
        assert is_open(attempt(proxy)), "which opens it again"
    wait_for(lambda: attempt(proxy) == "ok", seconds=5)
    proxy.wait_for_audit(1, kind="admin", sub_type="circuit breaker closed")
    history = changes(proxy)
    assert history[:3] == [("victim", "open"), ("victim", "half-open"), ("victim", "open")]
    assert history[-2:] == [("victim", "half-open"), ("victim", "closed")]
    assert changes(proxy, "acme") == [], "one failure of six"


def test_statements_get_57p03_at_once_and_the_session_stays(proxy, victim, pool_mode):
    if pool_mode == "session":
        return  # there a session has its connection, and ends with it
    with proxy.login("tom", CLIENT_PASSWORD, database="victim") as client:
        assert client.value("SELECT 1") == "1"
        with stopped(victim):
            errors = [client.error("SELECT 1") for _ in range(5)]
            assert [e["C"] for e in errors] == ["57P03"] * 5 and all(e["S"] == "ERROR" for e in errors)
            assert [is_open(e) for e in errors] == [False] * 3 + [True] * 2
            client.send(messages.parse("SELECT 1"), messages.bind(), messages.execute(), messages.sync())
            assert types(client.ready()) == "EZ"
        wait_for(lambda: types(client.query("SELECT 1")) == "TDCZ", seconds=5)


def test_crashes_open_it(proxy, victim):
    for _ in range(2):
        # Each crash takes two sessions with it, or the attempts while the server recovers count.
        clients = [proxy.login("tom", CLIENT_PASSWORD, database="victim") for _ in range(2)]
        pid = clients[0].value("SELECT pg_backend_pid()")
        for client in clients:
            client.send(messages.query("SELECT pg_sleep(30)"))
        wait_for(lambda: victim.value("SELECT count(*) FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid() AND state = 'active'") == "2")
        victim.kill_backend(int(victim.value("SELECT pid FROM pg_stat_activity WHERE query LIKE '%pg_sleep%' AND pid <> pg_backend_pid() LIMIT 1")))
        for client in clients:
            client.read_to_end()
        assert pid

        def recovered():
            try:
                return victim.value("SELECT 1") == "1"
            except (ServerError, OSError):
                return False

        wait_for(recovered)
        if changes(proxy):
            break
    proxy.wait_for_audit(1, kind="admin", sub_type="circuit breaker open")
    wait_for(lambda: attempt(proxy) == "ok", seconds=5)


def test_errors_of_users_do_not_count(proxy, victim):
    with proxy.login("tom", CLIENT_PASSWORD, database="victim") as client:
        for sql in ["SELECT 1/0", "SELEC", "SELECT * FROM nowhere", "SET statement_timeout = 10; SELECT pg_sleep(1)", "SELECT 'x'::int"] * 2:
            client.query(sql)
        client.query("RESET statement_timeout")
        assert client.value("SELECT 1") == "1"
    for _ in range(5):
        with pytest.raises(ServerError):
            proxy.login("tom", "wrong", database="victim")
        with proxy.login("tom", CLIENT_PASSWORD, database="victim") as client:
            client.send(messages.query("SELECT pg_terminate_backend(pg_backend_pid())"))
            client.read_to_end()
    assert attempt(proxy) == "ok"
    assert changes(proxy) == []


def test_a_paused_server_opens_it(proxy, victim, start_proxy):
    proxy.config["databases"]["victim"]["server_connect_timeout"] = "300ms"
    proxy.config["databases"]["victim"]["breaker"] = {"failures": 2, "window": "20s", "cooldown": "600ms"}
    proxy.config["databases"]["victim"]["server_idle_timeout"] = "1ms"
    proxy.reload_and_wait()
    assert attempt(proxy) == "ok"
    postmaster = int((victim._data / "postmaster.pid").read_text().splitlines()[0])
    wait_for(lambda: victim.value(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{SERVICE_USER}'") == "0")
    os.kill(postmaster, signal.SIGSTOP)
    try:
        for _ in range(2):
            answer = attempt(proxy)
            assert answer["C"] == "57P03" and not is_open(answer)
        assert is_open(attempt(proxy))
    finally:
        os.kill(postmaster, signal.SIGCONT)
    wait_for(lambda: attempt(proxy) == "ok", seconds=5)
