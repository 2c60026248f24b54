--
-- Hints, and what happens when they are pasted: each gives a result, and none a wrong
-- number. They name the user's own column where that is known, and else a placeholder
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
\pset format unaligned
\pset tuples_only on

CREATE FUNCTION pg_temp.hint_of(statement text) RETURNS text LANGUAGE sql AS
  $$SELECT statement || E'\n  ' || coalesce(substring(pg_temp.error_of(statement) FROM 'HINT: (.*)'), 'no hint')$$;
CREATE TABLE answers (id int, effort int, "How easy?" numeric, words text, recommend bigint, scale ces_scale, times int, tally ces_tally, PRIMARY KEY (id)) PARTITION BY RANGE (id);
CREATE TABLE answers_1 PARTITION OF answers FOR VALUES FROM (1) TO (4);
CREATE TABLE answers_4 (tally ces_tally, scale ces_scale, times int, recommend bigint, words text, "How easy?" numeric, effort int, id int NOT NULL);
ALTER TABLE answers ATTACH PARTITION answers_4 FOR VALUES FROM (4) TO (9);
INSERT INTO answers VALUES (1, 5, 7, '7', 10, '1..7', 1, '1..3 {1,0,0}'), (2, 1, 99, '6', 9, '1..7', NULL, '1..3 {1,0,0}'),
  (5, 2, 99, '9', 8, '1..5', 3, '3..1 {1,0,0}'), (6, 99, 2, '2', 99, NULL, 4, '1..3 {0,0,1}');

