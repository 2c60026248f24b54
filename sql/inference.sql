--
-- Confidence intervals, tests of two tallies, and adjusted p-values
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET extra_float_digits = 0;

-- Rounded to nine decimals, on which every C library agrees.
CREATE FUNCTION about(numrange) RETURNS numrange LANGUAGE sql IMMUTABLE STRICT AS
  $$SELECT numrange(trim_scale(round(lower($1), 9)), trim_scale(round(upper($1), 9)), '[]')$$;
CREATE FUNCTION about(double precision) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS
  $$SELECT trim_scale(round($1::numeric, 9))$$;

-- By hand: of 19 answers, 15 are 5 or more; Wilson (1927) gives 56.67 to 91.49.
\set tally '\'1..7 {0,1,0,3,5,8,2}\'::ces_tally'
SELECT about(ces_topbox_ci(:tally)) AS ces_topbox_ci, csat_ci(:tally) = ces_topbox_ci(:tally) AS csat, about(ces_mean_ci(:tally)) AS ces_mean_ci, about(ces_topbox_ci(:tally, 0.9)) AS ces_topbox_ci_90;
-- Published: 81 of 263 gives 0.2553 to 0.3662, 15 of 148 gives 0.0624 to 0.1605, 0 of 20 gives 0 to 0.1611, 1 of 29 gives 0.0061 to 0.1718
-- (Newcombe, Two-sided confidence intervals for the single proportion, 1998, table I, method 3).
SELECT about(ces_topbox_ci(ces_from_counts('0..1', ARRAY[n - x, x]))) AS ces_topbox_ci FROM (VALUES (81, 263), (15, 148), (0, 20), (1, 29)) v (x, n);
-- Published: 56/70 - 48/80 gives 0.0524 to 0.3339, 9/10 - 3/10 gives 0.1705 to 0.8090, 10/10 - 0/20 gives 0.6791 to 1, 10/10 - 0/10 gives 0.6075 to 1
-- (Newcombe, Interval estimation for the difference, 1998, table II, method 10).
SELECT difference, about(ci) AS ci FROM (VALUES (56, 70, 48, 80), (9, 10, 3, 10), (10, 10, 0, 20), (10, 10, 0, 10)) v (x, n, y, m),
  ces_topbox_test(ces_from_counts('0..1', ARRAY[n - x, x]), ces_from_counts('0..1', ARRAY[m - y, y]));

-- Compared with R: the error relative to R's value, or to least_divisor if that is
-- larger, which for intervals and differences is a thousandth of a point.  NULL where R
-- gives NA, and only there.
CREATE FUNCTION relative_error(value float8, expected float8, least_divisor float8 DEFAULT 0) RETURNS float8 LANGUAGE sql AS
  $$SELECT CASE WHEN value = expected THEN 0 WHEN expected = 0 AND least_divisor = 0 THEN 'Infinity'
           ELSE abs(value - expected) / greatest(abs(expected), least_divisor) END$$;
\set reference :abs_srcdir '/test/reference/inference.sql'
\set ECHO none
\i :reference
\set ECHO all
CREATE FUNCTION interval_of(method text, counts bigint[], confidence float8) RETURNS numrange LANGUAGE plpgsql AS $$
DECLARE result numrange;
BEGIN
  EXECUTE format('SELECT %I(ces_from_counts(''nps'', $1), $2)', method) INTO result USING counts, confidence;
  RETURN result;
END $$;
SELECT method, count(*) >= 50 AS enough, count(*) FILTER (WHERE (ci IS NULL) <> (r.lower IS NULL)) AS null_differs,
       max(greatest(relative_error(lower(ci)::float8, r.lower, 0.001), relative_error(upper(ci)::float8, r.upper, 0.001))) < 1e-9 AS as_in_r
