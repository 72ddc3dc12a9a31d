"""durability = write and fsync: ReadyForQuery waits for the events; on_failure = block: nothing runs unaudited."""

import json
import os
import shutil
import subprocess
import tempfile
import threading
import time
from pathlib import Path

import pytest

from harness import messages
from harness.proxy import SANITIZED, configuration, database, run_command
from harness.wire import ServerError, types, wait_for

SUPPORT = Path(__file__).resolve().parents[1] / "support"


def audited_configuration(postgres, pool_mode, **audit):
    config = configuration(postgres, **{"*": database(postgres, pool_mode, pool_size=4)})
    file = {"path": "audit.jsonl", **audit.pop("file", {})}
    config["audit"] = {**audit, "file": file}
    return config


# --- A disk that hangs ------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def slow_disk_library():
    if SANITIZED:
        pytest.skip("a sanitizer's runtime has to be loaded first")
    with tempfile.TemporaryDirectory(prefix="sp-slow-") as folder:
        library = Path(folder) / "slow_disk.so"
        subprocess.run(["clang-19", "-shared", "-fPIC", "-O1", "-o", library, SUPPORT / "slow_disk.c", "-ldl"], check=True)
        yield library


class SlowDisk:
    """hang() makes the proxy's writes to its audit file wait, until go_on()."""

    def __init__(self, library, folder):
        self.control = Path(folder) / "hang"
        self.environment = {"LD_PRELOAD": str(library), "SLOW_DISK": str(self.control), "SLOW_DISK_FILE": str(Path(folder) / "audit.jsonl")}

    def hang(self):
        self.control.touch()

    def go_on(self):
        self.control.unlink(missing_ok=True)


@pytest.fixture
def audit_folder():
    """Before the fixtures of proxies: it outlives them."""
    with tempfile.TemporaryDirectory(prefix="sp-hang-") as folder:
        yield Path(folder)


@pytest.fixture
def hanging(audit_folder, start_proxy, slow_disk_library, postgres, pool_mode):
    """Starts a proxy whose disk can hang."""
    disk = SlowDisk(slow_disk_library, audit_folder)

    def start(durability, *, pool_size=2, **audit):
        config = audited_configuration(postgres, pool_mode, durability=durability, file={"path": str(audit_folder / "audit.jsonl")}, **audit)
        config["databases"]["*"]["pool_size"] = pool_size
        proxy = start_proxy(config, environment=disk.environment)
        proxy.audit_path = audit_folder / "audit.jsonl"
        return proxy, disk

    yield start
    disk.go_on()


@pytest.mark.parametrize("durability", ["write", "fsync"])
def test_ready_waits_for_the_events(hanging, durability):
    proxy, disk = hanging(durability)
    with proxy.login() as client:
        assert client.value("SELECT 1") == "1"
        disk.hang()
        client.send(messages.query("SELECT 42"))
        # The rows come, the end does not.
        assert types(client.read_until("C")) == "TDC"
        assert not client.has_input(0.4)
        assert len(proxy.audit_events(kind="statement")) == 1
        disk.go_on()
        assert types(client.ready()) == "Z"
        events = proxy.audit_events(kind="statement")
        assert [e["status"] for e in events] == ["ok", "ok"], "both are in the file when ReadyForQuery is here"


def test_batch_waits_for_nothing(hanging):
    proxy, disk = hanging("batch")
    with proxy.login() as client:
        disk.hang()
        assert client.value("SELECT 42") == "42"
        assert client.value("SELECT 43") == "43"
        disk.go_on()


def test_no_worker_and_no_lease_waits(hanging, postgres, pool_mode):
    """While one client waits for the disk the others go on, in transaction pooling with the same server connection."""
    proxy, disk = hanging("write", pool_size=1 if pool_mode == "transaction" else 3)
    with proxy.login() as first, proxy.login() as second:
        disk.hang()
        first.send(messages.query("SELECT 1"))
        assert types(first.read_until("C")) == "TDC"
        second.send(messages.query("SELECT 2"))
        assert types(second.read_until("C")) == "TDC", "it got the server connection, and its answer"
        assert not first.has_input(0.2) and not second.has_input(0.2)
        disk.go_on()
        assert types(first.ready()) == types(second.ready()) == "Z"


