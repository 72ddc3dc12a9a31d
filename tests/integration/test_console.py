"""The SQL console: the virtual databases `sqlproxy` and `pgbouncer`."""

import asyncio
import subprocess
import threading
import time

import asyncpg
import psycopg
import psycopg2
import pytest

from harness import messages
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, configuration, database, user
from harness.wire import ServerError, only_error, types, wait_for

ADMIN = "boss"
ADMIN_PASSWORD = "boss-Password-1"


def console_configuration(postgres, pool_mode, **databases):
    config = configuration(
        postgres, pool_mode=pool_mode,
        users=[user(CLIENT_USER, CLIENT_PASSWORD, tenant="default"), user(ADMIN, ADMIN_PASSWORD)],
        **(databases or {"app": database(postgres, pool_mode, dbname="postgres", pool_size=5), "other": database(postgres, pool_mode, dbname="postgres")}))
    config["admin"] = {"console_users": [ADMIN]}
    return config


@pytest.fixture(scope="module")
def proxy(module_proxy, postgres, pool_mode):
    return module_proxy(console_configuration(postgres, pool_mode))


@pytest.fixture
def own_proxy(start_proxy, postgres, pool_mode):
    """For commands that leave the proxy in another state."""
    return start_proxy(console_configuration(postgres, pool_mode))


def console(proxy, name="pgbouncer"):
    return proxy.login(ADMIN, ADMIN_PASSWORD, database=name)


def dictionaries(proxy, command):
    """The rows of a command as dictionaries, by a driver that looks at the columns."""
    with psycopg2.connect(proxy.url("pgbouncer", ADMIN, ADMIN_PASSWORD)) as connection:
        connection.autocommit = True
        with connection.cursor() as cursor:
            cursor.execute(command)
            names = [column.name for column in cursor.description]
            rows = [dict(zip(names, row)) for row in cursor.fetchall()]
    connection.close()
    return rows


def app_client(proxy, name="app"):
    return proxy.login(database=name)


# --- Who gets in ------------------------------------------------------------------------------------------------------


def test_only_console_users_get_in(proxy):
    for name in ("sqlproxy", "pgbouncer"):
        with pytest.raises(ServerError) as refused:
            proxy.login(database=name)
        assert refused.value.fields["C"] == "42501"
        assert refused.value.fields["M"] == f'permission denied for database "{name}"'
    assert proxy.wait_for_audit(kind="auth_failure", user=CLIENT_USER, database="pgbouncer")[0]["sqlstate"] == "42501"


def test_a_console_user_needs_the_password(proxy):
    with pytest.raises(ServerError) as refused:
        proxy.login(ADMIN, "wrong", database="pgbouncer")
    assert refused.value.fields["C"] == "28P01"


def test_without_console_users_nobody_gets_in(start_proxy, postgres, pool_mode):
    config = console_configuration(postgres, pool_mode)
    del config["admin"]
    with pytest.raises(ServerError) as refused:
        console(start_proxy(config))
    assert refused.value.fields["C"] == "42501"


def test_an_administrator_gets_in_when_there_are_too_many_clients(start_proxy, postgres, pool_mode):
    config = console_configuration(postgres, pool_mode)
    config["server"]["max_clients"] = 1
    proxy = start_proxy(config)
    with app_client(proxy):
        with pytest.raises(ServerError) as refused:
            app_client(proxy)
        assert refused.value.fields["C"] == "53300"
        with console(proxy) as boss:
            assert boss.rows("SHOW VERSION")


def test_the_names_of_the_console_are_not_for_databases(start_proxy, postgres, pool_mode):
    config = console_configuration(postgres, pool_mode, pgbouncer=database(postgres, pool_mode))
    with pytest.raises(AssertionError, match="administration console"):
        start_proxy(config)


# --- What consumers of PgBouncer do ----------------------------------------------------------------------------------