-- Codes for "no answer" lead to no other scale, whether the scale is the default or named; other numbers may.
SELECT score, substring(pg_temp.error_of(format('SELECT %s(%s)', metric, score)) FROM 'HINT: (.*)') AS hint
FROM unnest(ARRAY['99', '98', '97', '96', '88', '77', '66', '999', '998', '888', '9999', '-1', '-2', '-7', '-8', '-9', '-99', '-98', '-88', '-999', '99.0',
  '8', '9', '0', '6', '10', '11', '50', '100', '-10', '-50', '101', '4.5', '-0.5', '''NaN''::float8', '''Infinity''::numeric']) WITH ORDINALITY s (score, n), unnest(ARRAY['ces_mean', 'nps', 'csat']) metric
WHERE pg_temp.error_of(format('SELECT %s(%s)', metric, score)) NOT LIKE '%no error' AND (metric = 'ces_mean' OR n > 20)
ORDER BY metric, n;
SELECT pg_temp.hint_of('SELECT ces_topbox(99, ''0..10'')'), pg_temp.hint_of('SELECT ces_topbox(9, ''1..7'')');

-- The user's column: plain, partitioned, cast, quoted, in a parallel plan, through a view, a join, a subquery and an index.
SELECT pg_temp.hint_of('SELECT ces_topbox(effort) FROM answers');
SELECT ces_topbox(effort) FILTER (WHERE effort <@ '1..7') FROM answers;
SELECT pg_temp.hint_of('SELECT ces_topbox("How easy?", ''1..7'') FROM answers');
SELECT ces_topbox("How easy?", '1..7') FILTER (WHERE "How easy?" <@ '1..7') FROM answers;
SELECT pg_temp.hint_of('SELECT ces_topbox(words::int) FROM answers');
SELECT ces_topbox(words::integer) FILTER (WHERE words::integer <@ '1..7') FROM answers;
SELECT ces_topbox(words::integer, '0..10') FROM answers;
SELECT pg_temp.hint_of('SELECT nps(recommend) FROM answers GROUP BY id % 2 ORDER BY 1');
SELECT nps(recommend) FILTER (WHERE recommend <@ '0..10') FROM answers;
CREATE VIEW seen AS SELECT *, recommend AS renamed FROM answers;
CREATE VIEW renamed AS SELECT id, recommend AS score FROM answers;
SELECT pg_temp.hint_of('SELECT nps(recommend) FROM seen');
SELECT pg_temp.hint_of('SELECT nps(score) FROM renamed');
SELECT pg_temp.hint_of('SELECT nps(a.recommend) FROM answers a JOIN answers b USING (id)');
SELECT pg_temp.hint_of('SELECT nps(recommend) FROM answers JOIN generate_series(1, 9) id USING (id)');
SELECT pg_temp.hint_of('SELECT nps(score) FROM (SELECT recommend AS score FROM answers OFFSET 0) v');
SELECT pg_temp.hint_of('SELECT nps(x) FROM (SELECT recommend FROM answers OFFSET 0) v (x)');
SELECT pg_temp.hint_of('WITH v AS MATERIALIZED (SELECT recommend AS score FROM answers) SELECT nps(score) FROM v');
SELECT pg_temp.hint_of('SELECT nps(score) FROM (SELECT recommend FROM answers UNION ALL SELECT 1) v (score)');
SELECT pg_temp.hint_of('SELECT nps(recommend + 1) FROM answers');
SELECT pg_temp.hint_of('SELECT nps((SELECT max(recommend) FROM answers)) FROM answers');
SELECT pg_temp.hint_of('SELECT (SELECT nps(recommend) FROM generate_series(1, 2)) FROM answers');
SELECT pg_temp.hint_of('SELECT nps(tableoid) FROM answers');
SELECT pg_temp.hint_of('SELECT nps(score) FROM unnest(ARRAY[99]) score');
SELECT pg_temp.hint_of('SELECT nps(score) FROM (VALUES (99)) v (score)');
SELECT pg_temp.hint_of('SELECT nps(DISTINCT recommend ORDER BY recommend) FROM answers');
SELECT pg_temp.hint_of('SELECT nps(recommend) FILTER (WHERE id > 2) FROM answers GROUP BY ROLLUP (id)');
SELECT pg_temp.hint_of('SELECT ces_mean(r) FROM (SELECT row_number() OVER (ORDER BY recommend) * 9 AS r FROM answers) v');
-- Another column may have the name that the table gives to this one.
CREATE VIEW swapped AS SELECT id, times AS recommend, recommend AS times FROM answers;
SELECT pg_temp.hint_of('SELECT nps(times) FROM swapped');
SELECT pg_temp.hint_of('SELECT nps(times) FROM (SELECT recommend AS times, id AS recommend FROM answers UNION ALL SELECT 1, 2) v');
SELECT pg_temp.hint_of('SELECT nps(times) FROM (SELECT DISTINCT recommend AS times, id AS recommend FROM answers) v');
CREATE VIEW report AS SELECT nps(times) FROM swapped;
SELECT pg_temp.hint_of('SELECT * FROM report');
CREATE FUNCTION report() RETURNS TABLE (n numeric) LANGUAGE sql STABLE AS 'SELECT nps(recommend) FROM answers';
SELECT pg_temp.hint_of('SELECT n FROM report()'), pg_temp.hint_of('SELECT nps(times) FROM swapped, report()');
SELECT pg_temp.hint_of('DO $$BEGIN PERFORM (SELECT nps(a.recommend) FROM answers a, answers b); END$$');
-- As it is written, with the table if that is needed.
SELECT pg_temp.hint_of('SELECT public."nps"(b.Recommend) FROM answers a JOIN answers "b" USING (id)');
SELECT nps(b.Recommend) FILTER (WHERE b.Recommend <@ '0..10') FROM answers a JOIN answers b USING (id);
SELECT pg_temp.hint_of('SELECT ces_topbox(a."How easy?", ''1..7'') FROM answers a, (VALUES (1)) v ("How easy?")');
SELECT pg_temp.hint_of('SELECT ces_topbox("an ""x", v.scale) FROM (SELECT recommend AS "an ""x", scale AS "(" FROM answers OFFSET 0) w, answers v WHERE v.id = 1');
SELECT pg_temp.hint_of('SELECT ces_tally(id, scale, times) FROM answers WHERE id = 2');
CREATE TABLE indexed AS SELECT 99 AS score FROM generate_series(1, 20000);
CREATE INDEX ON indexed (score);
VACUUM ANALYZE indexed;
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT nps(score) FROM indexed WHERE score > 1;
SELECT pg_temp.hint_of('SELECT nps(score) FROM indexed WHERE score > 1');
RESET ALL;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT nps(score) FROM indexed;
SELECT pg_temp.hint_of('SELECT nps(score) FROM indexed');
RESET ALL;
-- In a window FILTER stands before OVER.
SELECT pg_temp.hint_of('SELECT nps(recommend) OVER () FROM answers');
SELECT nps(recommend) FILTER (WHERE recommend <@ '0..10') OVER () FROM answers;

-- A call that has a FILTER gets no second one.
SELECT pg_temp.hint_of('SELECT nps(recommend) FILTER (WHERE id > 1 OR id = 0) FROM answers');
SELECT nps(CASE WHEN recommend <@ '0..10' THEN recommend END) FILTER (WHERE id > 1 OR id = 0) FROM answers;
SELECT pg_temp.hint_of('SELECT ces_topbox(effort, scale) FILTER (WHERE id = 6) FROM answers');
SELECT ces_topbox(CASE WHEN scale IS NOT NULL THEN effort END, scale) FILTER (WHERE id = 6) FROM answers;
SELECT pg_temp.hint_of('SELECT nps(recommend) FILTER (WHERE id > 1) OVER () FROM answers');
SELECT nps(CASE WHEN recommend <@ '0..10' THEN recommend END) FILTER (WHERE id > 1) OVER () FROM answers;
-- A placeholder is not the name of a column, least of all of a wrong one.
CREATE TABLE other (score int, scale ces_scale, tally ces_tally, responses int, label_set text, answer text);
SELECT pg_temp.error_of('SELECT ' || substring(pg_temp.hint_of(format('SELECT %s FROM answers', call)) FROM '(YOUR_[A-Z_]+)') || ' FROM other')
FROM (VALUES ('nps(recommend + 1)'), ('ces_box(effort, ''1..3'')'), ('ces_topbox(effort, nullif(scale, ''1..7''))'), ('ces_tally(2, ''1..7'', times * NULL)'),
  ('ces_rollup(tally + tally)'), ('ces_topbox(words || ''.'', ''1..7'')'), ('ces_topbox(words, nullif(words, ''7''))')) v (call);
DROP TABLE other;

-- A function of one score can't know its column.
SELECT pg_temp.hint_of('SELECT ces_box(effort, ''1..7'') FROM answers'), pg_temp.hint_of('SELECT nps_category(recommend) FROM answers'),
  pg_temp.hint_of('SELECT ces_rescale(effort, ''1..7'', ''0..100'') FROM answers');
SELECT ces_box(CASE WHEN effort <@ '1..7' THEN effort END, '1..7') FROM answers;

-- Two scales, a NULL scale, and responses.
SELECT pg_temp.hint_of('SELECT ces_topbox(effort, scale) FROM answers WHERE effort < 9');
SELECT ces_topbox(round(ces_rescale(effort, scale, '1..7')), '1..7 top 5 bottom 3') FROM answers WHERE effort < 9;
SELECT ces_topbox(effort, scale) FROM answers WHERE effort < 9 GROUP BY scale;
SELECT pg_temp.hint_of('SELECT ces_topbox(effort, scale) OVER () FROM answers WHERE effort < 9');
SELECT pg_temp.hint_of('SELECT ces_topbox(effort, scale) FROM answers WHERE effort = 99');
SELECT pg_temp.hint_of('SELECT ces_topbox(effort, scale) OVER () FROM answers WHERE effort = 99');
SELECT ces_topbox(effort, scale) FILTER (WHERE scale IS NOT NULL) FROM answers WHERE id < 3;
SELECT pg_temp.hint_of('SELECT ces_tally(effort, ''1..7'', times) FROM answers WHERE id = 2');
SELECT ces_tally(effort, '1..7', coalesce(times, 0)) FROM answers WHERE id < 3;
SELECT pg_temp.hint_of('SELECT ces_tally(effort, ''1..7'', -times) FROM answers');
SELECT pg_temp.hint_of('SELECT ces_rollup(tally) FROM answers');
SELECT ces_rollup(tally) FROM answers GROUP BY ces_scale(tally) ORDER BY ces_scale(tally);
SELECT pg_temp.hint_of('SELECT ces_rollup(tally) OVER () FROM answers');

-- Answers in words: numbers that are stored as text, sets on two scales, no set.
SELECT pg_temp.hint_of('SELECT ces_topbox(words, ''1..10'') FROM answers');
SELECT ces_topbox(CAST(words AS integer), '1..10') FROM answers;
SELECT pg_temp.hint_of($$SELECT nps(j ->> 'recommend', '0..10') FROM (VALUES ('{"recommend": "9"}'::json)) v (j)$$);
SELECT nps(CAST(j ->> 'recommend' AS integer), '0..10') FROM (VALUES ('{"recommend": "9"}'::json)) v (j);
CREATE TABLE worded (id int, words text, "Set" text);
INSERT INTO worded VALUES (1, 'easy', 'ease5'), (2, 'agree', 'agreement7'), (3, 'hard', NULL);
SELECT pg_temp.hint_of('SELECT ces_topbox(words, "Set") FROM worded WHERE id < 3'), pg_temp.hint_of('SELECT ces_topbox(words, "Set") OVER () FROM worded WHERE id < 3');
SELECT ces_topbox(words, "Set") FROM worded WHERE id < 3 GROUP BY "Set";
SELECT pg_temp.hint_of('SELECT ces_topbox(words, "Set") FROM worded WHERE id <> 2'), pg_temp.hint_of('SELECT ces_topbox(words, "Set") FILTER (WHERE id <> 2) FROM worded'),
  pg_temp.hint_of('SELECT ces_topbox(words, "Set") OVER () FROM worded WHERE id <> 2');
SELECT ces_topbox(words, "Set") FILTER (WHERE "Set" IS NOT NULL) FROM worded WHERE id <> 2;
SELECT ces_topbox(CASE WHEN "Set" IS NOT NULL THEN words END, "Set") FILTER (WHERE id <> 2) FROM worded;
DROP TABLE worded;
-- The two sets meet where partial results are combined.
CREATE TABLE worded (id int, words text, "Set" text) PARTITION BY LIST ("Set");
CREATE TABLE worded_ease PARTITION OF worded FOR VALUES IN ('ease5');
CREATE TABLE worded_agreement PARTITION OF worded FOR VALUES IN ('agreement7');
INSERT INTO worded SELECT i, 'easy', 'ease5' FROM generate_series(1, 9000) i;
INSERT INTO worded SELECT i, 'agree', 'agreement7' FROM generate_series(1, 9000) i;
ANALYZE worded;
SET enable_partitionwise_aggregate = on;
EXPLAIN (COSTS OFF) SELECT ces_topbox(words, "Set") FROM worded;
SELECT pg_temp.hint_of('SELECT ces_topbox(words, "Set") FROM worded');
RESET enable_partitionwise_aggregate;
DROP TABLE worded;
-- Where the search_path does not find the extension, a hint says where it is.
SET search_path = pg_catalog, pg_temp;
SELECT pg_temp.hint_of('SELECT public.ces_topbox(effort) FROM public.answers'), pg_temp.hint_of('SELECT public.ces_topbox(words::int) FROM public.answers'),
  pg_temp.hint_of('SELECT public.ces_topbox(effort, scale) FROM public.answers WHERE effort < 9'), pg_temp.hint_of('SELECT public.ces_rollup(tally) FROM public.answers'),
  pg_temp.hint_of('SELECT public.ces_box(99, ''1..7'')');
SELECT public.ces_topbox(effort) FILTER (WHERE effort OPERATOR(public.<@) '1..7') FROM public.answers;
SELECT public.ces_topbox(words::integer, '0..10') FROM public.answers;
SELECT public.ces_topbox(round(public.ces_rescale(effort, scale, '1..7')), '1..7 top 5 bottom 3') FROM public.answers WHERE effort < 9;
SELECT public.ces_rollup(tally) FROM public.answers GROUP BY public.ces_scale(tally) ORDER BY public.ces_scale(tally);
SELECT public.nps(id / id) FROM public.indexed, generate_series(1, 1) id;
RESET search_path;
DROP FUNCTION report;
DROP VIEW report, swapped;
DROP TABLE answers, indexed CASCADE;
