# Rollups in the tests that have servers of their own: some to begin with, and whether they are
# right.
package Rollup;

use strict;
use warnings;
use Exporter 'import';
use IPC::Run;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(create_rollups write_answers rollup_is_right rollups_are_right problems_of
  paste_remedies start_psql wait_for_sleep wait_for_lock recover);

# The rollups of create_rollups, and the queries that they answer.
our %query_of = (
	daily => q{
		SELECT answered_on AS day, channel, agent, ces_tally(effort, '1..7') AS effort,
			ces_tally(recommend, 'nps') AS recommend, count(*) AS responses
		FROM responses GROUP BY 1, 2, 3},
	'reports."By channel"' => q{
		SELECT lower(channel) AS "Channel", ces_tally(effort, '1..7') FILTER (WHERE agent IS NOT NULL) AS effort,
			count(agent) AS agents
		FROM responses WHERE recommend IS DISTINCT FROM 5 GROUP BY lower(channel)},
	monthly => q{
		SELECT date_trunc('month', day::timestamp)::date AS month, ces_tally(score, '1..5') AS score, count(*) AS visits
		FROM visits GROUP BY 1});

# A plain table with two rollups, of which one is in another schema, and a partitioned table with
# one; rows that are folded, and rows that aren't. Each statement runs as the role, if one is given.
sub create_rollups
{
	my ($node, $database, $role) = @_;
	my $as = $role ? "SET ROLE $role;" : '';

	$node->safe_psql($database, qq{
		$as
		CREATE EXTENSION IF NOT EXISTS ces;
		CREATE SCHEMA reports;
		CREATE TABLE responses (
			id integer PRIMARY KEY, answered_on date, channel text, agent integer, effort smallint, recommend integer
		);
		CREATE TABLE visits (id integer, day date, shop text, score integer) PARTITION BY RANGE (day);
		CREATE TABLE visits_january PARTITION OF visits FOR VALUES FROM ('2026-01-01') TO ('2026-02-01');
		CREATE TABLE visits_february (gone integer, score integer, shop text, day date, id integer) PARTITION BY LIST (shop);
		ALTER TABLE visits_february DROP gone;
		CREATE TABLE visits_february_a PARTITION OF visits_february FOR VALUES IN ('a');
		CREATE TABLE visits_february_rest PARTITION OF visits_february DEFAULT;
		ALTER TABLE visits ATTACH PARTITION visits_february FOR VALUES FROM ('2026-02-01') TO ('2026-03-01')});
	write_answers($node, $database, 1, $role);
	$node->safe_psql($database, "$as CALL ces_create_rollup(\$name\$$_\$name\$, \$query\$$query_of{$_}\$query\$)")
	  foreach sort keys %query_of;
	write_answers($node, $database, 2, $role);
	$node->safe_psql($database, "$as SELECT ces_fold_rollup('daily'), ces_fold_rollup('monthly')");
	write_answers($node, $database, 3, $role);
	return;
}

# Statements of every kind; each round has IDs of its own.
sub write_answers
{
	my ($node, $database, $round, $role) = @_;
	my $first = 10000 * $round;
	my $as = $role ? "SET ROLE $role;" : '';

	$node->safe_psql($database, qq{
		$as
		INSERT INTO responses
		SELECT $first + n, date '2026-01-01' + n % 20, (ARRAY['chat', 'Chat', 'email', NULL])[1 + n % 4],
			nullif(n % 7, 0), nullif(1 + n * 3 % 8, 8), nullif(n * 5 % 12, 11)
		FROM generate_series(1, 300) n;
		INSERT INTO responses VALUES ($first, '2026-02-01', 'phone', 1, 7, 10);
		UPDATE responses SET effort = 8 - effort WHERE id % 5 = 0 AND id > $first - 10000;
		UPDATE responses SET channel = 'fax' WHERE id % 11 = 0 AND id > $first - 10000;
		UPDATE responses SET recommend = 5 WHERE id = $first;
		DELETE FROM responses WHERE id % 13 = 0 AND id > $first - 10000;
		INSERT INTO visits
		SELECT $first + n, date '2026-01-01' + n % 59, (ARRAY['a', 'b', 'c'])[1 + n % 3], nullif(n % 6, 0) FROM generate_series(1, 300) n;
		INSERT INTO visits_february (id, day, shop, score) VALUES ($first, '2026-02-02', 'a', 5);
		INSERT INTO visits_january VALUES ($first + 301, '2026-01-02', 'a', 5);
		UPDATE visits SET day = day + 28 WHERE id % 17 = 0 AND day < '2026-02-01';
		DELETE FROM visits_february_rest WHERE id % 19 = 0});
	return;
}

