--
-- Functions on one score: ces_box, nps_category, ces_pomp, ces_rescale
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

-- Every score of some scales, worst answer first. By hand: 100 * 1/6 = 16.67,
-- 100 * 1/4 = 25, 100 * 1/9 = 11.11.
SELECT scale, string_agg(ces_box(score, scale), ' ' ORDER BY ces_pomp(score, scale)) AS boxes,
       string_agg(round(ces_pomp(score, scale), 2)::text, ' ' ORDER BY ces_pomp(score, scale)) AS percent
FROM unnest(ARRAY['1..7', '1..7 top 6 bottom 2', '5..1', '1..5', '1..3', '0..1', '1..10', '10..1', '0..10', '-2..2']::ces_scale[]) WITH ORDINALITY s (scale, n),
     generate_series(-100, 100) score
WHERE score <@ scale
GROUP BY n, scale ORDER BY n;
SELECT score, nps_category(score) FROM generate_series(0, 10) score;

-- A score has the box and the POMP of a tally of that one answer.
SELECT count(*) AS scores,
       count(*) FILTER (WHERE ces_box(score, scale) <> h.box) AS box_differs,
       count(*) FILTER (WHERE ces_pomp(score, scale) <> ces_pomp(tally)) AS percent_differs
FROM (SELECT scale, score, ces_tally(score, scale) AS tally
      FROM unnest(ARRAY['1..7', '5..1', '1..5 top 5', '10..0', '0..100', '-50..50', '100..0']::ces_scale[]) scale, generate_series(-100, 100) score
      WHERE score <@ scale GROUP BY scale, score) q
     JOIN LATERAL ces_histogram(tally) h USING (score);

-- To another scale, by hand: 3 on 1..5 is the middle, so 4 on 1..7. 2 on 1..5 is a
-- quarter of the way, so 1 + 6/4 = 2.5 on 1..7. 2 on 5..1 is three quarters of the way,
-- so 4 on 1..5. 2 on 1..7 is a sixth of the way, so 1 + 4/6 on 1..5.
SELECT score, from_scale, to_scale, ces_rescale(score, from_scale, to_scale)
FROM (VALUES (1, ces_scale '1..5', ces_scale '1..7'), (2, '1..5', '1..7'), (3, '1..5', '1..7'), (4, '1..5', '1..7'), (5, '1..5', '1..7'),
             (2, '5..1', '1..5'), (1, '5..1', '1..7'), (5, '5..1', '1..7'), (2, '1..7', '1..5'), (6, '1..7', '7..1'),
             (0, '0..10', '1..10'), (10, '0..10', '-100..0'), (7, '0..10', '10..0'), (1, '0..1', '0..100'), (-1, '-2..2', '0..4')) v (score, from_scale, to_scale);
-- The cuts play no part. There and back gives the same score if nothing was rounded.
SELECT ces_rescale(2, '1..5 top 5', '1..7 bottom 1') = ces_rescale(2, '1..5', '1..7') AS cuts,
       bool_and(ces_rescale(ces_rescale(score, '1..5', '9..1'), '9..1', '1..5') = score) AS back
FROM generate_series(1, 5) score;
-- Rescaled scores in an aggregate.
SELECT ces_topbox(round(ces_rescale(score, scale, '1..7'))) FROM (VALUES (7, ces_scale '1..7'), (1, '5..1'), (5, '5..1'), (4, '1..5')) v (score, scale);

-- Every type of score, untyped literals and NULL.
SELECT ces_box(2::smallint, '5..1'), ces_box(2::int, '5..1'), ces_box(2::bigint, '5..1'), ces_box(2.0, '5..1'), ces_box(2::real, '5..1'), ces_box(2::float8, '5..1'), ces_box('2', '5..1');
SELECT nps_category(9::smallint), nps_category(9::int), nps_category(9::bigint), nps_category(9.0), nps_category(9::real), nps_category(9::float8), nps_category('9');
SELECT ces_pomp(2::smallint, '5..1'), ces_pomp(2::int, '5..1'), ces_pomp(2::bigint, '5..1'), ces_pomp(2.0, '5..1'), ces_pomp(2::real, '5..1'), ces_pomp(2::float8, '5..1');
SELECT ces_rescale(2::smallint, '5..1', '1..7'), ces_rescale(2::int, '5..1', '1..7'), ces_rescale(2::bigint, '5..1', '1..7'), ces_rescale(2.0, '5..1', '1..7'), ces_rescale(2::float8, '5..1', '1..7');
SELECT ces_box(NULL::int, '1..7'), ces_box(1, NULL), nps_category(NULL::int), ces_pomp(NULL::int, '1..7'), ces_pomp(8, NULL),
       ces_rescale(NULL::int, '1..7', '1..5'), ces_rescale(8, NULL, '1..5'), ces_rescale(8, '1..7', NULL);

-- Scores off the scale.
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.error_of('SELECT ' || call) FROM unnest(ARRAY[
  'ces_box(8, ''1..7'')', 'ces_box(0::smallint, ''5..1 top 1'')', 'ces_box(4.5, ''1..7'')', 'ces_box(''NaN''::float8, ''1..7'')', 'ces_box(2147483647, ''1..7'')',
  'nps_category(11)', 'nps_category(-1)', 'nps_category(9.5)', 'nps_category((-1)::smallint)', 'ces_pomp(8, ''1..7'')', 'ces_pomp(''-Infinity''::float8, ''0..100'')', 'ces_pomp(-2147483648, ''1..7'')',
  'ces_rescale(8, ''1..7'', ''1..10'')', 'ces_rescale(1e300, ''1..7'', ''1..10'')', 'ces_rescale(0::smallint, ''1..7'', ''0..10'')']) call;
\pset format aligned
\pset tuples_only off
-- The hint works.
SELECT ces_box(CASE WHEN score <@ '1..7' THEN score END, '1..7') FROM (VALUES (8), (7)) v (score);

-- Generated columns and indexes.
CREATE TABLE answers (score smallint, recommend int,
  box text GENERATED ALWAYS AS (ces_box(score, '1..7')) STORED,
  category text GENERATED ALWAYS AS (nps_category(recommend)) STORED,
  percent numeric GENERATED ALWAYS AS (ces_pomp(score, '1..7')) STORED,
  of_ten numeric GENERATED ALWAYS AS (ces_rescale(score, '1..7', '1..10')) STORED);
INSERT INTO answers SELECT 1 + n % 7, n % 11 FROM generate_series(1, 2000) n;
INSERT INTO answers VALUES (NULL, NULL);
INSERT INTO answers VALUES (8, 3);
SELECT score, box, percent, of_ten, count(*) FROM answers GROUP BY 1, 2, 3, 4 ORDER BY 1;
SELECT category, count(*) FROM answers GROUP BY 1 ORDER BY 1;
CREATE INDEX by_category ON answers (nps_category(recommend)) WHERE ces_box(score, '1..7') = 'top';
CREATE INDEX by_percent ON answers (ces_pomp(recommend, '0..10'), ces_rescale(score, '1..7', '1..5'));
ANALYZE answers;
SET enable_seqscan = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM answers WHERE ces_pomp(recommend, '0..10') = 70;
SELECT count(*) FROM answers WHERE nps_category(recommend) = 'promoter' AND ces_box(score, '1..7') = 'top';
RESET enable_seqscan;
DROP TABLE answers;