FROM interval_reference r, interval_of(method, counts, confidence) ci
GROUP BY method ORDER BY method;
CREATE FUNCTION size(counts bigint[]) RETURNS numeric LANGUAGE sql AS $$SELECT sum(count) FROM unnest(counts) count$$;
CREATE FUNCTION test_of(method text, a bigint[], b bigint[], confidence float8, scale ces_scale DEFAULT 'nps',
  OUT difference numeric, OUT ci numrange, OUT statistic float8, OUT p_value float8) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT * FROM %I(ces_from_counts($4, $1), ces_from_counts($4, $2), $3)', method)
    INTO difference, ci, statistic, p_value USING a, b, confidence, scale;
END $$;
SELECT method, count(*) >= 50 AS enough,
       count(*) FILTER (WHERE (t.difference, t.ci, t.statistic, t.p_value) IS NULL <> ((r.difference, r.lower, r.statistic) IS NULL)
                        OR (t.ci IS NULL) <> (r.lower IS NULL)) AS null_differs,
       max(relative_error(t.difference::float8, r.difference, 0.001)) < 1e-10 AS difference,
       max(greatest(relative_error(lower(ci)::float8, r.lower, 0.001), relative_error(upper(ci)::float8, r.upper, 0.001))) < 1e-9 AS ci,
       max(relative_error(t.statistic, r.statistic, 1)) < 1e-9 AS statistic,
       max(relative_error(t.p_value, r.p_value, 1e-100)) FILTER (WHERE NOT r.saddlepoint) < 1e-9 AS p_value,
       max(relative_error(t.p_value, r.p_value, 1e-100)) FILTER (WHERE r.saddlepoint) < 0.001 AS saddlepoint
FROM (SELECT *, method = 'ces_mean_test' AND least(size(a), size(b)) BETWEEN 51 AND 500 AS saddlepoint FROM test_reference) r, test_of(method, a, b, confidence) t
GROUP BY method ORDER BY method;
SELECT count(DISTINCT set) >= 50 AS enough, count(*) FILTER (WHERE (a IS NULL) <> (adjusted IS NULL)) AS null_differs,
       max(relative_error(a, adjusted)) < 1e-13 AS as_in_r
FROM (SELECT *, ces_adjusted_p(p_value) OVER (PARTITION BY set ORDER BY position) AS a FROM adjusted_reference) r;

-- No answers, one answer, equal answers, and NULL.
SELECT t AS tally, about(ces_topbox_ci(t)) AS ces_topbox_ci, about(csat_ci(t)) AS csat_ci, about(nps_ci(t)) AS nps_ci, about(ces_mean_ci(t)) AS ces_mean_ci
FROM unnest(ARRAY['1..3 {0,0,0}', '1..3 {0,0,1}', '1..3 {1,0,0}', '1..3 {0,0,5}', '1..3 {0,5,0}', NULL]::ces_tally[]) t;
SELECT ces_topbox_ci('1..3 {1,2,3}', NULL), nps_ci('1..3 {1,2,3}', NULL), ces_mean_ci('1..3 {1,2,3}', NULL);
CREATE VIEW pairs AS SELECT a, b FROM (VALUES ('1..3 {0,0,0}'::ces_tally, '1..3 {1,2,3}'::ces_tally), ('1..3 {1,2,3}', '1..3 {0,0,0}'),
  ('1..3 {0,0,1}', '1..3 {1,2,3}'), ('1..3 {0,0,1}', '1..3 {0,0,1}'), ('1..3 {0,0,5}', '1..3 {0,0,7}'), ('1..3 {5,0,0}', '1..3 {7,0,0}'), ('1..3 {0,0,5}', '1..3 {7,0,0}'),
  ('1..3 {0,0,5}', '1..3 {0,1,6}'), ('1..3 {1,2,3}', '1..3 {1,2,3}'), (NULL, '1..3 {1,2,3}')) v (a, b);
