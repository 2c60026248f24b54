--
-- Rollups of partitioned tables. After whatever is done to a partition, the rollup is right,
-- or ces_rollup_status says what to type, and then it is.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
\set rollup :abs_srcdir '/test/lib/rollup.sql'
\i :rollup
CREATE SCHEMA rollup_partitions;
SET search_path = rollup_partitions, public;

-- Three levels. Columns have another order in some partitions, and dropped ones before them.
CREATE TABLE answers (id int, day date, channel text, agent int, score int, note text) PARTITION BY RANGE (day);
CREATE TABLE january PARTITION OF answers FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE february (gone int, score int, channel text, day date, also_gone text, note text, id int, agent int)
  PARTITION BY LIST (channel);
ALTER TABLE february DROP gone, DROP also_gone;
CREATE TABLE february_chat PARTITION OF february FOR VALUES IN ('chat');
CREATE TABLE february_rest (note text, agent int, x int, y int, id int, channel text, day date, score int)
  PARTITION BY HASH (agent);
ALTER TABLE february_rest DROP x, DROP y;
CREATE TABLE february_rest_0 PARTITION OF february_rest FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE february_rest_1 PARTITION OF february_rest FOR VALUES WITH (MODULUS 2, REMAINDER 1);
ALTER TABLE february ATTACH PARTITION february_rest DEFAULT;
ALTER TABLE answers ATTACH PARTITION february FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO answers
SELECT n, date '2026-01-01' + n % 59, (ARRAY['chat', 'email', 'phone', NULL])[1 + n % 4], n % 5, 1 + n % 7, 'note'
FROM generate_series(1, 400) n;

CALL ces_create_rollup('daily', $$
  SELECT day, channel, ces_tally(score, '1..7') AS effort, ces_tally(score, '1..7') FILTER (WHERE agent > 2) AS new_agents,
         count(*) AS responses
  FROM answers GROUP BY day, channel $$);
CALL ces_create_rollup('agents', $$
  SELECT agent, ces_tally(score, '1..7') AS effort FROM answers WHERE note <> 'test' GROUP BY agent $$);
-- A rollup of a part of the tree.
CALL ces_create_rollup('february_daily', $$
  SELECT day, ces_tally(score, '1..7') AS effort, count(score) AS scores FROM february GROUP BY day $$);
CREATE FUNCTION pg_temp.verdicts() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT r || ': ' || v FROM unnest(ARRAY['daily', 'agents', 'february_daily']::regclass[]) r, pg_temp.verdict(r) v $$;
SELECT pg_temp.verdicts();
SELECT agent, effort FROM agents ORDER BY agent;
SET ces.enable_rollups = off;
SELECT agent, ces_tally(score, '1..7') AS effort FROM answers GROUP BY agent ORDER BY agent;
RESET ces.enable_rollups;

