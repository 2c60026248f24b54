-- What a round calls: every function and aggregate of the extension, with arguments from a
-- table that has a column of each type.
SET client_min_messages = error; -- without warnings about default scales
SET max_parallel_workers_per_gather = 0;
SET jit = off;
SET work_mem = '1GB';
CREATE EXTENSION ces;
INSERT INTO ces_label (label_set, label, score) VALUES ('easy', 'easy', 5);
INSERT INTO ces_label_set VALUES ('easy', '1..5');
CREATE TABLE sample AS
SELECT n, (1 + n % 5)::smallint AS "smallint", 1 + n % 5 AS "integer", n % 9 AS "bigint", (1 + n % 5)::float8 AS "double precision", (1 + n % 5)::numeric AS "numeric",
  ARRAY['a', 'b'] AS "text[]", ARRAY[n % 7, n % 4] AS "integer[]", ARRAY[n % 7, n % 4]::float8[] AS "double precision[]", ARRAY[n % 2 = 0, n % 3 = 0] AS "boolean[]",
  format('{"a","b"} left out %s {{4},{16,70},{2,9,2},{%s,30,4,70}}', n, n % 3 + 6)::ces_drivers AS ces_drivers,
  'easy'::text AS text, ces_scale '1..5' AS ces_scale, ARRAY[n, 1000, 9, 1, 70000]::bigint[] AS "bigint[]",
  ces_from_counts('1..5', ARRAY[n, 1000, 9, 10, 70000]) AS ces_tally
FROM generate_series(1000, 2000) n;
CREATE TABLE received (LIKE sample);

CREATE TABLE call (query text);
INSERT INTO call
SELECT format(form, call)
FROM (SELECT prokind, format('%s(%s)', proname,
        (SELECT string_agg(quote_ident(type::regtype::text), ', ' ORDER BY place)
         FROM unnest(proargtypes) WITH ORDINALITY a (type, place) WHERE place <= pronargs - pronargdefaults)) AS call
      FROM pg_depend d JOIN pg_proc p ON classid = 'pg_proc'::regclass AND objid = p.oid
      WHERE refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ces') AND deptype = 'e'
        AND 'internal'::regtype <> ALL (proargtypes) AND 'cstring'::regtype <> ALL (proargtypes)
        AND 'regclass'::regtype <> ALL (proargtypes) AND '"any"'::regtype <> ALL (proargtypes) AND 'anyelement'::regtype <> ALL (proargtypes) AND 'ces_limits_point'::regtype <> ALL (proargtypes) AND prorettype <> 'trigger'::regtype
        AND NOT (prokind = 'a' AND 'confidence' = ANY (proargnames))
        AND proname NOT LIKE '\_ces\_rollup\_%' AND p.oid NOT IN ('ces_scale(int, int, int, int)'::regprocedure, 'ces_scale(text)'::regprocedure, 'ces_rollup_explain(text)'::regprocedure)) f
JOIN (VALUES ('f', 'SELECT %s FROM sample'), ('a', 'SELECT %s FROM sample'), ('a', 'SELECT n, %s FROM sample GROUP BY n'),
        ('a', 'SELECT %s OVER (ORDER BY n ROWS 10 PRECEDING) FROM sample')) q (kind, form) ON kind = prokind;
INSERT INTO call VALUES
  ('SELECT ces_scale(1, n - 990, top => n - 990) FROM sample WHERE n < 1090'),
  ('SELECT ces_topbox_ci(ces_tally, 0.9), ces_topbox_test(ces_tally, ces_tally, 0.9), ces_mean_impact(ces_tally, ces_tally + ces_tally, 0.9) FROM sample'),
  ('SELECT n % 9, ces_topbox_stratified(ces_tally, ces_tally + ces_tally, 0.9), ces_mean_standardized(ces_tally, n, 0.9) FROM sample GROUP BY n % 9'),
  ('SELECT nps_stratified(few, ces_tally) FROM (SELECT ces_tally, ces_from_counts(''1..5'', ARRAY[0, n % 2, 1 - n % 2, 0, 1]) AS few FROM sample WHERE n < 1020) s'),
  ('SELECT ces_scale(ces_scale::text), ces_scale(''1..'' || n % 50 + 2), ces_mean(1, text ''1..5'') FROM sample GROUP BY n, ces_scale'),
  ('SELECT nps(1) FROM sample GROUP BY n % 9'),
  ('SELECT ces_scale::text::ces_scale, ces_tally::text::ces_tally FROM sample'),
  ('SELECT DISTINCT ces_tally FROM sample'),
  ('SELECT count(m) FROM (SELECT ces_topbox(1 + n % 7) AS m FROM generate_series(1, ' || :groups || ') n GROUP BY n) q');

