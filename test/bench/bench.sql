\set QUIET on
\pset format unaligned
\pset tuples_only on
\pset fieldsep ' | '
SET client_min_messages = error; -- nps of a score from 1 to 7 gets a warning
CREATE EXTENSION ces;
CREATE EXTENSION IF NOT EXISTS pg_prewarm;
SELECT count(*) = 1 AS tdigest FROM pg_available_extensions WHERE name = 'tdigest' \gset
\i data.sql
SELECT pg_prewarm(oid) FROM pg_class WHERE relname ~ '^(answers|scores)' AND relkind = 'r' \g /dev/null

-- What is compared: a query with ces, and what people use today.
CREATE TABLE comparison (
  number int GENERATED ALWAYS AS IDENTITY, what text, query text, against text, other_query text,
  workers int DEFAULT 0
);
CREATE TABLE metric (name text, call text);
INSERT INTO metric VALUES
  ('`ces_topbox`', 'ces_topbox(score)'), ('`ces_mean`', 'ces_mean(score)'), ('`nps`', 'nps(score)'),
  ('`csat`', 'csat(score, ''1..7'')');
INSERT INTO comparison (what, query, against, other_query)
SELECT name || ', whole table', 'SELECT ' || call || ' FROM scores', '`count(score)`', 'SELECT count(score) FROM scores'
FROM metric;
INSERT INTO comparison (what, query, against, other_query) VALUES
  ('`ces_topbox`, whole table', 'SELECT ces_topbox(score) FROM scores',
   'its formula', 'SELECT 100.0 * count(*) FILTER (WHERE score >= 5) / count(score) FROM scores'),
  ('`nps`, whole table', 'SELECT nps(score) FROM scores',
   'its formula', 'SELECT 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(score) FROM scores'),
  ('four metrics, whole table', 'SELECT ces_topbox(score, ''1..7''), ces_mean(score, ''1..7''), nps(score, ''1..7''), csat(score, ''1..7'') FROM scores',
   'their formulas', 'SELECT 100.0 * count(*) FILTER (WHERE score >= 5) / count(score), avg(score),
    100.0 * (count(*) FILTER (WHERE score >= 5) - count(*) FILTER (WHERE score <= 3)) / count(score),
    100.0 * count(*) FILTER (WHERE score >= 4) / count(score) FROM scores'),
  ('four metrics, whole table', 'SELECT ces_topbox(score, ''1..7''), ces_mean(score, ''1..7''), nps(score, ''1..7''), csat(score, ''1..7'') FROM scores',
   'one of them', 'SELECT ces_mean(score, ''1..7'') FROM scores');
INSERT INTO comparison (what, query, against, other_query)
SELECT name || ' by channel, agent and week', format('SELECT count(m) FROM (SELECT %s AS m FROM answers GROUP BY channel, agent, week) q', call),
       '`avg(score)`', 'SELECT count(m) FROM (SELECT avg(score) AS m FROM answers GROUP BY channel, agent, week) q'
FROM metric;
INSERT INTO comparison (what, query, against, other_query) VALUES
  ('`ces_topbox` of `smallint`', 'SELECT ces_topbox(score) FROM scores_smallint',
   'of `integer`', 'SELECT ces_topbox(score) FROM scores'),
  ('`ces_topbox` of `double precision`', 'SELECT ces_topbox(score) FROM scores_double',
   'of `integer`', 'SELECT ces_topbox(score) FROM scores'),
  ('rolling `ces_mean`, 1,000 rows', 'SELECT count(m) FROM (SELECT ces_mean(score) OVER (ORDER BY id ROWS 999 PRECEDING) AS m FROM scores_in_order) q',
   '10 rows', 'SELECT count(m) FROM (SELECT ces_mean(score) OVER (ORDER BY id ROWS 9 PRECEDING) AS m FROM scores_in_order) q'),
  ('median, stddev and top box, whole table',
   'SELECT ces_median(t), ces_stddev(t), ces_topbox(t) FROM (SELECT ces_tally(score, ''1..7'') AS t FROM scores) q',
   'PostgreSQL''s own', 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY score), stddev_samp(score), 100.0 * count(*) FILTER (WHERE score >= 5) / count(score) FROM scores'),
  ('`count(score)`, the least that a query takes',
   'SELECT count(score) FROM scores',
   'PostgreSQL''s own median, stddev and top box', 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY score), stddev_samp(score), 100.0 * count(*) FILTER (WHERE score >= 5) / count(score) FROM scores'),
  ('median, stddev and top box by channel, agent and week',
   'SELECT count(ces_median(t) + ces_stddev(t) + ces_topbox(t)) FROM (SELECT ces_tally(score, ''1..7'') AS t FROM answers GROUP BY channel, agent, week) q',
   'PostgreSQL''s own', 'SELECT count(m + s + t) FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY score) AS m, stddev_samp(score) AS s,
     100.0 * count(*) FILTER (WHERE score >= 5) / nullif(count(score), 0) AS t FROM answers GROUP BY channel, agent, week) q'),
  ('median, stddev and top box from a daily rollup',
   'SELECT ces_median(t), ces_stddev(t), ces_topbox(t) FROM (SELECT ces_rollup(tally) AS t FROM daily) q',
   'PostgreSQL''s own, from the answers', 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY score), stddev_samp(score), 100.0 * count(*) FILTER (WHERE score >= 5) / count(score) FROM answers'),
  ('weekly report from a daily rollup',
   'SELECT count(m + t + n) FROM (SELECT ces_mean(tally) AS m, ces_topbox(tally) AS t, nps(tally) AS n FROM
     (SELECT channel, team, date_trunc(''week'', day) AS week, ces_rollup(tally) AS tally FROM daily GROUP BY 1, 2, 3) r) q',
   'from the answers',
   'SELECT count(m + t + n) FROM (SELECT ces_mean(score, ''1..7'') AS m, ces_topbox(score, ''1..7'') AS t, nps(score, ''1..7'') AS n FROM answers
     GROUP BY channel, team, date_trunc(''week'', answered_at)) q'),
  ('`ces_score` of answers in words', 'SELECT count(ces_score(answer, ''agreement7'')) FROM answers_in_words',
   'a hash join', 'SELECT count(l.score) FROM answers_in_words a LEFT JOIN labels l ON l.label_set = ''agreement7'' AND l.label = a.answer'),
  ('`ces_topbox` of answers in words', 'SELECT ces_topbox(answer, ''agreement7'') FROM answers_in_words',
   'a hash join', 'SELECT ces_topbox(l.score) FROM answers_in_words a LEFT JOIN labels l ON l.label_set = ''agreement7'' AND l.label = a.answer');
