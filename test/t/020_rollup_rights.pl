# Who may do what with a rollup, and whether anyone gets more: through a hostile search_path, code
# in a rollup's query that others run, functions of ces that are called or attached where they
# don't belong, and rollups that are forged.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Rollup;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->start;

my $query = q{SELECT channel, ces_tally(effort, '1..7') AS effort, count(*) AS responses FROM public.responses GROUP BY channel};
$node->safe_psql('postgres', qq{
	CREATE EXTENSION ces;
	CREATE ROLE owner LOGIN;
	CREATE ROLE member LOGIN IN ROLE owner;
	CREATE ROLE writer LOGIN;
	CREATE ROLE reader LOGIN;
	CREATE ROLE stranger LOGIN;
	GRANT CREATE ON SCHEMA public TO owner, stranger;
	SET ROLE owner;
	CREATE TABLE responses (id integer PRIMARY KEY, channel text, effort integer);
	INSERT INTO responses SELECT n, (ARRAY['chat', 'email'])[1 + n % 2], 1 + n % 7 FROM generate_series(1, 20) n;
	GRANT SELECT, INSERT, UPDATE, DELETE, TRUNCATE ON responses TO writer;
	GRANT SELECT ON responses TO stranger});

# What a role gets to see of a statement: the result, and errors, notices and the like.
sub as
{
	my ($role, $sql) = @_;
	my ($status, $stdout, $stderr) = $node->psql('postgres', $sql, extra_params => [ '-U', $role ], on_error_stop => 1);
	return ($stdout, $stderr);
}

# Statements that may fail, of several roles in one session: all that is said. Each element is a
# role and its statements.
sub all_said
{
	my $script = '';
	while (my ($role, $statements) = splice @_, 0, 2)
	{
		$script .= "SET SESSION AUTHORIZATION $role;\n" . join('', map { "$_;\n" } @$statements) . "RESET SESSION AUTHORIZATION;\n";
	}
	my ($status, $stdout, $stderr) = $node->psql('postgres', $script, on_error_stop => 0);
	return $stderr;
}

my $worse_than_error = qr/(PANIC.*|TRAP.*|server closed.*|cache lookup.*|could not open.*|XX000.*)/;

