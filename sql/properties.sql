--
-- properties: on random answers every metric equals, digit for digit, the plain
-- SQL that people write for it without the extension: on every kind of scale,
-- for every type of score, under every way of grouping, and with no answers at
-- all.  Metrics of the same scores share one transition state.
--
-- Results are compared as text, so a trailing zero counts as a difference.  The
-- data is random but seeded.  The output shows how many results there were, which
-- follows from how the tables are made, and how many of them differ, which must
-- be 0.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
-- Without the warnings of default_scale.sql, which are right here.
SET client_min_messages = error;

--
-- Scales: sixteen with boxes written out by hand, forty with random explicit cuts,
-- and forty with the default cuts, strictly beyond the midpoint.
--
CREATE TEMP TABLE scale (
	id int GENERATED ALWAYS AS IDENTITY, form text,
	worst int, best int, top int, bottom int);
INSERT INTO scale (form, worst, best, top, bottom) VALUES
	('ces', 1, 7, 5, 3), ('5..1', 5, 1, 2, 4), ('1..5', 1, 5, 4, 2),
	('1..10', 1, 10, 7, 3), ('10..1', 10, 1, 3, 7), ('faces', 1, 3, 3, 1),
	('0..1', 0, 1, 1, 0), ('nps', 0, 10, 9, 6), ('10..0', 10, 0, 1, 4),
	('csat', 1, 5, 4, 2), ('ces1', 5, 1, 2, 4), ('7..1', 7, 1, 3, 5),
	('0..100', 0, 100, 51, 49), ('-3..3', -3, 3, 1, -1), ('2..-2', 2, -2, -1, 1),
	('-1..-100', -1, -100, -51, -50);
SELECT setseed(0.25);
INSERT INTO scale (form, worst, best, top, bottom)
SELECT format('%s..%s top %s bottom %s', worst, best, top, bottom), worst, best, top, bottom
FROM (SELECT lowest, points, low_cut, low_cut + 1 + floor(random() * (points - 1 - low_cut))::int AS high_cut, rises
	FROM (SELECT lowest, points, floor(random() * (points - 1))::int AS low_cut, rises
		FROM (SELECT lowest, 2 + floor(random() * least(100, 100 - lowest))::int AS points, rises
			FROM (SELECT floor(random() * 200)::int - 100 AS lowest, i % 2 = 0 AS rises
				FROM generate_series(1, 40) i) a) b) c) d,
	LATERAL (SELECT CASE WHEN rises THEN lowest ELSE lowest + points - 1 END,
		CASE WHEN rises THEN lowest + points - 1 ELSE lowest END,
		CASE WHEN rises THEN lowest + high_cut ELSE lowest + low_cut END,
		CASE WHEN rises THEN lowest + low_cut ELSE lowest + high_cut END) e (worst, best, top, bottom);
INSERT INTO scale (form, worst, best, top, bottom)
SELECT format('%s..%s', worst, best), worst, best,
	CASE WHEN rises THEN floor((worst + best) / 2.0) + 1 ELSE ceil((worst + best) / 2.0) - 1 END,
	CASE WHEN rises THEN ceil((worst + best) / 2.0) - 1 ELSE floor((worst + best) / 2.0) + 1 END
FROM (SELECT lowest, lowest + 1 + floor(random() * least(100, 100 - lowest))::int AS highest, i % 2 = 0 AS rises
	FROM (SELECT floor(random() * 99)::int - 100 AS lowest, i FROM generate_series(1, 40) i) a) b,
	LATERAL (SELECT CASE WHEN rises THEN lowest ELSE highest END,
		CASE WHEN rises THEN highest ELSE lowest END) c (worst, best);
-- for a questionnaire from 1 to 10, nps uses the boxes of 0..10
ALTER TABLE scale ADD promoter int, ADD detractor int;
UPDATE scale SET
	promoter = CASE form WHEN '1..10' THEN 9 WHEN '10..1' THEN 2 ELSE top END,
	detractor = CASE form WHEN '1..10' THEN 6 WHEN '10..1' THEN 5 ELSE bottom END;
-- the random scales include every kind
SELECT count(*) AS scales, count(DISTINCT form::ces_scale) > 70 AS mostly_different,
	count(*) FILTER (WHERE worst < best) AS rising, count(*) FILTER (WHERE worst > best) AS falling,
	bool_or(worst < 0 AND best > 0) AS across_zero, bool_or(worst < 0 AND best < 0) AS below_zero,
	bool_or(abs(worst - best) = 1) AS two_points, bool_or(abs(worst - best) = 100) AS all_points,
	bool_or(top = best) AS smallest_top, bool_or(abs(top - bottom) = 1) AS no_middle,
	bool_or((worst + best) % 2 <> 0) AS odd_sum
