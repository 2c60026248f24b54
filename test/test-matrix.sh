#!/bin/bash
# test-matrix.sh [VERSION] ...: build and test ces on these versions of PostgreSQL, by default
# on all that are supported, each in a chroot of the Debian release that ships it. Needs root.
# The chroots are kept in $CES_CHROOTS, or else in ces under $XDG_CACHE_HOME or /var/cache;
# remove one to have it made anew. Ends with the counts of all tests. The status is 77 if a
# chroot is missing and could not be made.
set -euo pipefail
shopt -s nullglob

cd "$(dirname "$0")/.."
chroots=${CES_CHROOTS:-${XDG_CACHE_HOME:-/var/cache}/ces}
outputs=$(mktemp -d)
trap 'rm -rf "$outputs"' EXIT
status=0
skipped=
# What can differ between the versions of PostgreSQL
parts="sql test/specs test/examples test/t"

# The release that ships this version, and the release and version before it, from which
# pg_upgrade is tested.
release_of() {
	case $1 in
		15) echo bookworm ;;
		17) echo trixie bookworm 15 ;;
		18) echo forky trixie 17 ;;
		*) echo "No Debian release is known that has PostgreSQL $1" >&2 && return 1 ;;
	esac
}

# In the chroot: install what the tests need, and the older PostgreSQL. Nothing else comes
# from the older release, since its packages have a lower priority.
# shellcheck disable=SC2016 # the shell in the chroot expands it
prepare='
	cd /ces
	dpkg --configure -a
	test/lib/setup.sh
	[ -n "$older" ] || exit 0
	if ! [ -e "$("$older_config" --pgxs 2>/dev/null)" ]; then
		echo "Installing PostgreSQL $older"
		sed "s/ $suite / $older_suite /" /etc/apt/sources.list >/etc/apt/sources.list.d/older.list
		printf "Package: *\nPin: release n=%s\nPin-Priority: 100\n" "$older_suite" >/etc/apt/preferences.d/older
		apt-get -qq update
		apt-get -qq install --no-install-recommends "postgresql-$older" "postgresql-server-dev-$older" >/dev/null
	fi
'
# shellcheck disable=SC2016
run_tests='
	cd /ces
	[ -z "$older" ] || make -s install PG_CONFIG="$older_config" >/dev/null
	test/lib/strict-build.sh $parts
'

# The status is 77 if there is no chroot, or the mirror to fill it from can't be reached.
test_version() {
	local release suite older_suite older in_chroot
	release=$(release_of "$1") || return 1
	read -r suite older_suite older <<<"$release"
	in_chroot=(test/lib/chroot.sh "$chroots/$suite" "$suite" env suite="$suite" older_suite="$older_suite" parts="$parts"
		older="$older" older_config="/usr/lib/postgresql/$older/bin/pg_config")

	"${in_chroot[@]}" true || return
	test/lib/copy.sh "$chroots/$suite/ces" || return 1
	"${in_chroot[@]}" sh -euc "$prepare" || {
		"${in_chroot[@]}" apt-get -qq -o APT::Update::Error-Mode=any update || return 77
		return 1
	}
	"${in_chroot[@]}" sh -euc "$run_tests" || return 1
}

# One run at a time.
if [ "$(id -u)" = 0 ]; then
	mkdir -p "$chroots"
	exec 9>"$chroots/lock"
	flock 9
fi

[ $# != 0 ] || set -- 15 17 18
for version; do
	echo "=== PostgreSQL $version"
	test_version "$version" | tee "$outputs/$version" || case $? in
		77) rm "$outputs/$version"; skipped="$skipped $version" ;;
		*) status=1 ;;
	esac
done

for version in $skipped; do
	echo "PostgreSQL $version was not tested: its chroot is missing and could not be made"
done
test/lib/total.sh "$outputs"/* || status=1
[ $status = 0 ] && [ -n "$skipped" ] && status=77
exit $status