@pytest.mark.parametrize("name", ["sqlproxy", "pgbouncer"])
def test_psql_shows_pools(proxy, name):
    with app_client(proxy) as client:
        client.query("SELECT 1")
        shown = subprocess.run(
            ["psql", proxy.url(name, ADMIN, ADMIN_PASSWORD), "-X", "-A", "-c", "show pools"],
            capture_output=True, text=True, timeout=20, check=True).stdout
    header, row = shown.splitlines()[:2]
    assert header.startswith("database|user|cl_active|cl_waiting|cl_active_cancel_req|cl_waiting_cancel_req|sv_active|"
                             "sv_active_cancel|sv_being_canceled|sv_idle|sv_used|sv_tested|sv_login|maxwait|maxwait_us|pool_mode")
    assert row.split("|")[0:2] == ["app", "service"]


def test_psql_gets_the_help(proxy):
    shown = subprocess.run(
        ["psql", proxy.url("pgbouncer", ADMIN, ADMIN_PASSWORD), "-X", "-c", "SHOW HELP"],
        capture_output=True, text=True, timeout=20, check=True)
    assert "Console usage" in shown.stderr and "PAUSE [<db>]" in shown.stderr
    assert shown.stdout == "SHOW\n"


# The columns that the exporter of the Prometheus community reads (pgbouncer_exporter, collector.go); it fails when two
# rows have the same labels.
EXPORTER = {
    "databases": (["name", "host", "port", "database", "force_user", "pool_mode"],
                  ["pool_size", "reserve_pool", "max_connections", "current_connections", "paused", "disabled"]),
    "stats_totals": (["database"], ["query_count", "query_time", "bytes_received", "bytes_sent", "wait_time", "xact_count",
                                    "xact_time", "client_parse_count", "server_parse_count", "bind_count", "server_assignment_count"]),
    "pools": (["database", "user"], ["cl_active", "cl_active_cancel_req", "cl_waiting", "cl_waiting_cancel_req", "sv_active",
                                     "sv_active_cancel", "sv_being_canceled", "sv_idle", "sv_used", "sv_tested", "sv_login", "maxwait"]),
}


@pytest.mark.parametrize("table", EXPORTER)
def test_an_exporters_columns(proxy, table):
    labels, values = EXPORTER[table]
    with app_client(proxy) as client:
        client.query("SELECT 1")
        rows = dictionaries(proxy, f"SHOW {table};")
    assert rows
    for row in rows:
        for value in values:
            float(row[value])
        assert set(labels) <= set(row)
    assert len({tuple(row[label] for label in labels) for row in rows}) == len(rows)


def test_an_exporters_other_queries(proxy):
    with console(proxy) as boss:
        lists = dict(boss.rows("SHOW LISTS;"))
        assert int(lists["databases"]) == 2 and int(lists["users"]) == 2 and int(lists["used_clients"]) >= 1
        config = {row[0]: row for row in boss.rows("SHOW CONFIG;")}
        assert float(config["max_client_conn"][1]) == 10000 and len(config["max_client_conn"]) == 4
        assert boss.value("SHOW VERSION;").startswith("sql-proxy ")
        assert boss.error("SHOW NOTHING;")["C"] == "42601"
        assert types(boss.query(";")) == "IZ"


def test_types_are_pgbouncers(proxy):
    text, int4, int8, numeric = 25, 23, 20, 1700
    with psycopg.connect(proxy.url("pgbouncer", ADMIN, ADMIN_PASSWORD), autocommit=True) as connection:
        def described(command):
            return {column.name: column.type_code for column in connection.execute(command).description}
        pools = described("SHOW POOLS")
        assert pools["database"] == text and pools["cl_active"] == int4 and pools["pool_mode"] == text
        assert described("SHOW STATS")["total_xact_count"] == numeric
        assert described("SHOW CLIENTS")["connect_time"] == text and described("SHOW CLIENTS")["id"] == int8
        assert described("SHOW MEM") == {"name": text, "size": int4, "used": int4, "free": int4, "memtotal": int4}


# --- Drivers, and the extended protocol -------------------------------------------------------------------------------


