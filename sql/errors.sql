--
-- Every error, with its SQLSTATE and its hint of what to type instead
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

\pset format unaligned
\pset tuples_only on

-- Scales.
SELECT pg_temp.error_of(format('SELECT %L::ces_scale', input)) FROM unnest(ARRAY[
  '', '7', '1..', '..7', '1..x', '1.5..7', '1..7 top', '1..7 top x', '1..7 bottom', '1..7 middle 4', '1..7 top 5 top 6',
  '1..7 top 5,', '1...7', '1..7..9', 'nsp', 'cesar', '1..7 top5.5', '1..1', '1..7 top 9', '1..7 bottom 0', '5..1 top 6',
  '1..7 top 3 bottom 5', '1..7 top 4 bottom 4', '5..1 top 4 bottom 2', '1..7 top 2', '1..7 bottom 6',
  '7..1 top 6', '7..1 bottom 2', '1..7 top 1', '1..7 bottom 7',
  U&'1..7\00A0', U&'\00A01..7', U&'1..\20037', 'nps_', '1..- 7', '1..--7', '1..+',
  '0..200', '-101..0', '-51..50', '1..99999999999999999999', '-99999999999999999999..1', '1..7 top 99999999999999999999']) input;
SELECT pg_temp.error_of('SELECT ces_scale(1, 1)');
SELECT pg_temp.error_of('SELECT ces_scale(0, 200)');
SELECT pg_temp.error_of('SELECT ces_scale(-2147483648, 2147483647)');
SELECT pg_temp.error_of('SELECT ces_scale(1, 7, 9)');
SELECT pg_temp.error_of('SELECT ces_scale(1, 7, 3, 5)');
SELECT pg_temp.error_of('SELECT ces_scale(1, 7, 2147483647, -2147483648)');

-- Scores off the default scale and off a given scale.
SELECT pg_temp.error_of('SELECT ' || call) FROM unnest(ARRAY[
  'ces_mean(8)', 'ces_topbox(0)', 'nps(11)', 'nps(-1)', 'csat(6)', 'csat(50::smallint)', 'ces_mean(101)',
  'ces_mean(-7)', 'ces_mean(-50)', 'ces_mean(2147483647)', 'ces_mean(-2147483648)',
  'ces_mean(4.5)', 'ces_mean(4.5::real)', 'ces_mean(''NaN''::float8)', 'ces_mean(''Infinity''::float8)', 'ces_mean(''-Infinity''::numeric)',
  'ces_mean(1e300::float8)', 'ces_mean(9223372036854775807)',
  'ces_mean(8, ''1..7'')', 'ces_mean(8::smallint, ''1..7 top 6'')', 'nps(4.5, ''1..5'')', 'csat(0, ''5..1'')',
  'ces_mean(''NaN''::float8, ''0..100'')']) call;

-- The score as it is, however few digits are shown elsewhere.
SET extra_float_digits = -15;
SELECT pg_temp.error_of('SELECT ces_mean(4.5)');
SELECT pg_temp.error_of('SELECT ces_box(4.000000001, ''1..7'')');
RESET extra_float_digits;

-- The hint works.
SELECT ces_mean(score) FILTER (WHERE score <@ '1..7') FROM unnest(ARRAY[4, 8]) score;
SELECT ces_mean(score, '0..10') FROM unnest(ARRAY[4, 8]) score;
-- In a window the hint can't name the aggregate.
SELECT pg_temp.error_of('SELECT nps(11) OVER ()');

