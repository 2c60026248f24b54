# Rollups while their tables are rewritten, renamed and moved; dropping the extension; a statement
# with very many groups; a held-back snapshot.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Rollup;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', 'autovacuum = off');
$node->start;
create_rollups($node, 'postgres');
my $round = 4;

# After something was done: right as it is, after more was written, and after a fold.
sub still_right
{
	my ($when) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	rollups_are_right($node, 'postgres', $when, problems => 1);
	paste_remedies($node, 'postgres', $when) if problems_of($node, 'postgres') ne '';
	write_answers($node, 'postgres', $round++);
	rollups_are_right($node, 'postgres', "$when, written");
	$node->safe_psql('postgres', q{SELECT ces_fold_rollup('daily')});
	rollups_are_right($node, 'postgres', "$when, folded");
	return;
}

#
# Rewritten
#
$node->safe_psql('postgres', 'VACUUM FULL');
still_right('VACUUM FULL');
$node->safe_psql('postgres', 'CLUSTER responses USING responses_pkey; VACUUM (FREEZE, ANALYZE); REINDEX DATABASE postgres');
still_right('CLUSTER, FREEZE, REINDEX');
$node->safe_psql('postgres', q{
	ALTER TABLE responses ADD random double precision DEFAULT random();
	ALTER TABLE responses ADD constant text DEFAULT 'x';
	ALTER TABLE responses ALTER id TYPE bigint;
	ALTER TABLE visits ADD random double precision DEFAULT random();
	ALTER TABLE visits ALTER id TYPE bigint});
still_right('ALTER TABLE that rewrites');
$node->safe_psql('postgres', q{
	ALTER TABLE responses DROP random;
	ALTER TABLE visits DROP random;
	ALTER TABLE responses ADD CHECK (effort > 0), ALTER channel SET STORAGE EXTERNAL, SET (fillfactor = 50);
	CREATE INDEX ON responses (channel);
	ALTER TABLE responses REPLICA IDENTITY FULL});
still_right('other changes of the tables');
foreach (
	[ 'ALTER TABLE responses DROP channel', qr/depend/ ],
	[ 'ALTER TABLE responses ALTER effort TYPE integer', qr/used by a view/ ],
	[ 'DROP TABLE responses', qr/depend/ ],
	[ 'DROP TABLE daily_store', qr/depend/ ],
	[ 'DROP VIEW daily_definition', qr/depend/ ],
	[ 'DROP EXTENSION ces', qr/depend/ ])
{
	my ($sql, $error) = @$_;
	my ($status, $stdout, $stderr) = $node->psql('postgres', $sql);
	like($stderr, $error, "$sql: refused");
}

# In one transaction with writing.
$node->safe_psql('postgres', q{
	BEGIN;
	INSERT INTO responses (id, channel, effort) VALUES (1, 'new', 1);
	SELECT * FROM daily;
	ALTER TABLE responses ADD volatile double precision DEFAULT random();
	INSERT INTO responses (id, channel, effort) VALUES (2, 'new', 2);
	ALTER TABLE responses DROP volatile;
	UPDATE responses SET effort = 3 WHERE id IN (1, 2);
	COMMIT});
still_right('ALTER TABLE between changes');

#
# Renamed, each object and all columns
#
$node->safe_psql('postgres', q{
	ALTER TABLE responses RENAME TO answers;
	ALTER TABLE answers RENAME channel TO "the channel";
	ALTER TABLE answers RENAME effort TO x;
	ALTER TABLE answers RENAME recommend TO effort;
	ALTER TABLE visits RENAME TO "Visits";
	ALTER TABLE visits_january RENAME TO visits_1;
	ALTER TABLE "Visits" RENAME score TO points});
my $wrote = $node->safe_psql('postgres', q{
	INSERT INTO answers (id, answered_on, "the channel", agent, x, effort) VALUES (10, '2026-02-01', 'phone', 1, 7, 10);
	UPDATE answers SET x = 1 WHERE id = 10;
	INSERT INTO "Visits" (id, day, shop, points) VALUES (10, '2026-01-10', 'a', 4);
	UPDATE visits_1 SET points = 1 WHERE id = 10;
	SELECT * FROM ces_check_rollup('daily');
	SELECT * FROM ces_check_rollup('monthly');
	SELECT * FROM ces_check_rollup('reports."By channel"');
	SELECT problem FROM ces_rollup_status WHERE problem IS NOT NULL});
