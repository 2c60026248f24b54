--
-- storage: a tally keeps every count however PostgreSQL stores it: with a short or a
-- long header, compressed, out of line, in arrays and rows, as text and in binary.
-- It takes as few bytes as its largest count allows, and counts are exact on either
-- side of what 1, 2 and 4 bytes hold.  The functions that change an aggregate's state
-- in place never change another value.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

--
-- Bytes of a stored tally: 1 for the header, or 4 if the total exceeds 127; 4 for the
-- scale; and 1, 2, 4 or 8 for each point of the scale.
--
CREATE TEMP TABLE stored (n int GENERATED ALWAYS AS IDENTITY, points int, width int, most bigint, tally ces_tally);
ALTER TABLE stored ALTER tally SET STORAGE EXTERNAL;
INSERT INTO stored (points, width, most, tally)
SELECT points, width, most, format('1..%s {%s%s}', points, most, repeat(',0', points - 1))::ces_tally
FROM unnest(ARRAY[2, 7, 11, 99]) points,
	(VALUES (1, 0), (1, 255), (2, 256), (2, 65535), (4, 65536), (4, 4294967295), (8, 4294967296), (8, 9223372036854775807)) w (width, most);
SELECT points, most, pg_column_size(tally) AS bytes,
	pg_column_size(tally) = points * width + CASE WHEN 1 + 4 + points * width <= 127 THEN 5 ELSE 8 END AS as_laid_out,
	tally::text = format('1..%s top %s bottom %s {%s%s}', points, points / 2 + 1 + points % 2, points / 2, most, repeat(',0', points - 1)) AS text_is_exact
FROM stored ORDER BY n;

--
-- Counts that cross 255, 65,535 and 4,294,967,295: answer by answer, with n threes
-- and a one in each group, ...
--
CREATE AGGREGATE pg_temp.tally_of(score int, scale ces_scale) (SFUNC = _ces_tally_accum, STYPE = ces_tally,
	MSFUNC = _ces_tally_accum, MINVFUNC = _ces_tally_accum_inv, MSTYPE = ces_tally);
CREATE AGGREGATE pg_temp.tally_of(score float8) (SFUNC = _ces_tally_accum, STYPE = ces_tally, INITCOND = '1..3 {0,0,0}');
CREATE AGGREGATE pg_temp.total(tally ces_tally) (SFUNC = _ces_tally_combine, STYPE = ces_tally);
SELECT n, pg_temp.tally_of(CASE WHEN i = 0 THEN 1 ELSE 3 END, '1..3') AS tally,
	pg_temp.tally_of(CASE WHEN i = 0 THEN 1 ELSE 3 END::float8) AS float8,
	pg_column_size(pg_temp.tally_of(CASE WHEN i = 0 THEN 1 ELSE 3 END, '1..3')) AS bytes_in_memory,
	ces_mean(CASE WHEN i = 0 THEN 1 ELSE 3 END::smallint, '1..3') = (3 * n + 1)::numeric / (n + 1) AS mean
FROM unnest(ARRAY[254, 255, 256, 65534, 65535, 65536]) n, generate_series(0, n) i GROUP BY n ORDER BY n;
-- ... by merging tallies, also of different widths, in either order, ...
SELECT a, b, _ces_tally_combine(ta, tb) AS "a + b", pg_column_size(_ces_tally_combine(ta, tb)) AS bytes_in_memory,
	_ces_tally_combine(ta, tb) = _ces_tally_combine(tb, ta) AS same, (SELECT pg_temp.total(t) FROM (VALUES (ta), (tb)) v (t)) = _ces_tally_combine(ta, tb) AS total
FROM (VALUES (254, 1), (255, 1), (1, 255), (300, 300), (65534, 1), (65535, 1), (1, 65535), (70000, 255),
		(4294967294, 1), (4294967295, 1), (1, 4294967295), (4294967295, 4294967295), (9223372036854775797, 1)) n (a, b),
	LATERAL (SELECT format('-1..1 {%s,0,3}', a)::ces_tally, format('-1..1 {%s,4,0}', b)::ces_tally) t (ta, tb);
-- ... and by adding and removing one answer
SELECT n, _ces_tally_accum(t, 3) AS more, _ces_tally_accum_inv(t, 3) AS less,
	_ces_tally_accum_inv(_ces_tally_accum(t, 3), 3) = t AS there_and_back, _ces_tally_accum(_ces_tally_accum_inv(t, 3), 3) = t AS back_and_there
