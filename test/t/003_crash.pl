# The postmaster is killed while a rollup is updated: after recovery no answer is lost, and
# none is counted twice.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'autovacuum = off');
$node->start;

# A job that marks answers and counts them, by hand, and a trigger that can pause it halfway.
$node->safe_psql('postgres', q{
	CREATE EXTENSION ces;
	CREATE TABLE responses (
		id integer PRIMARY KEY, channel text NOT NULL, effort_score integer,
		rolled_up boolean NOT NULL DEFAULT false
	);
	CREATE TABLE daily (channel text PRIMARY KEY, tally ces_tally NOT NULL);
	CREATE INDEX daily_tally ON daily USING hash (tally);
	CREATE MATERIALIZED VIEW total AS SELECT ces_rollup(tally) AS tally FROM daily;

	CREATE PROCEDURE roll_up() LANGUAGE plpgsql AS $$
	BEGIN
		LOCK TABLE daily IN SHARE ROW EXCLUSIVE MODE;
		WITH fresh AS (
			UPDATE responses SET rolled_up = true
			WHERE NOT rolled_up AND effort_score IS NOT NULL
			RETURNING channel, effort_score
		)
		INSERT INTO daily AS r
		SELECT channel, ces_tally(effort_score, '1..7') FROM fresh GROUP BY channel
		ON CONFLICT (channel) DO UPDATE SET tally = r.tally + EXCLUDED.tally;
	END $$;
	CREATE FUNCTION hold_up() RETURNS trigger LANGUAGE plpgsql AS $$
	BEGIN
		IF NEW.channel = current_setting('test.hold_up', true) THEN
			PERFORM pg_sleep(600);
		END IF;
		RETURN NEW;
	END $$;
	CREATE TRIGGER hold_up BEFORE INSERT OR UPDATE ON daily FOR EACH ROW EXECUTE FUNCTION hold_up();

	INSERT INTO responses SELECT n, 'channel ' || n % 50, nullif(1 + n % 8, 8) FROM generate_series(1, 10000) n;
	CALL roll_up();
	REFRESH MATERIALIZED VIEW total;
});

# Start psql on statements, and leave it running.
sub start_psql
{
	my ($sql, $output) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir . '/statements.sql';
	append_to_file($file, $sql);
	return IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', $file, $node->connstr('postgres') ],
		'>', $output, '2>', \my $errors);
}

# Kill the postmaster, and start the server again once its processes have noticed.
sub kill_and_recover
{
	my ($client) = @_;
	$node->kill9;
	$client->finish;
	foreach my $attempt (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		select undef, undef, undef, 0.1;
		return if $node->start(fail_ok => 1);
		$node->stop('fast', fail_ok => 1);
	}
	BAIL_OUT('the server does not start any more');
}

# Does the rollup hold exactly the marked answers, whichever way it is read?
sub rollup_is_right
{
	my ($when) = @_;
	is($node->safe_psql('postgres', q{
			SELECT count(*) FILTER (WHERE daily.tally IS DISTINCT FROM raw.tally), count(*) >= 50
			FROM daily FULL JOIN (
				SELECT channel, ces_tally(effort_score, '1..7') AS tally FROM responses
				WHERE rolled_up GROUP BY channel) AS raw USING (channel)}),
		'0|t', "$when: the rollup holds the marked answers");
	my $find_each = 'SELECT count(*) FROM daily a WHERE EXISTS (SELECT FROM daily b WHERE b.tally = a.tally AND b.channel = a.channel)';
	my ($plan, $found, $rows) = split /^found /m, $node->safe_psql('postgres', qq{
		BEGIN;
		ALTER TABLE daily DROP CONSTRAINT daily_pkey;
		SET LOCAL enable_seqscan = off;
		SET LOCAL enable_hashjoin = off;
		SET LOCAL enable_mergejoin = off;
		EXPLAIN $find_each;
		SELECT 'found ' || ($find_each);
		SELECT 'found ' || count(*) FROM daily;
		ROLLBACK});
	like($plan, qr/daily_tally/, "$when: its index is used");
	cmp_ok($found, '==', $rows, "$when: its index finds every tally");
	return;
}

my $answers = 10000;
my @moments = (
	[ 'halfway through the job', "SET test.hold_up = 'channel 25'; CALL roll_up()", 0 ],
	[ 'after the job, before it is committed', 'BEGIN; CALL roll_up(); SELECT pg_sleep(600)', 0 ],
	[ 'during the refresh of a materialized view', 'CALL roll_up(); BEGIN; REFRESH MATERIALIZED VIEW total; SELECT pg_sleep(600)', 1 ],
	[ 'right after the commit', 'CALL roll_up(); SELECT pg_sleep(600)', 1 ]);

foreach (@moments)
{
	my ($when, $sql, $is_committed) = @$_;
	$node->safe_psql('postgres',
		"INSERT INTO responses SELECT $answers + n, 'channel ' || n % 60, 1 + n % 7 FROM generate_series(1, 1000) n; CHECKPOINT");
	my $view = $node->safe_psql('postgres', 'SELECT tally FROM total');
	my $client = start_psql($sql, \my $output);
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
	  or BAIL_OUT("never came to the moment: $when");
	kill_and_recover($client);

	$answers += 1000;
	is($node->safe_psql('postgres', 'SELECT count(*) FROM responses'), $answers, "$when: every answer is there");
	is($node->safe_psql('postgres', 'SELECT count(effort_score) FROM responses WHERE NOT rolled_up'),
		$is_committed ? 0 : 1000, "$when: the job is " . ($is_committed ? 'done' : 'not done'));
	is($node->safe_psql('postgres', 'SELECT tally FROM total'), $view, "$when: the view is as it was");
	rollup_is_right($when);
	$node->safe_psql('postgres', 'CALL roll_up()');
	is($node->safe_psql('postgres', 'SELECT ces_count(ces_rollup(tally)) - (SELECT count(effort_score) FROM responses) FROM daily'),
		'0', "$when: the next run counts what is left, once");
}

# At any moment: a client adds answers and runs the job without end. All that it was told is
# committed must be there.
foreach my $round (1 .. 5)
{
	my $sql = join '', map {
		my $first = $answers + 20 * $_;
		"INSERT INTO responses SELECT n, 'channel ' || n % 70, 1 + n % 7 FROM generate_series($first - 19, $first) n;\n"
		  . "SELECT $first;\nCALL roll_up();\nSELECT 'rolled up $first';\n"
	} 1 .. 5000;
	my $client = start_psql($sql, \my $output);
	$client->pump until ($output // '') =~ /(rolled up.*){3}/s;
	select undef, undef, undef, rand 0.2;
	kill_and_recover($client);

	my ($told) = $output =~ /.*^(\d+)$/sm;
	my ($rolled_up) = $output =~ /.*^rolled up (\d+)$/sm;
	my $when = "round $round";
	cmp_ok($node->safe_psql('postgres', 'SELECT max(id) FROM responses'), '>=', $told, "$when: no answer is lost");
	is($node->safe_psql('postgres', "SELECT count(effort_score) FROM responses WHERE id <= $rolled_up AND NOT rolled_up"),
		'0', "$when: no finished run of the job is undone");
	rollup_is_right($when);
	$answers = $node->safe_psql('postgres', 'SELECT max(id) FROM responses');
	is($node->safe_psql('postgres', 'SELECT count(*) FROM responses'), $answers, "$when: no answer is there twice");
}

$node->stop;
done_testing();
