-- What customers go through, beside what they say: for all, by channel, by week and by agent. Two
-- charts of the page are Evidence's own, which would take a < in a name for HTML.
WITH ${journey}
SELECT CASE grouping(channel) WHEN 0 THEN coalesce(replace(channel, '<', '‹'), 'no channel')
                              ELSE 'All channels' END AS channel,
       week::text, replace(agent, '<', '‹') AS agent, count(came_back) AS contacts,
       round(ces_topbox(came_back::int, '1..0'), 1) AS resolved,
       round(ces_topbox(came_back::int, '0..1'), 1) AS came_back,
       round(ces_topbox(switched::int, '0..1'), 1) AS switched,
       round(ces_topbox(transferred::int, '0..1'), 1) AS transferred,
       round(ces_topbox((wait_minutes > 10)::int, '0..1'), 1) AS waited,
       greatest(count(effort), count(recommend)) AS answers, round(ces_topbox(effort, '${effort_scale}'), 1) AS ces,
       round(nps(recommend, '${recommend_scale}'), 1) AS nps
FROM (SELECT *, date_trunc('week', began_at)::date AS week FROM journey) AS journey
LEFT JOIN answers USING (contact_id)
GROUP BY GROUPING SETS ((), (channel), (channel, week), (channel, agent))
ORDER BY channel, week, agent