def test_pipelines_keep_their_order(hanging):
    proxy, disk = hanging("write")
    with proxy.login() as client:
        disk.hang()
        batch = messages.parse("SELECT generate_series(1, 3)") + messages.bind() + messages.execute() + messages.sync()
        client.send(*[batch] * 3, messages.query("SELECT 1/0"), messages.query("SELECT note FROM nowhere"), messages.parse("SELEC"), messages.sync())
        assert types(client.read_until("C")) == "12DDDC"
        assert not client.has_input(0.3), "what is behind the first ReadyForQuery waits with it"
        disk.go_on()
        received = types([m for _ in range(3) for m in client.ready()])
        assert received == "Z" + "12DDDCZ" + "12DDDCZ"
        assert types(client.ready()) == "EZ"
        assert types(client.ready()) == "EZ"
        assert types(client.ready()) == "EZ"


def test_denials_wait_too(hanging):
    proxy, disk = hanging("fsync")
    with proxy.login() as client:
        disk.hang()
        client.send(messages.query("SELEC 1"))
        assert not client.has_input(0.3)
        disk.go_on()
        assert types(client.ready()) == "EZ"


def test_copy(hanging, postgres):
    proxy, disk = hanging("write")
    postgres.sql("DROP TABLE IF EXISTS copied_in; CREATE TABLE copied_in (line text)")
    with proxy.login() as client:
        client.send(messages.query("COPY copied_in FROM STDIN"))
        client.read_until("G")
        disk.hang()
        client.send(messages.copy_data("a\nb\n"), messages.copy_done())
        assert types(client.read_until("C")) == "C"
        assert not client.has_input(0.3)
        disk.go_on()
        client.ready()
        disk.hang()
        client.send(messages.query("COPY copied_in TO STDOUT"), messages.query("SELECT 1"))
        assert types(client.read_until("C")) == "HddcC"
        assert not client.has_input(0.3)
        disk.go_on()
        assert types(client.ready()) == "Z"
        assert types(client.ready()) == "TDCZ"


def test_much_behind_a_held_answer_is_bounded_and_complete(hanging):
    """A large result behind a ReadyForQuery that waits: the server is not read beyond a bound, and nothing gets lost."""
    proxy, disk = hanging("write")
    with proxy.login(timeout=60) as client:
        client.query("SELECT 1")
        disk.hang()
        client.send(messages.query("SELECT 1"), messages.query("SELECT repeat('x', 1000) FROM generate_series(1, 60000)"))
        assert types(client.read_until("C")) == "TDC"
        time.sleep(1)
        assert proxy.memory_peak() < 150 * 2**20
        disk.go_on()
        assert types(client.ready()) == "Z"
        assert types(client.ready()).count("D") == 60000
        assert client.value("SELECT 7") == "7"


def test_a_cancel_while_the_answer_waits_hits_nothing(hanging):
    proxy, disk = hanging("write")
    with proxy.login() as client:
        disk.hang()
        client.send(messages.query("SELECT 1"))
        client.read_until("C")
        with proxy.connect() as canceller:
            canceller.send(messages.cancel_request(client.login_info.pid, client.login_info.key))
            canceller.read_to_end()
        disk.go_on()
        client.ready()
        assert client.value("SELECT 7") == "7"


def test_a_client_that_goes_away_meanwhile(hanging, pool_mode):
    proxy, disk = hanging("write", pool_size=1)
    for leave in ("abort", "terminate", "close"):
        client = proxy.login()
        disk.hang()
        client.send(messages.query(f"SELECT '{leave}'"))
        client.read_until("C")
        getattr(client, leave)()
        disk.go_on()
        with proxy.login() as other:
            assert other.value("SELECT 5") == "5"
    selects = proxy.wait_for_audit(6, kind="statement")
    assert [e["status"] for e in selects] == ["ok"] * 6
    proxy.wait_for_audit(6, kind="disconnect")


def test_answers_reach_a_client_that_has_said_goodbye(hanging):
    """As from PostgreSQL: Query and Terminate in one write."""
    proxy, disk = hanging("fsync")
    with proxy.login() as client:
        disk.hang()
        client.send(messages.query("SELECT 1"), messages.terminate())
        assert types(client.read_until("C")) == "TDC"
        disk.go_on()
        assert types(client.read_messages_to_end()) == "Z"


