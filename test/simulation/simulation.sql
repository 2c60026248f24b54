--
-- How often does a 95 percent interval contain the truth, and how often does a test find
-- a difference where there is none?  Samples are drawn, with a fixed seed, from known
-- distributions.
--
--   psql -f test/simulation/simulation.sql      -v samples=1000 for a first look
--
\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
\if :{?samples}
\else
\set samples 10000
\endif
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '256MB';
CREATE EXTENSION IF NOT EXISTS ces;
SELECT setseed(0.95) \g /dev/null

-- How many in ten thousand give each answer from 0 to 10, and the running sums.
CREATE TEMP TABLE truth AS
SELECT id, name, ces_from_counts('nps', shares) AS tally,
       (SELECT array_agg(sum / 10000 ORDER BY point)
        FROM (SELECT point, sum(share) OVER (ORDER BY point)::float8 AS sum FROM unnest(shares) WITH ORDINALITY u (share, point)) v
        WHERE point < 11) AS cuts
FROM (VALUES (1, 'usual',     ARRAY[200, 100, 200, 200, 300, 700, 700, 1600, 2400, 1900, 1700]),
             (2, 'even',      ARRAY[900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 1000]),
             (3, 'polarised', ARRAY[3000, 900, 300, 200, 100, 200, 100, 300, 800, 1200, 2900]),
             (4, 'delighted', ARRAY[100, 0, 0, 0, 100, 100, 200, 500, 1000, 2500, 5500]),
             (5, 'skewed',    ARRAY[200, 0, 0, 0, 0, 50, 50, 100, 100, 500, 9000])) v (id, name, shares);

-- Samples of each size, and fewer of the largest one: it stands for the rest of a team, and
-- adds little of its own.
\set large 5000
CREATE TEMP TABLE sample AS
SELECT id, n, sample, ces_tally(width_bucket(random(), cuts), 'nps') AS tally
FROM truth, unnest(ARRAY[2, 3, 4, 5, 10, 20, 50, 100, 500]) n, generate_series(1, :samples) sample, generate_series(1, n) answer
GROUP BY id, n, sample
UNION ALL
SELECT id, :large, sample, ces_tally(width_bucket(random(), cuts), 'nps')
FROM truth, generate_series(0, :samples / 20) sample, generate_series(1, :large) answer
GROUP BY id, sample;

CREATE TEMP TABLE comparison AS
SELECT n, n AS m, a.sample, a.id, b.id AS other, a.tally AS a, b.tally AS b
FROM sample a JOIN sample b USING (n, sample) WHERE b.id = a.id % 5 + 1 AND n < :large
UNION ALL
SELECT a.n, b.n, a.sample, a.id, b.id, a.tally, b.tally
FROM sample a JOIN sample b ON b.sample = a.sample % (:samples / 20) + 1 AND b.id IN (a.id, a.id % 5 + 1)
WHERE a.n < :large AND b.n = :large;

-- One line per method: the percentage over all distributions, and the lowest of any one.
CREATE TEMP TABLE covered AS
SELECT position, method, n, name, 100.0 * count(*) FILTER (WHERE ci @> truth) / count(*) AS percent
FROM sample s JOIN truth t USING (id), LATERAL (VALUES
  (1, 'ces_topbox_ci', ces_topbox_ci(s.tally), ces_topbox(t.tally)),
  (2, 'nps_ci', nps_ci(s.tally), nps(t.tally)),
  (3, 'ces_mean_ci', ces_mean_ci(s.tally), ces_mean(t.tally))) v (position, method, ci, truth)
WHERE n < :large GROUP BY position, method, n, name
UNION ALL
SELECT position, method || CASE WHEN m = n THEN ', n against n' ELSE ', n against 5000' END, n, t.name || ', ' || u.name, 100.0 * count(*) FILTER (WHERE ci @> truth) / count(*)
FROM comparison JOIN truth t USING (id) JOIN truth u ON u.id = other, LATERAL (VALUES
  (4, 'ces_topbox_test', (ces_topbox_test(a, b)).ci, ces_topbox(t.tally) - ces_topbox(u.tally)),
  (5, 'nps_test', (nps_test(a, b)).ci, nps(t.tally) - nps(u.tally)),
  (6, 'ces_mean_test', (ces_mean_test(a, b)).ci, ces_mean(t.tally) - ces_mean(u.tally))) v (position, method, ci, truth)