SELECT a, b, difference, about(ci) AS ci, about(statistic) AS statistic, about(p_value) AS p_value FROM pairs, ces_topbox_test(a, b) t;
SELECT a, b, difference, about(ci) AS ci, about(statistic) AS statistic, about(p_value) AS p_value FROM pairs, nps_test(a, b) t;
SELECT a, b, difference, about(ci) AS ci, about(statistic) AS statistic, about(p_value) AS p_value FROM pairs, ces_mean_test(a, b) t;
SELECT count(*) AS pairs, count(*) FILTER (WHERE csat_test(a, b) IS DISTINCT FROM ces_topbox_test(a, b)) AS csat_differs,
       count(*) FILTER (WHERE (ces_topbox_test(a, b)).difference <> ces_topbox(a) - ces_topbox(b)) AS not_the_difference,
       count(*) FILTER (WHERE (nps_test(a, b)).difference <> nps(a) - nps(b)) AS not_the_difference,
       count(*) FILTER (WHERE (ces_mean_test(a, b)).difference <> ces_mean(a) - ces_mean(b)) AS not_the_difference,
       -- with the sides swapped
       count(*) FILTER (WHERE (ces_topbox_test(a, b)).statistic <> -(ces_topbox_test(b, a)).statistic OR (nps_test(a, b)).statistic <> -(nps_test(b, a)).statistic) AS not_symmetric
FROM pairs;
DROP VIEW pairs;

-- Few answers.  By hand: 2 of 2 against 0 of 2 is one of the 6 ways to draw 2 of 4 answers, and is at one end: 2 * 1/6 * 1/2.
-- Published: a lady tastes 3 of 4 cups right; 1 and 16 of the 70 ways to choose 4 of 8 cups (Fisher, The design of experiments, 1935): 2 * (1/70 + 16/70 * 1/2).
SELECT about(p_value) AS p_value, trim_scale(round(expected, 9)) AS expected
FROM (VALUES ('0..1 {0,2}'::ces_tally, '0..1 {2,0}'::ces_tally, 1.0 / 6), ('0..1 {1,3}', '0..1 {3,1}', 18.0 / 70)) v (a, b, expected), ces_topbox_test(a, b);
-- One detractor, one passive and one promoter, of whom two are drawn: the sums -1, 0 and 1 are equally likely.  Of 3, 4, 4 and 5 two are drawn: 7 7 8 8 9 9.
SELECT about(p_value) AS p_value, trim_scale(round(expected, 9)) AS expected
FROM (VALUES ('1..3 {0,1,1}'::ces_tally, '1..3 {1,0,0}'::ces_tally, 2 * (1.0 / 3) / 2), ('1..3 {1,0,1}', '1..3 {0,1,0}', 1)) v (a, b, expected), nps_test(a, b);
SELECT about(p_value) AS p_value, trim_scale(round(expected, 9)) AS expected
FROM (VALUES ('1..5 {0,0,0,1,1}'::ces_tally, '1..5 {0,0,1,1,0}'::ces_tally, 2 * (2.0 / 6) / 2), ('1..5 {0,0,1,0,1}', '1..5 {0,0,0,2,0}', 1)) v (a, b, expected), ces_mean_test(a, b);
-- On a scale of two points the three tests ask the same.
SELECT count(DISTINCT about(p_value)) AS p_values FROM (VALUES ('0..1 {3,9}'::ces_tally, '0..1 {300,1700}'::ces_tally)) v (a, b),
  LATERAL (VALUES ((ces_topbox_test(a, b)).p_value), ((nps_test(a, b)).p_value), ((ces_mean_test(a, b)).p_value)) p (p_value);
-- Few against many: two equal answers don't differ from a skewed distribution, and neither does one promoter from promoters only.
SELECT difference, ci @> 0.0 AS holds_zero, ci @> difference AS holds_difference, round(p_value::numeric, 2) AS p_value FROM ces_mean_test('1..7 {0,0,0,0,0,0,2}', '1..7 {100,100,200,400,900,1600,1700}');
SELECT difference, ci @> 0.0 AS holds_zero, p_value FROM nps_test('nps {0,0,0,0,0,0,0,0,0,0,1}', 'nps {0,0,0,0,0,0,0,0,0,0,5000}');
-- Random tallies, few against few and few against many: an interval holds its difference; sides can be swapped; more confidence is wider.
CREATE TEMP TABLE random_pair AS
SELECT ces_from_counts(scale, ARRAY(SELECT floor(random() ^ 4 * size)::bigint + (point = pair % points)::int FROM generate_series(1, points) point WHERE pair IS NOT NULL)) AS a,
       ces_from_counts(scale, ARRAY(SELECT floor(random() ^ 3 * size * 50)::bigint + (point = pair % points)::int FROM generate_series(1, points) point WHERE pair IS NOT NULL)) AS b
