--
-- Aggregates
--

--@ table transition
--@   function            | comment
--@   ces_tally_accum     | aggregate transition function
--@   ces_tally_accum_inv | aggregate inverse transition function
--@ for each transition
--@ for each score_type
CREATE FUNCTION @function@(ces_tally, @type@) RETURNS ces_tally
	AS 'MODULE_PATHNAME', '@function@_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION @function@(ces_tally, @type@) IS '@comment@';

CREATE FUNCTION @function@(ces_tally, @type@, ces_scale) RETURNS ces_tally
	AS 'MODULE_PATHNAME', '@function@_scale_@c_type@' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @function@(ces_tally, @type@, ces_scale) IS '@comment@';

CREATE FUNCTION @function@(ces_tally, @type@, ces_scale, bigint) RETURNS ces_tally
	AS 'MODULE_PATHNAME', '@function@_responses_@c_type@' LANGUAGE C IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @function@(ces_tally, @type@, ces_scale, bigint) IS '@comment@';

--@ end
--@ end
CREATE FUNCTION ces_tally_final(ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_final(ces_tally) IS 'aggregate final function';

CREATE FUNCTION ces_tally_combine_inv(ces_tally, ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_combine_inv(ces_tally, ces_tally) IS 'aggregate inverse transition function';

CREATE FUNCTION ces_tally_combine(ces_tally, ces_tally) RETURNS ces_tally
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_tally_combine(ces_tally, ces_tally) IS 'aggregate combine function';

-- The state of an aggregate begins as an empty tally, INITCOND, whose scale is the default.

--@ table metric
--@   metric     | empty                       | comment
--@   ces_topbox | ces {0,0,0,0,0,0,0}         | percentage of answers in the top box, 0 to 100 (scale 1..7, top box 5, 6, 7)
--@   ces_mean   | ces {0,0,0,0,0,0,0}         | mean score (scale 1..7)
--@   nps        | nps {0,0,0,0,0,0,0,0,0,0,0} | net promoter score, -100 to 100: percentage of promoters minus percentage of detractors (scale 0..10, promoters 9, 10, detractors 0 to 6)
--@   csat       | csat {0,0,0,0,0}            | percentage of satisfied answers, 0 to 100 (scale 1..5, satisfied 4, 5)
--@ for each metric
--@ for each score_type
CREATE AGGREGATE @metric@(score @type@) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = '@empty@',
	FINALFUNC = @metric@, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = '@empty@',
	MFINALFUNC = @metric@, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @metric@(score @type@) IS '@comment@';

--@ end
--@ end
-- Where the scale is given, all begin with the same tally, so that they can share their state.

--@ table on_given_scale
--@   aggregate  | given                            | final           | comment
--@   ces_topbox | scale ces_scale                  | ces_topbox      | percentage of answers in the top box, 0 to 100, on the given scale
--@   ces_mean   | scale ces_scale                  | ces_mean        | mean score, on the given scale
--@   nps        | scale ces_scale                  | nps             | net promoter score, -100 to 100: percentage of promoters minus percentage of detractors, on the given scale
--@   csat       | scale ces_scale                  | csat            | percentage of satisfied answers, 0 to 100, on the given scale
--@   ces_tally  | scale ces_scale                  | ces_tally_final | tally of the answers
--@   ces_tally  | scale ces_scale, responses bigint | ces_tally_final | tally of answers that are counted already: each row stands for so many responses
--@ for each on_given_scale
--@ for each score_type
CREATE AGGREGATE @aggregate@(score @type@, @given@) (
	SFUNC = ces_tally_accum, STYPE = ces_tally, INITCOND = 'ces {0,0,0,0,0,0,0}',
	FINALFUNC = @final@, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_accum, MINVFUNC = ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = 'ces {0,0,0,0,0,0,0}',
	MFINALFUNC = @final@, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @aggregate@(score @type@, @given@) IS '@comment@';

--@ end
--@ end
CREATE AGGREGATE ces_rollup(tally ces_tally) (
	SFUNC = ces_tally_combine, STYPE = ces_tally,
	FINALFUNC = ces_tally_final, COMBINEFUNC = ces_tally_combine,
	MSFUNC = ces_tally_combine, MINVFUNC = ces_tally_combine_inv, MSTYPE = ces_tally,
	MFINALFUNC = ces_tally_final, PARALLEL = SAFE
);
COMMENT ON AGGREGATE ces_rollup(ces_tally) IS 'tally of the answers of many tallies, which have to be on the same scale';

