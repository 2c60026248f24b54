--
-- parallel: aggregates that parallel workers compute, or that are computed partition
-- by partition, give exactly what one process and the plain formulas give: grouped
-- or not, on the default scale or another, and when some partial results have no
-- answers or no rows.  Two scales in one group are an error here too.  Scales and
-- tallies can be keys of hash partitions.
--
-- Each comparison shows that its plan really was parallel or partition-wise.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
-- Without the warnings of default_scale.sql, which are right here.
SET client_min_messages = error;

SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers = 8;
SET jit = off;

-- Runs a query in one process, then in several as the current settings allow, and
-- compares the results.  The query returns a key, what the metrics got, and what was
-- wanted.
CREATE FUNCTION pg_temp.compare(query text,
	OUT rows bigint, OUT differ bigint, OUT unlike_serial bigint,
	OUT gather boolean, OUT launched boolean, OUT partial boolean, OUT finalize boolean, OUT partitionwise boolean)
LANGUAGE plpgsql AS $$
DECLARE
	workers text := current_setting('max_parallel_workers_per_gather');
	by_partition text := current_setting('enable_partitionwise_aggregate');
	plan jsonb;
BEGIN
	PERFORM set_config('max_parallel_workers_per_gather', '0', true),
		set_config('enable_partitionwise_aggregate', 'off', true);
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) CREATE TEMP TABLE in_one AS ' || query INTO plan;
	IF plan::text ~ 'Gather|Partial"' THEN
		RAISE EXCEPTION 'not a serial plan: %', plan;
	END IF;

	PERFORM set_config('max_parallel_workers_per_gather', workers, true),
		set_config('enable_partitionwise_aggregate', by_partition, true);
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) CREATE TEMP TABLE in_many AS ' || query INTO plan;
	gather := plan @? '$.** ? (@."Node Type" starts with "Gather")';
	launched := plan @? '$.** ? (@."Node Type" starts with "Gather" && @."Workers Launched" > 0 && @."Workers Launched" == @."Workers Planned")';
	partial := plan @? '$.** ? (@."Node Type" == "Aggregate" && @."Partial Mode" == "Partial")';
	finalize := plan @? '$.** ? (@."Node Type" == "Aggregate" && @."Partial Mode" == "Finalize")';
	partitionwise := plan @? '$.** ? (@."Node Type" like_regex "Append" && @."Plans"[*]."Node Type" == "Aggregate")';

	SELECT count(*), count(*) FILTER (WHERE got IS DISTINCT FROM wanted) INTO rows, differ FROM in_many;
	SELECT count(*) INTO unlike_serial FROM in_one o FULL JOIN in_many m ON o.key = m.key
	WHERE o.key IS NULL OR m.key IS NULL OR o.got IS DISTINCT FROM m.got;
	DROP TABLE in_one, in_many;
END
$$;

--
-- A survey of 20,000 customers.  Each channel has its own scale; nobody answers by
-- fax.
--
SELECT setseed(0.125);
CREATE TABLE parallel_survey (id int, channel text, agent int, effort int, recommend smallint,
	stars double precision, score int, scale ces_scale, up int, top int) WITH (parallel_workers = 2);
INSERT INTO parallel_survey
SELECT i, channel, i % 59,
	CASE WHEN channel <> 'fax' AND random() < 0.8 THEN 1 + floor(random() * 7) END,
	CASE WHEN channel <> 'fax' AND random() < 0.8 THEN floor(random() * 11) END,
	CASE WHEN channel <> 'fax' AND random() < 0.8 THEN 1 + floor(random() * 5) END,
	CASE WHEN channel <> 'fax' AND random() < 0.8 THEN 1 + floor(random() * 5) END, form::ces_scale, up, top
FROM (VALUES (0, 'phone', '1..5', 1, 4), (1, 'chat', '5..1', -1, 2), (2, 'email', '0..10 top 5 bottom 1', 1, 5),
		(3, 'fax', '1..3', 1, 3), (4, 'shop', '-100..0 top 0 bottom -1', 1, 0)) c (c, channel, form, up, top)
	JOIN generate_series(1, 20000) i ON i % 5 = c
ORDER BY i;
UPDATE parallel_survey SET score = score * -20 WHERE channel = 'shop';
ANALYZE parallel_survey;

