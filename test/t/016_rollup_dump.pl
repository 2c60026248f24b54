# Dump and restore of rollups: whole, in parts, data only, as a role that owns nothing but the
# database. The rollup is right afterwards, or something says that it isn't.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Rollup;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;
my $tempdir = PostgreSQL::Test::Utils::tempdir;

$node->safe_psql('postgres', q{
	CREATE ROLE keeper LOGIN;
	CREATE DATABASE source OWNER keeper});
create_rollups($node, 'source', 'keeper');
rollups_are_right($node, 'source', 'before');

# A rollup that was never filled stays so.
$node->safe_psql('source', q{
	SET ROLE keeper;
	CALL ces_create_rollup('later', 'SELECT channel, ces_tally(effort, ''1..7'') AS effort FROM responses GROUP BY channel', false)});

sub database
{
	my ($name) = @_;
	$node->safe_psql('postgres', "CREATE DATABASE $name OWNER keeper");
	return ('-d', $node->connstr($name));
}

# A restored database: right at once, its rollups capture, fold and can be dropped.
sub works
{
	my ($database) = @_;
	rollups_are_right($node, $database, $database, problems => 1);
	is($node->safe_psql($database, q{SELECT rollup, populated FROM ces_rollup_status WHERE problem IS NOT NULL}),
		'later|f', "$database: a rollup that was not populated still isn't, and nothing else is wrong");
	is($node->safe_psql($database, q{SELECT count(*) FROM pg_trigger WHERE tgfoid::regproc::text LIKE '%ces_rollup%' AND tgenabled <> 'A'}),
		'0', "$database: triggers are ENABLE ALWAYS");
	write_answers($node, $database, 7, 'keeper');
	rollups_are_right($node, $database, "$database, written", problems => 1);
	$node->safe_psql($database, q{SET ROLE keeper; SELECT ces_fold_rollup('daily'), ces_fold_rollup('monthly'), ces_repair_rollup('later')});
	rollups_are_right($node, $database, "$database, folded");
	$node->safe_psql($database, q{INSERT INTO visits_february_a (id, day, shop, score) VALUES (1, '2026-02-02', 'a', 5); TRUNCATE responses});
	rollups_are_right($node, $database, "$database, emptied", empty => 1);
	is($node->safe_psql($database, q{SET ROLE keeper; SELECT name FROM (SELECT DISTINCT rollup::text AS name FROM ces_rollup_status OFFSET 0) s, LATERAL ces_drop_rollup(name::regclass) ORDER BY 1; TABLE ces_rollup_status}),
		join("\n", qw(daily later monthly), 'reports."By channel"'), "$database: rollups are dropped");
	return;
}

#
# Whole
#
my $custom = "$tempdir/custom";
$node->command_ok([ 'pg_dump', '-Fc', '-f', $custom, $node->connstr('source') ], 'custom: dump');
$node->command_ok([ 'pg_dump', '-f', "$tempdir/plain.sql", $node->connstr('source') ], 'plain: dump');
$node->command_ok([ 'pg_dump', '-Fd', '-j', '4', '-f', "$tempdir/directory", $node->connstr('source') ], 'directory: dump by 4 jobs');
$node->command_ok([ 'pg_dump', '--inserts', '-f', "$tempdir/inserts.sql", $node->connstr('source') ], 'inserts: dump');

my @psql = ('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1');
$node->command_ok([ @psql, database('plain'), '-f', "$tempdir/plain.sql" ], 'plain: restore');
works('plain');
$node->command_ok([ @psql, database('inserts'), '-f', "$tempdir/inserts.sql" ], 'inserts: restore');
works('inserts');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j', '4', database('custom'), $custom ], 'custom: restore by 4 jobs');
works('custom');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-j', '4', database('directory'), "$tempdir/directory" ], 'directory: restore by 4 jobs');
works('directory');
$node->command_ok([ 'pg_restore', '--exit-on-error', '-U', 'keeper', database('as_keeper'), $custom ], 'restore as the owner of the database');
works('as_keeper');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--single-transaction', database('single'), $custom ], 'restore in one transaction');
works('single');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--clean', '--if-exists', '-d', $node->connstr('source'), $custom ], 'restore over what is there');
rollups_are_right($node, 'source', 'restored over what was there', problems => 1);

