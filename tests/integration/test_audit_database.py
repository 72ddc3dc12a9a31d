"""[audit.database]: the events of the file arrive in a table, each once, whatever happens to the server, the proxy or the table."""

import copy
import datetime
import json
import signal
import socket
import subprocess
import tempfile
import threading
import time
import urllib.request
from pathlib import Path

import pytest

from harness.postgres import BINARIES, Postgres, free_port
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, SERVICE_PASSWORD, SERVICE_USER, Proxy, configuration, database, run_command
from harness.wire import ServerError, wait_for

OWNER = "audit_writer"


@pytest.fixture(scope="module")
def audit_server():
    """A server for the audit alone, which tests stop and start. Its writer may only do what docs/audit.md asks for."""
    server = Postgres()
    try:
        server.start()
        server.sql(f"CREATE ROLE {OWNER} LOGIN PASSWORD '{SERVICE_PASSWORD}'")
        yield server
    finally:
        server.stop("immediate")


@pytest.fixture
def audit_database(audit_server):
    """A database of its own for each test."""
    name = f"audit_{time.monotonic_ns()}"
    audit_server.sql(f"CREATE DATABASE {name} OWNER {OWNER}")
    return name


@pytest.fixture
def folder():
    """For the audit file. Before the fixtures of proxies: it outlives them."""
    with tempfile.TemporaryDirectory(prefix="sp-audit-db-") as path:
        yield Path(path)


@pytest.fixture
def make_configuration(postgres, audit_server, audit_database, pool_mode, folder):
    def make(*, file=None, table="audit_events", **audit):
        config = configuration(postgres, **{"*": database(postgres, pool_mode), "audit": database(audit_server, pool_mode, user=OWNER, dbname=audit_database)})
        config["audit"] = {
            "file": {"path": str(folder / "audit.jsonl"), **(file or {})},
            "database": {"enabled": True, "database": "audit", "table": table}, **audit}
        return config
    return make


@pytest.fixture
def start(start_proxy, folder):
    """Starts a proxy; its audit file is the one in `folder`."""
    def start_it(config):
        proxy = start_proxy(config)
        proxy.audit_path = folder / "audit.jsonl"
        return proxy
    return start_it


def stop(proxy):
    """A graceful stop that leaves the log for the end of the test."""
    proxy.process.send_signal(signal.SIGTERM)
    proxy.wait()


def lines_in(folder):
    """All lines of the trail in this folder, in no order."""
    lines = []
    for path in folder.glob("audit.jsonl*"):
        if ".torn." in path.name or path.suffix == ".tmp":
            continue
        data = subprocess.run(["zstd", "-dcq", path], check=True, capture_output=True).stdout if path.suffix == ".zst" else path.read_bytes()
        lines += data.split(b"\n")[:-1]
    return lines


def events_in(folder):
    """All events of the trail in this folder, in the order of their numbers."""
    return sorted(map(json.loads, lines_in(folder)), key=lambda event: event["sequence_num"])


class Table:
    def __init__(self, server, name, table="audit_events"):
        self.server, self.database, self.name = server, name, table

    def sql(self, text):
        return self.server.sql(text, self.database)

    def value(self, text):
        return self.sql(text)[0][0]

    def count(self):
        return int(self.value(f"SELECT count(*) FROM {self.name}")) if self.exists() else 0

    def exists(self):
        return self.value(f"SELECT to_regclass('{self.name}') IS NOT NULL") == "t"

    def events(self):
        """Row by row, twice what is there twice."""
        rows = self.sql(f"SELECT event FROM {self.name} ORDER BY sequence_num, event_id")
        return [json.loads(row[0]) for row in rows]


@pytest.fixture
def table(audit_server, audit_database):
    return Table(audit_server, audit_database)


