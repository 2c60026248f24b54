--
-- monitoring: funnels, control limits and ces_limits_bar.  Results are compared with published
-- numbers, and with plain SQL over single answers, to 1e-9.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

-- What is left of the variance of normal numbers if those beyond the quantiles of 10 and 90 percent are moved there
\set kept 0.6786545589528743

-- phi of 2, 5, 10, 15 and 18 of 20 is 6.8850464 and tau² 0.0950789, by R's FunnelPlotR: phi is the mean
-- of the squares of z without tau², winsorised.  Ours allows for what winsorising takes away, for the fifth that each
-- has in what is expected, and for few answers: by 3/8 of a hit and of a miss more, less that fifth.
CREATE TEMP TABLE published AS
SELECT k, ces_from_counts('0..1', ARRAY[20 - k, k]) AS tally FROM unnest('{2,5,10,15,18}'::int[]) k;
CREATE TEMP VIEW distance AS
SELECT k, asin(sqrt(k / 20.0)) - asin(sqrt(0.5)) AS plain, asin(sqrt((k + 0.3) / 20.6)) - asin(sqrt(0.5)) AS off FROM published;
CREATE TEMP VIEW winsorised AS
SELECT sum(least(greatest(plain, plain_low), plain_high) ^ 2) AS plain, sum(least(greatest(off, low), high) ^ 2) AS fair, (20 * sum((k / 20.0 - 0.5) ^ 2) - 4 * v) / (100 - 20 - 4) AS between_all, v
FROM distance, (VALUES (0.25 * 100 / 99)) u (v), (SELECT percentile_cont(0.1) WITHIN GROUP (ORDER BY plain) AS plain_low, percentile_cont(0.9) WITHIN GROUP (ORDER BY plain) AS plain_high,
                       percentile_cont(0.1) WITHIN GROUP (ORDER BY off) AS low, percentile_cont(0.9) WITHIN GROUP (ORDER BY off) AS high FROM distance) q GROUP BY v;
SELECT round((plain / 0.0125 / 5)::numeric, 7) AS phi, round(((plain / 0.0125 - 4) / (5 * 80 - 80))::numeric, 7) AS tau2, round((fair / 5 / :kept / 0.8 - 0.0125)::numeric, 7) AS our_tau2 FROM winsorised;
SELECT k, (p).value, (p).expected, round((p).z::numeric, 6) AS z, round((off / e)::numeric, 6) AS expected_z,
       round((p).upper95, 3) AS upper95, round((100 * (20.6 * sin(asin(sqrt(0.5)) + 1.959963985 * e) ^ 2 - 0.3) / 20)::numeric, 3) AS expected_upper95, (p).upper998, -- beyond a right angle
       round((p).adjusted, 3) AS adjusted, round(100 * (0.5 + (k / 20.0 - 0.5) * between_all / (between_all + (v - between_all) / 20)), 3) AS expected_adjusted
FROM (SELECT k, ces_topbox_funnel(tally) OVER () AS p FROM published) f JOIN distance USING (k), (SELECT sqrt(fair / 5 / :kept) AS e, between_all, v FROM winsorised) w ORDER BY k;
-- 20 of 20, or none of 1, is no reason for a verdict where 95 percent, or 80, are expected.
SELECT n, good, round((p).expected, 1) AS expected, round((p).lower95, 1) AS lower95, round((p).upper95, 1) AS upper95, round((p).z::numeric, 2) AS z
FROM (SELECT n, good, csat_funnel(ces_from_counts('0..1', ARRAY[n - good, good])) OVER (PARTITION BY team) AS p FROM (VALUES (1, 20, 20), (1, 100000, 95000), (2, 1, 0), (2, 5, 5), (2, 100000, 80000)) v (team, n, good)) f WHERE n < 100000 ORDER BY n DESC, good;

-- Sixty agents as chance makes them who are all alike, five answers each, about 80 percent good: hardly anything of the distance remains. Single answers say nothing at all of how agents differ.
SELECT round(min((p).adjusted)) AS lowest, round((p).expected) AS expected, round(max((p).adjusted)) AS highest
FROM (SELECT team, csat_funnel(ces_from_counts('0..1', ARRAY[n - good, good])) OVER (PARTITION BY team) AS p
      FROM (VALUES (1, 5, 2, 3), (1, 5, 3, 12), (1, 5, 4, 25), (1, 5, 5, 20), (2, 1, 0, 12), (2, 1, 1, 48)) v (team, n, good, agents), generate_series(1, agents)) f GROUP BY team, 2 ORDER BY team;
-- nhs_accidents of R's qicharts2: patients seen within four hours in emergency departments, by week.  The limits of
-- week 1 are 0.9401164 and 0.9656830.
CREATE TEMP TABLE nhs (week int, seen int, patients int);
INSERT INTO nhs VALUES (1, 266501, 280443), (2, 264225, 276823), (3, 276532, 291681), (4, 281461, 296155), (5, 269071, 282343),
  (6, 261215, 275888), (7, 270409, 283867), (8, 279778, 295251), (9, 270483, 284468), (10, 270320, 282529),
  (11, 267923, 279618), (12, 271478, 283932), (13, 255353, 266629), (14, 256820, 268091), (15, 261835, 276803),
  (16, 259144, 271578), (17, 255910, 266005), (18, 260863, 273520), (19, 264465, 278574), (20, 260989, 273772);
