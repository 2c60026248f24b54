--
-- Intervals, tests and impact
--

--@ table inference
--@   metric     | symbol     | measure                                  | unit                | interval                                  | method
--@   ces_topbox | ces_topbox | the percentage of answers in the top box | percentage points   | within 0 to 100 (Wilson score interval)   | Fisher mid-p, or pooled z beyond 100,000 answers; Newcombe interval
--@   csat       | ces_topbox | the percentage of satisfied answers      | percentage points   | within 0 to 100 (Wilson score interval)   | Fisher mid-p, or pooled z beyond 100,000 answers; Newcombe interval
--@   nps        | ces_nps    | the net promoter score                   | percentage points   | within -100 to 100 (angular interval)     | permutation test, or Welch beyond 500 answers
--@   ces_mean   | ces_mean   | the mean score                           | points of the scale | in points of the scale (angular interval) | permutation test, or Welch beyond 500 answers
--@ for each inference
CREATE FUNCTION @metric@_ci(tally ces_tally, confidence double precision DEFAULT 0.95) RETURNS numrange
	AS 'MODULE_PATHNAME', '@symbol@_ci' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @metric@_ci(ces_tally, double precision) IS 'confidence interval of @measure@, @interval@';

CREATE FUNCTION @metric@_test(a ces_tally, b ces_tally, confidence double precision DEFAULT 0.95,
	OUT difference numeric, OUT ci numrange, OUT statistic double precision, OUT p_value double precision) RETURNS record
	AS 'MODULE_PATHNAME', '@symbol@_test' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @metric@_test(ces_tally, ces_tally, double precision) IS 'does @measure@ differ? a minus b in @unit@, with its confidence interval, statistic and two-sided p-value (@method@)';

CREATE FUNCTION @metric@_impact(part ces_tally, whole ces_tally, confidence double precision DEFAULT 0.95,
	OUT share numeric, OUT difference numeric, OUT impact numeric, OUT ci numrange, OUT p_value double precision) RETURNS record
	AS 'MODULE_PATHNAME', '@symbol@_impact' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @metric@_impact(ces_tally, ces_tally, double precision) IS 'how far does a part of the answers move @measure@ of the whole, which includes it? impact: with it minus without it, in @unit@, with its confidence interval; share of the answers in percent; difference: part minus rest, with the p-value of @metric@_test';

--@ end
CREATE FUNCTION ces_adjusted_p(p_value double precision) RETURNS double precision
	AS 'MODULE_PATHNAME' LANGUAGE C WINDOW IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_adjusted_p(double precision) IS 'p-value adjusted for the number of p-values in the window partition, 0 to 1: of those below 0.05, no more than 5 percent are expected to be luck (Benjamini-Hochberg)';