GROUP BY position, method, m = n, n, t.name, u.name;

\echo Coverage of 95 percent intervals
SELECT method, round(avg(percent) FILTER (WHERE n = 2), 1) AS "n = 2", round(avg(percent) FILTER (WHERE n = 3), 1) AS "3",
       round(avg(percent) FILTER (WHERE n = 4), 1) AS "4", round(avg(percent) FILTER (WHERE n = 5), 1) AS "5",
       round(avg(percent) FILTER (WHERE n = 10), 1) AS "10", round(avg(percent) FILTER (WHERE n = 20), 1) AS "20",
       round(avg(percent) FILTER (WHERE n = 50), 1) AS "50", round(avg(percent) FILTER (WHERE n = 100), 1) AS "100",
       round(avg(percent) FILTER (WHERE n = 500), 1) AS "500", round(min(percent) FILTER (WHERE n < 5), 1) AS "lowest, n < 5",
       round(min(percent) FILTER (WHERE n >= 5), 1) AS "lowest, n >= 5",
       (array_agg(name || ', n = ' || n ORDER BY percent) FILTER (WHERE n >= 5))[1] AS "lowest where"
FROM covered GROUP BY position, method ORDER BY position, method DESC;

-- Two samples from one distribution.
CREATE TEMP TABLE found AS
SELECT method, n, name, 100.0 * count(*) FILTER (WHERE p < 0.05) / count(*) AS "5", 100.0 * count(*) FILTER (WHERE p < 0.005) / count(*) AS "0.5"
FROM comparison JOIN truth USING (id), LATERAL (VALUES
  ('ces_topbox_test', (ces_topbox_test(a, b)).p_value), ('nps_test', (nps_test(a, b)).p_value), ('ces_mean_test', (ces_mean_test(a, b)).p_value)) v (method, p)
WHERE id = other GROUP BY method, n, name;

\echo Type I error of n against 5000, in percent
SELECT method, level, round(avg(percent) FILTER (WHERE n = 2), 2) AS "n = 2", round(avg(percent) FILTER (WHERE n = 3), 2) AS "3",
       round(avg(percent) FILTER (WHERE n = 4), 2) AS "4", round(avg(percent) FILTER (WHERE n = 5), 2) AS "5",
       round(avg(percent) FILTER (WHERE n = 10), 2) AS "10", round(avg(percent) FILTER (WHERE n = 20), 2) AS "20",
       round(avg(percent) FILTER (WHERE n = 50), 2) AS "50", round(avg(percent) FILTER (WHERE n = 100), 2) AS "100",
       round(avg(percent) FILTER (WHERE n = 500), 2) AS "500", round(max(percent), 2) AS highest,
       (array_agg(name || ', n = ' || n ORDER BY percent DESC))[1] AS "highest where"
FROM found, LATERAL (VALUES ('5', "5"), ('0.5', "0.5")) v (level, percent)
GROUP BY method, level ORDER BY array_position(ARRAY['ces_topbox_test', 'nps_test', 'ces_mean_test'], method), level DESC;

