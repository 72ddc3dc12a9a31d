// TypeORM: schema synchronisation, repositories, nested transactions, query builder, streams, a pool.
require('reflect-metadata');
const { DataSource, EntitySchema, In } = require('typeorm');
const { WORKERS, TURNS, numbers, options, run, show } = require('./options');

const Customer = new EntitySchema({
  name: 'Customer', tableName: 'to_customers',
  columns: {
    id: { type: Number, primary: true, generated: true }, name: { type: 'text', unique: true }, since: { type: 'timestamptz', nullable: true },
    profile: { type: 'jsonb', nullable: true }, photo: { type: 'bytea', nullable: true }, tags: { type: 'text', array: true, nullable: true },
  },
  relations: { orders: { type: 'one-to-many', target: 'Order', inverseSide: 'customer', cascade: true } },
});
const Order = new EntitySchema({
  name: 'Order', tableName: 'to_orders',
  columns: { id: { type: Number, primary: true, generated: true }, total: { type: 'numeric', precision: 12, scale: 2, nullable: true } },
  relations: { customer: { type: 'many-to-one', target: 'Customer', inverseSide: 'orders', onDelete: 'CASCADE' } },
});
const errorOf = (promise) => promise.then(() => 'no error', (error) => [error.name, error.code ?? error.driverError?.code, error.message]);

run(async () => {
  const source = await new DataSource({
    type: 'postgres', ...options, username: options.user, applicationName: 'typeorm', entities: [Customer, Order], synchronize: false, installExtensions: false, poolSize: WORKERS,
  }).initialize();
  show(await source.query('SHOW application_name'), await source.query('SELECT $1::int + 1 AS n, $2::text AS t', [41, "it's"]));
  await source.query('DROP TABLE IF EXISTS to_orders, to_customers');
  await source.synchronize();
  await source.synchronize(); // finds nothing to change
  const customers = source.getRepository('Customer');
  const orders = source.getRepository('Order');
  const ada = await customers.save({ name: 'Ada', since: new Date(Date.UTC(2024, 4, 6)), profile: { a: [1, null] }, photo: Buffer.from([0, 255]), tags: ['x', 'ü'], orders: [{ total: '12.50' }, { total: null }] });
  await customers.insert(numbers(300).map((n) => ({ name: `n${n}` })));
  await orders.save(numbers(1000).map((n) => ({ total: n, customer: ada })), { chunk: 200 });
  show(await customers.find({ where: { name: In(['Ada', 'n1']) }, order: { name: 'ASC' } }));
  show((await customers.findOne({ where: { name: 'Ada' }, relations: { orders: true } })).orders.length);
  show(await orders.createQueryBuilder('o').innerJoin('o.customer', 'c').select('c.name', 'name').addSelect('sum(o.total)', 'sum').groupBy('c.name').getRawMany());
  await customers.upsert({ name: 'Ada', tags: ['new'] }, ['name']);
  show((await customers.findOneBy({ name: 'Ada' })).tags, (await orders.createQueryBuilder().update().set({ total: () => 'total + 1' }).where('total >= 990').execute()).affected);
  for (const n of numbers(TURNS)) show(await source.transaction(async (manager) => (await manager.findOneBy('Customer', { name: `n${n}` })).name));

  await source.transaction(async (outer) => {
    await outer.insert('Customer', { name: 'kept' });
    show(await errorOf(outer.transaction(async (inner) => { await inner.insert('Customer', { name: 'gone' }); await inner.insert('Customer', { name: 'Ada' }); })));
    await outer.findOne('Customer', { where: { name: 'kept' }, lock: { mode: 'pessimistic_write' } });
  });
  show((await customers.findBy({ name: In(['kept', 'gone']) })).map((c) => c.name));
  for (const sql of ['SELECT 1/0', 'SELECT nonsense', 'SELECT (']) show(await errorOf(source.query(sql)));
  show(await errorOf(source.transaction('SERIALIZABLE', async (manager) => { await manager.query('SET LOCAL statement_timeout = 50'); await manager.query('SELECT pg_sleep(20)'); })));
  show(await source.transaction(async (manager) => { await manager.query('SET LOCAL search_path TO pg_catalog, public'); return manager.query('SHOW search_path'); }));
  const stream = await orders.createQueryBuilder('o').orderBy('o.id').stream();
  let rows = 0;
  for await (const row of stream) rows += row.o_id > 0;
  show(rows);
  show(await Promise.all(numbers(WORKERS).map(async (number) => {
    let total = 0;
    for (const turn of numbers(TURNS)) total += await source.transaction((manager) => manager.createQueryBuilder('Order', 'o').where('o.total > :limit', { limit: number * turn }).getCount());
    return total;
  })));
  await source.query('DROP TABLE to_orders, to_customers');
  await source.destroy();
});
