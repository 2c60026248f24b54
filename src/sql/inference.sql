--
-- Intervals and tests
--

CREATE FUNCTION ces_topbox_ci(tally ces_tally, confidence double precision DEFAULT 0.95) RETURNS numrange
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_topbox_ci(ces_tally, double precision) IS 'confidence interval of the percentage of answers in the top box, within 0 to 100 (Wilson score interval)';

CREATE FUNCTION csat_ci(tally ces_tally, confidence double precision DEFAULT 0.95) RETURNS numrange
	AS 'MODULE_PATHNAME', 'ces_topbox_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat_ci(ces_tally, double precision) IS 'confidence interval of the percentage of satisfied answers, within 0 to 100 (Wilson score interval)';

CREATE FUNCTION nps_ci(tally ces_tally, confidence double precision DEFAULT 0.95) RETURNS numrange
	AS 'MODULE_PATHNAME', 'ces_nps_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_ci(ces_tally, double precision) IS 'confidence interval of the net promoter score, within -100 to 100 (adjusted Wald interval)';

CREATE FUNCTION ces_mean_ci(tally ces_tally, confidence double precision DEFAULT 0.95) RETURNS numrange
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_mean_ci(ces_tally, double precision) IS 'confidence interval of the mean score, in points of the scale (Student t)';

CREATE FUNCTION ces_topbox_test(a ces_tally, b ces_tally, confidence double precision DEFAULT 0.95, OUT difference numeric, OUT ci numrange, OUT statistic double precision, OUT p_value double precision) RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_topbox_test(ces_tally, ces_tally, double precision) IS 'does the percentage of answers in the top box differ? a minus b in percentage points, with its confidence interval, z and two-sided p-value (pooled z test, Newcombe interval)';

CREATE FUNCTION csat_test(a ces_tally, b ces_tally, confidence double precision DEFAULT 0.95, OUT difference numeric, OUT ci numrange, OUT statistic double precision, OUT p_value double precision) RETURNS record
	AS 'MODULE_PATHNAME', 'ces_topbox_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat_test(ces_tally, ces_tally, double precision) IS 'does the percentage of satisfied answers differ? a minus b in percentage points, with its confidence interval, z and two-sided p-value (pooled z test, Newcombe interval)';

CREATE FUNCTION nps_test(a ces_tally, b ces_tally, confidence double precision DEFAULT 0.95, OUT difference numeric, OUT ci numrange, OUT statistic double precision, OUT p_value double precision) RETURNS record
	AS 'MODULE_PATHNAME', 'ces_nps_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_test(ces_tally, ces_tally, double precision) IS 'does the net promoter score differ? a minus b in percentage points, with its confidence interval, z and two-sided p-value (adjusted Wald)';

CREATE FUNCTION ces_mean_test(a ces_tally, b ces_tally, confidence double precision DEFAULT 0.95, OUT difference numeric, OUT ci numrange, OUT statistic double precision, OUT p_value double precision) RETURNS record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_mean_test(ces_tally, ces_tally, double precision) IS 'does the mean score differ? a minus b in points of the scale, with its confidence interval, t and two-sided p-value (Welch t test)';

CREATE FUNCTION ces_adjusted_p(p_value double precision) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_adjusted_p(double precision) IS 'p-value adjusted for the number of p-values in the window partition, 0 to 1: of those below 0.05, no more than 5 percent are expected to be luck (Benjamini-Hochberg)';

