--
-- The warning of an aggregate on its default scale: it has seen 100 answers or more,
-- and none beyond 5 of 1..7, 7 of 0..10 or 3 of 1..5. Once for each call and query
--
\getenv abs_srcdir PG_ABS_SRCDIR
\set preamble :abs_srcdir '/test/lib/preamble.sql'
\i :preamble

-- Answers on 1..5, 1..7, 0..1, 1..3 and 0..10, each in equal numbers.
CREATE TABLE answers (agent int, channel text, effort smallint, ease int, helped int, "Smiley" numeric, recommend bigint) PARTITION BY LIST (channel);
CREATE TABLE answers_phone PARTITION OF answers FOR VALUES IN ('phone');
CREATE TABLE answers_rest PARTITION OF answers FOR VALUES IN ('chat', 'mail');
INSERT INTO answers SELECT i % 42, (ARRAY['phone', 'chat', 'mail'])[i % 3 + 1], i % 5 + 1, i % 7 + 1, i % 2, i % 3 + 1, i % 11 FROM generate_series(0, 2309) i;
ANALYZE answers;

-- Each metric, with the scale to name. The last has the right one.
SELECT ces_topbox(effort), nps(effort), ces_mean("Smiley"), csat("Smiley") FROM answers;
SELECT ces_topbox(effort, '5..1'), nps(effort, '1..5'), ces_mean("Smiley", '1..3'), csat("Smiley", 'faces') FROM answers;
SELECT nps(helped), csat(helped) FILTER (WHERE helped = 1), ces_topbox(effort::int) FROM answers WHERE recommend < 6;
SELECT round(nps(recommend), 1) AS nps FROM answers WHERE recommend <= 7;
SELECT round(nps(recommend), 1) AS nps FROM answers WHERE recommend BETWEEN 1 AND 7;

-- The limits: 5 of 7, 7 of 10, 3 of 5.
SELECT ces_mean(x) FROM (SELECT 5 FROM generate_series(1, 100)) v (x);
SELECT ces_mean(x) FROM (SELECT 6 FROM generate_series(1, 100)) v (x);
SELECT nps(x) FROM (SELECT 7 FROM generate_series(1, 100)) v (x);
SELECT nps(x) FROM (SELECT 8 FROM generate_series(1, 100)) v (x);
SELECT csat(x) FROM (SELECT 3 FROM generate_series(1, 100)) v (x);
SELECT csat(x) FROM (SELECT 4 FROM generate_series(1, 100)) v (x);

-- Silent: the scale that fits, a named scale, 99 answers, one answer above, no answers, and metrics of tallies.
SELECT round(ces_topbox(ease), 1) AS ease, ces_mean(recommend, '0..10'), nps(recommend) FROM answers;
SELECT ces_topbox(effort, '1..7'), nps(effort, '0..10'), csat(helped, '0..1'), ces_mean(effort, 'ces') FROM answers;
SELECT round(ces_topbox(effort), 1) AS "99" FROM (SELECT effort FROM answers LIMIT 99) v;
SELECT round(ces_topbox(effort), 1) AS "99" FROM (SELECT CASE WHEN agent = 0 THEN NULL ELSE effort END AS effort FROM answers ORDER BY agent LIMIT 154) v;
SELECT round(ces_topbox(effort), 1) AS above FROM (SELECT effort FROM answers UNION ALL SELECT 6) v;
SELECT ces_topbox(effort) FILTER (WHERE agent < 0) AS nothing, nps(DISTINCT effort) AS "distinct" FROM answers WHERE agent < 9;
SELECT ces_topbox(ces_tally(effort, '1..7')) FROM answers;
SELECT _ces_topbox_final('1..7 {1000,0,0,0,0,0,0}');

-- FILTER and DISTINCT count.
SELECT round(ces_topbox(ease) FILTER (WHERE ease < 6), 1) AS low, round(ces_topbox(ease), 1) AS "all" FROM answers;
-- Once for each metric, not for each call: both columns have another scale.
SELECT ces_topbox(effort), ces_topbox("Smiley") FROM answers;

-- A call whose scale fits does not silence another: in a query, in a view, which has lost where its calls stand, nor in a window.
SELECT round(ces_topbox(ease), 1) AS ease, ces_topbox(effort) FROM answers;
CREATE VIEW report AS SELECT channel, round(ces_topbox(ease), 1) AS ease, ces_topbox(effort) AS effort FROM answers GROUP BY channel;
SELECT count(ease), count(effort) FROM report;
SET enable_partitionwise_aggregate = on;
SELECT count(ease), count(effort) FROM report;
RESET enable_partitionwise_aggregate;
DROP VIEW report;
SELECT count(t), count(u) FROM (SELECT ces_topbox(ease) OVER (PARTITION BY channel) t, ces_topbox(effort) OVER (PARTITION BY channel) u FROM answers) v;

