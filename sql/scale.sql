--
-- ces_scale: text and binary form, defaults, comparison, membership
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

-- The default cuts: strictly beyond the midpoint, with four exceptions by convention.
SELECT text AS input, text::ces_scale AS scale
FROM unnest(ARRAY['1..7', '5..1', '1..5', '1..10', '10..1', '1..3', '0..1',
                  '0..10', '10..0', '7..1', '1..4', '4..1', '1..6', '0..100',
                  '-2..2', '2..-2', '-3..-1', '-4..-1', '-1..0', '0..-1',
                  '-100..0', '100..0']) text;

-- A name stands for a scale; cuts may follow it.
SELECT text AS input, text::ces_scale AS scale
FROM unnest(ARRAY['ces', 'ces1', 'csat', 'nps', 'faces', 'csat top 5',
                  'ces1 bottom 5', 'CES', 'Nps']) text;

-- One cut, or both in either order.
SELECT text AS input, text::ces_scale AS scale
FROM unnest(ARRAY['1..7 top 6', '1..7 bottom 2', '1..7 top 6 bottom 2',
                  '1..7 bottom 2 top 6', '5..1 top 1', '1..7 top 4 bottom 3']) text;

-- Case and extra blanks don't matter.
SELECT text AS input, text::ces_scale AS scale
FROM unnest(ARRAY['  1..7  ', '1 .. 7', '1..7 TOP 6', '1..7   Top  6   BOTTOM 2',
                  E'\t1..7\n', '+1..+7', '1..7top 6', '001..007']) text;

-- The full form reads back as itself: every possible scale with its default cuts,
-- and four scales with every valid pair of cuts.
SELECT count(*) AS scales,
       count(*) FILTER (WHERE scale::text::ces_scale = scale) AS read_back
FROM generate_series(-100, 100) worst, generate_series(-100, 100) best,
     LATERAL (SELECT ces_scale(worst, best) AS scale) s
WHERE worst <> best AND abs(worst - best) <= 100;
SELECT count(*) AS scales,
       count(*) FILTER (WHERE scale::text::ces_scale = scale
                        AND scale::text = format('%s..%s top %s bottom %s', worst, best, top, bottom)) AS read_back
FROM (VALUES (1, 7), (7, 1), (-3, 3), (0, 1)) v (worst, best),
     generate_series(-3, 7) top, generate_series(-3, 7) bottom,
     LATERAL (SELECT ces_scale(worst, best, top, bottom) AS scale) s
WHERE (top - bottom) * sign(best - worst) > 0
  AND top BETWEEN least(worst, best) AND greatest(worst, best)
  AND bottom BETWEEN least(worst, best) AND greatest(worst, best);

-- The default cuts again, computed from their definition: on either side of the
-- midpoint, the nearest point strictly beyond it.
SELECT count(*) AS scales, count(*) FILTER (WHERE scale = by_definition) AS as_defined
FROM generate_series(-100, 100) worst, generate_series(-100, 100) best,
     LATERAL (SELECT min(p) FILTER (WHERE p > (worst + best) / 2.0) AS above,
                     max(p) FILTER (WHERE p < (worst + best) / 2.0) AS below
              FROM generate_series(least(worst, best), greatest(worst, best)) p) m,
     LATERAL (SELECT ces_scale(worst, best) AS scale,
                     CASE WHEN worst < best THEN ces_scale(worst, best, above, below)
                          ELSE ces_scale(worst, best, below, above) END AS by_definition) s
WHERE worst <> best AND abs(worst - best) <= 100
  AND (worst, best) NOT IN ((0, 10), (10, 0), (1, 10), (10, 1));

-- The constructor.
SELECT ces_scale(1, 7), ces_scale(1, 7, 6), ces_scale(5, 1, bottom => 5),
       ces_scale(worst => 0, best => 10, top => 8, bottom => 5);
SELECT ces_scale(NULL, 7) IS NULL AS no_worst, ces_scale(1, NULL) IS NULL AS no_best,
       ces_scale(1, 7, NULL, NULL) = '1..7' AS null_cuts_are_defaults;
SELECT ces_scale('1..7') AS a_cast;

-- Binary form: four bytes.
SELECT _ces_scale_send('1..7'), _ces_scale_send('5..1'), _ces_scale_send('-100..0 top -1 bottom -99');

-- Sorted by worst, best, top, bottom.
CREATE TABLE scales (id int, scale ces_scale);
INSERT INTO scales VALUES (1, '5..1'), (2, '1..7'), (3, '1..7 top 6'), (4, '1..7 top 6 bottom 2'),
  (5, '0..10'), (6, '-2..2'), (7, '1..5'), (8, '10..0'), (9, NULL), (10, 'ces');
SELECT scale, id FROM scales ORDER BY scale, id;
SELECT scale, count(*) FROM scales GROUP BY scale ORDER BY scale;
SELECT min(id), max(id) FROM scales WHERE scale = '1..7';

