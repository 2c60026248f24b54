\set ECHO none
-- Every regression test includes this first. What it makes lives in pg_temp, so that
-- tests leave nothing to each other.

-- IF NOT EXISTS without its notice.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS ces;
RESET client_min_messages;

-- A statement and the error that it raises.
CREATE FUNCTION pg_temp.error_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  state text; message text; detail text; hint text;
BEGIN
  EXECUTE statement;
  RETURN statement || E'\n  no error';
EXCEPTION WHEN OTHERS THEN
  GET STACKED DIAGNOSTICS state = RETURNED_SQLSTATE, message = MESSAGE_TEXT,
                          detail = PG_EXCEPTION_DETAIL, hint = PG_EXCEPTION_HINT;
  RETURN statement || E'\n  ' || state || ': ' || message
    || coalesce(E'\n  DETAIL: ' || nullif(detail, ''), '') || coalesce(E'\n  HINT: ' || nullif(hint, ''), '');
END $$;

-- The printf command that writes one field as COPY's binary format has it: a file of
-- one row and one column.
CREATE FUNCTION pg_temp.printf_of(field bytea) RETURNS text LANGUAGE sql AS $$
  SELECT 'printf "' || string_agg('\' || (get_byte(file, i) / 64) || (get_byte(file, i) / 8 % 8) || (get_byte(file, i) % 8), '' ORDER BY i) || '"'
  FROM (SELECT '\x5047434f50590aff0d0a000000000000000000'::bytea || int2send(1::smallint) || int4send(length(field)) || field || '\xffff') f (file),
       generate_series(0, length(file) - 1) i
$$;
\set ECHO all
