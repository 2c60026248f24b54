--
-- rollup_explain: why a query is answered from a rollup, or isn't
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET TimeZone = 'UTC';

CREATE TABLE answers (id int, answered_at date, channel text, recommend int, effort int);
CREATE TABLE ticket (id int, effort int);
INSERT INTO answers SELECT i, '2026-01-01'::date + i % 90, 'channel ' || i % 4, i % 11, 1 + i % 7 FROM generate_series(1, 20000) i;
SET client_min_messages = warning;
CALL ces_create_rollup('channels', $$SELECT channel, ces_tally(recommend, 'nps') AS recommend FROM answers GROUP BY channel$$);
CALL ces_create_rollup('days', $$SELECT answered_at, channel, ces_tally(recommend, 'nps') AS recommend FROM answers GROUP BY 1, 2$$);
RESET client_min_messages;
ANALYZE;
\pset format unaligned
\pset footer off
-- Costs differ from one machine to another.
CREATE FUNCTION pg_temp.explain(query text, OUT rollup regclass, OUT used boolean, OUT reason text) RETURNS SETOF record LANGUAGE sql AS
	$$ SELECT e.rollup, e.used, regexp_replace(e.reason, 'is [0-9]+', 'is N', 'g') FROM ces_rollup_explain(query) e $$;

-- The rollup that is read, and why not the other.
SELECT * FROM pg_temp.explain('SELECT channel, nps(recommend) FROM answers GROUP BY channel');
SELECT * FROM pg_temp.explain('SELECT answered_at, nps(recommend) FROM answers GROUP BY 1');
-- With parameters, and in other statements.
SELECT * FROM pg_temp.explain('SELECT nps(recommend) FROM answers WHERE answered_at = $1 AND channel = $2');
SELECT * FROM pg_temp.explain('CREATE TABLE report AS SELECT answered_at, nps(recommend) FROM answers GROUP BY 1');
SELECT * FROM pg_temp.explain('SELECT answered_at, nps(recommend) INTO report FROM answers GROUP BY 1');
SELECT * FROM pg_temp.explain('INSERT INTO ticket (effort) SELECT nps(recommend) FROM answers GROUP BY answered_at');
SELECT * FROM pg_temp.explain('DELETE FROM ticket WHERE effort > (SELECT nps(recommend) FROM answers WHERE answered_at = current_date)');
SELECT * FROM pg_temp.explain('EXPLAIN CREATE TABLE report AS SELECT answered_at, nps(recommend) FROM answers GROUP BY 1');
SELECT * FROM pg_temp.explain('DECLARE c CURSOR FOR SELECT answered_at, nps(recommend) FROM answers GROUP BY 1');
-- Each query block for itself.
SELECT * FROM pg_temp.explain('SELECT answered_at, nps(recommend), (SELECT nps(recommend) FROM answers WHERE channel = ''a'') FROM answers GROUP BY 1');
-- Nothing has been read, changed or created.
SELECT count(*) FROM ticket;
SELECT to_regclass('report') AS none;

-- Nothing to choose from.
SELECT * FROM ces_rollup_explain('SELECT 1');
SELECT * FROM ces_rollup_explain('SELECT count(*) FROM answers');
SELECT * FROM ces_rollup_explain('SELECT nps(score) FROM generate_series(1, 10) AS score');
SELECT * FROM ces_rollup_explain('SELECT ces_topbox(effort) FROM ticket');
SET ces.enable_rollups = off;
SELECT * FROM pg_temp.explain('SELECT channel, nps(recommend) FROM answers GROUP BY channel');
RESET ces.enable_rollups;
SELECT count(*) FROM ces_rollup_explain(NULL);

