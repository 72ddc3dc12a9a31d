// Prisma: its client over node-postgres (the driver adapter); relations, nested writes, both kinds of transactions, raw SQL.
const { Pool } = require('pg');
const { PrismaPg } = require('@prisma/adapter-pg');
const { PrismaClient, Prisma } = require('@prisma/client');
const { WORKERS, TURNS, numbers, options, run, show } = require('./options');

const TABLES = `DROP TABLE IF EXISTS prisma_orders, prisma_customers;
  CREATE TABLE prisma_customers (id serial PRIMARY KEY, name text NOT NULL UNIQUE, since timestamptz(6), profile jsonb, photo bytea, tags text[]);
  CREATE TABLE prisma_orders (id serial PRIMARY KEY, customer_id int NOT NULL REFERENCES prisma_customers, total numeric(12, 2))`;
const errorOf = (promise) => promise.then(() => 'no error', (error) => [error.constructor.name, error.code, error.meta?.code, error.meta?.target]);

run(async () => {
  const pool = new Pool(options);
  await pool.query(TABLES);
  const prisma = new PrismaClient({ adapter: new PrismaPg({ ...options, max: WORKERS, application_name: 'prisma' }) });
  show(await prisma.$queryRaw`SELECT current_setting('application_name') AS name`);
  const ada = await prisma.customer.create({
    data: { name: 'Ada', since: new Date(Date.UTC(2024, 4, 6)), profile: { a: [1, null] }, photo: Buffer.from([0, 255]), tags: ['x', 'ü'], orders: { create: [{ total: '12.50' }, { total: null }] } },
    include: { orders: true },
  });
  show(ada);
  show(await prisma.customer.createMany({ data: numbers(300).map((n) => ({ name: `n${n}` })) }));
  show(await prisma.order.createMany({ data: numbers(1000).map((n) => ({ customerId: ada.id, total: n })) }));
  show(await prisma.customer.findMany({ where: { OR: [{ name: { startsWith: 'n29' } }, { tags: { has: 'x' } }] }, orderBy: { name: 'asc' }, select: { name: true, tags: true, _count: { select: { orders: true } } } }));
  show(await prisma.order.aggregate({ _count: true, _sum: { total: true }, _max: { id: true } }));
  show(await prisma.order.groupBy({ by: ['customerId'], _count: { _all: true } }));
  show((await prisma.customer.upsert({ where: { name: 'Ada' }, update: { tags: { push: 'new' } }, create: { name: 'Ada' } })).tags);
  show(await prisma.customer.findFirst({ where: { profile: { path: ['a', '0'], equals: 1 } }, select: { name: true } }));
  for (const n of numbers(TURNS)) show((await prisma.customer.findUnique({ where: { name: `n${n}` } })).name);

  show(await errorOf(prisma.customer.create({ data: { name: 'Ada' } })), await errorOf(prisma.customer.findUniqueOrThrow({ where: { id: -1 } })));
  show(await errorOf(prisma.order.create({ data: { customerId: -1 } })), await errorOf(prisma.$queryRaw`SELECT 1/0`), await errorOf(prisma.$queryRawUnsafe('SELECT (')));
  show((await prisma.$transaction([prisma.customer.create({ data: { name: 'one' } }), prisma.customer.count()]))[1]);
  show(await errorOf(prisma.$transaction([prisma.customer.create({ data: { name: 'gone' } }), prisma.$executeRaw`SELECT 1/0`])));
  show(await prisma.$transaction(async (transaction) => {
    await transaction.$executeRaw`SET LOCAL search_path TO pg_catalog, public`;
    await transaction.$executeRaw`SAVEPOINT a`;
    const failed = await errorOf(transaction.$executeRaw`INSERT INTO prisma_customers (name) VALUES ('Ada')`);
    await transaction.$executeRaw`ROLLBACK TO a`;
    return [failed, await transaction.$queryRaw`SHOW search_path`, await transaction.customer.count({ where: { name: 'gone' } })];
  }, { isolationLevel: Prisma.TransactionIsolationLevel.Serializable, timeout: 20000 }));
  show(await prisma.$queryRaw`SELECT ${1}::int AS n, ${"it's"}::text AS t, ${[1, 2]}::int[] AS l, 9007199254740993::bigint AS b, ${null}::text AS nothing`);
  show((await prisma.order.findMany({ orderBy: { id: 'asc' } })).length, await prisma.order.deleteMany({ where: { total: { gte: 990 } } }));
  show(await Promise.all(numbers(WORKERS).map(async (number) => {
    let total = 0;
    for (const turn of numbers(TURNS)) total += await prisma.order.count({ where: { total: { gt: number * turn } } });
    return total;
  })));
  await prisma.$disconnect();
  await pool.query('DROP TABLE prisma_orders, prisma_customers');
  await pool.end();
});
