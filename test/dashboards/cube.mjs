// Asks Cube's REST API, and its playground in a browser, and compares with psql: cube.mjs WORK, where
// WORK has server.log, with the plans of Cube's queries. cube.sh runs it.
import assert from 'node:assert/strict';
import { execFileSync, spawn } from 'node:child_process';
import { createHmac } from 'node:crypto';
import { cpSync, createWriteStream, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { relative } from 'node:path';
import { after, before, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseEnv } from 'node:util';
import { launch } from './browser.mjs';

const work = process.argv[2];
const project = new URL('../../dashboards/cube/', import.meta.url);
const noNative = new URL('cube-no-native.cjs', import.meta.url);

// The rows of a query, counted from the answers, as objects of texts, so that every digit is compared.
function psql(query, database = 'postgres') {
  const rows = execFileSync('psql', ['-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', '-d', database, '-f', '-'], {
    input: `SELECT coalesce(json_agg(t), '[]') FROM (${query}) AS t`,
    encoding: 'utf8',
    env: { ...process.env, PGOPTIONS: '-c ces.enable_rollups=off' },
  });
  return JSON.parse(rows, (_, value, context) => (typeof value === 'number' ? context.source : value));
}

class Cube {
  async start(settings) {
    const probe = createServer().listen(0, '127.0.0.1');
    await new Promise((resolve) => probe.once('listening', resolve));
    const { port } = probe.address();
    await new Promise((resolve) => probe.close(resolve));
    this.url = `http://localhost:${port}`;
    this.process = spawn(process.execPath, ['-r', noNative.pathname, 'node_modules/@cubejs-backend/server/bin/server'], {
      cwd: project,
      env: {
        ...process.env,
        ...parseEnv(readFileSync(new URL('.env.example', project), 'utf8')),
        CUBEJS_DB_HOST: process.env.PGHOST,
        CUBEJS_DB_PORT: process.env.PGPORT,
        CUBEJS_DB_NAME: 'postgres',
        CUBEJS_DB_USER: 'cube',
        PORT: port,
        ...settings,
      },
    });
    const log = createWriteStream(`${work}/cube-${port}.log`);
    this.process.stdout.pipe(log);
    this.process.stderr.pipe(log);
    for (let tries = 0; ; tries++) {
      try {
        if ((await fetch(`${this.url}/readyz`)).ok) return;
      } catch {
        if (tries >= 120 || this.process.exitCode !== null) {
          throw new Error(`Cube does not answer: ${readFileSync(log.path, 'utf8').slice(-2000)}`);
        }
      }
      await sleep(500);
    }
  }

  async stop() {
    if (!this.process || this.process.exitCode !== null) return;
    const exited = new Promise((resolve) => this.process.once('exit', resolve));
    this.process.kill();
    await exited;
  }

  async ask(endpoint, query, options = {}) {
    for (let tries = 0; tries < 60; tries++) {
      const response = await fetch(`${this.url}/cubejs-api/v1/${endpoint}`, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...this.headers },
        body: JSON.stringify({ query, ...options }),
      });
      const answer = await response.json();
      if (answer.error !== 'Continue wait') {
        assert.equal(answer.error, undefined);
        return answer;
      }
    }
    throw new Error('Cube takes too long');
  }

  load(query, options) {
    return this.ask('load', query, options);
  }

  // The rows with the names of psql's columns.
  async rows(query, columns, options) {
    const { data } = await this.load(query, options);
    return data.map((row) => Object.fromEntries(
      Object.entries(columns).map(([name, member]) => [name, row[member]]),
    ));
  }
}

// The last plan of the query that Cube sent.
function planOf(sql) {
  const entries = readFileSync(`${work}/server.log`, 'utf8').split(/\n(?!\t)/);
  const plans = entries.filter((entry) => / plan:\n/.test(entry))
    .map((entry) => JSON.parse(entry.replace(/^[^]*? plan:\n/, '').replace(/^\t/gm, '')));
  const plan = plans.findLast((candidate) => candidate['Query Text'].trim() === sql.trim());
  assert.ok(plan, `no plan of ${sql}`);
  return plan.Plan;
}