is($wrote, '', 'renamed tables and columns: nothing differs');
$node->safe_psql('postgres', q{
	ALTER TABLE answers RENAME effort TO recommend;
	ALTER TABLE answers RENAME x TO effort;
	ALTER TABLE answers RENAME "the channel" TO channel;
	ALTER TABLE answers RENAME TO responses;
	ALTER TABLE visits_1 RENAME TO visits_january;
	ALTER TABLE "Visits" RENAME points TO score;
	ALTER TABLE "Visits" RENAME TO visits});
still_right('renamed, and back');

$node->safe_psql('postgres', q{
	ALTER VIEW daily RENAME TO other;
	ALTER VIEW other RENAME responses TO "how many";
	ALTER TABLE daily_store RENAME TO s;
	ALTER TABLE daily_delta RENAME TO "D";
	ALTER VIEW daily_definition RENAME TO "the query";
	ALTER SCHEMA reports RENAME TO "the reports";
	ALTER TABLE monthly_partition RENAME TO p});
$node->safe_psql('postgres', q{
	DO $$
	DECLARE
		t record;
	BEGIN
		FOR t IN SELECT tgrelid::regclass AS relation, tgname FROM pg_trigger
			WHERE tgfoid::regproc::text LIKE '%ces_rollup%' AND tgparentid = 0 LOOP
			EXECUTE format('ALTER TRIGGER %I ON %s RENAME TO %I', t.tgname, t.relation, 'my ' || reverse(t.tgname));
		END LOOP;
	END $$});
write_answers($node, 'postgres', $round++);
is($node->safe_psql('postgres', q{
		SELECT * FROM ces_check_rollup('other');
		SELECT * FROM ces_check_rollup('monthly');
		SELECT * FROM ces_check_rollup('"the reports"."By channel"');
		SELECT problem FROM ces_rollup_status WHERE problem IS NOT NULL}),
	'', 'renamed rollups: nothing differs');
is($node->safe_psql('postgres', q{
		SELECT ces_fold_rollup('other') > 0, ces_fold_rollup('monthly') > 0, ces_fold_rollup('"the reports"."By channel"') > 0;
		SELECT ces_repair_rollup('other'), ces_repair_rollup('monthly'), ces_repair_rollup('"the reports"."By channel"')}),
	"t|t|t\n0|0|0", 'renamed rollups: folded and repaired');
rollup_is_right($node, 'postgres', 'other', $Rollup::query_of{daily}, 'renamed rollups');
like(($node->psql('postgres', 'DELETE FROM s'))[2], qr/ERROR/, 'renamed rollups: the store is still guarded');
# A repair after that, with something to do, and with a trigger to make.
$node->safe_psql('postgres', q{
	ALTER TABLE responses DISABLE TRIGGER USER;
	UPDATE responses SET effort = 2 WHERE id % 10 = 3});
paste_remedies($node, 'postgres', 'renamed rollups, repaired');
rollup_is_right($node, 'postgres', 'other', $Rollup::query_of{daily}, 'renamed rollups, repaired');
# Unpopulated, renamed, and then populated.
$node->safe_psql('postgres', q{
	CALL ces_create_rollup('unpopulated', 'SELECT channel, ces_tally(effort, ''1..7'') AS effort FROM responses GROUP BY 1', false);
	ALTER VIEW unpopulated RENAME channel TO "another channel";
	ALTER VIEW unpopulated RENAME TO "now with data";
	SELECT ces_repair_rollup('"now with data"')});
is($node->safe_psql('postgres', q{
		SET ces.enable_rollups = off;
		SELECT "another channel", effort FROM "now with data" EXCEPT
		SELECT channel, ces_tally(effort, '1..7') AS effort FROM responses GROUP BY 1;
		SELECT count(*) > 0 FROM "now with data";
		SELECT * FROM ces_drop_rollup('"now with data"')}),
	"t\n", 'renamed before it was populated: nothing differs');
