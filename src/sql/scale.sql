--
-- ces_scale: what an answer means
--

CREATE TYPE ces_scale;

CREATE FUNCTION _ces_scale_in(cstring) RETURNS ces_scale
	AS 'MODULE_PATHNAME', 'ces_scale_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_in(cstring) IS 'I/O';

CREATE FUNCTION _ces_scale_out(ces_scale) RETURNS cstring
	AS 'MODULE_PATHNAME', 'ces_scale_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_out(ces_scale) IS 'I/O';

CREATE FUNCTION _ces_scale_recv(internal) RETURNS ces_scale
	AS 'MODULE_PATHNAME', 'ces_scale_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_recv(internal) IS 'I/O';

CREATE FUNCTION _ces_scale_send(ces_scale) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ces_scale_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_send(ces_scale) IS 'I/O';

CREATE TYPE ces_scale (
	INPUT = _ces_scale_in,
	OUTPUT = _ces_scale_out,
	RECEIVE = _ces_scale_recv,
	SEND = _ces_scale_send,
	INTERNALLENGTH = 4,
	PASSEDBYVALUE,
	ALIGNMENT = int4
);
COMMENT ON TYPE ces_scale IS 'scale of a survey question: WORST..BEST [top N] [bottom N], or one of the names ces, ces1, csat, nps and faces';

CREATE FUNCTION ces_scale(worst integer, best integer, top integer DEFAULT NULL, bottom integer DEFAULT NULL) RETURNS ces_scale
	AS 'MODULE_PATHNAME', 'ces_scale_constructor' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale(integer, integer, integer, integer) IS
	'scale from the worst to the best answer; the top box begins at the score top, the bottom box at the score bottom';

-- Clients such as JDBC send a scale as text or varchar. A function rather than INOUT, as it need
-- not read the same text again for each row.

CREATE FUNCTION ces_scale(scale text) RETURNS ces_scale
	AS 'MODULE_PATHNAME', 'ces_scale_from_text' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale(text) IS 'scale from its text form';

CREATE CAST (text AS ces_scale) WITH FUNCTION ces_scale(text) AS IMPLICIT;
COMMENT ON CAST (text AS ces_scale) IS 'a scale given as text';

CREATE CAST (varchar AS ces_scale) WITH FUNCTION ces_scale(text) AS IMPLICIT;
COMMENT ON CAST (varchar AS ces_scale) IS 'a scale given as varchar';

-- is a score on a scale?

--@ table score_type
--@   type             | c_type
--@   smallint         | int2
--@   integer          | int4
--@   double precision | float8

--@ table score_or_numeric
--@   type             | c_type
--@   smallint         | int2
--@   integer          | int4
--@   double precision | float8
--@   numeric          | numeric
--@ for each score_or_numeric
CREATE FUNCTION _ces_on_scale(score @type@, scale ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_on_scale_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_on_scale(@type@, ces_scale) IS 'implementation of <@ operator';

CREATE FUNCTION _ces_scale_contains(scale ces_scale, score @type@) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_scale_contains_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_contains(ces_scale, @type@) IS 'implementation of @> operator';

CREATE OPERATOR <@ (
	LEFTARG = @type@, RIGHTARG = ces_scale, FUNCTION = _ces_on_scale,
	COMMUTATOR = '@>'
);
COMMENT ON OPERATOR <@ (@type@, ces_scale) IS 'is the score on the scale?';

CREATE OPERATOR @> (
	LEFTARG = ces_scale, RIGHTARG = @type@, FUNCTION = _ces_scale_contains,
	COMMUTATOR = '<@'
);
COMMENT ON OPERATOR @> (ces_scale, @type@) IS 'does the scale contain the score?';

--@ end
-- comparison; the order means nothing, but sorting and indexes need one

CREATE FUNCTION _ces_scale_lt(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_scale_lt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_lt(ces_scale, ces_scale) IS 'implementation of < operator';

CREATE FUNCTION _ces_scale_le(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_scale_le' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_le(ces_scale, ces_scale) IS 'implementation of <= operator';

CREATE FUNCTION _ces_scale_eq(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_scale_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_eq(ces_scale, ces_scale) IS 'implementation of = operator';

CREATE FUNCTION _ces_scale_ne(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_scale_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_ne(ces_scale, ces_scale) IS 'implementation of <> operator';

CREATE FUNCTION _ces_scale_ge(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_scale_ge' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_ge(ces_scale, ces_scale) IS 'implementation of >= operator';

CREATE FUNCTION _ces_scale_gt(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_scale_gt' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_gt(ces_scale, ces_scale) IS 'implementation of > operator';

CREATE FUNCTION _ces_scale_cmp(ces_scale, ces_scale) RETURNS integer
	AS 'MODULE_PATHNAME', 'ces_scale_cmp' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_cmp(ces_scale, ces_scale) IS 'less-equal-greater';

CREATE FUNCTION _ces_scale_hash(ces_scale) RETURNS integer
	AS 'MODULE_PATHNAME', 'ces_scale_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_hash(ces_scale) IS 'hash';

CREATE FUNCTION _ces_scale_hash_extended(ces_scale, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'ces_scale_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_scale_hash_extended(ces_scale, bigint) IS 'hash';

CREATE OPERATOR < (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = _ces_scale_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (ces_scale, ces_scale) IS 'less than';

CREATE OPERATOR <= (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = _ces_scale_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (ces_scale, ces_scale) IS 'less than or equal';

CREATE OPERATOR = (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = _ces_scale_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (ces_scale, ces_scale) IS 'equal';

CREATE OPERATOR <> (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = _ces_scale_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (ces_scale, ces_scale) IS 'not equal';

CREATE OPERATOR >= (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = _ces_scale_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (ces_scale, ces_scale) IS 'greater than or equal';

CREATE OPERATOR > (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = _ces_scale_gt,
	COMMUTATOR = <, NEGATOR = <=,
	RESTRICT = scalargtsel, JOIN = scalargtjoinsel
);
COMMENT ON OPERATOR > (ces_scale, ces_scale) IS 'greater than';

CREATE OPERATOR CLASS ces_scale_ops
	DEFAULT FOR TYPE ces_scale USING btree AS
	OPERATOR 1 <,
	OPERATOR 2 <=,
	OPERATOR 3 =,
	OPERATOR 4 >=,
	OPERATOR 5 >,
	FUNCTION 1 _ces_scale_cmp(ces_scale, ces_scale),
	FUNCTION 4 btequalimage(oid);
COMMENT ON OPERATOR CLASS ces_scale_ops USING btree IS 'sorting, merge joins and btree indexes of scales';
COMMENT ON OPERATOR FAMILY ces_scale_ops USING btree IS 'sorting, merge joins and btree indexes of scales';

CREATE OPERATOR CLASS ces_scale_ops
	DEFAULT FOR TYPE ces_scale USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 _ces_scale_hash(ces_scale),
	FUNCTION 2 _ces_scale_hash_extended(ces_scale, bigint);
COMMENT ON OPERATOR CLASS ces_scale_ops USING hash IS 'hash aggregation, joins, indexes and partitions of scales';
COMMENT ON OPERATOR FAMILY ces_scale_ops USING hash IS 'hash aggregation, joins, indexes and partitions of scales';