-- Two scales in one group, and a NULL scale.
SELECT pg_temp.error_of($$SELECT ces_mean(x, s) FROM (VALUES (1, '1..7'::ces_scale), (1, '1..5')) v (x, s)$$);
SELECT pg_temp.error_of($$SELECT ces_mean(x, s) FROM (VALUES (1, '1..7'::ces_scale), (1, '1..7 top 6')) v (x, s)$$);
SELECT pg_temp.error_of($$SELECT ces_mean(x, s) OVER () FROM (VALUES (1, '1..7'::ces_scale), (1, '7..1')) v (x, s)$$);
SELECT pg_temp.error_of($$SELECT _ces_tally_combine('1..7 {1,0,0,0,0,0,0}', '1..5 {1,0,0,0,0}')$$);
SELECT pg_temp.error_of($$SELECT _ces_tally_combine_inv('1..7 {1,0,0,0,0,0,0}', '1..5 {1,0,0,0,0}')$$);
SELECT pg_temp.error_of($$SELECT ces_mean(1, NULL)$$);
SELECT pg_temp.error_of($$SELECT ces_mean(x, s) FROM (VALUES (1, '1..7'::ces_scale), (1, NULL)) v (x, s)$$);

-- Tallies in text form.
SELECT pg_temp.error_of(format('SELECT %L::ces_tally', input)) FROM unnest(ARRAY[
  '', '1..3', '{1,2,3}', '1..3 1,2,3', '1..3 {1,2,3', '1..3 {1,2,3} x', '1..3 {1,2}', '1..3 {1,2,3,4}', '1..3 {}', '1..3 {1,,3}',
  '1..3 {1,2,}', '1..3 {1 2 3}', '1..3 {1,2,x}', '1..3 {1,2,3.5}', '1..3 {1,2,0x3}', U&'1..3 {1,2,\00A03}', '1..3 {1,2,- 3}', '1..3 {1,NULL,3}', '1..3 {1,2,NaN}',
  '1..3 {1,-2,3}', '1..3 {1,2,9223372036854775808}', '1..3 {1,2,-9223372036854775809}', '1..3 {1,2,99999999999999999999999999999999999999}',
  '1..3 {1,0,9223372036854775807}', '1..1 {1}', '0..200 {1}', '1..x {1,2,3}', '1..7 top 9 {1,1,1,1,1,1,1}', '1..3 {1,2,3} {1,2,3}']) input;
-- Far more counts than any scale has points.
SELECT pg_temp.error_of('SELECT (''1..3 {'' || repeat(''1,'', 100000) || ''1}'')::ces_tally')::varchar(100);

-- Counts below zero and beyond bigint.
SELECT pg_temp.error_of($$SELECT _ces_tally_accum_inv('1..7 {0,0,0,0,0,0,3}', 5)$$);
SELECT pg_temp.error_of($$SELECT _ces_tally_accum_inv('1..7 {0,0,0,0,0,0,5000000000}', 5)$$);
SELECT pg_temp.error_of($$SELECT _ces_tally_accum('1..7 {0,0,0,0,0,0,9223372036854775807}', 7)$$);
SELECT pg_temp.error_of($$SELECT _ces_tally_accum('1..7 {0,0,0,0,0,0,9223372036854775807}', 1)$$);
SELECT pg_temp.error_of($$SELECT _ces_tally_combine('1..3 {1,0,0}', '1..3 {0,0,9223372036854775807}')$$);
SELECT pg_temp.error_of($$SELECT _ces_tally_combine('1..3 {0,0,1}', '1..3 {0,0,9223372036854775807}')$$);
SELECT _ces_tally_accum('1..7 {0,0,0,0,0,0,9223372036854775806}', 7);

