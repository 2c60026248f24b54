--
-- windows: a metric over a moving window equals, digit for digit, the plain SQL
-- formula over the answers in its frame: in every frame that SQL can describe,
-- with NULLs, FILTER and a scale for each partition; in frames that lose all their
-- rows or all their answers, even if the next answer has another scale; with
-- counts that rise above 255 and 65,535 and fall again.
--
-- The output shows how many rows were compared and how many of them differ, which
-- must be 0.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
-- Without the warnings of default_scale.sql, which are right here.
SET client_min_messages = error;

--
-- Four partitions of 45, 44, 1 and 20 rows; the last one has only NULLs.  The
-- places have ties, gaps and NULLs; every third run of seven rows has no scores.
--
SELECT setseed(0.75);
CREATE TEMP TABLE answer AS
SELECT id, part, CASE WHEN random() < 0.95 THEN floor(random() * 40)::int END AS place,
	date '2024-02-20' + floor(random() * 30)::int AS day,
	CASE WHEN part <> 'd' AND id / 7 % 3 <> 0 AND random() < 0.8 THEN 1 + floor(random() * 7)::int END AS score,
	random() < 0.7 AS kept, form::ces_scale AS scale, up, top, bottom
FROM (VALUES ('a', 1, 45, '1..7', 1, 5, 3), ('b', 101, 144, '7..1', -1, 3, 5),
		('c', 201, 201, '0..10 top 6 bottom 2', 1, 6, 2), ('d', 301, 320, '1..7', 1, 5, 3)
	) p (part, first, last, form, up, top, bottom), generate_series(first, last) id;
SELECT part, count(*) AS rows, count(score) BETWEEN 10 AND 35 AS some_answered,
	count(DISTINCT place) < count(place) AS ties, bool_or(place IS NULL) AS nulls
FROM answer GROUP BY part ORDER BY part;

