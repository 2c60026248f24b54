--
-- Answers in words: labels, ces_score, and the aggregates of words
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

-- Every label that comes with the extension, with its source. One that is in a set twice is
-- disputed.
SELECT label_set, scale, language, score, string_agg(label, ', ' ORDER BY label COLLATE "C") AS labels
FROM ces_all_labels WHERE builtin GROUP BY 1, 2, 3, 4 ORDER BY 1, 3, 4;
SELECT label_set, label, score, source
FROM (SELECT *, min(score) OVER w <> max(score) OVER w AS disputed FROM ces_all_labels WINDOW w AS (PARTITION BY label_set, label)) l
WHERE disputed ORDER BY label_set, language, label COLLATE "C", score;
SELECT count(*) AS labels, count(source) AS sources, bool_and(score <@ scale) AS on_scale, count(DISTINCT (label_set, language, label, score)) AS different FROM ces_all_labels WHERE builtin;
SELECT bool_and(scale = ces_scale(worst, best)) AS usual_cuts
FROM ces_all_labels, regexp_match(scale::text, '(\d+)\.\.(\d+)') m, LATERAL (SELECT m[1]::int AS worst, m[2]::int AS best) s;
-- A label is in its normal form, and ces_score finds it unless it is disputed.
CREATE VIEW undisputed AS
SELECT label_set, (array_agg(scale))[1] AS scale, language, label, min(score) AS score FROM ces_all_labels WHERE builtin
GROUP BY label_set, language, label HAVING count(*) = 1;
SELECT count(*) AS labels, count(*) FILTER (WHERE ces_score(label, label_set) = score) AS found,
       count(*) FILTER (WHERE ces_score(E' \t' || upper(replace(label, ' ', '  ')) || ' . ', label_set) = score) AS found_though_spelled_otherwise,
       count(*) FILTER (WHERE label <> lower(label)) AS not_lower
FROM undisputed WHERE label !~ '[^ -~]';
SELECT count(*) AS labels, count(*) FILTER (WHERE ces_score(' ' || label || '.', label_set) = score) AS found, count(*) FILTER (WHERE label IS NOT NFC NORMALIZED) AS not_composed
FROM undisputed WHERE label ~ '[^ -~]';

-- Every column has a comment.
SELECT attrelid::regclass, count(*) AS columns, count(col_description(attrelid, attnum)) AS comments
FROM pg_attribute WHERE attrelid = ANY ('{ces_label,ces_label_set,ces_all_labels}'::regclass[]) AND attnum > 0 GROUP BY 1 ORDER BY 1;

-- Questionnaires as they are asked, worst answer first; effort5 goes with 5..1. Disputed
-- labels have no score.
SELECT label_set, string_agg(coalesce(ces_score(label, label_set, strict => false)::text, '-'), ' ' ORDER BY n) AS scores
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
  ('agreement7', '{volledig oneens,oneens,beetje oneens,neutraal,beetje eens,eens,volledig eens}'),
  ('agreement7', '{volledig mee oneens,mee oneens,beetje mee oneens,neutraal,beetje mee eens,mee eens,volledig mee eens}'),
  ('agreement7', '{absoluut niet akkoord,niet akkoord,eerder niet akkoord,neutraal,eerder akkoord,akkoord,absoluut akkoord}'),
  ('agreement5', '{volledig mee oneens,mee oneens,neutraal,mee eens,volledig mee eens}'),
  ('agreement5', '{volledig mee oneens,beetje mee oneens,neutraal,beetje mee eens,volledig mee eens}'),
  ('agreement5', '{helemaal oneens,oneens,een beetje eens,eens,helemaal eens}'),
  ('agreement5', '{sterk mee oneens,oneens,neutraal,eens,sterk mee eens}'),
  ('agreement5', '{helemaal niet akkoord,niet akkoord,neutraal,akkoord,helemaal akkoord}'),
  ('ease5', '{zeer lastig,lastig,neutraal,eenvoudig,zeer eenvoudig}'),
  ('ease5', '{heel moeilijk,moeilijk,niet moeilijk en niet eenvoudig,eenvoudig,heel eenvoudig}'),
  ('ease5', '{very difficult,difficult,moderate,easy,very easy}'),
  ('effort5', '{heel veel moeite,veel moeite,enige moeite,weinig moeite,geen moeite}'),
  ('effort5', '{veel moeite,nogal wat moeite,beetje moeite,helemaal geen moeite}'),
  ('effort5', '{a great deal of effort,quite a bit of effort,some effort,a little bit of effort,almost no effort}'),
  ('effort5', '{a lot of effort,some effort,little effort,no effort}'),
  ('yesno2', '{nee,ja}'),
  ('yesno2', '{no,yes}'),
  ('yesno2', '{n,j}'),
  ('yesno2', '{n,y}'),
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
SELECT ces_score('ok', 'quality5') AS ok, ces_score('Ok.', 'quality5') AS "Ok.", ces_score(U&'Ok\00E9', 'quality5') AS accent, ces_score(U&'OKe\0301', 'quality5') AS decomposed, ces_score(U&'\+01F642.', 'faces3') AS face;
-- Nothing to look up.
SELECT ces_score(NULL, 'ease5') AS "null", ces_score('', 'ease5') AS empty, ces_score(E' \t\n', 'ease5') AS blank, ces_score(' . ', 'ease5') AS stop,
       ces_score('easy', NULL) AS no_set, ces_score(NULL, NULL) AS neither;

