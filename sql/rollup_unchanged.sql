--
-- What answering from a rollup never changes: who may see what, types and names of columns,
-- errors, plans that are used again, what a statement's triggers see.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET client_min_messages = warning;
LOAD 'ces';
SET TimeZone = 'UTC';
CREATE SCHEMA rollup_unchanged;
SET search_path = rollup_unchanged, public;
CREATE TABLE answers (id integer PRIMARY KEY, at timestamp, atz timestamptz, channel text, agent varchar(20), kept boolean, recommend integer, effort integer, secret integer);
INSERT INTO answers
SELECT n, timestamp '2026-02-01' + n % 40 * interval '1 day' + n % 86400 * interval '1 second', timestamptz '2026-02-01 00:00Z' + n % 40 * interval '1 day' + n * 7 % 86400 * interval '1 second',
       (ARRAY['phone', 'chat', NULL])[1 + n % 3], 'agent ' || n % 5, n % 4 > 0, nullif(n % 12, 11), nullif(1 + n % 8, 8), n % 11
FROM generate_series(1, 12000) n;
CREATE INDEX ON answers (at);
CREATE INDEX ON answers (atz);
CALL ces_create_rollup('daily', $$ SELECT at::date AS day, channel, agent, ces_tally(recommend, 'nps') AS recommend, ces_tally(effort, '1..7') AS effort, count(*) AS responses FROM answers GROUP BY 1, 2, 3 $$);
CALL ces_create_rollup('daily_tz', $$ SELECT (atz AT TIME ZONE 'UTC')::date AS day, channel, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM answers GROUP BY 1, 2 $$);
CREATE TABLE parts (at timestamp, channel text, recommend integer) PARTITION BY RANGE (at);
CREATE TABLE parts_february PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
CREATE TABLE parts_march PARTITION OF parts FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
CREATE INDEX ON parts (at);
INSERT INTO parts SELECT at, channel, recommend FROM answers, generate_series(1, 2);
CALL ces_create_rollup('daily_parts', $$ SELECT at::date AS day, channel, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM parts GROUP BY 1, 2 $$);
-- Some more, not yet folded.
INSERT INTO answers VALUES (20000, '2026-02-10 23:59:59.9999', '2026-02-10 23:59:59.9999Z', 'fax', 'agent 9', true, 10, 7, 0);
DELETE FROM answers WHERE id % 400 = 1;
INSERT INTO parts VALUES ('2026-03-31 12:00', 'fax', 3);
ANALYZE answers, parts;

