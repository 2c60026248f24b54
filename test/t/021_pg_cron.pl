# pg_cron folds a rollup, as doc/rollup.md has it: the deltas go, and the report stays right.
# Skipped unless pg_cron is installed.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nshared_buffers = 32MB");
$node->start;
my $version = $node->safe_psql('postgres',
	q{SELECT default_version FROM pg_available_extensions WHERE name = 'pg_cron'});
if ($version eq '')
{
	$node->stop;
	plan skip_all => 'pg_cron is not in pg_available_extensions';
}
note("pg_cron $version");
# From 1.5 on it knows seconds; before that, a minute is the least.
my $schedule = $version =~ /^1\.[0-4]\b/ ? '* * * * *' : '1 second';

$node->append_conf('postgresql.conf', "shared_preload_libraries = 'pg_cron'\ncron.host = '" . $node->host . q{'});
$node->restart;
$node->safe_psql('postgres', 'CREATE EXTENSION pg_cron; CREATE DATABASE surveys');
$node->safe_psql('surveys', 'CREATE EXTENSION ces');
$node->safe_psql('surveys', q{
	CREATE TABLE responses (day date, channel text, effort_score integer);
	INSERT INTO responses SELECT date '2026-03-01' + i % 10, 'chat', 1 + i % 7 FROM generate_series(1, 1000) i});
$node->safe_psql('surveys', q{
	CALL ces_create_rollup('daily', $$
		SELECT day, channel, ces_tally(effort_score, '1..7') AS effort, count(*) AS responses
		FROM responses GROUP BY 1, 2 $$)});
$node->safe_psql('surveys', q{SELECT ces_fold_rollup('daily')});

# Does the view say what the answers say?
my $from_rollup = 'SELECT day, channel, ces_rollup(effort), sum(responses) FROM daily GROUP BY 1, 2 ORDER BY 1, 2';
my $from_answers = q{SET ces.enable_rollups = off; SELECT day, channel, ces_tally(effort_score, '1..7'), count(*) FROM responses GROUP BY 1, 2 ORDER BY 1, 2};

# Writes, corrections and erasures, which leave deltas
sub change_answers
{
	$node->safe_psql('surveys', q{
		INSERT INTO responses SELECT date '2026-03-05' + i % 10, 'phone', 1 + i % 5 FROM generate_series(1, 100) i;
		UPDATE responses SET effort_score = 7 WHERE day = '2026-03-02' AND effort_score = 1;
		DELETE FROM responses WHERE day = '2026-03-03' AND effort_score < 4});
	return;
}

sub cron_folds
{
	my ($when) = @_;
	ok($node->poll_query_until('surveys', "SELECT NOT EXISTS (TABLE daily_delta)"), "$when: the deltas are gone");
	is($node->safe_psql('surveys', $from_rollup), $node->safe_psql('surveys', $from_answers), "$when: right after the fold");
	return;
}

change_answers();
cmp_ok($node->safe_psql('surveys', 'SELECT count(*) FROM daily_delta'), '>', 0, 'there are deltas');
is($node->safe_psql('surveys', $from_rollup), $node->safe_psql('surveys', $from_answers), 'right before the fold');
$node->safe_psql('postgres',
	qq{SELECT cron.schedule_in_database('fold daily', '$schedule', \$\$SELECT ces_fold_rollup('daily')\$\$, 'surveys')});
cron_folds('over a connection');

$node->append_conf('postgresql.conf', 'cron.use_background_workers = on');
$node->restart;
change_answers();
cron_folds('as a background worker');
ok($node->poll_query_until('postgres', q{SELECT count(*) >= 2 FROM cron.job_run_details WHERE status = 'succeeded'}),
	'runs succeeded');
is($node->safe_psql('postgres', q{
	SELECT return_message FROM cron.job_run_details WHERE status = 'failed' AND return_message <> 'server restarted'}),
	'', 'none failed');
is($node->safe_psql('surveys', q{SELECT count(*) FROM ces_check_rollup('daily')}), 0, 'nothing to repair');
is($node->safe_psql('surveys', 'SELECT problem FROM ces_rollup_status'), '', 'no problem');

$node->stop;
done_testing();
