--
-- Fair comparisons: within strata, and at a constant mix of strata
--

CREATE TYPE ces_comparison AS (
	difference numeric,
	ci numrange,
	statistic double precision,
	p_value double precision
);
COMMENT ON TYPE ces_comparison IS 'how far two groups differ, as ces_topbox_stratified and its like return it';
COMMENT ON COLUMN ces_comparison.difference IS 'a minus b';
COMMENT ON COLUMN ces_comparison.ci IS 'confidence interval of the difference';
COMMENT ON COLUMN ces_comparison.statistic IS 'the difference in standard errors';
COMMENT ON COLUMN ces_comparison.p_value IS 'how often luck alone makes a difference at least as large; two-sided';

CREATE TYPE ces_estimate AS (
	value numeric,
	ci numrange
);
COMMENT ON TYPE ces_estimate IS 'a metric and how sure it is, as ces_topbox_standardized and its like return it';
COMMENT ON COLUMN ces_estimate.value IS 'the metric';
COMMENT ON COLUMN ces_estimate.ci IS 'its confidence interval';

CREATE FUNCTION _ces_strata_combine(internal, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ces_strata_combine' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_strata_combine(internal, internal) IS 'aggregate combine function';

CREATE FUNCTION _ces_strata_serialize(internal) RETURNS bytea
	AS 'MODULE_PATHNAME', 'ces_strata_serialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_strata_serialize(internal) IS 'aggregate serialization function';

--@ table strata
--@   what         | row                         | result
--@   stratified   | ces_tally, ces_tally        | ces_comparison
--@   standardized | ces_tally, double precision | ces_estimate
--@ for each strata
CREATE FUNCTION _ces_@what@_deserialize(bytea, internal) RETURNS internal
	AS 'MODULE_PATHNAME', 'ces_@what@_deserialize' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_@what@_deserialize(bytea, internal) IS 'aggregate deserialization function';

CREATE FUNCTION _ces_@what@_accum(internal, @row@) RETURNS internal
	AS 'MODULE_PATHNAME', 'ces_@what@_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_@what@_accum(internal, @row@) IS 'aggregate transition function';

CREATE FUNCTION _ces_@what@_accum(internal, @row@, double precision) RETURNS internal
	AS 'MODULE_PATHNAME', 'ces_@what@_accum' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _ces_@what@_accum(internal, @row@, double precision) IS 'aggregate transition function';

--@ end
--@ table strata_metric
--@   metric     | symbol     | prefix      | measure                                  | unit
--@   ces_topbox | ces_topbox | _ces_topbox | the percentage of answers in the top box | percentage points
--@   csat       | ces_topbox | _ces_csat   | the percentage of satisfied answers      | percentage points
--@   nps        | ces_nps    | _ces_nps    | the net promoter score                   | percentage points
--@   ces_mean   | ces_mean   | _ces_mean   | the mean score                           | points of the scale
--@ for each strata_metric
CREATE FUNCTION @prefix@_stratified_final(internal) RETURNS ces_comparison
	AS 'MODULE_PATHNAME', '@symbol@_stratified_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @prefix@_stratified_final(internal) IS 'aggregate final function';

CREATE FUNCTION @prefix@_standardized_final(internal) RETURNS ces_estimate
	AS 'MODULE_PATHNAME', '@symbol@_standardized_final' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @prefix@_standardized_final(internal) IS 'aggregate final function';

CREATE AGGREGATE @metric@_stratified(a ces_tally, b ces_tally) (
	SFUNC = _ces_stratified_accum, STYPE = internal, SSPACE = 1024,
	FINALFUNC = @prefix@_stratified_final, COMBINEFUNC = _ces_strata_combine,
	SERIALFUNC = _ces_strata_serialize, DESERIALFUNC = _ces_stratified_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @metric@_stratified(ces_tally, ces_tally) IS 'does @measure@ differ within strata, one row each? a minus b in @unit@, with its 95 percent confidence interval, statistic and two-sided p-value (Mantel-Haenszel difference, Cochran-Mantel-Haenszel test)';

CREATE AGGREGATE @metric@_stratified(a ces_tally, b ces_tally, confidence double precision) (
	SFUNC = _ces_stratified_accum, STYPE = internal, SSPACE = 1024,
	FINALFUNC = @prefix@_stratified_final, COMBINEFUNC = _ces_strata_combine,
	SERIALFUNC = _ces_strata_serialize, DESERIALFUNC = _ces_stratified_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @metric@_stratified(ces_tally, ces_tally, double precision) IS 'the same, with a confidence that is the same in all rows';

CREATE AGGREGATE @metric@_standardized(tally ces_tally, weight double precision) (
	SFUNC = _ces_standardized_accum, STYPE = internal, SSPACE = 1024,
	FINALFUNC = @prefix@_standardized_final, COMBINEFUNC = _ces_strata_combine,
	SERIALFUNC = _ces_strata_serialize, DESERIALFUNC = _ces_standardized_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @metric@_standardized(ces_tally, double precision) IS '@measure@ at a constant mix of strata, one row each with its weight; with its 95 percent confidence interval';

CREATE AGGREGATE @metric@_standardized(tally ces_tally, weight double precision, confidence double precision) (
	SFUNC = _ces_standardized_accum, STYPE = internal, SSPACE = 1024,
	FINALFUNC = @prefix@_standardized_final, COMBINEFUNC = _ces_strata_combine,
	SERIALFUNC = _ces_strata_serialize, DESERIALFUNC = _ces_standardized_deserialize, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @metric@_standardized(ces_tally, double precision, double precision) IS 'the same, with a confidence that is the same in all rows';

--@ end
