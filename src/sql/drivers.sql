--
-- ces_drivers: what makes the difference between good and bad answers
--

CREATE TYPE ces_drivers;

CREATE FUNCTION _ces_drivers_in(cstring) RETURNS ces_drivers
	AS 'MODULE_PATHNAME', 'ces_drivers_in' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_in(cstring) IS 'I/O';

CREATE FUNCTION _ces_drivers_out(ces_drivers) RETURNS cstring
	AS 'MODULE_PATHNAME', 'ces_drivers_out' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_out(ces_drivers) IS 'I/O';

CREATE FUNCTION _ces_drivers_recv(internal) RETURNS ces_drivers
	AS 'MODULE_PATHNAME', 'ces_drivers_recv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_recv(internal) IS 'I/O';

CREATE FUNCTION _ces_drivers_send(ces_drivers) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ces_drivers_send' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_send(ces_drivers) IS 'I/O';

CREATE TYPE ces_drivers (
	INPUT = _ces_drivers_in,
	OUTPUT = _ces_drivers_out,
	RECEIVE = _ces_drivers_recv,
	SEND = _ces_drivers_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE ces_drivers IS 'an outcome and its possible drivers: sums and sums of products over the answers, from which ces_driver_report makes a regression';

-- Clients such as JDBC send a value as text or varchar to the column where it is stored.

CREATE CAST (text AS ces_drivers) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (text AS ces_drivers) IS 'a value given as text';

CREATE CAST (varchar AS ces_drivers) WITH INOUT AS ASSIGNMENT;
COMMENT ON CAST (varchar AS ces_drivers) IS 'a value given as varchar';

CREATE FUNCTION _ces_drivers_eq(ces_drivers, ces_drivers) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_drivers_eq' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_eq(ces_drivers, ces_drivers) IS 'implementation of = operator';

CREATE FUNCTION _ces_drivers_ne(ces_drivers, ces_drivers) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_drivers_ne' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_ne(ces_drivers, ces_drivers) IS 'implementation of <> operator';

CREATE FUNCTION _ces_drivers_hash(ces_drivers) RETURNS integer
	AS 'MODULE_PATHNAME', 'ces_drivers_hash' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_hash(ces_drivers) IS 'hash';

CREATE FUNCTION _ces_drivers_hash_extended(ces_drivers, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME', 'ces_drivers_hash_extended' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_hash_extended(ces_drivers, bigint) IS 'hash';

CREATE OPERATOR = (
	LEFTARG = ces_drivers, RIGHTARG = ces_drivers, FUNCTION = _ces_drivers_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES
);
COMMENT ON OPERATOR = (ces_drivers, ces_drivers) IS 'same drivers and same sums';

CREATE OPERATOR <> (
	LEFTARG = ces_drivers, RIGHTARG = ces_drivers, FUNCTION = _ces_drivers_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (ces_drivers, ces_drivers) IS 'different drivers or different sums';

CREATE OPERATOR CLASS ces_drivers_ops
	DEFAULT FOR TYPE ces_drivers USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 _ces_drivers_hash(ces_drivers),
	FUNCTION 2 _ces_drivers_hash_extended(ces_drivers, bigint);
COMMENT ON OPERATOR CLASS ces_drivers_ops USING hash IS 'DISTINCT, EXCEPT, hash joins and replication of key drivers';
COMMENT ON OPERATOR FAMILY ces_drivers_ops USING hash IS 'DISTINCT, EXCEPT, hash joins and replication of key drivers';

CREATE FUNCTION _ces_drivers_add(ces_drivers, ces_drivers) RETURNS ces_drivers
	AS 'MODULE_PATHNAME', 'ces_drivers_add' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_add(ces_drivers, ces_drivers) IS 'implementation of + operator';

CREATE FUNCTION _ces_drivers_subtract(ces_drivers, ces_drivers) RETURNS ces_drivers
	AS 'MODULE_PATHNAME', 'ces_drivers_subtract' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_subtract(ces_drivers, ces_drivers) IS 'implementation of - operator';

CREATE OPERATOR + (
	LEFTARG = ces_drivers, RIGHTARG = ces_drivers, FUNCTION = _ces_drivers_add,
	COMMUTATOR = +
);
COMMENT ON OPERATOR + (ces_drivers, ces_drivers) IS 'the answers of both, which must have the same drivers';

CREATE OPERATOR - (
	LEFTARG = ces_drivers, RIGHTARG = ces_drivers, FUNCTION = _ces_drivers_subtract
);
COMMENT ON OPERATOR - (ces_drivers, ces_drivers) IS 'the answers of the first without those of the second, which must be among them; that is an error only where it shows';

--@ table driver_transition
--@   function               | comment
--@   ces_drivers_accum      | aggregate transition function
--@   ces_drivers_accum_inv  | aggregate inverse transition function
--@ table driver_value
--@   outcome          | type             | c_type | values
--@   integer          | integer          | int4   | whole numbers
--@   double precision | double precision | float8 | whole numbers
--@   double precision | boolean          | bool   | booleans
--@ for each driver_transition
--@ for each driver_value
CREATE FUNCTION _@function@(ces_drivers, @outcome@, text[], @type@[]) RETURNS ces_drivers
	AS 'MODULE_PATHNAME', '@function@_@c_type@' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _@function@(ces_drivers, @outcome@, text[], @type@[]) IS '@comment@';

--@ end
--@ end
CREATE FUNCTION _ces_drivers_final(ces_drivers) RETURNS ces_drivers
	AS 'MODULE_PATHNAME', 'ces_drivers_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_final(ces_drivers) IS 'aggregate final function';

CREATE FUNCTION _ces_drivers_combine(ces_drivers, ces_drivers) RETURNS ces_drivers
	AS 'MODULE_PATHNAME', 'ces_drivers_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_combine(ces_drivers, ces_drivers) IS 'aggregate combine function';

CREATE FUNCTION _ces_drivers_combine_inv(ces_drivers, ces_drivers) RETURNS ces_drivers
	AS 'MODULE_PATHNAME', 'ces_drivers_combine_inv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_drivers_combine_inv(ces_drivers, ces_drivers) IS 'aggregate inverse transition function';

--@ for each driver_value
CREATE AGGREGATE ces_drivers(outcome @outcome@, names text[], "values" @type@[]) (
	SFUNC = _ces_drivers_accum, STYPE = ces_drivers, SSPACE = 1024,
	FINALFUNC = _ces_drivers_final, COMBINEFUNC = _ces_drivers_combine,
	MSFUNC = _ces_drivers_accum, MINVFUNC = _ces_drivers_accum_inv, MSTYPE = ces_drivers, MSSPACE = 1024,
	MFINALFUNC = _ces_drivers_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_drivers(@outcome@, text[], @type@[]) IS 'an outcome and its possible drivers, with their names and values (@values@), for ces_driver_report; a row with a null is left out and counted';

--@ end
CREATE AGGREGATE ces_rollup(drivers ces_drivers) (
	SFUNC = _ces_drivers_combine, STYPE = ces_drivers, SSPACE = 1024,
	FINALFUNC = _ces_drivers_final, COMBINEFUNC = _ces_drivers_combine,
	MSFUNC = _ces_drivers_combine, MINVFUNC = _ces_drivers_combine_inv, MSTYPE = ces_drivers, MSSPACE = 1024,
	MFINALFUNC = _ces_drivers_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_rollup(ces_drivers) IS 'the answers of all, which must have the same drivers';

CREATE FUNCTION ces_driver_report(drivers ces_drivers, OUT driver text, OUT mean numeric, OUT correlation numeric,
	OUT coefficient numeric, OUT std_error numeric, OUT p_value double precision, OUT vif numeric,
	OUT relative_weight numeric, OUT shapley numeric) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 5;
COMMENT ON FUNCTION ces_driver_report(ces_drivers) IS 'key drivers, one row each: mean, correlation with the outcome, coefficient of the regression on all drivers with its standard error and two-sided p-value, variance inflation factor, and the share of the variance explained (Johnson, Shapley), which add up to r_squared';

CREATE FUNCTION ces_driver_fit(drivers ces_drivers, OUT n bigint, OUT left_out bigint, OUT r_squared numeric, OUT adjusted_r_squared numeric) RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_driver_fit(ces_drivers) IS 'number of answers, number of rows left out because of a null, and how much of the variance of the outcome all drivers together explain, 0 to 1; null where ces_driver_report has no answer';
