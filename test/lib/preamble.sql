\set ECHO none
-- Every regression test includes this first. The functions are temporary, so that one
-- test leaves nothing to the next.

-- Without the notice that the extension exists already.
SET client_min_messages = warning;
CREATE EXTENSION IF NOT EXISTS ces;
RESET client_min_messages;

-- A statement, followed by the error that it raises.
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

-- The printf command that writes a file in COPY's binary format: one row with one
-- column, which holds the field.
CREATE FUNCTION pg_temp.printf_of(field bytea) RETURNS text LANGUAGE sql AS $$
  SELECT 'printf "' || string_agg('\' || (get_byte(file, i) / 64) || (get_byte(file, i) / 8 % 8) || (get_byte(file, i) % 8), '' ORDER BY i) || '"'
  FROM (SELECT '\x5047434f50590aff0d0a000000000000000000'::bytea || int2send(1::smallint) || int4send(length(field)) || field || '\xffff') f (file),
       generate_series(0, length(file) - 1) i
$$;
\set ECHO all
