--
-- Queries of all shapes: which a rollup answers, and why it doesn't answer the others
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
CREATE SCHEMA rollup_planner;
SET search_path = rollup_planner, public;
SET client_min_messages = warning;
SET DateStyle = ISO;
SET TimeZone = 'UTC';
\pset format unaligned
\pset footer off

CREATE TABLE answers (id int NOT NULL, at timestamp, code text, i2 smallint, i4 int NOT NULL, i8 bigint, f4 real, f8 double precision, score int, effort int);
INSERT INTO answers
SELECT n, timestamp '2026-01-01' + n % 50 * interval '1 day' + n * 7919 % 86400 * interval '1 second', (1 + n % 3)::text, n % 3, n % 3, n % 3, n % 3, n % 3, nullif(n % 12, 11), nullif(1 + n % 8, 8)
FROM generate_series(1, 12000) n;
CREATE INDEX ON answers (at);
CALL ces_create_rollup('r', $$
  SELECT at::date AS day, code, i2, i4, i8, f4, ces_tally(score, 'nps') AS score, ces_tally(score, 'nps') FILTER (WHERE i4 > 0) AS some,
         ces_tally(effort, '1..7') FILTER (WHERE i4 > 1) AS effort, count(*) AS responses, count(effort) AS efforts, count(*) FILTER (WHERE i4 = 2 AND i2 = 2) AS twos, count(f8) FILTER (WHERE i4 = 2) AS f8s
  FROM answers GROUP BY 1, 2, 3, 4, 5, 6 $$);
-- Keys without answers, until the rollup is folded.
INSERT INTO answers SELECT -n, '2026-02-01', 'x', 0, 0, 0, 0, 0, 5, 5 FROM generate_series(1, 10) n;
DELETE FROM answers WHERE id < 0 OR i4 = 0;
CREATE TABLE channel (code text, name text, weight int);
INSERT INTO channel VALUES ('1', 'one', 1), ('2', 'two', 2), ('3', 'three', NULL);
ANALYZE answers, channel, r_store, r_delta;