-- Compares ten metrics with their formulas over one kind of frame.  The rows of a
-- frame come from array_agg, which can't remove a value and so collects each frame
-- anew.  Frames without answers count only in partitions that have some.
CREATE FUNCTION pg_temp.check_frame(ordering text, frame text,
	OUT rows bigint, OUT empty bigint, OUT unanswered bigint, OUT differ bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($query$
		SELECT count(*), count(*) FILTER (WHERE frame IS NULL),
			count(*) FILTER (WHERE frame IS NOT NULL AND answers = 0 AND part < 'd'),
			count(*) FILTER (WHERE got IS DISTINCT FROM wanted OR cardinality(got) <> 10)
		FROM (SELECT part, scale, up, top, bottom, array_agg(score) OVER w AS frame,
				array_agg(score) FILTER (WHERE kept) OVER w AS kept_frame,
				ARRAY[ces_topbox(score) OVER w, ces_mean(score::smallint) OVER w,
					nps(score) OVER w, csat(score::numeric, '1..7') OVER w,
					ces_mean(score::double precision) OVER w, nps(score, '1..7 top 7') OVER w,
					ces_topbox(score::double precision, scale) OVER w, nps(score::smallint, scale) OVER w,
					ces_topbox(score, scale) FILTER (WHERE kept) OVER w, nps(score::real) FILTER (WHERE kept) OVER w
				]::text[] AS got
			FROM answer WINDOW w AS (PARTITION BY part ORDER BY %s %s)) m,
		LATERAL (SELECT count(s) AS answers, ARRAY[
				trim_scale(100.0 * count(*) FILTER (WHERE s >= 5) / nullif(count(s), 0)),
				trim_scale(avg(s)),
				trim_scale(100.0 * (count(*) FILTER (WHERE s >= 9) - count(*) FILTER (WHERE s <= 6)) / nullif(count(s), 0)),
				trim_scale(100.0 * count(*) FILTER (WHERE s >= 5) / nullif(count(s), 0)),
				trim_scale(avg(s)),
				trim_scale(100.0 * (count(*) FILTER (WHERE s = 7) - count(*) FILTER (WHERE s <= 3)) / nullif(count(s), 0)),
				trim_scale(100.0 * count(*) FILTER (WHERE s * up >= top * up) / nullif(count(s), 0)),
				trim_scale(100.0 * (count(*) FILTER (WHERE s * up >= top * up) - count(*) FILTER (WHERE s * up <= bottom * up)) / nullif(count(s), 0))
			]::text[] AS of_frame FROM unnest(frame) s) f,
		LATERAL (SELECT of_frame || ARRAY[
				trim_scale(100.0 * count(*) FILTER (WHERE s * up >= top * up) / nullif(count(s), 0)),
				trim_scale(100.0 * (count(*) FILTER (WHERE s >= 9) - count(*) FILTER (WHERE s <= 6)) / nullif(count(s), 0))
			]::text[] AS wanted FROM unnest(kept_frame) s) k
		$query$, ordering, frame) INTO rows, empty, unanswered, differ;
END
$$;

-- Every pair of frame ends that SQL allows: 6 + 6 + 6 + 4 + 3 = 25.  Some frames are
-- always empty, such as from 3 PRECEDING to 8 PRECEDING.  Frames are counted in rows,
-- in groups of peers, in numbers and in days, with each kind of exclusion.
SELECT unit, substring(ordering FROM '\w+') AS by, exclusion, count(*) AS frames, sum(rows) AS rows,
	sum(empty) > 0 AS some_empty, sum(unanswered) > 0 AS some_unanswered, sum(differ) AS differ
FROM (VALUES ('ROWS', 'id', '3', '8'), ('GROUPS', 'place', '2', '5'), ('RANGE', 'place', '4', '9'),
		('RANGE', 'day DESC', 'interval ''2 days''', 'interval ''1 week''')) u (unit, ordering, near, far),
	LATERAL (VALUES (1, 'UNBOUNDED PRECEDING'), (2, far || ' PRECEDING'), (2, near || ' PRECEDING'),
		(3, 'CURRENT ROW'), (4, near || ' FOLLOWING')) s (s, frame_start),
	LATERAL (VALUES (2, far || ' PRECEDING'), (2, near || ' PRECEDING'), (3, 'CURRENT ROW'),
		(4, near || ' FOLLOWING'), (4, far || ' FOLLOWING'), (5, 'UNBOUNDED FOLLOWING')) e (e, frame_end),
	(VALUES (1, 'NO OTHERS'), (2, 'CURRENT ROW'), (3, 'GROUP'), (4, 'TIES')) x (x, exclusion),
	pg_temp.check_frame(ordering, format('%s BETWEEN %s AND %s EXCLUDE %s', unit, frame_start, frame_end, exclusion))
WHERE s <= e
GROUP BY unit, ordering, x, exclusion ORDER BY ordering, unit, x;

-- Frames written in short forms.
SELECT frame, rows, empty, unanswered > 0 AS some_unanswered, differ
FROM unnest(ARRAY['', 'ROWS 8 PRECEDING', 'RANGE UNBOUNDED PRECEDING', 'GROUPS 3 PRECEDING']) WITH ORDINALITY f (frame, n),
	pg_temp.check_frame('place', frame) ORDER BY n;

-- The same, compared with correlated subqueries instead of windows: each states
-- which answers are in the frame.
SELECT count(*) AS rows,
	count(*) FILTER (WHERE last_five IS DISTINCT FROM (SELECT trim_scale(avg(s.score)) FROM answer s
		WHERE s.part = m.part AND s.id BETWEEN m.id - 4 AND m.id)::text) AS differ_rows,
	count(*) FILTER (WHERE last_week IS DISTINCT FROM (SELECT trim_scale(100.0 * count(*) FILTER (WHERE s.score >= 5) / nullif(count(s.score), 0)) FROM answer s
		WHERE s.part = m.part AND s.day BETWEEN m.day - 6 AND m.day)::text) AS differ_range,
	count(*) FILTER (WHERE next_days IS DISTINCT FROM (SELECT trim_scale(avg(s.score)) FROM answer s
		WHERE s.part = m.part AND s.day IN (SELECT d.day FROM answer d WHERE d.part = m.part AND d.day > m.day GROUP BY d.day ORDER BY d.day LIMIT 2))::text) AS differ_groups,
	count(*) FILTER (WHERE others IS DISTINCT FROM (SELECT trim_scale(avg(s.score)) FROM answer s
		WHERE s.part = m.part AND s.id BETWEEN m.id - 4 AND m.id + 4 AND s.id <> m.id)::text) AS differ_excluded,
	count(*) FILTER (WHERE kept_here IS DISTINCT FROM (SELECT trim_scale(avg(s.score)) FROM answer s
		WHERE s.part = m.part AND s.id BETWEEN m.id AND m.id + 2 AND s.kept)::text) AS differ_filtered,
	least(count(DISTINCT last_five), count(DISTINCT last_week), count(DISTINCT next_days),
		count(DISTINCT others), count(DISTINCT kept_here)) > 9 AS unlike_each_other
FROM (SELECT id, part, day,
		ces_mean(score) OVER (PARTITION BY part ORDER BY id ROWS 4 PRECEDING)::text AS last_five,
		ces_topbox(score) OVER (PARTITION BY part ORDER BY day RANGE BETWEEN interval '6 days' PRECEDING AND CURRENT ROW)::text AS last_week,
		ces_mean(score) OVER (PARTITION BY part ORDER BY day GROUPS BETWEEN 1 FOLLOWING AND 2 FOLLOWING)::text AS next_days,
		ces_mean(score) OVER (PARTITION BY part ORDER BY id ROWS BETWEEN 4 PRECEDING AND 4 FOLLOWING EXCLUDE CURRENT ROW)::text AS others,
		ces_mean(score) FILTER (WHERE kept) OVER (PARTITION BY part ORDER BY id ROWS BETWEEN CURRENT ROW AND 2 FOLLOWING)::text AS kept_here
	FROM answer) m;

-- By hand: frames of two rows; the second partition starts anew.
SELECT part, place, score, ces_mean(score) OVER w AS mean, ces_topbox(score) OVER w AS topbox, nps(score) OVER w AS nps
FROM (VALUES ('a', 1, 7), ('a', 2, 4), ('a', 3, NULL), ('a', 4, NULL), ('a', 5, 5), ('b', 1, NULL), ('b', 2, 1)) v (part, place, score)
WINDOW w AS (PARTITION BY part ORDER BY place ROWS 1 PRECEDING);

--
-- A frame that has lost its answers may meet another scale: when it has no rows left,
-- when the rows left have no score, and in the very move that loses the answers.
--
CREATE TEMP TABLE questionnaire (place int, score int, scale ces_scale);
INSERT INTO questionnaire VALUES (1, 5, '1..5'), (2, 1, '1..5'), (3, NULL, '1..5'), (4, NULL, '0..10'),
	(5, 10, '0..10'), (6, 9, '0..10'), (7, NULL, '0..10'), (8, 1, '5..1'), (12, NULL, '0..1'), (13, 0, '0..1'), (14, NULL, '1..3');
SELECT place, score, scale, ces_mean(score, scale) OVER two AS mean, nps(score, scale) OVER two AS nps,
	csat(score::double precision, scale) OVER one AS alone, nps(score::smallint, scale) OVER "before" AS "before"
FROM questionnaire
WINDOW two AS (ORDER BY place ROWS 1 PRECEDING), one AS (ORDER BY place RANGE BETWEEN CURRENT ROW AND CURRENT ROW),
	"before" AS (ORDER BY place RANGE BETWEEN 2 PRECEDING AND 2 PRECEDING)
ORDER BY place;
-- but not while it still has answers on the first scale
\set VERBOSITY sqlstate
SELECT place, ces_mean(score, scale) OVER (ORDER BY place ROWS 3 PRECEDING) FROM questionnaire;
SELECT place, ces_mean(score, scale) OVER (ORDER BY place ROWS 3 PRECEDING EXCLUDE TIES) FROM questionnaire;
\set VERBOSITY default

-- Rows that stand for many answers, for none, or for NULL, with each type of score: a
-- row that leaves the frame subtracts what it added.
CREATE TEMP TABLE counted (place int, score int, responses bigint);
INSERT INTO counted VALUES (1, 5, 300), (2, 1, 2), (3, NULL, NULL), (4, 4, 0), (5, 3, 70000), (6, 5, 1);
SELECT place, ces_tally(score::smallint, '1..5', responses) OVER two AS "smallint",
	ces_tally(score, '1..5', responses) OVER two AS "integer",
	ces_tally(score::double precision, '1..5', responses) OVER two AS "double"
FROM counted WINDOW two AS (ORDER BY place ROWS 1 PRECEDING);

-- Tallies without answers come and go, whatever their scale.
SELECT place, ces_rollup(tally::ces_tally) OVER (ORDER BY place ROWS 1 PRECEDING)
FROM (VALUES (1, '0..1 {0,0}'), (2, '1..3 {0,2,0}'), (3, '1..5 {0,0,0,0,0}'), (4, '1..3 {1,0,1}'), (5, '1..3 {0,3,0}')) v (place, tally);

--
-- The inverse transition is what makes moving windows cheap: whatever the width,
-- each score is evaluated at most twice, to add it and to remove it.  With an
-- exclusion PostgreSQL has to compute each frame anew.
--
CREATE TEMP SEQUENCE calls;
CREATE FUNCTION pg_temp.counted(score int) RETURNS int STABLE LANGUAGE plpgsql AS
	'BEGIN PERFORM nextval(''calls''); RETURN score; END';
CREATE FUNCTION pg_temp.calls_per_row(metric text, frame text) RETURNS numeric LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setval('calls', 1);
	EXECUTE format('SELECT count(v) FROM (SELECT %s OVER (ORDER BY i %s) AS v FROM (SELECT i, i %% 5 + 1 AS score FROM generate_series(1, 1000) i OFFSET 0) s) w',
		replace(metric, '(x', '(pg_temp.counted(score)'), frame);
	RETURN round((nextval('calls') - 2) / 1000.0);
END
$$;
SELECT metric, pg_temp.calls_per_row(metric, '') AS running,
	pg_temp.calls_per_row(metric, 'ROWS 5 PRECEDING') AS of_6,
	pg_temp.calls_per_row(metric, 'ROWS 50 PRECEDING') AS of_51,
	pg_temp.calls_per_row(metric, 'ROWS 20 PRECEDING EXCLUDE CURRENT ROW') AS of_21_less_1
FROM (SELECT format('%s(x%s%s)', name, type, scale) AS metric
	FROM unnest(ARRAY['ces_topbox', 'ces_mean', 'nps', 'csat']) name,
		unnest(ARRAY['::int2', '', '::float8']) type, unnest(ARRAY['', ', ''1..5''']) scale) m
ORDER BY metric COLLATE "C";

--
-- Wide frames: 70,000 sevens, then 70,000 ones.  In a frame of 67,000 rows the number
-- of sevens rises above 255 and 65,535 and falls to zero.  The row number
-- determines it.
--
-- work_mem keeps the frame in memory: PostgreSQL would take minutes to go back and
-- forth in a file.  statement_timeout ends the test if each frame is computed anew.
SET work_mem = '64MB';
SET statement_timeout = '5min';
CREATE TEMP TABLE wide AS
SELECT i, least(i, 67000) AS n, greatest(0, least(i, 70000) - greatest(i - 67000, 0)) AS sevens,
	ces_mean(score) OVER w AS mean, ces_topbox(score::float8, '0..100 top 7 bottom 1') OVER w AS topbox
FROM (SELECT i, CASE WHEN i <= 70000 THEN 7 ELSE 1 END AS score FROM generate_series(1, 140000) i) s
WINDOW w AS (ORDER BY i ROWS 66999 PRECEDING);
RESET statement_timeout;
SELECT count(*) AS rows, max(sevens) AS most, min(sevens) FILTER (WHERE i > 70000) AS fewest,
	count(*) FILTER (WHERE mean::text IS DISTINCT FROM trim_scale((6 * sevens + n)::numeric / n)::text) AS differ_mean,
	count(*) FILTER (WHERE topbox::text IS DISTINCT FROM trim_scale(100.0 * sevens / n)::text) AS differ_topbox
FROM wide;
SELECT i, n, sevens, mean, topbox FROM wide
WHERE i IN (1, 255, 256, 65535, 65536, 67000, 70000) OR i > 70000 AND sevens IN (65536, 65535, 256, 255, 1) OR i IN (137000, 140000)
ORDER BY i;
