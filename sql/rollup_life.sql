--
-- The life of a rollup: created, read, kept, folded, checked, repaired, dropped.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

CREATE TABLE answers (at timestamp, channel text, effort int, recommend smallint, note text);
INSERT INTO answers VALUES
  ('2026-03-02 09:00', 'phone', 7, 10, 'a'), ('2026-03-02 10:00', 'phone', 2, 3, 'b'), ('2026-03-02 11:00', NULL, 5, NULL, 'c'),
  ('2026-03-03 09:00', 'chat', NULL, 9, 'd'), ('2026-03-03 09:30', 'chat', NULL, NULL, 'e');
CALL ces_create_rollup('daily', $$
  SELECT at::date AS day, channel, ces_tally(effort, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend,
         count(*) AS responses, count(recommend) FILTER (WHERE recommend >= 9) AS promoters
  FROM answers GROUP BY 1, 2 $$);
SELECT * FROM daily ORDER BY day, channel;
\d daily
SELECT * FROM ces_rollup_status;
SELECT * FROM ces_check_rollup('daily');

-- Every change is in it at once; a rolled back one never.
INSERT INTO answers VALUES ('2026-03-03', 'chat', 6, 0, 'f');
UPDATE answers SET effort = 3 WHERE note = 'b';
DELETE FROM answers WHERE note = 'c';
BEGIN;
DELETE FROM answers;
SELECT * FROM daily;
ROLLBACK;
SELECT * FROM daily ORDER BY day, channel;
SELECT deltas FROM ces_rollup_status WHERE rollup = 'daily'::regclass;

-- A fold changes nothing but where it is.
SELECT ces_fold_rollup('daily');
SELECT * FROM daily ORDER BY day, channel;
SELECT day, channel, rows, removed_effort, removed_recommend FROM daily_store ORDER BY day, channel;
SELECT count(*) AS deltas FROM daily_delta;
SELECT ces_fold_rollup('daily');
SELECT round(nps(ces_rollup(recommend)), 1) AS nps, sum(responses) AS responses FROM daily;
SELECT round(nps(recommend), 1) AS nps, count(*) AS responses FROM answers;

-- What is wrong is found, and repaired, without touching the rest.
ALTER TABLE answers DISABLE TRIGGER USER;
INSERT INTO answers VALUES ('2026-03-04', 'web', 7, 7, 'g');
UPDATE answers SET channel = 'phone' WHERE note = 'd';
ALTER TABLE answers ENABLE TRIGGER USER;
SELECT problem, remedy FROM ces_rollup_status WHERE rollup = 'daily'::regclass;
SELECT * FROM ces_check_rollup('daily') ORDER BY key->>'day', key->>'channel';
SELECT ces_repair_rollup('daily');
SELECT * FROM ces_check_rollup('daily');
SELECT * FROM ces_rollup_status;
SELECT ces_repair_rollup('daily');

-- TRUNCATE, and what follows it.
BEGIN;
TRUNCATE answers;
SELECT count(*) FROM daily;
INSERT INTO answers VALUES ('2026-03-05', 'web', 1, 1, 'h');
SELECT * FROM daily;
ROLLBACK;
SELECT count(*) FROM daily;
TRUNCATE answers;
SELECT count(*) FROM daily;
INSERT INTO answers VALUES ('2026-03-05', 'web', 1, 1, 'h');
SELECT * FROM daily;
SELECT ces_fold_rollup('daily');
SELECT count(*) AS groups FROM daily_store;
DELETE FROM answers;
SELECT ces_fold_rollup('daily');
SELECT count(*) AS groups FROM daily_store;

-- An answer off the scale is an error for who writes it, and changes nothing.
INSERT INTO answers VALUES ('2026-03-06 12:00', 'web', 4, 4, 'i');
SELECT pg_temp.error_of($$INSERT INTO answers VALUES ('2026-03-06', 'web', 4, 4, 'j'), ('2026-03-06', 'web', 99, 9, 'k')$$);
SELECT pg_temp.error_of($$UPDATE answers SET recommend = 11$$);
SELECT * FROM daily;

-- Not populated yet.
CALL ces_create_rollup('public.by_channel', 'SELECT channel, ces_tally(effort, ''1..7'') AS effort FROM answers GROUP BY channel', with_data => false);
SELECT pg_temp.error_of('SELECT * FROM by_channel');
SELECT rollup, populated, problem, remedy FROM ces_rollup_status WHERE rollup = 'by_channel'::regclass;
INSERT INTO answers VALUES ('2026-03-06 13:00', 'chat', 5, 4, 'l');
SELECT ces_repair_rollup('by_channel');
SELECT * FROM by_channel ORDER BY channel;
SELECT rollup, source, populated, deltas, problem FROM ces_rollup_status ORDER BY rollup::text;

-- In a transaction block, with everything else.
BEGIN;
CALL ces_create_rollup('weekly', $$SELECT date_trunc('week', at) AS week, ces_tally(effort, '1..7') FROM answers GROUP BY week$$);
SELECT * FROM weekly;
ROLLBACK;
SELECT to_regclass('weekly') IS NULL AS gone, to_regclass('weekly_store') IS NULL AS store_gone;

-- If the answers can't be counted, nothing is left of it.
INSERT INTO answers VALUES ('2026-03-06 13:00', 'chat', NULL, NULL, 'm');
CALL ces_create_rollup('stars', $$SELECT channel, ces_tally(effort, '1..3') AS stars FROM answers GROUP BY channel$$);
SELECT count(*) FROM pg_class WHERE relname LIKE 'stars%';
SELECT count(*) FROM pg_trigger WHERE tgrelid = 'answers'::regclass;
CALL ces_create_rollup('stars', $$SELECT channel, ces_tally(effort, '1..3') FILTER (WHERE effort <@ '1..3') AS stars FROM answers GROUP BY channel$$);
SELECT * FROM stars ORDER BY channel;

-- Who calls what.
SELECT pg_temp.error_of($$CALL ces_create_rollup('daily', 'SELECT channel, ces_tally(effort, ''1..7'') AS effort FROM answers GROUP BY channel')$$);
SELECT pg_temp.error_of($$CALL ces_create_rollup(NULL, 'SELECT 1')$$);
SELECT pg_temp.error_of($$CALL ces_create_rollup('pg_temp.daily', 'SELECT channel, ces_tally(effort, ''1..7'') AS effort FROM answers GROUP BY channel')$$);
SELECT pg_temp.error_of($$SELECT ces_fold_rollup('answers')$$);
SELECT pg_temp.error_of($$SELECT * FROM ces_check_rollup('daily_store')$$);
SELECT pg_temp.error_of($$SELECT ces_repair_rollup('daily', 'answers')$$);
SELECT pg_temp.error_of($$SELECT ces_drop_rollup(1)$$);
SELECT pg_temp.error_of($$INSERT INTO daily_store SELECT * FROM daily_store$$);
SELECT pg_temp.error_of($$DELETE FROM daily_delta$$);
SELECT pg_temp.error_of($$TRUNCATE daily_delta$$);
SELECT pg_temp.error_of($$ALTER TABLE answers DROP COLUMN effort$$);
SELECT pg_temp.error_of($$DROP VIEW daily$$);
SELECT pg_temp.error_of($$DROP TABLE answers$$);
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT pg_temp.error_of($$SELECT ces_fold_rollup('daily')$$);
SELECT pg_temp.error_of($$SELECT ces_repair_rollup('daily')$$);
SELECT pg_temp.error_of($$CALL ces_create_rollup('other', 'SELECT channel, ces_tally(effort, ''1..7'') AS effort FROM answers GROUP BY channel')$$);
ROLLBACK;

CREATE VIEW of_daily AS SELECT * FROM daily;
SELECT pg_temp.error_of($$SELECT ces_drop_rollup('daily')$$);
DROP VIEW of_daily;
SELECT ces_drop_rollup('daily');
SELECT ces_drop_rollup('by_channel'), ces_drop_rollup('stars');
SELECT relname FROM pg_class WHERE relname LIKE 'daily%' OR relname LIKE 'by_channel%' OR relname LIKE 'stars%';
SELECT count(*) AS triggers FROM pg_trigger WHERE tgrelid = 'answers'::regclass;
SELECT * FROM ces_rollup_status;
DROP TABLE answers;