$node->safe_psql('postgres', q{
	ALTER VIEW other RENAME "how many" TO responses;
	ALTER VIEW other RENAME TO daily;
	ALTER SCHEMA "the reports" RENAME TO reports});
still_right('rollups renamed');

#
# Moved to another schema
#
$node->safe_psql('postgres', q{
	CREATE SCHEMA "elsewhere, too";
	ALTER TABLE responses SET SCHEMA "elsewhere, too";
	ALTER TABLE visits SET SCHEMA "elsewhere, too";
	ALTER TABLE visits_january SET SCHEMA "elsewhere, too";
	ALTER DATABASE postgres SET search_path = public, "elsewhere, too"});
still_right('tables in another schema');
$node->safe_psql('postgres', q{
	ALTER VIEW daily SET SCHEMA "elsewhere, too";
	ALTER VIEW monthly SET SCHEMA "elsewhere, too";
	ALTER TABLE s SET SCHEMA reports;
	ALTER TABLE "D" SET SCHEMA reports;
	ALTER TABLE p SET SCHEMA reports});
still_right('rollups in another schema');
$node->safe_psql('postgres', q{
	CREATE SCHEMA tools;
	ALTER EXTENSION ces SET SCHEMA tools;
	ALTER DATABASE postgres SET search_path = public, "elsewhere, too", tools});
still_right('the extension in another schema');
like($node->safe_psql('postgres', q{
		SET search_path = public, "elsewhere, too";
		ALTER TABLE visits DISABLE TRIGGER USER;
		SELECT remedy FROM tools.ces_rollup_status WHERE problem IS NOT NULL}),
	qr/tools\.ces_repair_rollup/, 'the extension in another schema: remedies name it');
# In a session that doesn't name its schema.
$node->safe_psql('postgres', q{
	SET search_path = "elsewhere, too";
	SELECT tools.ces_repair_rollup('monthly'), tools.ces_fold_rollup('daily');
	INSERT INTO responses (id, answered_on, channel, effort) VALUES (20, '2026-02-03', 'none', 1);
	CALL tools.ces_create_rollup('new', 'SELECT channel, tools.ces_tally(effort, ''1..7'') AS effort FROM responses GROUP BY 1');
	INSERT INTO responses (id, answered_on, channel, effort) VALUES (21, '2026-02-03', 'none', 1);
	TABLE new;
	SELECT tools.ces_drop_rollup('new')});
still_right('a session with another search_path');

#
# A reader that holds its snapshot for long, while changes are folded and vacuumed.
#
my $old = $node->safe_psql('postgres', 'SELECT * FROM daily ORDER BY day, channel, agent');
my $reader = start_psql($node, 'postgres',
	'BEGIN ISOLATION LEVEL REPEATABLE READ; SELECT count(*) FROM pg_class; SELECT pg_sleep(5); SELECT * FROM daily ORDER BY day, channel, agent', \my $read);
wait_for_sleep($node, 'a reader with an old snapshot');
foreach (1 .. 3)
{
	write_answers($node, 'postgres', $round++);
	$node->safe_psql('postgres', q{SELECT ces_fold_rollup('daily'), ces_fold_rollup('monthly'); VACUUM});
}
$reader->finish;
$read =~ s/^\d+\n\n//;
is($read, "$old\n", 'a reader with an old snapshot sees what was there');
$node->safe_psql('postgres', 'VACUUM');
still_right('a snapshot held for long');

#
# The extension is dropped: the tables stay and can be written.
#
$node->safe_psql('postgres', 'DROP EXTENSION ces CASCADE');
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_trigger WHERE NOT tgisinternal}), '0', 'extension dropped: no trigger is left');
write_answers($node, 'postgres', $round++);
is($node->psql('postgres', 'SELECT * FROM daily'), 3, 'extension dropped: the rollup is gone');
$node->safe_psql('postgres', 'TRUNCATE responses; TRUNCATE visits');