INSERT INTO comparison (what, query, against, other_query)
SELECT what, format('SELECT count(m) FROM (SELECT %s OVER (PARTITION BY customer ORDER BY at) AS m FROM %I) q', call, source),
       '`lag(at)`', format('SELECT count(m) FROM (SELECT lag(at) OVER (PARTITION BY customer ORDER BY at) AS m FROM %I) q', source)
FROM (VALUES
  ('`ces_repeated`, one customer', $$ces_repeated(at, '7 days')$$, 'contacts'),
  ('`ces_repeated` with a leg, one customer', $$ces_repeated(at, '7 days', leg => '15 min')$$, 'contacts'),
  ('`ces_repeated` with a leg, all contacts within it', $$ces_repeated(at, '7 days', leg => '15 min')$$, 'contacts_at_once'),
  ('`ces_repeated`, as many customers as contacts', $$ces_repeated(at, '7 days')$$, 'contacts_of_many'),
  ('`ces_episode`, one customer', $$ces_episode(at, '7 days')$$, 'contacts'),
  ('`ces_episode`, as many customers as contacts', $$ces_episode(at, '7 days')$$, 'contacts_of_many')) v (what, call, source);
-- What a regression on four drivers needs to know, by hand: the sums of products of any two.
INSERT INTO comparison (what, query, against, other_query) VALUES
  ('`ces_drivers`, four drivers',
   $$SELECT (ces_driver_fit(ces_drivers(score, '{chat,web,late,team}', ARRAY[(channel = 'chat')::int, (channel = 'web')::int, (week > 10)::int, team]))).n FROM answers$$,
   'its sums of products',
   $$SELECT count(*), sum(y), sum(a), sum(b), sum(c), sum(d), sum(y * y), sum(y * a), sum(y * b), sum(y * c), sum(y * d),
     sum(a * a), sum(a * b), sum(a * c), sum(a * d), sum(b * b), sum(b * c), sum(b * d), sum(c * c), sum(c * d), sum(d * d)
     FROM (SELECT score AS y, (channel = 'chat')::int AS a, (channel = 'web')::int AS b, (week > 10)::int AS c, team AS d FROM answers WHERE score IS NOT NULL OFFSET 0) q$$);
