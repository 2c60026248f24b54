# Queries that the tests of postgres_fdw and of Citus share.
package ManyServers;

use strict;
use warnings;
use Exporter 'import';
use Test::More;

our @EXPORT = qw(@aggregates same_result);

# Every aggregate of the sample data's answers, on several scales and types of score.
our @aggregates = (
	'ces_topbox(effort_score)', q{ces_topbox(effort_score, '7..1')},
	'ces_mean(effort_score)', q{ces_mean(recommend, '-10..10')},
	'nps(recommend)', q{nps(satisfaction, 'csat')},
	'csat(satisfaction)', q{csat(effort_score, '1..7 top 6 bottom 1')},
	q{ces_tally(recommend, '10..0')}, q{ces_tally(effort_score, '1..7', 5000000000)},
	'nps(recommend::smallint)', 'nps(recommend::double precision)', 'nps(recommend::numeric)');

# Is there a result, and is it the one that a single server gives?
sub same_result
{
	my ($result, $single, $name) = @_;
	isnt($single, '', "$name: there is a result");
	is($result, $single, "$name: as on a single server");
	return;
}

1;