def test_a_stop_drains_those_who_wait(hanging):
    proxy, disk = hanging("write")
    client = proxy.login()
    disk.hang()
    client.send(messages.query("SELECT 1"))
    client.read_until("C")
    proxy.process.terminate()
    time.sleep(0.3)
    disk.go_on()
    received = types(client.read_messages_to_end())
    assert received == "ZE"
    proxy.wait()
    assert run_command("audit", "verify", proxy.audit_path).returncode == 0


def test_a_listener_gets_its_notification_behind_the_held_answer(hanging):
    proxy, disk = hanging("write")
    with proxy.login() as client:
        client.query("LISTEN held")
        disk.hang()
        client.send(messages.query("NOTIFY held"))
        client.read_until("C")
        disk.go_on()
        received = types(client.ready())
        assert received in ("AZ", "Z")
        if received == "Z":
            assert types(client.read_until("A")) == "A"


# --- on_failure -------------------------------------------------------------------------------------------------------


@pytest.fixture
def small_disk():
    """A file system of 1 MiB, which is soon full."""
    if os.geteuid() != 0:
        pytest.skip("needs root for a tmpfs")
    folder = Path(tempfile.mkdtemp(prefix="sp-full-"))
    if subprocess.run(["mount", "-t", "tmpfs", "-o", "size=1m", "tmpfs", folder], check=False).returncode != 0:
        folder.rmdir()
        pytest.skip("cannot mount a tmpfs here")
    yield folder
    subprocess.run(["umount", "-l", folder], check=True)
    shutil.rmtree(folder, ignore_errors=True)


def fill(folder):
    ballast = folder / "ballast"
    with open(ballast, "wb", buffering=0) as file:
        for size in (65536, 4096, 1):
            try:
                while True:
                    file.write(b"x" * size)
            except OSError:
                pass
    return ballast


def sqlstate(client, sql):
    """Of the error that the Query ends in; None without one."""
    try:
        client.rows(sql)
    except ServerError as error:
        return error.sqlstate
    return None


@pytest.mark.parametrize("durability", ["batch", "write", "fsync"])
def test_block_on_a_full_disk(small_disk, start_proxy, postgres, pool_mode, durability):
    postgres.sql("DROP TABLE IF EXISTS blocked; CREATE TABLE blocked (n int)")
    config = audited_configuration(postgres, pool_mode, durability=durability, on_failure="block", file={"path": str(small_disk / "audit.jsonl")})
    proxy = start_proxy(config)
    with proxy.login() as client, proxy.login() as sacrifice:
        assert sqlstate(client, "INSERT INTO blocked VALUES (1)") is None
        ballast = fill(small_disk)
        # This one runs: nobody can know yet that its event will not fit.
        sacrifice.send(*[messages.query("SELECT 'sacrifice'")] * 30)
        wait_for(lambda: "cannot be stored" in proxy.stderr(), what="the failure")
        assert sqlstate(client, "INSERT INTO blocked VALUES (2)") == "58030"
        count = postgres.value("SELECT count(*) FROM blocked")
        for sql in ("INSERT INTO blocked VALUES (3)", "SELECT 1", "BEGIN", "DELETE FROM blocked"):
            assert sqlstate(client, sql) == "58030"
        client.send(messages.parse("INSERT INTO blocked VALUES (4)"), messages.bind(), messages.execute(), messages.sync())
        received = client.ready()
        assert types(received)[-2:] == "EZ"
        client.send(messages.function_call(177, [b"\0\0\0\1", b"\0\0\0\2"]))
        assert types(client.ready()) == "EZ"
        # Logins go on; what they ask for does not.
        with proxy.login() as late:
            assert sqlstate(late, "INSERT INTO blocked VALUES (5)") == "58030"
        assert postgres.value("SELECT count(*) FROM blocked") == count, "nothing that was refused has run"
        ballast.unlink()
        wait_for(lambda: sqlstate(client, "SELECT 'recovered'") is None, what="the recovery")
        sacrifice.ready(30)
        client.terminate()
        sacrifice.terminate()
    proxy.process.terminate()
    proxy.wait()
    verified = run_command("audit", "verify", small_disk / "audit.jsonl")
    assert verified.returncode == 0, verified.stdout
    assert "lost" not in verified.stdout
    events = [e for e in _events(small_disk / "audit.jsonl") if e["kind"] == "statement"]
    assert sum(e["status"] == "ok" and "sacrifice" not in (e["sql"] or "") for e in events) >= 2
    refused = [e for e in events if e["sqlstate"] == "58030"]
    assert len(refused) >= 8 and {e["status"] for e in refused} == {"denied"} and {e["decision"] for e in refused} == {"allow"}


