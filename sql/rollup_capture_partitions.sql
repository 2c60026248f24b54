\i test/lib/preamble.sql
SET client_min_messages = warning;
-- Rollups of a partitioned table: after each kind of change, a rollup is what its query gives

-- How many groups of the rollup differ from the query
CREATE FUNCTION pg_temp.check_all() RETURNS text LANGUAGE plpgsql SET ces.enable_rollups = off AS $$
DECLARE
  result text;
BEGIN
  SELECT 'wrong groups: ' || (SELECT count(*) FROM ((TABLE daily EXCEPT ALL TABLE daily_definition)
                                                    UNION ALL (TABLE daily_definition EXCEPT ALL TABLE daily)) d)
    || '; groups: ' || (SELECT count(*) FROM daily) || '; answers: ' || coalesce((SELECT sum(responses) FROM daily), 0) INTO result;
  RETURN result;
END $$;

CREATE TABLE answers (id integer, answered_at date, gone text, channel text, effort_score integer, likes integer,
                      PRIMARY KEY (id, answered_at, channel))
  PARTITION BY RANGE (answered_at);
CREATE TABLE answers_2025 PARTITION OF answers FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
-- columns in another order, behind one that was dropped
CREATE TABLE answers_2026 (extra bigint, channel text NOT NULL, likes integer, id integer NOT NULL, effort_score integer, answered_at date NOT NULL, gone text)
  PARTITION BY LIST (channel);
ALTER TABLE answers_2026 DROP COLUMN extra;
CREATE TABLE answers_2026_chat (effort_score integer, gone text, id integer NOT NULL, answered_at date NOT NULL, likes integer, channel text NOT NULL);
CREATE TABLE answers_2026_rest PARTITION OF answers_2026 DEFAULT;
ALTER TABLE answers_2026 ATTACH PARTITION answers_2026_chat FOR VALUES IN ('chat');
ALTER TABLE answers ATTACH PARTITION answers_2026 FOR VALUES FROM ('2026-01-01') TO ('2027-01-01');
ALTER TABLE answers DROP COLUMN gone;

CALL ces_create_rollup('daily', $$
  SELECT answered_at, channel, ces_tally(effort_score, '1..7') AS effort, ces_tally(likes, 'nps') FILTER (WHERE effort_score > 2) AS likes,
         count(*) AS responses
  FROM answers GROUP BY 1, 2 $$);

INSERT INTO answers SELECT i, '2025-12-01'::date + i % 60, (ARRAY['chat', 'phone'])[1 + i % 2], 1 + i % 7, i % 11 FROM generate_series(1, 2000) i;
SELECT pg_temp.check_all();
COPY answers FROM stdin;
2001	2025-12-24	chat	3	10
2002	2026-12-24	chat	4	\N
2003	2026-12-24	mail	\N	0
\.
SELECT pg_temp.check_all();
-- a partition itself
INSERT INTO answers_2026_chat (id, answered_at, channel, effort_score) VALUES (2004, '2026-02-03', 'chat', 5);
COPY answers_2026_rest (id, answered_at, channel, effort_score) FROM stdin;
2005	2026-05-05	mail	7
\.
UPDATE answers_2026 SET effort_score = 8 - effort_score WHERE id % 3 = 0;
DELETE FROM answers_2025 WHERE id % 5 = 0;
SELECT pg_temp.check_all();
-- rows that move to another partition, over both levels
UPDATE answers SET answered_at = answered_at + 31 WHERE id % 4 = 0;
SELECT pg_temp.check_all();
UPDATE answers SET channel = CASE channel WHEN 'chat' THEN 'phone' ELSE 'chat' END, effort_score = NULL WHERE id % 6 = 0;
SELECT pg_temp.check_all();
UPDATE answers_2026 SET channel = 'chat' WHERE id % 7 = 0;
SELECT pg_temp.check_all();
-- also where something refers to them
CREATE TABLE follow_up (id integer, answered_at date, channel text, score integer,
                        FOREIGN KEY (id, answered_at, channel) REFERENCES answers ON UPDATE CASCADE ON DELETE CASCADE);
INSERT INTO follow_up SELECT id, answered_at, channel, 1 FROM answers WHERE id % 8 = 1;
UPDATE answers SET answered_at = answered_at + 40 WHERE id % 16 = 1;
SELECT pg_temp.check_all();
INSERT INTO answers SELECT id, answered_at, channel, effort_score FROM answers WHERE id % 16 = 9
  ON CONFLICT (id, answered_at, channel) DO UPDATE SET effort_score = 1, likes = 1;
