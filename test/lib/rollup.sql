-- What the tests of rollups share, after the preamble.
\set ECHO none

-- Does a rollup differ from its query, over the answers themselves? Or the error that reading it raises.
CREATE FUNCTION pg_temp.differences(rollup regclass) RETURNS text LANGUAGE plpgsql SET ces.enable_rollups = off AS $$
DECLARE
  definition regclass := rollup || '_definition';
  n int;
BEGIN
  EXECUTE format(
    'SELECT count(*) FROM ((TABLE %1$s EXCEPT ALL TABLE %2$s) UNION ALL (TABLE %2$s EXCEPT ALL TABLE %1$s)) d', rollup, definition) INTO n;
  RETURN CASE n WHEN 0 THEN 'right' ELSE 'differs' END;
EXCEPTION WHEN OTHERS THEN
  RETURN 'error: ' || SQLERRM;
END $$;

-- A rollup must be right, or say what is wrong and what to type. Then it is, once that is typed.
CREATE FUNCTION pg_temp.verdict(rollup regclass) RETURNS SETOF text LANGUAGE plpgsql AS $$
DECLARE
  state text := pg_temp.differences(rollup);
  remedies text[];
  status record;
BEGIN
  RETURN NEXT state;
  FOR round IN 1..10 LOOP
    remedies := '{}';
    FOR status IN SELECT DISTINCT problem, remedy FROM ces_rollup_status s
                  WHERE s.rollup = $1 AND problem IS NOT NULL ORDER BY 1, 2 LOOP
      remedies := remedies || coalesce(status.remedy, '');
      IF round = 1 THEN
        RETURN NEXT '  ' || status.problem || E'\n    ' || coalesce(status.remedy, '(no remedy)');
      END IF;
    END LOOP;
    EXIT WHEN remedies = '{}';
    -- One at a time: the first may be the remedy of all.
    EXECUTE remedies[1];
    IF round > 1 THEN
      RETURN NEXT '  then ' || remedies[1];
    END IF;
  END LOOP;
  IF state <> 'right' THEN
    state := pg_temp.differences(rollup);
    RETURN NEXT '  afterwards ' || CASE state WHEN 'right' THEN state ELSE 'STILL ' || state END;
  END IF;
  IF remedies <> '{}' THEN
    RETURN NEXT 'THE REMEDY IS NONE';
  END IF;
  IF EXISTS (SELECT FROM ces_check_rollup(rollup)) THEN
    RETURN NEXT 'THE CHECK FINDS DIFFERENCES';
  END IF;
END $$;
\pset format unaligned
\pset footer off
\set ECHO all
