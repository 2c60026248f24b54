-- The sections of the report, from the measurements.
\pset fieldsep ' | '
\ir ../digits.sql

CREATE VIEW time AS
SELECT id, percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) FILTER (WHERE how = 'rollup') AS rollup,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) FILTER (WHERE how = 'answers') AS answers,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) FILTER (WHERE how = 'DuckDB') AS other
FROM measurement GROUP BY id;
CREATE VIEW planning_time AS
SELECT number, what, percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) FILTER (WHERE NOT rollups) * 1000 AS without,
       percentile_cont(0.5) WITHIN GROUP (ORDER BY milliseconds) FILTER (WHERE rollups) * 1000 AS with
FROM planning JOIN planned USING (number) GROUP BY number, what;

\echo
\echo '## Unchanged queries'
\echo
\echo 'What BI tools send, over two years of answers, with two rollups: `by_channel`, by day and'
\echo 'channel, and `by_agent`, by agent, day and channel. The range is one of whole days, or it begins'
\echo 'and ends inside a day. Median milliseconds with `ces.enable_rollups` on and off, with PostgreSQL''s own'
\echo 'settings, which allow two workers; and of DuckDB, with two threads, from a table of the same'
\echo 'answers, with plain formulas. How many times as fast is the ratio to `ces` from a rollup.'
\echo
SELECT '- DuckDB ' || :'duckdb' || ', ' || current_date WHERE :'duckdb' <> '';
\if :{?duckdb_missing}
\echo '- Not compared with DuckDB, which could not be had'
\endif
\echo
\echo '| query | range | reads | from a rollup, ms | from the answers, ms | times as fast | DuckDB, ms | times as fast |'
\echo '|---|---|---|---|---|---|---|---|'
SELECT '| ' || name, days, coalesce(rollups_read(a), 'the answers'), digits(rollup), digits(answers), digits(answers / rollup),
       coalesce(digits(other)::text, ''), coalesce(digits(other / rollup)::text, '') || ' |'
FROM asked a JOIN time USING (id) ORDER BY id;

\echo
\echo '## Unchanged queries: planning'
\echo
\echo 'Microseconds that planning takes with `ces.enable_rollups` off, and how many more it takes when on.'
\echo
\echo '| query | off | added |'
\echo '|---|---|---|'
SELECT '| ' || what, round(without), round("with" - without) || ' |' FROM planning_time ORDER BY number;