def test_psycopg_prepares_and_reads_binary(proxy):
    with psycopg.connect(proxy.url("pgbouncer", ADMIN, ADMIN_PASSWORD)) as connection:
        with connection.cursor(binary=True) as cursor:
            row = cursor.execute("SHOW DATABASES", prepare=True).fetchone()
            assert row[0] == "app" and row[2] == int(row[2]) and isinstance(row[5], int) and row[5] == 5
            totals = cursor.execute("SHOW STATS_TOTALS", prepare=True).fetchall()
            assert all(int(value) >= 0 for total in totals for value in total[1:])
        assert connection.info.transaction_status.name == "INTRANS"
        connection.commit()
        assert connection.info.transaction_status.name == "IDLE"


def test_asyncpg(proxy):
    async def run():
        connection = await asyncpg.connect(proxy.url("pgbouncer", ADMIN, ADMIN_PASSWORD))
        rows = await connection.fetch("SHOW DATABASES")
        assert {row["name"] for row in rows} == {"app", "other"}
        assert isinstance(rows[0]["port"], int)
        async with connection.transaction():
            assert await connection.fetchval("SHOW VERSION")
        assert await connection.fetchval("SELECT 1") == 1
        stats = await connection.fetch("SHOW STATS")
        assert all(row["total_xact_count"] >= 0 for row in stats)
        await connection.reset()
        await connection.close()
    asyncio.run(run())


def test_the_start_of_pgjdbc(proxy):
    with console(proxy) as boss:
        boss.send(messages.parse("SET extra_float_digits = 3"), messages.bind(), messages.execute(max_rows=1), messages.sync())
        assert types(boss.ready()) == "12NCZ"
        boss.send(messages.parse("SET application_name = 'PostgreSQL JDBC Driver'"), messages.bind(), messages.execute(max_rows=1), messages.sync())
        assert types(boss.ready()) == "12NCZ"
        boss.send(messages.parse("SHOW CLIENTS", "s1"), messages.describe_statement("s1"), messages.sync())
        assert types(boss.ready()) == "1tTZ"
        boss.send(messages.bind(statement="s1"), messages.describe_portal(), messages.execute(), messages.sync())
        received = types(boss.ready())
        assert received.startswith("2TD") and received.endswith("CZ")


def test_rows_in_pieces(proxy):
    with console(proxy) as boss:
        boss.send(messages.parse("SHOW LISTS"), messages.bind(), messages.execute(max_rows=3), messages.execute(max_rows=3), messages.execute(), messages.sync())
        assert types(boss.ready()) == "12DDDsDDDs" + "D" * 8 + "CZ"


def test_errors_in_the_extended_protocol_skip_to_sync(proxy):
    with console(proxy) as boss:
        boss.send(messages.parse("DROP TABLE t"), messages.bind(), messages.execute(), messages.sync())
        assert types(boss.ready()) == "EZ"
        boss.send(messages.bind(statement="absent"), messages.execute(), messages.sync())
        received = boss.ready()
        assert types(received) == "EZ" and only_error(received)["C"] == "26000"
        boss.send(messages.parse("SHOW VERSION", "a"), messages.parse("SHOW VERSION", "a"), messages.sync())
        received = boss.ready()
        assert types(received) == "1EZ" and only_error(received)["C"] == "42P05"
        boss.send(messages.close_statement("a"), messages.bind(statement="a"), messages.sync())
        assert types(boss.ready()) == "3EZ"
        assert boss.rows("SHOW VERSION")


# --- What is shown ----------------------------------------------------------------------------------------------------


