"""How fast [audit.database] catches up: events gather in the file, then the delivery is switched on.

    python3 bench/audit_delivery.py [--seconds 10] [--clients 8]

Uses the binary of SQL_PROXY_BINARY (default build/release/sql-proxy) and a PostgreSQL of its own. The events are those of pgbench -S. Where the machine is
busy with other things, the figures to look at are those for each second of CPU.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
import urllib.request
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from harness.postgres import BINARIES, Postgres, free_port  # noqa: E402
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, SERVICE_PASSWORD, SERVICE_USER, Proxy, configuration, database  # noqa: E402


def cpu_seconds(pid):
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def lag(config):
    with urllib.request.urlopen(f"http://{config['admin']['listen']}/metrics", timeout=5) as answer:
        lines = answer.read().decode().splitlines()
    return next((int(line.split()[1]) for line in lines if line.startswith("sql_proxy_audit_database_lag_events")), None)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=int, default=10)
    parser.add_argument("--clients", type=int, default=8)
    options = parser.parse_args()
    server = Postgres()
    proxy = None
    try:
        server.start()
        server.sql(f"CREATE ROLE {SERVICE_USER} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        server.sql("CREATE TABLE pgbench_accounts AS SELECT g AS aid, 1 AS bid, 0 AS abalance FROM generate_series(1, 100000) g; CREATE UNIQUE INDEX ON pgbench_accounts (aid); CREATE TABLE pgbench_branches (bid int); INSERT INTO pgbench_branches VALUES (1)")
        server.sql("CREATE DATABASE audit")
        config = configuration(server, **{"*": database(server, "transaction", pool_size=options.clients), "audit": database(server)})
        config["audit"]["database"] = {"enabled": False, "database": "audit"}
        config["admin"] = {"listen": f"127.0.0.1:{free_port()}"}
        proxy = Proxy(config).start()
        subprocess.run(
            [BINARIES / "pgbench", "-n", "-S", "-h", proxy.host, "-p", str(proxy.port), "-U", CLIENT_USER, "-c", str(options.clients), "-j", "2", "-T", str(options.seconds), "postgres"],
            env={"PGPASSWORD": CLIENT_PASSWORD, "PGSSLMODE": "disable"}, capture_output=True, check=True)
        time.sleep(0.5)
        size = proxy.audit_path.stat().st_size
        before, begin = cpu_seconds(proxy.process.pid), time.monotonic()
        config["audit"]["database"]["enabled"] = True
        proxy.reload()
        while lag(config) != 0:
            time.sleep(0.05)
        seconds = time.monotonic() - begin
        count = int(server.value("SELECT count(*) FROM audit_events", "audit"))
        sender = cpu_seconds(proxy.process.pid) - before
        backend = server.value("SELECT pid FROM pg_stat_activity WHERE application_name = 'sql-proxy audit'")
        receiver = cpu_seconds(backend)
        table = server.value("SELECT sum(pg_total_relation_size(inhrelid)) FROM pg_inherits WHERE inhparent = 'audit_events'::regclass", "audit")
        print(f"{count} events, {size / 1e6:.1f} MB in the file, {int(table) / 1e6:.1f} MB in the table with its indexes")
        print(f"caught up in {seconds:.2f} s: {count / seconds:.0f} events/s, {size / seconds / 1e6:.1f} MB/s")
        print(f"for each second of CPU: the proxy {count / max(sender, 0.01):.0f} events, the server {count / max(receiver, 0.01):.0f}")
        proxy.stop()
    finally:
        if proxy and proxy.process.poll() is None:
            proxy.remove()
        server.stop("immediate")


if __name__ == "__main__":
    main()