SELECT week, round((p).value, 5) AS value, round((p).centre, 5) AS centre, round((p).lower, 5) AS lower, round((p).upper, 5) AS upper, (p).signal
FROM (SELECT week, csat_limits(ces_from_counts('0..1', ARRAY[patients - seen, seen])) OVER (ORDER BY week) AS p FROM nhs) n
WHERE week IN (1, 2, 20);
-- Limits from the binomial distribution would flag 16 of these weeks.
SELECT count(*) FILTER (WHERE abs(value - p) > 3 * sqrt(p * (1 - p) / patients)) AS binomial, count(signal) AS signals
FROM (SELECT patients, seen / patients::numeric AS value, sum(seen::numeric) OVER () / sum(patients) OVER () AS p, (csat_limits(ces_from_counts('0..1', ARRAY[patients - seen, seen])) OVER (ORDER BY week)).signal FROM nhs) n;

--
-- Plain SQL, over single answers
--
SELECT setseed(0.25);
-- Levels that stay, wander and drift; rows with a few answers and with many, of a few points and of the whole scale.
CREATE TEMP TABLE part (part int, scale ces_scale, low int, high int, up int, top int, bottom int, rows int, wander float8, drift float8, most int);
INSERT INTO part VALUES (1, '1..7', 1, 7, 1, 5, 3, 12, 0.0, 0.0, 30), (2, '7..1', 1, 7, -1, 3, 5, 40, 0.1, 0.0, 60), (3, '0..10', 0, 10, 1, 9, 6, 60, 0.3, 0.0, 8),
  (4, '1..5', 1, 5, 1, 4, 2, 2, 0.1, 0.0, 12), (5, '-2..2', -2, 2, 1, 1, -1, 3, 0.1, 0.0, 40), (6, '0..10', 0, 10, 1, 9, 6, 52, 0.0, 0.3, 50),
  (7, '1..7', 1, 7, 1, 5, 3, 80, 0.05, 0.1, 300), (8, '0..1', 0, 1, 1, 1, 0, 100, 0.0, 0.2, 4), (9, '1..5', 1, 5, 1, 4, 2, 40, 0.0, 0.2, 400);
CREATE TEMP TABLE answer AS
SELECT part, place, least(greatest(round(low + (high - low) * (0.6 + level + (random() + random() - 1) * 0.5)), low), high)::int AS score
FROM (SELECT part.*, place, 1 + floor(random() * most)::int AS answers, wander * (random() - 0.5) + drift * sin(place / 8.0) AS level
      FROM part, generate_series(1, rows) place) r, generate_series(1, answers);
-- For each metric, the values whose mean it is.
CREATE TEMP TABLE valued AS
SELECT metric, part, place, CASE metric WHEN 'ces_topbox' THEN in_top WHEN 'nps' THEN in_top - in_bottom ELSE score END::numeric AS v
FROM (SELECT part, place, score, (score * up >= top * up)::int AS in_top, (score * up <= bottom * up)::int AS in_bottom FROM answer JOIN part USING (part)) a,
     unnest('{ces_topbox,nps,ces_mean}'::text[]) metric;
CREATE TEMP TABLE plain AS
SELECT metric, part, place, count(v)::float8 AS n, avg(v) AS value, coalesce(var_samp(v), 0)::float8 AS variance, sum(v) AS total, CASE metric WHEN 'ces_mean' THEN 1 ELSE 100 END AS unit
FROM valued GROUP BY metric, part, place;
-- What the functions see: the tallies, and rows without answers.
CREATE TEMP TABLE counted AS SELECT part, place::float8, ces_tally(score, scale) AS tally FROM answer JOIN part USING (part) GROUP BY part, place;
INSERT INTO counted SELECT part, place + 0.5, CASE place::int % 2 WHEN 0 THEN ces_from_counts('1..3', '{0,0,0}') END FROM counted WHERE place::int % 3 = 0;
INSERT INTO counted SELECT part, 0, NULL FROM part;
SELECT count(*) AS rows, count(tally) AS tallies, count(ces_mean(tally)) AS points, count(*) FILTER (WHERE ces_count(tally) = 1) AS "of one answer" FROM counted;

-- The funnel.  tau² solves an equation, so it is not computed here, but taken from our z of one row in each partition; then
-- it must solve the equation, and all else must follow from it.  The quantiles of percentile_cont are of R's type 7.
CREATE TEMP VIEW our_funnel AS
SELECT part, place, p.* FROM (SELECT *, ces_topbox_funnel(tally) OVER w AS ces_topbox, nps_funnel(tally) OVER w AS nps, ces_mean_funnel(tally) OVER w AS ces_mean FROM counted WINDOW w AS (PARTITION BY part)) c,
  LATERAL (VALUES ('ces_topbox', (ces_topbox).*), ('nps', (nps).*), ('ces_mean', (ces_mean).*)) p (metric, value, expected, lower95, upper95, lower998, upper998, z, adjusted);
