--
-- Contacts at random: ces_repeated equals a join that searches all contacts of the customer, ces_episode a running
-- sum of pauses, and ces_switches a count over lag().  With ties, legs, several channels, one contact and many, in
-- memory and on disk, in the calendar of several time zones.
--
-- Each line shows how many contacts were compared, and how many differ.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET jit = off;
SET max_parallel_workers_per_gather = 0;
SELECT setseed(0.25);

-- 400 customers with 1 to 40 contacts each.  Half of the contacts are at a full hour, so that some are at the same
-- time, or exactly hours, days or a month apart; many are on the days when clocks change or months end.
CREATE TEMP TABLE contact AS
SELECT customer, (ARRAY['phone', 'chat', 'web', NULL])[1 + floor(random() * 4)] AS channel, floor(random() * 3)::int AS agent, t AS at, t AT TIME ZONE 'UTC' AS local, (t AT TIME ZONE 'UTC')::date AS day,
  floor(random() * 20) * interval '6 hours' + interval '1 hour' AS within, floor(random() * 2) * interval '30 min' AS leg
FROM generate_series(1, 400) customer,
  LATERAL (SELECT (ARRAY['2026-01-26', '2026-03-06', '2026-03-27', '2026-10-23', '2026-02-26'])[1 + customer % 5]::timestamptz AS start) s,
  generate_series(1, 1 + customer % 40) n,
  LATERAL (SELECT start + floor(random() * 1.3 + n * 0) * interval '1 month' + CASE floor(random() * 4 + n * 0) WHEN 0 THEN floor(random() * 12000) * interval '1 min' WHEN 1 THEN floor(random() * 720000) * interval '1 s'
           WHEN 2 THEN floor(random() * 200) * interval '1 hour' ELSE floor(random() * 10) * interval '20 hours' END) a (t);
-- One customer with 100,000 contacts in a year.
CREATE TEMP TABLE busy AS
SELECT 0 AS customer, 'phone' AS channel, floor(random() * 3)::int AS agent, t AS at, t AT TIME ZONE 'UTC' AS local, (t AT TIME ZONE 'UTC')::date AS day, interval '1 hour' AS within, interval '0' AS leg
FROM (SELECT timestamptz '2026-01-01' + floor(random() * 365 * 1440) * interval '1 min' FROM generate_series(1, 100000)) a (t);
CREATE INDEX ON contact (customer, at);
CREATE INDEX ON contact (customer, local);
CREATE INDEX ON contact (customer, day);
CREATE INDEX ON busy (customer, at);
VACUUM ANALYZE contact, busy;
SELECT count(*) = 8200 AS contacts, count(*) - count(DISTINCT (customer, at)) > 200 AS ties, count(DISTINCT day) > 30 AS days FROM contact;

-- Compares ces_repeated and ces_episode of a column of times.  Partitions of a window are those of the columns.
CREATE FUNCTION pg_temp.check(source regclass, at text, within text, until text, leg text, zone text DEFAULT 'UTC', partition text DEFAULT 'customer',
  OUT contacts bigint, OUT mixed boolean, OUT differ bigint, OUT episodes_differ bigint) LANGUAGE plpgsql AS $$
BEGIN
  PERFORM set_config('TimeZone', zone, true);
  EXECUTE format($q$
    SELECT count(*), count(*) FILTER (WHERE got) > 0 AND count(*) FILTER (WHERE NOT got) > 0 AND count(*) FILTER (WHERE got IS NULL) > 0,
      count(*) FILTER (WHERE got IS DISTINCT FROM CASE WHEN c.%2$s + (%3$s) < %4$s THEN EXISTS (
        SELECT FROM %1$s f WHERE f.%2$s > c.%2$s + (%5$s) AND f.%2$s <= c.%2$s + (%3$s) AND (f.%6$s) = (c.%6$s)) END),
      count(*) FILTER (WHERE episode <> pauses + 1)
    FROM (SELECT *, sum(pause::int) OVER (PARTITION BY %6$s ORDER BY %2$s ROWS UNBOUNDED PRECEDING) AS pauses
      FROM (SELECT *, ces_repeated(%2$s, %3$s, %4$s, %5$s) OVER w AS got, ces_episode(%2$s, %3$s) OVER w AS episode,
          coalesce(%2$s > lag(%2$s) OVER w + (%3$s), false) AS pause
        FROM %1$s c WINDOW w AS (PARTITION BY %6$s ORDER BY %2$s)) p) c
    $q$, source, at, within, until, leg, partition) INTO contacts, mixed, differ, episodes_differ;
END $$;