FROM scale;
-- each form reads as the intended scale, which is written out in full
SELECT count(*) AS scales,
	count(*) FILTER (WHERE form::ces_scale::text IS DISTINCT FROM
		format('%s..%s top %s bottom %s', worst, best, top, bottom)) AS differ
FROM scale;

-- 400 rows for each scale; nobody answers on every tenth scale
CREATE TEMP TABLE answer AS
SELECT id, form::ces_scale AS scale, sign(best - worst)::int AS up, top, promoter, detractor,
	score::smallint AS int2, score AS int4, score::bigint AS int8,
	score::numeric(5, 1) AS decimal, score::real AS float4, score::double precision AS float8
FROM (SELECT *, CASE WHEN id % 10 = 0 OR random() < 0.2 THEN NULL
		ELSE least(worst, best) + floor(random() * (abs(best - worst) + 1))::int END AS score
	FROM scale, generate_series(1, 400)) s;
SELECT count(*) AS rows, count(int4) BETWEEN 24000 AND 32000 AS most_answered FROM answer;

-- 4 metrics of 6 types of score on 96 scales, 9 of which have no answers
SELECT metric, type, count(*) AS scales, count(value) AS answered,
	count(*) FILTER (WHERE value::text IS DISTINCT FROM trim_scale(formula)::text) AS differ
FROM (
	SELECT id,
		ces_topbox(int2, scale) AS t2, ces_topbox(int4, scale) AS t4, ces_topbox(int8, scale) AS t8,
		ces_topbox(decimal, scale) AS td, ces_topbox(float4, scale) AS tf4, ces_topbox(float8, scale) AS tf8,
		ces_mean(int2, scale) AS m2, ces_mean(int4, scale) AS m4, ces_mean(int8, scale) AS m8,
		ces_mean(decimal, scale) AS md, ces_mean(float4, scale) AS mf4, ces_mean(float8, scale) AS mf8,
		nps(int2, scale) AS n2, nps(int4, scale) AS n4, nps(int8, scale) AS n8,
		nps(decimal, scale) AS nd, nps(float4, scale) AS nf4, nps(float8, scale) AS nf8,
		csat(int2, scale) AS c2, csat(int4, scale) AS c4, csat(int8, scale) AS c8,
		csat(decimal, scale) AS cd, csat(float4, scale) AS cf4, csat(float8, scale) AS cf8,
		100.0 * count(*) FILTER (WHERE int4 * up >= top * up) / nullif(count(int4), 0) AS topbox,
		avg(int4) AS mean,
		100.0 * (count(*) FILTER (WHERE int4 * up >= promoter * up) - count(*) FILTER (WHERE int4 * up <= detractor * up))
			/ nullif(count(int4), 0) AS net
	FROM answer GROUP BY id) g,
	LATERAL (VALUES
		('ces_topbox', 'smallint', t2, topbox), ('ces_topbox', 'integer', t4, topbox), ('ces_topbox', 'bigint', t8, topbox),
		('ces_topbox', 'numeric', td, topbox), ('ces_topbox', 'real', tf4, topbox), ('ces_topbox', 'double precision', tf8, topbox),
		('ces_mean', 'smallint', m2, mean), ('ces_mean', 'integer', m4, mean), ('ces_mean', 'bigint', m8, mean),
		('ces_mean', 'numeric', md, mean), ('ces_mean', 'real', mf4, mean), ('ces_mean', 'double precision', mf8, mean),
		('nps', 'smallint', n2, net), ('nps', 'integer', n4, net), ('nps', 'bigint', n8, net),
		('nps', 'numeric', nd, net), ('nps', 'real', nf4, net), ('nps', 'double precision', nf8, net),
		('csat', 'smallint', c2, topbox), ('csat', 'integer', c4, topbox), ('csat', 'bigint', c8, topbox),
		('csat', 'numeric', cd, topbox), ('csat', 'real', cf4, topbox), ('csat', 'double precision', cf8, topbox)
	) v (metric, type, value, formula)
GROUP BY metric, type ORDER BY metric, type;

-- the answers in each box, found from the metrics of one answer at a time
SELECT form AS scale, min(worst) || '..' || min(best) AS range,
	string_agg(score::text, ',' ORDER BY score) FILTER (WHERE topbox = 100) AS top,
	string_agg(score::text, ',' ORDER BY score) FILTER (WHERE net = 100) AS promoters,
	string_agg(score::text, ',' ORDER BY score) FILTER (WHERE net = 0) AS passives,
	string_agg(score::text, ',' ORDER BY score) FILTER (WHERE net = -100) AS detractors,
	bool_and(mean = score AND topbox IN (0, 100)) AS others_fit
