#!/bin/sh
# memcheck.sh address|valgrind: run the regression tests and the examples on a PostgreSQL that
# watches memory, and fail if it reports anything. Builds in this tree, so run it in a copy.
#
#   address    AddressSanitizer and UndefinedBehaviorSanitizer in the server and in ces find
#              reads and writes outside variables, and undefined arithmetic
#   valgrind   valgrind, told by the server's allocator what it hands out, finds reads and
#              writes outside allocated memory, and reads of memory that was never set
#
# The source of PostgreSQL is the distribution's, of the version that PG_CONFIG belongs to.
# The server is built once, with assertions, and kept in ~/.cache/ces or $XDG_CACHE_HOME/ces.
set -eu

mode=$1
cd "$(dirname "$0")/../.."
version=$("${PG_CONFIG:-pg_config}" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ces/postgresql-$version
source=$cache/source
prefix=$cache/$mode
results=$(mktemp -d)
trap 'rm -rf "$results"' EXIT
trap 'exit 1' HUP INT TERM

# Leaks are not reported: a server does not free at its end what it allocates for all of
# its life.
export ASAN_OPTIONS=detect_leaks=0:detect_stack_use_after_return=0:abort_on_error=1
export UBSAN_OPTIONS=print_stacktrace=1

# What a report in the server's log begins with.
reports='Sanitizer|runtime error:|^==[0-9]+== [A-Z]'

case $mode in
	address) flags="-O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all" ;;
	valgrind) flags="-O1 -DUSE_VALGRIND" ;;
	*) echo "usage: test/lib/memcheck.sh address|valgrind" >&2 && exit 1 ;;
esac

# Fetch the source from where the packages come from. The list of sources is made here, as
# the system may have none. If the source of the newest minor release can't be had, take an
# older one.
fetch_source() {
	apt=$cache/apt
	rm -rf "$apt" "$cache/fetched"
	mkdir -p "$apt/lists/partial" "$cache/fetched"
	apt-cache madison "postgresql-$version" |
		sed -n 's|.*[|] \([^ ]*\) \([^ ]*\)/\([^ /]*\) .* Packages$|deb-src \1 \2 \3|p' >"$apt/sources.list"
	set -- -qq -o Dir::Etc::SourceList="$apt/sources.list" -o Dir::Etc::SourceParts=/dev/null \
		-o Dir::Etc::TrustedParts=/usr/share/keyrings \
		-o Dir::State::Lists="$apt/lists" -o Dir::Cache="$apt"
	apt-get "$@" update
	for release in $(apt-cache "$@" madison "postgresql-$version" | awk '{ print $3 }'); do
		(cd "$cache/fetched" && apt-get "$@" source "postgresql-$version=$release") && break
	done
	mv "$cache/fetched/postgresql-$version-$version".*/ "$source"
	rm -rf "$apt" "$cache/fetched"
}

build_server() {
	rm -rf "$prefix" "$prefix-build"
	mkdir -p "$prefix-build"
	cd "$prefix-build"
	"$source/configure" --quiet --prefix="$prefix" --enable-cassert --enable-debug \
		--without-readline --without-zlib CFLAGS="$flags"
	make -s -C src/backend generated-headers
	make -s -j2 -C src all install
	cd - >/dev/null
	rm -rf "$prefix-build"
}

if ! [ -x "$prefix/bin/postgres" ]; then
	echo "Building PostgreSQL $version with $flags"
	trap 'tail -n 50 "$results/build"; rm -rf "$results"' EXIT
	[ -d "$source" ] || fetch_source >"$results/build" 2>&1
	build_server >"$results/build" 2>&1
	trap 'rm -rf "$results"' EXIT
fi
export PG_CONFIG="$prefix/bin/pg_config"
make -s install PG_CONFIG="$PG_CONFIG" >/dev/null
echo "Testing on $("$PG_CONFIG" --version) with $flags"

# Leaves out the test of how much memory a backend takes: here it takes more, for longer.
status=0
run_tests() {
	test/lib/server.sh -l "$results/log" make -s installcheck PG_CONFIG="$PG_CONFIG" || status=1
	test/lib/server.sh -l "$results/log" test/examples/run || status=1
}

if [ "$mode" = address ]; then
	nm -D ces.so | grep -q __asan_report
	CFLAGS=$flags test/unit/run || status=1
	run_tests
else
	export UNDER="valgrind --quiet --trace-children=yes --leak-check=no --error-exitcode=9 --gen-suppressions=all
		--track-origins=yes --suppressions=$source/src/tools/valgrind.supp --log-file=$results/%p.valgrind"
	run_tests
	echo "$(find "$results" -name '*.valgrind' | wc -l) processes ran under valgrind"
	cat "$results"/*.valgrind >>"$results/log"
fi
[ ! -s regression.diffs ] || head -n 500 regression.diffs
if grep -q -E "$reports" "$results/log"; then
	grep -E -A 40 "$reports" "$results/log" | head -n 500
	status=1
fi
exit $status
