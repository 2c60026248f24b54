# Rollups on a physical standby, before and after it is promoted, and on either side of logical
# replication.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Rollup;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 'logical');
$primary->start;

#
# A standby reads what the primary reads, and takes over.
#
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
sub catch_up { $primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert')) }

create_rollups($primary, 'postgres');
$primary->safe_psql('postgres', q{CALL ces_create_rollup('later', 'SELECT channel, ces_tally(effort, ''1..7'') AS effort FROM responses GROUP BY 1', false)});
catch_up();
rollups_are_right($standby, 'postgres', 'standby', problems => 1);
is($standby->safe_psql('postgres', q{SELECT rollup, deltas > 0 FROM ces_rollup_status WHERE problem IS NULL ORDER BY rollup::text}),
	$primary->safe_psql('postgres', q{SELECT rollup, deltas > 0 FROM ces_rollup_status WHERE problem IS NULL ORDER BY rollup::text}),
	'standby: the status is that of the primary');
my ($status, $stdout, $stderr) = $standby->psql('postgres', q{SELECT ces_fold_rollup('daily')});
like($stderr, qr/recovery|read-only/, 'standby: no fold');
like($stderr, qr/^(?!.*(PANIC|TRAP|assert)).*ERROR/s, 'standby: ... but an error');
($status, $stdout, $stderr) = $standby->psql('postgres', q{SELECT ces_repair_rollup('daily')});
like($stderr, qr/recovery|read-only/, 'standby: no repair');
($status, $stdout, $stderr) = $standby->psql('postgres', q{SELECT * FROM later});
like($stderr, qr/ERROR/, 'standby: a rollup that was not populated is not read');
$primary->safe_psql('postgres', q{SELECT ces_fold_rollup('daily'), ces_repair_rollup('later'); TRUNCATE visits_january});
write_answers($primary, 'postgres', 4);
catch_up();
rollups_are_right($standby, 'postgres', 'standby, after a fold');
rollup_is_right($standby, 'postgres', 'later', q{SELECT channel, ces_tally(effort, '1..7') AS effort FROM responses GROUP BY 1}, 'standby');

# Queries of the answers are answered from it there, too.
$primary->safe_psql('postgres', q{SELECT ces_fold_rollup('later'); ANALYZE});
catch_up();
my $unchanged = q{SELECT channel, ces_tally(effort, '1..7') FROM responses GROUP BY channel ORDER BY channel};
is($standby->safe_psql('postgres', "LOAD 'ces'; SELECT used FROM ces_rollup_explain(\$q\$$unchanged\$q\$) WHERE rollup = 'later'::regclass"), 't', 'standby: a rollup is used');
is($standby->safe_psql('postgres', "LOAD 'ces'; $unchanged"), $standby->safe_psql('postgres', "SET ces.enable_rollups = off; $unchanged"), 'standby: ... with the same result');

# What is in progress when the primary goes away never was.
my $session = start_psql($primary, 'postgres', q{BEGIN; INSERT INTO responses VALUES (1, '2026-03-01', 'lost', 1, 7, 10); SELECT ces_fold_rollup('daily'); SELECT pg_sleep(600)});
wait_for_sleep($primary, 'a transaction on the primary');
$primary->safe_psql('postgres', q{INSERT INTO responses VALUES (2, '2026-03-01', 'kept', 1, 7, 10)});
catch_up();
$primary->stop('immediate');
$session->finish;
$standby->promote;
rollups_are_right($standby, 'postgres', 'promoted');
is($standby->safe_psql('postgres', q{SELECT channel, responses FROM daily WHERE day = '2026-03-01'}), 'kept|1', 'promoted: what was committed counts');
write_answers($standby, 'postgres', 5);
rollups_are_right($standby, 'postgres', 'promoted, written');
$standby->safe_psql('postgres', q{SELECT ces_fold_rollup('daily'), ces_fold_rollup('monthly'), ces_fold_rollup('later')});
rollups_are_right($standby, 'postgres', 'promoted, folded');
$standby->stop;

#
# Logical replication. Both servers have the tables; who has rollups differs.
#
$primary->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->start;

my $tables = q{
	CREATE EXTENSION ces;
	CREATE TABLE responses (id integer PRIMARY KEY, answered_on date, channel text, agent integer, effort smallint, recommend integer);
	CREATE TABLE visits (id integer, day date, shop text, score integer, PRIMARY KEY (id, day, shop)) PARTITION BY RANGE (day);
	CREATE TABLE visits_january PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
	CREATE TABLE visits_february PARTITION OF visits FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')};
# The subscriber's partitions are others, and so are their columns.
my $other_tables = $tables =~ s/CREATE TABLE visits_february .*//sr . q{
	CREATE TABLE visits_february (gone integer, score integer, shop text NOT NULL, day date NOT NULL, id integer NOT NULL) PARTITION BY LIST (shop);
	ALTER TABLE visits_february DROP gone;
	CREATE TABLE visits_february_a PARTITION OF visits_february FOR VALUES IN ('a');
	CREATE TABLE visits_february_rest PARTITION OF visits_february DEFAULT};
my $attach = q{ALTER TABLE visits ATTACH PARTITION visits_february FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')};

my %query_of = (
	daily => $Rollup::query_of{daily},
	monthly => $Rollup::query_of{monthly});
sub create
{
	my ($node, $database) = @_;
	$node->safe_psql($database, "CALL ces_create_rollup('$_', \$query\$$query_of{$_}\$query\$)") foreach sort keys %query_of;
	return;
}

sub are_right
{
	my ($node, $database, $name) = @_;
	foreach my $rollup (sort keys %query_of)
	{
		rollup_is_right($node, $database, $rollup, $query_of{$rollup}, $name);
		is($node->safe_psql($database, "SELECT * FROM ces_check_rollup('$rollup')"), '', "$name: the check of $rollup finds nothing");
	}
	is(problems_of($node, $database), '', "$name: no problems");
	return;
}

# One statement for one row, and for many; a cascade of partitions; TRUNCATE.
sub publish
{
	my ($database, $first) = @_;
	$primary->safe_psql($database, qq{
		INSERT INTO responses VALUES ($first, '2026-01-01', 'chat', 1, 7, 10);
		INSERT INTO responses SELECT $first + n, date '2026-01-01' + n % 5, 'chat', n % 3, 1 + n % 7, n % 11 FROM generate_series(1, 200) n;
		UPDATE responses SET effort = 1 WHERE id = $first;
		UPDATE responses SET channel = 'email', recommend = NULL WHERE id % 3 = 0;
		DELETE FROM responses WHERE id % 5 = 0;
		DELETE FROM responses WHERE id = $first + 1;
		BEGIN;
		INSERT INTO visits SELECT $first + n, date '2026-01-01' + n % 59, (ARRAY['a', 'b'])[1 + n % 2], 1 + n % 5 FROM generate_series(1, 100) n;
		INSERT INTO visits VALUES ($first, '2026-02-02', 'a', 5);
		SAVEPOINT s;
		INSERT INTO visits VALUES ($first, '2026-02-03', 'a', 5);
		ROLLBACK TO s;
		UPDATE visits SET score = 1 WHERE id % 7 = 0;
		COMMIT;
		UPDATE visits SET day = day + 28 WHERE id % 11 = 0 AND day < '2026-02-01';
		DELETE FROM visits WHERE id % 13 = 0});
	return;
}

sub databases
{
	my ($name) = @_;
	$_->safe_psql('postgres', "CREATE DATABASE $name") foreach $primary, $subscriber;
	$primary->safe_psql($name, $tables);
	return;
}

sub subscribe
{
	my ($name) = @_;
	$subscriber->safe_psql($name, qq{CREATE SUBSCRIPTION $name CONNECTION '@{[ $primary->connstr ]} dbname=$name' PUBLICATION $name});
	$subscriber->wait_for_subscription_sync($primary, $name, $name);
	return;
}

sub same
{
	my ($name, $what) = @_;
	my $query = q{SELECT * FROM daily ORDER BY day, channel, agent; SELECT * FROM monthly ORDER BY month};
	is($subscriber->safe_psql($name, $query), $primary->safe_psql($name, $query), "$name, $what: the rollups are the same");
	return;
}

#
# The subscriber has the rollups, the publisher none.
#
databases('at_subscriber');
$subscriber->safe_psql('at_subscriber', $other_tables . ';' . ($attach =~ s/;$//r));
create($subscriber, 'at_subscriber');
publish('at_subscriber', 1000);
$primary->safe_psql('at_subscriber', 'CREATE PUBLICATION at_subscriber FOR TABLE responses, visits WITH (publish_via_partition_root = true)');
subscribe('at_subscriber');
are_right($subscriber, 'at_subscriber', 'at_subscriber, copied');
is($subscriber->safe_psql('at_subscriber', 'SELECT sum(responses) FROM daily'), $primary->safe_psql('at_subscriber', 'SELECT count(*) FROM responses'),
	'at_subscriber: all answers are there');
publish('at_subscriber', 2000);
$primary->wait_for_catchup('at_subscriber');
are_right($subscriber, 'at_subscriber', 'at_subscriber, applied');
$subscriber->safe_psql('at_subscriber', q{SELECT ces_fold_rollup('daily'), ces_fold_rollup('monthly')});
publish('at_subscriber', 3000);
$primary->wait_for_catchup('at_subscriber');
are_right($subscriber, 'at_subscriber', 'at_subscriber, folded and applied');
is($subscriber->safe_psql('at_subscriber', 'SELECT sum(responses) FROM daily'), $primary->safe_psql('at_subscriber', 'SELECT count(*) FROM responses'),
	'at_subscriber: all answers are still there');
$primary->safe_psql('at_subscriber', q{TRUNCATE visits; INSERT INTO visits VALUES (1, '2026-01-01', 'a', 5)});
$primary->wait_for_catchup('at_subscriber');
are_right($subscriber, 'at_subscriber', 'at_subscriber, visits emptied');
is($subscriber->safe_psql('at_subscriber', 'SELECT visits FROM monthly'), '1', 'at_subscriber: one visit is there');
$primary->safe_psql('at_subscriber', q{TRUNCATE responses});
$primary->wait_for_catchup('at_subscriber');
are_right($subscriber, 'at_subscriber', 'at_subscriber, responses emptied');
is($subscriber->safe_psql('at_subscriber', 'SELECT count(*) FROM daily'), '0', 'at_subscriber: no answers are there');
# Created while changes arrive.
$subscriber->safe_psql('at_subscriber', q{SELECT ces_drop_rollup('daily'), ces_drop_rollup('monthly')});
my $writer = start_psql($primary, 'at_subscriber', join '', map {
	"INSERT INTO responses SELECT 10000 * $_ + n, date '2026-01-01' + n % 5, 'chat', n % 3, 1 + n % 7, n % 11 FROM generate_series(1, 10) n;\n"
	  . "UPDATE responses SET effort = 2 WHERE id % 9 = 0 AND id > 10000 * $_;\n" } 1 .. 300);
$primary->poll_query_until('at_subscriber', 'SELECT count(*) > 200 FROM responses');
create($subscriber, 'at_subscriber');
$writer->finish;
$primary->wait_for_catchup('at_subscriber');
are_right($subscriber, 'at_subscriber', 'at_subscriber, created meanwhile');
is($subscriber->safe_psql('at_subscriber', 'SELECT sum(responses) FROM daily'), '3000', 'at_subscriber, created meanwhile: all answers are there');
# Partition by partition, without the root. Here the partitions are the same.
$subscriber->safe_psql('at_subscriber', 'DROP SUBSCRIPTION at_subscriber');
databases('by_partition');
$subscriber->safe_psql('by_partition', $tables);
create($subscriber, 'by_partition');
$primary->safe_psql('by_partition', 'CREATE PUBLICATION by_partition FOR TABLE responses, visits');
publish('by_partition', 1000);
subscribe('by_partition');
publish('by_partition', 2000);
$primary->wait_for_catchup('by_partition');
are_right($subscriber, 'by_partition', 'by_partition');
$primary->safe_psql('by_partition', q{TRUNCATE visits_january});
publish('by_partition', 3000);
$primary->wait_for_catchup('by_partition');
are_right($subscriber, 'by_partition', 'by_partition, emptied');
$subscriber->safe_psql('by_partition', 'DROP SUBSCRIPTION by_partition');

#
# The publisher has the rollups, and publishes everything; the subscriber has only the answers.
#
databases('at_publisher');
create($primary, 'at_publisher');
$primary->safe_psql('at_publisher', 'CREATE PUBLICATION answers FOR TABLE responses, visits');
publish('at_publisher', 1000);
$subscriber->safe_psql('at_publisher', $tables);
$subscriber->safe_psql('at_publisher', qq{CREATE SUBSCRIPTION at_publisher CONNECTION '@{[ $primary->connstr ]} dbname=at_publisher' PUBLICATION answers});
$subscriber->wait_for_subscription_sync($primary, 'at_publisher', 'at_publisher');
publish('at_publisher', 2000);
$primary->safe_psql('at_publisher', q{SELECT ces_fold_rollup('daily'), ces_fold_rollup('monthly')});
publish('at_publisher', 3000);
$primary->wait_for_catchup('at_publisher');
are_right($primary, 'at_publisher', 'at_publisher');
is($subscriber->safe_psql('at_publisher', 'SELECT count(*) FROM responses'), $primary->safe_psql('at_publisher', 'SELECT count(*) FROM responses'),
	'at_publisher: the answers are copied');
$subscriber->safe_psql('at_publisher', 'DROP SUBSCRIPTION at_publisher');

#
# FOR ALL TABLES, so the rollups' own tables, too, and rollups on both sides: each counts what it
# has.
#
databases('on_both');
create($primary, 'on_both');
publish('on_both', 1000);
$primary->safe_psql('on_both', q{SELECT ces_fold_rollup('daily'); CREATE PUBLICATION on_both FOR ALL TABLES});
publish('on_both', 2000);
are_right($primary, 'on_both', 'on_both, publisher');
my $schema = PostgreSQL::Test::Utils::tempdir . '/schema.sql';
$primary->command_ok([ 'pg_dump', '--schema-only', '--no-publications', '-f', $schema, $primary->connstr('on_both') ], 'on_both: the schema is dumped');
$subscriber->command_ok([ 'psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-f', $schema, $subscriber->connstr('on_both') ], 'on_both: ... and restored');
subscribe('on_both');
paste_remedies($subscriber, 'on_both', 'on_both');
are_right($subscriber, 'on_both', 'on_both, copied');
same('on_both', 'copied');
publish('on_both', 3000);
$primary->safe_psql('on_both', q{SELECT ces_fold_rollup('daily'), ces_fold_rollup('monthly')});
publish('on_both', 4000);
$primary->wait_for_catchup('on_both');
are_right($primary, 'on_both', 'on_both, publisher, folded');
are_right($subscriber, 'on_both', 'on_both, applied');
same('on_both', 'applied');
$subscriber->safe_psql('on_both', q{SELECT ces_fold_rollup('daily'), ces_fold_rollup('monthly')});
publish('on_both', 5000);
$primary->safe_psql('on_both', q{SELECT ces_fold_rollup('daily'), ces_repair_rollup('monthly')});
$primary->wait_for_catchup('on_both');
same('on_both', 'folded on both');
$primary->safe_psql('on_both', q{TRUNCATE responses; TRUNCATE visits});
$primary->wait_for_catchup('on_both');
are_right($subscriber, 'on_both', 'on_both, emptied');
is($subscriber->safe_psql('on_both', 'SELECT count(*) FROM daily'), '0', 'on_both, emptied: no answers are there');
publish('on_both', 6000);
$primary->safe_psql('on_both', q{SELECT ces_fold_rollup('daily')});
$primary->wait_for_catchup('on_both');
same('on_both', 'filled again');
is($primary->safe_psql('on_both', q{SELECT ces_drop_rollup('daily'), ces_drop_rollup('monthly')}), '|', 'on_both: rollups are dropped on the publisher');
publish('on_both', 7000);
$primary->wait_for_catchup('on_both');
are_right($subscriber, 'on_both', 'on_both, when the publisher has none');
$subscriber->safe_psql('on_both', 'DROP SUBSCRIPTION on_both');

$subscriber->stop;
$primary->stop;
done_testing();
