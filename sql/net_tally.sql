--
-- net_tally: aggregates of tallies that are added and tallies that are removed. In any order, in
-- parallel, partition by partition, sorted, hashed and over moving windows they give what plain
-- arithmetic on counts gives
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

-- Removed before they are added.
SELECT ces_rollup(added, removed ORDER BY n) AS net, ces_rollup(added, removed ORDER BY n DESC) AS backwards,
       _ces_tally_surplus(added, removed) AS surplus, _ces_tally_surplus(removed, added) AS missing
FROM (VALUES (1, NULL, '1..3 {0,2,300}'::ces_tally), (2, '1..3 {1,2,3}'::ces_tally, '1..3 {1,0,0}'), (3, NULL, NULL), (4, '1..3 {0,4,300}', NULL)) v (n, added, removed);

-- Each point for itself, and in the narrowest width.
SELECT _ces_tally_surplus(added, removed) AS surplus, pg_column_size(_ces_tally_surplus(added, removed)) AS bytes,
       _ces_tally_surplus(removed, added) AS missing, pg_column_size(_ces_tally_surplus(removed, added)) AS bytes
FROM (VALUES ('5..1 {1,300,0,4,0}'::ces_tally, '5..1 {70000,50,0,4,1}'::ces_tally)) v (added, removed);

-- NULLs are skipped, and so are empty tallies, whatever their scale. No answers are NULL.
SELECT ces_rollup(a, r), ces_rollup(r, r), _ces_tally_surplus(a, r), _ces_tally_surplus(r, a)
FROM (VALUES ('0..1 {0,0}'::ces_tally, '1..5 {0,0,0,0,0}'::ces_tally), (NULL, NULL), ('1..3 {1,0,0}', '1..7 {0,0,0,0,0,0,0}')) v (a, r);
SELECT ces_rollup(a, r) IS NULL AS rollup, _ces_tally_surplus(a, r) IS NULL AS surplus, _ces_tally_surplus(r, a) IS NULL AS missing
FROM (VALUES (1, '1..3 {1,0,2}'::ces_tally, NULL), (1, NULL, '1..3 {1,0,2}'), (2, NULL, NULL), (3, '1..3 {0,0,0}', '1..5 {0,0,0,0,0}'::ces_tally), (4, '1..3 {5,5,5}', '1..3 {5,5,5}')) v (n, a, r)
GROUP BY n ORDER BY n;
SELECT ces_rollup(a, NULL) IS NULL AS rollup, _ces_tally_surplus(NULL, a) IS NULL AS surplus FROM (VALUES ('1..3 {1,0,2}'::ces_tally)) v (a) WHERE false;
SELECT ces_rollup(a, NULL) AS rollup, _ces_tally_surplus(NULL, a) AS surplus FROM (VALUES ('1..3 {1,0,2}'::ces_tally)) v (a);

-- The function of four tallies.
SELECT _ces_tally_surplus('1..3 {5,0,1}', '1..3 {1,0,2}', '1..3 {0,7,0}', '1..3 {0,3,0}') AS all_four,
       _ces_tally_surplus(NULL, '1..3 {1,0,2}', '1..3 {0,7,300}', NULL) AS two, _ces_tally_surplus('1..3 {5,0,1}', NULL, NULL, '1..5 {0,0,0,0,0}') AS one;
SELECT _ces_tally_surplus(NULL, NULL, NULL, NULL) IS NULL AS "null", _ces_tally_surplus('1..3 {0,0,0}', NULL, '1..5 {0,0,0,0,0}', NULL) IS NULL AS empty,
       _ces_tally_surplus('1..3 {1,2,3}', '1..3 {4,5,6}', '1..3 {1,1,1}', NULL) IS NULL AS deficit;

-- More is removed than added.
SELECT pg_temp.error_of(format('SELECT ces_rollup(a, r) FROM (VALUES (%L::ces_tally, %L::ces_tally)) v (a, r)', a, r))
FROM (VALUES ('1..3 {1,2,3}', '1..3 {1,2,4}'), (NULL, '-2..2 {0,9223372036854775807,0,0,0}'), ('1..3 {0,0,0}', '1..3 {1,0,0}')) v (a, r);
SELECT pg_temp.error_of($$SELECT ces_rollup(a, r) FROM (VALUES (NULL::ces_tally, ces_tally '1..3 {9223372036854775807,0,0}'), (NULL, '1..3 {1,0,0}')) v (a, r)$$);
SELECT pg_temp.error_of($$SELECT ces_rollup(a, a - a) OVER (ORDER BY n ROWS 1 PRECEDING), ces_rollup(a - a, a) OVER (ORDER BY n ROWS 1 PRECEDING) FROM (VALUES (1, ces_tally '1..3 {1,2,4}')) v (n, a)$$);

