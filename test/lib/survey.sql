-- Fills a database with every kind of object that can hold or use the types of ces. Needs the
-- extension, in a schema on the search_path.

CREATE TABLE responses (
	id integer PRIMARY KEY,
	answered_on date NOT NULL,
	channel text NOT NULL,
	effort smallint CHECK (effort <@ ces_scale '1..7'),
	recommend double precision,
	answer text,
	box text GENERATED ALWAYS AS (ces_box(effort, '1..7')) STORED
);
INSERT INTO responses
SELECT n, date '2026-01-01' + n / 100, (ARRAY['chat', 'email', 'phone'])[1 + n % 3],
	nullif(1 + n * 37 % 8, 8), n * 31 % 11, (ARRAY['eens', 'prima', 'so-so'])[1 + n % 3]
FROM generate_series(1, 3000) n;

INSERT INTO ces_label (label_set, language, label, score) VALUES
	('agreement5', 'nl', 'prima', 5), ('agreement5', 'en', 'so-so', 2),
	('agreement5', 'nl', 'Neutraal', 4), ('étoiles', 'fr', '★★', 2);
INSERT INTO ces_label_set VALUES ('étoiles', '1..3');

CREATE DOMAIN likert AS ces_scale CHECK (VALUE IN ('1..5', '5..1', '1..7'));
CREATE TYPE two_tallies AS (effort ces_tally, recommend ces_tally);
CREATE TABLE questions (
	question text NOT NULL,
	scale ces_scale PRIMARY KEY DEFAULT '1..7',
	likert likert,
	cut_moved ces_scale DEFAULT ces_scale(1, 7, 6, 2),
	worst_count bigint DEFAULT (ces_counts('1..3 {4,5,6}'::ces_tally))[1]
);
INSERT INTO questions (question, scale, likert) VALUES
	('effort', DEFAULT, '1..5'), ('old effort', '5..1', '5..1'), ('recommend', 'nps', '1..7'),
	('odd', '-100..0 top -1 bottom -99', NULL);
CREATE INDEX questions_scale_hash ON questions USING hash (scale);
CREATE INDEX questions_long_scale ON questions (scale) WHERE scale > '1..7';

CREATE TABLE daily (
	day date,
	channel text,
	effort ces_tally NOT NULL,
	recommend ces_tally,
	nps numeric GENERATED ALWAYS AS (nps(recommend)) STORED,
	history ces_tally[],
	tallies two_tallies,
	PRIMARY KEY (day, channel)
);
INSERT INTO daily (day, channel, effort, recommend, history, tallies)
SELECT answered_on, channel, ces_tally(effort, '1..7'), ces_tally(recommend, '0..10'),
	ARRAY[ces_tally(effort, '1..7'), NULL, ces_tally(effort, '1..7', 1000000)],
	ROW(ces_tally(effort, '1..7', 300::bigint), NULL)::two_tallies
FROM responses GROUP BY answered_on, channel;
-- Counters of every width, and a tally that is stored out of line.
INSERT INTO daily (day, channel, effort) VALUES
	('2025-12-31', 'empty', '1..7 {0,0,0,0,0,0,0}'),
	('2025-12-31', 'wide', '1..7 {0,0,0,0,255,256,1152921504606846976}'),
	('2025-12-31', 'long', (SELECT ces_from_counts('0..100', array_agg(n * n * 1000003::bigint)) FROM generate_series(1, 101) n));
ALTER TABLE daily ALTER effort SET STORAGE EXTERNAL;
CREATE INDEX daily_effort ON daily USING hash (effort);
CREATE INDEX daily_topbox ON daily (ces_topbox(effort));
CREATE INDEX daily_scale ON daily (ces_scale(effort)) WHERE ces_count(effort) > 30;
CREATE STATISTICS daily_median ON ces_median(effort), ces_scale(effort) FROM daily;

