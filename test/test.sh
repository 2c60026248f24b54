#!/bin/bash
# test.sh [PART ...]: run these parts of the tests, or all of them, and count the tests.
# A part is sql, test/specs, test/examples, test/t, test/unit, test/memory, test/fuzz or
# test/lib/version.sh, or one file of those: sql/scale.sql, test/specs/rollup_fold.spec, a page
# with examples, test/t/001_dump.pl, test/unit/distributions.c, test/fuzz/tally_text.c. Or it is
# test/clients, or a file of it, which are run only if named.
set -euo pipefail

cd "$(dirname "$0")/.."
export PG_CONFIG=${PG_CONFIG:-pg_config}
[ $# != 0 ] || set -- sql test/specs test/lib/version.sh test/unit test/memory test/examples test/t test/fuzz

run_regression_tests() {
	rm -f regression.diffs output_iso/regression.diffs
	test/lib/server.sh make -s installcheck PG_CONFIG="$PG_CONFIG" "$@" || {
		cat regression.diffs output_iso/regression.diffs 2>/dev/null | head -n 500
		return 1
	}
}

# run_part PART, which may begin with "./" and end with "/".
run_part() {
	set -- "${1#./}"
	set -- "${1%/}"
	case $1 in
		sql) run_regression_tests ISOLATION= ;;
		sql/*.sql) run_regression_tests ISOLATION= REGRESS="$(basename "$1" .sql)" ;;
		test/specs) run_regression_tests REGRESS= ;;
		test/specs/*.spec) run_regression_tests REGRESS= ISOLATION="$(basename "$1" .spec)" ;;
		*.md) test/lib/server.sh test/examples/run "$1" ;;
		test/examples | test/memory) test/lib/server.sh "$1/run" ;;
		test/t | test/unit | test/fuzz) "$1/run" ;;
		test/clients) test/lib/server.sh -t test/clients/run ;;
		test/clients/*.*) test/lib/server.sh -t test/clients/run "$1" ;;
		test/t/*.pl | test/unit/*.c | test/fuzz/*.c) "${1%/*}/run" "$1" ;;
		test/lib/version.sh) "$1" && echo "ok 1 - version" ;;
		*) echo "$1 is no part of the tests; see test/README.md" && return 1 ;;
	esac
}

test/lib/setup.sh
case "$*" in
	*test/fuzz*) test/lib/setup.sh clang libclang-rt-dev || echo "Going on without clang" ;;
esac
case "$*" in
	*test/t | *test/t[\ /]*)
		cron=postgresql-$("$PG_CONFIG" --version | sed 's/^PostgreSQL \([0-9]*\).*/\1/')-cron
		test/lib/setup.sh "$cron" || echo "Going on without $cron"
		;;
esac
test/lib/install.sh
output=$(mktemp)
trap 'rm -f "$output"' EXIT
for part; do
	echo "== $part"
	run_part "$part" 2>&1 || echo "not ok - $part"
done | tee "$output"

# Before PostgreSQL 16, pg_regress says "test name ... ok" for "ok 1 - name".
count() {
	grep -cE "$1" "$output" || true
}
passed=$(count '^(test .* \.\.\. ok|ok [0-9])')
failed=$(count '^(test .* \.\.\. FAILED|not ok)')
echo "$passed passed, $failed failed, $(count '^test/(t|fuzz|clients).* skipped: ') skipped"
[ "$failed" = 0 ] && [ "$passed" != 0 ]
