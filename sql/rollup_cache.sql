--
-- rollup_cache: whether a rollup can be read in place of the answers, for the planner
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

CREATE TABLE answers (answered_at timestamptz, channel text, recommend int);
CALL ces_create_rollup('daily', $$SELECT (answered_at AT TIME ZONE 'Europe/Berlin')::date AS day, channel, ces_tally(recommend, 'nps') AS recommend FROM answers GROUP BY 1, 2$$);

-- While a plan runs: any time zone will do, or only that of the session.
SET TimeZone = 'europe/berlin';
SELECT left(zone, 20) AS zone, _ces_rollup_is_current('daily_delta', 'answers', zone) FROM unnest(ARRAY[NULL, 'Europe/Berlin', 'EUROPE/BERLIN', 'Europe/Paris', 'UTC', '', '+02', repeat('x', 1000)]) zone;
SET TimeZone = 'UTC';
SELECT zone, _ces_rollup_is_current('daily_delta', 'answers', zone) FROM unnest(ARRAY[NULL, 'Europe/Berlin', 'UTC', 'utc', 'Etc/UTC']) zone;
SET TimeZone = '+02';
SELECT zone, _ces_rollup_is_current('daily_delta', 'answers', zone) FROM unnest(ARRAY[NULL, '+02', '<+02>-02']) zone;
RESET TimeZone;
-- Anyone may call it with anything.
SELECT relation, _ces_rollup_is_current(relation, relation, NULL) FROM unnest(ARRAY[NULL, 0, 4294967295, 'daily', 'daily_store', 'daily_definition', 'daily_delta', 'answers', 'pg_class', 'pg_class_oid_index']::regclass[]) relation;

-- Within a trigger the changes of the statement are not counted yet.
CREATE FUNCTION note() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE NOTICE '% %: rollup %', TG_WHEN, TG_LEVEL, _ces_rollup_is_current('daily_delta', 'answers', NULL);
	RETURN NEW;
END $$;
CREATE TRIGGER a AFTER INSERT ON answers FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER z AFTER INSERT ON answers FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER b BEFORE INSERT ON answers FOR EACH ROW EXECUTE FUNCTION note();
CREATE TRIGGER s AFTER INSERT ON answers FOR EACH STATEMENT EXECUTE FUNCTION note();
CREATE CONSTRAINT TRIGGER d AFTER INSERT ON answers DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION note();
BEGIN;
INSERT INTO answers VALUES ('2026-01-01', 'web', 10);
SELECT _ces_rollup_is_current('daily_delta', 'answers', NULL) AS after_the_statement;
COMMIT;
DROP FUNCTION note CASCADE;

-- A rollup that was populated after the snapshot of the transaction.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM answers;
\setenv PGDATABASE :DBNAME
\! psql -qXc "SET client_min_messages = warning; CALL ces_create_rollup('late', 'SELECT channel, ces_tally(recommend, ''nps'') AS recommend FROM answers GROUP BY 1')"
SELECT _ces_rollup_is_current('daily_delta', 'answers', NULL) AS daily, _ces_rollup_is_current('late_delta', 'answers', NULL) AS late;
COMMIT;
SELECT _ces_rollup_is_current('daily_delta', 'answers', NULL) AS daily, _ces_rollup_is_current('late_delta', 'answers', NULL) AS late;
-- One of this transaction is current.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT ces_drop_rollup('late');
SELECT _ces_rollup_is_current('daily_delta', 'answers', NULL) AS daily;
COMMIT;
SELECT ces_drop_rollup('daily');
DROP TABLE answers;