def wait_until_same(table, folder, seconds=20):
    """Until the table holds as many events as the files, and nothing more comes; and that they are the same then."""
    def both():
        expected = events_in(folder)
        return (expected, table.events()) if 0 < len(expected) == table.count() == len(lines_in(folder)) else None

    # A session's last event may be on its way when its client has gone.
    expected, have = wait_for(both, seconds=seconds, what="the events in the table")
    assert [e["sequence_num"] for e in have] == [e["sequence_num"] for e in expected]
    assert have == expected
    return have


def run_statements(proxy, count, text="SELECT {}"):
    with proxy.login() as client:
        for number in range(count):
            client.value(text.format(number))


# --- What arrives -----------------------------------------------------------------------------------------------------


def test_rows_are_the_events_of_the_file(make_configuration, start, table, folder):
    proxy = start(make_configuration())
    with proxy.login() as client:
        client.value("SELECT 1")
        client.value("SELECT 'caf\u00e9 \\ \"quoted\"' AS \"tab\there\"")
        with pytest.raises(ServerError):
            client.value("SELECT 1/0")
        client.rows("CREATE TABLE IF NOT EXISTS delivered (id int, email text)")
        client.rows("SELECT id, email FROM delivered")
    with pytest.raises(ServerError):
        proxy.login(password="wrong")
    events = wait_until_same(table, folder)
    assert {e["kind"] for e in events} >= {"admin", "connect", "statement", "auth_failure", "disconnect"}
    # The columns are the event's members.
    columns = ["kind", "node_id", "session_id", "client_ip", "user", "tenant", "database", "statement_type", "fingerprint", "decision", "matched_rule", "status", "sqlstate"]
    names = ", ".join(f'"{name}"' for name in columns)
    rows = table.sql(f'SELECT event_id, sequence_num, has_pii, tables, {names}, to_char("timestamp" AT TIME ZONE \'UTC\', \'YYYY-MM-DD"T"HH24:MI:SS.US"Z"\') FROM audit_events ORDER BY sequence_num')
    for event, (event_id, sequence, has_pii, tables, *texts, timestamp) in zip(events, rows, strict=True):
        assert (event_id, int(sequence), timestamp) == (event["event_id"], event["sequence_num"], event["timestamp"])
        assert texts == [event.get(name) for name in columns]
        assert {"t": True, "f": False, None: None}[has_pii] == event.get("has_pii")
        assert (json.loads(tables) if tables else None) == event.get("tables")
    assert [r[0] for r in table.sql("SELECT event->>'sql' FROM audit_events WHERE tables @> '[{\"table\": \"delivered\", \"usage\": \"read\"}]'")] == ["SELECT id, email FROM delivered"]


def test_indexes_and_partitions(make_configuration, start, table, folder):
    start(make_configuration())
    wait_until_same(table, folder)
    indexes = "\n".join(row[0] for row in table.sql("SELECT indexdef FROM pg_indexes WHERE tablename = 'audit_events'"))
    for columns in ('("user", "timestamp")', '(decision, "timestamp")', '(has_pii, "timestamp")', '(fingerprint, "timestamp")', "gin (tables jsonb_path_ops)"):
        assert columns in indexes
    partitions = [row[0] for row in table.sql("SELECT inhrelid::regclass::text FROM pg_inherits WHERE inhparent = 'audit_events'::regclass ORDER BY 1")]
    today = datetime.datetime.now(datetime.UTC).date()
    assert partitions == [f"audit_events_{today + datetime.timedelta(days=n):%Y%m%d}" for n in range(4)]
    # Each partition has the indexes too.
    assert int(table.value(f"SELECT count(*) FROM pg_indexes WHERE tablename = '{partitions[0]}'")) == 6
    plan = "\n".join(row[0] for row in table.sql("SET enable_seqscan = off; EXPLAIN SELECT * FROM audit_events WHERE tables @> '[{\"table\": \"orders\"}]'"))
    assert "tables_idx" in plan


