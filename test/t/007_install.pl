# Installation by a role that is no superuser, and into a schema where another role has set
# traps.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

# Run SQL as a role; returns output and errors.
sub as_role
{
	my ($role, $database, $sql) = @_;
	my ($status, $output, $errors) = $node->psql($database,
		"SET SESSION AUTHORIZATION $role; $sql", extra_params => ['-q']);
	return "$output$errors";
}

#
# An analyst with CREATE on the database, and nothing more.
#
$node->safe_psql('postgres', q{
	CREATE ROLE analyst LOGIN;
	CREATE ROLE colleague LOGIN;
	CREATE ROLE steward LOGIN;
	CREATE DATABASE warehouse OWNER steward;
	GRANT CREATE ON DATABASE warehouse TO analyst;
});
like(as_role('colleague', 'warehouse', 'CREATE EXTENSION ces'),
	qr/permission denied to create extension "ces"/, 'a role without CREATE on the database may not install');
is(as_role('analyst', 'warehouse', 'CREATE SCHEMA survey; CREATE EXTENSION ces SCHEMA survey'),
	'', 'a role with CREATE on the database may install');
is(as_role('analyst', 'warehouse', q{
		SET search_path = survey;
		SELECT extowner::regrole, ces_topbox(score), nps(score, '1..7') FROM pg_extension, generate_series(1, 7) score
		WHERE extname = 'ces' GROUP BY extowner}),
	'analyst|42.8571428571428571|0', 'it owns and uses the extension');
like(as_role('analyst', 'warehouse', "INSERT INTO survey.ces_label (label_set, label, score) VALUES ('agreement5', 'mine', 1)"),
	qr/permission denied for table ces_label/, 'that does not make it the owner of the labels');
as_role('analyst', 'warehouse', 'GRANT USAGE ON SCHEMA survey TO steward');
is(as_role('steward', 'warehouse', q{
		SET search_path = survey;
		INSERT INTO ces_label (label_set, label, score) VALUES ('agreement5', 'prima', 5), ('agreement5', 'so-so', 2);
		UPDATE ces_label SET score = 4 WHERE label = 'prima';
		DELETE FROM ces_label WHERE label = 'so-so';
		INSERT INTO ces_label_set VALUES ('mine', '1..5');
		UPDATE ces_label_set SET scale = '1..7';
		DELETE FROM ces_label_set;
		SELECT ces_score('prima', 'agreement5')}),
	'4', 'the owner of the database adds, changes and removes labels');
is($node->safe_psql('warehouse', q{
		SELECT count(*) FROM pg_proc JOIN pg_depend ON classid = 'pg_proc'::regclass AND objid = pg_proc.oid AND deptype = 'e'
		JOIN pg_extension e ON refobjid = e.oid WHERE extname = 'ces'
		AND (proowner <> 10 OR prosecdef OR proacl IS NOT NULL)}),
	'0', 'the functions belong to the superuser, and run with the rights of the caller');
like(as_role('analyst', 'warehouse', 'ALTER EXTENSION ces UPDATE'),
	qr/^psql:<stdin>:1: NOTICE:  version "\S+" of extension "ces" is already installed$/, 'the owner may update it');
like(as_role('analyst', 'warehouse', 'CREATE SCHEMA other; ALTER EXTENSION ces SET SCHEMA other'),
	qr/must be owner of type survey.ces_scale/, 'only a superuser may move it, which is a rule of PostgreSQL');

#
# Labels, for roles without rights on the table or its schema.
#
my $look_up = "SELECT survey.ces_score('prima', 'agreement5')";
like(as_role('colleague', 'warehouse', $look_up), qr/permission denied for schema survey/,
	'without USAGE on the schema ces_score fails');
as_role('analyst', 'warehouse', 'GRANT USAGE ON SCHEMA survey TO colleague');
is(as_role('colleague', 'warehouse', $look_up), '4', 'USAGE is all that ces_score needs');
like(as_role('colleague', 'warehouse', "INSERT INTO survey.ces_label (label_set, label, score) VALUES ('agreement5', 'mine', 1)"),
	qr/permission denied for table ces_label/, 'it is not enough to add a label');
is(as_role('steward', 'warehouse', 'GRANT INSERT ON survey.ces_label TO colleague'), '',
	'the owner of the database may let others add labels');
is(as_role('colleague', 'warehouse', "INSERT INTO survey.ces_label (label_set, label, score) VALUES ('agreement5', 'mine', 1)"),
	'', 'then they can');