FROM unnest(ARRAY[1, 255, 256, 65535, 65536, 4294967295, 4294967296, 9223372036854775805]) n,
	LATERAL (SELECT format('1..3 {0,1,%s}', n)::ces_tally) t (t);
-- all counts together can't exceed bigint, and none can fall below zero
\set VERBOSITY sqlstate
SELECT _ces_tally_combine('1..3 {0,0,9223372036854775807}', '1..3 {0,0,1}');
SELECT _ces_tally_combine('1..3 {0,0,9223372036854775807}', '1..3 {1,0,0}');
SELECT _ces_tally_accum('1..3 {0,0,9223372036854775807}', 3);
SELECT _ces_tally_accum('1..3 {0,0,9223372036854775807}', 1);
SELECT _ces_tally_accum_inv('1..3 {5,5,0}', 3);
\set VERBOSITY default
-- metrics of tallies whose sums of scores and weights exceed bigint
SELECT ces_mean(t) = 100 * b::numeric / (a::numeric + b) AS mean, ces_topbox(t) = 100 * b::numeric / (a::numeric + b) AS topbox,
	nps(t) = 100 * (b::numeric - a) / (a::numeric + b) AS nps, csat(t) = 100 * b::numeric / (a::numeric + b) AS csat, round(nps(t), 3) AS about
FROM (VALUES (4294967295, 1), (4294967296, 4294967295), (4611686018427387904, 4611686018427387903), (1, 9223372036854775806)) n (a, b),
	LATERAL (SELECT format('0..100 {%s%s,%s}', a, repeat(',0', 99), b)::ces_tally) t (t);

--
-- Out of line, compressed, and in line with long and short headers.  A tally of 101
-- counters of eight bytes takes 816 bytes, and three in one row are more than
-- PostgreSQL keeps in line if it has the choice.  The tallies of even rows compress
-- well, those of odd rows hardly.  For each kind of storage, this compares text and
-- metrics with the counts; calls the functions outside an aggregate, where they must
-- not change their argument; then updates, rewrites the table and compares again.
--
SELECT setseed(0.625);
CREATE TEMP TABLE original AS
SELECT id, counts, '100..0 top 49 bottom 51 {' || array_to_string(counts, ',') || '}' AS tally, 2 * id AS last
FROM (SELECT id, ARRAY(SELECT CASE WHEN id % 2 = 0 THEN (1::bigint << 54) + id ELSE 1 + floor(random() * 2 ^ 55)::bigint END
		FROM generate_series(0, 100)) AS counts FROM generate_series(1, 100) id) c;
SELECT count(*) AS rows, count(DISTINCT tally) AS tallies, min(array_length(counts, 1)) AS points FROM original;

CREATE TEMP TABLE kept (id int, a ces_tally, b ces_tally, c ces_tally, small ces_tally);
-- How many rows are wrong, given that all counts of a, and the count of 7 in small,
-- have been multiplied by "times".
CREATE FUNCTION pg_temp.differ(times int) RETURNS bigint LANGUAGE sql AS $$
	SELECT count(*)
	FROM original o LEFT JOIN kept k USING (id),
		LATERAL (SELECT '100..0 top 49 bottom 51 {' || string_agg((times * n)::text, ',' ORDER BY i) || '}' AS text, sum(n) AS total,
			sum(n * (i - 1)) / sum(n) AS mean, 100 * sum(n) FILTER (WHERE i - 1 <= 49) / sum(n) AS topbox,
			100 * (sum(n) FILTER (WHERE i - 1 <= 49) - sum(n) FILTER (WHERE i - 1 >= 51)) / sum(n) AS net
			FROM unnest(o.counts) WITH ORDINALITY c (n, i)) w
	WHERE (k.a::text, k.b::text, k.c::text) IS DISTINCT FROM (w.text, o.tally, o.tally)
		OR (ces_mean(k.a), ces_topbox(k.a), nps(k.a), csat(k.b)) IS DISTINCT FROM (mean, topbox, net, topbox)
		OR k.small::text IS DISTINCT FROM format('1..7 top 5 bottom 3 {1,0,0,0,0,0,%s}', times * o.last)
		OR ces_mean(k.small) IS DISTINCT FROM (1.0 + 7 * times * o.last) / (1 + times * o.last)
		OR k.b <> k.c OR k.b <> o.tally::ces_tally OR _ces_tally_hash(k.b) <> _ces_tally_hash(o.tally::ces_tally)
		OR _ces_tally_send(k.b) <> _ces_tally_send(o.tally::ces_tally)
