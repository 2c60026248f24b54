\set ECHO none
-- Tables of answers with rollups, for random queries: a plain one with indexes on times, a
-- partitioned one, and tables to join. All columns have NULLs. Times are around the changes to
-- summer time; some are on borders, some infinite.
CREATE COLLATION ignore_case (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE SEQUENCE ids;
-- Rows far apart, so that reading them all looks as expensive as it is with millions.
CREATE TABLE answers (
	id integer DEFAULT nextval('ids'), at timestamp, atz timestamptz, day date, channel text, agent integer, kept boolean, lang text,
	effort integer, recommend smallint, sat float8, other integer, amount numeric, word text COLLATE ignore_case
) WITH (fillfactor = 10);
CREATE INDEX ON answers (at);
CREATE INDEX ON answers (atz);
CREATE TABLE parts (LIKE answers INCLUDING DEFAULTS) PARTITION BY RANGE (at);
CREATE TABLE parts_early PARTITION OF parts FOR VALUES FROM (MINVALUE) TO ('2026-03-01') WITH (fillfactor = 10);
CREATE TABLE parts_late PARTITION OF parts FOR VALUES FROM ('2026-03-01') TO ('2026-04-01') PARTITION BY LIST (channel);
CREATE TABLE parts_late_phone (
	word text COLLATE ignore_case, gone integer, amount numeric, other integer, sat float8, recommend smallint, effort integer, lang text, kept boolean,
	agent integer, channel text, day date, atz timestamptz, at timestamp, id integer
) WITH (fillfactor = 10);
ALTER TABLE parts_late_phone DROP gone;
ALTER TABLE parts_late ATTACH PARTITION parts_late_phone FOR VALUES IN ('phone', NULL);
CREATE TABLE parts_late_rest PARTITION OF parts_late DEFAULT WITH (fillfactor = 10);
CREATE TABLE parts_rest PARTITION OF parts DEFAULT WITH (fillfactor = 10);
CREATE INDEX ON parts (at);

-- To join: some agents twice, some not at all; keys that are NULL, and that nobody has.
CREATE TABLE agents (agent integer, team text, since timestamp);
INSERT INTO agents VALUES (1, 'a', '2026-02-20'), (1, 'b', '2026-03-05 12:00'), (2, 'a', NULL), (3, NULL, '2026-03-01'), (3, NULL, '2026-03-01'), (NULL, 'c', '2026-04-01'), (7, 'd', 'infinity');
CREATE TABLE channels (channel text, family text, since timestamptz);
INSERT INTO channels VALUES ('phone', 'voice', '2026-02-15 00:00+00'), ('chat', 'text', '2026-03-01 00:00+01'), ('fax', 'text', NULL), (NULL, 'none', '2026-03-10 12:00+00'), ('PHONE', NULL, '-infinity');
CREATE TABLE calendar (day date, is_open boolean, week date);
INSERT INTO calendar SELECT d, extract(dow FROM d) > 0, date_trunc('week', d) FROM generate_series(timestamp '2026-02-15', '2026-04-05', '1 day') d;

-- So many random rows into a table.
CREATE PROCEDURE add_answers(name text, rows integer) LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE format($query$
		INSERT INTO %I (at, atz, day, channel, agent, kept, lang, effort, recommend, sat, other, amount, word)
		SELECT at, CASE WHEN r6 > 0.03 THEN at AT TIME ZONE 'UTC' + r7 * r7 * interval '8 hours' END,
			CASE WHEN r8 > 0.03 THEN at::date - (r8 > 0.9)::integer END, (ARRAY['phone', 'chat', 'Chat', 'phone', NULL])[1 + floor(5 * r4)],
			nullif(floor(5 * r5), 4), (ARRAY[true, true, false, NULL])[1 + floor(4 * r9)], lang,
			nullif(1 + floor(8 * r10 * r5), 8), nullif(floor(12 * r11), 11), nullif(1 + floor(6 * r7), 6),
			CASE WHEN lang = 'nl' THEN 1 + floor(7 * r10) ELSE floor(20 * r10) END,
			(ARRAY[1.0, 1.00, 2.5, NULL])[1 + floor(4 * r11)], (ARRAY['word', 'Word', 'other', NULL])[1 + floor(4 * r12)]
		FROM (SELECT *, (ARRAY['nl', 'en', NULL])[1 + floor(3 * r12)] AS lang, CASE
				WHEN r1 < 0.02 THEN NULL
				WHEN r1 < 0.04 THEN (ARRAY['infinity', '-infinity', '2025-12-29', '2024-12-31 23:59:59.9999', '1999-12-31 12:00', '2262-04-11']::timestamp[])[1 + floor(6 * r3)]
				WHEN r1 < 0.15 THEN date_trunc((ARRAY['day', 'hour', 'week', 'month'])[1 + floor(4 * r3)], t)
				WHEN r1 < 0.25 THEN date_trunc((ARRAY['day', 'hour'])[1 + floor(2 * r3)], t) - (ARRAY[interval '1 microsecond', '1 millisecond', '0.0005'])[1 + floor(3 * r4)]
				ELSE t END AS at
			FROM (SELECT *, timestamp '2026-02-10' + CASE WHEN r4 < 0.3 THEN r2 * interval '70 days' ELSE floor(70 * r2 * r2) * interval '1 day' + (floor(r5 * 5) * 5 + r9) * interval '1 hour' END AS t
				FROM (SELECT random() AS r1, random() AS r2, random() AS r3, random() AS r4, random() AS r5, random() AS r6,
					random() AS r7, random() AS r8, random() AS r9, random() AS r10, random() AS r11, random() AS r12
					FROM generate_series(1, $1)) dice) times) moments $query$, name) USING rows;
END $$;

-- Some random writes; what they change waits in the deltas until there is a fold.
CREATE PROCEDURE change_answers() LANGUAGE plpgsql AS $$
DECLARE
	name text := (ARRAY['answers', 'parts'])[1 + floor(2 * random())];
	choice double precision := random();
BEGIN
	IF choice < 0.1 THEN
		PERFORM ces_fold_rollup(rollup) FROM (SELECT DISTINCT rollup FROM ces_rollup_status WHERE source = name::regclass OFFSET floor(2 * random())) r;
	ELSIF choice < 0.4 THEN
		CALL add_answers(name, ceil(random() * 60)::integer);
	ELSIF choice < 0.6 THEN
		EXECUTE format('DELETE FROM %I WHERE id %% 37 = $1', name) USING floor(random() * 37);
	ELSIF choice < 0.75 THEN
		EXECUTE format('UPDATE %I SET effort = 1 + id %% 7, recommend = nullif(recommend + 1, 11) WHERE id %% 41 = $1', name) USING floor(random() * 41);
	ELSIF choice < 0.8 THEN
		EXECUTE format('UPDATE %I SET at = at + interval ''1 day'', atz = atz + interval ''5 hours'' WHERE id %% 41 = $1', name) USING floor(random() * 41);
	ELSIF choice < 0.85 THEN
		EXECUTE format('DELETE FROM %I WHERE day = $1', name) USING date '2026-02-10' + floor(70 * random())::integer;
	ELSIF choice < 0.9 THEN
		EXECUTE format('DELETE FROM %I WHERE agent = $1 AND channel IS NULL', name) USING floor(random() * 5);
	ELSIF choice < 0.93 THEN
		EXECUTE format('UPDATE %I SET effort = NULL, recommend = NULL, sat = NULL WHERE agent = 0 AND id %% 2 = 0', name);
	ELSIF choice < 0.95 THEN
		TRUNCATE parts_late_rest;
	ELSE
		-- An agent who is only in deltas, or in the store without a row.
		EXECUTE format('INSERT INTO %I (at, atz, day, channel, agent, kept, effort, recommend) SELECT a, a, a, ''gone'', 9, true, 4, 5 FROM generate_series(timestamp ''2026-02-20 10:00'', ''2026-04-10'', ''9 days'') a', name);
		IF choice < 0.97 THEN
			PERFORM ces_fold_rollup(rollup) FROM (SELECT DISTINCT rollup FROM ces_rollup_status WHERE source = name::regclass) r;
		END IF;
	END IF;
	-- Nobody ever finds agent 9, and the tables stay as large as they are.
	DELETE FROM answers WHERE agent = 9;
	DELETE FROM parts WHERE agent = 9;
	IF (SELECT count(*) FROM answers) < 2000 THEN
		CALL add_answers('answers', 800);
	END IF;
	IF (SELECT count(*) FROM parts) < 2000 THEN
		CALL add_answers('parts', 800);
	END IF;
END $$;

CALL add_answers('answers', 2500);
CALL add_answers('parts', 2500);

CREATE TABLE rollups (name text, query text);
INSERT INTO rollups VALUES
	('daily', $$SELECT at::date AS day, channel, agent, ces_tally(effort, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend, ces_tally(sat, 'csat') AS sat, count(*) AS responses, count(lang) AS langs FROM @ GROUP BY 1, 2, 3$$),
	('monthly', $$SELECT date_trunc('month', at) AS month, channel, kept, ces_tally(effort, '1..7 top 6 bottom 2') AS effort, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM @ GROUP BY 1, 2, 3$$),
	('hourly', $$SELECT date_trunc('hour', at) AS hour, channel, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM @ GROUP BY 1, 2$$),
	('kept', $$SELECT date_trunc('week', at)::date AS week, agent, channel, ces_tally(effort, '1..7') AS effort, count(*) AS responses FROM @ WHERE kept GROUP BY 1, 2, 3$$),
	('dutch', $$SELECT channel, agent, ces_tally(other, '1..7') FILTER (WHERE lang = 'nl') AS other, count(*) FILTER (WHERE lang = 'nl') AS dutch, count(*) AS responses FROM @ GROUP BY 1, 2$$),
	('uppercase', $$SELECT upper(channel) AS channel, at::date AS day, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM @ GROUP BY 1, 2$$),
	('local', $$SELECT (atz AT TIME ZONE 'Europe/Amsterdam')::date AS day, channel, agent, ces_tally(effort, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM @ GROUP BY 1, 2, 3$$),
	('utc', $$SELECT date_trunc('hour', atz AT TIME ZONE 'UTC') AS hour, channel, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM @ GROUP BY 1, 2$$),
	('dated', $$SELECT day, channel, agent, ces_tally(effort, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses, count(effort) AS efforts FROM @ GROUP BY 1, 2, 3$$),
	('dated_monthly', $$SELECT date_trunc('month', day::timestamp)::date AS month, agent, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM @ GROUP BY 1, 2$$),
	('odd', $$SELECT amount, word, channel, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM @ GROUP BY 1, 2, 3$$);
SELECT format('CALL ces_create_rollup(%L, %L)', format('%s_%s', source, name), replace(query, '@', source)) FROM rollups, (VALUES ('answers'), ('parts')) s (source) \gexec
CALL change_answers();
CREATE VIEW views AS SELECT id, at, atz, day, channel, agent, kept, lang, effort, recommend, sat, other, amount, word FROM answers;
CREATE VIEW kept_views AS SELECT * FROM parts WHERE kept;
CREATE VIEW secure_views WITH (security_barrier) AS SELECT * FROM answers WHERE channel IS NOT NULL;
ANALYZE;
\set ECHO all