def _events(path):
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_block_aborts_an_open_transaction_and_lets_go_of_it(small_disk, start_proxy, postgres, pool_mode):
    postgres.sql("DROP TABLE IF EXISTS blocked; CREATE TABLE blocked (n int)")
    config = audited_configuration(postgres, pool_mode, on_failure="block", file={"path": str(small_disk / "audit.jsonl")})
    proxy = start_proxy(config)
    with proxy.login() as client, proxy.login() as other:
        client.query("BEGIN")
        client.query("INSERT INTO blocked VALUES (1)")
        ballast = fill(small_disk)
        other.send(*[messages.query("SELECT 'sacrifice'")] * 30)
        other.ready(30)
        wait_for(lambda: "cannot be stored" in proxy.stderr(), what="the failure")
        assert sqlstate(client, "COMMIT") == "58030"
        assert sqlstate(client, "SELECT 1") == "25P02", "the transaction is aborted, as by any error"
        assert sqlstate(client, "ROLLBACK") is None
        assert postgres.value("SELECT count(*) FROM blocked") == "0"
        ballast.unlink()
        wait_for(lambda: sqlstate(client, "SELECT 1") is None, what="the recovery")


def test_continue_on_a_full_disk(small_disk, start_proxy, postgres, pool_mode):
    """Statements go on, also where they would wait; what does not fit into the queue is counted, exactly."""
    path = small_disk / "audit.jsonl"
    config = audited_configuration(postgres, pool_mode, durability="fsync", queue_capacity=64, file={"path": str(path)})
    proxy = start_proxy(config)
    with proxy.login() as client:
        ballast = fill(small_disk)
        for n in range(300):
            client.query(f"SELECT {n}")
        ballast.unlink()
        wait_for(lambda: any(e["kind"] == "overflow" for e in _events(path)), seconds=15, what="the recovery")
        assert client.value("SELECT 1") == "1"
    wait_for(lambda: any(e["kind"] == "disconnect" for e in _events(path)), what="the last event")
    proxy.process.terminate()
    proxy.wait()
    assert run_command("audit", "verify", path).returncode == 0
    events = _events(path)
    dropped = sum(e["dropped"] for e in events if e["kind"] == "overflow")
    assert dropped > 200
    assert sum(e["kind"] == "statement" for e in events) + dropped == 301


@pytest.mark.parametrize("how", ["read-only", "removed"])
def test_block_when_the_folder_is_of_no_use(small_disk, start_proxy, postgres, pool_mode, how):
    """Noticed without an event at stake: nothing runs before the first refusal."""
    folder = small_disk / "audit"
    folder.mkdir()
    config = audited_configuration(postgres, pool_mode, on_failure="block", file={"path": str(folder / "audit.jsonl")})
    proxy = start_proxy(config)
    with proxy.login() as client:
        assert sqlstate(client, "SELECT 1") is None
        time.sleep(0.3)
        if how == "read-only":
            subprocess.run(["mount", "-t", "tmpfs", "-o", "ro", "tmpfs", folder], check=True)
        else:
            folder.rename(small_disk / "gone")
        wait_for(lambda: sqlstate(client, "SELECT 1") == "58030", what="the refusal")
        if how == "read-only":
            subprocess.run(["umount", "-l", folder], check=True)
        else:
            (small_disk / "gone").rename(folder)
        wait_for(lambda: sqlstate(client, "SELECT 1") is None, what="the recovery")
    files = [p for p in folder.iterdir() if p.name.startswith("audit.jsonl") and "torn" not in p.name]
    assert run_command("audit", "verify", *files).returncode == 0, [p.name for p in files]


