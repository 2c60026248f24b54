# Dump and restore: nothing is lost, in any format, in whatever schema.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Survey;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $tempdir = PostgreSQL::Test::Utils::tempdir;

foreach my $schema ('public', 'customer effort')
{
	my $quoted = qq{"$schema"};
	my $source = $schema eq 'public' ? 'source' : 'source_in_schema';
	$node->safe_psql('postgres', "CREATE DATABASE $source");
	create_survey($node, $source, $quoted);
	my $before = contents_of_survey($node, $source, $quoted);
	my $dump = lines_of(dump_of($node, $source));

	foreach my $format ('plain', 'custom', 'directory')
	{
		my $target = "${source}_$format";
		my $file = "$tempdir/$target";
		$node->safe_psql('postgres', "CREATE DATABASE $target");
		$node->command_ok(
			[ 'pg_dump', "--format=$format", '-f', $file, $node->connstr($source) ],
			"$target: dump");
		my @jobs = $format eq 'directory' ? ('--jobs=2') : ();
		$node->command_ok(
			$format eq 'plain'
			? [ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $file, $node->connstr($target) ]
			: [ 'pg_restore', '--exit-on-error', @jobs, '-d', $node->connstr($target), $file ],
			"$target: restore");
		is_deeply(contents_of_survey($node, $target, $quoted), $before, "$target: same contents");
		is_deeply(lines_of(dump_of($node, $target)), $dump, "$target: dumps the same again");
		indexes_are_used($node, $target, $quoted) if $format eq 'directory';
	}
}

# As INSERT statements.
$node->safe_psql('postgres', 'CREATE DATABASE inserts');
$node->command_ok(
	[ 'pg_dump', '--inserts', '--rows-per-insert=100', '-f', "$tempdir/inserts.sql", $node->connstr('source') ],
	'inserts: dump');
$node->command_ok(
	[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', "$tempdir/inserts.sql", $node->connstr('inserts') ],
	'inserts: restore');
is_deeply(contents_of_survey($node, 'inserts'), contents_of_survey($node, 'source'), 'inserts: same contents');

# Into another schema: the extension is there already, in a schema with the name that the
# dump has, and is dropped and created again by the dump.
$node->safe_psql('postgres', 'CREATE DATABASE moved');
$node->safe_psql('moved', 'CREATE SCHEMA elsewhere; CREATE EXTENSION ces SCHEMA elsewhere');
$node->safe_psql('source', 'CREATE DATABASE to_move TEMPLATE source');
$node->safe_psql('to_move', 'CREATE SCHEMA elsewhere; ALTER EXTENSION ces SET SCHEMA elsewhere');
$node->command_ok(
	[ 'pg_dump', '-Fc', '-f', "$tempdir/moved", $node->connstr('to_move') ],
	'another schema: dump');
$node->command_ok(
	[ 'pg_restore', '--exit-on-error', '--clean', '--if-exists', '-d', $node->connstr('moved'), "$tempdir/moved" ],
	'another schema: restore over an extension that is there');
is_deeply(contents_of_survey($node, 'moved', 'elsewhere'),
	contents_of_survey($node, 'source'), 'another schema: same contents');

$node->stop;
done_testing();
