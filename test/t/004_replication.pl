# Tallies and scales on a physical standby, and through logical replication.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Survey;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 'logical');
$primary->start;

#
# A standby reads what the primary wrote, and takes over.
#
$primary->backup('backup');
my $standby = PostgreSQL::Test::Cluster->new('standby');
$standby->init_from_backup($primary, 'backup', has_streaming => 1);
$standby->start;
create_survey($primary, 'postgres');
my $before = contents_of_survey($primary, 'postgres');
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
is_deeply(contents_of_survey($standby, 'postgres'), $before, 'standby: same contents');

$primary->safe_psql('postgres', q{
	UPDATE daily SET effort = effort + '1..7 {0,0,0,0,0,1000000,0}' WHERE channel = 'chat';
	DELETE FROM daily WHERE channel = 'email' AND day < '2026-01-10';
	REFRESH MATERIALIZED VIEW weekly;
	INSERT INTO ces_label (label_set, label, score) VALUES ('agreement5', 'after the backup', 3)});
my $after = contents_of_survey($primary, 'postgres');
isnt("@$after", "@$before", 'the primary changes');
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
is_deeply(contents_of_survey($standby, 'postgres'), $after, 'standby: same changes');
is($standby->safe_psql('postgres', "SELECT pg_is_in_recovery(), ces_score('after the backup', 'agreement5')"),
	't|3', 'standby: reads labels, in recovery');

$primary->stop;
$standby->promote;
is_deeply(contents_of_survey($standby, 'postgres'), $after, 'promoted: same contents');
indexes_are_used($standby, 'postgres');
$standby->safe_psql('postgres', q{UPDATE daily SET effort = effort - '1..7 {0,0,0,0,0,1000000,0}' WHERE channel = 'chat'});
is($standby->safe_psql('postgres', q{SELECT ces_counts(ces_rollup(effort)) FROM daily WHERE channel = 'chat'}),
	$standby->safe_psql('postgres', q{SELECT ces_counts(ces_tally(effort, '1..7')) FROM responses WHERE channel = 'chat'}),
	'promoted: takes writes');
$standby->stop;

#
# Logical replication, in text and in binary, to a server that has the extension in another
# schema.
#
$primary->start;
my $subscriber = PostgreSQL::Test::Cluster->new('subscriber');
$subscriber->init;
$subscriber->start;

$primary->safe_psql('postgres', q{
	CREATE TABLE rollup (
		id integer PRIMARY KEY, scale ces_scale, tally ces_tally, tallies ces_tally[]
	);
	CREATE TABLE without_key (scale ces_scale, tally ces_tally);
	ALTER TABLE without_key REPLICA IDENTITY FULL;
	CREATE TABLE by_scale_only (scale ces_scale PRIMARY KEY, tally ces_tally);
	INSERT INTO rollup
	SELECT n, ces_scale(1, 2 + n), ces_from_counts(ces_scale(1, 2 + n), array_agg(value)),
		ARRAY[NULL, ces_from_counts('0..1', ARRAY[n, 0])]
	FROM generate_series(1, 50) n, LATERAL (
		SELECT (2::numeric ^ ((n + point) % 60))::bigint FROM generate_series(1, 2 + n) point) AS counts (value)
	GROUP BY n;
	INSERT INTO without_key SELECT scale, tally FROM rollup;
	INSERT INTO by_scale_only SELECT scale, tally FROM rollup;
});

my $contents = q{
	SELECT id, scale, tally, tallies, ces_median(tally) FROM rollup ORDER BY id;
	SELECT scale, tally FROM without_key ORDER BY scale, tally::text;
	SELECT scale, tally FROM by_scale_only ORDER BY scale};
foreach my $form ('in_text', 'in_binary')
{
	my $schema = "ces_$form";
	my $connection = $primary->connstr . ' dbname=postgres';
	$primary->safe_psql('postgres', "CREATE PUBLICATION $form FOR TABLE rollup, without_key, by_scale_only");
	$subscriber->safe_psql('postgres', "CREATE DATABASE $form");
	$subscriber->safe_psql($form, qq{
		CREATE SCHEMA $schema;
		CREATE EXTENSION ces SCHEMA $schema;
		ALTER DATABASE $form SET search_path = public, $schema;
		SET search_path = public, $schema;
		CREATE TABLE rollup (id integer PRIMARY KEY, scale ces_scale, tally ces_tally, tallies ces_tally[]);
		CREATE INDEX ON rollup USING hash (tally);
		CREATE TABLE without_key (scale ces_scale, tally ces_tally);
		CREATE TABLE by_scale_only (scale ces_scale PRIMARY KEY, tally ces_tally);
		CREATE SUBSCRIPTION $form CONNECTION '$connection' PUBLICATION $form WITH (binary = @{[ $form eq 'in_binary' ? 'true' : 'false' ]});
	});
	$subscriber->wait_for_subscription_sync($primary, $form, $form);
	is($subscriber->safe_psql($form, $contents), $primary->safe_psql('postgres', $contents), "$form: existing rows are copied");
	$primary->safe_psql('postgres', q{
		UPDATE rollup SET tally = tally + tally, tallies = array_append(tallies, tally) WHERE id % 3 = 0 AND id < 1000;
		DELETE FROM rollup WHERE id % 7 = 0;
		INSERT INTO rollup SELECT 1000 + max(id), '1..7', '1..7 {0,0,0,0,0,0,9223372036854775807}' FROM rollup;
		UPDATE without_key SET tally = tally + tally WHERE scale < '1..20';
		DELETE FROM without_key WHERE scale > '1..40';
		UPDATE by_scale_only SET tally = tally - tally WHERE scale = '1..10';
		DELETE FROM by_scale_only WHERE scale = '1..11'});
	$primary->wait_for_catchup($form);
	is($subscriber->safe_psql($form, $contents), $primary->safe_psql('postgres', $contents), "$form: changes are copied");
	is($subscriber->safe_psql($form, q{SET enable_seqscan = off; SELECT id > 1000 FROM rollup WHERE tally = '1..7 {0,0,0,0,0,0,9223372036854775807}' LIMIT 1}),
		't', "$form: changes are indexed");
	$subscriber->safe_psql($form, "DROP SUBSCRIPTION $form");
}

$subscriber->stop;
$primary->stop;
done_testing();
