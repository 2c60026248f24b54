#!/bin/bash
# two-builds.sh [PART ...]: build ces with every warning an error and with assertions, and run
# these parts of the tests, or all. Then build it as users do, and repeat the regression tests.
# Ends with the counts of all tests.
set -euo pipefail

cd "$(dirname "$0")/../.."
export PG_CONFIG=${PG_CONFIG:-pg_config}
outputs=$(mktemp -d)
trap 'rm -rf "$outputs"' EXIT
status=0

build() {
	make -s clean PG_CONFIG="$PG_CONFIG"
	make -s all COPT="$1" PG_CONFIG="$PG_CONFIG" >/dev/null
}

test/lib/setup.sh

# As system headers, PostgreSQL's may have warnings.
echo "== build with warnings as errors, and assertions"
{
	build "-Wall -Wextra -Werror -DUSE_ASSERT_CHECKING -isystem $("$PG_CONFIG" --includedir-server)" &&
		test/test.sh "$@"
} | tee "$outputs/strict" || status=1

echo "== build as users do"
{ build "" && test/test.sh sql test/specs; } | tee "$outputs/plain" || status=1

test/lib/total.sh "$outputs"/* && exit $status
