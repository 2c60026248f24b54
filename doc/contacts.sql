-- contacts.sql: sample data for the effort audit, the contacts behind the answers of survey.sql.
--
--     psql -X -q -f doc/survey.sql      and then      psql -X -q -f doc/contacts.sql
--
-- Creates one table, contacts, with about 330,000 rows: the contacts of customers with the
-- service in the same quarter. Adds a column to responses, contact_id: after which contact the
-- customer answered. Nothing else in responses changes. So what happened to customers is drawn
-- from the scores that they gave, rather than the other way round.
-- The contacts are made up, but the same in every run. The script needs survey.sql. It does not
-- need the extension.
--
-- What is hidden in them, for an audit to find:
--   * Customers who had to come back about the same issue are the least content, and there are
--     many of them: coming back costs most. Being transferred costs less, a long wait little.
--   * A switch of channel looks costly, but is not: who switches comes back, and that is what
--     costs.
--   * Contacts with Hugo N. lead to another one twice as often as those of others. Lena M.
--     takes many second contacts, and does nothing wrong.
--   * Contacts with Derek P. seldom lead to another one: he keeps callers on the line, twice
--     as long as others do. They find it hard.
--   * In the week of Monday 2026-02-16, when the new chatbot failed, chat customers came back
--     by phone.
--   * On the web, not all customers are invited to answer, and a quarter of those do. In the
--     week of Monday 2026-03-09 all were invited, and fewer than a fifth answered.
--   * Half of the transfers on the phone are logged as two contacts, within 10 minutes.
--   * Some customers in chat and on the web are anonymous.
--   * Customers have several issues in a quarter.

\set ON_ERROR_STOP on

BEGIN;
SET LOCAL jit = off;    -- compiling takes longer than running

CREATE TABLE contacts (
    contact_id   bigint PRIMARY KEY,
    customer     integer,
    issue        integer NOT NULL CHECK (issue BETWEEN 1 AND 30),
    channel      text NOT NULL CHECK (channel IN ('phone', 'email', 'chat', 'web')),
    agent        text NOT NULL,
    started_at   timestamp NOT NULL,
    wait_minutes integer NOT NULL CHECK (wait_minutes >= 0),
    talk_minutes integer NOT NULL CHECK (talk_minutes > 0),
    transferred  boolean NOT NULL,
    invited_at   timestamp CHECK (invited_at > started_at)
);

COMMENT ON TABLE contacts IS
    'one row per contact; a transfer on the phone may have two, within 10 minutes';
COMMENT ON COLUMN contacts.customer IS
    'NULL if the customer is anonymous';
COMMENT ON COLUMN contacts.issue IS
    'what it was about: one of thirty codes';
COMMENT ON COLUMN contacts.wait_minutes IS
    'time in the queue; 0 for email and web';
COMMENT ON COLUMN contacts.talk_minutes IS
    'time that the agent took';
COMMENT ON COLUMN contacts.transferred IS
    'was the customer passed on to another agent?';
COMMENT ON COLUMN contacts.invited_at IS
    'when the customer was invited to answer; NULL if not';


-- The dice. Every random number below comes from here, so that the data do not
-- depend on the plan of a query.
DO $$ BEGIN PERFORM setseed(0.2027); END $$;

CREATE TEMPORARY TABLE dice ON COMMIT DROP AS
SELECT id,
       random() AS person, random() AS topic, random() AS anonymous, random() AS before,
       random() AS again, random() AS after, random() AS transfer, random() AS wait,
       random() AS talk, random() AS invite, random() AS pause, random() AS hour,
       random() AS who, random() AS switch, random() AS leg
FROM generate_series(1, 300000) AS id;
ANALYZE dice;

-- A time of that day at which the service is open. On Sunday it is not: then of the Friday before.
CREATE FUNCTION pg_temp.open_at(day date, hour double precision) RETURNS timestamp
IMMUTABLE LANGUAGE sql
RETURN date_trunc('second', CASE extract(isodow FROM day)
    WHEN 7 THEN day - interval '2 days' + interval '1 hour' * (8 + 12 * hour)
    WHEN 6 THEN day + interval '1 hour' * (9 + 8 * hour)
    ELSE day + interval '1 hour' * (8 + 12 * hour) END);


-- The answers. bad is how bad the experience was, in standard deviations.
CREATE TEMPORARY TABLE answers ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY answered_at, channel COLLATE "C", agent COLLATE "C",
                                   effort_score, recommend, satisfaction) AS id,
       ctid AS answer, channel, agent, answered_at,
       (-1.15 * (2 * coalesce((effort_score - 5.3) / 1.6, 0)
                 + coalesce((recommend - 7.4) / 2.6, 0) + coalesce((satisfaction - 4.1) / 1.1, 0))
        / (2 * num_nonnulls(effort_score) + num_nonnulls(recommend, satisfaction))
       )::double precision AS bad
