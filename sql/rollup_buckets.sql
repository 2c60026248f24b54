--
-- Expressions of a time, in queries that a rollup by a unit of time answers if they are the same for all times in the unit
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
CREATE SCHEMA rollup_buckets;
SET search_path = rollup_buckets, public;
SET client_min_messages = warning;
SET DateStyle = ISO;
SET TimeZone = 'UTC';
\pset format unaligned
\pset footer off

-- Times all over the years, and around the changes of clocks, the ends of months, and of time.
CREATE TABLE answers (t timestamp, z timestamptz, d date, score int);
SELECT setseed(0.5);
INSERT INTO answers (z, score)
SELECT timestamptz '2024-01-01' + random() * interval '3 years', i % 11 FROM generate_series(1, 6000) i;
INSERT INTO answers (z, score)
SELECT timestamptz '1850-01-01' + random() * interval '250 years', i % 11 FROM generate_series(1, 500) i;
INSERT INTO answers (z, score)
SELECT change + n * interval '15 minutes' + (n % 3) * interval '1 us', abs(n) % 11
FROM unnest(ARRAY['2026-03-29 01:00Z', '2026-10-25 01:00Z', '2010-11-07 02:31Z', '2010-03-14 03:31Z', '2017-10-15 03:00Z', '2011-12-30 10:00Z', '1919-03-31 04:30Z',
  '1994-12-31 10:00Z']::timestamptz[]) change, generate_series(-110, 110) n;
INSERT INTO answers (z, score)
SELECT timestamptz '2025-01-01' + n * interval '1 month' + near, n % 11
FROM generate_series(0, 24) n, unnest(ARRAY['0', '-1 us', '1 us', '-1 day', '28 days 12 hours', '30 days']::interval[]) near;
UPDATE answers SET t = z AT TIME ZONE 'UTC', d = (z AT TIME ZONE 'UTC')::date;
INSERT INTO answers VALUES
  ('infinity', 'infinity', 'infinity', 1), ('-infinity', '-infinity', '-infinity', 2), (NULL, NULL, NULL, 3),
  ('0044-03-15 BC', '0044-03-15 BC', '0044-03-15 BC', 4), ('2300-12-31 23:59:59.999999', '2300-12-31 23:59:59.999999', '2300-12-31', 5);
-- More of the same, so that a rollup is cheaper to read.
INSERT INTO answers SELECT t, z, d, (score + n) % 11 FROM answers, generate_series(1, 5) n;
CREATE INDEX ON answers (t);
CREATE INDEX ON answers (z);
CREATE INDEX ON answers (d);
ANALYZE answers;

-- So is one that counts many answers.
ALTER FUNCTION _ces_tally_accum(ces_tally, integer, ces_scale) COST 1000;

