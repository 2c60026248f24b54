# Queries that are answered from a rollup while other sessions change what it counts, on a standby,
# on a subscriber, and beside other libraries with hooks: the result is that of the answers.
use strict;
use warnings;
use IPC::Run;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init(allows_streaming => 'logical');
$node->append_conf('postgresql.conf', "session_preload_libraries = 'ces'\nmax_prepared_transactions = 10\nautovacuum = off\ntimezone = UTC\nwork_mem = '16MB'");
$node->start;

my %rollups = (
	daily => q{SELECT at::date AS day, channel, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM answers GROUP BY 1, 2},
	daily_parts => q{SELECT at::date AS day, channel, ces_tally(recommend, 'nps') AS recommend, count(*) AS responses FROM parts GROUP BY 1, 2});
my $tables = q{
	CREATE EXTENSION ces;
	CREATE TABLE answers (id integer PRIMARY KEY, at timestamp, channel text, recommend integer);
	CREATE INDEX ON answers (at);
	CREATE TABLE parts (id integer, at timestamp, channel text, recommend integer, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
	CREATE TABLE parts_february PARTITION OF parts FOR VALUES FROM ('2026-02-01') TO ('2026-03-01');
	CREATE TABLE parts_march PARTITION OF parts FOR VALUES FROM ('2026-03-01') TO ('2026-04-01');
	CREATE INDEX ON parts (at);
	CREATE TABLE parts_april (LIKE parts)};
my $rows = q{SELECT n, timestamp '2026-02-01' + n % 50 * interval '1 day' + n % 86400 * interval '1 second', (ARRAY['phone', 'chat', NULL])[1 + n % 3], nullif(n % 12, 11) FROM generate_series(1, 9000) n};
my $functions = q{
	CREATE TABLE query (n serial, query text);
	INSERT INTO query (query) SELECT replace(q, '@', t) FROM (VALUES
		('SELECT channel, nps(recommend), count(*) FROM @ GROUP BY 1 ORDER BY 1'),
		('SELECT date_trunc(''week'', at), nps(recommend), count(*) FROM @ WHERE at >= ''2026-02-03 12:00'' AND at < ''2026-03-20 18:30'' GROUP BY 1 ORDER BY 1'),
		('SELECT nps(recommend), count(*) FROM @')) v (q), (VALUES ('answers'), ('parts')) t (t);
	-- The rows of a query in one session, as text.
	CREATE FUNCTION rows_of(query text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		r record;
		rows text := '';
	BEGIN
		FOR r IN EXECUTE query LOOP
			rows := rows || r::text || E'\n';
		END LOOP;
		RETURN rows;
	END $$;
	CREATE FUNCTION reads(query text) RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		line text;
		found text := 'answers';
	BEGIN
		FOR line IN EXECUTE 'EXPLAIN (COSTS OFF) ' || query LOOP
			found := coalesce(substring(line FROM ' on (\w+)_store'), found);
		END LOOP;
		RETURN found;
	END $$;
	-- Statements that are prepared now.
	CREATE FUNCTION prepare_all() RETURNS void LANGUAGE plpgsql AS $$
	DECLARE
		q query;
	BEGIN
		FOR q IN SELECT * FROM query LOOP
			EXECUTE format('PREPARE prepared_%s AS %s', q.n, q.query);
			PERFORM rows_of(format('EXECUTE prepared_%s', q.n));
		END LOOP;
	END $$;
	-- What is wrong, in this snapshot; and from which rollups queries are answered.
	CREATE FUNCTION wrong() RETURNS text LANGUAGE plpgsql AS $$
	DECLARE
		q query;
		expected text;
		wrong text := '';
	BEGIN
		FOR q IN SELECT * FROM query ORDER BY n LOOP
			SET LOCAL ces.enable_rollups = off;
			expected := rows_of(q.query);
			SET LOCAL ces.enable_rollups = on;
			IF rows_of(q.query) <> expected THEN
				wrong := wrong || format('%s is %s', q.query, rows_of(q.query));
			END IF;
			IF EXISTS (SELECT FROM pg_prepared_statements WHERE name = 'prepared_' || q.n) AND rows_of(format('EXECUTE prepared_%s', q.n)) <> expected THEN
				wrong := wrong || format('prepared %s is %s', q.query, rows_of(format('EXECUTE prepared_%s', q.n)));
			END IF;
		END LOOP;
		RETURN 'wrong: ' || wrong;
	END $$;
	CREATE FUNCTION rollups_read() RETURNS text LANGUAGE sql AS $$ SELECT string_agg(DISTINCT reads(query), ', ' ORDER BY reads(query)) FROM query $$};

sub create_all
{
	my ($server, $database) = @_;
	$server->safe_psql($database, "CALL ces_create_rollup('$_', \$\$ $rollups{$_} \$\$)") foreach sort keys %rollups;
	return;
}
$node->safe_psql('postgres', $tables);
$node->safe_psql('postgres', "INSERT INTO answers $rows; INSERT INTO parts $rows; ANALYZE");
$node->safe_psql('postgres', $functions);
create_all($node, 'postgres');
is($node->safe_psql('postgres', 'SELECT rollups_read()'), 'daily, daily_parts', 'queries are answered from the rollups');
is($node->safe_psql('postgres', 'SELECT wrong()'), 'wrong: ', 'and are right');

#
# A session that stays
#
package Session;

sub new
{
	my ($class, $server, $database) = @_;
	my $self = bless { in => '', out => '', n => 0 }, $class;
	$self->{psql} = IPC::Run::start([ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=0', '-f', '-', $server->connstr($database) ],
		'<', \$self->{in}, '>', \$self->{out}, '2>&1', IPC::Run::timeout($PostgreSQL::Test::Utils::timeout_default));
	return $self;
}

# Run statements; what they print.
sub run
{
	my ($self, $sql) = @_;
	my $marker = 'done ' . ++$self->{n};
	$self->{out} = '';
	$self->{in} .= "$sql;\n\\echo $marker\n";
	$self->{psql}->pump until $self->{out} =~ /^\Q$marker\E$/m;
	return $self->{out} =~ s/^\Q$marker\E\n//mr =~ s/\n\z//r;
}

sub finish
{
	my ($self) = @_;
	$self->{in} .= "\\q\n";
	$self->{psql}->finish;
	return;
}

package main;

#
# Snapshots that are older than what another session does
#
my $write = sub {
	my ($first) = @_;
	return join ';', map { "INSERT INTO $_ SELECT $first + n, timestamp '2026-02-05 10:00' + n * interval '5 hours', 'late', n % 11 FROM generate_series(1, 100) n; UPDATE $_ SET recommend = 0 WHERE id % 50 = $first / 100 % 50; DELETE FROM $_ WHERE id % 61 = $first / 100 % 61" } qw(answers parts);
};
my $fold = q{SELECT ces_fold_rollup('daily'); SELECT ces_fold_rollup('daily_parts')};
my $restore = "TRUNCATE answers, parts; INSERT INTO answers $rows; INSERT INTO parts $rows; ANALYZE answers, parts";
# What is done before the snapshot is taken, what after it; both in another session.
my @histories = (
	[ 'writes', '', $write->(10000) ],
	[ 'writes and folds', $write->(20000), $write->(30000) . ";$fold" ],
	[ 'a fold', $write->(40000), $fold ],
	[ 'TRUNCATE', '', 'TRUNCATE answers; TRUNCATE parts', restore => 1 ],
	[ 'TRUNCATE and new answers', '', "TRUNCATE answers; TRUNCATE parts; INSERT INTO answers $rows LIMIT 5000; INSERT INTO parts $rows LIMIT 5000; $fold", restore => 1 ],
	[ 'TRUNCATE of a partition', '', 'TRUNCATE parts_march', restore => 1 ],
	[ 'TRUNCATE of a partition, and a fold', '', "TRUNCATE parts_march; $fold", restore => 1 ],
	[ 'DELETE of all', '', "DELETE FROM answers; DELETE FROM parts; $fold", restore => 1 ],
	[ 'VACUUM FULL', $write->(50000), 'VACUUM FULL answers; VACUUM FULL parts_march' ],
	[ 'DETACH', '', 'ALTER TABLE parts DETACH PARTITION parts_march' ],
	[ 'DETACH, writes and ATTACH', '', q{INSERT INTO parts_march VALUES (99999, '2026-03-02', 'detached', 9); ALTER TABLE parts ATTACH PARTITION parts_march FOR VALUES FROM ('2026-03-01') TO ('2026-04-01')} ],
	[ 'a fold that counts a partition', '', $fold ],
	[ 'ATTACH', q{INSERT INTO parts_april VALUES (1, '2026-04-02', 'attached', 1)}, q{ALTER TABLE parts ATTACH PARTITION parts_april FOR VALUES FROM ('2026-04-01') TO ('2026-05-01')} ],
	[ 'a fold that counts it', '', $fold ],
	[ 'DETACH CONCURRENTLY', '', 'ALTER TABLE parts DETACH PARTITION parts_april CONCURRENTLY' ],
	[ 'ATTACH and a fold', q{INSERT INTO parts_april VALUES (2, '2026-04-03', 'attached', 1)}, qq{ALTER TABLE parts ATTACH PARTITION parts_april FOR VALUES FROM ('2026-04-01') TO ('2026-05-01'); $fold} ],
	[ 'DROP of a partition', '', 'DROP TABLE parts_april' ],
	[ 'a new partition', '', q{CREATE TABLE parts_april PARTITION OF parts FOR VALUES FROM ('2026-04-01') TO ('2026-05-01'); INSERT INTO parts VALUES (3, '2026-04-05', 'new', 3)} ],
	[ 'changes without a trigger, repaired', 'ALTER TABLE answers DISABLE TRIGGER USER; UPDATE answers SET recommend = 10 WHERE id % 9 = 0', q{SELECT ces_repair_rollup('daily')}, missed => 1 ],
	[ 'changes without a trigger', '', 'ALTER TABLE answers DISABLE TRIGGER USER; UPDATE answers SET recommend = 10 WHERE id % 7 = 0' ],
	[ 'changes without a trigger, repaired later', '', q{SELECT ces_repair_rollup('daily')}, missed => 1 ],
	[ 'changes without a trigger in a partition, repaired', 'ALTER TABLE parts_march DISABLE TRIGGER USER; UPDATE parts SET recommend = 10 WHERE id % 9 = 0', q{SELECT ces_repair_rollup('daily_parts')}, missed => 1 ],
	[ 'the rollups dropped', '', q{SELECT ces_drop_rollup('daily'); SELECT ces_drop_rollup('daily_parts')} ],
	[ 'the rollups created', $write->(60000), join(';', map { "CALL ces_create_rollup('$_', \$\$ $rollups{$_} \$\$)" } sort keys %rollups) ],
	[ 'the rollups dropped and created', '', join(';', map { "SELECT ces_drop_rollup('$_'); CALL ces_create_rollup('$_', \$\$ $rollups{$_} \$\$)" } sort keys %rollups) ],
	[ 'renames', '', 'ALTER VIEW daily RENAME TO daily_renamed; ALTER VIEW daily_renamed RENAME TO daily; ALTER TABLE answers RENAME recommend TO r; ALTER TABLE answers RENAME r TO recommend' ],
	[ 'row-level security', '', 'ALTER TABLE answers ENABLE ROW LEVEL SECURITY; ALTER TABLE answers DISABLE ROW LEVEL SECURITY' ]);
my $old = Session->new($node, 'postgres');
$old->run('SET plan_cache_mode = force_generic_plan; SELECT prepare_all()');
foreach my $history (@histories)
{
	my ($what, $before, $after, %option) = @$history;
	$node->safe_psql('postgres', $before) if $before ne '';
	is($old->run('SELECT wrong()'), 'wrong: ', "$what: right before") if !$option{missed};
	$old->run('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM query');
	# Neither VACUUM nor DETACH CONCURRENTLY can be in a transaction with others.
	$node->safe_psql('postgres', $_) foreach $what =~ /^VACUUM/ ? split(/;/, $after) : $after;
	is($old->run('SELECT wrong()'), 'wrong: ', "$what: right in an older snapshot");
	is($old->run('COMMIT; SELECT wrong()'), 'wrong: ', "$what: right in a new one");
	is($node->safe_psql('postgres', 'SELECT wrong()'), 'wrong: ', "$what: right in another session");
	if ($option{restore})
	{
		$node->safe_psql('postgres', $restore);
		$node->safe_psql('postgres', $fold);
	}
}
$node->safe_psql('postgres', $fold);
is($old->run('SELECT wrong()'), 'wrong: ', 'at the end: right');
is($node->safe_psql('postgres', 'SELECT rollups_read()'), 'daily, daily_parts', 'at the end: answered from the rollups');

# What is not committed, and what is undone.
my $writer = Session->new($node, 'postgres');
$writer->run('BEGIN; ' . $write->(70000));
is($writer->run('SELECT wrong()'), 'wrong: ', 'not committed: right for whoever writes');
is($old->run('SELECT wrong()'), 'wrong: ', '... and for others');
$writer->run(q{SAVEPOINT s; DELETE FROM answers WHERE channel = 'chat'; TRUNCATE parts_march});
is($writer->run('SELECT wrong()'), 'wrong: ', 'in a savepoint');
$writer->run('ROLLBACK TO s');
is($writer->run('SELECT wrong()'), 'wrong: ', 'undone');
$writer->run('COMMIT');
is($old->run('SELECT wrong()'), 'wrong: ', 'committed');

# Prepared transactions.
$writer->run('BEGIN; ' . $write->(80000) . '; SELECT rollups_read()');
is($writer->run('SELECT wrong()'), 'wrong: ', 'two phases: right');
is($writer->run(q{PREPARE TRANSACTION 'p'}), '', '... prepared');
is($old->run('SELECT wrong()'), 'wrong: ', '... right for others');
is($writer->run(q{COMMIT PREPARED 'p'; SELECT wrong()}), 'wrong: ', '... and committed');
is($old->run('SELECT wrong()'), 'wrong: ', '... right for others then');
$writer->run('BEGIN; DELETE FROM answers WHERE id < 5000');
$writer->run(q{PREPARE TRANSACTION 'q'});
is($writer->run(q{ROLLBACK PREPARED 'q'; SELECT wrong()}), 'wrong: ', '... or not');
$writer->finish;

# SERIALIZABLE.
my @serializable = map { Session->new($node, 'postgres') } 1 .. 2;
$_->run('BEGIN ISOLATION LEVEL SERIALIZABLE') foreach @serializable;
$_->run('SELECT nps(recommend) FROM answers') foreach @serializable;
$serializable[$_]->run("INSERT INTO answers VALUES (90000 + $_, '2026-02-10', 'chat', 5)") foreach 0 .. 1;
my @outcomes = map { $_->run('COMMIT') } @serializable;
is(scalar(grep { /could not serialize/ } @outcomes), 1, 'each of two transactions reads what the other writes: one fails');
$_->finish foreach @serializable;
is($old->run('SELECT wrong()'), 'wrong: ', 'right afterwards');
$old->finish;

#
# How to turn it on and off
#
$node->safe_psql('postgres', q{CREATE ROLE analyst LOGIN; GRANT SELECT ON answers, parts, query TO analyst; ALTER ROLE analyst SET ces.enable_rollups = off});
sub rollups_read_by
{
	my ($role, $options) = @_;
	local $ENV{PGOPTIONS} = $options // '';
	return $node->safe_psql('postgres', 'SELECT rollups_read()', extra_params => [ '-U', $role ]);
}
is(rollups_read_by('analyst'), 'answers', 'off for a role');
is(rollups_read_by('analyst', '-c ces.enable_rollups=on'), 'daily, daily_parts', 'on for a connection');
$node->safe_psql('postgres', q{ALTER ROLE analyst RESET ALL; ALTER DATABASE postgres SET ces.enable_rollups = off});
is(rollups_read_by('analyst'), 'answers', 'off for a database');
$node->safe_psql('postgres', q{ALTER DATABASE postgres RESET ALL});
$node->append_conf('postgresql.conf', "session_preload_libraries = ''");
$node->reload;
is($node->safe_psql('postgres', q{SELECT reads('SELECT nps(recommend) FROM answers')}), 'answers', 'without the library');
is($node->safe_psql('postgres', q{SELECT nps_category(9); SELECT rollups_read()}, extra_params => [ '-U', 'analyst' ]), "promoter\ndaily, daily_parts", 'once a function of ces was called');
is(rollups_read_by('postgres', '-c session_preload_libraries=ces'), 'daily, daily_parts', 'loaded for a connection');
$node->safe_psql('postgres', q{ALTER DATABASE postgres SET session_preload_libraries = 'ces'});
is(rollups_read_by('analyst'), 'daily, daily_parts', 'loaded for a database');
$node->safe_psql('postgres', q{ALTER DATABASE postgres RESET ALL});

#
# Beside others that have hooks, whichever is first
#
foreach my $libraries ('pg_stat_statements, ces, auto_explain', 'ces, auto_explain, pg_stat_statements', 'auto_explain, pg_stat_statements, ces')
{
	$node->append_conf('postgresql.conf', qq{
		shared_preload_libraries = '$libraries'
		pg_stat_statements.track_planning = on
		pg_stat_statements.track = all
		auto_explain.log_min_duration = 0
		auto_explain.log_nested_statements = on
	});
	$node->restart;
	$node->safe_psql('postgres', 'CREATE EXTENSION IF NOT EXISTS pg_stat_statements; SELECT pg_stat_statements_reset()');
	my $position = -s $node->logfile;
	$node->safe_psql('postgres', q{SELECT channel, nps(recommend) FROM answers WHERE at < '2026-02-20' GROUP BY 1;
		SELECT channel, nps(recommend) FROM answers WHERE at < '2026-02-21' GROUP BY 1});
	is($node->safe_psql('postgres', q{SELECT query, calls, rows > 0 FROM pg_stat_statements WHERE query ~ 'FROM answers WHERE'}),
		'SELECT channel, nps(recommend) FROM answers WHERE at < $1 GROUP BY 1|2|t', "$libraries: the statement is counted once");
	my $log = slurp_file($node->logfile, $position);
	like($log, qr/Query Text: SELECT channel, nps.*Seq Scan on daily_delta/s, "$libraries: its plan is in the log");
	is($node->safe_psql('postgres', 'SELECT wrong()'), 'wrong: ', "$libraries: right");
	is($node->safe_psql('postgres', 'SELECT rollups_read()'), 'daily, daily_parts', "$libraries: answered from the rollups");
	unlike(slurp_file($node->logfile, $position), qr/TRAP|PANIC|was terminated/, "$libraries: no crash");
}
$node->append_conf('postgresql.conf', "shared_preload_libraries = 'ces'\nauto_explain.log_min_duration = -1");
$node->restart;

#
# A standby
#
$node->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($node, 'backup', has_streaming => 1);
# The primary keeps the rows that a transaction of the standby sees.
$standby->append_conf('postgresql.conf', "hot_standby_feedback = on\nwal_receiver_status_interval = 1");
$standby->start;
$node->poll_query_until('postgres', 'SELECT bool_or(backend_xmin IS NOT NULL) FROM pg_stat_replication') or BAIL_OUT('the standby does not say what it sees');
sub catch_up { $node->wait_for_catchup($standby, 'replay', $node->lsn('insert')) }
$node->safe_psql('postgres', $write->(100000));
catch_up();
is($standby->safe_psql('postgres', 'SELECT wrong()'), 'wrong: ', 'standby: right');
is($standby->safe_psql('postgres', 'SELECT rollups_read()'), 'daily, daily_parts', 'standby: answered from the rollups');
my $reader = Session->new($standby, 'postgres');
$reader->run('SET plan_cache_mode = force_generic_plan; SELECT prepare_all()');
$reader->run('BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM query');
$node->safe_psql('postgres', $write->(110000) . ';' . q{INSERT INTO parts_april VALUES (77, '2026-04-20', 'x', 1)});
$node->safe_psql('postgres', $fold);
catch_up();
is($reader->run('SELECT wrong()'), 'wrong: ', 'standby: right in an older snapshot');
is($reader->run('COMMIT; SELECT wrong()'), 'wrong: ', 'standby: ... and in a new one');
$node->safe_psql('postgres', q{TRUNCATE parts_march; SELECT ces_drop_rollup('daily')});
catch_up();
is($reader->run('SELECT wrong()'), 'wrong: ', 'standby: right without the rollup');
$node->safe_psql('postgres', "CALL ces_create_rollup('daily', \$\$ $rollups{daily} \$\$)");
$node->safe_psql('postgres', $write->(120000));
catch_up();
is($reader->run('SELECT wrong()'), 'wrong: ', 'standby: right with it again');
$reader->finish;
is($standby->safe_psql('postgres', 'SELECT rollups_read()'), 'daily, daily_parts', 'standby: answered from the rollups again');
$standby->promote;
$standby->safe_psql('postgres', $write->(130000));
is($standby->safe_psql('postgres', 'SELECT wrong()'), 'wrong: ', 'promoted: right');
is($standby->safe_psql('postgres', 'SELECT rollups_read()'), 'daily, daily_parts', 'promoted: answered from the rollups');
$standby->stop;

#
# A subscriber with rollups of its own
#
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->append_conf('postgresql.conf', "session_preload_libraries = 'ces'\ntimezone = UTC");
$subscriber->start;
$subscriber->safe_psql('postgres', $tables);
$subscriber->safe_psql('postgres', $functions);
$subscriber->safe_psql('postgres', q{ALTER TABLE parts ATTACH PARTITION parts_april FOR VALUES FROM ('2026-04-01') TO ('2026-05-01')});
create_all($subscriber, 'postgres');
$node->safe_psql('postgres', 'CREATE PUBLICATION answers FOR TABLE answers, parts');
$subscriber->safe_psql('postgres', qq{CREATE SUBSCRIPTION answers CONNECTION '@{[ $node->connstr ]} dbname=postgres' PUBLICATION answers});
$subscriber->wait_for_subscription_sync($node, 'answers');
$subscriber->safe_psql('postgres', 'ANALYZE');
is($subscriber->safe_psql('postgres', 'SELECT wrong()'), 'wrong: ', 'subscriber: right once copied');
$node->safe_psql('postgres', $write->(140000));
$node->wait_for_catchup('answers');
is($subscriber->safe_psql('postgres', 'SELECT wrong()'), 'wrong: ', 'subscriber: right once applied');
$subscriber->safe_psql('postgres', $fold);
$subscriber->safe_psql('postgres', 'ANALYZE');
is($subscriber->safe_psql('postgres', 'SELECT wrong()'), 'wrong: ', 'subscriber: right once folded');
is($subscriber->safe_psql('postgres', 'SELECT rollups_read()'), 'daily, daily_parts', 'subscriber: answered from the rollups');
is($subscriber->safe_psql('postgres', 'SELECT nps(recommend), count(*) FROM answers'), $node->safe_psql('postgres', 'SELECT nps(recommend), count(*) FROM answers'), 'subscriber: as on the publisher');
$node->safe_psql('postgres', 'TRUNCATE answers');
$node->wait_for_catchup('answers');
is($subscriber->safe_psql('postgres', 'SELECT wrong()'), 'wrong: ', 'subscriber: right once emptied');
$subscriber->safe_psql('postgres', 'DROP SUBSCRIPTION answers');
$subscriber->stop;
$node->stop;
done_testing();
