-- Three digits.
CREATE FUNCTION digits(x numeric) RETURNS numeric LANGUAGE sql AS $$
  SELECT round(x, greatest(0, 2 - floor(log(x))::int))
$$;
CREATE FUNCTION digits(x float8) RETURNS numeric LANGUAGE sql AS $$ SELECT digits(x::numeric) $$;
