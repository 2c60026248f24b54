--
-- Answers in words: the table ces_label and ces_score
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

-- Every label that comes with the extension.
SELECT label_set, language, score, string_agg(label, ', ' ORDER BY label COLLATE "C") AS labels
FROM ces_label WHERE builtin GROUP BY 1, 2, 3 ORDER BY 1, 2, 3;
SELECT count(*) AS labels, count(*) FILTER (WHERE ces_score(label, label_set) = score) AS found,
       count(*) FILTER (WHERE ces_score(E' \t' || upper(replace(label, ' ', '  ')) || ' . ', label_set) = score) AS found_though_spelled_otherwise
FROM ces_label WHERE label !~ '[^ -~]';
SELECT count(*) AS labels, count(*) FILTER (WHERE ces_score(' ' || label || '.', label_set) = score) AS found
FROM ces_label WHERE label ~ '[^ -~]';

-- Every column has a comment.
SELECT count(*) AS columns, count(col_description(attrelid, attnum)) AS comments
FROM pg_attribute WHERE attrelid = 'ces_label'::regclass AND attnum > 0;

-- Questionnaires as they are asked, worst answer first; effort5 goes with 5..1.
SELECT label_set, string_agg(ces_score(label, label_set)::text, ' ' ORDER BY n) AS scores
FROM (VALUES
  ('agreement7', '{helemaal mee oneens,mee oneens,enigszins mee oneens,neutraal,enigszins mee eens,mee eens,helemaal mee eens}'::text[]),
  ('agreement7', '{strongly disagree,disagree,somewhat disagree,neither agree nor disagree,somewhat agree,agree,strongly agree}'),
  ('agreement5', '{helemaal mee oneens,niet mee eens,neutraal,mee eens,zeer mee eens}'),
  ('agreement5', '{strongly disagree,disagree,neither agree nor disagree,agree,strongly agree}'),
  ('ease5', '{zeer moeilijk,moeilijk,geen van beide,gemakkelijk,zeer gemakkelijk}'),
  ('ease5', '{very difficult,difficult,neither,easy,very easy}'),
  ('effort5', '{heel veel moeite,veel moeite,neutraal,weinig moeite,heel weinig moeite}'),
  ('effort5', '{very high effort,high effort,neutral,low effort,very low effort}'),
  ('satisfaction5', '{zeer ontevreden,ontevreden,enigszins tevreden,tevreden,zeer tevreden}'),
  ('satisfaction5', '{very dissatisfied,dissatisfied,somewhat satisfied,satisfied,very satisfied}'),
  ('rating5', '{slecht,niet goed,adequaat,goed,zeer goed}'),
  ('rating5', '{bad,not good,adequate,good,very good}'),
  ('quality5', '{slecht,niet geweldig,OK,goed,uitstekend}'),
  ('quality5', '{bad,not great,OK,good,excellent}'),
  ('faces3', '{🙁,😐,🙂}'),
  ('faces3', '{droevig,neutraal,blij}'),
  ('faces3', '{sad,neutral,happy}')) v (label_set, labels),
  unnest(labels) WITH ORDINALITY l (label, n)
GROUP BY label_set, labels ORDER BY label_set, labels;

-- Case does not matter, nor do blanks at the ends, repeated blanks or a final full
-- stop.
SELECT quote_literal(label) AS label, ces_score(label, 'agreement5')
FROM unnest(ARRAY['eens', 'Mee Eens', ' MEE EENS ', 'mee eens.', ' mee  eens . ', U&'mee\00A0eens\00A0']) label;
SELECT ces_score(E'\tmee\r\n  eens', 'agreement5') AS other_blanks;
SELECT ces_score('ok', 'quality5') AS ok, ces_score('Ok.', 'quality5') AS "Ok.", ces_score(U&'Ok\00E9', 'quality5') AS accent, ces_score(U&'\+01F642.', 'faces3') AS face;
-- Nothing to look up.
SELECT ces_score(NULL, 'ease5') AS "null", ces_score('', 'ease5') AS empty, ces_score(E' \t\n', 'ease5') AS blank, ces_score(' . ', 'ease5') AS stop,
       ces_score('easy', NULL) AS no_set, ces_score(NULL, NULL) AS neither;

