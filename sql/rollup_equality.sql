--
-- Keys of a rollup: of every type, whatever they are called, and whatever the settings
-- of those who use it. A rollup is compared with its query over the answers.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SET client_min_messages = warning;
CREATE SCHEMA rollup_equality;
SET search_path = rollup_equality, public;

-- Values that are equal although they can be told apart are one group, in the rollup, too.
CREATE TYPE reason AS (code numeric, note text);
CREATE TABLE typed (a_numeric numeric, a_float float8, an_interval interval, an_array numeric[], a_row reason, a_jsonb jsonb,
                    a_range numrange, a_char char(5), an_inet inet, a_date date, a_bytea bytea, a_boolean boolean, a_scale ces_scale, score int);
CREATE TABLE typed_column AS
SELECT attname AS name, format('typed_%s', attname) AS rollup FROM pg_attribute WHERE attrelid = 'typed'::regclass AND attnum > 0 AND attname <> 'score';
SELECT format('CALL ces_create_rollup(%L, %L)', rollup, format('SELECT %I AS key, ces_tally(score, ''1..7'') AS effort, count(*) AS n FROM typed GROUP BY %I', name, name))
FROM typed_column \gexec
CREATE FUNCTION wrong() RETURNS SETOF text LANGUAGE plpgsql SET ces.enable_rollups = off AS $$
DECLARE
  c typed_column;
  n bigint;
BEGIN
  FOR c IN SELECT * FROM typed_column LOOP
    EXECUTE format('SELECT count(*) FROM (SELECT effort::text, n FROM %1$I EXCEPT ALL SELECT effort::text, n FROM %1$I_definition) d', c.rollup) INTO n;
    RETURN QUERY SELECT c.name || ': rollup' WHERE n <> 0;
    EXECUTE format('SELECT count(*) FROM (SELECT effort::text, n FROM %1$I_definition EXCEPT ALL SELECT effort::text, n FROM %1$I) d', c.rollup) INTO n;
    RETURN QUERY SELECT c.name || ': answers' WHERE n <> 0;
    RETURN QUERY SELECT c.name || ': ' || k.key FROM ces_check_rollup(c.rollup) k;
  END LOOP;
END $$;
INSERT INTO typed VALUES
  (1.0, 'NaN', '1 day', '{1.0}', '(1.0,a)', '{"a": 1.0}', '[1.0,2)', 'ab', '10.0.0.1', '2026-01-01', '\x00', true, '1..7', 1),
  (1.00, '-NaN', '24:00:00', '{1.00}', '(1.00,a)', '{"a": 1.00}', '[1.00,2.0)', 'ab  ', '10.0.0.1/32', 'infinity', '\x', false, '1..7 top 5', 2),
  (NULL, '-0', '30 days', NULL, NULL, 'null', NULL, NULL, NULL, NULL, NULL, NULL, NULL, 3),
  ('NaN', '0', '1 mon', '{}', '(,)', NULL, 'empty', '', '::1', '-infinity', '\x0000', NULL, '5..1', 4);
SELECT wrong();
SELECT sum(ces_fold_rollup(rollup)) > 0 AS folded FROM typed_column;
SELECT wrong();
INSERT INTO typed SELECT * FROM typed;
DELETE FROM typed WHERE score IN (2, 3);
SELECT wrong();
DELETE FROM typed;
SELECT sum(ces_fold_rollup(rollup)) > 0 AS folded FROM typed_column;
SELECT wrong();
SELECT count(*) AS stored FROM typed_a_float_store;