-- Two distributions with the same mean, of which one uses the ends of the scale more.
CREATE TEMP TABLE spread AS
SELECT n, wide, sample, ces_tally(width_bucket(random(), CASE WHEN wide THEN '{0.30,0.40,0.45,0.48,0.50,0.50,0.52,0.55,0.60,0.70}' ELSE '{0.09,0.18,0.27,0.36,0.45,0.55,0.64,0.73,0.82,0.91}'::float8[] END), 'nps') AS tally
FROM (VALUES (20, :samples), (500, :samples), (501, :samples), (:large, :samples / 20)) v (n, samples), unnest('{t,f}'::bool[]) wide, generate_series(1, samples) sample, generate_series(1, n) answer
GROUP BY n, wide, sample;
\echo Means that are equal, of answers that are spread differently: how often ces_mean_test has p < 0.05, in percent
SELECT CASE WHEN a.wide THEN 'wide against narrow' ELSE 'narrow against wide' END AS spread,
       round(100.0 * count(*) FILTER (WHERE p < 0.05 AND a.n = 20) / count(*) FILTER (WHERE a.n = 20), 1) AS "n = 20",
       round(100.0 * count(*) FILTER (WHERE p < 0.05 AND a.n = 500) / count(*) FILTER (WHERE a.n = 500), 1) AS "500",
       round(100.0 * count(*) FILTER (WHERE p < 0.05 AND a.n = 501) / count(*) FILTER (WHERE a.n = 501), 1) AS "501"
FROM spread a JOIN spread b ON b.n = :large AND a.n < :large AND a.wide <> b.wide AND b.sample = a.sample % (:samples / 20) + 1, LATERAL (SELECT (ces_mean_test(a.tally, b.tally)).p_value) t (p)
GROUP BY a.wide ORDER BY 1 DESC;

-- One more answer, at the rounded mean, takes a group of 500 to the other test.
\echo ces_mean_test of 500 and of 501 answers against 5000: by how many percent p changes, where it is near 0.05
SELECT name, count(*) AS pairs, round(100 * percentile_cont(0.5) WITHIN GROUP (ORDER BY change)::numeric) AS median, round(100 * percentile_cont(0.9) WITHIN GROUP (ORDER BY change)::numeric) AS "of ten, nine change less"
FROM (SELECT name, p, exp(abs(ln(p / (ces_mean_test(a + ces_tally(round(ces_mean(a))::int, 'nps'), b)).p_value))) - 1 AS change
      FROM (SELECT name, a, b, (ces_mean_test(a, b)).p_value AS p FROM comparison JOIN truth USING (id) WHERE id = other AND n = 500) v WHERE p BETWEEN 0.025 AND 0.1
      GROUP BY name, a, b, p) w
GROUP BY name ORDER BY name;

-- Sixty agents who are all alike, with 2 to 61 answers, each against the others.
CREATE TEMP TABLE agent AS
SELECT id, team, n, ces_tally(width_bucket(random(), cuts), 'nps') AS tally
FROM truth, generate_series(1, :samples / 5) team, generate_series(2, 61) n, generate_series(1, n) answer
GROUP BY id, team, n;
\echo Teams of sixty agents who are all alike, of which somebody stands out: percent
WITH compared AS (
  SELECT id, team, method, ces_adjusted_p(p) OVER (PARTITION BY id, team, method) AS adjusted
  FROM agent JOIN (SELECT id, team, ces_rollup(tally) AS tally FROM agent GROUP BY id, team) t USING (id, team), LATERAL (VALUES
    ('ces_topbox_test', (ces_topbox_test(agent.tally, t.tally - agent.tally)).p_value), ('nps_test', (nps_test(agent.tally, t.tally - agent.tally)).p_value),
    ('ces_mean_test', (ces_mean_test(agent.tally, t.tally - agent.tally)).p_value)) v (method, p)),
flagged AS (
  SELECT id, method, 100.0 * avg((smallest < 0.05)::int) AS percent
  FROM (SELECT id, team, method, min(adjusted) AS smallest FROM compared GROUP BY id, team, method) v GROUP BY id, method)
SELECT method, round(max(percent) FILTER (WHERE id = 1), 1) AS usual, round(max(percent) FILTER (WHERE id = 2), 1) AS even,
       round(max(percent) FILTER (WHERE id = 3), 1) AS polarised, round(max(percent) FILTER (WHERE id = 4), 1) AS delighted,
       round(max(percent) FILTER (WHERE id = 5), 1) AS skewed
FROM flagged GROUP BY method ORDER BY array_position(ARRAY['ces_topbox_test', 'nps_test', 'ces_mean_test'], method);