FROM responses;


-- The last contact about an issue: the one of each answer, and others like it that got none.
-- earlier is how many went before it, began_in their channel, later whether one followed.
CREATE TEMPORARY TABLE finals ON COMMIT DROP AS
SELECT final, answer, customer, issue, channel, agent, started_at, earlier, began_in,
       CASE WHEN channel = 'chat' AND date_trunc('week', started_at) = '2026-02-16'
                 AND customer IS NOT NULL AND after < 0.40 THEN 'phone'
            WHEN after < 1 / (1 + exp(2.90 - 0.40 * bad))
                 AND agent <> 'Derek P.' THEN channel END AS later,
       wait_minutes, talk_minutes, transferred, invite, leg
FROM (
    SELECT row_number() OVER (ORDER BY id, copy) AS final,
           CASE copy WHEN 0 THEN answer END AS answer, channel, agent, answered_at, bad,
           answered_at::date AS day,
           CASE WHEN agent IN ('Bruno F.', 'Zoe H.') THEN date '2026-03-30'
                ELSE date '2026-01-05' END AS first_day
    FROM (SELECT *, sum(like_it) OVER (ORDER BY id) AS up_to
          FROM (SELECT *, CASE channel WHEN 'phone' THEN 1.15 WHEN 'email' THEN 1.40
                                       WHEN 'chat' THEN 1.05 ELSE 3.00 END
                          * CASE WHEN answered_at < '2026-01-12' THEN 1.30 ELSE 1.00 END AS like_it
                FROM answers) AS channels) AS running,
         generate_series(0, floor(up_to)::int - floor(up_to - like_it)::int) AS copy
) AS numbered
JOIN dice ON dice.id = final,
LATERAL (
    SELECT CASE WHEN anonymous >= CASE channel WHEN 'web' THEN 0.35 WHEN 'chat' THEN 0.20
                                               ELSE 0.00 END
                THEN 1 + floor(130000 * power(person, 1.2))::int END AS customer,
           1 + floor(30 * topic)::int AS issue,
           CASE WHEN before < 1 / (1 + exp(1.45 - 0.75 * bad - CASE agent
                     WHEN 'Lena M.' THEN 1.10 WHEN 'Derek P.' THEN -0.80 ELSE 0.00 END))
                THEN 1 + width_bucket(again + 0.04 * bad, ARRAY[0.72, 0.91, 0.97])
                ELSE 0 END AS earlier,
           1 + floor((2 + 6 * talk) * CASE agent WHEN 'Derek P.' THEN 2.2 ELSE 1.0 END)::int
               AS talk_minutes,
           floor(-ln(1 - wait) * exp(0.16 * bad)
                 * CASE channel WHEN 'phone' THEN 5 WHEN 'chat' THEN 2 ELSE 0 END)::int
               AS wait_minutes
) AS facts,
LATERAL (
    SELECT transfer < 1 / (1 + exp(2.35 - 0.55 * bad - 0.40 * least(earlier, 1)))
               AS transferred,
           CASE WHEN customer IS NULL OR switch > 0.40 THEN channel
                WHEN channel <> 'phone' THEN 'phone'
                WHEN switch < 0.20 THEN 'web'
                WHEN switch < 0.30 THEN 'chat' ELSE 'email' END AS began_in,
           -- most answer within an hour and a half, some after days
           date_trunc('second', answered_at - interval '1 minute'
               * (wait_minutes + talk_minutes + 1 + 85 * power(hour, 2))) AS just_before,
           greatest(first_day, day - 1 - width_bucket(pause, ARRAY[0.70, 0.80, 0.87, 0.92, 0.96]))
               AS days_before
) AS more,
LATERAL (
    SELECT CASE WHEN answer IS NULL THEN pg_temp.open_at(day, hour)
                WHEN day = first_day OR pause < 0.50 AND just_before >= day + interval '8 hours'
                THEN just_before
                ELSE pg_temp.open_at(days_before, hour) END AS started_at
) AS times;