SELECT $$ ARRAY[
	ces_topbox(effort), ces_mean(effort::smallint), nps(recommend), nps(recommend::int), csat(stars), ces_mean(stars),
	csat(stars::int, '1..5 top 5'), nps(recommend, '0..10 top 10 bottom 5'), ces_topbox(stars, '5..1'), csat(effort::numeric, '1..7')
]::text[] AS got, ARRAY[
	trim_scale(100.0 * count(*) FILTER (WHERE effort >= 5) / nullif(count(effort), 0)),
	trim_scale(avg(effort)),
	trim_scale(100.0 * (count(*) FILTER (WHERE recommend >= 9) - count(*) FILTER (WHERE recommend <= 6)) / nullif(count(recommend), 0)),
	trim_scale(100.0 * (count(*) FILTER (WHERE recommend >= 9) - count(*) FILTER (WHERE recommend <= 6)) / nullif(count(recommend), 0)),
	trim_scale(100.0 * count(*) FILTER (WHERE stars >= 4) / nullif(count(stars), 0)),
	trim_scale(avg(stars::int)),
	trim_scale(100.0 * count(*) FILTER (WHERE stars = 5) / nullif(count(stars), 0)),
	trim_scale(100.0 * (count(*) FILTER (WHERE recommend = 10) - count(*) FILTER (WHERE recommend <= 5)) / nullif(count(recommend), 0)),
	trim_scale(100.0 * count(*) FILTER (WHERE stars <= 2) / nullif(count(stars), 0)),
	trim_scale(100.0 * count(*) FILTER (WHERE effort >= 5) / nullif(count(effort), 0))
]::text[] AS wanted $$ AS default_scales,
$$ ARRAY[ces_topbox(score, scale), csat(score::smallint, scale), ces_mean(score::double precision, scale)]::text[] AS got,
ARRAY[
	trim_scale(100.0 * count(*) FILTER (WHERE score * up >= top * up) / nullif(count(score), 0)),
	trim_scale(100.0 * count(*) FILTER (WHERE score * up >= top * up) / nullif(count(score), 0)),
	trim_scale(avg(score))
]::text[] AS wanted $$ AS own_scale,
'SELECT plan, c.* FROM query, LATERAL pg_temp.compare(query) c ORDER BY n' AS compare_all
\gset
CREATE TEMP TABLE query (n int GENERATED ALWAYS AS IDENTITY, plan text, query text);
INSERT INTO query (plan, query) VALUES
	('all', $$SELECT 1 AS key, $$ || :'default_scales' || $$ FROM parallel_survey$$),
	('by channel', $$SELECT coalesce(channel, '') AS key, $$ || :'default_scales' || $$ FROM parallel_survey GROUP BY channel$$),
	('by agent', $$SELECT agent AS key, $$ || :'default_scales' || $$ FROM parallel_survey GROUP BY agent$$),
	('filtered', $$SELECT agent AS key, ARRAY[nps(recommend) FILTER (WHERE effort > 6)]::text[] AS got,
		ARRAY[trim_scale(avg(CASE WHEN recommend >= 9 THEN 100 WHEN recommend <= 6 THEN -100 WHEN recommend <= 8 THEN 0 END) FILTER (WHERE effort > 6))]::text[] AS wanted
		FROM parallel_survey GROUP BY agent$$),
	('scales by channel', $$SELECT channel AS key, $$ || :'own_scale' || $$ FROM parallel_survey GROUP BY channel$$),
	('by scale', $$SELECT scale AS key, $$ || :'own_scale' || $$ FROM parallel_survey GROUP BY scale$$),
	('one scale', $$SELECT 1 AS key, $$ || :'own_scale' || $$ FROM parallel_survey WHERE channel = 'shop'$$),
	('no answers', $$SELECT 1 AS key, $$ || :'own_scale' || $$ FROM parallel_survey WHERE channel = 'fax'$$),
	('no rows', $$SELECT 1 AS key, $$ || :'own_scale' || $$ FROM parallel_survey WHERE id % 10 = 10$$);

SELECT pg_relation_size('parallel_survey') > 100 * 8192 AS many_pages;
SET max_parallel_workers_per_gather = 2;
:compare_all;
SET parallel_leader_participation = off;
:compare_all;
-- the same without hashing
SET enable_hashagg = off;
:compare_all;
RESET enable_hashagg;
RESET parallel_leader_participation;

