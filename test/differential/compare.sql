\set ECHO none
-- Whether a query has the same result, column types and order, or the same error, with rollups
-- and without.
CREATE TABLE done (n integer, query text, settings text, rollup text, differs boolean, rows integer, error text, without text[], with_rollups text[], ms float8);

-- The rows of a query, in order if it has one, or its error.
CREATE FUNCTION result_of(statement text, is_ordered boolean) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	r record;
	rows text[] := '{}';
BEGIN
	FOR r IN EXECUTE statement LOOP
		rows := rows || r::text;
	END LOOP;
	RETURN CASE WHEN is_ordered THEN rows ELSE ARRAY(SELECT row FROM unnest(rows) u (row) ORDER BY row COLLATE "C") END;
EXCEPTION WHEN OTHERS THEN
	RETURN ARRAY['error ' || SQLSTATE, SQLERRM];
END $$;

-- The columns and rows of a table that it makes.
CREATE FUNCTION created_by(statement text, is_ordered boolean) RETURNS text[] LANGUAGE plpgsql AS $$
DECLARE
	columns text[];
	rows text[];
BEGIN
	EXECUTE 'CREATE TEMPORARY TABLE created AS ' || statement;
	columns := ARRAY(SELECT format('%s %s %s', attname, format_type(atttypid, atttypmod), attcollation) FROM pg_attribute WHERE attrelid = 'created'::regclass AND attnum > 0 ORDER BY attnum);
	rows := result_of('TABLE created', is_ordered);
	DROP TABLE created;
	RETURN columns || rows;
EXCEPTION WHEN OTHERS THEN
	RETURN ARRAY['error ' || SQLSTATE, SQLERRM];
END $$;

-- Which rollup it reads.
CREATE FUNCTION rollup_of(statement text) RETURNS text LANGUAGE plpgsql AS $$
DECLARE
	line text;
	found text;
BEGIN
	FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || statement LOOP
		found := coalesce(substring(line FROM ' on (\w+)_store'), found);
	END LOOP;
	RETURN found;
EXCEPTION WHEN OTHERS THEN
	RETURN NULL;
END $$;

-- A query with its values written into it, or as parameters; and these.
CREATE FUNCTION with_values(query text) RETURNS text LANGUAGE sql IMMUTABLE RETURN
	regexp_replace(regexp_replace(query, '«([^|»]*)\|»', '(NULL::\1)', 'g'), '«([^|»]*)\|([^»]*)»', '(CAST(''\2'' AS \1))', 'g');
CREATE FUNCTION with_parameters(INOUT query text, OUT types text, OUT arguments text) LANGUAGE plpgsql IMMUTABLE AS $$
DECLARE
	n integer := 0;
	p text[];
BEGIN
	LOOP
		p := regexp_match(query, '«([^|»]*)\|([^»]*)»');
		EXIT WHEN p IS NULL;
		n := n + 1;
		types := concat_ws(', ', types, p[1]);
		arguments := concat_ws(', ', arguments, CASE p[2] WHEN '' THEN 'NULL' ELSE quote_literal(p[2]) END);
		query := regexp_replace(query, '«[^»]*»', '$' || n);
	END LOOP;
END $$;

SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
CREATE FUNCTION set_rollups(value text) RETURNS void LANGUAGE sql AS $$ SELECT set_config('ces.enable_rollups', value, false) $$;

-- Compare a query, in some way in which it can be run.
CREATE PROCEDURE compare(number integer, query text) LANGUAGE plpgsql AS $$
DECLARE
	zones text[] := ARRAY['UTC', 'Europe/Amsterdam', 'America/New_York', 'America/St_Johns', 'Asia/Kolkata'];
	way text := CASE WHEN random() < 0.004 THEN 'parallel' WHEN random() < 0.03 THEN 'created' ELSE (ARRAY['direct', 'direct', 'whole', 'prepared', 'prepared'])[1 + floor(5 * random())] END;
	settings text;
	-- The order counts if ORDER BY, outside parentheses, says all of it.
	is_ordered boolean := query ~ 'ORDER BY [^()]*(count\(\*\)[^()]*)?$' AND query !~ 'GROUP BY[^()]* (DISTINCT ROLLUP|ROLLUP|CUBE|GROUPING SETS)';
	statement text := with_values(query);
	p record;
	types text;
	without text[];
	with_rollups text[];
	rollup text;
	differs boolean;
	began timestamptz := clock_timestamp();
