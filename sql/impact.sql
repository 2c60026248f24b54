--
-- How far a part of the answers moves the metric of the whole
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET extra_float_digits = 0;
SELECT setseed(0.25) \g /dev/null

-- Rounded to nine decimals, on which every C library agrees.
CREATE FUNCTION about(numrange) RETURNS numrange LANGUAGE sql IMMUTABLE STRICT AS
  $$SELECT numrange(trim_scale(round(lower($1), 9)), trim_scale(round(upper($1), 9)), '[]')$$;
CREATE FUNCTION about(double precision) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS
  $$SELECT trim_scale(round($1::numeric, 9))$$;

-- By hand.  Of ten answers five are promoters and three detractors: 20.  Without two of the detractors it is (5 - 1) / 8, or 50.
SELECT share, difference, impact FROM nps_impact('nps {2,0,0,0,0,0,0,0,0,0,0}', 'nps {2,0,0,0,0,1,0,1,1,2,3}');
-- Half of four answers: one from 1 to 4, one from 5 to 7.  Without them both are from 5 to 7: 75 - 100.
SELECT share, difference, impact FROM ces_topbox_impact('1..7 {0,0,0,1,1,0,0}', '1..7 {0,0,0,1,1,2,0}');
SELECT share, difference, impact FROM csat_impact('csat {1,0,0,0,0}', 'csat {1,0,1,1,1}');
-- 5, 5, 4, 2 and 2: 3.6; without a 5 and the 4 it is 3.  On a falling scale, where 5 is the worst answer, the sign is the same.
SELECT share, difference, impact FROM unnest('{1..5,5..1}'::ces_scale[]) scale, ces_mean_impact(ces_from_counts(scale, '{0,0,0,1,1}'), ces_from_counts(scale, '{0,2,0,1,2}'));
-- But their share in the top box is the better, the more there are of 1 and 2.
SELECT share, difference, impact FROM ces_topbox_impact('5..1 {0,0,0,1,1}', '5..1 {0,2,0,1,2}');
-- Two bad answers, and two good ones: one of the 6 ways to draw 2 of 4 answers, at one end: 2 * 1/6 * 1/2.
SELECT share, difference, impact, about(p_value) AS p_value, trim_scale(round(1.0 / 6, 9)) AS expected FROM ces_topbox_impact('0..1 {2,0}', '0..1 {2,2}');
-- Published: 56/70 - 48/80 gives 0.0524 to 0.3339 (Newcombe, Interval estimation for the difference, 1998, table II, method 10).  The part has 7 of 15 answers.
SELECT round(lower(ci) * 15 / 7, 2) AS lower, round(upper(ci) * 15 / 7, 2) AS upper FROM ces_topbox_impact('0..1 {14,56}', '0..1 {46,104}');
-- Published: NPS of all less NPS without the theme (Thematic); n (NPS of the theme - NPS of all) / (N - n) (Qualtrics).
SELECT impact, nps(whole) - nps(whole - part) AS thematic, ces_count(part) * (nps(part) - nps(whole)) / (ces_count(whole) - ces_count(part)) AS qualtrics
FROM (VALUES ('nps {1,0,0,2,0,0,0,1,0,0,0}'::ces_tally, 'nps {1,0,0,2,0,1,0,4,3,4,5}'::ces_tally)) v (part, whole), nps_impact(part, whole);

-- Random tallies.  The impact is the subtraction that it stands for, to the last digit; the rest is that of the test of part and rest.
CREATE FUNCTION pg_temp.impact_of(metric text, part ces_tally, whole ces_tally, confidence float8,
  OUT share numeric, OUT difference numeric, OUT impact numeric, OUT ci numrange, OUT p_value float8,
  OUT test_difference numeric, OUT test_ci numrange, OUT test_p float8, OUT subtracted numeric) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format('SELECT i.*, t.difference, t.ci, t.p_value, %1$s($2) - %1$s($2 - $1) FROM %1$s_impact($1, $2, $3) i, %1$s_test($1, $2 - $1, $3) t', metric)
    INTO share, difference, impact, ci, p_value, test_difference, test_ci, test_p, subtracted USING part, whole, confidence;
END $$;
CREATE TEMP TABLE random_part AS
SELECT scale, case_number, part, part + ces_from_counts(scale, ARRAY(SELECT floor(random() ^ 3 * size * 10)::bigint + (point = case_number % points)::int FROM generate_series(0, points - 1) point WHERE case_number IS NOT NULL)) AS whole
FROM (SELECT scale, points, size, case_number,
        ces_from_counts(scale, ARRAY(SELECT floor(random() ^ 3 * size)::bigint + (point = (case_number + 1) % points)::int FROM generate_series(0, points - 1) point WHERE case_number IS NOT NULL)) AS part
      FROM (VALUES ('0..1'::ces_scale, 2), ('1..3', 3), ('1..7', 7), ('5..1', 5), ('1..10', 10), ('10..1', 10), ('10..0', 11), ('nps', 11), ('-50..50', 101)) v (scale, points),
        (VALUES (2), (20), (700), (1e12)) s (size), generate_series(0, 9) case_number) v;
