--
-- Queries that a rollup can't have, with what to type instead
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

\pset format unaligned
\pset tuples_only on
SET timezone = 'Europe/Amsterdam';
SET datestyle = iso;
SET intervalstyle = postgres;
SET client_min_messages = warning;

-- A query, followed by the error that it raises.
CREATE FUNCTION pg_temp.refused(query text) RETURNS text LANGUAGE sql AS $$
  SELECT replace(pg_temp.error_of(call), call, query)
  FROM format('CALL ces_create_rollup(''daily'', %L)', query) call
$$;

-- A query, if a rollup can have it and gives the same rows.
CREATE FUNCTION pg_temp.accepted(query text) RETURNS text LANGUAGE plpgsql SET ces.enable_rollups = off AS $$
DECLARE
  wrong bigint;
BEGIN
  CALL ces_create_rollup('daily', query);
  EXECUTE format('SELECT count(*) FROM ((TABLE daily EXCEPT %1$s) UNION ALL (%1$s EXCEPT TABLE daily)) d', query) INTO wrong;
  PERFORM ces_drop_rollup('daily');
  RETURN concat(query, E'\n  wrong: ' || nullif(wrong, 0));
END $$;

CREATE TABLE responses (
  id integer PRIMARY KEY,
  answered_at timestamptz,
  answered_on date,
  local_time timestamp,
  channel text,
  agent integer,
  effort_score integer,
  recommend numeric,
  stars smallint,
  scale ces_scale,
  scale_name text,
  transaction xid,
  transactions xid[],
  answer text,
  tags text[],
  "Team" varchar(20) COLLATE "C",
  week date GENERATED ALWAYS AS (answered_on - 3) STORED
);
INSERT INTO responses VALUES
  (1, '2026-03-01 23:30+00', '2026-03-02', '2026-03-02 00:30', 'phone', 1, 5, 9, 4, '1..7', '1..7', '1', '{1}', 'easy', '{a,b}', 'blue'),
  (2, '2026-03-02 12:00+00', '2026-03-02', '2026-03-02 13:00', 'web', 2, 7, 10, 5, '1..7', '1..7', '2', '{2}', 'hard', '{a}', 'red'),
  (3, '2026-03-03 12:00+00', '2026-03-03', '2026-03-03 13:00', NULL, NULL, 2, NULL, 1, '1..5', '1..5', '2', '{2}', NULL, NULL, NULL),
  (4, NULL, NULL, NULL, 'web', 2, NULL, 6, NULL, NULL, NULL, NULL, NULL, 'easy', '{}', 'red');

-- Not one SELECT. What PostgreSQL itself refuses points to the place.
SELECT pg_temp.refused(query) FROM unnest(ARRAY[
  '', '  -- nothing', 'SELECT 1; SELECT 2', 'DELETE FROM responses', 'TABLE responses', 'VALUES (1)',
  'SELECT channel, ces_tally(effort_score, ''1..7'') INTO other FROM responses GROUP BY channel',
  'EXPLAIN SELECT 1', 'SELECT', 'SELECT channel FROM nowhere GROUP BY 1', 'SELECT $1, count(*) FROM responses GROUP BY 1',
  'SELECT ces_tally(4, ''1..7'') AS effort',
  'SELECT channel, ces_tally(effort_score, ''1..8 top 9'') FROM responses GROUP BY channel']) query;
CALL ces_create_rollup('daily', $$SELECT channel,
  ces_taly(effort_score, '1..7') AS effort
FROM responses GROUP BY channel$$);
CALL ces_create_rollup('daily', $$SELECT channel, max(agent), 'è',
  nps(effort_score, '1..7') AS effort
FROM responses GROUP BY channel$$);
CALL ces_create_rollup('daily', $$SELECT 'è' || channel AS channel,
  nps(effort_score, '1..7') AS effort
FROM responses GROUP BY 1$$);
CALL ces_create_rollup('daily', 'SELECT channel, FROM responses');