@pytest.mark.parametrize("form", ["ocsf", "ecs"])
def test_the_native_event_whatever_the_format(make_configuration, start, table, folder, form):
    proxy = start(make_configuration(file={"format": form}))
    run_statements(proxy, 3)
    member = {"ocsf": "unmapped", "ecs": "sql_proxy"}[form]
    wait_for(lambda: table.count() > 4 and table.events() == [json.loads(line)[member] for line in (folder / "audit.jsonl").read_text().splitlines()],
             what="the events in the table")


def test_schema_qualified(make_configuration, start, table, folder):
    table.sql(f'CREATE SCHEMA "Kept" AUTHORIZATION {OWNER}')
    proxy = start(make_configuration(table="Kept.the events"))
    run_statements(proxy, 2)
    wait_until_same(Table(table.server, table.database, '"Kept"."the events"'), folder)


def test_nobody_waits_for_the_database(make_configuration, start, audit_server, table, folder):
    """A server that takes connections and says nothing: statements run, whatever waits for the file."""
    config = make_configuration(durability="write", on_failure="block")
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        config["databases"]["audit"]["port"] = silent.getsockname()[1]
        proxy = start(config)
        begin = time.monotonic()
        run_statements(proxy, 20)
        # The delivery itself gives up after 30 s.
        assert time.monotonic() - begin < 15
        config["databases"]["audit"]["port"] = audit_server.port
        proxy.reload_and_wait()
        wait_until_same(table, folder)


# --- What happens to the server ---------------------------------------------------------------------------------------


class Load:
    """Clients with one statement after the other, until the end of the block."""

    def __init__(self, proxy, clients=4):
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._run, args=(proxy,)) for _ in range(clients)]
        self.faults = []

    def _run(self, proxy):
        try:
            with proxy.login() as client:
                number = 0
                while not self._stop.is_set():
                    client.value(f"SELECT {number}")
                    number += 1
                    # It is to go on for long, not to be fast.
                    time.sleep(0.002)
        except Exception as fault:  # noqa: BLE001
            self.faults.append(fault)

    def __enter__(self):
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_):
        self._stop.set()
        for thread in self._threads:
            thread.join()
        # Their `disconnect` events.
        time.sleep(0.3)


def complaints(proxy):
    return [line for line in proxy.stderr().splitlines() if "cannot be delivered" in line]


@pytest.mark.parametrize("mode", ["fast", "immediate"])
def test_server_stopped_and_started_under_load(make_configuration, start, audit_server, table, folder, mode):
    proxy = start(make_configuration(file={"rotate_size": "256KiB", "keep": 0, "compress": False}))
    with Load(proxy) as load:
        wait_for(lambda: table.count() > 50, what="the first rows")
        for _ in range(2):
            audit_server._run(BINARIES / "pg_ctl", "-D", audit_server._data, "-w", "-m", mode, "stop")
            time.sleep(1)
            audit_server._run(BINARIES / "pg_ctl", "-D", audit_server._data, "-w", "-l", audit_server.folder / "log", "start")
            at_start = table.count()
            wait_for(lambda: table.count() > at_start, what="rows after the start")
    assert not load.faults, "no statement has noticed"
    events = wait_until_same(table, folder, seconds=60)
    print(f"{mode}: {len(events)} events, {len(list(folder.glob('audit.jsonl.*')))} closed files")
    # Once for each outage, not for each attempt or event.
    assert len(complaints(proxy)) == 2
    told = [(e["sub_type"], e["status"]) for e in events if e.get("sub_type") == "audit_database"]
    assert told == [("audit_database", "error"), ("audit_database", "ok")] * 2


def test_its_connection_is_ended(make_configuration, start, audit_server, table, folder):
    """An idle connection that the server closes is no failure: the next event has another one."""
    proxy = start(make_configuration())
    run_statements(proxy, 3)
    wait_until_same(table, folder)
    table.sql(f"SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE usename = '{OWNER}'")
    run_statements(proxy, 3)
    wait_until_same(table, folder)
    assert complaints(proxy) == []


