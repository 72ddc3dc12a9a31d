"""Large results and COPY in both directions: bytes per second of the peer's processor time, and its memory."""

import subprocess
from dataclasses import dataclass

from compare.clients import Client
from compare.measure import cpu_seconds, forget_peak, peak_bytes, resident_bytes
from compare.pgbench import environment
from compare.peers import DATABASE, USER

ROW = 1000
STATEMENTS = {
    "result": "SELECT repeat('x', {row}) FROM generate_series(1, {rows})",
    "copy-out": "COPY (SELECT repeat('x', {row}) FROM generate_series(1, {rows})) TO STDOUT",
    "copy-in": "COPY bulk_target FROM STDIN",
}


@dataclass
class Bulk:
    kind: str
    peer: str
    bytes_per_cpu_second: float
    growth: int  # bytes of memory over what the process had before


def prepare(server):
    server.sql("CREATE UNLOGGED TABLE IF NOT EXISTS bulk_target (line text)", DATABASE)
    server.sql(f"GRANT ALL ON bulk_target TO {USER}, service", DATABASE)


def measure(peer, kind, megabytes):
    rows = megabytes * 1024 * 1024 // ROW
    text = STATEMENTS[kind].format(row=ROW, rows=rows)
    resident = resident_bytes(peer.pid)
    forget_peak(peer.pid)
    before = cpu_seconds(peer.pid)
    if kind == "result":
        _read_rows(peer, text)
    else:
        source = subprocess.Popen(["head", "-c", str(rows * ROW)], stdin=_lines(), stdout=subprocess.PIPE) if kind == "copy-in" else None
        subprocess.run(["psql", "-X", "-q", "-h", "127.0.0.1", "-p", str(peer.port), "-U", USER, "-d", DATABASE, "-v", "ON_ERROR_STOP=1", "-c", text],
                       env=environment(False), stdin=source.stdout if source else subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)
    cpu = max(cpu_seconds(peer.pid) - before, 0.01)
    return Bulk(kind, peer.name, rows * ROW / cpu, max(0, peak_bytes(peer.pid) - resident))


def _lines():
    return subprocess.Popen(["yes", "x" * (ROW - 1)], stdout=subprocess.PIPE).stdout


def _read_rows(peer, text):
    """Over a socket without looking at the rows: psql would keep them all."""
    with Client(peer) as client:
        client.ask(text)
        client.skip_to_ready()
