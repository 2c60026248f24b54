--
-- Rollups that keep themselves
--

CREATE FUNCTION _ces_rollup_capture() RETURNS trigger
	AS 'MODULE_PATHNAME', 'ces_rollup_capture' LANGUAGE C;
COMMENT ON FUNCTION _ces_rollup_capture() IS 'trigger on a table of answers: gathers changes for a rollup';

CREATE FUNCTION _ces_rollup_flush() RETURNS trigger
	AS 'MODULE_PATHNAME', 'ces_rollup_flush' LANGUAGE C;
COMMENT ON FUNCTION _ces_rollup_flush() IS 'trigger on the deltas of a rollup: appends the changes of a statement at its end';

CREATE FUNCTION _ces_rollup_truncate() RETURNS trigger
	AS 'MODULE_PATHNAME', 'ces_rollup_truncate' LANGUAGE C;
COMMENT ON FUNCTION _ces_rollup_truncate() IS 'trigger on a table of answers: empties a rollup';

CREATE FUNCTION _ces_rollup_guard() RETURNS trigger
	AS 'MODULE_PATHNAME', 'ces_rollup_guard' LANGUAGE C;
COMMENT ON FUNCTION _ces_rollup_guard() IS 'trigger on the tables of a rollup: nobody else writes them';

CREATE FUNCTION _ces_rollup_objects(rollup regclass, definition regclass, store regclass, partition regclass) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_rollup_objects' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_rollup_objects(regclass, regclass, regclass, regclass) IS 'names the objects of a rollup, in the WHEN clause of a trigger; always true';

CREATE FUNCTION _ces_rollup_partitions(source regclass) RETURNS SETOF regclass
	AS 'MODULE_PATHNAME', 'ces_rollup_partitions' LANGUAGE C STABLE STRICT PARALLEL SAFE ROWS 10;
COMMENT ON FUNCTION _ces_rollup_partitions(regclass) IS 'partitions of a table that have rows';

CREATE FUNCTION _ces_rollup_is_partition(source regclass, part regclass) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_rollup_is_partition' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_rollup_is_partition(regclass, regclass) IS 'is it a partition of the table that has rows?';

CREATE FUNCTION _ces_rollup_hash(VARIADIC keys "any") RETURNS bigint
	AS 'MODULE_PATHNAME', 'ces_rollup_hash' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_rollup_hash("any") IS 'hash of the keys of a group';

CREATE FUNCTION _ces_rollup_is_populated(delta regclass) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_rollup_is_populated' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_rollup_is_populated(regclass) IS 'raises the error for a rollup that is not populated';

CREATE FUNCTION _ces_rollup_is_visible(delta regclass) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_rollup_is_visible' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_rollup_is_visible(regclass) IS 'true, or an error if the rollup was populated after the snapshot';

CREATE FUNCTION _ces_rollup_is_current(delta regclass, source regclass, zone text) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_rollup_is_current' LANGUAGE C STABLE PARALLEL RESTRICTED;
COMMENT ON FUNCTION _ces_rollup_is_current(regclass, regclass, text) IS 'can a rollup be read in place of the answers now?';

