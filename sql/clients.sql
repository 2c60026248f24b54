--
-- What clients send: parameters and columns of type text and varchar, as JDBC's
-- setString() does, and parameters without a type
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

CREATE TABLE answers (score int, asked text, asked_varchar varchar(20));
INSERT INTO answers VALUES (1, '5..1', 'ces1'), (2, '5..1', 'CES1'), (5, '5..1', '5..1 top 2'), (NULL, NULL, NULL);

-- A scale as text and as varchar, wherever one is taken.
PREPARE by_text(text) AS SELECT ces_topbox(score, $1), ces_mean(score, $1), round(nps(score, $1), 1) AS nps, csat(score, $1), ces_tally(score, $1),
  ces_tally(score, $1, 2), count(*) FILTER (WHERE score <@ $1) AS on_scale, count(*) FILTER (WHERE $1 @> score) AS contains FROM answers;
PREPARE by_varchar(varchar) AS SELECT ces_topbox(score::smallint, $1), ces_mean(score::bigint, $1), round(nps(score::numeric, $1), 1) AS nps,
  csat(score::real, $1), ces_tally(score::float8, $1), ces_box(4, $1), ces_pomp(4, $1), ces_rescale(4, $1, '1..7'), ces_from_counts($1, '{1,0,0,0,2}'),
  ces_scale($1) = $1 AS same FROM answers;
SET plan_cache_mode = force_generic_plan;
EXECUTE by_text('5..1');
EXECUTE by_text('1..5 top 5');
EXECUTE by_varchar('5..1');
RESET plan_cache_mode;
EXECUTE by_text('5..1');
EXECUTE by_varchar('5..1');
EXECUTE by_varchar(NULL);
EXECUTE by_text('1..x');
-- A scale in a column of text. It is read again whenever it changes.
SELECT ces_topbox(score, asked), ces_topbox(score, asked_varchar) FROM answers;
SELECT asked, ces_scale(asked), asked = ces_scale '1..5' AS equal FROM (VALUES ('1..5'), ('1..5'), (' 1..5' || repeat(' ', 100)), ('1..5 top 5'),
  ('1..5 top 5 '), ('1..5'), (NULL), ('1..5' || repeat(' ', 56)), ('1..5' || repeat(' ', 57)), ('1..50')) v (asked);
SELECT ces_scale(asked) FROM (VALUES ('1..5'), ('1..5x'), ('1..5')) v (asked);

-- Tallies and scales that are written back.
CREATE TABLE daily (tally ces_tally, scale ces_scale);
PREPARE write_text(text, text) AS INSERT INTO daily VALUES ($1, $2);
PREPARE write_varchar(varchar, varchar) AS INSERT INTO daily VALUES ($1, $2);
EXECUTE write_text('1..3 {1,2,3}', 'faces');
EXECUTE write_varchar('1..3 {0,0,256}', '1..3');
INSERT INTO daily SELECT * FROM (VALUES ('1..3 {4,0,0}', 'nps')) v (tally, scale);
UPDATE daily SET tally = '1..3 {0,1,0}'::varchar, scale = '1..3 top 2'::varchar WHERE scale = 'nps'::text;
SELECT * FROM daily;
EXECUTE write_text('1..3 {1,2}', 'faces');
-- Text is no tally unless it is stored as one: a set of labels, for one, is text too.
SELECT pg_temp.error_of('SELECT nps(''1..3 {1,2,3}''::text)');
SELECT nps('1..3 {1,2,3}'::text::ces_tally);

-- Parameters without a type: a scale is found, a score has to be cast.
PREPARE scale_alone AS SELECT ces_scale($1);
PREPARE scale_given AS SELECT nps(score, $1) FROM answers;
PREPARE score_cast AS SELECT nps($1::int), $1::int <@ '0..10' AS on_scale;
SELECT name, parameter_types FROM pg_prepared_statements WHERE name LIKE 'sc%' ORDER BY name;
EXECUTE scale_alone('1..7');
SELECT ces_scale('1..7'), ces_scale(ces_tally '1..3 {1,2,3}');
SELECT pg_temp.error_of('PREPARE score_alone AS SELECT nps($1)');
SELECT pg_temp.error_of('PREPARE score_alone AS SELECT $1 <@ ''0..10''');
DEALLOCATE ALL;
DROP TABLE answers, daily;
