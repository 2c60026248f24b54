--
-- hostile: forged values.  Binary forms that COPY reads, and bytes cast to a scale or
-- a tally: each is either valid or refused with an error that says so.
--
-- The values are random, but the output does not depend on them.  errors.sql has the
-- errors themselves.
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble
SELECT setseed(0.5);

-- Casts from and to the bytes of a value, which only superusers can create.
CREATE CAST (ces_tally AS bytea) WITHOUT FUNCTION;
CREATE CAST (bytea AS ces_tally) WITHOUT FUNCTION;
CREATE CAST (integer AS ces_scale) WITHOUT FUNCTION;

CREATE FUNCTION pg_temp.random_int(lowest int, highest int) RETURNS int LANGUAGE sql VOLATILE
	RETURN lowest + floor(random() * (highest - lowest + 1))::int;
CREATE FUNCTION pg_temp.random_bytes(size int) RETURNS bytea LANGUAGE sql VOLATILE
	RETURN (SELECT coalesce(string_agg(set_byte('\x00', 0, pg_temp.random_int(0, 255)), ''), '') FROM generate_series(1, size));
-- Changes a few bytes, and cuts some off the end or adds some.
CREATE FUNCTION pg_temp.mutated(bytes bytea) RETURNS bytea LANGUAGE plpgsql AS $$
BEGIN
	FOR i IN 1..pg_temp.random_int(0, 2) LOOP
		bytes := set_byte(bytes, pg_temp.random_int(0, least(length(bytes) - 1, 30)),
			(ARRAY[0, 1, 2, 7, 100, 127, 128, 156, 255, pg_temp.random_int(0, 255)])[pg_temp.random_int(1, 10)]);
	END LOOP;
	CASE pg_temp.random_int(1, 8)
		WHEN 1 THEN RETURN substr(bytes, 1, pg_temp.random_int(0, length(bytes)));
		WHEN 2 THEN RETURN bytes || pg_temp.random_bytes(pg_temp.random_int(1, 9));
		ELSE RETURN bytes;
	END CASE;
END
$$;

-- What is valid, by the documentation: four signed bytes that make a scale, then a
-- count of 1, 2, 4 or 8 bytes for each of its points.  No count is negative, and
-- their sum fits in bigint.
CREATE FUNCTION pg_temp.is_scale(bytes bytea) RETURNS boolean LANGUAGE sql IMMUTABLE AS $$
	SELECT worst <> best AND least(worst, best) >= -100 AND greatest(worst, best) <= 100 AND abs(best - worst) <= 100
		AND top BETWEEN least(worst, best) AND greatest(worst, best) AND bottom BETWEEN least(worst, best) AND greatest(worst, best)
		AND sign(top - bottom) = sign(best - worst)
	FROM (SELECT n[1], n[2], n[3], n[4] FROM (SELECT ARRAY(SELECT (get_byte(bytes, i) + 128) % 256 - 128 FROM generate_series(0, 3) i)) b (n)) s (worst, best, top, bottom)
$$;
CREATE FUNCTION pg_temp.is_little_endian() RETURNS boolean LANGUAGE sql IMMUTABLE
	RETURN get_byte('1..2 {256,0}'::ces_tally::bytea, 4) = 0;
-- The scale that has these bytes.
CREATE FUNCTION pg_temp.scale_of(bytes bytea) RETURNS ces_scale LANGUAGE sql IMMUTABLE AS $$
	SELECT bit_or(get_byte(bytes, i) << CASE WHEN pg_temp.is_little_endian() THEN 8 * i ELSE 24 - 8 * i END)::ces_scale FROM generate_series(0, 3) i
$$;
CREATE FUNCTION pg_temp.is_tally(bytes bytea) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	points int;
	width int;
	counts numeric[];
