# The report of doc/alerts.md, made as it stands there: silent in a quiet week, and told once, to
# all who listen, when something has happened.
use strict;
use warnings;
use PostgreSQL::Test::Cluster;
use PostgreSQL::Test::Utils;
use Test::More;
use Document;

my $node = PostgreSQL::Test::Cluster->new('main');
$node->init;
$node->append_conf('postgresql.conf', "fsync = off\nshared_buffers = 32MB");
$node->start;
$node->safe_psql('postgres', 'CREATE DATABASE surveys');

# Twelve weeks before the present one, with the top box going from 69 to 71 percent and back. In
# the present one, which doesn't count, nobody is content.
$node->safe_psql('surveys', q{
	CREATE EXTENSION ces;
	CREATE TABLE responses (channel text, agent text, answered_at timestamp, effort_score integer, recommend integer);
	INSERT INTO responses
	SELECT 'chat', 'Aiko T.', date_trunc('week', current_date) - week * interval '7 days' + interval '1 day',
	       CASE WHEN week > 0 AND i <= 69 + 2 * (week % 2) THEN 6 ELSE 2 END, 8
	FROM generate_series(0, 12) AS week, generate_series(1, 100) AS i});

my @examples = examples('doc/alerts.md');
$node->safe_psql('surveys', $_->{sql}) foreach grep { $_->{sql} =~ /^C(ALL ces_create|REATE )/ } @examples;

# What is printed by the script that cron runs?
my ($script) = map { $_->{sql} } grep { $_->{sql} =~ /\\gset/ } @examples;
sub mail { return psql($node->connstr('surveys'), $script, '-v', 'ON_ERROR_STOP=1', '-P', 'footer=off') }

# What hears a session that listens while another one tells the signals?
sub heard
{
	my ($statement) = @_;
	my $listener = psql($node->connstr('surveys'), <<~"END");
		LISTEN signals;
		\\! psql -X -q -d '@{[ $node->connstr('surveys') ]}' -c '$statement'
		SELECT 1;
		END
	return [ $listener =~ /^Asynchronous notification "signals" with payload "(.*)" received/mg ];
}

is(mail(), '', 'no mail in a quiet week');
is_deeply(heard('CALL tell_signals()'), [], 'no notification in a quiet week');

$node->safe_psql('surveys', q{
	UPDATE responses SET effort_score = 2 WHERE answered_at >= date_trunc('week', current_date) - interval '7 days'});
my $signal = qr/chat\s*\|\s*CES\s*\|\s*100\s*\|\s*0\.0\s*\|\s*[\d.]+\s*\|\s*[\d.]+\s*\|\s*outside/;
like(mail(), qr/^\s*week\s*\|.*$signal\n\n\z/s, 'a mail when there is a signal');
my $payload = heard('CALL tell_signals()');
is(scalar @$payload, 1, 'one notification');
like($payload->[0], qr/^\{"week":"[-\d]+","channel":"chat","metric":"CES","signal":"outside",/, 'which says what it is');
is_deeply(heard('CALL tell_signals()'), [], 'it is told once');
is($node->safe_psql('surveys', 'SELECT channel, metric, signal FROM told'), 'chat|CES|outside', 'and kept');

$node->safe_psql('surveys', 'DROP FUNCTION signals_until CASCADE');
like(mail(), qr/^ERROR:  relation "signals" does not exist/, 'a report that fails is no quiet week');

$node->stop;
done_testing();
