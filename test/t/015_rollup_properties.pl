# Random statements of every kind from several sessions, at every isolation level, while rollups
# are folded and repaired: in every snapshot each rollup is what its query returns, and no writer
# gets an error, or waits for another, that it would not have without rollups.
#
# SEED=1234 repeats the statements of a run, though not their interleaving; ROUNDS=20 makes it longer.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use RandomWrites;
use Test::More;
use Time::HiRes qw(time sleep);

my $seed = $ENV{SEED} // int rand 1e9;
my $rounds = $ENV{ROUNDS} // 1;
srand $seed;
note "SEED=$seed";

my @writers = (2, 4, 6, 8);
my @rollups = rollups_of_answers();
my $directory = PostgreSQL::Test::Utils::tempdir;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', q{
	autovacuum_naptime = 1
	max_prepared_transactions = 20
	log_lock_waits = on
	deadlock_timeout = 500ms
	log_line_prefix = '%a: '
	log_statement = none
	log_min_error_statement = panic
	# Serializable transactions fail only over rows that they share, not over pages.
	max_pred_locks_per_transaction = 2000
	max_pred_locks_per_page = 1000
	jit = off
	# Rollups are compared with the answers themselves.
	ces.enable_rollups = off
});
$node->start;

# Two databases with the same tables: one has rollups, the other is for comparison.
my $tables = tables_of_answers(@writers);
foreach my $database (qw(without_rollups with_rollups))
{
	$node->safe_psql('postgres', "CREATE DATABASE $database");
	$node->safe_psql($database, "CREATE EXTENSION ces; $tables");
}
$node->safe_psql('with_rollups', qq{
	CREATE TABLE control (running boolean);
	INSERT INTO control VALUES (true);
	CREATE TABLE comparison (rollup text, source regclass, query text);

	-- Compares all rollups again and again, and warns of differences. At REPEATABLE READ each
	-- round has one snapshot. With locks, nobody writes a table while its rollups are compared.
	CREATE PROCEDURE watch(locks boolean) LANGUAGE plpgsql AS \$\$
	DECLARE
		compared bigint := 0;
		c comparison;
		differs text;
		rows bigint;
	BEGIN
		WHILE (SELECT running FROM control) LOOP
			COMMIT;
			FOR c IN SELECT * FROM comparison, generate_series(1, 2) ORDER BY random() LOOP
				IF locks THEN
					COMMIT;
					EXECUTE format('LOCK TABLE %s IN SHARE MODE', c.source);
				END IF;
				EXECUTE c.query INTO differs, rows;
				IF differs IS NOT NULL THEN
					RAISE WARNING '% in % rows', differs, rows;
				END IF;
				compared := compared + 1;
			END LOOP;
			COMMIT;
			PERFORM pg_sleep(0.05 * random());
		END LOOP;
		RAISE NOTICE 'compared % times', compared;
	END \$\$;

	-- Folds and repairs rollups again and again, and warns if there was something to repair.
	-- TRUNCATE has no snapshot, so the check would see its effect too early.
	CREATE PROCEDURE maintain(checks boolean) LANGUAGE plpgsql AS \$\$
	DECLARE
		runs bigint := 0;
		deltas bigint := 0;
		name text;
		wrong bigint;
	BEGIN
		WHILE (SELECT running FROM control) LOOP
			FOR name IN SELECT rollup FROM comparison ORDER BY random() LOOP
				COMMIT;
				deltas := deltas + ces_fold_rollup(name::regclass);
				COMMIT;
				IF random() < 0.3 THEN
					SELECT ces_repair_rollup(name::regclass) INTO wrong;
					IF wrong > 0 THEN
						RAISE WARNING '% repaired in % groups', name, wrong;
					END IF;
				ELSIF checks THEN
					SELECT count(*) INTO wrong FROM ces_check_rollup(name::regclass);
					IF wrong > 0 THEN
						RAISE WARNING '% checked and found wrong in % groups', name, wrong;
					END IF;
				END IF;
				COMMIT;
				runs := runs + 1;
				PERFORM pg_sleep(0.05 * random());
			END LOOP;
		END LOOP;
		RAISE NOTICE 'folded % times % deltas', runs, deltas;
	END \$\$;
});
$node->safe_psql('with_rollups', join '', map {
	"CALL ces_create_rollup('$_->{name}', \$\$ $_->{query} \$\$);\n"
	  . "INSERT INTO comparison VALUES ('$_->{name}', '$_->{source}', \$\$ " . comparison_of($_) . " \$\$);\n"
} @rollups);