// Which tables did it read, and how many rows of each?
function reads(node, found = {}) {
  const table = node['Relation Name'];
  if (table && node['Actual Loops'] > 0) {
    found[table] = (found[table] ?? 0) + node['Actual Loops'] * (node['Actual Rows'] + (node['Rows Removed by Filter'] ?? 0));
  }
  (node.Plans ?? []).forEach((child) => reads(child, found));
  return found;
}

const cube = new Cube();
const zoned = new Cube();
const secured = new Cube();
let browser;

before(async () => {
  await cube.start({});
});

after(async () => {
  await browser?.close();
  await cube.stop();
  await zoned.stop();
  await secured.stop();
});

const weeks = ['2026-02-02', '2026-03-01'];
const metrics = ['ces_topbox', 'ces_topbox_from', 'ces_topbox_to', 'ces_mean', 'ces_median', 'ces_pomp',
  'nps', 'nps_from', 'nps_to', 'csat', 'csat_from', 'csat_to',
  'answers', 'effort_answers', 'recommend_answers', 'satisfaction_answers'];

// The same metrics in SQL, each written as somebody in psql would.
const sqlMetrics = `
  ces_topbox(effort_score) AS ces_topbox,
  lower(ces_topbox_ci(ces_tally(effort_score, '1..7'))) AS ces_topbox_from,
  upper(ces_topbox_ci(ces_tally(effort_score, '1..7'))) AS ces_topbox_to,
  ces_mean(effort_score) AS ces_mean, ces_median(ces_tally(effort_score, '1..7')) AS ces_median,
  ces_pomp(ces_tally(effort_score, '1..7')) AS ces_pomp,
  nps(recommend) AS nps, lower(nps_ci(ces_tally(recommend, 'nps'))) AS nps_from,
  upper(nps_ci(ces_tally(recommend, 'nps'))) AS nps_to,
  csat(satisfaction) AS csat, lower(csat_ci(ces_tally(satisfaction, 'csat'))) AS csat_from,
  upper(csat_ci(ces_tally(satisfaction, 'csat'))) AS csat_to,
  count(*) AS answers, count(effort_score) AS effort_answers, count(recommend) AS recommend_answers,
  count(satisfaction) AS satisfaction_answers`;

const members = (name, list) => Object.fromEntries(list.map((m) => [m, `${name}.${m}`]));
const asTime = (list) => list.map((row) => ({ ...row, period: `${row.period}.000` }));

for (const name of ['responses', 'daily', 'stored']) {
  test(`${name}: every metric of the quarter by channel`, async () => {
    const rows = await cube.rows({
      measures: metrics.map((m) => `${name}.${m}`),
      dimensions: [`${name}.channel`],
      order: { [`${name}.channel`]: 'asc' },
    }, { channel: `${name}.channel`, ...members(name, metrics) });
    const expected = psql(`SELECT channel, ${sqlMetrics} FROM responses GROUP BY channel ORDER BY channel`);
    assert.equal(expected.length, 5);
    assert.deepEqual(rows, expected);
  });

  for (const grain of ['day', 'week', 'month', 'quarter']) {
    test(`${name}: every metric by ${grain}, filtered by channel, agent and period`, async () => {
      const rows = await cube.rows({
        measures: metrics.map((m) => `${name}.${m}`),
        dimensions: [`${name}.channel`],
        timeDimensions: [{ dimension: `${name}.answered_at`, granularity: grain, dateRange: weeks }],
        filters: [
          { member: `${name}.channel`, operator: 'equals', values: ['chat', 'phone'] },
          { member: `${name}.agent`, operator: 'notEquals', values: ['Derek P.'] },
        ],
        order: [[`${name}.channel`, 'asc'], [`${name}.answered_at`, 'asc']],
      }, { channel: `${name}.channel`, period: `${name}.answered_at.${grain}`, ...members(name, metrics) });
      const expected = psql(`
        SELECT channel, date_trunc('${grain}', answered_at) AS period, ${sqlMetrics} FROM responses
        WHERE channel IN ('chat', 'phone') AND agent <> 'Derek P.'
          AND answered_at >= '2026-02-02' AND answered_at < '2026-03-02'
        GROUP BY 1, 2 ORDER BY 1, 2`);
      assert.notEqual(expected.length, 0);
      assert.deepEqual(rows, asTime(expected));
    });
  }
}

