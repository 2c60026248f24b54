--
-- Functions on one score
--

--@ for each score_type
CREATE FUNCTION ces_box(score @type@, scale ces_scale) RETURNS text
	AS 'MODULE_PATHNAME', 'ces_box_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_box(@type@, ces_scale) IS 'box of the score: top, middle or bottom';

CREATE FUNCTION nps_category(score @type@) RETURNS text
	AS 'MODULE_PATHNAME', 'ces_nps_category_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION nps_category(@type@) IS 'promoter (9, 10), passive (7, 8) or detractor (0 to 6)';

CREATE FUNCTION ces_pomp(score @type@, scale ces_scale) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_pomp_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_pomp(@type@, ces_scale) IS 'score placed between 0, the worst answer, and 100, the best: comparable across scales';

CREATE FUNCTION ces_rescale(score @type@, from_scale ces_scale, to_scale ces_scale) RETURNS numeric
	AS 'MODULE_PATHNAME', 'ces_rescale_@c_type@' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_rescale(@type@, ces_scale, ces_scale) IS 'score at the same place between the worst and the best answer of another scale';

--@ end
