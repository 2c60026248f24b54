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

