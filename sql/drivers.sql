--
-- ces_drivers: an outcome and its possible drivers, and the regression on them
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET extra_float_digits = 0;

-- By hand.  Of eight customers, four were transferred; a transfer costs 2 points.
CREATE TEMP TABLE answers (effort integer, transferred boolean, wait integer);
INSERT INTO answers VALUES (7, false, 0), (6, false, 1), (6, false, 1), (5, false, 2),
                           (5, true, 0), (4, true, 1), (4, true, 1), (3, true, 2);
-- n; sum of effort, of effort²; sum of transferred, of it * effort, of its square; and so on.
SELECT ces_drivers(effort, '{transferred,wait}', ARRAY[transferred::int, wait]) FROM answers;
-- effort = 7 - 2 transferred - wait, without an error: R² is 1, and there is nothing to estimate an error from.
SELECT driver, mean, round(coefficient, 9) AS coefficient, round(std_error, 9) AS std_error, p_value, round(vif, 9) AS vif,
       round(relative_weight, 9) AS relative_weight, round(shapley, 9) AS shapley
FROM (SELECT ces_drivers(effort, '{transferred,wait}', ARRAY[transferred::int, wait]) AS d FROM answers) x, ces_driver_report(d);
SELECT f.* FROM (SELECT ces_drivers(effort, '{transferred,wait}', ARRAY[transferred::int, wait]) AS d FROM answers) x, ces_driver_fit(d) f;

-- With one driver there are PostgreSQL's own functions to compare with.
CREATE TEMP TABLE one AS SELECT y, x FROM (VALUES (1, 3), (2, 1), (4, 2), (4, 7), (6, 5), (7, 8), (5, 6), (NULL, 4), (3, NULL)) v (y, x);
SELECT driver, mean, round(mean - regr_avgx, 12) AS mean_off, round(correlation - r, 12) AS correlation_off, round(coefficient - slope, 12) AS coefficient_off,
       round(std_error - error, 12) AS std_error_off, round(vif, 12) AS vif, round(relative_weight - r2, 12) AS relative_weight_off,
       round(shapley - r2, 12) AS shapley_off, n, left_out, round(r_squared - r2, 12) AS r_squared_off, round(adjusted_r_squared - (1 - (1 - r2) * (n - 1) / (n - 2)), 12) AS adjusted_off
FROM (SELECT ces_drivers(y, '{x}', ARRAY[x]) AS d, regr_avgx(y, x)::numeric, corr(y, x)::numeric AS r, regr_slope(y, x)::numeric AS slope, regr_r2(y, x)::numeric AS r2,
             sqrt((regr_syy(y, x) - regr_slope(y, x) * regr_sxy(y, x)) / (regr_count(y, x) - 2) / regr_sxx(y, x))::numeric AS error FROM one) v,
     ces_driver_report(d), ces_driver_fit(d);

-- Booleans, and whole numbers of other types.  A missing value leaves out the row.
SELECT pg_typeof(ces_drivers(effort, '{transferred}', ARRAY[transferred])), count(DISTINCT d::text) AS different
FROM answers, LATERAL (SELECT 1) x, (SELECT unnest(ARRAY[ces_drivers(effort, '{t}', ARRAY[transferred]), ces_drivers(effort::smallint, '{t}', ARRAY[transferred::int]),
  ces_drivers(effort::numeric, '{t}', ARRAY[transferred::int]), ces_drivers(effort::bigint, ARRAY['t'], ARRAY[transferred::int::bigint]), ces_drivers(effort, '{t}', ARRAY[transferred::int::real]),
  ces_drivers(effort::float8, '{t}', ARRAY[transferred::int::numeric])]) AS d FROM answers) y;
