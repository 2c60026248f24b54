-- A channel and an agent that are not in ASCII, beside the sample data.
ALTER TABLE responses DROP CONSTRAINT responses_channel_check;
INSERT INTO responses (channel, agent, answered_at, effort_score, recommend, satisfaction)
SELECT 'e-mail – é', 'Zoë van ''t Hoff 🙂', timestamp '2026-03-09 09:00' + n * interval '1 day',
       1 + n % 7, n % 11, 1 + n % 5
FROM generate_series(0, 24) AS n;
