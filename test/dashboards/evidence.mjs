// Opens every page of the built Evidence dashboard in Chromium, in a wide and in a phone-sized
// window, and compares what it shows with what psql says. Prints TAP.
import { execFileSync, spawnSync } from 'node:child_process';
import { launch, open, project, serve } from './browser.mjs';

let tests = 0;
const tester = (prefix) => {
	const ok = (passed, name, ...comments) => {
		console.log(`${passed ? 'ok' : 'not ok'} ${++tests} - ${prefix}: ${name}`);
		if (!passed) comments.forEach((comment) => console.log(`# ${comment}`.replaceAll('\n', '\n# ')));
	};
	// Does the page show what is expected? It gets half a minute for it; until then, charts may have no
	// axes yet.
	const same = async (show, expected, name) => {
		let shown;
		for (let tries = 0; tries < 60; tries++) {
			shown = await show().catch((error) => [error.message]);
			if (JSON.stringify(shown) === JSON.stringify(expected)) break;
			await new Promise((resolve) => setTimeout(resolve, 500));
		}
		ok(expected.length > 0 && JSON.stringify(shown) === JSON.stringify(expected), name,
			`shown    ${JSON.stringify(shown)}`, `expected ${JSON.stringify(expected)}`);
	};
	return { ok, same };
};

// The rows of a query, as text.
const psql = (query) =>
	execFileSync('psql', ['-X', '-A', '-t', '-F', '\t', '-v', 'ON_ERROR_STOP=1', '-c', query],
		{ encoding: 'utf8' }).split('\n').slice(0, -1).map((line) => line.split('\t'));

// The cells of these columns, row by row, of the table whose head begins with these names.
const rows = (page, head, ...columns) =>
	page.locator('article table:not(dialog table)').evaluateAll((tables, [head, columns]) => {
		const table = tables.find((table) => [...table.querySelectorAll('thead tr')].some(({ cells }) =>
			[...cells].map((cell) => cell.textContent.trim()).join('|').startsWith(head)));
		return [...(table?.querySelectorAll('tr:has(td)') ?? [])].map((row) => columns.map((column) => row.cells[column]?.innerText.trim()));
	}, [head, columns]);

