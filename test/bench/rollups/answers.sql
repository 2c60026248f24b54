-- ROWS answers in 50,000 groups: 100 days, four channels, 125 agents. Every 50,000 answers
-- have one in each group. A tenth of the questions were left open.
CREATE TABLE responses (
  answered_at timestamp NOT NULL, channel text NOT NULL, agent text NOT NULL,
  effort integer, recommend integer, satisfaction integer
);
SELECT :'system' IN ('hypertable', 'timescaledb') AS hypertable \gset
\if :hypertable
CREATE EXTENSION timescaledb;
SELECT create_hypertable('responses', 'answered_at', chunk_time_interval => interval '7 days') \g /dev/null
\endif
INSERT INTO responses
SELECT timestamp '2026-01-01' + (i / 500 % 100) * interval '1 day' + random() * interval '1 day',
       (ARRAY['phone', 'chat', 'email', 'web'])[1 + i % 4], 'agent ' || i / 4 % 125,
       CASE WHEN random() < 0.9 THEN 1 + floor(7 * random())::int END,
       CASE WHEN random() < 0.9 THEN floor(11 * random())::int END,
       CASE WHEN random() < 0.9 THEN 1 + floor(5 * random())::int END
FROM generate_series(1, :rows) i;