SELECT ces_drivers(y, '{a,b}', x) FROM (VALUES (1, ARRAY[1, 2]), (NULL, ARRAY[1, 2]), (1, ARRAY[1, NULL]), (1, NULL), (2, '[0:1]={3,4}')) v (y, x);
SELECT ces_drivers(y, '{a,b}', x) FROM (VALUES (1, ARRAY[true, false]), (NULL, ARRAY[true, true]), (2, ARRAY[true, NULL])) v (y, x);
SELECT ces_drivers(effort, '{transferred}', ARRAY[transferred]) IS NULL AS no_rows FROM answers WHERE false;

-- Not defined: the correlation with an outcome that doesn't vary, and the share of each driver in it.
SELECT driver, mean, correlation, coefficient, std_error, p_value, round(vif, 12) AS vif, relative_weight, shapley, n, r_squared, adjusted_r_squared
FROM (SELECT ces_drivers(4, '{transferred,wait}', ARRAY[transferred::int, wait]) AS d FROM answers) x, ces_driver_report(d), ces_driver_fit(d);
-- As many answers as numbers to estimate.
SELECT driver, round(coefficient, 9) AS coefficient, std_error, p_value, n, round(r_squared, 9) AS r_squared, adjusted_r_squared
FROM (SELECT ces_drivers(y, '{a}', ARRAY[x]) AS d FROM (VALUES (1, 2), (5, 4)) v (y, x)) x, ces_driver_report(d), ces_driver_fit(d);
-- No answers, or too few of them, to say how well the drivers explain.
SELECT f.*, (SELECT count(*) FROM ces_driver_report(d)) AS drivers
FROM (SELECT ces_drivers(NULL::int, '{a,b}', ARRAY[1, 2]) AS d) x, ces_driver_fit(d) f;
SELECT f.* FROM (SELECT ces_drivers(7, '{a,b}', ARRAY[1, 2]) AS d) x, ces_driver_fit(d) f;
-- shapley is for 12 drivers at most.
SELECT count(*) AS drivers, count(shapley) AS shapley, round(sum(relative_weight) - min(r_squared), 12) AS weights_off, round(sum(shapley) - min(r_squared), 12) AS shares_off
FROM generate_series(12, 30, 18) k,
     LATERAL (SELECT ces_drivers((hashint4(n) % 7), (SELECT array_agg('driver ' || i) FROM generate_series(1, k) i), (SELECT array_agg(hashint4(n * 100 + i) % 5) FROM generate_series(1, k) i)) AS d
      FROM generate_series(1, 200) n) x, ces_driver_report(d), ces_driver_fit(d) GROUP BY k ORDER BY k;

-- A driver that says nothing of its own is an error that names it.
SELECT pg_temp.error_of(statement) FROM (VALUES
  ('SELECT ces_driver_report(ces_drivers(effort, ''{transferred,always}'', ARRAY[transferred::int, 1])) FROM answers'),
  ('SELECT ces_driver_report(ces_drivers(effort, ''{transferred,solved,wait}'', ARRAY[transferred::int, (NOT transferred)::int, wait])) FROM answers'),
  ('SELECT ces_driver_report(ces_drivers(effort, ''{transferred,wait,score}'', ARRAY[transferred::int, wait, 100 - 3 * wait + 50 * transferred::int])) FROM answers'),
  ('SELECT ces_driver_report(ces_drivers(7, ''{a,b}'', ARRAY[1, 2]))'), ('SELECT ces_driver_report(ces_drivers(7, ''{a}'', ARRAY[1]))')) v (statement);
-- ces_driver_fit says so without an error, for reports by group.
SELECT what, f.*, (SELECT count(*) FROM ces_driver_report(CASE WHEN f.r_squared IS NOT NULL THEN d END)) AS drivers
FROM (SELECT ces_drivers(effort, '{transferred,always}', ARRAY[transferred::int, 1]) AS constant, ces_drivers(effort, '{transferred,solved}', ARRAY[transferred, NOT transferred]) AS combination,
             ces_drivers(effort, '{a,b}', ARRAY[wait, 1]) FILTER (WHERE wait = 2) AS few, ces_drivers(effort, '{transferred,wait}', ARRAY[transferred::int, wait]) AS good FROM answers) x,
     LATERAL (VALUES ('constant', constant), ('combination', combination), ('few', few), ('good', good)) v (what, d), ces_driver_fit(d) f;

