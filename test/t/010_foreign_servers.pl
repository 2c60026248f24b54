# Answers on three servers, read from a fourth with postgres_fdw: the three do the
# counting, and the results equal those of one server that has all answers. The setup is
# that of doc/many-servers.md, run as it stands there.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Document;
use ManyServers;

my %channels = (phone => ['phone'], email => ['email'], online => [ 'chat', 'web' ]);
my %nodes;
foreach my $name (sort keys %channels, 'warehouse')
{
	my $node = PostgreSQL::Test::Cluster->new($name);
	$node->init;
	$node->append_conf('postgresql.conf', "fsync = off\nshared_buffers = 32MB");
	$node->start;
	my $database = $name eq 'warehouse' ? 'warehouse' : 'surveys';
	$node->safe_psql('postgres', "CREATE DATABASE $database TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
	$nodes{$name} = $node;
}
my @servers = @nodes{ sort keys %channels };
my $warehouse = $nodes{warehouse};

# Each server has the answers of its channels. A database beside the warehouse has all
# answers, for comparison.
my $survey = slurp_file('doc/survey.sql');
foreach my $name (sort keys %channels)
{
	my $list = join ', ', map { "'$_'" } @{ $channels{$name} };
	$nodes{$name}->safe_psql('surveys', "$survey\nDELETE FROM responses WHERE channel NOT IN ($list)");
}
$warehouse->safe_psql('postgres', "CREATE DATABASE single TEMPLATE template0 ENCODING 'UTF8' LOCALE 'C'");
$warehouse->safe_psql('single', "CREATE EXTENSION ces;\n$survey");

run_at_places('doc/many-servers.md',
	warehouse => [ $warehouse, 'warehouse' ],
	map { $_ => [ $nodes{$_}, 'surveys' ] } keys %channels);

sub plan_of
{
	my ($sql) = @_;
	return $warehouse->safe_psql('warehouse', "EXPLAIN (VERBOSE, COSTS OFF) $sql");
}

sub sql_in
{
	my ($plan) = @_;
	return $plan =~ /Remote SQL: (.*)/g;
}

# The lines of a plan in which the warehouse itself aggregates or filters answers.
my $done_here = qr/^\s*(?:->\s+)?(?:\w+ )*(?:\w*Aggregate\b|Filter:)/m;

# Do the servers compute all of it? $expected is what each is asked for.
sub is_shipped
{
	my ($sql, $expected, $name) = @_;
	my $plan = plan_of($sql);
	is(scalar(grep { /$expected/ } sql_in($plan)), 3, "$name: computed by the three servers")
	  or diag($plan);
	unlike($plan, $done_here, "$name: and not by the warehouse");
	return;
}

# Does the warehouse fetch rows and do the rest itself?
sub is_fetched
{
	my ($sql, $not_expected, $name) = @_;
	my $plan = plan_of($sql);
	is(scalar(grep { /$not_expected/ } sql_in($plan)), 0, "$name: not computed by the servers")
	  or diag($plan);
	like($plan, $done_here, "$name: but by the warehouse");
	return;
}

# Does a query return the same on the warehouse as on the single server?
sub same_as_single
{
	my ($sql, $name, $sql_of_single) = @_;
	same_result($warehouse->safe_psql('warehouse', $sql),
		$warehouse->safe_psql('single', $sql_of_single // $sql), $name);
	return;
}

#
# The servers compute every aggregate if the query groups by the partition key
#
foreach my $aggregate (@aggregates)
{
	my ($name) = $aggregate =~ /^(\w+)/;
	is_shipped("SELECT channel, $aggregate FROM responses GROUP BY channel",
		qr/^SELECT channel, public\.$name\(.* FROM public\.responses GROUP BY 1$/, $aggregate);
	same_as_single("SELECT channel, $aggregate FROM responses GROUP BY channel ORDER BY 1", $aggregate);
}
is_shipped('SELECT channel, week, ces_rollup(effort) FROM weekly GROUP BY channel, week',
	qr/^SELECT channel, week, public\.ces_rollup\(effort\) FROM public\.weekly GROUP BY 1, 2$/, 'ces_rollup');
same_as_single(
	'SELECT channel, week, ces_rollup(effort) FROM weekly GROUP BY channel, week ORDER BY 1, 2', 'ces_rollup',
	q{SELECT channel, date_trunc('week', answered_at)::date AS week, ces_tally(effort_score, '1..7')
	  FROM responses GROUP BY channel, week ORDER BY 1, 2});

my $all_metrics = q{SELECT channel, agent, nps(recommend), ces_topbox(effort_score), csat(satisfaction),
	ces_mean(effort_score, '1..7'), ces_median(ces_tally(recommend, '0..10')),
	lower(ces_topbox_ci(ces_tally(effort_score, '1..7')))
	FROM responses GROUP BY channel, agent ORDER BY 1, 2};
same_as_single($all_metrics, 'many metrics of many groups');

my $filtered = q{SELECT channel, date_bin('7 days', answered_at, '2026-01-05')::date AS week,
	ces_topbox(effort_score) FILTER (WHERE effort_score <@ ces_scale(1, 6) AND '1..5' @> satisfaction)
	FROM responses
	WHERE recommend <@ '1..9' AND ces_pomp(effort_score, '1..7') > 10
	GROUP BY channel, week
	HAVING ces_tally(effort_score, '1..7') <> '1..7 {0,0,0,0,0,0,1}' AND ces_mean(effort_score) > 5};
is_shipped($filtered,
	qr/FILTER \(WHERE \(\(effort_score OPERATOR\(public\.<@\) '1\.\.6 .*'::public\.ces_scale\).*OPERATOR\(public\.@>\).* WHERE .*recommend OPERATOR\(public\.<@\) '1\.\.9 .* GROUP BY 1, 2 HAVING .*OPERATOR\(public\.<>\) '1\.\.7 top 5 bottom 3 \{0,0,0,0,0,0,1\}'/,
	'FILTER, WHERE and HAVING');
same_as_single("$filtered ORDER BY 1, 2", 'FILTER, WHERE and HAVING');

#
# It takes the option 'extensions', and nothing more
#
my $by_channel = 'SELECT channel, nps(recommend) FROM responses GROUP BY channel';
my $alter_servers = sub {
	my ($change) = @_;
	$warehouse->safe_psql('warehouse', join ';', map { "ALTER SERVER $_ OPTIONS ($change)" } keys %channels);
};
$alter_servers->('DROP extensions');
is_fetched($by_channel, qr/nps/, 'without extensions');
is_fetched(q{SELECT channel FROM responses WHERE effort_score <@ '1..5'}, qr/<@/, 'an operator without extensions');
same_as_single("$by_channel ORDER BY 1", 'without extensions');
$alter_servers->(q{ADD extensions 'ces'});
is_shipped($by_channel, qr/public\.nps\(recommend\)/, 'with extensions again');

$alter_servers->(q{ADD use_remote_estimate 'true'});
is_shipped($by_channel, qr/public\.nps\(recommend\)/, 'use_remote_estimate');
$alter_servers->(q{DROP use_remote_estimate});

# What the servers don't compute, as the document says.
is_fetched($_, qr/nps\(/, $_) foreach (
	'SELECT agent, nps(recommend) FROM responses GROUP BY agent',
	'SELECT channel, nps(recommend) FROM responses GROUP BY ROLLUP (channel)',
	q{SELECT channel, date_trunc('week', answered_at), nps(recommend) FROM responses GROUP BY 1, 2},
	q{SELECT channel, answered_at::timestamptz::date, nps(recommend) FROM responses GROUP BY 1, 2},
	q{SELECT channel, nps(recommend) FROM responses WHERE ces_box(effort_score, '1..7') = 'top' GROUP BY 1},
	q{SELECT channel, nps(ces_score(agent, 'ease5')) FROM responses GROUP BY channel});
# Answers in words are counted where the labels are.
is_shipped(q{SELECT channel, nps(agent, 'ease5') FROM responses GROUP BY channel},
	qr/^SELECT channel, public\.nps\(agent, 'ease5'(::text)?\) FROM public\.responses GROUP BY 1$/, 'answers in words');

#
# Functions of tallies, and literals of both types
#
is_shipped(
	q{SELECT agent FROM weekly
	  WHERE ces_count(effort) > 10 AND ces_topbox(effort, 6) > 50 AND ces_median(effort) >= 6
		AND ces_stddev(effort) < 2 AND nps(recommend) > 0 AND csat(satisfaction) > 0
		AND upper(nps_ci(recommend, 0.9)) < 80 AND ces_counts(effort) <> '{}'
		AND ces_scale(effort) = '1..7' AND effort - '1..7 {0,0,0,0,0,0,0}' = effort},
	qr/^SELECT agent FROM public\.weekly WHERE /,
	'functions of tallies');

# Counters of every width, a scale that falls, one below zero, one of 101 points.
my @tallies = (
	'1..7 top 5 bottom 3 {0,1,255,0,0,0,0}', '1..7 top 6 bottom 2 {0,1,256,0,0,0,65535}',
	'5..1 top 2 bottom 4 {65536,0,0,0,1}', '-100..-98 top -98 bottom -99 {4294967296,0,9223372030000000000}',
	'100..0 top 0 bottom 100 {' . join(',', 0 .. 100) . '}');
$nodes{phone}->safe_psql('surveys',
	'CREATE TABLE tallies (id integer, tally ces_tally, scale ces_scale); GRANT ALL ON tallies TO reports');
$warehouse->safe_psql('warehouse',
	'CREATE FOREIGN TABLE tallies (id integer, tally ces_tally, scale ces_scale) SERVER phone');
foreach my $id (0 .. $#tallies)
{
	my $literal = $tallies[$id];
	my ($scale) = $literal =~ /^(.*) \{/;
	$warehouse->safe_psql('warehouse', "INSERT INTO tallies VALUES ($id, '$literal', '$scale')");
	is( $nodes{phone}->safe_psql('surveys', "SELECT tally, scale FROM tallies WHERE id = $id"),
		"$literal|$scale", "$scale: written to another server");
	foreach my $condition ("tally = '$literal'", "scale = '$scale'")
	{
		my $query = "SELECT id FROM tallies WHERE $condition";
		is($warehouse->safe_psql('warehouse', $query), $id, "$scale: found by $condition");
		my ($asked) = sql_in(plan_of($query));
		my ($column, $text) = $condition =~ /^(\w+) = '(.*)'$/;
		like($asked, qr/WHERE \(\($column OPERATOR\(public\.=\) '\Q$text\E'(::public\.ces_$column)?\)\)/,
			"$scale: there, and not here");
	}
}
my $update = q{UPDATE tallies SET tally = tally + '5..1 {1,0,0,0,0}' WHERE scale = '5..1'};
like(plan_of($update), qr/Foreign Update.*\n.*Remote SQL: UPDATE public\.tallies SET tally = \(tally OPERATOR\(public\.\+\)/,
	'a tally is added to where it lies');
$warehouse->safe_psql('warehouse', $update);
is($warehouse->safe_psql('warehouse', q{SELECT tally FROM tallies WHERE scale = '5..1'}),
	'5..1 top 2 bottom 4 {65537,0,0,0,1}', 'a tally is added to');

#
# Without the partition key in GROUP BY: the servers send tallies, ces_rollup adds them up,
# and everything that can be read from a tally is read from the sum of three.
#
sub readings
{
	my ($tally, $cut) = @_;
	return map { s/TALLY/$tally/gr } (
		'TALLY', map({ "$_(TALLY)" } qw(ces_count ces_mean ces_stddev ces_median ces_topbox ces_bottombox
				ces_net nps csat ces_pomp ces_counts ces_scale ces_sparkline
				ces_topbox_ci csat_ci nps_ci ces_mean_ci)),
		"ces_topbox(TALLY, $cut)", "ces_bottombox(TALLY, $cut)", 'ces_mean_ci(TALLY, 0.99)',
		'(SELECT array_agg(h) FROM ces_histogram(TALLY) AS h)');
}
my $everything = join ",\n", readings('effort', 6), readings('recommend', 8), readings('satisfaction', 5);
my $tallies = q{ces_tally(effort_score, '1..7') AS effort, ces_tally(recommend, '0..10') AS recommend,
	ces_tally(satisfaction, '1..5') AS satisfaction};
my $rollups = join ', ', map { "ces_rollup($_) AS $_" } qw(effort recommend satisfaction);

foreach my $group ('agent', q{'all'})
{
	my $single = "SELECT grp, $everything FROM (SELECT $group AS grp, $tallies FROM responses GROUP BY 1) AS t ORDER BY grp";
	my $views = "SELECT grp, $everything FROM (SELECT $group AS grp, $rollups FROM weekly GROUP BY 1) AS t ORDER BY grp";
	my $two_steps = "SELECT grp, $everything FROM (SELECT $group AS grp, $rollups
		FROM (SELECT channel, agent, $tallies FROM responses GROUP BY channel, agent) AS p GROUP BY 1) AS t ORDER BY grp";
	same_as_single($views, "everything by $group from rollups", $single);
	same_as_single($two_steps, "everything by $group in two steps", $single);
	same_as_single($single, "everything by $group in one step");

	my @asked = sql_in(plan_of($views));
	is(scalar(grep { /^SELECT (agent, )?effort, recommend, satisfaction FROM public\.weekly$/ } @asked), 3,
		"everything by $group from rollups: tallies travel");
	@asked = sql_in(plan_of($two_steps));
	is(scalar(grep { /ces_tally\(.* GROUP BY 1, 2$/ } @asked), 3,
		"everything by $group in two steps: tallies travel");
}
same_as_single(
	q{SELECT difference, ci, statistic, p_value
	  FROM (SELECT ces_rollup(effort) FILTER (WHERE week = '2026-02-16') AS this,
				   ces_rollup(effort) FILTER (WHERE week = '2026-02-09') AS last FROM weekly) AS t,
		ces_mean_test(this, last)},
	'a test of two weeks',
	q{SELECT difference, ci, statistic, p_value
	  FROM (SELECT ces_tally(effort_score, '1..7') FILTER (WHERE date_trunc('week', answered_at) = '2026-02-16') AS this,
				   ces_tally(effort_score, '1..7') FILTER (WHERE date_trunc('week', answered_at) = '2026-02-09') AS last
			FROM responses) AS t,
		ces_mean_test(this, last)});

#
# Each server's rollup keeps itself: the warehouse sees every change of the answers at once
#
my $from_rollups = q{SELECT channel, agent, week, ces_rollup(effort), ces_rollup(recommend), ces_rollup(satisfaction)
	FROM weekly GROUP BY 1, 2, 3 ORDER BY 1, 2, 3};
my $from_answers = q{SELECT channel, agent, date_trunc('week', answered_at)::date, ces_tally(effort_score, '1..7'),
	ces_tally(recommend, '0..10'), ces_tally(satisfaction, '1..5') FROM responses GROUP BY 1, 2, 3 ORDER BY 1, 2, 3};
my %changes = (
	'a late answer' => q{INSERT INTO responses (channel, agent, answered_at, effort_score)
		VALUES ('chat', 'Aiko T.', '2026-01-05 10:00', 7)},
	'corrected answers' => q{UPDATE responses SET effort_score = 8 - effort_score WHERE channel = 'chat' AND agent = 'Aiko T.'},
	'moved answers' => q{UPDATE responses SET agent = 'Omar T.', answered_at = answered_at + interval '7 days'
		WHERE channel = 'web' AND agent = 'Wim D.'},
	'erased answers' => q{DELETE FROM responses WHERE channel IN ('chat', 'web') AND recommend = 0});
foreach my $name (sort keys %changes)
{
	$nodes{online}->safe_psql('surveys', $changes{$name});
	$warehouse->safe_psql('single', $changes{$name});
	same_as_single($from_rollups, $name, $from_answers);
}
is($nodes{online}->safe_psql('surveys', q{SELECT ces_fold_rollup('weekly') > 0}), 't', 'the rollup of a server is folded');
same_as_single($from_rollups, 'after a fold', $from_answers);
$nodes{online}->safe_psql('surveys', 'TRUNCATE responses');
$warehouse->safe_psql('single', q{DELETE FROM responses WHERE channel IN ('chat', 'web')});
same_as_single($from_rollups, 'after TRUNCATE', $from_answers);

#
# An error on a server reaches whoever asks the warehouse
#
my ($code, $output, $error) = $warehouse->psql('warehouse', 'SELECT channel, csat(effort_score) FROM responses GROUP BY channel');
like($error,
	qr/ERROR:  score [67] is not on the scale 1\.\.5\n.*HINT: .*FILTER \(WHERE effort_score OPERATOR\(public\.<@\) '1\.\.5'\).* as in public\.csat\(effort_score, '1\.\.7'\), .*\n.*remote SQL command/s,
	'an error on a server, with its hint');

$nodes{email}->safe_psql('surveys', 'CREATE SCHEMA elsewhere; ALTER EXTENSION ces SET SCHEMA elsewhere');
($code, $output, $error) = $warehouse->psql('warehouse', $by_channel);
like($error, qr/ERROR:  function public\.nps\(integer\) does not exist/, 'another schema on one server');

$_->stop foreach values %nodes;
done_testing();
