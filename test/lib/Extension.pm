# What the extension consists of in a database.
package Extension;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(definition_of_extension);

# Everything that belongs to ces, in a database without anything else: the definition, comment
# and privileges of each object, as pg_dump writes them for pg_upgrade, and its labels.
sub definition_of_extension
{
	my ($node, $database) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir . "/$database.sql";

	$node->command_ok(
		[ 'pg_dump', '--binary-upgrade', '--schema-only', '-f', $file, $node->connstr($database) ],
		"$database: the definition of the extension is dumped");
	my $dump = slurp_file($file);

	# Leave out what differs between databases, OIDs and transaction IDs, and the settings, which
	# stand before the first object that needs them.
	$dump =~ s/^SELECT pg_catalog\.binary_upgrade_set_.*\n//mg;
	$dump =~ s/^UPDATE pg_catalog\.pg_class\nSET relfrozenxid.*\n.*\n//mg;
	$dump =~ s{(binary_upgrade_create_empty_extension.*)}{$1 =~ s!\d{5,}!OID!gr}ge;
	$dump =~ s/^(SET |\\(un)?restrict ).*\n+//mg;
	my @objects = split /^--\n-- Name: /m, $dump;
	shift @objects;
	my @rows = split /\n/,
	  $node->safe_psql($database, 'SELECT * FROM ces_all_labels');
	return [ sort @objects, @rows ];
}

1;
