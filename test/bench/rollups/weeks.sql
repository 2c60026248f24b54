SELECT channel, date_trunc('week', day) AS week, nps(ces_rollup(recommend)), ces_topbox(ces_rollup(effort)), csat(ces_rollup(satisfaction)), sum(responses) FROM :table GROUP BY 1, 2;
