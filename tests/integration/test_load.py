"""A thousand clients at once with mixed work: every answer right, nothing left over, memory told."""

import asyncio
import random
import struct

import pytest

from harness import messages, scram
from harness.proxy import CLIENT_PASSWORD, CLIENT_USER, SANITIZED, configuration, database, user
from harness.wire import wait_for

CLIENTS = 150 if SANITIZED else 1000
ROUNDS = 8
ACCOUNTS = 500
SETUP = f"""
DROP TABLE IF EXISTS load_accounts, load_copied;
CREATE TABLE load_accounts (id int PRIMARY KEY, balance int NOT NULL);
INSERT INTO load_accounts SELECT i, 1000 FROM generate_series(1, {ACCOUNTS}) i;
CREATE TABLE load_copied (client int, line text);
"""


class AsyncClient:
    """The raw client's essentials on asyncio."""

    def __init__(self, reader, writer):
        self._reader = reader
        self._writer = writer

    @classmethod
    async def login(cls, proxy):
        client = cls(*await asyncio.open_connection(proxy.host, proxy.port))
        client._writer.write(messages.startup({"user": CLIENT_USER, "database": "postgres"}))
        exchange = scram.ScramClient(CLIENT_PASSWORD)
        await client._read()
        client._writer.write(messages.sasl_initial_response("SCRAM-SHA-256", exchange.first()))
        _, body = await client._read()
        client._writer.write(messages.sasl_response(exchange.final(body[4:])))
        await client.until("Z")
        return client

    async def _read(self):
        head = await self._reader.readexactly(5)
        kind, length = struct.unpack("!cI", head)
        return kind.decode(), await self._reader.readexactly(length - 4)

    async def until(self, letter):
        """Rows, tags and SQLSTATEs up to that message."""
        rows, tags, errors = [], [], []
        while True:
            kind, body = await self._read()
            if kind == "D":
                rows.append(messages.data_row(body))
            elif kind == "C":
                tags.append(body[:-1].decode())
            elif kind == "E":
                errors.append(messages.error_fields(body)["C"])
            if kind == letter:
                return rows, tags, errors
            if kind == "E" and letter != "Z":
                raise AssertionError(errors)

    async def send(self, *parts):
        self._writer.write(b"".join(parts))
        await self._writer.drain()

    async def query(self, sql):
        await self.send(messages.query(sql))
        return await self.until("Z")

    async def close(self):
        await self.send(messages.terminate())
        self._writer.close()


async def _simple(client, number):
    rows, tags, errors = await client.query(f"SELECT {number}, 'client {number}'; SELECT count(*) FROM load_accounts")
    assert rows == [[b"%d" % number, b"client %d" % number], [b"%d" % ACCOUNTS]] and not errors


async def _extended(client, number):
    await client.send(messages.parse("SELECT $1::int * 2, $2", f"s{number}"), *[messages.bind([number + n, f"text {number}"], statement=f"s{number}") + messages.execute() for n in range(5)],
                      messages.close_statement(f"s{number}"), messages.sync())
    rows, _, errors = await client.until("Z")
    assert rows == [[b"%d" % (2 * (number + n)), b"text %d" % number] for n in range(5)] and not errors


async def _transfer(client, number):
    first, second = sorted(random.Random(number).sample(range(1, ACCOUNTS + 1), 2))
    await client.query("BEGIN")
    await client.query(f"UPDATE load_accounts SET balance = balance - 7 WHERE id = {first}")
    await client.query(f"UPDATE load_accounts SET balance = balance + 7 WHERE id = {second}")
    _, tags, errors = await client.query("ROLLBACK" if number % 5 == 0 else "COMMIT")
    assert tags == ["ROLLBACK" if number % 5 == 0 else "COMMIT"] and not errors


async def _copy(client, number):
    await client.send(messages.query("COPY load_copied FROM STDIN"))
    await client.until("G")
    await client.send(*[messages.copy_data(f"{number}\tline {n}\n") for n in range(20)], messages.copy_done())
    assert (await client.until("Z"))[1] == ["COPY 20"]


async def _error(client, number):
    assert (await client.query(f"SELECT {number}/0"))[2] == ["22012"]
    await client.send(messages.parse("SELECT nothing"), messages.bind(), messages.execute(), messages.sync())
    assert (await client.until("Z"))[2] == ["42703"]


async def _large(client, number):
    rows, _, _ = await client.query(f"SELECT repeat('{number % 10}', 2000) FROM generate_series(1, 50)")
    assert rows == [[b"%d" % (number % 10) * 2000]] * 50


WORK = [_simple, _extended, _transfer, _copy, _error, _large]


async def _client(proxy, number, gate, all_in):
    async with gate:
        client = await AsyncClient.login(proxy)
    await all_in.wait()
    generator = random.Random(number)
    for _ in range(ROUNDS):
        await generator.choice(WORK)(client, number)
    await _copy(client, number)
    await client.close()


async def _crowd(proxy):
    gate = asyncio.Semaphore(60)
    all_in = asyncio.Barrier(CLIENTS)
    await asyncio.gather(*[_client(proxy, number, gate, all_in) for number in range(1, CLIENTS + 1)])


@pytest.mark.slow
def test_a_thousand_clients(start_proxy, postgres, pool_mode, capsys):
    postgres.sql(SETUP)
    config = configuration(postgres, users=[user(CLIENT_USER, verifier=scram.make_verifier(CLIENT_PASSWORD))],
                           **{"*": database(postgres, pool_mode, pool_size=CLIENTS, pool_wait_timeout="60s")})
    config["server"]["login_timeout"] = "60s"
    # asyncio.Barrier is what holds the crowd together: nobody starts to work before all are logged in.
    proxy = start_proxy(config)
    before, descriptors = proxy.memory_peak(), proxy.descriptors()
    asyncio.run(asyncio.wait_for(_crowd(proxy), 240))
    with capsys.disabled():
        grown = proxy.memory_peak() - before
        print(f"\n{CLIENTS} clients: peak memory {proxy.memory_peak() / 2**20:.1f} MiB, {grown / CLIENTS / 1024:.1f} KiB for each client")
    assert postgres.value("SELECT sum(balance) FROM load_accounts") == str(ACCOUNTS * 1000)
    lines = postgres.sql("SELECT client, count(*) FROM load_copied GROUP BY client HAVING count(*) % 20 <> 0 OR count(*) = 0")
    assert lines == [] and postgres.value("SELECT count(DISTINCT client) FROM load_copied") == str(CLIENTS)
    wait_for(lambda: len(proxy.audit_events(kind="disconnect")) == CLIENTS, seconds=20, what="all disconnects in the audit")
    statements = proxy.audit_events(kind="statement")
    assert not [e for e in statements if e["status"] not in ("ok", "error")] and not proxy.audit_events(kind="overflow")
    # What remains are the listener, the audit file and the server connections that are kept.
    wait_for(lambda: proxy.descriptors() <= descriptors + CLIENTS, what="closed client descriptors")
    with proxy.login() as client:
        assert client.value("SELECT 1") == "1"
    if not SANITIZED:
        assert grown / CLIENTS < 200 * 1024
