# The examples of a document: what they are, and whether PostgreSQL prints what they show.
#
# An example is a block that begins with ```sql. If a block without a language follows
# right after it, that block is its result, line by line as psql prints it; otherwise the
# example must raise no error. ```sql PLACE ... names the servers that run it; an example
# without a place runs on the server at hand. A table without a query must be part of what
# doc/tour.sql prints. Blanks at the end of a line don't matter. A fence may be indented, as
# in a list; its block is then indented, too.
package Document;

use strict;
use warnings;
use Exporter 'import';
use File::Temp;
use Test::More;

our @EXPORT = qw(examples tables mentions psql run_examples run_at_places is_printed_by);

# The settings that the documents take for granted, whatever the user's are.
my $settings = '-c lc_messages=C -c datestyle=ISO -c timezone=UTC -c client_min_messages=warning';

sub slurp
{
	my ($path) = @_;
	open my $file, '<:encoding(UTF-8)', $path or die "$path: $!\n";
	local $/;
	return <$file>;
}

sub without_trailing_blanks
{
	my ($text) = @_;
	return $text =~ s/[ \t\r]+$//mgr =~ s/\s+\z//r;
}

# The fenced blocks of a document: line, language, text, and whether only blank lines
# stand between a block and the one before.
sub blocks
{
	my ($path) = @_;
	my (@blocks, $block, $text_between);
	my $line = 0;
	foreach (split /\n/, slurp($path))
	{
		$line++;
		if ($block)
		{
			if (/^ *```\s*$/) { push @blocks, $block; $block = undef; $text_between = 0 }
			else { $block->{text} .= s/^$block->{indent}//r . "\n" }
		}
		elsif (/^( *)```(.*?)\s*$/)
		{
			$block = { where => "$path, line $line", language => $2, text => '',
				indent => $1, follows => !$text_between };
		}
		elsif (/\S/) { $text_between = 1 }
	}
	die "$path: its last block has no end\n" if $block;
	return @blocks;
}

# The examples of a document: where, places, sql, and the result if one is shown.
sub examples
{
	my ($path) = @_;
	my (@examples, $example);
	foreach my $block (blocks($path))
	{
		if ($block->{language} =~ /^sql\b *(.*)/)
		{
			$example = { where => $block->{where}, places => [ split ' ', $1 ], sql => $block->{text} };
			push @examples, $example;
			next;
		}
		$example->{result} = $block->{text} if $example && $block->{language} eq '' && $block->{follows};
		$example = undef;
	}
	return @examples;
}

# The tables that a document shows without a query.
sub tables
{
	my ($path) = @_;
	my $previous = '';
	my @tables;
	foreach my $block (blocks($path))
	{
		my $is_result = $previous =~ /^sql\b/ && $block->{follows};
		push @tables, $block if $block->{language} eq '' && !$is_result && $block->{text} =~ /-\+-/;
		$previous = $block->{language};
	}
	return @tables;
}

# Does the document have this text?
sub mentions
{
	my ($path, $text) = @_;
	return index(slurp($path), $text) >= 0;
}

# Run psql with a script on standard input: all that it prints, errors included.
sub psql
{
	my ($connection, $script, @options) = @_;
	my $input = File::Temp->new;
	binmode $input, ':encoding(UTF-8)';
	print $input $script;
	close $input;

	local %ENV = (%ENV, PGCLIENTENCODING => 'UTF8', PGOPTIONS => $settings);
	delete @ENV{qw(PGTZ PGDATESTYLE COLUMNS)};
	my @command = ('psql', '-X', '-q', '-d', $connection, @options);
	open my $output, '-|:encoding(UTF-8)', 'sh', '-c', 'exec "$@" <"$0" 2>&1', "$input", @command
	  or die "psql: $!\n";
	local $/;
	my $printed = <$output> // '';
	close $output;
	return $printed;
}

# Compare what was printed with what is shown, and show the difference.
sub is_shown
{
	my ($printed, $example, $name) = @_;
	my $shown = without_trailing_blanks($example->{result});
	$printed = without_trailing_blanks($printed);
	ok($printed eq $shown, $name) or diag("shown:\n$shown\nprinted:\n$printed");
	return;
}

sub check
{
	my ($example, $printed, $name) = @_;
	my ($last_line) = $example->{sql} =~ /.*^(\N*\S\N*)$/ms;
	if (!defined $printed)
	{
		fail($name);
		diag('it did not run to its end: is a quote or a parenthesis open?');
	}
	elsif (($last_line // '') !~ /;\s*$|^\\/)
	{
		fail($name);
		diag('its last line does not end with a semicolon');
	}
	elsif (defined $example->{result})
	{
		is_shown($printed, $example, $name);
	}
	else
	{
		ok($printed !~ /^[A-Z]*:  |^invalid command/m, $name) or diag($printed);
	}
	return;
}

# Run examples in one session, in order, and check each.
sub run_examples
{
	my ($connection, @examples) = @_;
	my $script = '';
	foreach my $number (0 .. $#examples)
	{
		$script .= "\\echo -- begin $number\n$examples[$number]{sql}\\echo -- end $number\n";
	}
	my $printed = psql($connection, $script, '-P', 'pager=off', '-P', 'footer=off');
	foreach my $number (0 .. $#examples)
	{
		my ($output) = $printed =~ /^-- begin $number\n(.*?)^-- end $number$/ms;
		check($examples[$number], $output, $examples[$number]{where});
	}
	return;
}

# run_at_places(FILE, PLACE => NODE and DATABASE, ...): run each example that names one of
# these places there. 'PLACE.example.com' becomes the address of the place.
sub run_at_places
{
	my ($path, %places) = @_;
	my $ran = 0;
	foreach my $example (examples($path))
	{
		foreach my $place (grep { $places{$_} } @{ $example->{places} })
		{
			my ($node, $database) = @{ $places{$place} };
			my $sql = $example->{sql} =~ s{host '(\w+)\.example\.com'}
				{ "host '" . $places{$1}[0]->host . "', port '" . $places{$1}[0]->port . "'" }ger;
			run_examples($node->connstr($database),
				{ %$example, sql => $sql, where => "$example->{where}, on $place" });
			$ran++;
		}
	}
	cmp_ok($ran, '>', 0, "$path: found examples");
	return;
}

# Are the lines of this table part of what was printed?
sub is_printed_by
{
	my ($table, $printed, $source) = @_;
	my $lines = without_trailing_blanks($table->{text});
	ok(index("\n" . without_trailing_blanks($printed) . "\n", "\n$lines\n") >= 0, $table->{where})
	  or diag("$source does not print this table");
	return;
}

1;
