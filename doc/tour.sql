-- tour.sql: a service report from the sample data, and a first look at ces.
--
--     psql -X -q -f doc/survey.sql -f doc/contacts.sql      and then      psql -X -q -f doc/tour.sql
--
-- Each section says what it shows and prints the query and its result. The script changes
-- nothing in the database: what it does from section 8 on is rolled back at the end.

\set ON_ERROR_STOP on
\set QUIET on
\timing off
\pset pager off
\pset format aligned
\pset expanded off
\pset tuples_only off
\pset border 1
\pset linestyle ascii
\pset footer off
\pset null '-'

\echo
\echo '-- 1. The quarter by channel. Each metric is one expression.'
\echo '--    ces_topbox: % who found it easy (5, 6 or 7 of 7).  ces_mean: the mean of 1 to 7.'
\echo '--    nps: % promoters (9, 10) minus % detractors (0 to 6).  csat: % satisfied (4 or 5 of 5).'
\echo '--    n: how many answered that question. Some left one open.'
\set ECHO queries
SELECT coalesce(channel, 'all') AS channel,
       count(effort_score) AS n, round(ces_topbox(effort_score), 1) AS ces_topbox,
       round(ces_mean(effort_score), 1) AS ces_mean,
       count(recommend) AS n, round(nps(recommend), 1) AS nps,
       count(satisfaction) AS n, round(csat(satisfaction), 1) AS csat
FROM responses
GROUP BY ROLLUP (channel) ORDER BY grouping(channel), count(*) DESC;
\set ECHO none

\echo '-- 2. By week and channel. A new chatbot failed in the week of 16 February. Is that more than the'
\echo '--    ups and downs of every week? The picture shows chat between its control limits. No other'
\echo '--    week of the quarter has a signal, in any channel.'
\set ECHO queries
SELECT week, round(ces_topbox(phone), 1) AS phone, round(ces_topbox(email), 1) AS email,
       round(ces_topbox(web), 1) AS web, round(ces_topbox(chat), 1) AS chat,
       (limits).signal, ces_limits_bar(limits, 40, 100, 30) AS "chat, 40 to 100"
FROM (SELECT weeks.*, ces_topbox_limits(chat) OVER (ORDER BY week) AS limits
      FROM (SELECT date_trunc('week', answered_at)::date AS week,
                   ces_tally(effort_score, '1..7') FILTER (WHERE channel = 'phone') AS phone,
                   ces_tally(effort_score, '1..7') FILTER (WHERE channel = 'email') AS email,
                   ces_tally(effort_score, '1..7') FILTER (WHERE channel = 'web') AS web,
                   ces_tally(effort_score, '1..7') FILTER (WHERE channel = 'chat') AS chat
            FROM responses GROUP BY week) AS weeks) AS quarter
WHERE week BETWEEN '2026-02-02' AND '2026-03-09' ORDER BY week;
\set ECHO none

\echo '-- 3. Who stands out? In each channel, an agent with few answers comes first by luck. Funnel limits,'
\echo '--    from and to, allow for few answers, and for the differences that there always are. adjusted'
\echo '--    is moved towards what is expected of the channel, the further the fewer the answers. Of 240'
\echo '--    agents in channels, these are the first by either, and those outside the 99.8 % limits.'
\set ECHO queries
SELECT channel, agent, n, round(value, 1) AS ces_topbox, place, round(expected, 1) AS expected,
       round(lower998, 1) AS "from", round(upper998, 1) AS "to",
       round(adjusted, 1) AS adjusted, adjusted_place
FROM (SELECT *, rank() OVER (PARTITION BY channel ORDER BY value DESC) AS place,
             rank() OVER (PARTITION BY channel ORDER BY adjusted DESC) AS adjusted_place
      FROM (SELECT channel, agent, ces_count(effort) AS n,
                   (ces_topbox_funnel(effort) OVER (PARTITION BY channel)).*
            FROM (SELECT channel, agent, ces_tally(effort_score, '1..7') AS effort
                  FROM responses GROUP BY channel, agent) AS agents) AS funnel) AS ranking
