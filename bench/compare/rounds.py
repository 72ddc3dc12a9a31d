"""Every peer in turn, several times over: a machine whose speed drifts drifts for all of them."""

from dataclasses import dataclass, field
from statistics import median

from compare.measure import SystemCalls
from compare.pgbench import Failed, Load, run, transactions

FIGURES = ("tps", "p50", "p95", "p99", "cpu")


@dataclass
class Row:
    """What one peer has shown under one load: a list of rounds for each figure."""

    load: Load
    peer: str
    samples: list = field(default_factory=list)
    calls: float | None = None
    error: str | None = None

    def middle(self, figure):
        return median(getattr(s, figure) for s in self.samples) if self.samples else None

    def spread(self, figure):
        values = [getattr(s, figure) for s in self.samples]
        return (min(values), max(values)) if values else None

    def as_json(self):
        return {"script": self.load.script, "protocol": self.load.protocol, "clients": self.load.clients, "tls": self.load.tls, "peer": self.peer,
                "error": self.error, "system_calls": self.calls,
                **{f: {"median": self.middle(f), "spread": self.spread(f), "rounds": [getattr(s, f) for s in self.samples]} for f in FIGURES}}


def measure(load, peers, *, rounds, seconds, count_calls, say):
    """One Row for each of the peers that take part in this load."""
    rows = [Row(load, peer.name) for peer in peers]
    for number in range(rounds):
        # Whoever comes first finds the server's caches as the last one has left them: nobody always does.
        order = list(zip(peers, rows))
        for peer, row in order[number % len(order):] + order[:number % len(order)]:
            if row.error:
                continue
            try:
                row.samples.append(run(peer, load, seconds))
            except Failed as failed:
                row.error = str(failed)
                say(f"{load}: {peer.name} failed: {failed}")
    if count_calls:
        for peer, row in zip(peers, rows):
            if peer.pid is not None and not row.error:
                row.calls = _system_calls(peer, load)
    return rows


def _system_calls(peer, load):
    """Per transaction: the difference of two runs, so that logins do not count."""
    counts = []
    for transactions_each in (20, 220):
        with SystemCalls(peer.pid) as calls:
            done = transactions(peer, load, transactions_each)
        counts.append((done, calls.total))
    (few, first), (many, second) = counts
    return (second - first) / (many - few)