-- Around the table.
CREATE TABLE agents (id integer PRIMARY KEY, name varchar(30), "Site" text);
CREATE VIEW answers AS TABLE responses;
CREATE MATERIALIZED VIEW stored_answers AS TABLE responses;
CREATE TEMPORARY TABLE temporary_answers (LIKE responses);
CREATE SEQUENCE numbers;
SELECT pg_temp.refused('SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM ' || table_name || ' GROUP BY channel') FROM unnest(ARRAY[
  '(SELECT * FROM responses) r', 'answers', 'stored_answers', 'temporary_answers', 'ONLY (responses) TABLESAMPLE SYSTEM (10)',
  'json_to_record(''{}'') r (channel text, effort_score integer)', '(VALUES (''web'', 4)) r (channel, effort_score)']) table_name;
SELECT pg_temp.refused(query) FROM unnest(ARRAY[
  'SELECT last_value, ces_tally(4, ''1..7'') AS effort FROM numbers GROUP BY 1',
  'SELECT relname, ces_tally(relnatts, ''1..7'') AS effort FROM pg_class GROUP BY 1',
  'SELECT feature_name, ces_tally(4, ''1..7'') AS effort FROM information_schema.sql_features GROUP BY 1',
  'WITH r AS (SELECT * FROM responses) SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM r GROUP BY channel',
  'SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1 UNION ALL SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1',
  'SELECT name, "Site", ces_tally(effort_score, ''1..7'') AS effort FROM responses JOIN agents ON agents.id = agent GROUP BY 1, 2',
  'SELECT a.name, ces_tally(r.effort_score, ''1..7'') AS effort FROM agents a, responses r WHERE a.id = r.agent GROUP BY a.name',
  'SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses LEFT JOIN agents ON agents.id = agent GROUP BY 1',
  'SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses, LATERAL unnest(tags) tag GROUP BY 1',
  'SELECT (SELECT name FROM agents WHERE id = agent) AS name, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1',
  'SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses WHERE agent IN (SELECT id FROM agents) GROUP BY 1',
  'SELECT channel, ces_tally(effort_score, ''1..7'') FILTER (WHERE EXISTS (SELECT FROM agents)) AS effort FROM responses GROUP BY 1']) query;
ALTER TABLE responses ADD COLUMN name varchar(30), ADD COLUMN "Site" text;
ALTER TABLE responses DROP COLUMN name, DROP COLUMN "Site";
DROP TABLE agents;
DROP VIEW answers;
DROP MATERIALIZED VIEW stored_answers;
DROP TABLE temporary_answers;
DROP SEQUENCE numbers;

-- Inheritance, partitions, foreign tables, row-level security.
CREATE FUNCTION pg_temp.refused_over(table_name text) RETURNS text LANGUAGE sql AS $$
  SELECT pg_temp.refused('SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM ' || table_name || ' GROUP BY channel')
$$;
CREATE TABLE parent (channel text, effort_score integer);
CREATE TABLE child () INHERITS (parent);
SELECT pg_temp.refused_over('parent');
SELECT pg_temp.refused_over('child');
DROP TABLE parent, child;
CREATE TABLE partitioned (channel text, effort_score integer) PARTITION BY LIST (channel);
CREATE TABLE partitioned_web PARTITION OF partitioned FOR VALUES IN ('web') PARTITION BY RANGE (effort_score);
CREATE UNLOGGED TABLE partitioned_web_low PARTITION OF partitioned_web FOR VALUES FROM (1) TO (4);
SELECT pg_temp.refused_over('ONLY partitioned');
SELECT pg_temp.refused_over('partitioned');
ALTER TABLE partitioned_web_low SET LOGGED;
CREATE FOREIGN DATA WRAPPER nothing;
CREATE SERVER elsewhere FOREIGN DATA WRAPPER nothing;
CREATE FOREIGN TABLE "Far" PARTITION OF partitioned FOR VALUES IN ('phone') SERVER elsewhere;
SELECT pg_temp.refused_over('partitioned');
SELECT pg_temp.refused_over('"Far"');
ALTER TABLE partitioned DETACH PARTITION "Far";
SELECT pg_temp.accepted('SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM ' || table_name || ' GROUP BY channel')
FROM unnest(ARRAY['partitioned', 'partitioned_web', 'partitioned_web_low']) table_name;
DROP TABLE partitioned;
DROP FOREIGN DATA WRAPPER nothing CASCADE;
-- Row-level security does not apply to a superuser.
CREATE ROLE regress_ces_owner;
GRANT CREATE ON SCHEMA public TO regress_ces_owner;
CREATE TABLE secured (channel text, effort_score integer);
ALTER TABLE secured OWNER TO regress_ces_owner;
ALTER TABLE secured ENABLE ROW LEVEL SECURITY;
SELECT pg_temp.accepted('SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM secured GROUP BY channel');
ALTER TABLE secured FORCE ROW LEVEL SECURITY;
SELECT pg_temp.refused_over('secured');
ALTER TABLE public.secured NO FORCE ROW LEVEL SECURITY;
SELECT pg_temp.accepted('SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM secured GROUP BY channel');
DROP TABLE secured;
REVOKE CREATE ON SCHEMA public FROM regress_ces_owner;
DROP ROLE regress_ces_owner;

