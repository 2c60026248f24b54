-- Each metric by agent, among the agents of the same channel: funnel limits, and the value adjusted
-- for how few the answers are.
-- If there is nothing, it is a row of NULLs, as Evidence can't read an empty result.
WITH tallies AS (
    SELECT coalesce(nullif(channel::text, ''), 'no channel') AS channel, agent::text AS agent,
           ces_tally(effort, '${effort_scale}') AS ces,
           ces_tally(recommend, '${recommend_scale}') AS nps,
           ces_tally(satisfaction, '${satisfaction_scale}') AS csat
    FROM (${answers}
         ) AS answers
    WHERE agent::text <> ''
    GROUP BY 1, 2
), points AS (
    SELECT metric, channel, agent, tally,
           CASE metric WHEN 'NPS' THEN nps_funnel(tally) OVER peers
                       ELSE ces_topbox_funnel(tally) OVER peers END AS point
    FROM tallies, LATERAL (VALUES ('CES', ces), ('NPS', nps), ('CSAT', csat)) AS m (metric, tally)
    WHERE ces_count(tally) > 0
    WINDOW peers AS (PARTITION BY metric, channel)
)
SELECT metric, channel, agent, ces_count(tally) AS answers, round((point).value, 1) AS value,
       round((point).adjusted, 1) AS adjusted, round((point).expected, 1) AS expected,
       round((point).lower95, 1) AS lower95, round((point).upper95, 1) AS upper95,
       round((point).lower998, 1) AS lower998, round((point).upper998, 1) AS upper998,
       CASE WHEN (point).value > (point).upper998 THEN '▲ outside 99.8 %'
            WHEN (point).value < (point).lower998 THEN '▼ outside 99.8 %'
            WHEN (point).value > (point).upper95 THEN '△ outside 95 %'
            WHEN (point).value < (point).lower95 THEN '▽ outside 95 %' END AS verdict
FROM (SELECT) AS one LEFT JOIN points ON true
ORDER BY metric, channel, (point).adjusted DESC, agent
