\i test/lib/preamble.sql
SET client_min_messages = warning;
-- Rollups: the trigger functions on the wrong table, in the wrong hands, and with the
-- objects of a rollup changed: an error, never a wrong number

CREATE FUNCTION pg_temp.wrong(rollup text DEFAULT 'daily') RETURNS bigint LANGUAGE plpgsql SET ces.enable_rollups = off AS $$
DECLARE
  groups bigint;
BEGIN
  EXECUTE format('SELECT count(*) FROM ((TABLE %1$s EXCEPT ALL TABLE %1$s_definition)
                                        UNION ALL (TABLE %1$s_definition EXCEPT ALL TABLE %1$s)) d', rollup) INTO groups;
  RETURN groups;
END $$;

CREATE ROLE regress_ces_owner;
CREATE ROLE regress_ces_writer;
CREATE ROLE regress_ces_other;
GRANT CREATE ON SCHEMA public TO regress_ces_owner, regress_ces_other;
SET ROLE regress_ces_owner;
CREATE TABLE responses (id integer, day date, channel text, effort_score integer);
CALL ces_create_rollup('daily', $$SELECT day, channel, ces_tally(effort_score, '1..7') AS effort, count(*) AS n FROM responses GROUP BY 1, 2$$);
GRANT INSERT, DELETE ON responses TO regress_ces_writer;

-- called by hand, and by triggers of the wrong kind
SELECT _ces_rollup_capture();
SELECT _ces_rollup_flush();
SELECT _ces_rollup_guard();
SELECT _ces_rollup_truncate();
CREATE TABLE elsewhere (LIKE responses);
CREATE FUNCTION pg_temp.try(definition text, statement text DEFAULT 'INSERT INTO elsewhere VALUES (1)') RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  result text;
BEGIN
  EXECUTE 'CREATE TRIGGER t ' || definition;
  result := pg_temp.error_of(statement);
  DROP TRIGGER t ON elsewhere;
  RETURN result;
END $$;
SELECT pg_temp.try('AFTER INSERT OR UPDATE OR DELETE ON elsewhere FOR EACH ROW EXECUTE FUNCTION _ces_rollup_capture()');
SELECT pg_temp.try('AFTER INSERT ON elsewhere FOR EACH ROW EXECUTE FUNCTION _ces_rollup_capture()');
SELECT pg_temp.try('BEFORE INSERT OR UPDATE OR DELETE ON elsewhere FOR EACH ROW EXECUTE FUNCTION _ces_rollup_capture()');
SELECT pg_temp.try('AFTER INSERT OR UPDATE OR DELETE ON elsewhere FOR EACH STATEMENT EXECUTE FUNCTION _ces_rollup_capture()');
SELECT pg_temp.try($$AFTER INSERT OR UPDATE OR DELETE ON elsewhere FOR EACH ROW WHEN ('daily'::regclass IS DISTINCT FROM 'daily_delta'::regclass) EXECUTE FUNCTION _ces_rollup_capture()$$);
SELECT pg_temp.try($$AFTER INSERT OR UPDATE OF id OR DELETE ON elsewhere FOR EACH ROW WHEN ('daily'::regclass IS DISTINCT FROM 'daily_delta'::regclass) EXECUTE FUNCTION _ces_rollup_capture()$$);
SELECT pg_temp.try($$AFTER INSERT OR UPDATE OR DELETE ON elsewhere FOR EACH ROW WHEN ('daily'::regclass IS DISTINCT FROM 'elsewhere'::regclass) EXECUTE FUNCTION _ces_rollup_capture()$$);
SELECT pg_temp.try($$AFTER INSERT OR UPDATE OR DELETE ON elsewhere FOR EACH ROW WHEN ('daily'::regclass IS DISTINCT FROM 0::regclass) EXECUTE FUNCTION _ces_rollup_capture()$$);
SELECT pg_temp.try('AFTER INSERT ON elsewhere FOR EACH ROW EXECUTE FUNCTION _ces_rollup_flush()');
SELECT pg_temp.try('AFTER INSERT ON elsewhere FOR EACH STATEMENT EXECUTE FUNCTION _ces_rollup_flush()');
SELECT pg_temp.try('AFTER INSERT ON elsewhere FOR EACH ROW EXECUTE FUNCTION _ces_rollup_guard()');
SELECT pg_temp.try('BEFORE INSERT ON elsewhere FOR EACH ROW EXECUTE FUNCTION _ces_rollup_guard()');
SELECT pg_temp.try('BEFORE INSERT ON elsewhere FOR EACH ROW EXECUTE FUNCTION _ces_rollup_truncate()');
SELECT pg_temp.try('AFTER TRUNCATE ON elsewhere EXECUTE FUNCTION _ces_rollup_truncate()', 'TRUNCATE elsewhere');
SELECT pg_temp.try($$AFTER TRUNCATE ON elsewhere WHEN ('daily'::regclass IS DISTINCT FROM 'daily_delta'::regclass) EXECUTE FUNCTION _ces_rollup_truncate()$$, 'TRUNCATE elsewhere');
-- deferred, where no statement ends
CREATE CONSTRAINT TRIGGER t AFTER INSERT OR UPDATE OR DELETE ON elsewhere INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION _ces_rollup_capture();
INSERT INTO elsewhere VALUES (1);
DROP TRIGGER t ON elsewhere;
-- twice on one table
CREATE TRIGGER twice AFTER INSERT OR UPDATE OR DELETE ON responses FOR EACH ROW WHEN ('daily'::regclass IS DISTINCT FROM 'daily_delta'::regclass) EXECUTE FUNCTION _ces_rollup_capture();
SELECT pg_temp.error_of('INSERT INTO responses VALUES (1)');
DROP TRIGGER twice ON responses;
-- views of one's own in place of a rollup's
CREATE VIEW not_a_rollup AS SELECT 1 AS one;
CREATE TABLE own_delta (one integer, rows bigint);
CREATE TABLE own_store (one integer, rows bigint);
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON own_delta FOR EACH ROW
  WHEN (_ces_rollup_objects('not_a_rollup', 'not_a_rollup', 'own_store', NULL)) EXECUTE FUNCTION _ces_rollup_guard();
