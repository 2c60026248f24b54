--
-- Keys of many types, whose equal values may differ in their bytes; columns that are generated;
-- rows that come in unusual ways.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
\set rollup :abs_srcdir '/test/lib/rollup.sql'
\i :rollup
CREATE SCHEMA rollup_keys;
SET search_path = rollup_keys, public;
SET client_min_messages = warning;

-- A row with each pair of equal keys, and one that is updated from one to the other.
CREATE COLLATION ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE TYPE pair AS (a numeric, b text);
CREATE DOMAIN short AS text CHECK (length(VALUE) < 100);
CREATE TABLE answers (id int, n numeric, f float8, t text, i text COLLATE ignore_case, c char(5), a numeric[], p pair, j jsonb,
                      r numrange, s short, e ces_scale, score int);
INSERT INTO answers VALUES
  (1, 1.0, 0, 'x', 'Word', 'ab', '{1.0,2.0}', '(1.0,x)', '{"a": 1.0, "b": 2}', '[1.0,2.0)', 'x', 'nps', 1),
  (2, 1.00, '-0', 'x', 'word', 'ab   ', '{1.00,2}', '(1.00,x)', '{"b": 2, "a": 1.00}', '[1.00,2.0)', 'x', '0..10', 2),
  (3, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3),
  (4, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL, NULL),
  (5, 'NaN', 'NaN', '', '', '', '{}', '(,)', 'null', 'empty', '', '1..3', 5);
DO $$
DECLARE
  key text;
BEGIN
  FOREACH key IN ARRAY string_to_array('n,f,t,i,c,a,p,j,r,s,e', ',') LOOP
    EXECUTE format('CALL ces_create_rollup(%L, %L)', 'by_' || key,
      format('SELECT %I, ces_tally(score, ''1..7'') AS effort, count(*) AS rows_too FROM answers GROUP BY %I', key, key));
  END LOOP;
END $$;
CALL ces_create_rollup('by_all', $$
  SELECT n, f, t, i, c, a, p, j, r, s, e, ces_tally(score, '1..7') AS effort FROM answers GROUP BY n, f, t, i, c, a, p, j, r, s, e $$);
CREATE FUNCTION pg_temp.verdicts() RETURNS SETOF text LANGUAGE sql AS $$
  SELECT r || ': ' || v FROM (SELECT DISTINCT rollup AS r FROM ces_rollup_status WHERE source = 'answers'::regclass) s, pg_temp.verdict(r) v
  WHERE v <> 'right' ORDER BY 1 $$;
CREATE FUNCTION pg_temp.fold() RETURNS bigint LANGUAGE sql AS $$
  SELECT count(ces_fold_rollup(rollup)) FROM (SELECT DISTINCT rollup FROM ces_rollup_status WHERE source = 'answers'::regclass) s $$;
SELECT pg_temp.verdicts();
SELECT (SELECT count(*) FROM by_n) AS n, (SELECT count(*) FROM by_f) AS f, (SELECT count(*) FROM by_i) AS i, (SELECT count(*) FROM by_c) AS c,
       (SELECT count(*) FROM by_a) AS a, (SELECT count(*) FROM by_p) AS p, (SELECT count(*) FROM by_j) AS j, (SELECT count(*) FROM by_r) AS r,
       (SELECT count(*) FROM by_e) AS e;
INSERT INTO answers SELECT * FROM answers;
SELECT pg_temp.verdicts();
SELECT pg_temp.fold();
SELECT pg_temp.verdicts();
INSERT INTO answers SELECT * FROM answers;
UPDATE answers SET n = 1.000, f = 0, i = 'WORD', c = 'ab ', a = '{1,2}', p = '(1,x)', j = '{"a": 1, "b": 2}', r = '[1,2)' WHERE id <= 2;
UPDATE answers SET n = 1.0, i = 'wORD' WHERE id = 3;
DELETE FROM answers WHERE id IN (2, 5);
SELECT pg_temp.verdicts();
SELECT pg_temp.fold();
SELECT pg_temp.verdicts();
SELECT lower(i) AS i, effort FROM by_i ORDER BY 1;
DELETE FROM answers WHERE id <> 4;
SELECT pg_temp.verdicts();
SELECT n, effort, rows_too FROM by_n;
SELECT pg_temp.fold();
SELECT pg_temp.verdicts();
SELECT count(*) FROM by_all_store;

