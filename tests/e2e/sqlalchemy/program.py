"""SQLAlchemy: tables, ORM sessions, savepoints, bulk inserts, streamed results and a pool, over psycopg2 and over asyncpg."""

import asyncio
import concurrent.futures
import datetime
import decimal
import os
import ssl
import sys

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY, BYTEA, JSONB, UUID, insert
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.orm import declarative_base, relationship, selectinload, sessionmaker

WORKERS, TURNS = 12, 20
Base = declarative_base()


def show(*values):
    print(*[repr(v) for v in values])


class Customer(Base):
    __tablename__ = "sa_customers"
    id = sa.Column(sa.Integer, primary_key=True)
    name = sa.Column(sa.Text, nullable=False, unique=True)
    since = sa.Column(sa.DateTime(timezone=True))
    profile = sa.Column(JSONB)
    photo = sa.Column(BYTEA)
    tags = sa.Column(ARRAY(sa.Text))
    key = sa.Column(UUID)
    orders = relationship("Order", back_populates="customer", order_by="Order.id", cascade="all, delete-orphan")


class Order(Base):
    __tablename__ = "sa_orders"
    id = sa.Column(sa.Integer, primary_key=True)
    customer_id = sa.Column(sa.ForeignKey("sa_customers.id"), nullable=False)
    total = sa.Column(sa.Numeric(12, 2))
    customer = relationship("Customer", back_populates="orders")


def error_of(work):
    try:
        work()
    except sa.exc.DBAPIError as error:
        return type(error).__name__, error.orig.pgcode
    return "no error"


def synchronous():
    engine = sa.create_engine("postgresql+psycopg2://", future=True, pool_size=WORKERS, max_overflow=0, connect_args={"application_name": "sqlalchemy"})
    with engine.connect() as connection:
        show(connection.scalar(sa.text("SHOW application_name")), connection.dialect.server_version_info[0])
    Base.metadata.drop_all(engine)
    Base.metadata.create_all(engine)
    show(sorted(name for name in sa.inspect(engine).get_table_names() if name.startswith("sa_")))
    show([(column["name"], str(column["type"]), column["nullable"]) for column in sa.inspect(engine).get_columns("sa_customers")])
    show(sa.inspect(engine).get_foreign_keys("sa_orders")[0]["referred_table"])

    session_of = sessionmaker(engine, future=True)
    with session_of.begin() as session:
        session.add(Customer(name="Ada", since=datetime.datetime(2024, 5, 6, tzinfo=datetime.timezone.utc), profile={"a": [1, None]}, photo=b"\x00\xff", tags=["x", None, "ü"],
                             key="00000000-0000-0000-0000-000000000001", orders=[Order(total=decimal.Decimal("12.50")), Order(total=None)]))
        session.add(Customer(name="Bob"))
    with session_of() as session:
        for customer in session.execute(sa.select(Customer).options(selectinload(Customer.orders)).order_by(Customer.id)).scalars():
            show(customer.id, customer.name, customer.since, customer.profile, customer.photo and bytes(customer.photo), customer.tags, customer.key, [order.total for order in customer.orders])
        session.begin_nested()
        session.execute(sa.update(Customer).values(tags=["gone"]))
        session.rollback()
        session.commit()
        with session.begin():
            try:
                with session.begin_nested():
                    session.add(Customer(name="Ada"))
            except sa.exc.IntegrityError as error:
                show("savepoint rolled back", error.orig.pgcode)
            session.add(Customer(name="Cyd"))
        show(session.execute(sa.select(Customer.name, Customer.tags).order_by(Customer.name)).all())
    with engine.begin() as connection:
        connection.execute(sa.insert(Order), [{"customer_id": 1, "total": n} for n in range(1000)])
        show(connection.execute(insert(Customer).values(id=1, name="Ada").on_conflict_do_nothing().returning(Customer.id)).all())
        show(connection.execute(sa.select(sa.func.count(), sa.func.sum(Order.total))).one())
        streamed = connection.execution_options(stream_results=True, max_row_buffer=100).execute(sa.select(Order.id).order_by(Order.id))
        show(streamed.fetchmany(3), len(streamed.all()))

    with engine.connect() as connection:
        connection.execute(sa.text("SET search_path TO pg_catalog, public"))
        show(connection.scalar(sa.text("SELECT count(*) FROM sa_customers")), connection.scalar(sa.text("SHOW search_path")))
        connection.commit()
        show(connection.scalar(sa.text("SHOW search_path")))
        show(error_of(lambda: connection.execute(sa.text("SELECT 1/0"))))
        show(error_of(lambda: connection.execute(sa.text("SELECT 1"))))
        connection.rollback()
        show(error_of(lambda: connection.execute(sa.text("SET LOCAL statement_timeout = 50; SELECT pg_sleep(20)"))))
        connection.rollback()
        show(connection.scalar(sa.text("SHOW statement_timeout")))

    def worker(number):
        total = 0
        for turn in range(TURNS):
            with session_of.begin() as session:
                total += session.execute(sa.select(sa.func.count()).where(Order.id > number * turn)).scalar()
        return total

    with concurrent.futures.ThreadPoolExecutor(WORKERS) as workers:
        show(list(workers.map(worker, range(WORKERS))))
    engine.dispose()


def tls_of_environment():
    if os.environ["PGSSLMODE"] == "disable":
        return False
    return ssl.create_default_context(cafile=os.environ["PGSSLROOTCERT"])


async def asynchronous():
    engine = create_async_engine("postgresql+asyncpg://", pool_size=WORKERS, max_overflow=0, connect_args={"ssl": tls_of_environment(), "server_settings": {"application_name": "sqlalchemy-asyncpg"}})
    async with engine.connect() as connection:
        show((await connection.execute(sa.text("SHOW application_name"))).scalar())
        show((await connection.execute(sa.select(Customer.id, Customer.name, Customer.profile, Customer.tags).order_by(Customer.id))).all())
        try:
            await connection.execute(sa.text("SELECT 1/0"))
        except sa.exc.DBAPIError as error:
            show(type(error).__name__, error.orig.pgcode)

    async def worker(number):
        total = 0
        for turn in range(TURNS):
            async with engine.begin() as connection:
                await connection.execute(sa.update(Order).where(Order.id == number + 1).values(total=Order.total + 1))
                total += (await connection.execute(sa.select(sa.func.count()).where(Order.id > number * turn))).scalar()
        return total

    show(await asyncio.gather(*[worker(number) for number in range(WORKERS)]))
    async with engine.connect() as connection:
        show((await connection.execute(sa.select(sa.func.sum(Order.total)))).scalar())
        result = await connection.stream(sa.select(Order.id).order_by(Order.id).limit(500))
        show(sum([row.id async for row in result]))
    async with engine.begin() as connection:
        await connection.run_sync(Base.metadata.drop_all)
    await engine.dispose()


show(sa.__version__.split(".")[0], sys.version_info[0])
synchronous()
asyncio.run(asynchronous())
print("the end")