test('control limits and signals by channel and week', async () => {
  const columns = ['channel', 'week', 'metric', 'answers', 'value', 'centre', 'lower', 'upper', 'signal'];
  const rows = await cube.rows({
    dimensions: columns.map((c) => `weekly.${c}`),
    order: [['weekly.metric', 'asc'], ['weekly.channel', 'asc'], ['weekly.week', 'asc']],
  }, members('weekly', columns));
  const weekly = (metric, score, scale, limits) => `
    SELECT channel, week, '${metric}' AS metric, ces_count(tally) AS answers, (p).value, (p).centre,
           (p).lower, (p).upper, (p).signal
    FROM (SELECT channel, week, tally, ${limits}(tally) OVER (PARTITION BY channel ORDER BY week) AS p
          FROM (SELECT channel, date_trunc('week', answered_at) AS week, ces_tally(${score}, '${scale}') AS tally
                FROM responses GROUP BY 1, 2) AS tallies) AS points`;
  const expected = psql(`SELECT * FROM (${[
    weekly('CES', 'effort_score', '1..7', 'ces_topbox_limits'),
    weekly('NPS', 'recommend', 'nps', 'nps_limits'),
    weekly('CSAT', 'satisfaction', 'csat', 'csat_limits'),
  ].join(' UNION ALL ')}) AS points ORDER BY metric, channel, week`);
  assert.deepEqual(rows, expected.map((row) => ({ ...row, week: `${row.week}.000` })));
  // the week of the failed chatbot, found by Cube's own filter
  const signals = await cube.rows({
    dimensions: ['weekly.channel', 'weekly.week', 'weekly.metric'],
    filters: [{ member: 'weekly.signal', operator: 'set' }, { member: 'weekly.channel', operator: 'equals', values: ['chat'] }],
  }, { week: 'weekly.week', metric: 'weekly.metric' });
  assert.ok(signals.some((row) => row.week.startsWith('2026-02-16') && row.metric === 'CES'));
});

test('who stands out among the agents of a channel', async () => {
  const columns = ['channel', 'agent', 'answers', 'value', 'adjusted', 'expected', 'lower', 'upper'];
  const rows = await cube.rows({
    dimensions: columns.map((c) => `agents.${c}`),
    order: [['agents.channel', 'asc'], ['agents.agent', 'asc']],
  }, members('agents', columns));
  const expected = psql(`
    SELECT channel, agent, ces_count(effort) AS answers, (f).value, (f).adjusted, (f).expected,
           (f).lower998 AS lower, (f).upper998 AS upper
    FROM (SELECT channel, agent, effort, ces_topbox_funnel(effort) OVER (PARTITION BY channel) AS f
          FROM (SELECT channel, agent, ces_tally(effort_score, '1..7') AS effort
                FROM responses WHERE agent <> '' GROUP BY 1, 2) AS tallies) AS funnel`);
  const sorted = (list) => [...list].sort((a, b) => (`${a.channel}/${a.agent}` < `${b.channel}/${b.agent}` ? -1 : 1));
  assert.deepEqual(sorted(rows), sorted(expected));
});