-- Errors
SELECT pg_temp.error_of(statement) FROM (VALUES
  ('SELECT ces_drivers(1, NULL, ARRAY[1])'), ('SELECT ces_drivers(1, ''{NULL}'', ARRAY[1])'), ('SELECT ces_drivers(1, ''{}'', ''{}''::int[])'),
  ('SELECT ces_drivers(1, ''{""}'', ARRAY[1])'), ('SELECT ces_drivers(1, ''{{a},{b}}'', ARRAY[1, 2])'), ('SELECT ces_drivers(1, ''{a,b,a}'', ARRAY[1, 2, 3])'),
  ('SELECT ces_drivers(1, ARRAY[''a'', repeat(''é'', 64)], ARRAY[1, 2])'), ('SELECT ces_drivers(1, ARRAY[repeat(''x'', 253)], ARRAY[1])'),
  ('SELECT ces_drivers(1, array_agg(''d'' || i), array_agg(i)) FROM generate_series(1, 31) i'),
  ('SELECT ces_drivers(1, (SELECT array_agg(''d'' || i) FROM generate_series(1, 31) i), (SELECT array_agg(i) FROM generate_series(1, 31) i))'),
  ('SELECT ces_drivers(1, ''{a}'', ARRAY[1, 2])'), ('SELECT ces_drivers(1, ''{a,b}'', ''{}''::int[])'), ('SELECT ces_drivers(1, ''{a,b}'', ''{{1},{2}}''::int[])'),
  ('SELECT ces_drivers(1.5, ''{a}'', ARRAY[1])'), ('SELECT ces_drivers(1, ''{a,b}'', ARRAY[1, 2.5])'), ('SELECT ces_drivers(1, ''{a}'', ARRAY[''NaN''::float8])'),
  ('SELECT ces_drivers(3.0000001, ''{a}'', ARRAY[1])'), ('SELECT ces_drivers(1, ''{a}'', ARRAY[2147483648])'), ('SELECT ces_drivers(-2147483649, ''{a}'', ARRAY[1])'), ('SELECT ces_drivers(''Infinity''::float8, ''{a}'', ARRAY[1.0])'),
  ('SELECT ces_drivers(1, ARRAY[name], ARRAY[1]) FROM (VALUES (''a''), (''b'')) v (name)'),
  ('SELECT ces_drivers(1, ''{a,b}'', ARRAY[1, 2]) + ces_drivers(1, ''{b,a}'', ARRAY[1, 2])'),
  ('SELECT ces_drivers(1, ''{a}'', ARRAY[1]) - ces_drivers(1, ''{b}'', ARRAY[1])'),
  ('SELECT ces_drivers(1, ''{a}'', ARRAY[1]) - ces_drivers(1, ''{a}'', ARRAY[2])'),
  ('SELECT ces_drivers(1, ''{a}'', ARRAY[1]) - ces_drivers(NULL, ''{a}'', ARRAY[1])'),
  ('SELECT ces_rollup(d) FROM (SELECT ces_drivers(1, ARRAY[name], ARRAY[1]) AS d FROM (VALUES (''a''), (''b'')) v (name) GROUP BY name) x')) v (statement);
-- The longest name
SELECT length(ces_drivers(1, ARRAY[repeat('é', 63)], ARRAY[1])::text);
-- The largest numbers
SELECT ces_drivers(y, '{a,b}', ARRAY[x, y]) FROM (VALUES (2147483647, -2147483648), (-2147483648, -2147483648)) v (y, x);
SELECT ces_drivers(y, '{a}', ARRAY[x]) FROM (VALUES (2147483647.0, -2147483648.0::float8)) v (y, x);

