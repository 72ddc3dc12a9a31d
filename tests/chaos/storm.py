"""What breaks things while the clients work: on its own schedule, from a seed."""

import asyncio
import os
import random
import signal

from harness.proxy import SERVICE_USER
from harness.wire import ConnectionClosed, ServerError, wait_for

from .connection import Fault

_BACKENDS = f"SELECT pid FROM pg_stat_activity WHERE usename = '{SERVICE_USER}' AND backend_type = 'client backend' ORDER BY backend_start"
# What goes wrong when the server that is asked is just being broken.
_NOT_NOW = (OSError, ConnectionClosed, ServerError)


class Storm:
    """Tasks between start() and stop(). Its administrator's connections go to the server's Unix socket, past every relay."""

    def __init__(self, postgres, proxy, seed, books, *, restarts):
        self._postgres = postgres
        self._proxy = proxy
        self._seed = seed
        self._books = books
        self._restarts = restarts
        self._tasks = []

    def start(self):
        for number, work in enumerate([self._terminate, self._reload, self._crash] if self._restarts else [self._terminate, self._reload]):
            self._tasks.append(asyncio.ensure_future(work(random.Random(self._seed * 10 + number))))

    async def stop(self):
        """Ends it between two blows, with the server up again."""
        for task in self._tasks:
            task.cancel()
        results = await asyncio.gather(*self._tasks, return_exceptions=True)
        self._tasks.clear()
        for result in results:
            if isinstance(result, Exception) and not isinstance(result, asyncio.CancelledError):
                raise result
        await asyncio.to_thread(self._wait_for_server)

    def _wait_for_server(self):
        wait_for(lambda: self._sql("SELECT 1") is not None, seconds=30, what="the server's return")

    def _sql(self, text):
        """Rows, or None while the server is away."""
        try:
            return self._postgres.sql(text)
        except _NOT_NOW:
            return None

    async def _terminate(self, generator):
        while True:
            await asyncio.sleep(generator.uniform(0.2, 1.0))
            pids = await asyncio.to_thread(self._sql, _BACKENDS)
            if pids:
                await asyncio.to_thread(self._sql, f"SELECT pg_terminate_backend({generator.choice(pids)[0]})")
                self._books.count("backends terminated")

    async def _reload(self, generator):
        """SIGHUP with a configuration that is changed a little, or that must be refused."""
        while True:
            await asyncio.sleep(generator.uniform(0.3, 1.5))
            self._proxy.config["policies"][0]["reason"] = f"chaos {generator.random()}"
            self._proxy.write_config()
            if generator.random() < 0.3:
                with open(self._proxy.config_path, "a", encoding="utf-8") as config:
                    config.write("\n[no_such_table]\n")
            self._proxy.process.send_signal(signal.SIGHUP)
            self._books.count("reloads")

    async def _crash(self, generator):
        while True:
            await asyncio.sleep(generator.uniform(2.0, 4.0))
            blow = asyncio.ensure_future(asyncio.to_thread(self._kill_one if generator.random() < 0.5 else self._restart, generator))
            # A blow that has begun is finished: the server must come back.
            await asyncio.shield(blow)

    def _kill_one(self, generator):
        pids = self._sql(_BACKENDS)
        if pids:
            try:
                os.kill(int(generator.choice(pids)[0]), signal.SIGKILL)
            except ProcessLookupError:
                return
            self._books.count("backends killed")
            self._wait_for_server()

    def _restart(self, _generator):
        self._postgres.restart("immediate")
        self._books.count("restarts")


def check_proxy(proxy):
    if proxy.process.poll() is not None:
        raise Fault(f"the proxy ended with {proxy.process.returncode}: {proxy.stderr()[-4000:]}")
