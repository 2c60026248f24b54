--
-- Where the whole buckets of a range of time begin and end
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET DateStyle = ISO;
\pset format unaligned

-- Both borders of a local time: lower and upper conditions, >= and < first, then > and <=.
CREATE FUNCTION pg_temp.borders(value timestamp, unit text, zone text DEFAULT '') RETURNS text LANGUAGE sql
RETURN _ces_rollup_border(value, unit, zone, false, false) || ' - ' || _ces_rollup_border(value, unit, zone, false, true) || ', '
  || _ces_rollup_border(value, unit, zone, true, false) || ' - ' || coalesce(_ces_rollup_border(value, unit, zone, true, true)::text, 'none');
SELECT pg_temp.borders('2026-02-04', 'day'), pg_temp.borders('2026-02-04 12:00', 'day'), pg_temp.borders('2026-02-04 23:59:59.999999', 'day');
SELECT unit, pg_temp.borders('2026-02-04 12:34:56.789', unit)
FROM unnest(ARRAY['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']) unit;
SELECT unit, pg_temp.borders('2024-01-01', unit)
FROM unnest(ARRAY['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']) unit;
-- Before Christ, and the ends of time. Nothing is later than infinity.
SELECT value, pg_temp.borders(value, 'month'), pg_temp.borders(value, 'week')
FROM (VALUES (timestamp '0001-01-01'), ('0001-12-15 BC'), ('0003-02-03 BC'), ('4713-01-01 BC'), ('294276-12-31 23:59:59.999999'), ('-infinity'), ('infinity')) v (value);
SELECT _ces_rollup_border(NULL::timestamp, 'day', '', false, false) IS NULL AS null,
       _ces_rollup_border(NULL::timestamptz, 'day', 'UTC', false, false) IS NULL AS null;

-- Days become times; one of them is beyond all times.
SELECT day, _ces_rollup_time(day, false), _ces_rollup_time(day, true)
FROM (VALUES (date '2026-02-04'), ('4714-11-24 BC'), ('294276-12-31'), ('294277-01-01'), ('5874897-12-31'), ('-infinity'), ('infinity')) v (day);

-- Summer time in Amsterdam begins and ends at night: days are what they are. A day begins at 23:00 in UTC, or at 22:00.
SET TimeZone = 'UTC';
CREATE FUNCTION pg_temp.borders(value timestamptz, unit text, zone text) RETURNS text LANGUAGE sql
RETURN _ces_rollup_border(value, unit, zone, false, false) || ' - ' || _ces_rollup_border(value, unit, zone, false, true) || ', '
  || _ces_rollup_border(value, unit, zone, true, false) || ' - ' || _ces_rollup_border(value, unit, zone, true, true);
SELECT value, pg_temp.borders(value, 'day', 'Europe/Amsterdam')
FROM (VALUES (timestamptz '2026-03-28 23:00Z'), ('2026-03-29 12:00Z'), ('2026-03-29 22:00Z'), ('2026-10-24 22:00Z'), ('2026-10-25 23:00Z')) v (value);
-- The hour from 2 to 3 comes twice in autumn, and 2 o'clock is no border. In spring it doesn't come at all.
SELECT value, pg_temp.borders(value, 'hour', 'Europe/Amsterdam')
FROM (VALUES (timestamptz '2026-10-25 00:00Z'), ('2026-10-25 00:30Z'), ('2026-10-25 01:00Z'), ('2026-10-25 01:30Z'), ('2026-10-25 02:00Z'),
      ('2026-03-29 00:30Z'), ('2026-03-29 01:00Z'), ('2026-03-29 01:30Z')) v (value);
-- Newfoundland set the clock back from 00:01 to 23:01: the last minute of a day came after the first one of the next, so midnight is no border.
SELECT value, pg_temp.borders(value, 'day', 'America/St_Johns')
FROM (VALUES (timestamptz '2010-11-06 12:00Z'), ('2010-11-07 12:00Z'), ('2010-11-08 12:00Z')) v (value);
-- Midnight was left out: the day began at 1 o'clock. In Toronto in 1919, it was half past 11 and then half past midnight.
SELECT pg_temp.borders('2017-10-15 03:00Z', 'day', 'America/Sao_Paulo'), pg_temp.borders('2017-10-15 02:59:59Z', 'day', 'America/Sao_Paulo');
SELECT pg_temp.borders('1919-03-31 04:30Z', 'day', 'America/Toronto'), pg_temp.borders('1919-03-31 05:30Z', 'day', 'America/Toronto');
-- Havana went back from 1 o'clock to midnight, Samoa left out a day.
SELECT pg_temp.borders('2010-10-31 04:00Z', 'day', 'America/Havana'), pg_temp.borders('2010-10-31 05:00Z', 'day', 'America/Havana');
SELECT pg_temp.borders('2011-12-30 10:00Z', 'day', 'Pacific/Apia'), pg_temp.borders('2011-12-31 10:00Z', 'day', 'Pacific/Apia');

