"""python3 -m compare [--quick] [options]: see bench/run.sh."""

import argparse
import os
import platform
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from pathlib import Path

from compare import bulk, clients, peers, report, rounds
from compare.pgbench import Load
from harness.certificates import Certificates

PARTS = ("pgbench", "idle", "logins", "bulk", "denials", "fairness")


def options():
    parser = argparse.ArgumentParser(prog="bench/run.sh", description="Measures sql-proxy beside a direct connection, PgBouncer and HAProxy.")
    parser.add_argument("--quick", action="store_true", help="few loads, short rounds: about four minutes")
    parser.add_argument("--parts", default=",".join(PARTS), help=f"of {','.join(PARTS)}")
    parser.add_argument("--rounds", type=int)
    parser.add_argument("--seconds", type=int, help="of one run of pgbench")
    parser.add_argument("--clients", help="numbers of clients, for example 1,8,32,200")
    parser.add_argument("--protocols", default="simple,extended,prepared")
    parser.add_argument("--scripts", default="select,tpcb")
    parser.add_argument("--tls", choices=("off", "on", "both"))
    parser.add_argument("--megabytes", type=int, help="of a large result or COPY")
    parser.add_argument("--idle", type=int, help="idle clients")
    parser.add_argument("--results", type=Path, default=Path("build/bench"), help="folder for report.md and report.json")
    chosen = parser.parse_args()
    quick = chosen.quick
    chosen.rounds = chosen.rounds or (2 if quick else 5)
    chosen.seconds = chosen.seconds or (2 if quick else 5)
    chosen.clients = [int(n) for n in (chosen.clients or ("1,8" if quick else "1,8,32,200")).split(",")]
    chosen.tls = {"off": [False], "on": [True], "both": [False, True]}[chosen.tls or ("off" if quick else "both")]
    chosen.megabytes = chosen.megabytes or (128 if quick else 1024)
    chosen.idle = chosen.idle or (500 if quick else 5000)
    chosen.parts = chosen.parts.split(",")
    return chosen


def say(text):
    print(f"== {text}", file=sys.stderr, flush=True)


def heading(chosen):
    def version(*command):
        return subprocess.run(command, capture_output=True, text=True, check=False).stdout.splitlines()[0].strip()

    model = next((line.partition(":")[2].strip() for line in Path("/proc/cpuinfo").read_text().splitlines() if line.startswith("model name")), platform.machine())
    return [f"{model}, {os.cpu_count()} processors, Linux {platform.release()}. {version('psql', '--version')}, {version('pgbouncer', '--version')}, "
            f"{version('haproxy', '-v').split(' - ')[0]}. {chosen.rounds} rounds of {chosen.seconds} s, peers in turn; medians, in brackets the spread.",
            "", "TPC-B is pgbench's `-N` (without the updates of branches and tellers, whose row locks would be what is measured)."]


