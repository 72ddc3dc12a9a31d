"""One run of pgbench: transactions, latencies, and what the peer's process has paid for them."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from compare.measure import cpu_seconds
from compare.peers import DATABASE, PASSWORD, USER

SCRIPTS = {"select": ["-S"], "tpcb": ["-N"]}
# Of each transaction the log costs pgbench more than the transaction; a part of them says enough about percentiles.
SAMPLED = 0.2


@dataclass(frozen=True)
class Load:
    script: str
    protocol: str
    clients: int
    tls: bool

    def __str__(self):
        return f"{self.script} {self.protocol} {self.clients} clients {'TLS' if self.tls else 'plain'}"


@dataclass
class Sample:
    tps: float
    p50: float
    p95: float
    p99: float
    cpu: float  # seconds of the peer's processor time per transaction


class Failed(Exception):
    """pgbench did not finish: what it said."""


def environment(tls):
    return {"PATH": "/usr/bin:/bin", "PGPASSWORD": PASSWORD, "PGSSLMODE": "require" if tls else "disable", "PGGSSENCMODE": "disable"}


def run(peer, load, seconds):
    with tempfile.TemporaryDirectory(prefix="sp-pgbench-") as folder:
        command = ["pgbench", "-n", "-h", "127.0.0.1", "-p", str(peer.port), "-U", USER, "-M", load.protocol, "-c", str(load.clients), "-j", "1",
                   "-T", str(seconds), "-l", "--log-prefix", f"{folder}/log", "--sampling-rate", str(SAMPLED), *SCRIPTS[load.script], DATABASE]
        before = cpu_seconds(peer.pid)
        done = subprocess.run(command, env=environment(load.tls), capture_output=True, text=True, check=False)
        cpu = cpu_seconds(peer.pid) - before
        count = re.search(r"number of transactions actually processed: (\d+)", done.stdout)
        if done.returncode != 0 or not count or not int(count[1]):
            raise Failed(done.stderr.strip()[-500:])
        tps = float(re.search(r"tps = ([\d.]+) \(without", done.stdout)[1])
        latencies = sorted(int(line.split()[2]) for path in Path(folder).iterdir() for line in path.read_text().splitlines())
        return Sample(tps, *(percentile(latencies, p) for p in (50, 95, 99)), cpu / int(count[1]))


def percentile(values, percent):
    """Nearest rank; 0 for no values."""
    if not values:
        return 0.0
    return float(values[min(len(values) - 1, len(values) * percent // 100)])


def transactions(peer, load, count):
    """Runs `count` transactions for each client; for counting, not for timing."""
    command = ["pgbench", "-n", "-h", "127.0.0.1", "-p", str(peer.port), "-U", USER, "-M", load.protocol, "-c", str(load.clients), "-j", "1",
               "-t", str(count), *SCRIPTS[load.script], DATABASE]
    subprocess.run(command, env=environment(load.tls), capture_output=True, check=True)
    return count * load.clients
