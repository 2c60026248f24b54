--
-- How often do comparisons within strata find a difference where there is none, and how
-- often do their intervals, and those of metrics at a constant mix, contain the truth?
-- Samples are drawn, with a fixed seed, from known distributions.
--
--   psql -f test/simulation/strata.sql      -v samples=2000 for a first look
--
\set ON_ERROR_STOP on
\set QUIET on
\pset footer off
\if :{?samples}
\else
\set samples 10000
\endif
-- Comparisons take long: a tenth of the samples of the other simulations.
SELECT :samples / 10 AS samples \gset
SET client_min_messages = warning;
SET max_parallel_workers_per_gather = 0;
SET work_mem = '512MB';
SET jit = off;
CREATE EXTENSION IF NOT EXISTS ces;
SELECT setseed(0.95) \g /dev/null

-- How many in ten thousand give each answer from 0 to 10, and the running sums.
CREATE TEMP TABLE truth AS
SELECT id, ces_from_counts('nps', shares) AS tally,
       (SELECT array_agg(sum / 10000 ORDER BY point)
        FROM (SELECT point, sum(share) OVER (ORDER BY point)::float8 AS sum FROM unnest(shares) WITH ORDINALITY u (share, point)) v
        WHERE point < 11) AS cuts
FROM (VALUES (1, ARRAY[200, 100, 200, 200, 300, 700, 700, 1600, 2400, 1900, 1700]),
             (2, ARRAY[900, 900, 900, 900, 900, 900, 900, 900, 900, 900, 1000]),
             (3, ARRAY[3000, 900, 300, 200, 100, 200, 100, 300, 800, 1200, 2900]),
             (4, ARRAY[100, 0, 0, 0, 100, 100, 200, 500, 1000, 2500, 5500]),
             (5, ARRAY[200, 0, 0, 0, 0, 50, 50, 100, 100, 500, 9000])) v (id, shares);

-- Strata of three kinds, in turns, with the distributions of each; and those that the other
-- group has where the groups differ.
CREATE TEMP TABLE strata AS
SELECT world, h, ids[1 + h % cardinality(ids)] AS id, others[1 + h % cardinality(ids)] AS other
FROM (VALUES ('unlike', '{1,3,4}'::int[], '{4,1,5}'::int[]), ('alike', '{1,1,1}', '{4,4,4}'), ('skewed', '{5,5,5}', '{4,4,4}')) v (world, ids, others), generate_series(0, 99) h;

-- Groups of n answers over so many strata, of which the first have more than the last; and the
-- rest of a team, with fewer samples as it adds little of its own.
\set large 5000
ANALYZE truth, strata;
CREATE TEMP TABLE side AS
SELECT world, count, n, sample, differs, h, id, ces_tally(width_bucket(random(), cuts), 'nps') AS tally
FROM (SELECT count, n, sample, differs, floor(count * (random() * 0.3 + random() ^ 2 * 0.7))::int AS h
      FROM unnest('{1,5,20,100}'::int[]) count, (VALUES (2, :samples), (5, :samples), (20, :samples), (100, :samples), (500, :samples), (:large, :samples / 20)) v (n, samples), generate_series(1, samples) sample, unnest('{f,t}'::bool[]) differs, generate_series(1, n) answer) a,
     LATERAL (SELECT world, CASE WHEN differs THEN other ELSE strata.id END AS id FROM strata WHERE strata.h = a.h) s JOIN truth USING (id)
GROUP BY world, count, n, sample, differs, h, id;

ANALYZE side;

-- Each sample against that of the next number, or against the rest of a team.
CREATE TEMP TABLE compared AS
SELECT a.world, a.count, a.n, a.n = b.n AS both_few, b.differs, a.sample,
       ces_topbox_stratified(a.tally, b.tally) AS topbox, nps_stratified(a.tally, b.tally) AS nps, ces_mean_stratified(a.tally, b.tally) AS mean,
       sum(w * (ces_topbox(t.tally) - ces_topbox(u.tally))) / sum(w) AS topbox_truth, sum(w * (nps(t.tally) - nps(u.tally))) / sum(w) AS nps_truth,
       sum(w * (ces_mean(t.tally) - ces_mean(u.tally))) / sum(w) AS mean_truth