-- A condition that can tell them apart is met by all of a group or by nothing of it.
CREATE TABLE priced (price numeric, score int);
CREATE TABLE priced_by_day (day int, price numeric, score int) PARTITION BY LIST (day);
CREATE TABLE priced_on_1 PARTITION OF priced_by_day FOR VALUES IN (1);
CALL ces_create_rollup('prices', 'SELECT price, ces_tally(score, ''1..7'') AS effort, count(*) AS n FROM priced GROUP BY price');
CALL ces_create_rollup('prices_by_day', 'SELECT price, ces_tally(score, ''1..7'') AS effort, count(*) AS n FROM priced_by_day GROUP BY price');
INSERT INTO priced VALUES (1.0, 7), (1.0, 6), (1.0, 5);
INSERT INTO priced_by_day VALUES (1, 1.0, 7), (1, 1.0, 6), (1, 1.0, 5);
SELECT ces_fold_rollup('prices'), ces_fold_rollup('prices_by_day');
INSERT INTO priced VALUES (1.00, 4);
INSERT INTO priced_by_day VALUES (1, 1.00, 4);
SELECT sum(n) FROM (SELECT n FROM prices WHERE scale(price) = 1 UNION ALL SELECT n FROM prices WHERE scale(price) = 2) halves;
SELECT sum(n) FROM (SELECT n FROM prices_by_day WHERE scale(price) = 1 UNION ALL SELECT n FROM prices_by_day WHERE scale(price) = 2) halves;
SELECT max(n), count(*) FROM prices WHERE price = 1;
UPDATE priced SET price = 1.000 WHERE score = 7;
UPDATE priced_by_day SET price = 1.000 WHERE score = 7;
DELETE FROM priced WHERE score = 6;
DELETE FROM priced_by_day WHERE score = 6;
SELECT sum(n) FROM generate_series(0, 3) s (i), LATERAL (SELECT n FROM prices WHERE scale(price) = i) p;
SELECT sum(n) FROM generate_series(0, 3) s (i), LATERAL (SELECT n FROM prices_by_day WHERE scale(price) = i) p;
-- Other conditions are looked up in the index of the store.
CREATE TABLE indexed (agent int, price numeric(5, 2), note text COLLATE "C", score int);
CALL ces_create_rollup('by_index', 'SELECT agent, price, note, ces_tally(score, ''1..7'') AS effort FROM indexed GROUP BY agent, price, note');
SELECT pg_get_viewdef('by_index') LIKE '%_ces_sum(increments.rows) <> 0 THEN%' AS looks_like_aggregate;

-- Names that are used in the SQL of a rollup.
CREATE TABLE named (rows int, part int, hash int, removed_e int, changes int, increments int, s int, p int, r int, a int, g int, net int, gone int, kept int,
                    place int, is_something int, is_found int, answers int, found int, expected int, differences int, excluded int, "It's ""quoted""" int);