-- Groups add up, also with a hash table or by sorting: 42 agents with 55 answers each.
SELECT count(t) FROM (SELECT ces_topbox(effort) t FROM answers GROUP BY agent) v;
SET enable_hashagg = off;
SELECT count(t) FROM (SELECT ces_topbox(effort) t FROM answers GROUP BY agent) v;
RESET enable_hashagg;
-- One answer in any group is enough for silence, first or last.
SELECT count(t) FROM (SELECT ces_topbox(CASE WHEN agent = 0 THEN ease ELSE effort END) t FROM answers GROUP BY agent ORDER BY agent) v;
SELECT count(t) FROM (SELECT ces_topbox(CASE WHEN agent = 0 THEN ease ELSE effort END) t FROM answers GROUP BY agent ORDER BY agent DESC) v;
-- Grouping sets see an answer several times, so each result is judged alone: agents have 55 answers, channels 770.
SELECT count(t) FROM (SELECT ces_topbox(effort) t FROM answers GROUP BY GROUPING SETS ((agent), (agent, channel))) v;
SELECT count(t) FROM (SELECT ces_topbox(effort) t FROM answers GROUP BY GROUPING SETS ((agent), (channel))) v;
-- So is each frame, and each run of a subquery.
SELECT count(t) FROM (SELECT ces_topbox(effort) OVER (ORDER BY agent ROWS 98 PRECEDING) t FROM answers) v;
SELECT count(t) FROM (SELECT ces_topbox(effort) OVER (ORDER BY agent ROWS 99 PRECEDING) t FROM answers) v;
SELECT count(t) FROM (SELECT ces_topbox(ease) OVER (PARTITION BY agent) t FROM answers) v;
SELECT count(t) FROM generate_series(0, 9) n, LATERAL (SELECT ces_topbox(effort) t FROM answers WHERE agent = n GROUP BY agent OFFSET 0) v;
-- Nothing adds up that runs twice over the same answers, with nothing of its own that changes, or that stands twice in the query: 60 answers.
CREATE TABLE few AS SELECT i % 3 AS agent, i % 5 + 1 AS effort FROM generate_series(1, 60) i;
SELECT count(t) FROM (SELECT ces_topbox(effort) t FROM few GROUP BY agent) v;
SELECT count(*) FROM generate_series(1, 4) n WHERE n > (SELECT count(t) FROM (SELECT ces_topbox(effort) t FROM few GROUP BY agent OFFSET 0) v WHERE t > n);
SET enable_material = off;
SELECT count(*) FROM generate_series(1, 4) n LEFT JOIN (SELECT ces_topbox(effort) t FROM few GROUP BY agent) v ON t > n;
SET enable_hashagg = off;
SELECT count(*) FROM generate_series(1, 4) n LEFT JOIN (SELECT ces_topbox(effort) t FROM few GROUP BY agent) v ON t > n;
RESET enable_hashagg;
RESET enable_material;
SELECT count(*) FROM generate_series(1, 4) n CROSS JOIN (SELECT ces_topbox(effort) t FROM few UNION ALL SELECT ces_topbox(agent) FROM few) v;
CREATE VIEW report AS SELECT agent, ces_topbox(effort) AS t FROM few GROUP BY agent;
SELECT count(a.t + b.t) FROM report a JOIN report b USING (agent);
WITH v AS NOT MATERIALIZED (SELECT agent, ces_topbox(effort) AS t FROM few GROUP BY agent) SELECT count(a.t + b.t) FROM v a JOIN v b USING (agent);
DROP TABLE few CASCADE;

-- Partition by partition, of which the largest counts: the phone alone has no answer above 5, but the others have.
SET enable_partitionwise_aggregate = on;
EXPLAIN (COSTS OFF) SELECT channel, nps(recommend) FROM answers GROUP BY channel;
SELECT count(t) FROM (SELECT nps(CASE WHEN channel = 'phone' THEN effort ELSE recommend END) t FROM answers GROUP BY channel) v;
SELECT count(t) FROM (SELECT nps(effort) t FROM answers GROUP BY channel) v;

-- Parallel: the leader has all answers, or else nobody warns.
SET parallel_setup_cost = 0;
SET parallel_tuple_cost = 0;
SET min_parallel_table_scan_size = 0;
SET enable_partitionwise_aggregate = off;
EXPLAIN (COSTS OFF) SELECT nps(effort) FROM answers_rest;
SELECT nps(effort) FROM answers_rest;
SELECT count(t) FROM (SELECT nps(effort) t FROM answers GROUP BY agent) v;
SET enable_partitionwise_aggregate = on;
-- With ORDER BY there are no partial results: each process aggregates whole partitions.
CREATE FUNCTION pg_temp.plan_of(query text) RETURNS SETOF text LANGUAGE plpgsql AS $$BEGIN RETURN QUERY EXECUTE 'EXPLAIN (COSTS OFF) ' || query; END$$;
SELECT btrim(line) AS line FROM pg_temp.plan_of('SELECT nps(effort ORDER BY ease) FROM answers GROUP BY channel, agent') line WHERE line ~ 'Gather|Append|Aggregate';
SELECT count(t) FROM (SELECT nps(effort ORDER BY ease) t FROM answers GROUP BY channel, agent) v;
SET parallel_leader_participation = off;
SELECT count(t) FROM (SELECT nps(effort ORDER BY ease) t FROM answers GROUP BY channel, agent) v;
RESET ALL;

-- In a loop, once.
DO $$
BEGIN
  FOR i IN 1..3 LOOP
    PERFORM nps(effort) FROM answers;
    PERFORM csat(effort) FROM answers;
    PERFORM ces_mean(effort) FROM answers WHERE agent = i;
  END LOOP;
END $$;
-- From a cursor, when it is closed, if it was read so far. Not for a query that fails.
BEGIN;
DECLARE c CURSOR FOR SELECT agent, ces_topbox(effort) FROM answers GROUP BY agent ORDER BY agent;
FETCH 1 FROM c;
CLOSE c;
DECLARE d CURSOR FOR SELECT round(nps(effort), 1) AS nps FROM answers;
FETCH 1 FROM d;
COMMIT;
SELECT nps(effort), 1 / (count(*) - 2310) FROM answers;
-- As a class of its own, that applications can tell.
\set VERBOSITY sqlstate
SELECT nps(effort) FROM answers;
DROP TABLE answers;
