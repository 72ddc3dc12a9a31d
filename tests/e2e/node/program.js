// node-postgres: prints what it sees of parameters, named statements, transactions, errors, notifications, a pool.
const fs = require('fs');
const { Client, Pool } = require('pg');

const options = {
  host: process.env.PGHOST, port: Number(process.env.PGPORT), user: process.env.PGUSER, password: process.env.PGPASSWORD, database: process.env.PGDATABASE,
  ssl: process.env.PGSSLMODE === 'disable' ? false : { ca: fs.readFileSync(process.env.PGSSLROOTCERT, 'utf8') },
};
// In transaction mode the process that notifies is not the one that the client was told of.
const SESSIONS = process.env.SP_POOL_MODE === 'session';
const show = (...values) => console.log(...values.map((v) => JSON.stringify(v)));

async function main() {
  const client = new Client({ ...options, statement_timeout: 20000, application_name: 'node' });
  await client.connect();
  show((await client.query('SHOW statement_timeout')).rows, (await client.query('SHOW application_name')).rows);
  await client.query('DROP TABLE IF EXISTS js; CREATE TABLE js (id int PRIMARY KEY, name text, at timestamptz, doc jsonb, data bytea, list text[])');
  for (let n = 0; n < 20; n++) {
    await client.query('INSERT INTO js VALUES ($1, $2, $3, $4, $5, $6)', [n, `n${n}`, new Date(Date.UTC(2024, 0, 1)), { n }, Buffer.from([n]), ['a', null]]);
  }
  show((await client.query('SELECT * FROM js WHERE id < $1 ORDER BY id', [3])).rows);
  show((await client.query({ text: 'SELECT id, name FROM js WHERE id = $1', values: [4], rowMode: 'array' })).rows);
  for (let n = 0; n < 4; n++) {
    show((await client.query({ name: 'by-id', text: 'SELECT name FROM js WHERE id = $1', values: [n] })).rows);
  }
  show((await client.query('SELECT 1 AS a; SELECT 2 AS b; SELECT')).map((r) => [r.command, r.rowCount, r.rows]));
  const fields = (await client.query('SELECT id, name FROM js LIMIT 0')).fields;
  show(fields.map((f) => [f.name, f.dataTypeID, f.columnID]));
  for (const sql of ['SELECT 1/0', 'SELECT nonsense', 'INSERT INTO js (id) VALUES (1)', 'SELECT (']) {
    try {
      await client.query(sql);
    } catch (error) {
      show(error.code, error.message, error.detail, error.position, error.severity, error.constraint);
    }
  }
  await client.query('BEGIN');
  await client.query('UPDATE js SET name = $1', ['gone']);
  try {
    await client.query('SELECT $1::int', ['x']);
  } catch (error) {
    show(error.code);
  }
  show((await client.query('COMMIT')).command, (await client.query('SELECT count(*) FROM js WHERE name = $1', ['gone'])).rows);

  client.on('notice', (notice) => show('notice', notice.message));
  const heard = new Promise((resolve) => client.on('notification', (message) => resolve([message.channel, message.payload, SESSIONS && message.processId === client.processID])));
  await client.query("LISTEN js; DO $$ BEGIN RAISE NOTICE 'noticed'; END $$");
  await client.query("NOTIFY js, 'payload'");
  show(await heard);
  show((await Promise.all([...Array(30).keys()].map((n) => client.query('SELECT $1::int AS n', [n])))).map((r) => r.rows[0].n));
  show((await client.query('SELECT length($1) AS l', ['x'.repeat(2000000)])).rows, (await client.query("SELECT repeat('y', 3000000) AS y")).rows[0].y.length);
  await client.end();

  const pool = new Pool({ ...options, max: 4 });
  show((await Promise.all([...Array(40).keys()].map((n) => pool.query('SELECT $1::int + count(*) AS n FROM js', [n])))).map((r) => r.rows[0].n));
  await pool.query('DROP TABLE js');
  await pool.end();
  console.log('the end');
}

main().catch((error) => { console.error(error); process.exit(1); });
