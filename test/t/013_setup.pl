# test/lib/setup.sh, with programs in place of apt and its kin that only say what they are told:
# it upgrades no PostgreSQL, tells the truth about what it can't do, and leaves nothing behind.
use strict;
use warnings;
use Cwd;
use File::Temp;
use Test::More;

my $setup = getcwd() . '/test/lib/setup.sh';
my $no_cluster = '/etc/postgresql-common/createcluster.d/ces-setup.conf';
my ($dir, $programs);

sub append_line
{
	my ($path, $line) = @_;
	open my $file, '>>', $path or die "$path: $!";
	print $file "$line\n";
	close $file;
	return;
}

sub program
{
	my ($name, $body) = @_;
	unlink "$programs/$name";
	append_line("$programs/$name", "#!/bin/sh\n$body");
	chmod 0755, "$programs/$name";
	return;
}

# A machine without gcc, Perl modules and PostgreSQL, on which everything can be installed. What
# is installed is a file of that name, which holds the version; sudo writes down what it is given.
sub new_machine
{
	$dir = File::Temp->newdir;
	$programs = "$dir/bin";
	mkdir $_ foreach $programs, "$dir/installed", "$dir/tmp", "$dir/server";
	append_line("$dir/server/$_", '') foreach 'postgres', 'postgres.h';
	chmod 0755, "$dir/server/postgres";
	program('id', 'echo 1000');
	program('find', 'exit 0');
	program('perl', "[ -e $dir/installed/libipc-run-perl ]");
	program('pg_config', "case \$1 in
		--version) echo PostgreSQL 15.18 ;;
		--includedir-server) [ ! -e $dir/installed/postgresql-server-dev-15 ] || echo $dir/server ;;
		*) echo $dir/server ;;
		esac");
	program('dpkg-query', "for package; do :; done\nfile=$dir/installed/\$package\n"
		. '[ -e "$file" ] || exit 1
		case "$*" in *Status*) echo installed ;; *) cat "$file" ;; esac');
	program('apt-cache', 'case $1 in
		depends) echo "  Depends: postgresql-15" ;;
		madison) printf "x | %s | y\n" 15.20 15.18 ;;
		esac');
	program('sudo', "echo \"\$*\" >>$dir/told\ncase \$1 in env | apt-get) exec \"\$@\" ;; tee) cat >/dev/null ;; esac");
	program('apt-get', install_stub(''));
	return;
}

# What apt-get does: in a simulation prints the lines, otherwise installs after running $first.
sub install_stub
{
	my ($simulated, $first) = (@_, '');
	return "case \"\$*\" in
		update*) exit 0 ;;
		*--simulate*) printf '%s' '$simulated'; exit ;;
		esac
		$first
		for package; do
			case \$package in -* | install) continue ;; esac
			echo \"\${package#*=}\" >$dir/installed/\${package%%=*}
			echo 15.20 >>$dir/installed/libpq5
		done";
}

# Run setup.sh to its end. Returns its exit status and what it printed.
sub run_setup
{
	my (@packages) = @_;
	my $printed = do
	{
		local %ENV = (PATH => "$programs:$ENV{PATH}", TMPDIR => "$dir/tmp", PG_CONFIG => 'pg_config');
		`$setup @packages 2>&1 </dev/null`;
	};
	return ($? >> 8, $printed);
}

sub told
{
	open my $file, '<', "$dir/told" or return '';
	local $/;
	return <$file>;
}

sub leaves_nothing
{
	my ($when) = @_;
	is_deeply([ glob "$dir/tmp/*" ], [], "$when: no temporary files");
	my @made_or_removed = grep { /\Q$no_cluster\E/ } split /\n/, told();
	ok(!@made_or_removed || $made_or_removed[-1] =~ /^rm /, "$when: no $no_cluster");
	return;
}

# gcc is missing only if the machine that runs this has none, so only the rest is looked at.
new_machine();
my ($status, $printed) = run_setup('clang');
is($status, 0, 'a bare machine: it succeeds');
foreach (qw(libipc-run-perl postgresql-common postgresql-15 postgresql-server-dev-15 clang))
{
	like($printed, qr/^Installing .*\b\Q$_\E/m, "a bare machine: it says that it installs $_");
}
like(told(), qr/tee \Q$no_cluster\E.* postgresql-15\n/s, 'a bare machine: the server is to create no cluster');
leaves_nothing('a bare machine');
unlink "$dir/told";
($status, $printed) = run_setup('clang');
is("$status $printed" . told(), '0 ', 'the second time, there is nothing to do');