FROM (VALUES ('0..1'::ces_scale, 2), ('1..3', 3), ('1..7', 7), ('10..0', 11), ('-50..50', 101)) v (scale, points), (VALUES (2), (20), (200), (2000)) s (size), generate_series(0, 19) pair;
SELECT method, count(*), count(*) FILTER (WHERE NOT t.ci @> t.difference) AS lost, count(*) FILTER (WHERE NOT t.p_value BETWEEN 0 AND 1) AS no_p,
       count(*) FILTER (WHERE abs(t.p_value - swapped.p_value) > 1e-9 OR abs(t.statistic + swapped.statistic) > 1e-9 OR t.difference <> -swapped.difference
                        OR abs(lower(t.ci) + upper(swapped.ci)) > 1e-9) AS not_symmetric,
       count(*) FILTER (WHERE NOT wider.ci @> t.ci) AS not_wider
FROM random_pair, (VALUES ('ces_topbox_test'), ('nps_test'), ('ces_mean_test')) m (method),
  test_of(method, ces_counts(a), ces_counts(b), 0.95, ces_scale(a)) t, test_of(method, ces_counts(b), ces_counts(a), 0.95, ces_scale(a)) swapped, test_of(method, ces_counts(a), ces_counts(b), 0.99, ces_scale(a)) wider
GROUP BY method ORDER BY method;
SELECT count(*) FILTER (WHERE NOT nps_ci(t) @> nps(t)) AS lost_nps, count(*) FILTER (WHERE NOT ces_mean_ci(t) @> ces_mean(t)) AS lost_mean, count(*) FILTER (WHERE NOT ces_topbox_ci(t) @> ces_topbox(t)) AS lost_topbox
FROM random_pair, unnest(ARRAY[a, b]) t;
-- All answers alike, few or many: nothing differs.
SELECT count(*) AS pairs, bool_and(t.p_value = 1) AS p_is_1 FROM unnest('{1,2,500,2000,2792,50000,99999,100001,4000000000000000000}'::bigint[]) n, (VALUES (0), (1)) m (more), (VALUES ('ces_topbox_test'), ('nps_test'), ('ces_mean_test')) k (method),
  unnest(ARRAY['{1,0,0}', '{0,1,0}', '{0,0,1}']) position (answers), test_of(method, ARRAY(SELECT c * n FROM unnest(answers::bigint[]) c), ARRAY(SELECT c * (n + more) FROM unnest(answers::bigint[]) c), 0.95, '1..3') t;
-- No draw goes beyond the observed one: all answers in the box, of 96,000 and 99,000; with one answer outside it among those of the other side, and with 900.
SELECT about(p_value) AS p_value, about(exp(expected)) AS expected
FROM (VALUES (96000, 1), (99000, 900)) v (n, outside), ces_topbox_test(ces_from_counts('0..1', ARRAY[0, n]), ces_from_counts('0..1', ARRAY[outside, 9000000])) t,
  LATERAL (SELECT sum(ln(1 - n::float8 / (n + 9000000 + outside - i))) AS expected FROM generate_series(0, outside - 1) i) e;
-- The same for the worst answer and the best, of too many answers for the exact distribution.
SELECT about(p_value * 1e60) AS p_value, about(exp(expected) * 1e60) AS expected
FROM (VALUES ('1..7 {90,0,0,0,0,0,0}'::ces_tally), ('1..7 {0,0,0,0,0,0,90}')) v (a), ces_mean_test(a, '1..7 {1000,700,600,500,600,700,1000}'),
  LATERAL (SELECT sum(ln((1090 - i) / (5190 - i)::float8)) AS expected FROM generate_series(0, 89) i) e;
