// postgres.js: pipelined tagged templates, prepared and unprepared, cursors, COPY streams, savepoints, cancel, notifications.
const { Readable } = require('stream');
const { pipeline } = require('stream/promises');
const postgres = require('postgres');
const { WORKERS, TURNS, numbers, options, run, show } = require('./options');

const connect = (more) => postgres({ host: options.host, port: options.port, user: options.user, pass: options.password, db: options.database, ssl: options.ssl, onnotice: () => {}, ...more });
const errorOf = (promise) => promise.then(() => 'no error', (error) => [error.code, error.message, error.position, error.constraint_name]);

run(async () => {
  const sql = connect({ max: WORKERS, connection: { application_name: 'postgres.js', statement_timeout: 20000 } });
  show(await sql`SHOW application_name`, await sql`SHOW statement_timeout`);
  await sql.unsafe('DROP TABLE IF EXISTS pjs; CREATE TABLE pjs (id int PRIMARY KEY, name text, price numeric, at timestamptz, doc jsonb, data bytea, list int[])');
  await sql`INSERT INTO pjs VALUES (1, ${'nämé'}, ${'1.50'}, ${new Date(Date.UTC(2024, 4, 6))}, ${sql.json({ a: [1, null] })}, ${Buffer.from([0, 255])}, ${[1, 2]})`;
  await sql`INSERT INTO pjs ${sql({ id: 2, name: null, price: null })}`;
  show(await sql`SELECT * FROM pjs ORDER BY id`);
  await sql`INSERT INTO pjs ${sql(numbers(500).map((n) => ({ id: n + 100, name: `row ${n}` })))}`;
  show(await sql`SELECT count(*)::int, sum(id)::int FROM pjs`, (await sql`SELECT id FROM pjs WHERE id IN ${sql([1, 2, 3])}`).count);
  show((await Promise.all(numbers(100).map((n) => sql`SELECT ${n}::int * 2 AS n`))).reduce((sum, [row]) => sum + row.n, 0));
  for (const n of numbers(TURNS)) {
    show(await sql.begin(async (transaction) => (await transaction`SELECT name FROM pjs WHERE id = ${n % 3}`).map((row) => row.name)));
  }
  show(await sql.unsafe('SELECT $1::int + 1 AS n', [41]), await sql.unsafe('SELECT $1::text AS t', ["it's"], { prepare: true }));

  const lines = [];
  await pipeline(Readable.from(numbers(2000).map((n) => `${n + 1000}\tcopied ${n}\n`)), await sql`COPY pjs (id, name) FROM STDIN`.writable());
  for await (const chunk of await sql`COPY (SELECT id, name FROM pjs WHERE id BETWEEN 1000 AND 1002 ORDER BY id) TO STDOUT`.readable()) lines.push(String(chunk));
  show(lines.join(''));
  let rows = 0;
  await sql`SELECT id FROM pjs ORDER BY id`.cursor(300, (batch) => { rows += batch.length; });
  show(rows);
  let started = 0;
  await sql`SELECT id FROM pjs ORDER BY id`.cursor(10, () => (++started === 3 ? sql.CLOSE : undefined));
  show(started, (await sql`SELECT repeat('y', 3000000) AS y`)[0].y.length);

  await sql.begin(async (outer) => {
    await outer`UPDATE pjs SET name = 'kept' WHERE id = 1`;
    show(await errorOf(outer.savepoint((inner) => inner`INSERT INTO pjs (id) VALUES (1)`)));
  });
  show(await sql`SELECT name FROM pjs WHERE id = 1`);
  show(await errorOf(sql.begin(async (transaction) => { await transaction`UPDATE pjs SET name = 'gone'`; await transaction`SELECT 1/0`; })), await sql`SELECT count(*)::int FROM pjs WHERE name = 'gone'`);
  for (const text of ['SELECT 1/0', 'SELECT nonsense', 'SELECT (', "SELECT 'x'::int"]) show(await errorOf(sql.unsafe(text)));
  show(await errorOf(sql.begin((t) => [t`SET LOCAL statement_timeout = 50`, t`SELECT pg_sleep(20)`])));
  const sleeping = sql`SELECT pg_sleep(15)`.execute();
  setTimeout(() => sleeping.cancel(), 300);
  show(await errorOf(sleeping), await sql`SELECT 'afterwards' AS text`);

  let tell;
  const heard = new Promise((resolve) => { tell = resolve; });
  const listening = await sql.listen('pjs', tell);
  await sql.notify('pjs', 'payload');
  show(await heard);
  await listening.unlisten();
  show(await sql.begin(async (t) => { await t`SET LOCAL search_path TO pg_catalog, public`; await t`SET LOCAL timezone TO 'Asia/Tokyo'`; return t`SELECT current_setting('search_path') AS path, timestamptz '2024-01-01 00:00+00'::text AS at`; }));
  show(await Promise.all(numbers(WORKERS).map(async (number) => {
    let total = 0;
    for (const turn of numbers(TURNS)) total += await sql.begin(async (t) => (await t`SELECT count(*)::int AS n FROM pjs WHERE id > ${number * turn}`)[0].n);
    return total;
  })));
  const unprepared = connect({ max: 1, prepare: false });
  show(await unprepared`SELECT ${1}::int AS n`);
  await unprepared.end();
  await sql`DROP TABLE pjs`;
  await sql.end();
});
