--
-- How often does a driver that does nothing have p < 0.05, and how often does the interval of
-- an impact contain the truth?  Samples are drawn, with a fixed seed, from known distributions.
--
--   psql -f test/simulation/drivers.sql      -v samples=1000 for a first look
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

-- The share of answers up to each point but the last one, from percentages.
CREATE FUNCTION pg_temp.cuts(VARIADIC percent int[]) RETURNS float8[] LANGUAGE sql IMMUTABLE AS
$$SELECT array_agg(below / 100 ORDER BY point)
  FROM (SELECT point, sum(share) OVER (ORDER BY point)::float8 AS below FROM unnest(percent) WITH ORDINALITY u (share, point)) v
  WHERE point < cardinality(percent)$$;

-- Answers from 1 to 7, of those whom the cause didn't concern and of the others.
CREATE TEMP TABLE outcome AS
SELECT * FROM (VALUES
  (1, 'usual', pg_temp.cuts(3, 5, 8, 14, 22, 28, 20), pg_temp.cuts(12, 14, 16, 18, 18, 14, 8)),
  (2, 'skewed', pg_temp.cuts(1, 1, 1, 2, 5, 15, 75), pg_temp.cuts(5, 5, 5, 10, 10, 15, 50)),
  (3, 'polarised', pg_temp.cuts(30, 5, 2, 3, 5, 10, 45), pg_temp.cuts(50, 10, 5, 5, 5, 5, 20))) v (id, shape, without, with_cause);

-- Of the drivers only the cause makes a difference.  Three others have nothing to do with
-- anything, in 50, 10 and 2 percent of the rows; the echo is the same as the cause in four
-- rows of five; the wait is longer where the cause is.
CREATE TEMP TABLE sample AS
SELECT shape, n, sample, ces_drivers(width_bucket(random(), CASE WHEN cause THEN with_cause ELSE without END) + 1,
         '{in 50 %,in 10 %,in 2 %,echo,wait,cause}', ARRAY[half, tenth, fiftieth, echo, wait, cause::int]) AS drivers
FROM (SELECT *, (random() < 0.5)::int AS half, (random() < 0.1)::int AS tenth, (random() < 0.02)::int AS fiftieth,
             (cause = (random() < 0.8))::int AS echo, (-100 * ln(1 - random()))::int + CASE WHEN cause THEN 100 ELSE 0 END AS wait
      FROM (SELECT shape, without, with_cause, n, sample, random() < 0.3 AS cause
            FROM outcome, (VALUES (30, :samples), (100, :samples), (1000, :samples / 5)) v (n, samples),
                 generate_series(1, samples) sample, generate_series(1, n) answer) v) w
GROUP BY shape, n, sample;

-- A sample in which one of the drivers is constant, or a combination of others, has no report.
CREATE FUNCTION pg_temp.report(drivers ces_drivers) RETURNS TABLE (driver text, p_value float8) LANGUAGE plpgsql AS $$
BEGIN
  RETURN QUERY SELECT r.driver, r.p_value FROM ces_driver_report(drivers) r;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN;
END $$;
CREATE TEMP TABLE found AS
SELECT shape, n, driver, count(*) AS samples, 100.0 * count(*) FILTER (WHERE p_value < 0.05) / count(*) AS "5", 100.0 * count(*) FILTER (WHERE p_value < 0.005) / count(*) AS "0.5"
FROM sample, pg_temp.report(drivers) GROUP BY shape, n, driver;

\echo Drivers that do nothing, beside one that does: type I error in percent
SELECT driver, level, round(max(percent) FILTER (WHERE shape = 'usual' AND n = 30), 2) AS "usual, n = 30", round(max(percent) FILTER (WHERE shape = 'usual' AND n = 100), 2) AS "100",
       round(max(percent) FILTER (WHERE shape = 'usual' AND n = 1000), 2) AS "1000",
       round(max(percent) FILTER (WHERE shape = 'skewed' AND n = 30), 2) AS "skewed, n = 30", round(max(percent) FILTER (WHERE shape = 'skewed' AND n = 100), 2) AS "100",
       round(max(percent) FILTER (WHERE shape = 'skewed' AND n = 1000), 2) AS "1000",
       round(max(percent) FILTER (WHERE shape = 'polarised' AND n = 30), 2) AS "polarised, n = 30", round(max(percent) FILTER (WHERE shape = 'polarised' AND n = 100), 2) AS "100",
       round(max(percent) FILTER (WHERE shape = 'polarised' AND n = 1000), 2) AS "1000", min(samples) AS "least samples"
FROM found, LATERAL (VALUES ('5', "5"), ('0.5', "0.5")) v (level, percent)
WHERE driver <> 'cause' GROUP BY driver, level ORDER BY array_position('{in 50 %,in 10 %,in 2 %,echo,wait}', driver), level DESC;

-- A driver that spreads answers without moving their mean: who is concerned answers 1 or 7.
\echo A driver that spreads the answers of those whom it concerns, and leaves the mean: type I error at 5 percent
SELECT chance AS "percent concerned", round(100.0 * count(*) FILTER (WHERE p_value < 0.05 AND n = 30) / count(*) FILTER (WHERE n = 30), 1) AS "n = 30",
       round(100.0 * count(*) FILTER (WHERE p_value < 0.05 AND n = 100) / count(*) FILTER (WHERE n = 100), 1) AS "100",
       round(100.0 * count(*) FILTER (WHERE p_value < 0.05 AND n = 1000) / count(*) FILTER (WHERE n = 1000), 1) AS "1000"
