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

-- Tables with rollups, and views that are answered from these, whatever query is around them.
-- Their rows are far apart, so that reading them all looks expensive.
CREATE TABLE asked (at timestamp, atz timestamptz, channel text, agent integer, recommend integer, effort smallint) WITH (fillfactor = 10);
INSERT INTO asked
SELECT timestamp '2026-01-05' + i % 60 * interval '1 day 7 seconds', timestamptz '2026-01-05 00:00Z' + i % 60 * interval '1 day 7 seconds',
	(ARRAY['chat', 'phone', NULL])[1 + i % 3], i % 4, i % 11, 1 + i % 7
FROM generate_series(1, 4000) i;
CREATE INDEX ON asked (at);
CREATE INDEX ON asked (atz);
CREATE TABLE asked_parts (LIKE asked) PARTITION BY LIST (agent);
CREATE TABLE asked_parts_1 PARTITION OF asked_parts FOR VALUES IN (1) WITH (fillfactor = 10);
CREATE TABLE asked_parts_rest PARTITION OF asked_parts DEFAULT WITH (fillfactor = 10);
CREATE INDEX ON asked_parts (at);
INSERT INTO asked_parts SELECT * FROM asked;
SELECT format('CALL ces_create_rollup(%L, %L)', source || '_daily', format('SELECT at::date AS day, channel, ces_tally(recommend, ''nps'') AS recommend, ces_tally(effort, ''1..7'') AS effort, count(*) AS responses FROM %I GROUP BY 1, 2', source)),
	format('CALL ces_create_rollup(%L, %L)', source || '_utc', format('SELECT (atz AT TIME ZONE ''UTC'')::date AS day, channel, agent, ces_tally(recommend, ''nps'') AS recommend, count(*) AS responses FROM %I GROUP BY 1, 2, 3', source))
FROM (VALUES ('asked'), ('asked_parts')) s (source) \gexec
UPDATE asked SET recommend = 10 - recommend WHERE agent = 3;
DELETE FROM asked_parts WHERE channel = 'chat' AND agent = 1;
ANALYZE asked, asked_parts;
CREATE VIEW asked_by_channel AS SELECT channel, nps(recommend) AS nps, ces_tally(effort, 'ces') AS effort, count(*) AS n FROM asked GROUP BY channel;
CREATE VIEW asked_by_week AS SELECT date_trunc('week', at) AS week, upper(channel) AS channel, ces_topbox(effort, '1..7 top 6 bottom 2') AS topbox FROM asked_parts WHERE at >= '2026-01-12 10:00' AND at < '2026-02-20 10:00' GROUP BY ROLLUP (1, 2) HAVING count(*) > 1;
CREATE VIEW asked_by_day AS SELECT (atz AT TIME ZONE 'UTC')::date AS day, agent, nps(recommend) FILTER (WHERE channel = 'chat') AS nps FROM asked WHERE atz BETWEEN '2026-01-07Z' AND '2026-02-10Z' GROUP BY 1, 2;
CREATE VIEW asked_and_named AS SELECT n.agent AS name, nps(recommend) AS nps, count(recommend) AS n FROM asked_parts JOIN (SELECT DISTINCT agent FROM answers) n ON right(n.agent, 1) = asked_parts.agent::text GROUP BY 1;
CREATE VIEW asked_since AS SELECT w.week, s.* FROM rollup w, LATERAL (SELECT nps(recommend) AS nps, ces_mean(effort) AS mean FROM asked WHERE at >= w.week AND at < w.week + 7) s;
GRANT ALL ON asked, asked_parts, asked_by_channel, asked_by_week, asked_by_day, asked_and_named, asked_since TO ces_sqlsmith;
DO $$
DECLARE
	name text;
	line text;
	plan text;
BEGIN
	FOREACH name IN ARRAY '{asked_by_channel,asked_by_week,asked_by_day,asked_and_named}'::text[] LOOP
		plan := '';
		FOR line IN EXECUTE 'EXPLAIN TABLE ' || name LOOP
			plan := plan || E'\n' || line;
		END LOOP;
		IF plan !~ 'asked\w*_store' THEN
			RAISE '% is not answered from a rollup:%', name, plan;
		END IF;
	END LOOP;
	EXECUTE format('ALTER DATABASE %I SET session_preload_libraries = ''ces''', current_database());
END $$;