-- Clauses.
SELECT pg_temp.refused('SELECT channel, agent, count(*) AS responses, ces_tally(effort_score, ''1..7'') AS effort FROM responses ' || clauses) FROM unnest(ARRAY[
  'GROUP BY channel, agent HAVING count(*) > 10', 'GROUP BY channel, agent HAVING max(recommend) > 9 OR channel = ''web''',
  'GROUP BY channel, agent HAVING ces_count(ces_tally(effort_score, ''1..7'')) > 10 AND channel <> ''web''',
  'GROUP BY channel, agent ORDER BY channel', 'GROUP BY channel, agent LIMIT 10', 'GROUP BY channel, agent OFFSET 1',
  'GROUP BY channel, agent FETCH FIRST 1 ROW ONLY', 'GROUP BY ROLLUP (channel, agent)', 'GROUP BY GROUPING SETS ((channel, agent), ())',
  'GROUP BY CUBE (channel, agent)', 'GROUP BY channel, agent WINDOW w AS (ORDER BY channel)']) clauses;
SELECT pg_temp.refused(query) FROM unnest(ARRAY[
  'SELECT DISTINCT channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1',
  'SELECT DISTINCT ON (channel) channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1',
  'SELECT ces_tally(effort_score, ''1..7'') AS effort FROM responses',
  'SELECT ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY ()',
  'SELECT channel, ces_tally(effort_score, ''1..7'') AS effort, rank() OVER (ORDER BY channel) FROM responses GROUP BY 1',
  'SELECT channel, ces_tally(effort_score, ''1..7'') OVER (PARTITION BY channel) AS effort FROM responses',
  'SELECT channel, unnest(tags) AS tag, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1, 2',
  'SELECT channel FROM responses FOR UPDATE',
  'SELECT channel, count(*) FROM responses GROUP BY channel']) query;

-- Columns.
SELECT pg_temp.refused(query) FROM unnest(ARRAY[
  'SELECT ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY channel',
  'SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY channel, lower("Team")',
  'SELECT id, channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY id',
  'SELECT channel, ''all'' AS team, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY channel',
  'SELECT upper(channel) AS channel, agent, ces_tally(effort_score, ''1..7'') AS effort FROM responses r GROUP BY r.channel, agent',
  'SELECT channel, GROUPING(channel) AS g, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY channel',
  'SELECT channel, ces_tally(effort_score, ''1..7''), ces_tally(recommend, ''nps'') FROM responses GROUP BY channel',
  'SELECT tableoid, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1',
  'SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses WHERE ctid <> ''(0,1)'' GROUP BY 1',
  'SELECT channel, ces_tally(effort_score, ''1..7'') AS effort, count(responses) AS n FROM responses GROUP BY 1',
  'SELECT responses, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1',
  'SELECT (channel, agent) AS pair, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1',
  'SELECT transaction, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1',
  'SELECT transactions, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1',
  'SELECT ''{}''::json, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1']) query;
