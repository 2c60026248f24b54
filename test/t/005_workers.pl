# Parallel plans that get fewer workers than they were planned for, or lose them.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', q{
parallel_setup_cost = 0
parallel_tuple_cost = 0
min_parallel_table_scan_size = 0
max_parallel_workers_per_gather = 2
restart_after_crash = on
});
$node->start;
$node->safe_psql('postgres', q{
	CREATE EXTENSION ces;
	CREATE TABLE responses AS
	SELECT n AS id, n % 50 AS agent, nullif(1 + n * 37 % 8, 8) AS effort, n % 11 AS recommend
	FROM generate_series(1, 20000) n;
	ALTER TABLE responses SET (parallel_workers = 2);
	ANALYZE responses;
});

# A pause in each row keeps the workers busy until they are stopped.
my $metrics = q{ces_topbox(effort), ces_mean(effort), nps(recommend), csat(effort, '1..7'), ces_tally(effort, '1..7')};
my $query = "SELECT agent, $metrics FROM responses GROUP BY agent ORDER BY agent";
my $slow_query = "SELECT agent, $metrics FROM responses WHERE pg_sleep(0.01) IS NOT NULL GROUP BY agent ORDER BY agent";
my $serial = $node->safe_psql('postgres', "SET max_parallel_workers_per_gather = 0; $query");

sub plan_of
{
	my ($settings) = @_;
	return $node->safe_psql('postgres', "$settings EXPLAIN (ANALYZE, COSTS OFF, TIMING OFF) $query");
}

# No worker is available, one of two, and both.
foreach my $available (0, 1, 2)
{
	my $settings = "SET max_parallel_workers = $available;";
	my $plan = plan_of($settings);
	like($plan, qr/Workers Planned: 2\s+Workers Launched: $available\b/, "2 workers planned, $available launched");
	like($plan, qr/Finalize.*Partial/s, "$available workers: their results are combined");
	is($node->safe_psql('postgres', "$settings $query"), $serial, "$available workers: same result");
	is($node->safe_psql('postgres', "$settings SET debug_parallel_query = on; $query" =~
			s/debug_parallel_query/$node->pg_version < 16 ? 'force_parallel_mode' : 'debug_parallel_query'/er),
		$serial, "$available workers: same result from a forced parallel plan");
}

# A worker is terminated: the query fails, and nothing else does.
sub start_slow_query
{
	my ($output, $errors) = @_;
	my $client = IPC::Run::start(
		[ 'psql', '-XAtq', '-d', $node->connstr('postgres'), '-c', $slow_query, '-c', $query ],
		'>', $output, '2>', $errors);
	$node->poll_query_until('postgres', "SELECT count(*) = 2 FROM pg_stat_activity WHERE backend_type = 'parallel worker' AND wait_event = 'PgSleep'")
	  or BAIL_OUT('the workers never started');
	return $client;
}
my $client = start_slow_query(\my $output, \my $errors);
is($node->safe_psql('postgres', "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'parallel worker' LIMIT 1"),
	't', 'a worker is terminated');
$client->finish;
like($errors, qr/terminating .* due to administrator command/, 'the query fails, and says why');
is($output, "$serial\n", 'the session continues, with the right result');

# A worker is killed: the server restarts.
$client = start_slow_query(\$output, \$errors);
my $worker = $node->safe_psql('postgres', "SELECT pid FROM pg_stat_activity WHERE backend_type = 'parallel worker' LIMIT 1");
is(kill(9, $worker), 1, 'a worker is killed');
$client->finish;
like($errors, qr/because of crash of another server process|server closed the connection|lost connection to parallel worker/, 'the query fails');
$node->poll_query_until('postgres', 'SELECT true') or BAIL_OUT('the server does not come back');
is($node->safe_psql('postgres', $query), $serial, 'afterwards the result is right');

$node->stop;
done_testing();