BEGIN
	PERFORM set_config('jit', (way = 'parallel')::text, false), set_config('max_parallel_workers_per_gather', CASE way WHEN 'parallel' THEN '2' ELSE '0' END, false),
		set_config('TimeZone', zones[1 + floor(5 * random())], false), set_config('seq_page_cost', CASE WHEN random() < 0.9 THEN '100' ELSE '1' END, false),
		set_config('random_page_cost', (ARRAY['100', '100', '20', '1.1'])[1 + floor(4 * random())], false), set_config('enable_hashagg', (random() < 0.9)::text, false), set_config('enable_sort', (random() < 0.9)::text, false);
	settings := concat_ws(', ', way, current_setting('TimeZone'));
	IF way = 'whole' OR way = 'parallel' THEN
		statement := format('SELECT array_agg(q::text%s) FROM (%s) q', CASE WHEN NOT is_ordered THEN ' ORDER BY q::text COLLATE "C"' END, statement);
		is_ordered := true;
	ELSIF way = 'prepared' THEN
		p := with_parameters(query);
		types := '(' || p.types || ')';
		DEALLOCATE ALL;
		PERFORM set_config('plan_cache_mode', (ARRAY['force_generic_plan', 'force_generic_plan', 'auto', 'force_custom_plan'])[1 + floor(4 * random())], false);
		BEGIN
			PERFORM set_rollups('off');
			EXECUTE format('PREPARE without %s AS %s', types, p.query);
			PERFORM set_rollups('on');
			EXECUTE format('PREPARE with_rollups %s AS %s', types, p.query);
		EXCEPTION WHEN OTHERS THEN
			NULL;
		END;
		statement := coalesce('(' || p.arguments || ')', '');
		-- Plan them, and then let the time zone be another.
		PERFORM set_rollups('off'), result_of('EXECUTE without ' || statement, false), set_rollups('on'), result_of('EXECUTE with_rollups ' || statement, false);
		PERFORM set_config('TimeZone', zones[1 + floor(5 * random())], false);
		settings := concat_ws(', ', settings, 'then ' || current_setting('TimeZone'));
		IF random() < 0.1 THEN
			CALL change_answers();
		END IF;
		rollup := rollup_of('EXECUTE with_rollups ' || statement);
		with_rollups := result_of('EXECUTE with_rollups ' || statement, is_ordered);
		PERFORM set_rollups('off');
		without := result_of('EXECUTE without ' || statement, is_ordered);
		PERFORM set_config('plan_cache_mode', 'auto', false);
	END IF;
	IF way = 'created' THEN
		PERFORM set_rollups('off');
		without := created_by(statement, is_ordered);
		PERFORM set_rollups('on');
		rollup := rollup_of(statement);
		with_rollups := created_by(statement, is_ordered);
	END IF;
	IF without IS NULL THEN
		PERFORM set_rollups('off');
		without := result_of(statement, is_ordered);
		PERFORM set_rollups('on');
		rollup := rollup_of(statement);
		with_rollups := result_of(statement, is_ordered);
	END IF;
	PERFORM set_rollups('on'), set_config('jit', 'off', false), set_config('max_parallel_workers_per_gather', '0', false);
	-- An error has to be the same; and none that says that something is wrong inside.
	differs := CASE WHEN without[1] LIKE 'error %' THEN without[1] <> with_rollups[1] ELSE without <> with_rollups END;
	INSERT INTO done VALUES (number, query, settings, rollup, differs, CASE WHEN without[1] NOT LIKE 'error %' THEN cardinality(without) END,
		CASE WHEN without[1] LIKE 'error %' THEN without[2] END, CASE WHEN differs THEN without END, CASE WHEN differs THEN with_rollups END, extract(epoch FROM clock_timestamp() - began) * 1000);
END $$;

-- Compare many, with a few writes now and then.
CREATE PROCEDURE compare_many(first integer, queries integer, seed float8) LANGUAGE plpgsql AS $$
BEGIN
	PERFORM setseed(seed);
	FOR number IN first + 1..first + queries LOOP
		CALL compare(number, random_query());
		IF number % 20 = 0 THEN
			CALL change_answers();
			COMMIT;
		END IF;
	END LOOP;
END $$;
\set ECHO all