SELECT pg_temp.try($$AFTER INSERT OR UPDATE OR DELETE ON elsewhere FOR EACH ROW WHEN ('not_a_rollup'::regclass IS DISTINCT FROM 'own_delta'::regclass) EXECUTE FUNCTION _ces_rollup_capture()$$);
DROP TRIGGER guard ON own_delta;
CREATE TRIGGER guard BEFORE INSERT OR UPDATE OR DELETE ON own_delta FOR EACH ROW
  WHEN (_ces_rollup_objects('daily', 'daily_definition', 'daily_store', NULL)) EXECUTE FUNCTION _ces_rollup_guard();
CREATE TRIGGER twice AFTER INSERT OR UPDATE OR DELETE ON responses FOR EACH ROW WHEN ('daily'::regclass IS DISTINCT FROM 'own_delta'::regclass) EXECUTE FUNCTION _ces_rollup_capture();
SELECT pg_temp.error_of('INSERT INTO responses VALUES (1)');
DROP TRIGGER twice ON responses;
DROP TABLE own_delta, own_store;
DROP VIEW not_a_rollup;

-- the tables of a rollup are nobody's to write
SELECT pg_temp.error_of('INSERT INTO daily_delta (n) VALUES (1)');
SELECT pg_temp.error_of('INSERT INTO daily_store (n) VALUES (1)');
INSERT INTO responses VALUES (1, '2026-01-01', 'chat', 3);
SELECT ces_fold_rollup('daily');
INSERT INTO responses VALUES (1, '2026-01-01', 'chat', 3);
SELECT pg_temp.error_of('UPDATE daily_delta SET n = 2');
SELECT pg_temp.error_of('DELETE FROM daily_store');
SELECT pg_temp.error_of('TRUNCATE daily_store');
SELECT pg_temp.error_of('TRUNCATE daily_delta');
RESET ROLE;
SET session_replication_role = replica;
UPDATE daily_delta SET n = 2;
DELETE FROM daily_store;
INSERT INTO daily_delta (n) VALUES (1);
SELECT pg_temp.error_of('TRUNCATE daily_delta');
-- but what replication brings to the table is counted
INSERT INTO responses VALUES (2, '2026-01-01', 'chat', 4);
RESET session_replication_role;
SELECT pg_temp.wrong(), n FROM daily;

-- a writer needs no right on the rollup
SET ROLE regress_ces_writer;
INSERT INTO responses VALUES (3, '2026-01-02', 'chat', 5);
DELETE FROM responses;
INSERT INTO responses VALUES (3, '2026-01-02', 'chat', 5);
-- and isn't shown keys that it may not read
SELECT pg_temp.error_of($$INSERT INTO responses VALUES (3, '2026-01-02', 'chat', 50)$$);
SELECT pg_temp.error_of('INSERT INTO daily_delta (n) VALUES (1)');
RESET ROLE;
SELECT pg_temp.wrong(), n FROM daily;