@pytest.mark.parametrize("durability", ["batch", "fsync"])
def test_kill_in_the_middle(make_configuration, audit_server, table, folder, durability):
    """kill -9 of the proxy while events go out, several times: the table has what the file has, once."""
    config = make_configuration(durability=durability, file={"rotate_size": "128KiB", "keep": 0, "compress": False})

    def start():
        proxy = Proxy(copy.deepcopy(config))
        proxy.audit_path = folder / "audit.jsonl"
        return proxy.start()

    for round_number in range(4):
        proxy = start()
        with Load(proxy) as load:
            before = table.count()
            wait_for(lambda: table.count() > before + 20 or load.faults, what="rows")
            time.sleep(0.05 + 0.13 * round_number)
            proxy.process.kill()
            proxy.process.wait()
        proxy.remove()
    proxy = start()
    try:
        events = wait_until_same(table, folder, seconds=60)
    finally:
        proxy.stop()
    print(f"{durability}: {len(events)} events over 4 kills")
    assert run_command("audit", "verify", *folder.glob("audit.jsonl*")).returncode == 0
    assert table.value("SELECT count(DISTINCT trail_id) FROM audit_events") == "1"


def test_a_stop_delivers_the_rest(make_configuration, start, table, folder):
    proxy = start(make_configuration())
    run_statements(proxy, 30)
    stop(proxy)
    events = events_in(folder)
    assert events[-1]["sub_type"] == "audit_stop"
    assert table.events() == events


def test_spool_survives_restarts_and_retention(make_configuration, start, audit_server, table, folder):
    """`keep` deletes nothing that is not delivered; what is delivered goes."""
    config = make_configuration(file={"rotate_size": "8KiB", "keep": 1})
    port = config["databases"]["audit"]["port"]
    config["databases"]["audit"]["port"] = free_port()
    for _ in range(2):
        proxy = start(copy.deepcopy(config))
        run_statements(proxy, 30)
        stop(proxy)
    assert len(list(folder.glob("audit.jsonl.*"))) > 3
    kept = events_in(folder)
    assert kept[0]["sequence_num"] == 1 and [e["sequence_num"] for e in kept] == list(range(1, len(kept) + 1))
    config["databases"]["audit"]["port"] = port
    proxy = start(copy.deepcopy(config))
    wait_for(lambda: table.count() > len(kept), what="the spool in the table")
    assert table.events()[:len(kept)] == kept
    run_statements(proxy, 60)
    wait_for(lambda: len(list(folder.glob("audit.jsonl.2*"))) <= 2, what="old files to go")
    stop(proxy)
    numbers = [e["sequence_num"] for e in table.events()]
    assert numbers == list(range(1, len(numbers) + 1))


# --- What happens to the table ----------------------------------------------------------------------------------------


def test_a_table_that_is_dropped_is_made_again(make_configuration, start, table, folder):
    proxy = start(make_configuration())
    run_statements(proxy, 5)
    wait_until_same(table, folder)
    table.sql("DROP TABLE audit_events")
    run_statements(proxy, 5)
    wait_for(lambda: table.count() >= 5, what="a new table with new events")
    last = events_in(folder)[-1]["sequence_num"]
    wait_for(lambda: int(table.value("SELECT max(sequence_num) FROM audit_events")) >= last, what="the last event")


def test_all_of_it_dropped_is_filled_from_the_files(make_configuration, start, table, folder):
    proxy = start(make_configuration())
    run_statements(proxy, 5)
    wait_until_same(table, folder)
    table.sql("DROP TABLE audit_events, audit_events_position")
    run_statements(proxy, 5)
    wait_until_same(table, folder)


def test_a_lost_position_gives_no_event_twice(make_configuration, start, table, folder):
    proxy = start(make_configuration())
    run_statements(proxy, 5)
    wait_until_same(table, folder)
    table.sql("DROP TABLE audit_events_position")
    run_statements(proxy, 5)
    wait_until_same(table, folder)


