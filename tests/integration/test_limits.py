"""Rate limits, queries that run at once, numbers of clients, tenants."""

import re
import threading
import time

import pytest

from harness import messages
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, configuration, database, user
from harness.wire import ServerError, only_error, types, wait_for

# Nothing comes back while a test runs.
NEVER = 0.001


def rate(burst, per_second=NEVER):
    return {"rate": per_second, "burst": burst}


def limited(postgres, pool_mode, **limits):
    config = configuration(postgres, pool_mode=pool_mode, users=[user(CLIENT_USER, CLIENT_PASSWORD), user("bob", CLIENT_PASSWORD)])
    config["limits"] = limits
    return config


def passing(client, attempts):
    """How many of so many statements pass; the others must be refused as they should."""
    passed = 0
    for _ in range(attempts):
        received = client.query("SELECT 1")
        if "E" in types(received):
            assert only_error(received)["C"] == "54000"
        else:
            passed += 1
    return passed


# --- Rates ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("level", ["global", "per_user", "per_database", "per_user_database"])
def test_a_burst_passes_and_then_54000(start_proxy, postgres, pool_mode, level):
    proxy = start_proxy(limited(postgres, pool_mode, **{level: rate(5)}))
    with proxy.login() as client, proxy.login() as same:
        assert passing(client, 3) + passing(same, 7) == 5, "workers and sessions share the bucket"
        error = client.error("SELECT 1")
        assert (error["S"], error["C"], error["M"]) == ("ERROR", "54000", "rate limit exceeded")
        name = level.removeprefix("per_")
        assert re.search(rf'^Try again in \d+ ms \(level "{name}"\)\. The audit event is [0-9a-f-]{{36}}$', error["H"])
    with proxy.login() as again:
        assert passing(again, 2) == 0, "connecting anew gains nothing"
    with proxy.login("bob") as other:
        assert passing(other, 2) == (0 if level in ("global", "per_database") else 2)
    if level in ("per_database", "per_user_database"):
        with proxy.login(database="template1") as elsewhere:
            assert passing(elsewhere, 2) == 2
    event = proxy.wait_for_audit(1, kind="statement", sqlstate="54000")[0]
    assert (event["status"], event["decision"], event["reason"], event["statement_type"]) == ("denied", "deny", "rate limit", "SELECT")


def test_the_rate_is_kept_over_time(start_proxy, postgres, pool_mode):
    proxy = start_proxy(limited(postgres, pool_mode, per_user=rate(50, per_second=200)))
    clients = [proxy.login() for _ in range(3)]
    counts = []

    def work(client):
        passed = 0
        while time.monotonic() - start < 2:
            passed += passing(client, 1)
        counts.append(passed)

    start = time.monotonic()
    threads = [threading.Thread(target=work, args=[client]) for client in clients]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    allowed = 50 + 200 * (time.monotonic() - start)
    assert 0.9 * (50 + 200 * 2) <= sum(counts) <= 1.01 * allowed + 1
    for client in clients:
        client.close()


def test_a_refusal_in_a_transaction_aborts_it_and_rollback_passes(start_proxy, postgres, pool_mode):
    postgres.sql("DROP TABLE IF EXISTS limited; CREATE TABLE limited (a int)")
    proxy = start_proxy(limited(postgres, pool_mode, per_user=rate(3)))
    with proxy.login() as client:
        client.query("BEGIN")
        client.query("INSERT INTO limited VALUES (1)")
        client.query("SELECT 1")
        received = client.query("INSERT INTO limited VALUES (2)")
        assert only_error(received)["C"] == "54000" and received[-1].body == b"E"
        assert client.error("SELECT 1")["C"] == "25P02", "as in any failed transaction"
        received = client.query("COMMIT")
        assert types(received) == "CZ" and received[0].body == b"ROLLBACK\0" and received[-1].body == b"I"
    assert postgres.value("SELECT count(*) FROM limited") == "0"


def test_a_refusal_in_a_pipeline_is_exact(start_proxy, postgres, pool_mode):
    postgres.sql("DROP TABLE IF EXISTS limited; CREATE TABLE limited (a int)")
    proxy = start_proxy(limited(postgres, pool_mode, per_user=rate(2)))
    with proxy.login() as client:
        one = [messages.parse("INSERT INTO limited VALUES (1)"), messages.bind(), messages.execute()]
        client.send(*one, *one, *one, *one, messages.sync())
        received = client.ready()
        assert types(received) == "12C12C12EZ" and only_error(received)["C"] == "54000"
        assert received[-1].body == b"I"
    assert postgres.value("SELECT count(*) FROM limited") == "0", "the pipeline is one transaction, and it failed"