WHERE 1 IN (place, adjusted_place) OR value < lower998 OR value > upper998
ORDER BY channel, adjusted_place;
\set ECHO none

\echo '-- 4. Another cut. The second argument is the scale, and can say where the top box begins.'
\set ECHO queries
SELECT channel,
       round(ces_topbox(effort_score), 1) AS "5 or more",
       round(ces_topbox(effort_score, '1..7 top 6'), 1) AS "6 or more",
       round(csat(satisfaction), 1) AS "4 or 5 stars",
       round(csat(satisfaction, '1..5 top 5'), 1) AS "5 stars", round(nps(recommend), 1) AS nps
FROM responses
GROUP BY channel ORDER BY channel;
\set ECHO none

\echo '-- 5. To "was it easy", 1 to 7, the worst answer is 1. To "how much effort was it", 1 to 5,'
\echo '--    the best answer is 1. A scale is written WORST..BEST, so these are 1..7 and 5..1.'
\set ECHO queries
SELECT round(ces_topbox(effort, '5..1'), 1) AS "5..1 (right)",
       round(ces_topbox(effort, '1..5'), 1) AS "1..5 (wrong)",
       ces_scale '5..1' AS "5..1 in full"
FROM (VALUES (1), (1), (2), (2), (5)) AS answers (effort);
\set ECHO none

\echo '-- 6. A score off the scale is an error, not a wrong number. This query fails on purpose,'
\echo '--    and the one after it leaves such scores out.'
\set ON_ERROR_STOP off
\set ON_ERROR_ROLLBACK on
\set ECHO queries
SELECT ces_topbox(score, '1..7') FROM (VALUES (3), (6), (7), (99)) AS answers (score);
\set ECHO none
\set ON_ERROR_ROLLBACK off
\set ON_ERROR_STOP on
\echo
\set ECHO queries
SELECT round(ces_topbox(score, '1..7') FILTER (WHERE score <@ '1..7'), 1) AS ces_topbox,
       count(*) FILTER (WHERE NOT score <@ '1..7') AS left_out
FROM (VALUES (3), (6), (7), (99)) AS answers (score);
\set ECHO none

\echo '-- 7. How chat recovered: the mean of each day, and of the seven days up to it.'
\set ECHO queries
SELECT DISTINCT answered_at::date AS day,
       round(ces_mean(effort_score) OVER (PARTITION BY answered_at::date), 2) AS that_day,
       round(ces_mean(effort_score) OVER week, 2) AS seven_days
FROM responses
WHERE channel = 'chat' AND answered_at >= '2026-02-09' AND answered_at < '2026-02-28'
WINDOW week AS (ORDER BY answered_at::date RANGE interval '6 days' PRECEDING)
ORDER BY day OFFSET 5;
\set ECHO none