# Dumped again, it is the same, but for what the rollups note about partitions.
sub statements { return [ grep { !/^\\(un)?restrict|^(\d+|visits\w*)\t\d+/ } split /\n/, slurp_file($_[0]) ] }
$node->safe_psql('postgres', 'CREATE DATABASE again OWNER keeper');
$node->command_ok([ @psql, '-d', $node->connstr('again'), '-f', "$tempdir/plain.sql" ], 'again: restore');
$node->command_ok([ 'pg_dump', '-f', "$tempdir/again.sql", $node->connstr('again') ], 'again: dump');
is_deeply(statements("$tempdir/again.sql"), statements("$tempdir/plain.sql"), 'again: the dump is the same');

#
# Several jobs may load partitions when the table already has its triggers: first the one that
# captures, then the others, then those of the partitions.
#
my ($contents) = run_command([ 'pg_restore', '-l', $custom ]);

# Restore those entries that match, and only those; each statement is part of a transaction.
sub restore_entries
{
	my ($database, $matches, $statement) = @_;
	my $list = "$tempdir/list";
	my $script = "$tempdir/entries.sql";

	unlink $list, $script;
	isnt(scalar(grep { /$matches/ } split /\n/, $contents), 0, "$database: there are entries that match $matches");
	append_to_file($list, join("\n", grep { /$matches/ } split /\n/, $contents) . "\n");
	$node->command_ok([ 'pg_restore', '-L', $list, '-f', $script, $custom ], "$database: entries that match $matches");
	unlink "$script.all";
	append_to_file("$script.all", ($statement // '') . ";\n" . slurp_file($script));
	$node->command_ok([ @psql, '--single-transaction', '-d', $node->connstr($database), '-f', "$script.all" ], "$database: they are restored");
	return;
}

database('jobs');
my $leaf = qr/TABLE DATA public visits_(january|february_a|february_rest) /;
my $post_data = qr/ (TRIGGER|CONSTRAINT|INDEX|FK CONSTRAINT) /;
my $on_source = qr{ TRIGGER public visits monthly_capture };
my $on_rollup = qr/ TRIGGER public monthly_/;
restore_entries('jobs', qr/^(?!.*$post_data)(?!.*$leaf)\d/);
restore_entries('jobs', $on_source);
restore_entries('jobs', qr/TABLE DATA public visits_january /, 'TRUNCATE ONLY visits_january');
restore_entries('jobs', $on_rollup);
restore_entries('jobs', qr/TABLE DATA public visits_february_a /, 'TRUNCATE ONLY visits_february_a');
restore_entries('jobs', qr/TABLE DATA public visits_february_rest /, 'TRUNCATE ONLY visits_february_rest');
restore_entries('jobs', qr/^(?!.*$on_source)(?!.*$on_rollup)\d.*$post_data/);
works('jobs');

#
# In sections: the schema, then the data; with and without triggers
#
sub restore_schema
{
	my ($database) = @_;
	$node->command_ok([ 'pg_restore', '--exit-on-error', '--schema-only', database($database), $custom ], "$database: restore of the schema");
	is($node->safe_psql($database, 'SELECT count(*) FROM responses'), '0', "$database: there are no answers");
	return;
}

restore_schema('schema_only');
rollups_are_right($node, 'schema_only', 'schema_only', empty => 1, problems => 1)
  if $node->psql('schema_only', 'SELECT * FROM daily') == 0;
paste_remedies($node, 'schema_only', 'schema_only');
write_answers($node, 'schema_only', 1, 'keeper');
paste_remedies($node, 'schema_only', 'schema_only, written');
rollups_are_right($node, 'schema_only', 'schema_only, written');

# Through the triggers: the answers are counted as they come, and the rollup's own data is refused.
restore_schema('through_triggers');
my ($stdout, $stderr) = run_command([ 'pg_restore', '--data-only', '-d', $node->connstr('through_triggers'), $custom ]);
like($stderr, qr/daily_store.*--disable-triggers/s, 'through_triggers: the data of the rollup is refused, with a hint');
isnt($node->safe_psql('through_triggers', 'SELECT count(*) FROM responses'), '0', 'through_triggers: the answers are there');
if ($node->psql('through_triggers', 'SELECT * FROM daily') == 0)
{
	rollups_are_right($node, 'through_triggers', 'through_triggers', problems => 1);
}
else
{
	isnt(problems_of($node, 'through_triggers'), '', 'through_triggers: the status says what is wrong');
}
paste_remedies($node, 'through_triggers', 'through_triggers');
rollups_are_right($node, 'through_triggers', 'through_triggers, repaired');
write_answers($node, 'through_triggers', 7, 'keeper');
rollups_are_right($node, 'through_triggers', 'through_triggers, written');

# Without triggers: answers and rollup come as they were. Then triggers don't fire always.
restore_schema('without_triggers');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--data-only', '--disable-triggers', '-d', $node->connstr('without_triggers'), $custom ],
	'without_triggers: restore of the data');
rollups_are_right($node, 'without_triggers', 'without_triggers', problems => 1);
like(problems_of($node, 'without_triggers'), qr/ALWAYS/, 'without_triggers: the status says that triggers do not fire always');
write_answers($node, 'without_triggers', 7, 'keeper');
rollups_are_right($node, 'without_triggers', 'without_triggers, written', problems => 1);
paste_remedies($node, 'without_triggers', 'without_triggers');
rollups_are_right($node, 'without_triggers', 'without_triggers, repaired');

# The answers alone, without triggers: nothing is counted, and that isn't hidden.
restore_schema('answers_only');
$node->command_ok([ 'pg_restore', '--exit-on-error', '--data-only', '--disable-triggers', '-t', 'responses', '-d', $node->connstr('answers_only'), $custom ],
	'answers_only: restore of one table');
isnt(problems_of($node, 'answers_only'), '', 'answers_only: the status says what is wrong');
paste_remedies($node, 'answers_only', 'answers_only');
rollups_are_right($node, 'answers_only', 'answers_only, repaired');

# Twice.
($stdout, $stderr) = run_command([ 'pg_restore', '--data-only', '-t', 'visits_january', '-d', $node->connstr('without_triggers'), $custom ]);
rollups_are_right($node, 'without_triggers', 'rows restored twice');

#
# Parts
#
sub part
{
	my ($database, @options) = @_;
	$node->command_ok([ 'pg_dump', '-f', "$tempdir/$database.sql", @options, $node->connstr('source') ], "$database: dump");
	my @target = database($database);
	$node->safe_psql($database, 'CREATE EXTENSION ces; CREATE SCHEMA reports');
	my ($out, $err) = run_command([ 'psql', '-X', '-q', @target, '-f', "$tempdir/$database.sql" ]);
	return $err;
}

# The table without its rollups: they don't hinder those who write it.
my $errors = part('table_only', '-t', 'responses');
is($node->safe_psql('table_only', q{INSERT INTO responses VALUES (1, '2026-01-01', 'chat', 1, 7, 10); SELECT count(*) > 0 FROM responses; TRUNCATE responses}),
	't', 'table_only: the table is there and can be written');
$errors = part('without_rollup', '-T', 'daily*');
is($node->safe_psql('without_rollup', q{INSERT INTO responses VALUES (1, '2026-01-01', 'chat', 1, 7, 10); SELECT count(*) > 0 FROM responses}),
	't', 'without_rollup: the table is there and can be written');
rollup_is_right($node, 'without_rollup', 'monthly', $Rollup::query_of{monthly}, 'without_rollup');
rollup_is_right($node, 'without_rollup', 'reports."By channel"', $Rollup::query_of{'reports."By channel"'}, 'without_rollup');

# The rollup without the table: nobody takes what is left for an answer.
$errors = part('rollup_only', '-t', 'daily*');
my $status = $node->psql('rollup_only', 'SELECT * FROM daily');
isnt($status, 0, 'rollup_only: it can not be read');

# All of one rollup.
$errors = part('one_rollup', '-t', 'responses', '-t', 'daily*');
rollup_is_right($node, 'one_rollup', 'daily', $Rollup::query_of{daily}, 'one_rollup');
$node->safe_psql('one_rollup', q{
	INSERT INTO responses VALUES (1, '2026-01-01', 'chat', 1, 7, 10);
	SELECT ces_fold_rollup('daily')});
rollup_is_right($node, 'one_rollup', 'daily', $Rollup::query_of{daily}, 'one_rollup, written');

# One partition.
$errors = part('partition', '-t', 'visits_january');
is($node->safe_psql('partition', q{INSERT INTO visits_january VALUES (1, '2026-01-02', 'a', 5); SELECT count(*) > 0 FROM visits_january}),
	't', 'partition: the table is there and can be written');

$node->stop;
done_testing();