-- Error rates, in small; test/simulation has more.  How many of a hundred delighted customers give each answer from 0 to 10, and the running sums.
SELECT setseed(0.1) \g /dev/null
CREATE TEMP TABLE delighted AS
SELECT ces_from_counts('nps', ARRAY[1, 1, 1, 1, 1, 1, 2, 5, 10, 23, 54]) AS tally, '{0.01,0.02,0.03,0.04,0.05,0.06,0.08,0.13,0.23,0.46}'::float8[] AS cuts;
-- Sixty agents who are all alike, with 2 to 61 answers, each against the rest of the team.  Somebody may stand out in 5 of 100 teams; more than 12 are no luck (p = 0.001).
CREATE TEMP TABLE agent AS
SELECT team, n, ces_tally(width_bucket(random(), cuts), 'nps') AS tally
FROM delighted, generate_series(1, 100) team, generate_series(2, 61) n, generate_series(1, n) GROUP BY team, n;
SELECT method, count(*) AS teams, count(*) FILTER (WHERE smallest < 0.05) <= 12 AS rare
FROM (SELECT method, team, min(adjusted) AS smallest
      FROM (SELECT method, team, ces_adjusted_p(p) OVER (PARTITION BY method, team) AS adjusted
            FROM agent JOIN (SELECT team, ces_rollup(tally) AS tally FROM agent GROUP BY team) t USING (team), LATERAL (VALUES
              ('ces_topbox_test', (ces_topbox_test(agent.tally, t.tally - agent.tally)).p_value), ('nps_test', (nps_test(agent.tally, t.tally - agent.tally)).p_value),
              ('ces_mean_test', (ces_mean_test(agent.tally, t.tally - agent.tally)).p_value)) v (method, p)) v
      GROUP BY method, team) w
GROUP BY method ORDER BY method;
-- A few of them against thousands: of 95 percent intervals, 95 of 100 hold the truth, which is no difference.  With 1000 samples, fewer than 92.5 are no luck.
CREATE TEMP TABLE few AS
SELECT n, sample, ces_tally(width_bucket(random(), cuts), 'nps') AS tally FROM delighted, unnest('{2,5,20}'::int[]) n, generate_series(1, 1000) sample, generate_series(1, n) GROUP BY n, sample;
SELECT n, count(*) FILTER (WHERE ces_mean_ci(few.tally) @> ces_mean(truth.tally)) >= 925 AS ces_mean_ci, count(*) FILTER (WHERE nps_ci(few.tally) @> nps(truth.tally)) >= 925 AS nps_ci,
       count(*) FILTER (WHERE (ces_mean_test(few.tally, truth.tally)).ci @> 0.0) >= 925 AS ces_mean_test, count(*) FILTER (WHERE (nps_test(few.tally, truth.tally)).ci @> 0.0) >= 925 AS nps_test
FROM few, (SELECT ces_from_counts('nps', ARRAY(SELECT 50 * count FROM unnest(ces_counts(tally)) count)) AS tally FROM delighted) truth GROUP BY n ORDER BY n;
-- From 501 answers on, p comes from another test.  One more answer near the mean changes it by a fifth at most.
SELECT count(*), min(p_value) BETWEEN 0.05 AND 0.06 AS "near 0.05", max(p_value) / min(p_value) < 1.2 AS hardly_changes
FROM generate_series(0, 1) more, ces_mean_test(ces_from_counts('1..5', ARRAY[50, 100, 100 + more, 150, 100]), '1..5 {1000,1700,2000,2800,2500}');
DROP TABLE delighted, agent, few, random_pair;

-- The largest possible tallies.
SELECT about(ces_topbox_ci(t)) AS ces_topbox_ci, about(nps_ci(t)) AS nps_ci, about(ces_mean_ci(t)) AS ces_mean_ci FROM unnest(ARRAY['1..3 {0,0,9223372036854775807}', '1..3 {1,0,9223372036854775806}',
  '1..3 {4611686018427387904,0,4611686018427387903}']::ces_tally[]) t;
