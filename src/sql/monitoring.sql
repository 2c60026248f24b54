--
-- Who stands out, and what changed: funnels and control limits
--

-- Types, because a record that a window function returns can't be taken apart.

CREATE TYPE ces_funnel_point AS (
	value numeric, expected numeric, lower95 numeric, upper95 numeric, lower998 numeric, upper998 numeric,
	z double precision, adjusted numeric
);
COMMENT ON TYPE ces_funnel_point IS 'where a group of answers, such as those of an agent, lies in the funnel of all groups';
COMMENT ON COLUMN ces_funnel_point.value IS 'the metric of the group';
COMMENT ON COLUMN ces_funnel_point.expected IS 'the metric of the answers of all groups together';
COMMENT ON COLUMN ces_funnel_point.lower95 IS 'lower limit, below which 2.5 percent of groups that are like the others are expected';
COMMENT ON COLUMN ces_funnel_point.upper95 IS 'upper limit, above which 2.5 percent of groups that are like the others are expected';
COMMENT ON COLUMN ces_funnel_point.lower998 IS 'lower limit, below which 0.1 percent of groups that are like the others are expected';
COMMENT ON COLUMN ces_funnel_point.upper998 IS 'upper limit, above which 0.1 percent of groups that are like the others are expected';
COMMENT ON COLUMN ces_funnel_point.z IS 'distance from what is expected, in standard errors that include how much groups differ anyway';
COMMENT ON COLUMN ces_funnel_point.adjusted IS 'the metric of the group, moved towards what is expected, the more so the fewer its answers are';

CREATE TYPE ces_limits_point AS (value numeric, centre numeric, lower numeric, upper numeric, signal text);
COMMENT ON TYPE ces_limits_point IS 'a point of a control chart, such as a week, with its limits';
COMMENT ON COLUMN ces_limits_point.value IS 'the metric of the point';
COMMENT ON COLUMN ces_limits_point.centre IS 'the metric of the answers of all points, or of the baseline, together';
COMMENT ON COLUMN ces_limits_point.lower IS 'lower control limit, three standard errors below the centre';
COMMENT ON COLUMN ces_limits_point.upper IS 'upper control limit, three standard errors above the centre';
COMMENT ON COLUMN ces_limits_point.signal IS 'the rule by which the point says that something has changed: outside, shift, trend or near limits; or NULL';

--@ table monitoring
--@   metric     | symbol     | measure
--@   ces_topbox | ces_topbox | the percentage of answers in the top box
--@   csat       | ces_topbox | the percentage of satisfied answers
--@   nps        | ces_nps    | the net promoter score
--@   ces_mean   | ces_mean   | the mean score
--@ for each monitoring
CREATE FUNCTION @metric@_funnel(tally ces_tally) RETURNS ces_funnel_point
	AS 'MODULE_PATHNAME', '@symbol@_funnel' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @metric@_funnel(ces_tally) IS 'does @measure@ stand out among the rows of the window partition? funnel limits that allow for how much rows differ anyway, and the value adjusted for few answers (Spiegelhalter 2005)';

CREATE FUNCTION @metric@_limits(tally ces_tally) RETURNS ces_limits_point
	AS 'MODULE_PATHNAME', '@symbol@_limits' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @metric@_limits(ces_tally) IS 'has @measure@ changed? control limits for the rows of the window partition in their order, and the signals (I'' chart, Taylor 2018)';

CREATE FUNCTION @metric@_limits(tally ces_tally, baseline integer) RETURNS ces_limits_point
	AS 'MODULE_PATHNAME', '@symbol@_limits' LANGUAGE C WINDOW IMMUTABLE PARALLEL SAFE;
COMMENT ON FUNCTION @metric@_limits(ces_tally, integer) IS 'the same, with limits that only the first rows with answers set, as many as baseline says';

--@ end
CREATE FUNCTION ces_limits_bar(point ces_limits_point, low numeric, high numeric, width integer DEFAULT 40) RETURNS text
	AS 'MODULE_PATHNAME' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_limits_bar(ces_limits_point, numeric, numeric, integer) IS 'a point of a control chart in one line of text that goes from low to high: the point, its limits and the centre';