FROM (SELECT id, form, worst, best, score, ces_topbox(score, form::ces_scale) AS topbox,
		nps(score, form::ces_scale) AS net, ces_mean(score, form::ces_scale) AS mean
	FROM scale, generate_series(least(worst, best), greatest(worst, best)) score
	WHERE id <= 12 OR form IN ('-3..3', '2..-2')
	GROUP BY id, form, worst, best, score) s
GROUP BY id, form ORDER BY id;

--
-- Groups: a survey of 30,000 customers on the default scales and two others, with
-- columns of different types.  The fifth channel is NULL; nobody answers by the
-- fourth, "fax".
--
SELECT setseed(0.5);
CREATE TEMP TABLE survey AS
SELECT i AS id, (ARRAY['phone', 'chat', 'email', 'fax', NULL])[i % 5 + 1] AS channel,
	i % 59 AS agent, i % 13 AS week,
	CASE WHEN i % 5 <> 3 AND random() < 0.8 THEN 1 + floor(random() * 7)::int END AS effort,
	CASE WHEN i % 5 <> 3 AND random() < 0.8 THEN floor(random() * 11)::smallint END AS recommend,
	CASE WHEN i % 5 <> 3 AND random() < 0.8 THEN 1 + floor(random() * 5)::double precision END AS stars,
	CASE WHEN i % 5 <> 3 AND random() < 0.8 THEN 1 + floor(random() * 5)::numeric(3, 1) END AS burden
FROM generate_series(1, 30000) i;
ANALYZE survey;

SELECT $$ ARRAY[
	ces_topbox(effort), ces_mean(effort), nps(recommend), csat(stars), ces_mean(stars),
	nps(recommend, '0..10 top 10 bottom 4'), csat(stars, '1..5 top 5'),
	ces_topbox(burden, 'ces1'), ces_mean(burden, '5..1'), nps(burden, '1..5')
]::text[] $$ AS metrics,
$$ ARRAY[
	trim_scale(100.0 * count(*) FILTER (WHERE effort >= 5) / nullif(count(effort), 0)),
	trim_scale(avg(effort)),
	trim_scale(100.0 * (count(*) FILTER (WHERE recommend >= 9) - count(*) FILTER (WHERE recommend <= 6)) / nullif(count(recommend), 0)),
	trim_scale(100.0 * count(*) FILTER (WHERE stars >= 4) / nullif(count(stars), 0)),
	trim_scale(avg(stars::int)),
	trim_scale(100.0 * (count(*) FILTER (WHERE recommend = 10) - count(*) FILTER (WHERE recommend <= 4)) / nullif(count(recommend), 0)),
	trim_scale(100.0 * count(*) FILTER (WHERE stars = 5) / nullif(count(stars), 0)),
	trim_scale(100.0 * count(*) FILTER (WHERE burden <= 2) / nullif(count(burden), 0)),
	trim_scale(avg(burden::int)),
	trim_scale(100.0 * (count(*) FILTER (WHERE burden >= 4) - count(*) FILTER (WHERE burden <= 2)) / nullif(count(burden), 0))
]::text[] $$ AS formulas,
$$ count(*) AS groups, count(DISTINCT array_to_string(got, ' ')) > count(*) / 2 AS most_unlike_each_other,
	count(*) FILTER (WHERE array_to_string(got, '') = '') AS "unanswered",
	count(*) FILTER (WHERE got IS DISTINCT FROM wanted OR cardinality(got) <> 10) AS differ $$ AS verdict
\gset

