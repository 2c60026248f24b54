# The postmaster is killed at each step of creating, folding, repairing, emptying and dropping a
# rollup, and at any moment: then the rollup is right, or can't be read, or isn't there. Also:
# prepared transactions over a restart, and unlogged tables.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Rollup;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "autovacuum = off\nmax_prepared_transactions = 10");
$node->start;

my $query = q{
	SELECT day, held(channel) AS channel, ces_tally(effort, '1..7') AS effort, count(*) AS responses
	FROM responses GROUP BY day, 2};

# A table, or one with partitions. held() stops whoever evaluates it for the channel "hold", while
# another session has the lock.
my %tables = (
	plain => 'CREATE TABLE responses (id integer PRIMARY KEY, day date, channel text, effort integer)',
	partitions => q{
		CREATE TABLE responses (id integer, day date, channel text, effort integer) PARTITION BY RANGE (day);
		CREATE TABLE responses_1 PARTITION OF responses FOR VALUES FROM ('2026-01-01') TO ('2026-01-11');
		CREATE TABLE responses_2 PARTITION OF responses FOR VALUES FROM ('2026-01-11') TO ('2026-01-21');
		CREATE TABLE responses_3 PARTITION OF responses FOR VALUES FROM ('2026-01-21') TO ('2026-02-01')});
foreach my $database (sort keys %tables)
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, qq{
		CREATE EXTENSION ces;
		CREATE FUNCTION held(channel text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS \$\$
		BEGIN
			IF channel = 'hold' THEN
				PERFORM pg_catalog.pg_advisory_lock_shared(1), pg_catalog.pg_advisory_unlock_shared(1);
			END IF;
			RETURN channel;
		END \$\$;
		$tables{$database};
		INSERT INTO responses SELECT n, date '2026-01-01' + n % 30, (ARRAY['chat', 'email'])[1 + n % 2], 1 + n % 7 FROM generate_series(1, 1000) n;
		INSERT INTO responses VALUES (0, '2026-01-15', 'hold', 4)});
}

my $ids = 1000;
sub write_some
{
	my ($database) = @_;
	$node->safe_psql($database, qq{
		INSERT INTO responses SELECT $ids + n, date '2026-01-01' + n % 31, (ARRAY['chat', 'email', 'phone'])[1 + n % 3], 1 + n % 7 FROM generate_series(1, 100) n;
		UPDATE responses SET effort = 8 - effort WHERE id % 7 = $ids / 100 % 7;
		DELETE FROM responses WHERE id % 101 = $ids / 100 % 101 AND id > 0});
	$ids += 100;
	return;
}

# Exactly the answers, and the rollup can go on.
sub is_right
{
	my ($database, $when) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	rollup_is_right($node, $database, 'daily', $query, $when);
	is($node->safe_psql($database, q{SELECT * FROM ces_check_rollup('daily')}), '', "$when: the check finds nothing");
	is(problems_of($node, $database), '', "$when: no problems");
	return;
}

sub goes_on
{
	my ($database, $when) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	is_right($database, $when);
	write_some($database);
	is_right($database, "$when, written");
	$node->safe_psql($database, q{SELECT ces_fold_rollup('daily')});
	write_some($database);
	is_right($database, "$when, folded");
	return;
}

# Hold a lock in a session of its own, while $sql waits for it: then kill.
sub kill_waiting
{
	my ($database, $when, $lock, $sql, $statement) = @_;
	my $holder = start_psql($node, $database, "BEGIN; $lock; SELECT pg_sleep(600)");
	wait_for_sleep($node, $when);
	my $client = start_psql($node, $database, $sql);
	wait_for_lock($node, $statement, $when);
	recover($node, $holder, $client);
	return;
}

# Kill while $sql sleeps.
sub kill_sleeping
{
	my ($database, $when, $sql) = @_;
	my $client = start_psql($node, $database, "$sql; SELECT pg_sleep(600)");
	wait_for_sleep($node, $when);
	recover($node, $client);
	return;
}