--
-- Partial results without answers.  This table fits on one page, so one of two
-- workers gets all of its rows and the other none.
--
CREATE TABLE parallel_page WITH (parallel_workers = 2) AS
SELECT i % 11 AS score, ces_scale '0..10' AS scale FROM generate_series(1, 110) i;
SELECT pg_relation_size('parallel_page') = 8192 AS one_page;
-- In this one, only the last row of the last page has an answer.
CREATE TABLE parallel_nulls WITH (parallel_workers = 2) AS
SELECT CASE WHEN i = 20000 THEN 10 END AS score, ces_scale '0..10' AS scale FROM generate_series(1, 20000) i;
SELECT pg_relation_size('parallel_nulls') > 50 * 8192 AS many_pages;
ANALYZE parallel_page, parallel_nulls;
TRUNCATE query;
INSERT INTO query (plan, query) VALUES
	('one page', $$SELECT 1 AS key, ARRAY[ces_mean(score, scale), nps(score, scale), nps(score), csat(score::smallint, '10..0')] AS got,
		ARRAY[5, -500 / 11.0, -500 / 11.0, 200 / 11.0] AS wanted FROM parallel_page$$),
	('one answer', $$SELECT 1 AS key, ARRAY[ces_mean(score, scale), nps(score, scale), nps(score), csat(score::smallint, '10..0')] AS got,
		ARRAY[10, 100, 100, 0.0] AS wanted FROM parallel_nulls$$);
:compare_all;
SET parallel_leader_participation = off;
:compare_all;
RESET parallel_leader_participation;

--
-- Partition-wise, in one process and, with Parallel Append, in several.  If one
-- process groups by the partition key, it aggregates each partition in full; with
-- any other key, each partition gives partial results.
--
CREATE TABLE parallel_parts (LIKE parallel_survey) PARTITION BY HASH (channel);
CREATE TABLE parallel_parts_0 PARTITION OF parallel_parts FOR VALUES WITH (MODULUS 4, REMAINDER 0);
CREATE TABLE parallel_parts_1 PARTITION OF parallel_parts FOR VALUES WITH (MODULUS 4, REMAINDER 1);
CREATE TABLE parallel_parts_2 PARTITION OF parallel_parts FOR VALUES WITH (MODULUS 4, REMAINDER 2);
CREATE TABLE parallel_parts_3 PARTITION OF parallel_parts FOR VALUES WITH (MODULUS 4, REMAINDER 3);
INSERT INTO parallel_parts SELECT * FROM parallel_survey;
ANALYZE parallel_parts;
SELECT count(DISTINCT tableoid) > 1 AS spread, count(*) AS rows FROM parallel_parts;
TRUNCATE query;
INSERT INTO query (plan, query) VALUES
	('by channel', $$SELECT channel AS key, $$ || :'default_scales' || $$ FROM parallel_parts GROUP BY channel$$),
	('scales by channel', $$SELECT channel AS key, $$ || :'own_scale' || $$ FROM parallel_parts GROUP BY channel$$),
	('by agent', $$SELECT agent AS key, $$ || :'default_scales' || $$ FROM parallel_parts GROUP BY agent$$),
	('by scale', $$SELECT scale AS key, $$ || :'own_scale' || $$ FROM parallel_parts GROUP BY scale$$);
SET enable_partitionwise_aggregate = on;
SET max_parallel_workers_per_gather = 0;
:compare_all;
SET max_parallel_workers_per_gather = 2;
:compare_all;

