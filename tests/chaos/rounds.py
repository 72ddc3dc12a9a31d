"""A run: rounds of storm, each followed by a calm in which everything must be as if nothing had been; and the last calm."""

import asyncio
import os
import random
import subprocess
from dataclasses import dataclass
from pathlib import Path

from harness.postgres import Postgres
from harness.proxy import SERVICE_PASSWORD, SERVICE_USER, Proxy, configuration, database
from harness.relay import Relay
from harness.wire import wait_for

from .connection import LIMIT, Fault
from .life import ACCOUNTS, BALANCE, SCHEMA, Books, Life
from .storm import Storm, check_proxy

DATABASE = "chaos"
POOL_SIZE = 3
CLIENTS = 30
# A round is warm-up: caches fill, and the allocator keeps what it has once needed.
WARM_UP_ROUNDS = 1
# What the resident set may have grown by after the warm-up: the cache of analysed texts goes on filling for a while, up to its limit.
# A leak of a few KiB for each of a round's hundreds of connections would pass this within minutes.
GROWTH = 24 * 2**20
_CALM_SECONDS = 20.0
_OWN = f"usename = '{SERVICE_USER}' AND application_name <> 'sql-proxy catalog'"


@dataclass
class Plan:
    seed: int
    seconds: float
    pool_mode: str
    clients: int = CLIENTS
    round_seconds: float = 6.0
    restarts: bool = True
    # Whether memory is looked at: a sanitizer's build keeps what was freed.
    memory: bool = True


