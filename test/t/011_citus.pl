# Answers distributed over two workers of Citus: the workers count, and the coordinator
# merges their tallies. The setup is that of doc/many-servers.md. Skipped unless Citus is
# installed.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Document;
use ManyServers;

sub new_node
{
	my ($name) = @_;
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf', q{
		fsync = off
		shared_buffers = 32MB
		listen_addresses = '127.0.0.1'
	});
	return $node;
}

my $coordinator = new_node('coordinator');
$coordinator->start;
my $version = $coordinator->safe_psql('postgres',
	q{SELECT default_version FROM pg_available_extensions WHERE name = 'citus'});
if ($version eq '')
{
	$coordinator->stop;
	plan skip_all => 'citus is not in pg_available_extensions';
}
note("Citus $version");
$coordinator->stop;

my @workers = map { new_node("worker_$_") } 1, 2;
foreach my $node ($coordinator, @workers)
{
	$node->append_conf('postgresql.conf', q{
		shared_preload_libraries = 'citus'
		citus.node_conninfo = 'sslmode=prefer'
		citus.enable_statistics_collection = off
		citus.shard_count = 6
	});
	$node->start;
	$node->safe_psql('postgres', q{CREATE DATABASE surveys TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'});
	$node->safe_psql('surveys', 'CREATE EXTENSION citus');
}
$coordinator->safe_psql('surveys', join ';',
	"SELECT citus_set_coordinator_host('127.0.0.1', " . $coordinator->port . ')',
	map { "SELECT citus_add_node('127.0.0.1', " . $_->port . ')' } @workers);

# The answers twice: distributed, and on the coordinator alone.
my $survey = slurp_file('doc/survey.sql');
$coordinator->safe_psql('surveys', $survey);
$coordinator->safe_psql('surveys', 'CREATE TABLE single AS SELECT * FROM responses');
run_at_places('doc/many-servers.md', coordinator => [ $coordinator, 'surveys' ]);

foreach my $worker (@workers)
{
	is($worker->safe_psql('surveys', q{SELECT count(*) FROM pg_extension WHERE extname = 'ces'}), 1,
		$worker->name . ': CREATE EXTENSION came here');
	cmp_ok($worker->safe_psql('surveys', q{SELECT count(*) FROM pg_dist_placement p JOIN pg_dist_shard s USING (shardid)
			WHERE logicalrelid = 'responses'::regclass AND groupid = (SELECT groupid FROM pg_dist_local_group)}),
		'>', 0, $worker->name . ': has a part of the answers');
}

sub plan_of
{
	my ($sql) = @_;
	return $coordinator->safe_psql('surveys', "EXPLAIN (VERBOSE, COSTS OFF) $sql");
}

# Do the workers count, and the coordinator combine? Since Citus 14 they exchange tallies in
# binary form, before that as text.
sub is_split
{
	my ($sql, $aggregate, $name) = @_;
	my $plan = plan_of($sql);
	like($plan, qr/Query: SELECT .*worker_(binary_)?partial_agg\('public\.$aggregate\([^)]*\)'::regprocedure/, "$name: workers count")
	  or diag($plan);
	like($plan, qr/Output: .*coord_(binary_)?combine_agg\(/, "$name: the coordinator combines");
	return;
}

sub same_as_single
{
	my ($sql, $name) = @_;
	same_result($coordinator->safe_psql('surveys', $sql),
		$coordinator->safe_psql('surveys', $sql =~ s/\bresponses\b/single/gr), $name);
	return;
}

#
# Every aggregate, grouped by a column that is not the distribution column
#
foreach my $aggregate (@aggregates, 'nps(recommend) FILTER (WHERE satisfaction > 3)')
{
	my ($name) = $aggregate =~ /^(\w+)/;
	is_split("SELECT channel, $aggregate FROM responses GROUP BY channel", $name, $aggregate);
	same_as_single("SELECT channel, agent, $aggregate FROM responses GROUP BY channel, agent ORDER BY 1, 2", $aggregate);
}
same_as_single(q{SELECT agent, ces_median(t), ces_stddev(t), ces_mean_ci(t), ces_topbox_ci(t), ces_counts(t)
	FROM (SELECT agent, ces_tally(effort_score, '1..7') AS t FROM responses GROUP BY agent) AS by_agent ORDER BY 1},
	'what is read from a tally');
same_as_single(q{SELECT agent FROM responses GROUP BY agent HAVING nps(recommend) > 30 ORDER BY nps(recommend) DESC}, 'HAVING');
foreach my $aggregate ('nps(DISTINCT recommend)', 'csat(satisfaction ORDER BY agent)')
{
	unlike(plan_of("SELECT $aggregate FROM responses"), qr/partial_agg/, "$aggregate: answers are fetched");
	same_as_single("SELECT $aggregate FROM responses", $aggregate);
}

# Workers without an answer, whose state has a scale all the same.
my $few = q{SELECT nps(satisfaction, '1..5') FILTER (WHERE id = 1), ces_tally(recommend, '0..10') FILTER (WHERE id = 2),
	ces_topbox(recommend, '0..10') FILTER (WHERE id < 0) FROM responses};
$coordinator->safe_psql('surveys', q{UPDATE responses SET satisfaction = 5, recommend = 10 WHERE id IN (1, 2)});
is($coordinator->safe_psql('surveys', $few), '100|0..10 top 9 bottom 6 {0,0,0,0,0,0,0,0,0,0,1}|',
	'answers on one worker only, or none');

#
# A distributed rollup table
#
is_split('SELECT channel, ces_rollup(tally) FROM daily GROUP BY channel', 'ces_rollup', 'ces_rollup');
is_split(q{INSERT INTO daily SELECT answered_at::date, channel, 'new', ces_tally(effort_score, '1..7') FROM responses GROUP BY 1, 2},
	'ces_tally', 'the job');
my $daily = 'SELECT agent, ces_rollup(tally) FROM daily GROUP BY agent ORDER BY agent';
is($coordinator->safe_psql('surveys', $daily),
	$coordinator->safe_psql('surveys', q{SELECT agent, ces_tally(effort_score, '1..7') FROM single GROUP BY agent ORDER BY agent}),
	'the rollup has all answers');
$coordinator->safe_psql('surveys', q{
	UPDATE daily SET tally = tally + '1..7 {1,0,0,0,0,0,0}';
	UPDATE daily SET tally = tally - '1..7 {1,0,0,0,0,0,0}'});
is($coordinator->safe_psql('surveys', $daily),
	$coordinator->safe_psql('surveys', q{SELECT agent, ces_tally(effort_score, '1..7') FROM single GROUP BY agent ORDER BY agent}),
	'the rollup, corrected and corrected back');

# A scale can be the distribution column.
is($coordinator->safe_psql('surveys', q{
	CREATE TABLE by_scale (scale ces_scale, tally ces_tally);
	SELECT FROM create_distributed_table('by_scale', 'scale');
	INSERT INTO by_scale VALUES ('1..7', '1..7 {1,2,3,4,5,6,7}'), ('7..1', '7..1 {1,1,1,1,1,1,1}'), ('nps', NULL);
	SELECT tally FROM by_scale WHERE scale = '7..1'}) =~ s/^\s+//r,
	'7..1 top 3 bottom 5 {1,1,1,1,1,1,1}', 'distributed by scale');

#
# Labels and errors
#
$coordinator->safe_psql('surveys', q{
	CREATE TABLE words (id integer, answer text);
	SELECT create_distributed_table('words', 'id');
	INSERT INTO words SELECT n, CASE WHEN n % 2 = 0 THEN 'te doen' ELSE 'easy' END FROM generate_series(1, 100) n});
is($coordinator->safe_psql('surveys', q{SELECT ces_mean(ces_score(answer, 'ease5'), '1..5') FROM words}), '3.5',
	'labels of users on the workers');

my ($code, $output, $error) = $coordinator->psql('surveys', 'SELECT channel, csat(effort_score) FROM responses GROUP BY channel');
like($error, qr/ERROR:  score [67] is not on the scale 1\.\.5\n/, 'an error on a worker');
like($error, qr/HINT:  .*name it as the second argument, such as '1\.\.7', or/, 'its hint');
unlike($error, qr/partial_agg\(score/, 'its hint does not name the internal aggregate');

($code, $output, $error) = $coordinator->psql('surveys', 'SELECT ces_rollup(tally) FROM by_scale');
like($error, qr/ERROR:  cannot combine answers on scale .*HINT:  Add the scale/s, 'two scales on two workers');

$_->stop foreach $coordinator, @workers;
done_testing();
