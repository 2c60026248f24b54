--
-- Contacts: ces_repeated, ces_episode and ces_switches, on tables that can be checked by hand
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET TimeZone = 'Europe/Amsterdam';
SET DateStyle = ISO;

-- What the result should be, beside it.  Contacts 1: a transfer after ten minutes, logged as a contact.  2: two at
-- the same time, one exactly seven days later, one a second more than that.  3: one only.  4: seven days
-- before the end of the data, a second before, twelve hours after.
CREATE TEMP TABLE contact (customer int, at timestamptz, channel text, week text, leg text, episode int);
INSERT INTO contact VALUES
  (1, '2026-03-02 09:00', 'web', 't', 't', 1), (1, '2026-03-02 09:10', 'phone', 't', 't', 1), (1, '2026-03-05 12:00', 'phone', 'f', 'f', 1), (1, '2026-03-20 08:00', 'chat', 'f', 'f', 2),
  (2, '2026-03-03 10:00', 'chat', 't', 't', 1), (2, '2026-03-03 10:00', 'phone', 't', 't', 1), (2, '2026-03-10 10:00', 'phone', 'f', 'f', 1), (2, '2026-03-17 10:00:01', 'web', 'f', 'f', 2),
  (3, '2026-03-04 11:00', 'chat', 'f', 'f', 1),
  (4, '2026-03-24 23:59:59', NULL, 't', 't', 1), (4, '2026-03-25 00:00', 'web', NULL, NULL, 1), (4, '2026-03-25 12:00', NULL, NULL, NULL, 1),
  (5, '2026-03-06 14:00', 'phone', 'f', 'f', 1), (6, '2026-03-06 14:00', 'phone', 't', 'f', 1), (6, '2026-03-06 14:15', 'phone', 'f', 'f', 1),
  (7, '2026-03-06 14:00', 'phone', 't', 't', 1), (7, '2026-03-06 14:15:01', 'phone', 'f', 'f', 1);
SELECT customer, at, channel, ces_repeated(at, '7 days', '2026-04-01') OVER w AS repeated, week AS expected,
       ces_repeated(at, '7 days', '2026-04-01', '15 min') OVER w AS beyond_leg, leg AS expected, ces_episode(at, '7 days') OVER w AS episode, episode AS expected
FROM contact WINDOW w AS (PARTITION BY customer ORDER BY at) ORDER BY customer, at, channel;
SELECT customer, ces_switches(channel ORDER BY at, channel) FROM contact GROUP BY customer ORDER BY customer;
-- The order of the rows with the same time makes no difference, nor do other columns of the window.
SELECT count(*) AS rows, count(*) FILTER (WHERE (a, b) IS DISTINCT FROM (week::boolean, week::boolean) OR episode <> e) AS differ
FROM (SELECT *, ces_repeated(at, '7 days', '2026-04-01') OVER (PARTITION BY customer ORDER BY at, channel) AS a,
             ces_repeated(at, '7 days', '2026-04-01') OVER (PARTITION BY customer ORDER BY at, channel DESC, ctid DESC) AS b,
             ces_episode(at, '7 days') OVER (PARTITION BY customer ORDER BY at, channel DESC ROWS BETWEEN 1 FOLLOWING AND 2 FOLLOWING) AS e
      FROM contact) c;

-- timestamp and date: the same on the clock; a date is its midnight.
SELECT count(*) AS rows, count(*) FILTER (WHERE week::boolean IS DISTINCT FROM r OR leg::boolean IS DISTINCT FROM l OR episode <> e) AS differ
FROM (SELECT *, ces_repeated(local, '7 days', '2026-04-01') OVER w AS r, ces_repeated(local, '7 days', '2026-04-01', '15 min') OVER w AS l, ces_episode(local, '7 days') OVER w AS e
      FROM (SELECT *, at::timestamp AS local FROM contact) c WINDOW w AS (PARTITION BY customer ORDER BY local)) c;
SELECT customer, day, ces_repeated(day, '7 days', '2026-04-01') OVER w AS in_7_days, ces_repeated(day, '6 days', '2026-04-01') OVER w AS in_6_days,
       ces_repeated(day, '36 hours', '2026-04-01') OVER w AS in_36_hours, ces_repeated(day, '7 days', '2026-04-01', '1 day') OVER w AS beyond_a_day,
       ces_episode(day, '7 days') OVER w AS episode, ces_episode(day, '0') OVER w AS day_number