SELECT p.p_value AS ces_topbox_test, n.p_value AS nps_test, m.p_value AS ces_mean_test FROM (VALUES ('1..3 {9223372036854775807,0,0}'::ces_tally, '1..3 {0,0,9223372036854775807}'::ces_tally), ('1..3 {0,0,9223372036854775807}', '1..3 {0,0,9223372036854775807}')) v (a, b),
  ces_topbox_test(a, b) p, nps_test(a, b) n, ces_mean_test(a, b) m;

-- An interval ends at the limits of the metric: on a falling scale, on one that begins below zero, and for NPS from 1 to 10.
SELECT ces_mean_ci('5..1 {1,0,0,0,1}'), ces_mean_ci('-2..2 {0,0,0,1,1}', 0.999), about(ces_topbox_ci('5..1 {3,2,0,0,1}')) AS ces_topbox_ci,
       about(nps_ci('1..10 {0,0,0,0,0,0,0,0,1,1}', 0.9999)) AS nps_ci, about(nps_ci('10..1 {1,0,0,0,0,0,0,0,0,0}')) AS ten_to_one, about(nps_ci('1..10 {0,0,0,0,0,0,0,0,0,1}')) AS one_to_ten;
SELECT nps_ci('1..10 {1,1,1,1,1,1,1,1,1,1}') = nps_ci('0..10 {0,1,1,1,1,1,1,1,1,1,1}') AS cuts_of_nps,
       nps_test('1..10 {1,1,1,1,1,1,1,1,1,1}', '1..10 {1,0,0,0,0,0,1,1,0,5}') = nps_test('0..10 {0,1,1,1,1,1,1,1,1,1,1}', '0..10 {0,1,0,0,0,0,0,1,1,0,5}') AS cuts_of_nps;
-- Next to nothing of confidence leaves the share itself.
SELECT ces_topbox_ci('1..3 {5,0,0}', 1e-200) AS none, ces_topbox_ci('1..3 {0,0,5}', 1e-200) AS "all", (ces_topbox_test('1..3 {5,0,0}', '1..3 {4,0,1}', 1e-200)).ci;
SELECT confidence, about(ces_topbox_ci('1..3 {1,2,3}', confidence)) AS ces_topbox_ci, about(nps_ci('1..3 {1,2,3}', confidence)) AS nps_ci, about(ces_mean_ci('1..3 {1,2,3}', confidence)) AS ces_mean_ci
FROM unnest('{1e-300,0.1,0.49,0.5,0.9,0.999999,0.9999999999999999}'::float8[]) confidence;

-- Intervals are ordinary ranges.
SELECT ces_topbox_ci(:tally) @> ces_topbox(:tally) AS contains, ces_topbox_ci(:tally) && ces_topbox_ci('1..7 {3,1,0,3,5,3,2}') AS overlaps,
       round(lower(ces_topbox_ci(:tally)), 1) AS lower, round(upper(ces_topbox_ci(:tally)), 1) AS upper,
       pg_typeof(ces_topbox_ci(:tally)) AS type;

-- Twenty agents, each compared with the others: two stand out, one of them by luck.
WITH agents AS (
  SELECT agent, ces_from_counts('1..7', ARRAY[0, 0, 40 - top, 0, 0, top, 0]) AS tally
  FROM generate_series(1, 20) agent, LATERAL (SELECT CASE agent WHEN 7 THEN 14 WHEN 12 THEN 23 ELSE 28 + agent % 5 END) v (top)),
team AS (SELECT ces_rollup(tally) AS tally FROM agents)
SELECT agent, round(difference, 2) AS difference, p_value < 0.05 AS "p < 0.05", ces_adjusted_p(p_value) OVER () < 0.05 AS "adjusted p < 0.05"
FROM agents a, team t, ces_topbox_test(a.tally, t.tally - a.tally) ORDER BY p_value, agent LIMIT 4;

