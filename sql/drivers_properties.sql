--
-- ces_drivers on random data: the regression is that of R; serial, parallel, spilled, partitioned,
-- windowed and rolled up give the same, bit for bit
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET extra_float_digits = 0;
SET jit = off;

-- Compared with R: data sets of 1 to 15 drivers, and mtcars with the published relative weights and shares (test/reference/drivers.R).
-- The error is relative to R's value, or for those below 0.001 to 0.001.  NULL where R gives NA, and only there.
CREATE FUNCTION pg_temp.off(value numeric, expected float8) RETURNS float8 LANGUAGE sql AS
  $$SELECT CASE WHEN (value IS NULL) <> (expected IS NULL) THEN 'Infinity' ELSE abs(value::float8 - expected) / greatest(abs(expected), 0.001) END$$;
\set reference :abs_srcdir '/test/reference/drivers.sql'
\set ECHO none
\i :reference
\set ECHO all
CREATE TEMP TABLE summed AS SELECT set, ces_drivers(outcome, names, drivers) AS d FROM driver_rows JOIN fit_reference USING (set) GROUP BY set;
SELECT count(*) AS sets, bool_and((f.n, f.left_out) = (r.n, r.left_out)) AS same_n, max(pg_temp.off(f.r_squared, r.r_squared)) < 1e-10 AS r_squared, max(pg_temp.off(f.adjusted_r_squared, r.adjusted_r_squared)) < 1e-10 AS adjusted_r_squared
FROM summed JOIN fit_reference r USING (set), ces_driver_fit(d) f;
SELECT count(*) AS drivers, bool_and(f.driver = names[position]) AS same_names, max(pg_temp.off(f.mean, r.mean)) < 1e-10 AS mean, max(pg_temp.off(f.correlation, r.correlation)) < 1e-10 AS correlation,
       max(pg_temp.off(f.coefficient, r.coefficient)) < 1e-10 AS coefficient, max(pg_temp.off(f.std_error, r.std_error)) < 1e-10 AS std_error, max(pg_temp.off(f.p_value::numeric, r.p_value)) < 1e-10 AS p_value,
       max(pg_temp.off(f.vif, r.vif)) < 1e-10 AS vif, max(pg_temp.off(f.relative_weight, r.relative_weight)) < 1e-10 AS relative_weight, max(pg_temp.off(f.shapley, r.shapley)) < 1e-10 AS shapley
FROM summed JOIN fit_reference USING (set), ROWS FROM (ces_driver_report(d)) WITH ORDINALITY f (driver, mean, correlation, coefficient, std_error, p_value, vif, relative_weight, shapley, position)
JOIN driver_reference r USING (position) WHERE r.set = summed.set;

-- The published ones: mpg ~ cyl + disp + hp + wt, relative weights 0.2096904, 0.1883043, 0.1799590, 0.2706812 (rwa);
-- mpg ~ am + vs + cyl, shares 0.1774892, 0.2027032, 0.3817849, and am + cyl + carb 0.2156848, 0.4173094, 0.1783081 (domir).
SELECT set, driver, round(relative_weight, 7) AS relative_weight, round(shapley, 7) AS shapley FROM summed, ces_driver_report(d) WHERE set <= 3;

-- A survey of 20,000 customers: the outcome, four possible drivers of which one is sometimes missing, and keys.
SELECT setseed(0.13) \g /dev/null
CREATE TEMP TABLE dice AS SELECT n, random() AS a, random() AS b, random() AS c, random() AS d, random() AS e FROM generate_series(1, 20000) n;
CREATE TABLE driver_answers (day integer, channel text, effort integer, transferred integer, repeats integer, wait integer, switched integer);
INSERT INTO driver_answers
SELECT n / 700, (ARRAY['phone', 'chat', 'web', NULL])[1 + (a * 4)::int % 4], CASE WHEN e > 0.03 THEN greatest(1, least(7, round(6.5 - (b < 0.2)::int - 0.8 * floor(c * c * 4) - d * d + e)::int)) END,
       (b < 0.2)::int, floor(c * c * 4)::int, CASE WHEN a > 0.05 THEN (d * d * 3600)::int END, (c > 0.7 AND e > 0.4)::int
FROM dice;
ANALYZE driver_answers;
\set drivers 'ces_drivers(effort, \'{transferred,repeats,wait,switched}\', ARRAY[transferred, repeats, wait, switched])'

-- The sums are those of the definition.
WITH complete AS (SELECT * FROM driver_answers WHERE num_nulls(effort, transferred, repeats, wait, switched) = 0)
SELECT (SELECT :drivers FROM driver_answers)::text
     = format('{"transferred","repeats","wait","switched"} left out %s {{%s},{%s,%s},{%s,%s,%s},{%s,%s,%s,%s},{%s,%s,%s,%s,%s},{%s,%s,%s,%s,%s,%s}}',
         (SELECT count(*) FROM driver_answers) - count(*), count(*), sum(effort), sum(effort * effort), sum(transferred), sum(transferred * effort), sum(transferred * transferred),
         sum(repeats), sum(repeats * effort), sum(repeats * transferred), sum(repeats * repeats), sum(wait), sum(wait * effort), sum(wait * transferred), sum(wait * repeats), sum(wait::bigint * wait),
         sum(switched), sum(switched * effort), sum(switched * transferred), sum(switched * repeats), sum(switched * wait), sum(switched * switched)) AS as_defined FROM complete;