$$;
CREATE FUNCTION pg_temp.check_storage(mode text, OUT rows bigint, OUT compressed text, OUT out_of_line boolean, OUT bytes_of_small text,
	OUT differ bigint, OUT calls bigint, OUT wrong_calls bigint, OUT differ_after_calls bigint, OUT differ_updated bigint, OUT differ_rewritten bigint)
LANGUAGE plpgsql AS $$
DECLARE
	name text;
BEGIN
	TRUNCATE kept;
	ALTER TABLE kept ALTER id TYPE int;
	FOREACH name IN ARRAY ARRAY['a', 'b', 'c', 'small'] LOOP
		EXECUTE format('ALTER TABLE kept ALTER %I SET STORAGE %s, ALTER %1$I SET COMPRESSION pglz', name, mode);
	END LOOP;
	INSERT INTO kept SELECT id, tally::ces_tally, tally::ces_tally, tally::ces_tally,
		format('1..7 {1,0,0,0,0,0,%s}', last)::ces_tally FROM original;
	SELECT count(*),
		format('%s of even rows, %s of odd rows', CASE count(pg_column_compression(a)) FILTER (WHERE id % 2 = 0) WHEN 0 THEN 'none' WHEN 50 THEN 'all' ELSE 'some' END,
			CASE count(pg_column_compression(a)) FILTER (WHERE id % 2 = 1) WHEN 0 THEN 'none' WHEN 50 THEN 'all' ELSE 'some' END),
		string_agg(DISTINCT pg_column_size(small)::text, ' and ')
		INTO rows, compressed, bytes_of_small FROM kept;
	EXECUTE format('SELECT count(*) > 0 FROM %s',
		(SELECT reltoastrelid::regclass FROM pg_class WHERE oid = 'kept'::regclass)) INTO out_of_line;
	differ := pg_temp.differ(1);

	-- one 7 more and one less in a, and one 1 in small; then merging
	SELECT count(*), count(*) FILTER (WHERE NOT (got::text = wanted AND before = k.a::text || k.small::text)) INTO calls, wrong_calls
	FROM (SELECT *, a::text || small::text AS before FROM kept OFFSET 0) k JOIN original o USING (id),
		LATERAL (SELECT '100..0 top 49 bottom 51 {' || array_to_string(counts[:7] || (counts[8] + 1) || counts[9:], ',') || '}',
			'100..0 top 49 bottom 51 {' || array_to_string(counts[:7] || (counts[8] - 1) || counts[9:], ',') || '}',
			format('1..7 top 5 bottom 3 {2,0,0,0,0,0,%s}', last), format('1..7 top 5 bottom 3 {0,0,0,0,0,0,%s}', last),
			'100..0 top 49 bottom 51 {' || (SELECT string_agg((2 * n)::text, ',' ORDER BY i) FROM unnest(counts) WITH ORDINALITY c (n, i)) || '}',
			format('1..7 top 5 bottom 3 {2,0,0,0,0,0,%s}', 2 * last)) w (more, less, small_more, small_less, double, small_double),
		LATERAL (VALUES (_ces_tally_accum(k.a, 7::int2), more), (_ces_tally_accum(k.a, 7), more), (_ces_tally_accum(k.a, 7::float8), more),
			(_ces_tally_accum(k.a, 7::int2, '100..0'), more), (_ces_tally_accum(k.a, 7, '100..0'), more), (_ces_tally_accum(k.a, 7::float8, '100..0'), more),
			(_ces_tally_accum_inv(k.a, 7::int2), less), (_ces_tally_accum_inv(k.a, 7), less), (_ces_tally_accum_inv(k.a, 7::float8), less),
			(_ces_tally_accum_inv(k.a, 7::int2, '100..0'), less), (_ces_tally_accum_inv(k.a, 7, '100..0'), less), (_ces_tally_accum_inv(k.a, 7::float8, '100..0'), less),
			(_ces_tally_accum(k.small, 1::int2), small_more), (_ces_tally_accum(k.small, 1), small_more), (_ces_tally_accum(k.small, 1::float8), small_more),
			(_ces_tally_accum(k.small, 1::int2, '1..7'), small_more), (_ces_tally_accum(k.small, 1, '1..7'), small_more), (_ces_tally_accum(k.small, 1::float8, '1..7'), small_more),
			(_ces_tally_accum_inv(k.small, 1::int2), small_less), (_ces_tally_accum_inv(k.small, 1), small_less), (_ces_tally_accum_inv(k.small, 1::float8), small_less),
			(_ces_tally_accum_inv(k.small, 1::int2, '1..7'), small_less), (_ces_tally_accum_inv(k.small, 1, '1..7'), small_less), (_ces_tally_accum_inv(k.small, 1::float8, '1..7'), small_less),
			(_ces_tally_combine(k.a, k.a), double), (_ces_tally_combine(k.b, k.c), double), (_ces_tally_combine(k.small, k.small), small_double),
			(_ces_tally_accum(k.a, NULL, '1..7'), o.tally), ((SELECT pg_temp.total(t) FROM (VALUES (k.a), (k.b)) v (t)), double),
			((SELECT pg_temp.total(t) FROM (VALUES (k.small)) v (t)), k.small::text)) v (got, wanted);
	differ_after_calls := pg_temp.differ(1);

	UPDATE kept SET a = _ces_tally_combine(a, b), small = (SELECT pg_temp.total(t) FROM (VALUES (kept.small), (_ces_tally_accum_inv(kept.small, 1))) v (t));
	differ_updated := pg_temp.differ(2);
	ALTER TABLE kept ALTER id TYPE bigint;
	differ_rewritten := pg_temp.differ(2);