-- One that is not in the set, or is disputed, is an error, or NULL if the caller prefers.
SELECT ces_score('prima', 'agreement5', false) AS unknown, ces_score('somewhat satisfied', 'satisfaction5', false) AS disputed,
       ces_score('easy', 'ease5', false) AS known, ces_score('', 'ease5', false) AS blank, ces_score('easy', 'ease5', NULL) AS "null";
SELECT answer, count(*) FROM unnest('{easy,prima,""," . ",prima,Weet niet,NULL}'::text[]) answer
WHERE ces_score(answer, 'ease5', strict => false) IS NULL AND answer !~ '^\s*\.?\s*$' GROUP BY answer ORDER BY 2 DESC;

-- A boolean is yes or no, as PostgreSQL writes it.
SELECT ces_topbox(solved::text, 'yesno2') AS cast, ces_topbox(format('%s', solved), 'yesno2') AS formatted, ces_tally(solved::text, 'yesno2') FROM unnest('{t,f,t,t,NULL}'::boolean[]) solved;
SELECT ces_score('Ja.', 'yesno2') AS ja, ces_score('NEE', 'yesno2') AS nee, ces_score('ja/nee', 'yesno2', strict => false) AS both, ces_score('1', 'yesno2', strict => false) AS number;

-- In a metric.
SELECT ces_topbox(ces_score(answer, 'agreement7')), ces_mean(ces_score(answer, 'agreement7')), count(answer) AS rows
FROM (VALUES ('helemaal mee eens'), ('Mee eens.'), ('strongly disagree'), (''), (NULL), ('neutral')) v (answer);
SELECT ces_topbox(ces_score(answer, 'effort5'), '5..1') FROM (VALUES ('heel weinig moeite'), ('weinig'), ('veel moeite'), ('very high effort')) v (answer);
-- The aggregates take the words themselves, on the scale of the set.
CREATE TABLE words AS
SELECT label_set, answer FROM (VALUES
  ('ease5', '{very easy,Easy.,makkelijk,difficult,"",NULL}'::text[]), ('effort5', '{weinig moeite,heel weinig,veel,"",very high effort}'),
  ('agreement7', '{somewhat agree,mee eens,neutral,strongly disagree}'), ('faces3', '{🙂,☹,happy}'), ('satisfaction5', '{very satisfied,zeer ontevreden}')) w (label_set, answers),
  unnest(answers) answer;
SELECT label_set, ces_topbox(answer, label_set), ces_mean(answer, label_set), nps(answer, label_set), csat(answer, label_set), ces_tally(answer, label_set)
FROM words GROUP BY label_set ORDER BY label_set;
-- They give what the scores give on that scale.
SELECT w.label_set FROM words w JOIN (SELECT DISTINCT label_set, scale FROM ces_all_labels) s USING (label_set)
GROUP BY w.label_set
HAVING (ces_topbox(answer, label_set), ces_mean(answer, label_set), nps(answer, label_set), csat(answer, label_set), ces_tally(answer, label_set)::text) IS DISTINCT FROM
       (ces_topbox(ces_score(answer, label_set), scale), ces_mean(ces_score(answer, label_set), scale), nps(ces_score(answer, label_set), scale), csat(ces_score(answer, label_set), scale), ces_tally(ces_score(answer, label_set), scale)::text);