CREATE TABLE by_scale (scale ces_scale, tally ces_tally) PARTITION BY LIST (scale);
CREATE TABLE by_scale_ces PARTITION OF by_scale FOR VALUES IN ('ces', '7..1');
CREATE TABLE by_scale_nps PARTITION OF by_scale FOR VALUES IN ('0..10 top 9 bottom 6');
CREATE TABLE by_scale_other PARTITION OF by_scale DEFAULT PARTITION BY HASH (tally);
CREATE TABLE by_scale_other_0 PARTITION OF by_scale_other FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE by_scale_other_1 PARTITION OF by_scale_other FOR VALUES WITH (MODULUS 2, REMAINDER 1);
INSERT INTO by_scale
SELECT ces_scale(tally), tally
FROM (SELECT effort AS tally FROM daily UNION ALL SELECT recommend FROM daily WHERE recommend IS NOT NULL
	UNION ALL SELECT ces_from_counts('1..3', ARRAY[n, 2 * n, 7]) FROM generate_series(1, 20) n) t;

-- Key drivers: numbers of every width, and names of every kind.
CREATE TABLE drivers_by_day (day date PRIMARY KEY, drivers ces_drivers);
INSERT INTO drivers_by_day
SELECT answered_on, ces_drivers(effort, '{chat,"the id",Zoë}', ARRAY[(channel = 'chat')::int, id, id % 7])
FROM responses GROUP BY answered_on
UNION ALL SELECT date '2025-12-31', ces_drivers(NULL::int, '{chat,"the id",Zoë}', ARRAY[1, 2, 3])
UNION ALL SELECT date '2025-12-30', ces_drivers(n, '{chat,"the id",Zoë}', ARRAY[2147483647 - n, n * n, -n]) FROM generate_series(1, 40) n;
ALTER TABLE drivers_by_day ALTER drivers SET STORAGE EXTERNAL;
CREATE VIEW drivers AS
SELECT r.* FROM (SELECT ces_rollup(drivers) AS drivers FROM drivers_by_day WHERE day >= '2025-12-31') d, ces_driver_report(drivers) r;
CREATE VIEW repeats AS
SELECT id, channel, ces_repeated(answered_on, '1 day', '2026-01-20', '0') OVER w, ces_episode(answered_on, '0') OVER w AS episode
FROM responses WINDOW w AS (PARTITION BY channel ORDER BY answered_on);

CREATE VIEW monthly AS
SELECT date_trunc('month', day)::date AS month, ces_rollup(effort) AS effort,
	nps(ces_rollup(recommend)) AS nps, ces_topbox_ci(ces_rollup(effort), 0.9) AS ci,
	ces_rollup(effort) FILTER (WHERE effort <> '1..7 {0,0,0,0,0,0,0}') AS not_empty
FROM daily WHERE ces_scale(effort) = '1..7' GROUP BY month;
CREATE VIEW report AS
SELECT channel, ces_topbox(effort) AS ces, ces_mean(effort, '1..7 top 6') AS mean, nps(recommend) AS nps,
	csat(ces_score(answer, 'agreement5')) AS csat
FROM responses GROUP BY channel;
CREATE MATERIALIZED VIEW weekly AS
SELECT date_trunc('week', day)::date AS week, ces_rollup(effort) AS effort, ces_rollup(recommend) AS recommend
FROM daily WHERE ces_scale(effort) = '1..7' GROUP BY week;
CREATE UNIQUE INDEX weekly_week ON weekly (week);
CREATE INDEX weekly_effort ON weekly USING hash (effort);

CREATE FUNCTION effort_of(of_channel text) RETURNS ces_tally STABLE
BEGIN ATOMIC
	SELECT ces_rollup(effort) FROM daily WHERE channel = of_channel;
END;
CREATE FUNCTION answered_badly() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
	RAISE DEBUG 'score % is in the bottom box', NEW.effort;
	RETURN NULL;
END $$;
CREATE TRIGGER answered_badly AFTER INSERT ON responses FOR EACH ROW
WHEN (ces_box(NEW.effort, '1..7') = 'bottom') EXECUTE FUNCTION answered_badly();
CREATE RULE keep_odd AS ON DELETE TO questions
WHERE OLD.scale = '-100..0 top -1 bottom -99' DO INSTEAD NOTHING;
