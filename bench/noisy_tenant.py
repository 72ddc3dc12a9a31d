"""What a tenant at full load costs another one: p99 of a quiet tenant's pgbench -S, alone and beside the noisy one, interleaved; medians.

    python3 bench/noisy_tenant.py [--rounds 5] [--seconds 5] [--noisy 50] [--noisy-pool 1]

Uses the binary of SQL_PROXY_BINARY (default build/release/sql-proxy) and a PostgreSQL of its own. Both tenants use one database of one server; the
noisy one has many more clients than its pool has connections. Server, proxy and both loads share the machine's processors, so the ratio is an
upper bound of what the proxy adds.
"""

import argparse
import re
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests"))

from harness.postgres import BINARIES, Postgres  # noqa: E402
from harness.proxy import SERVICE_PASSWORD, SERVICE_USER, Proxy, configuration, database, user  # noqa: E402

PASSWORD = "of both tenants"
QUIET_CLIENTS, QUIET_RATE = 4, 400


def command(proxy, name, *arguments):
    return [BINARIES / "pgbench", "-n", "-S", "-h", proxy.host, "-p", str(proxy.port), "-U", name, *arguments, "postgres"]


ENVIRONMENT = {"PGPASSWORD": PASSWORD, "PGSSLMODE": "disable"}


def quiet_p99(proxy, seconds):
    """In milliseconds. At a fixed rate, so that a slow answer does not hide the ones behind it; pgbench counts from when each was due."""
    with tempfile.TemporaryDirectory(prefix="sp-noisy-") as folder:
        subprocess.run(command(proxy, "quiet", "-c", str(QUIET_CLIENTS), "-R", str(QUIET_RATE), "-T", str(seconds), "-l", "--log-prefix", f"{folder}/log"),
                       env=ENVIRONMENT, capture_output=True, check=True)
        latencies = sorted(int(line.split()[2]) for path in Path(folder).iterdir() for line in path.read_text().splitlines())
    return latencies[len(latencies) * 99 // 100] / 1000


def beside_noise(proxy, options):
    """The quiet tenant's p99, and the transactions a second that the noisy one got."""
    noise = subprocess.Popen(command(proxy, "noisy", "-c", str(options.noisy), "-T", str(options.seconds + 2)), env=ENVIRONMENT,
                             stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    time.sleep(1)
    p99 = quiet_p99(proxy, options.seconds)
    return p99, float(re.search(r"tps = ([\d.]+)", noise.communicate()[0])[1])


def tenants(server, options):
    config = configuration(server, users=[user("quiet", PASSWORD, tenant="quiet"), user("noisy", PASSWORD, tenant="noisy")],
                           **{"*": database(server, "transaction", pool_size=QUIET_CLIENTS)})
    config["tenants"] = {"quiet": {}, "noisy": {"pool_size": options.noisy_pool}}
    return config


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=int, default=5)
    parser.add_argument("--noisy", type=int, default=50, help="clients of the noisy tenant")
    parser.add_argument("--noisy-pool", type=int, default=1, help="server connections that it may have")
    options = parser.parse_args()
    server, proxy = Postgres(), None
    try:
        server.start()
        server.sql(f"CREATE ROLE {SERVICE_USER} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
        server.sql("CREATE TABLE pgbench_accounts AS SELECT g AS aid, 1 AS bid, 0 AS abalance FROM generate_series(1, 100000) g; CREATE UNIQUE INDEX ON pgbench_accounts (aid); CREATE TABLE pgbench_branches (bid int); INSERT INTO pgbench_branches VALUES (1)")
        proxy = Proxy(tenants(server, options)).start()
        rounds = [(quiet_p99(proxy, options.seconds), *beside_noise(proxy, options)) for _ in range(options.rounds)]
        alone, beside, noise = (statistics.median(values) for values in zip(*rounds))
        print("| quiet tenant's p99 alone, ms | beside the noisy one, ms | ratio | noisy tenant's tps |\n|---|---|---|---|")
        print(f"| {alone:.2f} | {beside:.2f} | {beside / alone:.2f} | {noise:.0f} |")
        proxy.stop()
    finally:
        if proxy is not None and proxy.process.poll() is None:
            proxy.remove()
        server.stop("immediate")


if __name__ == "__main__":
    main()
