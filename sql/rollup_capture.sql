\i test/lib/preamble.sql
SET client_min_messages = warning;
-- Rollups: after each kind of change, a rollup is what its query gives

-- How many groups of a rollup differ from the query
CREATE FUNCTION pg_temp.wrong(rollup text DEFAULT 'daily') RETURNS bigint LANGUAGE plpgsql SET ces.enable_rollups = off AS $$
DECLARE
  groups bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM ((TABLE %1$s EXCEPT ALL TABLE %1$s_definition)
                                        UNION ALL (TABLE %1$s_definition EXCEPT ALL TABLE %1$s)) d', rollup) INTO groups;
  RETURN groups;
END $$;

CREATE TABLE survey (id integer PRIMARY KEY, parent integer REFERENCES survey ON DELETE CASCADE);
CREATE TABLE responses (
  id integer PRIMARY KEY,
  survey integer REFERENCES survey ON UPDATE CASCADE ON DELETE CASCADE,
  answered_at timestamp,
  channel text,
  agent integer,
  effort_score integer,
  recommend smallint,
  quality double precision,
  asked text,
  scale ces_scale DEFAULT '1..5',
  test boolean DEFAULT false,
  remark text
);
CALL ces_create_rollup('daily', $$
  SELECT answered_at::date AS day, channel, agent,
         ces_tally(effort_score, '1..7') AS effort,
         ces_tally(recommend, 'nps') AS recommend,
         count(*) AS responses
  FROM responses GROUP BY 1, 2, 3 $$);
CALL ces_create_rollup('by_scale', $$
  SELECT scale, ces_tally(quality, scale) FILTER (WHERE quality <@ scale) AS quality, survey,
         ces_tally(effort_score, '7..1') FILTER (WHERE agent > 1) AS effort,
         count(remark) AS remarks, count(*) FILTER (WHERE recommend > 5) AS likes
  FROM responses WHERE NOT test GROUP BY scale, survey $$);
CREATE FUNCTION pg_temp.check_all() RETURNS text LANGUAGE sql
  RETURN 'wrong groups: ' || pg_temp.wrong() || ', ' || pg_temp.wrong('by_scale')
    || '; groups: ' || (SELECT count(*) FROM daily) || ', ' || (SELECT count(*) FROM by_scale)
    || '; answers: ' || coalesce((SELECT sum(responses) FROM daily), 0);

-- INSERT: one row, many, none, one without answers
INSERT INTO survey VALUES (1, NULL), (2, NULL), (3, 2);
INSERT INTO responses (id, survey, answered_at, channel, agent, effort_score, recommend, quality) VALUES (1, 1, '2026-03-01 10:00', 'chat', 1, 3, 9, 4);
SELECT pg_temp.check_all();
INSERT INTO responses (id, survey, answered_at, channel, agent, effort_score, recommend, quality, scale, test, remark)
  SELECT i, 1 + i % 3, '2026-03-01'::timestamp + i * interval '7 minutes', (ARRAY['chat', 'phone', NULL])[1 + i % 3], i % 4,
         CASE WHEN i % 9 < 7 THEN 1 + i % 7 END, CASE WHEN i % 13 < 11 THEN i % 11 END, CASE WHEN i % 17 < 15 THEN i % 6 END,
         (CASE WHEN i % 5 > 0 THEN ARRAY['1..5', '0..5', '5..1', '1..5 top 5']::ces_scale[] END)[1 + i % 4], i % 10 = 0,
         CASE WHEN i % 3 = 0 THEN 'remark' END
  FROM generate_series(2, 2000) i;
SELECT pg_temp.check_all();
INSERT INTO responses SELECT * FROM responses WHERE false;
INSERT INTO responses (id) VALUES (0);
SELECT pg_temp.check_all();