CREATE TEMP VIEW impacts AS
SELECT metric, part, whole, confidence, i.*
FROM random_part, unnest('{ces_topbox,csat,nps,ces_mean}'::text[]) metric, unnest('{0.95,0.5}'::float8[]) confidence, pg_temp.impact_of(metric, part, whole, confidence) i;
SELECT metric, count(*), count(*) FILTER (WHERE impact <> subtracted OR impact::text <> trim_scale(subtracted)::text) AS not_the_subtraction,
       count(*) FILTER (WHERE difference <> test_difference) AS difference, count(*) FILTER (WHERE p_value <> test_p) AS p_value,
       count(*) FILTER (WHERE share <> trim_scale(100.0 * ces_count(part) / ces_count(whole))) AS share,
       count(*) FILTER (WHERE abs(lower(ci) - lower(test_ci) * share / 100) > 1e-11 OR abs(upper(ci) - upper(test_ci) * share / 100) > 1e-11) AS ci,
       count(*) FILTER (WHERE abs(impact - share * difference / 100) > 1e-12) AS not_share_of_difference,
       count(*) FILTER (WHERE NOT ci @> impact) AS lost
FROM impacts GROUP BY metric ORDER BY metric;
SELECT count(*) FILTER (WHERE NOT wide.ci @> narrow.ci) AS not_wider, count(*) FILTER (WHERE (wide.share, wide.difference, wide.impact, wide.p_value) <> (narrow.share, narrow.difference, narrow.impact, narrow.p_value)) AS others_differ
FROM impacts wide JOIN impacts narrow USING (metric, part, whole) WHERE wide.confidence = 0.95 AND narrow.confidence = 0.5;
SELECT count(*) FILTER (WHERE csat_impact(part, whole) <> ces_topbox_impact(part, whole)) AS csat_differs FROM random_part;
-- NPS cuts a scale from 1 to 10 as one from 0 to 10, and not at the cuts of the scale.
SELECT nps_impact('1..10 {0,0,3,0,0,0,1,0,1,0}', '1..10 {1,0,4,0,0,2,3,1,4,5}') = nps_impact('0..10 {0,0,0,3,0,0,0,1,0,1,0}', '0..10 {0,1,0,4,0,0,2,3,1,4,5}') AS same;

-- Causes that don't overlap and together are all answers: the shares add up to 100, and so many percent of each impact as the rest has add up to 0.
SELECT scale, max(abs(sum_of_shares - 100)) < 1e-12 AS shares, max(abs(sum_of_impacts)) < 1e-10 AS impacts
FROM (SELECT scale, metric, sum(i.share) AS sum_of_shares, sum(i.impact * (100 - i.share) / 100) AS sum_of_impacts
      FROM random_part JOIN (SELECT scale, ces_rollup(part) AS everyone FROM random_part GROUP BY scale) e USING (scale),
        unnest('{ces_topbox,nps,ces_mean}'::text[]) metric, pg_temp.impact_of(metric, part, everyone, 0.95) i GROUP BY scale, metric) v
GROUP BY scale ORDER BY scale;
-- Two causes that are all answers pull in opposite directions.
SELECT sign(a.impact) = -sign(b.impact) AS opposite, about(a.p_value) = about(b.p_value) AS same_p
FROM (VALUES ('1..7 {0,1,0,3,5,8,2}'::ces_tally, '1..7 {3,1,0,3,5,3,2}'::ces_tally)) v (x, y), ces_mean_impact(x, x + y) a, ces_mean_impact(y, x + y) b;

-- No answers in the part, in the rest or at all; NULL.
SELECT part, whole, i.* FROM (VALUES ('1..3 {0,0,0}'::ces_tally, '1..3 {1,2,3}'::ces_tally), ('1..3 {1,2,3}', '1..3 {1,2,3}'), ('1..3 {0,0,0}', '1..3 {0,0,0}'), (NULL, '1..3 {1,2,3}'), ('1..3 {1,2,3}', NULL)) v (part, whole),
  ces_topbox_impact(part, whole) i;
SELECT part, whole, n.share, n.difference, n.impact, n.ci, n.p_value, m.* FROM (VALUES ('1..3 {0,0,0}'::ces_tally, '1..3 {1,2,3}'::ces_tally), ('1..3 {1,2,3}', '1..3 {1,2,3}'), ('1..3 {0,0,0}', '1..3 {0,0,0}')) v (part, whole),
  nps_impact(part, whole) n, ces_mean_impact(part, whole) m;