-- The contacts before and after it, and the first half of some transfers.
CREATE TEMPORARY TABLE others ON COMMIT DROP AS
SELECT other, final, kind, channel, started_at, wait, talk, transfer, invite, who, switch
FROM (
    SELECT row_number() OVER (ORDER BY final, kind, step) AS other, *
    FROM (
        SELECT final, 'earlier' AS kind, step, began_in AS channel, started_at AS final_at
        FROM finals, generate_series(1, earlier) AS step
        UNION ALL
        SELECT final, 'later', 1, later, started_at FROM finals WHERE later IS NOT NULL
        UNION ALL
        SELECT final, 'leg', 1, channel, started_at FROM finals
        WHERE channel = 'phone' AND transferred AND leg < 0.50
    ) AS kinds
) AS numbered
JOIN dice ON dice.id = other,
LATERAL (
    SELECT date_trunc('second', CASE kind
               WHEN 'earlier' THEN final_at - interval '1 day' * step * (0.02 - 2.3 * ln(1 - pause))
               WHEN 'later' THEN final_at + interval '1 day' * (0.02 - 2.3 * ln(1 - pause))
               ELSE final_at - interval '1 minute' * (1 + 8 * pause) END) AS moment
) AS moments,
LATERAL (
    SELECT CASE WHEN kind = 'leg' OR moment::date = final_at::date
                     AND moment::time BETWEEN '08:00' AND '20:00' THEN moment
                WHEN kind = 'earlier'
                THEN pg_temp.open_at(least(moment::date, final_at::date - 1), hour)
                ELSE pg_temp.open_at(greatest(moment::date, final_at::date + 1)
                         + CASE extract(isodow FROM greatest(moment::date, final_at::date + 1))
                           WHEN 7 THEN 1 ELSE 0 END, hour) END AS started_at
) AS times
WHERE started_at >= '2026-01-05' AND started_at < '2026-04-05';


-- Who was at work: each answer is a place in its channel, and some of these are of that day.
CREATE TEMPORARY TABLE places ON COMMIT DROP AS
SELECT channel, answered_at::date AS day, agent,
       row_number() OVER (PARTITION BY channel ORDER BY id) AS place
FROM answers;
CREATE TEMPORARY TABLE days ON COMMIT DROP AS
SELECT channel, day, min(place) AS first_place, count(*) AS places
FROM places GROUP BY channel, day;
ANALYZE others, places, days;


-- All contacts.
CREATE TEMPORARY TABLE numbered ON COMMIT DROP AS
SELECT row_number() OVER (ORDER BY started_at, final, kind, other) AS contact_id, *
FROM (
    SELECT answer, final, 'final' AS kind, 0 AS other, customer, issue, channel, agent, started_at,
           wait_minutes, talk_minutes, transferred, invite
    FROM finals
    UNION ALL
    SELECT NULL, final, kind, other, customer, issue, others.channel,
           CASE WHEN kind = 'earlier' AND others.channel = 'phone'
                     AND others.switch < CASE places.agent WHEN 'Derek P.' THEN 0.70
                                                           ELSE 0.03 END THEN 'Hugo N.'
                ELSE places.agent END,
           others.started_at,
           floor(-ln(1 - wait) * CASE others.channel WHEN 'phone' THEN 5 WHEN 'chat' THEN 2
                                                     ELSE 0 END)::int,
           1 + floor((2 + 6 * talk)
                     * CASE places.agent WHEN 'Derek P.' THEN 2.2 ELSE 1.0 END)::int,
           kind = 'leg' OR transfer < 0.11, others.invite
    FROM others
    JOIN days ON (days.channel, days.day) = (others.channel, others.started_at::date)
    JOIN places ON (places.channel, places.place)
                   = (others.channel, first_place + floor(who * days.places)::bigint)
    JOIN finals USING (final)
) AS contacts;

INSERT INTO contacts
SELECT contact_id, customer, issue, channel, agent, started_at, wait_minutes, talk_minutes,
       transferred,
       CASE WHEN answer IS NOT NULL
                 OR kind <> 'leg'
                    AND invite < CASE WHEN channel <> 'web' THEN 0.90
                                      WHEN date_trunc('week', started_at) = '2026-03-09' THEN 1.00
                                      ELSE 0.60 END
            THEN started_at + interval '1 minute' * (wait_minutes + talk_minutes) END
FROM numbered ORDER BY contact_id;

ALTER TABLE responses ADD COLUMN contact_id bigint;
COMMENT ON COLUMN responses.contact_id IS
    'the contact after which the customer answered';
UPDATE responses SET contact_id = numbered.contact_id FROM numbered WHERE responses.ctid = answer;
ALTER TABLE responses ADD FOREIGN KEY (contact_id) REFERENCES contacts;

COMMIT;

DROP FUNCTION pg_temp.open_at;
VACUUM (FULL, ANALYZE) responses;
ANALYZE contacts;