CALL ces_create_rollup('"Odd ""name"""', 'SELECT rows, part, hash, removed_e, changes, increments, s, p, r, a, g, net, gone, kept, place, is_something, is_found, answers, found,
  expected, differences, excluded, "It''s ""quoted""", ces_tally(s, ''1..7'') AS e FROM named GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23');
INSERT INTO named (s, is_found) VALUES (3, 1), (3, 2), (4, 1);
SELECT ces_fold_rollup('"Odd ""name"""');
INSERT INTO named (s, is_found) VALUES (3, 1);
SELECT ces_count(ces_rollup(e)) FROM "Odd ""name""";
SELECT count(*) FROM ces_check_rollup('"Odd ""name"""');
SELECT ces_repair_rollup('"Odd ""name"""');

-- Many questions.
SELECT format('CALL ces_create_rollup(''many'', %L)', format('SELECT s, %s FROM named GROUP BY s', string_agg(format('ces_tally(s, ''1..7'') FILTER (WHERE p = %s) AS e%s', i, i), ', ')))
  AS create_many FROM generate_series(1, 120) i \gset
:create_many;
INSERT INTO named (s, p) VALUES (5, 77);
SELECT ces_fold_rollup('many');
SELECT e76 IS NULL AS e76, e77 FROM many WHERE s = 5;
SELECT count(*) FROM ces_check_rollup('many');

-- The name of a rollup.
SELECT pg_temp.error_of($$CALL ces_create_rollup('Daily report', 'SELECT s, ces_tally(s, ''1..7'') AS e FROM named GROUP BY s')$$);
SELECT pg_temp.error_of($$CALL ces_create_rollup('', 'SELECT s, ces_tally(s, ''1..7'') AS e FROM named GROUP BY s')$$);
SELECT pg_temp.error_of($$CALL ces_create_rollup('"Odd ""name"""', 'SELECT s, ces_tally(s, ''1..7'') AS e FROM named GROUP BY s')$$);
SELECT pg_temp.error_of($$CALL ces_create_rollup('named', 'SELECT s, ces_tally(s, ''1..7'') AS e FROM named GROUP BY s')$$);

-- A key that does not fit into an index can be written and read, but not be folded.
CREATE TABLE noted (note text, score int);
CALL ces_create_rollup('notes', 'SELECT note, ces_tally(score, ''1..7'') AS effort FROM noted GROUP BY note');
INSERT INTO noted SELECT string_agg(md5(i::text), ''), 3 FROM generate_series(1, 200) i;
SELECT length(note), effort FROM notes;
SELECT substring(pg_temp.error_of($$SELECT ces_fold_rollup('notes')$$) FROM 'HINT.*');

-- Settings of a session do not change what the constants of a query are.
CREATE TABLE timed (at timestamptz, waited interval, x float8, score int);
INSERT INTO timed SELECT timestamptz '2026-01-01 00:00+00' + i * interval '1 hour', i * interval '-1 month 2 days', 0.1 + i / 1e9, 3 FROM generate_series(-10, 10) i;
SET extra_float_digits = -10;
SET TimeZone = 'Asia/Kolkata';
SET DateStyle = 'SQL, DMY';
SET IntervalStyle = 'sql_standard';
SET array_nulls = off;
SET standard_conforming_strings = off;
SET quote_all_identifiers = on;
CALL ces_create_rollup('times', 'SELECT score, ces_tally(score, ''1..7'') AS effort, count(*) AS n FROM timed
  WHERE at < ''2026-01-01 05:00+00''::timestamptz AND x < ''0.1000000025''::float8 AND waited <> ''5 months -10 days''::interval GROUP BY score');
SELECT n FROM times;
SELECT ces_repair_rollup('times');
RESET extra_float_digits;
RESET TimeZone;
RESET DateStyle;
RESET IntervalStyle;
RESET array_nulls;
RESET standard_conforming_strings;
RESET quote_all_identifiers;
SELECT count(*) FILTER (WHERE at < '2026-01-01 05:00+00' AND x < 0.1000000025 AND waited <> '5 months -10 days') AS n FROM timed;
SELECT count(*) FROM ces_check_rollup('times');
-- A transaction that is read-only changes nothing.
SET default_transaction_read_only = on;
SELECT pg_temp.error_of(statement) FROM (VALUES ($$SELECT ces_fold_rollup('times')$$), ($$SELECT ces_repair_rollup('times')$$), ($$SELECT ces_drop_rollup('times')$$),
  ($$CALL ces_create_rollup('more_times', 'SELECT score, ces_tally(score, ''1..7'') AS effort FROM timed GROUP BY score')$$)) v (statement);
SELECT count(*) FROM ces_check_rollup('times');
RESET default_transaction_read_only;

-- Row-level security that hides answers from their owner is not taken for the truth.
CREATE ROLE rollup_equality_owner;
GRANT CREATE, USAGE ON SCHEMA rollup_equality TO rollup_equality_owner;
CREATE TABLE secured (agent int, score int);
INSERT INTO secured VALUES (1, 3), (2, 4);
ALTER TABLE secured OWNER TO rollup_equality_owner;
CALL ces_create_rollup('secrets', 'SELECT agent, ces_tally(score, ''1..7'') AS effort FROM secured GROUP BY agent');
ALTER TABLE secured ENABLE ROW LEVEL SECURITY, FORCE ROW LEVEL SECURITY;
SELECT pg_temp.error_of($$SELECT ces_check_rollup('secrets')$$);
SELECT pg_temp.error_of($$SELECT ces_repair_rollup('secrets')$$);
SELECT problem, remedy FROM ces_rollup_status WHERE rollup = 'secrets'::regclass;
SELECT * FROM secrets ORDER BY agent;

DROP SCHEMA rollup_equality CASCADE;
DROP ROLE rollup_equality_owner;