CREATE TEMP TABLE plain_funnel AS
WITH overall AS (
  SELECT metric, part, place, n, value::float8 AS value, unit, sum(total) OVER w / sum(n::numeric) OVER w AS exactly, (sum(total) OVER w / sum(n::numeric) OVER w)::float8 AS expected, n / sum(n) OVER w AS share,
         CASE metric WHEN 'ces_topbox' THEN 0.25 ELSE sum((n - 1) * variance) OVER w / sum(n - 1) OVER w END AS sigma2, (metric = 'ces_topbox')::int AS shares
  FROM plain WINDOW w AS (PARTITION BY metric, part)
), scaled AS (
  -- The variance of y less the mean of all y, in which each has its share: (1 - share)² + the sum of the other shares², of tau²
  SELECT *, CASE shares WHEN 1 THEN expected * (1 - expected) * sum(n) OVER (PARTITION BY metric, part) / (sum(n) OVER (PARTITION BY metric, part) - 1) ELSE sigma2 END AS single, (1 - share) * sigma2 / n AS chance, 1 - 2 * share + sum(share ^ 2) OVER (PARTITION BY metric, part) AS times_tau2,
         CASE metric WHEN 'ces_topbox' THEN asin(sqrt(value)) ELSE value END AS y, CASE metric WHEN 'ces_topbox' THEN asin(sqrt(expected)) ELSE expected END AS target,
         CASE metric WHEN 'ces_topbox' THEN asin(sqrt((value * n + 0.375 * (1 - share)) / (n + 0.75 * (1 - share)))) ELSE value END AS fair_y FROM overall
), fair AS (
  SELECT *, CASE WHEN (fair_y > target) = (y > target) THEN fair_y - target ELSE 0 END AS off FROM scaled
), solved AS (
  SELECT DISTINCT ON (metric, part) metric, part, ((off / z) ^ 2 - chance) / times_tau2 AS tau2 FROM fair JOIN our_funnel USING (metric, part, place) WHERE z <> 0 ORDER BY metric, part, abs(z) DESC
)
SELECT *, off / sqrt(chance) AS z0, off / e AS z, expected + (value - expected) * between_all / ((single - shares * between_all) / n + between_all) AS adjusted
FROM (SELECT *, sqrt(chance + times_tau2 * tau2) AS e, least(greatest((sum(n * (value - expected) ^ 2) OVER w - (count(*) OVER w - 1) * single) / (sum(n) OVER w - sum(n ^ 2) OVER w / sum(n) OVER w - shares * (count(*) OVER w - 1)), 0), single / nullif(shares, 0)) AS between_all
      FROM fair JOIN (SELECT metric, part, CASE WHEN abs(tau2) < 1e-12 THEN 0 ELSE tau2 END AS tau2 FROM solved) t USING (metric, part) WINDOW w AS (PARTITION BY metric, part)) f;
-- Without tau², z, winsorised, vary more than 95 percent of samples of chi² if and only if there is a tau²; with it, they vary as they should.
CREATE TEMP VIEW dispersion AS
SELECT metric, part, tau2, k, sum(least(greatest(z0, low0), high0) ^ 2) / k / :kept AS without, sum(least(greatest(z, low), high) ^ 2) / k / :kept AS with_tau2
FROM plain_funnel JOIN (SELECT metric, part, count(*) AS k, percentile_cont(0.1) WITHIN GROUP (ORDER BY z0) AS low0, percentile_cont(0.9) WITHIN GROUP (ORDER BY z0) AS high0,
                               percentile_cont(0.1) WITHIN GROUP (ORDER BY z) AS low, percentile_cont(0.9) WITHIN GROUP (ORDER BY z) AS high FROM plain_funnel GROUP BY metric, part) q USING (metric, part)
GROUP BY metric, part, tau2, k;
SELECT metric, count(*) FILTER (WHERE tau2 = 0) AS "no tau²", count(*) FILTER (WHERE tau2 > 0) AS "tau²",
       bool_and((tau2 > 0) = (without > (1 - 2 / (9.0 * (k - 1)) + 1.6448536269514722 * sqrt(2 / (9.0 * (k - 1)))) ^ 3)) AS "if more than by chance", max(abs(with_tau2 - 1)) FILTER (WHERE tau2 > 0) < 1e-9 AS "as they should"
FROM dispersion GROUP BY metric ORDER BY metric;
-- From the scale of the method to that of the metric; a limit of a share without these hits and misses, which are so many times the answers.
CREATE FUNCTION pg_temp.shown(metric text, y float8, part_shown int, more float8 DEFAULT 0) RETURNS float8 LANGUAGE sql AS $$
  SELECT CASE metric WHEN 'ces_topbox' THEN least(greatest(100 * (p + (2 * p - 1) * more), 0), 100) WHEN 'nps' THEN least(greatest(100 * y, -100), 100) ELSE least(greatest(y, low), high) END
  FROM part, LATERAL (SELECT sin(least(greatest(y, 0), pi() / 2)) ^ 2 AS p) s WHERE part = part_shown $$;