def test_clients_and_servers_are_shown(proxy, pool_mode):
    with proxy.login(database="app", parameters={"application_name": "till"}) as client:
        client.query("BEGIN")
        pid = client.value("SELECT pg_backend_pid()")
        mine = [row for row in dictionaries(proxy, "SHOW CLIENTS") if row["application_name"] == "till"]
        assert len(mine) == 1
        row = mine[0]
        assert (row["type"], row["user"], row["database"], row["state"]) == ("C", CLIENT_USER, "app", "active")
        assert row["addr"] == "127.0.0.1" and row["local_port"] == proxy.port and row["connect_time"].endswith(" UTC")
        servers = [one for one in dictionaries(proxy, "SHOW SERVERS") if one["ptr"] == row["link"]]
        assert len(servers) == 1
        assert servers[0]["remote_pid"] == int(pid) and servers[0]["link"] == row["ptr"] and servers[0]["state"] == "active"
        client.query("COMMIT")
        if pool_mode == "transaction":
            mine = [one for one in dictionaries(proxy, "SHOW CLIENTS") if one["application_name"] == "till"]
            assert mine[0]["state"] == "idle" and mine[0]["link"] == ""


def test_who_is_pinned_and_why(proxy, pool_mode):
    with proxy.login(database="app", parameters={"application_name": "pinned"}) as client:
        client.query("CREATE TEMP TABLE kept (a int)")
        client.query("SELECT 1")
        expected = "session_pooling" if pool_mode == "session" else "temporary_objects"
        wait_for(lambda: [row["pinned"] for row in dictionaries(proxy, "SHOW CLIENTS") if row["application_name"] == "pinned"] == [expected])


def test_statistics_rise(proxy):
    def totals():
        return next((row for row in dictionaries(proxy, "SHOW STATS_TOTALS") if row["database"] == "other"), None)
    with app_client(proxy, "other") as client:
        client.query("SELECT 1")
        before = wait_for(totals)
        client.query("BEGIN")
        client.query("SELECT 2")
        client.query("SELECT pg_sleep(0.05)")
        client.query("COMMIT")
        client.query("SELECT 3")
        after = totals()
    assert after["xact_count"] - before["xact_count"] == 2
    assert after["query_count"] - before["query_count"] == 5
    assert 50_000 <= after["query_time"] - before["query_time"] < 30_000_000
    assert 50_000 <= after["xact_time"] - before["xact_time"] < 30_000_000
    assert after["bytes_received"] - before["bytes_received"] == sum(
        len(messages.query(text)) for text in ("BEGIN", "SELECT 2", "SELECT pg_sleep(0.05)", "COMMIT", "SELECT 3"))
    assert after["bytes_sent"] > before["bytes_sent"]


def test_policies_users_and_prepared(proxy):
    with app_client(proxy) as client:
        client.send(messages.parse("SELECT 4711 AS secret_number", "mine"), messages.sync())
        client.ready()
        policies = {row["id"]: row for row in dictionaries(proxy, "SHOW POLICIES")}
        assert policies["everything"]["action"] == "allow" and "SELECT" in policies["everything"]["statements"]
        users = {row["name"]: row for row in dictionaries(proxy, "SHOW USERS")}
        assert users[CLIENT_USER]["current_client_connections"] >= 1
        prepared = dictionaries(proxy, "SHOW PREPARED")
        assert any("secret_number" in row["query"] and row["clients"] >= 1 for row in prepared)
        assert not any("4711" in row["query"] for row in prepared)


# --- What commands do -------------------------------------------------------------------------------------------------


