# The database that survey.sql fills, and what it holds after it was dumped, moved or upgraded.
package Survey;

use strict;
use warnings;
use Exporter 'import';
use File::Basename;
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(create_survey contents_of_survey indexes_are_used dump_of lines_of);

# The relations whose rows are compared.
my @relations = qw(responses questions daily by_scale drivers_by_day drivers repeats monthly report weekly);

# Create the extension, unless it exists, in the schema (by default public), and fill the
# database.
sub create_survey
{
	my ($node, $database, $schema) = @_;
	$schema //= 'public';

	$node->safe_psql($database, "CREATE SCHEMA IF NOT EXISTS $schema; CREATE EXTENSION IF NOT EXISTS ces SCHEMA $schema");
	$node->safe_psql($database,
		"SET search_path = public, $schema;\n" . slurp_file(dirname(__FILE__) . '/survey.sql'));
	return;
}

# Every row of every relation, and what functions and labels return, as lines.
sub contents_of_survey
{
	my ($node, $database, $schema) = @_;
	$schema //= 'public';

	my $rows = join ' UNION ALL ',
	  map { "SELECT '$_', r::text FROM $_ r" } @relations;
	my $lines = $node->safe_psql($database, qq{
		SET search_path = public, $schema;
		SELECT * FROM ($rows) AS rows ORDER BY 1, 2;
		SELECT tableoid::regclass, count(*), ces_rollup(tally) FROM by_scale GROUP BY 1, ces_scale(tally) ORDER BY 1, ces_scale(tally);
		SELECT channel, ces_median(effort_of(channel)), ces_stddev(effort_of(channel)) FROM report ORDER BY 1;
		SELECT label_set, language, label, score, scale FROM ces_all_labels WHERE NOT builtin ORDER BY 1, 2, 3;
		SELECT ces_score('Neutraal', 'agreement5'), ces_score('prima', 'agreement5'), ces_score('eens', 'agreement5');
	});
	return [ split /\n/, $lines ];
}

# Dump a database, with the pg_dump of another node if one is given: the file.
my $dumps = 0;
sub dump_of
{
	my ($node, $database, $dumper) = @_;
	my $file = PostgreSQL::Test::Utils::tempdir . '/' . ++$dumps . "-$database.sql";
	($dumper // $node)->command_ok([ 'pg_dump', '-f', $file, $node->connstr($database) ],
		$node->name . ": dump of $database");
	return $file;
}

# The lines of a dump, without those that differ each time: newer versions of pg_dump add a
# random word to \restrict.
sub lines_of
{
	my ($dump) = @_;
	return [ grep { !/^\\(un)?restrict/ } split /\n/, slurp_file($dump) ];
}

# Does each index on a type of ces find its row?
sub indexes_are_used
{
	my ($node, $database, $schema) = @_;
	$schema //= 'public';
	my %queries = (
		questions_pkey => "SELECT question = 'effort' FROM questions WHERE scale = '1..7' ORDER BY scale",
		questions_scale_hash => "SELECT question = 'effort' FROM questions WHERE scale = '1..7'",
		questions_long_scale => "SELECT count(*) > 0 FROM questions WHERE scale > '1..7'",
		daily_effort => "SELECT channel = 'wide' FROM daily WHERE effort = '1..7 {0,0,0,0,255,256,1152921504606846976}'",
		daily_topbox => "SELECT count(*) > 0 FROM daily WHERE ces_topbox(effort) = 100",
		daily_scale => "SELECT count(*) = 1 FROM daily WHERE ces_scale(effort) = '0..100' AND ces_count(effort) > 30",
		weekly_effort => "SELECT count(*) = 0 FROM weekly WHERE effort = '1..7 {1,1,1,1,1,1,1}'");

	# Where two indexes fit, drop the other one.
	my %without = (
		questions_pkey => 'DROP INDEX questions_scale_hash;',
		questions_scale_hash => 'ALTER TABLE questions DROP CONSTRAINT questions_pkey;',
		questions_long_scale => 'ALTER TABLE questions DROP CONSTRAINT questions_pkey;');

	foreach my $index (sort keys %queries)
	{
		my $begin = "BEGIN; SET LOCAL search_path = public, $schema; SET LOCAL enable_seqscan = off; "
		  . ($without{$index} // '');
		like($node->safe_psql($database, "$begin EXPLAIN $queries{$index}; ROLLBACK"),
			qr/\b$index\b/, "$database: index $index is used");
		is($node->safe_psql($database, "$begin $queries{$index}; ROLLBACK"),
			't', "$database: index $index finds what is there");
	}
	return;
}

1;