SELECT metric, count(*) AS rows, count(o.value) AS points, max(abs(o.value - unit * p.value::numeric)) < 1e-9 AND max(abs(o.expected - unit * exactly)) < 1e-12 AS "value, expected", max(abs(o.z - p.z)) < 1e-9 AS z,
       max(abs(o.lower95 - pg_temp.shown(metric, target - 1.9599639845400542 * e, part, 0.375 * (1 - share) / n))) < 1e-9 AND max(abs(o.upper95 - pg_temp.shown(metric, target + 1.9599639845400542 * e, part, 0.375 * (1 - share) / n))) < 1e-9 AS "95 %",
       max(abs(o.lower998 - pg_temp.shown(metric, target - 3.0902323061678135 * e, part, 0.375 * (1 - share) / n))) < 1e-9 AND max(abs(o.upper998 - pg_temp.shown(metric, target + 3.0902323061678135 * e, part, 0.375 * (1 - share) / n))) < 1e-9 AS "99.8 %",
       max(abs(o.adjusted - unit * p.adjusted)) < 1e-9 AS adjusted, count(*) FILTER (WHERE (o.value NOT BETWEEN lower95 AND upper95) <> (abs(o.z) > 1.9599639845400542)) AS "limits against z"
FROM our_funnel o LEFT JOIN plain_funnel p USING (metric, part, place) GROUP BY metric ORDER BY metric;
-- The value and what is expected are those of the metrics, digit for digit; rows without answers are NULL.
SELECT count(*) FILTER (WHERE (p).value IS DISTINCT FROM nps(tally) OR (p).expected IS DISTINCT FROM CASE WHEN ces_count(tally) > 0 THEN overall END) AS differ,
       count(*) FILTER (WHERE p IS NULL) AS nulls, count(*) FILTER (WHERE p IS NOT NULL) AS complete
FROM (SELECT tally, nps_funnel(tally) OVER w AS p, nps(ces_rollup(tally) OVER w) AS overall FROM counted WINDOW w AS (PARTITION BY part)) c;

-- Control limits, by Taylor's formulas, and the rules for signals.
CREATE FUNCTION pg_temp.plain_limits(baseline int) RETURNS TABLE (metric text, part int, place int, value numeric, centre numeric, lower float8, upper float8, signal text) LANGUAGE sql AS $$
WITH numbered AS (
  SELECT *, row_number() OVER w AS number, value - lag(value) OVER w AS step, sqrt(1 / n + 1 / lag(n) OVER w) AS step_error
  FROM plain WINDOW w AS (PARTITION BY metric, part ORDER BY place)
), based AS (
  SELECT metric, part, sum(total) / sum(n::numeric) AS centre, sqrt(pi() / 2) * avg(abs(step) / step_error) AS sigma FROM numbered WHERE number <= baseline GROUP BY metric, part
), lined AS (
  SELECT *, value::float8 AS v, centre::float8 AS c, sigma / sqrt(n) AS e, sign(value - centre) AS side, sign(step) AS way FROM numbered JOIN based USING (metric, part)
), marked AS (
  SELECT *, (v > c + 2 * e)::int - (v < c - 2 * e)::int AS near,
         row_number() OVER (PARTITION BY metric, part, side = 0 ORDER BY number) - row_number() OVER (PARTITION BY metric, part, side ORDER BY number) AS run_of_side,
         row_number() OVER (PARTITION BY metric, part, way = 0 ORDER BY number) - row_number() OVER (PARTITION BY metric, part, way ORDER BY number) AS run_of_way
  FROM lined
), run AS (
  SELECT *, row_number() OVER (PARTITION BY metric, part, side, run_of_side ORDER BY number) AS points, row_number() OVER (PARTITION BY metric, part, way, run_of_way ORDER BY number) AS steps,
         lag(near) OVER w AS near1, lag(near, 2) OVER w AS near2
  FROM marked WINDOW w AS (PARTITION BY metric, part ORDER BY number)
)
SELECT metric, part, place, unit * value, unit * centre,
       CASE metric WHEN 'ces_topbox' THEN greatest(100 * (c - 3 * e), 0) WHEN 'nps' THEN greatest(100 * (c - 3 * e), -100) ELSE greatest(c - 3 * e, low) END,
       CASE metric WHEN 'ces_mean' THEN least(c + 3 * e, high) ELSE least(100 * (c + 3 * e), 100) END,
       CASE WHEN v > c + 3 * e OR v < c - 3 * e THEN 'outside' WHEN side <> 0 AND points >= 8 THEN 'shift' WHEN way <> 0 AND steps >= 6 THEN 'trend' WHEN near <> 0 AND near IN (near1, near2) THEN 'near limits' END
FROM run JOIN part USING (part) $$;
CREATE FUNCTION pg_temp.our_limits(baseline int) RETURNS TABLE (metric text, part int, place float8, value numeric, centre numeric, lower numeric, upper numeric, signal text) LANGUAGE sql AS $$
SELECT p.metric, part, place, p.value, p.centre, p.lower, p.upper, p.signal
FROM (SELECT *, ces_topbox_limits(tally, baseline) OVER w AS ces_topbox, nps_limits(tally, baseline) OVER w AS nps, ces_mean_limits(tally, baseline) OVER w AS ces_mean FROM counted WINDOW w AS (PARTITION BY part ORDER BY place)) c,
  LATERAL (VALUES ('ces_topbox', (ces_topbox).*), ('nps', (nps).*), ('ces_mean', (ces_mean).*)) p (metric, value, centre, lower, upper, signal) $$;
