--
-- Functions on one score
--

--@ for each score_type
CREATE FUNCTION ces_box(score @type@, scale ces_scale) RETURNS text
	AS 'MODULE_PATHNAME', 'ces_box_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_box(@type@, ces_scale) IS 'box of the score on the scale: top, middle or bottom';

CREATE FUNCTION nps_category(score @type@) RETURNS text
	AS 'MODULE_PATHNAME', 'ces_nps_category_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_category(@type@) IS 'category of a score from 0 to 10: promoter (9, 10), passive (7, 8) or detractor (0 to 6)';

CREATE FUNCTION ces_pomp(score @type@, scale ces_scale) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_pomp_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_pomp(@type@, ces_scale) IS 'percent of maximum possible (POMP): where the score lies between the worst answer, 0, and the best, 100; comparable across scales';

CREATE FUNCTION ces_rescale(score @type@, from_scale ces_scale, to_scale ces_scale) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_rescale_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_rescale(@type@, ces_scale, ces_scale) IS 'score converted to another scale, in points of that scale: it keeps its place between the worst and the best answer';

--@ end
