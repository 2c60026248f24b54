--
-- rollup_properties: after each of many random statements, every rollup is what its query returns
--
-- In one session; test/t/015_rollup_properties.pl does it in several at once. The statements are
-- random, but the output does not depend on them.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET client_min_messages = warning;
CREATE SCHEMA rollup_properties;
SET search_path = rollup_properties, public;

CREATE TABLE visit (id int PRIMARY KEY);
CREATE TABLE answers (id int PRIMARY KEY, region int, day date, channel text, visit int REFERENCES visit ON UPDATE CASCADE ON DELETE SET NULL, score int, scale ces_scale, kept boolean, note text);
CREATE TABLE responses (LIKE answers, FOREIGN KEY (visit) REFERENCES visit ON UPDATE CASCADE ON DELETE CASCADE) PARTITION BY LIST (region);
CREATE TABLE responses_0 PARTITION OF responses FOR VALUES IN (0, NULL) PARTITION BY RANGE (day);
CREATE TABLE responses_0_early PARTITION OF responses_0 FOR VALUES FROM ('2026-01-01') TO ('2026-01-08');
CREATE TABLE responses_0_late PARTITION OF responses_0 DEFAULT;
CREATE TABLE responses_1 (note text, dropped int, kept boolean, scale ces_scale, score int, visit int, channel text, day date, region int, id int NOT NULL);
ALTER TABLE responses_1 DROP COLUMN dropped;
ALTER TABLE responses ATTACH PARTITION responses_1 DEFAULT;
CREATE UNIQUE INDEX ON responses_1 (id);
INSERT INTO visit SELECT generate_series(0, 19);
INSERT INTO answers SELECT g, g % 3, date '2026-01-01' + g % 14, (ARRAY['phone', 'chat', 'Chat', NULL])[1 + g % 4], g % 20, nullif(g % 8, 0), '1..7', g % 3 > 0 FROM generate_series(1, 100) g;
INSERT INTO responses SELECT * FROM answers;

CREATE TABLE kept_rollup (name text, query text);
INSERT INTO kept_rollup
SELECT format('%s_%s', source, kind), replace(query, '@', source)
FROM (VALUES ('answers'), ('responses')) s (source),
	(VALUES ('by_day', $$SELECT day, channel, ces_tally(score, '1..7') AS effort, count(*) AS responses FROM @ GROUP BY day, channel$$),
		('rich', $$SELECT upper(channel) AS channel, id % 3 AS remainder, scale, ces_tally(score, scale) AS effort, ces_tally(score, '0..10') FILTER (WHERE note IS NULL) AS silent, count(note) AS notes, count(*) FILTER (WHERE score > 5) AS many FROM @ WHERE kept AND region >= 0 GROUP BY 1, 2, 3$$)) q (kind, query);
SELECT format('CALL ces_create_rollup(%L, %L)', name, query) FROM kept_rollup \gexec

-- The number of rows in which the rollups differ from their queries.
CREATE FUNCTION differences() RETURNS bigint LANGUAGE plpgsql SET ces.enable_rollups = off AS $$
DECLARE
	r kept_rollup;
	differ bigint;
	sum bigint := 0;
BEGIN
	FOR r IN SELECT * FROM kept_rollup LOOP
		EXECUTE format('SELECT count(*) FROM ((TABLE %1$I EXCEPT ALL (%2$s)) UNION ALL ((%2$s) EXCEPT ALL TABLE %1$I)) d', r.name, r.query) INTO differ;
		sum := sum + differ;
	END LOOP;
	RETURN sum;
END $$;
SELECT differences();