-- UPDATE of a score, a key, a condition, and of what no query counts
UPDATE responses SET effort_score = 8 - effort_score WHERE id % 5 = 0;
SELECT pg_temp.check_all();
UPDATE responses SET effort_score = NULL, recommend = 10 WHERE id % 50 = 1;
SELECT pg_temp.check_all();
UPDATE responses SET channel = 'mail', answered_at = answered_at + interval '1 day' WHERE id % 7 = 0;
SELECT pg_temp.check_all();
UPDATE responses SET test = NOT test WHERE id % 11 = 0;
SELECT pg_temp.check_all();
UPDATE responses SET scale = '0..10' WHERE id % 19 = 0;
SELECT pg_temp.check_all();
CREATE TEMP TABLE deltas AS SELECT (SELECT count(*) FROM daily_delta) AS before;
UPDATE responses SET asked = 'x';
UPDATE responses SET effort_score = effort_score, agent = agent + 0;
SELECT count(*) - (SELECT before FROM deltas) AS new_deltas FROM daily_delta;
-- what cancels out leaves nothing
WITH gone AS (DELETE FROM responses WHERE id = 5 RETURNING *) UPDATE responses SET asked = 'y' WHERE id = 6;
SELECT pg_temp.check_all();

-- DELETE; groups that are emptied and filled again
DELETE FROM responses WHERE id % 3 = 0;
SELECT pg_temp.check_all();
BEGIN;
CREATE TEMP TABLE kept AS TABLE responses;
DELETE FROM responses;
SELECT pg_temp.check_all();
INSERT INTO responses TABLE kept;
SELECT pg_temp.check_all();
DROP TABLE kept;
COMMIT;

-- COPY
COPY responses (id, survey, answered_at, channel, effort_score) FROM stdin;
3001	1	2026-03-04	chat	7
3002	\N	2026-03-04	chat	1
3003	3	2026-03-05	\N	\N
\.
SELECT pg_temp.check_all();

-- ON CONFLICT
INSERT INTO responses (id, survey, answered_at, channel, effort_score) VALUES (3001, 3, '2026-03-06', 'chat', 2), (3004, 1, '2026-03-06', 'chat', 2)
  ON CONFLICT DO NOTHING;
INSERT INTO responses (id, survey, answered_at, channel, effort_score) VALUES (3001, 3, '2026-03-06', 'chat', 3), (3005, 1, '2026-03-06', 'chat', 3)
  ON CONFLICT (id) DO UPDATE SET effort_score = EXCLUDED.effort_score, answered_at = EXCLUDED.answered_at;
SELECT pg_temp.check_all();

-- MERGE
MERGE INTO responses r USING (SELECT 2990 + i AS id, i FROM generate_series(1, 30) i) s ON r.id = s.id
  WHEN MATCHED AND s.i % 2 = 0 THEN DELETE
  WHEN MATCHED THEN UPDATE SET effort_score = 5, channel = 'merged'
  WHEN NOT MATCHED THEN INSERT (id, channel, effort_score, quality) VALUES (s.id, 'merged', 6, 3);
SELECT pg_temp.check_all();

-- CTEs that write the table, some of them the same rows' groups
WITH a AS (INSERT INTO responses (id, channel, effort_score) VALUES (4001, 'cte', 1), (4002, 'cte', 2) RETURNING id),
     b AS (UPDATE responses SET channel = 'cte' WHERE channel = 'merged' RETURNING id),
     c AS (DELETE FROM responses WHERE channel = 'mail' AND id % 2 = 0 RETURNING id),
     d AS (INSERT INTO survey SELECT 10 FROM a LIMIT 1 RETURNING id)
INSERT INTO responses (id, channel, effort_score) SELECT 1000 + id, 'cte', 3 FROM a;
SELECT pg_temp.check_all();

-- foreign keys: cascades, one of them over a reference to the own table
UPDATE survey SET id = 20 WHERE id = 1;
SELECT pg_temp.check_all();
DELETE FROM survey WHERE id = 2;
SELECT pg_temp.check_all();

