"""psycopg 3: server-side binding, pipelines, binary results, COPY, server cursors, prepared statements, async."""

import asyncio
import concurrent.futures
import logging
import os

import psycopg
from psycopg.rows import dict_row

# In transaction mode the process that runs a statement is not the one that the client was told of.
SESSIONS = os.environ["SP_POOL_MODE"] == "session"
# Whether psycopg warns of an aborted pipeline when it leaves it depends on how fast answers come.
logging.getLogger("psycopg").setLevel(logging.CRITICAL)


def show(*values):
    print(*[repr(v) for v in values])


with psycopg.connect("") as connection:
    show(connection.info.server_version // 10000, connection.info.encoding, connection.info.parameter_status("TimeZone"), connection.info.backend_pid > 0)
    show(SESSIONS and connection.execute("SELECT pg_backend_pid()").fetchone()[0] == connection.info.backend_pid)
    connection.execute("DROP TABLE IF EXISTS py3")
    connection.execute("CREATE TABLE py3 (id int PRIMARY KEY, name text, at date, data bytea)")
    with connection.cursor() as cursor:
        cursor.executemany("INSERT INTO py3 VALUES (%s, %s, %s, %s)", [(n, f"n{n}", "2024-05-06", bytes([n])) for n in range(200)])
        show(cursor.rowcount)
    for binary in (False, True):
        with connection.cursor(binary=binary, row_factory=dict_row) as cursor:
            show(cursor.execute("SELECT id, name, at, data, 1.5::numeric AS n, '{1,2}'::int[] AS l FROM py3 WHERE id = %s", [7]).fetchall())
    for n in range(12):
        show(connection.execute("SELECT name FROM py3 WHERE id = %s", [n], prepare=None).fetchone())
    for n in range(3):
        show(connection.execute("SELECT id + %s FROM py3 WHERE id = %s", [n, n], prepare=True).fetchone())
    connection.commit()

    with connection.pipeline() as pipeline:
        cursors = [connection.execute("SELECT %s::int * 2", [n]) for n in range(50)]
        pipeline.sync()
        show([cursor.fetchone()[0] for cursor in cursors])
    connection.commit()
    try:
        with connection.pipeline():
            connection.execute("INSERT INTO py3 (id) VALUES (900)")
            connection.execute("SELECT 1/0")
            connection.execute("INSERT INTO py3 (id) VALUES (901)")
    except psycopg.Error as error:
        show(type(error).__name__, error.sqlstate)
    connection.rollback()
    show(connection.execute("SELECT count(*) FROM py3 WHERE id >= 900").fetchone())

    with connection.cursor() as cursor:
        with cursor.copy("COPY py3 (id, name) FROM STDIN") as copy:
            for n in range(1000, 4000):
                copy.write_row((n, f"row {n}"))
        show(cursor.rowcount)
        with cursor.copy("COPY py3 (id, name) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["int4", "text"])
            for n in range(4000, 4100):
                copy.write_row((n, f"binary {n}"))
        show(cursor.rowcount)
        with cursor.copy("COPY (SELECT id, name FROM py3 WHERE id IN (5, 1005, 4005) ORDER BY id) TO STDOUT") as copy:
            show(list(copy.rows()))
        try:
            with cursor.copy("COPY py3 (id) FROM STDIN") as copy:
                copy.write(b"1\n")
                raise ValueError("given up")
        except psycopg.errors.QueryCanceled as error:
            show(error)
    connection.rollback()

    with connection.cursor(name="server") as cursor:
        cursor.execute("SELECT id FROM py3 ORDER BY id")
        show(cursor.fetchmany(3), cursor.fetchone(), len(cursor.fetchall()))
    connection.commit()

    with connection.transaction():
        connection.execute("UPDATE py3 SET name = 'outer' WHERE id = 1")
        try:
            with connection.transaction():
                connection.execute("UPDATE py3 SET name = 'inner' WHERE id = 1")
                raise psycopg.Rollback
        except psycopg.Rollback:
            pass
    show(connection.execute("SELECT name FROM py3 WHERE id = 1").fetchone())
    for sql in ("SELECT 1/0", "SELECT nonsense", "INSERT INTO py3 (id) VALUES (1)"):
        try:
            connection.execute(sql)
        except psycopg.Error as error:
            show(type(error).__name__, error.diag.sqlstate, error.diag.message_primary, error.diag.message_detail)
        connection.rollback()
    connection.execute("SELECT 1; SELECT 2")
    connection.commit()
    connection.autocommit = True
    connection.add_notify_handler(lambda notify: show(notify.channel, notify.payload, SESSIONS and notify.pid == connection.info.backend_pid))
    connection.execute("LISTEN py3")
    connection.execute("NOTIFY py3, 'x'")


def worker(number):
    total = 0
    with psycopg.connect("") as own:
        for turn in range(20):
            with own.transaction():
                total += own.execute("SELECT count(*) FROM py3 WHERE id > %s", [number * turn], prepare=True).fetchone()[0]
    return total


with concurrent.futures.ThreadPoolExecutor(12) as workers:
    show(list(workers.map(worker, range(12))))


async def asynchronous():
    async with await psycopg.AsyncConnection.connect("", autocommit=True) as first, await psycopg.AsyncConnection.connect("", autocommit=True) as second:
        sleeping = asyncio.create_task(first.execute("SELECT pg_sleep(30)"))
        while not (await (await second.execute("SELECT 1 FROM pg_stat_activity WHERE query = 'SELECT pg_sleep(30)' AND state = 'active'")).fetchone()):
            await asyncio.sleep(0.01)
        first.cancel()
        try:
            await sleeping
        except psycopg.Error as error:
            show(error.sqlstate)
        show(await (await first.execute("SELECT 'afterwards'")).fetchone())
        await second.execute("DROP TABLE py3")


asyncio.run(asynchronous())
print("the end")