-- The most answers, all of them 2147483647 with -2147483648; one more is too many.
SELECT format('{"a"} left out %s {{%s},{%s,%s},{%s,%s,%s}}', n, n, n * y, n * y * y, n * x, n * x * y, n * x * x) AS most
FROM (VALUES (2305843009213693951.0::numeric(20), 2147483647::numeric, -2147483648::numeric)) v (n, y, x) \gset
SELECT :'most'::ces_drivers, :'most'::ces_drivers::text = :'most' AS same, n, left_out, r_squared FROM ces_driver_fit('{"a"} left out 2305843009213693951 {{0},{0,0},{0,0,0}}');
SELECT pg_temp.error_of(statement) FROM (VALUES
  (format('SELECT ces_driver_report(%L)', :'most')), (format('SELECT %L::ces_drivers + ces_drivers(1, ''{a}'', ARRAY[1])', :'most')), (format('SELECT %L::ces_drivers + ces_drivers(NULL, ''{a}'', ARRAY[1])', :'most')),
  (format('SELECT _ces_drivers_accum(%L::ces_drivers, 1, ''{a}'', ARRAY[1])', :'most')), (format('SELECT _ces_drivers_accum(%L::ces_drivers, NULL, ''{a}'', ARRAY[1])', :'most'))) v (statement);
-- Support functions called by hand change no value, and take nothing out that isn't there.
SELECT _ces_drivers_accum(d, 7, '{a}', ARRAY[2]), _ces_drivers_accum_inv(d, 3, '{a}', ARRAY[4]), _ces_drivers_combine(d, d), _ces_drivers_final(d), d, _ces_drivers_combine_inv(d, d + d) IS NULL AS not_there,
       _ces_drivers_accum_inv('{"a"} left out 0 {{0},{0,0},{0,0,0}}', 1, '{a}', ARRAY[1]) IS NULL AS nor_there, _ces_drivers_accum_inv(NULL, 1, '{a}', ARRAY[1])
FROM (SELECT ces_drivers(3, '{a}', ARRAY[4]) AS d) x;

-- Adding and subtracting
SELECT ces_drivers(effort, '{transferred,wait}', ARRAY[transferred::int, wait]) FILTER (WHERE wait < 1) AS a,
       ces_drivers(effort, '{transferred,wait}', ARRAY[transferred::int, wait]) FILTER (WHERE wait >= 1) AS b,
       ces_drivers(effort, '{transferred,wait}', ARRAY[transferred::int, wait]) AS c FROM answers \gset
SELECT (:'a'::ces_drivers + :'b')::text = :'c' AS sum, (:'c'::ces_drivers - :'b')::text = :'a' AS difference, :'c'::ces_drivers - :'c';

-- Values below zero, in comparison with the same ones from 0 on: the mean moves, and nothing else.
SELECT b.driver, a.mean - b.mean AS moved, round(a.coefficient - b.coefficient, 12) AS coefficient_off, round(a.std_error - b.std_error, 12) AS std_error_off
FROM (SELECT ces_drivers(y, '{x}', ARRAY[x]) AS a, ces_drivers(y, '{x}', ARRAY[x - 9]) AS b FROM one) d, ces_driver_report(a) a, ces_driver_report(b) b;
-- Sums of which no two columns contradict each other, but all together do: no harm is done.
SELECT count(*) AS drivers FROM ces_driver_report('{"a","b"} left out 0 {{1000},{0,1000},{0,900,1000},{0,900,-900,1000}}');

-- Equality: the same drivers and the same sums, however wide the numbers are stored.
SELECT a = b AS eq, a <> b AS ne, a = c AS other_sums, a = d AS other_names, a = e AS others_left_out, a <> c AS ne_other, _ces_drivers_accum(a, NULL, '{a}', ARRAY[1]) = e AS wide,
       _ces_drivers_hash(a) = _ces_drivers_hash(_ces_drivers_combine(a, '{"a"} left out 0 {{0},{0,0},{0,0,0}}')) AS same_hash, _ces_drivers_hash(a) = _ces_drivers_hash(c) AS other_hash,
       _ces_drivers_hash_extended(a, 7) = _ces_drivers_hash_extended(b, 7) AS same_seeded, _ces_drivers_hash_extended(a, 0) = _ces_drivers_hash_extended(a, 7) AS other_seed
