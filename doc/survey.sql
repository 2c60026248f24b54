-- survey.sql: sample data for the tour, a quarter of customer service surveys.
--
--     psql -X -q -f doc/survey.sql -f doc/contacts.sql      and then      psql -X -q -f doc/tour.sql
--
-- Creates one table, responses, with 100,000 rows: one per answered survey, from
-- Monday 2026-01-05 up to and including Saturday 2026-04-04 (closed on Sundays).
-- The answers are made up, but the same in every run. The script needs PostgreSQL 15 or
-- later. It does not need the extension.
--
-- What is hidden in them, for a report to find:
--   * In the week of Monday 2026-02-16 a new chatbot failed. More people ended up
--     in chat and were unhappy there, some phoned instead, and the week after was
--     still not quite right.
--   * Three agents are clearly better than the others (Ingrid S., Mateo R., Aiko T.)
--     and three clearly worse (Derek P., Paula V., Colin M.).
--   * Two agents started on Monday 2026-03-30 and have few answers yet.
--   * The three scores of one respondent are related, as they are in reality: any two
--     have a correlation of about 0.6.
--   * Some respondents left a question open: effort 4 %, recommend 12 %,
--     satisfaction 8 %.

\set ON_ERROR_STOP on

BEGIN;

CREATE TABLE responses (
    channel      text NOT NULL CHECK (channel IN ('phone', 'email', 'chat', 'web')),
    agent        text NOT NULL,
    answered_at  timestamp NOT NULL,
    effort_score integer CHECK (effort_score BETWEEN 1 AND 7),
    recommend    integer CHECK (recommend BETWEEN 0 AND 10),
    satisfaction integer CHECK (satisfaction BETWEEN 1 AND 5),
    CHECK (num_nonnulls(effort_score, recommend, satisfaction) > 0)
);

COMMENT ON TABLE responses IS
    'one row per answered survey; a question left open is NULL';
COMMENT ON COLUMN responses.effort_score IS
    'The company made it easy for me to handle my issue. 1 strongly disagree, 7 strongly agree';
COMMENT ON COLUMN responses.recommend IS
    'How likely are you to recommend us? 0 not at all, 10 extremely likely';
COMMENT ON COLUMN responses.satisfaction IS
    'How satisfied are you with our service? 1 very dissatisfied, 5 very satisfied';


-- The dice. Every random number below comes from here, so that the data do not
-- depend on the plan of a query.
DO $$ BEGIN PERFORM setseed(0.2026); END $$;

CREATE TEMPORARY TABLE dice ON COMMIT DROP AS
SELECT id,
       random() AS who, random() AS hour, random() AS minute,
       random() AS radius1, random() AS angle1, random() AS radius2, random() AS angle2,
       random() AS skip1, random() AS skip2, random() AS skip3,
       random() AS spare
FROM generate_series(1, 100000) AS id;


-- The team. edge is how much better (+) or worse (-) an agent is than the others,
-- in standard deviations of one answer; pace is how many surveys they bring in.
CREATE TEMPORARY TABLE team ON COMMIT DROP AS
SELECT agent, home,
       0.7 + 0.6 * who AS pace,
       coalesce(edge, 0.15 * (skip1 + skip2 + skip3 - 1.5)) AS edge,
       CASE WHEN agent IN ('Bruno F.', 'Zoe H.') THEN date '2026-03-30'
            ELSE date '2020-01-01' END AS started
