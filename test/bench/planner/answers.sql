-- ROWS answers of two years up to today, on four channels and about sixty agents, in the order in
-- which they came. A tenth of the questions were left open. Two rollups count them; the first key
-- of one is the agent, so that its index finds those of one agent.
CREATE EXTENSION ces;
CREATE TABLE responses (
  answered_at timestamp NOT NULL, channel text NOT NULL, agent text NOT NULL,
  effort_score integer, recommend integer, satisfaction integer
);
SELECT setseed(0.12) \g /dev/null
INSERT INTO responses
SELECT current_date - interval '730 days' + i * (interval '730 days' / :rows),
       (ARRAY['phone', 'chat', 'email', 'web'])[1 + floor(4 * random())::int], 'agent ' || 1 + floor(60 * random())::int,
       CASE WHEN random() < 0.9 THEN 1 + floor(7 * sqrt(random()))::int END,
       CASE WHEN random() < 0.9 THEN floor(11 * sqrt(random()))::int END,
       CASE WHEN random() < 0.9 THEN 1 + floor(5 * sqrt(random()))::int END
FROM generate_series(0, :rows - 1) i;
CREATE INDEX ON responses (answered_at);
CALL ces_create_rollup('by_agent', $$
  SELECT agent, answered_at::date AS day, channel,
         ces_tally(effort_score, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend,
         ces_tally(satisfaction, 'csat') AS satisfaction, count(*) AS responses
  FROM responses GROUP BY 1, 2, 3 $$);
CALL ces_create_rollup('by_channel', $$
  SELECT answered_at::date AS day, channel,
         ces_tally(effort_score, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend,
         ces_tally(satisfaction, 'csat') AS satisfaction, count(*) AS responses
  FROM responses GROUP BY 1, 2 $$);
CREATE TABLE without_rollup (LIKE responses);
INSERT INTO without_rollup SELECT * FROM responses LIMIT 1000;
CREATE INDEX ON without_rollup (answered_at);
VACUUM ANALYZE;