-- Two scales, in any order, even if nothing is left on one of them.
CREATE TABLE two (n int, added ces_tally, removed ces_tally);
INSERT INTO two VALUES (1, '1..5 {1,0,0,0,0}', NULL), (2, NULL, '1..5 {1,0,0,0,0}'), (3, '1..3 {0,0,2}', NULL);
SELECT pg_temp.error_of($$SELECT ces_rollup(added, removed ORDER BY n) FROM two$$);
SELECT pg_temp.error_of($$SELECT ces_rollup(added, removed ORDER BY n DESC) FROM two$$);
SELECT pg_temp.error_of($$SELECT _ces_tally_surplus(removed, added) FROM two$$);
SELECT pg_temp.error_of($$SELECT ces_rollup(added, removed) OVER (ORDER BY n ROWS 1 PRECEDING) FROM two$$);
SELECT pg_temp.error_of($$SELECT _ces_tally_surplus('1..3 {0,0,2}', NULL, NULL, '1..5 {1,0,0,0,0}')$$);
SELECT ces_scale(coalesce(added, removed)), ces_rollup(added, removed) FROM two GROUP BY 1 ORDER BY 1;
-- In a window a frame that has moved on from one scale takes the next.
SELECT n, ces_rollup(added, NULL) OVER w AS rollup, _ces_tally_surplus(added, removed) OVER w AS surplus, _ces_tally_surplus(removed, added) OVER w AS missing
FROM two WINDOW w AS (ORDER BY n ROWS CURRENT ROW) ORDER BY n;

-- More than a bigint holds, at one point or at all of them.
SELECT pg_temp.error_of(format('SELECT ces_rollup(a, r) FROM (VALUES (%s)) v (a, r)', replace(rows, '@', '9223372036854775807')))
FROM (VALUES ($$ces_tally '1..3 {@,0,0}', NULL::ces_tally), ('1..3 {1,0,0}', NULL$$), ($$ces_tally '1..3 {@,0,0}', NULL::ces_tally), ('1..3 {0,1,0}', NULL$$),
             ($$NULL::ces_tally, ces_tally '1..3 {@,0,0}'), (NULL, '1..3 {2,0,0}'$$)) v (rows);
SELECT pg_temp.error_of($$SELECT _ces_tally_surplus('1..3 {9223372036854775807,0,0}', NULL, '1..3 {0,0,1}', NULL)$$);
SELECT _ces_tally_surplus(a, r), _ces_tally_surplus(r, a)
FROM (VALUES ('1..3 {0,0,9223372036854775807}'::ces_tally, '1..3 {9223372036854775807,0,0}'::ces_tally), ('1..3 {9223372036854775807,0,0}', NULL)) v (a, r);

-- A frame whose rows can't be removed in their order is counted anew.
SELECT n, _ces_tally_surplus(a, r) OVER (ORDER BY n ROWS 2 PRECEDING)
FROM (VALUES (1, '1..2 {1,0}'::ces_tally, '1..2 {1,0}'::ces_tally), (2, NULL, '1..2 {9223372036854775807,0}'), (3, '1..2 {0,2}', '1..2 {1,0}'), (4, '1..2 {0,7}', NULL)) v (n, a, r) ORDER BY n;
-- And so is one with a function that is not what it says it is.
CREATE SEQUENCE calls;
CREATE FUNCTION fickle(tally ces_tally, n int) RETURNS ces_tally LANGUAGE plpgsql IMMUTABLE AS $$
BEGIN
	RETURN CASE (nextval('calls') + n) % 3 WHEN 0 THEN tally WHEN 1 THEN '1..5 {0,0,0,0,0}' WHEN 2 THEN NULL END;
END $$;
SELECT count(*) AS rows, count(s) > 0 AS some FROM (SELECT _ces_tally_surplus(fickle('1..3 {1,2,3}', n), fickle('1..3 {3,2,1}', 0)) OVER (ORDER BY n ROWS 3 PRECEDING) AS s FROM generate_series(1, 500) n) q;
DROP FUNCTION fickle;
DROP SEQUENCE calls;

--
-- Random tallies of both kinds in 40 groups, each with a scale of its own; 1 in 20 is empty, on
-- another scale. Of the groups that end in 0, only removed tallies. Points compare the counts.
--
SELECT setseed(0.125);
CREATE TABLE piece (n int, g int, part int, added ces_tally, removed ces_tally) PARTITION BY LIST (part);
CREATE TABLE piece_0 PARTITION OF piece FOR VALUES IN (0);
CREATE TABLE piece_1 PARTITION OF piece FOR VALUES IN (1);
CREATE TABLE piece_2 PARTITION OF piece FOR VALUES IN (2);
CREATE FUNCTION pg_temp.random_tally(scale ces_scale) RETURNS ces_tally LANGUAGE sql VOLATILE AS $$
	SELECT CASE WHEN random() < 0.2 THEN NULL WHEN random() < 0.05 THEN '-1..1 {0,0,0}'
		ELSE ces_from_counts(scale, (SELECT array_agg(CASE WHEN random() < 0.7 THEN 0 ELSE floor(random() * 10 ^ floor(random() * 6)) END::bigint) FROM ces_histogram(ces_from_counts(scale, array_fill(0::bigint, ARRAY[points])))))
		END FROM (SELECT abs(split_part(scale::text, '..', 1)::int - split_part(split_part(scale::text, '..', 2), ' ', 1)::int) + 1) p (points)