FROM (SELECT ces_drivers(1, '{a}', ARRAY[2]) FILTER (WHERE first) AS a, ces_drivers(1, '{a}', ARRAY[2]) FILTER (WHERE first) AS b, ces_drivers(1, '{a}', ARRAY[3]) FILTER (WHERE first) AS c, ces_drivers(1, '{b}', ARRAY[2]) FILTER (WHERE first) AS d,
             ces_drivers(y, '{a}', ARRAY[2]) FILTER (WHERE first OR y IS NULL) AS e FROM (VALUES (1, true), (NULL, false)) v (y, first)) x;
SELECT count(*) AS rows, count(DISTINCT d::text) AS texts, (SELECT count(*) FROM (SELECT DISTINCT d FROM (SELECT ces_drivers(effort, '{a}', ARRAY[wait]) AS d FROM answers GROUP BY ctid) a) b) AS distinct
FROM (SELECT ces_drivers(effort, '{a}', ARRAY[wait]) AS d FROM answers GROUP BY ctid) x;

-- Text and binary form
SELECT v::ces_drivers::text = v AS same FROM (VALUES
  ('{"a"} left out 0 {{0},{0,0},{0,0,0}}'), ('{"a","b c","say \"x\" \\","Zoë"} left out 7 {{1},{3,9},{0,0,0},{-1,-3,0,1},{2,6,0,-2,4},{5,15,0,-5,10,25}}')) v (v);