FROM (SELECT customer, at::date AS day FROM contact WHERE customer IN (1, 2, 4)) c WINDOW w AS (PARTITION BY customer ORDER BY day);
SELECT day, ces_repeated(day, '36 hours', '2026-03-10') OVER w AS in_36_hours, ces_repeated(day, '1 day', '2026-03-10') OVER w AS in_a_day
FROM unnest('{2026-03-02,2026-03-03,2026-03-05,2026-03-08,2026-03-09}'::date[]) day WINDOW w AS (ORDER BY day);

-- Days and months follow the calendar of the session's time zone.  The clock goes forward on 29 March, back on 25 October.
CREATE TEMP TABLE clock (pair int, at timestamptz);
INSERT INTO clock VALUES (1, '2026-03-28 12:00'), (1, '2026-03-29 12:30'), (2, '2026-10-24 12:00'), (2, '2026-10-25 11:30');
SELECT at, ces_repeated(at, '1 day', '2027-01-01') OVER w AS in_a_day, ces_repeated(at, '24 hours', '2027-01-01') OVER w AS in_24_hours,
       ces_episode(at, '1 day') OVER w AS by_day, ces_episode(at, '24 hours') OVER w AS by_24_hours
FROM clock WINDOW w AS (PARTITION BY pair ORDER BY at);
SET TimeZone = 'UTC';
SELECT at, ces_repeated(at, '1 day', '2027-01-01') OVER w AS in_a_day, ces_repeated(at, '24 hours', '2027-01-01') OVER w AS in_24_hours
FROM clock WINDOW w AS (PARTITION BY pair ORDER BY at);
SET TimeZone = 'Europe/Amsterdam';
-- A month after each of 28 to 31 January is 28 February, at an earlier hour each time: the next contact is one before.
SELECT at, ces_repeated(at, '1 month 40 min', '2027-01-01', '1 month') OVER (ORDER BY at) AS repeated, expected
FROM (VALUES ('2026-01-28 12:00'::timestamp, false), ('2026-01-29 10:00', false), ('2026-01-30 09:00', true), ('2026-01-31 08:00', true),
        ('2026-02-28 08:30', false), ('2026-02-28 09:30', false), ('2026-02-28 11:00', false), ('2026-02-28 13:00', false)) v (at, expected);
SELECT at, ces_repeated(at, '1 month', '2026-12-31') OVER (ORDER BY at) AS repeated
FROM unnest('{2026-01-31 10:00,2026-02-28 10:00,2026-02-28 11:00,2026-03-31 10:00:01}'::timestamptz[]) at ORDER BY at;

-- within, until, leg and gap are read for each row.
SELECT at, ces_repeated(at, within, until, leg) OVER (ORDER BY at) AS repeated, expected, ces_episode(at, within) OVER (ORDER BY at) AS episode
FROM (VALUES ('2026-03-01'::date, '9 days'::interval, '2026-04-01'::date, '8 days'::interval, true), ('2026-03-02', '9 days', '2026-04-01', '0', true),
        ('2026-03-03', '6 days', '2026-04-01', '0', false), ('2026-03-10', '1 day', '2026-04-01', '3 hours', true), ('2026-03-11', '1 day', '2026-03-12', '0', NULL)) v (at, within, until, leg, expected);

-- Until now, if nothing else is said.
SELECT days, ces_repeated(now() - days * interval '1 day', '7 days') OVER w AS timestamptz,
       ces_repeated(localtimestamp - days * interval '1 day', '7 days') OVER w AS timestamp, ces_repeated(current_date - days, '7 days') OVER w AS date
FROM unnest('{15,9,8,7,6,0,-1}'::int[]) days WINDOW w AS (ORDER BY days DESC);

-- Arguments by name, other types of arguments, and types of the results.
SELECT ces_repeated(at => at, within => '7 days', until => '2026-04-01', leg => '15 min') OVER w AS all, ces_repeated(leg => '15 min', within => '7 days', at => at) OVER w AS default,
       ces_repeated(at, '7 days', leg => '15 min') OVER w AS mixed, ces_episode(gap => '7 days', at => at) OVER w AS episode
