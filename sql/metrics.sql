--
-- Every function that reads a tally, compared with PostgreSQL's own aggregates
-- over the same answers
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

-- By hand: of 19 answers, 15 are 5 or more, 1 is 3 or less and 3 are neither.
\set tally '\'1..7 {0,1,0,3,5,8,2}\'::ces_tally'
SELECT ces_count(:tally), ces_median(:tally), ces_scale(:tally), ces_counts(:tally);
SELECT round(ces_topbox(:tally), 6) AS topbox, round(100 * 15 / 19.0, 6) AS by_hand,
       round(ces_bottombox(:tally), 6) AS bottombox, round(100 * 1 / 19.0, 6) AS by_hand,
       round(ces_net(:tally), 6) AS net, round(100 * 14 / 19.0, 6) AS by_hand;
SELECT round(ces_pomp(:tally), 6) AS index, round(100 * (101 / 19.0 - 1) / 6, 6) AS by_hand;
SELECT cut, round(ces_topbox(:tally, cut), 2) AS "cut or better", round(ces_bottombox(:tally, cut), 2) AS "cut or worse"
FROM generate_series(1, 7) cut;
SELECT * FROM ces_histogram(:tally);
SELECT ces_sparkline(:tally);

-- A falling scale: the lower, the better.
\set tally '\'5..1 {4,3,2,1,0}\'::ces_tally'
SELECT ces_mean(:tally), ces_topbox(:tally), ces_bottombox(:tally), ces_net(:tally), ces_pomp(:tally),
       ces_topbox(:tally, 1) AS "1", ces_topbox(:tally, 3) AS "3 or better", ces_bottombox(:tally, 3) AS "3 or worse";
SELECT * FROM ces_histogram(:tally);

-- NPS is the net score and CSAT the top box, except that NPS has its own default
-- cuts on 1..10 and 10..1.
SELECT nps(t) = ces_net(t) AS nps, csat(t) = ces_topbox(t) AS csat
FROM (VALUES ('nps {5,4,3,2,1,0,1,2,3,4,5}'::ces_tally), ('1..5 {1,2,3,4,5}')) v (t);
SELECT nps(t), ces_net(t) FROM (VALUES ('1..10 {1,1,1,1,1,1,1,1,1,1}'::ces_tally), ('10..1 {1,1,1,1,1,1,1,1,1,1}'),
  ('1..10 top 8 bottom 3 {1,1,1,1,1,1,1,1,1,1}')) v (t);

-- POMP is comparable across scales and directions.
SELECT t AS tally, ces_pomp(t) FROM unnest(ARRAY['1..7 {1,0,0,0,0,0,0}', '1..7 {0,0,0,0,0,0,1}', '1..7 {0,0,0,1,0,0,0}',
  '5..1 {1,0,0,0,0}', '5..1 {0,0,0,0,1}', '1..5 {0,0,0,1,0}', '5..1 {0,1,0,0,0}', '-10..10 {1,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,0,1}']::ces_tally[]) t;

-- No answers, one and two.
SELECT t AS tally, ces_count(t), ces_mean(t), ces_stddev(t), ces_median(t), ces_topbox(t), ces_topbox(t, 2) AS cut, ces_bottombox(t),
       ces_bottombox(t, 2) AS cut, ces_net(t), nps(t), csat(t), ces_pomp(t), ces_sparkline(t)
FROM unnest(ARRAY['1..3 {0,0,0}', '1..3 {0,0,1}', '1..3 {1,0,1}', NULL]::ces_tally[]) t;
SELECT * FROM ces_histogram('1..3 {0,0,0}');
SELECT * FROM ces_histogram(NULL);

-- Bars: no answers give the lowest bar and the most answers the highest; a few
-- answers among many still show.
SELECT t AS tally, ces_sparkline(t) FROM unnest(ARRAY['1..3 {1,1000000,0}', '0..7 {1,2,3,4,5,6,7,8}', '1..3 {0,0,9223372036854775807}', '1..5 {7,7,7,7,7}']::ces_tally[]) t;
-- In a database whose encoding lacks the bars.
CREATE DATABASE regress_ces_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
SELECT current_database() AS database \gset
\c regress_ces_latin1
CREATE EXTENSION ces;
SELECT ces_sparkline('0..7 {1,2,3,4,5,6,7,8}'), ces_sparkline('1..3 {0,1,1000000}');
\c :database
DROP DATABASE regress_ces_latin1;

