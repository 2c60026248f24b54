--
-- How often does a 95 percent interval contain the truth?  Samples are drawn, with a
-- fixed seed, from known distributions.  One line per method: the percentage over all
-- distributions, and the lowest of any one of them.
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

-- How many in ten thousand give each answer from 0 to 10, and the running sums.
CREATE TEMP TABLE truth AS
SELECT id, name, ces_from_counts('nps', shares) AS tally,
       (SELECT array_agg(sum / 10000 ORDER BY point)
        FROM (SELECT point, sum(share) OVER (ORDER BY point)::float8 AS sum FROM unnest(shares) WITH ORDINALITY u (share, point)) v
        WHERE point < 11) AS cuts
FROM (VALUES (1, 'usual',     ARRAY[200, 100, 200, 200, 300, 700, 700, 1600, 2400, 1900, 1700]),
             (2, 'even',      ARRAY[900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 1000]),
             (3, 'polarised', ARRAY[3000, 900, 300, 200, 100, 200, 100, 300, 800, 1200, 2900]),
             (4, 'delighted', ARRAY[100, 0, 0, 0, 100, 100, 200, 500, 1000, 2500, 5500])) v (id, name, shares);

SELECT setseed(0.95) \g /dev/null
CREATE TEMP TABLE sample AS
SELECT id, n, sample, ces_tally(width_bucket(random(), cuts), 'nps') AS tally
FROM truth, unnest(ARRAY[5, 10, 20, 50, 100, 200, 500]) n, generate_series(1, :samples) sample, generate_series(1, n) answer
GROUP BY id, n, sample;

-- Each sample alone, and with one from the next distribution.
CREATE TEMP TABLE covered AS
SELECT method, name, n, ci @> truth AS holds
FROM sample s JOIN truth t USING (id), LATERAL (VALUES
  ('ces_topbox_ci', ces_topbox_ci(s.tally), ces_topbox(t.tally)),
  ('nps_ci', nps_ci(s.tally), nps(t.tally)),
  ('ces_mean_ci', ces_mean_ci(s.tally), ces_mean(t.tally))) v (method, ci, truth);
INSERT INTO covered
SELECT method, t.name, n, ci @> truth
FROM sample a JOIN truth t USING (id) JOIN sample b USING (n, sample) JOIN truth u ON u.id = b.id AND u.id = t.id % 4 + 1,
LATERAL (VALUES
  ('ces_topbox_test', (ces_topbox_test(a.tally, b.tally)).ci, ces_topbox(t.tally) - ces_topbox(u.tally)),
  ('nps_test', (nps_test(a.tally, b.tally)).ci, nps(t.tally) - nps(u.tally)),
  ('ces_mean_test', (ces_mean_test(a.tally, b.tally)).ci, ces_mean(t.tally) - ces_mean(u.tally))) v (method, ci, truth);

-- Samples without an interval don't count: Welch has none for answers that are all the same.
CREATE TEMP TABLE coverage AS
SELECT method, name, n, 100.0 * count(*) FILTER (WHERE holds) / count(holds) AS percent FROM covered GROUP BY method, name, n;
SELECT method, round(avg(percent) FILTER (WHERE n = 5), 1) AS "n = 5", round(avg(percent) FILTER (WHERE n = 10), 1) AS "10",
       round(avg(percent) FILTER (WHERE n = 20), 1) AS "20", round(avg(percent) FILTER (WHERE n = 50), 1) AS "50",
       round(avg(percent) FILTER (WHERE n = 100), 1) AS "100", round(avg(percent) FILTER (WHERE n = 200), 1) AS "200",
       round(avg(percent) FILTER (WHERE n = 500), 1) AS "500", round(min(percent), 1) AS lowest,
       (array_agg(name || ', n = ' || n ORDER BY percent))[1] AS "lowest where"
FROM coverage GROUP BY method
ORDER BY array_position(ARRAY['ces_topbox_ci', 'nps_ci', 'ces_mean_ci', 'ces_topbox_test', 'nps_test', 'ces_mean_test'], method);