FROM contact WHERE customer = 1 WINDOW w AS (ORDER BY at);
SELECT DISTINCT pg_typeof(ces_repeated(at, '7 days', date '2026-04-01') OVER w), pg_typeof(ces_repeated(at::date, '7 days', now()) OVER w),
       pg_typeof(ces_episode(at::date, '7 days') OVER w) FROM contact WINDOW w AS (PARTITION BY customer ORDER BY at);
SELECT DISTINCT pg_typeof(ces_switches(channel) OVER (ORDER BY at)) FROM contact;

-- Several calls, with windows of their own: any contact, the same channel.
SELECT customer, at, channel, ces_repeated(at, '7 days', '2026-04-01') OVER (PARTITION BY customer ORDER BY at) AS any_channel,
       ces_repeated(at, '7 days', '2026-04-01') OVER (PARTITION BY customer, channel ORDER BY at) AS same_channel,
       ces_repeated(at, '1 day', '2026-04-01') OVER (ORDER BY at) AS anybody
FROM contact WHERE customer < 3 ORDER BY customer, at, channel;

-- LIMIT, a query without rows, a view, prepared statements, a rescan.
SELECT customer, ces_repeated(at, '7 days', '2026-04-01', '15 min') OVER (PARTITION BY customer ORDER BY at), ces_episode(at, '1 min') OVER (PARTITION BY customer ORDER BY at) FROM contact LIMIT 3;
SELECT ces_repeated(at, '7 days') OVER (ORDER BY at), ces_episode(at, '7 days') OVER (ORDER BY at) FROM contact WHERE false;
CREATE TEMP VIEW flagged AS SELECT *, ces_repeated(at, '7 days', '2026-04-01', leg => '15 min') OVER w AS repeated, ces_episode(at, '7 days') OVER w AS number
FROM contact WINDOW w AS (PARTITION BY customer ORDER BY at);
SELECT substring(pg_get_viewdef('flagged') FROM 'leg => [^)]*') AS leg;
SELECT count(*) FILTER (WHERE repeated IS DISTINCT FROM flagged.leg::boolean OR number <> episode) AS differ, count(repeated) FILTER (WHERE customer = 4) AS known FROM flagged;
PREPARE repeats (interval, interval) AS SELECT string_agg(coalesce(r::text, '-'), ' ' ORDER BY customer, at) FROM (SELECT *, ces_repeated(at, $1, '2026-04-01', $2) OVER (PARTITION BY customer ORDER BY at) AS r FROM contact WHERE customer IN (1, 6)) c;
EXECUTE repeats ('7 days', '0');
EXECUTE repeats ('7 days', '15 min');
EXECUTE repeats ('30 days', '15 min');
SET plan_cache_mode = force_generic_plan;
EXECUTE repeats ('7 days', '15 min');
RESET plan_cache_mode;
SELECT n, (SELECT string_agg(r::text, ' ') FROM (SELECT ces_repeated(at, n * interval '5 days', '2026-04-01') OVER (ORDER BY at) AS r FROM contact WHERE customer = n) c) AS repeated FROM generate_series(1, 3) n;

-- Infinite times: a contact that will never be, and one that always was.
SELECT at, ces_repeated(at, '7 days', 'infinity') OVER w AS repeated, ces_repeated(at, '7 days', '2026-03-20') OVER w AS known, ces_repeated(at::timestamp, '7 days', 'infinity', '1 day') OVER w AS timestamp,
       ces_episode(at, '7 days') OVER w AS episode, ces_episode(at::date, '7 days') OVER w AS by_date
FROM unnest('{-infinity,-infinity,2026-03-01,2026-03-05,infinity,infinity}'::timestamptz[]) at WINDOW w AS (ORDER BY at);
-- Infinite intervals, from PostgreSQL 17 on: nothing is ever over, and everything is one episode.
CREATE FUNCTION pg_temp.infinite_interval(OUT result text) LANGUAGE plpgsql AS $$
BEGIN
  IF current_setting('server_version_num')::int < 170000 THEN
    result := '- - | - - | 1 1';
  ELSE
    EXECUTE $q$SELECT string_agg(coalesce(a::text, '-'), ' ') || ' | ' || string_agg(coalesce(b::text, '-'), ' ') || ' | ' || string_agg(c::text, ' ')
      FROM (SELECT ces_repeated(at, 'infinity', '2026-04-01') OVER w, ces_repeated(at, 'infinity', 'infinity', '1 day') OVER w, ces_episode(at, 'infinity') OVER w
            FROM unnest('{2020-01-01,2026-01-01}'::timestamptz[]) at WINDOW w AS (ORDER BY at)) v (a, b, c)$q$ INTO result;
  END IF;