$node->safe_psql('warehouse', 'REVOKE SELECT ON survey.ces_label FROM PUBLIC');
like(as_role('colleague', 'warehouse', $look_up), qr/permission denied for table ces_label/,
	'ces_score runs as its caller, so it can not read a table that the caller may not');
is(as_role('steward', 'warehouse', $look_up), '4', 'the owner of the database can still read it');
like(as_role('colleague', 'warehouse', 'DROP EXTENSION ces'), qr/must be owner of extension ces/,
	'others can not drop the extension');
is(as_role('analyst', 'warehouse', 'DROP EXTENSION ces; DROP SCHEMA survey, other'), '', 'the owner can, and nothing remains');

#
# A schema in which everybody may create objects. Somebody left functions and operators there
# that match the calls of the install script better than PostgreSQL's own. If the script called
# one, it would run with the rights of the superuser who installs.
#
$node->safe_psql('postgres', 'CREATE ROLE mallory LOGIN; CREATE DATABASE shared');
$node->safe_psql('shared', q{
	CREATE TABLE script AS
	SELECT regexp_replace(pg_read_file(format('%s/extension/ces--%s.sql', setting, default_version)), '--[^\n]*', '', 'g') AS text
	FROM pg_config, pg_available_extensions
	WHERE pg_config.name = 'SHAREDIR' AND pg_available_extensions.name = 'ces';
	GRANT SELECT ON script TO PUBLIC;
	GRANT CREATE ON SCHEMA public TO PUBLIC;
});
my $traps = as_role('mallory', 'shared', q{
	CREATE FUNCTION spring(trap text) RETURNS text LANGUAGE plpgsql AS
	$$ BEGIN RAISE EXCEPTION 'trap: % as %', trap, current_user; END $$;
	CREATE FUNCTION set_traps() RETURNS bigint LANGUAGE plpgsql AS $$
	DECLARE
		trap record;
		traps bigint := 0;
	BEGIN
		-- each function of PostgreSQL that the script names, for types that match better
		FOR trap IN
			SELECT DISTINCT proname AS name, regexp_replace(regexp_replace(oidvectortypes(proargtypes),
				'anyarray', 'text[]', 'g'), 'anyelement|"any"|\mname\M', 'text', 'g') AS arguments
			FROM pg_proc, script
			WHERE pronamespace = 'pg_catalog'::regnamespace AND prokind = 'f' AND proargtypes <> ''
			AND proargtypes::oid[] && ARRAY['anyarray', 'anyelement', '"any"', 'name']::regtype[]::oid[]
			AND script.text ~ format('\m%s\s*\(', proname)
		LOOP
			EXECUTE format('CREATE OR REPLACE FUNCTION %I(%s) RETURNS text LANGUAGE sql AS %L',
				trap.name, trap.arguments, format('SELECT public.spring(%L)', trap.name));
			traps := traps + 1;
		END LOOP;
		-- the operators that the script uses, for pairs of types that PostgreSQL has none for
		FOR trap IN
			SELECT operator AS name, l AS leftarg, r AS rightarg
			FROM pg_catalog.unnest('{=,<>,>=,<=,||}'::text[]) operator, pg_catalog.unnest('{name,text,varchar,bpchar}'::regtype[]) l,
				pg_catalog.unnest('{text,varchar,bpchar}'::regtype[]) r
		LOOP
			EXECUTE format('CREATE OR REPLACE FUNCTION operator_trap(%s, %s) RETURNS boolean LANGUAGE sql AS %L',
				trap.leftarg, trap.rightarg, 'SELECT public.spring(''operator'') IS NULL');
			EXECUTE format('CREATE OPERATOR public.%s (FUNCTION = operator_trap, LEFTARG = %s, RIGHTARG = %s)',
				trap.name, trap.leftarg, trap.rightarg);
			traps := traps + 1;
		END LOOP;
		RETURN traps;
	END $$;
	SELECT set_traps();
});
cmp_ok($traps, '>=', 60, 'traps are set');
like(as_role('mallory', 'shared', "SELECT 'a'::text = 'a'::varchar"), qr/trap: operator as mallory/, 'traps work');
is(as_role('postgres', 'shared', 'CREATE EXTENSION ces'), '', 'CREATE EXTENSION by a superuser calls no trap');
is($node->safe_psql('shared', 'SELECT * FROM ces_all_labels'),
	$node->safe_psql('warehouse', 'CREATE EXTENSION ces; SELECT * FROM ces_all_labels'), 'all labels are there');

$node->stop;
done_testing();