foreach my $database (sort keys %tables)
{
	my $create = "CALL ces_create_rollup('daily', \$q\$$query\$q\$)";
	my $hold = 'SELECT pg_advisory_lock(1)';
	my $objects = q{SELECT count(*) FROM pg_class WHERE relname LIKE 'daily%'};
	my $triggers = q{SELECT count(*) FROM pg_trigger WHERE tgrelid = 'responses'::regclass};
	my $when;

	#
	# Creating
	#
	$when = "$database: before the triggers";
	my $holder = start_psql($node, $database, q{BEGIN; INSERT INTO responses VALUES (-1, '2026-01-05', 'chat', 1); SELECT pg_sleep(600)});
	wait_for_sleep($node, $when);
	my $client = start_psql($node, $database, $create);
	select undef, undef, undef, 1;
	recover($node, $holder, $client);
	is($node->safe_psql($database, "$objects; $triggers"), "0\n0", "$when: there is nothing");

	$when = "$database: in a transaction block";
	kill_sleeping($database, $when, "BEGIN; $create; INSERT INTO responses VALUES (-1, '2026-01-05', 'chat', 1)");
	is($node->safe_psql($database, "$objects; $triggers"), "0\n0", "$when: there is nothing");
	write_some($database);

	$when = "$database: while answers are gathered";
	kill_waiting($database, $when, $hold, $create, 'ces_create_rollup');
	cmp_ok($node->safe_psql($database, $objects), '>', 3, "$when: the rollup is there");
	my ($status, $stdout, $stderr) = $node->psql($database, 'SELECT * FROM daily');
	like($stderr, qr/populated/, "$when: it can't be read");
	is($node->safe_psql($database, 'SELECT DISTINCT populated FROM ces_rollup_status'), 'f', "$when: the status says so");
	write_some($database);
	$node->safe_psql($database, q{SELECT ces_fold_rollup('daily')});
	is($node->psql($database, 'SELECT * FROM daily'), 3, "$when: a fold doesn't change that");
	paste_remedies($node, $database, $when);
	goes_on($database, $when);

	# The same, but it is dropped instead, and made anew; then killed in the repair, too.
	$node->safe_psql($database, q{SELECT ces_drop_rollup('daily')});
	kill_waiting($database, $when, $hold, $create, 'ces_create_rollup');
	$node->safe_psql($database, q{SELECT ces_drop_rollup('daily')});
	is($node->safe_psql($database, "$objects; $triggers"), "0\n0", "$when: what is there can be dropped");
	kill_waiting($database, $when, $hold, $create, 'ces_create_rollup');
	write_some($database);
	kill_waiting($database, "$when, and in the repair", $hold, q{SELECT ces_repair_rollup('daily')}, 'ces_repair_rollup');
	is($node->psql($database, 'SELECT * FROM daily'), 3, "$when, and in the repair: it can't be read");
	paste_remedies($node, $database, "$when, and in the repair");
	goes_on($database, "$when, and in the repair");

	$when = "$database: after the creation";
	$node->safe_psql($database, q{SELECT ces_drop_rollup('daily')});
	kill_sleeping($database, $when, $create);
	goes_on($database, $when);

	#
	# Folding
	#
	$when = "$database: a fold waits";
	kill_waiting($database, $when, q{SELECT ces_fold_rollup('daily')}, q{SELECT ces_fold_rollup('daily')}, 'ces_fold_rollup');
	goes_on($database, $when);

	$when = "$database: halfway a fold";
	$node->safe_psql($database, q{SELECT ces_fold_rollup('daily')});
	write_some($database);
	kill_waiting($database, $when, q{SELECT FROM daily_store FOR UPDATE}, q{SELECT ces_fold_rollup('daily')}, 'ces_fold_rollup');
	goes_on($database, $when);

	$when = "$database: a fold before it is committed";
	kill_sleeping($database, $when, q{BEGIN; SELECT ces_fold_rollup('daily')});
	goes_on($database, $when);

	$when = "$database: a fold after it is committed";
	kill_sleeping($database, $when, q{SELECT ces_fold_rollup('daily')});
	goes_on($database, $when);

	#
	# Repairing what is wrong
	#
	my $break = q{
		ALTER TABLE daily_store DISABLE TRIGGER USER;
		DELETE FROM daily_store WHERE channel = 'chat';
		ALTER TABLE daily_store ENABLE TRIGGER USER};
	foreach (
		[ 'a repair waits', sub { kill_waiting($database, $_[0], q{SELECT ces_fold_rollup('daily')}, q{SELECT ces_repair_rollup('daily')}, 'ces_repair_rollup') } ],
		[ 'halfway a repair', sub { kill_waiting($database, $_[0], $hold, q{SELECT ces_repair_rollup('daily')}, 'ces_repair_rollup') } ],
		[ 'a repair before it is committed', sub { kill_sleeping($database, $_[0], q{BEGIN; SELECT ces_repair_rollup('daily')}) } ],
		[ 'a repair after it is committed', sub { kill_sleeping($database, $_[0], q{SELECT ces_repair_rollup('daily')}) } ])
	{
		my ($moment, $kill) = @$_;
		$when = "$database: $moment";
		$node->safe_psql($database, q{SELECT ces_fold_rollup('daily')});
		$node->safe_psql($database, $break);
		$kill->($when);
		my $wrong = $node->safe_psql($database, q{SELECT count(*) > 0 FROM ces_check_rollup('daily')});
		is($wrong, $moment =~ /after/ ? 'f' : 't', "$when: it is " . ($moment =~ /after/ ? '' : 'not ') . 'repaired');
		$node->safe_psql($database, q{SELECT ces_repair_rollup('daily')});
		goes_on($database, $when);
	}

	#
	# Emptying and dropping
	#
	$when = "$database: TRUNCATE before it is committed";
	kill_sleeping($database, $when, q{BEGIN; TRUNCATE responses; INSERT INTO responses VALUES (-1, '2026-01-05', 'chat', 1)});
	goes_on($database, $when);

	$when = "$database: drop before it is committed";
	kill_sleeping($database, $when, q{BEGIN; SELECT ces_drop_rollup('daily')});
	goes_on($database, $when);

	$when = "$database: writing before it is committed";
	kill_sleeping($database, $when, q{BEGIN; INSERT INTO responses SELECT -n, '2026-01-05', 'lost', 1 FROM generate_series(1, 1000) n});
	goes_on($database, $when);
	is($node->safe_psql($database, q{SELECT count(*) FROM daily WHERE channel = 'lost'}), '0', "$when: it never was");

	$when = "$database: TRUNCATE after it is committed";
	kill_sleeping($database, $when, q{TRUNCATE responses; INSERT INTO responses VALUES (0, '2026-01-15', 'hold', 4)});
	is($node->safe_psql($database, 'SELECT channel, responses FROM daily'), 'hold|1', "$when: it is empty but for what came after");
	# Its partitions are others now, until the next fold.
	paste_remedies($node, $database, $when);
	goes_on($database, $when);

	#
	# At any moment: one client writes, another folds and repairs.
	#
	foreach my $round (1 .. 4)
	{
		my $first = $ids;
		my $writes = join '', map {
			my $id = $first + 20 * $_;
			"INSERT INTO responses SELECT n, date '2026-01-01' + n % 31, 'channel ' || n % 7, 1 + n % 7 FROM generate_series($id - 19, $id) n;\n"
			  . "UPDATE responses SET effort = 4 WHERE id % 9 = 1 AND id > $id - 100;\nDELETE FROM responses WHERE id = $id - 3;\nSELECT $id;\n"
		} 1 .. 5000;
		my $folds = "SELECT ces_fold_rollup('daily');\nSELECT ces_fold_rollup('daily');\nSELECT ces_repair_rollup('daily');\n" x 2000;
		my $writer = start_psql($node, $database, $writes, \my $told);
		my $folder = start_psql($node, $database, $folds, \my $folded);
		$writer->pump until ($told // '') =~ /(\d+\s+){20}/;
		select undef, undef, undef, rand 0.5;
		recover($node, $writer, $folder);
		my ($last) = $told =~ /.*^(\d+)$/sm;
		$when = "$database: round $round";
		cmp_ok($node->safe_psql($database, 'SELECT max(id) FROM responses'), '>=', $last, "$when: no answer is lost");
		is_right($database, $when);
		$ids = $node->safe_psql($database, 'SELECT max(id) + 100 FROM responses');
	}
}

#
# Prepared transactions
#
my $daily = q{SELECT * FROM daily ORDER BY day, channel};
my $before = $node->safe_psql('plain', $daily);
$node->safe_psql('plain', q{
	BEGIN;
	INSERT INTO responses VALUES (-1, '2026-02-01', 'prepared', 1), (-2, '2026-02-01', 'prepared', 7);
	UPDATE responses SET channel = 'prepared' WHERE id = 0;
	SAVEPOINT s;
	DELETE FROM responses WHERE id = 0;
	ROLLBACK TO s;
	PREPARE TRANSACTION 'kept';
	BEGIN;
	INSERT INTO responses VALUES (-3, '2026-02-01', 'prepared', 1);
	PREPARE TRANSACTION 'undone'});
is($node->safe_psql('plain', $daily), $before, 'prepared: nothing is counted');
$node->restart;
is($node->safe_psql('plain', $daily), $before, 'prepared, restarted: nothing is counted');
$node->safe_psql('plain', q{SELECT ces_fold_rollup('daily')});
is_right('plain', 'prepared, folded');
recover($node);
$node->safe_psql('plain', q{COMMIT PREPARED 'kept'; ROLLBACK PREPARED 'undone'});
is($node->safe_psql('plain', q{SELECT day, responses FROM daily WHERE channel = 'prepared' ORDER BY day}), "2026-01-15|1\n2026-02-01|2", 'prepared, committed: counted once');
goes_on('plain', 'prepared, committed');
my ($status, $stdout, $stderr) = $node->psql('plain', q{BEGIN; SELECT ces_fold_rollup('daily'); TRUNCATE responses; PREPARE TRANSACTION 'maintenance'});
if ($status == 0)
{
	$node->restart;
	$node->safe_psql('plain', q{ROLLBACK PREPARED 'maintenance'});
}
goes_on('plain', 'a fold and TRUNCATE, prepared');

#
# Unlogged: a crash empties the table, and the rollup with it.
#
$node->safe_psql('postgres', 'CREATE DATABASE unlogged');
my $unlogged_query = q{SELECT channel, ces_tally(effort, '1..7') AS effort, count(*) AS responses FROM responses GROUP BY channel};
$node->safe_psql('unlogged', qq{
	CREATE EXTENSION ces;
	CREATE UNLOGGED TABLE responses (id integer, channel text, effort integer);
	INSERT INTO responses SELECT n, 'chat', 1 + n % 7 FROM generate_series(1, 100) n;
	CALL ces_create_rollup('daily', \$q\$$unlogged_query\$q\$);
	SELECT ces_fold_rollup('daily');
	INSERT INTO responses SELECT n, 'email', 1 + n % 7 FROM generate_series(1, 100) n});
is($node->safe_psql('unlogged', q{SELECT relname FROM pg_class WHERE relname IN ('daily_store', 'daily_delta') AND relpersistence <> 'u'}), '', 'unlogged: so are the tables of the rollup');
$node->restart;
is($node->safe_psql('unlogged', 'SELECT sum(responses) FROM daily'), '200', 'unlogged: a restart leaves it');
rollup_is_right($node, 'unlogged', 'daily', $unlogged_query, 'unlogged, restarted');
recover($node);
is($node->safe_psql('unlogged', 'SELECT count(*) FROM responses'), '0', 'unlogged: a crash empties it');
rollup_is_right($node, 'unlogged', 'daily', $unlogged_query, 'unlogged, after a crash');
is(problems_of($node, 'unlogged'), '', 'unlogged, after a crash: no problems');
$node->safe_psql('unlogged', q{INSERT INTO responses VALUES (1, 'chat', 7)});
rollup_is_right($node, 'unlogged', 'daily', $unlogged_query, 'unlogged, filled again');

$node->stop;
done_testing();
