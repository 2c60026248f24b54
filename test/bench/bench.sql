\pset footer off
\pset null '-'
SELECT version() \gset
\echo PostgreSQL: :version
\echo Rows:       :rows, rounds: :rounds
SET client_min_messages = warning;
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
INSERT INTO comparison (what, query, against, other_query)
SELECT metric || ', whole table', format('SELECT %s(score%s) FROM scores', metric, scale), 'count(score)', 'SELECT count(score) FROM scores'
FROM (VALUES ('ces_topbox', ''), ('ces_mean', ''), ('nps', ''), ('csat', ', ''1..7''')) v (metric, scale);
INSERT INTO comparison (what, query, against, other_query) VALUES
  ('ces_topbox, whole table', 'SELECT ces_topbox(score) FROM scores',
   'its formula', 'SELECT 100.0 * count(*) FILTER (WHERE score >= 5) / count(score) FROM scores'),
  ('nps, whole table', 'SELECT nps(score) FROM scores',
   'its formula', 'SELECT 100.0 * (count(*) FILTER (WHERE score >= 9) - count(*) FILTER (WHERE score <= 6)) / count(score) FROM scores'),
  ('four metrics of one column', 'SELECT ces_topbox(score, ''1..7''), ces_mean(score, ''1..7''), nps(score, ''1..7''), csat(score, ''1..7'') FROM scores',
   'four formulas', 'SELECT 100.0 * count(*) FILTER (WHERE score >= 5) / count(score), avg(score),
    100.0 * (count(*) FILTER (WHERE score >= 5) - count(*) FILTER (WHERE score <= 3)) / count(score),
    100.0 * count(*) FILTER (WHERE score >= 4) / count(score) FROM scores'),
  ('four metrics of one column', 'SELECT ces_topbox(score, ''1..7''), ces_mean(score, ''1..7''), nps(score, ''1..7''), csat(score, ''1..7'') FROM scores',
   'one of them', 'SELECT ces_mean(score, ''1..7'') FROM scores');
INSERT INTO comparison (what, query, against, other_query)
SELECT metric || ' by channel, agent, week', format('SELECT count(m) FROM (SELECT %s(score%s) AS m FROM answers GROUP BY channel, agent, week) q', metric, scale),
       'avg(score)', 'SELECT count(m) FROM (SELECT avg(score) AS m FROM answers GROUP BY channel, agent, week) q'
FROM (VALUES ('ces_topbox', ''), ('ces_mean', ''), ('nps', ''), ('csat', ', ''1..7''')) v (metric, scale);
INSERT INTO comparison (what, query, against, other_query) VALUES
  ('ces_topbox of a smallint column', 'SELECT ces_topbox(score) FROM scores_smallint',
   'an integer column', 'SELECT ces_topbox(score) FROM scores'),
  ('ces_topbox of a double precision column', 'SELECT ces_topbox(score) FROM scores_double',
   'an integer column', 'SELECT ces_topbox(score) FROM scores'),
  ('rolling ces_mean, 1,000 rows', 'SELECT count(m) FROM (SELECT ces_mean(score) OVER (ORDER BY id ROWS 999 PRECEDING) AS m FROM scores_in_order) q',
   '10 rows', 'SELECT count(m) FROM (SELECT ces_mean(score) OVER (ORDER BY id ROWS 9 PRECEDING) AS m FROM scores_in_order) q'),
  ('median, stddev, top box, from raw scores',
   'SELECT ces_median(t), ces_stddev(t), ces_topbox(t) FROM (SELECT ces_tally(score, ''1..7'') AS t FROM scores) q',
   'PostgreSQL''s own', 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY score), stddev_samp(score), 100.0 * count(*) FILTER (WHERE score >= 5) / count(score) FROM scores'),
  ('the executor''s floor under that: count(score)',
   'SELECT count(score) FROM scores',
   'PostgreSQL''s own', 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY score), stddev_samp(score), 100.0 * count(*) FILTER (WHERE score >= 5) / count(score) FROM scores'),
  ('median, stddev, top box by channel, agent, week',
   'SELECT count(ces_median(t) + ces_stddev(t) + ces_topbox(t)) FROM (SELECT ces_tally(score, ''1..7'') AS t FROM answers GROUP BY channel, agent, week) q',
   'PostgreSQL''s own', 'SELECT count(m + s + t) FROM (SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY score) AS m, stddev_samp(score) AS s,
     100.0 * count(*) FILTER (WHERE score >= 5) / nullif(count(score), 0) AS t FROM answers GROUP BY channel, agent, week) q'),
  ('median, stddev, top box, from the rollup',
   'SELECT ces_median(t), ces_stddev(t), ces_topbox(t) FROM (SELECT ces_rollup(tally) AS t FROM daily) q',
   'PostgreSQL''s own', 'SELECT percentile_cont(0.5) WITHIN GROUP (ORDER BY score), stddev_samp(score), 100.0 * count(*) FILTER (WHERE score >= 5) / count(score) FROM answers'),
  ('weekly report from a daily rollup',
   'SELECT count(m + t + n) FROM (SELECT ces_mean(tally) AS m, ces_topbox(tally) AS t, nps(tally) AS n FROM
     (SELECT channel, team, date_trunc(''week'', day) AS week, ces_rollup(tally) AS tally FROM daily GROUP BY 1, 2, 3) r) q',
   'raw rows',
   'SELECT count(m + t + n) FROM (SELECT ces_mean(score, ''1..7'') AS m, ces_topbox(score, ''1..7'') AS t, nps(score, ''1..7'') AS n FROM answers
     GROUP BY channel, team, date_trunc(''week'', answered_at)) q'),
  ('ces_score of answers in words', 'SELECT count(ces_score(answer, ''agreement7'')) FROM answers_in_words',
   'a hash join', 'SELECT count(l.score) FROM answers_in_words a LEFT JOIN ces_label l ON l.label_set = ''agreement7'' AND l.label = a.answer'),
  ('ces_topbox of answers in words', 'SELECT ces_topbox(ces_score(answer, ''agreement7'')) FROM answers_in_words',
   'a hash join', 'SELECT ces_topbox(l.score) FROM answers_in_words a LEFT JOIN ces_label l ON l.label_set = ''agreement7'' AND l.label = a.answer');
