-- A database for sqlsmith: tables of all that the functions take.
CREATE EXTENSION ces;

-- sqlsmith reads in pg_proc which functions it may call. It finds this view first, which has
-- the extension's functions and one in twenty of the server's; otherwise one query in a
-- thousand would call the extension.
CREATE VIEW information_schema.pg_proc AS
	SELECT p.* FROM pg_catalog.pg_proc p
	WHERE p.oid IN (SELECT objid FROM pg_catalog.pg_depend WHERE classid = 'pg_catalog.pg_proc'::regclass AND deptype = 'e'
			AND refobjid = (SELECT oid FROM pg_catalog.pg_extension WHERE extname = 'ces'))
		OR (p.oid::int % 20 = 0 AND p.provolatile = 'i' AND NOT EXISTS (SELECT FROM pg_catalog.pg_type
			WHERE typtype = 'p' AND (pg_type.oid = ANY (p.proargtypes) OR pg_type.oid = p.prorettype)));
GRANT SELECT ON information_schema.pg_proc TO PUBLIC;
GRANT ALL ON ces_label, ces_label_set TO ces_sqlsmith;
-- These operators would make half of all queries fail.
DELETE FROM pg_operator WHERE oprleft::regtype::text ~ '^any.*(range|enum)$' OR oprright::regtype::text ~ '^any.*(range|enum)$';

CREATE TABLE answers AS
SELECT 'agent ' || i % 9 AS agent, i % 7 + 1 AS score, (i % 7 + 1)::smallint AS small, (i % 7 + 1)::double precision AS exact,
	'1..7'::ces_scale AS scale, i::bigint AS responses
FROM generate_series(1, 120) i;
CREATE TABLE rollup AS
SELECT date '2026-01-05' + 7 * i AS week, ces_from_counts('nps', array_fill(i::bigint * i, ARRAY[11])) AS tally,
	ces_from_counts('nps', array_fill(300::bigint * i, ARRAY[11])) AS before, 'nps'::ces_scale AS scale,
	array_fill(i::bigint, ARRAY[11]) AS counts, i % 11 AS cut, (i % 100) / 100.0::double precision AS confidence
FROM generate_series(1, 120) i;
CREATE TABLE other_scales AS
SELECT i AS id, ces_from_counts(scale, array_fill(count, ARRAY[5])) AS tally, scale, ces_scale(i % 90, i % 90 + 9) AS to_scale
FROM generate_series(1, 120) i, LATERAL (SELECT ces_scale(i % 90, i % 90 + 4), (ARRAY[0, 255, 65536, 5000000000])[i % 4 + 1]) s (scale, count);
CREATE TABLE labelled AS
SELECT label, label_set, random() AS p_value FROM ces_all_labels;
CREATE VIEW report AS SELECT agent, nps(score) AS nps, ces_tally(score, scale) AS tally FROM answers GROUP BY agent;
GRANT ALL ON answers, rollup, other_scales, labelled, report TO ces_sqlsmith;
