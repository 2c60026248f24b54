# Tallies and scales on a physical standby, and through logical replication.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Survey;

my $primary = PostgreSQL::Test::Cluster->new('primary');
$primary->init(allows_streaming => 'logical');
$primary->append_conf('postgresql.conf', 'max_prepared_transactions = 5');
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

# A label of a transaction that was in progress when a later one had ended: nothing in a
# snapshot of the standby changes when it ends, except its list of those in progress. The
# function looks a label up, lets the primary commit it, waits until the standby has it, and
# looks it up at the same place.
$primary->safe_psql('postgres', q{
	CREATE FUNCTION score_before_and_after(commit text) RETURNS int[] LANGUAGE plpgsql AS $$
	DECLARE
		score int;
		scores int[];
		visible boolean := false;
	BEGIN
		FOR i IN 1..3000 LOOP
			score := ces_score('late', 'agreement5', strict => false);
			scores := CASE i WHEN 1 THEN ARRAY[score] ELSE ARRAY[scores[1], score] END;
			EXIT WHEN visible;
			IF i = 1 THEN
				EXECUTE format('COPY (SELECT 1) TO PROGRAM %L', commit);
			END IF;
			visible := EXISTS (SELECT FROM ces_label WHERE label = 'late');
			PERFORM pg_sleep(0.01);
		END LOOP;
		RETURN scores;
	END $$;
	BEGIN;
	INSERT INTO ces_label (label_set, label, score) VALUES ('agreement5', 'late', 2);
	PREPARE TRANSACTION 'label';
	CREATE TABLE later ()});
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));
my $commit = qq{cat >/dev/null; psql -X -q -h @{[ $primary->host ]} -p @{[ $primary->port ]} -d postgres -c "COMMIT PREPARED 'label'"};
is($standby->safe_psql('postgres', "SELECT score_before_and_after(\$q\$$commit\$q\$)"), '{NULL,2}',
	'standby: sees a label that is committed meanwhile');
$primary->safe_psql('postgres', q{DROP FUNCTION score_before_and_after; DROP TABLE later; DELETE FROM ces_label WHERE label = 'late'});
$primary->wait_for_catchup($standby, 'replay', $primary->lsn('insert'));

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
	CREATE TABLE without_key (scale ces_scale, tally ces_tally, drivers ces_drivers);
	ALTER TABLE without_key REPLICA IDENTITY FULL;
	CREATE TABLE by_scale_only (scale ces_scale PRIMARY KEY, tally ces_tally);
	INSERT INTO rollup
	SELECT n, ces_scale(1, 2 + n), ces_from_counts(ces_scale(1, 2 + n), array_agg(value)),
		ARRAY[NULL, ces_from_counts('0..1', ARRAY[n, 0])]
	FROM generate_series(1, 50) n, LATERAL (
		SELECT (2::numeric ^ ((n + point) % 60))::bigint FROM generate_series(1, 2 + n) point) AS counts (value)
	GROUP BY n;
	INSERT INTO without_key SELECT scale, tally, (SELECT ces_drivers(n, '{id,Zoë}', ARRAY[id, n * id]) FROM generate_series(1, 9) n) FROM rollup;
	INSERT INTO by_scale_only SELECT scale, tally FROM rollup;
});

my $contents = q{
	SELECT id, scale, tally, tallies, ces_median(tally) FROM rollup ORDER BY id;
	SELECT scale, tally, drivers FROM without_key ORDER BY scale, tally::text;
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
		CREATE TABLE without_key (scale ces_scale, tally ces_tally, drivers ces_drivers);
		CREATE TABLE by_scale_only (scale ces_scale PRIMARY KEY, tally ces_tally);
		CREATE SUBSCRIPTION $form CONNECTION '$connection' PUBLICATION $form WITH (binary = @{[ $form eq 'in_binary' ? 'true' : 'false' ]});
	});
	$subscriber->wait_for_subscription_sync($primary, $form, $form);
	is($subscriber->safe_psql($form, $contents), $primary->safe_psql('postgres', $contents), "$form: existing rows are copied");
	$primary->safe_psql('postgres', q{
		UPDATE rollup SET tally = tally + tally, tallies = array_append(tallies, tally) WHERE id % 3 = 0 AND id < 1000;
		DELETE FROM rollup WHERE id % 7 = 0;
		INSERT INTO rollup SELECT 1000 + max(id), '1..7', '1..7 {0,0,0,0,0,0,9223372036854775807}' FROM rollup;
		UPDATE without_key SET tally = tally + tally, drivers = drivers + drivers WHERE scale < '1..20';
		DELETE FROM without_key WHERE scale > '1..40';
		UPDATE by_scale_only SET tally = tally - tally WHERE scale = '1..10';
		DELETE FROM by_scale_only WHERE scale = '1..11'});
	$primary->wait_for_catchup($form);
	is($subscriber->safe_psql($form, $contents), $primary->safe_psql('postgres', $contents), "$form: changes are copied");
	is($subscriber->safe_psql($form, q{SET enable_seqscan = off; SELECT id > 1000 FROM rollup WHERE tally = '1..7 {0,0,0,0,0,0,9223372036854775807}' LIMIT 1}),
		't', "$form: changes are indexed");
	$subscriber->safe_psql($form, "DROP SUBSCRIPTION $form");
}

#
# All tables: those of the labels, too. Both servers have the labels that come with the
# extension, and a subscriber may have labels of its own.
#
foreach my $node ($primary, $subscriber)
{
	$node->safe_psql('postgres', 'CREATE DATABASE all_tables');
	$node->safe_psql('all_tables', q{CREATE EXTENSION ces; CREATE TABLE answers (id int PRIMARY KEY, answer text CHECK (ces_score(answer, 'ease5') IS NOT NULL))});
}
$primary->safe_psql('all_tables', q{
	INSERT INTO answers VALUES (1, 'easy'), (2, 'very difficult');
	INSERT INTO ces_label (label_set, label, score) VALUES ('stars', '*', 1);
	INSERT INTO ces_label_set VALUES ('stars', '1..3');
	CREATE PUBLICATION all_tables FOR ALL TABLES});
$subscriber->safe_psql('all_tables', qq{
	INSERT INTO ces_label (label_set, label, score) VALUES ('mine', 'x', 1);
	CREATE SUBSCRIPTION all_tables CONNECTION '@{[ $primary->connstr ]} dbname=all_tables' PUBLICATION all_tables});
$subscriber->wait_for_subscription_sync($primary, 'all_tables', 'all_tables');
$primary->safe_psql('all_tables', q{
	INSERT INTO ces_label (label_set, label, score) VALUES ('stars', '***', 3);
	UPDATE ces_label SET score = 2 WHERE label = '*';
	INSERT INTO answers VALUES (3, 'hard')});
$primary->wait_for_catchup('all_tables');
is($subscriber->safe_psql('all_tables', q{
		SELECT label_set, label, score, scale FROM ces_all_labels WHERE NOT builtin ORDER BY 1, 2;
		SELECT ces_mean(answer, 'ease5'), count(*) FROM answers}),
	"mine|x|1|\nstars|*|2|1..3 top 3 bottom 1\nstars|***|3|1..3 top 3 bottom 1\n2.3333333333333333|3",
	'FOR ALL TABLES: rows and changes are copied');
$subscriber->safe_psql('all_tables', 'DROP SUBSCRIPTION all_tables');

$subscriber->stop;
$primary->stop;
done_testing();
