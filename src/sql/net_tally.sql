--
-- Aggregates of tallies that are added and tallies that are removed, in any order
--

CREATE FUNCTION _ces_net_accum(internal, ces_tally, ces_tally) RETURNS internal
	AS 'MODULE_PATHNAME', 'ces_net_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_net_accum(internal, ces_tally, ces_tally) IS 'aggregate transition function';

CREATE FUNCTION _ces_net_accum_inv(internal, ces_tally, ces_tally) RETURNS internal
	AS 'MODULE_PATHNAME', 'ces_net_accum_inv' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_net_accum_inv(internal, ces_tally, ces_tally) IS 'aggregate inverse transition function';

CREATE FUNCTION _ces_net_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ces_net_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_net_combine(internal, internal) IS 'aggregate combine function';

CREATE FUNCTION _ces_net_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ces_net_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_net_serialize(internal) IS 'aggregate serialization function';

CREATE FUNCTION _ces_net_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ces_net_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_net_deserialize(bytea, internal) IS 'aggregate deserialization function';

CREATE FUNCTION _ces_net_final(internal) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_net_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_net_final(internal) IS 'aggregate final function';

CREATE FUNCTION _ces_net_surplus_final(internal) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_net_surplus_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_net_surplus_final(internal) IS 'aggregate final function';

--@ table net
--@   aggregate          | final                  | comment
--@   ces_rollup         | _ces_net_final         | tally of the answers of all added tallies without those of the removed ones, which may come in any order; all must be on the same scale
--@   _ces_tally_surplus | _ces_net_surplus_final | tally of the answers that were added in excess of those removed, at each point of the scale for itself
--@ for each net
CREATE AGGREGATE @aggregate@(added ces_tally, removed ces_tally) (
	SFUNC = _ces_net_accum, STYPE = internal, SSPACE = 128,
	FINALFUNC = @final@, COMBINEFUNC = _ces_net_combine,
	SERIALFUNC = _ces_net_serialize, DESERIALFUNC = _ces_net_deserialize,
	MSFUNC = _ces_net_accum, MINVFUNC = _ces_net_accum_inv, MSTYPE = internal, MSSPACE = 128,
	MFINALFUNC = @final@, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @aggregate@(added ces_tally, removed ces_tally) IS '@comment@';

--@ end
CREATE FUNCTION _ces_tally_surplus(added ces_tally, removed ces_tally, also_added ces_tally, also_removed ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_surplus' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_surplus(ces_tally, ces_tally, ces_tally, ces_tally) IS 'the same of four tallies, any of which may be NULL';

CREATE AGGREGATE _ces_sum(bigint) (
	SFUNC = int8pl, STYPE = bigint, COMBINEFUNC = int8pl,
	MSFUNC = int8pl, MINVFUNC = int8mi, MSTYPE = bigint, PARALLEL = SAFE
);
COMMENT ON AGGREGATE _ces_sum(bigint) IS 'sum as a bigint, which must hold it';

CREATE FUNCTION _ces_tally_net(added ces_tally, removed ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_net' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_net(ces_tally, ces_tally) IS 'what was added without what was removed';
