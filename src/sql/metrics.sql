--
-- Functions on a tally
--

CREATE FUNCTION ces_count(tally ces_tally) RETURNS bigint
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_count(ces_tally) IS 'number of answers';

CREATE FUNCTION ces_mean(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_mean(ces_tally) IS 'mean score, in points of the scale';

CREATE FUNCTION ces_stddev(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_stddev(ces_tally) IS 'sample standard deviation of the scores, in points of the scale';

CREATE FUNCTION ces_median(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_median(ces_tally) IS 'median score, in points of the scale; halfway between the middle two if the number of answers is even';

CREATE FUNCTION ces_topbox(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_topbox(ces_tally) IS 'percentage of answers in the top box, 0 to 100';

CREATE FUNCTION ces_topbox(tally ces_tally, cut integer) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_topbox_cut' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_topbox(ces_tally, integer) IS 'percentage of answers at the cut or better, 0 to 100';

CREATE FUNCTION ces_bottombox(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_bottombox(ces_tally) IS 'percentage of answers in the bottom box, 0 to 100';

CREATE FUNCTION ces_bottombox(tally ces_tally, cut integer) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_bottombox_cut' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_bottombox(ces_tally, integer) IS 'percentage of answers at the cut or worse, 0 to 100';

CREATE FUNCTION ces_net(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_net(ces_tally) IS 'percentage of answers in the top box minus percentage in the bottom box, -100 to 100';

CREATE FUNCTION nps(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_nps' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps(ces_tally) IS 'net promoter score, -100 to 100: percentage of promoters (top box; on 1..10: 9, 10) minus percentage of detractors (bottom box; on 1..10: 1 to 6); for five stars the convention is the scale 1..5 top 5 bottom 3: promoters 5, detractors 1 to 3';

CREATE FUNCTION csat(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_topbox' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION csat(ces_tally) IS 'customer satisfaction, 0 to 100: percentage of satisfied answers, those in the top box';

CREATE FUNCTION ces_pomp(tally ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_pomp(ces_tally) IS 'percent of maximum possible (POMP): where the mean score lies between the worst answer, 0, and the best, 100; comparable across scales';

CREATE FUNCTION ces_histogram(tally ces_tally, OUT score integer, OUT responses bigint, OUT percent numeric, OUT box text) RETURNS SETOF record
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 7;
COMMENT ON FUNCTION ces_histogram(ces_tally) IS 'one row for each score of the scale, lowest first: number of responses, percentage of all responses, box (top, middle or bottom)';

CREATE FUNCTION ces_sparkline(tally ces_tally) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_sparkline(ces_tally) IS 'bar chart in one line of text: a bar for each score of the scale, lowest first';