SELECT baseline, o.metric, count(*) AS rows, count(o.value) AS points, max(abs(o.value - p.value)) < 1e-12 AND max(abs(o.centre - p.centre)) < 1e-12 AS "value, centre", max(abs(o.lower - p.lower)) < 1e-9 AS lower, max(abs(o.upper - p.upper)) < 1e-9 AS upper,
       count(*) FILTER (WHERE o.signal IS DISTINCT FROM p.signal) AS differ, count(*) FILTER (WHERE o.signal = 'outside') AS outside, count(*) FILTER (WHERE o.signal = 'shift') AS shift,
       count(*) FILTER (WHERE o.signal = 'trend') AS trend, count(*) FILTER (WHERE o.signal = 'near limits') AS near_limits
FROM unnest('{2,12,2147483647}'::int[]) baseline, LATERAL (SELECT * FROM pg_temp.our_limits(baseline)) o LEFT JOIN LATERAL (SELECT * FROM pg_temp.plain_limits(baseline)) p USING (metric, part, place)
GROUP BY baseline, o.metric ORDER BY baseline, o.metric;
-- No value is beyond its limits by rounding alone.  Where nothing varies, the limits are the centre, digit for digit; where luck explains all, adjusted is what is expected, and where nothing is luck, it is the value.
SELECT metric, count(*) FILTER (WHERE (value NOT BETWEEN lower AND upper) <> coalesce(signal = 'outside', false)) AS differ FROM pg_temp.our_limits(12) GROUP BY metric ORDER BY metric;
SELECT (p).*, (f).* FROM (SELECT csat_limits(tally) OVER w AS p, csat_funnel(tally) OVER w AS f FROM (VALUES (1, '{2,1}'::bigint[]), (2, '{4,2}'), (3, '{6,3}')) v (week, counts), ces_from_counts('0..1', counts) tally WINDOW w AS (ORDER BY week)) c;
SELECT (f).expected, (f).adjusted FROM (SELECT csat_funnel(ces_from_counts('0..1', counts)) OVER () AS f FROM (VALUES ('{2,3}'::bigint[]), ('{4,3}'), ('{6,3}')) v (counts)) c;
SELECT (f).value, (f).adjusted FROM (SELECT ces_mean_funnel(ces_from_counts('1..3', counts)) OVER () AS f FROM (VALUES ('{0,3,0}'::bigint[]), ('{0,0,9}'), ('{5,0,0}')) v (counts)) c;
-- csat is the top box.  The first function is that without a baseline, or with one that is never reached.  Frames and, for a funnel, the order make no difference.
SELECT count(*) AS rows, count(*) FILTER (WHERE a IS DISTINCT FROM b OR a IS DISTINCT FROM c) AS differ_in_funnel, count(*) FILTER (WHERE d IS DISTINCT FROM e OR d IS DISTINCT FROM f OR d IS DISTINCT FROM g) AS differ_in_limits
FROM (SELECT ces_topbox_funnel(tally) OVER w AS a, csat_funnel(tally) OVER w AS b, csat_funnel(tally) OVER (PARTITION BY part ORDER BY place DESC ROWS 1 PRECEDING) AS c,
             ces_topbox_limits(tally) OVER v AS d, csat_limits(tally) OVER v AS e, csat_limits(tally => tally, baseline => 1000) OVER v AS f, csat_limits(tally) OVER (PARTITION BY part ORDER BY place ROWS BETWEEN 1 FOLLOWING AND UNBOUNDED FOLLOWING) AS g
      FROM counted WINDOW w AS (PARTITION BY part), v AS (PARTITION BY part ORDER BY place)) c;
-- Backwards, the limits are the same.
SELECT count(*) FILTER (WHERE round((a).lower, 9) IS DISTINCT FROM round((b).lower, 9) OR (a).centre IS DISTINCT FROM (b).centre) AS differ, count(*) FILTER (WHERE (a).signal = 'outside') = count(*) FILTER (WHERE (b).signal = 'outside') AS as_many_outside
FROM (SELECT nps_limits(tally) OVER (PARTITION BY part ORDER BY place) AS a, nps_limits(tally) OVER (PARTITION BY part ORDER BY place DESC) AS b FROM counted) c;

--
-- Signals, by hand
--
-- Hundred answers a week; the numbers are percentages, and the signal is that of the last one.
CREATE FUNCTION pg_temp.signal_of(numbers int[], baseline int DEFAULT NULL) RETURNS text LANGUAGE sql AS $$
  SELECT coalesce(signal, '-') FROM (
    SELECT place, (CASE WHEN baseline IS NULL THEN csat_limits(tally) OVER w ELSE csat_limits(tally, baseline) OVER w END).signal
    FROM (SELECT place, CASE WHEN number IS NOT NULL THEN ces_from_counts('0..1', ARRAY[100 - number, number]) END AS tally FROM unnest(numbers) WITH ORDINALITY n (number, place)) t
    WINDOW w AS (ORDER BY place)) s ORDER BY place DESC LIMIT 1 $$;
