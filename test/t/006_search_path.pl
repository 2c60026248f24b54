# The extension moves to another schema, and the caller's search_path begins with a schema that
# has functions, aggregates, operators and a table of the same names.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Survey;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
create_survey($node, 'postgres');
my $contents = contents_of_survey($node, 'postgres');

my $calls = q{
	SELECT channel, SCHEMA.ces_topbox(effort), SCHEMA.ces_mean(effort), SCHEMA.nps(recommend),
		SCHEMA.csat(SCHEMA.ces_score(answer, 'agreement5')), SCHEMA.csat(answer, 'agreement5'), SCHEMA.ces_tally(effort, '1..7')
	FROM responses GROUP BY channel ORDER BY channel;
	SELECT SCHEMA.ces_topbox(tally, 6), SCHEMA.ces_mean(tally), SCHEMA.ces_median(tally), SCHEMA.ces_stddev(tally),
		SCHEMA.ces_histogram(tally), SCHEMA.ces_sparkline(tally), SCHEMA.ces_topbox_ci(tally), SCHEMA.ces_mean_ci(tally),
		SCHEMA.ces_topbox_test(tally, tally), SCHEMA.ces_mean_test(tally, tally), SCHEMA.nps_impact(tally, tally), SCHEMA.ces_counts(tally)
	FROM (SELECT SCHEMA.ces_rollup(effort) AS tally FROM daily WHERE SCHEMA.ces_scale(effort) OPERATOR(SCHEMA.=) '1..7') AS t;
	SELECT SCHEMA.ces_pomp(effort, '1..7'), SCHEMA.ces_rescale(effort, '1..7', '5..1'), SCHEMA.ces_box(effort, '1..7')
	FROM responses ORDER BY id LIMIT 10;
};
my $in_public = $calls =~ s/SCHEMA/public/gr;
my $in_tools = $calls =~ s/SCHEMA/tools/gr;
my $expected = $node->safe_psql('postgres', $in_public);

$node->safe_psql('postgres', 'CREATE SCHEMA tools; ALTER EXTENSION ces SET SCHEMA tools');
is($node->safe_psql('postgres', "SELECT count(*) FROM pg_depend d
		JOIN LATERAL pg_identify_object(d.classid, d.objid, 0) o ON true
		WHERE d.refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ces') AND d.deptype = 'e'
		AND o.schema <> 'tools'"),
	'0', 'everything moves');
is_deeply(contents_of_survey($node, 'postgres', 'tools'), $contents, 'the contents are the same');

#
# Everything that a query could mistake for ours; each raises an error when it is called.
#
my $traps = $node->safe_psql('postgres', q{
	CREATE SCHEMA hostile;
	CREATE FUNCTION hostile.spring(trap text) RETURNS text LANGUAGE plpgsql AS
	$$ BEGIN RAISE EXCEPTION 'trap: %', trap; END $$;
	CREATE TABLE hostile.ces_label (label_set text, language text, label text, score int);
	INSERT INTO hostile.ces_label VALUES ('agreement5', '', 'prima', 1);
	CREATE TABLE hostile.ces_label_set (label_set text, scale tools.ces_scale);
	INSERT INTO hostile.ces_label_set VALUES ('agreement5', '5..1');
	CREATE FUNCTION hostile.always(text, text) RETURNS boolean LANGUAGE sql AS 'SELECT true';
	CREATE OPERATOR hostile.= (FUNCTION = hostile.always, LEFTARG = text, RIGHTARG = text);

	DO $$
	DECLARE
		ours record;
	BEGIN
		FOR ours IN
			SELECT oid::regprocedure AS signature, proname AS name, oidvectortypes(proargtypes) AS arguments,
				CASE WHEN prorettype IN ('record'::regtype, 'cstring'::regtype) THEN 'text'::regtype ELSE prorettype::regtype END AS result
			FROM pg_proc WHERE pronamespace = 'tools'::regnamespace AND prorettype NOT IN ('internal'::regtype, 'trigger'::regtype)
			AND NOT proargtypes::oid[] && ARRAY['cstring', 'internal', '"any"']::regtype[]::oid[]
		LOOP
			EXECUTE format('CREATE FUNCTION hostile.%I(%s) RETURNS %s LANGUAGE sql AS %L',
				ours.name, ours.arguments, ours.result, format('SELECT hostile.spring(%L)::%s', ours.signature, ours.result));
		END LOOP;
		FOR ours IN
			SELECT * FROM pg_operator WHERE oprnamespace = 'tools'::regnamespace
		LOOP
			EXECUTE format('CREATE OPERATOR hostile.%s (FUNCTION = hostile.%I, LEFTARG = %s, RIGHTARG = %s)', ours.oprname,
				(SELECT proname FROM pg_proc WHERE oid = ours.oprcode), ours.oprleft::regtype, ours.oprright::regtype);
		END LOOP;
	END $$;
	SELECT count(*) FROM pg_proc WHERE pronamespace = 'hostile'::regnamespace;
});
cmp_ok($traps, '>', 100, 'traps are set');

my $hostile = 'SET search_path = hostile, public, pg_catalog;';
my ($status, $output, $errors) =
  $node->psql('postgres', "SET search_path = hostile, tools, public; SELECT ces_scale(1, 7, NULL, NULL)");
like($errors, qr/trap: /, 'functions among them work');
($status, $output, $errors) =
  $node->psql('postgres', "SET search_path = hostile, tools, public; SELECT '1..3'::ces_scale = '1..3'");
like($errors, qr/trap: /, 'operators among them work');

is($node->safe_psql('postgres', "$hostile $in_tools"), $expected,
	'calls that name the schema reach its functions');
is($node->safe_psql('postgres', "$hostile SELECT * FROM monthly; SELECT * FROM report ORDER BY channel"),
	$node->safe_psql('postgres', 'SELECT * FROM monthly; SELECT * FROM report ORDER BY channel'),
	'views keep the functions that they were created with');
is($node->safe_psql('postgres', "$hostile SELECT tools.ces_score('prima', 'agreement5')"),
	'5', 'ces_score reads the table of the extension');
is($node->safe_psql('postgres', "$hostile REFRESH MATERIALIZED VIEW weekly; SELECT count(*) > 0 FROM weekly"),
	't', 'a materialized view is refreshed');
is($node->safe_psql('postgres', "$hostile
		INSERT INTO responses (id, answered_on, channel, effort) VALUES (0, '2026-02-01', 'chat', 2) RETURNING box;
		INSERT INTO daily (day, channel, effort, recommend) VALUES ('2026-02-01', 'fax', '1..7 {1,0,0,0,0,0,0}', '0..10 {0,0,0,0,0,0,0,0,0,0,1}') RETURNING nps;
		INSERT INTO by_scale VALUES ('1..3', '1..3 {0,1,0}') RETURNING tableoid::regclass::text LIKE 'by_scale_other_%'"),
	"bottom\n100\nt", 'generated columns, constraints, indexes, triggers and partitions work');
($status, $output, $errors) = $node->psql('postgres',
	"$hostile INSERT INTO responses (id, answered_on, channel, effort) VALUES (-1, '2026-02-01', 'chat', 8)");
like($errors, qr/score 8 is not on the scale/, 'constraints reject what they rejected');

$node->stop;
done_testing();