-- Adjusted p-values: R's p.adjust(c(0.01, 0.02, NA, 0.03, 0.04, 0.05, 0.9), "BH").
SELECT p, about(ces_adjusted_p(p) OVER ()) AS adjusted FROM unnest(ARRAY[0.01, 0.02, NULL, 0.03, 0.04, 0.05, 0.9]) p;
-- A partition is one set of p-values; order and frame do not matter.
SELECT team, p, about(ces_adjusted_p(p) OVER (PARTITION BY team ORDER BY p DESC ROWS 1 PRECEDING)) AS adjusted
FROM (VALUES ('a', 0.04), ('a', 0.01), ('b', 0.04), ('c', NULL), ('c', NULL)) v (team, p) ORDER BY team, p;
SELECT ces_adjusted_p(p) OVER () FROM (SELECT 0.5 AS p WHERE false) none;
SELECT count(*), about(min(a)) AS min, about(max(a)) AS max FROM (SELECT ces_adjusted_p(p / 100000.0) OVER () AS a FROM generate_series(1, 100000) p) v;

-- In an index, a prepared statement and a lateral join.
CREATE TEMP TABLE daily (day date, tally ces_tally);
INSERT INTO daily VALUES ('2026-01-01', '1..7 {0,1,0,3,5,8,2}'), ('2026-01-02', '1..7 {3,1,0,3,5,3,2}');
CREATE INDEX ON daily USING gist (ces_topbox_ci(tally));
PREPARE sure (float8) AS SELECT day FROM daily WHERE ces_topbox_ci(tally, $1) @> 60.0 ORDER BY day;
EXECUTE sure(0.95);
EXECUTE sure(0.5);
SELECT day, lag(tally) OVER (ORDER BY day) IS NOT NULL AS compared, round(p_value::numeric, 4) AS p_value
FROM (SELECT day, tally, lag(tally) OVER (ORDER BY day) AS before FROM daily) d LEFT JOIN LATERAL ces_mean_test(tally, before) ON true ORDER BY day;

-- Errors.
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.error_of('SELECT ' || call) FROM unnest(ARRAY[
  $$ces_topbox_ci('1..3 {1,2,3}', 95)$$, $$csat_ci('1..3 {1,2,3}', 0)$$, $$nps_ci('1..3 {1,2,3}', 1)$$, $$ces_mean_ci('1..3 {1,2,3}', 'NaN')$$,
  $$ces_mean_ci('1..3 {0,0,0}', -0.5)$$, $$nps_ci('1..3 {1,2,3}', 'Infinity')$$,
  $$ces_topbox_test('1..3 {1,2,3}', '1..3 {1,2,3}', 95)$$, $$csat_test('1..3 {1,2,3}', '1..3 {1,2,3}', 'NaN')$$,
  $$nps_test('1..3 {1,2,3}', '1..3 {0,0,0}', 0)$$, $$ces_mean_test('1..3 {1,2,3}', '1..3 {1,2,3}', 1)$$,
  $$ces_topbox_test('1..3 {1,2,3}', '3..1 {1,2,3}')$$, $$csat_test('1..3 {1,2,3}', '1..3 top 2 {1,2,3}')$$,
  $$nps_test('1..3 {1,2,3}', '1..4 {1,2,3,4}')$$, $$ces_mean_test('1..3 {0,0,0}', '0..2 {0,0,0}')$$,
  $$ces_adjusted_p(1.5) OVER ()$$, $$ces_adjusted_p(-0.1) OVER ()$$, $$ces_adjusted_p('NaN') OVER ()$$, $$ces_adjusted_p(0.5)$$]) call;
-- As an operator, without a window.
CREATE OPERATOR public.### (FUNCTION = ces_adjusted_p, RIGHTARG = double precision);
SELECT pg_temp.error_of('SELECT ### 0.5::double precision');
DROP OPERATOR ### (NONE, double precision);
\pset format aligned
\pset tuples_only off
DROP FUNCTION about(numrange), about(double precision), interval_of, test_of, relative_error, size;