--
-- Random statements. @ is one of the tables, # some of its rows; $ is some change of a row, and % a new row.
--
CREATE TABLE form (kind text, form text);
INSERT INTO form VALUES
	('insert', 'INSERT INTO @ VALUES (%)'), ('insert', 'INSERT INTO @ VALUES (%), (%), (%)'),
	('insert', 'INSERT INTO @ SELECT g + nextval(''ids''), g % 3, date ''2026-01-01'' + g % 14, ''phone'', g % 20, 1 + g % 7, ''1..7'', true FROM generate_series(1, 20) g'),
	('insert nothing', 'INSERT INTO @ SELECT * FROM @ WHERE false'),
	('update', 'UPDATE @ SET $ WHERE #'), ('update', 'UPDATE @ SET $ WHERE #'), ('update', 'UPDATE @ SET region = (region + 1) % 3, day = day + 5 WHERE #'),
	('delete', 'DELETE FROM @ WHERE #'),
	('merge', 'MERGE INTO @ t USING (SELECT id + 2 AS new_id FROM answers WHERE # UNION SELECT id FROM responses WHERE #) s ON id = new_id WHEN MATCHED AND id % 3 = 0 THEN DELETE WHEN MATCHED AND id % 3 = 1 THEN UPDATE SET $ WHEN NOT MATCHED THEN INSERT VALUES (new_id + nextval(''ids''), 1, ''2026-01-03'', ''chat'', NULL, 4, ''0..10'', true, NULL)'),
	('on conflict', 'INSERT INTO answers SELECT * FROM answers WHERE # ON CONFLICT (id) DO UPDATE SET $'), ('on conflict', 'INSERT INTO responses_1 SELECT * FROM responses_1 WHERE # ON CONFLICT (id) DO NOTHING'),
	('cte', 'WITH d AS (DELETE FROM @ WHERE # RETURNING *), i AS (INSERT INTO @ VALUES (%)) UPDATE @ SET $ WHERE id = (SELECT max(id) FROM d) + 1'),
	('cte', 'WITH d AS (DELETE FROM answers WHERE # RETURNING *) INSERT INTO responses SELECT id + nextval(''ids''), region, day, channel, visit, score, scale, kept, note FROM d'),
	('cascade', 'UPDATE visit SET id = id + 100 WHERE id = !'), ('cascade', 'DELETE FROM visit WHERE id = !'), ('cascade', 'INSERT INTO visit SELECT generate_series(0, 19) ON CONFLICT DO NOTHING'),
	('partition', 'INSERT INTO responses_1 (id, region, day, channel, score, scale, kept, visit, note) SELECT (v).id, 2, (v).day, (v).channel, (v).score, (v).scale, (v).kept, (v).visit, (v).note FROM (SELECT ROW(%)::answers) s (v)'),
	('partition', 'UPDATE responses_0_late SET $ WHERE #'), ('partition', 'DELETE FROM responses_0 WHERE #'), ('partition', 'UPDATE responses_0 SET day = day + 7 WHERE day < ''2026-01-08'' AND #'),
	('off scale', 'INSERT INTO @ SELECT id + nextval(''ids''), region, day, channel, NULL, 99, ''1..7'', true, NULL FROM answers WHERE #'), ('off scale', 'UPDATE @ SET score = score + 5 WHERE #'),
	('fails', 'INSERT INTO @ SELECT CASE WHEN row_number() OVER () < 3 THEN id + nextval(''ids'') END::int, region, day, channel, NULL, score, scale, kept, NULL FROM answers WHERE #'),
	('truncate', 'TRUNCATE @'), ('truncate', 'TRUNCATE responses_0_early'), ('truncate', 'TRUNCATE responses_0'), ('truncate', 'TRUNCATE answers, responses'),
	('refill', 'INSERT INTO @ SELECT g + nextval(''ids''), g % 3, date ''2026-01-01'' + g % 14, (ARRAY[''phone'', ''chat'', ''Chat'', NULL])[1 + g % 4], NULL, 1 + g % 7, (ARRAY[''1..7'', ''0..10''])[1 + g % 2]::ces_scale, g % 5 > 0 FROM generate_series(1, 80) g'),
	('fold', 'SELECT ces_fold_rollup(name::regclass) FROM kept_rollup'), ('check', 'SELECT 1 / (count(*) = 0)::int FROM kept_rollup, ces_check_rollup(name::regclass)'),
	('repair', 'SELECT 1 / (sum(ces_repair_rollup(name::regclass)) = 0)::int FROM kept_rollup');
CREATE SEQUENCE ids START 1000 INCREMENT 100;
CREATE FUNCTION any_of(VARIADIC choices text[]) RETURNS text LANGUAGE sql VOLATILE RETURN choices[1 + floor(random() * cardinality(choices))];
CREATE FUNCTION random_number(highest int) RETURNS text LANGUAGE sql VOLATILE RETURN floor(random() * (highest + 1))::text;
CREATE FUNCTION random_row() RETURNS text LANGUAGE sql VOLATILE RETURN format('nextval(''ids''), %s, date ''2026-01-01'' + %s, %s, %s, %s, %L::ces_scale, %s, %s',
	any_of('0', '1', '2', 'NULL::int'), random_number(13), any_of('''phone''', '''chat''', '''Chat''', 'NULL'), any_of('NULL::int', random_number(19)), any_of('1', '4', '7', 'NULL::int'), any_of('1..7', '0..10'), any_of('true', 'true', 'false', 'NULL'), any_of('NULL', '''late'''));
