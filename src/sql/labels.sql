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
COMMENT ON TABLE ces_label IS 'scores that answers in words stand for; add your own with INSERT';
COMMENT ON COLUMN ces_label.label_set IS 'name of the set of answers that the label belongs to, such as ease5';
COMMENT ON COLUMN ces_label.language IS 'language of the label, such as en or nl; empty for a symbol, which has none';
COMMENT ON COLUMN ces_label.label IS 'the answer in words; case, blanks at either end, repeated blanks and a final full stop make no difference';
COMMENT ON COLUMN ces_label.score IS 'score that the answer stands for';
COMMENT ON COLUMN ces_label.builtin IS 'true for a label that comes with the extension; leave it false for yours, as pg_dump leaves out rows where it is true';

-- Everyone may read the labels. The role that creates the extension may also write; it
-- need not be a superuser.
GRANT SELECT ON ces_label TO PUBLIC;
GRANT SELECT, INSERT, UPDATE, DELETE ON ces_label TO @extowner@ WITH GRANT OPTION;

-- pg_dump dumps the labels that users added; the others come with the extension. The key
-- includes builtin, so that a dump can be restored where the extension ships the same label.
SELECT pg_catalog.pg_extension_config_dump('ces_label', 'WHERE NOT builtin');

CREATE FUNCTION ces_score(label text, label_set text) RETURNS integer
	AS 'MODULE_PATHNAME' LANGUAGE C STABLE STRICT PARALLEL SAFE;
COMMENT ON FUNCTION ces_score(text, text) IS 'score that an answer in words stands for in a set of labels, from the table ces_label';

