--
-- Rollups where something is unusual: names, scales, roles, types, schemas.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET client_min_messages = warning;
CREATE ROLE regress_ces_stranger;
CREATE SCHEMA rollup_edges;
SET search_path = rollup_edges, public;

-- Two scales that are keys, and a key of a type that users made. A trigger has the name already.
CREATE TYPE mood AS ENUM ('bad', 'good');
CREATE TABLE responses (id int, mood mood, effort int, ease int, scale ces_scale, ease_scale ces_scale);
CREATE FUNCTION nothing() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NULL; END';
CREATE TRIGGER daily_capture AFTER INSERT ON responses FOR EACH ROW EXECUTE FUNCTION nothing();
CALL ces_create_rollup('daily', $$
  SELECT mood, scale, ease_scale, ces_tally(effort, scale) AS effort, ces_tally(ease, ease_scale) AS ease
  FROM responses GROUP BY mood, scale, ease_scale $$);
INSERT INTO responses VALUES (1, 'good', 7, 1, '1..7', '5..1'), (2, 'good', 6, 5, '1..7', '5..1'), (3, 'bad', 3, NULL, '1..3', NULL), (4, NULL, NULL, 2, NULL, '1..5');
SELECT * FROM daily ORDER BY mood, scale, ease_scale;
SELECT * FROM ces_check_rollup('daily');
SELECT tgname FROM pg_trigger WHERE tgrelid = 'responses'::regclass ORDER BY 1;

-- A score without a scale, and one off the scale, with the extension in no schema of the search_path.
SET search_path = rollup_edges;
SELECT pg_temp.error_of($$INSERT INTO responses VALUES (5, 'good', 7, 1, NULL, '5..1')$$);
SELECT pg_temp.error_of($$INSERT INTO responses VALUES (5, 'good', 8, 1, '1..7', '5..1')$$);
SET search_path = rollup_edges, public;

-- One partition, or none.
CREATE TABLE parts (day date, effort int) PARTITION BY RANGE (day);
CREATE TABLE january PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE february PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
INSERT INTO parts VALUES ('2026-01-05', 5), ('2026-02-05', 6);
CALL ces_create_rollup('monthly', $$SELECT day, ces_tally(effort, '1..7') AS effort FROM parts GROUP BY day$$);
ALTER TABLE january DISABLE TRIGGER USER;
INSERT INTO parts VALUES ('2026-01-05', 1);
SELECT ces_repair_rollup('monthly', 'february'), ces_repair_rollup('monthly'), ces_repair_rollup('monthly', 'january');
SELECT * FROM monthly ORDER BY day;
SELECT ces_repair_rollup(NULL) IS NULL AS none;
SELECT pg_temp.error_of($$SELECT ces_repair_rollup('monthly', 'parts')$$);
SELECT pg_temp.error_of($$SELECT ces_repair_rollup('monthly', 4711::oid)$$);

-- Those who own nothing of it.
GRANT USAGE ON SCHEMA rollup_edges TO regress_ces_stranger;
GRANT SELECT ON responses TO regress_ces_stranger;
SET ROLE regress_ces_stranger;
SELECT count(*) FROM ces_rollup_status WHERE source IN ('responses'::regclass, 'parts'::regclass);
SELECT pg_temp.error_of($$SELECT ces_fold_rollup('daily')$$);
SELECT pg_temp.error_of($$SELECT ces_drop_rollup('daily')$$);
SELECT pg_temp.error_of($$CALL ces_create_rollup('public.mine', 'SELECT id, ces_tally(effort, ''1..7'') FROM responses GROUP BY id')$$);
SELECT pg_temp.error_of($$SELECT * FROM daily$$);
RESET ROLE;

-- The trigger that writes the changes would not fire: an error, and nothing is lost.
ALTER TABLE daily_delta ENABLE TRIGGER flush;
INSERT INTO responses VALUES (6, 'bad', 1, 1, '1..7', '5..1');
SET session_replication_role = replica;
SELECT pg_temp.error_of($$INSERT INTO responses VALUES (7, 'bad', 1, 1, '1..7', '5..1')$$);
RESET session_replication_role;
SELECT ces_repair_rollup('daily') AS wrong_groups;
SET session_replication_role = replica;
INSERT INTO responses VALUES (7, 'bad', 1, 1, '1..7', '5..1');
RESET session_replication_role;
SELECT * FROM ces_check_rollup('daily');

-- The hash of keys.
SELECT _ces_rollup_hash(1, 'a'::text) = _ces_rollup_hash(1, 'a'::text) AS same, _ces_rollup_hash(1, NULL::text) = _ces_rollup_hash(2, NULL::text) AS other;
SELECT pg_temp.error_of($$SELECT _ces_rollup_hash(point '(0,0)')$$);
SELECT pg_temp.error_of($$SELECT _ces_rollup_hash(VARIADIC ARRAY[1, 2])$$);

-- Times that depend on the session are refused; a name for a type is no obstacle.
CREATE TABLE times (at timestamptz, note varchar(20), effort int);
SELECT pg_temp.error_of($$CALL ces_create_rollup('weekly', 'SELECT at::varchar AS at, ces_tally(effort, ''1..7'') FROM times GROUP BY 1')$$);
CALL ces_create_rollup('weekly', 'SELECT date_trunc(''week'', at AT TIME ZONE ''Europe/Amsterdam'') AS week, note::text AS note, ces_tally(effort, ''1..7'') FROM times GROUP BY 1, note::text');
INSERT INTO times VALUES ('2026-03-01 23:30+00', 'a', 7), ('2026-03-02 12:00+00', 'a', 1);
SELECT * FROM weekly;
SELECT ces_drop_rollup('weekly');

-- Renamed.
ALTER VIEW daily RENAME TO "Täglich";
SELECT rollup, problem FROM ces_rollup_status WHERE source = 'responses'::regclass;
SELECT ces_fold_rollup('"Täglich"') > 0 AS folded;
SELECT ces_drop_rollup('"Täglich"'), ces_drop_rollup('monthly');
SET client_min_messages = error;
DROP SCHEMA rollup_edges CASCADE;
DROP ROLE regress_ces_stranger;
