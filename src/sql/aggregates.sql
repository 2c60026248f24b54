--
-- Aggregates
--

--@ table transition
--@   function            | comment
--@   ces_tally_accum     | aggregate transition function
--@   ces_tally_accum_inv | aggregate inverse transition function
--@ for each transition
--@ for each score_type
CREATE FUNCTION _@function@(ces_tally, @type@) RETURNS ces_tally
	AS 'MODULE_PATHNAME', '@function@_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _@function@(ces_tally, @type@) IS '@comment@';

CREATE FUNCTION _@function@(ces_tally, @type@, ces_scale) RETURNS ces_tally
	AS 'MODULE_PATHNAME', '@function@_scale_@c_type@' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _@function@(ces_tally, @type@, ces_scale) IS '@comment@';

CREATE FUNCTION _@function@(ces_tally, @type@, ces_scale, bigint) RETURNS ces_tally
	AS 'MODULE_PATHNAME', '@function@_responses_@c_type@' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION _@function@(ces_tally, @type@, ces_scale, bigint) IS '@comment@';

--@ end
--@ end
CREATE FUNCTION _ces_tally_final(ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_final' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_final(ces_tally) IS 'aggregate final function';

CREATE FUNCTION _ces_tally_combine_inv(ces_tally, ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_combine_inv' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_combine_inv(ces_tally, ces_tally) IS 'aggregate inverse transition function';

CREATE FUNCTION _ces_tally_combine(ces_tally, ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME', 'ces_tally_combine' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_tally_combine(ces_tally, ces_tally) IS 'aggregate combine function';

-- INITCOND is an empty tally; its scale is the aggregate's default.

--@ table metric
--@   metric     | final            | empty                       | comment
--@   ces_topbox | ces_topbox_final | ces {0,0,0,0,0,0,0}         | percentage of answers in the top box (5, 6, 7), 0 to 100, on the scale 1..7
--@   ces_mean   | ces_mean_final   | ces {0,0,0,0,0,0,0}         | mean score, 1 to 7, on the scale 1..7
--@   nps        | ces_nps_final    | nps {0,0,0,0,0,0,0,0,0,0,0} | net promoter score, -100 to 100: percentage of promoters (9, 10) minus percentage of detractors (0 to 6), on the scale 0..10
--@   csat       | ces_csat_final   | csat {0,0,0,0,0}            | customer satisfaction, 0 to 100: percentage of satisfied answers (4, 5), on the scale 1..5
--@ for each metric
CREATE FUNCTION _@final@(ces_tally) RETURNS numeric
	AS 'MODULE_PATHNAME', '@final@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _@final@(ces_tally) IS 'aggregate final function';

--@ for each score_type
CREATE AGGREGATE @metric@(score @type@) (
	SFUNC = _ces_tally_accum, STYPE = ces_tally, INITCOND = '@empty@',
	FINALFUNC = _@final@, COMBINEFUNC = _ces_tally_combine,
	MSFUNC = _ces_tally_accum, MINVFUNC = _ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '@empty@',
	MFINALFUNC = _@final@, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @metric@(score @type@) IS '@comment@';

--@ end
--@ end
-- The first answer replaces the scale of the empty tally with the given one. All begin with
-- the same tally, so that those over the same answers share their state.

--@ table on_given_scale
--@   aggregate  | given                             | final            | comment
--@   ces_topbox | scale ces_scale                   | ces_topbox       | percentage of answers in the top box of the scale, 0 to 100
--@   ces_mean   | scale ces_scale                   | ces_mean         | mean score, in points of the scale
--@   nps        | scale ces_scale                   | nps              | net promoter score, -100 to 100: percentage of promoters (top box; on 1..10: 9, 10) minus percentage of detractors (bottom box; on 1..10: 1 to 6); for five stars the convention is the scale 1..5 top 5 bottom 3: promoters 5, detractors 1 to 3
--@   csat       | scale ces_scale                   | csat             | customer satisfaction, 0 to 100: percentage of satisfied answers, those in the top box of the scale
--@   ces_tally  | scale ces_scale                   | _ces_tally_final | tally: number of answers at each point of the scale
--@   ces_tally  | scale ces_scale, responses bigint | _ces_tally_final | tally of answers that have been counted before: each row stands for the given number of responses
--@ for each on_given_scale
--@ for each score_type
CREATE AGGREGATE @aggregate@(score @type@, @given@) (
	SFUNC = _ces_tally_accum, STYPE = ces_tally, INITCOND = 'ces {0,0,0,0,0,0,0}',
	FINALFUNC = @final@, COMBINEFUNC = _ces_tally_combine,
	MSFUNC = _ces_tally_accum, MINVFUNC = _ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = 'ces {0,0,0,0,0,0,0}',
	MFINALFUNC = @final@, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @aggregate@(score @type@, @given@) IS '@comment@';

--@ end
--@ end
CREATE AGGREGATE ces_rollup(tally ces_tally) (
	SFUNC = _ces_tally_combine, STYPE = ces_tally,
	FINALFUNC = _ces_tally_final, COMBINEFUNC = _ces_tally_combine,
	MSFUNC = _ces_tally_combine, MINVFUNC = _ces_tally_combine_inv, MSTYPE = ces_tally,
	MFINALFUNC = _ces_tally_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_rollup(ces_tally) IS 'tally of the answers of all tallies, which must be on the same scale';