SELECT pg_temp.accepted(query) FROM unnest(ARRAY[
  'SELECT channel, lower("Team"::text), ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY channel, lower("Team")',
  'SELECT id, channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY id, channel',
  'SELECT channel, ''all'' AS team, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY channel, 2',
  'SELECT upper(channel) AS channel, agent, ces_tally(effort_score, ''1..7'') AS effort FROM responses r GROUP BY upper(channel), agent',
  'SELECT transaction::text AS transaction, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY transaction::text']) query;
-- As many keys as an index of the store can have, beside the partition.
SELECT left(pg_temp.refused('SELECT ' || string_agg('agent + ' || n || ' AS k' || n, ', ') || ', ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY ' || string_agg(n::text, ', ')), 18) AS begin,
       right(pg_temp.refused('SELECT ' || string_agg('agent + ' || n || ' AS k' || n, ', ') || ', ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY ' || string_agg(n::text, ', ')), 130)
FROM generate_series(1, 32) n;
SELECT left(pg_temp.accepted('SELECT ' || string_agg('agent + ' || n || ' AS k' || n, ', ') || ', ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY ' || string_agg(n::text, ', ')), 18)
FROM generate_series(1, 31) n;

-- Aggregates.
SELECT pg_temp.refused('SELECT channel, ' || calls || ' FROM responses GROUP BY channel') FROM unnest(ARRAY[
  'nps(recommend)', 'nps(recommend) AS loyalty', 'ces_topbox(effort_score, ''1..7'')', 'ces_topbox(effort_score)', 'ces_mean(effort_score + 1) AS effort',
  'csat(stars)', 'nps(recommend) FILTER (WHERE agent = 2 AND channel <> ''web'') AS nps', 'round(nps(recommend, scale), 1) AS nps', 'coalesce(csat(stars), 0)',
  'ces_tally(answer, ''ease5'')', 'nps(answer, ''ease5'') AS ease', 'ces_tally(effort_score, ''1..7'', 3)', 'ces_tally(stars, ''1..5'', agent) FILTER (WHERE agent > 1)',
  'ces_rollup(ces_from_counts(scale, ''{1,2,3,4,5,6,7}''))', 'avg(recommend)', 'round(avg(recommend) FILTER (WHERE agent > 1), 1) AS r', 'sum(stars)', 'min(stars)', 'max(stars)',
  'percentile_cont(0.5) WITHIN GROUP (ORDER BY recommend)', 'array_agg(answer)', 'count(DISTINCT agent)', 'ces_tally(DISTINCT effort_score, ''1..7'')',
  'ces_tally(effort_score, ''1..7'' ORDER BY id)', 'count(*) * 1.0 / 7 AS n', 'count(*)::integer AS n', 'ces_count(ces_tally(effort_score, ''1..7'')) AS n',
  'ces_tally(effort_score, NULL) AS effort', 'ces_tally(effort_score, scale) AS effort', 'ces_tally(effort_score, scale_name) AS effort',
  'ces_tally(effort_score, CASE WHEN agent = 1 THEN ''1..7'' ELSE ''1..5'' END::ces_scale) AS effort']) calls;
SELECT pg_temp.accepted('SELECT channel, ' || calls || ' FROM responses GROUP BY channel') FROM unnest(ARRAY[
  'ces_tally(recommend, ''nps'') AS recommend', 'ces_tally(recommend, ''nps'') AS loyalty', 'ces_tally(effort_score, ''1..7 top 5 bottom 3''::ces_scale) AS effort_score',
  'ces_tally(stars, ''csat'') AS stars', 'ces_tally(recommend, ''nps'') FILTER (WHERE agent = 2 AND channel <> ''web''::text) AS recommend',
  'ces_tally(effort_score, ''1..7 top 5 bottom 3''::ces_scale)']) calls;