-- Coefficients solve the normal equations: the residuals have no mean and go with no driver.
WITH r AS (SELECT array_agg(coefficient ORDER BY position) AS b, array_agg(mean ORDER BY position) AS m
           FROM (SELECT :drivers AS d FROM driver_answers) x, ROWS FROM (ces_driver_report(d)) WITH ORDINALITY r (driver, mean, correlation, coefficient, std_error, p_value, vif, relative_weight, shapley, position)),
  residuals AS (SELECT effort - avg(effort) OVER () - b[1] * (transferred - m[1]) - b[2] * (repeats - m[2]) - b[3] * (wait - m[3]) - b[4] * (switched - m[4]) AS residual, a.*
                FROM driver_answers a, r WHERE num_nulls(effort, transferred, repeats, wait, switched) = 0)
SELECT round(sum(residual), 6) AS mean, round(sum(residual * transferred), 6) AS transferred, round(sum(residual * repeats), 6) AS repeats, round(sum(residual * wait), 3) AS wait, round(sum(residual * switched), 6) AS switched FROM residuals;

-- Rolled up, by any key and in two steps, it is the whole; and a part can be taken out.
SELECT count(DISTINCT text) AS different FROM (
  SELECT :drivers::text FROM driver_answers
  UNION ALL SELECT ces_rollup(d)::text FROM (SELECT :drivers AS d FROM driver_answers GROUP BY day) x
  UNION ALL SELECT ces_rollup(d)::text FROM (SELECT ces_rollup(d) AS d FROM (SELECT channel, :drivers AS d FROM driver_answers GROUP BY day, channel) x GROUP BY channel) y
  UNION ALL SELECT (ces_rollup(d) FILTER (WHERE day < 9) + ces_rollup(d) FILTER (WHERE day >= 9))::text FROM (SELECT day, :drivers AS d FROM driver_answers GROUP BY day) x
  UNION ALL SELECT ((ces_rollup(d) + min(d::text) FILTER (WHERE day = 3)::ces_drivers) - min(d::text) FILTER (WHERE day = 3)::ces_drivers)::text FROM (SELECT day, :drivers AS d FROM driver_answers GROUP BY day) x
  UNION ALL SELECT ces_rollup(d ORDER BY random())::text FROM (SELECT :drivers AS d FROM driver_answers GROUP BY wait, channel) x
) v (text);

-- Parallel, spilled and sorted
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE plan jsonb;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || query INTO plan;
  RETURN plan;
END $$;
SET max_parallel_workers_per_gather = 0;
CREATE TABLE driver_groups AS SELECT day, channel, :drivers AS d FROM driver_answers GROUP BY day, channel;
CREATE TABLE driver_sets AS SELECT channel, day % 3 AS third, grouping(channel, day % 3) AS level, :drivers AS d FROM driver_answers GROUP BY CUBE (channel, day % 3);
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
\set query 'SELECT day, channel, ' :drivers ' FROM driver_answers GROUP BY 1, 2'
SELECT plan @? '$.** ? (@."Partial Mode" == "Partial")' AS parallel FROM pg_temp.plan_of(:'query') plan;
SELECT count(*) AS groups, count(*) FILTER (WHERE g.d::text IS DISTINCT FROM x.d::text) AS differ
FROM driver_groups g FULL JOIN (SELECT day, channel, :drivers AS d FROM driver_answers GROUP BY day, channel) x ON g.day = x.day AND g.channel IS NOT DISTINCT FROM x.channel;
SELECT (SELECT ces_rollup(d)::text FROM driver_groups) = (SELECT :drivers::text FROM driver_answers) AS same;
RESET max_parallel_workers_per_gather;
SET work_mem = '64kB';
SELECT count(*) AS groups, count(*) FILTER (WHERE g.d::text IS DISTINCT FROM x.d::text) AS differ
FROM driver_groups g FULL JOIN (SELECT day, channel, :drivers AS d FROM driver_answers GROUP BY day, channel) x ON g.day = x.day AND g.channel IS NOT DISTINCT FROM x.channel;
SET enable_hashagg = off;
SELECT count(*) AS groups, count(*) FILTER (WHERE g.d::text IS DISTINCT FROM x.d::text) AS differ
FROM driver_sets g FULL JOIN (SELECT channel, day % 3 AS third, grouping(channel, day % 3) AS level, :drivers AS d FROM driver_answers GROUP BY CUBE (channel, day % 3)) x
  ON g.level = x.level AND g.third IS NOT DISTINCT FROM x.third AND g.channel IS NOT DISTINCT FROM x.channel;