-- Not one query, or one with an error.
SELECT pg_temp.error_of($$SELECT * FROM ces_rollup_explain('')$$);
SELECT pg_temp.error_of($$SELECT * FROM ces_rollup_explain('SELECT 1; SELECT 2')$$);
SELECT pg_temp.error_of($$SELECT * FROM ces_rollup_explain('VACUUM')$$);
SELECT * FROM ces_rollup_explain('SELECT nps(reccomend) FROM answers');
SELECT * FROM ces_rollup_explain('SELECT nps(recommend FROM answers');
SELECT pg_temp.error_of($$SELECT * FROM ces_rollup_explain('SELECT $1 IS NULL, nps(recommend) FROM answers')$$);
-- What is wrong with the query.
SELECT * FROM pg_temp.explain('SELECT channel, avg(recommend), nps(recommend) FROM answers GROUP BY 1') WHERE rollup = 'channels'::regclass;
SELECT * FROM pg_temp.explain('SELECT channel, nps(recommend, ''10..0'') FROM answers GROUP BY 1') WHERE rollup = 'channels'::regclass;
SELECT * FROM pg_temp.explain('SELECT channel, ces_topbox(effort) FROM answers GROUP BY 1') WHERE rollup = 'channels'::regclass;
SELECT * FROM pg_temp.explain('SELECT nps(recommend) FROM (SELECT DISTINCT channel, recommend FROM answers) d');
SELECT * FROM pg_temp.explain('SELECT nps(recommend) FROM (SELECT * FROM answers LIMIT 10) d');
CREATE VIEW barrier WITH (security_barrier) AS SELECT * FROM answers;
SELECT * FROM pg_temp.explain('SELECT nps(recommend) FROM barrier');
DROP VIEW barrier;
CREATE TABLE calls (at timestamptz, recommend int);
SET client_min_messages = warning;
CALL ces_create_rollup('calls_amsterdam', $$SELECT (at AT TIME ZONE 'Europe/Amsterdam')::date AS day, ces_tally(recommend, 'nps') AS recommend FROM calls GROUP BY 1$$);
RESET client_min_messages;
SELECT * FROM pg_temp.explain('SELECT at::date, nps(recommend) FROM calls GROUP BY 1');
SET TimeZone = 'Europe/Amsterdam';
SELECT * FROM pg_temp.explain('SELECT date_trunc(''hour'', at), nps(recommend) FROM calls GROUP BY 1');
SET TimeZone = 'UTC';
SELECT ces_drop_rollup('calls_amsterdam');
DROP TABLE calls;
SELECT ces_drop_rollup('channels');

-- Something is wrong with the rollup.
\set query 'SELECT answered_at, nps(recommend) FROM answers GROUP BY 1'
ALTER TABLE answers DISABLE TRIGGER days_capture;
SELECT * FROM pg_temp.explain(:'query');
ALTER TABLE answers ENABLE TRIGGER days_capture;
SELECT * FROM pg_temp.explain(:'query');
SELECT ces_repair_rollup('days');
SELECT * FROM pg_temp.explain(:'query');
DROP TRIGGER days_truncate ON answers;
SELECT * FROM pg_temp.explain(:'query');
SELECT ces_repair_rollup('days');
ALTER TABLE days_delta ENABLE TRIGGER flush;
SELECT * FROM pg_temp.explain(:'query');
DROP TRIGGER flush ON days_delta;
SELECT * FROM pg_temp.explain(:'query');
SELECT ces_repair_rollup('days');
ALTER TABLE days_store SET UNLOGGED;
SELECT * FROM pg_temp.explain(:'query');
ALTER TABLE days_store SET LOGGED;
SELECT * FROM pg_temp.explain(:'query');
CREATE TABLE more_answers () INHERITS (answers);
SELECT * FROM pg_temp.explain(:'query');
DROP TABLE more_answers;
CREATE ROLE regress_other;
ALTER TABLE answers OWNER TO regress_other;
SELECT * FROM pg_temp.explain(:'query');
ALTER TABLE answers OWNER TO CURRENT_USER;
ALTER VIEW days OWNER TO regress_other;
SELECT rollup, used, replace(reason, CURRENT_USER, 'CURRENT_USER') AS reason FROM pg_temp.explain(:'query');
ALTER VIEW days OWNER TO CURRENT_USER;
CREATE OR REPLACE VIEW days_definition AS SELECT answered_at, channel, ces_tally(recommend, 'nps') AS recommend FROM answers WHERE random() < 2 GROUP BY 1, 2;
SELECT * FROM pg_temp.explain(:'query');
CREATE OR REPLACE VIEW days_definition AS SELECT answered_at, channel, ces_tally(recommend, 'nps') AS recommend FROM answers GROUP BY 1, 2;
SELECT * FROM pg_temp.explain(:'query');
-- Those who may create triggers can't make others read a rollup of theirs.
GRANT TRIGGER, SELECT ON answers TO regress_other;
GRANT CREATE ON SCHEMA public TO regress_other;
SET ROLE regress_other;
CREATE TABLE forged (answered_at date, channel text, recommend int);
SET client_min_messages = warning;
CALL ces_create_rollup('fake', $$SELECT answered_at, channel, ces_tally(recommend, 'nps') AS recommend FROM forged GROUP BY 1, 2$$);
RESET client_min_messages;
CREATE TRIGGER a AFTER INSERT OR UPDATE OR DELETE ON answers FOR EACH ROW WHEN ('fake'::regclass IS DISTINCT FROM 'fake_delta'::regclass) EXECUTE FUNCTION _ces_rollup_capture();
CREATE OR REPLACE VIEW fake_definition AS SELECT answered_at, channel, ces_tally(recommend, 'nps') AS recommend FROM answers GROUP BY 1, 2;
RESET ROLE;
SELECT rollup, used, reason FROM pg_temp.explain(:'query') ORDER BY 1;
DROP TRIGGER a ON answers;
SELECT ces_drop_rollup('fake');
DROP TABLE forged;
REVOKE ALL ON answers FROM regress_other;
-- Who may not query a table gets to know nothing of it.
SET ROLE regress_other;
SELECT pg_temp.error_of('SELECT * FROM ces_rollup_explain(''SELECT nps(recommend) FROM answers WHERE id < 9'')');
RESET ROLE;
SELECT ces_drop_rollup('days');
CALL ces_create_rollup('days', $$SELECT answered_at, channel, ces_tally(recommend, 'nps') AS recommend FROM answers GROUP BY 1, 2$$, with_data => false);
SELECT * FROM pg_temp.explain(:'query');
SELECT ces_drop_rollup('days');
DROP TABLE answers, ticket;