SELECT pg_temp.accepted(query) FROM unnest(ARRAY[
  'SELECT channel, scale, ces_tally(effort_score, scale) AS effort FROM responses WHERE scale IS NOT NULL GROUP BY channel, scale',
  'SELECT channel, ces_tally(effort_score, scale_name::ces_scale) AS effort, scale_name::ces_scale AS s FROM responses WHERE scale_name IS NOT NULL GROUP BY channel, ces_scale(scale_name)',
  'SELECT channel, agent, ces_tally(stars, ''1..5'') AS stars FROM responses GROUP BY channel, agent']) query;

-- What isn't immutable, in keys. The day in the hint is that of the time zone in which the user asks.
CREATE SEQUENCE numbers;
SELECT pg_temp.refused('SELECT ' || key || ' AS day, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1') FROM unnest(ARRAY[
  'answered_at::date', 'date(answered_at)', 'answered_at::timestamp', 'answered_at::time', 'date_trunc(''month'', answered_at)',
  'extract(isodow FROM answered_at)', 'date_part(''hour'', answered_at)', 'date_trunc(''week'', answered_at::date)::date', 'date_trunc(''month'', answered_on)', '(answered_at + interval ''1 day'')::date',
  'answered_at - interval ''1 hour''', 'answered_at >= date ''2026-03-02''', 'to_char(answered_at, ''YYYY-MM'')', 'to_char(answered_on, ''YYYY-MM'')', 'to_char(recommend, ''99'')', 'answered_on::text', 'answered_at::date::text', 'answered_at::text',
  'current_date - answered_on', 'age(answered_at)', 'random()', 'concat(channel, ''/'', agent)', 'ces_score(answer, ''ease5'')', 'channel::regclass', 'current_user', 'nextval(''numbers'')',
  'CASE WHEN answered_at::date > ''2026-01-01'' THEN ''new'' ELSE ''old'' END']) key;
SELECT pg_temp.accepted('SELECT ' || key || ' AS day, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1') FROM unnest(ARRAY[
  '(answered_at AT TIME ZONE ''Europe/Amsterdam'')::date', 'date((answered_at AT TIME ZONE ''Europe/Amsterdam''))', '(answered_at AT TIME ZONE ''Europe/Amsterdam'')::time without time zone',
  'date_trunc(''month'', (answered_at AT TIME ZONE ''Europe/Amsterdam''))', 'EXTRACT(isodow FROM (answered_at AT TIME ZONE ''Europe/Amsterdam''))',
  '((answered_at AT TIME ZONE ''Europe/Amsterdam'') + ''1 day''::interval)::date', '(answered_at AT TIME ZONE ''Europe/Amsterdam'') >= ''2026-03-02''::date']) key;
SELECT pg_temp.accepted('SELECT ' || key || ' AS day, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1') FROM unnest(ARRAY[
  'date_part(''hour'', (answered_at AT TIME ZONE ''Europe/Amsterdam''))',
  'date_trunc(''week'', (answered_at AT TIME ZONE ''Europe/Amsterdam'')::date::timestamp without time zone)::date',
  'date_trunc(''month'', answered_on::timestamp without time zone)', 'answered_on', 'recommend',
  '(answered_at AT TIME ZONE ''Europe/Amsterdam'') - ''01:00:00''::interval',
  'CASE WHEN (answered_at AT TIME ZONE ''Europe/Amsterdam'')::date > ''2026-01-01''::date THEN ''new''::text ELSE ''old''::text END']) key;
SET timezone = 'America/New_York';
SELECT pg_temp.refused('SELECT answered_at::date AS day, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1');
SET timezone = 'Europe/Amsterdam';
DROP SEQUENCE numbers;

-- What isn't immutable, elsewhere.
SELECT pg_temp.refused('SELECT answered_on AS day, channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses WHERE ' || condition || ' GROUP BY 1, 2') FROM unnest(ARRAY[
  'answered_on > current_date - 30', 'answered_at > now() - interval ''30 days''', 'channel <> ''web'' AND answered_on < localtimestamp AND agent > 0', 'answered_at >= ''2026-03-02''::date',
  'answered_at::date = ''2026-03-02''', 'random() < 0.1', 'channel = current_user', 'current_setting(''ces.channel'') = channel', 'to_char(answered_at, ''ID'') < ''6''']) condition;