-- Comparisons, funnels and control limits, and their formulas without what few answers need, tau² and signals.
INSERT INTO comparison (what, query, against, other_query) VALUES
  ('`ces_topbox_stratified`, agents and peers in the same channel and week',
   $$SELECT count((s).p_value) FROM (SELECT ces_topbox_stratified(tally, peers - tally) AS s FROM (SELECT agent, tally, ces_rollup(tally) OVER (PARTITION BY channel, week) AS peers FROM weekly) p GROUP BY agent) q$$,
   'Mantel and Haenszel''s sums',
   $$SELECT count(difference / sqrt(variance)) FROM (SELECT sum(top - n * all_top / all_n) AS difference, sum(n * (all_n - n) * all_top * (all_n - all_top) / (all_n ^ 2 * (all_n - 1))) AS variance
     FROM (SELECT agent, n, top, sum(n) OVER w AS all_n, sum(top) OVER w AS all_top FROM weekly WINDOW w AS (PARTITION BY channel, week)) p WHERE all_n > n GROUP BY agent) q$$),
  ('`ces_topbox_funnel`, agents in each channel and week',
   $$SELECT count((f).lower95) FROM (SELECT ces_topbox_funnel(tally) OVER (PARTITION BY channel, week) AS f FROM weekly) q$$,
   'binomial limits',
   $$SELECT count(p - 1.96 * sqrt(p * (1 - p) / n)) FROM (SELECT n, sum(top) OVER w / sum(n) OVER w AS p FROM weekly WINDOW w AS (PARTITION BY channel, week)) q$$),
  ('`ces_topbox_limits`, weeks of each agent in each channel',
   $$SELECT count((l).lower) FROM (SELECT ces_topbox_limits(tally) OVER (PARTITION BY channel, agent ORDER BY week) AS l FROM weekly) q$$,
   'its limits by window functions',
   $$SELECT count(centre - 3 * sigma / sqrt(n)) FROM (SELECT n, sum(top) OVER p / sum(n) OVER p AS centre, sqrt(pi() / 2) * avg(step) OVER p AS sigma
     FROM (SELECT channel, agent, n, top, abs(top / n - lag(top / n) OVER w) / sqrt(1 / n + 1 / lag(n) OVER w) AS step FROM weekly WINDOW w AS (PARTITION BY channel, agent ORDER BY week)) s
     WINDOW p AS (PARTITION BY channel, agent)) q$$);
INSERT INTO comparison (what, query, against, other_query, workers) VALUES
  ('`ces_topbox`, whole table, 2 workers', 'SELECT ces_topbox(score) FROM scores', '`count(score)`, 2 workers', 'SELECT count(score) FROM scores', 2);

\if :tdigest
CREATE EXTENSION tdigest;
CREATE TABLE daily_tdigest AS
SELECT answered_at::date AS day, channel, team, tdigest(score, 100) AS digest
FROM answers GROUP BY 1, 2, 3;
VACUUM ANALYZE daily_tdigest;
INSERT INTO comparison (what, query, against, other_query) VALUES
  ('median by team from a daily rollup', 'SELECT count(m) FROM (SELECT ces_median(ces_rollup(tally)) AS m FROM daily GROUP BY team) q',
   '`tdigest`', 'SELECT count(m) FROM (SELECT tdigest_percentile(digest, 0.5) AS m FROM daily_tdigest GROUP BY team) q');
\endif

CREATE TABLE measurement (number int, jit boolean, round int, ours float8, other float8);

CREATE FUNCTION milliseconds(statement text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  start timestamptz := clock_timestamp();
BEGIN
  EXECUTE statement;
  RETURN extract(epoch FROM clock_timestamp() - start) * 1000;
END $$;

-- Each comparison in turn, with its two sides next to each other, in alternating order, so
-- that both suffer when the machine is slow for a while. Round 0 warms up.
CREATE PROCEDURE measure(rounds int) LANGUAGE plpgsql AS $$
DECLARE
  c comparison; with_jit boolean; ours float8; other float8;
BEGIN
  SET work_mem = '64MB';
  FOR round IN 0..rounds LOOP
    FOREACH with_jit IN ARRAY ARRAY[false, true] LOOP
      PERFORM set_config('jit', with_jit::text, false);
      FOR c IN SELECT * FROM comparison ORDER BY number LOOP
        PERFORM set_config('max_parallel_workers_per_gather', c.workers::text, false);
        IF round % 2 = 0 THEN
          ours := milliseconds(c.query);
          other := milliseconds(c.other_query);
        ELSE
          other := milliseconds(c.other_query);
          ours := milliseconds(c.query);
        END IF;
        IF round > 0 THEN
          INSERT INTO measurement VALUES (c.number, with_jit, round, ours, other);
        END IF;
      END LOOP;
      COMMIT;
    END LOOP;
  END LOOP;
END $$;
CALL measure(:rounds);

\i digits.sql

CREATE VIEW result AS
SELECT number, what, against, jit,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY ours) AS ours,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY other) AS other,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY ours / other) AS ratio,
       min(ours) / min(other) AS ratio_of_fastest