-- Whether a rollup can answer a query, and in capitals, if the result differs from that of the answers.
CREATE FUNCTION pg_temp.ask(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  verdict text;
  results text[];
  result text;
  setting text;
BEGIN
  SELECT CASE WHEN used OR reason LIKE '%estimated cost%' THEN 'rollup' ELSE 'answers' END INTO verdict
  FROM ces_rollup_explain(query) WHERE rollup = 'r'::regclass ORDER BY used DESC LIMIT 1;
  FOREACH setting IN ARRAY ARRAY['on', 'off'] LOOP
    PERFORM set_config('ces.enable_rollups', setting, true);
    EXECUTE format('SELECT md5(string_agg(q::text, E''\n'' ORDER BY q::text COLLATE "C")) FROM (%s) q', query) INTO result;
    results := results || result;
  END LOOP;
  PERFORM set_config('ces.enable_rollups', 'on', true);
  RETURN coalesce(verdict, 'no rollup') || CASE WHEN results[1] IS DISTINCT FROM results[2] THEN ' DIFFERS' ELSE '' END;
EXCEPTION WHEN OTHERS THEN
  RETURN 'error: ' || SQLERRM;
END $$;
-- Which expressions do keys answer?
CREATE FUNCTION pg_temp.tell(key text, VARIADIC expressions text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  expression text;
BEGIN
  EXECUTE format('CALL ces_create_rollup(''r'', %L)', format('SELECT %s AS key, ces_tally(score, ''0..10'') AS tally FROM answers GROUP BY 1', key));
  ANALYZE r_store;
  FOREACH expression IN ARRAY expressions LOOP
    RETURN NEXT pg_temp.ask(format('SELECT %s AS x, nps(score), ces_tally(score, ''0..10''), count(*) FROM answers GROUP BY 1', expression)) || ' | ' || expression;
  END LOOP;
  PERFORM ces_drop_rollup('r');
END $$;
-- Which conditions do? Where they fall within a unit, a part is read from the answers.
CREATE FUNCTION pg_temp.tell_where(key text, VARIADIC conditions text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  condition text;
BEGIN
  EXECUTE format('CALL ces_create_rollup(''r'', %L)', format('SELECT %s AS key, ces_tally(score, ''0..10'') AS tally FROM answers GROUP BY 1', key));
  ANALYZE r_store;
  FOREACH condition IN ARRAY conditions LOOP
    RETURN NEXT pg_temp.ask(format('SELECT nps(score), ces_tally(score, ''0..10''), count(*) FROM answers WHERE %s', condition)) || ' | ' || condition;
  END LOOP;
  PERFORM ces_drop_rollup('r');
END $$;

-- A timestamp by day.
SELECT pg_temp.tell($$date_trunc('day', t)$$,
  $$date_trunc('week', t)$$, $$date_trunc('MONTHS', t)$$, $$date_trunc('decade', t)$$, $$t::date$$, $$t::date + 3$$,
  $$extract(dow FROM t)$$, $$date_part('week', t)$$, $$extract(isoyear FROM t)$$, $$to_char(t, 'YYYY-MM-DD')$$, $$to_char(t, 'IYYY"-W"IW "at" FMDay, TMMonth DDth "HH24"')$$,
  $$to_char(date_trunc('month', t), 'YYYY-MM-DD HH24:MI')$$, $$CASE WHEN t >= '2026-01-01' THEN 'new' ELSE 'old' END$$, $$t IS NULL$$,
  $$date_trunc('week', t + interval '1 day') + interval '-1 day'$$, $$CAST((date_trunc('day', CAST(t AS date)) + (-extract(dow FROM t) * interval '1 day')) AS date)$$,
  $$date_trunc('month', t + interval '1 month')$$, $$date_trunc('day', t - interval '48 hours')$$, $$date_bin('7 days', t, '2026-01-05')$$, $$date_bin('1 day', t, '2027-01-05')$$,
  $$date_trunc('week', t::timestamptz AT TIME ZONE 'UTC')$$, $$date_trunc('month', t AT TIME ZONE 'UTC')$$, $$t::timestamp(6)::date$$, $$upper(to_char(t, 'Mon')) || extract(year FROM t)$$,
  $$date_trunc('month', t::date)$$, $$t::date IN (date '2026-01-01', current_date)$$, $$t < 'infinity'$$, $$(SELECT t::date)$$);
-- What isn't the same all day.
SELECT pg_temp.tell($$date_trunc('day', t)$$,
  $$t$$, $$date_trunc('hour', t)$$, $$extract(hour FROM t)$$, $$extract(epoch FROM t)$$, $$extract(julian FROM t)$$, $$to_char(t, 'HH24')$$, $$to_char(t, 'YYYY SSSS')$$, $$t::text$$,
  $$t > '2026-01-01'$$, $$t >= '2026-01-01 12:00'$$, $$t::time$$, $$t + interval '1 day'$$, $$date_trunc('day', t + interval '1 hour')$$, $$date_trunc('day', t::timestamp(0))$$,
  $$date_bin('12 hours', t, '2026-01-01')$$, $$date_bin('1 day', t, '2026-01-01 06:00')$$, $$trunc(extract(epoch FROM t) / 86400)$$, $$date_trunc('month', t::timestamptz AT TIME ZONE 'Europe/Amsterdam')$$,
  $$greatest(t, '2026-01-01')$$, $$t = '2026-01-01'$$, $$t::time IS NULL$$, $$date_trunc('week', t) IS NULL$$, $$date_trunc('day', t + (now() - now()))$$, $$t::date + (now() - now() > interval '0')::int$$,
  $$date_bin('7 days', t + interval '1 hour', '2026-01-05')$$, $$date_bin('7 days', t, 'infinity')$$, $$to_char(t, E'YYYY\\"MM"')$$, $$to_char(t, 'YYYY "MM')$$);
-- With what is added on the left.
SELECT pg_temp.tell($$t::date$$, $$date_trunc('week', interval '1 day' + t)$$, $$date_trunc('month', interval '1 day' + t::date)$$, $$1 + t::date$$, $$date_trunc('week', 1 + t::date)$$, $$date_trunc('week', interval '1 hour' + t)$$);
-- What a cast rounds is whole already.
SELECT pg_temp.tell($$date_trunc('day', t)::timestamp(0)$$, $$t::date$$, $$date_trunc('month', t)$$, $$date_trunc('day', t)::timestamp(0)$$, $$date_trunc('day', t::timestamp(0))$$);
-- By hour, week, month and year.
SELECT pg_temp.tell($$date_trunc('hour', t)$$,
  $$extract(hour FROM t)$$, $$t::date$$, $$date_trunc('day', t + interval '3 hours')$$, $$date_bin('1 hour', t, '2026-01-01')$$, $$extract(minute FROM t)$$, $$date_trunc('day', t + interval '30 minutes')$$);
SELECT pg_temp.tell($$date_trunc('week', t)::date$$,
  $$date_trunc('week', t)$$, $$extract(week FROM t)$$, $$to_char(t, 'IYYY-IW')$$, $$date_trunc('week', t - interval '7 days')$$, $$date_bin('14 days', t, '2026-01-05')$$,
  $$date_trunc('year', t)$$, $$to_char(t, 'YYYY-WW')$$, $$date_trunc('week', t - interval '1 day')$$, $$date_bin('7 days', t, '2026-01-01')$$, $$t::date$$);
SELECT pg_temp.tell($$date_trunc('month', date_trunc('day', t))$$,
  $$date_trunc('quarter', t)$$, $$to_char(t, 'Month Q')$$, $$date_trunc('month', t + interval '1 month')$$, $$date_trunc('year', t::date::timestamp)$$,
  $$date_trunc('week', t)$$, $$date_trunc('month', t + interval '1 day')$$, $$extract(day FROM t)$$, $$t::date$$);
SELECT pg_temp.tell($$date_trunc('year', t)$$,
  $$extract(century FROM t)$$, $$date_trunc('year', t - interval '1 year')$$, $$extract(isoyear FROM t)$$, $$date_trunc('year', t - interval '1 month')$$, $$extract(month FROM t)$$);
-- Not a unit of time: only the key itself.
SELECT pg_temp.tell($$date_trunc('month', date_trunc('week', t))$$, $$date_trunc('month', date_trunc('week', t))$$, $$date_trunc('year', t)$$);
SELECT pg_temp.tell($$date_trunc('decade', t)$$, $$date_trunc('decade', t)$$, $$date_trunc('century', t)$$);

SELECT pg_temp.tell($$date_trunc('month', t)$$, $$date_bin('7 days', t, '2026-01-05')$$, $$date_trunc('month', t)$$);

-- A date, by month, and by what is less than a day.
SELECT pg_temp.tell($$date_trunc('hour', d::timestamp)$$, $$d$$, $$d + 1$$, $$date_trunc('week', d::timestamp)$$);
SELECT pg_temp.tell($$date_trunc('month', d::timestamp)::date$$,
  $$date_trunc('quarter', d)$$, $$date_trunc('year', d::timestamp)$$, $$extract(month FROM d)$$, $$date_part('year', d)$$, $$to_char(d, 'YYYY-MM')$$, $$d IS NULL$$, $$d <= '2026-01-31'$$,
  $$d$$, $$d + 1$$, $$to_char(d, 'DD')$$, $$d < '2026-01-31'$$);

-- A timestamptz by day in Amsterdam, where that is the session's zone, and where it isn't.
SET TimeZone = 'Europe/Amsterdam';
SELECT pg_temp.tell($$(z AT TIME ZONE 'Europe/Amsterdam')::date$$,
  $$z::date$$, $$date_trunc('week', z)$$, $$extract(dow FROM z)$$, $$to_char(z, 'YYYY-MM')$$, $$date_trunc('month', z, 'Europe/Amsterdam')$$, $$date_trunc('month', z AT TIME ZONE 'europe/amsterdam')$$,
  $$date_trunc('week', z + interval '1 day') - interval '1 day'$$, $$z::timestamp::date$$, $$z >= '2026-01-01'$$, $$z >= '2026-01-01 00:00+00'$$,
  $$date_trunc('hour', z)$$, $$to_char(z, 'YYYY TZ')$$, $$date_trunc('month', z + interval '24 hours')$$, $$date_trunc('month', z AT TIME ZONE 'UTC')$$, $$extract(timezone FROM z)$$, $$extract(epoch FROM z)$$);
SET TimeZone = 'Asia/Tokyo';
SELECT pg_temp.tell($$(z AT TIME ZONE 'Europe/Amsterdam')::date$$,
  $$z::date$$, $$date_trunc('week', z)$$, $$date_trunc('month', z, 'Europe/Amsterdam')$$, $$date_trunc('month', z AT TIME ZONE 'Europe/Amsterdam')$$, $$date_trunc('week', z + interval '1 day')$$);
-- An hour of the clock may have come twice, or begun at 01:01.
SET TimeZone = 'America/St_Johns';
SELECT pg_temp.tell($$date_trunc('hour', z AT TIME ZONE 'America/St_Johns')$$,
  $$extract(hour FROM z)$$, $$date_trunc('day', z)$$, $$z::date$$, $$to_char(z, 'YYYY-MM-DD')$$, $$date_trunc('month', z + interval '1 day')$$, $$date_trunc('hour', z)$$);
SET TimeZone = 'Europe/Amsterdam';
SELECT pg_temp.tell($$date_trunc('day', z AT TIME ZONE 'Europe/Amsterdam') AT TIME ZONE 'Europe/Amsterdam'$$,
  $$date_trunc('day', z)$$, $$z::date$$, $$date_trunc('week', interval '1 day' + z)$$, $$extract(dow FROM z + interval '1 hour')$$, $$date_bin('7 days', z, '2026-01-05')$$, $$date_trunc('hour', z, 'Europe/Amsterdam')$$);
SELECT pg_temp.tell_where($$date_trunc('day', z AT TIME ZONE 'Europe/Amsterdam') AT TIME ZONE 'Europe/Amsterdam'$$, $$z >= '2025-01-01' AND z < '2025-07-01'$$, $$z > '2025-01-01 12:00' AND z <= '2025-07-01 12:00'$$);
-- Not a unit of time: a point in time by a clock, and by one that may be another.
SELECT pg_temp.tell($$z AT TIME ZONE 'Europe/Amsterdam'$$, $$z::date$$, $$z AT TIME ZONE 'Europe/Amsterdam'$$);
SELECT pg_temp.tell($$(z AT TIME ZONE 'CET')::date$$, $$z::date$$, $$(z AT TIME ZONE 'CET')::date$$);
-- A clock that is set forth for a day.
SELECT pg_temp.tell($$date_trunc('day', z AT TIME ZONE 'AAA0BBB,J1/0,J2/0')$$, $$date_trunc('week', z AT TIME ZONE 'AAA0BBB,J1/0,J2/0')$$, $$date_trunc('month', z AT TIME ZONE 'AAA0BBB,J1/0,J2/0' AT TIME ZONE 'AAA0BBB,J1/0,J2/0')$$);
-- UTC goes by many names.
SET TimeZone = 'Etc/UCT';
SELECT pg_temp.tell($$date_trunc('day', z AT TIME ZONE 'UTC')$$,
  $$date_trunc('hour', z)$$, $$date_trunc('week', z)$$, $$date_trunc('week', z AT TIME ZONE 'GMT')$$, $$date_bin('7 days', z, '2026-01-05')$$, $$date_trunc('month', z + interval '24 hours')$$);
-- A timestamptz that is the beginning of a unit.
SET TimeZone = 'America/Sao_Paulo';
SELECT pg_temp.tell($$date_trunc('day', z AT TIME ZONE 'America/Sao_Paulo') AT TIME ZONE 'America/Sao_Paulo'$$,
  $$z::date$$, $$date_trunc('week', z)$$, $$extract(dow FROM z)$$, $$extract(hour FROM z)$$);
-- Kiritimati left out a day, the last one of a year, so that dates as timestamptz can be another day.
SET TimeZone = 'Pacific/Kiritimati';
SELECT pg_temp.tell($$date_trunc('month', d::timestamp)$$, $$date_trunc('quarter', d)$$, $$date_trunc('quarter', d::timestamp)$$);
SELECT pg_temp.tell($$t::date$$, $$date_trunc('month', t::timestamptz)$$, $$date_trunc('month', t::timestamptz AT TIME ZONE 'Pacific/Kiritimati')$$);
SET TimeZone = 'UTC';

-- Seconds, divided: where the query asks for the years around ours, as the digits of a quotient are limited.
CREATE FUNCTION pg_temp.tell_seconds(key text, condition text, VARIADIC expressions text[]) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  expression text;
BEGIN
  EXECUTE format('CALL ces_create_rollup(''r'', %L)', format('SELECT %s AS key, ces_tally(score, ''0..10'') AS tally FROM answers GROUP BY 1', key));
  ANALYZE r_store;
  FOREACH expression IN ARRAY expressions LOOP
    RETURN NEXT pg_temp.ask(format('SELECT %s AS x, nps(score), count(*) FROM answers WHERE %s GROUP BY 1', expression, condition)) || ' | ' || expression;
  END LOOP;
  PERFORM ces_drop_rollup('r');
END $$;
SELECT pg_temp.tell_seconds($$date_trunc('day', t)$$, $$t BETWEEN '2024-02-02T00:00:00Z' AND '2026-06-01T12:34:56Z'$$,
  $$floor(extract(epoch FROM t) / 86400) * 86400$$, $$floor(extract(epoch FROM t) / 604800) * 604800$$, $$floor(date_part('epoch', t) / 86400)$$, $$floor(extract(epoch FROM t)::float8 / 86400)$$,
  $$floor(extract(epoch FROM t) / 43200)$$, $$ceil(extract(epoch FROM t) / 86400)$$, $$extract(epoch FROM t)::bigint / 86400$$, $$floor(extract(epoch FROM t) / 86400.5)$$);
SELECT pg_temp.tell_seconds($$date_trunc('hour', z AT TIME ZONE 'UTC')$$, $$z BETWEEN '2024-02-02T00:00:00Z' AND '2026-06-01T12:34:56Z'$$,
  $$floor(extract(epoch FROM z) / 3600) * 3600$$, $$floor(extract(epoch FROM z) / 86400) * 86400$$, $$floor(extract(epoch FROM z) / 900) * 900$$);
SELECT pg_temp.tell_seconds($$date_trunc('hour', t)$$, $$true$$, $$floor(extract(epoch FROM t) / 86400) * 86400$$);
-- Likewise, days in another zone over hours in UTC, where the query asks for years whose offsets are whole hours.
SELECT pg_temp.tell_seconds($$date_trunc('hour', t)$$, $$t >= '2024-02-02' AND t < '2026-06-01 12:34'$$,
  $$date_trunc('week', t::timestamptz AT TIME ZONE 'Europe/Amsterdam')$$, $$(t AT TIME ZONE 'UTC' AT TIME ZONE 'Europe/Amsterdam')::date$$, $$date_trunc('week', t::timestamptz AT TIME ZONE 'Asia/Kolkata')$$);
SELECT pg_temp.tell_seconds($$date_trunc('hour', z AT TIME ZONE 'UTC')$$, $$z >= '2024-02-02' AND z < '2026-06-01 12:34'$$,
  $$date_trunc('week', z AT TIME ZONE 'Europe/Amsterdam')$$, $$date_trunc('day', z, 'America/New_York')$$, $$date_trunc('week', z AT TIME ZONE 'Asia/Kathmandu')$$);
SELECT pg_temp.tell_seconds($$date_trunc('hour', z AT TIME ZONE 'UTC')$$, $$z >= '2009-02-02' AND z < '2012-06-01'$$, $$date_trunc('week', z AT TIME ZONE 'America/St_Johns')$$);
SELECT pg_temp.tell_seconds($$date_trunc('hour', z AT TIME ZONE 'UTC')$$, $$true$$, $$date_trunc('week', z AT TIME ZONE 'Europe/Amsterdam')$$);
SET TimeZone = 'Europe/Amsterdam';
SELECT pg_temp.tell_seconds($$date_trunc('hour', z AT TIME ZONE 'UTC')$$, $$z >= '2024-02-02' AND z < '2026-06-01 12:34'$$, $$z::date$$, $$extract(hour FROM z)$$);
SET TimeZone = 'UTC';

-- Bounds, on borders and between them, of one type and another.
SELECT pg_temp.tell_where($$date_trunc('day', t)$$,
  $$t >= '2025-01-01' AND t < '2025-07-01'$$, $$t > '2025-01-01' AND t <= '2025-07-01'$$, $$t BETWEEN '2025-01-01 01:23:45' AND '2025-07-01 23:59:59.999'$$, $$t BETWEEN '2025-01-01 01:23:45' AND '2025-07-01 23:59:59.999' AND t::date <> '2025-03-03'$$, $$'2025-01-01' < t AND date '2025-07-01' >= t$$,
  $$t >= date '2025-01-01' AND t <= date '2025-06-30'$$, $$t >= '2025-01-01 02:00+02'::timestamptz AND t <= '2025-06-30 23:59:59.999Z'::timestamptz$$,
  $$t >= to_timestamp('2025-01-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US') AND t < to_timestamp('2025-07-01 00:00:00.000000', 'YYYY-MM-DD HH24:MI:SS.US')$$,
  $$t::timestamptz >= '2025-01-01 12:00Z'$$, $$t >= date_trunc('month', now() - interval '12 months') AND t < now()$$, $$t::date BETWEEN '2025-01-01' AND '2025-06-30'$$,
  $$t >= '2025-01-01 06:00' AND t < '2025-01-01 18:00'$$, $$t >= '2025-01-01 06:00' AND t > '2025-01-03 06:00' AND t < '2025-02-01 18:00' AND t < '2025-02-01 12:00'$$, $$t > '2025-07-01' AND t < '2025-01-01'$$,
  $$t <= 'infinity'$$, $$t > 'infinity'$$, $$t >= 'infinity'$$, $$t < 'infinity'$$, $$t <= '-infinity'$$, $$t > '-infinity'$$, $$t > '-infinity' AND t <= 'infinity'$$, $$t < NULL::timestamp$$,
  $$t >= '4713-01-01 BC' AND t < '294276-12-31'$$, $$t < date '5874897-12-31'$$, $$t >= d$$, $$t >= '2025-01-01' AND t > d$$);
SET TimeZone = 'Europe/Amsterdam';
SELECT pg_temp.tell_where($$date_trunc('hour', t)$$,
  $$t >= '2026-03-29 02:30+01'::timestamptz$$, $$t >= '2026-03-29 01:30Z'::timestamptz AND t < '2026-10-25 00:30Z'::timestamptz$$, $$t < '2026-03-29 01:00Z'::timestamptz$$, $$t <= '2026-10-25 01:00Z'::timestamptz$$);
SELECT pg_temp.tell_where($$(z AT TIME ZONE 'Europe/Amsterdam')::date$$,
  $$z >= '2025-01-01' AND z < '2025-07-01'$$, $$z >= '2025-01-01Z' AND z <= '2025-07-01Z'$$, $$z AT TIME ZONE 'Europe/Amsterdam' >= '2025-01-01'$$, $$z >= timestamp '2025-01-01' AND z <= date '2025-07-01'$$,
  $$z::timestamp >= '2025-01-01 12:00'$$, $$z <= 'infinity'$$, $$z > 'infinity'$$, $$z AT TIME ZONE 'Europe/Amsterdam' >= timestamptz '2025-01-01'$$, $$z >= '2026-03-29' AND z < '2026-03-30'$$);
SELECT pg_temp.tell_where($$date_trunc('hour', z AT TIME ZONE 'Europe/Amsterdam')$$,
  $$z >= '2026-10-25 00:00Z'$$, $$z >= '2026-10-25 00:30Z'$$, $$z < '2026-10-25 01:00Z'$$, $$z < '2026-10-25 01:30Z'$$, $$z AT TIME ZONE 'Europe/Amsterdam' < '2026-10-25 02:30'$$, $$z AT TIME ZONE 'Europe/Amsterdam' >= '2026-10-25 02:00'$$);
SET TimeZone = 'UTC';
SELECT pg_temp.tell_where($$(z AT TIME ZONE 'Europe/Amsterdam')::date$$, $$z::timestamp >= '2025-01-01 12:00'$$);
SELECT pg_temp.tell_where($$date_trunc('day', z AT TIME ZONE 'America/St_Johns')$$,
  $$z >= '2010-11-07 02:29Z'$$, $$z < '2010-11-07 02:30Z'$$, $$z >= '2010-11-07 02:31Z' AND z < '2010-11-07 03:30Z'$$, $$z AT TIME ZONE 'America/St_Johns' >= '2010-11-07'$$);
SELECT pg_temp.tell_where($$date_trunc('month', d::timestamp)::date$$,
  $$d >= '2025-01-01' AND d <= '2025-06-30'$$, $$d > '2024-12-31' AND d < '2025-06-15'$$, $$d BETWEEN '2025-01-15' AND '2025-06-14'$$, $$d < timestamp '2025-06-30 12:00'$$, $$d >= timestamptz '2025-01-01'$$,
  $$d::timestamp >= '2025-01-01 12:00'$$, $$d::timestamp < '2025-02-01'$$, $$d <= 'infinity'$$, $$d > 'infinity'$$, $$d > '-infinity'$$, $$d <= '-infinity'$$, $$d < '5874897-12-31'$$);

ALTER FUNCTION _ces_tally_accum(ces_tally, integer, ces_scale) COST 1;
DROP SCHEMA rollup_buckets CASCADE;