SELECT ces_topbox(answer, 'ease5') FILTER (WHERE label_set = 'ease5') AS filtered, ces_tally(DISTINCT answer, 'faces3') FILTER (WHERE label_set = 'faces3') AS "distinct" FROM words;
-- They share one state: the argument is evaluated once for a row.
CREATE SEQUENCE calls;
CREATE FUNCTION counted(answer text) RETURNS text STABLE LANGUAGE plpgsql AS 'BEGIN PERFORM nextval(''calls''); RETURN answer; END';
SELECT ces_topbox(counted(answer), 'ease5'), ces_mean(counted(answer), 'ease5'), nps(counted(answer), 'ease5'), csat(counted(answer), 'ease5'), ces_tally(counted(answer), 'ease5')
FROM (SELECT answer FROM words WHERE label_set = 'ease5' OFFSET 0) w;
SELECT currval('calls') = count(*) AS once_a_row FROM words WHERE label_set = 'ease5';
DROP FUNCTION counted;
DROP SEQUENCE calls;
-- A window that moves, over answers of which some are blank or left open.
SELECT n, answer, ces_tally(answer, 'ease5') OVER w, ces_mean(answer, 'ease5') OVER w IS NOT DISTINCT FROM ces_mean(ces_score(answer, 'ease5'), '1..5') OVER w AS as_scores
FROM unnest('{easy,NULL,very easy,"",difficult,hard,very hard}'::text[]) WITH ORDINALITY a (answer, n) WINDOW w AS (ORDER BY n ROWS 2 PRECEDING);
-- No words are no answer, whatever the set.
SELECT ces_topbox(NULL, 'ease5') AS "null", ces_topbox(' . ', 'ease5') AS blank, ces_topbox(NULL::text, NULL) AS neither, ces_topbox(' ', NULL) AS blank_without_set;
-- Overloading leaves the other forms as they are.
SELECT ces_topbox(6, '1..7'), ces_mean(6::numeric, '1..7'), nps(9::bigint, 'nps'), csat(4.0::real, '1..5'), ces_tally(1::smallint, '0..1'),
       ces_topbox('1..3 {1,2,3}'::ces_tally), ces_topbox('1..3 {1,2,3}'::ces_tally, 2);
PREPARE by_scale (integer) AS SELECT ces_topbox($1, '1..7');
EXECUTE by_scale (6);
PREPARE by_set (text, text) AS SELECT ces_mean(answer, $2) FROM words WHERE label_set = $1;
EXECUTE by_set ('ease5', 'ease5');
DEALLOCATE ALL;
-- A partial result of another server: the transition and combine functions by hand.
SELECT _ces_tally_accum(_ces_tally_accum('1..5 {0,0,0,0,0}', 'easy', 'ease5'), 'hard', 'ease5') AS two, _ces_tally_accum_inv('1..5 {0,0,0,1,0}', 'easy', 'ease5') AS none,
       _ces_tally_accum(NULL, 'easy', 'ease5') AS first, _ces_tally_accum('1..5 {0,0,0,1,0}', '', 'ease5') AS blank;

-- Several sets in one query.
SELECT ces_pomp(ces_score(answer, label_set), scale)
FROM (VALUES ('eens', 'agreement5', ces_scale '1..5'), ('mee eens', 'agreement7', '1..7'), ('weinig moeite', 'effort5', '5..1'), ('oneens', 'agreement5', '1..5')) v (answer, label_set, scale);

