--
-- Contacts: repeats, episodes and switches
--

--@ table contact_time
--@   type        | volatility | now
--@   timestamptz | STABLE     | now()
--@   timestamp   | IMMUTABLE  | localtimestamp
--@   date        | IMMUTABLE  | current_date
--@ for each contact_time
CREATE FUNCTION ces_repeated(at @type@, within interval, until @type@ DEFAULT @now@, leg interval DEFAULT '0') RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_repeated_@type@' LANGUAGE C WINDOW @volatility@ PARALLEL SAFE;
COMMENT ON FUNCTION ces_repeated(@type@, interval, @type@, interval) IS 'did this contact lead to another one within a time, and later than leg? NULL if that time is not over at until; over the contacts of a customer, ordered by time';

CREATE FUNCTION ces_episode(at @type@, gap interval) RETURNS bigint
	AS 'MODULE_PATHNAME', 'ces_episode_@type@' LANGUAGE C WINDOW @volatility@ PARALLEL SAFE;
COMMENT ON FUNCTION ces_episode(@type@, interval) IS 'number of the episode, from 1: a new one begins after a pause longer than gap; over the contacts of a customer, ordered by time';

--@ end
CREATE FUNCTION _ces_switches_accum(internal, anyelement) RETURNS internal
	AS 'MODULE_PATHNAME', 'ces_switches_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_switches_accum(internal, anyelement) IS 'aggregate transition function';

CREATE FUNCTION _ces_switches_final(internal) RETURNS bigint
	AS 'MODULE_PATHNAME', 'ces_switches_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_switches_final(internal) IS 'aggregate final function';

CREATE AGGREGATE ces_switches(value anyelement) (
	SFUNC = _ces_switches_accum, STYPE = internal, SSPACE = 64, FINALFUNC = _ces_switches_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_switches(value anyelement) IS 'how often the value changed from one row to the next, NULLs left out; needs an ORDER BY';
