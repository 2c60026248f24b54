-- What BI tools send, and the same for DuckDB with plain formulas. A query is asked for a range of
-- whole days, and for one that begins and ends inside a day: {from} and {to} stand for its bounds,
-- {last} for the last millisecond before {to}, {unit} for what bounds relative to now are cut off to.
-- values are those of $1, $2.
CREATE TABLE query (number int GENERATED ALWAYS AS IDENTITY, name text, statement text, values text, duckdb text);
CREATE TABLE days (days text, "from" timestamp, "to" timestamp, unit text);
INSERT INTO days VALUES
  ('whole days', current_date - interval '700 days', current_date - interval '10 days', 'month'),
  ('inside a day', current_date - interval '700 days' + interval '10:15:00', current_date - interval '10 days' + interval '15:40:00', 'minute');

\set nps '100.0 * (count(*) FILTER (WHERE recommend >= 9) - count(*) FILTER (WHERE recommend <= 6)) / count(recommend)'
\set csat '100.0 * count(*) FILTER (WHERE satisfaction >= 4) / count(satisfaction)'
\set topbox '100.0 * count(*) FILTER (WHERE effort_score >= 5) / count(effort_score)'
\set range 'answered_at >= TIMESTAMP ''{from}'' AND answered_at < TIMESTAMP ''{to}'''

