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