-- Every operator agrees with the order of the four numbers.
SELECT count(*) AS pairs,
       bool_and((a.scale < b.scale) = (a.numbers < b.numbers)) AS lt,
       bool_and((a.scale <= b.scale) = (a.numbers <= b.numbers)) AS le,
       bool_and((a.scale = b.scale) = (a.numbers = b.numbers)) AS eq,
       bool_and((a.scale <> b.scale) = (a.numbers <> b.numbers)) AS ne,
       bool_and((a.scale >= b.scale) = (a.numbers >= b.numbers)) AS ge,
       bool_and((a.scale > b.scale) = (a.numbers > b.numbers)) AS gt,
       bool_and((a.scale = b.scale) = (_ces_scale_hash(a.scale) = _ces_scale_hash(b.scale))) AS hash,
       bool_and((a.scale = b.scale) = (_ces_scale_hash_extended(a.scale, 7) = _ces_scale_hash_extended(b.scale, 7))) AS hash_extended
FROM (SELECT scale, regexp_split_to_array(scale::text, '(\.\.| top | bottom )')::int[] AS numbers FROM scales) a,
     (SELECT scale, regexp_split_to_array(scale::text, '(\.\.| top | bottom )')::int[] AS numbers FROM scales) b
WHERE a.scale IS NOT NULL AND b.scale IS NOT NULL;

-- The hash without a seed is the lower half of the hash with seed 0.
SELECT bool_and((_ces_scale_hash(scale)::bigint & 4294967295) = (_ces_scale_hash_extended(scale, 0) & 4294967295)) AS consistent
FROM scales;

-- Indexes, joins, unique keys.
CREATE UNIQUE INDEX scales_key ON scales (id, scale);
CREATE INDEX scales_btree ON scales (scale);
CREATE INDEX scales_hash ON scales USING hash (scale);
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM scales WHERE scale >= '5..1' ORDER BY scale;
SELECT id FROM scales WHERE scale >= '5..1' ORDER BY scale;
DROP INDEX scales_btree;
SET enable_bitmapscan = off;
EXPLAIN (COSTS OFF) SELECT id FROM scales WHERE scale = '5..1';
SELECT id FROM scales WHERE scale = '5..1';
RESET enable_seqscan;
RESET enable_bitmapscan;
SET enable_nestloop = off;
SET enable_mergejoin = off;
SELECT count(*) FROM scales a JOIN scales b USING (scale);
SET enable_hashjoin = off;
SET enable_mergejoin = on;
SELECT count(*) FROM scales a JOIN scales b USING (scale);
RESET ALL;
DROP TABLE scales;

-- A btree index holds each of many equal scales once, as it does integers.
CREATE TABLE asked (scale ces_scale, code int);
INSERT INTO asked SELECT CASE i % 2 WHEN 0 THEN '1..7' ELSE '5..1' END::ces_scale, i % 2 FROM generate_series(1, 20000) i;
CREATE INDEX asked_scale ON asked (scale);
CREATE INDEX asked_code ON asked (code);
SELECT pg_relation_size('asked_scale') = pg_relation_size('asked_code') AS same_size;
DROP TABLE asked;

-- Membership: the whole numbers from one end to the other, whether the scale rises or
-- falls.
SELECT score, score <@ '1..7' AS "1..7", score <@ '5..1' AS "5..1", score <@ '-2..2' AS "-2..2",
       '5..1'::ces_scale @> score AS "5..1 @>"
FROM generate_series(-3, 8) score;
SELECT score, score <@ '1..7' AS "<@", '1..7'::ces_scale @> score AS "@>"
FROM unnest(ARRAY[1, 4, 4.5, 7, 7.0000000001, 0.9999999999, 1e300, -1e300, 'NaN', 'Infinity', '-Infinity', NULL, -0.0]::float8[]) score;
SELECT 5::smallint <@ '1..7' AS "smallint", 8::bigint <@ '1..7' AS "bigint", 5.0 <@ '1..7' AS "numeric",
       5.5::real <@ '1..7' AS "real", '1..7' @> 5::smallint AS "smallint @>", 2147483647 <@ '1..7' AS max,
       -2147483648 <@ '1..7' AS min, 9223372036854775807 <@ '1..7' AS bigint_max, NULL::int <@ '1..7' AS "null";

-- A numeric is compared as it is: double precision can't hold the first three, and takes the next for 7.
SELECT left(score::text, 24) AS score, score <@ '1..7' AS "<@", '1..7'::ces_scale @> score AS "@>"
FROM unnest(ARRAY[1e400, -1e400, 2147483648, 7.00000000000000000001, 7.000, 1, 4.5, 8, 'NaN', 'Infinity', '-Infinity', NULL]::numeric[]) score;

-- In a CHECK and a generated column.
CREATE TABLE answers (score int CHECK (score <@ '1..7'), ok boolean GENERATED ALWAYS AS (score <@ '1..5') STORED);
INSERT INTO answers VALUES (1), (7), (NULL);
INSERT INTO answers VALUES (8);
SELECT * FROM answers;
DROP TABLE answers;
