--
-- Answers in words
--

CREATE TABLE ces_label (
	label_set text NOT NULL,
	language text NOT NULL DEFAULT '',
	label text NOT NULL CHECK (pg_catalog.btrim(label) OPERATOR(pg_catalog.<>) ''),
	score integer NOT NULL CHECK (score BETWEEN @CES_SCALE_MIN@ AND @CES_SCALE_MAX@),
	builtin boolean NOT NULL DEFAULT false,
	PRIMARY KEY (label_set, language, label, builtin)
);
COMMENT ON TABLE ces_label IS 'what answers in words stand for; INSERT your own';
COMMENT ON COLUMN ces_label.label_set IS 'name of a set of answers that belong to one question';
COMMENT ON COLUMN ces_label.language IS 'language of the label, en or nl; empty for a sign of no language';
COMMENT ON COLUMN ces_label.label IS 'the answer; case, blanks at the ends or doubled, and a full stop at the end make no difference';
COMMENT ON COLUMN ces_label.score IS 'the score that the answer stands for';
COMMENT ON COLUMN ces_label.builtin IS 'is the row the extension''s own? Leave it false: such rows are not dumped';

-- Everyone reads; who created the extension, which need not be a superuser, writes.
GRANT SELECT ON ces_label TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON ces_label TO @extowner@ WITH GRANT OPTION;

-- Rows of users are dumped, the others come with the extension. A key that has
-- builtin in it lets both restore, should a later version ship the same label.
SELECT pg_catalog.pg_extension_config_dump('ces_label', 'WHERE NOT builtin');

CREATE FUNCTION ces_score(label text, label_set text) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_score(text, text) IS 'score that an answer in words stands for, from the table ces_label';