-- Which rollup a statement reads.
CREATE FUNCTION reads(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  line text;
  found text := 'answers';
BEGIN
  FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
    found := coalesce(substring(line FROM ' on (\w+)_store'), found);
  END LOOP;
  RETURN found;
END $$;
-- The result with rollups and without, if they are the same, and which rollup was read.
CREATE FUNCTION compared(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  with_rollups text;
  without text;
  read text;
BEGIN
  EXECUTE format('SELECT md5(array_agg(q::text ORDER BY q::text)::text) FROM (%s) q', query) INTO with_rollups;
  read := reads(query);
  SET LOCAL ces.enable_rollups = off;
  EXECUTE format('SELECT md5(array_agg(q::text ORDER BY q::text)::text) FROM (%s) q', query) INTO without;
  SET LOCAL ces.enable_rollups = on;
  RETURN CASE WHEN with_rollups IS DISTINCT FROM without THEN 'DIFFERS' ELSE 'same' END || ', from ' || read;
END $$;
SELECT compared('SELECT channel, nps(recommend) FROM answers GROUP BY 1');
SELECT compared('SELECT channel, nps(recommend) FROM parts GROUP BY 1');

--
-- Rights
--
CREATE ROLE rollup_unchanged_reader;
CREATE ROLE rollup_unchanged_owner;
GRANT USAGE ON SCHEMA rollup_unchanged TO rollup_unchanged_reader, rollup_unchanged_owner;
GRANT SELECT (at, channel, recommend) ON answers TO rollup_unchanged_reader;
CREATE VIEW of_owner AS SELECT channel, nps(recommend) AS nps, count(*) AS n FROM answers GROUP BY 1;
CREATE VIEW not_of_reader AS SELECT channel, nps(recommend) AS nps FROM answers WHERE agent = 'agent 1' GROUP BY 1;
CREATE VIEW rows_of_owner AS SELECT at, agent, recommend FROM answers;
CREATE VIEW barrier WITH (security_barrier) AS SELECT at, channel, agent, recommend FROM answers WHERE channel = 'phone';
CREATE VIEW of_invoker WITH (security_invoker) AS SELECT channel, agent, nps(recommend) AS nps FROM answers GROUP BY 1, 2;
GRANT SELECT ON of_owner, not_of_reader, rows_of_owner, barrier, of_invoker TO rollup_unchanged_reader;
SET ROLE rollup_unchanged_reader;
-- No right on any rollup, but on the columns.
SELECT pg_temp.error_of('TABLE daily');
SELECT compared('SELECT channel, nps(recommend) FROM answers GROUP BY 1');
SELECT compared('SELECT date_trunc(''month'', at), nps(recommend) FROM answers WHERE at >= ''2026-02-10 12:00'' GROUP BY 1');
-- A column that may not be read, in each place; count(*) needs any column.
SELECT pg_temp.error_of(q) FROM (VALUES ('SELECT agent, nps(recommend) FROM answers GROUP BY 1'), ('SELECT nps(recommend) FROM answers WHERE agent = ''agent 1'''),
  ('SELECT nps(recommend) FILTER (WHERE agent = ''agent 1'') FROM answers'), ('SELECT ces_mean(effort) FROM answers'), ('SELECT nps(recommend) FROM answers HAVING ces_mean(effort) > 1'),
  ('SELECT nps(recommend) FROM answers a JOIN (VALUES (''agent 1'')) v (x) ON x = a.agent'), ('SELECT nps(recommend), count(a) FROM answers a'), ('TABLE answers'), ('SELECT nps(recommend) FROM parts')) v (q);
SELECT compared('SELECT count(*), nps(recommend) FROM answers');
-- Views of another; one with the rights of whoever asks.
SELECT compared('TABLE of_owner'), compared('TABLE not_of_reader'), compared('SELECT agent, nps(recommend) FROM rows_of_owner GROUP BY 1'), compared('SELECT agent, nps(recommend) FROM barrier WHERE upper(agent) <> ''X'' GROUP BY 1');
SELECT pg_temp.error_of('TABLE of_invoker');
-- A function that tells what it sees must not see more through a barrier.
RESET ROLE;
CREATE FUNCTION tells(text) RETURNS boolean LANGUAGE plpgsql COST 0.0001 AS $$ BEGIN RAISE WARNING 'saw %', $1; RETURN true; END $$;
SET ROLE rollup_unchanged_reader;
SELECT pg_temp.error_of('SELECT 1 / count(*)::integer, nps(recommend) FROM barrier WHERE channel <> ''phone''');
DO $$ BEGIN PERFORM nps(recommend) FROM barrier WHERE tells(channel) AND at < '2026-02-01 00:00:10'; END $$;
RESET ROLE;

-- Row-level security switches it off, also for a view's owner, but not for who may see all.
CREATE TABLE secured (LIKE answers);
INSERT INTO secured SELECT * FROM answers;
CALL ces_create_rollup('daily_secured', $$ SELECT at::date AS day, channel, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM secured GROUP BY 1, 2 $$);
ANALYZE secured;
GRANT SELECT ON secured TO rollup_unchanged_reader, rollup_unchanged_owner;
CREATE POLICY phone ON secured TO rollup_unchanged_reader USING (channel = 'phone');
CREATE POLICY everything ON secured TO rollup_unchanged_owner USING (true);
CREATE VIEW secured_view AS SELECT channel, nps(recommend) FROM secured GROUP BY 1;
ALTER VIEW secured_view OWNER TO rollup_unchanged_owner;
GRANT SELECT ON secured_view TO rollup_unchanged_reader;
PREPARE secured_plan AS SELECT channel, nps(recommend), count(*) FROM secured GROUP BY 1 ORDER BY 1;
SET plan_cache_mode = force_generic_plan;
SELECT reads('EXECUTE secured_plan');
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
SELECT compared('SELECT channel, nps(recommend) FROM secured GROUP BY 1');
SET ROLE rollup_unchanged_reader;
SELECT compared('SELECT channel, nps(recommend) FROM secured GROUP BY 1'), compared('TABLE secured_view');
SELECT channel, count(*) > 0 AS counted, nps(recommend) IS NOT NULL AS counted FROM secured GROUP BY 1;
SELECT reads('EXECUTE secured_plan') AS policy_applies;
SET row_security = off;
SELECT pg_temp.error_of('SELECT nps(recommend) FROM secured');
RESET row_security;
RESET ROLE;
SELECT reads('EXECUTE secured_plan');
SET ROLE rollup_unchanged_owner;
SELECT compared('SELECT channel, nps(recommend) FROM secured GROUP BY 1');
RESET ROLE;
RESET plan_cache_mode;
ALTER TABLE secured DISABLE ROW LEVEL SECURITY;
SET ROLE rollup_unchanged_reader;
SELECT compared('SELECT channel, nps(recommend) FROM secured GROUP BY 1');
RESET ROLE;

--
-- Types and names of columns
--
CREATE TABLE created AS
  SELECT at::date, date_trunc('week', at) AS week, agent, agent || '' AS text, agent::varchar(7) AS short, channel COLLATE "C" AS c, nps(recommend), ces_tally(effort, 'ces'), round(ces_mean(effort), 2)::numeric(5, 2) AS mean, count(*), count(*)::integer AS "Many ""answers""", NULL::text AS nothing, extract(year FROM at) AS year
  FROM answers WHERE at > '2026-02-03 04:05:06' GROUP BY 1, 2, 3, 4, 5, 6, 12, 13;
SET ces.enable_rollups = off;
CREATE TABLE created_without AS
  SELECT at::date, date_trunc('week', at) AS week, agent, agent || '' AS text, agent::varchar(7) AS short, channel COLLATE "C" AS c, nps(recommend), ces_tally(effort, 'ces'), round(ces_mean(effort), 2)::numeric(5, 2) AS mean, count(*), count(*)::integer AS "Many ""answers""", NULL::text AS nothing, extract(year FROM at) AS year
  FROM answers WHERE at > '2026-02-03 04:05:06' GROUP BY 1, 2, 3, 4, 5, 6, 12, 13;
RESET ces.enable_rollups;
SELECT attname, format_type(atttypid, atttypmod), attcollation::regcollation FROM pg_attribute WHERE attrelid = 'created'::regclass AND attnum > 0 ORDER BY attnum;
SELECT attnum, attname, atttypid, atttypmod, attcollation FROM pg_attribute WHERE attrelid = 'created'::regclass AND attnum > 0
EXCEPT SELECT attnum, attname, atttypid, atttypmod, attcollation FROM pg_attribute WHERE attrelid = 'created_without'::regclass;
SELECT count(*) AS differ FROM ((TABLE created EXCEPT ALL TABLE created_without) UNION ALL (TABLE created_without EXCEPT ALL TABLE created)) d;

--
-- In statements of every kind
--
SET ces.enable_rollups = off;
CREATE TABLE expected AS SELECT channel, nps(recommend), count(*) AS n FROM answers WHERE at >= '2026-02-05 13:00' GROUP BY 1;
RESET ces.enable_rollups;
CREATE FUNCTION differs(got text) RETURNS bigint LANGUAGE plpgsql AS $$
DECLARE
  n bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM ((TABLE expected EXCEPT ALL TABLE %1$s) UNION ALL (TABLE %1$s EXCEPT ALL TABLE expected)) d', got) INTO n;
  RETURN n;
END $$;
CREATE TABLE got (LIKE expected);
INSERT INTO got SELECT channel, nps(recommend), count(*) AS n FROM answers WHERE at >= '2026-02-05 13:00' GROUP BY 1;
SELECT differs('got');
CREATE FUNCTION lines_of(explain text) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  line text;
BEGIN
  FOR line IN EXECUTE explain LOOP
    RETURN NEXT line;
  END LOOP;
END $$;
SELECT bool_or(l ~ 'daily_store') AS rollup, bool_or(l ~ 'never executed') AS answers_are_not_read FROM lines_of('EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF, SUMMARY OFF) SELECT channel, nps(recommend) FROM answers GROUP BY 1') l;
SELECT count(*) > 0 AS explained FROM lines_of('EXPLAIN (ANALYZE, VERBOSE, BUFFERS, SETTINGS, WAL, FORMAT JSON) INSERT INTO got SELECT channel, nps(recommend), count(*) FROM answers WHERE at >= ''2026-02-05 13:00'' GROUP BY 1') l;
TRUNCATE got;
SELECT bool_or(l ~ 'rollup_unchanged.daily_store') AS rollup FROM lines_of('EXPLAIN (COSTS OFF, VERBOSE) CREATE TABLE not_created AS SELECT nps(recommend) FROM answers') l;
COPY (SELECT channel, nps(recommend), count(*) AS n FROM answers WHERE at >= '2026-02-05 13:00' GROUP BY 1 ORDER BY 1) TO STDOUT;
SELECT channel, nps, n FROM expected ORDER BY 1;
CREATE MATERIALIZED VIEW got_view AS SELECT channel, nps(recommend), count(*) AS n FROM answers WHERE at >= '2026-02-05 13:00' GROUP BY 1;
SELECT differs('got_view');
REFRESH MATERIALIZED VIEW got_view;
SELECT differs('got_view');
WITH w AS (INSERT INTO got SELECT channel, nps(recommend), count(*) AS n FROM answers WHERE at >= '2026-02-05 13:00' GROUP BY 1 RETURNING *) SELECT count(*) FROM w;
SELECT differs('got');
UPDATE got SET nps = (SELECT nps(a.recommend) FROM answers a WHERE a.channel IS NOT DISTINCT FROM got.channel AND at >= '2026-02-05 13:00');
SELECT differs('got');
MERGE INTO got USING (SELECT channel, nps(recommend), count(*) AS n FROM answers WHERE at >= '2026-02-05 13:00' GROUP BY 1) s ON s.channel IS NOT DISTINCT FROM got.channel AND got.n = s.n AND got.nps = s.nps WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN DO NOTHING;
TABLE got;
-- Cursors, in both directions and beyond the transaction.
BEGIN;
DECLARE back SCROLL CURSOR FOR SELECT channel, nps(recommend), count(*) FROM answers WHERE at >= '2026-02-05 13:00' GROUP BY 1 ORDER BY 1;
DECLARE held CURSOR WITH HOLD FOR SELECT channel, nps(recommend), count(*) FROM answers WHERE at >= '2026-02-05 13:00' GROUP BY 1 ORDER BY 1 DESC;
DECLARE plain CURSOR FOR SELECT channel, nps(recommend), count(*) FROM answers WHERE at >= '2026-02-05 13:00' GROUP BY 1 ORDER BY 1;
-- A cursor has the snapshot of its declaration.
INSERT INTO answers VALUES (30000, '2026-02-10', '2026-02-10Z', 'chat', 'agent 1', true, 0, 1, 0);
FETCH 2 FROM back;
FETCH BACKWARD 1 FROM back;
FETCH LAST FROM back;
FETCH ABSOLUTE 3 FROM back;
FETCH BACKWARD ALL FROM back;
FETCH ALL FROM plain;
SELECT compared('SELECT channel, nps(recommend), count(*) FROM answers WHERE at >= ''2026-02-05 13:00'' GROUP BY 1');
SAVEPOINT s;
DELETE FROM answers WHERE channel = 'chat';
SELECT compared('SELECT channel, nps(recommend), count(*) FROM answers WHERE at >= ''2026-02-05 13:00'' GROUP BY 1');
ROLLBACK TO s;
SELECT compared('SELECT channel, nps(recommend), count(*) FROM answers WHERE at >= ''2026-02-05 13:00'' GROUP BY 1');
DELETE FROM answers WHERE id = 30000;
COMMIT;
FETCH ALL FROM held;
CLOSE held;
-- What was refused still is, with the same words.
CREATE FUNCTION same_error(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  with_rollups text := pg_temp.error_of(statement);
BEGIN
  SET LOCAL ces.enable_rollups = off;
  IF with_rollups IS DISTINCT FROM pg_temp.error_of(statement) THEN
    with_rollups := 'DIFFERS: ' || with_rollups || E'\n' || pg_temp.error_of(statement);
  END IF;
  SET LOCAL ces.enable_rollups = on;
  RETURN with_rollups;
END $$;
SELECT same_error(s) FROM (VALUES
  ('SELECT channel, nps(recommend) FROM answers GROUP BY 1 FOR UPDATE'), ('SELECT nps(recommend) FROM answers FOR SHARE'),
  ('SELECT agent, nps(recommend) FROM answers GROUP BY channel'), ('SELECT nps(nps(recommend)) FROM answers'), ('SELECT channel FROM answers WHERE nps(recommend) > 1'),
  ('SELECT ces_mean(effort, ''1..5'') FROM answers'), ('SELECT ces_mean(recommend, ''1..10'') FROM answers GROUP BY channel'), ('SELECT nps(recommend, NULL) FROM answers'), ('SELECT nps(recommend, ''9..1 top 0'') FROM answers'),
  ('SELECT date_trunc(''fortnight'', at), nps(recommend) FROM answers GROUP BY 1'), ('SELECT nps(recommend) FROM answers WHERE at > (SELECT at FROM answers)'), ('SELECT nps(recommend) FROM answers LIMIT -1'),
  ('SELECT 1 / (sum(effort) - sum(effort)), nps(recommend) FROM answers'), ('SELECT agent::integer, nps(recommend) FROM answers WHERE agent = ''agent 1'' GROUP BY 1'), ('SELECT nps(recommend) FROM answers WHERE at < ''yesterdayish'''),
  ('SELECT (SELECT channel FROM answers GROUP BY 1), nps(recommend) FROM answers')) v (s);
-- Keys of groups that have no answers any more are in no row, nor in an error.
CREATE TABLE codes (code text, recommend integer);
INSERT INTO codes SELECT n % 40, n % 11 FROM generate_series(1, 8000) n;
CALL ces_create_rollup('by_code', $$ SELECT code, ces_tally(recommend, 'nps') AS recommend FROM codes GROUP BY 1 $$);
INSERT INTO codes VALUES ('none', 5), (NULL, 1);
DELETE FROM codes WHERE code = 'none' OR code IS NULL;
ANALYZE codes;
SELECT compared(q) FROM (VALUES ('SELECT code::integer % 3, nps(recommend) FROM codes GROUP BY 1'), ('SELECT nps(recommend) FROM codes WHERE code::integer > 3'), ('SELECT nps(recommend) FILTER (WHERE code::integer > 3) FROM codes'),
  ('SELECT nps(recommend) FROM codes JOIN generate_series(1, 9) n ON n = code::integer'), ('SELECT code, nps(recommend) FROM codes GROUP BY CUBE (1) HAVING max(code::integer) > 0'), ('SELECT code, nps(recommend) FROM codes GROUP BY 1 HAVING code::integer > 3'), ('SELECT code, nps(recommend) FROM codes GROUP BY 1 HAVING NOT (code::integer <= 3 OR nps(recommend) < 0)'), ('SELECT code, nps(recommend) FROM codes GROUP BY 1 HAVING (code::integer > 3 AND count(*) > 10) OR (code::integer > 3 AND nps(recommend) < 0)'), ('SELECT code, nps(recommend) FROM codes GROUP BY 1 HAVING (code::integer > 3 AND count(*) > 10) = true'), ('SELECT code, nps(recommend) FROM codes GROUP BY 1')) v (q);
-- Nor are subqueries asked for them.
CREATE TABLE names (code text, name text);
INSERT INTO names SELECT n, 'code ' || n FROM generate_series(0, 39) n;
INSERT INTO names VALUES ('none', 'one'), ('none', 'two');
SELECT compared(q) FROM (VALUES ('SELECT nps(recommend) FROM codes c WHERE (SELECT name FROM names n WHERE n.code = c.code) > ''code 2'''), ('SELECT nps(recommend) FILTER (WHERE (SELECT name FROM names n WHERE n.code = c.code) > ''code 2'') FROM codes c'),
  ('SELECT (SELECT name FROM names n WHERE n.code = c.code), nps(recommend) FROM codes c GROUP BY 1'), ('SELECT nps(recommend) FROM codes c WHERE (c.code, ''code 2'') = (SELECT code, name FROM names n WHERE n.code = c.code)')) v (q);
-- A condition that keeps another one from an error still does, after WITH and in the FILTER of the rollup itself.
CREATE TABLE mixed AS SELECT code, recommend FROM codes UNION ALL SELECT 'none', 5 FROM generate_series(1, 10);
CALL ces_create_rollup('by_mixed', $$ SELECT code, ces_tally(recommend, 'nps') AS recommend FROM mixed GROUP BY 1 $$);
ANALYZE mixed;
SELECT compared('WITH m AS MATERIALIZED (SELECT * FROM mixed WHERE lower(upper(lower(upper(code)))) <> ''none'') SELECT nps(recommend) FROM m WHERE code::integer > 3');
SELECT compared('WITH m AS (SELECT * FROM mixed WHERE lower(upper(lower(upper(code)))) <> ''none'') SELECT nps(recommend), (SELECT count(*) FROM m) FROM m WHERE code::integer > 3');
SELECT compared('WITH m AS (SELECT * FROM mixed WHERE lower(upper(lower(upper(code)))) <> ''none'') SELECT nps(recommend), (SELECT count(*) FROM m) FROM m');
SELECT ces_drop_rollup('by_mixed');
CALL ces_create_rollup('by_number', $$ SELECT code, ces_tally(recommend, 'nps') FILTER (WHERE code <> 'none') AS recommend FROM mixed GROUP BY 1 $$);
SELECT compared('SELECT nps(recommend) FILTER (WHERE code <> ''none'' AND code::integer > 3) FROM mixed');
SELECT compared('SELECT nps(recommend) FILTER (WHERE code <> ''none'' AND code > ''3'') FROM mixed');
SELECT ces_fold_rollup('by_code');
SELECT compared(q) FROM (VALUES ('SELECT code::integer % 3, nps(recommend) FROM codes GROUP BY 1'), ('SELECT nps(recommend) FROM codes WHERE code::integer > 3'), ('SELECT nps(recommend) FILTER (WHERE code::integer > 3) FROM codes')) v (q);
DELETE FROM codes;
SELECT compared(q) FROM (VALUES ('SELECT nps(recommend), count(*) FROM codes'), ('SELECT code, nps(recommend), count(*) FROM codes GROUP BY 1'), ('SELECT count(*), nps(recommend) FROM codes GROUP BY ()'), ('SELECT code, count(*), nps(recommend) FROM codes GROUP BY CUBE (1)'), ('SELECT nps(recommend) FROM codes HAVING count(*) = 0'), ('SELECT count(*), nps(recommend) FROM codes GROUP BY GROUPING SETS ((), ())')) v (q);

--
-- Plans that are used again
--
SET plan_cache_mode = force_generic_plan;
PREPARE weekly (text) AS SELECT date_trunc('week', atz), nps(recommend), count(*) FROM answers WHERE channel = $1 GROUP BY 1 ORDER BY 1;
PREPARE bounded (timestamptz, timestamptz) AS SELECT channel, nps(recommend), count(*) FROM answers WHERE atz >= $1 AND atz < $2 GROUP BY 1 ORDER BY 1;
CREATE FUNCTION weekly(channel text) RETURNS text[] LANGUAGE plpgsql AS $$
BEGIN
  RETURN ARRAY(SELECT (date_trunc('week', a.atz), nps(a.recommend), count(*))::text FROM answers a WHERE a.channel = weekly.channel GROUP BY date_trunc('week', a.atz) ORDER BY date_trunc('week', a.atz));
END $$;
CREATE FUNCTION weekly_sql(text) RETURNS text[] LANGUAGE sql VOLATILE AS $$
  SELECT ARRAY(SELECT (date_trunc('week', a.atz), nps(a.recommend), count(*))::text FROM answers a WHERE a.channel = $1 GROUP BY date_trunc('week', a.atz) ORDER BY date_trunc('week', a.atz)) $$;
-- All of these against the answers.
CREATE FUNCTION wrong_plans() RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  r record;
  expected text[];
  bounded text[];
  got text[] := '{}';
BEGIN
  SET LOCAL ces.enable_rollups = off;
  EXECUTE 'SELECT ARRAY(SELECT (date_trunc(''week'', atz), nps(recommend), count(*))::text FROM answers WHERE channel = ''phone'' GROUP BY date_trunc(''week'', atz) ORDER BY date_trunc(''week'', atz))' INTO expected;
  EXECUTE 'SELECT ARRAY(SELECT (channel, nps(recommend), count(*))::text FROM answers WHERE atz >= ''2026-02-03 12:00+00'' AND atz < ''2026-02-20 23:30+00'' GROUP BY channel ORDER BY channel)' INTO bounded;
  SET LOCAL ces.enable_rollups = on;
  FOR r IN EXECUTE 'EXECUTE weekly(''phone'')' LOOP got := got || r::text; END LOOP;
  RETURN QUERY SELECT 'prepared statement' WHERE got <> expected;
  got := '{}';
  FOR r IN EXECUTE 'EXECUTE bounded(''2026-02-03 12:00+00'', ''2026-02-20 23:30+00'')' LOOP got := got || r::text; END LOOP;
  RETURN QUERY SELECT 'prepared statement with bounds' WHERE got <> bounded;
  RETURN QUERY SELECT 'PL/pgSQL' WHERE weekly('phone') <> expected;
  RETURN QUERY SELECT 'SQL' WHERE weekly_sql('phone') <> expected;
END $$;
SELECT wrong_plans();
SELECT reads('EXECUTE weekly(''phone'')');
SET TimeZone = 'Asia/Kolkata';
SELECT wrong_plans();
SET TimeZone = 'Europe/Amsterdam';
SELECT wrong_plans();
SET TimeZone = 'UTC';
SELECT wrong_plans();
-- Changes of the answers, folded or not.
INSERT INTO answers SELECT n + 50000, '2026-02-07', '2026-02-07 23:30Z', 'phone', 'agent 1', true, 10, 7, 0 FROM generate_series(1, 10) n;
SELECT wrong_plans();
SELECT ces_fold_rollup('daily_tz') > 0 AS folded;
SELECT wrong_plans();
-- The trigger is off; changes are missed.
ALTER TABLE answers DISABLE TRIGGER USER;
UPDATE answers SET recommend = 0 WHERE id % 100 = 0;
SELECT wrong_plans();
SELECT reads('EXECUTE weekly(''phone'')');
ALTER TABLE answers ENABLE TRIGGER USER;
SELECT wrong_plans();
SELECT reads('EXECUTE weekly(''phone'')');
SELECT ces_repair_rollup('daily') > 0, ces_repair_rollup('daily_tz') > 0;
SELECT wrong_plans();
SELECT reads('EXECUTE weekly(''phone'')');
SET session_replication_role = replica;
UPDATE answers SET recommend = 9 WHERE id % 100 = 0;
SELECT wrong_plans();
RESET session_replication_role;
SELECT wrong_plans();
-- The rollup goes, and comes back.
SELECT ces_drop_rollup('daily_tz');
SELECT wrong_plans();
SELECT reads('EXECUTE weekly(''phone'')');
CALL ces_create_rollup('daily_tz', $$ SELECT (atz AT TIME ZONE 'UTC')::date AS day, channel, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM answers GROUP BY 1, 2 $$);
SELECT wrong_plans();
SELECT reads('EXECUTE weekly(''phone'')');
BEGIN;
SELECT ces_drop_rollup('daily_tz');
SELECT wrong_plans();
ROLLBACK;
SELECT wrong_plans();
SELECT reads('EXECUTE weekly(''phone'')');
-- Renamed, and with another type of a column that no rollup uses.
ALTER VIEW daily_tz RENAME TO "Daily tz";
ALTER TABLE answers RENAME recommend TO r;
ALTER TABLE answers RENAME r TO recommend;
ALTER TABLE answers ALTER secret TYPE bigint;
SELECT wrong_plans();
ALTER TABLE answers ADD COLUMN note text DEFAULT 'x';
ALTER TABLE answers DROP COLUMN note;
SELECT wrong_plans();
SELECT reads('EXECUTE weekly(''phone'')');
BEGIN;
TRUNCATE answers;
SELECT wrong_plans();
INSERT INTO answers VALUES (1, '2026-02-07', '2026-02-07 23:30Z', 'phone', 'agent 1', true, 10, 7, 0);
SELECT wrong_plans();
ROLLBACK;
SELECT wrong_plans();
-- A function within a function has changed, and a domain has got a condition.
CREATE FUNCTION inner_name(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT upper($1) $$;
CREATE FUNCTION outer_name(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT inner_name($1) $$;
CREATE DOMAIN known_channel AS text;
PREPARE named AS SELECT outer_name(channel), nps(recommend) IS NOT NULL AS answered FROM answers GROUP BY 1 ORDER BY 1;
PREPARE known AS SELECT channel::known_channel, nps(recommend) IS NOT NULL AS answered FROM answers GROUP BY 1 ORDER BY 1;
SELECT reads('EXECUTE named') <> 'answers' AS named, reads('EXECUTE known') <> 'answers' AS known;
EXECUTE named;
EXECUTE known;
CREATE OR REPLACE FUNCTION inner_name(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT 'new ' || $1 $$;
EXECUTE named;
ALTER DOMAIN known_channel ADD CHECK (VALUE <> 'phone');
SELECT pg_temp.error_of('EXECUTE known');
-- Another role, and another setting: a plan follows the setting with which it was made.
SET ROLE rollup_unchanged_reader;
SELECT pg_temp.error_of('EXECUTE weekly(''phone'')');
RESET ROLE;
SELECT wrong_plans();

-- Partitions come and go.
PREPARE of_parts AS SELECT channel, nps(recommend), count(*) FROM parts GROUP BY 1 ORDER BY 1;
CREATE FUNCTION wrong_parts() RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  r record;
  expected text[];
  got text[] := '{}';
BEGIN
  SET LOCAL ces.enable_rollups = off;
  EXECUTE 'SELECT ARRAY(SELECT (channel, nps(recommend), count(*))::text FROM parts GROUP BY channel ORDER BY channel)' INTO expected;
  SET LOCAL ces.enable_rollups = on;
  FOR r IN EXECUTE 'EXECUTE of_parts' LOOP got := got || r::text; END LOOP;
  RETURN CASE WHEN got <> expected THEN 'DIFFERS' ELSE 'same' END || ', from ' || reads('EXECUTE of_parts');
END $$;
SELECT wrong_parts();
ALTER TABLE parts DETACH PARTITION parts_march;
SELECT wrong_parts();
INSERT INTO parts_march VALUES ('2026-03-02', 'detached', 9);
ALTER TABLE parts ATTACH PARTITION parts_march FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
SELECT wrong_parts();
SELECT ces_fold_rollup('daily_parts') IS NOT NULL AS folded;
SELECT wrong_parts();
CREATE TABLE parts_april (at timestamp, channel text, recommend integer);
INSERT INTO parts_april VALUES ('2026-04-02', 'attached', 9);
ALTER TABLE parts ATTACH PARTITION parts_april FOR VALUES FROM ('2026-04-01') TO ('2026-05-01');
SELECT wrong_parts();
SELECT ces_fold_rollup('daily_parts') IS NOT NULL AS folded;
SELECT wrong_parts();
TRUNCATE parts_april;
SELECT wrong_parts();
CREATE TABLE parts_rest PARTITION OF parts DEFAULT;
SELECT wrong_parts();
INSERT INTO parts VALUES ('2027-01-01', 'rest', 1), (NULL, 'rest', 2);
SELECT wrong_parts();
DROP TABLE parts_march;
SELECT wrong_parts();
TRUNCATE parts_february;
SELECT wrong_parts();
INSERT INTO parts SELECT at, channel, recommend FROM answers;
SELECT wrong_parts();
SELECT ces_fold_rollup('daily_parts') IS NOT NULL AS folded;
SELECT compared('SELECT channel, nps(recommend), count(*) FROM parts GROUP BY 1');
ALTER TABLE parts_april DISABLE TRIGGER USER;
INSERT INTO parts VALUES ('2026-04-03', 'missed', 9);
SELECT wrong_parts();
SELECT compared('SELECT nps(recommend), count(*) FROM ONLY parts'), compared('SELECT nps(recommend), count(*) FROM parts_april'), compared('SELECT nps(recommend), count(*) FROM parts TABLESAMPLE SYSTEM (100)');
RESET plan_cache_mode;

--
-- Within a statement that writes
--
CREATE TABLE seen (place text, with_rollups text, without text);
CREATE FUNCTION look(place text) RETURNS void LANGUAGE plpgsql AS $$
DECLARE
  with_rollups text;
  without text;
BEGIN
  EXECUTE 'SELECT (nps(recommend), count(*))::text FROM answers WHERE channel = ''phone''' INTO with_rollups;
  SET LOCAL ces.enable_rollups = off;
  EXECUTE 'SELECT (nps(recommend), count(*))::text FROM answers WHERE channel = ''phone''' INTO without;
  SET LOCAL ces.enable_rollups = on;
  INSERT INTO seen VALUES (place, with_rollups, without);
END $$;
CREATE FUNCTION look_in_trigger() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  PERFORM look(format('%s %s %s', TG_WHEN, TG_LEVEL, TG_OP));
  RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER a_before BEFORE INSERT OR UPDATE OR DELETE ON answers FOR EACH ROW EXECUTE FUNCTION look_in_trigger();
CREATE TRIGGER a_before_statement BEFORE INSERT OR UPDATE OR DELETE OR TRUNCATE ON answers EXECUTE FUNCTION look_in_trigger();
CREATE TRIGGER a_row AFTER INSERT OR UPDATE OR DELETE ON answers FOR EACH ROW EXECUTE FUNCTION look_in_trigger();
CREATE TRIGGER z_row AFTER INSERT OR UPDATE OR DELETE ON answers FOR EACH ROW EXECUTE FUNCTION look_in_trigger();
CREATE TRIGGER a_statement AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON answers EXECUTE FUNCTION look_in_trigger();
CREATE TRIGGER z_statement AFTER INSERT OR UPDATE OR DELETE OR TRUNCATE ON answers EXECUTE FUNCTION look_in_trigger();
CREATE CONSTRAINT TRIGGER deferred AFTER INSERT OR UPDATE OR DELETE ON answers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION look_in_trigger();
INSERT INTO answers VALUES (60001, '2026-02-08', '2026-02-08Z', 'phone', 'agent 1', true, 0, 1, 0), (60002, '2026-02-08', '2026-02-08Z', 'phone', 'agent 1', true, 10, 1, 0);
UPDATE answers SET channel = 'chat' WHERE id IN (60001, 60002);
INSERT INTO answers VALUES (60001, '2026-02-08', '2026-02-08Z', 'phone', 'agent 1', true, 0, 1, 0) ON CONFLICT (id) DO UPDATE SET recommend = 5, channel = 'phone';
DELETE FROM answers WHERE id IN (60001, 60002);
WITH i AS (INSERT INTO answers VALUES (60003, '2026-02-08', '2026-02-08Z', 'phone', 'agent 1', true, 0, 1, 0) RETURNING id), u AS (UPDATE answers SET recommend = 1 WHERE id = 100 RETURNING look('RETURNING')) SELECT look('main query') FROM i, u;
INSERT INTO answers SELECT n + 61000, '2026-02-08', '2026-02-08Z', 'phone' || left(look('INSERT ... SELECT')::text, 0), 'agent 1', true, 0, 1, 0 FROM generate_series(1, 3) n;
UPDATE answers SET recommend = 2 WHERE id > 61000 AND look('UPDATE ... WHERE') IS NOT NULL;
DELETE FROM answers WHERE id > 61000 RETURNING look('DELETE ... RETURNING');
BEGIN;
TRUNCATE answers;
INSERT INTO seen SELECT 'truncated', (nps(recommend), count(*))::text, '(,0)' FROM answers;
ROLLBACK;
SELECT count(*) > 30 AS looked, count(*) FILTER (WHERE with_rollups IS DISTINCT FROM without) AS differ, string_agg(place, ', ' ORDER BY place) FILTER (WHERE with_rollups IS DISTINCT FROM without) AS where FROM seen;
-- A statement doesn't see what it changes itself.
WITH i AS (INSERT INTO answers VALUES (60004, '2026-02-08', '2026-02-08Z', 'once', 'agent 1', true, 0, 1, 0) RETURNING id),
     d AS (DELETE FROM answers WHERE channel = 'fax' RETURNING id)
SELECT channel, count(*), nps(recommend) IS NULL AS nothing FROM answers, (SELECT count(*) FROM i) i, (SELECT count(*) FROM d) d WHERE channel IN ('once', 'fax') GROUP BY 1;
SELECT channel, count(*), nps(recommend) IS NULL AS nothing FROM answers WHERE channel IN ('once', 'fax') GROUP BY 1;
-- A volatile function sees what was written before; a stable one doesn't.
CREATE FUNCTION add_and_count() RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO answers VALUES ((SELECT max(id) + 1 FROM answers), '2026-02-09', '2026-02-09Z', 'added', 'agent 1', true, 7, 1, 0);
  RETURN (SELECT (count(*), nps(recommend))::text FROM answers WHERE channel = 'added');
END $$;
CREATE FUNCTION counted() RETURNS text LANGUAGE sql STABLE AS $$ SELECT (count(*), nps(recommend))::text FROM answers WHERE channel = 'added' $$;
SELECT add_and_count(), counted() FROM generate_series(1, 2);
SELECT counted();

--
-- Plans of other kinds
--
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
CREATE TABLE query (q text);
INSERT INTO query VALUES ('SELECT channel, nps(recommend), count(*) FROM answers GROUP BY 1'), ('SELECT date_trunc(''week'', at), agent, ces_topbox(effort) FROM answers WHERE at BETWEEN ''2026-02-03 10:00'' AND ''2026-02-26 10:00'' GROUP BY 1, 2'),
  ('SELECT nps(recommend) FROM answers WHERE at >= ''2026-02-03 10:00'''), ('SELECT channel, agent, nps(recommend) FROM answers GROUP BY ROLLUP (1, 2)'), ('SELECT channel, nps(recommend) FROM parts GROUP BY 1'), ('SELECT nps(a.recommend) FROM answers a JOIN answers b USING (id)');
SELECT split_part(compared(q), ',', 1) FROM query;
\set parallel `case "$(pg_config --version)" in *' 15'*) echo force_parallel_mode ;; *) echo debug_parallel_query ;; esac`
SET :parallel = on;
SELECT split_part(compared(q), ',', 1) FROM query;
RESET :parallel;
RESET min_parallel_table_scan_size;
SET enable_partitionwise_aggregate = on;
SET enable_partitionwise_join = on;
SELECT split_part(compared(q), ',', 1) FROM query;
SET jit = on;
SET jit_above_cost = 0;
SET jit_inline_above_cost = 0;
SET jit_optimize_above_cost = 0;
SELECT split_part(compared(q), ',', 1) FROM query LIMIT 2;
RESET jit;
SET enable_hashagg = off;
SET enable_hashjoin = off;
SET enable_sort = off;
SELECT split_part(compared(q), ',', 1) FROM query;
SET enable_sort = on;
SET enable_nestloop = off;
SET enable_seqscan = off;
SET work_mem = '64kB';
SELECT split_part(compared(q), ',', 1) FROM query;

RESET ALL;
SET client_min_messages = warning;
DROP SCHEMA rollup_unchanged CASCADE;
DROP ROLE rollup_unchanged_reader, rollup_unchanged_owner;