SELECT i.* FROM csat_impact('1..3 {1,0,0}', '1..3 {1,2,3}', NULL) i;
SELECT nps_impact('1..3 {0,0,0}', '1..3 {0,0,0}') AS as_value, nps_impact(NULL, '1..3 {0,0,0}') AS null_part;
-- One answer in the part, in the rest; all answers alike.
SELECT part, whole, share, difference, impact, about(ci) AS ci, about(p_value) AS p_value
FROM (VALUES ('1..3 {0,0,1}'::ces_tally, '1..3 {1,2,4}'::ces_tally), ('1..3 {1,2,3}', '1..3 {1,3,3}'), ('1..3 {0,0,2}', '1..3 {0,0,5}'), ('1..3 {0,0,1}', '1..3 {1,0,1}')) v (part, whole), nps_impact(part, whole);

-- An interval next to nothing holds the impact, too, however its ends are rounded.
SELECT impact, ci @> impact AS holds_impact, about(ci) AS ci FROM nps_impact('1..3 {0,0,1000000000000000}', '1..3 {2000000000000000,0,1000000000000000}', 1e-10);
-- The largest tallies.
SELECT part, whole, share, difference, impact, about(ci) AS ci, about(p_value * 1e19) AS p_times_1e19
FROM (VALUES ('1..3 {0,0,1}'::ces_tally, '1..3 {9223372036854775806,0,1}'::ces_tally), ('1..3 {9223372036854775806,0,0}', '1..3 {9223372036854775806,0,1}'), ('1..3 {0,0,4611686018427387904}', '1..3 {4611686018427387903,0,4611686018427387904}')) v (part, whole),
  ces_mean_impact(part, whole);
SELECT t.impact AS topbox, n.impact AS nps, n.impact = nps(whole) - nps(whole - part) AS same
FROM (VALUES ('1..3 {0,0,1}'::ces_tally, '1..3 {9223372036854775806,0,1}'::ces_tally), ('1..3 {1,0,4611686018427387904}', '1..3 {4611686018427387903,0,4611686018427387904}')) v (part, whole),
  ces_topbox_impact(part, whole) t, nps_impact(part, whole) n;

-- Causes that overlap, ranked; and straight from the answers.
CREATE TEMP TABLE answer AS
SELECT n % 7 = 0 AS transferred, n % 5 = 0 AS repeated, n % 11 > 20 AS struck, CASE WHEN n % 7 = 0 THEN n % 4 WHEN n % 5 = 0 THEN n % 8 ELSE 4 + n % 7 END AS recommend FROM generate_series(1, 700) n;
WITH causes AS (
  SELECT cause, ces_tally(recommend, 'nps') FILTER (WHERE happened) AS tally
  FROM answer, LATERAL (VALUES ('transferred', transferred), ('repeated', repeated), ('struck', struck)) c (cause, happened) GROUP BY cause
), everyone AS (SELECT ces_tally(recommend, 'nps') AS tally FROM answer)
SELECT cause, round(share, 1) AS share, round(difference, 1) AS difference, round(impact, 2) AS impact, round(lower(ci), 2) AS "from", round(upper(ci), 2) AS "to", p_value < 0.001 AS real
FROM causes c, everyone e, nps_impact(c.tally, e.tally) ORDER BY impact;
SELECT transferred, (i).share, round((i).impact, 2) AS impact FROM (SELECT true AS transferred, nps_impact(ces_tally(recommend, 'nps') FILTER (WHERE transferred), ces_tally(recommend, 'nps')) AS i FROM answer) v;

-- Errors.
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.error_of('SELECT ' || call) FROM unnest(ARRAY[
  $$ces_topbox_impact('1..3 {1,2,3}', '1..3 {1,2,3}', 95)$$, $$csat_impact('1..3 {0,0,0}', '1..3 {0,0,0}', 'NaN')$$,
  $$nps_impact('1..3 {0,0,0}', '1..3 {1,2,3}', 0)$$, $$ces_mean_impact('1..3 {1,2,3}', '1..3 {1,2,3}', 1)$$,
  $$ces_topbox_impact('1..3 {1,2,3}', '3..1 {1,2,3}')$$, $$csat_impact('1..3 {1,2,3}', '1..3 top 2 {1,2,3}')$$, $$nps_impact('1..3 {0,0,0}', '1..4 {0,0,0,0}')$$,
  $$ces_topbox_impact('1..3 {1,5,3}', '1..3 {1,2,3}')$$, $$csat_impact('-1..1 {1,0,0}', '-1..1 {0,5,5}')$$, $$nps_impact('5..1 {0,0,0,0,9223372036854775807}', '5..1 {1,0,0,0,0}')$$,
  $$ces_mean_impact('1..3 {1,2,3}', '1..3 {0,0,0}')$$, $$nps_impact('1..3 {1,2,3}')$$]) call;
\pset format aligned
\pset tuples_only off
DROP VIEW impacts;
DROP FUNCTION about(numrange), about(double precision);