END $$;
SELECT pg_temp.infinite_interval();

-- One that lies in a type's last days, when a time and an interval is out of its range.
\set VERBOSITY terse
SELECT ces_repeated('294276-12-31'::timestamptz, '7 days') OVER ();
SELECT ces_repeated('5874897-12-31'::date, '7 days') OVER ();
\set VERBOSITY default

-- Errors.
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.error_of('SELECT ' || call || ' FROM contact') FROM unnest(ARRAY[
  $$ces_repeated(at, '7 days') OVER (PARTITION BY customer ORDER BY at DESC)$$, $$ces_repeated(at::date, '7 days') OVER (ORDER BY customer)$$, $$ces_repeated(at::timestamp, '7 days', leg => '1 day') OVER (ORDER BY customer)$$,
  $$ces_episode(at, '7 days') OVER (ORDER BY at DESC)$$, $$ces_episode(at::date, '7 days') OVER (ORDER BY customer)$$, $$ces_episode(at::timestamp, '7 days') OVER (ORDER BY customer)$$,
  $$ces_repeated(NULL::date, '7 days') OVER ()$$, $$ces_repeated(nullif(at, '2026-03-20 08:00'), '7 days') OVER (PARTITION BY customer ORDER BY at)$$, $$ces_episode(NULL::timestamp, '7 days') OVER ()$$,
  $$ces_repeated(at, NULL) OVER (ORDER BY at)$$, $$ces_repeated(at, '7 days', NULL) OVER (ORDER BY at)$$, $$ces_repeated(at::timestamp, '7 days', NULL) OVER (ORDER BY at)$$, $$ces_repeated(at::date, '7 days', NULL) OVER (ORDER BY at)$$,
  $$ces_repeated(at, '7 days', leg => NULL) OVER (ORDER BY at)$$, $$ces_episode(at, NULL) OVER (ORDER BY at)$$,
  $$ces_repeated(at, '0') OVER (ORDER BY at)$$, $$ces_repeated(at, '-7 days') OVER (ORDER BY at)$$, $$ces_repeated(at, '1 month -1 day') OVER (ORDER BY at)$$, $$ces_repeated(at, '1 month -1 second') OVER (ORDER BY at)$$, $$ces_repeated(at, '-1 month 60 days') OVER (ORDER BY at)$$,
  $$ces_repeated(at, '7 days', leg => '-1 min') OVER (ORDER BY at)$$, $$ces_repeated(at, '7 days', leg => '7 days') OVER (ORDER BY at)$$, $$ces_repeated(at, '1 month', leg => '720 hours') OVER (ORDER BY at)$$,
  $$ces_episode(at, '-1 day') OVER (ORDER BY at)$$, $$ces_repeated(at, '7 days')$$,
  $$ces_switches(channel)$$, $$ces_switches(DISTINCT channel)$$, $$ces_switches(channel) FILTER (WHERE false)$$, $$ces_switches(lower(channel))$$, $$ces_switches(channel) OVER (PARTITION BY customer)$$,
  $$ces_repeated(at, '7 days') OVER (PARTITION BY customer)$$, $$ces_episode(at, '7 days') OVER (PARTITION BY customer)$$, $$ces_episode(at, '7 days') OVER (PARTITION BY customer ORDER BY date_trunc('day', at))$$,
  $$ces_switches(channel ORDER BY 1)$$, $$ces_switches(channel ORDER BY 'at')$$, $$ces_switches(to_json(channel) ORDER BY at)$$, $$ces_switches('phone' ORDER BY at)$$]) call;
