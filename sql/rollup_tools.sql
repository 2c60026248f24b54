--
-- SQL as tools write it: which is answered from a rollup, and that the result is the same.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET client_min_messages = warning;
LOAD 'ces';
SET TimeZone = 'UTC';
-- 20,000 answers in 600 groups, a month by day, channel and agent.
CREATE SCHEMA survey;
CREATE SCHEMA survey_tz;
CREATE TABLE survey.responses (channel text NOT NULL, agent text, answered_at timestamp, effort_score integer, recommend integer, satisfaction integer);
INSERT INTO survey.responses
SELECT (ARRAY['phone', 'email', 'chat', 'web'])[1 + n % 4], nullif('agent ' || n / 4 % 5, 'agent 4'), timestamp '2026-02-02' + n % 30 * interval '1 day' + n * 7919 % 86400 * interval '1 second',
       nullif(1 + n * 31 % 8, 8), nullif(n * 17 % 12, 11), nullif(1 + n * 13 % 6, 6)
FROM generate_series(1, 20000) n;
CREATE INDEX ON survey.responses (answered_at);
CREATE TABLE survey_tz.responses AS SELECT channel, agent, answered_at AT TIME ZONE 'UTC' AS answered_at, effort_score, recommend, satisfaction FROM survey.responses;
CREATE INDEX ON survey_tz.responses (answered_at);
CALL ces_create_rollup('survey.daily', $$
  SELECT answered_at::date AS day, channel, agent, ces_tally(effort_score, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend,
         ces_tally(satisfaction, 'csat') AS satisfaction, count(*) AS responses FROM survey.responses GROUP BY 1, 2, 3 $$);
CALL ces_create_rollup('survey_tz.daily_utc', $$
  SELECT (answered_at AT TIME ZONE 'UTC')::date AS day, channel, agent, ces_tally(effort_score, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend,
         ces_tally(satisfaction, 'csat') AS satisfaction, count(*) AS responses FROM survey_tz.responses GROUP BY 1, 2, 3 $$);
CALL ces_create_rollup('survey_tz.daily_amsterdam', $$
  SELECT (answered_at AT TIME ZONE 'Europe/Amsterdam')::date AS day, channel, agent, ces_tally(effort_score, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend,
         ces_tally(satisfaction, 'csat') AS satisfaction, count(*) AS responses FROM survey_tz.responses GROUP BY 1, 2, 3 $$);
-- Some more, not yet folded.
INSERT INTO survey.responses VALUES ('phone', 'agent 5', '2026-02-10 23:59:59.9995', 1, 0, 1), ('chat', NULL, NULL, 7, 10, 5);
INSERT INTO survey_tz.responses VALUES ('phone', 'agent 5', '2026-02-10 23:59:59.9995Z', 1, 0, 1), ('chat', NULL, NULL, 7, 10, 5);
ANALYZE survey.responses, survey_tz.responses;

CREATE TABLE tool (n serial, tool text, query text);
INSERT INTO tool (tool, query) VALUES
('Superset, line chart', $$
SELECT DATE_TRUNC('week', answered_at) AS answered_at, channel AS channel, nps(recommend) AS "nps(recommend)"
FROM public.responses
WHERE answered_at >= TO_TIMESTAMP('2026-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')
  AND answered_at < TO_TIMESTAMP('2026-03-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')
GROUP BY DATE_TRUNC('week', answered_at), channel
ORDER BY "nps(recommend)" DESC, 1, 2
LIMIT 10000$$),
('Superset, until now', $$
SELECT DATE_TRUNC('day', answered_at) AS answered_at, ces_topbox(effort_score) AS ces
FROM public.responses
WHERE answered_at >= TO_TIMESTAMP('2026-02-05 10:11:12.000000', 'YYYY-MM-DD HH24:MI:SS.US')
  AND answered_at < TO_TIMESTAMP('2026-02-28 15:30:00.123456', 'YYYY-MM-DD HH24:MI:SS.US')
GROUP BY DATE_TRUNC('day', answered_at) ORDER BY ces DESC, 1 LIMIT 50000$$),
('Superset, dates', $$
SELECT DATE_TRUNC('month', answered_at) AS __timestamp, nps(recommend) AS nps FROM public.responses
WHERE answered_at >= TO_DATE('2026-02-02', 'YYYY-MM-DD') AND answered_at < TO_DATE('2026-03-02', 'YYYY-MM-DD')
GROUP BY DATE_TRUNC('month', answered_at)$$),
('Superset, virtual dataset', $$
SELECT channel AS channel, csat(satisfaction) AS csat, COUNT(*) AS count
FROM (SELECT * FROM responses WHERE agent IS NOT NULL) AS virtual_table
WHERE answered_at >= TO_TIMESTAMP('2026-02-09 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')
GROUP BY channel ORDER BY csat DESC LIMIT 100$$),
('Superset, top series', $$
SELECT DATE_TRUNC('week', answered_at) AS __timestamp, channel AS channel, nps(recommend) AS nps
FROM public.responses
JOIN (SELECT channel AS channel__, nps(recommend) AS mme_inner__ FROM public.responses
      WHERE answered_at >= TO_TIMESTAMP('2026-02-02 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND answered_at < TO_TIMESTAMP('2026-03-02 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')
      GROUP BY channel ORDER BY mme_inner__ DESC LIMIT 2) AS series_limit ON channel = channel__
WHERE answered_at >= TO_TIMESTAMP('2026-02-02 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND answered_at < TO_TIMESTAMP('2026-03-02 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')
GROUP BY DATE_TRUNC('week', answered_at), channel ORDER BY nps DESC, 1, 2 LIMIT 50000$$),
('Superset, big number', $$
SELECT nps(recommend) AS nps FROM public.responses
WHERE answered_at >= TO_TIMESTAMP('2026-02-02 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND channel IN ('phone', 'chat') LIMIT 50000$$),
('Tableau, month', $$
SELECT DATE_TRUNC('MONTH', CAST("responses"."answered_at" AS TIMESTAMP)) AS "tmn:answered_at:ok", nps("responses"."recommend") AS "usr:Calculation_1:ok"
FROM "public"."responses" "responses"
WHERE (("responses"."answered_at" >= (TIMESTAMP '2026-02-01 00:00:00.000')) AND ("responses"."answered_at" < (TIMESTAMP '2026-03-01 00:00:00.000')))
GROUP BY 1$$),
('Tableau, week', $$
SELECT CAST((DATE_TRUNC('day', CAST("responses"."answered_at" AS DATE)) + (-EXTRACT(DOW FROM "responses"."answered_at") * INTERVAL '1 DAY')) AS DATE) AS "twk:answered_at:ok", csat("responses"."satisfaction") AS "usr:Calculation_2:ok"
FROM "public"."responses" "responses"
GROUP BY 1$$),
('Tableau, year', $$
SELECT CAST(EXTRACT(YEAR FROM "responses"."answered_at") AS INTEGER) AS "yr:answered_at:ok", "responses"."channel" AS "channel", ces_mean("responses"."effort_score") AS "usr:Calculation_3:ok"
FROM "public"."responses" "responses"
WHERE (CAST(EXTRACT(YEAR FROM "responses"."answered_at") AS INTEGER) = 2026)
GROUP BY 1, 2$$),
('Tableau, top N', $$
SELECT "responses"."agent" AS "agent", nps("responses"."recommend") AS "usr:Calculation_1:ok"
FROM "public"."responses" "responses"
INNER JOIN (SELECT "responses"."agent" AS "agent", nps("responses"."recommend") AS "$__alias__0" FROM "public"."responses" "responses" GROUP BY 1 ORDER BY 2 DESC NULLS LAST, 1 LIMIT 2) "t0" ON ("responses"."agent" IS NOT DISTINCT FROM "t0"."agent")
GROUP BY 1$$),
('Metabase, week from Monday', $$
SELECT CAST(DATE_TRUNC('week', "public"."responses"."answered_at") AS timestamp) AS "answered_at", nps("public"."responses"."recommend") AS "nps"
FROM "public"."responses"
GROUP BY CAST(DATE_TRUNC('week', "public"."responses"."answered_at") AS timestamp)
ORDER BY CAST(DATE_TRUNC('week', "public"."responses"."answered_at") AS timestamp) ASC$$),
('Metabase, week from Sunday', $$
SELECT (CAST(DATE_TRUNC('week', ("public"."responses"."answered_at" + INTERVAL '1 day')) AS timestamp) + INTERVAL '-1 day') AS "answered_at", nps("public"."responses"."recommend") AS "nps"
FROM "public"."responses"
WHERE "public"."responses"."answered_at" >= DATE_TRUNC('month', (NOW() + (INTERVAL '-{months} month')))
GROUP BY (CAST(DATE_TRUNC('week', ("public"."responses"."answered_at" + INTERVAL '1 day')) AS timestamp) + INTERVAL '-1 day')
ORDER BY (CAST(DATE_TRUNC('week', ("public"."responses"."answered_at" + INTERVAL '1 day')) AS timestamp) + INTERVAL '-1 day') ASC$$),
('Metabase, source', $$
SELECT "source"."answered_at" AS "answered_at", "source"."channel" AS "channel", nps("source"."recommend") AS "nps"
FROM (SELECT CAST(DATE_TRUNC('week', "public"."responses"."answered_at") AS timestamp) AS "answered_at", "public"."responses"."channel" AS "channel", "public"."responses"."recommend" AS "recommend"
      FROM "public"."responses" WHERE "public"."responses"."channel" = 'phone') AS "source"
GROUP BY "source"."answered_at", "source"."channel" ORDER BY "source"."answered_at" ASC, "source"."channel" ASC$$),
('Metabase, wrapped', $$
SELECT "source"."answered_at" AS "answered_at", "source"."nps" AS "nps"
FROM (SELECT DATE_TRUNC('week', "public"."responses"."answered_at" + INTERVAL '1 day') + INTERVAL '-1 day' AS "answered_at", nps("public"."responses"."recommend") AS "nps"
      FROM "public"."responses" GROUP BY DATE_TRUNC('week', "public"."responses"."answered_at" + INTERVAL '1 day') + INTERVAL '-1 day') AS "source"
WHERE "source"."nps" > -50 ORDER BY "source"."answered_at" ASC LIMIT 1048575$$),
('Power BI', $$
select "rows"."channel" as "channel", nps("rows"."recommend") as "a0"
from (
    select "_"."channel", "_"."recommend"
    from (
        select "$Table"."channel" as "channel", "$Table"."answered_at" as "answered_at", "$Table"."recommend" as "recommend" from "public"."responses" "$Table"
    ) "_"
    where "_"."answered_at" < timestamp '2026-03-01 00:00:00' and "_"."answered_at" >= timestamp '2026-02-02 00:00:00'
) "rows"
group by "channel"
limit 1000001$$),
('Power BI, dates', $$
select "rows"."agent" as "agent", ces_topbox("rows"."effort_score") as "a0", count(1) as "a1"
from (select "_"."agent", "_"."effort_score" from "public"."responses" "_" where "_"."answered_at" < date '2026-03-01' and "_"."answered_at" >= date '2026-02-10') "rows"
group by "agent"
limit 1000001$$),
('Looker', $$
SELECT TO_CHAR(DATE_TRUNC('week', responses."answered_at"), 'YYYY-MM-DD') AS "responses.answered_week", responses."channel" AS "responses.channel", nps(responses."recommend") AS "responses.nps"
FROM "public"."responses" AS responses
WHERE ((( responses."answered_at" ) >= (DATE_TRUNC('day', DATE '2026-02-02')) AND ( responses."answered_at" ) < (DATE_TRUNC('day', DATE '2026-03-02'))))
GROUP BY (DATE_TRUNC('week', responses."answered_at")), 2
ORDER BY 1 DESC, 2
FETCH NEXT 500 ROWS ONLY$$),
('Looker, rolling', $$
SELECT TO_CHAR(DATE_TRUNC('month', responses."answered_at"), 'YYYY-MM') AS "responses.answered_month", csat(responses."satisfaction") AS "responses.csat"
FROM "public"."responses" AS responses
WHERE ((( responses."answered_at" ) >= ((SELECT (DATE_TRUNC('month', DATE_TRUNC('day', CURRENT_TIMESTAMP)) + ('-{months} month')::INTERVAL))) AND ( responses."answered_at" ) < ((SELECT ((DATE_TRUNC('month', DATE_TRUNC('day', CURRENT_TIMESTAMP)) + ('-{months} month')::INTERVAL) + ('12 month')::INTERVAL)))))
GROUP BY (DATE_TRUNC('month', responses."answered_at"))
ORDER BY 1 DESC
FETCH NEXT 500 ROWS ONLY$$),
('Cube, week', $$
SELECT "responses".channel "responses__channel", date_trunc('week', ("responses".answered_at::timestamptz AT TIME ZONE 'UTC')) "responses__answered_at_week", ces_topbox("responses".effort_score) "responses__ces_topbox"
FROM public.responses AS "responses"
WHERE ("responses".answered_at >= '2026-02-02 00:00:00+00'::timestamptz AND "responses".answered_at <= '2026-02-28 23:59:59.999+00'::timestamptz)
GROUP BY 1, 2 ORDER BY 2 ASC, 1 LIMIT 10000$$),
('Cube, filters', $$
SELECT "responses".agent "responses__agent", csat("responses".satisfaction) "responses__csat"
FROM public.responses AS "responses"
WHERE ("responses".channel IN ('phone', 'chat')) AND ("responses".agent ILIKE '%' || 'agent' || '%') AND ("responses".agent <> 'agent 1' OR "responses".agent IS NULL)
GROUP BY 1 HAVING (csat("responses".satisfaction) > 10) ORDER BY 2 DESC, 1 LIMIT 10000$$),
('Grafana, time series', $$
SELECT floor(extract(epoch from answered_at)/86400)*86400 AS "time", nps(recommend) AS "nps"
FROM responses
WHERE answered_at BETWEEN '2026-02-02T00:00:00Z' AND '2026-02-28T17:12:01.123Z'
GROUP BY 1 ORDER BY 1$$),
('Grafana, weeks', $$
SELECT floor(extract(epoch from answered_at)/604800)*604800 AS "time", channel AS metric, nps(recommend) AS value
FROM responses
WHERE answered_at BETWEEN '2026-02-02T00:00:00Z' AND '2026-03-01T23:59:59Z'
GROUP BY 1, 2 ORDER BY 1, 2$$),
('Grafana, date_trunc', $$
SELECT date_trunc('week', answered_at) AS "time", ces_mean(effort_score) FROM responses
WHERE answered_at BETWEEN '2026-02-02T00:00:00Z' AND '2026-03-01T23:59:59.999Z' GROUP BY 1 ORDER BY 1$$),
('psql, week', $$
SELECT channel, date_trunc('week', answered_at), nps(recommend) FROM responses WHERE answered_at >= '2026-02-01' AND channel <> 'web' GROUP BY 1, 2$$),
('psql, last days', $$
SELECT channel, agent, nps(recommend), count(*) FROM responses WHERE answered_at >= now() - interval '{days} days' GROUP BY GROUPING SETS ((channel), (agent), ())$$),
('psql, hours', $$
SELECT date_trunc('hour', answered_at), nps(recommend) FROM responses GROUP BY 1$$);

-- A query over the table in a schema, around the time when there are answers.
CREATE FUNCTION over(query text, schema text) RETURNS text LANGUAGE sql RETURN
  replace(replace(replace(query, 'public', schema), '{months}', ((extract(year FROM current_date) - 2026) * 12 + extract(month FROM current_date) - 2)::text),
          '{days}', (current_date - date '2026-02-20')::text);
-- What a query reads, and whether that gives the same.
CREATE FUNCTION reads(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  found text := 'answers';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    found := coalesce(substring(line FROM ' on (\w+)_store'), found);
  END LOOP;
  RETURN found;
END $$;
CREATE FUNCTION rows_of(query text, rollups text) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  r record;
  rows text[] := '{}';
BEGIN
  PERFORM set_config('ces.enable_rollups', rollups, true);
  FOR r IN EXECUTE query LOOP
    rows := rows || r::text;
  END LOOP;
  RETURN CASE WHEN query ~* 'order by [^()]*$' THEN rows ELSE ARRAY(SELECT row FROM unnest(rows) u (row) ORDER BY row) END;
END $$;
CREATE FUNCTION same(query text) RETURNS boolean LANGUAGE sql AS $$ SELECT rows_of(query, 'off') = rows_of(query, 'on') $$;

-- Over a timestamp; its days are the same in every zone, unless a query converts them.
SET search_path = survey, public;
SELECT tool, reads(q), same(q), cardinality(rows_of(q, 'on')) > 0 AS has_rows FROM tool, over(query, 'survey') q ORDER BY n;
SET TimeZone = 'Europe/Amsterdam';
SELECT tool, reads(q), same(q) FROM tool, over(query, 'survey') q WHERE reads(q) <> 'daily' OR NOT same(q) ORDER BY n;
-- Over a timestamptz, in a zone for which there is a rollup, in another such zone, and in one that has none.
SET search_path = survey_tz, public;
SET TimeZone = 'UTC';
SELECT tool, reads(q), same(q), cardinality(rows_of(q, 'on')) > 0 AS has_rows FROM tool, over(query, 'survey_tz') q ORDER BY n;
SET TimeZone = 'Europe/Amsterdam';
SELECT tool, reads(q), same(q) FROM tool, over(query, 'survey_tz') q ORDER BY n;
SET TimeZone = 'America/New_York';
SELECT tool, reads(q), same(q) FROM tool, over(query, 'survey_tz') q ORDER BY n;

RESET search_path;
-- Parameters: Cube's, as its driver sends them, and a plan that is used again in another zone.
SET TimeZone = 'UTC';
PREPARE cube (timestamptz, timestamptz, text, text) AS
  SELECT "responses".channel "responses__channel", date_trunc('week', ("responses".answered_at::timestamptz AT TIME ZONE 'UTC')) "responses__answered_at_week",
         ces_topbox("responses".effort_score) "responses__ces_topbox"
  FROM survey.responses AS "responses"
  WHERE ("responses".answered_at >= $1::timestamptz AND "responses".answered_at <= $2::timestamptz) AND ("responses".channel IN ($3, $4))
  GROUP BY 1, 2 ORDER BY 2 ASC, 1 LIMIT 10000;
PREPARE cube_tz (timestamptz, timestamptz) AS
  SELECT date_trunc('week', ("responses".answered_at::timestamptz AT TIME ZONE 'Europe/Amsterdam')) "responses__answered_at_week", ces_topbox("responses".effort_score) "responses__ces_topbox"
  FROM survey_tz.responses AS "responses"
  WHERE ("responses".answered_at >= $1::timestamptz AND "responses".answered_at <= $2::timestamptz)
  GROUP BY 1 ORDER BY 1 ASC LIMIT 10000;
SET ces.enable_rollups = off;
PREPARE cube_off (timestamptz, timestamptz, text, text) AS
  SELECT "responses".channel, date_trunc('week', ("responses".answered_at::timestamptz AT TIME ZONE 'UTC')), ces_topbox("responses".effort_score)
  FROM survey.responses AS "responses"
  WHERE ("responses".answered_at >= $1::timestamptz AND "responses".answered_at <= $2::timestamptz) AND ("responses".channel IN ($3, $4))
  GROUP BY 1, 2 ORDER BY 2 ASC, 1 LIMIT 10000;
PREPARE cube_tz_off (timestamptz, timestamptz) AS
  SELECT date_trunc('week', ("responses".answered_at::timestamptz AT TIME ZONE 'Europe/Amsterdam')), ces_topbox("responses".effort_score)
  FROM survey_tz.responses AS "responses" WHERE ("responses".answered_at >= $1::timestamptz AND "responses".answered_at <= $2::timestamptz)
  GROUP BY 1 ORDER BY 1 ASC LIMIT 10000;
RESET ces.enable_rollups;
CREATE FUNCTION same_prepared(name text, arguments text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  without text[] := rows_of(format('EXECUTE %s_off(%s)', name, arguments), 'off');
BEGIN
  RETURN without = rows_of(format('EXECUTE %s(%s)', name, arguments), 'on') AND cardinality(without) > 0;
END $$;
\set cube '$$\'2026-02-02 00:00:00+00\', \'2026-02-28 23:59:59.999+00\', \'phone\', \'chat\'$$'
\set cube_tz '$$\'2026-02-01 23:00:00+00\', \'2026-02-28 22:59:59.999+00\'$$'
SELECT reads('EXECUTE cube(' || :cube || ')'), same_prepared('cube', :cube) AS same, reads('EXECUTE cube_tz(' || :cube_tz || ')'), same_prepared('cube_tz', :cube_tz) AS same;
SET plan_cache_mode = force_generic_plan;
SELECT same_prepared('cube', :cube) AS same, same_prepared('cube_tz', :cube_tz) AS same;
SET TimeZone = 'Europe/Amsterdam';
SELECT same_prepared('cube', :cube) AS same, same_prepared('cube_tz', :cube_tz) AS same;
SET TimeZone = 'Asia/Kolkata';
SELECT same_prepared('cube', :cube) AS same, same_prepared('cube_tz', :cube_tz) AS same;
SET plan_cache_mode = force_custom_plan;
SELECT reads('EXECUTE cube(' || :cube || ')'), same_prepared('cube', :cube) AS same, reads('EXECUTE cube_tz(' || :cube_tz || ')'), same_prepared('cube_tz', :cube_tz) AS same;
SET TimeZone = 'UTC';
SELECT reads('EXECUTE cube(' || :cube || ')'), same_prepared('cube', :cube) AS same, reads('EXECUTE cube_tz(' || :cube_tz || ')'), same_prepared('cube_tz', :cube_tz) AS same;

-- What is not answered, and why.
SET search_path = survey, public;
SELECT tool, rollup, reason FROM tool, over(query, 'survey') q, ces_rollup_explain(q) WHERE NOT used ORDER BY n;
RESET search_path;

DEALLOCATE ALL;
DROP SCHEMA survey, survey_tz CASCADE;
DROP TABLE tool;
DROP FUNCTION over, reads, rows_of, same, same_prepared;