SELECT E' {\t"a" , "b"}left out  1{ {1} , {2,4},{ 0,0,0},{1,2, -0 ,1 } } '::ces_drivers;
SELECT pg_temp.error_of(format('SELECT %L::ces_drivers', text)) FROM (VALUES
  (''), ('{'), ('{}'), ('{a} left out 0 {{0},{0,0},{0,0,0}}'), ('{"a'), ('{"a\'), ('{"a" "b"} left out 0 {{0},{0,0},{0,0,0}}'), ('{""} left out 0 {{0},{0,0},{0,0,0}}'),
  ('{"a","a"} left out 0 {{0},{0,0},{0,0,0},{0,0,0,0}}'), ('{"a"} left in 0 {{0},{0,0},{0,0,0}}'), ('{"a"} left out x {{0},{0,0},{0,0,0}}'), ('{"a"} left out 0 {0},{0,0},{0,0,0}}'),
  ('{"a"} left out 0 {{0}{0,0},{0,0,0}}'), ('{"a"} left out 0 {{0},{0},{0,0,0}}'), ('{"a"} left out 0 {{0},{0,0,0},{0,0,0}}'), ('{"a"} left out 0 {{0},{0,0},{0,0,0}} x'), ('{"a"} left out 0 {{0},{0,0},{0,0,-}}'),
  ('{' || repeat('"a",', 30) || '"b"}'),
  -- sums that don't agree: negative numbers of rows, too many, sums of nothing, too large for so few, a square below zero, a correlation above 1
  ('{"a"} left out -1 {{0},{0,0},{0,0,0}}'), ('{"a"} left out 0 {{-1},{0,0},{0,0,0}}'), ('{"a"} left out 0 {{2305843009213693952},{0,0},{0,0,0}}'), ('{"a"} left out 2305843009213693952 {{0},{0,0},{0,0,0}}'),
  ('{"a"} left out 0 {{0},{1,1},{0,0,0}}'), ('{"a"} left out 0 {{1},{2147483649,1},{0,0,0}}'), ('{"a"} left out 0 {{1},{1,4611686018427387905},{0,0,0}}'),
  ('{"a"} left out 0 {{2},{2,1},{0,0,0}}'), ('{"a"} left out 0 {{2},{1,1},{1,5,1}}'),
  ('{"a"} left out 0 {{1},{1,1},{0,0,99999999999999999999999999999999999999999999999999999999999999}}')) v (text);
CREATE TEMP TABLE received (d ces_drivers);
\set binary '_ces_drivers_send(ces_drivers \'{"a","Zoë"} left out 3 {{2},{3,5},{-1,-1,1},{9,14,-4,41}}\')'
SELECT :binary;
SELECT pg_temp.printf_of(:binary) AS copy \gset
COPY received FROM PROGRAM :'copy' (FORMAT binary);
SELECT pg_temp.printf_of(set_byte(:binary, 0, 2)) AS version, pg_temp.printf_of(set_byte(:binary, 1, 0)) AS none, pg_temp.printf_of(set_byte(:binary, 1, 31)) AS many,
       pg_temp.printf_of(set_byte(:binary, 31, 255)) AS sums, pg_temp.printf_of(:binary || '\x00') AS longer, pg_temp.printf_of(substr(:binary, 1, 100)) AS shorter, pg_temp.printf_of(set_byte(:binary, 2, 255)) AS length \gset
\set VERBOSITY sqlstate
COPY received FROM PROGRAM :'version' (FORMAT binary);
COPY received FROM PROGRAM :'none' (FORMAT binary);
COPY received FROM PROGRAM :'many' (FORMAT binary);
COPY received FROM PROGRAM :'sums' (FORMAT binary);
COPY received FROM PROGRAM :'longer' (FORMAT binary);
COPY received FROM PROGRAM :'shorter' (FORMAT binary);
COPY received FROM PROGRAM :'length' (FORMAT binary);
\set VERBOSITY default
SELECT * FROM received;

-- A value is stored in the narrowest width that holds its numbers.
SELECT pg_column_size(d) FROM (VALUES (ces_drivers '{"a"} left out 0 {{1},{1,1},{2147483647,2147483647,4611686014132420609}}'), ('{"a"} left out 0 {{1},{1,1},{1,1,1}}'),
  ('{"a"} left out 0 {{4},{4,4},{4,4,18446744073709551616}}')) v (d);
SELECT ces_drivers '{"a"} left out 0 {{4},{4,4},{4,4,18446744073709551616}}' + '{"a"} left out 0 {{1},{1,1},{1,1,1}}';

-- Forged values
CREATE CAST (bytea AS ces_drivers) WITHOUT FUNCTION;
-- An empty one; too short; no driver; a width of 5; a name without an end; an empty one; one name too many; 31 drivers; numbers cut short; names beyond the end; a long name
SELECT substr(what, 1, 60) AS value, pg_temp.error_of(format('SELECT %L::bytea::ces_drivers::text', '\x' || what)) ~ 'XX001: invalid ces_drivers value' AS refused
FROM (VALUES
  (''),
  ('0104'),
  ('0004000000000000000000000000000000000000'),
  ('0105020061000000000000000000000000000000000000000000000000000000000000000000000000'),
  ('01040200616200000000000000000000000000000000000000000000000000000000'),
  ('010401000000000000000000000000000000000000000000000000000000000000'),
  ('0104030061000000000000000000000000000000000000000000000000000000000000'),
  ('1f043e00' || repeat('6100', 31) || repeat('00', 4 * 562)),
  ('010402006100000000000000000000000000000000000000000000000000000000'),
  ('0104ffff610000000000000000000000000000000000000000000000000000000000'),
  ('0104fe00' || repeat('78', 253) || '00' || repeat('00', 28))) v (what);
-- True ones, for comparison, and one of which the sums don't agree: no harm is done.
SELECT '\x01040200610000000000000000000000000000000000000000000000000000000000'::bytea::ces_drivers;
SELECT count(*) FROM (SELECT '\x0204040061006200000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f202122232425262728292a2b'::bytea::ces_drivers AS d) x, ces_driver_fit(d);
DROP CAST (bytea AS ces_drivers);