-- Through the root, through a partition in between, and straight into the leaves.
INSERT INTO answers VALUES (1001, '2026-01-05', 'chat', 1, 3), (1002, '2026-02-05', 'chat', 1, 3), (1003, '2026-02-05', 'email', 2, 3);
INSERT INTO february (id, day, channel, agent, score, note) VALUES (1004, '2026-02-05', 'email', 3, 4, ''), (1005, '2026-02-06', 'chat', 4, 4, 'test');
INSERT INTO february_rest (id, day, channel, agent, score, note) VALUES (1006, '2026-02-05', 'fax', 3, 4, ''), (1007, '2026-02-06', 'fax', 4, 4, 'test');
INSERT INTO january VALUES (1008, '2026-01-06', 'fax', 1, 5, '');
INSERT INTO february_chat (id, day, channel, agent, score) VALUES (1009, '2026-02-06', 'chat', 1, 6);
DO $$ BEGIN
  EXECUTE format('INSERT INTO %s (id, day, channel, agent, score, note) VALUES (1010, ''2026-02-07'', ''fax'', 3, 7, '''')',
    (SELECT tableoid::regclass FROM answers WHERE agent = 3 AND day = '2026-02-05' AND channel = 'fax' LIMIT 1));
END $$;
UPDATE answers SET score = 8 - score WHERE id % 10 = 0;
UPDATE february_chat SET score = 1 WHERE id = 1009;
UPDATE january SET agent = 9 WHERE id % 20 = 0;
DELETE FROM february_rest WHERE id % 17 = 0;
DELETE FROM february_chat WHERE id = 1005;
COPY february (id, day, channel, agent, score, note) FROM stdin;
1011	2026-02-08	chat	1	2	a
1012	2026-02-08	phone	2	3	b
\.
COPY january FROM stdin;
1013	2026-01-08	chat	1	2	a
\.
COPY answers FROM stdin;
1014	2026-01-08	chat	1	2	a
1015	2026-02-08	\N	4	7	a
\.
SELECT pg_temp.verdicts();
SELECT ces_fold_rollup('daily') > 0 AS folded, ces_fold_rollup('agents') > 0 AS folded, ces_fold_rollup('february_daily') > 0 AS folded;
SELECT pg_temp.verdicts();
SELECT count(*) FROM daily_delta;

-- From one partition to another.
UPDATE answers SET day = day + 31 WHERE id BETWEEN 1 AND 20 AND day < '2026-01-20';
UPDATE answers SET channel = 'chat' WHERE channel = 'email' AND id < 200;
UPDATE february SET channel = 'phone' WHERE channel = 'chat' AND id < 100;
UPDATE february_rest SET agent = agent + 1 WHERE id % 3 = 0;
-- MERGE files such an update as a deletion: rows move.
MERGE INTO answers a USING (VALUES (401, date '2026-01-02'), (402, '2026-02-02'), (403, '2026-02-03')) v (id, day)
ON a.id = v.id + 603 WHEN MATCHED THEN UPDATE SET day = v.day, score = 2
WHEN NOT MATCHED THEN INSERT (id, day, channel, agent, score) VALUES (v.id, v.day, 'merged', 1, 1);
MERGE INTO answers a USING (VALUES (1), (2), (3), (500)) v (id) ON a.id = v.id
WHEN MATCHED AND a.id = 1 THEN DELETE
WHEN MATCHED THEN UPDATE SET day = a.day - 31
WHEN NOT MATCHED THEN INSERT (id, day, score) VALUES (500, '2026-01-31', 7);
SELECT pg_temp.verdicts();

-- Partitions made later: as such, attached empty and full; with other columns.
CREATE TABLE march PARTITION OF answers FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
INSERT INTO march VALUES (2001, '2026-03-01', 'chat', 1, 7), (2002, '2026-03-02', 'chat', 1, 6);
INSERT INTO answers VALUES (2003, '2026-03-01', 'chat', 2, 7);
SELECT pg_temp.verdicts();
CREATE TABLE april (x int, LIKE answers);
ALTER TABLE april DROP x;
ALTER TABLE answers ATTACH PARTITION april FOR VALUES FROM ('2026-04-01') TO ('2026-05-01');
INSERT INTO april VALUES (2004, '2026-04-01', 'chat', 1, 7);
SELECT pg_temp.verdicts();
CREATE TABLE may (x int, LIKE answers) PARTITION BY LIST (channel);
CREATE TABLE may_all PARTITION OF may DEFAULT;
INSERT INTO may SELECT n, n, '2026-05-05', 'chat', n % 5, 1 + n % 7, 'full' FROM generate_series(3001, 3050) n;
ALTER TABLE may DROP x;
ALTER TABLE answers ATTACH PARTITION may FOR VALUES FROM ('2026-05-01') TO ('2026-06-01');
INSERT INTO answers VALUES (2005, '2026-05-05', 'chat', 1, 7), (2006, '2026-05-06', 'chat', 1, 7);
UPDATE may SET score = 3 WHERE id BETWEEN 3001 AND 3010;
DELETE FROM may_all WHERE id BETWEEN 3005 AND 3015;
SELECT pg_temp.verdicts();
-- In one transaction with its fold.
BEGIN;
CREATE TABLE june (LIKE answers);
INSERT INTO june SELECT n, '2026-06-05', 'chat', n % 5, 1 + n % 7, 'full' FROM generate_series(3101, 3120) n;
ALTER TABLE answers ATTACH PARTITION june FOR VALUES FROM ('2026-06-01') TO ('2026-07-01');
SELECT ces_fold_rollup('daily') IS NULL AS folded, ces_fold_rollup('agents') IS NULL AS folded;
SELECT pg_temp.verdicts();
COMMIT;
SELECT pg_temp.verdicts();
-- Rolled back.
BEGIN;
CREATE TABLE july PARTITION OF answers FOR VALUES FROM ('2026-07-01') TO ('2026-08-01');
INSERT INTO july VALUES (2007, '2026-07-01', 'chat', 1, 7);
SELECT pg_temp.verdicts();
ROLLBACK;
SELECT pg_temp.verdicts();

-- Detached: in the rollup no more. Attached again, unchanged and changed.
ALTER TABLE answers DETACH PARTITION june;
SELECT pg_temp.verdicts();
INSERT INTO june VALUES (3121, '2026-06-05', 'chat', 1, 1);
SELECT pg_temp.verdicts();
ALTER TABLE answers ATTACH PARTITION june FOR VALUES FROM ('2026-06-01') TO ('2026-07-01');
SELECT pg_temp.verdicts();
ALTER TABLE answers DETACH PARTITION june;
ALTER TABLE answers ATTACH PARTITION june FOR VALUES FROM ('2026-06-01') TO ('2026-07-01');
SELECT pg_temp.verdicts();
ALTER TABLE answers DETACH PARTITION june;
SELECT ces_fold_rollup('daily') IS NULL AS folded;
UPDATE june SET score = 1;
INSERT INTO answers VALUES (2008, '2026-03-05', 'chat', 1, 4);
ALTER TABLE answers ATTACH PARTITION june FOR VALUES FROM ('2026-06-01') TO ('2026-07-01');
INSERT INTO june VALUES (3122, '2026-06-05', 'chat', 1, 1);
SELECT pg_temp.verdicts();
-- As another part of the tree; and with another name.
ALTER TABLE answers DETACH PARTITION february;
SELECT pg_temp.verdicts();
INSERT INTO february (id, day, channel, agent, score) VALUES (2009, '2026-02-20', 'chat', 1, 4), (2010, '2026-02-20', 'fax', 1, 4);
SELECT pg_temp.verdicts();
ALTER TABLE february RENAME TO winter;
ALTER TABLE answers ATTACH PARTITION winter FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
ALTER TABLE winter RENAME TO february;
SELECT pg_temp.verdicts();
ALTER TABLE february DETACH PARTITION february_chat;
SELECT pg_temp.verdicts();
INSERT INTO february_chat (id, day, channel, agent, score) VALUES (2011, '2026-02-20', 'chat', 1, 4);
ALTER TABLE february ATTACH PARTITION february_chat FOR VALUES IN ('chat');
SELECT pg_temp.verdicts();
-- Concurrently.
ALTER TABLE answers DETACH PARTITION may CONCURRENTLY;
SELECT pg_temp.verdicts();
INSERT INTO may SELECT n, '2026-05-07', 'fax', n % 5, 1 + n % 7, 'full' FROM generate_series(3201, 3210) n;
ALTER TABLE answers ATTACH PARTITION may FOR VALUES FROM ('2026-05-01') TO ('2026-06-01');
SELECT pg_temp.verdicts();

-- Dropped; made again with its name.
DROP TABLE april;
SELECT pg_temp.verdicts();
CREATE TABLE april PARTITION OF answers FOR VALUES FROM ('2026-04-01') TO ('2026-05-01');
INSERT INTO april VALUES (2012, '2026-04-01', 'chat', 1, 7);
SELECT pg_temp.verdicts();
BEGIN; DROP TABLE april; SELECT pg_temp.verdicts(); ROLLBACK;
SELECT pg_temp.verdicts();

-- Emptied: a leaf, a new leaf, one in between, all.
TRUNCATE january;
SELECT pg_temp.verdicts();
INSERT INTO january VALUES (1, '2026-01-06', 'fax', 1, 5, '');
SELECT pg_temp.verdicts();
TRUNCATE march;
SELECT pg_temp.verdicts();
INSERT INTO march VALUES (2001, '2026-03-01', 'chat', 1, 7);
TRUNCATE march;
INSERT INTO march VALUES (2002, '2026-03-01', 'chat', 1, 6);
SELECT pg_temp.verdicts();
BEGIN; TRUNCATE january, march, may; SELECT pg_temp.verdicts(); ROLLBACK;
SELECT pg_temp.verdicts();
BEGIN;
TRUNCATE may_all;
INSERT INTO may SELECT n, '2026-05-08', 'fax', n % 5, 1 + n % 7, 'full' FROM generate_series(3301, 3310) n;
COMMIT;
SELECT pg_temp.verdicts();
TRUNCATE february;
SELECT pg_temp.verdicts();
INSERT INTO february (id, day, channel, agent, score) VALUES (2013, '2026-02-20', 'chat', 1, 4), (2014, '2026-02-20', 'fax', 1, 4);
SELECT pg_temp.verdicts();
TRUNCATE answers;
SELECT pg_temp.verdicts();
SELECT count(*) FROM daily;
INSERT INTO answers SELECT n, date '2026-01-01' + n % 120, 'chat', n % 5, 1 + n % 7, 'again' FROM generate_series(1, 200) n;
SELECT pg_temp.verdicts();
-- One that PostgreSQL didn't know when the rollup was created, after all partitions were counted.
CREATE TABLE august PARTITION OF answers FOR VALUES FROM ('2026-08-01') TO ('2026-09-01');
INSERT INTO august VALUES (2015, '2026-08-01', 'chat', 1, 7);
SELECT ces_fold_rollup('daily') > 0 AS folded;
TRUNCATE august;
SELECT pg_temp.verdicts();
TRUNCATE august;
INSERT INTO august VALUES (2016, '2026-08-01', 'chat', 1, 1), (2017, '2026-08-01', 'chat', 1, 1);
SELECT ces_fold_rollup('daily') IS NULL AS folded;
SELECT pg_temp.verdicts();

-- Rewritten.
VACUUM FULL february_chat;
SELECT pg_temp.verdicts();
ALTER TABLE answers ADD random float DEFAULT random();
SELECT pg_temp.verdicts();
ALTER TABLE answers ALTER id TYPE bigint;
INSERT INTO answers VALUES (4001, '2026-02-20', 'chat', 1, 7, 'rewritten'), (4002, '2026-03-20', 'chat', 1, 7, 'rewritten');
SELECT pg_temp.verdicts();

-- A plain table that has a rollup and becomes a partition, of a table that has another.
CREATE TABLE september (LIKE answers);
INSERT INTO september SELECT n, '2026-09-05', 'chat', n % 5, 1 + n % 7, 'own' FROM generate_series(5001, 5020) n;
CALL ces_create_rollup('september_daily', $$
  SELECT channel, ces_tally(score, '1..7') AS effort FROM september GROUP BY channel $$);
ALTER TABLE answers ATTACH PARTITION september FOR VALUES FROM ('2026-09-01') TO ('2026-10-01');
INSERT INTO answers VALUES (5021, '2026-09-06', 'email', 1, 7);
INSERT INTO september VALUES (5022, '2026-09-06', 'email', 1, 7);
SELECT pg_temp.verdicts();
SELECT pg_temp.verdict('september_daily');
ALTER TABLE answers DETACH PARTITION september;
INSERT INTO september VALUES (5023, '2026-09-06', 'phone', 1, 7);
SELECT pg_temp.verdicts();
SELECT pg_temp.verdict('september_daily');
-- The table of a rollup, attached below a new root with one.
CREATE TABLE everything (LIKE answers) PARTITION BY LIST (agent);
CALL ces_create_rollup('all_daily', $$
  SELECT day, ces_tally(score, '1..7') AS effort FROM everything GROUP BY day $$);
ALTER TABLE everything ATTACH PARTITION answers DEFAULT;
INSERT INTO everything VALUES (6001, '2026-02-07', 'chat', 1, 7), (6002, '2026-03-07', 'chat', 1, 7);
INSERT INTO february_chat (id, day, channel, agent, score) VALUES (6003, '2026-02-07', 'chat', 1, 7);
SELECT pg_temp.verdicts();
SELECT pg_temp.verdict('all_daily');
TRUNCATE everything;
SELECT pg_temp.verdicts();
SELECT pg_temp.verdict('all_daily');

-- Foreign partitions: refused at creation, a problem when they come later.
CREATE EXTENSION IF NOT EXISTS postgres_fdw;
CREATE SERVER nowhere FOREIGN DATA WRAPPER postgres_fdw;
CREATE FOREIGN TABLE october PARTITION OF answers FOR VALUES FROM ('2026-10-01') TO ('2026-11-01') SERVER nowhere;
SELECT DISTINCT problem, remedy FROM ces_rollup_status WHERE source = 'answers'::regclass ORDER BY 1;
DROP FOREIGN TABLE october;
DROP SERVER nowhere;
SELECT pg_temp.verdicts();

-- Unlogged ones, the same: a crash would empty them.
CREATE UNLOGGED TABLE november PARTITION OF answers FOR VALUES FROM ('2026-11-01') TO ('2026-12-01');
INSERT INTO november (id, day, channel, agent, score) VALUES (6101, '2026-11-02', 'chat', 1, 7);
SELECT pg_temp.verdict('daily');

-- Nothing is left.
SELECT ces_drop_rollup('daily'), ces_drop_rollup('agents'), ces_drop_rollup('february_daily'), ces_drop_rollup('september_daily'), ces_drop_rollup('all_daily');
SELECT tgname FROM pg_trigger JOIN pg_class c ON c.oid = tgrelid WHERE relnamespace = 'rollup_partitions'::regnamespace;
INSERT INTO answers VALUES (7001, '2026-02-07', 'chat', 1, 99);
TRUNCATE answers;
SET client_min_messages = warning;
DROP SCHEMA rollup_partitions CASCADE;