INSERT INTO comparison (what, query, against, other_query, workers) VALUES
  ('ces_topbox, 2 workers', 'SELECT ces_topbox(score) FROM scores', 'count(score), 2 workers', 'SELECT count(score) FROM scores', 2);

\if :tdigest
CREATE EXTENSION tdigest;
CREATE TABLE daily_tdigest AS
SELECT answered_at::date AS day, channel, team, tdigest(score, 100) AS digest
FROM answers GROUP BY 1, 2, 3;
VACUUM ANALYZE daily_tdigest;
INSERT INTO comparison (what, query, against, other_query) VALUES
  ('median by team from a daily rollup', 'SELECT count(m) FROM (SELECT ces_median(ces_rollup(tally)) AS m FROM daily GROUP BY team) q',
   'tdigest', 'SELECT count(m) FROM (SELECT tdigest_percentile(digest, 0.5) AS m FROM daily_tdigest GROUP BY team) q');
\endif

CREATE TABLE measurement (number int, jit boolean, round int, ours float8, other float8);

CREATE FUNCTION milliseconds(statement text) RETURNS float8 LANGUAGE plpgsql AS $$
DECLARE
  start timestamptz := clock_timestamp();
BEGIN
  EXECUTE statement;
  RETURN extract(epoch FROM clock_timestamp() - start) * 1000;
END $$;

-- Each comparison in turn, both sides next to each other, first one and then
-- the other; so a machine that is slow for a while is slow for both. Round 0
-- warms up.
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

\echo
\echo Time: medians of the rounds in milliseconds, and of the ratios within a round.
SELECT what, against, CASE WHEN m.jit THEN 'on' ELSE 'off' END AS jit,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ours)::numeric, 1) AS ces,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY other)::numeric, 1) AS other,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY ours / other)::numeric, 4) AS ratio,
       round(min(ours)::numeric / min(other)::numeric, 4) AS "of the fastest"
FROM measurement m JOIN comparison c USING (number)
GROUP BY number, what, against, m.jit ORDER BY m.jit, number;

\echo
\echo Parallel: how much faster with 2 workers than with none, ces_topbox and count(score).
SELECT CASE WHEN s.jit THEN 'on' ELSE 'off' END AS jit,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY s.ours / p.ours)::numeric, 2) AS ces_topbox,
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY s.other / p.other)::numeric, 2) AS "count",
       round(percentile_cont(0.5) WITHIN GROUP (ORDER BY (s.ours / p.ours) / (s.other / p.other))::numeric, 4) AS ratio
FROM measurement s JOIN measurement p USING (round, jit)
WHERE s.number = 1 AND p.number = (SELECT number FROM comparison WHERE workers = 2)
GROUP BY s.jit ORDER BY s.jit;

-- The most memory that EXPLAIN ANALYZE reports of a hash aggregation.
CREATE FUNCTION peak_memory(statement text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || statement INTO plan;
  IF plan #>> '{0,Plan,HashAgg Batches}' <> '1' THEN
    RAISE EXCEPTION 'hash aggregation spilled, or none: %', plan;
  END IF;
  RETURN plan #>> '{0,Plan,Peak Memory Usage}';
END $$;
SET work_mem = '2GB';
SET enable_sort = off;
SET max_parallel_workers_per_gather = 0;
\echo
\echo Memory: hash aggregation by respondent, up to a million groups, kB that EXPLAIN ANALYZE reports.
SELECT metric AS what, 'avg(score)' AS against,
       peak_memory(format('SELECT respondent, %s FROM scores_by_respondent GROUP BY respondent', metric)) AS ces,
       peak_memory('SELECT respondent, avg(score) FROM scores_by_respondent GROUP BY respondent') AS other,
       round(peak_memory(format('SELECT respondent, %s FROM scores_by_respondent GROUP BY respondent', metric))::numeric
             / peak_memory('SELECT respondent, avg(score) FROM scores_by_respondent GROUP BY respondent'), 4) AS ratio
FROM unnest(ARRAY['ces_topbox(score)', 'ces_mean(score)', 'nps(score)', 'csat(score, ''1..7'')']) metric;

\echo
\echo Size: bytes on disk.
CREATE TEMP TABLE few AS SELECT ces_tally(score, '1..7') AS tally FROM scores_by_respondent WHERE respondent < 1000 GROUP BY respondent;
SELECT 'a tally on 1..7, counts up to 255' AS what, max(pg_column_size(tally)) AS bytes FROM few WHERE 255 >= ALL (ces_counts(tally))
UNION ALL
SELECT 'a tally of the daily rollup, on average', round(avg(pg_column_size(tally)), 1) FROM daily
UNION ALL
SELECT 'the daily rollup', pg_total_relation_size('daily')
UNION ALL
SELECT 'the raw answers', pg_total_relation_size('answers');
\if :tdigest
SELECT 'the daily rollup with tdigest' AS what, pg_total_relation_size('daily_tdigest') AS bytes;
\else
\echo tdigest is not installed, so nothing was compared with it (Debian: postgresql-15-tdigest).
\endif
