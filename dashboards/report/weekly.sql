-- weekly.sql: a report of the last whole week, as one HTML file, made with psql and SQL alone.
--
--     psql -X -q -v answers='SELECT ...' -f weekly.sql surveys >report.html
--
-- answers is a query on your own tables. It returns a row for each answered survey, with the column
-- answered_at (date, timestamp or timestamptz) and those of these columns that there are: channel,
-- agent, effort, recommend, satisfaction. Parts of the report whose column is missing are left out.
-- For the table of doc/survey.sql:
--
--     SELECT answered_at, channel, agent, effort_score AS effort, recommend, satisfaction
--     FROM responses
--
-- These have a default:
--
--     -v title='Customer service'        the heading
--     -v until=2026-04-06                report the last whole week before this date; today
--     -v weeks=26                        how many weeks the charts show and the limits come from
--     -v effort_scale='5..1'             the scale, or for answers in words the label set, of effort
--     -v recommend_scale=, -v satisfaction_scale=     likewise; 1..7, nps and csat
--
-- A score that is not on its scale is an error. If 99 stands for "no answer", the query returns
--
--     CASE WHEN effort_score <@ '1..7' THEN effort_score END AS effort
--
-- Weeks begin on Monday, 0:00 in the time zone of the session (PGTZ=Europe/Amsterdam sets it). All
-- metrics, intervals and limits are those of ces. The script writes nothing to the database, so it
-- also runs on a standby. It reads the answers in one snapshot, and keeps their tallies in variables
-- of psql.
--
-- The file is well-formed XML, too. This script is plain ASCII, so that it works in a database of
-- any encoding: &#8722; is a minus sign, &#8211; a dash, &#215; a multiplication sign.

\set ON_ERROR_STOP on
\set QUIET on
\set ECHO none
\set SHOW_CONTEXT never
\timing off
\encoding UTF8
\pset format unaligned
\pset tuples_only on
\pset pager off
\pset expanded off
\pset null ''
\pset recordsep '\n'

\if :{?answers} \else
    \set answers ''
\endif
\if :{?title} \else
    \set title ''
\endif
\if :{?until} \else
    \set until today
\endif
\if :{?weeks} \else
    \set weeks 26
\endif
\if :{?effort_scale} \else
    \set effort_scale '1..7'
\endif
\if :{?recommend_scale} \else
    \set recommend_scale nps
\endif
\if :{?satisfaction_scale} \else
    \set satisfaction_scale csat
\endif

SET datestyle = ISO;
SET standard_conforming_strings = on;
SET extra_float_digits = 1;
BEGIN TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY;

SELECT count(*) = 0 AS no_extension,
       coalesce(nullif(:'title', ''), 'Customer service') AS title,
       :'until' !~ '^(today|\d{4}-\d\d-\d\d)$' AS bad_until,
       :'weeks' !~ '^[1-9]\d{0,2}$' AS bad_weeks
FROM pg_extension WHERE extname = 'ces' \gset
\if :no_extension
    DO $$ BEGIN
        RAISE 'the extension ces is not in this database' USING HINT = 'CREATE EXTENSION ces;';
    END $$;
\endif
\if :bad_until
    DO $$ BEGIN RAISE 'the variable "until" is not a date such as 2026-04-06'; END $$;
\endif
\if :bad_weeks
    DO $$ BEGIN RAISE 'the variable "weeks" is not a number of weeks from 1 to 999'; END $$;
\endif
-- The functions of ces are found wherever it is.
SELECT set_config('search_path', concat_ws(', ', nullif(current_setting('search_path'), ''),
                                           extnamespace::regnamespace::text), true) AS search_path
FROM pg_extension WHERE extname = 'ces' \gset