SELECT pg_temp.check_all();
MERGE INTO answers a USING (SELECT generate_series(1, 3000, 17) AS id) s ON a.id = s.id
  WHEN MATCHED AND s.id % 3 = 0 THEN DELETE
  WHEN MATCHED AND s.id % 3 = 1 THEN UPDATE SET answered_at = '2026-11-11', effort_score = 2
  WHEN NOT MATCHED THEN INSERT VALUES (s.id, '2025-01-01', 'merged', 3, 3);
SELECT pg_temp.check_all();

DROP TABLE follow_up;

-- new partitions, and ones that come and go
CREATE TABLE answers_2027 PARTITION OF answers FOR VALUES FROM ('2027-01-01') TO ('2028-01-01');
INSERT INTO answers VALUES (3001, '2027-01-01', 'chat', 1, 1);
INSERT INTO answers_2027 VALUES (3002, '2027-01-01', 'chat', 1, 1);
SELECT pg_temp.check_all();
CREATE TABLE answers_2028 (likes integer, channel text NOT NULL, id integer NOT NULL, answered_at date NOT NULL, effort_score integer);
BEGIN;
ALTER TABLE answers ATTACH PARTITION answers_2028 FOR VALUES FROM ('2028-01-01') TO ('2029-01-01');
INSERT INTO answers VALUES (3003, '2028-01-01', 'chat', 2, 9);
SELECT pg_temp.check_all();
ALTER TABLE answers DETACH PARTITION answers_2028;
SELECT pg_temp.check_all();
INSERT INTO answers_2028 (id, answered_at, channel, effort_score) VALUES (3003, '2028-01-01', 'mail', 2);
SELECT pg_temp.check_all();
COMMIT;
SELECT pg_temp.check_all();
ALTER TABLE answers DETACH PARTITION answers_2025;
SELECT pg_temp.check_all();
DELETE FROM answers_2025;
ALTER TABLE answers ATTACH PARTITION answers_2025 FOR VALUES FROM ('2025-01-01') TO ('2026-01-01');
SELECT ces_fold_rollup('daily') > 0;
SELECT pg_temp.check_all();

-- TRUNCATE at each level, rolled back, and with rows afterwards
BEGIN;
TRUNCATE answers_2026_chat;
SELECT pg_temp.check_all();
INSERT INTO answers VALUES (4001, '2026-06-06', 'chat', 6, 6);
SELECT pg_temp.check_all();
SAVEPOINT a;
TRUNCATE answers_2026;
SELECT pg_temp.check_all();
INSERT INTO answers VALUES (4002, '2026-06-06', 'phone', 6, 6);
SELECT pg_temp.check_all();
TRUNCATE answers_2026_rest, answers_2026;
SELECT pg_temp.check_all();
INSERT INTO answers VALUES (4003, '2026-06-06', 'phone', 6, 6);
ROLLBACK TO a;
SELECT pg_temp.check_all();
TRUNCATE answers;
SELECT pg_temp.check_all();
INSERT INTO answers VALUES (4004, '2027-06-06', 'phone', 6, 6);
SELECT pg_temp.check_all();
ROLLBACK;
SELECT pg_temp.check_all();
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) > 0 FROM daily;
TRUNCATE answers_2026_rest;
INSERT INTO answers VALUES (4005, '2026-06-06', 'phone', 6, 6);
SELECT pg_temp.check_all();
COMMIT;
SELECT pg_temp.check_all();

-- DDL between statements
ALTER TABLE answers RENAME COLUMN effort_score TO effort;
ALTER TABLE answers RENAME TO survey_answers;
UPDATE survey_answers SET effort = 1 + coalesce(effort, 0) % 7 WHERE id % 2 = 0;
SELECT pg_temp.check_all();
ALTER TABLE daily_delta RENAME TO some_deltas;
ALTER TABLE daily_store RENAME TO some_store;
ALTER VIEW daily_definition RENAME TO some_query;
CREATE SCHEMA elsewhere;
ALTER TABLE some_deltas SET SCHEMA elsewhere;
ALTER TABLE survey_answers ADD COLUMN channel_class text;
ALTER TABLE survey_answers ALTER COLUMN id TYPE bigint;
DELETE FROM survey_answers WHERE id % 3 = 0;
INSERT INTO survey_answers SELECT i, '2026-08-01', 'late', 7, 9 FROM generate_series(5001, 5010) i;
ALTER VIEW some_query RENAME TO daily_definition;
SELECT pg_temp.check_all();

-- Nothing is left to the next test.
DROP FUNCTION pg_temp.check_all();
SELECT ces_drop_rollup('daily');
DROP TABLE survey_answers;

DROP SCHEMA elsewhere;
