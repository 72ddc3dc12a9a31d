"""One run of the chaos test, and proof that its clients can tell right from wrong."""

import asyncio

import pytest

from chaos.connection import Connection, Fault, cancel
from chaos.life import SCHEMA, Books, Life
from chaos.rounds import Plan, Run
from harness.proxy import SANITIZED, configuration, database

SECONDS = 35.0


def test_storms(pool_mode, capsys):
    def say(line):
        with capsys.disabled():
            print(f"\n{line}", end="")

    run = Run(Plan(seed=1, seconds=SECONDS, pool_mode=pool_mode, memory=not SANITIZED), say)
    run.run()
    # A run in which hardly anything happened has shown nothing.
    for what in ("lives to the end", "transfer", "cancelled", "backends terminated", "restarts", "reloads", "connections lost"):
        assert run.books.counts.get(what, 0) > 0, what


@pytest.fixture
def chaos_proxy(start_proxy, postgres, pool_mode):
    postgres.sql("DROP DATABASE IF EXISTS chaos WITH (FORCE)")
    postgres.sql("CREATE DATABASE chaos")
    postgres.sql(SCHEMA, "chaos")
    return start_proxy(configuration(postgres, chaos=database(postgres, pool_mode, pool_size=3)))


def one_life(proxy, seed=1, operations=60):
    address = (proxy.host, proxy.port)
    asyncio.run(Life(f"life{seed}", seed, Books(), address, address, "chaos", calm=True).run(operations))


def test_with_nothing_broken_there_is_no_fault(chaos_proxy):
    for seed in range(4):
        one_life(chaos_proxy, seed)


@pytest.mark.parametrize("damage", [
    "UPDATE chaos_accounts SET balance = balance + 1 WHERE id = 1",
    "DROP TABLE chaos_copied",
    "ALTER TABLE chaos_ledger ADD CHECK (token NOT LIKE '%-%')",
])
def test_a_wrong_answer_is_a_fault(chaos_proxy, postgres, damage):
    postgres.sql(damage, "chaos")
    with pytest.raises(Fault):
        for seed in range(20):
            one_life(chaos_proxy, seed)


def test_somebody_elses_cancel_is_a_fault(chaos_proxy):
    async def run():
        address = (chaos_proxy.host, chaos_proxy.port)
        connection = Connection("victim")
        await connection.open(address, "chaos")
        request = asyncio.ensure_future(connection.query("SELECT pg_sleep(20)"))
        await asyncio.sleep(0.3)
        # It did not ask for it itself, as far as it knows.
        await cancel(address, connection.key)
        await request

    with pytest.raises(Fault, match="somebody else"):
        asyncio.run(run())
