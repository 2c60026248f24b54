--
-- Tallies kept in a table: ces_tally, ces_rollup, addition and subtraction. They
-- give the metrics of the raw answers, in whatever order they are merged.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

SELECT ces_tally(x, '1..5') FROM unnest(ARRAY[1,5,5,NULL,3]) x;
SELECT ces_tally(x, '1..5') FROM unnest(ARRAY[NULL]::int[]) x;
SELECT ces_tally(x::smallint, 'ces') = ces_tally(x, 'ces') AS "smallint", ces_tally(x::float8, 'ces') = ces_tally(x, 'ces') AS "double",
       ces_tally(x::bigint, 'ces') = ces_tally(x, 'ces') AS "bigint", ces_tally(x::numeric, 'ces') = ces_tally(x, 'ces') AS "numeric"
FROM generate_series(1, 7) x;
-- Answers that are already counted: each row stands for a number of them.
SELECT ces_tally(score, '1..5', responses), ces_tally(score::smallint, '1..5', responses) AS "smallint", ces_tally(score::float8, '1..5', responses) AS "double"
FROM (VALUES (1, 10), (2, 0), (5, 5000000000), (NULL, 7), (1, 300), (NULL, NULL)) v (score, responses);
-- A row that stands for zero answers adds none.
SELECT ces_tally(1, '1..5', 0) IS NULL AS none;
-- The scale of such a row does not matter, whether it comes first or last.
SELECT ces_tally(score, scale, responses ORDER BY i) AS first, ces_tally(score, scale, responses ORDER BY i DESC) AS last
FROM (VALUES (1, 1, '1..7'::ces_scale, 0), (2, 1, '5..1', 5)) v (i, score, scale, responses);
SELECT ces_tally(score, scale, responses) OVER (ORDER BY i ROWS 1 PRECEDING)
FROM (VALUES (1, 1, '1..7'::ces_scale, 0), (2, 1, '5..1', 5), (3, 7, '1..7', 0), (4, 2, '5..1', 1), (5, 2, '5..1', 1)) v (i, score, scale, responses);

-- Merging ignores NULLs and empty tallies, whatever their scale.
SELECT ces_rollup(t) FROM unnest(ARRAY['1..3 {1,2,3}', NULL, '1..3 {0,0,255}', '1..5 {0,0,0,0,0}']::ces_tally[]) t;
SELECT ces_rollup(t) FROM unnest(ARRAY['1..5 {0,0,0,0,0}', NULL, '1..3 {0,0,255}', '1..3 {0,0,0}']::ces_tally[]) t;
SELECT ces_rollup(t) IS NULL AS none FROM unnest(ARRAY['1..5 {0,0,0,0,0}', NULL, '1..3 {0,0,0}']::ces_tally[]) t;
SELECT ces_rollup(t) IS NULL AS none FROM unnest(ARRAY[]::ces_tally[]) t;

-- Sums and differences have the narrowest width.
SELECT a + b AS sum, a + b - b AS a, (a + b) - a = b AS b, pg_column_size(a + b) AS bytes, pg_column_size(a + b - b) AS bytes
FROM (VALUES ('1..3 {1,2,3}'::ces_tally, '1..3 {0,0,1}'::ces_tally), ('1..3 {255,0,0}', '1..3 {1,0,0}'),
             ('1..3 {65535,0,1}', '1..3 {1,0,0}'), ('1..3 {4294967295,0,0}', '1..3 {1,0,0}')) v (a, b);
SELECT a + NULL IS NULL AS plus_null, a - NULL IS NULL AS minus_null, a - a AS nothing FROM (VALUES ('5..1 {1,2,3,4,5}'::ces_tally)) v (a);
SELECT ces_from_counts('1..3', ARRAY[1,2,3]), ces_from_counts(ces_scale(t), ces_counts(t)) = t AS round_trip,
       ces_from_counts('1..3', '[0:2]={1,2,9223372036854775804}') AS any_lower_bound
FROM (VALUES ('-100..0 top -3 bottom -50 {' || rtrim(repeat('3,', 101), ',') || '}')) v (s), LATERAL (SELECT s::ces_tally AS t) t;

-- Tallies give every metric of the raw answers, over every grouping and in any order.
SELECT setseed(0.25);
CREATE TABLE answers AS
SELECT date '2026-01-05' + floor(random() * 28)::int AS day, (ARRAY['phone', 'chat', 'email'])[ceil(random() * 3)] AS channel,
       ceil(random() * 7)::int AS agent, CASE WHEN random() < 0.9 THEN ceil(random() * 7)::int END AS score
FROM generate_series(1, 30000);
CREATE TABLE daily AS SELECT day, channel, agent, ces_tally(score, '1..7') AS tally FROM answers GROUP BY day, channel, agent;
CREATE VIEW differences AS
WITH raw AS (
  SELECT format('%s %s %s', day, channel, agent) AS key, count(score) AS n, ces_tally(score, '1..7') AS tally,
         ces_mean(score) AS mean, ces_topbox(score) AS topbox, nps(score, '1..7') AS net, stddev_samp(score) AS stddev,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY score) AS median
  FROM answers GROUP BY CUBE (day, channel, agent)),
rolled AS (
  SELECT format('%s %s %s', day, channel, agent) AS key, ces_rollup(tally ORDER BY random()) AS tally
  FROM daily GROUP BY CUBE (day, channel, agent))
