CREATE TABLE measurement (how text, id int, rows bigint, milliseconds float8);

-- What to execute for a query. With parameters it is prepared first, as drivers do.
CREATE FUNCTION prepared(a asked) RETURNS text LANGUAGE plpgsql AS $$
BEGIN
  IF a.values IS NULL THEN
    RETURN a.statement;
  END IF;
  DEALLOCATE ALL;
  EXECUTE 'PREPARE query AS ' || a.statement;
  RETURN format('EXECUTE query(%s)', a.values);
END $$;

CREATE PROCEDURE measure_one(a asked, rollups boolean, repetitions int) LANGUAGE plpgsql AS $$
DECLARE
  statement text; rows bigint; start timestamptz;
BEGIN
  PERFORM set_config('ces.enable_rollups', rollups::text, false);
  FOR i IN 1..repetitions LOOP
    statement := prepared(a);
    start := clock_timestamp();
    EXECUTE statement;
    GET DIAGNOSTICS rows = ROW_COUNT;
    INSERT INTO measurement
    VALUES (CASE WHEN rollups THEN 'rollup' ELSE 'answers' END, a.id, rows, extract(epoch FROM clock_timestamp() - start) * 1000);
  END LOOP;
END $$;

-- All queries, from the answers and from a rollup in turn, each round the other one first. The
-- answers take long, so that three rounds have to do.
CREATE PROCEDURE measure(round int) LANGUAGE plpgsql AS $$
DECLARE
  a asked; rollups boolean;
BEGIN
  FOR a IN SELECT * FROM asked ORDER BY id LOOP
    FOREACH rollups IN ARRAY ARRAY[round % 2 = 0, round % 2 = 1] LOOP
      IF rollups OR round <= 3 THEN
        CALL measure_one(a, rollups, CASE WHEN rollups THEN 5 ELSE 1 END);
      END IF;
    END LOOP;
  END LOOP;
END $$;

-- The result as one text
CREATE FUNCTION result(a asked, rollups boolean) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  row record; rows text[];
BEGIN
  PERFORM set_config('ces.enable_rollups', rollups::text, false);
  FOR row IN EXECUTE prepared(a) LOOP
    rows := rows || row::text;
  END LOOP;
  RETURN (SELECT string_agg(line, E'\n' ORDER BY line) FROM unnest(rows) line);
END $$;

-- The rollups that a query reads
CREATE FUNCTION rollups_read(a asked) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
  plan text;
BEGIN
  SET ces.enable_rollups = on;
  EXECUTE 'EXPLAIN (FORMAT JSON, COSTS OFF) ' || prepared(a) INTO plan;
  RETURN (SELECT string_agg(DISTINCT '`' || name[1] || '`', ', ') FROM regexp_matches(plan, '"(by_[a-z]+)_store"', 'g') name);
END $$;

CREATE TABLE planning (number int GENERATED ALWAYS AS IDENTITY, what text, statement text);
INSERT INTO planning (what, statement) VALUES
  ('no aggregate of `ces`, no rollup', 'SELECT channel, avg(recommend) FROM without_rollup WHERE answered_at >= ''2026-01-01'' GROUP BY 1'),
  ('no aggregate of `ces`, rollups', 'SELECT channel, avg(recommend) FROM responses WHERE answered_at >= ''2026-01-01'' GROUP BY 1'),
  ('`nps`, no rollup', 'SELECT channel, nps(recommend) FROM without_rollup WHERE answered_at >= ''2026-01-01'' GROUP BY 1'),
  ('`nps`, no rollup that answers it', 'SELECT date_trunc(''hour'', answered_at), nps(recommend) FROM responses WHERE answered_at >= ''2026-01-01'' GROUP BY 1');
INSERT INTO planning (what, statement)
SELECT name || ', ' || days, statement FROM asked WHERE values IS NULL ORDER BY id;
CREATE TABLE planned (number int, rollups boolean, milliseconds float8);

-- What EXPLAIN says of the time that planning takes, with and without, in turn, in one backend.
CREATE PROCEDURE measure_planning(repetitions int) LANGUAGE plpgsql AS $$
DECLARE
  p planning; rollups boolean; plan json;
BEGIN
  FOR i IN 1..repetitions LOOP
    FOR p IN SELECT * FROM planning ORDER BY number LOOP
      FOREACH rollups IN ARRAY ARRAY[i % 2 = 0, i % 2 = 1] LOOP
        PERFORM set_config('ces.enable_rollups', rollups::text, false);
        EXECUTE 'EXPLAIN (SUMMARY, FORMAT JSON) ' || p.statement INTO plan;
        INSERT INTO planned VALUES (p.number, rollups, (plan #>> '{0,Planning Time}')::float8);
      END LOOP;
    END LOOP;
  END LOOP;
END $$;