$$;
INSERT INTO piece
SELECT n, g, n % 3, CASE WHEN g % 10 > 0 THEN pg_temp.random_tally(scale) END, pg_temp.random_tally(scale)
FROM (SELECT n, n % 40 AS g, ('{1..3,5..1,0..10,0..100}'::ces_scale[])[1 + n % 40 % 4] AS scale FROM generate_series(1, 6000) n) s;
ANALYZE piece;
CREATE VIEW point AS
SELECT n, g, 1 AS sign, ces_scale(added) AS scale, score, responses AS count FROM piece, ces_histogram(added) WHERE responses > 0
UNION ALL SELECT n, g, -1, ces_scale(removed), score, responses FROM piece, ces_histogram(removed) WHERE responses > 0;
-- The groups by plain arithmetic: what is in excess of either kind.
CREATE TABLE wanted AS
SELECT g, array_agg(format('%s:%s', score, net) ORDER BY score) FILTER (WHERE net > 0) AS surplus, array_agg(format('%s:%s', score, -net) ORDER BY score) FILTER (WHERE net < 0) AS missing
FROM (SELECT g, score, sum(sign * count) AS net FROM point GROUP BY g, score) s GROUP BY g;
SELECT count(*) AS groups, count(surplus) > 20 AS some_surplus, count(missing) > 20 AS some_missing FROM wanted;
CREATE FUNCTION pg_temp.points(tally ces_tally) RETURNS text[] LANGUAGE sql AS $$
	SELECT array_agg(format('%s:%s', score, responses) ORDER BY score) FROM ces_histogram(tally) WHERE responses > 0
$$;
-- The same with the aggregates. A second pass adds what was missing, so that ces_rollup has no error.
CREATE FUNCTION pg_temp.compare(OUT groups bigint, OUT differ bigint, OUT plan text) LANGUAGE plpgsql AS $$
DECLARE
	line text;
BEGIN
	CREATE TEMP TABLE got AS SELECT g, _ces_tally_surplus(added, removed) AS surplus, _ces_tally_surplus(removed, added) AS missing, _ces_sum(n) AS sum FROM piece GROUP BY g;
	CREATE TEMP TABLE repaired AS
	SELECT g, ces_rollup(added, removed) AS tally FROM (SELECT g, added, removed FROM piece UNION ALL SELECT g, missing, NULL FROM got) u GROUP BY g;
	SELECT count(*), count(*) FILTER (WHERE pg_temp.points(got.surplus) IS DISTINCT FROM wanted.surplus OR pg_temp.points(got.missing) IS DISTINCT FROM wanted.missing
		OR repaired.tally IS DISTINCT FROM got.surplus OR got.sum <> sum.n)
	INTO groups, differ FROM wanted FULL JOIN got USING (g) FULL JOIN repaired USING (g) FULL JOIN (SELECT g, sum(n) AS n FROM piece GROUP BY g) sum USING (g);
	DROP TABLE got, repaired;
	plan := '';
	FOR line IN EXPLAIN (COSTS OFF) SELECT g, _ces_tally_surplus(added, removed) AS surplus, _ces_sum(n) AS sum FROM piece GROUP BY g LOOP
		plan := plan || coalesce(substring(line FROM '(Finalize|Partial|Gather|Append|HashAggregate|GroupAggregate)') || ' ', '');
		plan := plan || coalesce(substring(line FROM '(?:Finalize|Partial) (\w+)') || ' ', '');
	END LOOP;
