-- How many gave each score, and how it counts.
-- If there is nothing, it is a row of NULLs, as Evidence can't read an empty result.
WITH ${tallies}
SELECT metric, channel, week, score, responses, round(percent, 1) AS percent, box
FROM (SELECT) AS one LEFT JOIN (tallies CROSS JOIN LATERAL ces_histogram(tally)) ON true
ORDER BY metric, channel, week, score