--
-- A partition without rows, one without answers and one with answers, in this order
-- and in reverse.
--
CREATE TABLE parallel_list (part int, score int, scale ces_scale) PARTITION BY LIST (part);
CREATE TABLE parallel_list_1 PARTITION OF parallel_list FOR VALUES IN (1);
CREATE TABLE parallel_list_2 PARTITION OF parallel_list FOR VALUES IN (2);
CREATE TABLE parallel_list_3 PARTITION OF parallel_list FOR VALUES IN (3);
CREATE TABLE parallel_list_4 PARTITION OF parallel_list FOR VALUES IN (4);
CREATE TABLE parallel_list_5 PARTITION OF parallel_list FOR VALUES IN (5);
INSERT INTO parallel_list SELECT 2, NULL, '1..3' FROM generate_series(1, 1000);
INSERT INTO parallel_list SELECT 3, i % 5 + 1, '5..1' FROM generate_series(1, 1000) i;
INSERT INTO parallel_list SELECT 4, NULL, '0..100' FROM generate_series(1, 1000);
ANALYZE parallel_list;
TRUNCATE query;
INSERT INTO query (plan, query) VALUES
	('parts', $$SELECT 1 AS key, ARRAY[ces_mean(score, scale), ces_topbox(score, scale), nps(score), ces_mean(score::double precision, scale)] AS got,
		ARRAY[3.0, 40, -100, 3] AS wanted FROM parallel_list$$);
SET max_parallel_workers_per_gather = 0;
:compare_all;
SET max_parallel_workers_per_gather = 2;
:compare_all;

--
-- Answers on two scales: each partition has one, so no partial result mixes them, and
-- the error comes when they are combined.
--
INSERT INTO parallel_list VALUES (5, 4, '1..5');
CREATE FUNCTION pg_temp.plan_has(query text, VARIADIC nodes text[]) RETURNS boolean[] LANGUAGE plpgsql AS $$
DECLARE
	line text;
	plan text := '';
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
		plan := plan || line || E'\n';
	END LOOP;
	RETURN ARRAY(SELECT plan ~ node FROM unnest(nodes) WITH ORDINALITY u (node, n) ORDER BY n);
END
$$;
\set VERBOSITY sqlstate
SET max_parallel_workers_per_gather = 0;
SELECT pg_temp.plan_has('SELECT ces_mean(score, scale) FROM parallel_list', 'Finalize', 'Partial', 'Gather');
SELECT ces_mean(score, scale) FROM parallel_list;
SET enable_partitionwise_aggregate = off;
SELECT pg_temp.plan_has('SELECT ces_mean(score, scale) FROM parallel_list', 'Finalize', 'Partial', 'Gather');
SELECT ces_mean(score, scale) FROM parallel_list;
SET max_parallel_workers_per_gather = 2;
SELECT pg_temp.plan_has('SELECT ces_mean(score, scale) FROM parallel_survey', 'Finalize', 'Partial', 'Gather');
SELECT ces_mean(score, scale) FROM parallel_survey;
SELECT agent, ces_mean(score, scale) FROM parallel_survey GROUP BY agent;
\set VERBOSITY default
-- grouped by scale, there is no error
SELECT scale, ces_mean(score, scale), count(score) FROM parallel_list GROUP BY scale ORDER BY scale::text COLLATE "C";

--
-- The combine function in a user's aggregate of tallies, in workers.  Each of 10,000
-- rows adds 1 to the count of score 1 and its row number to the count of score 2.
--
CREATE AGGREGATE parallel_sum(ces_tally) (
	SFUNC = _ces_tally_combine, STYPE = ces_tally, COMBINEFUNC = _ces_tally_combine, PARALLEL = SAFE);
CREATE TABLE parallel_tally WITH (parallel_workers = 2) AS
SELECT i, i % 10 AS digit, format('1..3 {1,%s,0}', i)::ces_tally AS tally FROM generate_series(1, 10000) i;
ANALYZE parallel_tally;
TRUNCATE query;
INSERT INTO query (plan, query) VALUES
	('all', $$SELECT 1 AS key, parallel_sum(tally)::text AS got,
		'1..3 top 3 bottom 1 {10000,50005000,0}' AS wanted FROM parallel_tally$$),
	('by digit', $$SELECT digit AS key, parallel_sum(tally)::text AS got,
		format('1..3 top 3 bottom 1 {%s,%s,0}', count(*), sum(i)) AS wanted FROM parallel_tally GROUP BY digit$$);
:compare_all;

--
-- Everything in a worker, including input and output of the types.
--
SELECT count(set_config(name, 'regress', false)) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');
SELECT pg_temp.plan_has('SELECT ces_topbox(''1..7 {0,1,0,3,5,8,2}''::text::ces_tally) FROM parallel_page LIMIT 1', 'Gather');
SELECT ces_topbox(format('1..7 {0,1,0,3,5,8,%s}', max(score) - 8)::ces_tally), max(scale::text)::ces_scale,
	bool_and(score <@ scale AND scale @> score), ces_mean(_ces_tally_accum('1..3 {0,0,0}', max(score) % 4, '1..3'))
