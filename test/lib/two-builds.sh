#!/bin/bash
# two-builds.sh: all tests of a strict build. Then build ces as users do, and repeat the
# regression tests. Ends with the counts of all tests.
set -euo pipefail

cd "$(dirname "$0")/../.."
export PG_CONFIG=${PG_CONFIG:-pg_config}
outputs=$(mktemp -d)
trap 'rm -rf "$outputs"' EXIT
status=0

test/lib/strict-build.sh | tee "$outputs/strict" || status=1

echo "== build as users do"
{
	make -s clean PG_CONFIG="$PG_CONFIG" &&
		make -s all PG_CONFIG="$PG_CONFIG" >/dev/null &&
		test/test.sh sql test/specs
} | tee "$outputs/plain" || status=1

test/lib/total.sh "$outputs"/* && exit $status
