# The examples of a document that has several servers: run each where it says.
package Document;

use strict;
use warnings;
use Exporter 'import';
use PostgreSQL::Test::Utils;
use Test::More;

our @EXPORT = qw(run_document table);

# The settings that the documents take for granted, whatever the user's.
my $settings = '-c lc_messages=C -c datestyle=ISO -c timezone=UTC -c client_min_messages=warning';

# A table as psql prints it, without the count of rows and blanks at line ends;
# and errors.
sub table
{
	my ($node, $database, $sql) = @_;
	local $ENV{PGOPTIONS} = $settings;
	local $ENV{PGCLIENTENCODING} = 'UTF8';
	my ($code, $output, $errors) = $node->psql($database, $sql, on_error_stop => 0,
		extra_params => [ map { ('-P', $_) } 'format=aligned', 'tuples_only=off', 'footer=off' ]);
	s/[ \t]+$//mg, s/\s+\z// for $output, $errors;
	return join "\n", grep { $_ ne '' } $errors, $output;
}

# The blocks that begin with ```sql PLACE ... A block without a language right
# after one is its result.
sub examples
{
	my ($path) = @_;
	my (@examples, $block, $shows_result);
	my $line = 0;
	foreach (split /\n/, slurp_file($path))
	{
		$line++;
		if (defined $block)
		{
			if (/^```\s*$/) { $block = undef }
			else { $$block .= "$_\n" }
		}
		elsif (/^```sql (.+?)\s*$/)
		{
			push @examples, { line => $line, places => [ split ' ', $1 ], sql => '' };
			$block = \$examples[-1]{sql};
			$shows_result = 1;
		}
		elsif (/^```\s*$/ && $shows_result)
		{
			$examples[-1]{result} = '';
			$block = \$examples[-1]{result};
			$shows_result = 0;
		}
		elsif (/^```/)
		{
			my $ignored = '';
			$block = \$ignored;
			$shows_result = 0;
		}
		elsif (/\S/) { $shows_result = 0 }
	}
	return @examples;
}

# run_document(FILE, PLACE => [NODE, DATABASE], ...): run the examples that are for
# these places, in order, and compare the results with those shown; where none is
# shown, there must be no error. 'PLACE.example.com' becomes the place's address.
sub run_document
{
	my ($path, %places) = @_;
	my $ran = 0;
	foreach my $example (examples($path))
	{
		foreach my $place (grep { $places{$_} } @{ $example->{places} })
		{
			my $sql = $example->{sql};
			$sql =~ s{host '(\w+)\.example\.com'}
				{ "host '" . $places{$1}[0]->host . "', port '" . $places{$1}[0]->port . "'" }ge;
			my $printed = table(@{ $places{$place} }, $sql);
			my $name = "$path, line $example->{line}, on $place";
			if (defined $example->{result})
			{
				my $shown = $example->{result} =~ s/[ \t]+$//mgr =~ s/\s+\z//r;
				is($printed, $shown, $name);
			}
			else
			{
				unlike($printed, qr/^(psql:.*)?(ERROR|FATAL):/m, $name);
			}
			$ran++;
		}
	}
	cmp_ok($ran, '>', 0, "$path: found examples");
	return;
}

1;
