-- The answers of a quarter: sixty teams with one channel each, a thousand agents. A tenth
-- of the scores are missing.
CREATE TABLE answers AS
SELECT answered_at, floor(random() * 1000)::int AS agent, team, extract(week FROM answered_at)::int AS week,
       CASE WHEN random() < 0.9 THEN 1 + floor(7 * sqrt(random()))::int END AS score,
       (ARRAY['phone', 'chat', 'email', 'web'])[1 + team % 4] AS channel
FROM (SELECT timestamp '2026-01-05' + random() * interval '91 days' AS answered_at, floor(random() * 60)::int AS team
      FROM generate_series(1, :rows)) a;

-- The scores of a million respondents, and scores in an order.
CREATE TABLE scores_by_respondent AS SELECT floor(random() * 1000000)::int AS respondent, score FROM answers;
CREATE TABLE scores_in_order AS SELECT row_number() OVER ()::int AS id, score FROM answers LIMIT 1000000;

-- The scores alone: where a scan takes little, aggregation takes most of the time. Then as
-- other types, in tables of the same size.
CREATE TABLE scores AS SELECT score FROM answers;
CREATE TABLE scores_smallint AS SELECT score::smallint FROM answers;
CREATE TABLE scores_double AS SELECT score::double precision FROM answers;

-- The scores in words, spelled as in the table of labels, so that a join finds them.
CREATE TABLE answers_in_words AS
SELECT CASE score WHEN 1 THEN 'helemaal mee oneens' WHEN 2 THEN 'mee oneens' WHEN 3 THEN 'enigszins mee oneens' WHEN 4 THEN 'neutraal'
         WHEN 5 THEN 'enigszins mee eens' WHEN 6 THEN 'mee eens' WHEN 7 THEN 'helemaal mee eens' END AS answer
FROM answers;
-- what people join with who have no ces_score
CREATE TABLE labels (label_set text, language text, label text, score integer, PRIMARY KEY (label_set, language, label));
INSERT INTO labels
SELECT label_set, language, label, min(score) FROM ces_all_labels GROUP BY 1, 2, 3 HAVING count(*) = 1;

CREATE TABLE daily AS
SELECT answered_at::date AS day, channel, team, ces_tally(score, '1..7') AS tally
FROM answers GROUP BY 1, 2, 3;

-- The weeks of each agent in each channel, and what their top boxes are without ces.
CREATE TABLE weekly AS
SELECT channel, agent, week, ces_tally(score, '1..7') AS tally, count(score)::float8 AS n, count(*) FILTER (WHERE score >= 5)::float8 AS top
FROM answers GROUP BY 1, 2, 3 HAVING count(score) > 0;

-- A million contacts: of one customer, every 37 seconds or in a hundred seconds, and of a million.
CREATE TABLE contacts AS SELECT 1 AS customer, timestamptz '2025-01-01' + n * interval '37 s' AS at FROM generate_series(1, least(:rows, 1000000)) n;
CREATE TABLE contacts_at_once AS SELECT 1 AS customer, timestamptz '2025-01-01' + n * interval '100 us' AS at FROM generate_series(1, least(:rows, 1000000)) n;
CREATE TABLE contacts_of_many AS SELECT n AS customer, timestamptz '2025-01-01' + n * interval '37 s' AS at FROM generate_series(1, least(:rows, 1000000)) n;

VACUUM ANALYZE;