-- the whole table
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey) g;
-- GROUP BY: 5 channels, 59 agents; 5 * 13 channels by week, sorted and hashed
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey GROUP BY channel) g;
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey GROUP BY agent) g;
SET enable_hashagg = off;
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey GROUP BY channel, week) g;
SET enable_hashagg = on;
SET enable_sort = off;
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey GROUP BY channel, week) g;
RESET enable_sort;
RESET enable_hashagg;
-- GROUPING SETS: 5 + 13 + 1 groups; ROLLUP: 5 * 59 + 5 + 1; CUBE: 5 * 13 + 5 + 13 + 1
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey GROUP BY GROUPING SETS ((channel), (week), ())) g;
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey GROUP BY ROLLUP (channel, agent)) g;
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey GROUP BY CUBE (channel, week)) g;
SET enable_hashagg = off;
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey GROUP BY CUBE (channel, week)) g;
RESET enable_hashagg;
-- a subquery as BI tools write it, a CTE, a join, a set operation, LATERAL
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM (SELECT * FROM survey ORDER BY random()) AS virtual_table GROUP BY channel ORDER BY nps(recommend) DESC LIMIT 1000) g;
WITH s AS MATERIALIZED (SELECT * FROM survey WHERE week > 3)
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM s GROUP BY agent) g;
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey JOIN (VALUES ('phone', 'voice'), ('chat', 'text'), ('email', 'text')) c (channel, kind) USING (channel) GROUP BY kind, week) g;
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM (SELECT * FROM survey WHERE agent < 9 UNION ALL SELECT * FROM survey WHERE agent < 29) u GROUP BY agent) g;
SELECT :verdict FROM generate_series(0, 12) w, LATERAL (SELECT :metrics AS got, :formulas AS wanted FROM survey WHERE week = w) g;
-- no rows at all: one empty group, or no group
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey WHERE false) g;
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey WHERE false GROUP BY channel) g;
SELECT :verdict FROM (SELECT :metrics AS got, :formulas AS wanted FROM survey WHERE false GROUP BY GROUPING SETS ((), (channel), ())) g;

-- FILTER, DISTINCT and ORDER BY within an aggregate, HAVING, and expressions as arguments
SELECT count(*) AS agents,
	count(*) FILTER (WHERE phone IS DISTINCT FROM phone_formula OR phone = everywhere) AS differ_filter,
	count(*) FILTER (WHERE nobody IS NOT NULL) AS differ_filtered_away,
	count(*) FILTER (WHERE guarded IS DISTINCT FROM guarded_formula) AS differ_guarded,
	count(*) FILTER (WHERE ordered IS DISTINCT FROM everywhere) AS differ_ordered,
	count(*) FILTER (WHERE expression IS DISTINCT FROM trim_scale(expression_formula)) AS differ_expression
FROM (
	SELECT ces_mean(effort)::text AS everywhere,
		ces_mean(effort) FILTER (WHERE channel = 'phone')::text AS phone,
		trim_scale(avg(effort) FILTER (WHERE channel = 'phone'))::text AS phone_formula,
		nps(recommend) FILTER (WHERE channel = 'telex') AS nobody,
		-- as the hint of an error suggests: 9 and 10 are not on 0..8
		ces_mean(recommend, '0..8') FILTER (WHERE recommend <@ '0..8')::text AS guarded,
		trim_scale(avg(recommend) FILTER (WHERE recommend <= 8))::text AS guarded_formula,
		ces_mean(effort ORDER BY stars, recommend DESC)::text AS ordered,
		csat(CASE WHEN effort > recommend THEN 5 ELSE least(effort, 5) END) AS expression,
		100.0 * count(*) FILTER (WHERE effort > recommend OR effort >= 4 OR (effort IS NULL)) /
			nullif(count(*), 0) AS expression_formula
	FROM survey GROUP BY agent) g;
-- least(NULL, 5) is 5, so every customer counts in the expression above.
-- DISTINCT counts each score of 1..7 once: 3 of 7 are in the top box and the mean is 4
SELECT ces_topbox(DISTINCT effort) AS "300/7", ces_mean(DISTINCT effort) AS "28/7",
	nps(DISTINCT recommend) AS "100*(2-7)/11", csat(DISTINCT stars) AS "200/5",
	ces_topbox(DISTINCT burden, '5..1') AS "200/5 too" FROM survey;
SELECT count(*) AS agents, count(*) FILTER (WHERE a IS DISTINCT FROM b) AS differ,
	count(DISTINCT b) > 1 AS unlike_each_other
FROM (SELECT ces_mean(DISTINCT effort, '1..7') AS a, avg(DISTINCT effort) AS b
	FROM survey WHERE id < 600 GROUP BY agent) g;
-- HAVING, with the metric and with its formula
SELECT count(*) BETWEEN 1 AND 58 AS some_agents, count(*) = count(h) AND count(*) = count(f) AS same_agents
FROM (SELECT agent AS h FROM survey GROUP BY agent HAVING nps(recommend) > -45) h
FULL JOIN (SELECT agent AS f FROM survey GROUP BY agent
	HAVING 100.0 * (count(*) FILTER (WHERE recommend >= 9) - count(*) FILTER (WHERE recommend <= 6)) / count(recommend) > -45) f
	ON h = f;
-- a correlated scalar subquery, an aggregate of metrics, and a window over them
SELECT count(*) AS agents,
	count(*) FILTER (WHERE (SELECT nps(s.recommend) FROM survey s WHERE s.agent = a.agent) IS DISTINCT FROM a.nps) AS differ,
	max(best_first) AS places, min(round(nps, 1) - round(avg, 1)) AS lowest, max(round(nps, 1) - round(avg, 1)) AS highest