# Is a rollup the result of its query over the answers themselves, in one snapshot?
sub rollup_is_right
{
	my ($node, $database, $rollup, $query, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	is($node->safe_psql($database, qq{
			SET ces.enable_rollups = off;
			BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY;
			SELECT 'too much: ' || r::text FROM (SELECT * FROM $rollup EXCEPT ALL ($query)) r;
			SELECT 'missing: ' || r::text FROM (($query) EXCEPT ALL SELECT * FROM $rollup) r;
			COMMIT}),
		'', "$name: $rollup is right");
	return;
}

# Those of create_rollups: they are right, not empty, and ces finds so, too. Without a status,
# where something is known to be wrong.
sub rollups_are_right
{
	my ($node, $database, $name, %option) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	foreach my $rollup (sort keys %query_of)
	{
		rollup_is_right($node, $database, $rollup, $query_of{$rollup}, $name);
		is($node->safe_psql($database, "SELECT * FROM ces_check_rollup(\$name\$$rollup\$name\$)"), '', "$name: the check of $rollup finds nothing");
	}
	is($node->safe_psql($database, 'SELECT count(*) > 0 FROM daily'), 't', "$name: daily has rows") if !$option{empty};
	is(problems_of($node, $database), '', "$name: no problems") if !$option{problems};
	return;
}

sub problems_of
{
	my ($node, $database) = @_;
	return $node->safe_psql($database, 'SELECT problem, remedy FROM ces_rollup_status WHERE problem IS NOT NULL ORDER BY 1, 2');
}

# Type what the status says, one by one, until nothing is wrong or nothing helps.
sub paste_remedies
{
	my ($node, $database, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;

	foreach (1 .. 20)
	{
		my $remedy = $node->safe_psql($database,
			'SELECT remedy FROM ces_rollup_status WHERE problem IS NOT NULL ORDER BY problem LIMIT 1');
		last if $remedy eq '';
		note $remedy;
		$node->safe_psql($database, $remedy);
	}
	is(problems_of($node, $database), '', "$name: the remedies are remedies");
	return;
}

# Start psql on statements, and leave it running.
my $scripts = 0;
sub start_psql
{
	my ($node, $database, $sql, $output, $errors) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir . '/statements' . ++$scripts . '.sql';
	$errors //= \my $ignored;
	append_to_file($file, $sql);
	return IPC::Run::start(
		[ 'psql', '-XAtq', '-v', 'ON_ERROR_STOP=1', '-f', $file, $node->connstr($database) ],
		'>', $output // \my $nothing, '2>', $errors);
}

# Until one backend sleeps, or waits for a lock of this kind in a statement like this.
sub wait_for_sleep
{
	my ($node, $when) = @_;
	$node->poll_query_until('postgres', "SELECT count(*) = 1 FROM pg_stat_activity WHERE wait_event = 'PgSleep'")
	  or BAIL_OUT("never came to the moment: $when");
	return;
}

sub wait_for_lock
{
	my ($node, $statement, $when) = @_;
	$node->poll_query_until('postgres',
		"SELECT count(*) > 0 FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND query LIKE \$s\$%$statement%\$s\$ AND pid <> pg_backend_pid()")
	  or BAIL_OUT("never came to the moment: $when");
	return;
}

# Kill the postmaster, and start the server again once its processes have noticed.
sub recover
{
	my ($node, @clients) = @_;
	$node->kill9;
	$_->finish foreach @clients;
	foreach my $attempt (1 .. 10 * $PostgreSQL::Test::Utils::timeout_default)
	{
		select undef, undef, undef, 0.1;
		return if $node->start(fail_ok => 1);
		$node->stop('fast', fail_ok => 1);
	}
	BAIL_OUT('the server does not start any more');
}

1;
