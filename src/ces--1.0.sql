/* src/ces--1.0.sql */

-- complain if script is sourced in psql, rather than via CREATE EXTENSION
\echo Use "CREATE EXTENSION ces" to load this file. \quit

--
-- ces_scale: what an answer means
--

CREATE TYPE ces_scale;

CREATE FUNCTION ces_scale_in(cstring) RETURNS ces_scale
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_in(cstring) IS 'I/O';

CREATE FUNCTION ces_scale_out(ces_scale) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_out(ces_scale) IS 'I/O';

CREATE FUNCTION ces_scale_recv(internal) RETURNS ces_scale
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_recv(internal) IS 'I/O';

CREATE FUNCTION ces_scale_send(ces_scale) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_send(ces_scale) IS 'I/O';

CREATE TYPE ces_scale (
	INPUT = ces_scale_in,
	OUTPUT = ces_scale_out,
	RECEIVE = ces_scale_recv,
	SEND = ces_scale_send,
	INTERNALLENGTH = 4,
	PASSEDBYVALUE,
	ALIGNMENT = int4
);
COMMENT ON TYPE ces_scale IS 'scale of a survey question, worst answer first: WORST..BEST [top N] [bottom N], or ces, ces1, csat, nps, faces';

CREATE FUNCTION ces_scale(worst integer, best integer, top integer DEFAULT NULL, bottom integer DEFAULT NULL) RETURNS ces_scale
	AS 'MODULE_PATHNAME', 'ces_scale_constructor' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale(integer, integer, integer, integer) IS
	'scale from the worst to the best answer; top and bottom are where the top box and the bottom box begin';

-- score <@ scale

