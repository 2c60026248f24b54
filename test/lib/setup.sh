#!/bin/sh
# setup.sh [PACKAGE ...]: install what it takes to build ces and test it (a compiler,
# PostgreSQL with its development files, Perl modules), and the packages named. Works on
# Debian and its descendants. Leaves alone what is installed already: if apt has to upgrade
# something of that, it says so, and it installs nothing if that is a PostgreSQL server. With
# CES_UPGRADE=yes it goes on, for a machine whose servers nobody needs.
set -eu

PG_CONFIG=${PG_CONFIG:-pg_config}

# pg_config is no proof of them: on Debian it comes with the server.
has_development_files() {
	[ -e "$("$PG_CONFIG" --includedir-server 2>/dev/null)/postgres.h" ]
}

is_complete() {
	command -v gcc >/dev/null &&
		perl -e 'use IPC::Run; use Test::More' 2>/dev/null &&
		has_development_files &&
		[ -x "$("$PG_CONFIG" --bindir)/postgres" ]
}

# Prints the packages among its arguments that are not installed.
missing_packages() {
	for package; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
			echo "$package"
	done
}

# Prints the reasons, one a line, and ends.
give_up() {
	printf '%s\n' "$@" >&2
	[ -z "$outdated" ] || echo "The list of packages could not be downloaded. Is this machine online?" >&2
	exit 1
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# apt can go on with the list that is here, if there is one.
update_list() {
	echo "Updating the list of packages"
	if ! as_root apt-get update -qq -o APT::Update::Error-Mode=any >"$log" 2>&1; then
		grep '^[EW]:' "$log" | head -n 3 >&2
		outdated=yes
	fi
}

# The PostgreSQL to install: the one whose development files are here, or else the newest
# whose server is here and that ces works with, or else the one that the distribution ships.
choose_version() {
	if has_development_files; then
		"$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/'
		return
	fi
	newest=$(find /usr/lib/postgresql -path '*/bin/postgres' 2>/dev/null |
		cut -d / -f 5 | sort -n | awk '$1 >= 15' | tail -n 1)
	if [ -n "$newest" ]; then
		echo "$newest"
	else
		apt-cache depends postgresql 2>/dev/null |
			sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p'
	fi
}

# in_release_of INSTALLED PACKAGE: prints the package with its development files, in the very
# release of what is installed if apt has that. A newer one might take the installed one along.
in_release_of() {
	release=$(dpkg-query -W -f '${Version}' "$1")
	if apt-cache madison "$2" | awk '{ print $3 }' | grep -qxF "$release"; then
		echo "$2=$release"
	else
		echo "apt has no $2 $release, which goes with the $1 here; taking the newest" >&2
		echo "$2"
	fi
}

# Prints what apt would change of what is installed, to install these packages.
changes_by() {
	apt-get install --simulate -qq --no-install-recommends "$@" 2>/dev/null |
		sed -nE \
			-e 's/^Inst ([^ ]+) \[([^]]*)\] \(([^ ]+) .*/\1 from \2 to \3/p' \
			-e 's/^Remv ([^ ]+) \[([^]]*)\].*/\1 \2 is removed/p'
}

# On a terminal, whoever sits there is asked about changes.
install_packages() {
	changes=$(changes_by "$@")
	if [ "${CES_UPGRADE-}" != yes ] && echo "$changes" | grep -qE '^postgresql-[0-9]+ |removed$'; then
		give_up "Installing $* would change what is installed already:" "$changes" \
			"That may restart a server, so it was left alone. When it suits you, run as root:" \
			"    apt-get install --no-install-recommends $*"
	fi
	echo "Installing $*"
	if [ -n "$changes" ]; then
		echo "apt has to upgrade for that:"
		echo "$changes"
		if [ "${CES_UPGRADE-}" != yes ] && [ -t 0 ] && [ -t 1 ]; then
			printf 'Go on? [y/N] '
			read -r answer
			case $answer in
				[yY]*) ;;
				*) give_up "Nothing was installed." ;;
			esac
		fi
	fi
	# What apt says is shown only if it fails.
	if ! as_root env DEBIAN_FRONTEND=noninteractive NEEDRESTART_SUSPEND=1 \
		apt-get install -qq --no-install-recommends "$@" >"$log" 2>&1; then
		give_up "$(cat "$log")"
	fi
}

# Installs those of its arguments that are missing.
# shellcheck disable=SC2046 # names of packages
install_missing() {
	set -- $(missing_packages "$@")
	[ $# = 0 ] || install_packages "$@"
}

# The server's package creates and starts a cluster when it is installed, unless it is told
# not to.
install_postgresql() {
	version=$(choose_version)
	[ -n "$version" ] || give_up "apt knows no package of PostgreSQL."
	install_missing postgresql-common
	as_root mkdir -p "${no_cluster%/*}"
	told_not_to=yes
	echo "create_main_cluster = false" | as_root tee "$no_cluster" >/dev/null
	install_missing "postgresql-$version"
	has_development_files || install_packages \
		"$(in_release_of "postgresql-$version" "postgresql-server-dev-$version")" \
		"$(in_release_of libpq5 libpq-dev)"
	is_complete || give_up \
		"Something is still missing after installing PostgreSQL $version." \
		"If $PG_CONFIG belongs to another version, set PG_CONFIG=/path/to/pg_config"
}

clean_up() {
	rm -f "$log"
	[ -z "$told_not_to" ] || as_root rm -f "$no_cluster"
}

if is_complete && [ -z "$(missing_packages "$@")" ]; then
	exit 0
fi
outdated=
command -v apt-get >/dev/null || give_up \
	"Please install gcc, Perl with IPC::Run, and PostgreSQL with its development files${*:+, and $*}." \
	"This script can install them on Debian and Ubuntu only."
[ "$(id -u)" = 0 ] || command -v sudo >/dev/null || give_up \
	"Please run this as root, or install sudo: some packages are missing."

no_cluster=/etc/postgresql-common/createcluster.d/ces-setup.conf
told_not_to=
log=$(mktemp)
trap clean_up EXIT
trap 'exit 1' HUP INT TERM

update_list
if ! is_complete; then
	install_missing gcc libc6-dev perl libipc-run-perl
fi
if ! is_complete; then
	install_postgresql
fi
install_missing "$@"