def test_each_statement_of_a_query_counts(start_proxy, postgres, pool_mode):
    proxy = start_proxy(limited(postgres, pool_mode, per_user=rate(5)))
    with proxy.login() as client:
        assert types(client.query("SELECT 1; SELECT 2; SELECT 3")).count("C") == 3
        assert only_error(client.query("SELECT 1; SELECT 2; SELECT 3"))["C"] == "54000"
        assert passing(client, 5) == 2, "what was refused took nothing"
        assert "split it" in client.error(";".join(["SELECT 1"] * 6))["H"]


def test_overrides(start_proxy, postgres, pool_mode):
    config = limited(postgres, pool_mode, per_user=rate(2), per_user_database=rate(2),
                     override=[{"user": "bob", **rate(7)}, {"role": "batch", **rate(4)}])
    config["users"].append(user("cid", CLIENT_PASSWORD, roles=["batch"]))
    proxy = start_proxy(config)
    for name, expected in ((CLIENT_USER, 2), ("bob", 7), ("cid", 4)):
        with proxy.login(name) as client:
            assert passing(client, 10) == expected


def test_a_reload_changes_limits_of_open_sessions(start_proxy, postgres, pool_mode):
    proxy = start_proxy(limited(postgres, pool_mode, per_user=rate(2)))
    with proxy.login() as client:
        assert passing(client, 5) == 2
        proxy.config["limits"] = {"per_user": rate(1000, per_second=1000)}
        proxy.reload_and_wait()
        wait_for(lambda: passing(client, 1))
        proxy.config["limits"] = {}
        proxy.reload_and_wait()
        assert passing(client, 1100) == 1100


def test_logins_per_address(start_proxy, postgres, pool_mode):
    proxy = start_proxy(limited(postgres, pool_mode, logins_per_address=rate(4)))
    # start_proxy's own probe says nothing, so it is no login.
    clients = [proxy.login() for _ in range(4)]
    with pytest.raises(ServerError) as caught:
        proxy.login()
    assert caught.value.sqlstate == "54000" and 'level "login"' in caught.value.fields["H"]
    assert caught.value.fields["S"] == "FATAL"
    assert clients[0].value("SELECT 1") == "1"
    for client in clients:
        client.close()


# --- Queries that run at once -----------------------------------------------------------------------------------------


def busy(postgres, pool_mode, **more):
    return configuration(postgres, **{"*": database(postgres, pool_mode, max_in_flight=2, **more)})


def running(postgres):
    return int(postgres.value("SELECT count(*) FROM pg_stat_activity WHERE usename = 'service' AND state = 'active' AND query LIKE '%pg_sleep%'"))


def test_max_in_flight_holds_and_is_fair(start_proxy, postgres, pool_mode):
    proxy = start_proxy(busy(postgres, pool_mode))
    clients = [proxy.login() for _ in range(6)]
    start = time.monotonic()
    for client in clients[:4]:
        client.query("BEGIN")  # where the transaction is open already it is the same
    for client in clients:
        client.send(messages.query("SELECT pg_sleep(0.3)"))
        time.sleep(0.02)
    most = 0
    while time.monotonic() - start < 0.8:
        most = max(most, running(postgres))
    ended = []
    for client in clients:
        assert types(client.ready()) == "TDCZ"
        ended.append(time.monotonic() - start)
    assert most == 2
    assert 0.85 < ended[-1] < 3, "three rounds of two"
    for client in clients:
        client.close()


@pytest.mark.parametrize("extended", [False, True], ids=["simple", "extended"])
def test_max_in_flight_waits_no_longer_than_pool_wait_timeout(start_proxy, postgres, pool_mode, extended):
    proxy = start_proxy(busy(postgres, pool_mode, pool_wait_timeout="300ms"))
    holders = [proxy.login() for _ in range(2)]
    for holder in holders:
        holder.send(messages.query("SELECT pg_sleep(1.5)"))
    wait_for(lambda: running(postgres) == 2)
    with proxy.login() as client:
        client.query("BEGIN") if not extended else None
        start = time.monotonic()
        if extended:
            client.send(messages.parse("SELECT 1"), messages.bind(), messages.execute(), messages.sync())
            received = client.ready()
        else:
            received = client.query("SELECT 1")
        error = only_error(received)
        assert (error["S"], error["C"], error["M"]) == ("ERROR", "57014", "canceling statement due to pool wait timeout")
        assert "max_in_flight" in error["H"] and time.monotonic() - start < 1.2
        for holder in holders:
            holder.ready()
        assert types(client.query("ROLLBACK"))[-1] == "Z"
        assert client.value("SELECT 1") == "1", "the session goes on"
    for holder in holders:
        holder.close()