sub refused
{
	my ($role, $sql, $error, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($stdout, $stderr) = as($role, $sql);
	like($stderr, $error, $name // "$role: $sql: refused");
	unlike($stderr, qr/PANIC|TRAP|server closed|XX000/, ($name // "$role: $sql") . ': no worse than that');
	return;
}

sub allowed
{
	my ($role, $sql, $result, $name) = @_;
	local $Test::Builder::Level = $Test::Builder::Level + 1;
	my ($stdout, $stderr) = as($role, $sql);
	is($stdout . ($stderr =~ s/^psql:\S+ NOTICE: .*\n?//mgr), $result, $name // "$role: $sql");
	return;
}

#
# Who may do what
#
my $create = "CALL ces_create_rollup('daily', \$q\$$query\$q\$)";
refused($_, $create, qr/must be owner of/, "$_: may not create a rollup") foreach qw(writer reader stranger);
allowed('member', $create, '', 'member: may create a rollup');
is($node->safe_psql('postgres', q{SELECT DISTINCT relowner::regrole FROM pg_class WHERE relname LIKE 'daily%'}), 'owner', 'the rollup is of the owner of the table');
$node->safe_psql('postgres', q{SELECT ces_drop_rollup('daily')});
$node->safe_psql('postgres', $create);
is($node->safe_psql('postgres', q{SELECT DISTINCT relowner::regrole FROM pg_class WHERE relname LIKE 'daily%'}), 'owner', 'created by a superuser, too');
$node->safe_psql('postgres', 'GRANT SELECT ON daily TO reader');

allowed('writer', q{
	INSERT INTO responses VALUES (100, 'phone', 1), (101, 'chat', 2);
	UPDATE responses SET effort = 3 WHERE id = 100;
	UPDATE responses SET channel = 'fax' WHERE id = 101;
	DELETE FROM responses WHERE id < 5;
	MERGE INTO responses r USING (VALUES (100), (102)) v (id) ON r.id = v.id WHEN MATCHED THEN DELETE WHEN NOT MATCHED THEN INSERT VALUES (v.id, 'phone', 7);
	INSERT INTO responses VALUES (102, 'phone', 7) ON CONFLICT (id) DO UPDATE SET effort = 6}, '', 'writer: needs no right on the rollup');
rollup_is_right($node, 'postgres', 'daily', $query, 'written by another');
foreach my $role (qw(writer stranger))
{
	refused($role, $_, qr/permission denied|must be owner/)
	  foreach 'TABLE daily', 'TABLE daily_store', 'TABLE daily_delta', 'TABLE daily_definition';
}
refused('reader', "TABLE $_", qr/permission denied/) foreach qw(daily_store daily_delta daily_definition responses);
foreach my $role (qw(writer reader stranger))
{
	foreach my $call (qw(ces_fold_rollup ces_check_rollup ces_repair_rollup ces_drop_rollup))
	{
		refused($role, "SELECT * FROM $call('daily')", qr/must be owner/);
	}
}
allowed('reader', q{SELECT sum(responses) = 18 FROM daily}, 't');
allowed('reader', q{SELECT count(*), bool_and(problem IS NULL) FROM ces_rollup_status}, '1|t');
allowed('stranger', q{SELECT count(*) FROM ces_rollup_status}, '0', 'stranger: the status shows nothing of it');
allowed('member', q{SELECT ces_fold_rollup('daily') > 0, ces_repair_rollup('daily'), count(*) FROM ces_check_rollup('daily')}, 't|0|0');
allowed('writer', q{TRUNCATE responses; INSERT INTO responses SELECT n, 'chat', 1 + n % 7 FROM generate_series(1, 20) n}, '', 'writer: may empty the table');
rollup_is_right($node, 'postgres', 'daily', $query, 'emptied by another');

# An owner who may not create in the schema.
$node->safe_psql('postgres', 'CREATE SCHEMA closed; GRANT USAGE ON SCHEMA closed TO owner');
refused('owner', "CALL ces_create_rollup('closed.daily', \$q\$$query\$q\$)", qr/permission denied for schema closed/);
refused('postgres', "CALL ces_create_rollup('closed.daily', \$q\$$query\$q\$)", qr/permission denied for schema closed/);
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relnamespace = 'closed'::regnamespace}), '0', 'nothing is left of what was refused');
refused('stranger', q{CALL ces_create_rollup('mine', 'SELECT relname, ces_tally(relnatts, ''1..7'') FROM pg_class GROUP BY 1')}, qr/ERROR/);
refused('postgres', q{CALL ces_create_rollup('mine', 'SELECT relname, ces_tally(relnatts, ''0..100'') FROM pg_class GROUP BY 1')}, qr/ERROR/);

# Nobody writes the tables of a rollup.
$node->safe_psql('postgres', q{SELECT ces_fold_rollup('daily')});
foreach my $role (qw(owner postgres))
{
	foreach my $table (qw(daily_store daily_delta))
	{
		refused($role, $_, qr/ERROR/, "$role: $_")
		  foreach "INSERT INTO $table SELECT * FROM $table LIMIT 0; INSERT INTO $table (channel, effort, responses, rows) VALUES ('x', NULL, 1, 1)",
		  "COPY $table FROM PROGRAM 'echo x'", "TRUNCATE $table",
		  "INSERT INTO $table (channel, responses, rows) VALUES ('x', 1, 1) ON CONFLICT DO NOTHING";
	}
	refused($role, 'UPDATE daily_store SET responses = 0', qr/ERROR.*belongs to a rollup/);
	refused($role, 'DELETE FROM daily_store', qr/ERROR.*belongs to a rollup/);
	refused($role, q{INSERT INTO daily (channel) VALUES ('x')}, qr/ERROR/);
}
refused('owner', q{BEGIN; INSERT INTO responses VALUES (30, 'chat', 1); DELETE FROM daily_delta}, qr/ERROR/);
rollup_is_right($node, 'postgres', 'daily', $query, 'after attempts to write its tables');

#
# A hostile search_path: the caller's, and the writer's.
#
$node->safe_psql('postgres', q{
	CREATE SCHEMA hostile;
	GRANT ALL ON SCHEMA hostile TO PUBLIC;
	CREATE FUNCTION hostile.spring(trap text) RETURNS text LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'trap: %', trap; END $$;
	CREATE FUNCTION hostile.trapped(anyelement, anyelement) RETURNS boolean LANGUAGE sql AS $$ SELECT hostile.spring('operator') IS NULL $$;
	DO $do$
	DECLARE
		type text;
		operator text;
		function text;
	BEGIN
		FOREACH type IN ARRAY ARRAY['text', 'integer', 'bigint', 'ces_tally', 'ces_scale', 'regclass', 'oid', 'name', '"char"', 'boolean', 'tid'] LOOP
			EXECUTE format('CREATE FUNCTION hostile.trap(%1$s, %1$s) RETURNS boolean LANGUAGE sql AS $$ SELECT hostile.spring(''operator'') IS NULL $$', type);
			FOREACH operator IN ARRAY ARRAY['=', '<>', '<', '>'] LOOP
				EXECUTE format('CREATE OPERATOR hostile.%1$s (FUNCTION = hostile.trap, LEFTARG = %2$s, RIGHTARG = %2$s)', operator, type);
			END LOOP;
			CONTINUE WHEN type NOT IN ('bigint', 'integer');
			EXECUTE format('CREATE FUNCTION hostile.sum_trap(%1$s, %1$s) RETURNS %1$s LANGUAGE sql AS $$ SELECT hostile.spring(''sum'')::%1$s $$', type);
			EXECUTE format('CREATE OPERATOR hostile.+ (FUNCTION = hostile.sum_trap, LEFTARG = %1$s, RIGHTARG = %1$s)', type);
			EXECUTE format('CREATE OPERATOR hostile.- (FUNCTION = hostile.sum_trap, LEFTARG = %1$s, RIGHTARG = %1$s)', type);
		END LOOP;
	END $do$;
	CREATE FUNCTION hostile.count() RETURNS bigint LANGUAGE sql AS $$ SELECT hostile.spring('count')::bigint $$;
	CREATE FUNCTION hostile.jsonb_build_object(VARIADIC "any") RETURNS jsonb LANGUAGE internal AS 'jsonb_build_object';
	CREATE FUNCTION hostile.lower(text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT hostile.spring('lower') $$;
	CREATE FUNCTION hostile.ces_rollup(ces_tally) RETURNS text LANGUAGE sql AS $$ SELECT hostile.spring('ces_rollup') $$;
	CREATE FUNCTION hostile.ces_rollup(ces_tally, ces_tally) RETURNS text LANGUAGE sql AS $$ SELECT hostile.spring('ces_rollup') $$;
	CREATE FUNCTION hostile._ces_sum(bigint) RETURNS text LANGUAGE sql AS $$ SELECT hostile.spring('_ces_sum') $$;
	CREATE FUNCTION hostile._ces_rollup_partitions(regclass) RETURNS SETOF regclass LANGUAGE sql AS $$ SELECT hostile.spring('partitions')::regclass $$;
	CREATE FUNCTION hostile._ces_rollup_capture() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN PERFORM hostile.spring('capture'); END $$;
	CREATE TABLE hostile.daily_delta (channel text, effort ces_tally, removed_effort ces_tally, responses bigint, rows bigint);
	CREATE TABLE hostile.daily_store (LIKE hostile.daily_delta);
	CREATE TABLE hostile.responses (id integer, channel text, effort integer)});
my $hostile = 'SET search_path = hostile, public, pg_catalog;';
refused('postgres', "$hostile SELECT 1 = 1", qr/trap: operator/, 'the traps work');
allowed('writer', "$hostile INSERT INTO public.responses VALUES (200, 'hostile', 1), (201, 'chat', 2); DELETE FROM public.responses WHERE id OPERATOR(pg_catalog.=) 201", '', 'writer: with a hostile search_path');
allowed('writer', q{
	CREATE TEMPORARY TABLE responses (id integer);
	CREATE TEMPORARY TABLE daily_delta (channel text, effort text);
	CREATE FUNCTION pg_temp.ces_rollup(ces_tally, ces_tally) RETURNS text LANGUAGE sql AS $$ SELECT 'trap' $$;
	INSERT INTO public.responses VALUES (202, 'hostile', 1)}, '', 'writer: with temporary objects of these names');
allowed('owner', "$hostile SELECT ces_fold_rollup('public.daily') IS NULL, ces_repair_rollup('public.daily') IS NULL", 'f|f', 'owner: folds and repairs with a hostile search_path');
allowed('owner', "$hostile SELECT key FROM ces_check_rollup('public.daily')", '', 'owner: checks with a hostile search_path');
allowed('owner', "$hostile SELECT problem FROM public.ces_rollup_status", '', 'owner: reads the status with a hostile search_path');
allowed('owner', $hostile . q{
	CALL public.ces_create_rollup('public.in_hostile_path', 'SELECT pg_catalog.lower(channel) AS c, public.ces_tally(effort, ''1..7'') AS effort, pg_catalog.count(*) AS n FROM public.responses GROUP BY 1');
	INSERT INTO public.responses VALUES (203, 'Hostile', 1);
	SELECT public.ces_fold_rollup('public.in_hostile_path') IS NULL, public.ces_repair_rollup('public.in_hostile_path') IS NULL}, 'f|f', 'owner: creates with a hostile search_path');
rollup_is_right($node, 'postgres', 'daily', $query, 'with a hostile search_path');
rollup_is_right($node, 'postgres', 'in_hostile_path', q{SELECT lower(channel) AS c, ces_tally(effort, '1..7') AS effort, count(*) AS n FROM responses GROUP BY 1}, 'created with a hostile search_path');
allowed('owner', "$hostile SELECT public.ces_drop_rollup('public.in_hostile_path')", '', 'owner: drops with a hostile search_path');
$node->safe_psql('postgres', 'REVOKE ALL ON SCHEMA hostile FROM PUBLIC');

#
# Code of the owner of a table, run by those who write it, a superuser among them. It says who it
# runs as, and tries to become someone else.
#
$node->safe_psql('postgres', q{
	SET ROLE owner;
	CREATE FUNCTION public.evil(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$
	BEGIN
		RAISE WARNING 'evil as %', current_user;
		BEGIN
			PERFORM pg_catalog.set_config('role', 'postgres', false);
			RAISE WARNING 'evil became %', current_user;
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
		BEGIN
			PERFORM pg_catalog.set_config('session_authorization', 'postgres', false);
			RAISE WARNING 'evil became %', current_user;
		EXCEPTION WHEN OTHERS THEN NULL;
		END;
		RETURN value;
	END $$;
	CREATE FUNCTION public.evil_sql(value text) RETURNS text LANGUAGE sql IMMUTABLE AS $$ SELECT public.evil(value) $$;
	CREATE FUNCTION public.evil_equal(text, text) RETURNS boolean LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.evil($1) = $2; END $$;
	CREATE OPERATOR public.=== (FUNCTION = public.evil_equal, LEFTARG = text, RIGHTARG = text);
	CREATE DOMAIN public.evil_domain AS text CHECK (public.evil(VALUE) IS NOT NULL);
	CREATE TYPE public.evil_source AS (t text);
	CREATE FUNCTION public.evil_cast(public.evil_source) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN public.evil(($1).t); END $$;
	CREATE CAST (public.evil_source AS text) WITH FUNCTION public.evil_cast(public.evil_source);
	GRANT EXECUTE ON ALL FUNCTIONS IN SCHEMA public TO PUBLIC});
my %evil = (
	'a key' => q{SELECT public.evil(channel) AS k, ces_tally(effort, '1..7') AS e FROM bait GROUP BY 1},
	'a key, in SQL' => q{SELECT public.evil_sql(channel) AS k, ces_tally(effort, '1..7') AS e FROM bait GROUP BY 1},
	'a condition' => q{SELECT channel AS k, ces_tally(effort, '1..7') AS e FROM bait WHERE public.evil(channel) <> 'x' GROUP BY 1},
	'a constant' => q{SELECT channel AS k, ces_tally(effort, '1..7') AS e FROM bait WHERE public.evil('x') = 'x' GROUP BY 1},
	'a constant in SQL' => q{SELECT channel || public.evil_sql('x') AS k, ces_tally(effort, '1..7') AS e FROM bait GROUP BY 1},
	'a filter' => q{SELECT channel AS k, ces_tally(effort, '1..7') FILTER (WHERE public.evil(channel) <> 'x') AS e FROM bait GROUP BY 1},
	'a score' => q{SELECT channel AS k, ces_tally(length(public.evil('xx')), '1..7') AS e, count(public.evil(channel)) AS n FROM bait GROUP BY 1},
	'an operator' => q{SELECT channel AS k, ces_tally(effort, '1..7') AS e FROM bait WHERE channel OPERATOR(public.===) channel GROUP BY 1},
	'ANY' => q{SELECT channel AS k, ces_tally(effort, '1..7') AS e FROM bait WHERE channel OPERATOR(public.===) ANY (ARRAY['x', channel]) GROUP BY 1},
	'a domain' => q{SELECT (channel || '')::public.evil_domain AS k, ces_tally(effort, '1..7') AS e FROM bait GROUP BY 1},
	'a domain, constant' => q{SELECT channel || 'y'::public.evil_domain AS k, ces_tally(effort, '1..7') AS e FROM bait GROUP BY 1},
	'an array of a domain' => q{SELECT ARRAY[channel]::public.evil_domain[] AS k, ces_tally(effort, '1..7') AS e FROM bait GROUP BY 1},
	'a cast' => q{SELECT ROW(channel)::public.evil_source::text AS k, ces_tally(effort, '1..7') AS e FROM bait GROUP BY 1});
foreach my $what (sort keys %evil)
{
	$node->safe_psql('postgres', q{
		SET client_min_messages = error;
		SET ROLE owner;
		CREATE TABLE bait (id integer PRIMARY KEY, channel text, effort integer);
		GRANT ALL ON bait TO writer});
	my $said = '';
	my $count = 0;
	foreach (
		[ 'postgres', q{INSERT INTO bait VALUES (1, 'a', 1), (2, 'b', 2)} ],
		[ 'postgres', "CALL ces_create_rollup('trap', \$q\$$evil{$what}\$q\$)" ],
		[ 'postgres', q{INSERT INTO bait VALUES (3, 'a', 1), (4, 'b', 2)} ],
		[ 'writer', q{INSERT INTO bait VALUES (5, 'a', 1); UPDATE bait SET effort = 2, channel = 'c' WHERE id = 5; DELETE FROM bait WHERE id = 4} ],
		[ 'postgres', qq{COPY bait FROM stdin;\n6\tb\t7\n\\.\n} ],
		[ 'postgres', q{MERGE INTO bait USING (VALUES (1)) v (id) ON bait.id = v.id WHEN MATCHED THEN UPDATE SET effort = 7, channel = 'd'} ],
		[ 'postgres', q{SELECT ces_fold_rollup('trap')} ],
		[ 'postgres', q{SELECT * FROM ces_check_rollup('trap')} ],
		[ 'postgres', q{SELECT * FROM ces_rollup_status} ],
		[ 'postgres', q{ALTER TABLE bait DISABLE TRIGGER USER; INSERT INTO bait VALUES (7, 'a', 7); SELECT ces_repair_rollup('trap')} ],
		[ 'postgres', q{TABLE trap} ],
		[ 'postgres', q{TRUNCATE bait} ],
		[ 'postgres', q{SELECT ces_drop_rollup('trap')} ])
	{
		my ($role, $sql) = @$_;
		my ($stdout, $stderr) = as($role, $sql);
		$count++ if $stderr !~ /ERROR/;
		$said .= $stderr;
		last if $sql =~ /^CALL/ && $stderr =~ /ERROR/;
	}
	unlike($said, qr/evil (as|became) (?!owner)/, "code of the owner in $what runs as the owner");
	unlike($said, qr/PANIC|TRAP|server closed/, "code of the owner in $what: no crash");
	note "$what: $count statements without an error; $1" if $said =~ /(ERROR.*)/ or $said =~ /(evil as \w+)/;
	$node->safe_psql('postgres', 'DROP TABLE bait CASCADE');
}

# Index expressions are the model: what the owner's code writes to, it must have the right to.
$node->safe_psql('postgres', q{
	CREATE TABLE secrets (secret text);
	INSERT INTO secrets VALUES ('the secret');
	SET ROLE owner;
	CREATE FUNCTION public.peek(value text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS $$ BEGIN RETURN (SELECT secret FROM public.secrets); END $$;
	CREATE TABLE bait (id integer, channel text, effort integer);
	CALL ces_create_rollup('peeking', 'SELECT public.peek(channel) AS k, ces_tally(effort, ''1..7'') AS e FROM bait GROUP BY 1')});
refused('postgres', q{INSERT INTO bait VALUES (1, 'a', 1)}, qr/permission denied for table secrets/, 'code of the owner reads nothing with the rights of the writer');
$node->safe_psql('postgres', 'DROP TABLE bait CASCADE');
refused('owner', 'TABLE peeking', qr/does not exist/, 'and learns nothing');

#
# Functions of ces, attached to tables where they don't belong, and called as if they weren't.
#
my $before = $node->safe_psql('postgres', 'TABLE daily_store ORDER BY channel; TABLE daily_delta ORDER BY channel, rows');
foreach my $function (qw(_ces_rollup_capture _ces_rollup_flush _ces_rollup_truncate _ces_rollup_guard))
{
	refused('stranger', "SELECT $function()", qr/trigger/, "$function: is no function to call");
	my $said = '';
	foreach my $when ('', "WHEN ('public.daily'::regclass IS DISTINCT FROM 'public.daily_delta'::regclass)",
		"WHEN ('public.responses'::regclass IS DISTINCT FROM 'public.secrets'::regclass)",
		"WHEN (0::regclass IS DISTINCT FROM 4294967295::regclass)",
		"WHEN (NULL::regclass IS DISTINCT FROM NULL::regclass)",
		"WHEN (_ces_rollup_objects('public.daily', 'public.daily_definition', 'public.daily_store', NULL))")
	{
		my @writes = (
			q{INSERT INTO mine VALUES (1, 'chat', 7), (2, 'fax', 7)}, q{UPDATE mine SET channel = 'stolen'},
			q{DELETE FROM mine}, q{TRUNCATE mine}, q{SELECT * FROM ces_rollup_status});
		foreach my $timing (
			map({ ("$_ FOR EACH ROW", "$_ FOR EACH STATEMENT") } 'BEFORE INSERT OR UPDATE OR DELETE', 'AFTER INSERT OR UPDATE OR DELETE'),
			'BEFORE TRUNCATE FOR EACH STATEMENT', 'AFTER TRUNCATE FOR EACH STATEMENT')
		{
			my ($events, $level) = split / (?=FOR EACH)/, $timing;
			$said .= all_said(
				stranger => [
					q{CREATE TABLE mine (id integer, channel text, effort integer)}, q{INSERT INTO mine VALUES (0, 'chat', 7)},
					"CREATE TRIGGER t $events ON mine $level $when EXECUTE FUNCTION $function()", @writes ],
				postgres => \@writes,
				stranger => ['DROP TABLE mine']);
		}
	}
	unlike($said, $worse_than_error, "$function: errors at most, wherever it is attached");
}
is($node->safe_psql('postgres', 'TABLE daily_store ORDER BY channel; TABLE daily_delta ORDER BY channel, rows'), $before, "triggers on others' tables write nothing");
# As constraint triggers, with arguments, on views and on foreign tables.
foreach my $function (qw(_ces_rollup_capture _ces_rollup_flush _ces_rollup_truncate _ces_rollup_guard))
{
	my $said = all_said(stranger => [
		q{CREATE TABLE mine (id integer, channel text, effort integer)},
		q{CREATE VIEW mine_view AS TABLE mine},
		qq{CREATE CONSTRAINT TRIGGER t AFTER INSERT ON mine DEFERRABLE INITIALLY DEFERRED FOR EACH ROW
			WHEN ('public.daily'::regclass IS DISTINCT FROM 'public.daily_delta'::regclass) EXECUTE FUNCTION $function('public.daily_delta')},
		qq{CREATE TRIGGER t INSTEAD OF INSERT ON mine_view FOR EACH ROW EXECUTE FUNCTION $function('x', 'y')},
		q{BEGIN; INSERT INTO mine VALUES (1, 'chat', 7); COMMIT}, q{INSERT INTO mine_view VALUES (1, 'chat', 7)},
		q{DROP TABLE mine CASCADE} ]);
	unlike($said, $worse_than_error, "$function: errors at most as a constraint trigger and on a view");
}
is($node->safe_psql('postgres', 'TABLE daily_store ORDER BY channel; TABLE daily_delta ORDER BY channel, rows'), $before, 'nor do others');

# Support functions with whatever arguments.
my @calls = (
	q{_ces_rollup_objects(NULL, NULL, NULL, NULL)}, q{_ces_rollup_objects('pg_class', 'pg_class', 'pg_class', 'pg_class')}, q{_ces_rollup_objects(0, 1, 2, 3)},
	q{_ces_rollup_partitions(NULL)}, q{_ces_rollup_partitions(0)}, q{_ces_rollup_partitions('pg_class')}, q{_ces_rollup_partitions('pg_class_oid_index')}, q{_ces_rollup_partitions(4294967295)},
	q{_ces_rollup_is_populated(NULL)}, q{_ces_rollup_is_populated(0)}, q{_ces_rollup_is_populated('pg_class')}, q{_ces_rollup_is_populated('daily_delta')}, q{_ces_rollup_is_populated('daily')},
	map({ my $f = $_; map { "$f($_)" } 'NULL', '0', '4294967295', q{'pg_class'}, q{'pg_class_oid_index'}, q{'daily_store'}, q{'daily_delta'}, q{'responses'}, q{'daily_definition'}, q{'ces_rollup_status'} }
		qw(_ces_rollup_status ces_fold_rollup ces_check_rollup ces_repair_rollup ces_drop_rollup)),
	q{ces_repair_rollup('daily', 'pg_class')}, q{ces_repair_rollup('daily', 0)}, q{ces_repair_rollup('daily', 'daily')}, q{ces_repair_rollup('daily', 'responses')}, q{ces_repair_rollup(NULL, 'responses')});
foreach my $role ('stranger', 'owner', 'postgres')
{
	unlike(all_said($role => [ map { "SELECT * FROM $_" } @calls ]), $worse_than_error, "$role: errors at most from calls with whatever arguments");
}
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relname LIKE 'daily%' AND relnamespace = 'public'::regnamespace AND relkind IN ('r', 'v')}), '4', 'the rollup is still there');
foreach my $call (q{NULL, 'SELECT 1'}, q{'x', NULL}, q{'x', 'SELECT 1', NULL}, q{'', 'SELECT 1'}, q{'x.y.z', 'SELECT 1'}, q{'a b', 'SELECT 1'}, q{'x', ''}, q{'x', ';'}, q{'x', 'SELECT 1; DROP TABLE responses'},
	q{'x', 'DROP TABLE responses'}, q{'x', 'SELECT $1'}, q{'x', 'CREATE TABLE y ()'}, q{'x', 'TABLE responses'}, q{'pg_catalog.x', 'SELECT channel, ces_tally(effort, ''1..7'') FROM responses GROUP BY 1'},
	q{'pg_temp.x', 'SELECT channel, ces_tally(effort, ''1..7'') AS e FROM responses GROUP BY 1'}, q{'daily', 'SELECT channel, ces_tally(effort, ''1..7'') AS e FROM responses GROUP BY 1'})
{
	refused('owner', "CALL ces_create_rollup($call)", qr/ERROR/, "ces_create_rollup($call)");
}
is($node->safe_psql('postgres', 'SELECT count(*) > 0 FROM responses'), 't', 'the answers are still there');

#
# Forged rollups: a table of the stranger whose guard names objects of others, or a mixture.
#
my $stolen = $node->safe_psql('postgres', 'TABLE daily ORDER BY channel');
my @forged = (
	q{'daily', 'daily_definition', 'daily_store', NULL},
	q{'forged_view', 'daily_definition', 'daily_store', NULL},
	q{'forged_view', 'forged_definition', 'daily_store', NULL},
	q{'forged_view', 'forged_definition', 'secrets', NULL},
	q{'forged_view', 'daily_definition', 'forged_store', NULL},
	q{'forged_view', 'forged_definition', 'forged_store', 'secrets'},
	q{'forged_view', 'forged_view', 'forged_store', 'forged_store'},
	q{'forged_view', 'evil_view', 'forged_store', NULL},
	q{'forged_view', 'forged_definition', 'forged_store', NULL},
	q{'forged_view', 'forged_definition', 'forged', NULL},
	q{'forged_store', 'forged_store', 'forged_view', 'forged_view'},
	q{'pg_class', 'pg_views', 'pg_class', NULL},
	q{0, 1, 2, 3},
	q{NULL, NULL, NULL, NULL});
foreach my $objects (@forged)
{
	my @make = (
		q{CREATE TABLE forged (channel text, effort ces_tally, removed_effort ces_tally, responses bigint, rows bigint)},
		q{CREATE TABLE forged_store (LIKE forged)},
		q{CREATE TABLE own (channel text, effort integer)},
		q{CREATE VIEW forged_view AS TABLE forged},
		q{CREATE FUNCTION evil_too(text) RETURNS text LANGUAGE plpgsql IMMUTABLE AS 'BEGIN RAISE WARNING ''evil as %'', current_user; RETURN $1; END'},
		q{CREATE VIEW forged_definition AS SELECT channel, ces_tally(effort, '1..7') AS effort, count(*) AS responses FROM own GROUP BY 1},
		q{CREATE VIEW evil_view AS SELECT evil_too(channel) AS channel, ces_tally(effort, '1..7') AS effort, count(*) AS responses FROM own WHERE evil_too('x') = 'x' GROUP BY 1},
		q{INSERT INTO own VALUES ('x', 1)},
		"CREATE TRIGGER guard BEFORE INSERT ON forged FOR EACH ROW WHEN (_ces_rollup_objects($objects)) EXECUTE FUNCTION _ces_rollup_guard()",
		q{CREATE TRIGGER capture AFTER INSERT ON own FOR EACH ROW WHEN ('forged_view'::regclass IS DISTINCT FROM 'forged'::regclass) EXECUTE FUNCTION _ces_rollup_capture()},
		q{CREATE TRIGGER capture_daily AFTER INSERT ON forged_store FOR EACH ROW WHEN ('daily'::regclass IS DISTINCT FROM 'daily_delta'::regclass) EXECUTE FUNCTION _ces_rollup_capture()});
	my @use = (
		map({ ("SELECT ces_fold_rollup('public.$_')", "SELECT * FROM ces_check_rollup('public.$_')", "SELECT ces_repair_rollup('public.$_')") }
			'forged_view', 'forged', 'forged_store'),
		'SELECT * FROM ces_rollup_status', q{INSERT INTO own VALUES ('x', 1)}, q{INSERT INTO forged_store (channel, rows) VALUES ('x', 1)},
		q{INSERT INTO forged (channel, rows) VALUES ('x', 1)}, 'TRUNCATE own');
	my @drop = (
		'DROP TABLE IF EXISTS forged, forged_store, own CASCADE', 'DROP VIEW IF EXISTS forged_view, forged_definition, evil_view CASCADE',
		'DROP FUNCTION IF EXISTS evil_too CASCADE');
	my $said = all_said(
		stranger => [ @make, @use ],
		postgres => [ @use, q{SELECT ces_drop_rollup('forged_view')} ],
		stranger => [ q{SELECT ces_drop_rollup('forged_view')} ]);
	unlike($said, $worse_than_error, "forged ($objects): errors at most");
	unlike($said, qr/evil as postgres/, "forged ($objects): its code doesn't run as a superuser");
	is($node->safe_psql('postgres', 'TABLE secrets; TABLE daily ORDER BY channel'), "the secret\n$stolen", "forged ($objects): what others have is still there");
	all_said(stranger => \@drop);
}

# A rollup of one's own tables, but for its query, which reads another's: dropping it locks
# nothing of theirs.
all_said(stranger => [
	'CREATE TABLE forged (channel text, effort ces_tally, removed_effort ces_tally, responses bigint, rows bigint)',
	'CREATE TABLE forged_store (LIKE forged)', 'CREATE VIEW forged_view AS TABLE forged',
	q{CREATE VIEW forged_definition AS SELECT channel, ces_tally(effort, '1..7') AS effort, count(*) AS responses FROM responses GROUP BY 1},
	q{CREATE TRIGGER guard BEFORE INSERT ON forged FOR EACH ROW WHEN (_ces_rollup_objects('forged_view', 'forged_definition', 'forged_store', NULL)) EXECUTE FUNCTION _ces_rollup_guard()} ]);
foreach my $call (qw(ces_drop_rollup ces_fold_rollup ces_check_rollup ces_repair_rollup))
{
	my ($status, $locks) = $node->psql('postgres', qq{
		SET SESSION AUTHORIZATION stranger;
		BEGIN;
		SELECT FROM $call('forged_view');
		SELECT string_agg(mode, ' ') FROM pg_locks WHERE relation = 'responses'::regclass AND pid = pg_backend_pid();
		ROLLBACK}, on_error_stop => 0);
	unlike($locks, qr/Share(Update|Row)|Exclusive/, "$call of a forged rollup locks no table of another");
}
all_said(stranger => [ 'DROP TABLE forged, forged_store CASCADE', 'DROP VIEW IF EXISTS forged_view, forged_definition CASCADE' ]);
is($node->safe_psql('postgres', q{SELECT count(*) FROM pg_class WHERE relname ~ '^(forged|own$|evil_view)'}), '0', 'nothing of it is left');

# The real rollup's owner joins in: objects of a superuser in a rollup of theirs.
$node->safe_psql('postgres', q{
	CREATE VIEW super_view AS TABLE secrets;
	GRANT CREATE ON SCHEMA public TO owner});
refused('owner', q{ALTER TABLE secrets OWNER TO owner}, qr/must be owner/);
rollup_is_right($node, 'postgres', 'daily', $query, 'after everything');
is($node->safe_psql('postgres', q{SELECT * FROM ces_check_rollup('daily')}), '', 'after everything: the check finds nothing');

#
# Row-level security
#
$node->safe_psql('postgres', q{
	ALTER TABLE responses ENABLE ROW LEVEL SECURITY;
	CREATE POLICY chats ON responses USING (channel = 'chat') WITH CHECK (true)});
allowed('writer', q{INSERT INTO responses VALUES (300, 'secret', 1); SELECT count(*) FROM responses WHERE channel = 'secret'}, '0', 'row-level security: a writer sees only some rows');
rollup_is_right($node, 'postgres', 'daily', $query, 'row-level security: all are counted');
is($node->safe_psql('postgres', q{SELECT problem FROM ces_rollup_status}), '', 'row-level security that does not apply to the owner is none of our business');
refused('owner', "ALTER TABLE responses FORCE ROW LEVEL SECURITY; CALL ces_create_rollup('forced', \$q\$$query\$q\$)", qr/row-level security/);
isnt($node->safe_psql('postgres', q{SELECT problem FROM ces_rollup_status}), '', 'row-level security that applies to the owner is a problem');
$node->safe_psql('postgres', 'ALTER TABLE responses NO FORCE ROW LEVEL SECURITY');

$node->stop;
done_testing();
