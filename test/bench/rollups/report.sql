-- The sections of the report, from the measurements.
\pset fieldsep ' | '
\ir ../digits.sql

CREATE TABLE system (system text, name text);
INSERT INTO system VALUES ('none', 'no rollup'), ('ces', '`ces`'), ('pg_ivm', 'pg_ivm'), ('hypertable', 'hypertable'),
  ('timescaledb', 'TimescaleDB');
CREATE VIEW middle AS
SELECT min(number) AS number, what, system, percentile_cont(0.5) WITHIN GROUP (ORDER BY value) AS value
FROM measurement GROUP BY what, system;
-- Each with each other in the same round
CREATE VIEW ratio AS
SELECT min(a.number) AS number, what, a.system, b.system AS against, percentile_cont(0.5) WITHIN GROUP (ORDER BY a.value / b.value) AS ratio
FROM measurement a JOIN measurement b USING (what, round) GROUP BY what, a.system, b.system;

\echo
\echo '## Rollups: writing'
\echo
\echo 'How many rows are written per second with one rollup of three questions by day, channel and'
\echo 'agent, divided by how many with the other in the same round. Above 1, `ces` is faster. 50,000'
\echo 'groups exist before. A million rows are one statement, which pg_ivm runs in one round only, since'
\echo 'it takes minutes. With pg_ivm, the rollup is an IMMV of counts and sums, enough for means. With'
\echo 'TimescaleDB it is a continuous aggregate of the tallies of `ces` over a hypertable; to refresh'
\echo 'it comes on top.'
\echo
SELECT '- ces ' || default_version || ', ' || current_date FROM pg_available_extensions WHERE name = 'ces';
SELECT '- pg_ivm ' || :'pg_ivm' || ', ' || current_date WHERE :'pg_ivm' <> '';
SELECT '- TimescaleDB ' || :'timescaledb' || ', ' || current_date WHERE :'timescaledb' <> '';
\echo
\echo '| rows of a statement | against | ratio |'
\echo '|---|---|---|'
SELECT '| ' || what, name, digits(ratio) || ' |'
FROM ratio r JOIN system s ON s.system = r.against
WHERE what ~ 'row' AND r.system = 'ces' AND r.against IN ('none', 'pg_ivm', 'timescaledb') ORDER BY min(number) OVER (PARTITION BY what), name = 'TimescaleDB', name = 'pg_ivm';

\echo
\echo '## Rollups: rows per second'
\echo
\echo '| rows of a statement | with | rows per second |'
\echo '|---|---|---|'
SELECT '| ' || what, name, to_char(value, 'FM999,999,999') || ' |'
FROM middle m JOIN system s USING (system)
WHERE what ~ 'row' ORDER BY min(number) OVER (PARTITION BY what), array_position(ARRAY['none', 'ces', 'pg_ivm', 'hypertable', 'timescaledb'], system);

\echo
\echo '## Rollups: reading, folding and filling'
\echo
\echo 'A report from the rollup, with deltas that wait to be folded, against the same tallies in a'
\echo 'table without them. Below 1, the rollup takes less.'
\echo
\echo '| what | against | ratio | milliseconds |'
\echo '|---|---|---|---|'
SELECT '| ' || regexp_replace(replace(what, 'weeks,', 'report by channel and week,'), '^day,', 'report of a day by channel,'),
       'the tallies alone', digits(ratio), digits(value) || ' |'
FROM ratio r JOIN middle m USING (what, system) WHERE system = 'daily' AND against = 'alone' ORDER BY m.number;
SELECT '| ' || what, 'the query', digits(ratio), digits(value) || ' |'
FROM ratio r JOIN middle m USING (what, system) WHERE system = 'ces' AND against = 'by hand' ORDER BY m.number;
SELECT '| ' || what, '', '', digits(value) || ' |' FROM middle WHERE what LIKE 'fold%' ORDER BY number;

\echo
\echo '## Rollups: memory of writing'
\echo
\echo 'The peak of the memory of a backend, without what it shares, that writes all answers in one'
\echo 'statement. `work_mem` is 4 MB.'
\echo
\echo '| with | kB |'
\echo '|---|---|'
SELECT '| ' || name, to_char(value, 'FM999,999,999') || ' |' FROM middle JOIN system USING (system) WHERE what = 'memory' ORDER BY number;
