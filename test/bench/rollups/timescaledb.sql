-- With the tallies of ces, since it takes any aggregate. Nothing refreshes it while others write.
CREATE EXTENSION ces;
CREATE MATERIALIZED VIEW daily WITH (timescaledb.continuous, timescaledb.materialized_only = false) AS
SELECT time_bucket('1 day', answered_at) AS day, channel, agent,
       ces_tally(effort, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend,
       ces_tally(satisfaction, 'csat') AS satisfaction, count(*) AS responses
FROM responses GROUP BY 1, 2, 3 WITH NO DATA;
CALL refresh_continuous_aggregate('daily', NULL, NULL);