for (const [measure, column, call, days] of [
  ['ces_mean_7_days', 'effort_score', 'ces_mean', 7], ['nps_28_days', 'recommend', 'nps', 28],
]) {
  test(`stored: for each day, the ${days} days up to it`, async () => {
    const rows = await cube.rows({
      measures: [`stored.${measure}`],
      timeDimensions: [{ dimension: 'stored.answered_at', granularity: 'day', dateRange: ['2026-02-14', '2026-03-20'] }],
      filters: [{ member: 'stored.channel', operator: 'equals', values: ['chat'] }],
      order: { 'stored.answered_at': 'asc' },
    }, { period: 'stored.answered_at.day', value: `stored.${measure}` });
    const expected = psql(`
      SELECT day::timestamp AS period, ${call}(${column}) AS value
      FROM generate_series(date '2026-02-14', '2026-03-20', '1 day') AS day
      JOIN responses ON answered_at >= day - interval '${days - 1} days' AND answered_at < day + interval '1 day'
      WHERE channel = 'chat' GROUP BY day ORDER BY day`);
    assert.equal(expected.length, 35);
    assert.deepEqual(rows, asTime(expected));
  });
}

const questions = (name, extra = {}) => [
  ['a quarter by channel', { measures: [`${name}.ces_topbox`, `${name}.nps`, `${name}.csat`, `${name}.answers`], dimensions: [`${name}.channel`] }],
  ...['day', 'week', 'month'].map((grain) => [`a period by ${grain}`, {
    measures: [`${name}.ces_topbox`, `${name}.nps_from`],
    dimensions: [`${name}.channel`],
    timeDimensions: [{ dimension: `${name}.answered_at`, granularity: grain, dateRange: ['2026-01-14', '2026-03-15'] }],
    filters: [{ member: `${name}.agent`, operator: 'contains', values: ['a'] }],
  }]),
  ['a period that is not shown', {
    measures: [`${name}.csat`],
    dimensions: [`${name}.agent`],
    timeDimensions: [{ dimension: `${name}.answered_at`, dateRange: ['2026-01-14', '2026-03-15'] }],
    filters: [{ member: `${name}.csat`, operator: 'lt', values: ['75'] }],
  }],
].map(([what, query]) => [what, { ...query, ...extra }]);

// The answers are read, by the index, for the last millisecond of a day, which Cube leaves out.
async function isFromRollup(instance, query) {
  await instance.load(query);
  const { sql } = await instance.ask('sql', query);
  const read = reads(planOf(sql.sql[0]));
  assert.ok(read.daily_store > 0, `not from the rollup: ${JSON.stringify(read)}`);
  assert.equal(read.responses ?? 0, 0);
}

for (const [what, query] of [
  ...questions('responses'),
  ['control limits', { dimensions: ['weekly.week', 'weekly.value', 'weekly.signal'] }],
  ['agents', { dimensions: ['agents.agent', 'agents.value'] }],
]) {
  test(`PostgreSQL answers Cube from the rollup: ${what}`, () => isFromRollup(cube, query));
}

test('a range that begins and ends within a day', async () => {
  const dateRange = ['2026-02-03T10:00:00', '2026-02-17T11:30:00'];
  for (const name of ['responses', 'stored']) {
    const rows = await cube.rows({
      measures: [`${name}.nps`, `${name}.answers`],
      timeDimensions: [{ dimension: `${name}.answered_at`, dateRange }],
    }, { nps: `${name}.nps`, answers: `${name}.answers` });
    assert.deepEqual(rows, psql(`SELECT nps(recommend) AS nps, count(*) AS answers FROM responses
      WHERE answered_at BETWEEN '${dateRange[0]}' AND '${dateRange[1]}'`));
  }
});

test('stored: Cube reads its own table', async () => {
  for (const [, query] of questions('stored')) {
    const { usedPreAggregations } = await cube.load(query);
    assert.equal(Object.keys(usedPreAggregations).length, 1);
  }
  const { sql } = await cube.ask('sql', questions('stored')[0][1]);
  assert.match(sql.sql[0], /FROM ces_pre_aggregations\.stored_tallies/);
});

