--
-- Random queries have the same result, or error, whether they are answered from a rollup or not.
--
-- test/differential/run has more of them. The queries are random, but the output does not depend
-- on them.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
\set tables :abs_srcdir '/test/differential/tables.sql'
\set grammar :abs_srcdir '/test/differential/grammar.sql'
\set compare :abs_srcdir '/test/differential/compare.sql'
SET client_min_messages = error;
LOAD 'ces';
SET jit = off;
CREATE SCHEMA rollup_planner_properties;
SET search_path = rollup_planner_properties, public;
SELECT setseed(0.5);
\i :tables
\i :grammar
\i :compare
CALL compare_many(0, 600, 0.25);
SELECT count(*) AS queries, count(*) FILTER (WHERE differs) AS differ FROM done;
SELECT count(rollup) > 100 AS many_answered, count(DISTINCT rollup) > 10 AS from_many_rollups, count(error) < 90 AS few_errors FROM done;
-- What differs, if anything does.
SELECT settings, rollup, query, without, with_rollups FROM done WHERE differs ORDER BY n LIMIT 10;

-- A difference is seen: here, of time.
SELECT set_rollups('on');
CALL compare(0, 'SELECT clock_timestamp()');
SELECT differs FROM done WHERE n = 0;

DROP SCHEMA rollup_planner_properties CASCADE;