FROM side a CROSS JOIN LATERAL (VALUES (a.n, a.sample % :samples + 1), (:large, a.sample % (:samples / 20) + 1)) o (n, sample) JOIN side b ON (b.n, b.sample, b.world, b.count, b.h) = (o.n, o.sample, a.world, a.count, a.h)
     JOIN truth t ON t.id = a.id JOIN truth u ON u.id = b.id, LATERAL (SELECT 1.0 * ces_count(a.tally) * ces_count(b.tally) / (ces_count(a.tally) + ces_count(b.tally))) l (w)
WHERE NOT a.differs AND a.n < :large
GROUP BY a.world, a.count, a.n, b.n, b.differs, a.sample;

CREATE TEMP TABLE result AS
SELECT world, count, n, both_few, differs, method, (result).p_value AS p, (result).ci @> truth AS covered
FROM compared, LATERAL (VALUES ('ces_topbox_stratified', topbox, topbox_truth), ('nps_stratified', nps, nps_truth), ('ces_mean_stratified', mean, mean_truth)) v (method, result, truth);

\echo Type I error in percent, by answers of the smaller group
WITH found AS (
  SELECT method, both_few, level, count, world, n, 100.0 * avg((p < level)::int) AS percent, count(*) AS samples
  FROM result, unnest('{0.05,0.005}'::float8[]) level WHERE NOT differs GROUP BY method, both_few, level, count, world, n)
SELECT method || CASE WHEN both_few THEN ', n against n' ELSE ', n against 5000' END AS method, level, round(avg(percent) FILTER (WHERE n = 2), 2) AS "n = 2", round(avg(percent) FILTER (WHERE n = 5), 2) AS "5",
       round(avg(percent) FILTER (WHERE n = 20), 2) AS "20", round(avg(percent) FILTER (WHERE n = 100), 2) AS "100", round(avg(percent) FILTER (WHERE n = 500), 2) AS "500",
       round(max(percent) FILTER (WHERE samples > :samples / 2), 2) AS highest, (array_agg(format('n = %s, %s strata, %s', n, count, world) ORDER BY percent DESC) FILTER (WHERE samples > :samples / 2))[1] AS "highest where"
FROM found GROUP BY method, both_few, level ORDER BY array_position('{ces_topbox_stratified,nps_stratified,ces_mean_stratified}', found.method), both_few DESC, level DESC;

\echo Coverage of 95 percent intervals, by answers of the smaller group
WITH found AS (
  SELECT method, both_few, count, world, differs, n, 100.0 * avg(covered::int) AS percent, count(*) AS samples
  FROM result GROUP BY method, both_few, count, world, differs, n)
SELECT method || CASE WHEN both_few THEN ', n against n' ELSE ', n against 5000' END AS method, round(avg(percent) FILTER (WHERE n = 2), 1) AS "n = 2", round(avg(percent) FILTER (WHERE n = 5), 1) AS "5",
       round(avg(percent) FILTER (WHERE n = 20), 1) AS "20", round(avg(percent) FILTER (WHERE n = 100), 1) AS "100", round(avg(percent) FILTER (WHERE n = 500), 1) AS "500",
       round(min(percent) FILTER (WHERE n < 5 AND samples > :samples / 2), 1) AS "lowest, n < 5", round(min(percent) FILTER (WHERE n >= 5 AND samples > :samples / 2), 1) AS "lowest, n >= 5",
       (array_agg(format('n = %s, %s strata, %s%s', n, count, world, CASE WHEN differs THEN ', that differ' END) ORDER BY percent) FILTER (WHERE n >= 5 AND samples > :samples / 2))[1] AS "lowest where"
FROM found GROUP BY method, both_few ORDER BY array_position('{ces_topbox_stratified,nps_stratified,ces_mean_stratified}', found.method), both_few DESC;

-- A metric at a mix in which the first strata count more; samples that have answers in all strata.
CREATE TEMP TABLE standardized AS
SELECT world, count, n, sample, ces_topbox_standardized(s.tally, 1.0 / (h + 1)) AS topbox, nps_standardized(s.tally, 1.0 / (h + 1)) AS nps, ces_mean_standardized(s.tally, 1.0 / (h + 1)) AS mean,
       sum(ces_topbox(t.tally) / (h + 1)) / sum(1.0 / (h + 1)) AS topbox_truth, sum(nps(t.tally) / (h + 1)) / sum(1.0 / (h + 1)) AS nps_truth, sum(ces_mean(t.tally) / (h + 1)) / sum(1.0 / (h + 1)) AS mean_truth