-- Random data gives the same as PostgreSQL's own aggregates, to the last digit. The
-- scales rise and fall, begin below zero, and have 2 to 101 points and 1 to 2000
-- answers.
SELECT setseed(0.5);
CREATE TABLE answers AS
SELECT survey, scale, low + floor(power(random(), skew) * (high - low + 1))::int AS score
FROM (SELECT survey, ces_scale(CASE WHEN survey % 3 = 0 THEN low + span ELSE low END,
                               CASE WHEN survey % 3 = 0 THEN low ELSE low + span END) AS scale,
             low, low + span AS high, skew, n
      FROM (SELECT survey, floor(random() * 101 - 100)::int AS low, 1 + floor(random() * 100)::int AS span,
                   0.3 + 2 * random() AS skew, CASE WHEN survey <= 20 THEN survey % 5 + 1 ELSE ceil(random() * 2000)::int END AS n
            FROM generate_series(1, 100) survey) s) s,
     generate_series(1, n);
WITH tallies AS (
  SELECT survey, ces_tally(score, scale) AS tally, count(score) AS n, avg(score) AS mean, stddev_samp(score) AS stddev,
         percentile_cont(0.5) WITHIN GROUP (ORDER BY score) AS median
  FROM answers GROUP BY survey)
SELECT count(*) AS surveys,
       count(*) FILTER (WHERE ces_count(tally) IS DISTINCT FROM n) AS count_differs,
       count(*) FILTER (WHERE ces_mean(tally) IS DISTINCT FROM mean) AS mean_differs,
       count(*) FILTER (WHERE ces_stddev(tally) IS DISTINCT FROM stddev) AS stddev_differs,
       count(*) FILTER (WHERE ces_median(tally) IS DISTINCT FROM median::numeric) AS median_differs
FROM tallies;
-- The boxes, computed from their definition: the scores at least as favourable as the
-- cut for the top box, and at most as favourable for the bottom box.
SELECT count(*) AS cuts,
       count(*) FILTER (WHERE ces_topbox(tally, cut) IS DISTINCT FROM trim_scale(100.0 * better / n)) AS topbox_differs,
       count(*) FILTER (WHERE ces_bottombox(tally, cut) IS DISTINCT FROM trim_scale(100.0 * worse / n)) AS bottombox_differs
FROM (SELECT survey, cut, ces_tally(score, scale) AS tally, count(*) AS n,
             count(*) FILTER (WHERE CASE WHEN survey % 3 = 0 THEN score <= cut ELSE score >= cut END) AS better,
             count(*) FILTER (WHERE CASE WHEN survey % 3 = 0 THEN score >= cut ELSE score <= cut END) AS worse
      FROM answers, LATERAL generate_series(-100, 100) cut
      WHERE cut <@ scale AND survey <= 40 GROUP BY survey, cut) q;
SELECT bool_and(ces_topbox(tally) = ces_topbox(tally, top)) AS topbox, bool_and(ces_bottombox(tally) = ces_bottombox(tally, bottom)) AS bottombox,
       bool_and(abs(ces_net(tally) - (ces_topbox(tally) - ces_bottombox(tally))) < 1e-13) AS net,
       bool_and(abs(ces_pomp(tally) - 100 * (ces_mean(tally) - worst) / (best - worst)) < 1e-12) AS index
FROM (SELECT ces_tally(score, scale) AS tally FROM answers GROUP BY survey) t,
     LATERAL (SELECT p[1]::int AS worst, p[2]::int AS best, p[3]::int AS top, p[4]::int AS bottom
              FROM regexp_split_to_array(ces_scale(tally)::text, '(\.\.| top | bottom )') p) s;
-- The histogram is GROUP BY plus a row for each score that nobody gave.
WITH h AS (SELECT survey, h.* FROM (SELECT survey, ces_tally(score, scale) AS tally FROM answers GROUP BY survey) t, ces_histogram(tally) h),
     g AS (SELECT survey, score, count(*) AS responses, 100.0 * count(*) / sum(count(*)) OVER (PARTITION BY survey) AS percent FROM answers GROUP BY survey, score)
SELECT count(*) FILTER (WHERE h.responses IS DISTINCT FROM coalesce(g.responses, 0)) AS responses_differ,
       count(*) FILTER (WHERE h.percent IS DISTINCT FROM coalesce(g.percent, 0)) AS percent_differs,
       count(*) FILTER (WHERE h.survey IS NULL) AS missing
FROM h FULL JOIN g USING (survey, score);
DROP TABLE answers;