-- raw, as HTML. All text that isn't written here goes through this.
SELECT $$ regexp_replace(replace(replace(replace(replace(replace(raw, '&', '&amp;'), '<', '&lt;'), '>', '&gt;'),
                                 '"', '&quot;'), '''', '&#39;'),
                         '[\x01-\x08\x0b\x0c\x0e-\x1f\x7f]', '?', 'g') $$ AS escaped,
       -- n, with its noun.
       $$ to_char(n, 'FM999,999,999,990') || CASE n WHEN 1 THEN ' answer' ELSE ' answers' END $$ AS counted \gset

-- ---------------------------------------------------------------------------------------------
-- What there is to report
-- ---------------------------------------------------------------------------------------------

-- Without a semicolon, and a comment after it, at the end.
SELECT regexp_replace(:'answers', '[;\s]*(--[^\n''"$*]*)?\s*$', '') AS answers \gset
SELECT :'answers' = '' AS no_query \gset
\if :no_query
    DO $$ BEGIN
        RAISE 'no query: psql -v answers=''SELECT answered_at, ... FROM ...'' -f weekly.sql'
            USING HINT = 'The head of weekly.sql says which columns it returns.';
    END $$;
\endif

-- First as a value, so that an error shows the query rather than what would follow it here.
SELECT set_config('ces_report.answers', :'answers', true) AS answers_value \gset
DO $$ BEGIN
    EXECUTE format(E'SELECT FROM (%s\n) AS answers LIMIT 0', current_setting('ces_report.answers'));
END $$;

-- The columns of the query. Nothing is read for that.
SELECT bool_or(key = 'answered_at') AS has_time, bool_or(key = 'channel') AS has_channel,
       bool_or(key = 'agent') AS has_agent, bool_or(key = 'effort') AS has_effort,
       bool_or(key = 'recommend') AS has_recommend, bool_or(key = 'satisfaction') AS has_satisfaction,
       NOT bool_or(key IN ('effort', 'recommend', 'satisfaction')) AS has_no_score
FROM json_object_keys((SELECT row_to_json(r)
                       FROM (SELECT a.* FROM (SELECT) AS one LEFT JOIN (:answers
                            ) AS a ON false) AS r)) AS key \gset
\if :has_time \else
    DO $$ BEGIN RAISE 'the query in "answers" has no column answered_at'; END $$;
\endif
\if :has_no_score
    DO $$ BEGIN RAISE 'the query in "answers" has none of the columns effort, recommend, satisfaction'; END $$;
\endif

\set SHOW_CONTEXT errors

\set channel 'NULL::text'
\set agent 'NULL::text'
\set effort 'NULL::ces_tally'
\set recommend 'NULL::ces_tally'
\set satisfaction 'NULL::ces_tally'
\if :has_channel
    \set channel 'nullif(channel::text, \'\')'
\endif
\if :has_agent
    \set agent 'agent::text'
\endif
\if :has_satisfaction
    \set satisfaction 'ces_tally(satisfaction, :''satisfaction_scale'')'
\endif
\if :has_recommend
    \set recommend 'ces_tally(recommend, :''recommend_scale'')'
\endif
\if :has_effort
    \set effort 'ces_tally(effort, :''effort_scale'')'
\endif

-- The week: the last whole one that has answers. due is the one that should have. An index on
-- answered_at makes this quick. Rows in which no question is answered don't count; that is seen below.
SELECT date_trunc('week', :'until'::timestamp)::date - 7 AS due,
       coalesce((SELECT date_trunc('week', max(answered_at))::date
                 FROM (:answers
                      ) AS a
                 WHERE answered_at < date_trunc('week', :'until'::timestamp)), '-infinity') AS week,
       (SELECT count(*) FROM (:answers
                             ) AS a WHERE answered_at IS NULL) AS undated \gset

-- ---------------------------------------------------------------------------------------------
-- The numbers
-- ---------------------------------------------------------------------------------------------

-- weekly: the tallies of each week and channel.
SELECT coalesce(json_agg(w), '[]') AS weekly
FROM (SELECT date_trunc('week', answered_at)::date AS week, :channel AS channel, count(*) AS answers,
             :effort AS effort, :recommend AS recommend, :satisfaction AS satisfaction
      FROM (:answers
           ) AS a
      WHERE answered_at >= :'week'::timestamp - 7 * (:weeks - 1) * interval '1 day'
        AND answered_at < :'week'::timestamp + interval '7 days'
      GROUP BY 1, 2) AS w \gset
SELECT coalesce(max(week), :'due') AS week, count(*) = 0 AS no_answers
FROM json_to_recordset(:'weekly')
         AS w (week date, effort ces_tally, recommend ces_tally, satisfaction ces_tally)
WHERE ces_count(effort) > 0 OR ces_count(recommend) > 0 OR ces_count(satisfaction) > 0 \gset

-- Agents are compared by the first metric that has answers.
SELECT coalesce(sum(ces_count(effort)), 0) > 0 AS has_effort,
       coalesce(sum(ces_count(recommend)), 0) > 0 AS has_recommend
FROM json_to_recordset(:'weekly') AS w (week date, effort ces_tally, recommend ces_tally)
WHERE week > :'week'::date - 91 \gset
\if :has_effort
    \set compared :effort
    \set compared_nr 1
\elif :has_recommend
    \set compared :recommend
    \set compared_nr 2
\else
    \set compared :satisfaction
    \set compared_nr 3
\endif

-- channels: place 1 to 8 are those with the most answers, 9 is all others together, 0 all. If there
-- is one channel only, it is all.
WITH channels AS (
    SELECT channel, sum(answers) AS answers,
           row_number() OVER (ORDER BY sum(answers) DESC, channel) AS rank, count(*) OVER () AS channels
    FROM json_to_recordset(:'weekly') AS w (channel text, answers bigint)
    GROUP BY channel
), places AS (
    SELECT channel, channels,
           CASE WHEN rank > 8 AND channels > 9 THEN 9 WHEN channels > 1 THEN rank END AS place
    FROM channels
)
SELECT coalesce(json_agg(c), '[]') AS channels, coalesce(max(place), 0) AS places, coalesce(max(place) = 9,
    false) AS has_others
FROM (SELECT channel, place,
             CASE WHEN place = 9 AND channels > 9 THEN 'Other channels' ELSE
                 (SELECT :escaped FROM coalesce(channel, '(no channel)') AS raw) END AS name
      FROM places WHERE place IS NOT NULL) AS c \gset
SELECT :places > 0 AS by_channel \gset

-- points: a row for each metric, place and week with answers. The texts are what the report shows.
WITH grouped AS (
    SELECT week, coalesce(place, 0) AS place, max(name) AS name, ces_rollup(effort) AS effort,
           ces_rollup(recommend) AS recommend, ces_rollup(satisfaction) AS satisfaction
    FROM json_to_recordset(:'weekly')
             AS w (week date, channel text, effort ces_tally, recommend ces_tally, satisfaction ces_tally)
    LEFT JOIN json_to_recordset(:'channels') AS c (channel text, place int, name text)
        ON c.channel IS NOT DISTINCT FROM w.channel
    GROUP BY GROUPING SETS ((week, place), (week))
    HAVING grouping(place) = 1 OR place IS NOT NULL
), series AS (
    SELECT nr, metric, unit, place, CASE place WHEN 0 THEN 'All' ELSE name END AS name, week, tally
    FROM grouped, LATERAL (VALUES (1, 'CES', '%', effort), (2, 'NPS', '', recommend),
                                  (3, 'CSAT', '%', satisfaction)) AS m (nr, metric, unit, tally)
    WHERE ces_count(tally) > 0
), computed AS (
    SELECT *, CASE nr WHEN 2 THEN nps_limits(tally) OVER w ELSE ces_topbox_limits(tally) OVER w END AS p,
           CASE nr WHEN 2 THEN nps_ci(tally) ELSE ces_topbox_ci(tally) END AS ci,
           CASE WHEN lag(week) OVER w = week - 7 THEN lag(tally) OVER w END AS week_before
    FROM series WINDOW w AS (PARTITION BY nr, place ORDER BY week)
), flat AS (
    SELECT nr, metric, unit, place, name, week, tally, ces_count(tally) AS n, (p).value, (p).centre,
           (p).lower, (p).upper, (p).signal, lower(computed.ci) AS ci_lower, upper(computed.ci) AS ci_upper,
           difference, p_value,
           CASE (p).signal WHEN 'trend' THEN (p).value > lag((p).value) OVER w
                           ELSE (p).value > (p).centre END AS better,
           lower(change.ci) AS change_lower, upper(change.ci) AS change_upper
    FROM computed LEFT JOIN LATERAL (
             SELECT * FROM nps_test(tally, week_before) WHERE nr = 2
             UNION ALL SELECT * FROM ces_topbox_test(tally, week_before) WHERE nr <> 2) AS change ON true
    WINDOW w AS (PARTITION BY nr, place ORDER BY week)
)
SELECT coalesce(json_agg(p), '[]') AS points_json
FROM (SELECT flat.*, to_char(n, 'FM999,999,999,990') AS n_text, :counted AS counted, t[1] || unit AS value_text,
             t[1] AS number_text, t[2] || unit AS centre_text, t[3] AS lower_text, t[4] || unit AS upper_text,
             t[5] || ' to ' || t[6] || unit AS ci_text,
             CASE WHEN difference > 0 THEN '+' ELSE '' END || t[7] AS change_text,
             t[8] || ' to ' || t[9] AS change_ci_text,
             CASE signal
                 WHEN 'outside' THEN format('%s its limits (%s to %s%s)', CASE WHEN better THEN 'above'
                     ELSE 'below' END, t[3], t[4], unit)
                 WHEN 'shift' THEN format('at least the eighth week in a row %s its average of %s%s',
                                          CASE WHEN better THEN 'above' ELSE 'below' END, t[2], unit)
                 WHEN 'trend' THEN format('at least the sixth step in a row %s', CASE WHEN better THEN 'up'
                     ELSE 'down' END)
                 WHEN 'near limits' THEN format('for the second time in three weeks near its %s limit of %s%s',
                                                CASE WHEN better THEN 'upper' ELSE 'lower' END,
                                                CASE WHEN better THEN t[4] ELSE t[3] END, unit) END AS phrase
      FROM flat, LATERAL (
               SELECT array_agg(replace(to_char(round(x, 1), 'FM990.0'), '-', '&#8722;') ORDER BY i) AS t
               FROM unnest(ARRAY[value, centre, lower, upper, ci_lower, ci_upper, difference,
                                 change_lower, change_upper]) WITH ORDINALITY AS u (x, i)) AS texts
      ORDER BY nr, place, week) AS p \gset
SELECT $$ json_to_recordset(:'points_json') AS p (
           nr int, metric text, unit text, place int, name text, week date, tally ces_tally,
           n bigint, value numeric, centre numeric, lower numeric, upper numeric, signal text,
           better boolean, difference numeric, p_value float8, n_text text, counted text, value_text text,
           number_text text, centre_text text, lower_text text, upper_text text, ci_text text,
           change_text text, change_ci_text text, phrase text) $$ AS points \gset

-- agents: the last 13 weeks of those named, by channel, with funnel limits.
\set agents_json '[]'
\set has_funnel false
\if :has_agent
    SELECT coalesce(json_agg(t), '[]') AS agent_tallies
    FROM (SELECT :channel AS channel, :agent AS agent, :compared AS tally
          FROM (:answers
               ) AS a
          WHERE answered_at >= :'week'::timestamp - interval '84 days'
            AND answered_at < :'week'::timestamp + interval '7 days' AND agent::text <> ''
          GROUP BY 1, 2) AS t \gset

    WITH funnel AS (
        SELECT place, c.name AS channel, agent, ces_count(tally) AS n, count(*) OVER channel AS agents,
               CASE :compared_nr WHEN 2 THEN nps_funnel(tally) OVER channel
                    ELSE ces_topbox_funnel(tally) OVER channel END AS f
        FROM (SELECT coalesce(place, 0) AS place, max(name) AS name, agent, ces_rollup(tally) AS tally
              FROM json_to_recordset(:'agent_tallies') AS t (channel text, agent text, tally ces_tally)
              LEFT JOIN json_to_recordset(:'channels') AS c (channel text, place int, name text)
                  ON c.channel IS NOT DISTINCT FROM t.channel
              WHERE ces_count(tally) > 0 AND (place IS NULL OR NOT :'has_others' OR place < 9)
              GROUP BY place, agent) AS c
        WINDOW channel AS (PARTITION BY place)
    ), flat AS (
        SELECT place, channel, agent, n, agents, (f).*, (f).value < (f).lower998 OR (f).value > (f).upper998 AS far,
               (f).value < (f).lower95 OR (f).value > (f).upper95 AS outside
        FROM funnel
    )
    SELECT coalesce(json_agg(a), '[]') AS agents_json
    FROM (SELECT place, channel, n, agents, value, expected, lower95, upper95, lower998, upper998, adjusted,
                 CASE WHEN z::text IN ('Infinity', '-Infinity') THEN sign(z) * 1e9 ELSE z END AS z, far, outside,
                 value > expected AS better, to_char(n, 'FM999,999,999,990') AS n_text, :counted AS counted,
                 t[1] AS value_text, t[2] AS expected_text, t[3] || ' to ' || t[4] AS limits95_text,
                 t[5] || ' to ' || t[6] AS limits998_text, t[7] AS adjusted_text,
                 (SELECT :escaped FROM CAST(agent AS text) AS raw) AS name,
                 (SELECT :escaped FROM CAST(CASE WHEN length(agent) > 22 THEN left(agent, 20) || '...'
                     ELSE agent END AS text) AS raw) AS label
          FROM flat, LATERAL (
                   SELECT array_agg(replace(to_char(round(x, 1), 'FM990.0'), '-', '&#8722;') ORDER BY i) AS t
                   FROM unnest(ARRAY[value, expected, lower95, upper95, lower998, upper998, adjusted])
                        WITH ORDINALITY AS u (x, i)) AS texts) AS a \gset
\endif
SELECT $$ json_to_recordset(:'agents_json') AS a (
           place int, channel text, n bigint, agents int, value numeric, expected numeric,
           lower95 numeric, upper95 numeric, lower998 numeric, upper998 numeric, z float8,
           far boolean, outside boolean, better boolean, n_text text, counted text, value_text text,
           expected_text text, limits95_text text, limits998_text text, adjusted_text text,
           name text, label text) $$ AS agents \gset

-- metrics: what each metric means, from its scale.
SELECT coalesce(json_agg(m), '[]') AS metrics_json
FROM (SELECT DISTINCT ON (nr) nr, metric, s[1] AS worst, s[2] AS best,
             CASE nr WHEN 1 THEN 'Customer effort score' WHEN 2 THEN 'Net promoter score'
                     ELSE 'Customer satisfaction' END AS title,
             CASE nr WHEN 1 THEN '% who found it easy: answers ' || top_answers
                     WHEN 2 THEN format('%% promoters (%s) minus %% detractors (%s), from &#8722;100 to 100',
                         top_answers, bottom_answers)
                     ELSE '% who are satisfied: answers ' || top_answers END AS definition,
             s[1] || ' is the worst answer, ' || s[2] || ' the best' AS ends,
             CASE nr WHEN 2 THEN 'passives' ELSE 'between' END AS middle,
             CASE nr WHEN 1 THEN 'easy' WHEN 2 THEN 'promoters' ELSE 'satisfied' END AS top,
             CASE nr WHEN 1 THEN 'difficult' WHEN 2 THEN 'detractors' ELSE 'dissatisfied' END AS bottom
      FROM (SELECT nr, metric, regexp_match(ces_scale(tally)::text,
                       '^(-?\d+)\.\.(-?\d+) top (-?\d+) bottom (-?\d+)') AS s
            FROM :points) AS scales,
           LATERAL (SELECT CASE WHEN s[3] = s[2] THEN s[2] ELSE least(s[2]::int, s[3]::int) || ' to '
               || greatest(s[2]::int, s[3]::int) END AS top_answers,
                           CASE WHEN s[4] = s[1] THEN s[1] ELSE least(s[1]::int, s[4]::int) || ' to '
                               || greatest(s[1]::int, s[4]::int) END AS bottom_answers) AS boxes
      ORDER BY nr) AS m \gset
SELECT $$ json_to_recordset(:'metrics_json') AS m (
           nr int, metric text, worst int, best int, title text, definition text, ends text,
           top text, middle text, bottom text) $$ AS metrics \gset

-- charts: a control chart for each metric and place, the channels on one scale for each metric. 164 units wide
-- from x = 30, 100 high from y = 14. A triangle is a signal, and points where the number has gone.
WITH points AS (
    SELECT p.*, signal IS NOT NULL AS signals, week = :'week' AS is_last,
           (SELECT min(week) FROM :points) AS first_week
    FROM :points
), domain AS (
    SELECT nr, whole, step, low - (high - low) * 0.06 AS low, high + (high - low) * 0.06 AS high
    FROM (SELECT nr, place = 0 AS whole,
                 greatest(min(least(value, lower)) - 1, CASE nr WHEN 2 THEN -100 ELSE 0 END) AS low,
                 least(max(greatest(value, upper)) + 1, 100) AS high
          FROM points GROUP BY nr, whole) AS extent,
         LATERAL (SELECT step FROM unnest('{1,2,5,10,20,50,100}'::int[]) AS step
                  WHERE high - low <= 5 * step ORDER BY step LIMIT 1) AS steps
), placed AS (
    SELECT p.*, d.low, d.high, d.step, weeks,
           30 + 164.0 / weeks * ((week - first_week) / 7 + 0.5) AS x, 164.0 / weeks AS width,
           14 + 100 * (high - value) / (high - low) AS y,
           14 + 100 * (high - centre) / (high - low) AS y_centre,
           14 + 100 * (high - upper) / (high - low) AS y_upper,
           14 + 100 * (high - lower) / (high - low) AS y_lower,
           lag(week) OVER w AS previous_week,
           row_number() OVER (PARTITION BY p.nr, place
                              ORDER BY signal = 'outside' DESC NULLS LAST, abs(value - centre) DESC, week DESC) = 1
               AND signal = 'outside' AS is_worst
    FROM points AS p JOIN domain AS d ON d.nr = p.nr AND d.whole = (place = 0),
         LATERAL (SELECT (:'week'::date - first_week) / 7 + 1 AS weeks) AS counted
    WINDOW w AS (PARTITION BY p.nr, place ORDER BY week)
), rounded AS (
    SELECT nr, place, name, metric, unit, week, previous_week, signal, signals, is_last, better, counted,
        value_text, number_text,
           lower_text, upper_text, low, high, step, weeks, first_week,
           is_worst AND (is_last OR :'week'::date - week > 28 * weeks / 26.0 OR weeks < 4) AS is_worst,
           round(x, 1) AS x, round(width, 1) AS width, round(y, 1) AS y, round(y_centre, 1) AS y_centre,
           round(y_upper, 1) AS y_upper, round(y_lower - y_upper, 1) AS band, round(x - width / 2, 1) AS left_edge
    FROM placed
), axes AS (
    SELECT nr, whole, string_agg(format('<line class="grid" x1="30" x2="194" y1="%1$s" y2="%1$s"/>'
        '<text x="26" y="%2$s" class="end">%3$s</text>',
                                 round(14 + 100 * (high - tick) / (high - low), 1),
                                     round(14 + 100 * (high - tick) / (high - low) + 3.5, 1),
                                 replace(tick::int::text, '-', '&#8722;')), '' ORDER BY tick) AS y_axis
    FROM domain, generate_series(ceil(greatest(low, CASE nr WHEN 2 THEN -100 ELSE 0 END) / step) * step,
                                 least(high, 100), step::numeric) AS tick GROUP BY nr, whole
), calendar AS (
    SELECT string_agg(format('<text x="%s" y="126" class="mid">%s</text>', round(x, 1),
                             to_char(week, CASE WHEN months THEN 'Mon' ELSE 'FMDD Mon' END)), ''
                                 ORDER BY week) AS x_axis
    FROM (SELECT week::date, first_week, weeks, weeks >= 6 AS months,
                 30 + 164.0 / weeks * ((week::date - first_week) / 7 + 0.5) AS x
          FROM (SELECT DISTINCT first_week, weeks FROM placed) AS s,
               generate_series(first_week::timestamp, :'week'::timestamp, '7 days') AS week) AS ticks
    WHERE CASE WHEN months THEN extract(day FROM week) <= 7 ELSE week IN (first_week, :'week') END
)
SELECT coalesce(json_agg(c), '[]') AS charts_json
FROM (SELECT r.nr, place, max(name) AS name,
             format('<svg viewBox="0 0 200 132" role="img" aria-label="%s, %s, by week">', max(metric), max(name))
             || coalesce(string_agg(format('<rect class="band" x="%s" width="%s" y="%s" height="%s"/>',
                 left_edge, width + 0.4, y_upper, band), '' ORDER BY week)
                             FILTER (WHERE band IS NOT NULL), '')
             || max(y_axis) || max(x_axis) || format('<text x="30" y="8">%s</text>', max(CASE unit WHEN ''
                 THEN 'points' ELSE '%' END))
             || '<path class="centre" d="'
             || string_agg(format('M%s %sh%s', left_edge, y_centre, width), '' ORDER BY week) || '"/>'
                 '<path class="line" d="'
             || string_agg(format('%s%s %s', CASE WHEN previous_week = week - 7 THEN 'L' ELSE 'M' END, x, y), ''
                 ORDER BY week)
             || '"/>'
             || string_agg(CASE WHEN signals THEN
                               format('<path class="%s" d="M%s %sl-5 %sh10z">', CASE WHEN better THEN 'better'
                                   ELSE 'worse' END,
                                      x, CASE WHEN better THEN y - 5 ELSE y + 5 END, CASE WHEN better THEN 9
                                        ELSE -9 END)
                           ELSE format('<circle class="%s" cx="%s" cy="%s" r="%s">', CASE WHEN is_last
                               THEN 'last' ELSE 'dot' END,
                                       x, y, CASE WHEN is_last THEN 3.2 ELSE 1.8 END) END
                           || format('<title>%s: %s of %s%s%s</title>', week, value_text, counted,
                                     ', limits ' || lower_text || ' to ' || upper_text, ', signal: ' || signal)
                           || CASE WHEN signals THEN '</path>' ELSE '</circle>' END, '' ORDER BY signals, week)
             || coalesce(string_agg(format('<text class="value %s" x="%s" y="%s">%s</text>', CASE
                 WHEN is_last OR x > 70 THEN 'end' ELSE '' END,
                                           CASE WHEN is_last THEN least(x + 11, 197) WHEN x > 70 THEN x - 7
                                        ELSE x + 7 END,
                                           CASE WHEN NOT is_last THEN y + 4 WHEN signals AND NOT better
                                        THEN y + 16 ELSE greatest(y - 7, 9) END, number_text), '' ORDER BY week)
                             FILTER (WHERE is_last OR is_worst), '')
             || '</svg>' AS svg
      FROM rounded AS r JOIN axes AS a ON a.nr = r.nr AND a.whole = (place = 0), calendar GROUP BY r.nr,
          place) AS c \gset
SELECT $$ json_to_recordset(:'charts_json') AS c (
           nr int, place int, name text, svg text) $$ AS charts \gset

-- ---------------------------------------------------------------------------------------------
-- The page
-- ---------------------------------------------------------------------------------------------

SELECT $html$<!DOCTYPE html>
<html lang="en" xmlns="http://www.w3.org/1999/xhtml">
<head>
<meta charset="utf-8"/>
<meta name="viewport" content="width=device-width, initial-scale=1"/>
<style>
:root { color-scheme: light; --ink: #1c2833; --soft: #5b6770; --rule: #d5dade; --blue: #0072b2; --worse: #d55e00; --better: #007a5a }
* { box-sizing: border-box }
body { margin: 0 auto; padding: 32px 28px 48px; max-width: 1100px; background: #fff; color: var(--ink);
       font: 15px/1.5 "Source Sans 3", "Segoe UI", "Helvetica Neue", Arial, "Liberation Sans", sans-serif }
a { color: var(--blue) }
h1, h2, h3, p, table, ul, figure { margin: 0 }
h1 { font-size: 28px; line-height: 1.2; font-weight: 600; letter-spacing: -.01em }
h2 { font-size: 19px; font-weight: 600; margin: 40px 0 4px; padding-top: 12px; border-top: 1px solid var(--rule) }
h3 { font-size: 15px; font-weight: 600; margin: 20px 0 0 }
.note, figcaption { color: var(--soft); font-size: 13px }
.note { max-width: 95ch }
header { border-bottom: 3px solid var(--ink); padding-bottom: 12px }
header p { color: var(--soft) }
.name { unicode-bidi: isolate; overflow-wrap: anywhere }
.look { margin-top: 20px; padding: 14px 18px 16px; background: #f5f7f8; border-left: 4px solid var(--ink) }
.look.signals { border-left-color: var(--worse) }
.look h2 { border: 0; margin: 0; padding: 0 }
.look ul { list-style: none; padding: 0; margin-top: 6px }
.look li { padding-left: 22px; text-indent: -22px; margin-top: 3px }
.mark { display: inline-block; width: 22px; text-indent: 0 }
.bad { color: var(--worse) } .good { color: var(--better) }
.tiles { display: grid; grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 28px; margin-top: 24px }
.tile { border-top: 2px solid var(--blue); padding-top: 8px; break-inside: avoid; display: flex; flex-direction: column }
.tile h3 { margin: 0 }
.tile .big { font-size: 40px; line-height: 1.15; font-weight: 300; letter-spacing: -.02em; font-variant-numeric: tabular-nums }
.tile p { font-size: 13px; line-height: 1.45 }
.tile svg { margin-top: auto; padding-top: 8px; max-width: 420px }
.multiples { display: grid; grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 10px 18px; margin-top: 8px }
.multiples.wide { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 14px 28px }
figure { break-inside: avoid; min-width: 0 }
figcaption b { color: var(--ink); font-weight: 600 }
svg { display: block; width: 100%; height: auto; overflow: visible }
svg text { font-size: 10px; fill: var(--soft); font-variant-numeric: tabular-nums }
.tile svg text, .wide svg text { font-size: 8px }
svg .end { text-anchor: end } svg .mid { text-anchor: middle }
svg .value { fill: var(--ink); font-weight: 600; paint-order: stroke; stroke: #fff; stroke-width: 2.5px; stroke-linejoin: round }
.grid { stroke: #e4e8eb; stroke-width: .6 }
.band { fill: #dfe7ec; shape-rendering: crispEdges }
.centre { stroke: #7d8b95; stroke-width: .8; fill: none }
.line { stroke: var(--blue); stroke-width: 1.4; fill: none; stroke-linejoin: round }
.dot, .last { fill: var(--blue) }
.worse { fill: var(--worse); stroke: var(--worse) } .better { fill: var(--better); stroke: var(--better) }
.maybe { fill: #fff; stroke-width: 1.3 }
.agent { fill: #9fb6c4; stroke: #fff; stroke-width: .5 }
.limit95 { stroke: #7d8b95; stroke-width: .9; fill: none; stroke-dasharray: 3 2 } .limit998 { stroke: #7d8b95; stroke-width: 1.1; fill: none }
.top { fill: var(--blue) } .middle { fill: #b9c3ca } .bottom { fill: #e69f00 }
.legend { display: flex; flex-wrap: wrap; gap: 2px 18px; margin-top: 6px }
.legend svg { display: inline-block; width: 26px; height: 12px; vertical-align: -1px; margin-right: 5px }
.scroll { overflow-x: auto; margin-top: 10px } .note.after { margin-top: 14px }
table { border-collapse: collapse; width: 100%; font-size: 13.5px; font-variant-numeric: tabular-nums }
th { white-space: nowrap; text-align: right; font-weight: 600; vertical-align: bottom; padding: 4px 0 4px 14px }
td { text-align: right; padding: 4px 0 4px 14px; white-space: nowrap; vertical-align: top }
thead { border-bottom: 1px solid var(--ink); display: table-header-group }
tbody tr { border-bottom: 1px solid var(--rule); break-inside: avoid }
th.l, td.l { text-align: left } th.l:first-child { padding-left: 0 } th.c { text-align: center }
tbody th { font-weight: 400; vertical-align: top } tbody .name { white-space: normal; min-width: 7em } tr.all th, tr.all td { font-weight: 600 } td.ci { color: var(--soft); font-weight: 400 !important }
dl { display: grid; grid-template-columns: max-content 1fr; gap: 4px 18px; margin: 8px 0 0; font-size: 13px } dt { font-weight: 600 } dd { margin: 0 }
pre { margin: 0; white-space: pre-wrap; overflow-wrap: anywhere; font: 12px/1.45 ui-monospace, Menlo, Consolas, "DejaVu Sans Mono", monospace }
footer { margin-top: 28px; padding-top: 8px; border-top: 1px solid var(--rule); color: var(--soft); font-size: 12px }
@media (max-width: 700px) {
  body { padding: 20px 16px 32px }
  h1 { font-size: 23px }
  .tiles, .multiples.wide { grid-template-columns: minmax(0, 1fr) }
  .multiples { grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px }
  .multiples svg text { font-size: 11px } .multiples.wide svg text { font-size: 10px }
  dl { grid-template-columns: minmax(0, 1fr) } dd { margin-bottom: 6px }
}
@page { size: A4; margin: 14mm 14mm 16mm; @bottom-right { content: counter(page) " / " counter(pages); font: 8pt Arial, sans-serif; color: #5b6770 } }
@media print {
  body { padding: 0; max-width: none; font-size: 10pt; print-color-adjust: exact; -webkit-print-color-adjust: exact }
  h1 { font-size: 20pt } h2 { font-size: 13pt; margin-top: 22px; break-after: avoid } h3 { font-size: 10.5pt; break-after: avoid }
  .note, figcaption, .tile p, table, dl { font-size: 8.5pt } .tile .big { font-size: 28pt }
  .tiles { grid-template-columns: repeat(3, minmax(0, 1fr)); gap: 18px } .multiples { grid-template-columns: repeat(4, minmax(0, 1fr)); gap: 8px 12px }
  .multiples.wide { grid-template-columns: repeat(2, minmax(0, 1fr)) }
  .multiples svg text { font-size: 11px } .tile svg text { font-size: 9.5px } .multiples.wide svg text { font-size: 9px }
  .note { max-width: none } section.page { break-before: page } section.page > h2 { border: 0; margin-top: 0; padding-top: 0 } th, td { padding-top: 2px; padding-bottom: 2px }
  footer { margin-top: 12px } pre { font-size: 7.5pt }
  .block { break-inside: avoid } .scroll { overflow: visible } a { color: inherit; text-decoration: none }
}
</style>$html$;

SELECT format('<title>%1$s: week of %2$s</title>
</head>
<body>
<header>
<h1>%1$s: week of %2$s</h1>
<p>Week %3$s, Monday %2$s to Sunday %4$s%5$s</p>
</header>', escaped, to_char(:'week'::date, 'FMDD FMMonth YYYY'), to_char(:'week'::date, 'FMIW'),
              to_char(:'week'::date + 6, 'FMDD FMMonth YYYY'),
              (SELECT ' &#183; ' || :counted
               FROM (SELECT sum(answers) AS n FROM json_to_recordset(:'weekly') AS w (week date, answers bigint)
                     WHERE week = :'week') AS counted))
FROM (SELECT :escaped AS escaped FROM CAST(:'title' AS text) AS raw) AS title;

\if :no_answers
SELECT format('<section class="look signals"><h2>There are no answers</h2>
<p>The query found none before Monday %s.</p></section>', to_char(:'due'::date + 7, 'FMDD FMMonth YYYY'));
\else

-- What needs a look: what is missing first, then what is worse, then what is better.
WITH last AS (
    SELECT * FROM :points WHERE week = :'week'
), agents AS (
    SELECT count(DISTINCT name) AS agents FROM :agents WHERE far AND agents > 5
), silent AS (
    -- Of a metric that is silent everywhere, only that is said.
    SELECT p.*, whole.last_week = :'week' AS goes_on,
           bool_or(p.last_week = :'week') OVER (PARTITION BY p.place) AS answers
    FROM (SELECT nr, metric, place, name, max(week) AS last_week FROM :points GROUP BY 1, 2, 3, 4) AS p
    JOIN (SELECT nr, max(week) AS last_week FROM :points GROUP BY nr) AS whole USING (nr)
), items AS (
    SELECT 1 AS part, 0 AS place, 'bad' AS class, '&#9679;' AS mark, true AS counts,
           format('<b>No answers</b> since Sunday %s. This is the report of the last week that has any.',
                  to_char(:'week'::date + 6, 'FMDD FMMonth YYYY')) AS text
    WHERE :'week' < :'due'
    UNION ALL
    SELECT CASE place WHEN 0 THEN 2 ELSE 3 END, place, 'bad', '&#9679;', true,
        format('<b class="name">%s</b>: no answers%s this week. The last ones are of the week of %s.',
               CASE place WHEN 0 THEN string_agg(metric, ' and ' ORDER BY nr) ELSE name END,
               CASE WHEN place > 0 AND answers THEN ' for ' || string_agg(metric, ' and ' ORDER BY nr) END,
               to_char(last_week, 'FMDD FMMonth'))
    FROM silent
    WHERE goes_on = (place > 0) AND last_week < :'week' AND last_week >= :'week'::date - 28
    GROUP BY place, name, answers, last_week
    UNION ALL
    SELECT CASE WHEN better THEN 5 ELSE 4 END, place, CASE WHEN better THEN 'good' ELSE 'bad' END,
           CASE WHEN better THEN '&#9650;' ELSE '&#9660;' END, true,
           format('<b class="name">%s</b>: %s', CASE place WHEN 0 THEN 'All answers' ELSE max(name) END,
                  string_agg(metric || ' ' || value_text || ', ' || phrase, '; ' ORDER BY nr))
    FROM last WHERE signal IS NOT NULL GROUP BY place, better
    UNION ALL
    SELECT 6, 0, '', '&#9675;', false, format('%s %s far from what is expected over 13 weeks: '
        '<a href="#agents">who stands out</a>',
                                    agents, CASE agents WHEN 1 THEN 'agent is' ELSE 'agents are' END)
    FROM agents WHERE agents > 0
    UNION ALL
    SELECT 7, 0, '', '&#9675;', false, CASE weeks WHEN 1 THEN 'This is the first week with answers.'
                                    ELSE format('The limits come from %s weeks only. They are rough with fewer than eight.', weeks) END
    FROM (SELECT count(DISTINCT week) AS weeks FROM :points) AS w WHERE weeks < 8
    UNION ALL
    SELECT 8, 0, '', '&#9675;', false, format(CASE n WHEN 1 THEN '%s has no time and is not counted.'
                                           ELSE '%s have no time and are not counted.' END, :counted)
    FROM (SELECT :undated AS n) AS undated WHERE n > 0
)
SELECT format('<section class="look%s">
<h2>%s</h2>
<ul>
%s
</ul>
</section>', CASE WHEN bool_or(class = 'bad') THEN ' signals' ELSE '' END,
              CASE WHEN bool_or(counts) THEN 'What needs a look' WHEN max(numbers) = 0
                  THEN 'Nothing yet to compare with'
                   ELSE 'Nothing out of the ordinary' END,
              coalesce(string_agg(format('<li><span class="mark %s">%s</span>%s</li>', class, mark, text), E'\n'
                  ORDER BY part, place = 0, place) FILTER (WHERE part < 6) || E'\n', '')
              || CASE WHEN max(numbers) > 0 THEN
                     format('<li><span class="mark">&#9675;</span>As usual: %s of %s numbers</li>', max(quiet),
                         max(numbers)) ELSE '' END
              || coalesce(E'\n' || string_agg(format('<li><span class="mark">%s</span>%s</li>', mark, text),
                  E'\n' ORDER BY part) FILTER (WHERE part >= 6), ''))
FROM (SELECT count(lower) AS numbers, count(lower) FILTER (WHERE signal IS NULL) AS quiet
    FROM last) AS counted LEFT JOIN items ON true;

-- The week in numbers.
SELECT '<section class="tiles">';
SELECT format('<div class="tile" id="%s">
<h3>%s (%s)</h3>
%s
%s
</div>', lower(metric), title, metric, CASE WHEN n IS NULL THEN '<p class="big">&#8211;</p>
<p>No answers this week</p>' ELSE format('<p class="big">%s</p>
<p>95%% interval %s, from %s</p>
<p>%s</p>
<p>%s</p>', value_text, ci_text, counted,
              CASE WHEN change_text IS NULL THEN 'No answers in the week before'
                   ELSE format('%s points on the week before (%s)%s', change_text, change_ci_text,
                               CASE WHEN p_value < 0.05 THEN '' ELSE ': may be chance' END) END,
              CASE WHEN signal IS NOT NULL THEN format('<b class="%s">%s %s</b>', CASE WHEN better THEN 'good'
                  ELSE 'bad' END,
                                                       CASE WHEN better THEN '&#9650;' ELSE '&#9660;' END, phrase)
                   WHEN lower IS NULL THEN 'No limits yet: they take two weeks'
                   ELSE format('Within its limits (%s to %s)', lower_text, upper_text) END) END, svg)
FROM :metrics JOIN :charts USING (nr)
LEFT JOIN (SELECT * FROM :points WHERE week = :'week') AS p USING (nr, metric, place) WHERE place = 0 ORDER BY nr;
SELECT '</section>
<p class="note legend"><span><svg viewBox="0 0 26 12"><rect class="band" x="0" y="0" width="26" height="12"/>'
              '<path class="centre" d="M0 6h26"/></svg>limits and average</span>
<span><svg viewBox="0 0 26 12"><path class="line" d="M0 6h26"/><circle class="dot" cx="13" cy="6" r="2.5"/>'
              '</svg>week</span>
<span><svg viewBox="0 0 26 12"><path class="worse" d="M13 11l-5 -9h10z"/></svg>signal, worse</span>
<span><svg viewBox="0 0 26 12"><path class="better" d="M13 1l-5 9h10z"/></svg>signal, better</span>
<span>Higher is better in all charts.</span></p>';

\if :by_channel
SELECT '<section>
<h2>By channel</h2>
<p class="note">The week of ' || to_char(:'week'::date, 'FMDD FMMonth')
              || ', with 95% intervals. &#9650; and &#9660; mark a signal: the number moved by more than it does '
                  'from week to week.</p>
<div class="scroll"><table id="channels">
<thead><tr><th class="l" rowspan="2">Channel</th>' || string_agg(format('<th class="c" colspan="3">%s</th>',
              metric), '' ORDER BY nr)
    || '</tr><tr>' || string_agg('<th>answers</th><th>' || CASE nr WHEN 2 THEN 'points' ELSE '%' END || '</th>'
        '<th>interval</th>', '' ORDER BY nr)
    || '</tr></thead>
<tbody>' FROM :metrics;
SELECT format('<tr%s><th class="l name" scope="row">%s</th>%s</tr>', CASE place WHEN 0 THEN ' class="all"'
    ELSE '' END, max(name),
              string_agg(CASE WHEN n_text IS NULL THEN '<td>0</td><td></td><td class="ci"></td>' ELSE
                  format('<td>%s</td><td>%s%s</td><td class="ci">%s</td>', n_text,
                         CASE WHEN signal IS NULL THEN '' WHEN better THEN '<span class="good">&#9650;</span> '
                             ELSE '<span class="bad">&#9660;</span> ' END,
                         number_text, replace(ci_text, '%', '')) END, '' ORDER BY nr))
FROM (SELECT DISTINCT ON (place) place, name FROM :points ORDER BY place) AS places
CROSS JOIN (SELECT nr FROM :metrics) AS m
LEFT JOIN (SELECT nr, place, n_text, signal, better, number_text, ci_text FROM :points
    WHERE week = :'week') AS p USING (place, nr)
GROUP BY place ORDER BY place = 0, place;
SELECT '</tbody>
</table></div>
</section>
<section class="page">
<h2>By channel and week</h2>
<p class="note">The grey band has the limits within which a number stays if nothing has changed. It is narrow '
              'where there are many answers and little moves. The charts of a metric have the same scale.</p>';
SELECT format('<div class="block"><h3>%s (%s)</h3>
<p class="note">%s; higher is better</p>
<div class="multiples">
%s
</div></div>', title, metric, definition, string_agg(format('<figure><figcaption><b class="name">%s</b>'
              '</figcaption>%s</figure>', name, svg), E'\n' ORDER BY place))
FROM :metrics JOIN :charts USING (nr) WHERE place > 0 GROUP BY nr, title, metric, definition ORDER BY nr;
SELECT '</section>';
\endif

-- Earlier signals.
SELECT count(*) > 0 AS earlier FROM :points
    WHERE signal IS NOT NULL AND week < :'week' AND week > :'week'::date - 91 \gset
\if :earlier
SELECT '<section class="block">
<h2>Earlier signals</h2>
<p class="note">The last 13 weeks, newest first. Limits and average are those of today.</p>
<div class="scroll"><table id="signals">
<thead><tr><th class="l">Week of</th><th class="l">Where</th><th class="l">Metric</th><th>answers</th>'
              '<th>value</th><th>limits</th><th class="l">Signal</th></tr></thead>
<tbody>';
SELECT format('<tr><th class="l" scope="row">%s</th><td class="l name">%s</td><td class="l">%s</td><td>%s</td>'
    '<td>%s</td><td class="ci">%s to %s</td><td class="l"><span class="%s">%s</span> %s</td></tr>',
              to_char(week, 'FMDD FMMonth'), CASE place WHEN 0 THEN 'All' ELSE name END, metric, n_text,
                  value_text, lower_text, upper_text,
              CASE WHEN better THEN 'good' ELSE 'bad' END, CASE WHEN better THEN '&#9650;' ELSE '&#9660;' END,
                  signal)
FROM :points WHERE signal IS NOT NULL AND week < :'week' AND week > :'week'::date - 91
ORDER BY week DESC, better, place = 0, place, nr LIMIT 20;
SELECT '</tbody>
</table></div>
</section>';
\endif

-- Who stands out. The lines of a funnel go through the limits of its agents, and between two of
-- them they are straight on the scale of 1 / sqrt(n), as limits nearly are.
SELECT count(*) > 0 AS has_funnel FROM :agents WHERE agents > 5 \gset
\if :has_funnel
SELECT format('<section class="page" id="agents">
<h2>Who stands out</h2>
<p class="note">%s of each agent in the 13 weeks to %s, compared with what is expected %s. Few answers vary more '
              'by luck, so the limits are wide on the left. Of %s who are all alike, about %s would be beyond '
              'the 95%% limits by luck, and %s beyond those of 99.8%%. Being outside is a reason to ask, not a '
              'verdict.</p>
<p class="note legend"><span><svg viewBox="0 0 26 12"><path class="limit998" d="M0 6h26"/></svg>99.8%% limits</span>
<span><svg viewBox="0 0 26 12"><path class="limit95" d="M0 6h26"/></svg>95%% limits</span>
<span><svg viewBox="0 0 26 12"><circle class="agent" cx="13" cy="6" r="3"/></svg>as expected</span>
<span><svg viewBox="0 0 26 12"><path class="worse" d="M13 11l-5 -9h10z"/></svg>below 99.8%%</span>
<span><svg viewBox="0 0 26 12"><path class="better" d="M13 1l-5 9h10z"/></svg>above 99.8%%</span>
<span><svg viewBox="0 0 26 12"><path class="worse maybe" d="M13 11l-5 -9h10z"/></svg><svg viewBox="0 0 26 12">'
              '<path class="better maybe" d="M13 1l-5 9h10z"/>'
              '</svg>between the limits: look, but only look</span></p>
<div class="multiples wide">', title || ' (' || metric || ')', to_char(:'week'::date + 6, 'FMDD FMMonth'),
              CASE WHEN :'by_channel' THEN 'in the same channel' ELSE 'of all' END, count(*),
                  greatest(round(0.05 * count(*)), 1),
              CASE WHEN 0.002 * count(*) < 0.5 THEN 'none' ELSE round(0.002 * count(*))::text END)
FROM :agents JOIN :metrics ON nr = :compared_nr WHERE agents > 5 GROUP BY title, metric;
WITH agents AS (
    SELECT * FROM :agents WHERE agents > 5
), domain AS (
    SELECT step, bottom, low - (high - low) * 0.14 AS low, high + (high - low) * 0.1 AS high, most
    FROM (SELECT greatest(min(value) - 1, bottom) AS low, least(max(value) + 1, 100) AS high,
                 max(n)::numeric AS most, bottom
          FROM agents, (SELECT CASE :compared_nr WHEN 2 THEN -100 ELSE 0 END AS bottom) AS ends
          GROUP BY bottom) AS extent,
         LATERAL (SELECT step FROM unnest('{1,2,5,10,20,50,100}'::int[]) AS step
                  WHERE high - low <= 5 * step ORDER BY step LIMIT 1) AS steps
), placed AS (
    SELECT a.*, round(278 * sqrt(n / most), 1) AS x, round(150 * (high - value) / (high - low), 1) AS y,
           round(150 * (high - expected) / (high - low), 1) AS y_expected
    FROM agents AS a, domain
), labelled AS (
    -- A label is to the right of its triangle, or beyond it in the right half, and 9 units or more
    -- beyond the label of a neighbour.
    SELECT *, CASE WHEN better THEN min(y_free + 9 * i) OVER earlier - 9 * i
                   ELSE max(y_free - 9 * i) OVER earlier + 9 * i END AS y_label
    FROM (SELECT *, y + CASE WHEN x < 140 THEN 3.5 WHEN better THEN -7 ELSE 14 END AS y_free,
                 CASE WHEN x < 140 THEN 0 WHEN x > 250 THEN 9 ELSE floor(x / 60) END AS part,
                 row_number() OVER (PARTITION BY place, far, better, CASE WHEN x < 140 THEN 0 WHEN x > 250
                     THEN 9 ELSE floor(x / 60) END
                                    ORDER BY CASE WHEN better THEN -y ELSE y END, n, name) AS i
          FROM placed) AS ordered
    WINDOW earlier AS (PARTITION BY place, far, better, part ORDER BY i)
), limits AS (
    SELECT place, n, avg(lower998) AS a, avg(lower95) AS b, avg(upper95) AS c, avg(upper998) AS d
    FROM agents GROUP BY place, n
), pairs AS (
    SELECT *, lead(n) OVER w AS n2, lead(a) OVER w AS a2, lead(b) OVER w AS b2, lead(c) OVER w AS c2,
        lead(d) OVER w AS d2
    FROM limits WINDOW w AS (PARTITION BY place ORDER BY n)
), between_agents AS (
    SELECT place, 278 * sqrt(m / most) AS x, low, high,
           ARRAY[a + (a2 - a) * part, b + (b2 - b) * part, c + (c2 - c) * part, d + (d2 - d) * part] AS y
    FROM pairs, domain, generate_series(0, 1, 0.125) AS t,
         LATERAL (SELECT n + (coalesce(n2, n) - n) * t AS m) AS between_two,
         LATERAL (SELECT CASE WHEN n2 > n THEN (n ^ -0.5 - m ^ -0.5) / (n ^ -0.5 - n2 ^ -0.5)
             ELSE 0 END AS part) AS way
    WHERE n2 IS NOT NULL OR t = 0
), curves AS (
    SELECT place, string_agg(format('<path class="%s" d="%s"/>', CASE WHEN i IN (1, 4) THEN 'limit998'
        ELSE 'limit95' END, d), '' ORDER BY i) AS lines
    FROM (SELECT place, i, 'M' || string_agg(round(x, 1) || ' ' || round(150 * (high - v) / (high - low),
        1), 'L' ORDER BY x) AS d
          FROM between_agents, unnest(y) WITH ORDINALITY AS u (v, i) WHERE v IS NOT NULL GROUP BY place, i) AS paths
    GROUP BY place
), ticks AS (
    SELECT (SELECT string_agg(format('<line class="grid" x1="34" x2="312" y1="%1$s" y2="%1$s"/>'
        '<text class="end" x="30" y="%2$s">%3$s</text>',
                                     round(12 + 150 * (high - tick) / (high - low), 1),
                                        round(15.5 + 150 * (high - tick) / (high - low), 1),
                                     replace(tick::int::text, '-', '&#8722;')), '')
            FROM generate_series(ceil(greatest(low, bottom) / step) * step, least(high, 100),
                                 step::numeric) AS tick) AS y_axis,
           (SELECT string_agg(format('<text class="mid" x="%s" y="174">%s</text>',
               round(34 + 278 * sqrt(tick / most), 1), to_char(tick, 'FM999,999,990')), '')
            FROM (SELECT tick, row_number() OVER () FROM
                     (SELECT 0::numeric AS tick UNION ALL
                      SELECT (most * part) - mod(most * part, unit)
                          FROM unnest('{0.07,0.25,0.56,0.95}'::numeric[]) AS part,
                          LATERAL (SELECT 10 ^ floor(log(greatest(most * part, 1))) / CASE
                              WHEN most * part >= 10 THEN 2 ELSE 1 END AS unit) AS nice) AS t
                  WHERE tick = 0 OR tick >= 1 GROUP BY tick) AS x_ticks) AS x_axis
    FROM domain
)
SELECT format('<figure><figcaption><b class="name">%s</b>%s agents, %s expected</figcaption>
<svg viewBox="0 0 320 192" role="img" aria-label="Funnel plot of agents, %s">'
              '<text x="34" y="6">%s</text>%s%s<text class="end" x="312" y="188">answers</text>'
              '<svg x="34" y="12" width="278" height="150" viewBox="0 0 278 150" overflow="hidden" '
              'style="overflow:hidden"><path class="centre" d="M0 %sh278"/>%s</svg>'
              '<g transform="translate(34 12)">%s</g></svg></figure>',
              coalesce(max(channel), 'All'), ': ' || max(agents), max(expected_text) || CASE :compared_nr WHEN 2
                  THEN '' ELSE '%' END, coalesce(max(channel), 'all'),
              CASE :compared_nr WHEN 2 THEN 'points' ELSE '%' END, max(y_axis), max(x_axis), max(y_expected),
                  max(lines),
              string_agg(CASE WHEN outside THEN format('<path class="%s%s" d="M%s %sl-4.5 %sh9z">', CASE
                  WHEN better THEN 'better' ELSE 'worse' END,
                                                       CASE WHEN far THEN '' ELSE ' maybe' END, x, CASE
                                        WHEN better THEN y - 4.5 ELSE y + 4.5 END, CASE WHEN better THEN 8
                                        ELSE -8 END)
                              ELSE format('<circle class="agent" cx="%s" cy="%s" r="2.8">', x, y) END
                         || format('<title>%s: %s of %s%s</title>', name, value_text, counted,
                                   ', 95% limits ' || limits95_text || ', 99.8% limits ' || limits998_text)
                         || CASE WHEN outside THEN '</path>' ELSE '</circle>' END
                         || CASE WHEN far THEN format('<text class="value %s" x="%s" y="%s">%s</text>', CASE
                             WHEN x > 250 THEN 'end' WHEN x >= 140 THEN 'mid' END,
                                                      CASE WHEN x > 250 THEN 286 WHEN x >= 140 THEN x
                                        ELSE x + 7 END, y_label, label) ELSE '' END, '' ORDER BY outside, far, n))
FROM labelled LEFT JOIN curves USING (place), ticks GROUP BY place ORDER BY place;
SELECT '</div>';
SELECT format('<p class="note">Left out, as six agents are the least to compare: %s.</p>',
    string_agg(channel, ', '))
FROM (SELECT DISTINCT place, coalesce(channel, 'All') AS channel FROM :agents WHERE agents <= 5
    ORDER BY place) AS few HAVING count(*) > 0;
SELECT count(*) > 0 AS has_outside FROM :agents WHERE outside AND agents > 5 \gset
\if :has_outside
SELECT '<p class="note after">Beyond the limits, the furthest first. Adjusted: moved towards what is expected, '
    'the more so the fewer the answers.</p>
<div class="scroll"><table id="outside">
<thead><tr><th class="l">Agent</th>' || CASE WHEN :'by_channel' THEN '<th class="l">Channel</th>' ELSE '' END
    || format('<th>answers</th><th>%1$s</th><th>expected</th><th>adjusted</th><th>99.8%% limits</th>'
        '<th class="l">Beyond</th></tr></thead>
<tbody>', metric || CASE nr WHEN 2 THEN '' ELSE ' %' END) FROM :metrics WHERE nr = :compared_nr;
SELECT format('<tr><th class="l name" scope="row">%s</th>%s<td>%s</td><td>%s</td><td>%s</td><td>%s</td>'
    '<td class="ci">%s</td><td class="l"><span class="%s">%s</span> %s</td></tr>',
              name, CASE WHEN :'by_channel' THEN '<td class="l name">' || channel || '</td>' ELSE '' END,
                  n_text, value_text, expected_text, adjusted_text, limits998_text,
              CASE WHEN better THEN 'good' ELSE 'bad' END,
              CASE WHEN better AND far THEN '&#9650;' WHEN better THEN '&#9651;' WHEN far THEN '&#9660;'
                  ELSE '&#9661;' END, CASE WHEN far THEN '99.8%' ELSE '95%' END)
FROM :agents WHERE outside AND agents > 5 ORDER BY far DESC, abs(z) DESC, name LIMIT 15;
SELECT '</tbody>
</table></div>';
SELECT format('<p class="note">And %s more beyond the 95%% limits, as the charts show.</p>', count(*) - 15)
    FROM :agents WHERE outside AND agents > 5 HAVING count(*) > 15;
\else
SELECT '<p class="note after">Nobody is beyond the limits.</p>';
\endif
SELECT '</section>';
\endif

-- Distributions.
SELECT '<section class="page">
<h2>The answers of the week</h2>
<p class="note">How many percent gave each answer, from the worst on the left to the best on the right.</p>';
WITH bars AS (
    SELECT p.nr, place, name, counted, value_text, ci_text, h.score, h.responses, h.percent, h.box,
        best > worst AS rising,
           count(*) OVER chart AS bars, max(h.percent) OVER (PARTITION BY p.nr) AS highest,
           row_number() OVER (PARTITION BY p.nr, place ORDER BY CASE WHEN best > worst THEN score
               ELSE -score END) AS i
    FROM :points JOIN :metrics USING (nr, metric), ces_histogram(tally) AS h
    WHERE week = :'week' AND (place > 0 OR NOT :'by_channel')
    WINDOW chart AS (PARTITION BY p.nr, place)
), placed AS (
    SELECT *, round(4 + 192.0 * (i - 1) / bars + 192.0 * 0.08 / bars, 1) AS x, round(192 * 0.84 / bars, 1) AS width,
           round(68 * percent / highest, 1) AS height, round(4 + 192 * (i - 0.5) / bars, 1) AS middle FROM bars
), figures AS (
    SELECT nr, place, format('<figure><figcaption><b class="name">%s</b>'
        '<br/>%s (%s)<br/>of %s</figcaption>'
        '<svg viewBox="0 0 200 100" role="img" aria-label="Answers, %s">%s<path class="centre" d="M4 82h192"/>'
        '</svg></figure>',
                      name, value_text, ci_text, counted, name,
                      string_agg(format('<rect class="%s" x="%s" y="%s" width="%s" height="%s">'
                          '<title>%s: %s, %s%%</title></rect>', box, x, 82 - height, width, height,
                                        score, (SELECT :counted FROM (SELECT responses AS n) AS c), to_char(round(percent,
                                        1), 'FM990.0'))
                                 || CASE WHEN bars <= 11 THEN format('<text class="mid" x="%s" y="%s">%s</text>', middle, 79 - height, round(percent)) ELSE '' END
                                 || CASE WHEN bars <= 11 OR (i - 1) % (bars / 6 + 1) = 0
                                     THEN format('<text class="mid" x="%s" y="94">%s</text>', middle,
                                        replace(score::text, '-', '&#8722;')) ELSE '' END,
                                 '' ORDER BY i)) AS figure
    FROM placed GROUP BY nr, place, name, value_text, ci_text, counted
)
SELECT format('<div class="block"><h3>%s (%s)</h3>
<p class="note legend"><span><svg viewBox="0 0 26 12"><rect class="bottom" width="26" height="12"/>'
              '</svg>%s</span><span><svg viewBox="0 0 26 12"><rect class="middle" width="26" height="12"/>'
              '</svg>%s</span><span><svg viewBox="0 0 26 12"><rect class="top" width="26" height="12"/>'
              '</svg>%s</span><span>%s</span></p>
<div class="multiples">
%s
</div></div>', title, metric, bottom, middle, top, ends, string_agg(figure, E'\n' ORDER BY place))
FROM :metrics JOIN figures USING (nr) GROUP BY nr, title, metric, bottom, middle, top, ends ORDER BY nr;
SELECT '</section>';
\endif

-- How it was counted.
SELECT '<section class="block">
<h2>How it was counted</h2>
<dl>';
SELECT format('<dt>%s</dt><dd>%s; %s</dd>', metric, definition, ends) FROM :metrics ORDER BY nr;
SELECT format('<dt>Weeks</dt><dd>Monday to Sunday, in the time zone %s. A question left open is not counted.</dd>%s
<dt>Answers</dt><dd><pre>%s</pre></dd>
</dl>
</section>', current_setting('TimeZone'), CASE WHEN numbers > 0 THEN format('
<dt>Intervals</dt><dd>of 95%% (Wilson for percentages, adjusted Wald for NPS). Of a change: with p below 0.05 it '
              'is more than chance.</dd>
<dt>Limits</dt><dd>three standard errors from the average, from how much the number moves from week to week '
              '(I&#8242; chart) in the last %s with answers. If nothing has changed, about one number in a '
              'hundred has a signal in a week: of the %s here, one in some %s weeks.</dd>%s%s',
                  CASE weeks WHEN 1 THEN 'week' ELSE weeks || ' weeks' END, numbers,
              round(100.0 / numbers),
                  CASE WHEN :'has_funnel' THEN '
<dt>Agents</dt><dd>funnel limits that allow for the differences that there always are between people '
              '(Spiegelhalter 2005)</dd>' ELSE '' END,
                  CASE WHEN :'has_others' THEN '
<dt>Other channels</dt><dd>all but the eight with the most answers</dd>' ELSE '' END) ELSE '' END,
              (SELECT :escaped FROM CAST(:'answers' AS text) AS raw))
FROM (SELECT count(DISTINCT (nr, place)) AS numbers, count(DISTINCT week) AS weeks FROM :points) AS counted;
SELECT format('<footer>Made %s from the database %s with ces %s on PostgreSQL %s</footer>
</body>
</html>', to_char(now(), 'YYYY-MM-DD HH24:MI TZ'), (SELECT :escaped FROM CAST(current_database() AS text) AS raw),
              extversion, split_part(current_setting('server_version'), ' ', 1))
FROM pg_extension WHERE extname = 'ces';
COMMIT;
