"""Clients that cost little: the tests' raw client, and thousands of idle connections."""

import selectors
import struct
import time
from statistics import median

from compare.measure import cpu_seconds, resident_bytes
from compare.peers import DATABASE, PASSWORD, USER
from harness import messages
from harness.wire import WireClient, tls_context


class Client(WireClient):
    """Logged in as the benchmark's user."""

    def __init__(self, peer, *, tls=False):
        super().__init__("127.0.0.1", peer.port, timeout=120, record=False)
        if tls:
            self.request_tls(tls_context())
        self.login(USER, PASSWORD, database=DATABASE)

    def ask(self, text):
        self.send(messages.query(text))

    def skip_to_ready(self):
        """Reads until ReadyForQuery without keeping or decoding what comes; returns the bytes."""
        total, pending = 0, b""
        skip = 0
        while True:
            chunk = self.sock.recv(1 << 18)
            assert chunk, "the connection ended"
            total += len(chunk)
            if skip >= len(chunk):
                skip -= len(chunk)
                continue
            pending += chunk[skip:]
            skip = 0
            at = 0
            while len(pending) - at >= 5:
                kind, size = pending[at:at + 1], struct.unpack_from(">I", pending, at + 1)[0] + 1
                if kind == b"Z":
                    return total
                at += size
            pending, skip = (pending[at:], 0) if at <= len(pending) else (b"", at - len(pending))


def memory_per_idle_client(peer, count, tls):
    """Bytes of resident memory for each of `count` clients that have logged in, asked once and wait."""
    before = resident_bytes(peer.pid)
    clients = []
    try:
        clients.extend(Client(peer, tls=tls) for _ in range(count))
        clients[0].ask("SELECT 1")
        clients[0].skip_to_ready()
        time.sleep(2)
        return (resident_bytes(peer.pid) - before) / count
    finally:
        for client in clients:
            client.close()


def logins(peer, tls, seconds):
    """Logins per second of the peer's processor time, and per second."""
    count, before, start = 0, cpu_seconds(peer.pid), time.monotonic()
    while time.monotonic() - start < seconds:
        Client(peer, tls=tls).close()
        count += 1
    elapsed = time.monotonic() - start
    return count / elapsed, count / max(cpu_seconds(peer.pid) - before, 0.01)


def denials(peer, seconds):
    """Denied statements per second by one client that sends them in batches, and processor seconds for each."""
    batch = messages.query("SELECT * FROM pg_authid") * 50
    with Client(peer) as client:
        count, before, start = 0, cpu_seconds(peer.pid), time.monotonic()
        while time.monotonic() - start < seconds:
            client.send(batch)
            for _ in range(50):
                client.read_until("Z")
            count += 50
        elapsed = time.monotonic() - start
        return count / elapsed, (cpu_seconds(peer.pid) - before) / count


def fairness(peer, clients, seconds):
    """`clients` ask in turn for as long as `seconds` over a small pool: the most that one of them waited in all its statements, over the median."""
    selector = selectors.DefaultSelector()
    ask = messages.query("SELECT pg_sleep(0.002)")
    waits = {}
    opened = []
    for number in range(clients):
        client = Client(peer)
        opened.append(client)
        waits[number] = []
        client.sock.setblocking(False)
        selector.register(client.sock, selectors.EVENT_READ, [number, client, 0.0, b""])
    end = time.monotonic() + seconds
    for key in list(selector.get_map().values()):
        key.data[2] = time.monotonic()
        key.fileobj.send(ask)
    while time.monotonic() < end:
        for key, _ in selector.select(0.1):
            state = key.data
            state[3] += key.fileobj.recv(65536)
            if state[3][-6:-1] == b"Z\x00\x00\x00\x05":
                now = time.monotonic()
                waits[state[0]].append(now - state[2])
                state[2], state[3] = now, b""
                key.fileobj.send(ask)
    for client in opened:
        client.close()
    worst = [max(w) for w in waits.values() if w]
    starved = sum(not w for w in waits.values())
    return max(worst) / median(worst), starved
