# The extension in a database: what it consists of.
package Extension;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(definition_of_extension);

# Everything that belongs to ces in a database that has nothing else: the definition,
# comment and privileges of each object, as pg_upgrade has pg_dump write them, and the
# rows of its table.
sub definition_of_extension
{
	my ($node, $database) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir . "/$database.sql";

	$node->command_ok(
		[ 'pg_dump', '--binary-upgrade', '--schema-only', '-f', $file, $node->connstr($database) ],
		"$database: the definition of the extension is dumped");
	my $dump = slurp_file($file);

	# leave out what differs from database to database: OIDs and transactions; and
	# settings, which stand before the object that first needs them
	$dump =~ s/^SELECT pg_catalog\.binary_upgrade_set_.*\n//mg;
	$dump =~ s/^UPDATE pg_catalog\.pg_class\nSET relfrozenxid.*\n.*\n//mg;
	$dump =~ s{(binary_upgrade_create_empty_extension.*)}{$1 =~ s!\d{5,}!OID!gr}ge;
	$dump =~ s/^(SET |\\(un)?restrict ).*\n+//mg;
	my @objects = split /^--\n-- Name: /m, $dump;
	shift @objects;
	my @rows = split /\n/,
	  $node->safe_psql($database, 'SELECT * FROM ces_label WHERE builtin');
	return [ sort @objects, @rows ];
}

1;
