"""psqlODBC by pyodbc: catalog calls, typed parameters, bulk inserts, declare/fetch cursors, transactions, errors."""

import concurrent.futures
import datetime
import decimal
import os
import sys

import pyodbc

WORKERS, TURNS = 12, 20
pyodbc.pooling = False


def show(*values):
    print(*[repr(v) for v in values])


def connect(autocommit=False, **more):
    options = {
        "Driver": sys.argv[1], "Servername": os.environ["PGHOST"], "Port": os.environ["PGPORT"], "Database": os.environ["PGDATABASE"],
        "Username": os.environ["PGUSER"], "Password": os.environ["PGPASSWORD"], "SSLmode": os.environ["PGSSLMODE"], **more,
    }
    return pyodbc.connect(";".join(f"{key}={value}" for key, value in options.items()), autocommit=autocommit)


def error_of(connection, *statement):
    try:
        connection.execute(*statement)
        return "no error"
    except pyodbc.Error as error:
        return type(error).__name__, error.args[0], error.args[1].split("\n")[0].split(";\n")[0]


with connect() as connection:
    show(connection.getinfo(pyodbc.SQL_DBMS_NAME), connection.execute("SHOW application_name").fetchone())
    connection.execute("DROP TABLE IF EXISTS odbc")
    connection.execute("CREATE TABLE odbc (id int PRIMARY KEY, name text, price numeric(12,2), at timestamp, day date, ok bool, data bytea)")
    connection.execute("INSERT INTO odbc VALUES (?, ?, ?, ?, ?, ?, ?)", 1, "nämé", decimal.Decimal("1.50"), datetime.datetime(2024, 5, 6, 7, 8, 9), datetime.date(2024, 5, 6), True, b"\x00\xff")
    connection.execute("INSERT INTO odbc VALUES (?, ?, ?, ?, ?, ?, ?)", 2, None, None, None, None, None, None)
    connection.commit()
    for row in connection.execute("SELECT * FROM odbc ORDER BY id"):
        show(*row)
    cursor = connection.cursor()
    show([(column.column_name, column.type_name, column.nullable) for column in cursor.columns(table="odbc")])
    show([row.table_name for row in cursor.tables(table="odbc")], [row.column_name for row in cursor.primaryKeys(table="odbc")])
    cursor.executemany("INSERT INTO odbc (id, name) VALUES (?, ?)", [(n, f"row {n}") for n in range(100, 600)])
    show(cursor.execute("SELECT count(*), sum(id) FROM odbc").fetchone())
    connection.commit()
    for turn in range(TURNS):
        show(cursor.execute("SELECT name FROM odbc WHERE id = ?", turn % 3).fetchall())
        connection.commit()

    connection.execute("UPDATE odbc SET name = 'kept' WHERE id = 1")
    connection.execute("SAVEPOINT a")
    show(error_of(connection, "INSERT INTO odbc (id) VALUES (?)", 1))
    connection.execute("ROLLBACK TO a")
    connection.commit()
    show(connection.execute("SELECT name FROM odbc WHERE id = 1").fetchone())
    for sql in ("SELECT 1/0", "SELECT nonsense", "SELECT 'x'::int"):
        show(error_of(connection, sql))
        connection.rollback()
    connection.execute("SET LOCAL statement_timeout = 50")
    show(error_of(connection, "SELECT pg_sleep(20)"))
    connection.rollback()
    connection.execute("SET search_path TO pg_catalog, public")
    connection.execute("SET timezone TO 'Asia/Tokyo'")
    connection.commit()
    show(connection.execute("SHOW search_path").fetchone(), connection.execute("SELECT timestamptz '2024-01-01 00:00+00'::text").fetchone())
    show(len(connection.execute("SELECT repeat('y', 3000000)").fetchone()[0]))
    connection.commit()

# Results fetched in parts by a cursor on the server; each way to roll back after an error; parameters on the client.
with connect(UseDeclareFetch=1, Fetch=50) as connection:
    cursor = connection.execute("SELECT id FROM odbc ORDER BY id")
    show(cursor.fetchmany(3), len(cursor.fetchall()))
    connection.commit()
for protocol in ("7.4-0", "7.4-1", "7.4-2"):
    with connect(Protocol=protocol, autocommit=True) as connection:
        show(protocol, error_of(connection, "SELECT 1/0"), connection.execute("SELECT 'afterwards'").fetchone())
with connect(UseServerSidePrepare=0) as connection:
    show(connection.execute("SELECT name FROM odbc WHERE id = ?", 1).fetchone())


def worker(number):
    total = 0
    with connect() as own:
        for turn in range(TURNS):
            total += own.execute("SELECT count(*) FROM odbc WHERE id > ?", number * turn).fetchone()[0]
            own.commit()
    return total


with concurrent.futures.ThreadPoolExecutor(WORKERS) as workers:
    show(list(workers.map(worker, range(WORKERS))))
with connect(autocommit=True) as connection:
    connection.execute("DROP TABLE odbc")
print("the end")