-- triggers on the table: some change or skip rows, others write the table again
CREATE FUNCTION pg_temp.amend() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id % 5 = 0 THEN RETURN NULL; END IF;
  NEW.channel := 'amended';
  RETURN NEW;
END $$;
CREATE FUNCTION pg_temp.echo() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF NEW.id < 100000 THEN
    INSERT INTO responses (id, channel, effort_score) VALUES (NEW.id + 100000, 'echo', NEW.effort_score);
    UPDATE responses SET effort_score = 1 + effort_score % 7 WHERE id = NEW.id;
    DELETE FROM responses WHERE id = NEW.id - 2;
  END IF;
  RETURN NULL;
END $$;
CREATE FUNCTION pg_temp.echo_statement() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  UPDATE responses SET effort_score = 4 WHERE channel = 'echo' AND pg_trigger_depth() = 1;
  RETURN NULL;
END $$;
CREATE TRIGGER amend BEFORE INSERT OR UPDATE ON responses FOR EACH ROW WHEN (NEW.id BETWEEN 6000 AND 6999) EXECUTE FUNCTION pg_temp.amend();
CREATE TRIGGER a_echo AFTER INSERT ON responses FOR EACH ROW WHEN (NEW.id BETWEEN 6000 AND 6999) EXECUTE FUNCTION pg_temp.echo();
CREATE TRIGGER z_echo AFTER INSERT ON responses FOR EACH ROW WHEN (NEW.id BETWEEN 7000 AND 7999) EXECUTE FUNCTION pg_temp.echo();
CREATE TRIGGER echo_statement AFTER INSERT ON responses FOR EACH STATEMENT EXECUTE FUNCTION pg_temp.echo_statement();
INSERT INTO responses (id, channel, effort_score) SELECT i, 'chat', 1 + i % 7 FROM generate_series(6001, 6020) i;
SELECT pg_temp.check_all();
INSERT INTO responses (id, channel, effort_score) SELECT i, 'chat', 1 + i % 7 FROM generate_series(7001, 7020) i;
SELECT pg_temp.check_all();
UPDATE responses SET agent = 7 WHERE id > 6000;
SELECT pg_temp.check_all();
DROP TRIGGER amend ON responses;
DROP TRIGGER a_echo ON responses;
DROP TRIGGER z_echo ON responses;
DROP TRIGGER echo_statement ON responses;

-- A trigger that sees the changes of its statement may not see them in the rollup yet,
-- but what follows the statement does, in a function too.
CREATE FUNCTION pg_temp.change_and_look(OUT rows_wrong bigint) LANGUAGE plpgsql AS $$
BEGIN
  INSERT INTO responses (id, channel, effort_score) VALUES (8001, 'look', 1);
  UPDATE responses SET effort_score = 2 WHERE id = 8001;
  rows_wrong := pg_temp.wrong();
END $$;
SELECT pg_temp.change_and_look();

-- a function in the statement that writes the table itself
CREATE FUNCTION pg_temp.add_one(number integer) RETURNS integer LANGUAGE sql AS $$
  INSERT INTO responses (id, channel, effort_score) VALUES (number, 'nested', 5) RETURNING 5;
$$;
INSERT INTO responses (id, channel, effort_score) SELECT i, 'nested', pg_temp.add_one(i + 100) FROM generate_series(8100, 8110) i;
SELECT pg_temp.check_all();

