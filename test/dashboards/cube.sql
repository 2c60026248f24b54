-- cube.sql: databases for cube.mjs with the sample data, a rollup and a role with the rights that
-- Cube needs. In the second, times have a zone.
\set ON_ERROR_STOP on
SET client_min_messages = warning;
CREATE EXTENSION ces;
\ir ../../doc/survey.sql
ALTER TABLE responses DROP CONSTRAINT responses_channel_check;
INSERT INTO responses
SELECT 'e-mail – é', 'Zoë van ''t Hoff 🙂', timestamp '2026-03-02 10:00' + n * interval '1 hour', 1 + n % 7, n % 11, 1 + n % 5
FROM generate_series(0, 199) AS n;
UPDATE responses SET agent = '' WHERE channel = 'chat' AND agent = 'Dev N.';
CREATE DATABASE zoned TEMPLATE postgres;

CREATE ROLE cube LOGIN;
-- as in the documentation, and auto_explain, which logs how Cube's queries ran
ALTER ROLE cube SET session_preload_libraries = ces, auto_explain;

CREATE INDEX ON responses (answered_at);
CALL ces_create_rollup('daily', $$
    SELECT answered_at::date AS day, channel, agent,
           ces_tally(effort_score, '1..7') AS effort,
           ces_tally(recommend, 'nps') AS recommend,
           ces_tally(satisfaction, 'csat') AS satisfaction,
           count(*) AS responses
    FROM responses GROUP BY day, channel, agent $$);
ANALYZE;
GRANT SELECT ON responses, daily TO cube;
CREATE SCHEMA ces_pre_aggregations AUTHORIZATION cube;
CREATE SCHEMA secured AUTHORIZATION cube;

\connect zoned
SET client_min_messages = warning;
ALTER TABLE responses ALTER answered_at TYPE timestamptz USING answered_at AT TIME ZONE 'Europe/Amsterdam';
CREATE INDEX ON responses (answered_at);
CALL ces_create_rollup('daily', $$
    SELECT (answered_at AT TIME ZONE 'Europe/Amsterdam')::date AS day, channel, agent,
           ces_tally(effort_score, '1..7') AS effort,
           ces_tally(recommend, 'nps') AS recommend,
           ces_tally(satisfaction, 'csat') AS satisfaction,
           count(*) AS responses
    FROM responses GROUP BY day, channel, agent $$);
ANALYZE;
GRANT SELECT ON responses, daily TO cube;
