-- The tallies in a table as one makes it by hand.
CREATE TABLE alone AS SELECT * FROM daily;
CREATE UNIQUE INDEX ON alone (day, channel, agent);
VACUUM ANALYZE alone;
