"""asyncpg: its Flush-based prepare, binary types, cursors, COPY, listeners, pool with its reset query."""

import asyncio
import datetime
import os
import ssl

import asyncpg

# In transaction mode the process that notifies is not the one that the client was told of.
SESSIONS = os.environ["SP_POOL_MODE"] == "session"


def show(*values):
    print(*[repr(v) for v in values])


def connect_options():
    if os.environ["PGSSLMODE"] == "disable":
        return {"ssl": False}
    return {"ssl": ssl.create_default_context(cafile=os.environ["PGSSLROOTCERT"])}


async def main():
    # Its own reading of PGSSLMODE differs from libpq's.
    options = connect_options()
    connection = await asyncpg.connect(**options)
    show(connection.get_server_version().major, connection.get_settings().client_encoding)
    await connection.execute("DROP TABLE IF EXISTS apg; CREATE TABLE apg (id int PRIMARY KEY, name text, at timestamptz, list int[], doc jsonb)")
    at = datetime.datetime(2024, 2, 29, 12, tzinfo=datetime.timezone.utc)
    await connection.executemany("INSERT INTO apg VALUES ($1, $2, $3, $4, $5)", [(n, f"n{n}", at, [n], '{"a": 1}') for n in range(100)])
    show(await connection.fetch("SELECT * FROM apg WHERE id < $1 ORDER BY id", 3))
    statement = await connection.prepare("SELECT name FROM apg WHERE id = $1")
    show(statement.get_parameters()[0].name, [a.name for a in statement.get_attributes()], await statement.fetchval(5), await statement.fetchval(6))
    async with connection.transaction():
        show([record["id"] async for record in connection.cursor("SELECT id FROM apg ORDER BY id LIMIT 20", prefetch=7)])
    try:
        async with connection.transaction():
            await connection.execute("INSERT INTO apg (id) VALUES (1000)")
            async with connection.transaction():
                await connection.execute("INSERT INTO apg (id) VALUES (1)")
    except asyncpg.UniqueViolationError as error:
        show(error.sqlstate, error.detail, error.constraint_name)
    show(await connection.copy_records_to_table("apg", records=[(n, "copied", at, [1, 2], "{}") for n in range(2000, 3000)]))
    show(await connection.copy_from_query("SELECT id FROM apg WHERE id < 3 ORDER BY id", output=os.devnull))
    heard = asyncio.get_running_loop().create_future()
    await connection.add_listener("apg", lambda c, pid, channel, payload: heard.set_result((SESSIONS and pid == c.get_server_pid(), channel, payload)))
    await connection.execute("NOTIFY apg, 'hello'")
    show(await asyncio.wait_for(heard, 10))
    try:
        await connection.fetch("SELECT pg_sleep(30)", timeout=0.3)
    except asyncio.TimeoutError:
        show("timed out")
    show(await connection.fetchval("SELECT 'afterwards'"))
    await connection.close()
    async with asyncpg.create_pool(min_size=2, max_size=4, **options) as pool:
        show(sorted(await asyncio.gather(*[pool.fetchval("SELECT count(*) + $1::int FROM apg", n) for n in range(30)])))
        async with pool.acquire() as pooled:
            await pooled.execute("SET search_path = pg_catalog; CREATE TEMP TABLE tmp (a int)")
        async with pool.acquire() as pooled:
            show(await pooled.fetchval("SHOW search_path"))

    # More connections than the pool of a proxy in transaction mode, each with its cache of prepared statements.
    async def worker(number):
        own = await asyncpg.connect(**options)
        total = 0
        for turn in range(20):
            async with own.transaction():
                total += await own.fetchval("SELECT count(*) FROM apg WHERE id > $1", number * turn)
        await own.close()
        return total

    show(await asyncio.gather(*[worker(number) for number in range(12)]))
    connection = await asyncpg.connect(**options)
    await connection.execute("DROP TABLE apg")
    await connection.close()


asyncio.run(main())
print("the end")
