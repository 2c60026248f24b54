--
-- Answers in words
--

CREATE TABLE ces_label (
	label_set text NOT NULL,
	language text NOT NULL DEFAULT '',
	label text NOT NULL CHECK (pg_catalog.btrim(label) OPERATOR(pg_catalog.<>) ''),
	score integer NOT NULL CHECK (score BETWEEN @CES_SCALE_MIN@ AND @CES_SCALE_MAX@),
	PRIMARY KEY (label_set, language, label)
);
COMMENT ON TABLE ces_label IS 'your labels: scores that answers in words stand for, besides those that come with the extension';
COMMENT ON COLUMN ces_label.label_set IS 'name of the set of answers that the label belongs to, such as ease5';
COMMENT ON COLUMN ces_label.language IS 'language of the label, such as en or nl; empty for a symbol, which has none';
COMMENT ON COLUMN ces_label.label IS 'the answer in words; case, blanks at either end, repeated blanks and a final full stop make no difference';
COMMENT ON COLUMN ces_label.score IS 'score that the answer stands for';

CREATE TABLE ces_label_set (
	label_set text PRIMARY KEY,
	scale ces_scale NOT NULL
);
COMMENT ON TABLE ces_label_set IS 'scales of your sets of labels, besides those of the sets that come with the extension';
COMMENT ON COLUMN ces_label_set.label_set IS 'name of the set';
COMMENT ON COLUMN ces_label_set.scale IS 'scale of the scores of its labels';

-- Users' rows are dumped. The labels that come with the extension are in its code.
SELECT pg_catalog.pg_extension_config_dump('ces_label', '');
SELECT pg_catalog.pg_extension_config_dump('ces_label_set', '');

CREATE FUNCTION _ces_shipped_labels(OUT label_set text, OUT scale ces_scale, OUT language text, OUT label text, OUT score integer, OUT source text) RETURNS SETOF record
	AS 'MODULE_PATHNAME', 'ces_shipped_labels' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE ROWS 375;
COMMENT ON FUNCTION _ces_shipped_labels() IS 'labels that come with the extension';

CREATE FUNCTION _ces_shipped_scale(text) RETURNS ces_scale
	AS 'MODULE_PATHNAME', 'ces_shipped_scale' LANGUAGE C IMMUTABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION _ces_shipped_scale(text) IS 'scale of a set of labels that comes with the extension';

CREATE VIEW ces_all_labels WITH (security_invoker = true) AS
SELECT l.label_set, coalesce(s.scale, l.scale) AS scale, l.language, l.label, l.score, l.builtin, l.source
FROM (
	SELECT label_set, scale, language, label, score, true AS builtin, source FROM _ces_shipped_labels()
	UNION ALL
	SELECT label_set, _ces_shipped_scale(label_set) AS scale, language, label, score, false AS builtin, NULL AS source FROM ces_label
) AS l LEFT JOIN ces_label_set AS s ON s.label_set OPERATOR(pg_catalog.=) l.label_set;
COMMENT ON VIEW ces_all_labels IS 'all labels: those that come with the extension, and yours';
COMMENT ON COLUMN ces_all_labels.label_set IS 'name of the set of answers that the label belongs to';
COMMENT ON COLUMN ces_all_labels.scale IS 'scale of the set; null if you gave yours none';
COMMENT ON COLUMN ces_all_labels.language IS 'language of the label; empty for a symbol, which has none';
COMMENT ON COLUMN ces_all_labels.label IS 'the answer in words';
COMMENT ON COLUMN ces_all_labels.score IS 'score that the answer stands for';
COMMENT ON COLUMN ces_all_labels.builtin IS 'true for a label that comes with the extension; one of yours with the same words overrides it';
COMMENT ON COLUMN ces_all_labels.source IS 'published lists of answers in which the label has this score; null for yours';

-- Everyone may read the labels, and the owner of the database may write them. That is a
-- role of PostgreSQL, so no privilege depends on the role that creates the extension, which
-- may be dropped.
GRANT SELECT ON ces_label, ces_label_set, ces_all_labels TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON ces_label, ces_label_set TO pg_database_owner WITH GRANT OPTION;

CREATE FUNCTION ces_score(label text, label_set text, strict boolean DEFAULT true) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_score(text, text, boolean) IS 'score that an answer in words stands for in a set of labels; if it has none, an error or, unless strict, null';

--
-- Aggregates of answers in words
--

--@ table transition_of_words
--@   function             | symbol                    | comment
--@   _ces_tally_accum     | ces_tally_accum_words     | aggregate transition function
--@   _ces_tally_accum_inv | ces_tally_accum_inv_words | aggregate inverse transition function
--@ for each transition_of_words
CREATE FUNCTION @function@(ces_tally, text, text) RETURNS ces_tally
	AS 'MODULE_PATHNAME', '@symbol@' LANGUAGE C STABLE PARALLEL SAFE;
COMMENT ON FUNCTION @function@(ces_tally, text, text) IS '@comment@';

--@ end
-- The scale of the set replaces that of the empty tally.

--@ table of_words
--@   aggregate  | final           | comment
--@   ces_topbox | ces_topbox      | percentage of answers in the top box of the scale of the label set, 0 to 100
--@   ces_mean   | ces_mean        | mean score of the answers, in points of the scale of the label set
--@   nps        | nps             | net promoter score of the answers, -100 to 100: percentage in the top box minus percentage in the bottom box of the scale of the label set
--@   csat       | csat            | customer satisfaction, 0 to 100: percentage of answers in the top box of the scale of the label set
--@   ces_tally  | _ces_tally_final | tally: number of answers at each point of the scale of the label set
--@ for each of_words
CREATE AGGREGATE @aggregate@(answer text, label_set text) (
	SFUNC = _ces_tally_accum, STYPE = ces_tally, INITCOND = 'ces {0,0,0,0,0,0,0}',
	FINALFUNC = @final@, COMBINEFUNC = _ces_tally_combine,
	MSFUNC = _ces_tally_accum, MINVFUNC = _ces_tally_accum_inv, MSTYPE = ces_tally, MINITCOND = 'ces {0,0,0,0,0,0,0}',
	MFINALFUNC = @final@, PARALLEL = SAFE
);
COMMENT ON AGGREGATE @aggregate@(answer text, label_set text) IS '@comment@';

--@ end