BEGIN
	IF length(bytes) < 4 OR NOT pg_temp.is_scale(bytes) THEN
		RETURN false;
	END IF;
	points := abs((get_byte(bytes, 0) + 128) % 256 - (get_byte(bytes, 1) + 128) % 256) + 1;
	width := (length(bytes) - 4) / points;
	IF length(bytes) <> 4 + points * width OR width NOT IN (1, 2, 4, 8) THEN
		RETURN false;
	END IF;
	counts := ARRAY(SELECT sum(get_byte(bytes, 4 + width * point + CASE WHEN pg_temp.is_little_endian() THEN i ELSE width - 1 - i END) * 256::numeric ^ i)
		FROM generate_series(0, points - 1) point, generate_series(0, width - 1) i GROUP BY point);
	RETURN (SELECT sum(count) < 2::numeric ^ 63 FROM unnest(counts) count);
END
$$;

--
-- Binary forms through COPY.
--
CREATE TEMP TABLE received_scale (value ces_scale);
CREATE TEMP TABLE received_tally (value ces_tally);
CREATE FUNCTION pg_temp.copied(type text, form bytea) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	sent_again bytea;
BEGIN
	EXECUTE format('COPY received_%s FROM PROGRAM %L (FORMAT binary)', type, pg_temp.printf_of(form));
	EXECUTE format('SELECT _ces_%s_send(value) FROM received_%1$s', type) INTO STRICT sent_again;
	EXECUTE format('DELETE FROM received_%s', type);
	RETURN CASE WHEN sent_again = form THEN 'accepted' ELSE format('%s became %s', form, sent_again) END;
EXCEPTION WHEN OTHERS THEN
	RETURN CASE SQLSTATE WHEN '22P03' THEN 'refused' WHEN '08P01' THEN 'refused' ELSE SQLSTATE || ': ' || SQLERRM END;
END
$$;
CREATE TEMP TABLE copied AS
SELECT type, form, pg_temp.copied(type, form) AS outcome
FROM (SELECT type, CASE WHEN n % 5 = 0 THEN pg_temp.random_bytes(pg_temp.random_int(0, 40)) ELSE pg_temp.mutated(form) END AS form
	FROM (SELECT 'scale', _ces_scale_send(scale::ces_scale) FROM unnest(ARRAY['nps', '5..1', '-100..0']) scale
		UNION ALL
		SELECT 'tally', _ces_tally_send(tally::ces_tally) FROM unnest(ARRAY['1..3 {5,0,7}', '0..1 {1,9223372036854775806}', '2..-2 {1,2,3,4,5}']) tally) v (type, form),
	generate_series(1, 60) n OFFSET 0) f;
SELECT type, outcome FROM copied GROUP BY type, outcome ORDER BY type, outcome;

--
-- Forged values: some valid, more almost valid, others far from it.  The table stores
-- them in line with short and long headers, compressed, and out of line.
--
CREATE TEMP TABLE forged (id int GENERATED ALWAYS AS IDENTITY, tally ces_tally, is_tally boolean, scale ces_scale, is_scale boolean);
INSERT INTO forged (tally)
SELECT bytes::ces_tally
FROM (SELECT CASE WHEN n % 10 = 0 THEN pg_temp.random_bytes(pg_temp.random_int(0, 40))
		WHEN n % 100 = 1 THEN tally::ces_tally::bytea || decode(repeat('00', 5000), 'hex')
		WHEN n % 100 = 2 THEN tally::ces_tally::bytea || pg_temp.random_bytes(5000)
		ELSE pg_temp.mutated(tally::ces_tally::bytea) END
	FROM generate_series(1, 200) n,
		unnest(ARRAY['1..7 {0,1,0,3,5,8,2}', 'nps {300,0,0,0,0,0,0,0,1,2,100}', '5..1 {1,2,3,4,70000}', '1..3 {1,2,4294967296}',
			'0..1 {0,0}', '1..2 {0,9223372036854775807}', '-100..0 {' || repeat('4294967296,', 100) || '0}']) tally OFFSET 0) f (bytes);