-- Each type of time, intervals of hours, days and months, and some for each row; in time zones whose clocks change.
SELECT at, within, leg, sum(contacts) AS contacts, bool_and(mixed) AS mixed, sum(differ) AS differ, sum(episodes_differ) AS episodes_differ
FROM (VALUES ('at', '2 hours', '0'), ('at', '1 day', '30 min'), ('at', '7 days', '1 hour'), ('at', '1 day 2 hours', '1 day'), ('at', '1 month', '0'), ('at', '1 month 3 hours', '1 month'), ('local', '1 month 3 hours', '1 month'),
        ('local', '26 hours', '15 min'), ('local', '1 month 1 day', '20 days'), ('day', '1 day', '0'), ('day', '36 hours', '0'), ('day', '7 days', '2 days'), ('day', '1 month 1 day', '1 month')) v (at, within, leg),
  unnest('{UTC,Europe/Amsterdam,America/New_York,Australia/Lord_Howe}'::text[]) zone,
  pg_temp.check('contact', at, format('interval %L', within), CASE at WHEN 'at' THEN 'timestamptz' WHEN 'local' THEN 'timestamp' ELSE 'date' END || ' ''2026-03-12''', format('interval %L', leg), zone)
WHERE at = 'at' OR zone = 'UTC'
GROUP BY at, within, leg ORDER BY at, within;
-- One zone of all that there are, and intervals that are different in each row.
SELECT c.* FROM (SELECT name FROM pg_timezone_names WHERE name ~ '^(Europe|America|Asia|Pacific|Antarctica)/' ORDER BY random() LIMIT 1) z (zone), pg_temp.check('contact', 'at', 'c.within', '''2026-03-12''', 'c.leg', zone) c;
SELECT c.* FROM (SELECT name FROM pg_timezone_names WHERE name ~ '^(Europe|America|Asia|Pacific|Antarctica)/' ORDER BY random() LIMIT 1) z (zone), pg_temp.check('contact', 'at', 'interval ''1 month 6 hours''', '''2026-03-12''', 'interval ''1 month''', zone) c;
SELECT * FROM pg_temp.check('contact', 'local', 'c.within', '''2026-03-12''', 'c.within - interval ''1 hour''');
-- The same agent.
CREATE TEMP VIEW by_agent AS SELECT *, customer * 10 + agent AS customer_agent FROM contact;
SELECT * FROM pg_temp.check('by_agent', 'at', 'interval ''1 day''', '''2026-03-12''', 'interval ''10 min''', partition => 'customer_agent');
-- 100,000 contacts, of which few or thousands are legs of one another.
SELECT * FROM pg_temp.check('busy', 'at', 'interval ''10 min''', '''2026-12-01''', 'interval ''3 min''');
SELECT * FROM pg_temp.check('busy', 'at', 'interval ''3 days 1 min''', '''2026-12-01''', 'interval ''3 days''', 'Europe/Amsterdam');

