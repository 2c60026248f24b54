# Users' labels and their privileges, through dumps and the dropping of roles; what depends on
# the labels that come with the extension.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $tempdir = PostgreSQL::Test::Utils::tempdir;

# Run SQL as a role; returns output and errors.
sub as_role
{
	my ($role, $database, $sql) = @_;
	my ($status, $output, $errors) = $node->psql($database,
		qq{SET SESSION AUTHORIZATION "$role"; $sql}, extra_params => ['-q']);
	return "$output$errors";
}

# Dump a database and restore it, as the superuser, into a new one with this owner.
sub restored
{
	my ($database, $owner, @options) = @_;
	my $restored = "${database}_restored";
	$node->safe_psql('postgres', qq{DROP DATABASE IF EXISTS $restored});
	$node->safe_psql('postgres', qq{CREATE DATABASE $restored OWNER "$owner" TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'});
	$node->command_ok([ 'pg_dump', '-Fc', @options, '-f', "$tempdir/$restored", $node->connstr($database) ],
		"$database: dump");
	$node->command_ok([ 'pg_restore', '--exit-on-error', '-d', $node->connstr($restored), "$tempdir/$restored" ],
		"$database: restore");
	return $restored;
}

# The privileges on the two tables, in the order of the grantees.
my $privileges = q{
	SELECT relname, grantee::regrole, string_agg(privilege_type || CASE WHEN is_grantable THEN '*' ELSE '' END, ' ' ORDER BY privilege_type)
	FROM pg_class, aclexplode(relacl) WHERE relname IN ('ces_label', 'ces_label_set') AND grantee NOT IN (0, 10)
	GROUP BY 1, 2 ORDER BY 1, 2};

#
# A role with a backslash in its name creates the extension, whatever strings mean, and is
# dropped.
#
$node->safe_psql('postgres', q{
	CREATE ROLE "CORP\analyst" LOGIN;
	CREATE ROLE steward LOGIN;
	CREATE ROLE colleague LOGIN});
foreach my $setting ('on', 'off')
{
	my $database = "strings_$setting";
	$node->safe_psql('postgres', "CREATE DATABASE $database OWNER steward TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
	$node->safe_psql('postgres', qq{GRANT CREATE ON DATABASE $database TO "CORP\\analyst"});
	is(as_role('CORP\analyst', $database, "SET standard_conforming_strings = $setting; CREATE SCHEMA survey; CREATE EXTENSION ces SCHEMA survey; GRANT USAGE ON SCHEMA survey TO PUBLIC"),
		'', "standard_conforming_strings = $setting: the extension is created");
	is($node->safe_psql($database, q{SELECT count(*) > 200, count(*) FILTER (WHERE label = '🙂') FROM survey.ces_all_labels}),
		't|1', "standard_conforming_strings = $setting: all labels are there");
}
is($node->safe_psql('strings_on', q{
		SELECT DISTINCT coalesce(rolname, grantee::text) FROM pg_init_privs, aclexplode(initprivs) LEFT JOIN pg_roles r ON r.oid = grantee
		WHERE objoid IN (SELECT objid FROM pg_depend WHERE deptype = 'e' AND refobjid = (SELECT oid FROM pg_extension WHERE extname = 'ces'))
		AND grantee NOT IN (0, 10)}),
	'pg_database_owner', 'no initial privilege belongs to an ordinary role');

is(as_role('steward', 'strings_on', q{
		INSERT INTO survey.ces_label (label_set, label, score) VALUES ('stars', '*', 1), ('stars', '**', 2), ('ease5', 'te doen', 3);
		INSERT INTO survey.ces_label_set VALUES ('stars', '1..3 top 3');
		GRANT INSERT, UPDATE ON survey.ces_label TO colleague}),
	'', 'the owner of the database adds labels, and lets a colleague do so');
$node->safe_psql('strings_on', q{REASSIGN OWNED BY "CORP\analyst" TO postgres; DROP OWNED BY "CORP\analyst"});
$node->safe_psql('strings_off', q{DROP OWNED BY "CORP\analyst" CASCADE});
is($node->safe_psql('postgres', q{DROP ROLE "CORP\analyst"}), '', 'the role that created the extension is dropped');

my $labels = 'SELECT * FROM survey.ces_all_labels WHERE NOT builtin ORDER BY label_set, label';
my $restored = restored('strings_on', 'steward');
is($node->safe_psql($restored, $labels), $node->safe_psql('strings_on', $labels), "users' labels are restored");
is($node->safe_psql($restored, $privileges), $node->safe_psql('strings_on', $privileges), 'and the privileges on them');
is($node->safe_psql($restored, $privileges), join("\n",
		'ces_label|pg_database_owner|DELETE* INSERT* SELECT* UPDATE*', 'ces_label|colleague|INSERT UPDATE',
		'ces_label_set|pg_database_owner|DELETE* INSERT* SELECT* UPDATE*'),
	'these are the privileges');
foreach my $role ('steward', 'colleague')
{
	is(as_role($role, $restored, "INSERT INTO survey.ces_label (label_set, label, score) VALUES ('stars', '$role', 3); SELECT survey.ces_score('$role', 'stars')"),
		'3', "after a restore, the $role adds labels");
}
is($node->safe_psql($restored, q{SELECT survey.ces_topbox('steward', 'stars'), survey.ces_mean('te doen', 'ease5')}), '100|3', 'the aggregates read them');

# As pg_upgrade does it.
$node->command_ok([ 'pg_dump', '--binary-upgrade', '--schema-only', '-f', "$tempdir/upgrade.sql", $node->connstr('strings_on') ],
	'a dump for pg_upgrade');
unlike(slurp_file("$tempdir/upgrade.sql"), qr/(GRANT|REVOKE) .* (TO|FROM) "?\d+"?;/, 'names no role that is gone');

#
# A constraint and a domain with ces_score over labels that come with the extension: rows are
# restored, though a restore may load them before the table of labels. A constraint over a
# label of the user's is not, as for any table that a constraint reads.
#
$node->safe_psql('postgres', 'CREATE DATABASE constrained');
$node->safe_psql('constrained', q{
	CREATE EXTENSION ces;
	CREATE DOMAIN agreement AS text CHECK (ces_score(value, 'agreement5') IS NOT NULL);
	CREATE TABLE a_answers (answer text CHECK (ces_score(answer, 'ease5', strict => false) IS NOT NULL), agreement agreement);
	INSERT INTO a_answers VALUES ('Very easy', 'eens'), ('moeilijk.', 'Strongly agree');
	CREATE MATERIALIZED VIEW report AS SELECT ces_topbox(answer, 'ease5'), csat(agreement, 'agreement5') FROM a_answers;
	INSERT INTO ces_label (label_set, label, score) VALUES ('ease5', 'te doen', 3)});
my $constrained = restored('constrained', 'postgres');
my $rows = 'SELECT * FROM a_answers ORDER BY 1; SELECT * FROM report; SELECT * FROM ces_label';
is($node->safe_psql($constrained, $rows), $node->safe_psql('constrained', $rows), 'rows under a constraint with ces_score are restored');
is($node->safe_psql($constrained, 'SELECT count(*) FROM a_answers'), '2', 'all of them');

#
# A user may have labels that a later version ships, and the other way round.
#
$node->safe_psql('constrained', q{
	INSERT INTO ces_label (label_set, language, label, score) SELECT label_set, language, label, min(score) FROM ces_all_labels WHERE builtin GROUP BY 1, 2, 3});
is($node->safe_psql('constrained', q{SELECT ces_score('somewhat satisfied', 'satisfaction5'), ces_score('easy', 'ease5')}), '3|4',
	'rows with the words of shipped labels override them');
$constrained = restored('constrained', 'postgres');
is($node->safe_psql($constrained, 'SELECT * FROM ces_label ORDER BY 1, 2, 3'), $node->safe_psql('constrained', 'SELECT * FROM ces_label ORDER BY 1, 2, 3'),
	'and are restored');

# DROP EXTENSION takes the users' labels with it, as the reference says.
$node->safe_psql('constrained', 'DROP EXTENSION ces CASCADE; CREATE EXTENSION ces');
is($node->safe_psql('constrained', 'SELECT count(*) FROM ces_label'), '0', 'DROP EXTENSION deletes the labels of users');

$node->stop;
done_testing();