-- Whether the rollup answers a query, or why not; in capitals, if the result isn't that of the answers.
CREATE FUNCTION pg_temp.ask(query text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  verdict text;
  results text[];
  result text;
  setting text;
BEGIN
  SELECT coalesce(regexp_replace(reason, ' is [0-9]+', ' is N', 'g'), 'rollup') INTO verdict
  FROM ces_rollup_explain(query) ORDER BY used DESC, reason LIMIT 1;
  FOREACH setting IN ARRAY ARRAY['on', 'off'] LOOP
    PERFORM set_config('ces.enable_rollups', setting, true);
    EXECUTE format('SELECT md5(string_agg(q::text, E''\n'' ORDER BY q::text COLLATE "C")) FROM (%s) q', query) INTO result;
    results := results || result;
  END LOOP;
  PERFORM set_config('ces.enable_rollups', 'on', true);
  RETURN coalesce(verdict, 'no rollup') || CASE WHEN results[1] IS DISTINCT FROM results[2] THEN ' DIFFERS' ELSE '' END;
EXCEPTION WHEN OTHERS THEN
  RETURN 'error: ' || SQLERRM;
END $$;
CREATE FUNCTION pg_temp.tell(VARIADIC queries text[]) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT pg_temp.ask(query) || ' | ' || query FROM unnest(queries) WITH ORDINALITY q (query, n) ORDER BY n
$$;
-- Expressions of keys, as a group, in FILTER, and in HAVING.
CREATE FUNCTION pg_temp.tell_of(VARIADIC expressions text[]) RETURNS SETOF text LANGUAGE sql AS $$
  SELECT concat_ws(' ', pg_temp.ask(format('SELECT %s AS x, nps(score), count(*) FROM answers GROUP BY 1', e)),
                   pg_temp.ask(format('SELECT nps(score) FILTER (WHERE (%s) IS NOT NULL) FROM answers', e)),
                   pg_temp.ask(format('SELECT nps(score), count(*) FROM answers GROUP BY %1$s HAVING (%1$s) IS NOT NULL', e))) || ' | ' || e
  FROM unnest(expressions) WITH ORDINALITY q (e, n) ORDER BY n
$$;

-- Arithmetic with keys. Answers with 0 are gone, so that division by it must not fail.
SELECT pg_temp.tell_of('i2 % 2::smallint', 'i4 % 2', 'i8 % 2::bigint', 'i4::numeric % 2', 'i4::numeric / 2', 'i4::numeric / 2.5', 'i4::float8 / 2', 'f4::float8 / 2', 'i8 / 2',
  '6 / i2', '6 / i4', '6 % i8', '6.0 / i4', '6.0 / i4::float8', 'i4 / (i2 - 0)', '1 / (i8 % 3)', 'ln(i4)', 'nullif(i4, 1)', '1 / nullif(i4, 0)');
-- Other ways in which an expression can fail, as with 'x'.
CREATE DOMAIN positive AS int CHECK (VALUE > 0);
SELECT pg_temp.tell_of('code::int', 'code::varchar', 'i4::text', 'i4::text::int', 'string_to_array(code, '','')::int[]', 'code::int::positive', 'i4::positive', '(i4, code) < (1, ''2'')',
  '(string_to_array(code, '',''))[i4]', 'CASE WHEN i4 > 0 THEN 6 / i4 END', 'greatest(i4, i2)', 'coalesce(code, ''?'')', 'code || i4', 'code LIKE ''1%''', 'ARRAY[i4, i2]', 'ROW(i4, i2)', 'code IS DISTINCT FROM ''1''',
  '(SELECT max(weight) FROM channel) + i4', '(SELECT c.weight FROM channel c WHERE c.code = answers.code)', 'EXISTS (SELECT FROM channel c WHERE c.code = answers.code)', 'i4 IN (SELECT weight FROM channel)', 'i4 = ANY (ARRAY[1, 2])');

-- What is counted.
SELECT pg_temp.tell(
  'SELECT i4, count(*), count(1), count(NULL), count(id), count(i4), count(effort), count(score), count(code), nps(score) FROM answers GROUP BY 1',
  'SELECT nps(score), count(*) FILTER (WHERE i4 = 2 AND i2 = 2), count(*) FILTER (WHERE i4 = 2 AND i2 = 2 AND code = ''2''), count(f8) FILTER (WHERE i4 = 2), count(*) FILTER (WHERE i4 = 1), count(effort) FILTER (WHERE effort IS NOT NULL AND code = ''1'') FROM answers',
  'SELECT nps(score), count(*) FILTER (WHERE i4 = 2 AND i2 = 2 AND 6 / (i4 + i2 - 3) = 6), count(*) FILTER (WHERE i4 = 2 AND i2 = 2 AND code IN (SELECT code FROM channel)) FROM answers',
  'SELECT nps(score), count(f8) FROM answers', 'SELECT nps(score), count(a) FROM answers a', 'SELECT nps(score), count(f8 + i4) FROM answers', 'SELECT nps(score), count(DISTINCT code) FROM answers',
  'SELECT nps(score), count(c), count(c.weight) FROM answers JOIN channel c USING (code)', 'SELECT nps(score), count(c.weight + i4) FROM answers JOIN channel c USING (code)', 'SELECT nps(score), count(ROW(a.code, c)) FROM answers a JOIN channel c USING (code)',
  'SELECT nps(score), array_agg(code ORDER BY code) FROM answers', 'SELECT nps(score ORDER BY id) FROM answers', 'SELECT nps(score), max(i4) FROM answers', 'SELECT nps(score), avg(score) FROM answers');
-- Metrics, scales and filters.
SELECT pg_temp.tell(
  'SELECT nps(score) FILTER (WHERE score IS NOT NULL), nps(score::bigint), nps(score::numeric), ces_mean(score, ''0..10''), nps(score, ''0..10''), ces_tally(score, ''0..10'') FROM answers',
  'SELECT ces_tally(score, ''0..10 top 3'') FROM answers', 'SELECT nps(score, ''10..0'') FROM answers', 'SELECT ces_mean(score) FROM answers', 'SELECT ces_mean(effort) FROM answers', 'SELECT ces_mean(effort) FILTER (WHERE i4 > 1) FROM answers',
  'SELECT ces_mean(effort) FILTER (WHERE i4 > 1 AND code = ''1'') FROM answers', 'SELECT ces_mean(effort) FILTER (WHERE i4 > 1 AND 6 / (i4 - 1) = 6) FROM answers', 'SELECT nps(id) FROM answers', 'SELECT nps(5) FROM answers',
  'SELECT nps(weight) FROM answers JOIN channel USING (code)', 'SELECT nps(score + weight - weight) FROM answers JOIN channel USING (code)', 'SELECT nps(score, (SELECT ''0..10''::ces_scale)) FROM answers', 'SELECT nps(score, NULL) FROM answers',
  'SELECT nps(score, CASE code WHEN ''1'' THEN ''0..10'' ELSE ''nps'' END::ces_scale) FROM answers');

-- Subqueries and WITH.
SELECT pg_temp.tell(
  'WITH w AS (SELECT * FROM answers WHERE code = ''1'') SELECT nps(score) FROM w', 'WITH w AS (SELECT * FROM answers WHERE code = ''1'') SELECT nps(a.score), nps(b.score) FROM w a, (SELECT score FROM w WHERE i4 = 5) b',
  'WITH w AS MATERIALIZED (SELECT * FROM answers WHERE code = ''1'') SELECT nps(score) FROM w', 'WITH w AS MATERIALIZED (SELECT * FROM answers WHERE code <> ''x'') SELECT nps(score) FROM w WHERE code::int = 1',
  'WITH w AS NOT MATERIALIZED (SELECT * FROM answers WHERE code <> ''x'') SELECT nps(score) FROM w WHERE code::int = 1', 'WITH w AS MATERIALIZED (SELECT * FROM answers) SELECT nps(score) FROM w WHERE code IN (SELECT code FROM channel)',
  'WITH RECURSIVE w AS (SELECT 1 AS n UNION SELECT n + 1 FROM w WHERE n < 2) SELECT n, nps(score) FROM answers JOIN w ON n = i4 GROUP BY 1', 'WITH a AS (SELECT score AS s FROM answers), b AS (SELECT s FROM a) SELECT nps(s) FROM b',
  'WITH answers AS (SELECT 9 AS score) SELECT nps(score) FROM answers', 'WITH w AS (SELECT * FROM answers) SELECT (SELECT nps(score) FROM w)', 'SELECT nps(score) FROM (SELECT score FROM (SELECT * FROM answers WHERE i4 > 1) x WHERE i2 = 2) y',
  'SELECT nps(score) FROM (SELECT score FROM answers LIMIT 100000) y', 'SELECT nps(score) FROM (SELECT random(), score FROM answers) y', 'SELECT nps(score) FROM (SELECT score FROM answers, channel WHERE channel.code = answers.code) y',
  'SELECT name, n FROM channel c, LATERAL (SELECT nps(score) AS n FROM answers a WHERE a.code = c.code) l', 'SELECT name, (SELECT nps(score) FROM answers a WHERE a.code = c.code) FROM channel c',
  'SELECT nps(score), (SELECT count(*) FROM channel WHERE weight < nps(a.score)) FROM answers a', 'SELECT code, (SELECT name FROM channel c WHERE c.code = a.code), nps(score) FROM answers a GROUP BY code',
  'SELECT code, (SELECT min(name) FROM channel c HAVING count(a.effort) > 0), nps(score) FROM answers a GROUP BY code', 'SELECT nps(score) FROM answers UNION ALL SELECT nps(score) FROM answers WHERE i4 = 2',
  'SELECT nps(a) FROM (SELECT nps(score) AS a FROM answers UNION ALL SELECT nps(score) FROM answers WHERE i4 = 2) u (a) WHERE a BETWEEN 0 AND 10', 'SELECT nps(score) FROM (VALUES (1), (2)) v (score) WHERE score < (SELECT count(*) FROM answers)');
-- More SELECTs than are tried together; one is about the rows of another.
SELECT pg_temp.tell('SELECT (SELECT nps(score) FROM answers WHERE i4 = 1), (SELECT nps(score) FROM answers WHERE i4 = 2), (SELECT ces_mean(score, ''0..10'') FROM answers), (SELECT nps(score) FROM answers WHERE code = ''1''), (SELECT nps(score) FROM answers a WHERE a.code = c.code) FROM channel c',
  'WITH c AS (SELECT ''1'' AS code) SELECT (SELECT nps(score) FROM answers JOIN c USING (code)), (SELECT nps(score) FROM answers WHERE i4 = 2), (SELECT nps(id) FROM answers WHERE score < 11 AND id < 11), (SELECT nps(score) FROM answers WHERE effort = 3)');

-- Joins.
SELECT pg_temp.tell(
  'SELECT name, nps(score) FROM answers JOIN channel USING (code) GROUP BY 1', 'SELECT name, nps(score) FROM answers LEFT JOIN channel USING (code) GROUP BY 1', 'SELECT name, nps(score) FROM channel RIGHT JOIN answers USING (code) GROUP BY 1',
  'SELECT name, nps(score) FROM answers RIGHT JOIN channel USING (code) GROUP BY 1', 'SELECT name, nps(score) FROM channel LEFT JOIN answers USING (code) GROUP BY 1', 'SELECT code, nps(score) FROM answers FULL JOIN channel USING (code) GROUP BY 1',
  'SELECT code, nps(score) FROM answers LEFT JOIN channel USING (code) GROUP BY code', 'SELECT name, nps(score) FROM answers a LEFT JOIN channel c ON a.code = c.code AND a.i4 > 1 GROUP BY 1', 'SELECT name, nps(score) FROM answers a LEFT JOIN channel c ON a.code = c.code AND a.id > 1 GROUP BY 1',
  'SELECT nps(a.score) FROM answers a, answers b WHERE a.i4 = b.i4 AND b.id = 1', 'SELECT c.name, nps(score) FROM answers a JOIN (channel c LEFT JOIN channel d ON c.weight = d.weight + 1) ON a.code = c.code GROUP BY 1', 'SELECT nps(score) FROM answers NATURAL JOIN channel',
  'SELECT weight + i4, nps(score) FROM answers JOIN channel USING (code) GROUP BY 1', 'SELECT 6 / (i4 * weight), nps(score) FROM answers JOIN channel USING (code) GROUP BY 1', 'SELECT n, nps(score) FROM answers, LATERAL generate_series(1, i4) n GROUP BY 1', 'SELECT n, nps(score) FROM answers, LATERAL generate_series(1, id % 2) n GROUP BY 1');

-- Groups.
SELECT pg_temp.tell(
  'SELECT code, i4, grouping(code, i4), nps(score), count(*) FROM answers GROUP BY CUBE (code, i4)', 'SELECT code, nps(score), count(*) FROM answers WHERE i4 = 0 GROUP BY ROLLUP (code)', 'SELECT nps(score), count(*) FROM answers WHERE i4 = 0 GROUP BY ()',
  'SELECT code, nps(score) FROM answers GROUP BY code HAVING count(*) > 10', 'SELECT DISTINCT nps(score) FROM answers GROUP BY code', 'SELECT code, nps(score), rank() OVER (PARTITION BY i4 ORDER BY nps(score)) FROM answers GROUP BY code, i4',
  'SELECT code, sum(count(*)) OVER w, nps(score) FROM answers GROUP BY code WINDOW w AS (ORDER BY code ROWS 1 PRECEDING)', 'SELECT code, nps(score), generate_series(1, 2) FROM answers GROUP BY code', 'SELECT id % 2, nps(score) FROM answers GROUP BY 1', 'SELECT a, nps(score) FROM answers a GROUP BY 1',
  'SELECT tableoid::regclass, nps(score) FROM answers GROUP BY 1', 'SELECT ctid IS NULL, nps(score) FROM answers GROUP BY 1');
SELECT pg_temp.tell(format('SELECT nps(score), count(*) FROM answers GROUP BY GROUPING SETS ((%s), ())', string_agg('i4 + ' || n, ', '))) FROM generate_series(1, 31) n;
SELECT pg_temp.tell(format('SELECT nps(score), count(*) FROM answers GROUP BY GROUPING SETS ((%s), ())', string_agg('i4 + ' || n, ', '))) FROM generate_series(1, 32) n;
-- What no rollup has.
SELECT pg_temp.tell('SELECT nps(score) FROM answers TABLESAMPLE BERNOULLI (100)', 'SELECT nps(score) FROM answers WHERE random() < 2', 'SELECT nps(score) FROM answers WHERE id > 100');

-- GROUPING of the query around a subquery, and subqueries that are joined.
SELECT pg_temp.tell('SELECT code, (SELECT grouping(code)), nps(score) FROM answers GROUP BY ROLLUP (code)', 'SELECT code, (SELECT weight FROM channel WHERE weight = grouping(answers.code)) + 1, nps(score) FROM answers GROUP BY ROLLUP (code)',
  'SELECT name, nps(score) FROM (SELECT * FROM answers WHERE i4 > 1) a JOIN channel USING (code) GROUP BY 1', 'SELECT name, nps(score) FROM channel c LEFT JOIN (SELECT * FROM answers WHERE i4 > 1) a ON a.code = c.code GROUP BY 1');
-- Aggregates that are called like those of ces, or are others of it.
CREATE FUNCTION first_text(text, text) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS 'SELECT $1';
CREATE AGGREGATE nps (text) (SFUNC = first_text, STYPE = text);
CREATE AGGREGATE ces_first (text) (SFUNC = first_text, STYPE = text);
SELECT pg_temp.tell('SELECT nps(code) FROM answers WHERE code = ''1''', 'SELECT ces_first(code) FROM answers WHERE code = ''1''', 'SELECT nps(score), nps(code) FROM answers WHERE code = ''1''', 'SELECT ces_rollup(score) FROM r', 'SELECT nps(score), ces_tally(score, ''0..10'', 1) FROM answers');
DROP AGGREGATE nps (text);
DROP AGGREGATE ces_first (text);
-- An error of the query is its own.
SELECT pg_temp.error_of('SELECT * FROM ces_rollup_explain(''SELECT nps(score), 1 / 0 FROM answers'')');
-- A script of an older version is not enough.
ALTER FUNCTION _ces_rollup_is_current RENAME TO is_current;
SELECT pg_temp.ask('SELECT nps(score) FROM answers');
ALTER FUNCTION is_current RENAME TO _ces_rollup_is_current;
ALTER FUNCTION _ces_rollup_time RENAME TO rollup_time;
SELECT pg_temp.ask('SELECT nps(score) FROM answers WHERE at < ''2026-02-01'''), pg_temp.ask('SELECT nps(score) FROM answers');
ALTER FUNCTION rollup_time RENAME TO _ces_rollup_time;
SELECT pg_temp.ask('SELECT nps(score) FROM answers WHERE at < ''2026-02-01''');

-- Whoever asks must be able to trust what a rollup calls.
CREATE ROLE rollup_planner_owner;
CREATE ROLE rollup_planner_reader;
GRANT USAGE, CREATE ON SCHEMA rollup_planner TO rollup_planner_owner;
GRANT USAGE ON SCHEMA rollup_planner TO rollup_planner_reader;
SET ROLE rollup_planner_owner;
CREATE FUNCTION named(int) RETURNS text LANGUAGE sql IMMUTABLE STRICT AS $$ SELECT 'number ' || $1 $$;
CREATE FUNCTION kept(int) RETURNS boolean LANGUAGE plpgsql IMMUTABLE STRICT AS $$ BEGIN RETURN $1 > 0; END $$;
CREATE TYPE mood AS ENUM ('glad', 'sad');
CREATE TABLE theirs (i4 int, mood mood, score int);
INSERT INTO theirs SELECT n % 3, (ARRAY['glad', 'sad']::mood[])[1 + n % 2], n % 11 FROM generate_series(1, 5000) n;
GRANT SELECT ON theirs TO rollup_planner_reader;
CALL ces_create_rollup('by_named', 'SELECT named(i4) AS named, ces_tally(score, ''nps'') AS score FROM theirs GROUP BY 1');
CALL ces_create_rollup('by_kept', 'SELECT i4, ces_tally(score, ''nps'') AS score FROM theirs WHERE kept(i4) GROUP BY 1');
CALL ces_create_rollup('by_mood', 'SELECT mood, ces_tally(score, ''nps'') AS score FROM theirs GROUP BY 1');
CALL ces_create_rollup('by_filter', 'SELECT i4, ces_tally(score, ''nps'') FILTER (WHERE kept(i4)) AS score FROM theirs GROUP BY 1');
ANALYZE theirs, by_named_store, by_kept_store, by_mood_store, by_filter_store;
CREATE FUNCTION verdicts(query text) RETURNS TABLE (rollup regclass, reason text) LANGUAGE sql AS $$
  SELECT rollup, CASE WHEN used OR reason LIKE '%estimated%' THEN 'can answer it' ELSE reason END FROM ces_rollup_explain(query) ORDER BY 1
$$;
SELECT * FROM verdicts('SELECT named(i4), nps(score) FROM theirs WHERE kept(i4) GROUP BY 1');
SELECT * FROM verdicts('SELECT mood, nps(score) FROM theirs GROUP BY 1');
SELECT * FROM verdicts('SELECT nps(score) FILTER (WHERE kept(i4)) FROM theirs');
SET ROLE rollup_planner_reader;
SELECT * FROM verdicts('SELECT mood, nps(score) FROM theirs GROUP BY 1');
SELECT pg_temp.ask('SELECT mood, nps(score) FROM theirs GROUP BY 1');
RESET ROLE;
DROP TABLE theirs CASCADE;

-- After a change in this transaction. A plan that was made then is not kept.
PREPARE total AS SELECT count(*), nps(score) FROM answers;
SET plan_cache_mode = force_generic_plan;
BEGIN;
INSERT INTO answers VALUES (0, '2026-01-01', '1', 1, 1, 1, 1, 1, 0, 1);
SELECT pg_temp.ask('SELECT nps(score) FROM answers');
EXECUTE total;
ROLLBACK;
EXECUTE total;
SELECT pg_temp.ask('SELECT nps(score) FROM answers');
RESET plan_cache_mode;
DEALLOCATE total;

-- Conditions of the rollup, a scale as a key, and other scales of the same range.
CALL ces_create_rollup('w', $$ SELECT i4, ces_tally(score, 'nps') AS score FROM answers WHERE i4 > 0 AND code <> 'x' GROUP BY 1 $$);
ALTER TABLE answers ADD scale ces_scale DEFAULT '0..10';
CALL ces_create_rollup('s', $$ SELECT scale, code, ces_tally(score, scale) AS score FROM answers GROUP BY 1, 2 $$);
ANALYZE w_store, s_store;
SELECT * FROM verdicts('SELECT nps(score) FROM answers WHERE code <> ''x'' AND i4 > 0');
SELECT * FROM verdicts('SELECT i4, nps(score) FROM answers WHERE code <> ''x'' GROUP BY 1');
SELECT * FROM verdicts('SELECT scale, ces_tally(score, scale) FROM answers GROUP BY 1');
SELECT * FROM verdicts('SELECT scale, nps(score, ''1..5'') FROM answers WHERE score < 0 GROUP BY 1');
SELECT pg_temp.tell('SELECT i4, nps(score), count(*) FROM answers WHERE code <> ''x'' AND i4 > 0 GROUP BY 1', 'SELECT scale, nps(score) FROM answers GROUP BY 1', 'SELECT ces_topbox(score, ''0..10''), ces_tally(score, ''0..10'') FROM answers', 'SELECT csat(score, ''0..10'') FROM answers WHERE code = ''1''');

-- One of two rollups is read, though both could be.
CALL ces_create_rollup('u', $$ SELECT i4, ces_tally(score, 'nps') AS score FROM answers GROUP BY 1 $$);
ANALYZE u_store;
SELECT count(*) FILTER (WHERE used) AS used, count(*) FILTER (WHERE NOT used AND reason LIKE '%estimated%') AS not_used FROM ces_rollup_explain('SELECT i4, nps(score) FROM answers GROUP BY 1') WHERE rollup IN ('r', 'u');
-- A time that is a key itself needs no units.
CREATE TABLE times AS SELECT at, score FROM answers, generate_series(1, 3);
UPDATE times SET at = date_trunc('hour', at);
CALL ces_create_rollup('t', $$ SELECT at, at::date AS day, ces_tally(score, 'nps') AS score FROM times GROUP BY 1, 2 $$);
ANALYZE times, t_store;
SELECT pg_temp.tell('SELECT nps(score) FROM times WHERE at > ''2026-01-05 12:00'' AND at < ''2026-02-01''', 'SELECT at::date, nps(score) FROM times WHERE at > ''2026-01-05 12:00'' GROUP BY 1');

-- Partitions, whose rollups are those of the whole.
CREATE TABLE parts (day date, code text, score int) PARTITION BY RANGE (day);
CREATE TABLE parts_1 PARTITION OF parts FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
CREATE TABLE parts_2 PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01') PARTITION BY LIST (code);
CREATE TABLE parts_2_1 PARTITION OF parts_2 FOR VALUES IN ('1');
INSERT INTO parts SELECT date '2026-01-01' + n % 31, (n % 3)::text, n % 11 FROM generate_series(1, 6000) n;
INSERT INTO parts SELECT date '2026-02-01' + n % 28, '1', n % 11 FROM generate_series(1, 3000) n;
CALL ces_create_rollup('p', $$ SELECT day, code, ces_tally(score, 'nps') AS score FROM parts GROUP BY 1, 2 $$);
ANALYZE parts, p_store;
SELECT pg_temp.tell('SELECT code, nps(score) FROM parts GROUP BY 1', 'SELECT nps(score) FROM parts WHERE day >= ''2026-01-15'' AND code = ''1''', 'SELECT nps(score) FROM ONLY parts', 'SELECT nps(score) FROM parts_1', 'SELECT nps(score) FROM parts_2', 'SELECT nps(score) FROM parts_2_1', 'SELECT tableoid::regclass, nps(score) FROM parts GROUP BY 1');
-- PostgreSQL refuses to lock what is aggregated, unless it needn't look at it.
CREATE VIEW locking AS SELECT code, nps(score) FROM parts GROUP BY 1;
SELECT pg_temp.ask('SELECT * FROM locking FOR UPDATE'), pg_temp.ask('SELECT * FROM locking WHERE false FOR UPDATE');

SET client_min_messages = warning;
DROP SCHEMA rollup_planner CASCADE;
DROP ROLE rollup_planner_owner, rollup_planner_reader;
