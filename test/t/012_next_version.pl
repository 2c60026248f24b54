# ALTER EXTENSION ces UPDATE from every older version: the extension becomes the same as a new
# one, and stored data reads the same. Made-up update scripts, each without one object, show
# that the comparison finds an object that is missing.
use strict;
use warnings;
use File::Basename;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Extension;
use Survey;

my $databases = 0;
my %definition_of_new;

sub new_database
{
	my ($node, $sql) = @_;
	my $database = 'database_' . ++$databases;
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, $sql);
	return $database;
}

# The differences between a new extension and one that was updated from this version.
sub difference_after_update
{
	my ($node, $version) = @_;
	$definition_of_new{ $node->name } //=
	  definition_of_extension($node, new_database($node, 'CREATE EXTENSION ces'));
	my $updated = new_database($node, "CREATE EXTENSION ces VERSION '$version'; ALTER EXTENSION ces UPDATE");

	my %sides;
	$sides{$_}++ foreach @{ $definition_of_new{ $node->name } };
	$sides{$_}-- foreach @{ definition_of_extension($node, $updated) };
	return [ grep { $sides{$_} } sort keys %sides ];
}

sub update_is_complete
{
	my ($node, $version) = @_;
	is_deeply(difference_after_update($node, $version), [], "updated from $version, the extension is the same as a new one");

	my $filled = new_database($node, "CREATE EXTENSION ces VERSION '$version'");
	create_survey($node, $filled);
	my $before = contents_of_survey($node, $filled);
	$node->safe_psql($filled, 'ALTER EXTENSION ces UPDATE');
	is_deeply(contents_of_survey($node, $filled), $before, "updated from $version, all data reads the same");
	indexes_are_used($node, $filled);
	return;
}

# Installed versions.
my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my $current = $node->safe_psql('postgres', "SELECT default_version FROM pg_available_extensions WHERE name = 'ces'");
my @older = split /\n/, $node->safe_psql('postgres',
	"SELECT version FROM pg_available_extension_versions WHERE name = 'ces' AND version <> '$current' ORDER BY 1");
note 'older versions: ' . (join(', ', @older) || 'none');
update_is_complete($node, $_) foreach @older;
$node->stop;

# A made-up version, in a copy of the installation.
my $pg_config = `test/lib/copy-server.sh @{[ PostgreSQL::Test::Utils::tempdir ]}` =~ s/\n//r;
my $scripts = `$pg_config --sharedir` =~ s/\n//r . '/extension';
my $next = 'next';
my %in_next = (
	function => q{CREATE FUNCTION ces_made_up(ces_tally) RETURNS bigint LANGUAGE sql IMMUTABLE RETURN (ces_counts($1))[1]},
	marking => q{ALTER FUNCTION ces_median(ces_tally) PARALLEL RESTRICTED},
	privilege => q{REVOKE EXECUTE ON FUNCTION ces_sparkline(ces_tally) FROM PUBLIC},
	comment => q{COMMENT ON TYPE ces_scale IS 'made up'},
	operator => q{CREATE OPERATOR <-> (LEFTARG = ces_tally, RIGHTARG = ces_tally, FUNCTION = _ces_tally_eq)},
	aggregate => q{CREATE AGGREGATE ces_made_up_rollup(ces_tally) (SFUNC = _ces_tally_add, STYPE = ces_tally)},
	type => q{CREATE DOMAIN ces_made_up_scale AS ces_scale},
	column => q{ALTER TABLE ces_label ADD made_up text});

# Write the script that updates to the next version, without one of its objects.
sub write_update
{
	my ($left_out) = @_;
	my $file = "$scripts/ces--$current--$next.sql";
	unlink $file;
	append_to_file($file, join '', map { "$in_next{$_};\n" } grep { $_ ne $left_out } sort keys %in_next);
	return;
}

append_to_file("$scripts/ces--$next.sql",
	slurp_file("$scripts/ces--$current.sql") . join '', map { "$in_next{$_};\n" } sort keys %in_next);
append_to_file("$scripts/ces.control", "default_version = '$next'\n");

my $with_next = PostgreSQL::Test::Cluster->new('with_next', install_path => dirname(dirname($pg_config)));
$with_next->init;
$with_next->start;

write_update('');
update_is_complete($with_next, $current);
foreach my $left_out (sort keys %in_next)
{
	write_update($left_out);
	isnt(scalar @{ difference_after_update($with_next, $current) }, 0, "the comparison finds that an update lacks its $left_out");
}

$with_next->stop;
done_testing();