-- the table changes hands
ALTER TABLE responses OWNER TO regress_ces_other;
SELECT pg_temp.error_of('INSERT INTO responses VALUES (4)');
SELECT pg_temp.error_of('TRUNCATE responses');
ALTER TABLE daily OWNER TO regress_ces_other;
SELECT pg_temp.error_of('INSERT INTO responses VALUES (4)');
ALTER TABLE responses OWNER TO regress_ces_owner;
ALTER TABLE daily OWNER TO regress_ces_owner;
INSERT INTO responses VALUES (4, '2026-01-02', 'chat', 5);
SELECT pg_temp.wrong(), n FROM daily;

-- what would lose changes
SET ROLE regress_ces_owner;
ALTER TABLE daily_delta DISABLE TRIGGER flush;
SELECT pg_temp.error_of('INSERT INTO responses VALUES (5)');
ALTER TABLE daily_delta ENABLE TRIGGER flush;
SELECT pg_temp.error_of('INSERT INTO responses VALUES (5)');
ALTER TABLE daily_delta ENABLE ALWAYS TRIGGER flush;
CREATE INDEX delta_day ON daily_delta (day);
SELECT pg_temp.error_of('INSERT INTO responses VALUES (5)');
DROP INDEX delta_day;
BEGIN;
DROP TRIGGER flush ON daily_delta;
SELECT pg_temp.error_of('INSERT INTO responses VALUES (5)');
ROLLBACK;
BEGIN;
DROP TRIGGER guard ON daily_delta;
SELECT pg_temp.error_of('INSERT INTO responses VALUES (5)');
ROLLBACK;
-- in the middle of a statement
CREATE FUNCTION pg_temp.sabotage() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE TG_ARGV[0];
  RETURN NULL;
END $$;
CREATE TRIGGER sabotage AFTER INSERT ON responses FOR EACH ROW WHEN (NEW.id = 666) EXECUTE FUNCTION pg_temp.sabotage('DROP TRIGGER flush ON daily_delta');
SELECT pg_temp.error_of('INSERT INTO responses VALUES (665), (666), (667)');
INSERT INTO responses VALUES (665), (666);
BEGIN;
INSERT INTO responses VALUES (665), (666);
INSERT INTO responses VALUES (665);
COMMIT;
SELECT pg_temp.wrong(), count(*) FROM daily;
DROP TRIGGER sabotage ON responses;
CREATE TRIGGER sabotage AFTER INSERT ON responses FOR EACH ROW WHEN (NEW.id = 666) EXECUTE FUNCTION pg_temp.sabotage('ALTER TABLE daily_delta DISABLE TRIGGER ALL');
SELECT pg_temp.error_of('INSERT INTO responses VALUES (665), (666), (667)');
DROP TRIGGER sabotage ON responses;
CREATE TRIGGER sabotage AFTER INSERT ON responses FOR EACH ROW WHEN (NEW.id = 666) EXECUTE FUNCTION pg_temp.sabotage($$SELECT ces_drop_rollup('daily')$$);
SELECT pg_temp.error_of('INSERT INTO responses VALUES (665), (666), (667)');
DROP TRIGGER sabotage ON responses;
CREATE TRIGGER sabotage AFTER INSERT ON responses FOR EACH ROW WHEN (NEW.id = 666) EXECUTE FUNCTION pg_temp.sabotage($$SELECT ces_fold_rollup('daily')$$);
SELECT pg_temp.error_of($$INSERT INTO responses VALUES (665, '2026-02-02', 'a', 1), (666, '2026-02-02', 'b', 1), (667, '2026-02-02', 'a', 2)$$);
SELECT pg_temp.wrong(), count(*) FROM daily;
DROP TRIGGER sabotage ON responses;
-- rows that other triggers of TRUNCATE put there, or take away
CREATE TRIGGER a_seed AFTER TRUNCATE ON responses EXECUTE FUNCTION pg_temp.sabotage($$INSERT INTO responses VALUES (1, '2026-01-01', 'seed', 1)$$);
CREATE TRIGGER z_seed AFTER TRUNCATE ON responses EXECUTE FUNCTION pg_temp.sabotage($$INSERT INTO responses VALUES (2, '2026-01-02', 'seed', 2)$$);
CREATE TRIGGER before BEFORE TRUNCATE ON responses EXECUTE FUNCTION pg_temp.sabotage('DELETE FROM responses WHERE id > 1');
TRUNCATE responses;
SELECT pg_temp.wrong(), count(*) FROM daily;
DROP TRIGGER a_seed ON responses;
DROP TRIGGER z_seed ON responses;
DROP TRIGGER before ON responses;