class Bench:
    def __init__(self, stack, chosen):
        self._stack, self._chosen = stack, chosen
        self._certificates = Certificates(stack.enter_context(tempfile.TemporaryDirectory(prefix="sp-bench-")))
        # pgbench reads neither; the peers that run as another user do.
        self.server = peers.start_server(self._certificates, scale=5 if chosen.quick else 20)
        stack.callback(self.server.stop)
        bulk.prepare(self.server)

    def _open(self, peer):
        self._stack.callback(peer.stop)
        return peer

    def open_peers(self):
        server, certificates = self.server, self._certificates
        self.direct = peers.direct(server)
        self.haproxy = self._open(peers.haproxy(server))
        self.pgbouncer = self._open(peers.pgbouncer(server, certificates))
        # PgBouncer of this version keeps no prepared statements in transaction mode.
        self.pgbouncer_session = self._open(peers.pgbouncer(server, certificates, "session"))
        self.ours = self._open(peers.sql_proxy(server, certificates))
        self.ours_session = self._open(peers.sql_proxy(server, certificates, mode="session"))
        self.ours_two = self._open(peers.sql_proxy(server, certificates, threads=2))

    def loads(self):
        c = self._chosen
        return [Load(script, protocol, count, tls) for tls in c.tls for script in c.scripts.split(",")
                for protocol in c.protocols.split(",") for count in c.clients]

    def pgbench(self):
        rows = []
        for load in self.loads():
            say(str(load))
            bouncer = self.pgbouncer_session if load.protocol == "prepared" else self.pgbouncer
            taking_part = [self.direct, self.haproxy, bouncer, self.ours, self.ours_session]
            if load.clients >= 32:
                taking_part.append(self.ours_two)
            count_calls = load.clients == 8 and load.script == "select" and not load.tls
            rows += rounds.measure(load, taking_part, rounds=self._chosen.rounds, seconds=self._chosen.seconds, count_calls=count_calls, say=say)
        return rows

    def idle(self):
        cells = []
        for tls in (False, True):
            for make in (lambda: peers.pgbouncer(self.server, self._certificates), lambda: peers.sql_proxy(self.server, self._certificates)):
                # A fresh process each: memory that was needed before would hide what these clients need.
                peer = make()
                try:
                    cells.append((peer.name, "TLS" if tls else "plain", self._chosen.idle, f"{clients.memory_per_idle_client(peer, self._chosen.idle, tls) / 1024:.2f}"))
                finally:
                    peer.stop()
                say(f"idle clients: {cells[-1]}")
        return ("peer", "connection", "clients", "KiB for each"), cells

    def logins(self):
        cells = []
        for tls in (False, True):
            for peer in (self.pgbouncer, self.ours):
                rate, per_cpu = clients.logins(peer, tls, 2 if self._chosen.quick else 8)
                cells.append((peer.name, "TLS" if tls else "plain", f"{rate:.0f}", f"{per_cpu:.0f}"))
        return ("peer", "connection", "logins/s, one after the other", "logins per CPU second"), cells

    def bulk(self):
        cells = []
        for kind in bulk.STATEMENTS:
            for peer in (self.haproxy, self.pgbouncer, self.ours):
                runs = [bulk.measure(peer, kind, self._chosen.megabytes) for _ in range(1 if self._chosen.quick else 3)]
                best = sorted(runs, key=lambda run: run.bytes_per_cpu_second)[len(runs) // 2]
                cells.append((kind, peer.name, f"{best.bytes_per_cpu_second / 1e6:,.0f}", f"{best.growth / 1024:,.0f}"))
                say(f"bulk: {cells[-1]}")
        return ("what", "peer", "MB per CPU second", "KiB of memory more at the peak"), cells

    def denials(self):
        rate, cpu = clients.denials(self.ours, 2 if self._chosen.quick else 5)
        return ("peer", "denials/s, one client", "CPU µs for each"), [(self.ours.name, f"{rate:,.0f}", f"{cpu * 1e6:.1f}")]

    def fairness(self):
        cells = []
        count = 100 if self._chosen.quick else 500
        peer = peers.sql_proxy(self.server, self._certificates, threads=2, pool_size=5)
        try:
            ratio, starved = clients.fairness(peer, count, 5 if self._chosen.quick else 20)
            cells.append((peer.name, count, 5, f"{ratio:.2f}", starved))
        finally:
            peer.stop()
        return ("peer", "clients", "pool_size", "longest wait of a client, largest over median", "clients never served"), cells


TITLES = {"idle": "Idle clients", "logins": "Logins (SCRAM-SHA-256)", "bulk": "Large results and COPY", "denials": "Denials", "fairness": "Many clients, small pool"}


def main():
    chosen = options()
    chosen.results.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        bench = Bench(stack, chosen)
        bench.open_peers()
        rows = bench.pgbench() if "pgbench" in chosen.parts else []
        others = {title: getattr(bench, part)() for part, title in TITLES.items() if part in chosen.parts}
        print(report.write(chosen.results, heading(chosen), rows, others))


main()
