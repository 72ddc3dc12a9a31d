"""psycopg2: prints what it sees of types, cursors, COPY, large objects, notifications, errors. Connects by the PG* environment."""

import concurrent.futures
import datetime
import decimal
import io
import os
import select

import psycopg2
import psycopg2.extensions
import psycopg2.extras

# In transaction mode the process that notifies is not the one that the client was told of.
SESSIONS = os.environ["SP_POOL_MODE"] == "session"


def show(*values):
    print(*[repr(v) for v in values])


connection = psycopg2.connect("")
show(connection.server_version // 10000, connection.encoding, connection.get_parameter_status("DateStyle"), connection.get_parameter_status("integer_datetimes"))
cursor = connection.cursor()
cursor.execute("DROP TABLE IF EXISTS py2; CREATE TABLE py2 (id int PRIMARY KEY, name text, price numeric, at timestamptz, data bytea, doc jsonb, list int[])")
rows = [(n, f"näme {n}", decimal.Decimal("1.5") * n, datetime.datetime(2024, 1, n, tzinfo=datetime.timezone.utc), bytes(range(n)), psycopg2.extras.Json({"n": n}), [n, None]) for n in range(1, 11)]
cursor.executemany("INSERT INTO py2 VALUES (%s, %s, %s, %s, %s, %s, %s)", rows)
connection.commit()
cursor.execute("SELECT * FROM py2 WHERE id BETWEEN %s AND %s ORDER BY id", (2, 4))
show([column.name for column in cursor.description], [column.type_code for column in cursor.description])
for row in cursor:
    show(row[:4], bytes(row[4]), *row[5:])
show(cursor.rowcount, cursor.statusmessage)
psycopg2.extras.execute_values(cursor, "INSERT INTO py2 (id, name) VALUES %s RETURNING id", [(n, "many") for n in range(100, 400)], page_size=100)
show(len(cursor.fetchall()))

for sql in ("SELECT 1/0", "INSERT INTO py2 (id) VALUES (1)", "SELECT nonsense", "SELECT (", "SELECT 'x'::int"):
    try:
        cursor.execute(sql)
    except psycopg2.Error as error:
        diag = error.diag
        show(type(error).__name__, error.pgcode, diag.message_primary, diag.message_detail, diag.statement_position, diag.constraint_name, diag.table_name)
        show(connection.get_transaction_status() == psycopg2.extensions.TRANSACTION_STATUS_INERROR)
    connection.rollback()

with connection.cursor("named", withhold=False) as named:
    named.itersize = 3
    named.execute("SELECT id FROM py2 WHERE id <= 10 ORDER BY id")
    show([row[0] for row in named])
connection.commit()

buffer = io.StringIO()
cursor.copy_expert("COPY (SELECT id, name FROM py2 WHERE id < 4 ORDER BY id) TO STDOUT WITH CSV HEADER", buffer)
show(buffer.getvalue())
cursor.copy_from(io.StringIO("".join(f"{n}\tcopied\n" for n in range(1000, 6000))), "py2", columns=("id", "name"))
show(cursor.rowcount)
try:
    cursor.copy_from(io.StringIO("bad\n"), "py2", columns=("id",))
except psycopg2.Error as error:
    show(error.pgcode)
connection.rollback()

large = connection.lobject(0, "wb", 5151)
large.write(b"large object content" * 1000)
large.close()
large = connection.lobject(5151, "rb")
large.seek(6)
show(large.read(6), large.tell())
large.unlink()
connection.commit()

connection.autocommit = True
cursor.execute("LISTEN py2; NOTIFY py2, 'payload'")
while not connection.notifies:
    select.select([connection], [], [], 5)
    connection.poll()
show([(n.channel, n.payload, SESSIONS and n.pid == connection.info.backend_pid) for n in connection.notifies])
cursor.execute("DO $$ BEGIN RAISE NOTICE 'noticed'; END $$")
show(connection.notices)
connection.autocommit = False

xid = connection.xid(42, "gtrid", "bqual")
connection.tpc_begin(xid)
cursor.execute("UPDATE py2 SET name = 'two phases' WHERE id = 1")
connection.tpc_prepare()
connection.tpc_commit()
cursor.execute("SELECT name FROM py2 WHERE id = 1")
show(cursor.fetchone())
connection.commit()

for level in (psycopg2.extensions.ISOLATION_LEVEL_SERIALIZABLE, psycopg2.extensions.ISOLATION_LEVEL_READ_COMMITTED):
    connection.set_session(isolation_level=level, readonly=level == psycopg2.extensions.ISOLATION_LEVEL_SERIALIZABLE)
    cursor.execute("SHOW transaction_isolation")
    show(cursor.fetchone())
    connection.rollback()

connection.set_client_encoding("LATIN1")
cursor.execute("SELECT name FROM py2 WHERE id = 2")
show(cursor.fetchone(), connection.encoding)
connection.rollback()
connection.reset()


def worker(number):
    total = 0
    own = psycopg2.connect("")
    own_cursor = own.cursor()
    for turn in range(20):
        own_cursor.execute("SELECT count(*) FROM py2 WHERE id > %s", (number * turn,))
        total += own_cursor.fetchone()[0]
        own.commit()
    own.close()
    return total


with concurrent.futures.ThreadPoolExecutor(12) as workers:
    show(list(workers.map(worker, range(12))))
cursor.execute("DROP TABLE py2")
connection.commit()
connection.close()
print("the end")
