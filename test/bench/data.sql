-- The answers, and the rollups made of them. A quarter, four channels, sixty
-- teams, a thousand agents; a tenth of the scores are missing.
CREATE TABLE answers AS
SELECT i AS id,
       (ARRAY['phone', 'chat', 'email', 'web'])[1 + i % 4] AS channel,
       floor(random() * 1000)::int AS agent,
       floor(random() * 60)::int AS team,
       floor(random() * 1000000)::int AS respondent,
       timestamp '2026-01-05' + random() * interval '91 days' AS answered_at,
       CASE WHEN random() < 0.9 THEN 1 + floor(7 * sqrt(random()))::int END AS score
FROM generate_series(1, :rows) i;
ALTER TABLE answers ADD week int GENERATED ALWAYS AS (extract(week FROM answered_at)) STORED;
-- the types of a score, in tables of the same size
CREATE TABLE answers_integer AS SELECT score AS score FROM answers;
CREATE TABLE answers_smallint AS SELECT score::smallint AS score FROM answers;
CREATE TABLE answers_double AS SELECT score::double precision AS score FROM answers;
VACUUM FULL ANALYZE answers;
VACUUM ANALYZE answers_integer, answers_smallint, answers_double;

CREATE TABLE daily AS
SELECT answered_at::date AS day, channel, team, ces_tally(score, '1..7') AS tally
FROM answers GROUP BY 1, 2, 3;
VACUUM ANALYZE daily;
