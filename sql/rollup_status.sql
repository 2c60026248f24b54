--
-- ces_rollup_status: what can go wrong with a rollup, and what to type.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
\set rollup :abs_srcdir '/test/lib/rollup.sql'
\i :rollup
CREATE SCHEMA rollup_status;
SET search_path = rollup_status, public;
CREATE ROLE rollup_status_owner;
CREATE ROLE rollup_status_other;
GRANT CREATE, USAGE ON SCHEMA rollup_status TO rollup_status_owner, rollup_status_other;

CREATE TABLE responses (id int PRIMARY KEY, channel text, score int);
INSERT INTO responses SELECT n, (ARRAY['chat', 'email'])[1 + n % 2], 1 + n % 7 FROM generate_series(1, 20) n;
ALTER TABLE responses OWNER TO rollup_status_owner;
CALL ces_create_rollup('daily', $$
  SELECT channel, ces_tally(score, '1..7') AS effort, count(*) AS responses FROM responses GROUP BY channel $$);

-- Nothing is wrong, with deltas and without.
SELECT * FROM ces_rollup_status WHERE rollup = 'daily'::regclass;
INSERT INTO responses VALUES (21, 'chat', 1), (22, 'email', 2);
UPDATE responses SET score = 7 WHERE id = 1;
SELECT rollup, source, populated, deltas > 0 AS deltas, problem, remedy FROM ces_rollup_status WHERE rollup = 'daily'::regclass;
SELECT ces_fold_rollup('daily') > 0 AS folded;
SELECT * FROM ces_rollup_status WHERE rollup = 'daily'::regclass;

-- Without data; nothing hides the other rollup.
CALL ces_create_rollup('later', $$
  SELECT channel, ces_tally(score, '1..7') AS effort FROM responses GROUP BY channel $$, with_data => false);
SELECT * FROM ces_rollup_status WHERE source = 'responses'::regclass ORDER BY rollup::text;
SELECT pg_temp.error_of('SELECT * FROM later');
SELECT pg_temp.verdict('later');
SELECT ces_drop_rollup('later');

-- Triggers. Their names are those of the query below; the tests take them as they come.
SELECT tgenabled, count(*) FROM pg_trigger WHERE tgrelid = 'responses'::regclass GROUP BY 1;
ALTER TABLE responses DISABLE TRIGGER USER;
INSERT INTO responses VALUES (23, 'fax', 1);
SELECT pg_temp.verdict('daily');
SELECT tgenabled, count(*) FROM pg_trigger WHERE tgrelid = 'responses'::regclass GROUP BY 1;
-- What pg_restore --disable-triggers leaves.
ALTER TABLE responses DISABLE TRIGGER USER;
DELETE FROM responses WHERE id = 23;
ALTER TABLE responses ENABLE TRIGGER USER;
SELECT pg_temp.verdict('daily');
SELECT tgenabled, count(*) FROM pg_trigger WHERE tgrelid = 'responses'::regclass GROUP BY 1;
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'responses'::regclass LOOP
    EXECUTE format('ALTER TABLE responses ENABLE REPLICA TRIGGER %I', name);
  END LOOP;
END $$;
INSERT INTO responses VALUES (24, 'fax', 1);
SELECT pg_temp.verdict('daily');
SELECT tgenabled, count(*) FROM pg_trigger WHERE tgrelid = 'responses'::regclass GROUP BY 1;
-- Each trigger dropped.
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'responses'::regclass AND tgtype & 32 = 0 LOOP
    EXECUTE format('DROP TRIGGER %I ON responses', name);
  END LOOP;
END $$;
UPDATE responses SET channel = 'telefax' WHERE channel = 'fax';
SELECT pg_temp.verdict('daily');
INSERT INTO responses VALUES (25, 'fax', 1);
SELECT pg_temp.verdict('daily');
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'responses'::regclass AND tgtype & 32 = 32 LOOP
    EXECUTE format('DROP TRIGGER %I ON responses', name);
  END LOOP;
