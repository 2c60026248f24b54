-- How far each cause moves a metric of everyone.
-- If there is nothing, it is a row of NULLs, as Evidence can't read an empty result.
WITH ${journey}, causes AS (
    SELECT cause, ces_tally(effort, '${effort_scale}') AS ces,
           ces_tally(recommend, '${recommend_scale}') AS nps
    FROM (SELECT *, nth > 1 AS again, wait_minutes > 10 AS waited FROM journey) AS journey
    JOIN answers USING (contact_id),
    LATERAL (VALUES ('everyone', true), ('had to come again', again), ('was transferred', transferred),
                    ('changed channel', switched), ('waited more than 10 minutes', waited)) AS c (cause, applies)
    WHERE applies GROUP BY cause
), impacts AS (
    SELECT c.cause, i.*
    FROM causes AS c JOIN causes AS everyone ON everyone.cause = 'everyone',
         LATERAL (SELECT 'CES' AS metric, c.ces AS tally, ces_topbox(c.ces) AS value, i.*
                  FROM ces_topbox_impact(c.ces, everyone.ces) AS i
                  UNION ALL
                  SELECT 'NPS', c.nps, nps(c.nps), i.* FROM nps_impact(c.nps, everyone.nps) AS i) AS i
    WHERE ces_count(tally) > 0
)
SELECT metric, cause, ces_count(tally) AS answers, round(value, 1) AS value,
       round(share, 1) AS share, round(difference, 1) AS difference, round(impact, 2) AS impact,
       round(lower(ci), 2) AS low, round(upper(ci), 2) AS high
FROM (SELECT) AS one LEFT JOIN impacts ON true
ORDER BY metric, impact NULLS FIRST