def test_pause_waits_for_transactions_and_resume_lets_everybody_go_on(own_proxy, postgres, pool_mode):
    client = app_client(own_proxy)
    client.query("BEGIN")
    done = threading.Event()
    boss = console(own_proxy)

    def pause():
        assert types(boss.query("PAUSE app")) == "CZ"
        done.set()
    pausing = threading.Thread(target=pause)
    pausing.start()
    assert not done.wait(0.3), "PAUSE came back although a transaction is open"
    client.query("COMMIT")
    if pool_mode == "session":
        assert not done.wait(0.3), "PAUSE came back although the session has its connection"
        client.close()
    assert done.wait(5)
    pausing.join()
    # No connection to the server is left, and new ones wait.
    assert [row for row in dictionaries(own_proxy, "SHOW SERVERS") if row["database"] == "app"] == []
    assert [row["paused"] for row in dictionaries(own_proxy, "SHOW DATABASES")] == [1, 0]
    results = []
    if pool_mode == "session":
        waiting = threading.Thread(target=lambda: results.append(app_client(own_proxy)))
    else:
        client.send(messages.query("SELECT 'late'"))
        waiting = threading.Thread(target=lambda: results.append(client.ready()))
    waiting.start()
    # Other databases go on, and the time-out of the pool does not count.
    with app_client(own_proxy, "other") as other:
        assert other.value("SELECT 5") == "5"
    time.sleep(0.3)
    assert not results
    assert types(boss.query("RESUME app")) == "CZ"
    waiting.join(10)
    assert len(results) == 1
    if pool_mode == "transaction":
        assert types(results[0]) == "TDCZ"
    assert boss.error("RESUME app")["C"] == "55000"
    assert boss.error("RESUME")["C"] == "55000"
    boss.close()


def test_a_pause_outlasts_the_pools_patience(start_proxy, postgres, pool_mode):
    config = console_configuration(postgres, pool_mode)
    config["databases"]["app"]["pool_wait_timeout"] = "300ms"
    config["server"]["login_timeout"] = "1s"
    proxy = start_proxy(config)
    with console(proxy) as boss:
        boss.query("PAUSE")
        clients = []
        login = threading.Thread(target=lambda: clients.append(app_client(proxy)))
        login.start()
        time.sleep(1.5)
        assert not clients
        boss.query("RESUME")
        login.join(10)
    with clients[0] as client:
        assert client.value("SELECT 6") == "6"


def test_a_cancelled_pause_pauses_nothing(own_proxy):
    with app_client(own_proxy) as client, console(own_proxy) as boss:
        client.query("BEGIN")
        boss.send(messages.query("PAUSE app"))
        time.sleep(0.2)
        with own_proxy.connect() as cancel:
            cancel.send(messages.cancel_request(boss.login_info.pid, boss.login_info.key))
            cancel.read_to_end()
        assert only_error(boss.ready())["C"] == "57014"
        client.query("COMMIT")
        assert client.value("SELECT 7") == "7"
        assert [row[11] for row in boss.rows("SHOW DATABASES")] == ["0", "0"]


def test_reconnect_replaces_connections_when_they_are_free(own_proxy, pool_mode):
    with app_client(own_proxy) as client, console(own_proxy) as boss:
        before = client.value("SELECT pg_backend_pid()")
        client.query("BEGIN")
        assert client.value("SELECT pg_backend_pid()") == before
        assert types(boss.query("RECONNECT app")) == "CZ"
        time.sleep(0.1)
        assert client.value("SELECT pg_backend_pid()") == before
        client.query("COMMIT")
        if pool_mode == "transaction":
            wait_for(lambda: client.value("SELECT pg_backend_pid()") != before)
        else:
            assert client.value("SELECT pg_backend_pid()") == before


def test_kill_drops_clients_and_servers_and_pauses(own_proxy):
    with app_client(own_proxy) as client, app_client(own_proxy, "other") as other, console(own_proxy) as boss:
        client.query("BEGIN")
        other.query("SELECT 1")
        assert types(boss.query("KILL app")) == "CZ"
        assert client.fatal()["C"] == "57P01"
        wait_for(lambda: [row for row in dictionaries(own_proxy, "SHOW SERVERS") if row["database"] == "app"] == [])
        assert other.value("SELECT 8") == "8"
        late = []
        login = threading.Thread(target=lambda: late.append(app_client(own_proxy)))
        login.start()
        time.sleep(0.2)
        assert not late
        boss.query("RESUME app")
        login.join(10)
        with late[0] as again:
            assert again.value("SELECT 9") == "9"