SELECT pg_temp.refused('SELECT channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses WHERE answered_at > now() - interval ''30 days'' GROUP BY 1');
SELECT pg_temp.accepted('SELECT answered_on AS day, channel, ces_tally(effort_score, ''1..7'') AS effort FROM responses WHERE ' || condition || ' GROUP BY 1, 2') FROM unnest(ARRAY[
  'answered_at >= ''2026-03-02 00:00+01''', '(answered_at AT TIME ZONE ''Europe/Amsterdam'') >= ''2026-03-02''::date', '(answered_at AT TIME ZONE ''Europe/Amsterdam'')::date = ''2026-03-02''::date']) condition;
SELECT pg_temp.refused('SELECT channel, ' || calls || ' FROM responses GROUP BY channel') FROM unnest(ARRAY[
  'ces_tally(effort_score, ''1..7'') FILTER (WHERE answered_at > now()) AS effort', 'ces_tally(effort_score, ''1..7'') FILTER (WHERE answered_at::date > ''2026-01-01'') AS effort',
  'ces_tally(ces_score(answer, ''ease5''), ''1..5'') AS effort', 'ces_tally(effort_score + (random() * 0)::integer, ''1..7'') AS effort',
  'ces_tally(extract(hour FROM answered_at), ''0..23'') AS hours', 'ces_tally(effort_score, ''1..7'') AS effort, count(to_char(answered_at, ''Day'')) AS days', 'ces_tally(effort_score, ''1..7'') AS effort, count(current_date - answered_on) AS days']) calls;