-- a column that the owner adds to the deltas
BEGIN;
ALTER TABLE daily_delta ADD COLUMN note text;
SELECT pg_temp.error_of($$INSERT INTO responses VALUES (6, '2026-01-02', 'chat', 5)$$);
ROLLBACK;
INSERT INTO responses VALUES (6, '2026-01-02', 'chat', 5);
SELECT pg_temp.wrong();
SELECT ces_drop_rollup('daily');

-- functions in the query: run as the owner, with a safe search_path, and followed when they change
CREATE FUNCTION bucket(score integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN score > 4 THEN 'high' ELSE 'low' END$$;
CREATE FUNCTION who(score integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN RETURN current_user || ' ' || current_setting('search_path') || coalesce(score, 0) / 100; END$$;
REVOKE EXECUTE ON FUNCTION bucket, who FROM PUBLIC;
CREATE DOMAIN weekday AS integer CHECK (VALUE BETWEEN 0 AND 6);
CALL ces_create_rollup('by_bucket', $$SELECT bucket(effort_score) AS bucket, extract(dow FROM day)::integer::weekday AS weekday, ces_tally(effort_score, '1..7') AS effort FROM responses GROUP BY 1, 2$$);
CALL ces_create_rollup('by_who', $$SELECT who(effort_score) AS who, ces_tally(effort_score, '1..7') AS effort FROM responses WHERE id > 100 GROUP BY 1$$);
SET ROLE regress_ces_writer;
INSERT INTO responses VALUES (101, '2026-01-01', 'chat', 7);
RESET ROLE;
SELECT pg_temp.wrong('by_bucket'), count(*) FROM by_bucket;
SELECT who, effort FROM by_who;
SET ROLE regress_ces_owner;
CREATE OR REPLACE FUNCTION bucket(score integer) RETURNS text LANGUAGE sql IMMUTABLE AS $$SELECT CASE WHEN score > 5 THEN 'top' ELSE 'other' END$$;
INSERT INTO responses VALUES (102, '2026-01-01', 'chat', 6);
SELECT bucket, effort FROM by_bucket WHERE bucket = 'top';
-- one that writes the table itself
CREATE FUNCTION meddle() RETURNS integer LANGUAGE sql VOLATILE AS $$INSERT INTO public.responses VALUES (1000, '2026-01-01', 'chat', 6) RETURNING 1$$;
CREATE OR REPLACE FUNCTION who(score integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$BEGIN IF score = 6 THEN PERFORM public.meddle(); END IF; RETURN 'x'; END$$;
SELECT pg_temp.error_of($$INSERT INTO responses VALUES (103, '2026-01-01', 'chat', 6)$$);
CREATE OR REPLACE FUNCTION who(score integer) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
  IF score = 6 THEN
    BEGIN PERFORM public.meddle(); EXCEPTION WHEN OTHERS THEN RETURN 'caught'; END;
  END IF;
  RETURN 'x';
END$$;
INSERT INTO responses VALUES (104, '2026-01-01', 'chat', 6), (105, '2026-01-01', 'chat', 6), (106, '2026-01-01', 'chat', 5);
SELECT who, effort FROM by_who WHERE who IN ('caught', 'x') ORDER BY who;
SELECT ces_drop_rollup('by_who');
SELECT ces_drop_rollup('by_bucket');

-- keys that are large, compressed, stored elsewhere, or equal without being the same
CREATE TABLE notes (id integer, remark text, amount numeric, tags text[], score smallint);
ALTER TABLE notes ALTER remark SET STORAGE EXTERNAL;
CALL ces_create_rollup('by_remark', $$SELECT remark, amount, tags, ces_tally(score, '1..5') AS scores FROM notes GROUP BY 1, 2, 3$$);
INSERT INTO notes SELECT i, repeat('x' || i % 3, 3000), CASE WHEN i % 2 = 0 THEN 1.0 ELSE 1.00 END, ARRAY[repeat('y', i % 2 * 5000), NULL], 1 + i % 5 FROM generate_series(1, 100) i;
UPDATE notes SET id = -id;
UPDATE notes SET score = 3 WHERE id % 5 = 0;
UPDATE notes SET remark = remark || 'z' WHERE id % 7 = 0;
DELETE FROM notes WHERE id % 11 = 0;
SELECT pg_temp.wrong('by_remark'), count(*), count(DISTINCT amount) FROM by_remark;
DROP TABLE notes CASCADE;
RESET ROLE;
DROP OWNED BY regress_ces_owner, regress_ces_other, regress_ces_writer CASCADE;
DROP ROLE regress_ces_owner, regress_ces_other, regress_ces_writer;