END $$;
SET max_parallel_workers_per_gather = 0;
SET enable_sort = off;
SELECT groups, differ, plan FROM pg_temp.compare();
RESET enable_sort;
SET enable_hashagg = off;
SELECT groups, differ, plan FROM pg_temp.compare();
SET enable_partitionwise_aggregate = on;
SELECT groups, differ, plan FROM pg_temp.compare();
RESET enable_hashagg;
SELECT groups, differ, plan FROM pg_temp.compare();
RESET enable_partitionwise_aggregate;
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2;
SELECT groups, differ, plan LIKE '%Finalize%Gather%Partial%' AS parallel FROM pg_temp.compare();
SET parallel_leader_participation = off;
SELECT groups, differ, plan LIKE '%Finalize%Gather%Partial%' AS parallel FROM pg_temp.compare();
RESET parallel_leader_participation;
-- Partial results of groups that have no answers, and of two scales.
SELECT g, ces_rollup(added, removed) IS NULL AS none FROM piece WHERE g IN (1, 2) AND added IS NULL AND ces_count(removed) = 0 GROUP BY g ORDER BY g;
SELECT pg_temp.error_of($$SELECT _ces_tally_surplus(added, removed) FROM piece$$) ~ 'cannot combine .*HINT: Add ces_scale\(coalesce\((YOUR_TALLY, YOUR_REMOVED_TALLY|added, removed)\)\) to GROUP BY' AS two_scales;
RESET ALL;
-- In any order.
SELECT count(*) AS groups, count(*) FILTER (WHERE pg_temp.points(o.surplus) IS DISTINCT FROM wanted.surplus OR pg_temp.points(o.missing) IS DISTINCT FROM wanted.missing) AS differ
FROM (SELECT g, _ces_tally_surplus(added, removed ORDER BY random()), _ces_tally_surplus(removed, added ORDER BY random()) FROM piece GROUP BY g) o (g, surplus, missing) JOIN wanted USING (g);

-- Moving windows, against the plain sums over their frames.
CREATE FUNCTION pg_temp.compare_frames(frame text, OUT rows bigint, OUT empty bigint, OUT differ bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($query$
		SELECT count(*), count(*) FILTER (WHERE wanted_surplus IS NULL AND wanted_missing IS NULL),
			count(*) FILTER (WHERE pg_temp.points(surplus) IS DISTINCT FROM wanted_surplus OR pg_temp.points(missing) IS DISTINCT FROM wanted_missing OR sum IS DISTINCT FROM wanted_sum)
		FROM (SELECT array_agg(n) OVER w AS frame, _ces_tally_surplus(added, removed) OVER w AS surplus, _ces_tally_surplus(removed, added) OVER w AS missing,
				_ces_sum(nullif(n, 50)) OVER w AS sum, sum(nullif(n, 50)) OVER w AS wanted_sum
			FROM piece WHERE n <= 400 WINDOW w AS (PARTITION BY g ORDER BY n %s)) f,
		LATERAL (SELECT array_agg(format('%%s:%%s', score, net) ORDER BY score) FILTER (WHERE net > 0), array_agg(format('%%s:%%s', score, -net) ORDER BY score) FILTER (WHERE net < 0)
			FROM (SELECT score, sum(sign * count) AS net FROM point WHERE n = ANY (frame) GROUP BY score) s) p (wanted_surplus, wanted_missing)
		$query$, frame) INTO rows, empty, differ;
END $$;
SELECT frame, rows, empty > 0 AS some_empty, differ
FROM (VALUES ('ROWS 3 PRECEDING'), ('ROWS BETWEEN 4 PRECEDING AND 2 PRECEDING'), ('ROWS BETWEEN CURRENT ROW AND UNBOUNDED FOLLOWING'), ('ROWS CURRENT ROW'),
             ('ROWS BETWEEN 2 FOLLOWING AND 3 FOLLOWING'), ('RANGE BETWEEN 100 PRECEDING AND 50 FOLLOWING'), ('ROWS 5 PRECEDING EXCLUDE CURRENT ROW')) f (frame), pg_temp.compare_frames(frame);

-- _ces_sum is a bigint, or an error.
SELECT _ces_sum(n), pg_typeof(_ces_sum(n)) FROM (VALUES (9223372036854775806), (NULL), (1)) v (n);
SELECT _ces_sum(n) FROM (VALUES (NULL::bigint)) v (n);
SELECT pg_temp.error_of($$SELECT _ces_sum(n) FROM (VALUES (9223372036854775806), (NULL), (2)) v (n)$$);

-- States of one aggregate are not taken for those of another: a superuser mixes them up.
CREATE AGGREGATE mixed(bigint) (SFUNC = int8_avg_accum, STYPE = internal, COMBINEFUNC = _ces_net_combine,
	SERIALFUNC = int8_avg_serialize, DESERIALFUNC = _ces_net_deserialize, FINALFUNC = _ces_net_final, PARALLEL = SAFE);
SET parallel_setup_cost = 0; SET parallel_tuple_cost = 0; SET min_parallel_table_scan_size = 0; SET max_parallel_workers_per_gather = 2; SET parallel_leader_participation = off;
SELECT pg_temp.error_of($$SELECT mixed(n) FROM piece$$) ~ '22P03: invalid binary value for type ces_tally' AS refused;
RESET ALL;
DROP AGGREGATE mixed(bigint);
-- Nobody calls a function on such states.
SELECT pg_temp.error_of($$SELECT _ces_net_final(NULL)$$);

DROP VIEW point;
DROP TABLE two, piece, wanted;