-- In a metric.
SELECT ces_topbox(ces_score(answer, 'agreement7')), ces_mean(ces_score(answer, 'agreement7')), count(answer) AS rows
FROM (VALUES ('helemaal mee eens'), ('Eens.'), ('strongly disagree'), (''), (NULL), ('neutral')) v (answer);
SELECT ces_topbox(ces_score(answer, 'effort5'), '5..1') FROM (VALUES ('heel weinig moeite'), ('weinig'), ('veel moeite'), ('very high effort')) v (answer);
-- Several sets in one query.
SELECT ces_pomp(ces_score(answer, label_set), scale)
FROM (VALUES ('eens', 'agreement5', ces_scale '1..5'), ('eens', 'agreement7', '1..7'), ('weinig moeite', 'effort5', '5..1'), ('oneens', 'agreement5', '1..5')) v (answer, label_set, scale);

-- Errors.
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.error_of('SELECT ' || call) FROM unnest(ARRAY[
  'ces_score(''prima'', ''agreement5'')', 'ces_score(''c''''est bon'', ''agreement5'')', 'ces_score(''eens'', ''Agreement5'')', 'ces_score(''eens'', '''')',
  'ces_score('''', ''agreement6'')', 'ces_score(''eens..'', ''agreement5'')', 'ces_score(''mee-eens'', ''agreement5'')']) call;
-- If the search path does not include the table, the hint says where it is.
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SELECT pg_temp.error_of('SELECT public.ces_score(''prima'', ''agreement5'')');
SELECT pg_temp.error_of('SELECT public.ces_score(''prima'', ''nonesuch'')');
COMMIT;

-- What the table refuses.
SELECT pg_temp.error_of('INSERT INTO ces_label (label_set, label, score) VALUES (' || input || ')')
FROM unnest(ARRAY['''x'', ''y'', NULL', '''x'', NULL, 1', '''x'', ''y'', 101', '''quality5'', '' '', 1']) input;
\pset format aligned
\pset tuples_only off

-- A user's own labels are seen at once: in the same transaction, and in a PL/pgSQL
-- expression that outlives a query.
BEGIN;
INSERT INTO ces_label (label_set, language, label, score) VALUES ('agreement5', 'nl', 'Prima!', 4), ('stars', '', '*', 1), ('stars', '', '**', 2);
SELECT ces_score('prima!', 'agreement5'), ces_score('**', 'stars'), ces_score('eens', 'agreement5');
ROLLBACK;
SELECT pg_temp.error_of('SELECT ces_score(''prima!'', ''agreement5'')') ~ 'not in label set' AS gone;
CREATE FUNCTION score_or_error(label text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  score int;
BEGIN
  score := ces_score(label, 'agreement5');
  RETURN score;
EXCEPTION WHEN invalid_parameter_value THEN
  RETURN 'unknown';
END $$;
DO $$
DECLARE
  seen text[];
  score int;
BEGIN
  FOR i IN 1..3 LOOP
    BEGIN
      INSERT INTO ces_label (label_set, label, score) VALUES ('agreement5', 'prima ' || i, i);
      -- the same expression each time, in a subtransaction that is rolled back
      FOR j IN 1..3 LOOP
        seen := seen || score_or_error('prima ' || j);
      END LOOP;
      RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
      seen := seen || score_or_error('prima ' || i);
    END;
  END LOOP;
  RAISE NOTICE '%', seen;
  seen := NULL;
  FOR i IN 1..3 LOOP
    score := ces_score(CASE i WHEN 1 THEN 'eens' ELSE 'prima' END, 'agreement5');
    seen := seen || score::text;
    IF i < 3 THEN
      UPDATE ces_label SET score = i WHERE label = 'prima';
      IF NOT FOUND THEN INSERT INTO ces_label (label_set, label, score) VALUES ('agreement5', 'prima', 5); END IF;
    END IF;
  END LOOP;
  RAISE NOTICE '%', seen;
  DELETE FROM ces_label WHERE label = 'prima';
END $$;
DROP FUNCTION score_or_error;

-- A user's own label overrides the extension's. Two of them with different scores are
-- an error, but only for that label.
BEGIN;
INSERT INTO ces_label (label_set, label, score) VALUES ('agreement5', 'Neutraal', 4), ('agreement5', 'so-so', 2), ('agreement5', 'So-so.', 3), ('agreement5', 'twice', 1), ('agreement5', 'TWICE', 1);
SELECT ces_score('neutraal', 'agreement5'), ces_score('neutral', 'agreement5'), ces_score('twice', 'agreement5');
SELECT ces_score('so-so', 'agreement5');
ROLLBACK;

-- ces_score reads the extension's table, whatever the search path puts before it.
CREATE SCHEMA front;
CREATE TABLE front.ces_label (label_set text, language text, label text, score int, builtin boolean);
INSERT INTO front.ces_label VALUES ('agreement5', 'en', 'agree', 1, false);
CREATE TEMPORARY TABLE ces_label AS SELECT * FROM front.ces_label;
CREATE FUNCTION front.always(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR front.= (LEFTARG = text, RIGHTARG = text, FUNCTION = front.always);
SET search_path = front, pg_temp, public, pg_catalog;
SELECT ces_score('agree', 'agreement5');
SELECT ces_score('agree', 'agreement6');
SET search_path = pg_catalog;
SELECT public.ces_score('agree', 'agreement5');
SET search_path = '';
SELECT public.ces_score('agree', 'agreement5');
RESET search_path;
DROP TABLE pg_temp.ces_label;
SET client_min_messages = warning;
DROP SCHEMA front CASCADE;
RESET client_min_messages;

-- In a read-only transaction, and as a role that has only the rights of everyone.
BEGIN READ ONLY;
SELECT ces_score('agree', 'agreement5');
COMMIT;
CREATE ROLE regress_ces_reader;
SET ROLE regress_ces_reader;
SELECT ces_score('agree', 'agreement5'), (SELECT count(*) > 100 FROM ces_label) AS readable;
INSERT INTO ces_label (label_set, label, score) VALUES ('agreement5', 'mine', 1);
RESET ROLE;
-- In a schema that is not open to everyone, the role needs USAGE.
CREATE SCHEMA elsewhere;
ALTER EXTENSION ces SET SCHEMA elsewhere;
GRANT USAGE ON SCHEMA elsewhere TO regress_ces_reader;
SET ROLE regress_ces_reader;
SELECT elsewhere.ces_score('agree', 'agreement5');
SELECT elsewhere.ces_score('agree', 'nonesuch');
RESET ROLE;
ALTER EXTENSION ces SET SCHEMA public;
SELECT ces_score('agree', 'agreement5');
DROP SCHEMA elsewhere;
-- The role that creates the extension may add labels, and may let others add them.
CREATE DATABASE regress_ces_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' OWNER regress_ces_reader;
SELECT current_database() AS database \gset
\c regress_ces_owner
SET ROLE regress_ces_reader;
CREATE SCHEMA mine;
CREATE EXTENSION ces SCHEMA mine;
INSERT INTO mine.ces_label (label_set, label, score) VALUES ('agreement5', 'mine', 1);
GRANT INSERT ON mine.ces_label TO PUBLIC;
SELECT mine.ces_score('mine', 'agreement5');
\c :database
DROP DATABASE regress_ces_owner;
DROP ROLE regress_ces_reader;

-- A database whose encoding lacks the faces has every other label.
CREATE DATABASE regress_ces_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
CREATE DATABASE regress_ces_koi8r TEMPLATE template0 ENCODING 'KOI8R' LOCALE 'C';
\c regress_ces_latin1
CREATE EXTENSION ces;
SELECT count(*) AS labels, count(*) FILTER (WHERE ces_score(label, label_set) = score) AS found, count(*) FILTER (WHERE label_set = 'faces3') AS faces FROM ces_label;
SELECT ces_score(U&'ok\00E9', 'quality5');
\c regress_ces_koi8r
CREATE EXTENSION ces;
SELECT count(*) AS labels, count(*) FILTER (WHERE ces_score(label, label_set) = score) AS found FROM ces_label;
\c :database
DROP DATABASE regress_ces_latin1;
DROP DATABASE regress_ces_koi8r;

-- In parallel workers, including after an INSERT in the same transaction.
CREATE TABLE answers AS SELECT label AS answer, score, label_set FROM ces_label, generate_series(1, 200) WHERE label_set <> 'faces3';
ANALYZE answers;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM answers WHERE ces_score(answer, label_set) = score;
SELECT count(*) = (SELECT count(*) FROM answers) AS all_found FROM answers WHERE ces_score(answer, label_set) = score;
BEGIN;
INSERT INTO ces_label (label_set, label, score) VALUES ('agreement5', 'prima', 5);
UPDATE answers SET answer = 'Prima' WHERE answer = 'agree' AND label_set = 'agreement5';
SELECT count(*) FROM answers WHERE label_set = 'agreement5' AND ces_score(answer, 'agreement5') = 5 AND answer = 'Prima';
ROLLBACK;
DROP TABLE answers;
-- More spellings than ces_score remembers.
SELECT count(ces_score('eens' || repeat(' ', n), 'agreement5')) FROM generate_series(1, 3000) n;
