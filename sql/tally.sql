--
-- ces_tally: text and binary form, size, equality, and the metrics of a tally
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

-- The scale, then a count for each score in rising order.
SELECT text AS input, text::ces_tally AS tally
FROM unnest(ARRAY['1..7 top 5 bottom 3 {0,1,0,3,5,8,2}', '1..7 {0,1,0,3,5,8,2}', 'ces1 {1,2,3,4,5}',
                  ' FACES  { 1 , 2,3 } ', '0..1 top 1 bottom 0{0,0}', '1..3 {+1,007,9223372036854775799}',
                  '-1..1{255,256,65536}', '2..-2 {1,2,3,4,5}']) text;

-- The output reads back as itself, and so does the binary form.
CREATE TABLE tallies (id int, tally ces_tally);
INSERT INTO tallies VALUES
  (1, '1..3 {0,0,0}'), (2, '1..3 {1,2,3}'), (3, '1..3 {1,2,255}'), (4, '1..3 {1,2,256}'),
  (5, '1..3 {1,2,65535}'), (6, '1..3 {1,2,65536}'), (7, '1..3 {1,2,4294967295}'), (8, '1..3 {1,2,4294967296}'),
  (9, '1..3 {0,0,9223372036854775807}'), (10, '3..1 {1,2,3}'), (11, '1..3 top 2 {1,2,3}'), (12, '1..3 {1,2,3}'),
  (13, NULL);
INSERT INTO tallies
SELECT 14, ('0..100 {' || string_agg(i::text, ',') || '}')::ces_tally FROM generate_series(0, 100) i;
SELECT count(*), bool_and(tally::text::ces_tally = tally) AS same, bool_and(tally::text::ces_tally::text = tally::text) AS same_text
FROM tallies WHERE tally IS NOT NULL;
SELECT id, _ces_tally_send(tally) FROM tallies WHERE id IN (2, 8, 10) ORDER BY id;
\getenv abs_builddir PG_ABS_BUILDDIR
\set copy_out '\\copy tallies TO ' :abs_builddir '/results/tally.bin (FORMAT binary)'
\set copy_in '\\copy tallies_copy FROM ' :abs_builddir '/results/tally.bin (FORMAT binary)'
CREATE TABLE tallies_copy (id int, tally ces_tally);
:copy_out
:copy_in
SELECT count(*), count(*) FILTER (WHERE a.tally IS NOT DISTINCT FROM b.tally) AS same
FROM tallies a JOIN tallies_copy b USING (id);

-- Each count takes one, two, four or eight bytes, as the largest count needs. The
-- header takes one more byte and the scale four.
SELECT id, pg_column_size(tally) AS bytes, tally FROM tallies WHERE id <= 9 ORDER BY id;

-- Two tallies are equal if their scales, cuts and counts are.
SELECT a.id, b.id AS equal_to FROM tallies a JOIN tallies b ON a.tally = b.tally AND a.id < b.id ORDER BY 1, 2;
SELECT count(*) FROM tallies a JOIN tallies b ON a.tally <> b.tally;
SELECT bool_and((a.tally = b.tally) = (_ces_tally_hash(a.tally) = _ces_tally_hash(b.tally))) AS hash,
       bool_and((a.tally = b.tally) = (_ces_tally_hash_extended(a.tally, 7) = _ces_tally_hash_extended(b.tally, 7))) AS hash_extended,
       bool_and(_ces_tally_hash_extended(a.tally, 7) <> _ces_tally_hash_extended(a.tally, 8)) AS seed_matters
FROM tallies a, tallies b WHERE a.tally IS NOT NULL AND b.tally IS NOT NULL;
SELECT count(*) AS "all", (SELECT count(*) FROM (SELECT DISTINCT tally FROM tallies) d) AS "distinct" FROM tallies;
SELECT tally FROM tallies WHERE id IN (2, 10, 12) EXCEPT SELECT tally FROM tallies WHERE id = 2;
-- Their order is that of the scales, then of the counts as numbers, lowest score first.
SELECT id, left(tally::text, 50) AS tally FROM tallies ORDER BY tallies.tally, id;
SELECT bool_and((a < b) = (row_of_a < row_of_b)) AS "<", bool_and((a <= b) = (row_of_a <= row_of_b)) AS "<=", bool_and((a = b) = (row_of_a = row_of_b)) AS "=",
       bool_and((a <> b) = (row_of_a <> row_of_b)) AS "<>", bool_and((a >= b) = (row_of_a >= row_of_b)) AS ">=", bool_and((a > b) = (row_of_a > row_of_b)) AS ">",
       bool_and(sign(_ces_tally_cmp(a, b)) = (row_of_a > row_of_b)::int - (row_of_a < row_of_b)::int) AS cmp
FROM (SELECT tally, (ces_scale(tally), ces_counts(tally)) FROM tallies) a (a, row_of_a), (SELECT tally, (ces_scale(tally), ces_counts(tally)) FROM tallies) b (b, row_of_b)
WHERE a IS NOT NULL AND b IS NOT NULL;
-- What needs an order. The counters of the last are wider than its counts need.
INSERT INTO tallies VALUES (15, '1..3 {1,2,255}'), (16, _ces_tally_accum_inv('1..3 {1,2,256}', 3));
SELECT count(DISTINCT tally), count(DISTINCT id) FROM tallies WHERE id IN (3, 4, 15, 16) GROUP BY tally ORDER BY tally;
SELECT count(DISTINCT tally) AS tallies, min(id) AS id FROM tallies WHERE (tally, id) >= ('1..3 {1,2,255}', 4) AND id IN (3, 4, 15, 16);
CREATE INDEX tallies_btree ON tallies (tally);
SET enable_seqscan = off;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM tallies WHERE tally = '1..3 {1,2,255}' ORDER BY tally;
SELECT id FROM tallies WHERE tally = '1..3 {1,2,255}' ORDER BY tally, id;
CREATE UNIQUE INDEX tallies_key ON tallies (tally);
SET enable_hashjoin = off;
SET enable_nestloop = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM tallies a JOIN tallies b USING (tally);
SELECT count(*) FROM tallies a JOIN tallies b USING (tally);
RESET ALL;
DROP TABLE tallies, tallies_copy;