class Run:
    """Owns the server, the proxy and the relays. run() raises Fault."""

    def __init__(self, plan, say=print):
        self._plan = plan
        self._say = say
        self._random = random.Random(plan.seed)
        self.books = Books()
        # Acknowledged transactions must survive the server's crashes.
        self._postgres = Postgres(settings={"synchronous_commit": "on"})
        self._proxy = None
        self._resident = []

    def run(self):
        try:
            self._postgres.start()
            self._postgres.sql(f"CREATE ROLE {SERVICE_USER} LOGIN SUPERUSER PASSWORD '{SERVICE_PASSWORD}'")
            self._postgres.sql(f"CREATE DATABASE {DATABASE}")
            self._postgres.sql(SCHEMA, DATABASE)
            with Relay((self._postgres.host, self._postgres.port), budget=self._budget(0.15), record=False) as to_server:
                self._proxy = Proxy(self._configuration(to_server)).start()
                with Relay((self._proxy.host, self._proxy.port), budget=self._budget(0.8), record=False) as to_proxy:
                    self._to_server, self._to_proxy = to_server, to_proxy
                    asyncio.run(self._rounds())
                self._proxy.stop()
        except Fault as fault:
            fault.args = (f"{fault}\n{self._last_words()}",)
            raise
        finally:
            if self._proxy is not None:
                self._proxy.remove()
            self._postgres.stop("immediate")

    def _last_words(self):
        """What the proxy itself says of a fault: that it died, or its log."""
        try:
            state = f"the proxy ended with {self._proxy.process.wait(2)}"
        except subprocess.TimeoutExpired:
            state = "the proxy runs"
        return f"{state}; its log ends with:\n{self._proxy.stderr()[-2000:]}"

    def _configuration(self, to_server):
        # The relay stands where the server is: what it cuts, the proxy loses.
        entry = database(self._postgres, self._plan.pool_mode, pool_size=POOL_SIZE, pool_wait_timeout="2s") | {"host": to_server.host, "port": to_server.port}
        config = configuration(self._postgres, **{DATABASE: entry})
        config["server"]["login_timeout"] = "30s"
        return config

    def _budget(self, share):
        """How many bytes a new connection may carry: without end for most, and during a calm for all."""
        generator = random.Random(self._plan.seed + int(share * 100))
        self._stormy = False

        def budget():
            return int(10 ** generator.uniform(0, 5)) if self._stormy and generator.random() < share else None

        return budget

    # Rounds -----------------------------------------------------------------------------------------------------------

    async def _rounds(self):
        loop = asyncio.get_running_loop()
        await self._calm("first", clients=3)
        descriptors, connections = self._quiet_state()
        ends = loop.time() + self._plan.seconds
        number = 0
        while number <= WARM_UP_ROUNDS or loop.time() < ends:
            await self._stormy_round(number)
            await self._calm(f"after round {number}", clients=self._plan.clients if loop.time() >= ends else 6)
            now, connections_now = self._quiet_state(descriptors - connections)
            self._resident.append(self._resident_set())
            self._say(f"round {number}: {now} descriptors, {connections_now} server connections, {self._resident[-1] / 2**20:.1f} MiB; {dict(sorted(self.books.counts.items()))}")
            number += 1
        self._check_memory()

    async def _stormy_round(self, number):
        await self._set_patience(2)
        self._stormy = True
        storm = Storm(self._postgres, self._proxy, self._random.randrange(2**32), self.books, restarts=self._plan.restarts)
        storm.start()
        try:
            ends = asyncio.get_running_loop().time() + self._plan.round_seconds
            await self._all([self._client(f"r{number}c{client}", ends) for client in range(self._plan.clients)])
        finally:
            self._stormy = False
            await storm.stop()
        self._to_server.break_connections()
        self._to_proxy.break_connections()

    async def _client(self, name, ends):
        """One life after another until the round is over."""
        generator = random.Random(f"{self._plan.seed} {name}")
        turn = 0
        while asyncio.get_running_loop().time() < ends:
            cut = generator.random() < 0.3
            address = (self._to_proxy.host, self._to_proxy.port) if cut else (self._proxy.host, self._proxy.port)
            life = Life(f"{name}l{turn}", generator.randrange(2**30), self.books, address, (self._proxy.host, self._proxy.port), DATABASE, cut=cut)
            await life.run(generator.randint(1, 12))
            await asyncio.sleep(generator.random() * 0.02)
            check_proxy(self._proxy)
            turn += 1

    @staticmethod
    async def _all(clients):
        """All of them to their end, or to the first fault; nobody may need much longer than one operation after the round's end."""
        tasks = [asyncio.ensure_future(client) for client in clients]
        try:
            await asyncio.gather(*tasks)
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _calm(self, name, clients):
        """Nothing is broken any more: every client gets a server connection and right answers only."""
        await self._set_patience(LIMIT - 5)
        address = (self._proxy.host, self._proxy.port)
        await self._warm(name, address)
        await self._all([Life(f"calm {name} {n}", self._random.randrange(2**30), self.books, address, address, DATABASE, calm=True).run(8) for n in range(clients)])
        self._check_books()

    async def _set_patience(self, seconds):
        """How long clients wait for a server connection."""
        self._proxy.config["databases"][DATABASE]["pool_wait_timeout"] = f"{seconds:g}s"
        await asyncio.to_thread(self._proxy.reload_and_wait)

    async def _warm(self, name, address):
        """The first ones after a storm may still meet connections that it broke; those end with a FATAL, and that is all."""
        for n in range(2 * POOL_SIZE):
            await Life(f"warm {name} {n}", self._random.randrange(2**30), self.books, address, address, DATABASE).run(1)

    # Checks -----------------------------------------------------------------------------------------------------------

    def _quiet_state(self, base=None):
        """Descriptors and server connections when all clients are gone; `base`: descriptors less server connections, as it was."""
        def look():
            rows = self._postgres.sql(f"SELECT state, left(query, 60) FROM pg_stat_activity WHERE {_OWN}")
            # The catalog's connection comes and goes.
            everything = int(self._postgres.value(f"SELECT count(*) FROM pg_stat_activity WHERE usename = '{SERVICE_USER}'"))
            return rows, everything, self._proxy.descriptors()

        def quiet():
            rows, everything, descriptors = look()
            idle = len(rows) <= POOL_SIZE and all(state == "idle" for state, _ in rows)
            return (descriptors, everything) if idle and (base is None or descriptors - everything <= base) else None

        try:
            return wait_for(quiet, seconds=_CALM_SECONDS, what="a quiet proxy")
        except AssertionError:
            rows, everything, descriptors = look()
            targets = sorted(_descriptor(self._proxy.process.pid, fd) for fd in os.listdir(f"/proc/{self._proxy.process.pid}/fd"))
            raise Fault(f"leaked: {len(rows)} server connections (pool_size {POOL_SIZE}): {rows}; {descriptors} descriptors, of which {everything} to the server; without those there were {base}: {targets}") from None

    def _check_books(self):
        total = int(self._postgres.value("SELECT sum(balance) FROM chaos_accounts", DATABASE))
        if total != ACCOUNTS * BALANCE:
            raise Fault(f"the sum of all balances is {total}, not {ACCOUNTS * BALANCE}")
        ledger = {token for (token,) in self._postgres.sql("SELECT token FROM chaos_ledger", DATABASE)}
        if self.books.committed - ledger:
            raise Fault(f"committed and not there: {sorted(self.books.committed - ledger)[:10]}")
        if self.books.absent & ledger:
            raise Fault(f"never committed and there: {sorted(self.books.absent & ledger)[:10]}")
        copied = {token: int(count) for token, count in self._postgres.sql("SELECT token, count(*) FROM chaos_copied GROUP BY token", DATABASE)}
        wrong = {token: (count, copied.get(token, 0)) for token, count in self.books.copied.items() if copied.get(token, 0) != count}
        if wrong:
            raise Fault(f"copied rows, acknowledged and found: {dict(list(wrong.items())[:10])}")

    def _resident_set(self):
        for line in Path(f"/proc/{self._proxy.process.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024
        raise Fault("no VmRSS")

    def _check_memory(self):
        if not self._plan.memory:
            return
        base = max(self._resident[:WARM_UP_ROUNDS])
        if max(self._resident[WARM_UP_ROUNDS:]) - base > GROWTH:
            raise Fault(f"memory grows: {[f'{size / 2**20:.1f} MiB' for size in self._resident]}")


def _descriptor(pid, number):
    try:
        return os.readlink(f"/proc/{pid}/fd/{number}")
    except OSError:
        return "?"
