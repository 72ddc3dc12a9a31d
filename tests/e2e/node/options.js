// What the programs of this folder share: how to connect with node-postgres, how to print, how many work at once.
const fs = require('fs');

exports.WORKERS = 12;
exports.TURNS = 20;
exports.numbers = (count) => [...Array(count).keys()];
exports.tls = process.env.PGSSLMODE === 'disable' ? false : { ca: fs.readFileSync(process.env.PGSSLROOTCERT, 'utf8') };
exports.options = {
  host: process.env.PGHOST, port: Number(process.env.PGPORT), user: process.env.PGUSER, password: process.env.PGPASSWORD, database: process.env.PGDATABASE, ssl: exports.tls,
};
exports.show = (...values) => console.log(...values.map((v) => JSON.stringify(v, (_, value) => (typeof value === 'bigint' ? `${value}n` : value))));
exports.run = (main) => main().then(() => console.log('the end')).catch((error) => { console.error(error); process.exit(1); });