CREATE FUNCTION random_rows() RETURNS text LANGUAGE sql VOLATILE RETURN any_of('id % 17 = ' || random_number(16), 'id % 5 = ' || random_number(4), 'channel IS NULL', format('day = date ''2026-01-01'' + %s', random_number(13)), 'id = (SELECT max(id) FROM answers)', 'false');
CREATE FUNCTION random_change() RETURNS text LANGUAGE sql VOLATILE RETURN any_of('score = ' || any_of('1', '7', 'NULL'), 'score = @.score % 7 + 1', 'channel = ' || any_of('''phone''', '''CHAT''', 'NULL'), 'kept = NOT @.kept', 'scale = ' || any_of('''1..7''', '''0..10'''), 'note = ' || any_of('''late''', 'NULL'), 'score = 3, channel = NULL, kept = true', 'note = @.note');
-- Replaces each mark in turn.
CREATE FUNCTION replaced(form text, mark text, replacement text) RETURNS text LANGUAGE sql IMMUTABLE RETURN overlay(form PLACING replacement FROM position(mark IN form) FOR length(mark));
CREATE FUNCTION random_statement(form text) RETURNS text LANGUAGE plpgsql VOLATILE AS $$
DECLARE
	statement text := replace(form, '(%)', '(<row>)');
	target text := any_of('answers', 'responses');
BEGIN
	WHILE statement LIKE '%<row>%' LOOP
		statement := replaced(statement, '<row>', random_row());
	END LOOP;
	WHILE statement LIKE '%#%' LOOP
		statement := replaced(statement, '#', random_rows());
	END LOOP;
	statement := replace(statement, '!', random_number(19));
	-- In changes, the columns of the target; in MERGE it has an alias.
	statement := replace(statement, '$', replace(random_change(), '@.', CASE WHEN form LIKE 'MERGE%' THEN 't.' ELSE coalesce(substring(form FROM 'UPDATE (\w+) SET \$'), substring(form FROM 'INTO (\w+) .*\$'), target) || '.' END));
	RETURN replace(statement, '@', target);
END $$;

-- Runs one; if it fails for a reason that is meant, it is undone.
CREATE FUNCTION run(statement text) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE statement;
	RETURN 'done';
EXCEPTION WHEN numeric_value_out_of_range OR not_null_violation OR unique_violation OR foreign_key_violation THEN
	RETURN 'undone: ' || SQLSTATE;
END $$;
CREATE TABLE done (n int, kind text, statement text, outcome text, differ bigint);
CREATE PROCEDURE run_many(statements int) LANGUAGE plpgsql AS $$
DECLARE
	chosen form;
	statement text;
	outcome text;
BEGIN
	FOR n IN 1..statements LOOP
		SELECT * INTO chosen FROM form WHERE kind = (SELECT kind FROM (SELECT DISTINCT kind FROM form WHERE kind <> 'truncate' OR n % 4 = 0 ORDER BY kind OFFSET 0) k ORDER BY random() LIMIT 1) ORDER BY random() LIMIT 1;
		statement := random_statement(chosen.form);
		-- Half of them are in a transaction with others, and some of those are undone.
		BEGIN
			outcome := run(statement);
			IF random() < 0.2 THEN
				RAISE 'undone' USING ERRCODE = 'ZZ001';
			END IF;
		EXCEPTION WHEN SQLSTATE 'ZZ001' THEN
			outcome := 'undone';
		END;
		INSERT INTO done VALUES (n, chosen.kind, statement, outcome, differences());
		IF random() < 0.5 THEN
			COMMIT;
		END IF;
	END LOOP;
END $$;

SELECT setseed(0.25);
CALL run_many(500);
SELECT count(*) AS statements, count(*) FILTER (WHERE differ > 0) AS differ FROM done;
SELECT kind FROM done WHERE outcome = 'done' GROUP BY kind ORDER BY kind;
SELECT count(*) FILTER (WHERE outcome = 'undone') > 20 AS some_undone, bool_or(outcome = 'undone: 22003') AS some_off_scale, bool_or(outcome = 'undone: 23502') AS some_failed FROM done;
SELECT count(problem) AS problems FROM ces_rollup_status;

-- Without the trigger it would be seen.
SELECT format('ALTER TABLE answers DISABLE TRIGGER %I', tgname) FROM pg_trigger WHERE tgrelid = 'answers'::regclass AND tgfoid = 'public._ces_rollup_capture'::regproc \gexec
INSERT INTO answers VALUES (0, 1, '2026-01-01', 'phone', NULL, 1, '1..7', true);
SELECT differences() > 0 AS seen;

DROP SCHEMA rollup_properties CASCADE;