UPDATE forged SET is_tally = pg_temp.is_tally(tally::bytea), scale = pg_temp.scale_of(substr(tally::bytea || '\x01070503', 1, 4));
UPDATE forged SET is_scale = pg_temp.is_scale(_ces_scale_send(scale));
SELECT is_tally, count(*) > 300 AS many, bool_or(pg_column_size(tally) < length(tally::bytea)) AS compressed, min(length(tally::bytea)) < 4 AS tiny,
	bool_or(pg_column_size(tally) = length(tally::bytea) + 1) AS short, max(length(tally::bytea)) > 126 AS long
FROM forged GROUP BY is_tally ORDER BY is_tally;
SELECT is_scale, count(*) > 300 AS many FROM forged GROUP BY is_scale ORDER BY is_scale;

-- Arguments for the functions: more often than not, the second tally and the scale
-- have the scale of the first tally.
CREATE TEMP TABLE arguments AS
SELECT id, tally AS a, is_tally AS is_a, lag(tally, nearby) OVER w AS b, lag(is_tally, nearby) OVER w AS is_b,
	lag(scale, same) OVER w AS scale, lag(is_scale, same) OVER w AS is_scale,
	lag(scale, 50) OVER w AS other_scale, lag(is_scale, 50) OVER w AS is_other_scale,
	pg_temp.random_int(-1, 5) AS "integer", ('{0.95,0.5,1,2,3,2.5,NaN}'::float8[])[pg_temp.random_int(1, 7)] AS "double",
	('{1,1,2,9223372036854775807}'::bigint[])[pg_temp.random_int(1, 4)] AS "bigint"
FROM (SELECT *, CASE WHEN id % 3 = 0 THEN 100 ELSE 7 END AS nearby, CASE WHEN id % 4 = 0 THEN 100 ELSE 0 END AS same FROM forged) f
WINDOW w AS (ORDER BY id);
DELETE FROM arguments WHERE id <= 100;

--
-- Every function of the extension that takes a tally or a scale and that SQL can call,
-- found in the catalog so that no new one is forgotten.  Each is called, and each aggregate also
-- over a moving window.
--
CREATE TEMP TABLE argument (type regtype, n int, expression text);
INSERT INTO argument VALUES ('ces_tally', 1, '$1'), ('ces_tally', 2, '$2'), ('ces_tally', 3, '$1'), ('ces_tally', 4, '$2'), ('ces_scale', 1, '$3'), ('ces_scale', 2, '$4'),
	('smallint', 1, '$5::smallint'), ('integer', 1, '$5'), ('double precision', 1, '$6'), ('double precision', 2, '0.5'), ('numeric', 1, '$6::numeric'), ('bigint', 1, '$7'), ('bigint[]', 1, 'array_fill($7, ARRAY[7])'),
	('text', 1, '''agree'''), ('text', 2, '''agreement7''');
CREATE TEMP TABLE target AS
SELECT p.oid::regprocedure::text AS function, p.prokind,
	'ces_tally'::regtype = ANY (p.proargtypes) AS takes_tally,
	cardinality(array_positions(p.proargtypes, 'ces_tally'::regtype::oid)) > 1 AS takes_tallies,
	'ces_scale'::regtype = ANY (p.proargtypes) AS takes_scale,
	cardinality(array_positions(p.proargtypes, 'ces_scale'::regtype::oid)) > 1 AS takes_scales,
	p.prokind = 'a' OR p.prorettype = 'ces_tally'::regtype AS makes_tally,
	format('SELECT %I.%I(%s)', nspname, proname,
		(SELECT string_agg(coalesce(expression, 'no argument of type ' || u.type::regtype), ', ' ORDER BY u.i)
		 FROM (SELECT type, i, row_number() OVER (PARTITION BY type ORDER BY i) AS n FROM unnest(p.proargtypes) WITH ORDINALITY a (type, i)) u
			LEFT JOIN argument ON argument.type = u.type AND argument.n = u.n)) AS call
