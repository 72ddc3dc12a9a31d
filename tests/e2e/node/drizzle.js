// Drizzle over node-postgres and over postgres.js: typed tables, prepared queries, relations, nested transactions.
const { Pool } = require('pg');
const postgres = require('postgres');
const { and, count, eq, gt, inArray, relations, sql, sum } = require('drizzle-orm');
const table = require('drizzle-orm/pg-core');
const overPg = require('drizzle-orm/node-postgres').drizzle;
const overPostgres = require('drizzle-orm/postgres-js').drizzle;
const { WORKERS, TURNS, numbers, options, run, show } = require('./options');

const customers = table.pgTable('dz_customers', {
  id: table.serial('id').primaryKey(), name: table.text('name').notNull().unique(), since: table.timestamp('since', { withTimezone: true }), profile: table.jsonb('profile'), tags: table.text('tags').array(),
});
const orders = table.pgTable('dz_orders', { id: table.serial('id').primaryKey(), customerId: table.integer('customer_id').references(() => customers.id), total: table.numeric('total', { precision: 12, scale: 2 }) });
const schema = {
  customers, orders,
  customerRelations: relations(customers, ({ many }) => ({ orders: many(orders) })),
  orderRelations: relations(orders, ({ one }) => ({ customer: one(customers, { fields: [orders.customerId], references: [customers.id] }) })),
};
const errorOf = (promise) => promise.then(() => 'no error', (error) => [(error.cause ?? error).code, (error.cause ?? error).message]);

async function work(db) {
  await db.execute(sql.raw('DROP TABLE IF EXISTS dz_orders, dz_customers'));
  await db.execute(sql.raw('CREATE TABLE dz_customers (id serial PRIMARY KEY, name text NOT NULL UNIQUE, since timestamptz, profile jsonb, tags text[])'));
  await db.execute(sql.raw('CREATE TABLE dz_orders (id serial PRIMARY KEY, customer_id int REFERENCES dz_customers, total numeric(12, 2))'));
  show(await db.insert(customers).values({ name: 'Ada', since: new Date(Date.UTC(2024, 4, 6)), profile: { a: [1, null] }, tags: ['x', 'ü'] }).returning());
  await db.insert(customers).values(numbers(300).map((n) => ({ name: `n${n}` })));
  await db.insert(orders).values(numbers(1000).map((n) => ({ customerId: 1, total: String(n) })));
  show(await db.select({ count: count(), sum: sum(orders.total) }).from(orders));
  show(await db.query.customers.findFirst({ where: eq(customers.name, 'Ada'), with: { orders: { limit: 2, orderBy: orders.id } } }));
  show(await db.select().from(customers).leftJoin(orders, and(eq(orders.customerId, customers.id), gt(orders.total, '998'))).where(inArray(customers.name, ['Ada', 'n1'])).orderBy(customers.id));
  show(await db.insert(customers).values({ name: 'Ada' }).onConflictDoUpdate({ target: customers.name, set: { tags: ['new'] } }).returning({ tags: customers.tags }));
  const byName = db.select({ name: customers.name }).from(customers).where(eq(customers.name, 'n7')).prepare('by_name');
  for (const n of numbers(TURNS)) show(n, await byName.execute());
  await db.transaction(async (outer) => {
    await outer.insert(customers).values({ name: 'kept' });
    show(await errorOf(outer.transaction((inner) => inner.insert(customers).values({ name: 'Ada' }))));
    await outer.select().from(customers).where(eq(customers.name, 'kept')).for('update');
  }, { isolationLevel: 'serializable' });
  show(await db.select({ name: customers.name }).from(customers).where(inArray(customers.name, ['kept', 'gone'])));
  for (const text of ['SELECT 1/0', 'SELECT nonsense', 'SELECT (']) show(await errorOf(db.execute(sql.raw(text))));
  show(await errorOf(db.transaction(async (t) => { await t.execute(sql`SET LOCAL statement_timeout = 50`); await t.execute(sql`SELECT pg_sleep(20)`); })));
  show(await Promise.all(numbers(WORKERS).map(async (number) => {
    let total = 0;
    for (const turn of numbers(TURNS)) total += await db.transaction(async (t) => (await t.select({ n: count() }).from(orders).where(gt(orders.id, number * turn)))[0].n);
    return total;
  })));
  await db.execute(sql.raw('DROP TABLE dz_orders, dz_customers'));
}

run(async () => {
  const pool = new Pool({ ...options, max: WORKERS, application_name: 'drizzle' });
  await work(overPg(pool, { schema }));
  await pool.end();
  const client = postgres({ host: options.host, port: options.port, user: options.user, pass: options.password, db: options.database, ssl: options.ssl, max: WORKERS, onnotice: () => {} });
  await work(overPostgres(client, { schema }));
  await client.end();
});