-- A function sees what the statement that calls it has written so far; it is not counted yet.
CREATE TABLE answers (id int, channel text, recommend int) PARTITION BY RANGE (id);
CREATE TABLE answers_0 PARTITION OF answers FOR VALUES FROM (0) TO (3);
CREATE TABLE answers_1 PARTITION OF answers FOR VALUES FROM (3) TO (100000);
INSERT INTO answers SELECT i, 'channel ' || i % 4, i % 11 FROM generate_series(1, 10000) i;
SET client_min_messages = warning;
CALL ces_create_rollup('channels', $$SELECT channel, ces_tally(recommend, 'nps') AS recommend FROM answers GROUP BY channel$$);
RESET client_min_messages;
ANALYZE;
CREATE FUNCTION seen(int) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
BEGIN
	RETURN (SELECT coalesce(ces_tally(recommend, '0..10')::text, 'none') FROM answers WHERE channel = 'new') || CASE WHEN _ces_rollup_is_current('channels_delta', 'answers', NULL) THEN ' from the rollup' ELSE ' from the answers' END;
END $$;
SELECT used FROM ces_rollup_explain($$SELECT ces_tally(recommend, '0..10') FROM answers WHERE channel = 'new'$$);
INSERT INTO answers SELECT i, 'new', i FROM generate_series(1, 3) i RETURNING recommend, seen(recommend);
SELECT seen(1);
UPDATE answers SET recommend = recommend + 5 WHERE channel = 'new' RETURNING id, seen(recommend);
INSERT INTO answers_0 SELECT id, channel, 10 FROM answers_0 WHERE channel = 'new' RETURNING recommend, seen(recommend);
DELETE FROM answers WHERE channel = 'new' AND recommend = 10 RETURNING id, seen(recommend);
WITH gone AS (DELETE FROM answers_1 WHERE channel = 'new' RETURNING recommend, seen(recommend)) SELECT * FROM gone;
-- The rest of the transaction reads the answers, too, unless the change was undone.
DO $$
BEGIN
	INSERT INTO answers SELECT i, 'new', i FROM generate_series(1, 2) i WHERE seen(i) IS NOT NULL;
	RAISE NOTICE '%', seen(1);
	INSERT INTO answers SELECT 3, 'new', 1 / (length(seen(1)) - length(seen(1)));
EXCEPTION WHEN division_by_zero THEN
	RAISE NOTICE '%', seen(1);
END $$;
-- Statements that write something else don't matter.
CREATE TABLE note AS SELECT seen(1);
INSERT INTO note SELECT seen(2);
TABLE note;
DROP FUNCTION seen;
SELECT ces_drop_rollup('channels');
DROP TABLE answers, note;

-- A table whose triggers call something else, or name no rollup, has none.
CREATE TABLE plain (channel text, recommend int);
CREATE TRIGGER guarded BEFORE UPDATE ON plain FOR EACH ROW EXECUTE FUNCTION _ces_rollup_guard();
SELECT nps(recommend) FROM plain;
SELECT rollup, used FROM ces_rollup_explain('SELECT nps(recommend) FROM plain');
CREATE TRIGGER stray AFTER INSERT OR UPDATE OR DELETE ON plain FOR EACH ROW WHEN ('plain'::regclass IS DISTINCT FROM 'plain'::regclass) EXECUTE FUNCTION _ces_rollup_capture();
SELECT rollup, used FROM ces_rollup_explain('SELECT nps(recommend) FROM plain');
DROP TABLE plain;

-- A key of a domain: what the domain allows counts for those who ask, too.
CREATE DOMAIN channel_name AS text;
CREATE TABLE answers (id int, channel text, recommend int) PARTITION BY RANGE (id);
CREATE TABLE answers_0 PARTITION OF answers FOR VALUES FROM (0) TO (5000);
CREATE TABLE answers_1 PARTITION OF answers FOR VALUES FROM (5000) TO (100000);
INSERT INTO answers SELECT i, 'channel ' || i % 4, i % 11 FROM generate_series(1, 10000) i;
SET client_min_messages = warning;
CALL ces_create_rollup('names', $$SELECT channel::channel_name AS name, ces_tally(recommend, 'nps') AS recommend FROM answers GROUP BY 1$$);
RESET client_min_messages;
ANALYZE;
PREPARE names AS SELECT channel::channel_name, ces_tally(recommend, 'nps') FROM answers GROUP BY 1 ORDER BY 1;
EXECUTE names;
SELECT used FROM ces_rollup_explain('SELECT channel::channel_name, ces_tally(recommend, ''nps'') FROM answers GROUP BY 1 ORDER BY 1');
ALTER DOMAIN channel_name ADD CHECK (VALUE <> 'channel 3') NOT VALID;
SELECT pg_temp.error_of('EXECUTE names');
ALTER DOMAIN channel_name DROP CONSTRAINT channel_name_check;