FROM (
    SELECT home, agent COLLATE "C" AS agent,
           row_number() OVER (ORDER BY agent COLLATE "C") AS id
    FROM (VALUES
        ('phone', 'Adele B., Ahmed K., Anton L., Bea H., Bruno F., Carla D., Dana W.,
                   Derek P., Elif Y., Femke J., Grace O., Hugo N., Ingrid S., Jonas E.,
                   Kofi A., Lena M., Lucas T., Marta Z., Nadia R., Owen C., Petra G.,
                   Ruth I., Sanne V., Tomas U., Yusuf D.'),
        ('email', 'Alice F., Boris M., Cleo P., Daan S., Emma R., Farid H., Helen K.,
                   Ivan B., Judith W., Mateo R., Nora L., Paula V., Rosa E., Stefan A.'),
        ('chat',  'Aiko T., Ben J., Chloe D., Dev N., Eva P., Finn O., Hana S., Ilse G.,
                   Jamal C., Kim Y., Luca B., Mila K., Noah V., Zoe H.'),
        ('web',   'Colin M., Fatma A., George L., Jana P., Omar T., Sofia N., Wim D.')
    ) AS homes (home, agents),
    regexp_split_to_table(agents, ',\s+') AS agent
) AS people
JOIN dice USING (id)
LEFT JOIN (VALUES
    ('Ingrid S.',  0.42), ('Mateo R.',  0.36), ('Aiko T.',   0.36), ('Bruno F.', 0.50),
    ('Derek P.',  -0.45), ('Paula V.', -0.38), ('Colin M.', -0.34)
) AS known (agent, edge) USING (agent);


-- The calendar: for each working day and channel how busy it was, and the mood:
-- how much better (+) or worse (-) than usual an answer was.
CREATE TEMPORARY TABLE calendar ON COMMIT DROP AS
SELECT day, channel,
       share
       * (ARRAY[1.25, 1.08, 1.00, 0.96, 0.88, 0.35])[extract(isodow FROM day)::int]
       * CASE WHEN day < '2026-01-19' THEN 1.10        -- after the holidays
              WHEN day = '2026-04-03' THEN 0.50        -- Good Friday
              ELSE 1.00 END
       * CASE WHEN NOT failed THEN 1.00
              WHEN channel = 'chat' THEN 1.35
              WHEN channel = 'phone' THEN 1.12
              ELSE 1.00 END
       * (0.93 + 0.14 * who) AS volume,
       usual
       + CASE WHEN failed AND channel = 'chat' THEN -0.95
              WHEN failed AND channel = 'phone' THEN -0.08
              WHEN after_it AND channel = 'chat' THEN -0.18
              ELSE 0.00 END
       + 0.20 * (spare - 0.5) AS mood
FROM (
    SELECT day::date, channel, share, usual,
           row_number() OVER (ORDER BY day, channel) AS id,
           date_trunc('week', day) = '2026-02-16' AS failed,
           date_trunc('week', day) = '2026-02-23' AS after_it
    FROM generate_series(timestamp '2026-01-05', '2026-04-05', '1 day') AS day,
         (VALUES ('phone', 0.42,  0.05),
                 ('email', 0.24, -0.06),
                 ('chat',  0.22,  0.08),
                 ('web',   0.12, -0.14)) AS channels (channel, share, usual)
    WHERE extract(isodow FROM day) < 7
) AS days
JOIN dice USING (id);


-- The rota. It has two arrays for each day and channel: the agents who can be at work, and
-- where in 0..1 the share of each begins.
CREATE TEMPORARY TABLE rota ON COMMIT DROP AS
SELECT day, channel, array_agg(agent ORDER BY agent) AS agents,
       array_agg(begins ORDER BY agent) AS begins
FROM (
    SELECT day, channel, agent,
           (sum(part) OVER up_to - part) / sum(part) OVER everyone AS begins
    FROM (
        SELECT day, channel, agent,
               pace * CASE WHEN home = channel THEN 1.00 ELSE 0.03 END AS part
        FROM calendar JOIN team ON started <= day
    ) AS parts
    WINDOW everyone AS (PARTITION BY day, channel),
           up_to AS (PARTITION BY day, channel ORDER BY agent)
) AS names
GROUP BY day, channel;


-- The answers. Each respondent has one experience (z), and three scores that follow it,
-- each with some noise (e1, e2, e3). width_bucket turns each into a score: the arrays
-- say where on a normal distribution one score ends and the next begins.
INSERT INTO responses (channel, agent, answered_at, effort_score, recommend, satisfaction)
SELECT channel, agent, answered_at,
       CASE WHEN skip1 >= 0.04 OR (skip2 < 0.12 AND skip3 < 0.08) THEN
            1 + width_bucket(1.00 * shift + 0.8 * z + 0.6 * e1,
                             ARRAY[-1.75, -1.41, -1.08, -0.71, -0.15, 0.64]) END,
       CASE WHEN skip2 >= 0.12 THEN
            width_bucket(0.65 * shift + 0.8 * z + 0.6 * e2,
                         ARRAY[-1.96, -1.81, -1.65, -1.48, -1.31, -1.04, -0.84, -0.47,
                               0.05, 0.52]) END,
       CASE WHEN skip3 >= 0.08 THEN
            1 + width_bucket(0.85 * shift + 0.8 * z + 0.6 * e3,
                             ARRAY[-1.65, -1.34, -0.88, 0.08]) END
FROM (
    SELECT channel, team.agent, mood + edge AS shift,
           sqrt(-2 * ln(1 - radius1)) * cos(2 * pi() * angle1) AS z,
           sqrt(-2 * ln(1 - radius1)) * sin(2 * pi() * angle1) AS e1,
           sqrt(-2 * ln(1 - radius2)) * cos(2 * pi() * angle2) AS e2,
           sqrt(-2 * ln(1 - radius2)) * sin(2 * pi() * angle2) AS e3,
           skip1, skip2, skip3,
           -- open from 8 to 20, most calls at 10 and 14; on Saturday from 9 to 17
           date_trunc('second', day + interval '1 hour' *
               CASE WHEN extract(isodow FROM day) = 6 THEN 9 + 8 * hour
                    ELSE 8 + width_bucket(hour, ARRAY[0.06, 0.16, 0.28, 0.39, 0.47, 0.56,
                                                      0.67, 0.77, 0.85, 0.92, 0.97]) + minute
               END) AS answered_at, id
    FROM (
        SELECT day, channel, mood,
               generate_series(round(100000 * (up_to - volume) / total)::int + 1,
                               round(100000 * up_to / total)::int) AS id
        FROM (
            SELECT day, channel, mood, volume,
                   sum(volume) OVER (ORDER BY day, channel) AS up_to,
                   sum(volume) OVER () AS total
            FROM calendar
        ) AS running
    ) AS surveys
    JOIN dice USING (id)
    JOIN rota USING (day, channel)
    JOIN team ON team.agent = agents[width_bucket(who, begins)]
) AS respondents
ORDER BY answered_at, id;

COMMIT;

ANALYZE responses;