-- Functions on tallies.
SELECT pg_temp.error_of('SELECT ' || call) FROM unnest(ARRAY[
  $$'1..3 {1,2,3}'::ces_tally + '3..1 {1,2,3}'$$, $$'1..3 {1,2,3}'::ces_tally - '1..3 top 2 {1,2,3}'$$,
  $$'1..3 {1,2,3}'::ces_tally - '1..3 {1,2,4}'$$, $$'1..3 {0,0,300}'::ces_tally - '1..3 {1,0,0}'$$,
  $$'1..3 {1,2,3}'::ces_tally + '1..3 {0,0,9223372036854775807}'$$, $$'1..3 {0,0,9223372036854775807}'::ces_tally + '1..3 {0,0,9223372036854775807}'$$,
  $$ces_from_counts('1..3', '{1,2}')$$, $$ces_from_counts('1..3', '{1,2,3,4}')$$, $$ces_from_counts('1..3', '{}')$$,
  $$ces_from_counts('1..3', '{1,NULL,3}')$$, $$ces_from_counts('1..3', '{1,-2,3}')$$, $$ces_from_counts('1..3', '{{1,2,3}}')$$,
  $$ces_from_counts('1..3', '{1,9223372036854775807,0}')$$, $$ces_from_counts('1..3', '{1}')$$,
  $$ces_topbox('1..3 {1,2,3}'::ces_tally, 4)$$, $$ces_bottombox('1..3 {1,2,3}'::ces_tally, 0)$$,
  $$ces_tally(4, '1..3')$$, $$ces_tally(1, NULL)$$, $$ces_tally(1, '1..3', NULL)$$, $$ces_tally(1, '1..3', -1)$$, $$ces_tally(4, '1..3', 0)$$,
  $$ces_tally(x, '1..3', 9223372036854775807) FROM generate_series(1, 2) x$$,
  $$ces_tally(x, '1..3', 4611686018427387904) OVER (ORDER BY x ROWS 1 PRECEDING) FROM generate_series(1, 3) x$$,
  $$ces_rollup(t) FROM (VALUES ('1..3 {1,2,3}'::ces_tally), ('3..1 {1,2,3}')) v (t)$$,
  $$ces_rollup(t) FROM (VALUES ('1..3 {1,2,3}'::ces_tally), ('1..3 {9223372036854775807,0,0}')) v (t)$$]) call;

-- Binary forms made by hand, in files that COPY reads.
CREATE TABLE binary_scale (scale ces_scale);
CREATE TABLE binary_tally (tally ces_tally);
CREATE FUNCTION pg_temp.copy_of(field bytea, type text) RETURNS text LANGUAGE sql AS
  $$SELECT format('\copy binary_%s FROM PROGRAM ''%s'' (FORMAT binary)', type, pg_temp.printf_of(field))$$;
-- Valid.
SELECT pg_temp.copy_of('\x01070503', 'scale') AS command \gset
:command
-- Too short.
SELECT pg_temp.copy_of('\x010705', 'scale') AS command \gset
:command
-- Too long.
SELECT pg_temp.copy_of('\x0107050303', 'scale') AS command \gset
:command
-- Empty.
SELECT pg_temp.copy_of('', 'scale') AS command \gset
:command
-- One point.
SELECT pg_temp.copy_of('\x01010101', 'scale') AS command \gset
:command
-- Boxes that overlap.
SELECT pg_temp.copy_of('\x01070305', 'scale') AS command \gset
:command
-- A cut off the scale.
SELECT pg_temp.copy_of('\x01070903', 'scale') AS command \gset
:command
-- Too many points.
SELECT pg_temp.copy_of('\x9c640100', 'scale') AS command \gset
:command
-- Out of range.
SELECT pg_temp.copy_of('\x807f0100', 'scale') AS command \gset
:command
-- Valid.
SELECT pg_temp.copy_of('\x01 01030301 0000000000000005 0000000000000000 0000000000000007', 'tally') AS command \gset
:command
-- Another version.
SELECT pg_temp.copy_of('\x02 01030301 0000000000000005 0000000000000000 0000000000000007', 'tally') AS command \gset
:command
-- Empty.
SELECT pg_temp.copy_of('', 'tally') AS command \gset
:command
-- Truncated in the scale.
SELECT pg_temp.copy_of('\x01 010303', 'tally') AS command \gset
:command
-- Truncated in the counts.
SELECT pg_temp.copy_of('\x01 01030301 0000000000000005 0000000000000000 00000000000000', 'tally') AS command \gset
:command
-- A count missing.
SELECT pg_temp.copy_of('\x01 01030301 0000000000000005 0000000000000000', 'tally') AS command \gset
:command
-- A count too many.
SELECT pg_temp.copy_of('\x01 01030301 0000000000000005 0000000000000000 0000000000000007 0000000000000000', 'tally') AS command \gset
:command
-- A negative count.
SELECT pg_temp.copy_of('\x01 01030301 0000000000000005 ffffffffffffffff 0000000000000007', 'tally') AS command \gset
:command
-- Too many answers.
SELECT pg_temp.copy_of('\x01 01030301 7fffffffffffffff 0000000000000001 0000000000000000', 'tally') AS command \gset
:command
-- A scale of one point.
SELECT pg_temp.copy_of('\x01 01010101 0000000000000005', 'tally') AS command \gset
:command
-- A scale out of range, with counts to match.
SELECT pg_temp.copy_of('\x01 80 7f 01 00' || decode(repeat('0000000000000001', 256), 'hex'), 'tally') AS command \gset
:command
-- Noise.
SELECT pg_temp.copy_of(decode(repeat('ff', 1000), 'hex'), 'tally') AS command \gset
:command
-- The SQLSTATEs of a bad scale, a bad version and a bad count.
\set VERBOSITY sqlstate
SELECT pg_temp.copy_of('\x01010101', 'scale') AS command \gset
:command
SELECT pg_temp.copy_of('\x02 01030301 0000000000000005 0000000000000000 0000000000000007', 'tally') AS command \gset
:command
SELECT pg_temp.copy_of('\x01 01030301 0000000000000005 ffffffffffffffff 0000000000000007', 'tally') AS command \gset
:command
\set VERBOSITY default
SELECT * FROM binary_scale;
SELECT * FROM binary_tally;
DROP TABLE binary_scale, binary_tally;