SELECT numbers, pg_temp.signal_of(numbers, baseline) AS signal, expected FROM (VALUES
  -- 48 and 52 put the limits 3 * sqrt(pi / 2) * 4 / sqrt(2) = 10.64 from the centre, and two thirds of that are 7.09; 51 and 49 put them half as far, 47 and 53 half as far again.
  ('{48,52,61}'::int[], 2, 'outside'), ('{48,52,60}', 2, '-'), ('{48,52,39}', 2, 'outside'),
  ('{48,52,58,50,58}', 2, 'near limits'), ('{48,52,58,57,57,58}', 2, '-'), ('{48,52,58,42}', 2, '-'), ('{48,52,58,NULL,58}', 2, 'near limits'), ('{48,52,57,57}', 2, '-'),
  ('{48,52,51,51,51,51,51,51}', 2, '-'), ('{48,52,51,51,51,51,51,51,51}', 2, 'shift'), ('{48,52,51,51,50,51,51,51,51,51}', 2, 'shift'), ('{48,52,51,51,49,51,51,51,51,51}', 2, '-'), ('{52,48,49,49,49,49,NULL,49,49,49}', 2, 'shift'),
  ('{51,49,50,51,52,53,54}', 2, '-'), ('{47,53,46,47,48,49,50,51}', 2, '-'), ('{47,53,46,47,48,49,50,51,52}', 2, 'trend'), ('{47,53,46,47,48,48,49,50,51,52}', 2, 'trend'), ('{47,53,46,47,48,47,49,50,51,52}', 2, '-')
  ) v (numbers, baseline, expected);

--
-- Few rows, and answers that don't vary
--
CREATE FUNCTION pg_temp.shown(case_text text, tallies ces_tally[]) RETURNS TABLE (place bigint, topbox_funnel text, nps_funnel text, mean_funnel text, topbox_limits text, mean_limits text) LANGUAGE sql AS $$
  SELECT place, replace(rtrim(ltrim(concat(f), '('), ')'), ',', ' '), replace(rtrim(ltrim(concat(n), '('), ')'), ',', ' '), replace(rtrim(ltrim(concat(m), '('), ')'), ',', ' '),
         replace(rtrim(ltrim(concat(l), '('), ')'), ',', ' '), replace(rtrim(ltrim(concat(k), '('), ')'), ',', ' ')
  FROM (SELECT place, ces_topbox_funnel(tally) OVER w AS f, nps_funnel(tally) OVER w AS n, ces_mean_funnel(tally) OVER w AS m, ces_topbox_limits(tally) OVER w AS l, ces_mean_limits(tally) OVER w AS k
        FROM unnest(tallies) WITH ORDINALITY t (tally, place) WINDOW w AS (ORDER BY place)) f $$;
\x
SELECT "case", s.* FROM (VALUES
  (1, 'no row', '{}'::ces_tally[]), (2, 'nothing but NULL and empty', '{NULL,"1..3 {0,0,0}"}'), (3, 'one row', '{"1..3 {1,1,2}"}'), (4, 'one row, and others that count for nothing', '{NULL,"1..3 {1,1,2}","1..5 {0,0,0,0,0}"}'),
  (5, 'one answer', '{"1..3 {0,1,0}"}'), (6, 'two rows of one answer each', '{"1..3 {1,0,0}","1..3 {0,0,1}"}'), (7, 'two equal rows of one answer each', '{"1..3 {0,0,1}","1..3 {0,0,1}"}'),
  (8, 'all answers equal', '{"1..3 {0,0,9}","1..3 {0,0,2}","1..3 {0,0,70}"}'), (9, 'no variance within rows', '{"1..3 {9,0,0}","1..3 {0,0,9}"}'), (10, 'equal metrics of more and fewer answers', '{"1..3 {1,0,1}","1..3 {7,0,7}"}'),
  (11, 'huge counts', '{"1..3 {1000000000000000000,0,3000000000000000000}","1..3 {1,0,0}","1..3 {1000000000000000000,0,3000000000000000000}"}')) c (number, "case", tallies)
LEFT JOIN LATERAL pg_temp.shown("case", tallies) s ON true ORDER BY number, place;
\x

--
-- Composite results
--
-- (f(...) OVER w).* names the function once for each column, and costs one evaluation of each row all the same.
CREATE TEMP SEQUENCE evaluation;
CREATE FUNCTION pg_temp.counted(tally ces_tally) RETURNS ces_tally LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN PERFORM nextval('evaluation'); RETURN tally; END $$;
SELECT count(*) AS rows, count(z) AS points FROM (SELECT (ces_topbox_funnel(pg_temp.counted(tally)) OVER (PARTITION BY part)).* FROM counted OFFSET 0) c;
SELECT last_value AS evaluations FROM evaluation;
SELECT setval('evaluation', 1, false);
SELECT count(*) AS rows, count(signal) AS signals FROM (SELECT place, (nps_limits(pg_temp.counted(tally), 12) OVER w).* FROM counted WINDOW w AS (PARTITION BY part ORDER BY place) OFFSET 0) c;
SELECT last_value AS evaluations FROM evaluation;
SELECT setval('evaluation', 1, false);
-- Two baselines are two charts.
SELECT count((a).upper), count((b).upper) FROM (SELECT nps_limits(pg_temp.counted(tally), 12) OVER w AS a, nps_limits(pg_temp.counted(tally), 13) OVER w AS b FROM counted WINDOW w AS (PARTITION BY part ORDER BY place)) c;
SELECT last_value AS evaluations FROM evaluation;
-- One window, one node of the plan.
CREATE FUNCTION pg_temp.windows_of(query text, OUT windows int) LANGUAGE plpgsql AS $$
DECLARE line text;
BEGIN
  windows := 0;
  FOR line IN EXECUTE 'EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) ' || query LOOP
    windows := windows + (line LIKE '%WindowAgg%rows=525%loops=1)')::int;
  END LOOP;