# The table is dropped: nothing of its rollups can be read.
$node->safe_psql('postgres', 'CREATE DATABASE dropped');
create_rollups($node, 'dropped');
$node->safe_psql('dropped', 'DROP TABLE responses CASCADE');
is($node->psql('dropped', 'SELECT * FROM daily'), 3, 'table dropped: its rollup can not be read');
rollup_is_right($node, 'dropped', 'monthly', $Rollup::query_of{monthly}, 'table dropped: others can');
is($node->safe_psql('dropped', 'SELECT count(*) FROM ces_rollup_status WHERE problem IS NULL'), '1', 'table dropped: the status shows the other');
$node->safe_psql('dropped', 'DROP TABLE daily_delta CASCADE');
is($node->safe_psql('dropped', q{SELECT count(*) FROM ces_rollup_status WHERE rollup::text LIKE 'daily%'}), '0', 'table dropped: what is left can be dropped');
# The deltas or the store are dropped: the view goes with them, and the table can be written.
foreach my $table ('delta', 'store', 'definition')
{
	$node->safe_psql('postgres', "CREATE DATABASE without_$table");
	create_rollups($node, "without_$table");
	$node->safe_psql("without_$table", 'DROP ' . ($table eq 'definition' ? 'VIEW' : 'TABLE') . " daily_$table CASCADE");
	is($node->psql("without_$table", 'SELECT * FROM daily'), 3, "$table dropped: the rollup can not be read");
	my ($status, $stdout, $stderr) = $node->psql("without_$table", q{INSERT INTO responses VALUES (1, '2026-01-01', 'chat', 1, 7, 10)});
	is($stderr, '', "$table dropped: the table can be written");
	rollup_is_right($node, "without_$table", 'monthly', $Rollup::query_of{monthly}, "$table dropped: others are right");
}

#
# 10^6 groups in a statement, with little memory.
#
$node->safe_psql('postgres', 'CREATE DATABASE many');
my $many = q{SELECT customer, channel, ces_tally(effort, '1..7') AS effort, count(*) AS responses FROM responses GROUP BY customer, channel};
$node->safe_psql('many', qq{
	CREATE EXTENSION ces;
	CREATE TABLE responses (customer integer, channel text, effort integer);
	CALL ces_create_rollup('by_customer', '@{[ $many =~ s/'/''/gr ]}')});
my $memory = $node->safe_psql('many', q{
	SET maintenance_work_mem = '1MB';
	CREATE FUNCTION resident() RETURNS bigint LANGUAGE sql AS $$
		SELECT (regexp_match(pg_read_file('/proc/' || pg_backend_pid() || '/status', 0, 10000, true), 'RssAnon:\s*(\d+)'))[1]::bigint $$;
	SELECT coalesce(resident(), 0) AS before \gset
	INSERT INTO responses SELECT n, 'channel ' || n % 10, 1 + n % 7 FROM generate_series(1, 1000000) n;
	SELECT coalesce(resident(), 0) - :before});
cmp_ok($memory, '<', 60000, "10^6 groups: kilobytes that stay ($memory)");
is($node->safe_psql('many', 'SELECT count(*), sum(responses), ces_count(ces_rollup(effort)) FROM by_customer'), '1000000|1000000|1000000', '10^6 groups: all are there');
$node->safe_psql('many', q{SET maintenance_work_mem = '1MB'; UPDATE responses SET effort = 8 - effort WHERE customer % 5 = 0; DELETE FROM responses WHERE customer % 7 = 0});
is($node->safe_psql('many', q{SELECT * FROM ces_check_rollup('by_customer')}), '', '10^6 groups: the check finds nothing');
is($node->safe_psql('many', q{SELECT ces_fold_rollup('by_customer') > 1000000}), 't', '10^6 groups: folded');
is($node->safe_psql('many', q{
		SELECT count(*) FROM by_customer b FULL JOIN responses r USING (customer, channel)
		WHERE (b.effort, b.responses) IS DISTINCT FROM (ces_tally '1..7 {0,0,0,0,0,0,0}' + ces_from_counts('1..7', ARRAY(SELECT (r.effort = s)::int FROM generate_series(1, 7) s)), 1::bigint)}),
	'0', '10^6 groups: each has its answer');

$node->stop;
done_testing();