-- Functions of the user: what they do counts, as for an index.
CREATE FUNCTION nothing(a integer DEFAULT random()::integer) RETURNS integer LANGUAGE sql IMMUTABLE AS 'SELECT a';
CREATE FUNCTION lucky(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a + random()::integer';
SELECT pg_temp.refused('SELECT ' || key || ' AS key, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1') FROM unnest(ARRAY['nothing()', 'lucky(agent)']) key;
DROP FUNCTION nothing, lucky;

-- What a rollup can have.
CREATE COLLATION insensitive (provider = icu, locale = 'und-u-ks-level2', deterministic = false);
CREATE DOMAIN points AS integer CHECK (VALUE > 0);
CREATE TYPE mood AS ENUM ('bad', 'good');
CREATE FUNCTION twice(a integer) RETURNS integer LANGUAGE sql AS 'SELECT a + a';
SELECT pg_temp.accepted(query) FROM unnest(ARRAY[
  'SELECT channel, ces_tally(effort_score, ''1..7'') AS effort, ces_tally(recommend, ''nps'') AS recommend, ces_tally(stars, ''csat'') AS stars, count(*) AS responses, count(agent) AS agents FROM responses GROUP BY channel',
  'SELECT ces_tally(effort_score::bigint, ''1..7'') AS a, ces_tally(effort_score::real, ''1..7'') AS b, ces_tally(effort_score::points, ''1..7'') AS c, channel::varchar(3) AS d, agent % 2 = 0 AS e FROM responses GROUP BY 4, 5',
  'SELECT c, ces_tally(s, ces_scale(1, 7)) AS effort, count(1) AS n FROM responses r (id, at, day, local, c, a, s) WHERE s > 1 GROUP BY c',
  'SELECT r.channel AS agent, r.agent AS channel, ces_tally(r.effort_score, (''1..'' || 7::text)::ces_scale) FILTER (WHERE r.channel IN (''web'', ''phone'')) FROM ONLY responses AS r GROUP BY r.channel, r.agent',
  'SELECT CASE WHEN agent = 1 THEN ''good''::mood ELSE ''bad'' END AS mood, week, coalesce("Team", ''none'') AS "Team", lower(channel) COLLATE insensitive AS channel, tags, array_length(tags, 1) AS tags2, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY mood, week, 3, 4, 5, 6',
  'SELECT channel, channel AS again, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY channel, channel',
  'SELECT channel, 1 AS one, NULL AS nothing, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY 1, 2, 3',
  'SELECT twice(agent) AS twice, ces_tally(twice(stars) / 2, ''1..5'') AS stars FROM responses GROUP BY twice(agent)',
  'SELECT scale, ces_tally(stars, scale) AS stars FROM responses WHERE scale IS NOT NULL GROUP BY scale',
  'SELECT pg_catalog.date_trunc(''month'', local_time) AS month, ces_tally(effort_score, ''1..7'') AS effort FROM responses GROUP BY month']) query;
DROP FUNCTION twice;
DROP TYPE mood;
DROP DOMAIN points;
DROP COLLATION insensitive;

-- Generated columns that aren't stored (PostgreSQL 18 and later): triggers don't have them.
DO $do$
DECLARE
  wrong bigint;
BEGIN
  IF current_setting('server_version_num')::int < 180000 THEN RETURN; END IF;
  EXECUTE $$CREATE TABLE virtual (channel text, score integer, medium text GENERATED ALWAYS AS (upper(channel)) VIRTUAL,
    points integer GENERATED ALWAYS AS (8 - score) VIRTUAL, range text GENERATED ALWAYS AS ('1..' || length(channel)) VIRTUAL)$$;
  EXECUTE $$INSERT INTO virtual VALUES ('twitter', 3), ('webchat', 5)$$;
  CALL ces_create_rollup('daily', $$SELECT medium, range::ces_scale AS range, ces_tally(points, range) FILTER (WHERE points > 1) AS effort, count(points) AS n
    FROM virtual WHERE points < 7 GROUP BY medium, range::ces_scale$$);
  EXECUTE $$INSERT INTO virtual VALUES ('twitter', 2), ('youtube', 1), ('webchat', NULL), ('myspace', 7)$$;
  EXECUTE $$UPDATE virtual SET score = 6 WHERE score = 5$$;
  SELECT count(*) INTO wrong FROM ces_check_rollup('daily');
  IF wrong > 0 THEN RAISE EXCEPTION '% groups are wrong', wrong; END IF;
  IF (SELECT string_agg(medium || n, ' ' ORDER BY medium) FROM daily) IS DISTINCT FROM 'MYSPACE1 TWITTER2 WEBCHAT1' THEN
    RAISE EXCEPTION 'wrong groups: %', (SELECT string_agg(medium || n, ' ' ORDER BY medium) FROM daily);
  END IF;
  PERFORM ces_drop_rollup('daily');
  DROP TABLE virtual;
END $do$;

-- With the extension out of the search_path.
CREATE SCHEMA elsewhere;
SELECT extnamespace::regnamespace AS home FROM pg_extension WHERE extname = 'ces' \gset
CREATE SCHEMA "Ces";
ALTER EXTENSION ces SET SCHEMA "Ces";
CREATE FUNCTION pg_temp.refused_there(query text) RETURNS text LANGUAGE sql AS $$
  SELECT replace(pg_temp.error_of(call), call, query)
  FROM format('CALL "Ces".ces_create_rollup(''daily'', %L)', query) call
$$;
SELECT pg_temp.refused_there('SELECT channel, ' || calls || ' FROM responses GROUP BY channel') FROM unnest(ARRAY[
  '"Ces".nps(recommend, ''1..10'')', 'round("Ces".ces_mean(effort_score), 1) AS effort', 'avg(recommend)', 'count(*)', '"Ces".ces_tally(effort_score, scale)', '"Ces".ces_tally(answer, ''ease5'')', '"Ces".ces_tally(effort_score, ''1..7'', 2)']) calls;
-- An aggregate of this name that isn't the extension's.
CREATE FUNCTION elsewhere.add(integer, integer, text) RETURNS integer LANGUAGE sql AS 'SELECT $1 + $2';
CREATE AGGREGATE elsewhere.ces_tally(integer, text) (SFUNC = elsewhere.add, STYPE = integer);
SELECT pg_temp.refused_there('SELECT channel, elsewhere.ces_tally(effort_score, ''1..7'') FROM responses GROUP BY channel');
ALTER EXTENSION ces SET SCHEMA :home;
DROP SCHEMA "Ces";

-- A table that isn't in the search_path, and names that need quotes.
CREATE TABLE elsewhere."Answers" ("Channel" text, "order" integer, at timestamptz);
SELECT pg_temp.refused(query) FROM unnest(ARRAY[
  'SELECT "Channel", nps("order") FROM elsewhere."Answers" GROUP BY 1',
  'SELECT at::date AS "Day", ces_tally("order", ''1..7'') FROM elsewhere."Answers" GROUP BY 1',
  'SELECT "Channel", ces_tally((SELECT 1), ''1..7'') FROM elsewhere."Answers" GROUP BY 1']) query;
DROP SCHEMA elsewhere CASCADE;

-- The definition follows renames. Replaced by another query, it is an error to whoever would count by it.
CALL ces_create_rollup('daily', 'SELECT channel, scale, ces_tally(effort_score, scale) AS effort, count(*) AS responses FROM responses WHERE agent > 0 GROUP BY channel, scale');
ALTER TABLE responses RENAME COLUMN channel TO medium;
ALTER TABLE responses RENAME TO answers;
INSERT INTO answers (id, medium, agent, scale, effort_score) VALUES (5, 'web', 1, '1..7', 3), (6, 'web', 0, '1..7', 3);
SELECT * FROM ces_check_rollup('daily');
SELECT * FROM daily WHERE channel = 'web' ORDER BY scale;
SELECT pg_temp.error_of('CREATE OR REPLACE VIEW daily_definition AS ' || query || '; INSERT INTO answers (id, medium, agent, scale, effort_score) VALUES (7, ''web'', 1, ''1..7'', 3)') FROM unnest(ARRAY[
  'SELECT relname::text COLLATE "default" AS channel, NULL::ces_scale AS scale, NULL::ces_tally AS effort, 1::bigint AS responses FROM pg_class',
  'SELECT NULL::text AS channel, NULL::ces_scale AS scale, NULL::ces_tally AS effort, 1::bigint AS responses',
  'SELECT medium AS channel, scale, ces_tally(effort_score, ''1..7'') AS effort, count(*) * 2 AS responses FROM answers GROUP BY medium, scale',
  'SELECT medium || random() AS channel, scale, ces_tally(effort_score, scale) AS effort, count(*) AS responses FROM answers GROUP BY 1, scale',
  'SELECT a.medium AS channel, a.scale, ces_tally(a.effort_score, a.scale) AS effort, count(*) AS responses FROM answers a, answers b GROUP BY 1, 2',
  'TABLE daily', 'TABLE daily LIMIT 1', 'TABLE daily UNION TABLE daily', 'WITH d AS (TABLE daily) TABLE d', 'SELECT * FROM (VALUES (NULL::text, NULL::ces_scale, NULL::ces_tally, 1::bigint)) v (channel, scale, effort, responses)']) query;
CREATE TABLE parts (LIKE answers) PARTITION BY LIST (medium);
SELECT pg_temp.error_of('CREATE OR REPLACE VIEW daily_definition AS SELECT medium AS channel, scale, ces_tally(effort_score, scale) AS effort, count(*) AS responses' || query
  || '; ' || call) FROM unnest(ARRAY[' FROM parts GROUP BY 1, 2', ', count(agent) AS agents FROM answers GROUP BY 1, 2', ', agent, stars FROM answers GROUP BY 1, 2, 5, 6']) query,
  unnest(ARRAY['INSERT INTO answers (id, medium, agent, scale, effort_score) VALUES (7, ''web'', 1, ''1..7'', 3)', 'SELECT ces_fold_rollup(''daily'')', 'SELECT ces_check_rollup(''daily'')', 'SELECT ces_repair_rollup(''daily'')']) call;
DROP TABLE parts;
SELECT * FROM ces_check_rollup('daily');
SELECT ces_drop_rollup('daily');
DROP TABLE answers;