def test_a_partition_that_is_dropped(make_configuration, start, table, folder):
    proxy = start(make_configuration())
    run_statements(proxy, 2)
    wait_until_same(table, folder)
    today = f"audit_events_{datetime.datetime.now(datetime.UTC):%Y%m%d}"
    table.sql(f"DROP TABLE {today}")
    run_statements(proxy, 2)
    last = events_in(folder)[-1]["sequence_num"]
    wait_for(lambda: table.count() and int(table.value("SELECT max(sequence_num) FROM audit_events")) >= last, what="the last event")


def test_wrong_rights_are_said_clearly(make_configuration, start, audit_server, table, folder):
    table.sql(f"ALTER DATABASE {table.database} OWNER TO postgres; REVOKE CREATE ON SCHEMA public FROM PUBLIC")
    proxy = start(make_configuration())
    wait_for(lambda: complaints(proxy), what="the log line")
    run_statements(proxy, 5)
    time.sleep(1.5)
    (line,) = complaints(proxy)
    assert '"audit"' in line and "42501: permission denied for schema public" in line
    table.sql(f"GRANT CREATE ON SCHEMA public TO {OWNER}")
    wait_until_same(table, folder)
    assert "delivered to database \"audit\" again" in proxy.stderr()


def test_wrong_password_is_said_clearly(make_configuration, start):
    config = make_configuration()
    config["databases"]["audit"]["password"] = "not-the-password"
    proxy = start(config)
    wait_for(lambda: complaints(proxy), what="the log line")
    assert "password authentication failed" in complaints(proxy)[0] and "not-the-password" not in proxy.stderr()


def test_a_table_of_the_administrators_own(make_configuration, start, audit_server, table, folder):
    """Partitions by month and no right to make others: the proxy takes what is there."""
    other = Table(audit_server, table.database, "made_elsewhere")
    config = make_configuration()
    proxy = start(config)
    wait_until_same(table, folder)
    table.sql("CREATE TABLE made_elsewhere (LIKE audit_events INCLUDING GENERATED) PARTITION BY RANGE (\"timestamp\");"
              "CREATE TABLE made_elsewhere_all PARTITION OF made_elsewhere FOR VALUES FROM ('2020-01-01') TO ('2100-01-01');"
              "CREATE TABLE made_elsewhere_position (LIKE audit_events_position INCLUDING ALL);"
              f"GRANT INSERT, SELECT ON made_elsewhere TO {OWNER}; GRANT INSERT, SELECT, UPDATE ON made_elsewhere_position TO {OWNER}")
    config["audit"]["database"]["table"] = "made_elsewhere"
    proxy.reload_and_wait()
    wait_until_same(other, folder)
    assert complaints(proxy) == []


def test_a_row_that_the_database_refuses(make_configuration, start, audit_server, folder, pool_mode):
    """An encoding without the character: the event arrives with ? in its place, and the ones around it as they are."""
    audit_server.sql(f"CREATE DATABASE latin1_audit OWNER {OWNER} ENCODING 'LATIN1' TEMPLATE template0")
    config = make_configuration(log_sql="raw")
    config["databases"]["audit"]["dbname"] = "latin1_audit"
    proxy = start(config)
    latin1 = Table(audit_server, "latin1_audit")
    with proxy.login() as client:
        for text in ("SELECT 'before'", "SELECT 'caf\u00e9'", "SELECT '\u65e5\u672c'", "SELECT 'after'"):
            client.value(text)
    wait_for(lambda: latin1.count() == len(events_in(folder)) > 5, what="all events")
    rows = latin1.sql("SET client_encoding = UTF8; SELECT event->>'sql' FROM audit_events WHERE kind = 'statement' ORDER BY sequence_num")
    texts = [row[0] for row in rows]
    assert texts == ["SELECT 'before'", "SELECT 'caf\u00e9'", "SELECT '??????'", "SELECT 'after'"]
    assert complaints(proxy) == []