END $$;
SELECT pg_temp.windows_of('SELECT (ces_topbox_limits(tally) OVER w).*, (ces_topbox_funnel(tally) OVER w).* FROM counted WINDOW w AS (PARTITION BY part ORDER BY place)');
SELECT pg_typeof(ces_topbox_funnel(tally) OVER ()), pg_typeof(ces_mean_limits(tally) OVER (ORDER BY k)) FROM published LIMIT 1;
-- A view, prepared statements, LIMIT, another window, a rescan.
CREATE TEMP VIEW chart AS SELECT part, place, (csat_limits(tally, 12) OVER (PARTITION BY part ORDER BY place)).* FROM counted;
SELECT part, count(signal) AS signals FROM chart GROUP BY part HAVING count(signal) > 0 ORDER BY part LIMIT 3;
PREPARE chart (int) AS SELECT k, round((csat_limits(tally, $1) OVER (ORDER BY k)).upper, 3) AS upper FROM published LIMIT 2;
EXECUTE chart (2);
SET plan_cache_mode = force_generic_plan;
EXECUTE chart (3);
RESET plan_cache_mode;
SELECT n, (SELECT string_agg(round(centre, 2)::text, ' ' ORDER BY k) FROM (SELECT k, (csat_limits(tally, n) OVER (ORDER BY k)).centre FROM published WHERE k > n) c) AS centre FROM generate_series(2, 6, 2) n;
-- Each partition has its own scale, and its own baseline.
SELECT part, min(scale::text) AS scale, round(min((p).centre), 3) AS centre, round(avg(expected), 3) AS expected
FROM (SELECT part, scale, ces_mean_limits(tally, part + 1) OVER w AS p, ces_mean(CASE WHEN number = part + 1 THEN total END) AS expected
      FROM (SELECT part, place, tally, row_number() OVER v AS number, ces_rollup(tally) OVER v AS total FROM counted WHERE ces_count(tally) > 0 WINDOW v AS (PARTITION BY part ORDER BY place)) c JOIN part USING (part)
      WHERE number <= part + 1 WINDOW w AS (PARTITION BY part ORDER BY place)) c GROUP BY part HAVING count(*) = part + 1 ORDER BY part;
-- An argument that changes from one evaluation to the next is evaluated once.
SELECT count(*) FILTER (WHERE (p).value = 100) + count(*) FILTER (WHERE p IS NULL) AS rows FROM (SELECT csat_funnel(CASE WHEN random() < 0.5 THEN ces_from_counts('0..1', '{0,1}') END) OVER () AS p FROM generate_series(1, 100)) c;
-- Memory of a partition is freed: thousands of them take no more than a few.
CREATE FUNCTION pg_temp.memory() RETURNS bigint LANGUAGE sql AS 'SELECT sum(total_bytes)::bigint FROM pg_backend_memory_contexts';
SELECT count(memory) AS measured, max(memory) - min(memory) < 1000000 AS bounded
FROM (SELECT part, CASE WHEN part IN (10, 4990) AND row = 1 THEN pg_temp.memory() END AS memory
      FROM (SELECT part, row, ces_topbox_funnel(tally) OVER w AS f, nps_limits(tally) OVER w AS l FROM (SELECT part, row, ces_from_counts('1..3', ARRAY[part, row, 3]) AS tally FROM generate_series(1, 5000) part, generate_series(1, 20) row) c
            WINDOW w AS (PARTITION BY part ORDER BY row)) c WHERE (f).z IS NOT NULL AND (l).centre IS NOT NULL OFFSET 0) c;

--
-- ces_limits_bar
--
SELECT number, ces_limits_bar(p, 0, 100) AS to_100, ces_limits_bar(p, 40, 60, 21) AS "40 to 60"
FROM (SELECT number, (value, centre, lower, upper, NULL)::ces_limits_point AS p FROM (VALUES
  (1, 48::numeric, 50::numeric, 42::numeric, 58::numeric), (2, 42, 50, 42, 58), (3, 58, 50, 42, 58), (4, 50, 50, 42, 58), (5, 40, 50, 42, 58), (6, 60, 50, 42, 58), (7, 4, 50, 42, 58), (8, 96, 50, 42, 58),
  (9, 50, 50, 30, 70), (10, 50, 50, 42, 70), (11, 50, 50, 70, 80), (12, 50, 50, 50, 50), (13, 45, 50, NULL, NULL), (14, 45, NULL, NULL, 50), (15, NULL, 50, 42, 58),
  (16, 'NaN', 50, 42, 58), (17, 50, 'NaN', 'NaN', 'NaN'), (18, 50, 50, 58, 42), (19, 'Infinity', 50, '-Infinity', 'Infinity'), (20, '-Infinity', '-Infinity', '-Infinity', '-Infinity'), (21, 1e300, -1e300, -1e300, 1e300)
  ) v (number, value, centre, lower, upper)) b ORDER BY number;
SELECT ces_limits_bar(NULL, 0, 100) IS NULL AS no_point, ces_limits_bar(ROW(1, 2, 3, 4, 'x'), NULL, 100) IS NULL AS no_low;
SELECT ces_limits_bar(ROW(0, 0, -1, 1, NULL), -1e307, 1e307, 10), ces_limits_bar(ROW(0, 0, -1, 1, NULL), 0, 1e-307, 10) AS narrow, length(ces_limits_bar(ROW(0, 0, -1, 1, NULL), -2, 2, 1000)), ces_limits_bar(point => ROW(0, 0, -1, 1, NULL), low => -2, high => 2, width => 11);
SELECT (csat_limits(tally) OVER (ORDER BY k)).*, ces_limits_bar(csat_limits(tally) OVER (ORDER BY k), 0, 100, 21) FROM published;