// The charts of the page: their texts, which of these overlap, and where marks, bars, lines and the
// first and the last number of each axis are.
const charts = (page) =>
	page.locator('article svg:has(text)').evaluateAll((found) =>
		found.map((svg) => {
			const texts = [...svg.querySelectorAll('text')].filter((text) => text.textContent.trim());
			const boxes = texts.map((text) => text.getBoundingClientRect());
			const overlaps = [];
			boxes.forEach((a, i) => boxes.slice(0, i).forEach((b, j) => {
				if (a.left < b.right - 2 && b.left < a.right - 2 && a.top < b.bottom - 5 && b.top < a.bottom - 5)
					overlaps.push(`${texts[i].textContent} / ${texts[j].textContent}`);
			}));
			const place = (element) => {
				const matrix = element.transform.baseVal.consolidate()?.matrix;
				return { x: matrix?.e ?? 0, y: matrix?.f ?? 0 };
			};
			const axis = (direction, anchor) =>
				texts.filter((text) => text.getAttribute('text-anchor') === anchor && !text.style.fontWeight
						&& /^[−-]?[\d.,]+$/.test(text.textContent))
					.map((text) => [place(text)[direction], +text.textContent.replace('−', '-').replace(',', '')])
					.sort((a, b) => a[0] - b[0]).filter((_, i, ticks) => i === 0 || i === ticks.length - 1);
			const paths = [...svg.querySelectorAll('path')].map((path) => ({
				path, fill: path.getAttribute('fill'), stroke: path.getAttribute('stroke'), moved: path.hasAttribute('transform')
			}));
			const coloured = paths.filter(({ fill }) => /^#(?!000$)/.test(fill));
			return {
				texts: texts.map((text) => text.textContent),
				overlaps,
				x: axis('x', 'middle'),
				y: axis('y', 'end'),
				marks: coloured.filter(({ path, moved }) => moved && path.getBoundingClientRect().width > 0)
					.map(({ path, fill }) => ({ fill, ...place(path) })),
				bars: coloured.filter(({ moved }) => !moved).map(({ path, fill }) => {
					const { x, y } = path.getBBox();
					return { fill, x, y };
				}),
				lines: paths.filter(({ fill, stroke, moved }) => !moved && !/^#(?!000$)/.test(fill) && /^#/.test(stroke))
					.map(({ path, stroke }) => ({
						stroke,
						points: [...path.getAttribute('d').matchAll(/[ML](\S+) ([^ML]+)/g)].map(([, x, y]) => ({ x: +x, y: +y }))
					}))
			};
		}));

// Where the axis (x or y) of a chart has a value.
const at = (chart, direction, value) => {
	const [[p0, v0], [p1, v1]] = chart[direction];
	return p0 + ((value - v0) * (p1 - p0)) / (v1 - v0);
};

// Are these places where the values are, within a pixel?
const isAt = (chart, direction, places, values) =>
	places.length === values.length &&
	places.every((place, i) => Math.abs(place[direction] - at(chart, direction, values[i])) < 1);
const fromLeft = (places) => [...places].sort((a, b) => a.x - b.x);
const fromTop = (places) => [...places].sort((a, b) => a.y - b.y);

const blue = '#0072B2';

// The dots and the ends of a chart of intervals, from the top, are where these values and ends are.
const intervals = (chart, values) => {
	const ends = chart.lines.filter(({ stroke, points: [a, b] }) => stroke === blue && a.y === b.y)
		.map(({ points }) => points).sort(([a], [b]) => a.y - b.y);
	return [fromTop(chart.marks), ...[0, 1].map((i) => ends.map((points) => points[i]))]
		.map((places, i) => isAt(chart, 'x', places, values.map((row) => row[i])));
};

// The marks below the legend of a chart of Evidence's own.
const below = (chart) => chart.marks.filter(({ y }) => y > chart.y[0][0] - 8);

const metrics = [
	{ name: 'CES', column: 'effort_score', scale: '1..7', of: 'ces_topbox', unit: '% easy', label: 'CES (% easy)' },
	{ name: 'NPS', column: 'recommend', scale: '0..10', of: 'nps', unit: 'NPS, −100 to 100', label: 'NPS (−100 to 100)' },
	{ name: 'CSAT', column: 'satisfaction', scale: '1..5', of: 'csat', unit: '% satisfied', label: 'CSAT (% satisfied)' }
];
const each = (query) => psql(metrics.map((m) => `(${query(m)})`).join(' UNION ALL '));
const names = [...psql('SELECT DISTINCT channel FROM responses').flat(), 'All channels'];
const channels = names.length - 1;
const titled = (chart) => chart.texts.find((text) => names.includes(text));
const week = "date_trunc('week', answered_at)::date";
const count = "to_char(ces_count(t), 'FM999,999')";
const tallies = (m, keys) =>
	`(SELECT ${keys}, ces_tally(${m.column}, '${m.scale}') AS t FROM responses GROUP BY ${keys}) AS tallies`;
const allChannels = (m) => `(SELECT coalesce(channel, 'All channels') AS channel, t
	FROM (SELECT channel, ces_tally(${m.column}, '${m.scale}') AS t
	      FROM responses GROUP BY ROLLUP (channel)) AS c) AS channels`;

const inOrder = (texts) => [...texts].sort();

const pages = {
	'': async ({ ok, same }, page) => {
		const [[last]] = psql(`SELECT max(${week}) FROM responses`);
		const text = (await page.locator('article').innerText()).replace(/\s+/g, ' ');
		ok(text.includes(`Monday ${last},`), 'the last week');
		for (const m of metrics) {
			const [[shown]] = psql(`SELECT round(${m.of}(t), 1) || ' ' || round(lower(${m.of}_ci(t)), 1) || ' to '
				|| round(upper(${m.of}_ci(t)), 1) FROM ${tallies(m, week)} WHERE date_trunc = '${last}'`);
			ok(text.replace(/[()%]/g, '').includes(shown), `${m.name} of the last week: ${shown}`, text.slice(0, 600));
		}
		const weeks = each((m) => `SELECT '${m.name}', channel, week::text, round((p).value, 1)::text, round((p).lower, 1)::text,
			       round((p).upper, 1)::text, round((p).centre, 1)::text, ${count}, (p).signal
			FROM (SELECT *, ${m.of}_limits(t) OVER (PARTITION BY channel ORDER BY week) AS p
			      FROM (SELECT coalesce(channel, 'All channels') AS channel, week, ces_tally(${m.column}, '${m.scale}') AS t
			            FROM (SELECT *, ${week} AS week FROM responses) AS r
			            GROUP BY GROUPING SETS ((channel, week), (week))) AS w) AS c
			WHERE ces_count(t) > 0 ORDER BY 1, 2, 3`);
		await same(async () => inOrder(await rows(page, 'week of|Channel|Metric', 0, 1, 2, 3, 4, 5, 6)),
			inOrder(weeks.filter((row) => row[8]).map(([metric, channel, week, value, lower, upper, , n]) =>
				[week, channel, metric, value, lower, upper, n])), 'the signals');
		await same(async () => inOrder((await charts(page)).map((chart) => {
			const metric = metrics.find(({ unit }) => chart.texts.includes(unit)).name;
			const channel = titled(chart);
			const points = weeks.filter((row) => row[0] === metric && row[1] === channel);
			const values = (column, of = points) => of.map((row) => row[column]).filter(Boolean);
			const marks = (signal) => fromLeft(chart.marks.filter(({ fill }) => signal === (fill !== blue)));
			const limits = chart.lines.filter(({ stroke }) => stroke === '#767676').map(({ points }) => points);
			return [metric, channel, isAt(chart, 'y', marks(false), values(3)),
				isAt(chart, 'y', marks(true), values(3, points.filter((row) => row[8]))),
				...[4, 5, 6].map((column, i) => isAt(chart, 'y', limits[i] ?? [], values(column)))];
		})), inOrder(metrics.flatMap(({ name }) => names.map((channel) => [name, channel, true, true, true, true, true]))),
			'weeks, signals and limits are where the numbers are');
		return 3 * (channels + 1);
	},
	agents: async ({ same }, page) => {
		const funnel = (m) => `(SELECT channel, agent, ${count} AS n, (f).*
			FROM (SELECT *, ${m.of}_funnel(t) OVER (PARTITION BY channel) AS f
			      FROM ${tallies(m, 'channel, agent')}) AS f) AS agents`;
		for (const m of [...metrics].reverse()) {
			await page.getByRole('button', { name: m.name, exact: true }).click();
			await same(async () => inOrder(await rows(page, 'Agent|Channel||Value', 0, 1, 3, 4, 5, 6)), inOrder(psql(`
				SELECT agent, channel, round(value, 1), round(expected, 1), round(adjusted, 1), n
				FROM ${funnel(m)} WHERE value NOT BETWEEN lower998 AND upper998`)), `who stands out by ${m.name}`);
			await same(() => rows(page, 'Agent|Channel|Adjusted', 0, 1, 2, 3, 5, 6, 7), psql(`
				SELECT agent, channel, round(adjusted, 1), round(value, 1), round(lower95, 1), round(upper95, 1), n
				FROM ${funnel(m)} WHERE value IS NOT NULL ORDER BY round(adjusted, 1) DESC, agent COLLATE "C", channel COLLATE "C" LIMIT 20`), `the best by ${m.name}`);
			const columns = ['value', 'lower998', 'upper998', 'lower95', 'upper95', 'expected'];
			const agents = psql(`SELECT channel, replace(n, ',', ''), ${columns.map((c) => `round(${c}, 1)`)} FROM ${funnel(m)}
				WHERE value IS NOT NULL`);
			await same(async () => inOrder((await charts(page)).map((chart) => {
				const channel = titled(chart);
				const values = (i) => agents.filter((row) => row[0] === channel).map((row) => +row[i]).sort((a, b) => b - a);
				// A line leaves out points that are next to others.
				const lines = chart.lines.filter(({ stroke }) => stroke === '#767676').map(({ points }) => points);
				const answers = { x: chart.x.map(([p, v]) => [p, Math.log(v)]) };
				const isLimit = (i) => ({ x, y }) => agents.some((row) => row[0] === channel
					&& Math.abs(x - at(answers, 'x', Math.log(row[1]))) < 1 && Math.abs(y - at(chart, 'y', row[3 + i])) < 1);
				return [channel, isAt(chart, 'y', fromTop(chart.marks), values(2)),
					isAt(answers, 'x', fromLeft(chart.marks), values(1).reverse().map(Math.log)),
					...lines.map((points, i) => points.every(isLimit(i)))];
			})), inOrder(names.filter((name) => name !== 'All channels')).map((name) => [name, ...Array(7).fill(true)]),
				`agents and limits are where the numbers are, by ${m.name}`);
		}
		await page.getByRole('textbox', { name: 'Search' }).fill('Zoë');
		await same(() => rows(page, 'Agent|Channel|Adjusted', 0, 1), psql("SELECT DISTINCT agent, channel FROM responses WHERE agent LIKE 'Zoë%'"),
			'an agent and a channel in Dutch, with an emoji');
		return channels;
	},
	audit: async ({ same }, page) => {
		const names = {
			again: 'had to come again',
			switched: 'changed channel',
			transferred: 'was transferred',
			waited: 'waited more than 10 minutes'
		};
		const contacts = `journey LEFT JOIN (SELECT contact_id, effort_score, recommend FROM responses) AS r
			USING (contact_id)`;
		const agents = psql(`
			SELECT agent, channel, round(ces_topbox(came_back::int, '1..0'), 1), round(ces_topbox(effort_score), 1),
			       round(nps(recommend), 1)
			FROM ${contacts} GROUP BY agent, channel
			HAVING count(came_back) >= 500 AND greatest(count(effort_score), count(recommend)) >= 100
			ORDER BY 3 DESC, agent COLLATE "C", channel COLLATE "C"`);
		for (const [metric, tally, impact, column] of
			[['NPS', 'recommend', 'nps', 4], ['CES', 'effort', 'ces_topbox', 3]]) {
			await page.getByRole('button', { name: metric, exact: true }).click();
			const causes = psql(`
				SELECT cause, round(impact, 2), round(lower(ci), 2), round(upper(ci), 2), round(share, 1),
				       round(${impact}(c.${tally}), 1), round(difference, 1)
				FROM causes AS c, (SELECT ${tally} AS everyone FROM causes WHERE cause = 'everyone') AS e,
				     ${impact}_impact(c.${tally}, everyone)
				WHERE cause <> 'everyone' ORDER BY impact`).map(([cause, ...more]) => [names[cause], ...more]);
			await same(() => rows(page, 'Cause', 0, 1, 2, 3, 4, 5, 6), causes, `causes by impact on ${metric}`);
			await same(async () => {
				const [bars, , scatter] = await charts(page);
				return [...intervals(bars, causes.map((row) => row.slice(1, 4))),
					...['x', 'y'].map((direction, i) => isAt(scatter, direction,
						below(scatter).sort((a, b) => a[direction] - b[direction]),
						agents.map((row) => +row[i ? column : 2]).sort((a, b) => (i ? b - a : a - b))))];
			}, Array(5).fill(true), `causes and agents are where the numbers are, by ${metric}`);
		}
		const percents = `round(ces_topbox(came_back::int, '1..0'), 1), round(ces_topbox(came_back::int, '0..1'), 1),
			round(ces_topbox(transferred::int, '0..1'), 1), round(ces_topbox(switched::int, '0..1'), 1),
			round(ces_topbox((wait_minutes > 10)::int, '0..1'), 1), round(ces_topbox(effort_score), 1),
			round(nps(recommend), 1)`;
		await same(() => rows(page, 'Channel|Contacts', 0, 1, 2, 3, 4, 5, 6, 7, 8), psql(`
			SELECT coalesce(channel, 'All channels'), to_char(count(came_back), 'FM999,999'), ${percents}
			FROM ${contacts} GROUP BY ROLLUP (channel) ORDER BY grouping(channel) DESC, channel`), 'by channel');
		const weeks = psql(`SELECT round(ces_topbox(came_back::int, '0..1'), 1) AS came_back FROM journey
			GROUP BY channel, date_trunc('week', started_at) HAVING count(came_back) > 0 ORDER BY came_back DESC`).flat();
		await same(async () => {
			const [, line] = await charts(page);
			return [isAt(line, 'y', fromTop(below(line)), weeks)];
		}, [true], 'weeks are where the numbers are');
		await same(() => rows(page, 'Agent|Channel|resolved', 0, 1, 2, 4, 5), agents.slice(0, 10), 'resolution beside the score');
		return 3;
	},
	distributions: async ({ same }, page) => {
		const numbers = (period) => each((m) => `SELECT '${m.name}', channel, round(${m.of}(t), 1)::text,
			round(lower(${m.of}_ci(t)), 1)::text, round(upper(${m.of}_ci(t)), 1)::text, round(ces_mean(t), 2)::text, ${count}
			FROM ${allChannels(m).replace('FROM responses', `FROM responses WHERE ${period}`)} WHERE ces_count(t) > 0
			ORDER BY 1, channel <> 'All channels', channel COLLATE "C"`);
		const percents = (period) => each((m) => `SELECT '${m.name}', channel, score::text, round(percent, 1)::text,
			CASE box WHEN 'top' THEN '${blue}' WHEN 'middle' THEN '#BBBBBB' ELSE '#D55E00' END
			FROM ${allChannels(m).replace('FROM responses', `FROM responses WHERE ${period}`)}, ces_histogram(t) AS h
			ORDER BY 1, 2, h.score`);
		const check = async (period, name) => {
			const expected = numbers(period);
			const bars = percents(period);
			await same(async () => inOrder(await rows(page, 'Metric|Channel', 0, 1, 2, 3, 4, 5, 6)), inOrder(expected), name);
			await same(async () => {
				let metric;
				return inOrder((await charts(page)).flatMap((chart) => {
					const found = metrics.find(({ label }) => chart.texts.includes(label));
					if (found) {
						metric = found.name;
						return [[metric, ...intervals(chart, expected.filter((row) => row[0] === metric).map((row) => row.slice(2, 5)))]];
					}
					const scores = bars.filter((row) => row[0] === metric && row[1] === titled(chart));
					const [row] = expected.filter((row) => row[0] === metric && row[1] === titled(chart));
					return [[metric, titled(chart), chart.texts.includes(`${row?.[2]} (${row?.[3]} to ${row?.[4]})`),
						fromLeft(chart.bars).map(({ fill }) => fill).join() === scores.map((score) => score[4]).join(),
						isAt(chart, 'y', fromLeft(chart.bars), scores.map((score) => score[3]))]];
				}));
			}, inOrder([...metrics.map(({ name }) => [name, true, true, true]),
				...expected.map(([metric, channel]) => [metric, channel, true, true, true])]), `${name}: intervals and bars are where the numbers are`);
		};
		await check('true', 'all weeks');
		await page.getByRole('combobox').first().click();
		await page.keyboard.type('2026-02-16');
		await page.getByRole('option', { name: '2026-02-16' }).click();
		await check("date_trunc('week', answered_at) = '2026-02-16'", 'one week');
		return 3 * (channels + 2);
	}
};

// Opens all pages in a window of this size.
async function look(browser, address, name, width, height, timezoneId) {
	const context = await browser.newContext({ viewport: { width, height }, timezoneId });
	for (const [path, check] of Object.entries(pages)) {
		const t = tester(`${path || 'index'}, ${name}`);
		const page = await open(context, `${address}/${path}`);
		if (process.env.SCREENSHOTS)
			await page.screenshot({ path: `${process.env.SCREENSHOTS}/${path || 'index'}-${name}.png`, fullPage: true });
		const text = await page.locator('body').innerText();
		const scroll = await page.evaluate(() => document.scrollingElement.scrollWidth);
		const { length } = await charts(page);
		const expected = await check(t, page);
		const drawn = await charts(page);
		t.ok(length === expected, `${expected} charts`, `there are ${length}`);
		t.ok(drawn.every((chart) => chart.marks.length + chart.bars.length > 0), 'all have marks');
		t.ok(drawn.every((chart) => !chart.overlaps.length), 'no texts overlap',
			...drawn.flatMap((chart) => chart.overlaps));
		const wrong = text.match(/.*(error|loading|undefined|NaN|Infinity|\[object|invalid|null).*/i);
		t.ok(!wrong, 'no error text', wrong?.[0]);
		t.ok(scroll <= width, 'fits the window', `is ${scroll} wide`);
		t.ok(!page.problems.length, 'no errors, and nothing is asked of other servers', ...page.problems);
		await page.close();
	}
	await context.close();
}

const server = await serve();
const browser = await launch();
await Promise.all([
	look(browser, server.address, 'wide', 1280, 900, 'Europe/Amsterdam'),
	look(browser, server.address, 'phone', 390, 844, 'America/New_York')
]);
await browser.close();
server.close();

// The project with other answers, which leaves no dashboard behind.
const sources = (answers) =>
	spawnSync('npm', ['run', '--silent', 'sources'], {
		cwd: project,
		encoding: 'utf8',
		timeout: 60000,
		env: { ...process.env, EVIDENCE_VAR__answers: answers, EVIDENCE_VAR__contacts: `SELECT * FROM contacts WHERE false` }
	});
const { ok } = tester('sources');
const wrong = sources('SELECT nowhere FROM responses');
ok(wrong.status === 1 && wrong.stderr.includes('ERROR:  column "nowhere" does not exist'), "PostgreSQL's error is shown", wrong.stderr);
const off = sources('SELECT answered_at, channel, agent, effort_score + 1 AS effort, recommend, satisfaction, contact_id FROM responses');
ok(off.status === 1 && off.stderr.includes('ERROR:  score 8') && off.stderr.includes('HINT:  If 8 stands for'), 'and its hint', off.stderr);
for (const [name, answers] of [
	['no answers', 'SELECT answered_at, channel, agent, effort_score AS effort, recommend, satisfaction, contact_id FROM responses WHERE false'],
	['questions, channels and agents that there are not', `SELECT answered_at, NULL::text AS channel, NULL::text AS agent, effort_score AS effort,
		NULL::integer AS recommend, NULL::integer AS satisfaction, NULL::bigint AS contact_id FROM responses -- a comment`],
	['channels and agents that are no text', 'SELECT answered_at, 1 AS channel, 2 AS agent, effort_score AS effort, recommend, satisfaction, contact_id FROM responses']
]) {
	const { status, stdout, stderr } = sources(answers);
	ok(status === 0 && (stdout + stderr).match(/Finished, wrote [1-9]/g)?.length === 5, name, stdout, stderr);
}
console.log(`1..${tests}`);