test('a server that others can reach asks for a token, and keeps what is stored up to date', async () => {
  await secured.start({
    CUBEJS_DEV_MODE: 'false',
    CUBEJS_API_SECRET: 'secret',
    CUBEJS_PRE_AGGREGATIONS_SCHEMA: 'secured',
  });
  const query = { measures: ['stored.nps'], dimensions: ['stored.channel'], order: { 'stored.channel': 'asc' } };
  const response = await fetch(`${secured.url}/cubejs-api/v1/load?query=${encodeURIComponent(JSON.stringify(query))}`);
  assert.equal(response.status, 403);
  const part = (object) => Buffer.from(JSON.stringify(object)).toString('base64url');
  const token = `${part({ alg: 'HS256', typ: 'JWT' })}.${part({})}`;
  secured.headers = { authorization: `${token}.${createHmac('sha256', 'secret').update(token).digest('base64url')}` };
  assert.deepEqual(
    await secured.rows(query, { channel: 'stored.channel', nps: 'stored.nps' }),
    psql('SELECT channel, nps(recommend) AS nps FROM responses GROUP BY channel ORDER BY channel'),
  );
});

test('Dutch letters and emoji, in a filter and in the answer', async () => {
  const name = "Zoë van 't Hoff 🙂";
  const rows = await cube.rows({
    measures: ['responses.nps'],
    dimensions: ['responses.channel', 'responses.agent'],
    filters: [{ member: 'responses.agent', operator: 'equals', values: [name] }],
  }, { channel: 'responses.channel', agent: 'responses.agent', nps: 'responses.nps' });
  assert.deepEqual(rows, psql("SELECT channel, agent, nps(recommend) AS nps FROM responses WHERE agent LIKE 'Zoë%' GROUP BY 1, 2"));
  assert.deepEqual(rows.map((row) => row.agent), [name]);
});

test('times with a zone, and a corrected answer', async () => {
  // what the documentation says to change
  const zone = "AT TIME ZONE 'Europe/Amsterdam'";
  cpSync(new URL('model', project), `${work}/model`, { recursive: true });
  for (const [file, from, to] of [
    ['daily', 'day AS answered_at', `day::timestamp ${zone} AS answered_at`],
    ['weekly', "date_trunc('week', answered_at) AS week", `date_trunc('week', answered_at ${zone}) ${zone} AS week`],
    ['weekly', "date_trunc('week', localtimestamp)", `date_trunc('week', now() ${zone}) ${zone}`],
    ['agents', "date_trunc('week', localtimestamp)", `date_trunc('week', now() ${zone}) ${zone}`],
  ]) {
    const path = `${work}/model/cubes/${file}.yml`;
    const model = readFileSync(path, 'utf8');
    assert.ok(model.includes(from));
    writeFileSync(path, model.replace(from, to));
  }
  await zoned.start({
    CUBEJS_DB_NAME: 'zoned',
    CUBEJS_DEFAULT_TIMEZONE: 'Europe/Amsterdam',
    CUBEJS_SCHEMA_PATH: relative(project.pathname, `${work}/model`),
  });
  const weekOf = (name, options) => zoned.rows({
    measures: [`${name}.nps`, `${name}.answers`],
    timeDimensions: [{ dimension: `${name}.answered_at`, granularity: 'week', dateRange: weeks }],
    order: { [`${name}.answered_at`]: 'asc' },
  }, { period: `${name}.answered_at.week`, nps: `${name}.nps`, answers: `${name}.answers` }, options);
  const expected = () => asTime(psql(`
    SELECT date_trunc('week', answered_at ${zone}) AS period, nps(recommend) AS nps, count(*) AS answers
    FROM responses WHERE answered_at >= timestamp '2026-02-02' ${zone} AND answered_at < timestamp '2026-03-02' ${zone}
    GROUP BY 1 ORDER BY 1`, 'zoned'));
  for (const name of ['responses', 'daily']) assert.deepEqual(await weekOf(name), expected());
  for (const [, query] of questions('responses')) await isFromRollup(zoned, query);
  const [{ count }] = psql('SELECT count(*) FROM (SELECT DISTINCT channel, date_trunc(\'week\', answered_at) FROM responses) AS weeks');
  const { data } = await zoned.load({ dimensions: ['weekly.channel', 'weekly.week', 'weekly.value'], filters: [{ member: 'weekly.metric', operator: 'equals', values: ['NPS'] }] });
  assert.equal(String(data.length), count);
  assert.ok(data.every((row) => new Date(`${row['weekly.week']}Z`).getUTCDay() === 1 && row['weekly.week'].endsWith('T00:00:00.000')));

  execFileSync('psql', ['-X', '-q', '-d', 'zoned', '-c', "UPDATE responses SET recommend = 0 WHERE answered_at < '2026-02-03'"]);
  for (const name of ['responses', 'daily']) assert.deepEqual(await weekOf(name, { cache: 'no-cache' }), expected());
});