END $$;
TRUNCATE responses;
SELECT pg_temp.verdict('daily');
INSERT INTO responses SELECT n, (ARRAY['chat', 'email'])[1 + n % 2], 1 + n % 7 FROM generate_series(1, 20) n;
SELECT pg_temp.verdict('daily');
-- All, and then none of the rollup's own.
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'responses'::regclass LOOP
    EXECUTE format('DROP TRIGGER %I ON responses', name);
  END LOOP;
END $$;
DELETE FROM responses WHERE id = 1;
SELECT pg_temp.verdict('daily');
ALTER TABLE daily_store DISABLE TRIGGER USER;
ALTER TABLE daily_delta DISABLE TRIGGER USER;
INSERT INTO responses VALUES (26, 'fax', 1);
SELECT pg_temp.verdict('daily');
SELECT tgenabled, count(*) FROM pg_trigger WHERE tgrelid IN ('daily_store'::regclass, 'daily_delta'::regclass) GROUP BY 1;
-- The store's.
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'daily_store'::regclass LOOP
    EXECUTE format('DROP TRIGGER %I ON daily_store', name);
  END LOOP;
END $$;
SELECT pg_temp.verdict('daily');
SELECT pg_temp.error_of('DELETE FROM daily_store');
-- The flush.
DO $$
DECLARE name text;
BEGIN
  FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'daily_delta'::regclass AND tgfoid = '_ces_rollup_flush'::regproc LOOP
    EXECUTE format('DROP TRIGGER %I ON daily_delta', name);
  END LOOP;
END $$;
SELECT pg_temp.error_of($$INSERT INTO responses VALUES (27, 'fax', 1)$$);
SELECT pg_temp.verdict('daily');

-- Someone wrote the tables of the rollup all the same.
ALTER TABLE daily_store DISABLE TRIGGER USER;
DELETE FROM daily_store WHERE channel = 'chat';
INSERT INTO daily_store (channel, effort, responses, rows) VALUES ('smoke signal', '1..7 {1,0,0,0,0,0,0}', 1, 1);
ALTER TABLE daily_store ENABLE TRIGGER USER;
SELECT key, found IS NULL AS missing, expected IS NULL AS too_much FROM ces_check_rollup('daily') ORDER BY key::text;
SELECT ces_repair_rollup('daily');
SELECT pg_temp.verdict('daily');

-- Owners.
ALTER TABLE responses OWNER TO rollup_status_other;
SELECT pg_temp.verdict('daily');
INSERT INTO responses VALUES (28, 'fax', 1);
SELECT pg_temp.verdict('daily');
SELECT relname, relowner::regrole FROM pg_class WHERE relnamespace = 'rollup_status'::regnamespace AND relname ~ '^(daily|responses)' AND relkind IN ('r', 'v') ORDER BY 1;
ALTER VIEW daily OWNER TO rollup_status_other;
SELECT problem, remedy FROM ces_rollup_status WHERE problem LIKE '%daily%';
SELECT pg_temp.verdict('daily');
ALTER TABLE daily_store OWNER TO rollup_status_other;
SELECT problem, remedy FROM ces_rollup_status WHERE problem LIKE '%daily%';
SELECT pg_temp.verdict('daily');
ALTER TABLE daily_delta OWNER TO rollup_status_other;
SELECT problem, remedy FROM ces_rollup_status WHERE problem LIKE '%daily%';
SELECT pg_temp.verdict('daily');
REASSIGN OWNED BY rollup_status_owner TO rollup_status_other;
INSERT INTO responses VALUES (29, 'fax', 1);
SELECT pg_temp.verdict('daily');
REASSIGN OWNED BY rollup_status_other TO rollup_status_owner;
INSERT INTO responses VALUES (30, 'fax', 1);
SELECT pg_temp.verdict('daily');

-- A table that inherits.
CREATE TABLE more () INHERITS (responses);
INSERT INTO more VALUES (31, 'fax', 1);
SELECT pg_temp.verdict('daily');
ALTER TABLE more INHERIT responses;
CREATE TABLE yet_more () INHERITS (responses);
SELECT pg_temp.verdict('daily');
DROP TABLE more, yet_more;

