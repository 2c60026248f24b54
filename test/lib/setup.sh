#!/bin/sh
# setup.sh [PACKAGE ...]: install what it takes to build ces and test it (a compiler,
# PostgreSQL with its development files, Perl modules), and the packages named. Works on
# Debian and its descendants. Leaves alone what is installed already.
set -eu

PG_CONFIG=${PG_CONFIG:-pg_config}

is_complete() {
	command -v gcc >/dev/null &&
		perl -e 'use IPC::Run; use Test::More' 2>/dev/null &&
		[ -e "$("$PG_CONFIG" --pgxs 2>/dev/null)" ] &&
		[ -x "$("$PG_CONFIG" --bindir)/postgres" ]
}

# The PostgreSQL to install: the one whose development files are here, or else the one
# that the distribution ships.
choose_version() {
	if [ -e "$("$PG_CONFIG" --pgxs 2>/dev/null)" ]; then
		"$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/'
	else
		apt-cache depends postgresql | sed -n 's/.*Depends: postgresql-\([0-9]*\)$/\1/p'
	fi
}

as_root() {
	if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Shows what apt says only if it fails.
install_packages() {
	echo "Installing $*"
	if ! as_root env DEBIAN_FRONTEND=noninteractive \
		apt-get install -qq --no-install-recommends "$@" >"$log" 2>&1; then
		cat "$log" >&2
		exit 1
	fi
}

# Prints the packages among its arguments that are not installed.
missing_packages() {
	for package; do
		dpkg-query -W -f '${db:Status-Status}\n' "$package" 2>/dev/null | grep -qx installed ||
			echo "$package"
	done
}

if is_complete && [ -z "$(missing_packages "$@")" ]; then
	exit 0
fi
if ! command -v apt-get >/dev/null; then
	echo "Please install gcc, Perl with IPC::Run, and PostgreSQL with its development files." >&2
	echo "This script can install them on Debian and Ubuntu only." >&2
	exit 1
fi
if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null; then
	echo "Please run this as root, or install sudo: some packages are missing." >&2
	exit 1
fi

log=$(mktemp)
no_cluster=/etc/postgresql-common/createcluster.d/ces-setup.conf
trap 'as_root rm -f "$no_cluster" "$log"' EXIT

echo "Updating the list of packages"
as_root apt-get update -qq

# The server's package creates and starts a cluster when it is installed, unless it is told
# not to.
if ! is_complete; then
	version=$(choose_version)
	if [ -z "$version" ]; then
		echo "This distribution has no package of PostgreSQL." >&2
		exit 1
	fi
	install_packages postgresql-common gcc libc6-dev perl libipc-run-perl
	as_root mkdir -p "${no_cluster%/*}"
	echo "create_main_cluster = false" | as_root tee "$no_cluster" >/dev/null
	install_packages "postgresql-$version" "postgresql-server-dev-$version"
	if ! is_complete; then
		echo "Something is still missing after installing PostgreSQL $version." >&2
		echo "If $PG_CONFIG belongs to another version, set PG_CONFIG=/path/to/pg_config" >&2
		exit 1
	fi
fi
missing=$(missing_packages "$@")
if [ -n "$missing" ]; then
	# shellcheck disable=SC2086 # names of packages
	install_packages $missing
fi