def test_a_file_removed_under_us(start_proxy, postgres, pool_mode):
    """A new one is begun; what the old one had is missed by verify."""
    config = audited_configuration(postgres, pool_mode, durability="write", on_failure="block")
    proxy = start_proxy(config)
    with proxy.login() as client:
        assert client.value("SELECT 1") == "1"
        proxy.audit_path.unlink()
        assert client.value("SELECT 2") == "2", "noticed and made good before the event was written"
        events = proxy.audit_events()
        assert [e["sub_type"] for e in events if e["kind"] == "admin"] == ["audit_file"]
        assert [e["sql"] for e in events if e["kind"] == "statement"] == ["SELECT $1"]


def test_block_with_a_full_queue(hanging):
    """The queue fills because the disk hangs: refused before anything is lost, and again accepted by itself."""
    proxy, disk = hanging("batch", queue_capacity=64, on_failure="block")
    with proxy.login() as client:
        disk.hang()
        answers = [sqlstate(client, "SELECT 1") for _ in range(200)]
        assert answers[0] is None and answers[-1] == "58030"
        disk.go_on()
        wait_for(lambda: sqlstate(client, "SELECT 1") is None, what="the recovery")
        client.terminate()
    proxy.wait_for_audit(1, kind="disconnect")
    events = proxy.audit_events()
    executed = answers.count(None)
    assert sum(e.get("status") == "ok" for e in events if e["kind"] == "statement") >= executed + 1
    refused = sum(e.get("sqlstate") == "58030" for e in events if e["kind"] == "statement")
    dropped = sum(e["dropped"] for e in events if e["kind"] == "overflow")
    assert refused + dropped >= answers.count("58030")


@pytest.mark.parametrize("on_failure", ["continue", "block"])
def test_under_load_with_a_slow_disk_every_statement_is_written_or_counted(hanging, on_failure):
    """Events written + events counted as dropped = statements executed, exactly; with block none is dropped that ran."""
    clients, each = 6, 400
    proxy, disk = hanging("batch", queue_capacity=128, on_failure=on_failure, pool_size=clients)
    sessions = [proxy.login() for _ in range(clients)]
    executed = [0] * clients
    refused = [0] * clients

    def work(index):
        for n in range(each):
            # Pipelines, so that more is under way than the queue takes.
            batch = messages.parse(f"SELECT {n}") + messages.bind() + messages.execute()
            sessions[index].send(batch * 5, messages.sync(), messages.query("SELECT 1; SELECT 2"))
            for received in (sessions[index].ready(), sessions[index].ready()):
                executed[index] += types(received).count("C")
                refused[index] += types(received).count("E")

    threads = [threading.Thread(target=work, args=(index,)) for index in range(clients)]
    for thread in threads:
        thread.start()
    while any(thread.is_alive() for thread in threads):
        disk.hang()
        time.sleep(0.12)
        disk.go_on()
        time.sleep(0.02)
    wait_for(lambda: sqlstate(sessions[0], "SELECT 1") is None, what="the recovery")
    for session in sessions:
        session.terminate()
    proxy.wait_for_audit(clients, kind="disconnect", seconds=10)
    events = proxy.audit_events()
    ran = sum(e["kind"] == "statement" and e["status"] == "ok" for e in events)
    not_run = sum(e["kind"] == "statement" and e["status"] == "denied" for e in events)
    dropped = sum(e["dropped"] for e in events if e["kind"] == "overflow")
    tried = sum(e["sqlstate"] == "58030" for e in events if e["kind"] == "statement")
    print(f"{sum(executed)} executed, {sum(refused)} refused; written: {ran} that ran, {tried} refused; dropped {dropped}")
    if on_failure == "continue":
        assert sum(refused) == not_run == 0
        assert dropped > 100, "the disk was not slow enough to say anything"
        assert ran + dropped == sum(executed) + 1
    else:
        assert sum(refused) > 20
        # Recovery was found by trying: one more ran, and each try that failed was refused.
        assert ran == sum(executed) + 1
    assert run_command("audit", "verify", proxy.audit_path).returncode == 0
