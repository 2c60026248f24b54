# Random statements of every kind that change two tables of answers, "answers" and "responses",
# which has two levels of partitions. They are made for psql. Several writers can run theirs at
# once: each changes only rows of its own, so none has a reason to fail or to wait for another.
package RandomWrites;

use strict;
use warnings;
use Exporter 'import';

our @EXPORT = qw(tables_of_answers rollups_of_answers comparison_of random_writes);

my @definitions = (
	'writer integer NOT NULL', 'id bigint NOT NULL', 'region integer NOT NULL', 'day date NOT NULL', 'channel text',
	'agent integer REFERENCES agent ON DELETE SET NULL', 'visit bigint REFERENCES visit ON UPDATE CASCADE ON DELETE CASCADE',
	'score integer', 'scale ces_scale', 'recommend integer', 'kept boolean', 'note text', 'other integer');
my @columns = map { (split / /)[0] } @definitions;
my $columns = join ', ', @columns;

# The error that some statements raise on purpose.
our $on_purpose = 'ZZ001';

# The tables, with a few rows of each writer. Rows of nobody stand between those of two writers
# in each index: to serializable transactions, all rows on a page are read at once.
sub tables_of_answers
{
	my (@writers) = @_;
	my $definitions = join ', ', @definitions;
	my $sql = qq{
		CREATE TABLE agent (id integer PRIMARY KEY);
		CREATE TABLE visit (id bigint PRIMARY KEY);
		CREATE TABLE answers ($definitions, PRIMARY KEY (writer, id));
		CREATE TABLE responses ($definitions, PRIMARY KEY (writer, id, region, day)) PARTITION BY LIST (region);
		CREATE INDEX ON answers (visit);
		CREATE INDEX ON answers (agent);
		CREATE INDEX ON responses (visit);
		CREATE INDEX ON responses (agent);

		CREATE FUNCTION fail(fails boolean DEFAULT true) RETURNS integer LANGUAGE plpgsql AS \$\$
		BEGIN
			IF fails THEN
				RAISE 'on purpose' USING ERRCODE = '$on_purpose';
			END IF;
			RETURN 0;
		END \$\$;
		-- What notes make of a row: nothing, another score, or, at first, a second row.
		CREATE FUNCTION before_row() RETURNS trigger LANGUAGE plpgsql AS \$\$
		BEGIN
			IF NEW.note = 'cancel' THEN
				RETURN NULL;
			ELSIF NEW.note = 'correct' THEN
				NEW.score := 1;
			ELSIF NEW.note = 'echo' AND TG_OP = 'UPDATE' THEN
				NEW.note := 'late';
			END IF;
			RETURN NEW;
		END \$\$;
		CREATE FUNCTION after_row() RETURNS trigger LANGUAGE plpgsql AS \$\$
		BEGIN
			NEW.id := NEW.id + 500000000;
			NEW.note := 'late';
			EXECUTE format('INSERT INTO %s ($columns) SELECT $columns FROM (SELECT (\$1).*) r ON CONFLICT DO NOTHING', TG_ARGV[0]) USING NEW;
			RETURN NULL;
		END \$\$;
	};
	foreach my $region (0 .. 3)
	{
		$sql .= qq{
			CREATE TABLE responses_$region PARTITION OF responses FOR VALUES IN ($region) PARTITION BY RANGE (day);
			CREATE TABLE responses_${region}_early PARTITION OF responses_$region FOR VALUES FROM ('2026-01-01') TO ('2026-01-11');
		};
		# Some leaves have their columns in another order, and one that was dropped.
		my $reversed = join ', ', 'dropped text', reverse @definitions;
		$sql .= $region % 2 == 0
		  ? "CREATE TABLE responses_${region}_late PARTITION OF responses_$region DEFAULT;"
		  : qq{
			CREATE TABLE responses_${region}_late ($reversed);
			ALTER TABLE responses_${region}_late DROP COLUMN dropped;
			ALTER TABLE responses_$region ATTACH PARTITION responses_${region}_late DEFAULT;
		};
	}
	foreach my $table (qw(answers responses))
	{
		$sql .= qq{
			CREATE TRIGGER before_row BEFORE INSERT OR UPDATE ON $table FOR EACH ROW EXECUTE FUNCTION before_row();
			CREATE TRIGGER after_row AFTER INSERT ON $table FOR EACH ROW WHEN (NEW.note = 'echo') EXECUTE FUNCTION after_row('$table');
		};
	}
	foreach my $writer (@writers)
	{
		my $agents = join ', ', map { '(' . (100 * $writer + $_) . ')' } 0 .. 9;
		$sql .= "INSERT INTO agent VALUES $agents;\n";
		foreach my $table (qw(answers responses))
		{
			my $series = series_of({ writer => $writer, table => $table });
			$sql .= "INSERT INTO $table ($columns) SELECT $series FROM generate_series(1, 300) g;\n";
		}
		$sql .= "INSERT INTO answers (writer, id, region, day) SELECT $writer + 1, g, 0, '2026-02-01' FROM generate_series(1, 1000) g;\n";
	}
	return "$sql ANALYZE;\n";
}

