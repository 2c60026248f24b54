-- Each metric with its 95 percent interval, by channel and for all, by week and for all. Weeks also
-- have control limits, and the rule by which they break out of them.
-- If there is nothing, it is a row of NULLs, as Evidence can't read an empty result.
WITH ${tallies}, points AS (
    SELECT *, CASE metric WHEN 'NPS' THEN nps_ci(tally) ELSE ces_topbox_ci(tally) END AS ci,
           CASE metric WHEN 'NPS' THEN nps_limits(tally) OVER by_week
                       ELSE ces_topbox_limits(tally) OVER by_week END AS point
    FROM tallies
    WINDOW by_week AS (PARTITION BY metric, channel, week = 'All weeks' ORDER BY week)
)
SELECT metric, channel, week, ces_count(tally) AS answers,
       round((point).value, 1) AS value, round(lower(ci), 1) AS low, round(upper(ci), 1) AS high,
       round(ces_mean(tally), 2) AS mean, ces_scale(tally)::text AS scale,
       round((point).centre, 1) AS centre, round((point).lower, 1) AS lower,
       round((point).upper, 1) AS upper,
       CASE WHEN (point).value > (point).centre THEN '▲ ' ELSE '▼ ' END || (point).signal AS signal,
       week = max(week) FILTER (WHERE week <> 'All weeks') OVER () AS latest
FROM (SELECT) AS one LEFT JOIN points ON true
ORDER BY metric, channel, week