RESET enable_hashagg;
RESET work_mem;
-- Two kinds of drivers in one group are an error in a parallel plan, too.
SELECT pg_temp.error_of('SELECT ces_drivers(effort, ARRAY[''d'' || day % 2], ARRAY[wait]) FROM driver_answers') ~ '22023: cannot combine answers with different drivers' AS refused;

-- Partition by partition
CREATE TABLE driver_parts (LIKE driver_answers) PARTITION BY LIST (day);
CREATE TABLE driver_parts_1 PARTITION OF driver_parts FOR VALUES IN (0, 1, 2, 3, 4, 5, 6, 7, 8, 9);
CREATE TABLE driver_parts_2 PARTITION OF driver_parts DEFAULT;
INSERT INTO driver_parts SELECT * FROM driver_answers;
SET enable_partitionwise_aggregate = on;
SELECT count(*) AS groups, count(*) FILTER (WHERE g.d::text IS DISTINCT FROM x.d::text) AS differ
FROM driver_groups g FULL JOIN (SELECT day, channel, :drivers AS d FROM driver_parts GROUP BY day, channel) x ON g.day = x.day AND g.channel IS NOT DISTINCT FROM x.channel;
SELECT (SELECT :drivers::text FROM driver_parts) = (SELECT :drivers::text FROM driver_answers) AS same;
RESET enable_partitionwise_aggregate;

-- Moving windows: each frame is what its rows give by themselves.
CREATE TEMP TABLE few AS SELECT row_number() OVER (ORDER BY day, wait, effort, repeats, switched, channel, transferred) AS n, * FROM driver_answers LIMIT 400;
SELECT count(*) AS frames, count(*) FILTER (WHERE moving::text IS DISTINCT FROM (SELECT :drivers FROM few f WHERE f.n BETWEEN w.n - 5 AND w.n - 1)::text) AS differ,
       count(*) FILTER (WHERE filtered::text IS DISTINCT FROM (SELECT :drivers FILTER (WHERE transferred = 1) FROM few f WHERE f.n BETWEEN w.n - 5 AND w.n)::text) AS filtered_differ
FROM (SELECT n, :drivers OVER (ORDER BY n ROWS BETWEEN 5 PRECEDING AND 1 PRECEDING) AS moving,
             :drivers FILTER (WHERE transferred = 1) OVER (ORDER BY n ROWS 5 PRECEDING) AS filtered FROM few) w;
SELECT count(*) AS frames, count(*) FILTER (WHERE moving::text IS DISTINCT FROM (SELECT ces_rollup(d) FROM driver_groups g WHERE g.channel IS NOT DISTINCT FROM w.channel AND g.day BETWEEN w.day - 3 AND w.day)::text) AS differ
FROM (SELECT day, channel, ces_rollup(d) OVER (PARTITION BY channel ORDER BY day RANGE 3 PRECEDING) AS moving FROM driver_groups) w;
SELECT count(*) AS frames, count(*) FILTER (WHERE wholes::text IS DISTINCT FROM floats::text) AS floats_differ, count(*) FILTER (WHERE of_booleans::text IS DISTINCT FROM booleans::text) AS booleans_differ
FROM (SELECT ces_drivers(effort, '{a,b}', ARRAY[wait, -repeats]) OVER w AS wholes, ces_drivers(effort::float8, '{a,b}', ARRAY[wait, -repeats]::float8[]) OVER w AS floats,
             ces_drivers(effort, '{a,b}', ARRAY[transferred, switched]) OVER w AS of_booleans, ces_drivers(effort, '{a,b}', ARRAY[transferred = 1, switched = 1]) OVER w AS booleans
      FROM few WINDOW w AS (ORDER BY n ROWS 4 PRECEDING)) x;
-- Whole windows are values of their own.
SELECT count(DISTINCT d::text) AS different FROM (SELECT unnest(array_agg(d)) AS d FROM (SELECT :drivers OVER (ORDER BY n ROWS 3 PRECEDING) AS d FROM few LIMIT 20) x) y;
-- A row that isn't the same when it leaves the frame: the frame is counted anew.
CREATE FUNCTION pg_temp.whim(n bigint) RETURNS integer LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  PERFORM set_config('test.calls', (coalesce(nullif(current_setting('test.calls', true), ''), '0')::int + 1)::text, true);
  RETURN CASE WHEN current_setting('test.calls')::int % 2 = 0 THEN NULL ELSE 1 END;
END $$;
SELECT count(*) AS frames, count(*) FILTER (WHERE f.n + left_out <> least(w.n, 2)) AS differ
FROM (SELECT n, ces_drivers(pg_temp.whim(n), '{a}', ARRAY[1]) OVER (ORDER BY n ROWS 1 PRECEDING) AS d FROM few WHERE n < 20) w, ces_driver_fit(d) f;

DROP TABLE driver_answers, driver_groups, driver_sets, driver_parts;
