--
-- How many agents who are like the others are outside the limits of a funnel, and how often
-- does each signal cry wolf in quiet weeks?  Answers are drawn, with a fixed seed, from known
-- distributions.
--
--   psql -f test/simulation/monitoring.sql      -v samples=1000 for a first look
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

-- Answers from 0 to 10: the share of answers up to each of them but 10, from percentages.
CREATE TEMP TABLE truth AS
SELECT id, topbox, (SELECT array_agg(below / 100 ORDER BY point)
  FROM (SELECT point, sum(share) OVER (ORDER BY point)::float8 AS below FROM unnest(percent) WITH ORDINALITY u (share, point)) v
  WHERE point < cardinality(percent)) AS cuts
FROM (VALUES (1, 50, ARRAY[2, 1, 2, 2, 3, 5, 5, 10, 20, 25, 25]), (2, 80, ARRAY[1, 0, 0, 0, 1, 2, 3, 5, 8, 30, 50]),
             (3, 90, ARRAY[1, 0, 0, 0, 0, 1, 1, 2, 5, 20, 70]), (4, 95, ARRAY[0, 0, 0, 0, 0, 1, 1, 1, 2, 15, 80])) v (id, topbox, percent);

-- Agents of 20 to 500 answers, in teams of one size without anybody left over.  The power to which a random number from 0 to 1 is raised moves
-- all answers up or down; it differs from agent to agent if there is spread.
CREATE TEMP TABLE agent AS
SELECT topbox, spread, agent, ces_tally(width_bucket(random() ^ power, cuts), 'nps') AS tally
FROM (SELECT id, spread, agent, exp(spread * sqrt(-2 * ln(1 - random())) * cos(2 * pi() * random())) AS power,
             round(20 * 25 ^ random())::int AS n
      FROM truth, unnest('{0,0.1,0.3}'::float8[]) spread, generate_series(0, :samples / 300 * 300 - 1) agent) a
     JOIN truth USING (id), generate_series(1, n) answer
GROUP BY topbox, spread, agent;

CREATE TEMP TABLE outside AS
SELECT metric, topbox, spread, agents, 100.0 * count(*) FILTER (WHERE value < lower95 OR value > upper95) / count(*) AS "95",
       100.0 * count(*) FILTER (WHERE value < lower998 OR value > upper998) / count(*) AS "99.8"
FROM (SELECT topbox, spread, agents, ces_topbox_funnel(tally) OVER w AS a, nps_funnel(tally) OVER w AS b, ces_mean_funnel(tally) OVER w AS c
      FROM agent, unnest('{3,5,10,30,100}'::int[]) agents
      WINDOW w AS (PARTITION BY topbox, spread, agents, agent / agents)) v,
     LATERAL (SELECT 'top box', (a).* UNION ALL SELECT 'NPS', (b).* UNION ALL SELECT 'mean', (c).*) u (metric, value, expected, lower95, upper95, lower998, upper998)
GROUP BY metric, topbox, spread, agents;

\echo Agents outside the limits, percent, of teams of 3 to 100 agents who all have the same distribution, or differ as the spread says
SELECT metric, topbox AS "top box", spread, limits, round(max(percent) FILTER (WHERE agents = 3), 2) AS "3 agents", round(max(percent) FILTER (WHERE agents = 5), 2) AS "5",
       round(max(percent) FILTER (WHERE agents = 10), 2) AS "10", round(max(percent) FILTER (WHERE agents = 30), 2) AS "30",
       round(max(percent) FILTER (WHERE agents = 100), 2) AS "100"
FROM outside, LATERAL (VALUES ('95 %', "95"), ('99.8 %', "99.8")) v (limits, percent)
GROUP BY metric, topbox, spread, limits ORDER BY limits, spread, array_position('{top box,NPS,mean}', metric), topbox;

-- Sixty agents, all alike, with the same few answers.
CREATE TEMP TABLE few AS
SELECT topbox, n, team, ces_topbox_funnel(tally) OVER w AS a, nps_funnel(tally) OVER w AS b, ces_mean_funnel(tally) OVER w AS c
FROM (SELECT topbox, n, team, agent, ces_tally(width_bucket(random(), cuts), 'nps') AS tally
      FROM truth, unnest('{1,2,3,5,10,20}'::int[]) n, generate_series(1, :samples / 60) team, generate_series(1, 60) agent, generate_series(1, n) answer
      WHERE topbox IN (80, 90) GROUP BY topbox, n, team, agent) t