INSERT INTO query (name, statement, values, duckdb) VALUES
('Superset, channel and week', $$
SELECT DATE_TRUNC('week', answered_at) AS __timestamp, channel AS channel, nps(recommend) AS "NPS"
FROM public.responses
WHERE answered_at >= TO_TIMESTAMP('{from}.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND answered_at < TO_TIMESTAMP('{to}.000000', 'YYYY-MM-DD HH24:MI:SS.US')
GROUP BY DATE_TRUNC('week', answered_at), channel ORDER BY "NPS" DESC LIMIT 10000$$, NULL,
$$SELECT date_trunc('week', answered_at), channel, $$ || :'nps' || $$ AS nps FROM responses WHERE $$ || :'range' || $$ GROUP BY 1, 2 ORDER BY nps DESC LIMIT 10000$$),

('Superset, one number', $$
SELECT csat(satisfaction) AS "CSAT" FROM public.responses
WHERE answered_at >= TO_TIMESTAMP('{from}.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND answered_at < TO_TIMESTAMP('{to}.000000', 'YYYY-MM-DD HH24:MI:SS.US')
  AND channel IN ('chat', 'web') LIMIT 50000$$, NULL,
$$SELECT $$ || :'csat' || $$ FROM responses WHERE $$ || :'range' || $$ AND channel IN ('chat', 'web')$$),

('Tableau, channel and month', $$
SELECT "responses"."channel" AS "channel", DATE_TRUNC('MONTH', CAST("responses"."answered_at" AS TIMESTAMP)) AS "tmn:answered_at:ok",
  nps("responses"."recommend") AS "usr:Calculation_1:ok"
FROM "public"."responses" "responses"
WHERE (("responses"."answered_at" >= (TIMESTAMP '{from}.000')) AND ("responses"."answered_at" < (TIMESTAMP '{to}.000')))
GROUP BY 1, 2$$, NULL,
$$SELECT channel, date_trunc('month', answered_at), $$ || :'nps' || $$ FROM responses WHERE $$ || :'range' || $$ GROUP BY 1, 2$$),

('Tableau, week from Sunday', $$
SELECT CAST((DATE_TRUNC('day', CAST("responses"."answered_at" AS DATE)) + (-EXTRACT(DOW FROM "responses"."answered_at") * INTERVAL '1 DAY')) AS DATE) AS "twk:answered_at:ok",
  csat("responses"."satisfaction") AS "usr:Calculation_2:ok"
FROM "public"."responses" "responses"
WHERE (("responses"."answered_at" >= (TIMESTAMP '{from}.000')) AND ("responses"."answered_at" < (TIMESTAMP '{to}.000')))
GROUP BY 1$$, NULL,
$$SELECT date_trunc('week', answered_at + INTERVAL 1 DAY) - INTERVAL 1 DAY, $$ || :'csat' || $$ FROM responses WHERE $$ || :'range' || $$ GROUP BY 1$$),

('Metabase, channel and week', $$
SELECT "source"."answered_at" AS "answered_at", "source"."channel" AS "channel", nps("source"."recommend") AS "nps"
FROM (SELECT CAST(DATE_TRUNC('week', "public"."responses"."answered_at") AS timestamp) AS "answered_at", "public"."responses"."channel" AS "channel",
        "public"."responses"."recommend" AS "recommend"
      FROM "public"."responses"
      WHERE ("public"."responses"."answered_at" >= timestamp '{from}.000') AND ("public"."responses"."answered_at" < timestamp '{to}.000')) AS "source"
GROUP BY "source"."answered_at", "source"."channel" ORDER BY "source"."answered_at" ASC, "source"."channel" ASC$$, NULL,
$$SELECT date_trunc('week', answered_at) AS week, channel, $$ || :'nps' || $$ FROM responses WHERE $$ || :'range' || $$ GROUP BY 1, 2 ORDER BY week, channel$$),

('Metabase, week from Sunday', $$
SELECT (CAST(DATE_TRUNC('week', ("public"."responses"."answered_at" + INTERVAL '1 day')) AS timestamp) + INTERVAL '-1 day') AS "answered_at",
  ces_topbox("public"."responses"."effort_score") AS "ces"
FROM "public"."responses"
WHERE ("public"."responses"."answered_at" >= timestamp '{from}.000') AND ("public"."responses"."answered_at" < timestamp '{to}.000')
GROUP BY 1 ORDER BY 1 ASC$$, NULL,
$$SELECT date_trunc('week', answered_at + INTERVAL 1 DAY) - INTERVAL 1 DAY AS week, $$ || :'topbox' || $$ FROM responses WHERE $$ || :'range' || $$ GROUP BY 1 ORDER BY week$$),

('Metabase, the last 12 months', $$
SELECT CAST(DATE_TRUNC('month', "public"."responses"."answered_at") AS timestamp) AS "answered_at", nps("public"."responses"."recommend") AS "nps"
FROM "public"."responses"
WHERE ("public"."responses"."answered_at" >= date_trunc('{unit}', (now() + (INTERVAL '-12 month'))))
  AND ("public"."responses"."answered_at" < date_trunc('{unit}', now()))
GROUP BY 1 ORDER BY 1 ASC$$, NULL,
$$SELECT date_trunc('month', answered_at) AS month, $$ || :'nps' || $$ FROM responses
WHERE answered_at >= date_trunc('{unit}', TIMESTAMP '{now}' - INTERVAL 12 MONTH) AND answered_at < date_trunc('{unit}', TIMESTAMP '{now}') GROUP BY 1 ORDER BY month$$),

('Power BI, channel and month', $$
select "rows"."channel" as "channel", "rows"."month" as "month", nps("rows"."recommend") as "a0"
from (select "_"."channel" as "channel", date_trunc('month', "_"."answered_at") as "month", "_"."recommend" as "recommend"
      from (select "$Table"."channel" as "channel", "$Table"."answered_at" as "answered_at", "$Table"."recommend" as "recommend"
            from "public"."responses" "$Table") "_"
      where "_"."answered_at" < timestamp '{to}' and "_"."answered_at" >= timestamp '{from}') "rows"
group by "channel", "month" limit 1000001$$, NULL,
$$SELECT channel, date_trunc('month', answered_at), $$ || :'nps' || $$ FROM responses WHERE $$ || :'range' || $$ GROUP BY 1, 2$$),

('Looker, channel and week', $$
SELECT TO_CHAR(DATE_TRUNC('week', responses.answered_at), 'YYYY-MM-DD') AS "responses.answered_week", responses.channel AS "responses.channel",
  csat(responses.satisfaction) AS "responses.csat"
FROM public.responses AS responses
WHERE ((( responses.answered_at ) >= ((DATE_TRUNC('minute', TIMESTAMP '{from}'))) AND ( responses.answered_at ) < ((DATE_TRUNC('minute', TIMESTAMP '{to}')))))
GROUP BY 1, 2 ORDER BY 1 DESC FETCH NEXT 5000 ROWS ONLY$$, NULL,
$$SELECT strftime(date_trunc('week', answered_at), '%Y-%m-%d') AS week, channel, $$ || :'csat' || $$ FROM responses WHERE $$ || :'range' || $$ GROUP BY 1, 2 ORDER BY week DESC LIMIT 5000$$),

('Cube, channel and week', $$
SELECT "responses".channel "responses__channel", date_trunc('week', ("responses".answered_at::timestamptz AT TIME ZONE 'UTC')) "responses__answered_at_week",
  ces_topbox("responses".effort_score) "responses__ces_topbox"
FROM public.responses AS "responses"
WHERE ("responses".answered_at >= $1::timestamptz AND "responses".answered_at <= $2::timestamptz)
GROUP BY 1, 2 ORDER BY 2 ASC LIMIT 10000$$, $$'{from}+00', '{last}+00'$$,
$$SELECT channel, date_trunc('week', answered_at) AS week, $$ || :'topbox' || $$ FROM responses WHERE answered_at >= TIMESTAMP '{from}' AND answered_at <= TIMESTAMP '{last}' GROUP BY 1, 2 ORDER BY week LIMIT 10000$$),

('Grafana, day', $$
SELECT floor(extract(epoch from answered_at)/86400)*86400 AS "time", nps(recommend)
FROM responses WHERE answered_at BETWEEN '{from}Z' AND '{to}Z' GROUP BY 1 ORDER BY 1$$, NULL,
$$SELECT floor(epoch(answered_at) / 86400) * 86400 AS "time", $$ || :'nps' || $$ FROM responses WHERE answered_at BETWEEN '{from}' AND '{to}' GROUP BY 1 ORDER BY "time"$$),

('Evidence, four columns by channel and month', $$
SELECT date_trunc('month', answered_at) AS month, channel, nps(recommend) AS nps, csat(satisfaction) AS csat, ces_topbox(effort_score) AS ces, count(*) AS responses
FROM responses WHERE answered_at >= '{from}' AND answered_at < '{to}' GROUP BY 1, 2 ORDER BY 1, 2$$, NULL,
$$SELECT date_trunc('month', answered_at) AS month, channel, $$ || :'nps' || $$, $$ || :'csat' || $$, $$ || :'topbox' || $$, count(*)
FROM responses WHERE $$ || :'range' || $$ GROUP BY 1, 2 ORDER BY month, channel$$),

('Superset, one agent by week', $$
SELECT DATE_TRUNC('week', answered_at) AS __timestamp, csat(satisfaction) AS "CSAT"
FROM public.responses
WHERE answered_at >= TO_TIMESTAMP('{from}.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND answered_at < TO_TIMESTAMP('{to}.000000', 'YYYY-MM-DD HH24:MI:SS.US')
  AND agent = 'agent 7'
GROUP BY DATE_TRUNC('week', answered_at) ORDER BY "CSAT" DESC LIMIT 10000$$, NULL,
$$SELECT date_trunc('week', answered_at), $$ || :'csat' || $$ AS csat FROM responses WHERE $$ || :'range' || $$ AND agent = 'agent 7' GROUP BY 1 ORDER BY csat DESC LIMIT 10000$$),

('Superset, all agents', $$
SELECT agent AS agent, csat(satisfaction) AS "CSAT"
FROM public.responses
WHERE answered_at >= TO_TIMESTAMP('{from}.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND answered_at < TO_TIMESTAMP('{to}.000000', 'YYYY-MM-DD HH24:MI:SS.US')
GROUP BY agent ORDER BY "CSAT" DESC LIMIT 1000$$, NULL,
$$SELECT agent, $$ || :'csat' || $$ AS csat FROM responses WHERE $$ || :'range' || $$ GROUP BY 1 ORDER BY csat DESC LIMIT 1000$$);

-- Each query for each range
CREATE FUNCTION for_days(text text, d days) RETURNS text LANGUAGE sql AS $$
  SELECT replace(replace(replace(replace(replace(text, '{from}', d."from"::text), '{to}', d."to"::text),
                                 '{last}', (d."to" - interval '1 ms')::text), '{unit}', d.unit), '{now}', localtimestamp::text)
$$;
CREATE TABLE asked AS
SELECT row_number() OVER (ORDER BY number, days DESC)::int AS id, number, name, days,
       for_days(statement, d) AS statement, for_days(values, d) AS values, for_days(duckdb, d) AS duckdb
FROM query, days d;