FROM (SELECT agent, nps(recommend), avg(CASE WHEN recommend >= 9 THEN 100 WHEN recommend <= 6 THEN -100 WHEN recommend IS NOT NULL THEN 0 END),
	row_number() OVER (ORDER BY nps(recommend) DESC, agent) AS best_first FROM survey GROUP BY agent) a;

--
-- No answers: each of the 24 aggregates of scores gives NULL over no rows and over NULLs.
--
CREATE FUNCTION pg_temp.result(query text, OUT result text) LANGUAGE plpgsql AS
	'BEGIN EXECUTE query INTO STRICT result; END';
SELECT aggregate,
	pg_temp.result(format('SELECT %s FROM (SELECT 1::%s AS x) s WHERE false', call, type)) AS no_rows,
	pg_temp.result(format('SELECT %s FROM (VALUES (NULL::%s), (NULL)) s (x)', call, type)) AS no_scores,
	pg_temp.result(format('SELECT %s FROM (VALUES (NULL::%s), (1), (NULL)) s (x)', call, type)) AS score_of_1
FROM (SELECT p.oid::regprocedure AS aggregate, format_type(p.proargtypes[0], NULL) AS type,
		format('%s(x%s)', p.proname, CASE p.pronargs WHEN 2 THEN ', ''1..5''' ELSE '' END) AS call
	FROM pg_proc p WHERE p.prokind = 'a' AND p.proname IN ('ces_topbox', 'ces_mean', 'nps', 'csat')
		AND p.proargtypes[0] <> 'text'::regtype) a
ORDER BY aggregate::text COLLATE "C";

--
-- Aggregates over the same scores and the same scale share one transition state.
-- No plan shows this, but the argument is evaluated once for each state, and a
-- function can count how often it is called.  The function must be declared stable:
-- the planner does not share a state if an argument is volatile.
--
CREATE TEMP SEQUENCE calls;
CREATE FUNCTION pg_temp.counted(score int) RETURNS int STABLE LANGUAGE plpgsql AS
	'BEGIN PERFORM nextval(''calls''); RETURN score; END';
CREATE FUNCTION pg_temp.counted_volatile(score int) RETURNS int VOLATILE LANGUAGE plpgsql AS
	'BEGIN PERFORM nextval(''calls''); RETURN score; END';
CREATE FUNCTION pg_temp.calls_per_row(metrics text) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setval('calls', 1);
	EXECUTE format('SELECT %s FROM (SELECT i %% 5 + 1 AS score FROM generate_series(1, 1000) i OFFSET 0) s',
		replace(metrics, '(x', '(pg_temp.counted(score)'));
	RETURN trim_scale((nextval('calls') - 2) / 1000.0);
END
$$;
SELECT metrics, pg_temp.calls_per_row(metrics)
FROM (VALUES
	(1, 'ces_topbox(x)'),
	(2, 'ces_topbox(x), ces_mean(x)'),
	(3, 'ces_topbox(x, ''1..5''), ces_mean(x, ''1..5''), nps(x, ''1..5''), csat(x, ''1..5'')'),
	(4, 'ces_topbox(x::float8, ''1..5''), ces_mean(x::float8, ''1..5''), nps(x::float8, ''1..5''), csat(x::float8, ''1..5'')'),
	(5, 'ces_topbox(x::int2, ''1..5''), ces_mean(x::int2, ''1..5''), nps(x::int2, ''1..5''), csat(x::int2, ''1..5'')'),
	-- another scale, filter or argument needs another state, and this test can tell
	(6, 'ces_topbox(x, ''1..5''), ces_topbox(x, ''5..1'')'),
	(7, 'nps(x), csat(x)'),
	(8, 'ces_mean(x), ces_mean(x) FILTER (WHERE score > 0)'),
	(9, 'ces_mean(x), ces_mean(x + 1)'),
	(10, 'ces_topbox(pg_temp.counted_volatile(score)), ces_mean(pg_temp.counted_volatile(score))')
) m (n, metrics) ORDER BY n;
-- aggregates that share a state are not mixed up: scores 1 to 5, one each, on 1..5
SELECT ces_topbox(score, '1..5') AS topbox, ces_mean(score, '1..5') AS mean, nps(score, '1..5') AS nps,
	csat(score, '1..5') AS csat, ces_topbox(score, '1..5 top 5') AS top_5, nps(score, '5..1 top 1 bottom 2') AS one_less_four
FROM generate_series(1, 5) score;