-- Keys that are compressed, and stored out of line.
CREATE TABLE long (id int, t text, score int);
ALTER TABLE long ALTER t SET STORAGE EXTERNAL;
INSERT INTO long SELECT n, repeat(chr(65 + n % 3), 10000), 1 + n % 7 FROM generate_series(1, 20) n;
CREATE TABLE compressed (id int, t text, score int);
INSERT INTO compressed SELECT * FROM long;
CALL ces_create_rollup('by_long', 'SELECT md5(t) AS hash, ces_tally(score, ''1..7'') AS effort FROM long GROUP BY 1');
CALL ces_create_rollup('by_compressed', 'SELECT left(t, 2500) AS t, ces_tally(score, ''1..7'') AS effort FROM compressed GROUP BY 1');
INSERT INTO long SELECT id + 100, t, score FROM long;
INSERT INTO compressed SELECT id + 100, t, score FROM compressed;
UPDATE long SET score = 8 - score WHERE id % 2 = 0;
UPDATE compressed SET t = t || 'x', score = 8 - score WHERE id % 2 = 0;
DELETE FROM long WHERE id % 5 = 0;
SELECT pg_temp.verdict('by_long'), pg_temp.verdict('by_compressed');
SELECT ces_fold_rollup('by_long') > 0 AS folded, ces_fold_rollup('by_compressed') > 0 AS folded;
SELECT pg_temp.verdict('by_long'), pg_temp.verdict('by_compressed');
SELECT left(t, 1) AS t, effort FROM by_compressed ORDER BY 1;
SET ces.enable_rollups = off;
SELECT left(t, 1) AS t, ces_tally(score, '1..7') AS effort FROM compressed GROUP BY 1 ORDER BY 1;
RESET ces.enable_rollups;

-- Generated columns, and columns added later with a default.
CREATE TABLE generated (id int, effort int, easy boolean GENERATED ALWAYS AS (effort >= 5) STORED);
INSERT INTO generated SELECT n, 1 + n % 7 FROM generate_series(1, 20) n;
ALTER TABLE generated ADD channel text DEFAULT 'chat';
CALL ces_create_rollup('by_easy', 'SELECT easy, channel, ces_tally(effort, ''1..7'') AS effort FROM generated GROUP BY easy, channel');
INSERT INTO generated SELECT n, 1 + n % 7 FROM generate_series(21, 30) n;
UPDATE generated SET effort = 8 - effort WHERE id % 2 = 0;
SELECT pg_temp.verdict('by_easy');

-- COPY FREEZE; TimeZone; a statement that is cancelled.
CREATE TABLE copied (at timestamptz, effort int);
CALL ces_create_rollup('by_day', $$
  SELECT (at AT TIME ZONE 'Europe/Amsterdam')::date AS day, ces_tally(effort, '1..7') AS effort FROM copied GROUP BY 1 $$);
INSERT INTO copied VALUES ('2026-03-01 23:30+00', 1);
BEGIN;
TRUNCATE copied;
COPY copied FROM stdin (FREEZE);
2026-03-01 23:30+00	5
2026-03-01 22:30+00	6
\.
SELECT pg_temp.verdict('by_day');
COMMIT;
SELECT pg_temp.verdict('by_day');
SET TimeZone = 'Asia/Tokyo';
INSERT INTO copied VALUES ('2026-03-02 08:30', 7);
UPDATE copied SET effort = 4 WHERE effort = 5;
SELECT pg_temp.verdict('by_day');
SELECT * FROM by_day ORDER BY day;
SET statement_timeout = '100ms';
INSERT INTO copied SELECT '2026-03-02 08:30', 1 + n % 7 FROM generate_series(1, 1000000000) n;
UPDATE copied SET effort = 1 + (SELECT count(*) FROM generate_series(1, 1000000000))::int % 7;
RESET statement_timeout;
SELECT pg_temp.verdict('by_day');
INSERT INTO copied VALUES ('2026-03-02 08:30', 7);
SELECT pg_temp.verdict('by_day');
RESET TimeZone;

DROP SCHEMA rollup_keys CASCADE;