# The rollups to keep, and the tables that they are of.
sub rollups_of_answers
{
	my $by_day = q{SELECT day, channel, ces_tally(score, '1..7') AS effort, count(*) AS responses FROM %s GROUP BY day, channel};
	my $rich = q{
		SELECT agent %% 100 AS agent, upper(channel) AS channel, (day - date '2026-01-01') / 7 AS week, scale,
			ces_tally(score, scale) AS effort, ces_tally(recommend, '0..10') FILTER (WHERE note IS NULL) AS recommend,
			count(note) AS notes, count(*) FILTER (WHERE recommend >= 9) AS promoters
		FROM %s WHERE kept AND day > '2026-01-02' GROUP BY 1, 2, 3, 4};
	return map {
		my $table = $_;
		map { { name => "${table}_$_->[0]", source => $table, query => sprintf($_->[1], $table) } }[ by_day => $by_day ], [ rich => $rich ]
	} qw(answers responses);
}

# A query that returns the number of rows by which a rollup differs from its definition, in one
# snapshot; no row if there are none.
sub comparison_of
{
	my ($rollup) = @_;
	my ($name, $query) = @$rollup{qw(name query)};
	return "SELECT '$name differs', count(*) "
	  . "FROM ((TABLE $name EXCEPT ALL ($query)) UNION ALL (($query) EXCEPT ALL TABLE $name)) AS difference HAVING count(*) > 0";
}

#
# Rows
#

sub any { return $_[ int rand @_ ]; }
sub chance { return rand() < $_[0]; }
sub number { return $_[0] + int rand($_[1] - $_[0] + 1); }

# The region of a writer's rows: as serializable transactions see it, scanning a partition
# reads all of it, so each has its own.
sub region_of
{
	my ($self, $table) = @_;
	return $self->{serializable} && $table eq 'responses' ? $self->{writer} / 2 - 1 : number(0, 3);
}

# A new identifier, or the first of several.
sub new_ids
{
	my ($self, $table, $rows) = @_;
	my $first = $self->{last_id}{$table} + 1;
	$self->{last_id}{$table} += $rows // 1;
	return $first;
}

# A new row, as SQL or, for COPY, as text.
sub new_row
{
	my ($self, $table, %fixed) = @_;
	my %row = (
		writer => $self->{writer}, id => new_ids($self, $table), region => region_of($self, $table),
		day => sprintf('2026-01-%02d', number(1, 20)), channel => any('phone', 'chat', 'Chat', undef),
		agent => any(undef, 100 * $self->{writer} + number(0, 9)), visit => undef, score => any(1 .. 7, undef),
		scale => any('1..7', '0..10'), recommend => any(0 .. 10, undef), kept => any('true', 'true', 'false', undef),
		note => any((undef) x 8, 'late', 'echo', 'cancel', 'correct'), other => 0, %fixed);
	return \%row;
}

