\i test/lib/preamble.sql
SET client_min_messages = warning;
-- Rollups: counting rows whose changes are still to come would count them twice

CREATE TABLE surveys (id integer PRIMARY KEY);
CREATE TABLE responses (
  survey integer REFERENCES surveys ON DELETE CASCADE,
  colleague integer REFERENCES surveys DEFERRABLE INITIALLY DEFERRED,
  day date, effort_score integer);
CALL ces_create_rollup('daily', $$SELECT day, ces_tally(effort_score, '1..7') AS effort, count(*) AS n FROM responses GROUP BY 1$$);
INSERT INTO surveys VALUES (1), (2);
INSERT INTO responses VALUES (1, 2, '2026-03-01', 7);

-- repaired by triggers that are fired before and after that of the rollup
CREATE FUNCTION repair() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM ces_repair_rollup('daily'); RETURN NULL; END $$;
CREATE TRIGGER a_repair AFTER INSERT OR DELETE ON responses FOR EACH ROW EXECUTE FUNCTION repair();
SELECT pg_temp.error_of($$INSERT INTO responses VALUES (1, 2, '2026-03-01', 3)$$);
ALTER TRIGGER a_repair ON responses RENAME TO z_repair;
SELECT pg_temp.error_of($$INSERT INTO responses VALUES (1, 2, '2026-03-01', 3)$$);
SELECT pg_temp.error_of($$DELETE FROM responses$$);
SELECT * FROM ces_check_rollup('daily');
DROP TRIGGER z_repair ON responses;

-- by a trigger of the table that the deletion comes from
CREATE TRIGGER z_repair AFTER DELETE ON surveys FOR EACH ROW EXECUTE FUNCTION repair();
SELECT pg_temp.error_of($$DELETE FROM surveys WHERE id = 1$$);
DROP TRIGGER z_repair ON surveys;

-- by the statement itself
SELECT pg_temp.error_of($$INSERT INTO responses SELECT 1, 2, '2026-03-01', 3 + ces_repair_rollup('daily') FROM generate_series(1, 2)$$);
SELECT * FROM ces_check_rollup('daily');

-- a constraint that is deferred looks like a change that is to come; one that was checked doesn't
BEGIN;
INSERT INTO responses VALUES (1, 2, '2026-03-02', 4);
SAVEPOINT s;
SELECT pg_temp.error_of($$SELECT ces_repair_rollup('daily')$$);
SET CONSTRAINTS ALL IMMEDIATE;
SELECT ces_repair_rollup('daily');
COMMIT;

-- a fold counts only partitions that are new
CREATE TABLE answers (day date, effort_score integer) PARTITION BY RANGE (day);
CREATE TABLE answers_1 PARTITION OF answers FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CALL ces_create_rollup('parts', $$SELECT day, ces_tally(effort_score, '1..7') AS effort FROM answers GROUP BY 1$$);
CREATE FUNCTION fold() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM ces_fold_rollup('parts'); RETURN NULL; END $$;
CREATE TRIGGER z_fold AFTER INSERT ON answers FOR EACH ROW EXECUTE FUNCTION fold();
INSERT INTO answers VALUES ('2026-01-01', 3), ('2026-01-02', 4);
CREATE TABLE answers_2 PARTITION OF answers FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
SELECT pg_temp.error_of($$INSERT INTO answers VALUES ('2026-02-01', 3)$$);
SELECT * FROM ces_check_rollup('parts');
DROP TRIGGER z_fold ON answers;

-- a guard that names the view of somebody else makes no rollup of it, nor hints to give it away
CREATE ROLE regress_ces_forger;
CREATE SCHEMA forged AUTHORIZATION regress_ces_forger;
SET ROLE regress_ces_forger;
CREATE TABLE forged.delta (id integer);
CREATE TRIGGER guard BEFORE INSERT ON forged.delta FOR EACH ROW
  WHEN (public._ces_rollup_objects('public.daily'::regclass, 'public.daily_definition'::regclass, 'public.daily_store'::regclass, NULL))
  EXECUTE FUNCTION public._ces_rollup_guard();
SELECT pg_temp.error_of($$SELECT public._ces_rollup_is_populated('forged.delta')$$);
RESET ROLE;
SELECT rollup, problem, remedy FROM ces_rollup_status WHERE rollup::text IN ('daily', 'parts') ORDER BY rollup::text;
SELECT ces_fold_rollup('daily') > 0 AS folded;

DROP SCHEMA forged CASCADE;
DROP ROLE regress_ces_forger;
SELECT ces_drop_rollup('daily'), ces_drop_rollup('parts');
DROP TABLE responses, surveys, answers;
DROP FUNCTION repair, fold;