FROM parallel_page;
SELECT count(set_config(name, 'off', false)) FROM pg_settings WHERE name IN ('force_parallel_mode', 'debug_parallel_query');

--
-- Scales and tallies as keys of hash partitions: each row is found again in the one
-- partition where the planner looks for it, and equal tallies lie in one partition
-- even if their counters differ in width.
--
CREATE TABLE parallel_hash (scale ces_scale, tally ces_tally) PARTITION BY HASH (scale);
CREATE TABLE parallel_hash_0 PARTITION OF parallel_hash FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parallel_hash_1 PARTITION OF parallel_hash FOR VALUES WITH (MODULUS 2, REMAINDER 1) PARTITION BY HASH (tally);
CREATE TABLE parallel_hash_1_0 PARTITION OF parallel_hash_1 FOR VALUES WITH (MODULUS 3, REMAINDER 0);
CREATE TABLE parallel_hash_1_1 PARTITION OF parallel_hash_1 FOR VALUES WITH (MODULUS 3, REMAINDER 1);
CREATE TABLE parallel_hash_1_2 PARTITION OF parallel_hash_1 FOR VALUES WITH (MODULUS 3, REMAINDER 2);
INSERT INTO parallel_hash
SELECT scale, _ces_tally_accum(_ces_tally_accum(NULL, i % 3, scale), 1, scale)
FROM generate_series(1, 90) i, LATERAL (SELECT ces_scale(0, 1 + i)) s (scale);
SELECT count(*) AS rows, count(DISTINCT tableoid) AS partitions, count(DISTINCT scale) AS scales FROM parallel_hash;
CREATE FUNCTION pg_temp.found_again(OUT rows int, OUT by_scale int, OUT by_both int, OUT one_partition int) LANGUAGE plpgsql AS $$
DECLARE
	r record;
	plan text;
BEGIN
	rows := 0; by_scale := 0; by_both := 0; one_partition := 0;
	FOR r IN SELECT * FROM parallel_hash LOOP
		rows := rows + 1;
		EXECUTE format('SELECT $1 + count(*) FROM parallel_hash WHERE scale = %L', r.scale) INTO by_scale USING by_scale;
		EXECUTE format('SELECT $1 + count(*) FROM parallel_hash WHERE scale = %L AND tally = %L', r.scale, r.tally) INTO by_both USING by_both;
		EXECUTE format('EXPLAIN (FORMAT JSON) SELECT FROM parallel_hash WHERE scale = %L AND tally = %L', r.scale, r.tally) INTO plan;
		one_partition := one_partition + (SELECT count(*) = 1 FROM regexp_matches(plan, '"Relation Name"', 'g'))::int;
	END LOOP;
END
$$;
SELECT * FROM pg_temp.found_again();
-- each tally twice: read with 255, and in wider counters as 256 less one answer
CREATE TABLE parallel_width (tally ces_tally) PARTITION BY HASH (tally);
CREATE TABLE parallel_width_0 PARTITION OF parallel_width FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE parallel_width_1 PARTITION OF parallel_width FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO parallel_width
SELECT format('1..3 {%s,0,255}', i)::ces_tally FROM generate_series(1, 50) i UNION ALL
SELECT _ces_tally_accum_inv(format('1..3 {%s,0,256}', i)::ces_tally, 3) FROM generate_series(1, 50) i;
SELECT count(*) AS tallies, sum(rows) AS rows, bool_and(widths = 2) AS in_two_widths,
	bool_and(places = 1) AS together, count(DISTINCT place) AS partitions
FROM (SELECT count(*) AS rows, count(DISTINCT pg_column_size(tally)) AS widths,
		count(DISTINCT tableoid) AS places, min(tableoid) AS place
	FROM parallel_width GROUP BY tally::text) t;

DROP TABLE parallel_survey, parallel_page, parallel_nulls, parallel_parts, parallel_list, parallel_tally, parallel_hash, parallel_width;
DROP AGGREGATE parallel_sum(ces_tally);
