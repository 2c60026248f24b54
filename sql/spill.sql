--
-- spill: hash aggregation that goes to disk for lack of memory gives what sorted
-- aggregation with plenty of memory and the plain formulas give: with several
-- grouping sets, with a scale for each group, when grouping by tallies, and when
-- partial results go to disk.
--
-- Each comparison shows that one plan hashed and spilled and the other did not.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
-- Without the warnings of default_scale.sql, which are right here.
SET client_min_messages = error;

SET max_parallel_workers_per_gather = 0;
SET hash_mem_multiplier = 1;
SET jit = off;

-- Runs a query by sorting in plenty of memory, then by hashing in very little, and
-- compares the results.
CREATE FUNCTION pg_temp.compare(query text,
	OUT rows bigint, OUT differ bigint, OUT unlike_sorted bigint, OUT spilled boolean, OUT partial_spilled boolean)
LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
	spill CONSTANT jsonpath = '$.** ? (@."Node Type" == "Aggregate" && (@."Strategy" == "Hashed" || @."Strategy" == "Mixed")
		&& @."HashAgg Batches" > 1 && @."Disk Usage" > 0)';
BEGIN
	PERFORM set_config('work_mem', '64MB', true), set_config('enable_hashagg', 'off', true), set_config('enable_sort', 'on', true);
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) CREATE TEMP TABLE sorted AS ' || query INTO plan;
	IF plan::text ~ 'Hashed|Mixed|HashAgg' OR plan::text !~ 'Sort' THEN
		RAISE EXCEPTION 'not a plan that sorts: %', plan;
	END IF;

	PERFORM set_config('work_mem', '256kB', true), set_config('enable_hashagg', 'on', true), set_config('enable_sort', 'off', true);
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) CREATE TEMP TABLE hashed AS ' || query INTO plan;
	spilled := jsonb_path_exists(plan, spill);
	partial_spilled := plan @? '$.** ? (@."Partial Mode" == "Finalize" && @."HashAgg Batches" > 1 && @."Disk Usage" > 0)';

	PERFORM set_config('work_mem', '64MB', true), set_config('enable_sort', 'on', true);
	SELECT count(*), count(*) FILTER (WHERE got IS DISTINCT FROM wanted) INTO rows, differ FROM hashed;
	SELECT count(*) INTO unlike_sorted FROM sorted s FULL JOIN hashed h ON s.key = h.key
	WHERE s.key IS NULL OR h.key IS NULL OR s.got IS DISTINCT FROM h.got;
	DROP TABLE sorted, hashed;
END
$$;

-- 60,000 answers from 15,000 customers of 3,000 shops, in random order.  Half of them
-- are from one customer, whose counts go beyond 255.  A shop and its customers share
-- one scale.
SELECT setseed(0.375);
CREATE TEMP TABLE answer AS
SELECT i, customer, customer % 3000 AS shop, effort, form::ces_scale AS scale, up, top, effort::double precision AS float8
FROM (SELECT i, CASE WHEN i % 2 = 0 THEN 0 ELSE i / 2 % 15000 END AS customer,
		CASE WHEN random() < 0.8 THEN 1 + floor(random() * 5) END::int AS effort
	FROM generate_series(1, 60000) i ORDER BY random()) a
	JOIN (VALUES (0, '1..5', 1, 4), (1, '5..1', -1, 2), (2, '-20..80 top 5 bottom -5', 1, 5)) s (s, form, up, top)
		ON s = customer % 3;
-- No ANALYZE: if the planner knew the number of groups, it would not hash the sets.

SELECT $$ ARRAY[ces_mean(effort), ces_topbox(effort::smallint), csat(float8), nps(effort, '1..5 top 5 bottom 3')]::text[] AS got,
	ARRAY[trim_scale(avg(effort)), trim_scale(100.0 * count(*) FILTER (WHERE effort >= 5) / nullif(count(effort), 0)),
	trim_scale(100.0 * count(*) FILTER (WHERE effort >= 4) / nullif(count(effort), 0)),
	trim_scale(100.0 * (count(*) FILTER (WHERE effort = 5) - count(*) FILTER (WHERE effort <= 3)) / nullif(count(effort), 0))]::text[] AS wanted $$ AS default_scales,
$$ ARRAY[ces_mean(effort, scale), ces_topbox(float8, scale), csat(effort::smallint, scale)]::text[] AS got,
	ARRAY[trim_scale(avg(effort)), trim_scale(100.0 * count(*) FILTER (WHERE effort * up >= top * up) / nullif(count(effort), 0)),
	trim_scale(100.0 * count(*) FILTER (WHERE effort * up >= top * up) / nullif(count(effort), 0))]::text[] AS wanted $$ AS own_scale