def test_a_cancel_ends_the_wait_for_a_place(start_proxy, postgres, pool_mode):
    proxy = start_proxy(busy(postgres, pool_mode))
    holders = [proxy.login() for _ in range(2)]
    for holder in holders:
        holder.send(messages.query("SELECT pg_sleep(1)"))
    wait_for(lambda: running(postgres) == 2)
    with proxy.login() as client:
        client.send(messages.query("SELECT 1"))
        time.sleep(0.1)
        with proxy.connect() as cancel:
            cancel.send(messages.cancel_request(client.login_info.pid, client.login_info.key))
            cancel.read_to_end()
        assert only_error(client.ready())["M"] == "canceling statement due to user request"
        for holder in holders:
            assert types(holder.ready()) == "TDCZ", "nobody else was hit"
        assert client.value("SELECT 1") == "1"
    for holder in holders:
        holder.close()


def test_a_client_that_goes_gives_its_place_back(start_proxy, postgres, pool_mode):
    proxy = start_proxy(busy(postgres, pool_mode))
    for _ in range(2):
        holder = proxy.login()
        holder.send(messages.query("SELECT pg_sleep(30)"))
        wait_for(lambda: running(postgres) >= 1)
        holder.abort()
    wait_for(lambda: running(postgres) == 0)
    with proxy.login() as client, proxy.login() as other:
        assert client.value("SELECT 1") == other.value("SELECT 1") == "1"


# --- Numbers of clients, tenants --------------------------------------------------------------------------------------


def refused_login(proxy, *arguments, **options):
    with pytest.raises(ServerError) as caught:
        proxy.login(*arguments, **options)
    assert caught.value.fields["S"] == "FATAL"
    return caught.value.fields


@pytest.mark.parametrize("key", ["max_clients", "max_clients_per_user", "max_clients_per_address"])
def test_numbers_of_clients(start_proxy, postgres, pool_mode, key):
    config = configuration(postgres, pool_mode=pool_mode, users=[user(CLIENT_USER, CLIENT_PASSWORD), user("bob", CLIENT_PASSWORD)])
    config["server"][key] = 2
    proxy = start_proxy(config)
    first, second = proxy.login(), proxy.login()
    assert refused_login(proxy)["C"] == "53300"
    if key == "max_clients_per_user":
        proxy.login("bob").close()
    else:
        assert refused_login(proxy, "bob")["C"] == "53300"
    assert first.value("SELECT 1") == "1"
    second.close()

    def again():
        try:
            return proxy.login()
        except ServerError:
            return None

    wait_for(again, what="a place for the next").close()
    first.close()


def tenants(postgres, pool_mode, **acme):
    config = configuration(postgres, pool_mode=pool_mode, users=[
        user("ann", CLIENT_PASSWORD, tenant="acme"), user("al", CLIENT_PASSWORD, tenant="acme"), user("tom", CLIENT_PASSWORD)])
    config["tenants"] = {"acme": acme}
    return config


def test_a_tenant_has_its_own_number_of_clients(start_proxy, postgres, pool_mode):
    proxy = start_proxy(tenants(postgres, pool_mode, max_clients=2))
    ann, al = proxy.login("ann"), proxy.login("al")
    assert refused_login(proxy, "ann")["C"] == "53300"
    proxy.login("tom").close()
    ann.close()
    al.close()


def test_a_tenant_has_its_own_databases(start_proxy, postgres, pool_mode):
    proxy = start_proxy(tenants(postgres, pool_mode, databases=["postgres"]))
    proxy.login("ann").close()
    proxy.login("tom", database="template1").close()
    for name in ("template1", "no_such_database"):
        error = refused_login(proxy, "ann", database=name)
        assert (error["C"], error["M"]) == ("42501", f'permission denied for database "{name}"')
    assert refused_login(proxy, "tom", database="no_such_database")["C"] == "3D000"
    event = proxy.wait_for_audit(1, kind="auth_failure", sqlstate="42501")[0]
    assert (event["user"], event["tenant"]) == ("ann", "acme")


def test_a_tenant_has_its_own_pool_and_rate(start_proxy, postgres, pool_mode):
    """One tenant uses up all that it has; the other does not notice."""
    proxy = start_proxy(tenants(postgres, pool_mode, pool_size=1, limit=rate(6)))
    proxy.config["databases"]["*"]["pool_wait_timeout"] = "300ms"
    proxy.reload_and_wait()
    with proxy.login("ann") as ann, proxy.login("tom") as tom:
        ann.query("BEGIN")
        try:
            with proxy.login("al") as al:
                assert al.error("SELECT 1")["C"] == "57014"
        except ServerError as error:
            assert error.sqlstate == "57014"
        with proxy.login("tom") as second:
            assert tom.value("SELECT 1") == second.value("SELECT 1") == "1"
        ann.query("COMMIT")
        assert passing(ann, 20) < 6
        assert 'level "tenant"' in ann.error("SELECT 1")["H"]
        assert passing(tom, 20) == 20