def test_kill_client(own_proxy):
    with own_proxy.login(database="app", parameters={"application_name": "victim"}) as victim, app_client(own_proxy) as bystander, console(own_proxy) as boss:
        row = next(one for one in dictionaries(own_proxy, "SHOW CLIENTS") if one["application_name"] == "victim")
        assert types(boss.query(f"KILL_CLIENT {row['id']}")) == "CZ"
        assert victim.fatal()["C"] == "57P01"
        assert bystander.value("SELECT 1") == "1"
        assert boss.error("KILL_CLIENT 123456789")["C"] == "42704"
        assert boss.error("KILL_CLIENT x")["C"] == "22023"
    assert own_proxy.wait_for_audit(kind="disconnect", application_name="victim")


def test_reload(own_proxy):
    with console(own_proxy) as boss:
        own_proxy.config["policies"] = []
        own_proxy.write_config()
        assert types(boss.query("RELOAD")) == "CZ"
        assert boss.rows("SHOW POLICIES") == []
        own_proxy.config_path.write_text("nonsense = 1\n")
        error = boss.error("RELOAD")
        assert error["C"] == "F0000" and "faults" in error["D"]
        assert boss.rows("SHOW VERSION")
        own_proxy.write_config()
    assert [event["status"] for event in own_proxy.wait_for_audit(2, kind="reload")] == ["ok", "error"]


def test_an_unknown_database(proxy):
    with console(proxy) as boss:
        for command in ("PAUSE nowhere", "RESUME nowhere", "RECONNECT nowhere", "KILL nowhere"):
            assert boss.error(command)["C"] == "3D000", command
        assert boss.error("KILL pgbouncer")["C"] == "22023"


def test_shutdown(own_proxy):
    client = app_client(own_proxy)
    boss = console(own_proxy)
    boss.send(messages.query("SHUTDOWN"))
    assert client.fatal()["C"] == "57P01"
    own_proxy.wait(10)


def test_shutdown_waits_for_clients(own_proxy):
    client = app_client(own_proxy)
    boss = console(own_proxy)
    assert types(boss.query("SHUTDOWN WAIT_FOR_CLIENTS")) == "CZ"
    time.sleep(0.3)
    assert client.value("SELECT 10") == "10"
    client.terminate()
    own_proxy.wait(10)


def test_shutdown_waits_for_servers(own_proxy):
    client = app_client(own_proxy)
    client.query("BEGIN")
    with console(own_proxy) as boss:
        assert types(boss.query("SHUTDOWN WAIT_FOR_SERVERS")) == "CZ"
    assert client.value("SELECT 11") == "11"
    assert types(client.query("COMMIT")) == "CZ"
    assert client.fatal()["C"] == "57P01"
    own_proxy.wait(10)


def test_a_console_in_the_middle_of_a_pause_does_not_hold_up_the_end(own_proxy):
    client = app_client(own_proxy)
    client.query("BEGIN")
    boss = console(own_proxy)
    boss.send(messages.query("PAUSE"))
    time.sleep(0.2)
    client.close()


# --- Audit ------------------------------------------------------------------------------------------------------------


def test_every_command_is_audited(own_proxy):
    with console(own_proxy) as boss:
        boss.query("SHOW POOLS")
        boss.query("SET password = 'hunter2'")
        boss.query("PAUSE nowhere")
        boss.query("DROP TABLE hunter2")
        boss.send(messages.parse("SHOW LISTS"), messages.bind(), messages.execute(), messages.sync())
        boss.ready()
    events = own_proxy.wait_for_audit(5, kind="admin", user=ADMIN)
    assert [(event["sub_type"], event["status"], event["sqlstate"]) for event in events] == [
        ("SHOW POOLS", "ok", None), ("SET", "ok", None), ("PAUSE nowhere", "error", "3D000"),
        ("invalid command", "error", "42601"), ("SHOW LISTS", "ok", None)]
    assert all(event["database"] == "pgbouncer" and event["client_ip"] == "127.0.0.1" for event in events)
    assert own_proxy.wait_for_audit(kind="connect", user=ADMIN) and own_proxy.wait_for_audit(kind="disconnect", user=ADMIN)
    assert "hunter2" not in own_proxy.audit_path.read_text()