SELECT count(*) AS groups, count(*) FILTER (WHERE raw.tally IS DISTINCT FROM rolled.tally) AS tally,
       count(*) FILTER (WHERE ces_count(rolled.tally) IS DISTINCT FROM nullif(n, 0)) AS count,
       count(*) FILTER (WHERE ces_mean(rolled.tally) IS DISTINCT FROM mean) AS mean,
       count(*) FILTER (WHERE ces_topbox(rolled.tally) IS DISTINCT FROM topbox) AS topbox,
       count(*) FILTER (WHERE nps(rolled.tally) IS DISTINCT FROM net) AS net,
       count(*) FILTER (WHERE ces_stddev(rolled.tally) IS DISTINCT FROM stddev) AS stddev,
       count(*) FILTER (WHERE ces_median(rolled.tally) IS DISTINCT FROM median::numeric) AS median
FROM raw FULL JOIN rolled USING (key);
SELECT * FROM differences;

-- A random sequence of additions and subtractions: late answers and erasures, applied
-- to the raw answers and to the rollup alike.
DO $$
DECLARE
  late record;
BEGIN
  FOR step IN 1..300 LOOP
    IF step % 3 = 0 THEN  -- erase someone's answers
      WITH erased AS (DELETE FROM answers WHERE ctid IN (SELECT ctid FROM answers OFFSET floor(random() * 20000) LIMIT ceil(random() * 20)) RETURNING *),
           gone AS (SELECT day, channel, agent, ces_tally(score, '1..7') AS tally FROM erased GROUP BY day, channel, agent)
      UPDATE daily SET tally = daily.tally - gone.tally FROM gone
      WHERE (daily.day, daily.channel, daily.agent) = (gone.day, gone.channel, gone.agent) AND gone.tally IS NOT NULL;
    ELSE  -- a late answer
      INSERT INTO answers SELECT date '2026-01-05' + floor(random() * 28)::int, 'phone', ceil(random() * 7)::int, ceil(random() * 7)::int RETURNING * INTO late;
      UPDATE daily SET tally = tally + ces_from_counts('1..7', (SELECT array_agg((s = late.score)::int::bigint ORDER BY s) FROM generate_series(1, 7) s))
      WHERE day = late.day AND channel = late.channel AND agent = late.agent;
    END IF;
  END LOOP;
END $$;
SELECT * FROM differences;

-- Tallies are values: DISTINCT and EXCEPT compare them.
SELECT (SELECT count(*) FROM (SELECT DISTINCT tally FROM daily) d) = count(DISTINCT tally::text) AS "distinct",
       (SELECT count(*) FROM (SELECT tally FROM daily EXCEPT SELECT tally FROM daily) e) AS "except",
       (SELECT count(*) FROM (SELECT tally + tally FROM daily EXCEPT SELECT tally FROM daily) e) > 0 AS "except others"
FROM daily;

-- In a moving window each row gets a separate tally.
SELECT day, array_length(collected, 1) AS tallies, collected[1] <> collected[2] AS differ, collected[array_upper(collected, 1)] = rolling AS own
FROM (SELECT day, rolling, array_agg(rolling) OVER (ORDER BY day) AS collected
      FROM (SELECT day, ces_rollup(ces_rollup(tally)) OVER (ORDER BY day ROWS 6 PRECEDING) AS rolling FROM daily GROUP BY day) r) c
WHERE day > '2026-01-29' ORDER BY day;
SELECT count(*) AS days, count(*) FILTER (WHERE rolling IS DISTINCT FROM (SELECT ces_rollup(tally) FROM daily d WHERE d.day BETWEEN r.day - 6 AND r.day)) AS differ
FROM (SELECT day, ces_rollup(ces_rollup(tally)) OVER (ORDER BY day RANGE '6 days' PRECEDING) AS rolling FROM daily GROUP BY day) r;
SELECT array_agg(t) FROM (SELECT ces_tally(x, '1..3') OVER (ORDER BY x ROWS 1 PRECEDING) t FROM generate_series(1, 3) x) q;
SELECT array_agg(t) FROM (SELECT ces_tally(x, '1..3', n) OVER (ORDER BY x ROWS 1 PRECEDING) t FROM (VALUES (1, 300), (2, 70000), (3, 0)) v (x, n)) q;

-- In parallel, and partition-wise.
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
ALTER TABLE daily SET (parallel_workers = 2);
ALTER TABLE answers SET (parallel_workers = 2);
EXPLAIN (VERBOSE, COSTS OFF) SELECT ces_rollup(tally) FROM daily;
SELECT ces_rollup(tally) = (SELECT ces_tally(score, '1..7') FROM answers) AS same FROM daily;
EXPLAIN (VERBOSE, COSTS OFF) SELECT ces_tally(score, '1..7', 2::bigint), ces_mean(score, '1..7') FROM answers;
SELECT ces_tally(score, '1..7', 2::bigint) = ces_tally(score, '1..7') + ces_tally(score, '1..7') AS doubled FROM answers;
RESET ALL;
CREATE TABLE parts (LIKE daily) PARTITION BY LIST (channel);
CREATE TABLE parts_phone PARTITION OF parts FOR VALUES IN ('phone');
CREATE TABLE parts_other PARTITION OF parts DEFAULT;
INSERT INTO parts SELECT * FROM daily;
SET enable_partitionwise_aggregate = on;
SET max_parallel_workers_per_gather = 0;
EXPLAIN (VERBOSE, COSTS OFF) SELECT agent, ces_rollup(tally) FROM parts GROUP BY agent;
SELECT count(*), count(*) FILTER (WHERE p.tally IS DISTINCT FROM d.tally) AS differ
FROM (SELECT agent, ces_rollup(tally) AS tally FROM parts GROUP BY agent) p
JOIN (SELECT agent, ces_rollup(tally) AS tally FROM daily GROUP BY agent) d USING (agent);
RESET ALL;
DROP VIEW differences;
DROP TABLE answers, daily, parts;