FROM side s JOIN truth t USING (id) WHERE NOT differs AND n < :large
GROUP BY world, count, n, sample HAVING count(*) = count;
\echo Coverage of 95 percent intervals at a constant mix, by answers
WITH found AS (
  SELECT method, count, world, n, 100.0 * avg(((result).ci @> truth)::int) AS percent, count(*) AS samples
  FROM standardized, LATERAL (VALUES ('ces_topbox_standardized', topbox, topbox_truth), ('nps_standardized', nps, nps_truth), ('ces_mean_standardized', mean, mean_truth)) v (method, result, truth)
  GROUP BY method, count, world, n HAVING count(*) > :samples / 2)
SELECT method, count AS strata, round(avg(percent) FILTER (WHERE n = 2), 1) AS "n = 2", round(avg(percent) FILTER (WHERE n = 5), 1) AS "5", round(avg(percent) FILTER (WHERE n = 20), 1) AS "20", round(avg(percent) FILTER (WHERE n = 100), 1) AS "100",
       round(avg(percent) FILTER (WHERE n = 500), 1) AS "500", round(min(percent), 1) AS lowest, (array_agg(format('n = %s, %s', n, world) ORDER BY percent))[1] AS "lowest where"
FROM found GROUP BY method, count ORDER BY array_position('{ces_topbox_standardized,nps_standardized,ces_mean_standardized}', found.method), count;

-- One stratum or thirty of a few answers, next to one of many that hardly differ.
CREATE TEMP TABLE uneven AS
SELECT large, small, strata, weight, ces_topbox_standardized(tally, w) AS topbox, nps_standardized(tally, w) AS nps, ces_mean_standardized(tally, w) AS mean,
       sum(w * ces_topbox(truth)) / 100 AS topbox_truth, sum(w * nps(truth)) / 100 AS nps_truth, sum(w * ces_mean(truth)) / 100 AS mean_truth
FROM (SELECT large, small, strata, sample, h, id, truth.tally AS truth, ces_tally(width_bucket(random(), cuts), 'nps') AS tally
      FROM unnest('{30,300,1000}'::int[]) large, unnest('{1,2,5,20,100}'::int[]) small, unnest('{1,30}'::int[]) strata, generate_series(1, :samples) sample, generate_series(0, strata) h,
           LATERAL (SELECT CASE h WHEN 0 THEN 5 ELSE 4 - h % 2 * 3 END) i (id) JOIN truth USING (id), LATERAL generate_series(1, CASE h WHEN 0 THEN large ELSE small END) answer
      GROUP BY large, small, strata, sample, h, id, truth.tally) s, unnest('{5,10,20}'::int[]) weight, LATERAL (SELECT CASE h WHEN 0 THEN 100 - weight ELSE weight / strata::float8 END) l (w)
GROUP BY large, small, strata, weight, sample;
\echo Coverage of 95 percent intervals at a mix of a large stratum and small ones, by answers in a small one
WITH found AS (
  SELECT method, large, small, strata, weight, 100.0 * avg(((result).ci @> truth::numeric)::int) AS percent
  FROM uneven, LATERAL (VALUES ('ces_topbox_standardized', topbox, topbox_truth), ('nps_standardized', nps, nps_truth), ('ces_mean_standardized', mean, mean_truth)) v (method, result, truth)
  GROUP BY method, large, small, strata, weight)
SELECT method, strata, round(avg(percent) FILTER (WHERE small = 1), 1) AS "n = 1", round(avg(percent) FILTER (WHERE small = 2), 1) AS "2", round(avg(percent) FILTER (WHERE small = 5), 1) AS "5", round(avg(percent) FILTER (WHERE small = 20), 1) AS "20",
       round(avg(percent) FILTER (WHERE small = 100), 1) AS "100", round(min(percent), 1) AS lowest, (array_agg(format('%s and %s, %s percent', large, small, weight) ORDER BY percent))[1] AS "lowest where"
FROM found GROUP BY method, strata ORDER BY array_position('{ces_topbox_standardized,nps_standardized,ces_mean_standardized}', found.method), strata;