-- On disk: another function of the same window needs the partition as a whole.
CREATE FUNCTION pg_temp.spilled(query text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  plan json;
BEGIN
  EXECUTE 'EXPLAIN (ANALYZE, TIMING OFF, BUFFERS, FORMAT JSON) ' || query INTO plan;
  RETURN (plan #>> '{0,Plan,Temp Written Blocks}')::int > 100 AND plan::text !~ '"Sort"';
END $$;
SET work_mem = '64kB';
SET enable_sort = off;
SET enable_bitmapscan = off;
\set query 'SELECT at, ces_repeated(at, \'1 day\', \'2026-12-01\') OVER w AS direct, ces_repeated(at, \'1 day 1 hour\', \'2026-12-01\', \'1 day\') OVER w AS later, ces_episode(at, \'12 min\') OVER w AS episode'
CREATE TEMP VIEW whole AS :query , last_value(at) OVER w AS last FROM busy WINDOW w AS (PARTITION BY customer ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING);
CREATE TEMP VIEW passing AS :query FROM busy WINDOW w AS (PARTITION BY customer ORDER BY at);
SELECT pg_temp.spilled('SELECT * FROM whole') AS whole, pg_temp.spilled('SELECT * FROM passing') AS passing;
RESET enable_sort;
RESET work_mem;
SELECT count(*) AS contacts, count(*) FILTER (WHERE (w.at, w.direct, w.later, w.episode) IS DISTINCT FROM (p.at, p.direct, p.later, p.episode)) AS differ
FROM (SELECT *, row_number() OVER (ORDER BY at) AS n FROM whole) w FULL JOIN (SELECT *, row_number() OVER (ORDER BY at) AS n FROM passing) p USING (n);

-- ces_switches against lag(), which has no IGNORE NULLS, so the NULLs are left out before.
CREATE FUNCTION pg_temp.switches(value text, OUT customers bigint, OUT mixed boolean, OUT differ bigint, OUT windows_differ bigint) LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE format($q$
    WITH valued AS (SELECT customer, at, %1$s AS value, row_number() OVER (PARTITION BY customer ORDER BY at, agent, channel, ctid) AS n FROM contact),
    expected AS (SELECT customer, count(*) FILTER (WHERE switched) AS switches
      FROM (SELECT customer, value <> lag(value) OVER (PARTITION BY customer ORDER BY n) AS switched FROM valued WHERE value IS NOT NULL) s GROUP BY customer),
    got AS (SELECT customer, ces_switches(value ORDER BY n) AS switches, ces_switches(value ORDER BY n) FILTER (WHERE n > 5) AS late FROM valued GROUP BY customer),
    few AS MATERIALIZED (SELECT * FROM valued WHERE customer %% 40 = 39),
    running AS (SELECT customer, n, ces_switches(value) OVER (PARTITION BY customer ORDER BY n ROWS UNBOUNDED PRECEDING) AS so_far,
        ces_switches(value) OVER (PARTITION BY customer ORDER BY n ROWS BETWEEN 3 PRECEDING AND 1 FOLLOWING) AS near,
        ces_switches(value) FILTER (WHERE n > 5) OVER (PARTITION BY customer ORDER BY n ROWS BETWEEN UNBOUNDED PRECEDING AND UNBOUNDED FOLLOWING) AS late
      FROM few)
    SELECT count(*), bool_or(g.switches > 1), count(*) FILTER (WHERE g.switches IS DISTINCT FROM e.switches),
      (SELECT count(*) FILTER (WHERE so_far IS DISTINCT FROM (SELECT ces_switches(value ORDER BY f.n) FROM few f WHERE f.customer = r.customer AND f.n <= r.n)
          OR near IS DISTINCT FROM (SELECT ces_switches(value ORDER BY f.n) FROM few f WHERE f.customer = r.customer AND f.n BETWEEN r.n - 3 AND r.n + 1)
          OR r.late IS DISTINCT FROM l.late)
       FROM running r JOIN got l USING (customer))
    FROM got g LEFT JOIN expected e USING (customer)
    $q$, value) INTO customers, mixed, differ, windows_differ;
END $$;
SELECT * FROM unnest(ARRAY['channel', 'agent', 'nullif(agent, 1)', 'round(agent / 2.0, agent)', 'ARRAY[channel, agent::text]', 'day', 'NULL::int']) value, pg_temp.switches(value);
-- Sorted on disk, in hash and sorted aggregation, in grouping sets, with parallel workers around it.
SELECT setseed(0.5);
CREATE TABLE episodes_call AS SELECT n, n % 100 AS customer, floor(random() * 3)::int AS agent, repeat('x', floor(random() * 3)::int) AS channel FROM generate_series(1, 30000) n ORDER BY random();
ANALYZE episodes_call;
CREATE TEMP TABLE expected AS SELECT customer, count(*) FILTER (WHERE a) AS agents, count(*) FILTER (WHERE c) AS channels
FROM (SELECT customer, agent <> lag(agent) OVER w AS a, channel <> lag(channel) OVER w AS c FROM episodes_call WINDOW w AS (PARTITION BY customer ORDER BY n)
      UNION ALL SELECT NULL, agent <> lag(agent) OVER w, channel <> lag(channel) OVER w FROM episodes_call WINDOW w AS (ORDER BY n)) s GROUP BY customer;
SET work_mem = '64kB';
PREPARE got AS SELECT count(*) AS groups, count(*) FILTER (WHERE (g.agents, g.channels) IS DISTINCT FROM (e.agents, e.channels)) AS differ
FROM (SELECT customer, ces_switches(agent ORDER BY n) AS agents, ces_switches(channel ORDER BY n) AS channels FROM episodes_call GROUP BY GROUPING SETS ((customer), ())) g
JOIN expected e ON e.customer IS NOT DISTINCT FROM g.customer;
EXECUTE got;
SET max_parallel_workers_per_gather = 2;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
EXECUTE got;
SELECT count(*) AS groups, count(*) FILTER (WHERE g.agents <> e.agents) AS differ FROM (SELECT customer, ces_switches(agent ORDER BY n) AS agents FROM episodes_call GROUP BY customer) g JOIN expected e USING (customer);
SELECT ces_switches(agent ORDER BY n) = (SELECT agents FROM expected WHERE customer IS NULL) AS whole FROM episodes_call;
DROP TABLE episodes_call;