sub values_of
{
	return join ', ', map { my $row = $_; '(' . join(', ', map { defined $_ ? "'$_'" : 'NULL' } @$row{@columns}) . ')' } @_;
}

# Many rows, as the columns of SELECT ... FROM generate_series(...) g.
sub series_of
{
	my ($self) = @_;
	my ($a, $b, $c) = map { any(1, 3, 7, 9, 11, 13) } 1 .. 3;
	my $region = $self->{serializable} && $self->{table} eq 'responses' ? region_of($self, 'responses') : "g * $a % 4";
	return "$self->{writer}, g, $region, date '2026-01-01' + g * $b % 20, (ARRAY['phone', 'chat', 'Chat', NULL])[1 + g * $c % 4], "
	  . "nullif(100 * $self->{writer} + g * $a % 11, 100 * $self->{writer} + 10), NULL::bigint, nullif(1 + g * $b % 8, 8), "
	  . "(ARRAY['1..7', '0..10'])[1 + g * $c % 2]::ces_scale, nullif(g * $a % 12, 11), (ARRAY[true, true, false, NULL])[1 + g * $b % 4], "
	  . "CASE WHEN g * $c % 13 = 0 THEN 'late' END, 0";
}

# A condition for some of the writer's rows.
sub some_rows
{
	my ($self, $table) = @_;
	my $last = $self->{last_id}{$table};
	my $first = number(1, $last);
	my $region = $self->{serializable} && $table eq 'responses' ? ' AND region = ' . region_of($self, $table) : '';
	return "writer = $self->{writer}$region AND "
	  . any("id = $first", "id BETWEEN $first AND " . ($first + number(0, 20)), "id BETWEEN $first AND " . ($first + number(0, 60)),
		'id % 23 = ' . number(0, 22), "id >= $last - " . number(0, 10), "day = '2026-01-" . number(10, 20) . "' AND id % 3 = 0",
		'channel IS NULL AND id % 5 = ' . number(0, 4));
}

# A change of some columns.
sub changes
{
	my ($self, $table, $in_partition) = @_;
	my @changes = (
		'score = ' . any(1 .. 7, 'NULL'), 'score = score % 7 + 1', 'score = score', 'recommend = nullif((recommend + 3) % 12, 11)',
		"channel = " . any("'phone'", "'chat'", "'CHAT'", 'NULL'), 'agent = ' . any('NULL', 100 * $self->{writer} + number(0, 9)),
		"scale = " . any("'1..7'", "'0..10'"), 'kept = NOT kept', 'kept = ' . any('true', 'false', 'NULL'),
		'note = ' . any('NULL', "'late'", "'correct'", "repeat('long ', 1000)"), 'other = other + 1');
	push @changes, "day = date '2026-01-01' + (extract(day FROM day)::integer + " . number(1, 19) . ') % 20' unless $in_partition;
	push @changes, 'region = (region + ' . number(1, 3) . ') % 4' unless $in_partition || $self->{serializable};
	my %chosen = map { (split / /)[0] => $_ } map { any(@changes) } 1 .. number(1, 3);
	return join ', ', map { $chosen{$_} } sort keys %chosen;
}

# A partition, and a row that belongs there.
sub partition_and_row
{
	my ($self, %fixed) = @_;
	my $row = new_row($self, 'responses', %fixed);
	my $partition = "responses_$row->{region}";
	$partition .= $row->{day} lt '2026-01-11' ? '_early' : '_late' if $fixed{leaf} || chance(0.8);
	return ($partition, $row);
}