-- Errors.
\pset format unaligned
\pset tuples_only on
SELECT pg_temp.error_of('SELECT ' || call) FROM unnest(ARRAY[
  'ces_score(''prima'', ''agreement5'')', 'ces_score(''c''''est bon'', ''agreement5'')', 'ces_score(''eens'', ''Agreement5'')', 'ces_score(''eens'', '''')',
  'ces_score('''', ''agreement6'')', 'ces_score(''eens..'', ''agreement5'')', 'ces_score(''mee-eens'', ''agreement5'')',
  'ces_score(''Somewhat  satisfied.'', ''satisfaction5'')', 'ces_score(''enigszins tevreden'', ''satisfaction5'')', 'ces_score(''prima'', ''agreement6'', false)',
  'ces_topbox(''prima'', ''ease5'')', 'ces_topbox(''somewhat satisfied'', ''satisfaction5'')', 'ces_mean(''easy'', NULL)', 'nps(''9'', ''nps'')', 'ces_topbox(''4'', '' 1 .. 5 top 5'')',
  'csat(''easy'', ''ease'')', 'ces_topbox(answer, label_set) FROM (VALUES (''easy'', ''ease5''), (''eens'', ''agreement5''), (''weinig'', ''effort5'')) v (answer, label_set)',
  '_ces_tally_accum_inv(''1..5 {0,0,0,0,0}'', ''easy'', ''ease5'')']) call;
-- A message repeats no more than 60 characters of an answer, and its hint then has a
-- placeholder.
SELECT pg_temp.error_of(format('SELECT ces_score(%L, %L)', answer, label_set))
FROM (VALUES (repeat('0123456789', 6), 'ease5'), (repeat('0123456789', 6) || 'a', 'ease5'), (repeat('é', 60), 'ease5'), (repeat('é', 61), 'ease5'), ('easy', repeat('0123456789', 7))) v (answer, label_set);
-- If the search path does not include the table, the hint says where it is.
BEGIN;
SET LOCAL search_path = pg_catalog, pg_temp;
SELECT pg_temp.error_of('SELECT public.ces_score(''prima'', ''agreement5'')');
SELECT pg_temp.error_of('SELECT public.ces_score(''prima'', ''nonesuch'')');
COMMIT;

-- What the table refuses.
SELECT pg_temp.error_of('INSERT INTO ces_label (label_set, label, score) VALUES (' || input || ')')
FROM unnest(ARRAY['''x'', ''y'', NULL', '''x'', NULL, 1', '''x'', ''y'', 101', '''quality5'', '' '', 1']) input;
SELECT pg_temp.error_of('INSERT INTO ces_label_set VALUES (' || input || ')') FROM unnest(ARRAY['''x'', NULL', 'NULL, ''1..5''', '''x'', ''1..1''']) input;
\pset format aligned
\pset tuples_only off

-- A user's own labels are seen at once: in the same transaction, and in a PL/pgSQL
-- expression that outlives a query.
BEGIN;
INSERT INTO ces_label (label_set, language, label, score) VALUES ('agreement5', 'nl', 'Prima!', 4), ('stars', '', '*', 1), ('stars', '', '**', 2);
SELECT ces_score('prima!', 'agreement5'), ces_score('**', 'stars'), ces_score('eens', 'agreement5');
-- A label of yours in a set of the extension has the scale of that set.
SELECT label_set, scale, label, score, builtin, source FROM ces_all_labels WHERE NOT builtin ORDER BY label_set, label COLLATE "C" LIMIT 3;
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
-- So a user chooses the score of a disputed label.
BEGIN;
INSERT INTO ces_label (label_set, label, score) VALUES ('satisfaction5', 'somewhat satisfied', 4);
SELECT ces_score('Somewhat satisfied', 'satisfaction5'), csat(answer, 'satisfaction5') FROM unnest('{very satisfied,somewhat satisfied,somewhat satisfied,very dissatisfied}'::text[]) answer;
ROLLBACK;

-- A set of the user's own needs a scale for the aggregates, not for ces_score. Its labels are
-- on it. A row for a set of the extension overrides its scale.
BEGIN;
INSERT INTO ces_label (label_set, label, score) VALUES ('stars', '*', 1), ('stars', '**', 2), ('stars', '***', 3), ('stars', '*****', 5);
SELECT ces_score('**', 'stars'), (SELECT count(*) FROM ces_all_labels WHERE label_set = 'stars' AND scale IS NULL) AS without_scale;
SAVEPOINT s;
SELECT ces_topbox('**', 'stars');
ROLLBACK TO s;
INSERT INTO ces_label_set VALUES ('stars', '1..3'), ('ease5', '1..5 top 5'), ('empty', '1..3');
SELECT ces_topbox(answer, 'stars'), ces_tally(answer, 'stars') FROM unnest('{*,***,***}'::text[]) answer;
SELECT DISTINCT label_set, scale, builtin FROM ces_all_labels WHERE label_set IN ('stars', 'ease5', 'empty') ORDER BY 1;
SELECT ces_topbox(answer, 'ease5') FROM unnest('{easy,very easy}'::text[]) answer;
SAVEPOINT s;
SELECT ces_topbox('*****', 'stars');
ROLLBACK TO s;
SELECT ces_mean('x', 'empty');
ROLLBACK;

-- ces_score reads the extension's table, whatever the search path puts before it.
CREATE SCHEMA front;
CREATE TABLE front.ces_label (label_set text, language text, label text, score int);
INSERT INTO front.ces_label VALUES ('agreement5', 'en', 'agree', 1);
CREATE TABLE front.ces_label_set (label_set text, scale ces_scale);
INSERT INTO front.ces_label_set VALUES ('agreement5', '5..1');
CREATE TEMPORARY TABLE ces_label AS SELECT * FROM front.ces_label;
CREATE FUNCTION front.always(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
CREATE OPERATOR front.= (LEFTARG = text, RIGHTARG = text, FUNCTION = front.always);
SET search_path = front, pg_temp, public, pg_catalog;
SELECT ces_score('agree', 'agreement5'), ces_topbox('agree', 'agreement5');
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
SELECT ces_score('agree', 'agreement5'), (SELECT count(*) > 100 FROM ces_all_labels) AS readable;
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
-- The owner of the database may add labels, and may let others add them; the role that
-- creates the extension has no privilege of its own.
CREATE ROLE regress_ces_creator;
CREATE DATABASE regress_ces_owner TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C' OWNER regress_ces_reader;
GRANT CREATE ON DATABASE regress_ces_owner TO regress_ces_creator;
SELECT current_database() AS database \gset
\c regress_ces_owner
SET ROLE regress_ces_creator;
CREATE SCHEMA mine;
CREATE EXTENSION ces SCHEMA mine;
INSERT INTO mine.ces_label (label_set, label, score) VALUES ('agreement5', 'mine', 1);
GRANT USAGE ON SCHEMA mine TO PUBLIC;
SET ROLE regress_ces_reader;
INSERT INTO mine.ces_label (label_set, label, score) VALUES ('agreement5', 'mine', 1);
INSERT INTO mine.ces_label_set VALUES ('mine', '1..3');
UPDATE mine.ces_label SET score = 2;
GRANT INSERT ON mine.ces_label TO regress_ces_creator;
SET ROLE regress_ces_creator;
INSERT INTO mine.ces_label (label_set, label, score) VALUES ('agreement5', 'my own', 3);
SELECT mine.ces_score('mine', 'agreement5'), mine.ces_score('my own', 'agreement5');
\c :database
DROP DATABASE regress_ces_owner;

-- Labels that a role has read are no longer hers when the role changes.
CREATE FUNCTION seen_by(roles text[]) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
  seen text[];
BEGIN
  FOR i IN 1..cardinality(roles) LOOP
    PERFORM set_config('role', roles[i], true);
    BEGIN
      seen := seen || coalesce(ces_score('agree', 'agreement5')::text, 'null');
    EXCEPTION WHEN insufficient_privilege THEN
      seen := seen || SQLERRM;
    END;
  END LOOP;
  RETURN seen;
END $$;
SELECT current_user AS superuser \gset
BEGIN;
REVOKE SELECT ON ces_label FROM PUBLIC;
SELECT seen_by(ARRAY[:'superuser', 'regress_ces_reader', :'superuser']);
ROLLBACK;
BEGIN;
REVOKE SELECT ON ces_label FROM PUBLIC;
-- within one query, too
SELECT role, ces_score('agree', 'agreement5') FROM (SELECT set_config('role', role, true) AS role FROM unnest(ARRAY[:'superuser', 'regress_ces_reader']) role OFFSET 0) r;
ROLLBACK;
DROP FUNCTION seen_by;

-- A policy of the table that looks up labels itself, while the table is read, and at other
-- moments: it writes, and rolls back.
CREATE TABLE log (depth int);
GRANT ALL ON log TO regress_ces_reader;
INSERT INTO ces_label (label_set, label, score) VALUES ('agreement5', 'prima', 4), ('hidden', 'x', 1);
CREATE FUNCTION is_shown(label_set text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
  depth int := coalesce(nullif(current_setting('ces_test.depth', true), ''), '0');
BEGIN
  IF depth < 3 THEN
    PERFORM set_config('ces_test.depth', (depth + 1)::text, true);
    INSERT INTO log VALUES (depth);
    PERFORM ces_score('agree', 'agreement5'), ces_score('easy', 'ease5');
    BEGIN
      INSERT INTO log VALUES (depth);
      PERFORM ces_score('agree', 'agreement7');
      RAISE division_by_zero;
    EXCEPTION WHEN division_by_zero THEN
      PERFORM ces_score('agree', 'agreement7');
    END;
    PERFORM set_config('ces_test.depth', depth::text, true);
  END IF;
  RETURN label_set <> 'hidden';
END $$;
ALTER TABLE ces_label ENABLE ROW LEVEL SECURITY;
CREATE POLICY shown ON ces_label USING (is_shown(label_set));
SET ROLE regress_ces_reader;
SELECT count(ces_score('prima', 'agreement5')), count(ces_score('agree', 'agreement7')), ces_mean(answer, 'agreement5') FROM unnest('{prima,agree,oneens}'::text[]) answer;
SELECT ces_score('x', 'hidden');
RESET ROLE;
SELECT ces_score('x', 'hidden');
DROP POLICY shown ON ces_label;
-- A policy that follows a setting, which changes within a transaction.
CREATE POLICY shown ON ces_label USING (label_set = current_setting('ces_test.shown'));
SET ROLE regress_ces_reader;
BEGIN;
SET LOCAL ces_test.shown = 'hidden';
SELECT ces_score('x', 'hidden'), ces_topbox(NULL, 'hidden');
SET LOCAL ces_test.shown = 'agreement5';
SELECT ces_score('x', 'hidden');
ROLLBACK;
-- A function that runs no query between two calls.
DO $$
DECLARE
  score int;
BEGIN
  FOREACH score IN ARRAY ARRAY[1, 2] LOOP
    PERFORM set_config('ces_test.shown', CASE score WHEN 1 THEN 'hidden' ELSE 'agreement5' END, true);
    score := ces_score('x', 'hidden');
    RAISE NOTICE 'score %', score;
  END LOOP;
END $$;
RESET ROLE;
DROP POLICY shown ON ces_label;
-- A policy that moves the extension to another schema, while a set is read.
CREATE SCHEMA "ces_test away";
CREATE FUNCTION moves(label_set text) RETURNS boolean LANGUAGE plpgsql SECURITY DEFINER AS $$
BEGIN
  IF to_regclass('"ces_test away".ces_label') IS NULL THEN
    ALTER EXTENSION ces SET SCHEMA "ces_test away";
    PERFORM "ces_test away".ces_score('agree', 'agreement5');
  END IF;
  RETURN 1 / (length(label_set) - 6);
END $$;
CREATE POLICY shown ON ces_label USING (moves(label_set));
GRANT USAGE ON SCHEMA "ces_test away" TO regress_ces_reader;
SET ROLE regress_ces_reader;
SELECT ces_score('x', 'hidden');
RESET ROLE;
DROP FUNCTION moves CASCADE;
DROP SCHEMA "ces_test away";
CREATE POLICY shown ON ces_label USING (true);
ALTER TABLE ces_label DISABLE ROW LEVEL SECURITY;
DROP POLICY shown ON ces_label;
DROP FUNCTION is_shown;
DROP TABLE log;
DELETE FROM ces_label;
-- Transactions that end within a procedure.
DO $$
DECLARE
  seen int[];
BEGIN
  FOR i IN 1..3 LOOP
    INSERT INTO ces_label (label_set, label, score) VALUES ('agreement5', 'prima', i) ON CONFLICT (label_set, language, label) DO UPDATE SET score = i;
    seen := seen || ces_score('prima', 'agreement5');
    COMMIT;
    seen := seen || ces_score('prima', 'agreement5');
    UPDATE ces_label SET score = 0;
    ROLLBACK;
    seen := seen || ces_score('prima', 'agreement5');
  END LOOP;
  RAISE NOTICE '%', seen;
END $$;
DELETE FROM ces_label;
DROP ROLE regress_ces_reader, regress_ces_creator;

-- Without a snapshot: PL/pgSQL has none for a variable's default after COMMIT.
CREATE DOMAIN word AS text CHECK (ces_score(coalesce(value, 'agree'), 'agreement7') IS NOT NULL);
DO $$ BEGIN COMMIT; DECLARE w word; BEGIN RAISE NOTICE 'w is %', coalesce(w, 'null'); END; END $$;
DO $$ BEGIN INSERT INTO ces_label (label_set, label, score) VALUES ('agreement7', 'prima', 6); COMMIT; DECLARE w word := 'prima'; BEGIN RAISE NOTICE 'w is %', w; END; END $$;
DELETE FROM ces_label;
SELECT 'prima'::word;
DROP DOMAIN word;

-- A database whose encoding lacks the faces has every other label.
CREATE DATABASE regress_ces_latin1 TEMPLATE template0 ENCODING 'LATIN1' LOCALE 'C';
CREATE DATABASE regress_ces_koi8r TEMPLATE template0 ENCODING 'KOI8R' LOCALE 'C';
CREATE DATABASE regress_ces_ascii TEMPLATE template0 ENCODING 'SQL_ASCII' LOCALE 'C';
\c regress_ces_latin1
CREATE EXTENSION ces;
SELECT count(*) AS labels, count(*) FILTER (WHERE ces_score(label, label_set, false) = score) AS found, count(*) FILTER (WHERE label_set = 'faces3') AS faces FROM ces_all_labels;
SELECT ces_score(U&'ok\00E9', 'quality5');
\c regress_ces_koi8r
CREATE EXTENSION ces;
SELECT count(*) AS labels, count(*) FILTER (WHERE ces_score(label, label_set, false) = score) AS found FROM ces_all_labels;
\c regress_ces_ascii
CREATE EXTENSION ces;
SELECT count(*) AS labels, count(*) FILTER (WHERE ces_score(label, label_set, false) = score) AS found FROM ces_all_labels;
\c :database
DROP DATABASE regress_ces_latin1;
DROP DATABASE regress_ces_koi8r;
DROP DATABASE regress_ces_ascii;

-- In parallel workers, including after an INSERT in the same transaction.
CREATE TABLE answers AS SELECT label AS answer, score, label_set, scale FROM undisputed, generate_series(1, 200) WHERE label_set <> 'faces3';
ANALYZE answers;
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET max_parallel_workers_per_gather = 2;
SET parallel_leader_participation = off;
EXPLAIN (COSTS OFF) SELECT count(*) FROM answers WHERE ces_score(answer, label_set) = score;
SELECT count(*) = (SELECT count(*) FROM answers) AS all_found FROM answers WHERE ces_score(answer, label_set) = score;
EXPLAIN (COSTS OFF) SELECT ces_mean(answer, 'ease5') FROM answers WHERE label_set = 'ease5';
SELECT ces_mean(answer, 'ease5') = avg(score) AS same, ces_topbox(answer, 'ease5') = ces_topbox(score, '1..5') AS same_topbox FROM answers WHERE label_set = 'ease5';
BEGIN;
INSERT INTO ces_label (label_set, label, score) VALUES ('agreement5', 'prima', 5);
UPDATE answers SET answer = 'Prima' WHERE answer = 'agree' AND label_set = 'agreement5';
SELECT count(*) FROM answers WHERE label_set = 'agreement5' AND ces_score(answer, 'agreement5') = 5 AND answer = 'Prima';
ROLLBACK;
DROP TABLE answers;
-- Thousands of sets in a query, each read once.
INSERT INTO ces_label (label_set, label, score) SELECT 'set ' || n, 'label', n % 5 FROM generate_series(1, 3000) n;
SELECT count(*), sum(ces_score('label', 'set ' || n % 3000 + 1)) FROM generate_series(1, 30000) n;
DELETE FROM ces_label;
-- More spellings than ces_score remembers.
SELECT count(ces_score('eens' || repeat(' ', n), 'agreement5')) FROM generate_series(1, 3000) n;
DROP TABLE words;
DROP VIEW undisputed;