-- Row-level security that applies to the owner, and that which doesn't.
ALTER TABLE responses ENABLE ROW LEVEL SECURITY;
INSERT INTO responses VALUES (32, 'fax', 1);
SELECT pg_temp.verdict('daily');
ALTER TABLE responses FORCE ROW LEVEL SECURITY;
INSERT INTO responses VALUES (33, 'fax', 1);
SELECT problem, remedy FROM ces_rollup_status WHERE rollup = 'daily'::regclass;
SELECT pg_temp.verdict('daily');
ALTER TABLE responses DISABLE ROW LEVEL SECURITY;

-- Persistence.
ALTER TABLE responses SET UNLOGGED;
SELECT pg_temp.verdict('daily');
SELECT relname, relpersistence FROM pg_class WHERE oid IN ('responses'::regclass, 'daily_store'::regclass, 'daily_delta'::regclass) ORDER BY 1;
ALTER TABLE responses SET LOGGED;
INSERT INTO responses VALUES (34, 'fax', 1);
SELECT pg_temp.verdict('daily');
SELECT relname, relpersistence FROM pg_class WHERE oid IN ('responses'::regclass, 'daily_store'::regclass, 'daily_delta'::regclass) ORDER BY 1;

-- Objects that are gone, and columns that something was done to.
SELECT pg_temp.error_of('ALTER TABLE responses DROP channel');
SELECT pg_temp.error_of('ALTER TABLE responses ALTER score TYPE bigint');
SELECT pg_temp.error_of('DROP TABLE responses');
SELECT pg_temp.error_of('DROP VIEW daily_definition');
SELECT pg_temp.error_of('DROP TABLE daily_store');
SELECT pg_temp.error_of('DROP TABLE daily_delta');
SELECT pg_temp.error_of('DROP VIEW daily');
ALTER TABLE daily_store ADD extra int;
ALTER TABLE daily_delta ADD extra int;
INSERT INTO responses VALUES (35, 'fax', 1);
SELECT ces_fold_rollup('daily') > 0 AS folded;
SELECT pg_temp.verdict('daily');
ALTER TABLE daily_store DROP extra;
ALTER TABLE daily_delta DROP extra;
INSERT INTO responses VALUES (36, 'fax', 1);
SELECT pg_temp.verdict('daily');

-- Names that must be quoted, in problems and remedies.
CREATE TABLE "the 'best' \""answers\""" (id int, "the ""channel" text, "'score'" int);
CALL ces_create_rollup('"it''s; DROP TABLE responses; --"', $$
  SELECT "the ""channel" AS "a ""key", ces_tally("'score'", '1..7') AS "the 'effort'"
  FROM "the 'best' \""answers\""" GROUP BY 1 $$);
ALTER TABLE "the 'best' \""answers\""" DISABLE TRIGGER USER;
INSERT INTO "the 'best' \""answers\""" VALUES (1, 'chat', 7);
SELECT problem, remedy FROM ces_rollup_status WHERE source = '"the ''best'' \""answers\"""'::regclass;
SELECT remedy FROM ces_rollup_status WHERE source = '"the ''best'' \""answers\"""'::regclass LIMIT 1 \gexec
SELECT * FROM "it's; DROP TABLE responses; --";
SELECT problem, remedy FROM ces_rollup_status WHERE source = '"the ''best'' \""answers\"""'::regclass;
INSERT INTO "the 'best' \""answers\""" VALUES (2, 'chat', 6);
SELECT * FROM "it's; DROP TABLE responses; --";
SELECT ces_drop_rollup('"it''s; DROP TABLE responses; --"');

-- Several problems at once; one rollup's don't hide another's.
CALL ces_create_rollup('second', $$
  SELECT score, ces_tally(score, '1..7') AS effort FROM responses GROUP BY score $$);
CALL ces_create_rollup('third', $$
  SELECT id % 2 AS odd, ces_tally(score, '1..7') AS effort FROM responses GROUP BY 1 $$, with_data => false);
ALTER TABLE responses DISABLE TRIGGER USER;
SELECT rollup, problem, remedy FROM ces_rollup_status WHERE source = 'responses'::regclass ORDER BY 1, 2;
SELECT pg_temp.verdict('third');
SELECT pg_temp.verdict('daily');

SET client_min_messages = warning;
DROP SCHEMA rollup_status CASCADE;
DROP ROLE rollup_status_owner, rollup_status_other;
SELECT * FROM ces_rollup_status;