WINDOW w AS (PARTITION BY topbox, n, team);
\echo Sixty agents who are all alike, with n answers each: percent outside the limits, and the part of their distance from what is expected that adjusted keeps
SELECT metric, topbox AS "top box", what, round(max(result) FILTER (WHERE n = 1), 2) AS "n = 1", round(max(result) FILTER (WHERE n = 2), 2) AS "2", round(max(result) FILTER (WHERE n = 3), 2) AS "3",
       round(max(result) FILTER (WHERE n = 5), 2) AS "5", round(max(result) FILTER (WHERE n = 10), 2) AS "10", round(max(result) FILTER (WHERE n = 20), 2) AS "20"
FROM (SELECT metric, topbox, n, 100.0 * count(*) FILTER (WHERE value NOT BETWEEN lower95 AND upper95) / count(*) AS "95", 100.0 * count(*) FILTER (WHERE value NOT BETWEEN lower998 AND upper998) / count(*) AS "99.8",
             sum(abs(adjusted - expected)) / sum(abs(value - expected)) AS kept
      FROM few, LATERAL (SELECT 'top box', (a).* UNION ALL SELECT 'NPS', (b).* UNION ALL SELECT 'mean', (c).*) u (metric, value, expected, lower95, upper95, lower998, upper998, z, adjusted)
      GROUP BY metric, topbox, n) f, LATERAL (VALUES ('95', "95"), ('99.8', "99.8"), ('kept', kept)) l (what, result)
GROUP BY metric, topbox, what ORDER BY array_position('{"top box",NPS,mean}', metric), topbox, what;

-- A year of weeks in which nothing changes.
CREATE TEMP TABLE week AS
SELECT topbox, n, series, week, ces_tally(width_bucket(random(), cuts), 'nps') AS tally
FROM truth, (VALUES (30, :samples / 5), (100, :samples / 10), (500, :samples / 30)) v (n, samples),
     generate_series(1, samples) series, generate_series(1, 52) week, generate_series(1, n) answer
WHERE topbox IN (80, 95)
GROUP BY topbox, n, series, week;

CREATE TEMP TABLE signal AS
SELECT metric, topbox, n, weeks, limits, series, array_agg(signal) AS signals, count(signal) AS points, max(week) FILTER (WHERE signal IS NOT NULL) = weeks AS at_last
FROM (SELECT topbox, n, series, week, weeks, ces_topbox_limits(tally) OVER w AS a, nps_limits(tally) OVER w AS b, ces_mean_limits(tally) OVER w AS c,
             ces_topbox_limits(tally, 12) OVER w AS d, nps_limits(tally, 12) OVER w AS e, ces_mean_limits(tally, 12) OVER w AS f,
             ces_topbox_limits(tally, 24) OVER w AS g, nps_limits(tally, 24) OVER w AS h, ces_mean_limits(tally, 24) OVER w AS i
      FROM week, unnest('{24,52}'::int[]) weeks WHERE week <= weeks
      WINDOW w AS (PARTITION BY topbox, n, series, weeks ORDER BY week)) v,
     LATERAL (VALUES ('top box', 'all weeks', (a).signal), ('NPS', 'all weeks', (b).signal), ('mean', 'all weeks', (c).signal),
                     ('top box', '12 weeks', (d).signal), ('NPS', '12 weeks', (e).signal), ('mean', '12 weeks', (f).signal),
                     ('top box', '24 weeks', (g).signal), ('NPS', '24 weeks', (h).signal), ('mean', '24 weeks', (i).signal)) u (metric, limits, signal)
WHERE limits <> '24 weeks' OR weeks > 24 -- otherwise it is all weeks
GROUP BY metric, topbox, n, weeks, limits, series;

\echo Quiet series of weeks in which there is a signal at least once, and quiet weeks with a signal, percent, by the weeks that set the limits
SELECT limits, weeks, n AS "answers a week", metric, topbox AS "top box", round(100.0 * count(*) FILTER (WHERE 'outside' = ANY (signals)) / count(*), 1) AS outside,
       round(100.0 * count(*) FILTER (WHERE 'shift' = ANY (signals)) / count(*), 1) AS shift,
       round(100.0 * count(*) FILTER (WHERE 'trend' = ANY (signals)) / count(*), 1) AS trend,
       round(100.0 * count(*) FILTER (WHERE 'near limits' = ANY (signals)) / count(*), 1) AS "near limits",
       round(100.0 * count(*) FILTER (WHERE points > 0) / count(*), 1) AS any,
       round(100.0 * sum(points) / sum(weeks), 2) AS "of weeks", round(100.0 * count(*) FILTER (WHERE at_last) / count(*), 2) AS "of last weeks"
FROM signal GROUP BY limits, weeks, n, metric, topbox ORDER BY limits DESC, weeks, array_position('{top box,NPS,mean}', metric), topbox, n;