new_machine();
append_line("$dir/installed/$_", '15.18') foreach 'libpq5', 'postgresql-common', 'postgresql-15';
($status, $printed) = run_setup();
is($status, 0, 'an older server: it succeeds');
like(told(), qr/ postgresql-server-dev-15=15\.18 libpq-dev=15\.18$/m, 'an older server: its development files are of the same release');
unlike(told(), qr/apt-get install.* postgresql-15\b/, 'an older server: it is not installed again');
leaves_nothing('an older server');

new_machine();
append_line("$dir/installed/$_", '15.17') foreach 'libpq5', 'postgresql-common', 'postgresql-15';
program('apt-get', install_stub("Inst libpq5 [15.17] (15.20 Debian [amd64])\n"));
($status, $printed) = run_setup();
is($status, 0, 'no development files of its release: it succeeds');
like($printed, qr/^apt has no postgresql-server-dev-15 15\.17,/m, 'no development files of its release: it says so');
like($printed, qr/^apt has to upgrade for that:\nlibpq5 from 15\.17 to 15\.20$/m, 'it says what else is upgraded');

new_machine();
append_line("$dir/installed/$_", '15.18') foreach 'libpq5', 'postgresql-common', 'postgresql-15';
program('apt-get', install_stub("Inst postgresql-15 [15.18] (15.20 Debian [amd64])\n"));
($status, $printed) = run_setup();
is($status, 1, 'the server would be upgraded: it stops');
like($printed, qr/^postgresql-15 from 15\.18 to 15\.20\n.*left alone.*\n +apt-get install /m, 'the server would be upgraded: it says so');
unlike(told(), qr/apt-get install/, 'the server would be upgraded: it installs nothing');
leaves_nothing('the server would be upgraded');
$setup = "env CES_UPGRADE=yes $setup";
($status, $printed) = run_setup();
is($status, 0, 'the server may be upgraded: it succeeds');
like($printed, qr/^postgresql-15 from 15\.18 to 15\.20$/m, 'the server may be upgraded: it says so');
$setup =~ s/^env CES_UPGRADE=yes //;

new_machine();
append_line("$dir/installed/$_", '15.18') foreach 'libpq5', 'postgresql-client-15';
program('apt-get', install_stub("Inst postgresql-client-15 [15.18] (15.20 Debian [amd64])\n"));
($status, $printed) = run_setup();
is($status, 0, 'the client is upgraded: it succeeds');
like($printed, qr/^postgresql-client-15 from 15\.18 to 15\.20$/m, 'the client is upgraded: it says so');

foreach my $known ('apt knows nothing', 'apt knows a list of packages')
{
	new_machine();
	program('apt-cache', 'exit 0') if $known eq 'apt knows nothing';
	program('apt-get', 'echo "E: could not resolve the mirror, or no package"; exit 100');
	($status, $printed) = run_setup();
	is($status, 1, "offline, $known: it fails");
	like($printed, qr/could not be downloaded\. Is this machine online\?$/, "offline, $known: it says why");
	unlike($printed, qr/distribution|Found no/, "offline, $known: it says nothing else");
	leaves_nothing("offline, $known");
}

foreach my $signal (qw(INT TERM HUP))
{
	new_machine();
	append_line("$dir/installed/postgresql-common", '1');
	program('apt-get', install_stub('', "case \"\$*\" in *' postgresql-15') echo >$dir/busy; exec sleep 60 ;; esac"));
	my $pid = fork // die "fork: $!";
	if (!$pid)
	{
		setpgrp;
		$SIG{$signal} = 'DEFAULT';
		open STDOUT, '>', '/dev/null';
		run_setup_in_place();
	}
	for (1 .. 600) { last if -e "$dir/busy"; select undef, undef, undef, 0.1 }
	ok(-e "$dir/busy", "$signal: apt is at work");
	kill $signal, -$pid;
	waitpid $pid, 0;
	isnt($?, 0, "$signal: it fails");
	like(told(), qr/tee \Q$no_cluster\E/, "$signal: it was told to create no cluster");
	leaves_nothing($signal);
}

# In a process of its own, whose group gets the signal, as from a terminal.
sub run_setup_in_place
{
	%ENV = (PATH => "$programs:$ENV{PATH}", TMPDIR => "$dir/tmp", PG_CONFIG => 'pg_config');
	exec $setup or die "$setup: $!";
}

done_testing();