\gset
CREATE TEMP TABLE query (n int GENERATED ALWAYS AS IDENTITY, grouping text, query text);
INSERT INTO query (grouping, query) VALUES
	('customer', $$SELECT customer AS key, $$ || :'default_scales' || $$ FROM answer GROUP BY customer$$),
	('customer, own scale', $$SELECT customer AS key, $$ || :'own_scale' || $$ FROM answer GROUP BY customer$$),
	-- 15,000 + 3,000 + 1, 15,000 + 1 and 15,000 + 3,000 groups
	('sets', $$SELECT (grouping(customer, shop), customer, shop)::text AS key, $$ || :'default_scales' || $$ FROM answer GROUP BY GROUPING SETS ((customer), (shop), ())$$),
	('rollup', $$SELECT (grouping(customer), customer)::text AS key, $$ || :'default_scales' || $$ FROM answer GROUP BY ROLLUP (customer)$$),
	('sets, own scale', $$SELECT (grouping(customer), customer, shop)::text AS key, $$ || :'own_scale' || $$ FROM answer GROUP BY GROUPING SETS ((customer), (shop))$$);
SELECT grouping AS "grouping", rows, differ, unlike_sorted, spilled FROM query, pg_temp.compare(query) ORDER BY n;
-- only the busy customer has enough answers for wider counters
SELECT count(*) AS customers, count(*) FILTER (WHERE most > 255) AS busy, max(answers) = 30002 AS many
FROM (SELECT max(n) AS most, sum(n) AS answers FROM (SELECT customer, effort, count(*) AS n FROM answer GROUP BY 1, 2) e GROUP BY customer) c;

-- Tallies that go to disk: as input to a merge, as grouping keys, and as partial
-- results of partitions.
CREATE AGGREGATE pg_temp.total(ces_tally) (SFUNC = _ces_tally_combine, STYPE = ces_tally, COMBINEFUNC = _ces_tally_combine);
CREATE TEMP TABLE tally AS
SELECT i % 10000 AS key, format('1..3 {%s,0,%s}', i % 10000, CASE WHEN i > 10000 THEN 300 ELSE 1 END)::ces_tally AS tally
FROM generate_series(1, 20000) i ORDER BY random();
CREATE TEMP TABLE part (customer int, effort int, scale ces_scale) PARTITION BY LIST (scale);
CREATE TEMP TABLE part_1 PARTITION OF part FOR VALUES IN ('1..5');
CREATE TEMP TABLE part_2 PARTITION OF part FOR VALUES IN ('1..7');
INSERT INTO part SELECT customer, effort, CASE WHEN i <= 30000 THEN ces_scale '1..5' ELSE '1..7' END FROM answer;
SET enable_partitionwise_aggregate = on;
TRUNCATE query;
INSERT INTO query (grouping, query) VALUES
	('merged', $$SELECT key, pg_temp.total(tally)::text AS got, format('1..3 top 3 bottom 1 {%s,0,301}', 2 * key) AS wanted FROM tally GROUP BY key$$),
	('partial results', $$SELECT customer AS key, ARRAY[ces_mean(effort), nps(effort)] AS got, ARRAY[avg(effort), CASE WHEN count(effort) > 0 THEN -100 END] AS wanted FROM part GROUP BY customer$$);
SELECT grouping AS "grouping", rows, differ, unlike_sorted, spilled, partial_spilled FROM query, pg_temp.compare(query) ORDER BY n;
-- tallies can't be sorted, so only hashing can group them: 20,000 tallies, twice each
SET work_mem = '64kB';
CREATE FUNCTION pg_temp.batches(query text, OUT spilled boolean) LANGUAGE plpgsql AS $$
DECLARE
	plan jsonb;
BEGIN
	EXECUTE 'EXPLAIN (ANALYZE, FORMAT JSON) ' || query INTO plan;
	spilled := plan @? '$.** ? (@."HashAgg Batches" > 1 && @."Disk Usage" > 0)';
END
$$;
SELECT pg_temp.batches('SELECT tally, count(*) FROM (TABLE tally UNION ALL TABLE tally) t GROUP BY tally') AS spilled;
SELECT count(*) AS tallies, sum(n) AS rows, bool_and(n = 2) AS in_pairs, count(DISTINCT tally::text) AS texts
FROM (SELECT tally, count(*) AS n FROM (TABLE tally UNION ALL TABLE tally) t GROUP BY tally) g;