CREATE FUNCTION ces_on_scale(score smallint, scale ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_on_scale_int2' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_on_scale(smallint, ces_scale) IS 'implementation of <@ operator';

CREATE FUNCTION ces_scale_contains(scale ces_scale, score smallint) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_scale_contains_int2' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_contains(ces_scale, smallint) IS 'implementation of @> operator';

CREATE OPERATOR <@ (
	LEFTARG = smallint, RIGHTARG = ces_scale, FUNCTION = ces_on_scale,
	COMMUTATOR = '@>'
);
COMMENT ON OPERATOR <@ (smallint, ces_scale) IS 'is the score an answer on the scale?';

CREATE OPERATOR @> (
	LEFTARG = ces_scale, RIGHTARG = smallint, FUNCTION = ces_scale_contains,
	COMMUTATOR = '<@'
);
COMMENT ON OPERATOR @> (ces_scale, smallint) IS 'does the scale have the score as an answer?';

CREATE FUNCTION ces_on_scale(score integer, scale ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_on_scale_int4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_on_scale(integer, ces_scale) IS 'implementation of <@ operator';

CREATE FUNCTION ces_scale_contains(scale ces_scale, score integer) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_scale_contains_int4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_contains(ces_scale, integer) IS 'implementation of @> operator';

CREATE OPERATOR <@ (
	LEFTARG = integer, RIGHTARG = ces_scale, FUNCTION = ces_on_scale,
	COMMUTATOR = '@>'
);
COMMENT ON OPERATOR <@ (integer, ces_scale) IS 'is the score an answer on the scale?';

CREATE OPERATOR @> (
	LEFTARG = ces_scale, RIGHTARG = integer, FUNCTION = ces_scale_contains,
	COMMUTATOR = '<@'
);
COMMENT ON OPERATOR @> (ces_scale, integer) IS 'does the scale have the score as an answer?';

CREATE FUNCTION ces_on_scale(score double precision, scale ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_on_scale_float8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_on_scale(double precision, ces_scale) IS 'implementation of <@ operator';

CREATE FUNCTION ces_scale_contains(scale ces_scale, score double precision) RETURNS boolean
	AS 'MODULE_PATHNAME', 'ces_scale_contains_float8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_contains(ces_scale, double precision) IS 'implementation of @> operator';

CREATE OPERATOR <@ (
	LEFTARG = double precision, RIGHTARG = ces_scale, FUNCTION = ces_on_scale,
	COMMUTATOR = '@>'
);
COMMENT ON OPERATOR <@ (double precision, ces_scale) IS 'is the score an answer on the scale?';

CREATE OPERATOR @> (
	LEFTARG = ces_scale, RIGHTARG = double precision, FUNCTION = ces_scale_contains,
	COMMUTATOR = '<@'
);
COMMENT ON OPERATOR @> (ces_scale, double precision) IS 'does the scale have the score as an answer?';

-- comparison; the order has no meaning but for sorting and indexes

CREATE FUNCTION ces_scale_lt(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_lt(ces_scale, ces_scale) IS 'implementation of < operator';

CREATE FUNCTION ces_scale_le(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_le(ces_scale, ces_scale) IS 'implementation of <= operator';

CREATE FUNCTION ces_scale_eq(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_eq(ces_scale, ces_scale) IS 'implementation of = operator';

CREATE FUNCTION ces_scale_ne(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_ne(ces_scale, ces_scale) IS 'implementation of <> operator';

CREATE FUNCTION ces_scale_ge(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_ge(ces_scale, ces_scale) IS 'implementation of >= operator';

CREATE FUNCTION ces_scale_gt(ces_scale, ces_scale) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_gt(ces_scale, ces_scale) IS 'implementation of > operator';

CREATE FUNCTION ces_scale_cmp(ces_scale, ces_scale) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_cmp(ces_scale, ces_scale) IS 'less-equal-greater';

CREATE FUNCTION ces_scale_hash(ces_scale) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_hash(ces_scale) IS 'hash';

CREATE FUNCTION ces_scale_hash_extended(ces_scale, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale_hash_extended(ces_scale, bigint) IS 'hash';

CREATE OPERATOR < (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = ces_scale_lt,
	COMMUTATOR = >, NEGATOR = >=,
	RESTRICT = scalarltsel, JOIN = scalarltjoinsel
);
COMMENT ON OPERATOR < (ces_scale, ces_scale) IS 'less than';

CREATE OPERATOR <= (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = ces_scale_le,
	COMMUTATOR = >=, NEGATOR = >,
	RESTRICT = scalarlesel, JOIN = scalarlejoinsel
);
COMMENT ON OPERATOR <= (ces_scale, ces_scale) IS 'less than or equal';

CREATE OPERATOR = (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = ces_scale_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES, MERGES
);
COMMENT ON OPERATOR = (ces_scale, ces_scale) IS 'equal';

CREATE OPERATOR <> (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = ces_scale_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (ces_scale, ces_scale) IS 'not equal';

CREATE OPERATOR >= (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = ces_scale_ge,
	COMMUTATOR = <=, NEGATOR = <,
	RESTRICT = scalargesel, JOIN = scalargejoinsel
);
COMMENT ON OPERATOR >= (ces_scale, ces_scale) IS 'greater than or equal';

CREATE OPERATOR > (
	LEFTARG = ces_scale, RIGHTARG = ces_scale, FUNCTION = ces_scale_gt,
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
	FUNCTION 1 ces_scale_cmp(ces_scale, ces_scale);
COMMENT ON OPERATOR CLASS ces_scale_ops USING btree IS 'sorting, merge joins and btree indexes of scales';
COMMENT ON OPERATOR FAMILY ces_scale_ops USING btree IS 'sorting, merge joins and btree indexes of scales';

CREATE OPERATOR CLASS ces_scale_ops
	DEFAULT FOR TYPE ces_scale USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 ces_scale_hash(ces_scale),
	FUNCTION 2 ces_scale_hash_extended(ces_scale, bigint);
COMMENT ON OPERATOR CLASS ces_scale_ops USING hash IS 'hash aggregation, joins, indexes and partitions of scales';
COMMENT ON OPERATOR FAMILY ces_scale_ops USING hash IS 'hash aggregation, joins, indexes and partitions of scales';

--
-- ces_tally: every answer, as a count per point of a scale
--

CREATE TYPE ces_tally;

CREATE FUNCTION ces_tally_in(cstring) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_in(cstring) IS 'I/O';

CREATE FUNCTION ces_tally_out(ces_tally) RETURNS cstring
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_out(ces_tally) IS 'I/O';

CREATE FUNCTION ces_tally_recv(internal) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_recv(internal) IS 'I/O';

CREATE FUNCTION ces_tally_send(ces_tally) RETURNS bytea
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_send(ces_tally) IS 'I/O';

CREATE TYPE ces_tally (
	INPUT = ces_tally_in,
	OUTPUT = ces_tally_out,
	RECEIVE = ces_tally_recv,
	SEND = ces_tally_send,
	INTERNALLENGTH = VARIABLE,
	ALIGNMENT = int4,
	STORAGE = extended
);
COMMENT ON TYPE ces_tally IS 'answers to a survey question, counted at each point of its scale: SCALE {COUNT,...}, lowest score first';

CREATE FUNCTION ces_tally_eq(ces_tally, ces_tally) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_eq(ces_tally, ces_tally) IS 'implementation of = operator';

CREATE FUNCTION ces_tally_ne(ces_tally, ces_tally) RETURNS boolean
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_ne(ces_tally, ces_tally) IS 'implementation of <> operator';

CREATE FUNCTION ces_tally_hash(ces_tally) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_hash(ces_tally) IS 'hash';

CREATE FUNCTION ces_tally_hash_extended(ces_tally, bigint) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_hash_extended(ces_tally, bigint) IS 'hash';

CREATE OPERATOR = (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = ces_tally_eq,
	COMMUTATOR = =, NEGATOR = <>,
	RESTRICT = eqsel, JOIN = eqjoinsel,
	HASHES
);
COMMENT ON OPERATOR = (ces_tally, ces_tally) IS 'same scale and same counts';

CREATE OPERATOR <> (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = ces_tally_ne,
	COMMUTATOR = <>, NEGATOR = =,
	RESTRICT = neqsel, JOIN = neqjoinsel
);
COMMENT ON OPERATOR <> (ces_tally, ces_tally) IS 'another scale or other counts';

CREATE OPERATOR CLASS ces_tally_ops
	DEFAULT FOR TYPE ces_tally USING hash AS
	OPERATOR 1 =,
	FUNCTION 1 ces_tally_hash(ces_tally),
	FUNCTION 2 ces_tally_hash_extended(ces_tally, bigint);
COMMENT ON OPERATOR CLASS ces_tally_ops USING hash IS 'DISTINCT, EXCEPT, hash joins, indexes and partitions of tallies';
COMMENT ON OPERATOR FAMILY ces_tally_ops USING hash IS 'DISTINCT, EXCEPT, hash joins, indexes and partitions of tallies';

CREATE FUNCTION ces_from_counts(scale ces_scale, counts bigint[]) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_from_counts(ces_scale, bigint[]) IS 'tally from counts, one for each score of the scale, lowest score first';

CREATE FUNCTION ces_counts(tally ces_tally) RETURNS bigint[]
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_counts(ces_tally) IS 'counts of a tally, one for each score of its scale, lowest score first';

CREATE FUNCTION ces_scale(tally ces_tally) RETURNS ces_scale
	AS 'MODULE_PATHNAME', 'ces_scale_of_tally' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_scale(ces_tally) IS 'scale of a tally';

CREATE FUNCTION ces_tally_add(ces_tally, ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_add(ces_tally, ces_tally) IS 'implementation of + operator';

CREATE FUNCTION ces_tally_subtract(ces_tally, ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_subtract(ces_tally, ces_tally) IS 'implementation of - operator';

CREATE OPERATOR + (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = ces_tally_add,
	COMMUTATOR = +
);
COMMENT ON OPERATOR + (ces_tally, ces_tally) IS 'the answers of both; they have to be on the same scale';

CREATE OPERATOR - (
	LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = ces_tally_subtract
);
COMMENT ON OPERATOR - (ces_tally, ces_tally) IS 'the answers of the first without those of the second, which have to be among them';

--
-- Functions on a tally
--

CREATE FUNCTION ces_count(tally ces_tally) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_count(ces_tally) IS 'number of answers';

CREATE FUNCTION ces_mean(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_mean(ces_tally) IS 'mean score, on the scale of the answers';

CREATE FUNCTION ces_stddev(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_stddev(ces_tally) IS 'sample standard deviation of the scores';

CREATE FUNCTION ces_median(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_median(ces_tally) IS 'median score; halfway between the two in the middle of an even number';

CREATE FUNCTION ces_topbox(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_topbox(ces_tally) IS 'percentage of answers in the top box, 0 to 100';

CREATE FUNCTION ces_topbox(tally ces_tally, cut integer) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_topbox_cut' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_topbox(ces_tally, integer) IS 'percentage of answers that are the cut or more favourable, 0 to 100';

CREATE FUNCTION ces_bottombox(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_bottombox(ces_tally) IS 'percentage of answers in the bottom box, 0 to 100';

CREATE FUNCTION ces_bottombox(tally ces_tally, cut integer) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_bottombox_cut' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_bottombox(ces_tally, integer) IS 'percentage of answers that are the cut or less favourable, 0 to 100';

CREATE FUNCTION ces_net(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_net(ces_tally) IS 'percentage in the top box minus percentage in the bottom box, -100 to 100';

CREATE FUNCTION nps(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_nps' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps(ces_tally) IS 'net promoter score, -100 to 100: percentage of promoters minus percentage of detractors, the top and the bottom box';

CREATE FUNCTION csat(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_topbox' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat(ces_tally) IS 'percentage of satisfied answers, those in the top box, 0 to 100';

CREATE FUNCTION ces_pomp(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_pomp(ces_tally) IS 'mean placed between 0, all gave the worst answer, and 100, all gave the best: comparable across scales';

CREATE FUNCTION ces_histogram(tally ces_tally, OUT score integer, OUT responses bigint, OUT percent numeric, OUT box text) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 7;
COMMENT ON FUNCTION ces_histogram(ces_tally) IS 'one row for each score of the scale, lowest first: responses, percent of all, box';

CREATE FUNCTION ces_sparkline(tally ces_tally) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_sparkline(ces_tally) IS 'a bar for each score of the scale, lowest first';

--
-- Intervals and tests
--

CREATE FUNCTION ces_topbox_ci(tally ces_tally, confidence double precision DEFAULT 0.95) RETURNS numrange
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_topbox_ci(ces_tally, double precision) IS 'confidence interval of the percentage in the top box: Wilson score';

CREATE FUNCTION csat_ci(tally ces_tally, confidence double precision DEFAULT 0.95) RETURNS numrange
	AS 'MODULE_PATHNAME', 'ces_topbox_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat_ci(ces_tally, double precision) IS 'confidence interval of the percentage of satisfied answers: Wilson score';

CREATE FUNCTION nps_ci(tally ces_tally, confidence double precision DEFAULT 0.95) RETURNS numrange
	AS 'MODULE_PATHNAME', 'ces_nps_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_ci(ces_tally, double precision) IS 'confidence interval of the net promoter score: adjusted Wald';

CREATE FUNCTION ces_mean_ci(tally ces_tally, confidence double precision DEFAULT 0.95) RETURNS numrange
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_mean_ci(ces_tally, double precision) IS 'confidence interval of the mean score: Student t';

CREATE FUNCTION ces_topbox_test(a ces_tally, b ces_tally, confidence double precision DEFAULT 0.95, OUT difference numeric, OUT ci numrange, OUT statistic double precision, OUT p_value double precision) RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_topbox_test(ces_tally, ces_tally, double precision) IS 'does the percentage in the top box differ? a minus b with its confidence interval, z and p: Newcombe, pooled z test';

CREATE FUNCTION csat_test(a ces_tally, b ces_tally, confidence double precision DEFAULT 0.95, OUT difference numeric, OUT ci numrange, OUT statistic double precision, OUT p_value double precision) RETURNS record
	AS 'MODULE_PATHNAME', 'ces_topbox_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat_test(ces_tally, ces_tally, double precision) IS 'does the percentage of satisfied answers differ? a minus b with its confidence interval, z and p: Newcombe, pooled z test';

CREATE FUNCTION nps_test(a ces_tally, b ces_tally, confidence double precision DEFAULT 0.95, OUT difference numeric, OUT ci numrange, OUT statistic double precision, OUT p_value double precision) RETURNS record
	AS 'MODULE_PATHNAME', 'ces_nps_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_test(ces_tally, ces_tally, double precision) IS 'does the net promoter score differ? a minus b with its confidence interval, z and p: adjusted Wald';

CREATE FUNCTION ces_mean_test(a ces_tally, b ces_tally, confidence double precision DEFAULT 0.95, OUT difference numeric, OUT ci numrange, OUT statistic double precision, OUT p_value double precision) RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_mean_test(ces_tally, ces_tally, double precision) IS 'does the mean score differ? a minus b with its confidence interval, t and p: Welch';

CREATE FUNCTION ces_adjusted_p(p_value double precision) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_adjusted_p(double precision) IS 'p-value adjusted for how many there are in the window''s partition, so that of those below 0.05 no more than 5 percent are luck: Benjamini-Hochberg';

--
-- Aggregates
--

CREATE FUNCTION ces_tally_accum(ces_tally, smallint) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_int2' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum(ces_tally, smallint) IS 'aggregate transition function';

CREATE FUNCTION ces_tally_accum(ces_tally, integer) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_int4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum(ces_tally, integer) IS 'aggregate transition function';

CREATE FUNCTION ces_tally_accum(ces_tally, double precision) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_float8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum(ces_tally, double precision) IS 'aggregate transition function';

CREATE FUNCTION ces_tally_accum(ces_tally, smallint, ces_scale) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_scale_int2' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum(ces_tally, smallint, ces_scale) IS 'aggregate transition function';

CREATE FUNCTION ces_tally_accum(ces_tally, integer, ces_scale) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_scale_int4' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum(ces_tally, integer, ces_scale) IS 'aggregate transition function';

CREATE FUNCTION ces_tally_accum(ces_tally, double precision, ces_scale) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_scale_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum(ces_tally, double precision, ces_scale) IS 'aggregate transition function';

CREATE FUNCTION ces_tally_accum(ces_tally, smallint, ces_scale, bigint) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_responses_int2' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum(ces_tally, smallint, ces_scale, bigint) IS 'aggregate transition function';

CREATE FUNCTION ces_tally_accum(ces_tally, integer, ces_scale, bigint) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_responses_int4' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum(ces_tally, integer, ces_scale, bigint) IS 'aggregate transition function';

CREATE FUNCTION ces_tally_accum(ces_tally, double precision, ces_scale, bigint) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_responses_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum(ces_tally, double precision, ces_scale, bigint) IS 'aggregate transition function';

CREATE FUNCTION ces_tally_accum_inv(ces_tally, smallint) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_inv_int2' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum_inv(ces_tally, smallint) IS 'aggregate inverse transition function';

CREATE FUNCTION ces_tally_accum_inv(ces_tally, integer) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_inv_int4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum_inv(ces_tally, integer) IS 'aggregate inverse transition function';

CREATE FUNCTION ces_tally_accum_inv(ces_tally, double precision) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_inv_float8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum_inv(ces_tally, double precision) IS 'aggregate inverse transition function';

CREATE FUNCTION ces_tally_accum_inv(ces_tally, smallint, ces_scale) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_inv_scale_int2' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum_inv(ces_tally, smallint, ces_scale) IS 'aggregate inverse transition function';

CREATE FUNCTION ces_tally_accum_inv(ces_tally, integer, ces_scale) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_inv_scale_int4' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum_inv(ces_tally, integer, ces_scale) IS 'aggregate inverse transition function';

CREATE FUNCTION ces_tally_accum_inv(ces_tally, double precision, ces_scale) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_inv_scale_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum_inv(ces_tally, double precision, ces_scale) IS 'aggregate inverse transition function';

CREATE FUNCTION ces_tally_accum_inv(ces_tally, smallint, ces_scale, bigint) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_inv_responses_int2' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum_inv(ces_tally, smallint, ces_scale, bigint) IS 'aggregate inverse transition function';

CREATE FUNCTION ces_tally_accum_inv(ces_tally, integer, ces_scale, bigint) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_inv_responses_int4' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum_inv(ces_tally, integer, ces_scale, bigint) IS 'aggregate inverse transition function';

CREATE FUNCTION ces_tally_accum_inv(ces_tally, double precision, ces_scale, bigint) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_accum_inv_responses_float8' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_accum_inv(ces_tally, double precision, ces_scale, bigint) IS 'aggregate inverse transition function';

CREATE FUNCTION ces_tally_final(ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_final(ces_tally) IS 'aggregate final function';

CREATE FUNCTION ces_tally_combine_inv(ces_tally, ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_combine_inv(ces_tally, ces_tally) IS 'aggregate inverse transition function';

CREATE FUNCTION ces_tally_combine(ces_tally, ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_combine(ces_tally, ces_tally) IS 'aggregate combine function';

-- INITCOND gives the default scale.  Aggregates that are told the scale begin
-- with the same empty tally, all of them, so that they can share their state.

CREATE AGGREGATE ces_topbox(score smallint) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_topbox, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_topbox, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_topbox(smallint) IS 'percentage of answers in the top box, 0 to 100 (scale 1..7, top box 5, 6, 7)';

CREATE AGGREGATE ces_topbox(score integer) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_topbox, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_topbox, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_topbox(integer) IS 'percentage of answers in the top box, 0 to 100 (scale 1..7, top box 5, 6, 7)';

CREATE AGGREGATE ces_topbox(score double precision) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_topbox, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_topbox, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_topbox(double precision) IS 'percentage of answers in the top box, 0 to 100 (scale 1..7, top box 5, 6, 7)';

CREATE AGGREGATE ces_topbox(score smallint, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_topbox, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_topbox, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_topbox(smallint, ces_scale) IS 'percentage of answers in the top box, 0 to 100, on the given scale';

CREATE AGGREGATE ces_topbox(score integer, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_topbox, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_topbox, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_topbox(integer, ces_scale) IS 'percentage of answers in the top box, 0 to 100, on the given scale';

CREATE AGGREGATE ces_topbox(score double precision, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_topbox, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_topbox, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_topbox(double precision, ces_scale) IS 'percentage of answers in the top box, 0 to 100, on the given scale';

CREATE AGGREGATE ces_mean(score smallint) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_mean, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_mean, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_mean(smallint) IS 'mean score (scale 1..7)';

CREATE AGGREGATE ces_mean(score integer) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_mean, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_mean, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_mean(integer) IS 'mean score (scale 1..7)';

CREATE AGGREGATE ces_mean(score double precision) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_mean, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_mean, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_mean(double precision) IS 'mean score (scale 1..7)';

CREATE AGGREGATE ces_mean(score smallint, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_mean, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_mean, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_mean(smallint, ces_scale) IS 'mean score, on the given scale';

CREATE AGGREGATE ces_mean(score integer, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_mean, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_mean, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_mean(integer, ces_scale) IS 'mean score, on the given scale';

CREATE AGGREGATE ces_mean(score double precision, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_mean, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_mean, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_mean(double precision, ces_scale) IS 'mean score, on the given scale';

CREATE AGGREGATE nps(score smallint) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '0..10 top 9 bottom 6 {0,0,0,0,0,0,0,0,0,0,0}',
	FINALFUNC = nps, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '0..10 top 9 bottom 6 {0,0,0,0,0,0,0,0,0,0,0}',
	MFINALFUNC = nps, PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(smallint) IS 'net promoter score, -100 to 100: percentage of promoters minus percentage of detractors (scale 0..10, promoters 9, 10, detractors 0 to 6)';

CREATE AGGREGATE nps(score integer) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '0..10 top 9 bottom 6 {0,0,0,0,0,0,0,0,0,0,0}',
	FINALFUNC = nps, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '0..10 top 9 bottom 6 {0,0,0,0,0,0,0,0,0,0,0}',
	MFINALFUNC = nps, PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(integer) IS 'net promoter score, -100 to 100: percentage of promoters minus percentage of detractors (scale 0..10, promoters 9, 10, detractors 0 to 6)';

CREATE AGGREGATE nps(score double precision) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '0..10 top 9 bottom 6 {0,0,0,0,0,0,0,0,0,0,0}',
	FINALFUNC = nps, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '0..10 top 9 bottom 6 {0,0,0,0,0,0,0,0,0,0,0}',
	MFINALFUNC = nps, PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(double precision) IS 'net promoter score, -100 to 100: percentage of promoters minus percentage of detractors (scale 0..10, promoters 9, 10, detractors 0 to 6)';

CREATE AGGREGATE nps(score smallint, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = nps, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = nps, PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(smallint, ces_scale) IS 'net promoter score, -100 to 100: percentage of promoters minus percentage of detractors, on the given scale';

CREATE AGGREGATE nps(score integer, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = nps, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = nps, PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(integer, ces_scale) IS 'net promoter score, -100 to 100: percentage of promoters minus percentage of detractors, on the given scale';

CREATE AGGREGATE nps(score double precision, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = nps, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = nps, PARALLEL = SAFE
);
COMMENT ON AGGREGATE nps(double precision, ces_scale) IS 'net promoter score, -100 to 100: percentage of promoters minus percentage of detractors, on the given scale';

CREATE AGGREGATE csat(score smallint) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..5 top 4 bottom 2 {0,0,0,0,0}',
	FINALFUNC = csat, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..5 top 4 bottom 2 {0,0,0,0,0}',
	MFINALFUNC = csat, PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat(smallint) IS 'percentage of satisfied answers, 0 to 100 (scale 1..5, satisfied 4, 5)';

CREATE AGGREGATE csat(score integer) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..5 top 4 bottom 2 {0,0,0,0,0}',
	FINALFUNC = csat, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..5 top 4 bottom 2 {0,0,0,0,0}',
	MFINALFUNC = csat, PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat(integer) IS 'percentage of satisfied answers, 0 to 100 (scale 1..5, satisfied 4, 5)';

CREATE AGGREGATE csat(score double precision) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..5 top 4 bottom 2 {0,0,0,0,0}',
	FINALFUNC = csat, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..5 top 4 bottom 2 {0,0,0,0,0}',
	MFINALFUNC = csat, PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat(double precision) IS 'percentage of satisfied answers, 0 to 100 (scale 1..5, satisfied 4, 5)';

CREATE AGGREGATE csat(score smallint, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = csat, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = csat, PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat(smallint, ces_scale) IS 'percentage of satisfied answers, 0 to 100, on the given scale';

CREATE AGGREGATE csat(score integer, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = csat, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = csat, PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat(integer, ces_scale) IS 'percentage of satisfied answers, 0 to 100, on the given scale';

CREATE AGGREGATE csat(score double precision, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = csat, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = csat, PARALLEL = SAFE
);
COMMENT ON AGGREGATE csat(double precision, ces_scale) IS 'percentage of satisfied answers, 0 to 100, on the given scale';

CREATE AGGREGATE ces_tally(score smallint, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_tally_final, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_tally_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_tally(smallint, ces_scale) IS 'tally of the answers';

CREATE AGGREGATE ces_tally(score smallint, scale ces_scale, responses bigint) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_tally_final, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_tally_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_tally(smallint, ces_scale, bigint) IS 'tally of answers that are counted already: each row stands for so many responses';

CREATE AGGREGATE ces_tally(score integer, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_tally_final, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_tally_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_tally(integer, ces_scale) IS 'tally of the answers';

CREATE AGGREGATE ces_tally(score integer, scale ces_scale, responses bigint) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_tally_final, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_tally_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_tally(integer, ces_scale, bigint) IS 'tally of answers that are counted already: each row stands for so many responses';

CREATE AGGREGATE ces_tally(score double precision, scale ces_scale) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_tally_final, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_tally_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_tally(double precision, ces_scale) IS 'tally of the answers';

CREATE AGGREGATE ces_tally(score double precision, scale ces_scale, responses bigint) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	FINALFUNC = ces_tally_final, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '1..7 top 5 bottom 3 {0,0,0,0,0,0,0}',
	MFINALFUNC = ces_tally_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_tally(double precision, ces_scale, bigint) IS 'tally of answers that are counted already: each row stands for so many responses';

CREATE AGGREGATE ces_rollup(tally ces_tally) (
	SFUNC = ces_tally_combine, STYPE = ces_tally,
	FINALFUNC = ces_tally_final, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_combine, MINVFUNC = ces_tally_combine_inv, MSTYPE = ces_tally,
	MFINALFUNC = ces_tally_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_rollup(ces_tally) IS 'tally of the answers of many tallies, which have to be on the same scale';

--
-- Functions on one score
--

CREATE FUNCTION ces_box(score smallint, scale ces_scale) RETURNS text
	AS 'MODULE_PATHNAME', 'ces_box_int2' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_box(smallint, ces_scale) IS 'box of the score: top, middle or bottom';

CREATE FUNCTION ces_box(score integer, scale ces_scale) RETURNS text
	AS 'MODULE_PATHNAME', 'ces_box_int4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_box(integer, ces_scale) IS 'box of the score: top, middle or bottom';

CREATE FUNCTION ces_box(score double precision, scale ces_scale) RETURNS text
	AS 'MODULE_PATHNAME', 'ces_box_float8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_box(double precision, ces_scale) IS 'box of the score: top, middle or bottom';

CREATE FUNCTION nps_category(score smallint) RETURNS text
	AS 'MODULE_PATHNAME', 'ces_nps_category_int2' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_category(smallint) IS 'promoter (9, 10), passive (7, 8) or detractor (0 to 6)';

CREATE FUNCTION nps_category(score integer) RETURNS text
	AS 'MODULE_PATHNAME', 'ces_nps_category_int4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_category(integer) IS 'promoter (9, 10), passive (7, 8) or detractor (0 to 6)';

CREATE FUNCTION nps_category(score double precision) RETURNS text
	AS 'MODULE_PATHNAME', 'ces_nps_category_float8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_category(double precision) IS 'promoter (9, 10), passive (7, 8) or detractor (0 to 6)';

CREATE FUNCTION ces_pomp(score smallint, scale ces_scale) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_pomp_int2' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_pomp(smallint, ces_scale) IS 'score placed between 0, the worst answer, and 100, the best: comparable across scales';

CREATE FUNCTION ces_pomp(score integer, scale ces_scale) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_pomp_int4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_pomp(integer, ces_scale) IS 'score placed between 0, the worst answer, and 100, the best: comparable across scales';

CREATE FUNCTION ces_pomp(score double precision, scale ces_scale) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_pomp_float8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_pomp(double precision, ces_scale) IS 'score placed between 0, the worst answer, and 100, the best: comparable across scales';

CREATE FUNCTION ces_rescale(score smallint, from_scale ces_scale, to_scale ces_scale) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_rescale_int2' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_rescale(smallint, ces_scale, ces_scale) IS 'score at the same place between the worst and the best answer of another scale';

CREATE FUNCTION ces_rescale(score integer, from_scale ces_scale, to_scale ces_scale) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_rescale_int4' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_rescale(integer, ces_scale, ces_scale) IS 'score at the same place between the worst and the best answer of another scale';

CREATE FUNCTION ces_rescale(score double precision, from_scale ces_scale, to_scale ces_scale) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_rescale_float8' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_rescale(double precision, ces_scale, ces_scale) IS 'score at the same place between the worst and the best answer of another scale';

--
-- Answers in words
--

CREATE TABLE ces_label (
	label_set text NOT NULL,
	language text NOT NULL DEFAULT '',
	label text NOT NULL CHECK (pg_catalog.btrim(label) OPERATOR(pg_catalog.<>) ''),
	score integer NOT NULL CHECK (score BETWEEN -100 AND 100),
	builtin boolean NOT NULL DEFAULT false,
	PRIMARY KEY (label_set, language, label, builtin)
);
COMMENT ON TABLE ces_label IS 'what answers in words stand for; INSERT your own';
COMMENT ON COLUMN ces_label.label_set IS 'name of a set of answers that belong to one question';
COMMENT ON COLUMN ces_label.language IS 'language of the label, en or nl; empty for a sign of no language';
COMMENT ON COLUMN ces_label.label IS 'the answer; case, blanks at the ends or doubled, and a full stop at the end make no difference';
COMMENT ON COLUMN ces_label.score IS 'the score that the answer stands for';
COMMENT ON COLUMN ces_label.builtin IS 'is the row the extension''s own? Leave it false: such rows are not dumped';

-- Everyone reads; who created the extension, which need not be a superuser, writes.
GRANT SELECT ON ces_label TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON ces_label TO @extowner@ WITH GRANT OPTION;

-- Rows of users are dumped, the others come with the extension. A key that has
-- builtin in it lets both restore, should a later version ship the same label.
SELECT pg_catalog.pg_extension_config_dump('ces_label', 'WHERE NOT builtin');

CREATE FUNCTION ces_score(label text, label_set text) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_score(text, text) IS 'score that an answer in words stands for, from the table ces_label';

-- The labels of a score, the usual one first. Nothing but ASCII here, as the
-- encoding may be any. Functions are named with their schema, as others may have left
-- some in this one that fit the arguments better.
INSERT INTO ces_label (label_set, language, label, score, builtin)
SELECT label_set, language, label, score, true
FROM (VALUES
	('agreement7', 'en', 1, ARRAY['strongly disagree', 'completely disagree', 'totally disagree']),
	('agreement7', 'en', 2, ARRAY['disagree']),
	('agreement7', 'en', 3, ARRAY['somewhat disagree', 'slightly disagree']),
	('agreement7', 'en', 4, ARRAY['neither agree nor disagree', 'neither', 'neutral']),
	('agreement7', 'en', 5, ARRAY['somewhat agree', 'slightly agree']),
	('agreement7', 'en', 6, ARRAY['agree']),
	('agreement7', 'en', 7, ARRAY['strongly agree', 'completely agree', 'totally agree']),
	('agreement7', 'nl', 1, ARRAY['helemaal mee oneens', 'helemaal oneens', 'helemaal niet mee eens', 'zeer mee oneens', 'zeer oneens']),
	('agreement7', 'nl', 2, ARRAY['mee oneens', 'oneens', 'niet mee eens']),
	('agreement7', 'nl', 3, ARRAY['enigszins mee oneens', 'enigszins oneens', 'een beetje mee oneens', 'een beetje oneens']),
	('agreement7', 'nl', 4, ARRAY['niet mee eens en niet mee oneens', 'niet eens en niet oneens', 'niet mee eens, niet mee oneens', 'niet eens, niet oneens', 'geen van beide', 'neutraal']),
	('agreement7', 'nl', 5, ARRAY['enigszins mee eens', 'enigszins eens', 'een beetje mee eens', 'een beetje eens']),
	('agreement7', 'nl', 6, ARRAY['mee eens', 'eens']),
	('agreement7', 'nl', 7, ARRAY['helemaal mee eens', 'helemaal eens', 'zeer mee eens', 'zeer eens']),
	('agreement5', 'en', 1, ARRAY['strongly disagree', 'completely disagree', 'totally disagree']),
	('agreement5', 'en', 2, ARRAY['disagree']),
	('agreement5', 'en', 3, ARRAY['neither agree nor disagree', 'neither', 'neutral']),
	('agreement5', 'en', 4, ARRAY['agree']),
	('agreement5', 'en', 5, ARRAY['strongly agree', 'completely agree', 'totally agree']),
	('agreement5', 'nl', 1, ARRAY['helemaal mee oneens', 'helemaal oneens', 'helemaal niet mee eens', 'zeer mee oneens', 'zeer oneens']),
	('agreement5', 'nl', 2, ARRAY['niet mee eens', 'mee oneens', 'oneens']),
	('agreement5', 'nl', 3, ARRAY['neutraal', 'niet mee eens en niet mee oneens', 'niet eens en niet oneens', 'niet mee eens, niet mee oneens', 'niet eens, niet oneens', 'geen van beide']),
	('agreement5', 'nl', 4, ARRAY['mee eens', 'eens']),
	('agreement5', 'nl', 5, ARRAY['zeer mee eens', 'zeer eens', 'helemaal mee eens', 'helemaal eens']),
	('ease5', 'en', 1, ARRAY['very difficult', 'very hard']),
	('ease5', 'en', 2, ARRAY['difficult', 'hard']),
	('ease5', 'en', 3, ARRAY['neither', 'neither easy nor difficult', 'neither difficult nor easy', 'neutral']),
	('ease5', 'en', 4, ARRAY['easy']),
	('ease5', 'en', 5, ARRAY['very easy']),
	('ease5', 'nl', 1, ARRAY['zeer moeilijk', 'heel moeilijk', 'erg moeilijk']),
	('ease5', 'nl', 2, ARRAY['moeilijk']),
	('ease5', 'nl', 3, ARRAY['geen van beide', 'niet moeilijk en niet gemakkelijk', 'niet gemakkelijk en niet moeilijk', 'niet moeilijk en niet makkelijk', 'niet makkelijk en niet moeilijk', 'neutraal']),
	('ease5', 'nl', 4, ARRAY['gemakkelijk', 'makkelijk']),
	('ease5', 'nl', 5, ARRAY['zeer gemakkelijk', 'zeer makkelijk', 'heel gemakkelijk', 'heel makkelijk', 'erg gemakkelijk', 'erg makkelijk']),
	('effort5', 'en', 1, ARRAY['very little effort', 'very little', 'very low effort', 'very low']),
	('effort5', 'en', 2, ARRAY['little effort', 'little', 'low effort', 'low']),
	('effort5', 'en', 3, ARRAY['moderate effort', 'moderate', 'average effort', 'average', 'neutral']),
	('effort5', 'en', 4, ARRAY['much effort', 'much', 'a lot of effort', 'a lot', 'high effort', 'high']),
	('effort5', 'en', 5, ARRAY['very much effort', 'very much', 'a great deal of effort', 'a great deal', 'very high effort', 'very high']),
	('effort5', 'nl', 1, ARRAY['heel weinig moeite', 'heel weinig', 'zeer weinig moeite', 'zeer weinig']),
	('effort5', 'nl', 2, ARRAY['weinig moeite', 'weinig']),
	('effort5', 'nl', 3, ARRAY['niet weinig en niet veel moeite', 'niet veel en niet weinig moeite', 'gemiddelde moeite', 'gemiddeld', 'neutraal']),
	('effort5', 'nl', 4, ARRAY['veel moeite', 'veel']),
	('effort5', 'nl', 5, ARRAY['heel veel moeite', 'heel veel', 'zeer veel moeite', 'zeer veel']),
	('satisfaction5', 'en', 1, ARRAY['very dissatisfied', 'very unsatisfied']),
	('satisfaction5', 'en', 2, ARRAY['dissatisfied', 'unsatisfied']),
	('satisfaction5', 'en', 3, ARRAY['somewhat satisfied', 'neither satisfied nor dissatisfied', 'neither', 'neutral']),
	('satisfaction5', 'en', 4, ARRAY['satisfied']),
	('satisfaction5', 'en', 5, ARRAY['very satisfied']),
	('satisfaction5', 'nl', 1, ARRAY['zeer ontevreden', 'heel ontevreden', 'erg ontevreden']),
	('satisfaction5', 'nl', 2, ARRAY['ontevreden']),
	('satisfaction5', 'nl', 3, ARRAY['enigszins tevreden', 'niet tevreden en niet ontevreden', 'niet ontevreden en niet tevreden', 'geen van beide', 'neutraal']),
	('satisfaction5', 'nl', 4, ARRAY['tevreden']),
	('satisfaction5', 'nl', 5, ARRAY['zeer tevreden', 'heel tevreden', 'erg tevreden']),
	('rating5', 'en', 1, ARRAY['bad', 'poor']),
	('rating5', 'en', 2, ARRAY['not good']),
	('rating5', 'en', 3, ARRAY['adequate']),
	('rating5', 'en', 4, ARRAY['good']),
	('rating5', 'en', 5, ARRAY['very good']),
	('rating5', 'nl', 1, ARRAY['slecht']),
	('rating5', 'nl', 2, ARRAY['niet goed']),
	('rating5', 'nl', 3, ARRAY['adequaat', 'voldoende']),
	('rating5', 'nl', 4, ARRAY['goed']),
	('rating5', 'nl', 5, ARRAY['zeer goed', 'heel goed', 'erg goed']),
	('quality5', 'en', 1, ARRAY['bad', 'poor']),
	('quality5', 'en', 2, ARRAY['not great']),
	('quality5', 'en', 3, ARRAY['ok', 'okay']),
	('quality5', 'en', 4, ARRAY['good']),
	('quality5', 'en', 5, ARRAY['excellent']),
	('quality5', 'nl', 1, ARRAY['slecht']),
	('quality5', 'nl', 2, ARRAY['niet geweldig']),
	('quality5', 'nl', 3, ARRAY['ok', 'oke']),
	('quality5', 'nl', 4, ARRAY['goed']),
	('quality5', 'nl', 5, ARRAY['uitstekend']),
	('faces3', 'en', 1, ARRAY['sad', 'unhappy']),
	('faces3', 'en', 2, ARRAY['neutral']),
	('faces3', 'en', 3, ARRAY['happy']),
	('faces3', 'nl', 1, ARRAY['droevig', 'verdrietig']),
	('faces3', 'nl', 2, ARRAY['neutraal']),
	('faces3', 'nl', 3, ARRAY['blij', 'vrolijk'])
) AS v (label_set, language, score, labels), pg_catalog.unnest(labels) AS label;

-- The other labels, in UTF-8, for databases that can store them: faces, with and
-- without the selector of their coloured form, and what has an accent.
INSERT INTO ces_label (label_set, language, label, score, builtin)
SELECT label_set, language, pg_catalog.convert_from(label, 'UTF8'), score, true
FROM (VALUES
	('faces3', '', 1, '\xf09f9981'::bytea, false),
	('faces3', '', 1, '\xe298b9'::bytea, false),
	('faces3', '', 1, '\xe298b9efb88f'::bytea, false),
	('faces3', '', 2, '\xf09f9890'::bytea, false),
	('faces3', '', 2, '\xf09f9890efb88f'::bytea, false),
	('faces3', '', 3, '\xf09f9982'::bytea, false),
	('faces3', '', 3, '\xf09f9880'::bytea, false),
	('faces3', '', 3, '\xf09f988a'::bytea, false),
	('faces3', '', 3, '\xe298ba'::bytea, false),
	('faces3', '', 3, '\xe298baefb88f'::bytea, false),
	('quality5', 'nl', 3, '\x6f6bc3a9'::bytea, true)
) AS v (label_set, language, score, label, latin)
WHERE pg_catalog.getdatabaseencoding() = 'UTF8' OR (latin AND pg_catalog.getdatabaseencoding() IN ('LATIN1', 'LATIN9', 'WIN1252'));
