--
-- ces_topbox, ces_mean, nps, csat: worked examples, types, scales, NULLs
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

-- The common average form of CES: (4+5+4+3+3)/5.
SELECT ces_mean(x) FROM unnest(ARRAY[4,5,4,3,3]) x;
-- 30 promoters, 50 passives, 20 detractors.
SELECT nps(CASE WHEN i <= 30 THEN 9 + i % 2 WHEN i <= 80 THEN 7 + i % 2 ELSE i % 7 END) FROM generate_series(1, 100) i;
-- CES 2.0: the top box of 1..7 is 5, 6, 7.
SELECT x AS score, ces_topbox(x) FROM generate_series(1, 7) x GROUP BY x ORDER BY x;
-- CES 1.0: the top box of 5..1 is 1, 2.
SELECT x AS score, ces_topbox(x, '5..1') FROM generate_series(1, 5) x GROUP BY x ORDER BY x;
-- Ease and effort on ten points.
SELECT x AS score, ces_topbox(x, '1..10') AS ease, ces_topbox(x, '10..1') AS effort FROM generate_series(1, 10) x GROUP BY x ORDER BY x;
-- Promoters, passives, detractors; satisfied or not.
SELECT x AS score, nps(x), csat(x) FILTER (WHERE x <@ 'csat') FROM generate_series(0, 10) x GROUP BY x ORDER BY x;
-- Faces, and a yes/no question.
SELECT ces_topbox(x, 'faces') FROM unnest(ARRAY[1,2,3,3]) x;
SELECT ces_topbox(yes::int, '0..1') FROM unnest(ARRAY[true, false, true, NULL]) yes;

-- NPS asked from 1 to 10 uses the cuts of 0 to 10 unless other cuts are given. The top
-- box of 1..10 remains that of ease.
SELECT nps(x), nps(x, '1..10') AS "1..10", nps(11 - x, '10..1') AS "10..1", nps(x, '1..10 top 9 bottom 6') AS same_cuts,
       nps(x, '1..10 top 8 bottom 3') AS other_cuts, ces_topbox(x, '1..10') AS ease
FROM generate_series(1, 10) x;
SELECT 100 * 2 / 10.0 - 100 * 6 / 10.0 AS formula;
-- Another cut.
SELECT csat(x) AS four_and_five, csat(x, '1..5 top 5') AS five FROM generate_series(1, 5) x;
-- The scale, not the metric, says which end is good.
SELECT ces_topbox(x, '1..5') AS ease, ces_topbox(x, '5..1') AS effort, ces_mean(x, '1..5') = ces_mean(x, '5..1') AS same_mean
FROM unnest(ARRAY[1,1,2,5]) x;

-- No trailing zeros, as many digits as avg(), and round() works without a cast.
SELECT ces_topbox(x), ces_mean(x), nps(x), csat(x) FROM unnest(ARRAY[5,5,1]) x;
SELECT ces_mean(x), avg(x) FROM unnest(ARRAY[1,1,2]) x;
SELECT round(nps(x), 1) FROM unnest(ARRAY[9,9,1]) x;
SELECT ces_mean(x, 'nps') AS ten, ces_mean(x - 10, 'nps') AS zero FROM unnest(ARRAY[10,10]) x;
SELECT nps(x) AS minus_hundred, ces_mean(-x, '-10..10') AS negative FROM unnest(ARRAY[0,1,6]) x;
SELECT pg_typeof(ces_topbox(x)), pg_typeof(ces_mean(x)), pg_typeof(nps(x)), pg_typeof(csat(x)) FROM unnest(ARRAY[1]) x;

-- Every numeric type, without a cast.
SELECT ces_topbox(x::smallint) AS "smallint", ces_topbox(x) AS "integer", ces_topbox(x::bigint) AS "bigint",
       ces_topbox(x::numeric) AS "numeric", ces_topbox(x::real) AS "real", ces_topbox(x::float8) AS "double"
FROM generate_series(1, 7) x;
SELECT ces_topbox(x::smallint, '1..7') AS "smallint", ces_topbox(x, '1..7') AS "integer", ces_topbox(x::bigint, '1..7') AS "bigint",
       ces_topbox(x::numeric, '1..7') AS "numeric", ces_topbox(x::real, '1..7') AS "real", ces_topbox(x::float8, '1..7') AS "double"
FROM generate_series(1, 7) x;
-- As pandas writes scores: 4.0 and NULL.
SELECT ces_mean(x) FROM unnest(ARRAY[4.0, NULL, 5.0]::float8[]) x;

-- NULL scores are skipped; no answers give NULL.
SELECT ces_topbox(x), ces_mean(x), nps(x), csat(x) FROM unnest(ARRAY[5,NULL,1,NULL]) x;
SELECT ces_topbox(x), ces_mean(x), nps(x), csat(x) FROM unnest(ARRAY[NULL,NULL]::int[]) x;
SELECT ces_topbox(x), ces_mean(x), nps(x), csat(x) FROM unnest(ARRAY[]::int[]) x;
SELECT ces_topbox(x, 'ces'), ces_mean(x, 'ces'), nps(x, 'ces'), csat(x, 'ces') FROM unnest(ARRAY[NULL,NULL]::int[]) x;
SELECT ces_topbox(x, 'ces'), ces_mean(x, 'ces'), nps(x, 'ces'), csat(x, 'ces') FROM unnest(ARRAY[]::int[]) x;
-- A row without a score needs no scale, and its scale does not matter.
SELECT ces_mean(x, s::ces_scale) FROM (VALUES (NULL, NULL), (NULL, '0..1'), (4, '1..7'), (NULL, 'nps'), (5, '1..7')) v (x, s);

-- A user's aggregate may start without a state.
CREATE AGGREGATE pg_temp.answers(integer, ces_scale) (SFUNC = _ces_tally_accum, STYPE = ces_tally);
SELECT pg_temp.answers(x, '1..3'), pg_temp.answers(x, '1..3') FILTER (WHERE x IS NULL) AS none FROM unnest(ARRAY[NULL,1,3,3]) x;

-- The scale may differ from group to group.
SELECT survey, s AS scale, ces_topbox(x, s::ces_scale), ces_mean(x, s::ces_scale)
FROM (VALUES ('ces', '1..7', 6), ('ces', '1..7', 3), ('effort', '5..1', 1), ('effort', '5..1', 3)) v (survey, s, x)
GROUP BY survey, s ORDER BY survey;

-- As BI tools write it: in a subquery and a CTE, with FILTER, HAVING and ORDER BY.
WITH answers AS (SELECT i % 2 AS channel, i % 7 + 1 AS score FROM generate_series(1, 1000) i)
SELECT channel, round(ces_topbox(score), 2) AS topbox, round(ces_topbox(score) FILTER (WHERE score > 1), 2) AS filtered
FROM (SELECT * FROM answers) q
GROUP BY channel HAVING ces_mean(score) > 3 ORDER BY ces_topbox(score) DESC, 1;
SELECT ces_mean(DISTINCT x) FROM unnest(ARRAY[1,1,1,7]) x;
SELECT ces_mean(x ORDER BY x DESC) FROM unnest(ARRAY[1,1,1,7]) x;
