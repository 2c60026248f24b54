#!/usr/bin/perl
# report.pl: the weekly report (dashboards/report/weekly.sql), on the server that PGHOST and so on lead
# to: all numbers in it are those that psql gets from the answers, all marks are where the axes of
# their charts have these numbers, it is well-formed whatever the names are, and it says so where
# answers or columns are missing. xmllint (libxml2-utils) is needed.
#
#     test/lib/server.sh perl test/dashboards/report.pl
use strict;
use warnings;
use utf8;
use open qw(:std :encoding(UTF-8));
use Encode qw(encode_utf8);
use File::Basename;
use File::Temp qw(tempdir);
use Test::More;

chdir dirname(__FILE__) . '/../..' or die;
my $scratch = tempdir(CLEANUP => 1);
my $columns = 'answered_at, channel, agent, effort_score AS effort, recommend, satisfaction';
my $sample = "SELECT $columns FROM responses";
my @monday = ('-v', 'until=2026-04-06');

# What a command prints on standard output, then on standard error, and its status.
sub run
{
	my @command = map { encode_utf8($_) } @_;
	my $pid = fork // die;
	if (!$pid)
	{
		open STDOUT, '>', "$scratch/out" or die;
		open STDERR, '>', "$scratch/err" or die;
		exec @command or die;
	}
	waitpid $pid, 0;
	return map({ my $file = $_; open my $text, '<', "$scratch/$file" or die; local $/; <$text> // '' } qw(out err)), $? >> 8;
}

# The rows of a query, in text, with "|" between the columns.
sub rows
{
	my ($query, @options) = @_;
	my ($out, $err, $status) = run('psql', '-X', '-A', '-t', '-q', '-v', 'ON_ERROR_STOP=1', @options, '-c', $query);
	die $err if $status;
	return [ split /\n/, $out ];
}

# The report of these answers. It is well-formed, and loads and runs nothing.
sub report
{
	my ($name, $answers, @options) = @_;
	my ($html, $err, $status) = run('psql', '-X', '-q', '-v', "answers=$answers", @options, '-f', 'dashboards/report/weekly.sql');
	is("$status$err", '0', "$name: no error, and no warning");
	open my $file, '>', "$scratch/report.html" or die;
	print $file $html;
	close $file;
	is((run('xmllint', '--noout', "$scratch/report.html"))[1], '', "$name: well-formed");
	unlike($html =~ s/xmlns="[^"]*"//r =~ s/<pre>.*?<\/pre>//sr,
		qr{<script|<link|<img|\bsrc=|url\(|\@import|https?:|\bon\w+="|href="[^#]}, "$name: nothing from elsewhere");
	unlike($html, qr/NaN|Infinity|="[^"]*\bnull\b|(?<![\d,.])1 (?:answers|weeks|agents)\b/i, "$name: no number is missing, and 1 is singular");
	return $html;
}

# Text without tags and entities, with an ASCII minus sign.
sub text
{
	my ($html) = @_;
	$html =~ s/<[^>]*>//g;
	$html =~ s/&#(\d+);/chr $1/ge;
	$html =~ s/&lt;/</g;
	$html =~ s/&gt;/>/g;
	$html =~ s/&quot;/"/g;
	$html =~ s/&amp;/&/g;
	return $html =~ tr/−/-/r;
}

# The rows of a table, with "|" between the cells.
sub table
{
	my ($html, $id) = @_;
	my ($body) = $html =~ m{<table id="$id">.*?<tbody>(.*?)</tbody>}s or return [];
	return [ map { join '|', map { text($_) =~ s/^\s+|\s+$//gr } m{<t[hd][^>]*>(.*?)</t[hd]>}gs } $body =~ m{<tr[^>]*>(.*?)</tr>}gs ];
}

# What the marks of the charts with such a label say, after the label.
sub marks
{
	my ($html, $label) = @_;
	return [ sort map { my ($name, $chart) = /^(.*?)"(.*)/s; $name =~ $label ? map { text("$name: $_") } $chart =~ m{<title>(.*?)</title>}gs : () }
	  $html =~ /aria-label="(.*?)(?=aria-label="|\z)/gs ];
}

# What is not drawn where it belongs.
my @off;
sub near
{
	my ($what, $drawn, $expected, $tolerance) = @_;
	push @off, "$what: " . ($drawn // 'nothing') . " for $expected" if !defined $drawn || abs($drawn - $expected) > $tolerance;
}
sub same
{
	my ($what, $drawn, $expected) = @_;
	push @off, "$what: " . ($drawn // 'nothing') . " for $expected" if ($drawn // '') ne $expected;
}
sub all_near { my ($name) = @_; is_deeply([ splice @off ], [], $name) }

# The lists of what a pattern captures.
sub captures
{
	my ($text, $pattern) = @_;
	my @found = $text =~ /$pattern/g or return;
	my $groups = $#+;
	return map { [ splice @found, 0, $groups ] } 1 .. @found / $groups;
}

# The value at a height in a chart, by the texts of its axis, and the value of two tenths of a unit: y is
# rounded to a tenth.
sub axis
{
	my ($svg) = @_;
	my @ticks = map { [ $_->[0], text($_->[1]) ] } captures($svg, qr{<line class="grid"[^>]* y1="(.*?)".*?<text[^>]*>(.*?)</text>});
	my ($first, $last) = @ticks[ 0, -1 ];
	my $unit = ($last->[1] - $first->[1]) / ($last->[0] - $first->[0]);
	my $value = sub { $first->[1] + $unit * ($_[0] - $first->[0]) };
	near('tick', $value->($_->[0]), $_->[1], abs(0.2 * $unit)) foreach @ticks;
	push @off, 'higher is not better' if $unit >= 0;
	return $value, abs(0.2 * $unit);
}

# Where the marks of a chart are, by what their titles begin with, and their classes. A triangle points to where the value
# has gone, and is as far from its tip as it is wide.
sub marks_at
{
	my ($svg) = @_;
	my %mark = map { $_->[3] => [ @$_[ 1, 2, 0 ] ] } captures($svg, qr{<circle class="(.*?)" cx="(.*?)" cy="(.*?)"[^>]*><title>(.*?): });
	foreach (captures($svg, qr{<path class="([^"]*)" d="M(\S+) (\S+)l-(\S+) (-?)\d+h\d+z"><title>(.*?): }))
	{
		my ($class, $x, $tip, $half, $minus, $title) = @$_;
		same("triangle of $title", $minus, $class =~ /better/ ? '' : '-');
		$mark{$title} = [ $x, $tip + ($minus ? -$half : $half), $class ];
	}
	return \%mark;
}

sub items { my ($html) = @_; return [ map { text($_) } $html =~ m{<li>(.*?)</li>}gs ] }

rows("CREATE DATABASE report ENCODING UTF8 LOCALE 'C' TEMPLATE template0");
$ENV{PGDATABASE} = 'report';
$ENV{PGCLIENTENCODING} = 'UTF8';
(run('psql', '-X', '-q', '-v', 'ON_ERROR_STOP=1', '-c', 'CREATE EXTENSION ces', '-f', 'doc/survey.sql'))[2] == 0 or die;

# The numbers.

my $html = report('sample', $sample, @monday);

is(text($html =~ m{<header>\n<h1>.*?</h1>\n<p>(.*?)</p>} && $1), rows(q{
	SELECT 'Week ' || extract(week FROM week) || ', ' || to_char(week, 'FMDay FMDD FMMonth YYYY') || ' to ' || to_char(week + interval '6 days', 'FMDay FMDD FMMonth YYYY') || ' · '
	       || to_char((SELECT count(*) FROM responses WHERE answered_at >= week AND answered_at < week + interval '7 days'), 'FM999,999') || ' answers'
	FROM (SELECT timestamp '2026-03-30' AS week) AS w})->[0], 'the week in the head');

my %metric = (
	CES => [ 'effort_score', "'1..7'", 'ces_topbox', '%', 'Customer effort score (CES)' ],
	NPS => [ 'recommend', "'nps'", 'nps', '', 'Net promoter score (NPS)' ],
	CSAT => [ 'satisfaction', "'csat'", 'csat', '%', 'Customer satisfaction (CSAT)' ]);
my $last_week = q{answered_at >= '2026-03-30' AND answered_at < '2026-04-06'};
my $counted = q{to_char(n, 'FM999,999') || CASE n WHEN 1 THEN ' answer' ELSE ' answers' END};
my $in_order = q{ORDER BY channel IS NULL, (SELECT count(*) FROM responses WHERE channel = c.channel) DESC};

# All metrics by channel and week, with limits.
sub weekly
{
	my ($table) = @_;
	return '(' . join(' UNION ALL ', map {
		my ($column, $scale, $function, $unit) = @{ $metric{$_} };
		"SELECT '$_' AS metric, '$unit' AS unit, coalesce(channel, 'All') AS place, week, n, (p).*, lag((p).value) OVER (PARTITION BY channel ORDER BY week) AS before
		 FROM (SELECT channel, week, ces_count(tally) AS n, ${function}_limits(tally) OVER (PARTITION BY channel ORDER BY week) AS p
		       FROM (SELECT channel, date_trunc('week', answered_at)::date AS week, ces_tally($column, $scale) AS tally
		             FROM $table GROUP BY 2, ROLLUP (channel)) AS weekly) AS chart WHERE n > 0"
	} sort keys %metric) . ') AS weekly';
}

# The charts by week: marks, line, average, limits, months and values are where the axis has what psql says.
sub weekly_charts
{
	my ($html, $table, $name) = @_;
	my %chart;
	foreach (@{ rows("SELECT metric || ', ' || place, week, value, lower, upper, centre, round(value, 1), coalesce(signal, ''), unit FROM @{[ weekly($table) ]} ORDER BY week") })
	{
		my ($chart, @point) = split /\|/, $_, -1;
		push @{ $chart{$chart} }, \@point;
	}
	my $charts = 0;
	foreach (captures($html, qr{aria-label="(\w+, [^"]+), by week">(.*?)</svg>}s))
	{
		my ($label, $svg) = @$_;
		my ($y, $tolerance) = axis($svg);
		my $mark = marks_at($svg);
		my @points = @{ $chart{$label} };
		my @bands = captures($svg, qr{<rect class="band" x="(.*?)" width="(.*?)" y="(.*?)" height="(.*?)"/>});
		my @centres = captures($svg =~ /<path class="centre" d="(.*?)"/ && $1, qr/M(\S+?) (\S+?)h([\d.]+)/);
		my @line = captures($svg =~ /<path class="line" d="(.*?)"/ && $1, qr/[ML]([\d.]+) ([\d.]+)/);
		my ($left, $right) = $svg =~ /<line class="grid" x1="(\d+)" x2="(\d+)"/;
		my (@months, @values);
		foreach my $i (0 .. $#points)
		{
			my ($week, $value, $lower, $upper, $centre, $rounded, $signal, $unit) = @{ $points[$i] };
			my $what = "$label, $week";
			my ($x, $mark_y, $class) = @{ $mark->{$week} // [] } or push(@off, "$what: no mark"), next;
			near("$what, x", $x, $left + ($right - $left) * ($i + 0.5) / @points, 0.11);
			near("$what, value", $y->($mark_y), $value, $tolerance);
			same("$what, mark", $class =~ s/last|dot//r, $signal eq '' ? '' : $signal eq 'trend' ? $class : $value > $centre ? 'better' : 'worse');
			near("$what, line $_", $line[$i][$_], (($x, $mark_y)[$_]), 0.01) foreach 0, 1;
			near("$what, average", $y->($centres[$i][1]), $centre, $tolerance);
			near("$what, x of the average", $centres[$i][0] + $centres[$i][2] / 2, $x, 0.2);
			near("$what, x of the band", $bands[$i][0] + $bands[$i][1] / 2, $x, 0.4);
			near("$what, upper limit", $y->($bands[$i][2]), $upper, $tolerance);
			near("$what, lower limit", $y->($bands[$i][2] + $bands[$i][3]), $lower, $tolerance);
			push @months, [ $x, qw(Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec)[$1 - 1] ] if $week =~ /-(\d+)-0[1-7]$/;
			push @values, [ $x, $rounded, $signal ];
			same("$what, unit", ($svg =~ m{<text x="\d+" y="8">(.*?)</text>})[0], $unit || 'points') if $i == $#points;
		}
		my @labels = captures($svg, qr{<text x="([^"]*)" y="\d+" class="mid">(.*?)</text>});
		same("$label, months", join(' ', map { $_->[1] } @labels), join(' ', map { $_->[1] } @months));
		near("$label, $months[$_][1]", $labels[$_][0], $months[$_][0], 0.01) foreach 0 .. $#months;
		my @texts = map { [ $_->[0], text($_->[1]) ] } captures($svg, qr{<text class="value[^"]*" x="(.*?)"[^>]*>(.*?)</text>});
		same("$label, last value", $texts[-1][1], $values[-1][1]);
		foreach my $text (@texts[ 0 .. $#texts - 1 ])
		{
			push @off, "$label: no signal at $text->[1]" if !grep { $_->[2] eq 'outside' && $_->[1] eq $text->[1] && abs($_->[0] - $text->[0]) < 7.1 } @values;
		}
		$charts++;
	}
	is($charts, keys %chart, "$name: all charts by week");
	all_near("$name: all in them is where its value is");
}

sub interval { return "round(lower($_[0]), 1) || ' to ' || round(upper($_[0]), 1)" }

is_deeply([ map { s/[▲▼] //gr =~ s/,//gr } @{ table($html, 'channels') } ],
	rows("SELECT coalesce(channel, 'All'), " . join(', ', map {
		my ($column, $scale, $function) = @{ $metric{$_} };
		"count($column), round($function($column, $scale), 1), " . interval("${function}_ci(ces_tally($column, $scale))")
	} qw(CES NPS CSAT)) . " FROM responses AS c WHERE $last_week GROUP BY ROLLUP (channel) $in_order"),
	'metrics, numbers of answers and intervals by channel');

my $signals = 0;
foreach my $name (sort keys %metric)
{
	my ($column, $scale, $function, $unit, $title) = @{ $metric{$name} };

	my ($tile) = $html =~ m{<div class="tile" id="\L$name\E">(.*?)<svg}s;
	my ($ci_of_this, $ci_of_change) = (interval("${function}_ci(this)"), interval('ci'));
	my ($expected) = @{ rows(qq{
		SELECT round($function(this), 1) || '$unit', $ci_of_this, to_char(ces_count(this), 'FM999,999'),
		       to_char(round(difference, 1), 'FMSG990.0'), $ci_of_change || CASE WHEN p_value < 0.05 THEN '' ELSE ': may be chance' END
		FROM (SELECT ces_tally($column, $scale) FILTER (WHERE $last_week) AS this,
		             ces_tally($column, $scale) FILTER (WHERE answered_at >= '2026-03-23' AND answered_at < '2026-03-30') AS before
		      FROM responses) AS t, ${function}_test(this, before)}) };
	my ($value, $ci, $n, $change, $change_ci) = split /\|/, $expected;
	my ($chance) = $change_ci =~ s/(: may be chance)// ? $1 : '';
	like(text($tile), qr/^\n\Q$title\E\n\Q$value\E\n95% interval \Q$ci$unit\E, from \Q$n\E answers\n\Q$change\E points on the week before \(\Q$change_ci\E\)$chance\n/,
		"$name of the week, its interval and its change");

	my $points = rows(qq{
		SELECT '$name, ' || place || ', by week: ' || week || ': ' || round(value, 1) || '$unit of ' || to_char(n, 'FM999,999')
		       || ' answers, limits ' || round(lower, 1) || ' to ' || round(upper, 1) || '$unit' || coalesce(', signal: ' || signal, '')
		FROM @{[ weekly('responses') ]} WHERE metric = '$name'});
	is_deeply(marks($html, qr/^$name, /), [ sort @$points ], "$name by channel and week, limits and signals");
	$signals += grep { /signal/ } @$points;
}
cmp_ok($signals, '>', 5, 'there are signals to compare');

weekly_charts($html, 'responses', 'sample');

my $funnel = q{
	SELECT channel, agent, n, (f).*, (f).value < (f).lower95 OR (f).value > (f).upper95 AS outside,
	       (f).value < (f).lower998 OR (f).value > (f).upper998 AS far
	FROM (SELECT channel, agent, ces_count(tally) AS n, ces_topbox_funnel(tally) OVER (PARTITION BY channel) AS f
	      FROM (SELECT channel, agent, ces_tally(effort_score, '1..7') AS tally
	            FROM responses GROUP BY channel, agent) AS agents) AS compared};
my $agents = rows(qq{
	SELECT 'Funnel plot of agents, ' || channel || ': ' || agent || ': ' || round(value, 1) || ' of ' || $counted || ', 95% limits '
	       || round(lower95, 1) || ' to ' || round(upper95, 1) || ', 99.8% limits ' || round(lower998, 1) || ' to ' || round(upper998, 1)
	FROM ($funnel) AS f});
is(scalar @$agents, 240, '240 agents in channels');
is_deeply(marks($html, qr/^Funnel plot/), [ sort @$agents ], 'all are in the funnels, with their limits');

# In the funnels, answers are counted along the square root.
my %agent;
foreach (@{ rows("SELECT channel, agent, n, value, expected, lower998, lower95, upper95, upper998, CASE WHEN outside THEN CASE WHEN value > expected THEN 'better' ELSE 'worse' END || CASE WHEN far THEN '' ELSE ' maybe' END ELSE 'agent' END, far FROM ($funnel) AS f ORDER BY agent") })
{
	my ($channel, @agent) = split /\|/;
	push @{ $agent{$channel} }, \@agent;
}
foreach (captures($html, qr{aria-label="Funnel plot of agents, (.*?)">(.*?)</figure>}s))
{
	my ($channel, $svg) = @$_;
	my ($value, $tolerance) = axis($svg);
	my ($dx, $dy) = $svg =~ /<g transform="translate\((\d+) (\d+)\)">/;
	my ($inner_x, $inner_y) = $svg =~ /<svg x="(\d+)" y="(\d+)"/;
	my $y = sub { $value->($_[0] + $dy) };
	my $mark = marks_at($svg);
	my @ticks = map { [ $_->[0], text($_->[1]) =~ s/,//r ] } captures($svg, qr{<text class="mid" x="(.*?)" y="174">(.*?)</text>});
	my ($zero, $most) = (sort { $a->[1] <=> $b->[1] } @ticks)[ 0, -1 ];
	my $x = sub { $zero->[0] - $dx + ($most->[0] - $zero->[0]) * sqrt($_[0] / $most->[1]) };
	near("$channel, tick $_->[1]", $_->[0] - $dx, $x->($_->[1]), 0.2) foreach @ticks;
	my @curves = map { [ captures($_->[0], qr/[ML](\S+?) ([-\d.]+)/) ] } captures($svg, qr{<path class="limit\d+" d="(.*?)"});
	same("$channel, lines", join(' ', $svg =~ /<path class="limit(\d+)"/g), '998 95 95 998');
	same("$channel, lines from", "$inner_x $inner_y", "$dx $dy");
	near("$channel, expected", $y->($svg =~ /<path class="centre" d="M0 ([\d.]+)h/), $agent{$channel}[0][3], $tolerance);
	same("$channel, names", join('|', sort map { text($_->[0]) } captures($svg, qr{<text class="value[^>]*>(.*?)</text>})),
		join('|', sort map { $_->[0] } grep { $_->[9] eq 't' } @{ $agent{$channel} }));
	foreach (@{ $agent{$channel} })
	{
		my ($name, $n, $is, undef, @limits) = @$_;
		my ($mark_x, $mark_y, $class) = @{ $mark->{$name} // [] } or push(@off, "$channel, $name: no mark"), next;
		near("$channel, $name, answers", $mark_x, $x->($n), 0.3);
		near("$channel, $name, value", $y->($mark_y), $is, $tolerance);
		same("$channel, $name, mark", $class, $limits[4]);
		foreach my $i (0 .. 3)
		{
			my @there = grep { abs($_->[0] - $mark_x) < 0.01 } @{ $curves[$i] };
			push @off, "$channel, $name: limit $limits[$i] is elsewhere" if !grep { abs($y->($_->[1]) - $limits[$i]) <= $tolerance } @there;
		}
	}
}
all_near('funnels: all in them is where its value is');
is_deeply([ map { s/[▲▼△▽] //r =~ s/,//gr } @{ table($html, 'outside') } ], rows(qq{
	SELECT agent, channel, n, round(value, 1), round(expected, 1), round(adjusted, 1),
	       round(lower998, 1) || ' to ' || round(upper998, 1), CASE WHEN far THEN '99.8%' ELSE '95%' END
	FROM ($funnel) AS f WHERE outside ORDER BY far DESC, abs(z) DESC LIMIT 15}), 'who stands out, the furthest first');

is_deeply(marks($html, qr/^Answers, /), [ sort map { @{ rows(qq{
	SELECT 'Answers, ' || channel || ': ' || score || ': ' || to_char(responses, 'FM999,990') || ' answers, ' || round(percent, 1) || '%'
	FROM (SELECT channel, ces_tally($metric{$_}[0], $metric{$_}[1]) AS tally FROM responses WHERE $last_week GROUP BY channel) AS t,
	     ces_histogram(tally)}) } } keys %metric ], 'distributions');

is_deeply([ grep { /^○/ } @{ items($html) } ], rows(qq{
	SELECT format('○As usual: %s of %s numbers', count(*) FILTER (WHERE signal IS NULL), count(*)) FROM @{[ weekly('responses') ]} WHERE week = '2026-03-30' AND lower IS NOT NULL
	UNION ALL SELECT '○' || count(DISTINCT agent) || ' agents are far from what is expected over 13 weeks: who stands out' FROM ($funnel) AS f WHERE far}), 'how many are as usual, and how many agents far from it');

# Bars stand on their line, as high as their percentages are, and have these above and their scores below.
my ($last) = $html =~ m{<h2>The answers of the week</h2>(.*?)</section>}s;
my $bars = 0;
foreach (captures($last, qr{<h3>[^<]*\((\w+)\)</h3>(.*?)\n</div></div>}s))
{
	my ($name, $block) = @$_;
	my %bar = map { my ($bar, @is) = split /\|/; $bar => \@is } @{ rows(qq{
		SELECT channel || ', ' || score, percent, round(percent), box FROM (SELECT channel, ces_tally($metric{$name}[0], $metric{$name}[1]) AS tally FROM responses WHERE $last_week GROUP BY channel) AS t,
		       ces_histogram(tally)}) };
	my ($highest) = sort { $b <=> $a } map { $_->[0] } values %bar;
	foreach (captures($block, qr{aria-label="Answers, (.*?)">(.*?)</svg>}s))
	{
		my ($channel, $svg) = @$_;
		my ($left, $line, $length) = $svg =~ /<path class="centre" d="M(\d+) (\d+)h(\d+)"/;
		my @drawn = captures($svg, qr{<rect class="(.*?)" x="(.*?)" y="(.*?)" width="(.*?)" height="(.*?)"><title>(\d+): .*?</rect>(?:<text class="mid" x="(.*?)" y="(.*?)">(.*?)</text>)(?:<text class="mid" x="(.*?)" y="(.*?)">(.*?)</text>)});
		foreach my $i (0 .. $#drawn)
		{
			my ($box, $x, $y, $width, $height, $score, $percent_x, $percent_y, $percent, $score_x, $score_y, $label) = @{ $drawn[$i] };
			my $what = "$name, $channel, $score";
			my $is = $bar{"$channel, $score"};
			my $middle = $left + $length * ($i + 0.5) / @drawn;
			near("$what, $_->[0]", $_->[1], $_->[2], 0.16)
			  foreach [ 'foot', $y + $height, $line ], [ 'height', $height, 68 * $is->[0] / $highest ], [ 'middle', $x + $width / 2, $middle ],
			  [ 'place of the percentage', $percent_x, $middle ], [ 'place of the score', $score_x, $middle ], [ 'height of the percentage', $percent_y, $y - 3 ];
			same("$what, percentage", $percent, $is->[1]);
			same("$what, box", $box, $is->[2]);
			same("$what, score", $label, $score);
			push @off, "$what: score above the line" if $score_y <= $line;
			push @off, "$what: not after the one before" if $i && $score <= $drawn[$i - 1][5];
			$bars++;
		}
	}
}
all_near('bars are as high as their percentages');
is($bars, scalar @{ marks($html, qr/^Answers, /) }, 'all of them');

my $earlier = rows("SELECT 1 FROM @{[ weekly('responses') ]} WHERE signal IS NOT NULL AND week < '2026-03-30'");
cmp_ok(scalar @$earlier, '>', 0, 'there were signals before');
is(scalar @{ table($html, 'signals') }, scalar @$earlier, 'all of them are listed');

# What needs a look: what is worse first, and where it has happened before the whole.
my $bad_week = report('the week of the failure', $sample, '-v', 'until=2026-02-23');
my $bad = rows("SELECT CASE place WHEN 'All' THEN 'All answers' ELSE place END, round(value, 1), round(lower, 1), round(upper, 1) FROM @{[ weekly(q{(SELECT * FROM responses WHERE answered_at < '2026-02-23') AS r}) ]}
	WHERE metric = 'CES' AND week = '2026-02-16' AND signal = 'outside' ORDER BY place = 'All'");
is(scalar @$bad, 2, 'chat and the whole are outside');
foreach my $i (0, 1)
{
	my ($place, $value, $lower, $upper) = split /\|/, $bad->[$i];
	like(items($bad_week)->[$i], qr/^▼\Q$place: CES $value%, below its limits ($lower to $upper%); NPS \E/, "first: $place");
}

# All signals, in words. The weeks of a channel have these percentages of the best score, and else the worst.
my @swing = (40, 60) x 13;
my %percentages = (
	outside => [ (45, 55) x 12, 50, 95 ],
	shift => [ (40, 50) x 9, (48, 52) x 4 ],
	trend => [ @swing[ 0 .. 18 ], map { 42 + 2 * $_ } 1 .. 7 ],
	near => [ (45, 55) x 11, 50, 72, 55, 73 ]);
rows('CREATE TABLE steered AS SELECT week::date + i % 7 AS answered_at, channel, CASE WHEN i < percent THEN 7 ELSE 1 END AS effort_score, CASE WHEN i < percent THEN 10 ELSE 0 END AS recommend, NULL::int AS satisfaction
	FROM (VALUES ' . join(', ', map { my $name = $_; my @up = @{ $percentages{$name} };
		map { ("('$name up', date '2025-10-06' + 7 * $_, $up[$_])", "('$name down', date '2025-10-06' + 7 * $_, @{[ 100 - $up[$_] ]})") } 0 .. $#up } sort keys %percentages) . ') AS w (channel, week, percent), generate_series(0, 99) AS i');
my $steered = report('all signals', 'SELECT answered_at, channel, effort_score AS effort, recommend FROM steered', @monday);
my %items;
foreach (@{ rows("SELECT place, metric, signal, value > CASE signal WHEN 'trend' THEN before ELSE centre END, round(value, 1) || unit, round(lower, 1), round(upper, 1), round(centre, 1), unit
	FROM @{[ weekly('steered') ]} WHERE signal IS NOT NULL AND week = '2026-03-30' ORDER BY metric") })
{
	my ($place, $name, $signal, $better, $value, $lower, $upper, $centre, $unit) = split /\|/, $_, -1;
	my $way = $better eq 't';
	my %words = (
		outside => ($way ? 'above' : 'below') . " its limits ($lower to $upper$unit)",
		shift => 'at least the eighth week in a row ' . ($way ? 'above' : 'below') . " its average of $centre$unit",
		trend => 'at least the sixth step in a row ' . ($way ? 'up' : 'down'),
		'near limits' => 'for the second time in three weeks near its ' . ($way ? "upper limit of $upper" : "lower limit of $lower") . $unit);
	$place = 'All answers' if $place eq 'All';
	push @{ $items{ ($way ? '▲' : '▼') . "$place: " } }, "$name $value, $words{$signal}";
	same("signal of $place", $signal, $place =~ s/ .*//r =~ s/near/near limits/r);
}
all_near('each channel has its signal');
is(keys %items, 8, 'all signals, up and down');
is_deeply([ sort grep { /^[▲▼]/ } @{ items($steered) } ], [ sort map { $_ . join('; ', @{ $items{$_} }) } keys %items ], 'they are said in words');
weekly_charts($steered, 'steered', 'all signals');

# Rollups give the same report.
rows(q{CALL ces_create_rollup('daily', $$ SELECT answered_at::date AS day, channel, agent, count(*) AS answers,
	ces_tally(effort_score, '1..7') AS effort, ces_tally(recommend, 'nps') AS recommend, ces_tally(satisfaction, 'csat') AS satisfaction
	FROM responses GROUP BY day, channel, agent $$)});
{
	local $ENV{PGOPTIONS} = '-c session_preload_libraries=ces -c default_transaction_read_only=on';
	is(report('rollup, read only', $sample, @monday) =~ s/<footer>.*//sr, $html =~ s/<footer>.*//sr, 'the same from a rollup');
}

# What follows needs few answers, and gets every tenth.
rows('CREATE TABLE tenth AS SELECT * FROM (SELECT *, row_number() OVER (ORDER BY answered_at, agent) AS nth FROM responses) AS r WHERE nth % 10 = 0; ANALYZE tenth');
$sample = "SELECT $columns FROM tenth";
$html = report('a tenth', $sample, @monday);

# Names.

my $odd = q{e-mail – é <b>&"'};
my $agent = q{Zoë van 't Hoff 🙂 <script>alert("1")</script>};
my $quoted = sub { return "'" . ($_[0] =~ s/'/''/gr) . "'" };
my $names = report('names', "SELECT answered_at, CASE channel WHEN 'chat' THEN @{[ $quoted->($odd) ]} WHEN 'web' THEN CASE WHEN nth % 20 = 0 THEN '' END ELSE channel END AS channel,
	CASE agent WHEN 'Derek P.' THEN @{[ $quoted->($agent) ]} WHEN 'Ingrid S.' THEN E'a\\x01b' WHEN 'Omar T.' THEN '' ELSE agent END AS agent, effort_score AS effort
	FROM tenth; -- a comment\n", '-v', q{title=A & <B> "C"}, @monday);
is_deeply([ map { s/\|.*//r } @{ table($names, 'channels') } ], [ 'phone', 'email', $odd, '(no channel)', 'All' ], 'channels');
my %named = map { s/\|.*//r => 1 } @{ table($names, 'outside') };
ok($named{$agent} && $named{'a?b'}, 'agents');
is(scalar(grep { /: : / } @{ marks($names, qr/^Funnel plot/) }), 0, 'nobody without a name');
like(text($names =~ m{<h1>(.*?)</h1>} && $1), qr/^A & <B> "C": week/, 'title');
is_deeply([ sort map { s/.*by week: //r } @{ marks($names, qr/^CES, /) } ], [ sort map { s/.*by week: //r } @{ marks($html, qr/^CES, /) } ], 'the numbers are the same');

# Columns that are not there.

my $few = report('answered_at and effort alone', 'SELECT answered_at, effort_score AS effort FROM tenth', @monday);
unlike($few, qr/By channel|Who stands out|id="nps"|id="csat"/, 'its parts alone');
like($few, qr/id="ces".*The answers of the week/s, 'CES and its distribution');
my $nps = report('agents without channels', 'SELECT answered_at, agent, recommend FROM tenth', @monday);
is_deeply(marks($nps, qr/^Funnel plot/), [ sort @{ rows(qq{
	SELECT 'Funnel plot of agents, all: ' || agent || ': ' || round((f).value, 1) || ' of ' || $counted || ', 95% limits ' || round((f).lower95, 1) || ' to '
	       || round((f).upper95, 1) || ', 99.8% limits ' || round((f).lower998, 1) || ' to ' || round((f).upper998, 1)
	FROM (SELECT agent, ces_count(tally) AS n, nps_funnel(tally) OVER () AS f
	      FROM (SELECT agent, ces_tally(recommend, 'nps') AS tally FROM tenth GROUP BY agent) AS a) AS c}) } ], 'a funnel of the net promoter score');
is_deeply(marks(report('agents, and a question that nobody answered', 'SELECT answered_at, agent, NULL::int AS effort, recommend FROM tenth', @monday), qr/^Funnel plot/),
	marks($nps, qr/^Funnel plot/), 'they are compared by the other one');

# Scales, words, types of columns.

my $words = report('other scales', q{SELECT answered_at::date, 8 - effort_score::numeric AS effort,
	('{zeer ontevreden,ontevreden,neutraal,tevreden,zeer tevreden}'::text[])[satisfaction] AS satisfaction FROM tenth},
	'-v', 'effort_scale=7..1', '-v', 'satisfaction_scale=satisfaction5', @monday);
like(text($words), qr/CES% who found it easy: answers 1 to 3; 7 is the worst answer, 1 the best\n/, 'what is counted as easy');
is_deeply([ text($words) =~ /\n([\d.]+%)\n95% interval/g ], [ text($html) =~ /\n([\d.]+%)\n95% interval/g ], 'the same numbers');

# Where answers are missing.

like(text(report('no answers', "$sample WHERE false", @monday)), qr/There are no answers\nThe query found none before Monday 6 April 2026\./, 'it says so');
like(items(report('no answers since', $sample, '-v', 'until=2026-04-20'))->[0], qr/No answers since Sunday 5 April 2026\./, 'it says so');
like(items(report('a channel is silent', "$sample WHERE channel <> 'web' OR answered_at < '2026-03-23'", @monday))->[0],
	qr/web: no answers this week\. The last ones are of the week of 16 March\./, 'it says so');
like(items(report('answers without a time', "SELECT CASE WHEN answered_at >= '2026-03-02' THEN answered_at END AS answered_at, effort_score AS effort FROM tenth", @monday))->[-1],
	qr/^\S\Q@{ rows(q{SELECT to_char(count(*), 'FM999,999') FROM tenth WHERE answered_at < '2026-03-02'}) }\E answers have no time and are not counted/, 'they are counted');
like(text(report('questions that nobody answered', "SELECT answered_at, channel, agent, NULL::int AS effort FROM tenth", @monday)),
	qr/There are no answers/, 'it says so');
like(items(report('questions that nobody answered in the last week', "SELECT answered_at, channel, CASE WHEN answered_at < '2026-03-30' THEN recommend END AS recommend FROM tenth", @monday))->[0],
	qr/No answers since Sunday 29 March 2026\./, 'it says so');
my $stops = report('questions that are no longer asked', "SELECT answered_at, channel, CASE WHEN answered_at < '2026-03-30' THEN effort_score END AS effort,
	CASE WHEN channel <> 'web' OR answered_at < '2026-03-23' THEN recommend END AS recommend, satisfaction FROM tenth", @monday);
is_deeply([ @{ items($stops) }[ 0, 1 ] ], [ '●CES: no answers this week. The last ones are of the week of 23 March.', '●web: no answers for NPS this week. The last ones are of the week of 16 March.' ], 'it says so');
like(text($stops), qr/\nCustomer effort score \(CES\)\n–\nNo answers this week\n/, 'in the tile, too');
my $first = report('the first week', "$sample WHERE answered_at >= '2026-03-30'", @monday);
like(text($first), qr/Nothing yet to compare with.*This is the first week with answers.*No answers in the week before\nNo limits yet: they take two weeks/s, 'it says so');
my $gaps = report('weeks without answers, a channel in one week', "$sample WHERE extract(week FROM answered_at)::int % 3 <> 0 AND (channel <> 'web' OR answered_at >= '2026-03-30')", @monday);
is(scalar @{ marks($gaps, qr/^CES, web, /) }, 1, 'one point of that channel');
report('a few answers', "SELECT * FROM ($sample LIMIT 7) AS a", @monday);
report('one answer', "SELECT * FROM ($sample LIMIT 1) AS a", @monday);
my $alike = report('all answers are alike', "SELECT answered_at, channel, agent, 7 AS effort, 10 AS recommend, 1 AS satisfaction FROM tenth", @monday);
is(scalar @{ marks($alike, qr/^Funnel plot/) }, rows('SELECT count(DISTINCT (channel, agent)) FROM tenth')->[0], 'all agents are in the funnels, without limits');
like($alike, qr/Nobody is beyond the limits\./, 'nobody stands out');
my @ticks = sort { $a <=> $b } map { text($_->[0]) } captures($alike, qr{<line class="grid"[^>]*><text[^>]*>(.*?)</text>});
is("$ticks[0] $ticks[-1]", '0 100', 'an axis ends where its metric ends');
my $many = report('many channels', "SELECT answered_at, agent AS channel, agent, recommend FROM tenth", @monday);
is_deeply([ (map { s/\|.*//r } @{ table($many, 'channels') })[8, 9] ], [ 'Other channels', 'All' ], 'the ninth is all others together');
my ($others) = grep { /^Other/ } @{ table($many, 'channels') };
is((split /\|/, $others =~ s/,//gr)[1] + 0, rows(qq{SELECT sum(n) - sum(n) FILTER (WHERE place <= 8) FROM
	(SELECT count(recommend) FILTER (WHERE $last_week) AS n, row_number() OVER (ORDER BY count(*) DESC, agent) AS place FROM tenth GROUP BY agent) AS a})->[0], 'they add up');

# A database in another encoding.

rows("CREATE DATABASE report_latin1 ENCODING LATIN1 LOCALE 'C' TEMPLATE template0");
rows('CREATE EXTENSION ces', '-d', 'report_latin1');
rows(q{CREATE TABLE responses AS SELECT date '2026-02-02' + i / 20 AS answered_at, 'café ' || i % 2 AS channel, i % 11 AS recommend FROM generate_series(0, 1219) AS i}, '-d', 'report_latin1');
like(report('LATIN1', 'TABLE responses', '-d', 'report_latin1', @monday), qr/<th class="l name" scope="row">café 1</, 'names are UTF-8 in the page');

# The extension in a schema of its own.

rows('CREATE DATABASE report_schema TEMPLATE template0');
rows('CREATE SCHEMA "Survey tools"; CREATE EXTENSION ces SCHEMA "Survey tools"; CREATE TABLE responses (answered_at date, effort int); '
	. "INSERT INTO responses VALUES ('2026-03-30', 7), ('2026-03-31', 1)", '-d', 'report_schema');
like(report('another schema', 'TABLE responses', '-d', 'report_schema', '-v', 'title=', @monday), qr/<h1>Customer service: .*50\.0%/s, 'its functions are found');

# What goes wrong.

rows('CREATE DATABASE report_without TEMPLATE template0');
foreach (
	[ 'no extension', 'SELECT now() AS answered_at, 1 AS effort', qr/ERROR:  the extension ces is not in this database\nHINT:  CREATE EXTENSION ces;/, '-d', 'report_without' ],
	[ 'no date', $sample, qr/ERROR:  the variable "until" is not a date such as 2026-04-06/, '-v', 'until=6.4.2026' ],
	[ 'no weeks', $sample, qr/ERROR:  the variable "weeks" is not a number of weeks from 1 to 999/, '-v', 'weeks=0' ],
	[ 'an open quote', "$sample WHERE channel <> 'chat", qr/ERROR:  unterminated quoted string at or near "'chat\n/ ],
	[ 'two queries', "$sample; $sample", qr/ERROR:  syntax error at or near ";"/ ],
	[ 'no query', '', qr/ERROR:  no query: psql -v answers=/ ],
	[ 'no time', 'SELECT 1 AS effort', qr/ERROR:  the query in "answers" has no column answered_at/ ],
	[ 'no score', 'SELECT now() AS answered_at', qr/ERROR:  .* has none of the columns effort, recommend, satisfaction/ ],
	[ 'off the scale', 'SELECT answered_at, effort_score + 1 AS effort FROM tenth', qr/ERROR:  score 8 is not on the scale 1\.\.7/ ])
{
	my ($name, $answers, $message, @options) = @$_;
	my (undef, $err, $status) = run('psql', '-X', '-q', '-v', "answers=$answers", @options, '-f', 'dashboards/report/weekly.sql');
	is($status, 3, "$name: it fails");
	like($err, $message, "$name: and says why");
	ok($err !~ /CONTEXT/ && ($err =~ tr/\n//) < 9, "$name: and no more") or diag($err);
}

# make report

$ENV{DATABASE} = 'dbname=report';
$ENV{REPORT} = "$scratch/weekly.html";
$ENV{UNTIL} = '2026-04-06';
$ENV{ANSWERS} = $sample;
my ($out, undef, $status) = run('test/report.sh');
is("$status $out", "0 The weekly report: $scratch/weekly.html\n", 'make report says where it is');
sub made { open my $made, '<', $ENV{REPORT} or die; local $/; return <$made> }
is(made() =~ s/<footer>.*//sr, $html =~ s/<footer>.*//sr, 'and makes the same');
$ENV{ANSWERS} = 'SELECT * FROM nowhere';
my $size = -s $ENV{REPORT};
isnt((run('test/report.sh'))[2], 0, 'it fails with a query that fails');
is(-s $ENV{REPORT}, $size, 'and leaves the last report as it is');
$ENV{ANSWERS} = 'SELECT answered_at, 8 - effort_score AS effort FROM tenth';
$ENV{EFFORT_SCALE} = '7..1 top 2';
$ENV{WEEKS} = 5;
is((run('test/report.sh'))[2], 0, 'with other settings');
like(made(), qr/easy: answers 1 to 2;/, 'the scale is one of them');
is(scalar @{ marks(made(), qr/^CES, /) }, 5, 'the number of weeks another');
delete @ENV{qw(ANSWERS EFFORT_SCALE WEEKS)};
is((run('make', '-s', 'report', q{ANSWERS=SELECT answered_at, effort_score AS effort FROM tenth WHERE channel ~ '^chat$'}))[2], 0, 'make report');
my ($of) = made() =~ /&#183; ([\d,]+) answers/;
is($of, rows("SELECT to_char(count(*), 'FM999,999') FROM tenth WHERE channel = 'chat' AND $last_week")->[0], 'a $ in the query is the query\'s');
like((run('test/report.sh'))[1], qr/Please set ANSWERS/, 'it asks for the query');

done_testing();