-- A time in a bucket: when Newfoundland's clock went on from 00:01 to 01:01, the hour from 1 began at 01:01.
SELECT _ces_rollup_start('2010-03-14 01:00', 'hour', 'America/St_Johns') AT TIME ZONE 'America/St_Johns' AS st_johns,
       _ces_rollup_start('2026-03-29 00:00', 'day', 'Europe/Amsterdam') AS usual, _ces_rollup_start('infinity', 'day', 'Europe/Amsterdam') AS never;

-- A timestamp column compared with a timestamptz: as the session's zone has it.
CREATE FUNCTION pg_temp.session_borders(value timestamptz, unit text) RETURNS text LANGUAGE sql
RETURN _ces_rollup_session_border(value, unit, false, false) || ' - ' || _ces_rollup_session_border(value, unit, false, true) || ', '
  || _ces_rollup_session_border(value, unit, true, false) || ' - ' || _ces_rollup_session_border(value, unit, true, true);
SET TimeZone = 'Europe/Amsterdam';
SELECT value AT TIME ZONE 'UTC' AS utc, pg_temp.session_borders(value, 'day')
FROM (VALUES (timestamptz '2026-02-04 23:00Z'), ('2026-02-04 12:00Z'), ('2026-03-28 23:00Z'), ('2026-03-29 22:00Z'), ('2026-10-24 22:00Z')) v (value);
-- Times in the gap, from 2 to 3, are taken for times from 3 to 4: from 2 on, nothing is whole until 4.
SELECT value AT TIME ZONE 'UTC' AS utc, pg_temp.session_borders(value, 'hour')
FROM (VALUES (timestamptz '2026-03-29 00:00Z'), ('2026-03-29 01:00Z'), ('2026-03-29 01:30Z'), ('2026-03-29 02:00Z'), ('2026-10-25 00:30Z'), ('2026-10-25 01:30Z')) v (value);
SELECT _ces_rollup_session_time('2026-02-04'), _ces_rollup_session_time('2026-07-04'), _ces_rollup_session_time('2026-03-29 02:30'),
       _ces_rollup_session_time('infinity'), _ces_rollup_session_time('-infinity');
SELECT _ces_rollup_session_border('infinity', 'day', true, true) IS NULL AS none_is_later, _ces_rollup_session_border('infinity', 'day', false, true);
SET TimeZone = 'UTC';

-- Anyone can call these.
SELECT _ces_rollup_start('294276-12-31 23:30', 'hour', 'Europe/Amsterdam') AT TIME ZONE 'Europe/Amsterdam' AS no_start, _ces_rollup_start('2026-07-01 00:30', 'hour', 'Europe/Amsterdam') AT TIME ZONE 'Europe/Amsterdam' AS no_start;
SELECT pg_temp.error_of($$SELECT _ces_rollup_start('4714-11-24 BC', 'day', 'Asia/Tokyo')$$);
SELECT pg_temp.error_of($$SELECT _ces_rollup_border('2026-02-04'::timestamp, 'fortnight', '', false, false)$$);
SELECT pg_temp.error_of($$SELECT _ces_rollup_border('2026-02-04'::timestamp, 'decade', '', false, false)$$);
SELECT pg_temp.error_of($$SELECT _ces_rollup_border('2026-02-04'::timestamp, 'day', 'Europe/Utrecht', false, false)$$);
SELECT pg_temp.error_of($$SELECT _ces_rollup_border('2026-02-04'::timestamptz, 'day', '', false, false)$$);
SELECT pg_temp.error_of(format('SELECT _ces_rollup_border(%L::timestamptz, %L, %L, false, false)', '2026-02-04', 'day', repeat('x', 300)));
-- A name that is an abbreviation elsewhere, unless both are the same.
SELECT pg_temp.error_of($$SELECT _ces_rollup_border('2026-02-04'::timestamptz, 'day', 'CET', false, false)$$);
SELECT pg_temp.error_of($$SELECT _ces_rollup_border('2026-02-04'::timestamptz, 'day', 'utc', false, false)$$);

-- What borders say is true, of random times around the changes of clocks, and of others.
CREATE TEMPORARY TABLE zone AS
SELECT z FROM unnest(ARRAY['UTC', 'Europe/Amsterdam', 'America/St_Johns', 'America/Sao_Paulo', 'America/Havana', 'America/Toronto', 'Pacific/Apia',
  'Australia/Lord_Howe', 'Asia/Kathmandu', 'America/New_York', 'Africa/Casablanca', 'Europe/Dublin', 'Asia/Manila', 'America/Juneau']) z;