FROM measurement JOIN comparison USING (number) GROUP BY number, what, against, jit;

\echo '# Benchmark'
\echo
\echo '`make bench` writes this file. It runs each query next to what people use today, on the'
\echo 'same answers. Each round gives a ratio, of which the median is shown. Below 1, `ces` takes'
\echo 'less.'
\echo
SELECT '- ' || regexp_replace(version(), ',.*', '');
\echo '-' :processor
\echo '-' :memory of memory
SELECT '- ' || to_char(:rows, 'FM999,999,999,999') || ' answers, rounds: ' || :rounds;
SELECT '- ' || current_date;
\echo
\echo '## Time'
\echo
\echo '| query | against | ratio | with JIT |'
\echo '|---|---|---|---|'
SELECT '| ' || what, against, digits(off.ratio), digits(r.ratio) || ' |'
FROM result off JOIN result r USING (number, what, against) WHERE NOT off.jit AND r.jit ORDER BY number;

\echo
\echo '## Milliseconds'
\echo
\echo 'The medians of the two sides, and the ratio of the fastest rounds of each.'
\echo
\echo '| query | against | JIT | `ces` | other | ratio of the fastest |'
\echo '|---|---|---|---|---|---|'
SELECT '| ' || what, against, CASE WHEN jit THEN 'on' ELSE 'off' END, digits(ours), digits(other), digits(ratio_of_fastest) || ' |'
FROM result ORDER BY jit, number;

\echo
\echo '## Two workers'
\echo
\echo 'How many times as fast a query is with two workers as with none.'
\echo
\echo '| JIT | `ces_topbox` | `count(score)` |'
\echo '|---|---|---|'
SELECT '| ' || CASE WHEN s.jit THEN 'on' ELSE 'off' END,
       digits(percentile_cont(0.5) WITHIN GROUP (ORDER BY s.ours / p.ours)),
       digits(percentile_cont(0.5) WITHIN GROUP (ORDER BY s.other / p.other)) || ' |'
FROM measurement s JOIN measurement p USING (round, jit)
WHERE s.number = 1 AND p.number = (SELECT number FROM comparison WHERE workers = 2)
GROUP BY s.jit ORDER BY s.jit;

-- The peak memory that EXPLAIN ANALYZE reports of a hash aggregation by respondent, in kB.
CREATE FUNCTION peak_memory(metric text) RETURNS numeric LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE format('EXPLAIN (ANALYZE, FORMAT JSON) SELECT respondent, %s FROM scores_by_respondent GROUP BY respondent', metric)
  INTO plan;
  IF plan #>> '{0,Plan,HashAgg Batches}' IS DISTINCT FROM '1' THEN
    RAISE EXCEPTION 'the hash aggregation spilled, or there was none: %', plan;
  END IF;
  RETURN plan #>> '{0,Plan,Peak Memory Usage}';
END $$;
SET work_mem = '2GB';
SET enable_sort = off;
SET max_parallel_workers_per_gather = 0;
\echo
\echo '## Memory'
\echo
\echo 'Hash aggregation by respondent, up to a million groups.'
\echo
\echo '| query | against | ratio |'
\echo '|---|---|---|'
SELECT '| ' || name || ' by respondent', '`avg(score)`', digits(peak_memory(call) / peak_memory('avg(score)')) || ' |'
FROM metric;

\echo
\echo '## Size'
\echo
\echo '| what | bytes |'
\echo '|---|---|'
CREATE TEMP TABLE few AS SELECT ces_tally(score, '1..7') AS tally FROM scores_by_respondent WHERE respondent < 1000 GROUP BY respondent;
CREATE FUNCTION bytes(n numeric) RETURNS text LANGUAGE sql AS $$ SELECT to_char(n, 'FM999,999,999,999') || ' |' $$;
SELECT '| a tally on `1..7`, counts up to 255', bytes(max(pg_column_size(tally))) FROM few WHERE 255 >= ALL (ces_counts(tally))
UNION ALL
SELECT '| a tally of the daily rollup, on average', bytes(avg(pg_column_size(tally))) FROM daily
UNION ALL
SELECT '| the daily rollup', bytes(pg_total_relation_size('daily'))
UNION ALL
SELECT '| the answers', bytes(pg_total_relation_size('answers'));
\if :tdigest
SELECT '| the daily rollup with `tdigest`', bytes(pg_total_relation_size('daily_tdigest'));
\else
\echo
\echo 'Not compared with tdigest, which was not installed (Debian: postgresql-15-tdigest).'
\endif