-- savepoints and errors
BEGIN;
INSERT INTO responses (id, channel, effort_score) VALUES (9001, 'tx', 1);
SAVEPOINT a;
INSERT INTO responses (id, channel, effort_score) VALUES (9002, 'tx', 2);
SAVEPOINT b;
DELETE FROM responses WHERE channel = 'tx';
SELECT pg_temp.check_all();
ROLLBACK TO b;
INSERT INTO responses (id, channel, effort_score) VALUES (9003, 'tx', 3), (9004, 'tx', 99);
ROLLBACK TO a;
SELECT pg_temp.check_all();
INSERT INTO responses (id, channel, effort_score) VALUES (9005, 'tx', 3);
RELEASE a;
SELECT pg_temp.check_all();
COMMIT;
SELECT pg_temp.check_all();
BEGIN;
DELETE FROM responses WHERE id % 2 = 0;
ROLLBACK;
SELECT pg_temp.check_all();
CREATE FUNCTION pg_temp.fail() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  -- the inner block captures and fails, at the level of the trigger and one below
  BEGIN
    INSERT INTO responses (id, channel, effort_score) VALUES (NEW.id + 100, 'inner', 3);
    RAISE 'take that back';
  EXCEPTION WHEN raise_exception THEN NULL;
  END;
  BEGIN
    INSERT INTO responses (id, channel, effort_score) VALUES (NEW.id + 200, 'inner', 77);
  EXCEPTION WHEN numeric_value_out_of_range THEN NULL;
  END;
  INSERT INTO responses (id, channel, effort_score) VALUES (NEW.id + 300, 'inner', 3);
  IF NEW.id % 2 = 0 THEN RAISE division_by_zero; END IF;
  RETURN NULL;
END $$;
CREATE TRIGGER fail AFTER INSERT ON responses FOR EACH ROW WHEN (NEW.channel = 'fail') EXECUTE FUNCTION pg_temp.fail();
DO $$
BEGIN
  FOR i IN 9101 .. 9110 LOOP
    BEGIN
      INSERT INTO responses (id, channel, effort_score) VALUES (i, 'fail', 2), (i + 50, 'other', 2);
    EXCEPTION WHEN division_by_zero THEN NULL;
    END;
  END LOOP;
END $$;
SELECT pg_temp.check_all(), count(*) FILTER (WHERE channel = 'inner') AS inner, count(*) FILTER (WHERE channel = 'fail') AS fail FROM responses;
DROP TRIGGER fail ON responses;

-- isolation levels
BEGIN ISOLATION LEVEL SERIALIZABLE;
UPDATE responses SET effort_score = 1 + effort_score % 7 WHERE id % 2 = 0;
SELECT pg_temp.check_all();
COMMIT;
SELECT pg_temp.check_all();

-- TRUNCATE: rolled back, in an older snapshot, and followed by more
BEGIN;
TRUNCATE responses;
SELECT pg_temp.check_all();
INSERT INTO responses (id, channel, effort_score) VALUES (1, 'new', 1);
SELECT pg_temp.check_all();
SAVEPOINT a;
TRUNCATE responses;
ROLLBACK TO a;
SELECT pg_temp.check_all();
ROLLBACK;
SELECT pg_temp.check_all();
BEGIN ISOLATION LEVEL REPEATABLE READ;
CREATE TEMP TABLE kept AS TABLE responses;
TRUNCATE survey CASCADE;
SELECT pg_temp.check_all();
INSERT INTO responses SELECT (k).id, NULL, (k).answered_at, (k).channel, (k).agent, (k).effort_score FROM kept k;
SELECT pg_temp.check_all();
COMMIT;
SELECT pg_temp.check_all();

-- more groups than there is memory for
SET maintenance_work_mem = '1MB';
INSERT INTO responses (id, channel, agent, effort_score, remark) SELECT 20000 + i, 'memory', i % 20000, 1 + i % 7, 'x' FROM generate_series(1, 40000) i;
SELECT pg_temp.check_all();
UPDATE responses SET channel = 'more ' || id % 3, effort_score = 8 - effort_score WHERE channel = 'memory';
SELECT pg_temp.check_all();
DELETE FROM responses WHERE id > 20000;
SELECT pg_temp.check_all();
RESET maintenance_work_mem;

-- Nothing is left to the next test.
DROP FUNCTION pg_temp.check_all();
SELECT ces_drop_rollup('daily'), ces_drop_rollup('by_scale');
DROP TABLE responses, survey;
