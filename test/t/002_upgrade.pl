# pg_upgrade from the PostgreSQL before this one, if it is installed beside this one and
# has ces, too: everything that is stored arrives whole, and so does the extension.
use strict;
use warnings;
use Cwd;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Extension;
use Rollup;
use Survey;

my $oldest_supported = 15;

# Debian has each version in a folder of its own: /usr/lib/postgresql/17/bin.
my $bindir = Cwd::realpath(`pg_config --bindir` =~ s/\n//r);
my ($installations, $version) = $bindir =~ m{^(.*)/(\d+)/bin$}
  or plan skip_all => "pg_upgrade: older versions are not beside $bindir";

sub has_ces
{
	my ($path) = @_;
	my $libdir = `$path/bin/pg_config --pkglibdir`;
	chomp $libdir;
	return -e "$libdir/ces.so";
}

my ($old_version) = grep { has_ces("$installations/$_") }
  sort { $b <=> $a }
  grep { $_ >= $oldest_supported && $_ < $version }
  map { m{/(\d+)/bin/postgres$} } glob "$installations/*/bin/postgres";
plan skip_all => "pg_upgrade: no PostgreSQL before $version is installed in $installations and has ces"
  if !defined $old_version;
note "from PostgreSQL $old_version to $version";

# A cluster of either version. With checksums: the default of initdb differs between
# versions, and both clusters must agree.
sub new_clusters
{
	my ($name) = @_;
	my $old = PostgreSQL::Test::Cluster->new("old$name", install_path => "$installations/$old_version");
	$old->init(extra => ['--data-checksums']);
	$old->start;
	my $new = PostgreSQL::Test::Cluster->new("new$name");
	$new->init(extra => ['--data-checksums']);
	return ($old, $new);
}

sub upgrade_command
{
	my ($old, $new) = @_;
	return (
		'pg_upgrade', '--no-sync',
		'--old-datadir', $old->data_dir, '--new-datadir', $new->data_dir,
		'--old-bindir', "$installations/$old_version/bin", '--new-bindir', $bindir,
		'--socketdir', $new->host, '--old-port', $old->port, '--new-port', $new->port);
}

# A minor release can be too old to upgrade from a newer one of the version before: since
# 17.12, each column has an option pg_attver that 18.6 refuses, whatever is in the cluster.
my ($old_plain, $new_plain) = new_clusters('_plain');
$old_plain->safe_psql('postgres', 'CREATE TABLE plain (id integer)');
$old_plain->stop;
if (!run_log([ upgrade_command($old_plain, $new_plain) ]))
{
	my $logs = join '', map { slurp_file($_) } glob $new_plain->data_dir . '/pg_upgrade_output.d/*/log/*';
	plan skip_all => "pg_upgrade: PostgreSQL $version here is too old to upgrade from this $old_version"
	  if $logs =~ /unrecognized parameter "pg_attver"/;
	BAIL_OUT("pg_upgrade of a plain table failed:\n$logs");
}

my ($old, $new) = new_clusters('');

my %schema_of = (survey => 'public', elsewhere => '"customer effort"');
my (%contents, %labels, %dump_file);
my $all_labels = 'SELECT * FROM %s.ces_all_labels ORDER BY label_set, language, label COLLATE "C"';
foreach my $database (sort keys %schema_of)
{
	$old->safe_psql('postgres', "CREATE DATABASE $database");
	create_survey($old, $database, $schema_of{$database});
	$contents{$database} = contents_of_survey($old, $database, $schema_of{$database});
	$labels{$database} = $old->safe_psql($database, sprintf $all_labels, $schema_of{$database});
	$dump_file{$database} = dump_of($old, $database, $new);
}
$old->safe_psql('postgres', 'CREATE DATABASE rollups');
create_rollups($old, 'rollups');
$old->safe_psql('postgres', 'CREATE DATABASE bare');
$old->safe_psql('bare', 'CREATE EXTENSION ces');
my $extversion = $old->safe_psql('bare', "SELECT extversion FROM pg_extension WHERE extname = 'ces'");
$old->stop;

$new->command_ok([ upgrade_command($old, $new) ], "pg_upgrade from $old_version to $version");
$new->start;

foreach my $database (sort keys %schema_of)
{
	my $schema = $schema_of{$database};
	is_deeply(contents_of_survey($new, $database, $schema), $contents{$database}, "$database: same contents");
	is($new->safe_psql($database, sprintf $all_labels, $schema), $labels{$database}, "$database: same labels");

	# Versions print views differently, so compare the dump with that of a restored database.
	my $restored = "${database}_restored";
	$new->safe_psql('postgres', "CREATE DATABASE $restored");
	$new->command_ok(
		[ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $dump_file{$database}, $new->connstr($restored) ],
		"$database: restore of the dump from before");
	is_deeply(lines_of(dump_of($new, $database)), lines_of(dump_of($new, $restored)), "$database: same dump as after a restore");
	indexes_are_used($new, $database, $schema);

	$new->safe_psql($database, 'CREATE EXTENSION amcheck');
	is( $new->safe_psql($database, q{
			SELECT count(bt_index_check(i.indexrelid, heapallindexed => true)) > 10
			FROM pg_index i JOIN pg_class c ON c.oid = i.indexrelid JOIN pg_am a ON a.oid = c.relam
			WHERE a.amname = 'btree' AND c.relpersistence = 'p'}),
		't', "$database: amcheck finds btree indexes in order");
	is( $new->safe_psql($database, q{
			SELECT c.oid::regclass, v.msg FROM pg_class c, verify_heapam(c.oid) v
			WHERE c.relkind IN ('r', 'm') AND c.relnamespace <> 'pg_catalog'::regnamespace}),
		'', "$database: amcheck finds tables in order");

	# Derived data is computed again and is the same, and answers are added.
	$new->safe_psql($database, "SET search_path = public, $schema; REFRESH MATERIALIZED VIEW weekly; REINDEX DATABASE $database");
	is_deeply(contents_of_survey($new, $database, $schema), $contents{$database}, "$database: same contents, computed again");
	is( $new->safe_psql($database, qq{
			SET search_path = public, $schema;
			UPDATE daily SET effort = effort + '1..7 {0,0,0,0,0,0,1}'
			WHERE ces_scale(effort) = '1..7' AND channel <> 'wide';
			SELECT ces_count(n.effort) - ces_count(o.effort) = (SELECT count(*) FROM daily WHERE date_trunc('week', day) = n.week)
			FROM (SELECT date_trunc('week', day)::date AS week, ces_rollup(effort) AS effort FROM daily
				WHERE ces_scale(effort) = '1..7' GROUP BY week) n JOIN weekly o USING (week)
			WHERE week = '2026-01-12'}),
		't', "$database: answers are added to old tallies");
}

# Rollups are right, and go on.
rollups_are_right($new, 'rollups', 'rollups');
write_answers($new, 'rollups', 4);
rollups_are_right($new, 'rollups', 'rollups, written');
$new->safe_psql('rollups', q{
	CREATE TABLE visits_march PARTITION OF visits FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
	INSERT INTO visits_march VALUES (1, '2026-03-01', 'a', 5);
	SELECT ces_fold_rollup('daily'), ces_fold_rollup('monthly')});
rollups_are_right($new, 'rollups', 'rollups, folded');

# The extension is the same as one created in this version.
$new->safe_psql('bare', 'ALTER EXTENSION ces UPDATE');
is( $new->safe_psql('bare', "SELECT extversion FROM pg_extension WHERE extname = 'ces'"),
	$extversion, 'ALTER EXTENSION UPDATE has nothing to do');
$new->safe_psql('postgres', 'CREATE DATABASE fresh');
$new->safe_psql('fresh', 'CREATE EXTENSION ces');
is_deeply(definition_of_extension($new, 'bare'), definition_of_extension($new, 'fresh'),
	'the extension is the same as a new one');

$new->stop;
done_testing();
