// pg of npm; see run
import { readFileSync } from 'node:fs';
import pg from 'pg';

process.env.TZ = 'Europe/Amsterdam';
const plain = new pg.Client();
await plain.connect();
const { rows: [unparsed] } = await plain.query('SELECT nps(9), count(*)');
const unparsedTypes = new Set(Object.values(unparsed).map((value) => typeof value));
await plain.end();

// shown in doc/clients.md
pg.types.setTypeParser(pg.types.builtins.NUMERIC, Number);
const client = new pg.Client();
await client.connect();
const { rows: [all] } = await client.query(`
  SELECT nps(recommend), nps_ci(ces_tally(recommend, 'nps')) AS ci FROM responses`);
const { rows: [chat] } = await client.query(`
  SELECT ces_topbox(effort_score, $1) AS topbox FROM responses WHERE channel = $2`,
  ['1..7 top 6', 'chat']);
const { rows: [{ box }] } = await client.query('SELECT ces_box($1, $2) AS box', [6, '1..7']);
const { rows: [{ tally }] } = await client.query(`
  SELECT ces_tally(effort_score, '1..7') AS tally FROM responses`);
await client.query("INSERT INTO tallies VALUES ('pg of npm', $1)", [tally]);
// until here

const value = async (query, values, options) =>
  (await client.query({ text: query, values, rowMode: 'array', ...options })).rows[0][0];
const message = async (...query) => {
  try {
    return await value(...query);
  } catch (error) {
    return error.message;
  }
};

const prepared = await value(
  'SELECT ces_topbox(effort_score, $1) FROM responses WHERE channel = $2',
  ['1..7 top 6', 'chat'], { name: 'topbox' });
const packageFile = new URL('node_modules/pg/package.json', import.meta.url);

for (const line of [
  ['version', JSON.parse(readFileSync(packageFile)).version],
  ['types', typeof all.nps, typeof all.ci, typeof tally],
  ['nps', all.nps], ['interval', all.ci], ['tally', tally],
  ['topbox', chat.topbox], ['topbox', prepared], ['box', box],
  ['face', await value('SELECT ces_score($1, $2)', ['🙂', 'faces3'])],
  ['score', await value('SELECT nps($1::int)', [9])],
  ['missing', await value('SELECT coalesce(nps($1::int), 0)', [null])],
  ['mean', await value('SELECT ces_mean($1::ces_tally)', [tally])],
  ['wrote', 'pg of npm'],
  ['says', [...unparsedTypes].join()],
  ['says', await value('SELECT nps($1::int)', [9], { binary: true })],
  ['says', await value('SELECT nps($1::int)::float8', [9], { binary: true })],
  ['says', JSON.stringify(await value("SELECT date '2026-02-16'"))],
  ['says', await message("INSERT INTO tallies VALUES ('pg of npm', $1)", [Buffer.from(tally)])],
  ['says', await message('SELECT $1 <@ $2', [6, '1..7'])],
  ['says', await message('SELECT nps($1)', [6])],
  ['says', await message('SELECT ces_mean($1)', [tally])],
]) console.log(line.join('\t'));
await client.end();
