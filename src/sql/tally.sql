--
-- ces_tally: how many answers were given at each point of a scale
--

CREATE TYPE ces_tally;

CREATE FUNCTION _ces_tally_in(cstring) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_in(cstring) IS 'I/O';

CREATE FUNCTION _ces_tally_out(ces_tally) RETURNS cstring
	AS 'MODULE_PATHNAME', 'ces_tally_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_out(ces_tally) IS 'I/O';

CREATE FUNCTION _ces_tally_recv(internal) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_recv(internal) IS 'I/O';

CREATE FUNCTION _ces_tally_send(ces_tally) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ces_tally_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_send(ces_tally) IS 'I/O';

CREATE TYPE ces_tally (
	INPUT = _ces_tally_in,
	OUTPUT = _ces_tally_out,
	RECEIVE = _ces_tally_recv,
	SEND = _ces_tally_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE ces_tally IS 'number of answers at each point of a scale: SCALE {COUNT,...}, lowest score first';

-- Clients such as JDBC send a tally as text or varchar to the column where it is stored.

CREATE CAST (text AS ces_tally) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (text AS ces_tally) IS 'a tally given as text';

CREATE CAST (varchar AS ces_tally) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (varchar AS ces_tally) IS 'a tally given as varchar';

-- comparison; the order means nothing, but sorting and indexes need one

CREATE FUNCTION _ces_tally_lt(ces_tally, ces_tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_tally_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_lt(ces_tally, ces_tally) IS 'implementation of < operator';

CREATE FUNCTION _ces_tally_le(ces_tally, ces_tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_tally_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_le(ces_tally, ces_tally) IS 'implementation of <= operator';

CREATE FUNCTION _ces_tally_eq(ces_tally, ces_tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_tally_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_eq(ces_tally, ces_tally) IS 'implementation of = operator';

CREATE FUNCTION _ces_tally_ne(ces_tally, ces_tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_tally_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_ne(ces_tally, ces_tally) IS 'implementation of <> operator';

CREATE FUNCTION _ces_tally_ge(ces_tally, ces_tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_tally_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_ge(ces_tally, ces_tally) IS 'implementation of >= operator';

CREATE FUNCTION _ces_tally_gt(ces_tally, ces_tally) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_tally_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_gt(ces_tally, ces_tally) IS 'implementation of > operator';

CREATE FUNCTION _ces_tally_cmp(ces_tally, ces_tally) RETURNS integer
	AS 'MODULE_PATHNAME', 'ces_tally_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_cmp(ces_tally, ces_tally) IS 'less-equal-greater';

CREATE FUNCTION _ces_tally_hash(ces_tally) RETURNS integer
	AS 'MODULE_PATHNAME', 'ces_tally_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_hash(ces_tally) IS 'hash';

CREATE FUNCTION _ces_tally_hash_extended(ces_tally, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'ces_tally_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_hash_extended(ces_tally, bigint) IS 'hash';

CREATE OPERATOR < (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = _ces_tally_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (ces_tally, ces_tally) IS 'less than: by scale, then by counts';

CREATE OPERATOR <= (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = _ces_tally_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (ces_tally, ces_tally) IS 'less than or equal';

CREATE OPERATOR = (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = _ces_tally_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (ces_tally, ces_tally) IS 'same scale and same counts';

CREATE OPERATOR <> (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = _ces_tally_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (ces_tally, ces_tally) IS 'different scale or different counts';

CREATE OPERATOR >= (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = _ces_tally_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (ces_tally, ces_tally) IS 'greater than or equal';

CREATE OPERATOR > (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = _ces_tally_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (ces_tally, ces_tally) IS 'greater than';

-- no FUNCTION 4, equalimage: equal tallies may be stored in different bytes

CREATE OPERATOR CLASS ces_tally_ops
	DEFAULT FOR TYPE ces_tally USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 _ces_tally_cmp(ces_tally, ces_tally);
COMMENT ON OPERATOR CLASS ces_tally_ops USING btree IS 'sorting, DISTINCT, merge joins and btree indexes of tallies';
COMMENT ON OPERATOR FAMILY ces_tally_ops USING btree IS 'sorting, DISTINCT, merge joins and btree indexes of tallies';

CREATE OPERATOR CLASS ces_tally_ops
	DEFAULT FOR TYPE ces_tally USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 _ces_tally_hash(ces_tally),
	FUNCTION 2 _ces_tally_hash_extended(ces_tally, bigint);
COMMENT ON OPERATOR CLASS ces_tally_ops USING hash IS 'DISTINCT, EXCEPT, hash joins, indexes and partitions of tallies';
COMMENT ON OPERATOR FAMILY ces_tally_ops USING hash IS 'DISTINCT, EXCEPT, hash joins, indexes and partitions of tallies';

CREATE FUNCTION ces_from_counts(scale ces_scale, counts bigint[]) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_from_counts(ces_scale, bigint[]) IS 'tally with the given number of answers at each score of the scale, lowest score first';

CREATE FUNCTION ces_counts(tally ces_tally) RETURNS bigint[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_counts(ces_tally) IS 'number of answers at each score of the scale, lowest score first';

CREATE FUNCTION ces_scale(tally ces_tally) RETURNS ces_scale
	AS 'MODULE_PATHNAME', 'ces_scale_of_tally' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale(ces_tally) IS 'scale of the tally';

CREATE FUNCTION _ces_tally_add(ces_tally, ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_add' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_add(ces_tally, ces_tally) IS 'implementation of + operator';

CREATE FUNCTION _ces_tally_subtract(ces_tally, ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_subtract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_subtract(ces_tally, ces_tally) IS 'implementation of - operator';

CREATE OPERATOR + (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = _ces_tally_add,
	COMMUTATOR = +
);
COMMENT ON OPERATOR + (ces_tally, ces_tally) IS 'the answers of both tallies, which must be on the same scale';

CREATE OPERATOR - (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = _ces_tally_subtract
);
COMMENT ON OPERATOR - (ces_tally, ces_tally) IS 'the answers of the first tally without those of the second, which must be among them';

CREATE FUNCTION _ces_tally_on_scale(tally ces_tally, scale ces_scale) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_on_scale' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_on_scale(ces_tally, ces_scale) IS 'the same answers on a scale with other cuts';
