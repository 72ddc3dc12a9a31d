"""What audit durability costs: pgbench -S through one proxy for each durability, interleaved; medians of the rounds.

    python3 bench/audit_durability.py [--rounds 5] [--seconds 4] [--clients 8]

Uses the binary of SQL_PROXY_BINARY (default build/release/sql-proxy) and a PostgreSQL of its own. The audit files lie in the folder that
--folder names, since what fsync costs is what that disk makes of it.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from harness.postgres import BINARIES, Postgres  # noqa: E402
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, SERVICE_PASSWORD, SERVICE_USER, Proxy, configuration, database  # noqa: E402

DURABILITIES = ("batch", "write", "fsync")


def pgbench(proxy, options, *arguments):
    output = subprocess.run(
        [BINARIES / "pgbench", "-n", "-h", proxy.host, "-p", str(proxy.port), "-U", CLIENT_USER, *arguments, "-c", str(options.clients), "-j", "2", "-T", str(options.seconds), "postgres"],
        env={"PGPASSWORD": CLIENT_PASSWORD, "PGSSLMODE": "disable"}, capture_output=True, text=True, check=True).stdout
    return float(re.search(r"tps = ([\d.]+)", output)[1])


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=4)
    parser.add_argument("--clients", type=int, default=8)
    parser.add_argument("--folder", default=tempfile.gettempdir())
    options = parser.parse_args()
    server = Postgres()
    proxies = {}
    try:
        server.start()
        server.sql(f"CREATE ROLE {SERVICE_USER} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        server.sql("CREATE TABLE pgbench_accounts AS SELECT g AS aid, 1 AS bid, 0 AS abalance FROM generate_series(1, 100000) g; CREATE UNIQUE INDEX ON pgbench_accounts (aid); CREATE TABLE pgbench_branches (bid int); INSERT INTO pgbench_branches VALUES (1)")
        with tempfile.TemporaryDirectory(prefix="sp-bench-audit-", dir=options.folder) as folder:
            for durability in DURABILITIES:
                config = configuration(server, **{"*": database(server, "transaction", pool_size=options.clients)})
                config["audit"] = {"durability": durability, "file": {"path": f"{folder}/{durability}.jsonl"}}
                proxies[durability] = Proxy(config).start()
            rates = {durability: [] for durability in DURABILITIES}
            for _ in range(options.rounds):
                for durability in DURABILITIES:
                    rates[durability].append(pgbench(proxies[durability], options, "-S"))
            base = statistics.median(rates["batch"])
            print("| durability | tps, median | of batch |\n|---|---|---|")
            for durability in DURABILITIES:
                median = statistics.median(rates[durability])
                print(f"| {durability} | {median:.0f} | {median / base:.2f} |")
            for proxy in proxies.values():
                proxy.stop()
    finally:
        for proxy in proxies.values():
            if proxy.process.poll() is None:
                proxy.remove()
        server.stop("immediate")


if __name__ == "__main__":
    main()