\echo '-- 8. A rollup: a view that counts the answers as they come in. Each row has a tally for a day,'
\echo '--    channel and agent: every answer, in a few bytes.'
BEGIN;
SET LOCAL client_min_messages = warning;
\set ECHO queries
CALL ces_create_rollup('daily', $$
    SELECT answered_at::date AS day, channel, agent,
           ces_tally(effort_score, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend
    FROM responses
    GROUP BY day, channel, agent $$);

SELECT day, agent, effort, ces_sparkline(effort) AS "1 to 7"
FROM daily WHERE channel = 'chat' AND day = '2026-02-16' ORDER BY ces_count(effort) DESC LIMIT 3;

SELECT (SELECT count(*) FROM responses) AS responses, (SELECT count(*) FROM daily) AS rows,
       pg_size_pretty(pg_relation_size('responses')) AS responses_size,
       pg_size_pretty(pg_relation_size('daily_store')) AS rollup_size;
\set ECHO none

\echo '-- 9. The weekly report on chat, read from the rollup. Tallies add up, so it has any metric for'
\echo '--    any period. pomp, percent of maximum possible, is 0 if all give the worst answer, 100 the best.'
\set ECHO queries
SELECT week, ces_count(effort) AS n, round(ces_topbox(effort), 1) AS ces_topbox,
       round(nps(recommend), 1) AS nps, round(ces_pomp(effort), 1) AS pomp,
       ces_median(effort) AS median, round(ces_stddev(effort), 2) AS stddev,
       ces_sparkline(effort) AS "1 to 7", ces_sparkline(recommend) AS "0 to 10"
FROM (SELECT date_trunc('week', day)::date AS week,
             ces_rollup(effort) AS effort, ces_rollup(recommend) AS recommend
      FROM daily WHERE channel = 'chat' GROUP BY week) AS weekly
ORDER BY week OFFSET 3 LIMIT 6;
\set ECHO none

\echo '-- 10. One agent on one day. Then an answer comes late, another is corrected, and a third is'
\echo '--     erased. The report is right again at once.'
\set ECHO queries
SELECT ces_count(effort) AS n, round(ces_topbox(effort), 1) AS ces_topbox, round(nps(recommend), 1) AS nps, effort
FROM daily WHERE day = '2026-01-05' AND channel = 'web' AND agent = 'Wim D.';

INSERT INTO responses VALUES ('web', 'Wim D.', '2026-01-05 16:20:00', 7, 10, 5);
UPDATE responses SET effort_score = 6 WHERE agent = 'Wim D.' AND answered_at = '2026-01-05 15:14:41';
DELETE FROM responses WHERE agent = 'Wim D.' AND answered_at = '2026-01-05 15:29:28';

SELECT ces_count(effort) AS n, round(ces_topbox(effort), 1) AS ces_topbox, round(nps(recommend), 1) AS nps, effort
FROM daily WHERE day = '2026-01-05' AND channel = 'web' AND agent = 'Wim D.';
\set ECHO none

\echo '-- 11. The same from the answers themselves. In how many weeks does anything differ?'
\set ECHO queries
WITH raw AS (
    SELECT date_trunc('week', answered_at)::date AS week, channel, ces_topbox(effort_score) AS ces,
           nps(recommend) AS nps, stddev_samp(effort_score) AS stddev,
           percentile_cont(0.5) WITHIN GROUP (ORDER BY effort_score) AS median
    FROM responses GROUP BY week, channel
), rolled_up AS (
    SELECT date_trunc('week', day)::date AS week, channel, ces_topbox(ces_rollup(effort)) AS ces,
           nps(ces_rollup(recommend)) AS nps, ces_stddev(ces_rollup(effort)) AS stddev,
           ces_median(ces_rollup(effort)) AS median
    FROM daily GROUP BY week, channel
)
SELECT count(*) AS compared,
       count(*) FILTER (WHERE (raw.ces, raw.nps, raw.stddev, raw.median::numeric)
           IS DISTINCT FROM (r.ces, r.nps, r.stddev, r.median)) AS differences
FROM raw FULL JOIN rolled_up AS r USING (week, channel);
\set ECHO none

\echo '-- 12. How sure is that? Each number with its 95 percent confidence interval.'
\set ECHO queries
SELECT channel, ces_count(effort) AS n, round(ces_topbox(effort), 1) AS ces_topbox,
       round(lower(ces_topbox_ci(effort)), 1) AS "from",
       round(upper(ces_topbox_ci(effort)), 1) AS "to",
       round(nps(recommend), 1) AS nps,
       round(lower(nps_ci(recommend)), 1) AS "from", round(upper(nps_ci(recommend)), 1) AS "to"
FROM (SELECT channel, ces_rollup(effort) AS effort, ces_rollup(recommend) AS recommend
      FROM daily WHERE day >= '2026-03-30' GROUP BY channel) AS last_week
ORDER BY channel;
\set ECHO none

\echo '-- 13. All channels together. In the week of the failure more customers ended up in chat. Are the'
\echo '--     answers worse, or is it another mix? usual_mix: if each channel had its share of the quarter.'
\set ECHO queries
WITH weekly AS (
    SELECT date_trunc('week', day)::date AS week, channel, ces_rollup(effort) AS effort
    FROM daily GROUP BY week, channel
), mix AS (
    SELECT channel, ces_count(ces_rollup(effort)) AS share FROM weekly GROUP BY channel
)
SELECT week, round(ces_topbox, 1) AS ces_topbox, round((usual).value, 1) AS usual_mix,
       round(lower((usual).ci), 1) AS "from", round(upper((usual).ci), 1) AS "to"
FROM (SELECT week, ces_topbox(ces_rollup(effort)) AS ces_topbox,
             ces_topbox_standardized(effort, share) AS usual
      FROM weekly JOIN mix USING (channel) GROUP BY week) AS weeks
WHERE week BETWEEN '2026-02-09' AND '2026-03-02' ORDER BY week;
\set ECHO none

\echo '-- 14. The agents who really differ from their peers, the others in the same channel and week.'
\echo '--     unfair compares with all others. If sixty are alike, about three have a p-value below 0.05'
\echo '--     by luck, so it is adjusted for the number of agents.'
\set ECHO queries
WITH weekly AS (
    SELECT agent, channel, date_trunc('week', day) AS week, ces_rollup(effort) AS effort
    FROM daily GROUP BY agent, channel, week
), compared AS (
    SELECT agent, ces_rollup(effort) AS effort, (ces_topbox_stratified(effort, peers - effort)).*
    FROM (SELECT *, ces_rollup(effort) OVER (PARTITION BY channel, week) AS peers
          FROM weekly) AS strata
    GROUP BY agent
)
SELECT agent, ces_count(effort) AS n, round(ces_topbox(effort), 1) AS ces_topbox,
       round(ces_topbox(effort) - ces_topbox(everyone - effort), 1) AS unfair,
       round(difference, 1) AS difference, round(lower(ci), 1) AS "from",
       round(upper(ci), 1) AS "to", to_char(adjusted_p, '9.9EEEE') AS adjusted_p
FROM (SELECT *, ces_rollup(effort) OVER () AS everyone, ces_adjusted_p(p_value) OVER () AS adjusted_p
      FROM compared) AS adjusted
WHERE adjusted_p < 0.05
ORDER BY difference DESC;
\set ECHO none

\echo '-- 15. Answers in words, here in Dutch. The label set knows the score of each, and the scale.'
\set ECHO queries
SELECT shop, string_agg(answer, ', ') FILTER (WHERE answer <> '') AS answers,
       round(csat(answer, 'satisfaction5'), 1) AS csat, round(ces_mean(answer, 'satisfaction5'), 2) AS mean
FROM (VALUES ('Utrecht', 'zeer tevreden'), ('Utrecht', 'Tevreden'), ('Utrecht', 'ontevreden'),
             ('Gent', 'tevreden.'), ('Gent', 'neutraal'), ('Gent', ''))
     AS answers (shop, answer)
GROUP BY shop ORDER BY shop;
\set ECHO none

\echo '-- 16. Why was it hard? For each contact of a customer: did it lead to another one about the same'
\echo '--     issue within 7 days (came_back), and was it the first, the second, ... about it (nth)?'
\echo '--     Contacts within 10 minutes in one channel are legs of one: calls has one row for them.'
\echo '--     came_back is NULL where the 7 days are not over.'
\set ECHO queries
CREATE VIEW calls AS
SELECT DISTINCT ON (customer, issue, channel, call)
       contact_id, customer, issue, channel, agent, min(started_at) OVER legs AS started_at,
       wait_minutes, talk_minutes, transferred
FROM (SELECT contacts.*, ces_episode(started_at, '10 min') OVER
                 (PARTITION BY customer, issue, channel ORDER BY started_at) AS call
      FROM contacts WHERE customer IS NOT NULL) AS logged
WINDOW legs AS (PARTITION BY customer, issue, channel, call)
ORDER BY customer, issue, channel, call, logged.started_at DESC, contact_id DESC;

CREATE MATERIALIZED VIEW journey AS
SELECT numbered.*, row_number() OVER so_far AS nth,
       ces_switches(channel) OVER so_far > 0 AS switched
FROM (SELECT calls.*,
             ces_repeated(started_at, '7 days', until => '2026-04-05') OVER issue AS came_back,
             ces_episode(started_at, '7 days') OVER issue AS episode
      FROM calls WINDOW issue AS (PARTITION BY customer, issue ORDER BY started_at)) AS numbered
WINDOW so_far AS (PARTITION BY customer, issue, episode ORDER BY started_at, contact_id);

SELECT coalesce(channel, 'all') AS channel, count(came_back) AS contacts,
       round(ces_topbox(came_back::int, '0..1'), 1) AS came_back,
       round(ces_topbox(switched::int, '0..1'), 1) AS switched,
       round(ces_topbox(transferred::int, '0..1'), 1) AS transferred
FROM journey GROUP BY ROLLUP (channel) ORDER BY grouping(channel), channel;
\set ECHO none

\echo '-- 17. How many contacts until it is solved? A tally of numbers of contacts: on the scale 20..1'
\echo '--     fewer are better, and the top box is what the first contact solved.'
\set ECHO queries
SELECT channel, count(*) AS episodes, round(ces_topbox(contacts, '20..1 top 1'), 1) AS first_contact,
       round(ces_mean(contacts, '20..1 top 1'), 2) AS contacts
FROM (SELECT (array_agg(channel ORDER BY started_at))[1] AS channel,
             least(max(nth), 20) AS contacts
      FROM journey GROUP BY customer, issue, episode
      HAVING min(started_at) < '2026-03-15') AS episodes
GROUP BY channel ORDER BY channel;
\set ECHO none

\echo '-- 18. After whom do customers come back on the phone? Not after those who take the second'
\echo '--     contacts: the agents with the most of the one, and with the most of the other.'
\set ECHO queries
SELECT *
FROM (SELECT agent, count(came_back) AS contacts,
             round(ces_topbox(came_back::int, '0..1'), 1) AS led_to_another,
             rank() OVER (ORDER BY ces_topbox(came_back::int, '0..1') DESC) AS place,
             round(ces_topbox((nth > 1)::int, '0..1'), 1) AS took_another,
             rank() OVER (ORDER BY ces_topbox((nth > 1)::int, '0..1') DESC) AS wrong_place
      FROM journey WHERE channel = 'phone' GROUP BY agent HAVING count(came_back) >= 500) AS agents
WHERE least(place, wrong_place) <= 3 ORDER BY place;
\set ECHO none

\echo '-- 19. What does each cause cost? difference: points between those to whom it happened and the'
\echo '--     others. impact: points that it costs all together, with its interval.'
\set ECHO queries
CREATE VIEW answered AS
SELECT effort_score, nth > 1 AS again, switched, transferred, wait_minutes > 10 AS waited
FROM responses JOIN journey USING (contact_id);

WITH causes AS (
    SELECT cause, ces_tally(effort_score, '1..7') AS effort
    FROM answered,
         LATERAL (VALUES ('everyone', true), ('again', again), ('switched', switched),
                         ('transferred', transferred), ('waited', waited)) AS c (cause, applies)
    WHERE applies GROUP BY cause
)
SELECT c.cause, round(ces_topbox(c.effort), 1) AS ces_topbox, round(share, 1) AS share,
       round(difference, 1) AS difference, round(impact, 2) AS impact,
       round(lower(ci), 2) AS "from", round(upper(ci), 2) AS "to"
FROM causes AS c JOIN causes AS e ON e.cause = 'everyone', ces_topbox_impact(c.effort, e.effort)
ORDER BY impact NULLS FIRST;
\set ECHO none

\echo '-- 20. Those causes overlap. points: what each costs, from 1 to 7, if the others are the same.'
\echo '--     A switch of channel alone costs nothing: those who switch have come again.'
\set ECHO queries
SELECT driver, round(100 * mean, 1) AS percent, round(correlation, 3) AS correlation,
       round(coefficient, 2) AS points, round(std_error, 2) AS std_error,
       round(p_value::numeric, 4) AS p_value, round(100 * relative_weight, 1) AS explains_percent
FROM (SELECT ces_drivers(effort_score, '{again,switched,transferred,waited}',
                         ARRAY[again, switched, transferred, waited]) AS drivers
      FROM answered) AS d, ces_driver_report(drivers)
ORDER BY relative_weight DESC;
\set ECHO none

ROLLBACK;
