// node-postgres with its companions: results read by a cursor, COPY by streams, savepoints, cancel, a pool under load.
const { Readable } = require('stream');
const { pipeline } = require('stream/promises');
const { Client, Pool } = require('pg');
const { from, to } = require('pg-copy-streams');
const QueryStream = require('pg-query-stream');
const { WORKERS, TURNS, numbers, options, run, show } = require('./options');

const errorOf = (promise) => promise.then(() => 'no error', (error) => [error.code, error.message]);

run(async () => {
  const client = new Client(options);
  await client.connect();
  await client.query('DROP TABLE IF EXISTS jss; CREATE TABLE jss (id int PRIMARY KEY, name text)');
  await pipeline(Readable.from(numbers(5000).map((n) => `${n}\trow ${n}\n`)), client.query(from('COPY jss FROM STDIN')));
  show(await errorOf(pipeline(Readable.from(['x\n']), client.query(from('COPY jss FROM STDIN')))));
  let bytes = 0;
  const out = client.query(to('COPY jss TO STDOUT (FORMAT BINARY)'));
  for await (const chunk of out) bytes += chunk.length;
  show(bytes);
  let rows = 0;
  for await (const row of client.query(new QueryStream('SELECT * FROM jss WHERE id >= $1 ORDER BY id', [10], { batchSize: 100 }))) rows += row.id >= 10;
  show(rows);
  let few = 0;
  for await (const row of client.query(new QueryStream('SELECT * FROM jss ORDER BY id', [], { batchSize: 10 }))) if (row.id === 25) break; else few++;
  show(few, (await client.query('SELECT count(*)::int AS n FROM jss')).rows);
  await client.query('BEGIN');
  await client.query('SAVEPOINT a');
  show(await errorOf(client.query('INSERT INTO jss VALUES (1)')), await errorOf(client.query('SELECT 1')));
  await client.query('ROLLBACK TO a');
  await client.query('COMMIT');
  const sleeping = client.query('SELECT pg_sleep(30)');
  const other = new Client(options);
  await new Promise((resolve) => setTimeout(resolve, 300));
  other.cancel(client, client.activeQuery ?? client._activeQuery);
  show(await errorOf(sleeping), (await client.query("SELECT 'afterwards' AS text")).rows);
  await client.query("SET search_path TO pg_catalog, public; SET timezone TO 'Asia/Tokyo'");
  show((await client.query("SELECT current_setting('search_path') AS path, timestamptz '2024-01-01 00:00+00'::text AS at")).rows);
  await client.end();

  const pool = new Pool({ ...options, max: WORKERS });
  show(await Promise.all(numbers(WORKERS).map(async (number) => {
    const mine = await pool.connect();
    let total = 0;
    for (const turn of numbers(TURNS)) {
      await mine.query('BEGIN');
      total += (await mine.query({ name: 'count', text: 'SELECT count(*)::int AS n FROM jss WHERE id > $1', values: [number * turn] })).rows[0].n;
      await mine.query('COMMIT');
    }
    mine.release();
    return total;
  })));
  await pool.query('DROP TABLE jss');
  await pool.end();
});