-- Soft errors (PostgreSQL 16 and later): bad text is reported, not raised.
DO $$
DECLARE
  bad record; valid boolean;
BEGIN
  IF current_setting('server_version_num')::int < 160000 THEN RETURN; END IF;
  FOR bad IN SELECT * FROM (VALUES ('1..x', 'ces_scale'), ('1..1', 'ces_scale'), ('0..200', 'ces_scale'), ('-70..70', 'ces_scale'),
      ('1..7 top 9', 'ces_scale'), ('1..7 top 3 bottom 5', 'ces_scale'),
      ('1..3', 'ces_tally'), ('1..x {1}', 'ces_tally'), ('1..3 {1,2}', 'ces_tally'), ('1..3 {1,2,x}', 'ces_tally'),
      ('1..3 {1,-2,3}', 'ces_tally'), ('1..3 {1,2,9223372036854775808}', 'ces_tally'), ('1..3 {1,2,9223372036854775807}', 'ces_tally'),
      ('{', 'ces_drivers'), ('{""}', 'ces_drivers'), ('{"a","a"}', 'ces_drivers'), ('{"' || repeat('a', 64) || '"}', 'ces_drivers'), ('{"a"} left out x', 'ces_drivers'), ('{"a"} left out 0 {{-1},{0,0},{0,0,0}}', 'ces_drivers')) v (text, type)
  LOOP
    EXECUTE 'SELECT pg_input_is_valid($1, $2)' INTO valid USING bad.text, bad.type;
    IF valid IS DISTINCT FROM false THEN RAISE EXCEPTION '% "%" is said to be valid', bad.type, bad.text; END IF;
  END LOOP;
  EXECUTE $q$SELECT pg_input_is_valid('1..7', 'ces_scale') AND pg_input_is_valid('1..3 {1,2,3}', 'ces_tally') AND pg_input_is_valid('{"a"} left out 0 {{0},{0,0},{0,0,0}}', 'ces_drivers')
    AND (pg_input_error_info('1..x', 'ces_scale')).message = 'invalid input syntax for type ces_scale: "1..x"'$q$ INTO valid;
  IF valid IS DISTINCT FROM true THEN RAISE EXCEPTION 'good input is said to be invalid, or the error has another message'; END IF;
END $$;