-- A partition has no rollup of its own, and one trigger is as good as two.
SELECT rollup, used FROM ces_rollup_explain('SELECT nps(recommend) FROM answers_0');
CREATE TRIGGER twice AFTER INSERT OR UPDATE OR DELETE ON answers FOR EACH ROW WHEN ('names'::regclass IS DISTINCT FROM 'names_delta'::regclass) EXECUTE FUNCTION _ces_rollup_capture();
SELECT rollup, count(*) FROM ces_rollup_explain('SELECT nps(recommend) FROM answers') GROUP BY 1;
DROP TRIGGER twice ON answers;

-- Without the table of partitions as it was made, no partition is counted.
ALTER TABLE names_partition RENAME part TO other;
SELECT rollup, used, reason FROM ces_rollup_explain('SELECT channel::channel_name, nps(recommend) FROM answers GROUP BY 1');
ALTER TABLE names_partition RENAME other TO part;
SELECT rollup, used FROM ces_rollup_explain('SELECT channel::channel_name, nps(recommend) FROM answers GROUP BY 1');

-- What replication brings of the rollup's own tables is left out.
SET session_replication_role = replica;
DELETE FROM names_store;
RESET session_replication_role;

-- Several jobs restore a dump: a partition is loaded in the transaction that truncates it, before its own triggers are
-- there, and its rows were counted before the dump.
ALTER TABLE names_partition DISABLE TRIGGER ALL;
UPDATE names_partition SET source_trigger = 1;
SELECT format('DROP TRIGGER %I ON answers_0', tgname) FROM pg_trigger WHERE tgrelid = 'answers_0'::regclass AND tgfoid = '_ces_rollup_truncate'::regproc \gexec
SELECT count(*) AS deltas FROM names_delta;
BEGIN;
TRUNCATE ONLY answers_0;
INSERT INTO answers_0 SELECT i, 'channel ' || i % 4, i % 11 FROM generate_series(1, 4999) i;
COMMIT;
SELECT count(*) AS deltas FROM names_delta;
SELECT * FROM ces_check_rollup('names');
SELECT ces_drop_rollup('names');
DROP TABLE answers;
DROP DOMAIN channel_name;

-- Of two rollups, that which costs less is read.
CREATE TABLE answers (id int, channel text, recommend int);
INSERT INTO answers SELECT i, 'channel ' || i % 4, i % 11 FROM generate_series(1, 20000) i;
SET client_min_messages = warning;
CALL ces_create_rollup('a_fine', $$SELECT id % 1000 AS part, channel, ces_tally(recommend, 'nps') AS recommend FROM answers GROUP BY 1, 2$$);
CALL ces_create_rollup('b_coarse', $$SELECT channel, ces_tally(recommend, 'nps') AS recommend FROM answers GROUP BY 1$$);
RESET client_min_messages;
VACUUM ANALYZE answers, a_fine_store, a_fine_delta, b_coarse_store, b_coarse_delta;
SELECT rollup, used, reason FROM ces_rollup_explain('SELECT channel, nps(recommend) FROM answers GROUP BY 1');
SELECT ces_drop_rollup('a_fine'), ces_drop_rollup('b_coarse');
DROP TABLE answers;