# Start psql on a script, with its output in a file.
sub start_psql
{
	my ($database, $name, $script, @options) = @_;
	my $file = "$directory/$name";
	append_to_file("$file.sql", $script);
	my $process = IPC::Run::start(
		[ 'psql', '-XAtq', @options, '-f', "$file.sql", $node->connstr($database) ], '>', "$file.out", '2>&1');
	return { name => $name, process => $process, file => $file };
}

# The output of a psql that has come to its end.
sub output_of
{
	my ($psql) = @_;
	$psql->{process}->finish;
	return slurp_file("$psql->{file}.out");
}

# The errors that psql, or the server's log, reports, without those on purpose.
sub errors_in
{
	my ($output) = @_;
	return grep { !/ERROR:\s+$RandomWrites::on_purpose:/ } $output =~ /^.*(?:ERROR|FATAL|PANIC):.*$/mg;
}

# Run the scripts of all writers at once. With rollups, others meanwhile compare, fold, check,
# repair and vacuum these. Returns the errors of the writers.
my $number_of_runs = 0;
sub run_writers
{
	my ($database, $phase, $scripts, %options) = @_;
	my $has_rollups = $database eq 'with_rollups';
	my $run = ++$number_of_runs;
	my @others;
	if ($has_rollups)
	{
		my $truncate = $options{truncate} ? 'true' : 'false';
		$node->safe_psql($database, 'UPDATE control SET running = true');
		push @others, start_psql($database, "maintenance-$run", "SET application_name = 'maintenance'; CALL maintain(NOT $truncate)");
		foreach my $level ('read committed', $options{truncate} ? () : ('repeatable read'))
		{
			push @others, start_psql($database, "watcher-$run-" . $level =~ tr/ /_/r,
				"SET application_name = 'watcher'; SET default_transaction_isolation = '$level'; CALL watch($truncate)");
		}
	}
	my $begin = time;
	my @running = map {
		start_psql($database, "writer-$run-$_", $scripts->{$_}, '-v', 'rollups=' . ($has_rollups ? 'on' : 'off'))
	} @writers;
	until (0 == grep { slurp_file("$_->{file}.out") !~ /^finished$/m } @running)
	{
		BAIL_OUT("$phase: the writers don't come to an end") if time > $begin + $PostgreSQL::Test::Utils::timeout_default;
		sleep 0.5;
		$node->safe_psql($database, 'VACUUM (TRUNCATE false) answers, responses') if $has_rollups && !$options{truncate};
	}
	my @outputs = map { output_of($_) } @running;
	note sprintf('%s, %s: %.1f s', $phase, $database, time - $begin);
	if ($has_rollups)
	{
		$node->safe_psql($database, 'UPDATE control SET running = false');
		foreach my $other (@others)
		{
			my $output = output_of($other);
			my ($what, $times) = $output =~ /NOTICE:\s+(\w+ (\d+) times.*)/;
			cmp_ok($times // 0, '>=', 2 * @rollups, "$phase: $other->{name} was at work");
			note "$other->{name} $what" if defined $what;
			is_deeply([ $output =~ /^.*WARNING:.*$/mg, errors_in($output) ], [], "$phase: $other->{name} found nothing wrong");
		}
		is_deeply([ map { /^(\w+ differs\|.*)$/mg } @outputs ], [], "$phase: nor did the writers");
	}
	return [ map { errors_in($_) } @outputs ];
}

# Does every rollup equal its query, before and after a fold, and is the status clean?
sub rollups_are_right
{
	my ($when) = @_;
	my $compare = join '', map { comparison_of($_) . ";\n" } @rollups;
	my $fold = join '', map { "SELECT 'error' WHERE ces_fold_rollup('$_->{name}') IS NULL;\n" } @rollups;
	my $check = join '', map { "SELECT * FROM ces_check_rollup('$_->{name}');\n" } @rollups;
	is($node->safe_psql('with_rollups', $compare . $fold . $compare . $check
		  . 'SELECT count(*), sum(deltas), count(problem) FROM ces_rollup_status'),
		@rollups . '|0|0', "$when: the rollups are right");
	return;
}

# All rows of the tables.
sub rows_in
{
	my ($database) = @_;
	return [ split /\n/, $node->safe_psql($database, join ';', map {
		"SELECT '$_', writer, id, region, day, channel, agent, visit, score, scale, recommend, kept, left(note, 10), other FROM $_ ORDER BY writer, id, region, day"
	} qw(answers responses)) ];
}

rollups_are_right('in the beginning');

my %last_id;
my @waits;
my $log_position = -s $node->logfile;
foreach my $round (1 .. $rounds)
{
	foreach my $phase ([ 'READ COMMITTED and REPEATABLE READ', 150 ], [ 'SERIALIZABLE', 100, serializable => 1 ], [ 'TRUNCATE', 60, truncate => 1 ])
	{
		my ($name, $transactions, %options) = @$phase;
		$name = "round $round, $name";
		my %scripts = map { $_ => random_writes($_, $last_id{$_} //= { answers => 300, responses => 300 }, $transactions, %options) } @writers;
		is_deeply(run_writers('without_rollups', $name, \%scripts, %options), [], "$name: the writers have no errors without rollups");
		is_deeply(run_writers('with_rollups', $name, \%scripts, %options), [], "$name: nor with rollups");
		rollups_are_right($name);

		# With TRUNCATE, what is left depends on the interleaving, and writers wait for it.
		my $log = slurp_file($node->logfile, $log_position);
		$log_position = -s $node->logfile;
		next if $options{truncate};
		is_deeply(rows_in('with_rollups'), rows_in('without_rollups'), "$name: rollups change no row");
		push @waits, grep { !/extension of relation/ } $log =~ /^writer \d+: LOG: .*still waiting.*$/mg;
	}
	$node->safe_psql($_, 'TRUNCATE answers, responses') foreach qw(without_rollups with_rollups);
	rollups_are_right("round $round, all truncated");
}
is_deeply(\@waits, [], 'no writer waited for another');

# Would a change that isn't captured be seen? In this way by all who look.
$node->safe_psql('with_rollups', q{
	INSERT INTO answers (writer, id, region, day, channel, score) VALUES (2, 1, 0, '2026-01-05', 'phone', 7);
	UPDATE control SET running = true;
	DO $$
	DECLARE
		name name;
	BEGIN
		FOR name IN SELECT tgname FROM pg_trigger WHERE tgrelid = 'answers'::regclass AND tgfoid = '_ces_rollup_capture()'::regprocedure LOOP
			EXECUTE format('ALTER TABLE answers DISABLE TRIGGER %I', name);
		END LOOP;
	END $$;
	INSERT INTO answers (writer, id, region, day, channel, score, scale, kept) VALUES (2, 2, 0, '2026-01-05', 'phone', 3, '1..7', true);
});
my $watcher = start_psql('with_rollups', 'watcher-self-check', 'CALL watch(false)');
$node->poll_query_until('with_rollups', "SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event = 'PgSleep'");
$node->safe_psql('with_rollups', 'UPDATE control SET running = false');
my $output = output_of($watcher);
foreach my $name (map { $_->{name} } grep { $_->{source} eq 'answers' } @rollups)
{
	like($output, qr/WARNING:\s+$name differs in [12] rows/, "$name without its trigger: the watcher sees a difference");
	is($node->safe_psql('with_rollups', qq{
			SELECT count(*) FROM ces_check_rollup('$name');
			SELECT count(problem) FROM ces_rollup_status WHERE rollup = '$name'::regclass;
			SELECT ces_repair_rollup('$name')}),
		"1\n1\n1", "$name without its trigger: the check and the status see it, and repair makes it right");
}
unlike($output, qr/WARNING:\s+responses/, 'rollups of another table are right');
$node->safe_psql('with_rollups', 'DELETE FROM answers WHERE id = 1');
rollups_are_right('with the triggers back');

$node->stop;
unlike(slurp_file($node->logfile), qr/PANIC|TRAP|was terminated by signal/, 'the server never crashed');
note "To repeat: SEED=$seed test/test.sh test/t/015_rollup_properties.pl" unless Test::More->builder->is_passing;
done_testing();