-- Without ORDER BY, rows that come in order don't do so but by luck.  Those at one time have none.
SELECT pg_temp.error_of(format('SELECT %s OVER () FROM unnest(''{2026-03-01,2026-03-02}''::date[]) day LIMIT 1', call)) FROM unnest('{"ces_repeated(day, ''7 days'')"}'::text[]) call;
SELECT ces_repeated(day, '7 days', '2026-04-01') OVER (), ces_episode(day, '7 days') OVER (), ces_episode(day, '7 days') OVER (ORDER BY day) FROM unnest('{2026-03-01,2026-03-01}'::date[]) day;
SELECT ces_switches(channel ORDER BY 1, at) FROM contact WHERE customer = 1;
-- With LIMIT, the rows that the answers depend on are checked; the others aren't read.
SELECT pg_temp.error_of(format('SELECT ces_repeated(day, ''7 days'', ''2026-04-01'', %L) OVER (ORDER BY n) FROM unnest(''{2026-03-01,2026-03-02,2026-03-01}''::date[]) WITH ORDINALITY v (day, n) LIMIT 1', leg)) FROM unnest('{0,1 day}'::text[]) leg;
-- The client's text has the name of the column, unless the call is in a function or a view.
\set VERBOSITY default
SELECT contact.at, ces_repeated( contact.at , '7 days') OVER (ORDER BY channel) FROM contact;
SELECT ces_episode("at"::date, '7 days') OVER (ORDER BY channel) FROM contact;
SELECT ces_episode(at + interval '1 day', '7 days') OVER (ORDER BY channel) FROM contact;
CREATE TEMP VIEW wrong AS SELECT ces_episode(at, '7 days') OVER (ORDER BY channel) FROM contact;
SELECT * FROM wrong;
PREPARE wrong AS SELECT ces_episode(at, '7 days') OVER (ORDER BY channel) FROM contact;
EXECUTE wrong;
SELECT ces_switches(contact.channel) FROM contact;
SELECT ces_switches("channel"::varchar) FROM contact;
-- Not in the search_path.
CREATE SCHEMA elsewhere;
ALTER EXTENSION ces SET SCHEMA elsewhere;
SELECT elsewhere.ces_switches(channel) FROM contact;
SELECT elsewhere.ces_repeated(at, '7 days') OVER (ORDER BY channel) FROM contact;
SELECT count(elsewhere) FROM (SELECT elsewhere.ces_repeated(at, '7 days') OVER (ORDER BY at) AS elsewhere FROM contact) c;
ALTER EXTENSION ces SET SCHEMA public;
DROP SCHEMA elsewhere;
-- As an operator, without a window.
CREATE OPERATOR public.### (FUNCTION = ces_episode, LEFTARG = timestamptz, RIGHTARG = interval);
SELECT at ### '7 days' FROM contact;
DROP OPERATOR ### (timestamptz, interval);
\pset format aligned
\pset tuples_only off

--
-- ces_switches
--
SELECT channel, ces_switches(channel) OVER (ORDER BY place) AS so_far, ces_switches(channel) OVER (ORDER BY place ROWS 2 PRECEDING) AS of_three,
       ces_switches(channel) OVER (ORDER BY place ROWS BETWEEN 1 FOLLOWING AND 3 FOLLOWING) AS of_next, ces_switches(channel) FILTER (WHERE channel <> 'chat') OVER (ORDER BY place) AS without_chat
FROM unnest('{NULL,web,phone,NULL,phone,chat,phone,web}'::text[]) WITH ORDINALITY v (channel, place);
SELECT ces_switches(channel ORDER BY place) AS all, ces_switches(channel ORDER BY place DESC) AS backwards, ces_switches(channel ORDER BY place) FILTER (WHERE channel <> 'chat') AS without_chat,
       ces_switches(DISTINCT channel ORDER BY channel) AS distinct, ces_switches(channel ORDER BY channel) AS sorted,
       ces_switches(channel ORDER BY place) FILTER (WHERE place = 2) AS one, ces_switches(channel ORDER BY place) FILTER (WHERE place = 1) AS no_value, ces_switches(channel ORDER BY place) FILTER (WHERE false) AS no_row