FROM pg_proc p JOIN pg_namespace n ON n.oid = p.pronamespace
	JOIN pg_depend d ON d.classid = 'pg_proc'::regclass AND d.objid = p.oid AND d.deptype = 'e'
	JOIN pg_extension e ON d.refclassid = 'pg_extension'::regclass AND d.refobjid = e.oid AND e.extname = 'ces'
WHERE p.proargtypes::oid[] && ARRAY['ces_tally', 'ces_scale']::regtype[]::oid[] AND 'internal'::regtype <> ALL (p.proargtypes);
-- A window function, over a window; a baseline must be 2 or more.
UPDATE target SET call = replace(call, '$5', 'greatest($5, 2)') || ' OVER (ORDER BY i) FROM generate_series(1, 2) i' WHERE prokind = 'w';
-- A state may also be NULL; then the scale alone makes the tally.
INSERT INTO target
SELECT function, prokind, false, false, takes_scale, takes_scales, makes_tally, replace(call, '$1', 'NULL::' || 'ces_tally'::regtype)
FROM target WHERE takes_tally AND takes_scale AND NOT (SELECT proisstrict FROM pg_proc WHERE oid = function::regprocedure);
INSERT INTO target
SELECT function, 'w', takes_tally, takes_tallies, takes_scale, takes_scales, makes_tally, call || ' OVER (ORDER BY i ROWS 1 PRECEDING) FROM generate_series(1, 4) i'
FROM target WHERE prokind = 'a';
SELECT call AS cannot_be_called FROM target WHERE call LIKE '%no argument%';
SELECT prokind, count(*) > 10 AS many, bool_or(takes_tally) AS of_tally, bool_or(takes_tallies) AS of_tallies, bool_or(takes_scale) AS of_scale
FROM target GROUP BY prokind ORDER BY prokind;

CREATE FUNCTION pg_temp.outcome(call text, with_arguments arguments) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
	EXECUTE call USING with_arguments.a, with_arguments.b, with_arguments.scale, with_arguments.other_scale,
		with_arguments."integer", with_arguments."double", with_arguments."bigint";
	RETURN 'result';
EXCEPTION WHEN OTHERS THEN
	RETURN SQLSTATE;
END
$$;
CREATE TEMP TABLE called AS
SELECT t.*, is_a AND (is_b OR NOT takes_tallies) AS are_tallies, is_scale AND (is_other_scale OR NOT takes_scales) AS are_scales,
	pg_temp.outcome(call, arguments) AS outcome
FROM (SELECT *, row_number() OVER (ORDER BY call) AS n FROM target) t JOIN arguments ON id % 5 = n % 5;

-- Errors report invalid or corrupted data; none is an internal error.
SELECT function, outcome, count(*) FROM called WHERE NOT (outcome = 'result' OR outcome LIKE '22%' OR outcome = 'XX001') GROUP BY 1, 2;
-- Whatever takes a tally detects a forged one, and reports nothing else as corrupted.
SELECT function, outcome, count(*) FROM called WHERE takes_tally AND NOT are_tallies AND outcome <> 'XX001' GROUP BY 1, 2;
SELECT function, count(*) FROM called WHERE (are_tallies OR NOT takes_tally) AND (are_scales OR NOT takes_scale) AND outcome = 'XX001' GROUP BY 1;
-- No tally is made on a forged scale.
SELECT function, count(*) FROM called WHERE makes_tally AND takes_scale AND NOT are_scales AND outcome = 'result' GROUP BY 1;
-- Each function has been called with valid values and with forged ones.
SELECT function, prokind FROM called GROUP BY 1, 2
HAVING NOT bool_or(outcome = 'result') OR bool_or(takes_tally OR makes_tally) <> bool_or(outcome = 'XX001');

DROP CAST (ces_tally AS bytea);
DROP CAST (bytea AS ces_tally);
DROP CAST (integer AS ces_scale);