SELECT setseed(0.5);
CREATE TEMPORARY TABLE moment AS
SELECT z, timestamptz '1840-01-01 00:00Z' + trunc(random() * 190 * 365.25 * 1440) * interval '1 minute' AS t FROM zone, generate_series(1, 40);
-- Changes of the offset, looked for hour by hour, and times near them.
INSERT INTO moment
SELECT z, change + (random() * 180 - 90)::int * interval '15 minutes'
FROM zone, LATERAL (
  SELECT h AS change FROM generate_series(timestamptz '2009-01-01 00:00Z', '2012-01-01 00:00Z', '1 hour') h
  WHERE h AT TIME ZONE z - (h - interval '1 hour') AT TIME ZONE z <> interval '1 hour' ORDER BY random() LIMIT 4) c,
  generate_series(1, 10);
INSERT INTO moment
SELECT z, timestamptz '1919-03-31 00:00Z' + n * interval '30 minutes' FROM (VALUES ('America/Toronto')) v (z), generate_series(0, 30) n;
SELECT count(*) > 800 AS many FROM moment;
-- A border is where a bucket begins, on the right side of the value and not far from it. The clock and points in time agree about it, at
-- each quarter of an hour around it. In zones whose clock is steady, it is the nearest.
CREATE TEMPORARY TABLE border AS
SELECT z, t, unit, after, up, _ces_rollup_border(t, unit, z, after, up) AS b
FROM moment, unnest(ARRAY['hour', 'day', 'month']) unit, unnest(ARRAY[false, true]) after, unnest(ARRAY[false, true]) up;
SELECT count(*) FILTER (WHERE date_trunc(unit, b) <> b) AS no_border,
       count(*) FILTER (WHERE CASE WHEN up THEN b AT TIME ZONE z < t + after::int * interval '1 us' ELSE b AT TIME ZONE z > t + after::int * interval '1 us' END) AS wrong_side,
       count(*) FILTER (WHERE abs(extract(epoch FROM b - t AT TIME ZONE z)) > extract(epoch FROM ('3 ' || unit)::interval) + 90000) AS far
FROM border;
SELECT count(*) AS unsure
FROM (SELECT DISTINCT z, b FROM border) d, generate_series(-96, 96) n, LATERAL (SELECT (b AT TIME ZONE z) + n * interval '15 minutes') i (i)
WHERE (i AT TIME ZONE z < b) <> (i < b AT TIME ZONE z);
SELECT count(*) AS not_in_bucket
FROM moment, unnest(ARRAY['minute', 'hour', 'day', 'month']) unit, LATERAL (SELECT date_trunc(unit, t AT TIME ZONE z)) k (k)
WHERE date_trunc(unit, _ces_rollup_start(k, unit, z) AT TIME ZONE z) <> k;
SELECT count(*) AS compared, count(*) FILTER (WHERE b <> CASE WHEN up AND date_trunc(unit, x) < x THEN date_trunc(unit, x) + ('1 ' || unit)::interval ELSE date_trunc(unit, x) END) AS not_nearest
FROM border, LATERAL (SELECT (t + after::int * interval '1 us') AT TIME ZONE z) x (x)
WHERE z IN ('UTC', 'Asia/Kathmandu') AND t > '1990-01-01';
SELECT count(*) FILTER (WHERE _ces_rollup_border(t, unit, '', false, false) <> date_trunc(unit, t)) AS not_before,
       count(*) FILTER (WHERE date_trunc(unit, t) < t AND _ces_rollup_border(t, unit, '', false, true) <> date_trunc(unit, t) + CASE unit WHEN 'quarter' THEN interval '3 months' ELSE ('1 ' || unit)::interval END) AS not_after
FROM generate_series(1, 500) n, LATERAL (SELECT timestamp '0300-06-01 BC' + n * interval '9 years' * random()) r (t),
     unnest(ARRAY['second', 'minute', 'hour', 'day', 'week', 'month', 'quarter', 'year']) unit;
-- The same of timestamps in the session's zone, which become timestamptz.
CREATE TEMPORARY TABLE wrong (z text, t timestamptz, unit text, up boolean, b timestamp, l timestamp);
DO $$
DECLARE
  zone text;
BEGIN
  FOR zone IN SELECT z FROM zone LOOP
    PERFORM set_config('TimeZone', zone, false);
    INSERT INTO wrong
    SELECT z, t, unit, up, b, l
    FROM moment, unnest(ARRAY['hour', 'day']) unit, unnest(ARRAY[false, true]) up, LATERAL (SELECT _ces_rollup_session_border(t, unit, false, up)) s (b),
         generate_series(-120, 120) n, LATERAL (SELECT t AT TIME ZONE zone + n * interval '15 minutes') c (l)
    WHERE z = zone AND CASE WHEN up THEN l >= b AND l < t ELSE l < b AND l >= t END;
  END LOOP;
END $$;
SELECT * FROM wrong LIMIT 5;