-- Metrics of a tally, by hand: of 19 answers, 15 are 5 or more and 1 is below 4.
SELECT ces_topbox(t), ces_mean(t), nps(t), csat(t)
FROM (SELECT '1..7 {0,1,0,3,5,8,2}'::ces_tally) v (t);
SELECT 100 * 15 / 19.0 AS ces_topbox, (2 * 1 + 4 * 3 + 5 * 5 + 6 * 8 + 7 * 2) / 19.0 AS ces_mean, 100 * (15 - 1) / 19.0 AS nps;
SELECT ces_topbox(t), ces_mean(t), nps(t), csat(t) FROM (SELECT '1..7 {0,0,0,0,0,0,0}'::ces_tally) v (t);
SELECT ces_topbox(t), ces_mean(t), nps(t), csat(t) FROM (SELECT NULL::ces_tally) v (t);
-- A falling scale: 1 and 2 are the top box, 4 and 5 the bottom box.
SELECT ces_topbox(t), ces_mean(t), nps(t) FROM (SELECT '5..1 {4,3,2,1,0}'::ces_tally) v (t);
-- Sums that bigint can't hold.
SELECT ces_topbox(t), ces_mean(t), nps(t) FROM (SELECT '99..100 {0,9223372036854775807}'::ces_tally) v (t);
SELECT ces_topbox(t), ces_mean(t), nps(t) FROM (SELECT '-100..-99 {9223372036854775807,0}'::ces_tally) v (t);
SELECT ces_mean(t), (98 * 3000000000000000000.0 + 99 * 3000000000000000001.0 + 100 * 3000000000000000002.0) / 9000000000000000003.0 AS formula
FROM (SELECT '98..100 {3000000000000000000,3000000000000000001,3000000000000000002}'::ces_tally) v (t);

-- The same answers on a scale with other cuts: byte for byte what counting them there gives.
CREATE TABLE answer (score int, responses bigint, size int);
INSERT INTO answer SELECT i, i % 3, 1 FROM generate_series(0, 10) i;
INSERT INTO answer SELECT score, responses * b.most, b.size FROM answer, (VALUES (2, 127), (3, 128), (4, 30000), (5, 40000), (6, 1000000000), (7, 3000000000), (8, 4000000000000000)) b (size, most) WHERE answer.size = 1;
SELECT count(*) AS compared, count(*) FILTER (WHERE _ces_tally_send(moved) = _ces_tally_send(wanted)) AS same,
       count(*) FILTER (WHERE pg_column_size(moved) = pg_column_size(wanted)) AS same_size, count(*) FILTER (WHERE moved::text = wanted::text) AS same_text
FROM (SELECT _ces_tally_on_scale(ces_tally(score, a, responses), b), ces_tally(score, b, responses)
      FROM answer, unnest('{nps,0..10,0..10 top 8 bottom 2,0..10 top 10 bottom 9,10..0,10..0 top 1 bottom 9}'::ces_scale[]) a, unnest('{nps,0..10,0..10 top 8 bottom 2,0..10 top 10 bottom 9,10..0,10..0 top 1 bottom 9}'::ces_scale[]) b
      WHERE sign(split_part(a::text, '..', 1)::int) = sign(split_part(b::text, '..', 1)::int) OR a = b
      GROUP BY size, a, b) v (moved, wanted);
-- From wider counters than it needs, compressed, or stored elsewhere.
SELECT pg_column_size(_ces_tally_accum_inv('1..3 {1,2,256}', 3)) AS wide, pg_column_size(_ces_tally_on_scale(_ces_tally_accum_inv('1..3 {1,2,256}', 3), '1..3 top 2')) AS narrow;
CREATE TABLE stored (tally ces_tally);
INSERT INTO stored SELECT ('0..100 {' || string_agg(CASE kind WHEN 1 THEN '1000000000000' ELSE (i * 10000000000 + i)::text END, ',') || '}')::ces_tally FROM generate_series(0, 100) i, generate_series(1, 2) kind GROUP BY kind;
INSERT INTO stored SELECT * FROM stored;
SELECT count(DISTINCT t), bool_and(ces_counts(t) = ces_counts(tally) AND ces_scale(t)::text = '0..100 top 90 bottom 10') AS same
FROM (SELECT tally, _ces_tally_on_scale(tally, '0..100 top 90 bottom 10') FROM stored) s (tally, t);
DROP TABLE answer, stored;
-- Nothing but the cuts may differ.
SELECT _ces_tally_on_scale(NULL, 'nps') IS NULL AND _ces_tally_on_scale('1..3 {1,2,3}', NULL) IS NULL AS "null";
SELECT pg_temp.error_of($$SELECT _ces_tally_on_scale('1..3 {1,2,3}', '1..5')$$);
SELECT pg_temp.error_of($$SELECT _ces_tally_on_scale('1..3 {1,2,3}', '3..1')$$);
SELECT pg_temp.error_of($$SELECT _ces_tally_on_scale('0..2 {1,2,3}', '1..3')$$);
