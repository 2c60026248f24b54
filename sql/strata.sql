--
-- Fair comparisons: two groups within strata, and a metric at a constant mix of strata
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET extra_float_digits = 0;
SELECT setseed(0.75) \g /dev/null

-- Rounded to nine decimals, on which every C library agrees.
CREATE FUNCTION about(numrange) RETURNS numrange LANGUAGE sql IMMUTABLE STRICT AS
  $$SELECT numrange(trim_scale(round(lower($1), 9)), trim_scale(round(upper($1), 9)), '[]')$$;
CREATE FUNCTION about(double precision) RETURNS numeric LANGUAGE sql IMMUTABLE STRICT AS
  $$SELECT trim_scale(round($1::numeric, 9))$$;
CREATE FUNCTION pg_temp.width(numrange) RETURNS numeric LANGUAGE sql AS $$SELECT upper($1) - lower($1)$$;
-- A group with these numbers of answers in the top box and outside.
CREATE FUNCTION share(top bigint, others bigint) RETURNS ces_tally LANGUAGE sql IMMUTABLE AS $$SELECT ces_from_counts('0..1', ARRAY[others, top])$$;

-- Published: admissions to six departments of Berkeley, men and women (Bickel, Hammel & O'Connell, Sex bias in graduate admissions, 1975).
-- mantelhaen.test(UCBAdmissions, correct = FALSE) gives X-squared = 1.5246; the departments apart from A, 0.1250.
CREATE TEMP TABLE admission AS
SELECT * FROM (VALUES ('A', 512, 313, 89, 19), ('B', 353, 207, 17, 8), ('C', 120, 205, 202, 391), ('D', 138, 279, 131, 244), ('E', 53, 138, 94, 299), ('F', 22, 351, 24, 317)) v (dept, men, men_not, women, women_not);
SELECT round(difference, 4) AS difference, numrange(round(lower(ci), 4), round(upper(ci), 4)) AS ci, round(statistic::numeric ^ 2, 4) AS x_squared, round(p_value::numeric, 4) AS p_value
FROM (SELECT (csat_stratified(share(men, men_not), share(women, women_not))).* FROM admission) s;
SELECT round(statistic::numeric ^ 2, 4) AS x_squared FROM (SELECT (csat_stratified(share(men, men_not), share(women, women_not))).* FROM admission WHERE dept <> 'A') s;

-- Simpson's paradox, published: satisfaction rose in each of three segments, and fell over all, from 80.67 to 77.67, as the mix changed.
CREATE TEMP TABLE quarter (segment text, before ces_tally, after ces_tally);
INSERT INTO quarter VALUES ('loyal', share(2550, 450), share(860, 140)), ('usual', share(1560, 440), share(1580, 420)), ('new', share(730, 270), share(2220, 780));
SELECT segment, csat(before) AS before, csat(after) AS after FROM quarter ORDER BY before DESC;
SELECT round(csat(ces_rollup(before)), 2) AS before, round(csat(ces_rollup(after)), 2) AS after, round((csat_standardized(after, ces_count(before))).value, 2) AS after_at_old_mix,
       round((csat_stratified(after, before)).difference, 9) AS within_segments
FROM quarter;

--
-- Compared with R: the error relative to R's value, or to least_divisor if that is larger
--
CREATE FUNCTION relative_error(value float8, expected float8, least_divisor float8 DEFAULT 0) RETURNS float8 LANGUAGE sql AS
  $$SELECT CASE WHEN value = expected THEN 0 WHEN expected = 0 AND least_divisor = 0 THEN 'Infinity'
           ELSE abs(value - expected) / greatest(abs(expected), least_divisor) END$$;
\set reference :abs_srcdir '/test/reference/strata.sql'
\set ECHO none
\i :reference
\set ECHO all
-- A row of a matrix of counts from 0 to 10, for each metric on a scale on which its values are those of R.
CREATE FUNCTION tallies(counts bigint[]) RETURNS TABLE (h bigint, tally ces_tally) LANGUAGE sql AS
  $$SELECT h, ces_from_counts('nps', array_agg(count ORDER BY i)) FROM (SELECT (i - 1) / 11 AS h, i, count FROM unnest(counts) WITH ORDINALITY u (count, i)) v GROUP BY h$$;
CREATE FUNCTION stratified_of(metric text, a bigint[], b bigint[], confidence float8) RETURNS ces_comparison LANGUAGE plpgsql AS $$
DECLARE result ces_comparison;
BEGIN
  EXECUTE format('SELECT (%I(x.tally, y.tally, $3)).* FROM tallies($1) x JOIN tallies($2) y USING (h)', metric || '_stratified') INTO result USING a, b, confidence;
  RETURN result;
END $$;
CREATE TEMP TABLE compared AS
SELECT r.metric, is_exact, array_length(r.a, 1) AS strata, r.a, r.b, r.confidence, r.difference AS wanted, r.lower, r.upper, r.statistic AS wanted_statistic, r.p_value AS wanted_p, s.*
FROM stratified_reference r, stratified_of(metric, a, b, confidence) s;
SELECT metric, count(*) >= 50 AS enough, count(*) FILTER (WHERE wanted IS NULL) AS none, count(*) FILTER (WHERE (difference IS NULL OR ci IS NULL OR statistic IS NULL OR p_value IS NULL) <> (wanted IS NULL)) AS null_differs,
       max(relative_error(difference::float8, wanted, 0.001)) < 1e-10 AS difference,
       max(greatest(relative_error(lower(ci)::float8, lower, 0.001), relative_error(upper(ci)::float8, upper, 0.001))) < 1e-9 AS ci,
       max(relative_error(statistic, wanted_statistic, 1)) < 1e-9 AS statistic,
       max(relative_error(p_value, wanted_p, 1e-100)) FILTER (WHERE is_exact) < 1e-9 AS p_value,
       max(relative_error(p_value, wanted_p, 1e-100)) FILTER (WHERE NOT is_exact) < 1e-9 AS skewed_p,
       count(*) FILTER (WHERE NOT ci @> difference) AS lost
FROM compared GROUP BY metric ORDER BY metric;

-- Strata in which one side has nobody, or is NULL, say nothing; nor does the order matter. Two sides that change places change the sign.
SELECT count(*) AS cases, count(*) FILTER (WHERE padded IS DISTINCT FROM plain) AS padded_differs, count(*) FILTER (WHERE backwards IS DISTINCT FROM plain) AS order_differs,
       count(*) FILTER (WHERE round((swapped).difference, 10) <> round(-(plain).difference, 10) OR about((swapped).p_value) <> about((plain).p_value) OR about(-(swapped).statistic) <> about((plain).statistic)
                        OR about(numrange(-upper((swapped).ci), -lower((swapped).ci), '[]')) <> about((plain).ci)) AS swapped_differs
FROM (SELECT a, b FROM compared WHERE strata < 100) c, LATERAL (
  SELECT nps_stratified(x.tally, y.tally) AS plain, nps_stratified(x.tally, y.tally ORDER BY h DESC) AS backwards, nps_stratified(y.tally, x.tally) AS swapped,
         (SELECT nps_stratified(x.tally, y.tally)
          FROM (SELECT h, tally FROM tallies(a) UNION ALL VALUES (1000, NULL::ces_tally), (1001, 'nps {1,2,3,0,0,0,0,0,0,0,0}'), (1002, '1..3 {0,0,0}'), (1003, 'nps {0,1,0,0,0,0,0,0,0,0,0}')) x FULL JOIN
               (SELECT h, tally FROM tallies(b) UNION ALL VALUES (1001, NULL::ces_tally), (1002, '1..3 {5,0,0}'), (1003, '1..7 {0,0,0,0,0,0,0}'), (1004, 'nps {0,1,0,0,0,0,0,0,0,0,0}')) y USING (h)) AS padded
  FROM tallies(a) x JOIN tallies(b) y USING (h)) l;
-- csat is the top box; without a confidence it is 95 percent; more confidence, a wider interval.
SELECT count(*) FILTER (WHERE csat IS DISTINCT FROM topbox) AS csat_differs, count(*) FILTER (WHERE csat IS DISTINCT FROM stated) AS default_differs, count(*) FILTER (WHERE NOT (topbox).ci <@ (wide).ci) AS not_wider
FROM (SELECT a, b FROM compared WHERE strata < 20) c, LATERAL (
  SELECT csat_stratified(x.tally, y.tally) AS csat, ces_topbox_stratified(x.tally, y.tally) AS topbox, csat_stratified(x.tally, y.tally, 0.95) AS stated, csat_stratified(x.tally, y.tally, 0.99) AS wide
  FROM tallies(a) x JOIN tallies(b) y USING (h)) l;

-- One stratum: the difference of the plain test; with few answers its interval and its p-value, too.
SELECT metric, count(*) AS cases, count(*) FILTER (WHERE round(s.difference, 10) <> round(t.difference, 10)) AS difference,
       count(*) FILTER (WHERE few AND about(s.ci) <> about(t.ci)) AS ci, count(*) FILTER (WHERE few AND about(s.p_value) <> about(t.p_value)) AS p_value
FROM (SELECT metric, a, b, confidence, (SELECT sum(count) FROM unnest(a) count) <= 4 AS few FROM compared WHERE strata = 1 AND wanted IS NOT NULL) c,
     LATERAL (SELECT x.tally AS x, y.tally AS y FROM tallies(a) x, tallies(b) y) l,
     LATERAL (SELECT * FROM csat_test(x, y, confidence) WHERE metric = 'csat' UNION ALL SELECT * FROM nps_test(x, y, confidence) WHERE metric = 'nps' UNION ALL SELECT * FROM ces_mean_test(x, y, confidence) WHERE metric = 'ces_mean') t,
     stratified_of(metric, a, b, confidence) s
GROUP BY metric ORDER BY metric;

-- By hand. Two strata of two answers, one good and one bad: all four ways to draw are as likely, so the p-value of the better side being a is 2 * 1/4 * 1/2.
SELECT difference, about(statistic) AS statistic, trim_scale(round(sqrt(2::numeric), 9)) AS by_hand, p_value FROM (SELECT (csat_stratified(share(1, 0), share(0, 1))).* FROM generate_series(1, 2)) s;
-- No variance: nobody differs, or everybody does.
SELECT n, (s).difference, about((s).ci) AS ci, about((s).statistic) AS statistic, about((s).p_value) AS p_value
FROM (SELECT n, csat_stratified(a, b) AS s
      FROM (VALUES (1, share(3, 0), share(5, 0)), (1, share(2, 0), share(100, 0)), (2, share(9, 0), share(0, 9)), (2, share(20, 0), share(0, 7)), (3, share(0, 1), share(0, 1)), (4, share(1, 0), share(0, 1))) v (n, a, b) GROUP BY n) v ORDER BY n;
SELECT n, (s).difference, about((s).ci) AS ci, (s).statistic, (s).p_value, (t).difference, about((t).ci) AS ci, (t).statistic, (t).p_value
FROM (SELECT n, nps_stratified(a, b) AS s, ces_mean_stratified(a, b) AS t
      FROM (VALUES (1, '1..5 {0,0,0,0,3}'::ces_tally, '1..5 {0,0,0,0,5}'::ces_tally), (1, '1..5 {0,2,0,0,0}', '1..5 {0,9,0,0,0}'), (2, '1..5 {1,0,0,0,0}', '1..5 {1,0,0,0,0}'), (3, '1..5 {0,0,0,0,70000}', '1..5 {0,0,0,0,1}')) v (n, a, b) GROUP BY n) v ORDER BY n;
-- With many answers, too.
SELECT (s).difference, about((s).ci) AS ci, (s).statistic > 40 AS far, (s).p_value < 1e-300 AS sure, (t).difference, about((t).ci) AS ci, (t).statistic > 40 AS far, (t).p_value < 1e-300 AS sure
FROM (SELECT csat_stratified(a, b) AS s, ces_mean_stratified(a, b) AS t FROM (VALUES (share(3000, 0), share(0, 2000)), (share(1, 0), share(0, 20))) v (a, b)) v;
SELECT (s).difference, abs((s).statistic) > 100 AS far, (s).p_value < 1e-300 AS sure
FROM (SELECT ces_mean_stratified('1..3 {0,100000,0}', '1..3 {0,0,10000}') AS s UNION ALL SELECT nps_stratified('nps {0,0,0,0,0,0,0,0,0,0,100000}', 'nps {0,0,0,0,0,0,0,10000,0,0,0}')) v;
-- A stratum in which everybody gives the same answer says nothing of luck; it keeps others from no exact test.
SELECT (s).p_value = (t).p_value AS same
FROM (SELECT csat_stratified(a, b) AS s, csat_stratified(a, b) FILTER (WHERE n < 3) AS t FROM (VALUES (1, share(1, 2), share(300, 40)), (2, share(3, 0), share(20, 9)), (3, share(3000000, 0), share(3000000, 0))) v (n, a, b)) v;
-- Strata that don't differ cost next to nothing: a hundred with two answers each have an interval little wider than that of the same answers together. On a long scale, too.
SELECT metric, pg_temp.width(s) / pg_temp.width(t) BETWEEN 0.9 AND 1.5 AS "between", pg_temp.width(e) / pg_temp.width(ci) BETWEEN 0.9 AND 1.5 AS at_mix
FROM (SELECT (ces_mean_stratified(a, b)).ci AS ms, (ces_mean_test(ces_rollup(a), ces_rollup(b))).ci AS mt, (ces_mean_standardized(a, 1)).ci AS me, ces_mean_ci(ces_rollup(a)) AS mc,
             (csat_stratified(a, b)).ci AS cs, (csat_test(ces_rollup(a), ces_rollup(b))).ci AS ct, (csat_standardized(a, 1)).ci AS ce, csat_ci(ces_rollup(a)) AS cc
      FROM (SELECT ces_tally(79 + (h + i) % 3, '0..100 top 81') AS a, ces_tally(85 - (h + i) % 7, '0..100 top 81') AS b FROM generate_series(1, 100) h, generate_series(1, 2) i GROUP BY h) v) r,
     LATERAL (VALUES ('ces_mean', ms, mt, me, mc), ('csat', cs, ct, ce, cc)) l (metric, s, t, e, ci);
-- On a falling scale 1 and 2 are in the top box, and the mean is one of scores.
SELECT (ces_topbox_stratified(a, b)).difference AS topbox, (ces_mean_stratified(a, b)).difference AS mean FROM (VALUES ('5..1 {3,0,0,0,1}'::ces_tally, '5..1 {1,0,0,0,3}'::ces_tally)) v (a, b);
-- NPS cuts a scale from 1 to 10 as one from 0 to 10.
SELECT nps_stratified('1..10 {0,0,3,0,0,0,1,0,1,0}', '1..10 {1,0,4,0,0,2,3,1,4,5}') = nps_stratified('0..10 {0,0,0,3,0,0,0,1,0,1,0}', '0..10 {0,1,0,4,0,0,2,3,1,4,5}') AS same,
       nps_standardized('1..10 {0,0,3,0,0,0,1,0,1,0}', 2) = nps_standardized('0..10 {0,0,0,3,0,0,0,1,0,1,0}', 3) AS standardized;
-- The largest tallies, the longest scale, and next to nothing.
SELECT about((s).difference::float8) AS difference, about((s).ci) AS ci, (s).ci @> (s).difference AS holds, about((s).statistic) AS statistic, about((s).p_value) AS p_value
FROM (SELECT csat_stratified(share(4611686018427387904, 4611686018427387903), share(x, 9223372036854775807 - x)) AS s FROM unnest('{1,4611686018427387904,9223372036854775807}'::bigint[]) x GROUP BY x UNION ALL SELECT csat_stratified(share(1000, 1000000000000000000), share(1050, 1000000000000000000))
      UNION ALL SELECT csat_stratified(share(9223372036854775806, 1), share(9223372036854775805, 2)) UNION ALL SELECT csat_stratified(share(1, 0), share(0, 9223372036854775807))) v;
SELECT about((s).difference::float8) AS difference, about((s).ci) AS ci, about((s).statistic) AS statistic, about((s).p_value) AS p_value
FROM (SELECT ces_mean_stratified(ces_from_counts('-50..50', array_fill(n, ARRAY[101])), ces_from_counts('-50..50', array_fill(0::bigint, ARRAY[100]) || n)) AS s FROM unnest('{1,3,90000000000000000}'::bigint[]) n GROUP BY n ORDER BY n) v;
-- No strata at all.
SELECT csat_stratified(NULL, NULL) IS NULL AS "null", nps_stratified('1..3 {0,0,0}', '1..3 {1,2,3}') IS NULL AS empty, ces_mean_stratified(a, a) IS NULL AS no_rows FROM (VALUES ('1..3 {1,2,3}'::ces_tally)) v (a) WHERE false;

--
-- At a constant mix
--
CREATE FUNCTION standardized_of(metric text, counts bigint[], weights float8[], confidence float8) RETURNS ces_estimate LANGUAGE plpgsql AS $$
DECLARE result ces_estimate;
BEGIN
  EXECUTE format('SELECT (%I(tally, ($2)[h + 1], $3)).* FROM tallies($1)', metric || '_standardized') INTO result USING counts, weights, confidence;
  RETURN result;
END $$;
SELECT metric, count(*) AS cases, max(relative_error(s.value::float8, r.value, 0.001)) < 1e-10 AS value,
       max(greatest(relative_error(lower(ci)::float8, lower, 0.001), relative_error(upper(ci)::float8, upper, 0.001))) < 1e-9 AS ci, count(*) FILTER (WHERE NOT ci @> s.value) AS lost
FROM standardized_reference r, standardized_of(metric, counts, weights, confidence) s GROUP BY metric ORDER BY metric;
-- The standard error is the published one: with many answers, the interval is as wide as it says.
WITH stratum AS (SELECT h, 1.0 / h AS weight, ces_from_counts('nps', ARRAY(SELECT (1e6 * random() ^ 2)::bigint FROM generate_series(0, 10) WHERE h IS NOT NULL)) AS tally FROM generate_series(1, 30) h)
SELECT round((upper(ci) - lower(ci)) / 2 / error, 4) AS widths
FROM (SELECT (ces_mean_standardized(tally, weight)).ci, 1.959963985 * sqrt(sum(weight ^ 2 * ces_stddev(tally) ^ 2 / ces_count(tally))) / sum(weight) AS error FROM stratum) s;
-- One stratum is the metric and its interval; the same strata with the same mix as the answers, the metric of all.
SELECT count(*) FILTER (WHERE (t).value <> round(csat(tally), 13) OR about((t).ci) <> about(csat_ci(tally))) AS csat, count(*) FILTER (WHERE (n).value <> round(nps(tally), 13) OR about((n).ci) <> about(nps_ci(tally))) AS nps,
       count(*) FILTER (WHERE round((m).value, 12) <> round(ces_mean(tally), 12) OR about((m).ci) <> about(ces_mean_ci(tally, 0.9))) AS mean
FROM (SELECT tally, csat_standardized(tally, 1e-300) AS t, nps_standardized(tally, 1e300) AS n, ces_mean_standardized(tally, 2, 0.9) AS m
      FROM (VALUES ('1..5 {1,0,3,6,10}'::ces_tally), ('1..5 {0,0,0,0,1}'), ('1..5 {0,0,0,0,70}'), ('1..5 {1,0,0,0,1}')) v (tally) GROUP BY tally) w;
SELECT round((csat_standardized(before, ces_count(before))).value - csat(ces_rollup(before)), 12) = 0 AS csat, round((nps_standardized(before, ces_count(before))).value - nps(ces_rollup(before)), 12) = 0 AS nps FROM quarter;
-- Weights are relative; those of 0 and NULL, and the strata that have them, add nothing.
SELECT csat_standardized(after, w) = csat_standardized(after, w * 1024) AS relative, csat_standardized(after, w) = csat_standardized(after, w) FILTER (WHERE w > 0) AS nothing
FROM (SELECT after, ces_count(before) AS w FROM quarter UNION ALL VALUES (share(5, 7), 0), (share(5, 7), NULL), (NULL, 0), (NULL, NULL), ('1..3 {0,0,0}', 0)) v;
SELECT csat_standardized(after, 0) IS NULL AS no_weight, nps_standardized(NULL, NULL) IS NULL AS "null" FROM quarter;
-- The value is within the range of the metric.
SELECT (csat_standardized(share(7, 0), h)).value AS best, (csat_standardized(share(0, 7), h)).value AS worst, (ces_mean_standardized('-3..3 {0,0,0,0,0,0,9}', h)).value AS mean FROM generate_series(0.1, 30, 0.1) h;

--
-- In parallel, partition by partition, spilled: the same to the last digit
--
CREATE TABLE stratum (g int, h int, part int, a ces_tally, b ces_tally, weight float8) PARTITION BY LIST (part);
CREATE TABLE stratum_0 PARTITION OF stratum FOR VALUES IN (0);
CREATE TABLE stratum_1 PARTITION OF stratum FOR VALUES IN (1);
CREATE TABLE stratum_2 PARTITION OF stratum FOR VALUES IN (2);
INSERT INTO stratum
SELECT g, h, h % 3, CASE WHEN random() < 0.9 THEN ces_from_counts('1..5', ARRAY(SELECT (10 ^ (g % 6) * random() ^ 3)::bigint + i - i FROM generate_series(1, 5) i)) END,
       ces_from_counts('1..5', ARRAY(SELECT (1000 * random() ^ 3)::bigint + 1 + i - i FROM generate_series(1, 5) i)), random()
FROM generate_series(1, 40) g, generate_series(1, 200) h;
ANALYZE stratum;
CREATE FUNCTION pg_temp.results(OUT plan text, OUT results text) LANGUAGE plpgsql AS $$
DECLARE
  query text := 'SELECT g, ces_topbox_stratified(a, b) AS t, nps_stratified(a, b) AS n, ces_mean_stratified(a, b, 0.9) AS m, csat_standardized(b, weight) AS s, ces_mean_standardized(b, weight, 0.9) AS c FROM stratum GROUP BY g';
  line text;
BEGIN
  EXECUTE format('SELECT md5(string_agg(q::text, '';'' ORDER BY g)) FROM (%s) q', query) INTO results;
  plan := '';
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
    plan := plan || coalesce(substring(line FROM '(Finalize|Partial|Gather|Append|HashAggregate|GroupAggregate)') || ' ', '');
  END LOOP;
END $$;
SET extra_float_digits = 1;
SET max_parallel_workers_per_gather = 0;
SELECT results AS wanted FROM pg_temp.results() \gset
SET enable_hashagg = off;
SELECT plan, results = :'wanted' AS same FROM pg_temp.results();
SET enable_partitionwise_aggregate = on;
SELECT plan, results = :'wanted' AS same FROM pg_temp.results();
RESET enable_hashagg;
SET enable_sort = off;
SELECT plan, results = :'wanted' AS same FROM pg_temp.results();
RESET enable_partitionwise_aggregate;
SET work_mem = '64kB';
SELECT plan, results = :'wanted' AS same FROM pg_temp.results();
RESET work_mem; RESET enable_sort;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT plan LIKE '%Finalize%Gather%Partial%' AS parallel, results = :'wanted' AS same FROM pg_temp.results();
SET parallel_leader_participation = off;
SELECT plan LIKE '%Finalize%Gather%Partial%' AS parallel, results = :'wanted' AS same FROM pg_temp.results();
-- Strata on two scales meet only when partial results are combined; so do two confidences.
CREATE TABLE two (a ces_tally, confidence float8);
INSERT INTO two SELECT CASE n WHEN 70000 THEN '1..5 {0,1,0,0,1}' ELSE '1..3 {0,1,1}' END, CASE n WHEN 1 THEN 0.9 ELSE 0.95 END FROM generate_series(1, 70000) n;
ANALYZE two;
SELECT pg_temp.error_of('SELECT csat_stratified(a, a) FROM two') ~ 'cannot combine .*HINT: Add ces_scale\((YOUR_TALLY|a)\) to GROUP BY' AS two_scales,
       pg_temp.error_of('SELECT csat_stratified(a, a, confidence) FROM two WHERE ces_scale(a) = ''1..3''') ~ 'confidence levels 0.9\d* and 0.9\d* differ within a group' AS two_confidences;
SELECT csat_stratified(a, b) IS NULL AS none FROM stratum WHERE a IS NULL;
-- States of one aggregate are not taken for those of another: a superuser mixes them up.
CREATE AGGREGATE mixed(bigint) (SFUNC = int8_avg_accum, STYPE = internal, COMBINEFUNC = _ces_strata_combine,
	SERIALFUNC = int8_avg_serialize, DESERIALFUNC = _ces_stratified_deserialize, FINALFUNC = _ces_csat_stratified_final, PARALLEL = SAFE);
CREATE AGGREGATE mixed(ces_tally, float8) (SFUNC = _ces_standardized_accum, STYPE = internal, COMBINEFUNC = _ces_strata_combine,
	SERIALFUNC = _ces_strata_serialize, DESERIALFUNC = _ces_stratified_deserialize, FINALFUNC = _ces_csat_stratified_final, PARALLEL = SAFE);
CREATE AGGREGATE mixed(ces_tally, ces_tally) (SFUNC = _ces_stratified_accum, STYPE = internal, COMBINEFUNC = _ces_strata_combine,
	SERIALFUNC = _ces_strata_serialize, DESERIALFUNC = _ces_standardized_deserialize, FINALFUNC = _ces_csat_standardized_final, PARALLEL = SAFE);
SELECT pg_temp.error_of('SELECT mixed(g) FROM stratum') ~ '(22P03|08P01): ' AS numbers, pg_temp.error_of('SELECT mixed(b, weight) FROM stratum') ~ '(22P03|XX001): ' AS weights, pg_temp.error_of('SELECT mixed(b, b) FROM stratum') ~ '(22P03|XX001): ' AS pairs;
CREATE AGGREGATE mixed_final(ces_tally, ces_tally) (SFUNC = _ces_stratified_accum, STYPE = internal, FINALFUNC = _ces_csat_standardized_final);
CREATE AGGREGATE mixed_final(ces_tally, float8) (SFUNC = _ces_standardized_accum, STYPE = internal, FINALFUNC = _ces_csat_stratified_final);
SELECT pg_temp.error_of('SELECT mixed_final(b, b) FROM stratum') AS pairs, pg_temp.error_of('SELECT mixed_final(b, weight) FROM stratum') AS weights;
DROP AGGREGATE mixed_final(ces_tally, ces_tally);
DROP AGGREGATE mixed_final(ces_tally, float8);
DROP AGGREGATE mixed(bigint);
DROP AGGREGATE mixed(ces_tally, float8);
DROP AGGREGATE mixed(ces_tally, ces_tally);
RESET ALL;
SET extra_float_digits = 0;

-- In windows, with FILTER, DISTINCT, GROUPING SETS.
SELECT count(*) AS rows, count(*) FILTER (WHERE w IS DISTINCT FROM (SELECT nps_stratified(a, b) FROM stratum i WHERE i.g = v.g AND i.h BETWEEN v.h - 3 AND v.h)) AS differ
FROM (SELECT g, h, nps_stratified(a, b) OVER (PARTITION BY g ORDER BY h ROWS 3 PRECEDING) AS w FROM stratum WHERE g IN (1, 4)) v;
SELECT count(*) AS rows, count(*) FILTER (WHERE w IS DISTINCT FROM (SELECT ces_mean_standardized(b, weight) FROM stratum i WHERE i.g = v.g AND i.h <= v.h)) AS differ
FROM (SELECT g, h, ces_mean_standardized(b, weight) OVER (PARTITION BY g ORDER BY h) AS w FROM stratum WHERE g = 1) v;
SELECT count(*) AS groups, count(*) FILTER (WHERE s IS DISTINCT FROM wanted) AS differ
FROM (SELECT part, csat_stratified(a, b) FILTER (WHERE g = 3) AS s FROM stratum GROUP BY ROLLUP (part)) f JOIN
     (SELECT part, csat_stratified(a, b) AS wanted FROM stratum WHERE g = 3 GROUP BY part UNION ALL SELECT NULL, csat_stratified(a, b) FROM stratum WHERE g = 3) w ON w.part IS NOT DISTINCT FROM f.part;
SELECT csat_stratified(DISTINCT a, b) = (SELECT csat_stratified(after, before) FROM quarter) AS "distinct" FROM (SELECT after, before FROM quarter UNION ALL SELECT after, before FROM quarter) v (a, b);

--
-- Errors
--
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.error_of('SELECT ' || call) FROM unnest(ARRAY[
  $$csat_stratified('1..3 {1,2,3}', '3..1 {1,2,3}')$$, $$nps_stratified(a, a) FROM (VALUES ('1..3 {1,2,3}'::ces_tally), ('1..3 top 2 {1,2,3}')) v (a)$$,
  $$nps_stratified(a, a) OVER () FROM (VALUES ('1..3 {1,2,3}'::ces_tally), ('1..3 top 2 {1,2,3}')) v (a)$$,
  $$ces_mean_standardized(a, 1) FROM (VALUES ('1..3 {1,2,3}'::ces_tally), ('1..5 {1,2,3,0,0}')) v (a)$$,
  $$ces_topbox_stratified('1..3 {1,2,3}', '1..3 {1,2,3}', 95)$$, $$csat_stratified(NULL, NULL, 'NaN')$$, $$csat_stratified('1..3 {1,2,3}', '1..3 {1,2,3}', NULL)$$,
  $$nps_standardized('1..3 {1,2,3}', 1, 0)$$, $$csat_standardized('1..3 {1,2,3}', 1, NULL)$$,
  $$csat_stratified('1..3 {1,2,3}', '1..3 {1,2,3}', c) FROM (VALUES (0.9), (0.95)) v (c)$$, $$nps_standardized('1..3 {1,2,3}', 1, c) FROM (VALUES (0.9), (0.95)) v (c)$$,
  $$csat_standardized('1..3 {1,2,3}', -0.5)$$, $$csat_standardized('1..3 {1,2,3}', 'NaN')$$, $$nps_standardized('1..3 {1,2,3}', 'Infinity')$$, $$nps_standardized(NULL, '-Infinity')$$,
  $$csat_standardized(tally, 0.3) FROM (VALUES ('1..3 {0,0,0}'::ces_tally)) v (tally)$$, $$nps_standardized(NULL, 0.3)$$, $$nps_standardized(t, w) FROM (VALUES ('1..3 {0,0,0}'::ces_tally, 2), ('1..3 {0,0,1}', 3)) v (t, w)$$, $$ces_mean_standardized(tally, 0.3, 0.9) OVER () FROM (VALUES (NULL::ces_tally)) v (tally)$$,
  $$csat_standardized('1..3 {0,0,1}')$$]) call;
\pset format aligned
\pset tuples_only off
-- Somebody changes the columns of a result.
BEGIN;
ALTER TYPE ces_comparison ADD ATTRIBUTE note text;
SELECT csat_stratified(a, b) FROM (VALUES (share(1, 2), share(3, 1))) v (a, b);
ROLLBACK;
BEGIN;
SET LOCAL client_min_messages = warning;
ALTER TYPE ces_estimate DROP ATTRIBUTE ci CASCADE;
SELECT nps_standardized(share(1, 2), 1);
ROLLBACK;
DROP TABLE stratum, two;
DROP FUNCTION about(numrange), about(double precision), share, relative_error, tallies, stratified_of, standardized_of;
