CREATE TABLE daily AS
SELECT answered_at::date AS day, channel, agent,
       ces_tally(effort, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend,
       ces_tally(satisfaction, 'csat') AS satisfaction, count(*) AS responses
FROM responses GROUP BY 1, 2, 3;