FROM (SELECT chance, n, sample, ces_drivers(CASE WHEN concerned THEN CASE WHEN random() < 0.685 THEN 7 ELSE 1 END ELSE width_bucket(random(), '{0.03,0.08,0.16,0.30,0.52,0.80}') + 1 END,
               '{concerned}', ARRAY[concerned]) AS drivers
      FROM (SELECT chance, n, sample, 100 * random() < chance AS concerned
            FROM unnest('{10,50,90}'::int[]) chance, (VALUES (30, :samples), (100, :samples), (1000, :samples / 5)) v (n, samples),
                 generate_series(1, samples) sample, generate_series(1, n) answer) v
      GROUP BY chance, n, sample) w, pg_temp.report(drivers)
GROUP BY chance ORDER BY chance;

-- Answers from 0 to 10.  Each is in the part with the same chance, so the share of the part differs
-- from sample to sample.  The interval takes it as fixed: it is about these answers.  For all
-- who could have answered the truth is the chance times the difference.
CREATE TEMP TABLE scores AS
SELECT name, pg_temp.cuts(VARIADIC percent) AS cuts,
       (SELECT 100.0 * sum(share * CASE WHEN point >= 10 THEN 1 WHEN point <= 7 THEN -1 ELSE 0 END) / sum(share) FROM unnest(percent) WITH ORDINALITY u (share, point)) AS nps,
       (SELECT 100.0 * sum(share) FILTER (WHERE point >= 10) / sum(share) FROM unnest(percent) WITH ORDINALITY u (share, point)) AS topbox,
       (SELECT 1.0 * sum(share * (point - 1)) / sum(share) FROM unnest(percent) WITH ORDINALITY u (share, point)) AS mean
FROM (VALUES ('usual', ARRAY[2, 1, 2, 2, 3, 7, 7, 16, 24, 19, 17]), ('polarised', ARRAY[30, 9, 3, 2, 1, 2, 1, 3, 8, 12, 29]),
             ('skewed', ARRAY[2, 0, 0, 0, 0, 1, 1, 1, 5, 10, 80])) v (name, percent);
CREATE TEMP TABLE parts AS
SELECT part, rest, chance, n, sample, ces_tally(score, 'nps') AS whole, coalesce(ces_tally(score, 'nps') FILTER (WHERE in_part), ces_from_counts('nps', '{0,0,0,0,0,0,0,0,0,0,0}')) AS tally
FROM (SELECT part, rest, chance, n, sample, in_part, width_bucket(random(), CASE WHEN in_part THEN part_cuts ELSE rest_cuts END) AS score
      FROM (SELECT p.name AS part, r.name AS rest, p.cuts AS part_cuts, r.cuts AS rest_cuts, chance, n, sample, random() < chance AS in_part
            FROM scores p, scores r, unnest('{0.05,0.3}'::float8[]) chance, (VALUES (20, :samples), (100, :samples), (500, :samples / 5), (2000, :samples / 10)) v (n, samples),
                 generate_series(1, samples) sample, generate_series(1, n) answer
            WHERE (p.name, r.name) IN (('usual', 'usual'), ('polarised', 'usual'), ('usual', 'skewed'), ('polarised', 'skewed'))) v) w
GROUP BY part, rest, chance, n, sample;

CREATE TEMP TABLE covered AS
SELECT method, who, chance, part, rest, n, 100.0 * count(*) FILTER (WHERE ci @> truth) / count(ci) AS percent
FROM parts JOIN scores p ON p.name = part JOIN scores r ON r.name = rest,
     LATERAL (SELECT 'ces_topbox_impact', i.ci, i.share, p.topbox - r.topbox FROM ces_topbox_impact(tally, whole) i
              UNION ALL SELECT 'nps_impact', i.ci, i.share, p.nps - r.nps FROM nps_impact(tally, whole) i
              UNION ALL SELECT 'ces_mean_impact', i.ci, i.share, p.mean - r.mean FROM ces_mean_impact(tally, whole) i) i (method, ci, percent, difference),
     LATERAL (VALUES ('these answers', percent / 100 * difference), ('all', chance::numeric * difference)) t (who, truth)
GROUP BY method, who, chance, part, rest, n;

\echo Coverage of 95 percent intervals of the impact of a part, for these answers and for all who could have answered
SELECT method, who, CASE WHEN part = rest THEN 'as the rest' ELSE 'otherwise' END AS "the part answers", round(avg(percent) FILTER (WHERE n = 20), 1) AS "n = 20",
       round(avg(percent) FILTER (WHERE n = 100), 1) AS "100", round(avg(percent) FILTER (WHERE n = 500), 1) AS "500", round(avg(percent) FILTER (WHERE n = 2000), 1) AS "2000",
       round(min(percent), 1) AS lowest, (array_agg(part || ' part of ' || 100 * chance || ' %, ' || rest || ' rest, n = ' || n ORDER BY percent))[1] AS "lowest where"
FROM covered GROUP BY method, who, part = rest ORDER BY array_position('{ces_topbox_impact,nps_impact,ces_mean_impact}', method), who DESC, part = rest DESC;