-- Partitions that are not counted. One that is new and empty is right as it is.
CREATE TABLE answers (answered_at date, recommend int) PARTITION BY RANGE (answered_at);
CREATE TABLE january PARTITION OF answers FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
INSERT INTO answers SELECT '2026-01-01'::date + i % 31, i % 11 FROM generate_series(1, 10000) i;
SET client_min_messages = warning;
CALL ces_create_rollup('days', $$SELECT answered_at, ces_tally(recommend, 'nps') AS recommend FROM answers GROUP BY 1$$);
RESET client_min_messages;
ANALYZE;
SELECT * FROM pg_temp.explain(:'query');
SELECT * FROM pg_temp.explain('SELECT answered_at, nps(recommend) FROM january GROUP BY 1');
CREATE TABLE february PARTITION OF answers FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
SELECT * FROM pg_temp.explain(:'query');
INSERT INTO answers VALUES ('2026-02-01', 10);
SELECT * FROM pg_temp.explain(:'query');
SELECT ces_fold_rollup('days') > 0 AS folded;
SELECT * FROM pg_temp.explain(:'query');
TRUNCATE february;
SELECT * FROM pg_temp.explain(:'query');
VACUUM FULL january;
SELECT * FROM pg_temp.explain(:'query');
SELECT ces_fold_rollup('days');
SELECT * FROM pg_temp.explain(:'query');
ALTER TABLE february DISABLE TRIGGER USER;
SELECT * FROM pg_temp.explain(:'query');
ALTER TABLE february ENABLE TRIGGER USER;
SELECT ces_repair_rollup('days');
SELECT * FROM pg_temp.explain(:'query');
ALTER TABLE february SET UNLOGGED;
SELECT * FROM pg_temp.explain(:'query');
ALTER TABLE february SET LOGGED;
SELECT ces_fold_rollup('days');
-- A partition that left something behind when it was detached, and comes back empty.
INSERT INTO answers VALUES ('2026-02-01', 10);
ALTER TABLE answers DETACH PARTITION february;
DROP TRIGGER days_truncate ON february;
TRUNCATE february;
ALTER TABLE answers ATTACH PARTITION february FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
SELECT * FROM pg_temp.explain(:'query');
SELECT ces_fold_rollup('days') > 0 AS folded;
SELECT * FROM pg_temp.explain(:'query');

-- What a snapshot doesn't see: the table was changed after it.
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM ONLY answers;
\setenv PGDATABASE :DBNAME
\! psql -qXc "TRUNCATE february"
SELECT * FROM pg_temp.explain(:'query');
COMMIT;
SELECT * FROM pg_temp.explain(:'query');
ALTER TABLE february DISABLE TRIGGER USER;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM ONLY answers;
\! psql -qXAtc "SELECT ces_repair_rollup('days')"
SELECT * FROM pg_temp.explain(:'query');
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM ONLY answers;
\! psql -qXc "ALTER TABLE days_store SET UNLOGGED; ALTER TABLE days_store SET LOGGED"
SELECT * FROM pg_temp.explain(:'query');
COMMIT;
BEGIN ISOLATION LEVEL REPEATABLE READ;
SELECT count(*) FROM ONLY answers;
\! psql -qXc "SET client_min_messages = warning; CALL ces_create_rollup('late', 'SELECT answered_at, ces_tally(recommend, ''nps'') AS recommend FROM answers GROUP BY 1')"
SELECT * FROM pg_temp.explain(:'query') WHERE rollup = 'late'::regclass;
COMMIT;
SELECT ces_drop_rollup('days'), ces_drop_rollup('late');
DROP TABLE answers;
REVOKE CREATE ON SCHEMA public FROM regress_other;
DROP ROLE regress_other;