END
$$;
SELECT mode, s.* FROM unnest(ARRAY['plain', 'external', 'extended', 'main']) WITH ORDINALITY m (mode, n), pg_temp.check_storage(mode) s ORDER BY n;
-- an update that is rolled back leaves nothing behind
BEGIN;
UPDATE kept SET a = _ces_tally_combine(a, b), b = _ces_tally_accum(b, 3);
SELECT pg_temp.differ(2) = 100 AS all_changed;
ROLLBACK;
SELECT pg_temp.differ(2);

-- A constant does not change from one row to the next, nor does a variable.
SELECT count(*) AS calls, count(DISTINCT more::text) AS texts, min(more::text) AS "first", max(more::text) AS "last", min(less::text) AS less
FROM (SELECT _ces_tally_accum('1..3 {9,9,9}', i % 3 + 1) AS more, _ces_tally_accum_inv('1..3 {9,9,9}', (i % 3 + 1)::float8, '1..3') AS less FROM generate_series(1, 30) i) s;
DO $$
DECLARE
	t ces_tally := '1..3 {9,9,9}';
	u ces_tally := t;
BEGIN
	FOR i IN 1..3 LOOP
		t := _ces_tally_accum(t, 2);
		PERFORM _ces_tally_accum(t, 3), _ces_tally_combine(t, u);
	END LOOP;
	RAISE NOTICE 't is %, u is %', t, u;
END
$$;
-- A value that an aggregate has returned does not change when its state does.
SELECT array_agg(running ORDER BY i) AS running, array_agg(moving ORDER BY i) AS moving
FROM (SELECT i, pg_temp.tally_of(i % 2 + 1, '1..2') OVER (ORDER BY i) AS running,
		pg_temp.tally_of(i % 2 + 1, '1..2') OVER (ORDER BY i ROWS 1 PRECEDING) AS moving FROM generate_series(1, 4) i) s;

--
-- Tallies of odd sizes next to each other: in arrays and rows, also in a table.
--
CREATE TEMP TABLE nested AS
SELECT array_agg(tally ORDER BY n) AS tallies FROM stored WHERE most < 9223372036854775807;
CREATE TYPE pg_temp.wave AS (week date, effort ces_tally, loyalty ces_tally);
CREATE TEMP TABLE report (r pg_temp.wave, history pg_temp.wave[]);
INSERT INTO report VALUES (ROW('2024-05-06', '1..7 {0,1,0,3,5,8,2}', 'nps {300,0,0,0,0,0,0,0,0,0,100}'), NULL);
UPDATE report SET history = ARRAY[r, r];
UPDATE report SET r.effort = _ces_tally_accum((r).effort, 7), history[2].loyalty = _ces_tally_combine((r).loyalty, (r).loyalty);
SELECT array_length(tallies, 1) AS tallies,
	(SELECT count(*) FROM unnest(tallies) WITH ORDINALITY u (t, i) WHERE t::text = (SELECT tally::text FROM stored WHERE most < 9223372036854775807 ORDER BY n OFFSET i - 1 LIMIT 1)) AS same,
	tallies = tallies::text::ces_tally[] AS array_as_text, tallies[3:4] AS two, tallies[3] = tallies[4] AS equal FROM nested;