sub copy_of
{
	my ($target, @rows) = @_;
	return "COPY $target ($columns) FROM stdin;\n"
	  . join('', map { my $row = $_; join("\t", map { $_ // '\N' } @$row{@columns}) . "\n" } @rows) . "\\.\n";
}

#
# Statements; some need others beside them in the same transaction
#

my %statements = (
	insert => sub {
		my ($self, $table) = @_;
		return "INSERT INTO $table ($columns) VALUES " . values_of(map { new_row($self, $table) } 1 .. any(1, 1, 1, number(2, 9))) . ';';
	},
	insert_many => sub {
		my ($self, $table) = @_;
		my $rows = number(0, 60);
		my $first = new_ids($self, $table, $rows);
		my $series = series_of({ %$self, table => $table });
		return "INSERT INTO $table ($columns) SELECT $series FROM generate_series($first, $first + $rows - 1) g;";
	},
	copy => sub {
		my ($self, $table) = @_;
		return copy_of($table, map { new_row($self, $table) } 1 .. number(0, 30));
	},
	update => sub {
		my ($self, $table) = @_;
		return "UPDATE $table SET " . changes($self, $table) . ' WHERE ' . some_rows($self, $table) . ';';
	},
	delete => sub {
		my ($self, $table) = @_;
		return "DELETE FROM $table WHERE " . some_rows($self, $table) . ';';
	},
	merge => sub {
		my ($self, $table) = @_;
		my $first = number(1, $self->{last_id}{$table});
		my $last = $first + number(0, 20);
		$last = $self->{last_id}{$table} if $last > $self->{last_id}{$table};
		my $series = series_of({ %$self, table => $table });
		my $new_columns = join ', ', map { "new_$_" } @columns;
		my $is_partition = $self->{serializable} && $table eq 'responses';
		return "MERGE INTO $table t USING (SELECT $series FROM generate_series($first, $last) g) s ($new_columns) "
		  . "ON writer = $self->{writer} AND id = new_id" . ($is_partition ? ' AND region = ' . region_of($self, $table) : '')
		  . ' WHEN MATCHED AND id % 4 = 0 THEN DELETE WHEN MATCHED AND id % 4 = 1 THEN UPDATE SET ' . changes($self, $table)
		  . ' WHEN MATCHED AND id % 4 = 2 THEN UPDATE SET score = new_score, channel = new_channel WHEN MATCHED THEN DO NOTHING'
		  . ($is_partition ? ';' : " WHEN NOT MATCHED AND new_id % 3 = 0 THEN INSERT ($columns) VALUES ($new_columns);");
	},
	on_conflict => sub {
		my ($self, $table) = @_;
		my $row = new_row($self, $table);
		my $again = { %$row, score => any(1 .. 7), channel => any('phone', 'chat', undef) };
		my $key = $table eq 'answers' ? 'writer, id' : 'writer, id, region, day';
		return ("INSERT INTO $table ($columns) VALUES " . values_of($row) . ';',
			"INSERT INTO $table AS t ($columns) VALUES " . values_of($again, new_row($self, $table)) . " ON CONFLICT ($key) "
			  . any('DO NOTHING', 'DO UPDATE SET score = EXCLUDED.score, channel = EXCLUDED.channel',
				'DO UPDATE SET kept = NOT t.kept WHERE t.score < 5') . ';');
	},
	move => sub {
		my ($self, $table) = @_;
		my $other = $table eq 'answers' ? 'responses' : 'answers';
		my $first = number(1, $self->{last_id}{$table});
		my $id = new_ids($self, $other, 10);
		my $region = $self->{serializable} && $table eq 'responses' ? ' AND region = ' . region_of($self, $table) : '';
		my $moved = join ', ', map { $_ eq 'id' ? "id - $first + $id" : $_ eq 'region' && $self->{serializable} ? region_of($self, $other) : $_ } @columns;
		return "WITH moved AS (DELETE FROM $table WHERE writer = $self->{writer}$region AND id BETWEEN $first AND $first + 9 RETURNING *) "
		  . "INSERT INTO $other ($columns) SELECT $moved FROM moved;";
	},
	two_writes => sub {
		my ($self, $table) = @_;
		return "WITH changed AS (UPDATE $table SET " . changes($self, $table) . ' WHERE ' . some_rows($self, $table) . ' RETURNING id), '
		  . "added AS (INSERT INTO $table ($columns) VALUES " . values_of(new_row($self, $table), new_row($self, $table)) . ' RETURNING id) '
		  . "UPDATE $table SET " . changes($self, $table) . ' WHERE ' . some_rows($self, $table) . ';';
	},
	partition_insert => sub {
		my ($self) = @_;
		my ($partition, $row) = partition_and_row($self, note => undef);
		return "INSERT INTO $partition ($columns) VALUES " . values_of($row) . ';';
	},
	partition_copy => sub {
		my ($self) = @_;
		my ($partition, $row) = partition_and_row($self, note => undef);
		return copy_of($partition, $row);
	},
	partition_update => sub {
		my ($self) = @_;
		my ($partition) = partition_and_row($self, leaf => 1);
		return "UPDATE $partition SET " . changes($self, 'responses', 1) . ' WHERE ' . some_rows($self, 'responses') . ';';
	},
	partition_delete => sub {
		my ($self) = @_;
		my ($partition) = partition_and_row($self);
		return "DELETE FROM $partition WHERE " . some_rows($self, 'responses') . ';';
	},
	visit => sub {
		my ($self, $table) = @_;
		my $visit = 1_000_000 * $self->{writer} + number(1, 20);
		return ("INSERT INTO visit VALUES ($visit) ON CONFLICT DO NOTHING;",
			"INSERT INTO $table ($columns) VALUES " . values_of(map { new_row($self, $table, visit => $visit) } 1 .. number(1, 5)) . ';');
	},
	cascade => sub {
		my ($self) = @_;
		my $visit = 1_000_000 * $self->{writer} + number(1, 20);
		return any("DELETE FROM visit WHERE id = $visit;",
			"UPDATE visit SET id = id + 500000 WHERE id = $visit AND NOT EXISTS (SELECT FROM visit WHERE id = $visit + 500000);");
	},
	set_null => sub {
		my ($self) = @_;
		my $agent = 100 * $self->{writer} + number(0, 9);
		return ("DELETE FROM agent WHERE id = $agent;", "INSERT INTO agent VALUES ($agent);");
	},
	exception => sub {
		my ($self) = @_;
		return 'DO $do$ BEGIN ' . join(' ', statement($self, 1)) . ' BEGIN ' . join(' ', statement($self, 1), statement($self, 1))
		  . ' PERFORM fail(); EXCEPTION WHEN SQLSTATE \'' . $on_purpose . '\' THEN ' . join(' ', statement($self, 1)) . ' END; END $do$;';
	},
	truncate => sub {
		my ($self, $table) = @_;
		return "TRUNCATE $table;";
	});

# How often each is made.
my %weights = (
	insert => 14, insert_many => 6, copy => 6, update => 16, delete => 8, merge => 8, on_conflict => 6, move => 5, two_writes => 4,
	partition_insert => 5, partition_copy => 3, partition_update => 3, partition_delete => 2, visit => 4, cascade => 3, set_null => 2,
	exception => 5, truncate => 3);

# A random statement, with those beside it.
sub statement
{
	my ($self, $in_plpgsql) = @_;
	my %weight = %weights;
	delete @weight{qw(visit cascade set_null)} if $self->{serializable} || $self->{truncate};
	delete @weight{qw(copy partition_copy exception)} if $in_plpgsql;
	# With TRUNCATE in another session, what locks two tables, or a partition before its parent,
	# can deadlock, rollup or not.
	delete @weight{qw(partition_insert partition_copy partition_update move)} if $self->{truncate};
	delete $weight{partition_delete} if $self->{one_table} || $self->{truncate} && $in_plpgsql;
	delete $weight{truncate} unless $self->{one_table};
	my $sum = 0;
	$sum += $_ foreach values %weight;
	my $at = rand $sum;
	foreach my $kind (sort keys %weight)
	{
		$at -= $weight{$kind};
		return $statements{$kind}->($self, $self->{one_table} || any('answers', 'responses')) if $at < 0;
	}
	die;
}

#
# Transactions
#

# Statements in a transaction block, some of them in savepoints that are rolled back.
sub block
{
	my ($self) = @_;
	my @statements;
	foreach (1 .. number(1, 4))
	{
		my @inner = statement($self);
		push @inner, 'SAVEPOINT b;', statement($self), any('ROLLBACK TO b;', 'RELEASE b;', '') if chance(0.2);
		push @inner, 'SELECT fail();' if my $fails = chance(0.1);
		@inner = ('SAVEPOINT a;', @inner, $fails || chance(0.4) ? 'ROLLBACK TO a;' : 'RELEASE a;') if $fails || chance(0.4);
		push @statements, @inner;
		push @statements, compare($self) if chance(0.15);
	}
	return @statements;
}

# Compare a rollup with its definition, if there are rollups; what differs is printed.
sub compare
{
	my ($self) = @_;
	return () if $self->{serializable} || $self->{truncate};
	return ('\if :rollups', comparison_of(any(rollups_of_answers())) . ';', '\endif');
}

my %transactions = (
	single => sub {
		my ($self, $begin) = @_;
		my @statements = statement($self);
		return @statements > 1 ? ($begin, @statements, 'COMMIT;') : @statements;
	},
	block => sub {
		my ($self, $begin) = @_;
		return ($begin, block($self), chance(0.8) ? 'COMMIT;' : 'ROLLBACK;');
	},
	fails => sub {
		my ($self) = @_;
		my $table = any('answers', 'responses');
		return "UPDATE $table SET score = 7, other = fail(id % 5 = 0) WHERE " . some_rows($self, $table) . ';';
	},
	# Between its two phases, the rows are locked: only others may be written.
	two_phase => sub {
		my ($self, $begin) = @_;
		my $name = "writer $self->{writer}, " . ++$self->{prepared};
		my $table = any('answers', 'responses');
		return ($begin, block($self), "PREPARE TRANSACTION '$name';",
			"INSERT INTO $table ($columns) VALUES " . values_of(new_row($self, $table, agent => undef)) . ';', compare($self),
			(chance(0.7) ? 'COMMIT' : 'ROLLBACK') . " PREPARED '$name';");
	},
	truncate => sub {
		my ($self, $begin) = @_;
		my $table = any('answers', 'responses');
		local $self->{one_table} = $table;
		return any('TRUNCATE responses_' . region_of($self, $table) . any('', '_early', '_late') . ';',
			join("\n", $begin, "TRUNCATE $table;", block($self), any('COMMIT;', 'COMMIT;', 'ROLLBACK;')));
	});

# The statements of a writer, an even number above 0, for psql: for rows of its own, from its
# last identifiers on. With serializable, at that isolation level; with truncate, tables
# and partitions are truncated, too.
sub random_writes
{
	my ($writer, $last_id, $transactions, %options) = @_;
	my $self = { writer => $writer, last_id => $last_id, %options };
	my @script = ('\set VERBOSITY verbose', "SET application_name = 'writer $writer';");
	# Which transaction a row was read by depends on the scan.
	push @script, 'SET enable_seqscan = off;', "SET default_transaction_isolation = 'serializable';" if $self->{serializable};
	foreach (1 .. $transactions)
	{
		my $level = $self->{serializable} ? 'SERIALIZABLE' : any('READ COMMITTED', 'READ COMMITTED', 'REPEATABLE READ');
		my $kind = any(('single') x 10, ('block') x 8, 'fails', ('two_phase') x 2);
		$kind = any('truncate', 'single', 'single') if $self->{truncate};
		push @script, "SET default_transaction_isolation = '" . lc($level) . "';" unless $self->{serializable};
		push @script, $transactions{$kind}->($self, "BEGIN ISOLATION LEVEL $level;");
	}
	return join("\n", @script, '\echo finished') . "\n";
}

1;