-- Contacts.
CREATE TABLE contact AS SELECT n % 7 AS customer, timestamp '2026-01-01' + n * interval '11 hours' AS at, 'channel ' || n % 3 AS channel FROM generate_series(1, 1000) n;
INSERT INTO call
SELECT format('SELECT ces_repeated(at, ''7 days'', leg => ''1 day'') OVER w, ces_repeated(at, ''1 month'', leg => %L) OVER w, ces_episode(at, ''3 days'') OVER w, ces_switches(channel) OVER w, last_value(at) OVER w
  FROM (SELECT customer, at::text::%s AS at, channel FROM contact) c WINDOW w AS (PARTITION BY customer ORDER BY at ROWS BETWEEN UNBOUNDED PRECEDING AND %s)', leg, type, frame)
FROM unnest('{timestamptz,timestamp,date}'::text[]) type, unnest('{0,20 days}'::text[]) leg, unnest('{CURRENT ROW,UNBOUNDED FOLLOWING}'::text[]) frame;
INSERT INTO call VALUES
  ('SELECT customer, ces_switches(channel ORDER BY at), ces_switches(ARRAY[channel] ORDER BY at), ces_switches(ROW(1, channel) ORDER BY at) FROM contact GROUP BY customer');

-- Who stands out, and what changed.
INSERT INTO call
SELECT format('SELECT (%1$s_funnel(ces_tally) OVER w).*, (%1$s_limits(ces_tally) OVER v).*, %1$s_limits(ces_tally, 5) OVER v FROM sample WINDOW w AS (PARTITION BY n %% 7), v AS (PARTITION BY n %% 7 ORDER BY n)', metric)
FROM unnest('{ces_topbox,csat,nps,ces_mean}'::text[]) metric;
INSERT INTO call VALUES ('SELECT ces_limits_bar(ces_mean_limits(ces_tally) OVER (ORDER BY n), 1, 5, 80) FROM sample');

-- A rollup, and those who write.
CREATE TABLE responses (channel text, effort integer, answered_at timestamp DEFAULT '2026-01-01');
CALL ces_create_rollup('by_channel', 'SELECT channel, ces_tally(effort, ''1..7'') AS effort, count(*) AS responses FROM responses GROUP BY channel');
CALL ces_create_rollup('by_day', 'SELECT answered_at::date AS day, channel, ces_tally(effort, ''1..7'') AS effort FROM responses GROUP BY 1, 2');
INSERT INTO call VALUES
  ('INSERT INTO responses SELECT ''channel '' || n % 100, 1 + n % 7 FROM sample'), ('INSERT INTO responses VALUES (''phone'', 7)'),
  ('UPDATE responses SET effort = 8 - effort'), ('SELECT * FROM by_channel'), ('SELECT ces_fold_rollup(''by_channel'')'),
  ('SELECT channel, ces_topbox(effort, ''1..7'') FROM responses GROUP BY channel'),
  ('SELECT date_trunc(''week'', answered_at), ces_mean(effort, ''1..7'') FROM responses WHERE answered_at >= ''2025-12-01 10:00'' AND answered_at < now() AND answered_at <> ''infinity'' GROUP BY 1'),
  ('SELECT * FROM ces_rollup_explain(''SELECT date_trunc($$week$$, answered_at), ces_mean(effort, $$1..7$$) FROM responses WHERE answered_at >= now() - interval $$90 days$$ GROUP BY 1'')'),
  ('SELECT * FROM ces_check_rollup(''by_channel'')'), ('SELECT * FROM ces_rollup_status'), ('SELECT ces_repair_rollup(''by_channel'')'),
  ('SELECT _ces_rollup_hash(n, text) FROM sample'), ('DELETE FROM responses'), ('TRUNCATE responses'), ('SELECT ces_fold_rollup(''by_channel'')');

-- Errors, each raised and caught.
CREATE FUNCTION fail(statement text) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  EXECUTE statement;
  RAISE EXCEPTION 'no error: %', statement USING ERRCODE = 'assert_failure';
EXCEPTION WHEN OTHERS THEN
END $$;
CREATE TABLE failure (statement text);
INSERT INTO failure VALUES
  ('SELECT ces_mean(integer + n) FROM sample'), ('SELECT ces_mean(1, NULL)'), ('SELECT ces_mean(integer, CASE WHEN n > 1500 THEN ces_scale ''1..7'' ELSE ces_scale END) FROM sample'),
  ('SELECT ces_tally(1, ''1..7'', -1)'), ('SELECT ces_scale ''1..x'''), ('SELECT ces_tally ''1..3 {1,2'''), ('SELECT ces_tally - (ces_tally + ces_tally) FROM sample'),
  ('SELECT ces_from_counts(''1..3'', ''{1}'')'), ('SELECT ces_topbox(ces_tally, 99) FROM sample'), ('SELECT ces_mean_ci(ces_tally, 2) FROM sample'),
  ('SELECT ces_score(''easy'', ''none'')'), ('SELECT ces_topbox(text, ''none'') FROM sample'), ('SELECT ces_topbox(n::text, ''easy'') FROM sample'), ('SELECT ces_score(n::text, ''easy'') FROM sample'), ('SELECT ces_box(99, ''1..7'')'),
  ('SELECT ces_repeated(at, ''1 day'') OVER (ORDER BY customer) FROM contact'), ('SELECT ces_switches(channel) FROM contact'), ('SELECT ces_episode(at, ''-1 day'') OVER (ORDER BY at) FROM contact'),
  ('SELECT nps_limits(ces_tally) OVER () FROM sample'), ('SELECT csat_limits(ces_tally, n) OVER (ORDER BY n) FROM sample'), ('SELECT ces_limits_bar(ces_mean_limits(ces_tally) OVER (ORDER BY n), 1, 1) FROM sample'),
  ('SELECT csat_funnel(CASE WHEN n > 1500 THEN ces_tally ''1..3 {1,2,3}'' ELSE ces_tally END) OVER () FROM sample'),
  ('INSERT INTO responses VALUES (''phone'', 7), (''chat'', 8)'), ('SELECT ces_fold_rollup(''responses'')');

-- Labels that change while a query uses them.
CREATE FUNCTION relabel() RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  FOR wanted IN 1..100 LOOP
    UPDATE ces_label SET score = wanted WHERE label_set = 'easy';
    IF ces_score('easy', 'easy') <> wanted THEN RAISE EXCEPTION 'ces_score returned the old score of a label'; END IF;
  END LOOP;
  UPDATE ces_label SET score = 5 WHERE label_set = 'easy';
END $$;

-- Vacuum now, so that nothing does while memory is measured.
ALTER TABLE ces_label SET (autovacuum_enabled = off);
VACUUM ANALYZE;