SELECT (r).effort, nps((r).loyalty), (history[1]).effort, (history[2]).loyalty, r = history[1] AS equal, (history[1]).loyalty = (r).loyalty AS equal_loyalty FROM report;
-- DISTINCT, EXCEPT and hash indexes compare counts, not widths: 256 less 1 is 255
CREATE TEMP TABLE width AS
SELECT '1..3 {0,0,255}'::ces_tally AS tally UNION ALL SELECT _ces_tally_accum_inv('1..3 {0,0,256}', 3) UNION ALL SELECT '1..3 {0,255,0}';
CREATE INDEX ON width USING hash (tally);
SELECT pg_column_size(tally) AS bytes, tally, tally = '1..3 {0,0,255}' AS equal, _ces_tally_hash(tally) = _ces_tally_hash('1..3 {0,0,255}') AS same_hash,
	_ces_tally_hash_extended(tally, 5) = _ces_tally_hash_extended('1..3 {0,0,255}', 5) AS same_extended FROM width;
SELECT count(DISTINCT tally::text) AS tallies, (SELECT count(*) FROM (SELECT DISTINCT tally FROM width) d) AS "distinct",
	(SELECT count(*) FROM (SELECT tally FROM width EXCEPT SELECT '1..3 {0,0,255}') d) AS "except" FROM width;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM width WHERE tally = '1..3 {0,0,255}';
SELECT count(*) FROM width WHERE tally = '1..3 {0,0,255}';
RESET enable_seqscan;

--
-- Binary: version 1, the four numbers of the scale, eight bytes for each count.
--
SELECT encode(_ces_tally_send('1..2 {1,258}'), 'hex') AS tally, encode(_ces_tally_send(('-1..-100 {' || repeat('0,', 99) || '9223372036854775807}')::ces_tally), 'hex') = '01ff9ccdce' || repeat('0', 99 * 16) || '7fffffffffffffff' AS wide,
	encode(_ces_scale_send('5..1'), 'hex') AS scale, encode(_ces_scale_send('-3..3 top 3 bottom -3'), 'hex') AS negative;
-- and back, through a file that psql writes and reads
CREATE TEMP TABLE sent (n int, scale ces_scale, tally ces_tally, tallies ces_tally[]);
CREATE TEMP TABLE received (LIKE sent);
INSERT INTO sent SELECT n, format('1..%s', points)::ces_scale, tally, ARRAY[tally, NULL, _ces_tally_accum_inv('1..3 {0,0,256}', 3)] FROM stored;
INSERT INTO sent SELECT 100 + id, '100..0', a, ARRAY[b, small] FROM kept;
INSERT INTO sent VALUES (0);
\getenv abs_builddir PG_ABS_BUILDDIR
\set file :abs_builddir '/results/ces_storage.bin'
\set send '\\copy sent TO ' :'file' ' (FORMAT binary)'
\set receive '\\copy received FROM ' :'file' ' (FORMAT binary)'
:send
:receive
SELECT count(*) AS sent, count(r) AS received, count(*) FILTER (WHERE (s.scale, s.tally::text, s.tallies::text) IS DISTINCT FROM (r.scale, r.tally::text, r.tallies::text)) AS differ,
	count(*) FILTER (WHERE s.tally = r.tally AND _ces_tally_send(s.tally) = _ces_tally_send(r.tally)) AS equal,
	count(*) FILTER (WHERE s.tally = s.tally::text::ces_tally) AS equal_as_text,
	count(*) FILTER (WHERE pg_column_size(r.tallies[3]) < pg_column_size(s.tallies[3])) AS narrow_again
FROM sent s FULL JOIN received r USING (n);

--
-- The stored form, which tables keep for years: the four numbers of the scale, then
-- counts of 1, 2, 4 or 8 bytes.  These counts are the same in either byte order.
--
CREATE CAST (ces_tally AS bytea) WITHOUT FUNCTION;
SELECT tally::bytea FROM unnest(ARRAY['1..7 {0,1,0,3,5,8,2}', '5..1 top 1 bottom 4 {0,0,0,0,255}', '-1..1 {257,0,0}', '0..1 {16843009,0}', '0..1 {0,72340172838076673}']::ces_tally[]) tally;
DROP CAST (ces_tally AS bytea);