--
-- Errors
--
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.error_of('SELECT ' || call || ' FROM published') FROM unnest(ARRAY[
  $$csat_limits(tally) OVER ()$$, $$ces_mean_limits(tally) OVER (PARTITION BY k % 2)$$, $$nps_limits(tally) OVER (ORDER BY k / 10)$$, $$nps_limits(tally) OVER (ORDER BY k > 6 DESC)$$, $$ces_topbox_limits(tally, 2) OVER (ORDER BY 1)$$,
  $$nps_limits(tally, NULL) OVER (ORDER BY k)$$, $$nps_limits(tally, 0) OVER (ORDER BY k)$$, $$nps_limits(tally, 1) OVER (ORDER BY k)$$, $$nps_limits(tally, -2147483648) OVER (ORDER BY k)$$, $$nps_limits(tally, k) OVER (ORDER BY k)$$,
  $$csat_funnel(CASE WHEN k = 10 THEN ces_from_counts('1..5', '{1,2,3,4,5}') ELSE tally END) OVER ()$$, $$nps_limits(CASE WHEN k = 10 THEN ces_from_counts('1..0', '{1,2}') ELSE tally END) OVER (ORDER BY k)$$,
  $$ces_mean_funnel(ces_from_counts('1..3', '{0,0,5000000000000000000}')) OVER ()$$, $$ces_mean_limits(ces_from_counts('1..3', '{0,0,5000000000000000000}')) OVER (ORDER BY k)$$,
  $$csat_funnel(tally)$$, $$csat_limits(tally, 2)$$, $$csat_funnel(tally) FILTER (WHERE true) OVER ()$$, $$csat_funnel(DISTINCT tally) OVER ()$$,
  $$ces_limits_bar(ROW(1, 2, 3, 4, NULL), 100, 0)$$, $$ces_limits_bar(ROW(1, 2, 3, 4, NULL), 1, 1)$$, $$ces_limits_bar(ROW(1, 2, 3, 4, NULL), 'NaN', 1)$$, $$ces_limits_bar(ROW(1, 2, 3, 4, NULL), 0, 'Infinity')$$, $$ces_limits_bar(ROW(1, 2, 3, 4, NULL), -1e308, 1e308)$$, $$ces_limits_bar(ROW(1, 2, 3, 4, NULL), 0, 100, 9)$$, $$ces_limits_bar(ROW(1, 2, 3, 4, NULL), 0, 100, 1001)$$]) call;
SELECT left(pg_temp.error_of('SELECT ' || call), 60), right(pg_temp.error_of('SELECT ' || call), 60) FROM unnest(ARRAY[$$ces_limits_bar(ROW(1, 2, 3, 4, NULL), 0, 1e400)$$, $$ces_limits_bar(ROW(1e400, 2, 3, 4, NULL), 0, 100)$$]) call;
-- One point has an order by itself, and rows without answers need none.
SELECT (csat_limits(tally) OVER ()).value FROM published WHERE k = 2;
SELECT count(p) FROM (SELECT csat_limits(CASE k WHEN 2 THEN tally END) OVER () AS p FROM published) c;
-- With LIMIT, only baselines of rows that are read are checked.
SELECT (csat_limits(tally, k) OVER (ORDER BY k)).centre FROM published LIMIT 1;
-- The hint has the name of the column, and the schema if it isn't in the search_path.
\set VERBOSITY default
SELECT csat_funnel(published.tally) OVER () FROM (SELECT tally FROM published UNION ALL SELECT '1..3 {1,2,3}') published;
CREATE SCHEMA elsewhere;
ALTER EXTENSION ces SET SCHEMA elsewhere;
SELECT elsewhere.csat_funnel(tally) OVER () FROM (SELECT tally FROM published UNION ALL SELECT '1..3 {1,2,3}') published;
SELECT elsewhere.csat_limits(tally) OVER () FROM published;
SELECT (elsewhere.csat_limits(tally) OVER (ORDER BY k)).value FROM published;
ALTER EXTENSION ces SET SCHEMA public;
DROP SCHEMA elsewhere;
-- As an operator, without a window; and types that somebody has changed.
CREATE OPERATOR public.### (FUNCTION = csat_funnel, RIGHTARG = ces_tally);
SELECT ### tally FROM published;
DROP OPERATOR ### (NONE, ces_tally);
BEGIN;
ALTER TYPE ces_limits_point ADD ATTRIBUTE note text;
SELECT csat_limits(tally) OVER (ORDER BY k) FROM published;
ROLLBACK;
BEGIN;
ALTER TYPE ces_limits_point ADD ATTRIBUTE note text;
SELECT ces_limits_bar(ROW(1, 2, 3, 4, NULL, NULL), 0, 100);
ROLLBACK;
BEGIN;
SET LOCAL client_min_messages = warning;
ALTER TYPE ces_funnel_point DROP ATTRIBUTE z CASCADE;
SELECT csat_funnel(tally) OVER () FROM published;
ROLLBACK;
