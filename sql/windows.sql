--
-- windows: a metric over a moving window equals, digit for digit, the plain SQL
-- formula over the answers in its frame: in every frame that SQL can describe,
-- with NULLs, FILTER and a scale for each partition; in frames that become
-- empty, or empty of answers, also if the next answer has another scale; with
-- counts that go beyond 255 and 65,535 and come back.
--
-- What is printed is how many rows were compared, and how many of them differ,
-- which has to be 0.
--
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS ces;
RESET client_min_messages;

--
-- Four partitions of 60, 59, 1 and 40 answers; the last one has only NULLs.  The
-- places have ties, gaps and NULLs; each third run of seven rows has no scores.
--
SELECT setseed(0.75);
CREATE TEMP TABLE answer AS
SELECT id, part, CASE WHEN random() < 0.95 THEN floor(random() * 40)::int END AS place,
	date '2024-02-20' + floor(random() * 30)::int AS day,
	CASE WHEN part <> 'd' AND id / 7 % 3 <> 0 AND random() < 0.8 THEN 1 + floor(random() * 7)::int END AS score,
	random() < 0.7 AS kept, form::ces_scale AS scale, up, top, bottom
FROM (VALUES ('a', 1, 60, '1..7', 1, 5, 3), ('b', 101, 159, '7..1', -1, 3, 5),
		('c', 201, 201, '0..10 top 6 bottom 2', 1, 6, 2), ('d', 301, 340, '1..7', 1, 5, 3)
	) p (part, first, last, form, up, top, bottom), generate_series(first, last) id;
SELECT part, count(*) AS rows, count(score) BETWEEN 10 AND 50 AS some_answered,
	count(DISTINCT place) < count(place) AS ties, bool_or(place IS NULL) AS nulls
FROM answer GROUP BY part ORDER BY part;

-- Compares ten metrics with their formulas over one kind of frame.  The frame is
-- taken with array_agg, which can't remove a value: it collects each frame anew.
CREATE FUNCTION pg_temp.check_frame(ordering text, frame text,
	OUT rows bigint, OUT empty bigint, OUT unanswered bigint, OUT differ bigint) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($query$
		SELECT count(*), count(*) FILTER (WHERE frame IS NULL),
			count(*) FILTER (WHERE frame IS NOT NULL AND answers = 0),
			count(*) FILTER (WHERE got IS DISTINCT FROM wanted OR cardinality(got) <> 10)
		FROM (SELECT scale, up, top, bottom, array_agg(score) OVER w AS frame,
				array_agg(score) FILTER (WHERE kept) OVER w AS kept_frame,
				ARRAY[ces_topbox(score) OVER w, ces_mean(score::smallint) OVER w,
					nps(score) OVER w, csat(score::numeric, '1..7') OVER w,
					ces_mean(score::double precision) OVER w, nps(score, '1..7 top 7') OVER w,
					ces_topbox(score::double precision, scale) OVER w, nps(score::smallint, scale) OVER w,
					ces_topbox(score, scale) FILTER (WHERE kept) OVER w, nps(score::real) FILTER (WHERE kept) OVER w
				]::text[] AS got
			FROM answer WINDOW w AS (PARTITION BY part ORDER BY %s %s)) m,
		LATERAL (SELECT count(s) AS answers, ARRAY[
				trim_scale(100.0 * count(*) FILTER (WHERE s >= 5) / nullif(count(s), 0)),
				trim_scale(avg(s)),
				trim_scale(100.0 * (count(*) FILTER (WHERE s >= 9) - count(*) FILTER (WHERE s <= 6)) / nullif(count(s), 0)),
				trim_scale(100.0 * count(*) FILTER (WHERE s >= 5) / nullif(count(s), 0)),
				trim_scale(avg(s)),
				trim_scale(100.0 * (count(*) FILTER (WHERE s = 7) - count(*) FILTER (WHERE s <= 3)) / nullif(count(s), 0)),
				trim_scale(100.0 * count(*) FILTER (WHERE s * up >= top * up) / nullif(count(s), 0)),
				trim_scale(100.0 * (count(*) FILTER (WHERE s * up >= top * up) - count(*) FILTER (WHERE s * up <= bottom * up)) / nullif(count(s), 0))
			]::text[] AS of_frame FROM unnest(frame) s) f,
		LATERAL (SELECT of_frame || ARRAY[
				trim_scale(100.0 * count(*) FILTER (WHERE s * up >= top * up) / nullif(count(s), 0)),
				trim_scale(100.0 * (count(*) FILTER (WHERE s >= 9) - count(*) FILTER (WHERE s <= 6)) / nullif(count(s), 0))
			]::text[] AS wanted FROM unnest(kept_frame) s) k
		$query$, ordering, frame) INTO rows, empty, unanswered, differ;
END
$$;

-- Every pair of frame ends in which the start does not come after the end by its
-- kind: 4 + 4 + 3 + 2 + 1 = 14, less CURRENT ROW to CURRENT ROW and the like none;
-- with every exclusion, and rows counted, peer groups counted, distances in
-- numbers and in days.  5 PRECEDING to 8 PRECEDING is always empty but legal.
SELECT unit, exclusion, count(*) AS frames, sum(rows) AS rows, sum(empty) > 0 AS some_empty,
	sum(unanswered) > 0 AS some_unanswered, sum(differ) AS differ
FROM (VALUES ('ROWS', 'place, id', '3', '8'), ('GROUPS', 'place', '2', '5'), ('RANGE', 'place', '4', '9'),
		('RANGE', 'day DESC', 'interval ''2 days''', 'interval ''1 week''')) u (unit, ordering, near, far),
	(VALUES (1, 'UNBOUNDED PRECEDING'), (2, far || ' PRECEDING'), (2, near || ' PRECEDING'),
		(3, 'CURRENT ROW'), (4, near || ' FOLLOWING')) s (s, frame_start),
	LATERAL (VALUES (2, near || ' PRECEDING'), (3, 'CURRENT ROW'), (4, near || ' FOLLOWING'),
		(4, far || ' FOLLOWING'), (5, 'UNBOUNDED FOLLOWING')) e (e, frame_end)
