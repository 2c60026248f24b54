SELECT channel, nps(ces_rollup(recommend)), ces_topbox(ces_rollup(effort)), csat(ces_rollup(satisfaction)), sum(responses) FROM :table WHERE day = '2026-04-10' GROUP BY channel;
