#!/bin/sh
# strict-build.sh [PART ...]: build ces with every warning an error and with assertions, and run
# these parts of the tests, or all.
set -eu

cd "$(dirname "$0")/../.."
export PG_CONFIG="${PG_CONFIG:-pg_config}"

test/lib/setup.sh
echo "== build with warnings as errors, and assertions"
make -s clean PG_CONFIG="$PG_CONFIG"
# As system headers, PostgreSQL's may have warnings.
make -s all PG_CONFIG="$PG_CONFIG" \
	COPT="-Wall -Wextra -Werror -DUSE_ASSERT_CHECKING -isystem $("$PG_CONFIG" --includedir-server)" >/dev/null
exec test/test.sh "$@"