CREATE FUNCTION _ces_rollup_status(delta regclass, OUT rollup regclass, OUT source regclass, OUT populated boolean, OUT deltas bigint, OUT problem text, OUT remedy text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'ces_rollup_status' LANGUAGE C VOLATILE STRICT ROWS 1;
COMMENT ON FUNCTION _ces_rollup_status(regclass) IS 'state and problems of the rollup with these deltas';

CREATE FUNCTION _ces_rollup_border(value timestamp, unit text, zone text, after boolean, up boolean) RETURNS timestamp
	AS 'MODULE_PATHNAME', 'ces_rollup_border_of_timestamp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_rollup_border(timestamp, text, text, boolean, boolean) IS 'border of the whole buckets on one side of a local time';

CREATE FUNCTION _ces_rollup_border(value timestamptz, unit text, zone text, after boolean, up boolean) RETURNS timestamp
	AS 'MODULE_PATHNAME', 'ces_rollup_border_of_timestamptz' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_rollup_border(timestamptz, text, text, boolean, boolean) IS 'border of the whole buckets on one side of a time';

CREATE FUNCTION _ces_rollup_session_border(value timestamptz, unit text, after boolean, up boolean) RETURNS timestamp
	AS 'MODULE_PATHNAME', 'ces_rollup_session_border' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_rollup_session_border(timestamptz, text, boolean, boolean) IS 'border of the whole buckets, of local times in the session''s zone, on one side of a time';

CREATE FUNCTION _ces_rollup_time(day date, last boolean) RETURNS timestamp
	AS 'MODULE_PATHNAME', 'ces_rollup_time_of_date' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_rollup_time(date, boolean) IS 'first or last time of a day';

CREATE FUNCTION _ces_rollup_session_time(local timestamp) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'ces_rollup_session_time' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_rollup_session_time(timestamp) IS 'a local time in the session''s zone';

CREATE FUNCTION _ces_rollup_start(local timestamp, unit text, zone text) RETURNS timestamptz
	AS 'MODULE_PATHNAME', 'ces_rollup_start' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_rollup_start(timestamp, text, text) IS 'a time in the bucket that begins at a local time';

CREATE PROCEDURE ces_create_rollup(name text, query text, with_data boolean DEFAULT true)
	AS 'MODULE_PATHNAME' LANGUAGE C;
COMMENT ON PROCEDURE ces_create_rollup(text, text, boolean) IS 'creates a view with the result of a query that counts answers, which is always current and cheap to read';

CREATE FUNCTION ces_fold_rollup(rollup regclass) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION ces_fold_rollup(regclass) IS 'adds up the changes that a rollup has gathered, which makes it cheaper to read; returns their number';

CREATE FUNCTION ces_check_rollup(rollup regclass, OUT key jsonb, OUT found jsonb, OUT expected jsonb) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT ROWS 10;
COMMENT ON FUNCTION ces_check_rollup(regclass) IS 'groups in which a rollup differs from the answers; none if it is right';

CREATE FUNCTION ces_repair_rollup(rollup regclass, partition regclass DEFAULT NULL) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE;
COMMENT ON FUNCTION ces_repair_rollup(regclass, regclass) IS 'makes a rollup and its triggers right, for one partition or the whole table; returns the number of groups that were wrong';

CREATE FUNCTION ces_drop_rollup(rollup regclass) RETURNS void
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT;
COMMENT ON FUNCTION ces_drop_rollup(regclass) IS 'drops a rollup; the answers stay';

CREATE FUNCTION ces_rollup_explain(query text, OUT rollup regclass, OUT used boolean, OUT reason text) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C VOLATILE STRICT ROWS 1;
COMMENT ON FUNCTION ces_rollup_explain(text) IS 'is a query answered from the rollups of its tables, and if not, why';

CREATE VIEW ces_rollup_status AS
SELECT s.rollup, s.source, s.populated, s.deltas, s.problem, s.remedy
FROM pg_catalog.pg_trigger AS t, LATERAL _ces_rollup_status(t.tgrelid) AS s
WHERE t.tgfoid OPERATOR(pg_catalog.=) '_ces_rollup_guard()'::pg_catalog.regprocedure AND t.tgqual IS NOT NULL;
COMMENT ON VIEW ces_rollup_status IS 'rollups, and what is wrong with them';
COMMENT ON COLUMN ces_rollup_status.rollup IS 'the rollup, a view';
COMMENT ON COLUMN ces_rollup_status.source IS 'the table of answers that it counts';
COMMENT ON COLUMN ces_rollup_status.populated IS 'false until it was populated; it can''t be read before';
COMMENT ON COLUMN ces_rollup_status.deltas IS 'changes that wait to be folded';
COMMENT ON COLUMN ces_rollup_status.problem IS 'what is wrong; null if nothing is';
COMMENT ON COLUMN ces_rollup_status.remedy IS 'the SQL to type';
GRANT SELECT ON ces_rollup_status TO PUBLIC;