# --- Several proxies, reload ------------------------------------------------------------------------------------------


def test_two_proxies_one_table(make_configuration, start, table, folder):
    configs = []
    for name in ("one", "two"):
        (folder / name).mkdir()
        config = make_configuration()
        config["audit"]["file"]["path"] = str(folder / name / "audit.jsonl")
        configs.append(config)
    # At once: both find nothing and make all of it.
    proxies = []
    threads = [threading.Thread(target=lambda c=config: proxies.append(start(c))) for config in configs]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with Load(proxies[0], 2), Load(proxies[1], 2):
        time.sleep(1.5)
    expected = [events_in(folder / name) for name in ("one", "two")]
    wait_for(lambda: table.count() == sum(len(events_in(folder / name)) for name in ("one", "two")), what="the events of both")
    for part in expected:
        trail = table.value(f"SELECT trail_id FROM audit_events WHERE event_id = '{part[0]['event_id']}'")
        have = [json.loads(row[0]) for row in table.sql(f"SELECT event FROM audit_events WHERE trail_id = '{trail}' ORDER BY sequence_num")]
        assert have[:len(part)] == part
    assert table.value("SELECT count(*) FROM audit_events_position") == "2"
    for proxy in proxies:
        assert complaints(proxy) == []


def test_reload(make_configuration, start, table, folder):
    config = make_configuration()
    config["audit"]["database"]["enabled"] = False
    config["admin"] = {"listen": f"127.0.0.1:{free_port()}"}
    proxy = start(config)
    run_statements(proxy, 3)
    assert "sql_proxy_audit_database" not in metrics(config)
    config["audit"]["database"]["enabled"] = True
    proxy.reload_and_wait()
    run_statements(proxy, 3)
    wait_until_same(table, folder)
    # Another file: the trail goes on there, and so does the delivery.
    config["audit"]["file"]["path"] = str(folder / "other" / "audit.jsonl")
    (folder / "other").mkdir()
    proxy.audit_path = folder / "other" / "audit.jsonl"
    proxy.reload()
    wait_for(lambda: (folder / "other" / "audit.jsonl").exists(), what="the other file")
    run_statements(proxy, 3)
    time.sleep(0.5)  # the last client's leaving is an event, too
    wait_for(lambda: table.events() == events_in(folder) + events_in(folder / "other"), what="the events of both files")
    page = metrics(config)
    assert f"sql_proxy_audit_database_events_total {table.count()}" in page
    for line in ("sql_proxy_audit_database_lag_events 0", "sql_proxy_audit_database_failing 0", "sql_proxy_audit_database_refused_total 0", "sql_proxy_audit_database_missing_total 0"):
        assert line in page
    # Off, and on again: what was written meanwhile follows.
    config["audit"]["database"]["enabled"] = False
    proxy.reload_and_wait()
    before = table.count()
    run_statements(proxy, 3)
    time.sleep(0.6)
    assert table.count() == before
    config["audit"]["database"]["enabled"] = True
    proxy.reload_and_wait()
    wait_for(lambda: table.events() == events_in(folder) + events_in(folder / "other"), what="what was written meanwhile")


def metrics(config):
    with urllib.request.urlopen(f"http://{config['admin']['listen']}/metrics", timeout=5) as answer:
        return answer.read().decode()


def test_a_trail_that_is_begun_anew(make_configuration, start, table, folder):
    """The files are moved away between two runs: the numbers begin again, and nothing is taken for delivered."""
    proxy = start(make_configuration())
    run_statements(proxy, 10)
    stop(proxy)
    first = events_in(folder)
    (folder / "audit.jsonl").rename(folder / "moved-away")
    proxy = start(make_configuration())
    run_statements(proxy, 30)
    # Compared anew until both stand still.
    wait_for(lambda: len(events_in(folder)) >= 30 and sorted(e["event_id"] for e in table.events()) == sorted(e["event_id"] for e in first + events_in(folder)),
             what="both trails in the table, each event once")