FROM unnest('{NULL,web,phone,NULL,phone,chat,phone,web}'::text[]) WITH ORDINALITY v (channel, place);
-- Types: equal is what the type says.
CREATE TYPE pg_temp.kind AS ENUM ('call', 'mail');
CREATE DOMAIN pg_temp.agent AS text CHECK (value <> '');
CREATE DOMAIN pg_temp.agents AS int[];
CREATE TEMP TABLE pair (a int, b numeric);
SELECT ces_switches(v::numeric::int ORDER BY n) AS "int", ces_switches(v::numeric ORDER BY n) AS "numeric", ces_switches(v ORDER BY n) AS "text", ces_switches(v::varchar ORDER BY n) AS "varchar", ces_switches(v::char(9) ORDER BY n) AS "char", ces_switches(v::name ORDER BY n) AS "name",
       ces_switches(v::float8 ORDER BY n) AS "float8", ces_switches(v::numeric > 1 ORDER BY n) AS "boolean", ces_switches(to_jsonb(v::numeric) ORDER BY n) AS "jsonb", ces_switches(v::bytea ORDER BY n) AS "bytea",
       ces_switches(v::pg_temp.agent ORDER BY n) AS "domain", ces_switches(ARRAY[v::numeric::int]::pg_temp.agents ORDER BY n) AS "domain of array",
       ces_switches(ARRAY[v::numeric, 7] ORDER BY n) AS "array", ces_switches(ROW(1, v::numeric) ORDER BY n) AS "record", ces_switches(ROW(1, v::numeric)::pair ORDER BY n) AS "composite", ces_switches(ARRAY[ROW(v::numeric, ROW(v))] ORDER BY n) AS "nested",
       ces_switches(CASE v::numeric::int WHEN 2 THEN 'mail' ELSE 'call' END::pg_temp.kind ORDER BY n) AS "enum", ces_switches(numrange(0, v::numeric) ORDER BY n) AS "range", ces_switches(date '2026-01-01' + v::numeric::int ORDER BY n) AS "date", ces_switches(ces_scale(0, v::numeric::int) ORDER BY n) AS "ces_scale"
FROM unnest('{1,1.0,1.00,2,2}'::text[]) WITH ORDINALITY v (v, n) \gx
SELECT ces_switches(kept ORDER BY n) FROM (VALUES (1, 1, 1.0), (2, 1, 1), (3, 2, 1)) v (n, a, b), LATERAL (SELECT a, b) kept;
-- Long values, which are compressed in the table.
CREATE TEMP TABLE long AS SELECT n, repeat(CASE WHEN n / 3 % 2 = 0 THEN 'phone' ELSE 'chat' END, 100000) AS channel FROM generate_series(0, 11) n;
SELECT ces_switches(channel ORDER BY n), ces_switches(string_to_array(channel, 'x') ORDER BY n) AS of_arrays FROM long;
-- A collation that doesn't care about case, if there is ICU: phone, Phone, chat, CHAT.
CREATE FUNCTION pg_temp.ignoring_case(OUT switches bigint) LANGUAGE plpgsql AS $$
BEGIN
  CREATE COLLATION pg_temp.ignoring_case (PROVIDER = icu, LOCALE = 'und-u-ks-level2', DETERMINISTIC = false);
  EXECUTE 'SELECT ces_switches(v COLLATE pg_temp.ignoring_case ORDER BY n) FROM unnest(''{phone,Phone,chat,CHAT}''::text[]) WITH ORDINALITY v (v, n)' INTO switches;
EXCEPTION WHEN feature_not_supported THEN
  switches := 1;
END $$;
SELECT pg_temp.ignoring_case();
-- Grouping sets, HAVING, and a correlated subquery.
SELECT customer, channel, ces_switches(channel ORDER BY at, channel) FROM contact WHERE customer < 3 GROUP BY GROUPING SETS ((customer), (customer, channel), ()) ORDER BY customer, channel;
SELECT customer FROM contact GROUP BY customer HAVING ces_switches(channel ORDER BY at, channel) > 1 ORDER BY customer;
SELECT c, (SELECT ces_switches(channel ORDER BY at, channel) FROM contact WHERE customer = c) AS switches FROM generate_series(1, 3) c;

-- Rates with intervals: contacts that solved it.
SELECT channel, ces_count(tally) AS contacts, round(ces_topbox(tally), 1) AS resolved, round(lower(ces_topbox_ci(tally)), 1) AS "from"
FROM (SELECT channel, ces_tally((NOT repeated)::int, '0..1') AS tally FROM flagged GROUP BY channel) f ORDER BY channel;