for (const [size, viewport] of [['wide', { width: 1280, height: 900 }], ['phone', { width: 390, height: 844 }]]) {
  test(`the playground shows psql's numbers and a chart, ${size}`, async () => {
    browser ??= await launch();
    const page = await browser.newPage({ viewport });
    page.setDefaultTimeout(120000);
    const errors = [];
    page.on('pageerror', (error) => errors.push(error.message));
    // its fonts and statistics
    await page.route((url) => url.hostname !== 'localhost', (route) => route.abort());
    const query = {
      measures: ['responses.nps'],
      dimensions: ['responses.channel'],
      timeDimensions: [{ dimension: 'responses.answered_at', granularity: 'week', dateRange: weeks }],
      order: [['responses.answered_at', 'asc'], ['responses.channel', 'asc']],
    };
    await page.goto(`${cube.url}/#/build?query=${encodeURIComponent(JSON.stringify(query))}`);
    await page.getByRole('button', { name: 'Run Query' }).click();
    await page.getByText(/received/).waitFor();
    const lines = (await page.locator('body').innerText()).split('\n').map((line) => line.trim()).filter(Boolean);
    const cells = lines.slice(lines.lastIndexOf('nps') + 1, lines.findIndex((line) => /^\d+\s*results/.test(line)));
    const expected = psql(`
      SELECT channel, to_char(week, 'YYYY-MM-DD "W"') || to_char(week, 'IW')::integer AS week, trim_scale(round(nps, 3)) AS nps
      FROM (SELECT channel, date_trunc('week', answered_at) AS week, nps(recommend) AS nps FROM responses
            WHERE answered_at >= '2026-02-02' AND answered_at < '2026-03-02' GROUP BY 1, 2) AS weekly
      ORDER BY weekly.week, channel`);
    assert.deepEqual(cells, expected.flatMap((row) => [row.channel, row.week, row.nps]));
    await page.getByText('Chart', { exact: true }).first().click();
    const dots = page.locator('.recharts-surface circle');
    await dots.nth(expected.length - 1).waitFor({ state: 'attached' });
    await page.waitForTimeout(2000); // for the animation
    if (process.env.SCREENSHOTS) await page.screenshot({ path: `${process.env.SCREENSHOTS}/cube-${size}.png` });
    // A line for each channel. How high is a point, on the scale from the lowest to the highest?
    const height = (values, up) => values.map((v) => Math.round(100 * Math.abs((v - up) / (Math.max(...values) - Math.min(...values)))));
    const drawn = await dots.evaluateAll((circles) => circles.map((circle) => circle.getBoundingClientRect().y));
    const values = expected.toSorted((x, y) => (x.channel < y.channel ? -1 : x.channel > y.channel ? 1 : 0)).map((row) => Number(row.nps));
    assert.deepEqual(height(drawn, Math.max(...drawn)), height(values, Math.min(...values)));
    assert.deepEqual(errors, []);
    await page.close();
  });
}
