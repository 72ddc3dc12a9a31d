"""The proxy is killed in the middle of pgbench: what a client saw committed is in the audit, and the trail goes on."""

import copy
import json
import random
import re
import subprocess
import time

import pytest

from harness.postgres import BINARIES
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, Proxy, configuration, database, run_command
from harness.wire import wait_for

CLIENTS = 8
ROUNDS = 2
# Which transaction of which client it is stands in the text, and so in the audit with log_sql = "raw".
SCRIPT = r"""
\set n :n + 1
BEGIN;
INSERT INTO killed (client, n) VALUES (:client_id, :n);
COMMIT;
"""


def start(config, folder):
    proxy = Proxy(copy.deepcopy(config))
    proxy.audit_path = folder / "audit.jsonl"
    return proxy.start()


def run_pgbench_and_kill(proxy, folder, seconds, stored):
    """(client, number) of the transactions that pgbench has seen end."""
    (folder / "script.sql").write_text(SCRIPT)
    bench = subprocess.Popen(
        [BINARIES / "pgbench", "-n", "-f", folder / "script.sql", "-D", "n=0", "-c", str(CLIENTS), "-j", "2", "-T", "60", "-R", "1500", "-l", f"--log-prefix={folder}/log", "-h", proxy.host, "-p", str(proxy.port), "-U", CLIENT_USER, "postgres"],
        env={"PGPASSWORD": CLIENT_PASSWORD, "PGSSLMODE": "disable"}, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    try:
        wait_for(lambda: stored() > 60 or bench.poll() is not None, seconds=30, what="pgbench at work")
        time.sleep(seconds)
    finally:
        proxy.process.kill()
        proxy.process.wait()
        proxy.remove()
        bench.communicate(timeout=30)
    seen = set()
    for log in folder.glob("log.*"):
        for line in log.read_text().splitlines():
            client, number = line.split()[:2]
            # pgbench counts from 0 or 1, by version.
            seen.add((int(client), int(number)))
        log.unlink()
    first = min((number for _, number in seen), default=1)
    return {(client, number - first + 1) for client, number in seen}


def audited_transactions(events):
    """(client, number) of those whose INSERT and whose COMMIT have an event that says ok."""
    inserted = {}
    committed = set()
    for event in events:
        if event["kind"] != "statement" or event["status"] != "ok":
            continue
        session = event["session_id"]
        found = re.search(r"VALUES \((\d+), (\d+)\)", event["sql"])
        if found:
            inserted[session] = (int(found[1]), int(found[2]))
        elif event["sql"].startswith("COMMIT") and session in inserted:
            committed.add(inserted.pop(session))
    return committed


@pytest.mark.parametrize("durability", ["batch", "write", "fsync"])
def test_kill_in_the_middle_of_pgbench(postgres, pool_mode, tmp_path, durability):
    postgres.sql("DROP TABLE IF EXISTS killed; CREATE TABLE killed (client int, n int)")
    config = configuration(postgres, **{"*": database(postgres, pool_mode, pool_size=CLIENTS)})
    config["audit"] = {"durability": durability, "log_sql": "raw", "file": {"path": str(tmp_path / "audit.jsonl"), "rotate_size": "1MiB", "keep": 0, "compress": False}}
    random.seed(f"{durability}-{time.time()}")
    position = 0
    for round_number in range(1, ROUNDS + 1):
        proxy = start(config, tmp_path)
        seconds = random.uniform(0.1, 1.5)
        seen = run_pgbench_and_kill(proxy, tmp_path, seconds, lambda: int(postgres.value("SELECT count(*) FROM killed")))
        # The next start repairs what the kill has torn, and goes on.
        start(config, tmp_path).stop()
        files = sorted(p for p in tmp_path.glob("audit.jsonl*") if "torn" not in p.name)
        verified = run_command("audit", "verify", *files)
        assert verified.returncode == 0, verified.stdout
        events = sorted((json.loads(line) for path in files for line in path.read_text().splitlines()), key=lambda event: event["sequence_num"])
        (unclean,) = [e for e in events[position:] if e["sub_type"] == "audit_start" and "not stop cleanly" in e["reason"]]
        this_round = events[position:events.index(unclean)]
        position = len(events)
        audited = audited_transactions(this_round)
        missing = seen - audited
        stored = int(postgres.value("SELECT count(*) FROM killed"))
        postgres.sql("TRUNCATE killed")
        print(f"{durability}, round {round_number}, killed after {seconds:.2f} s: {len(seen)} transactions seen committed, {stored} rows in the database, "
              f"{len(audited)} audited, {len(missing)} seen and not audited, {len(this_round)} events")
        assert len(seen) > 20, "pgbench did not get far enough to say anything"
        if durability != "batch":
            assert not missing, f"{len(missing)} of {len(seen)}, {sorted(missing)[-5:]}; audited {sorted(audited)[:5]}"
