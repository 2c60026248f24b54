#!/bin/sh
# Speed and memory against what people use today, with ROWS (10,000,000) answers in ROUNDS (7)
# rounds. A run with a million rows or more writes doc/benchmark.md. Rows about pg_ivm and
# TimescaleDB stay as they are in it if these are not installed, or with COMPARE=no. DuckDB is
# installed from npm, for this run only; without it, its columns are empty.
set -eu

cd "$(dirname "$0")/.."
test/lib/setup.sh
test/lib/install.sh
ROWS=${ROWS:-10000000}
report=$(mktemp)
kept=$(mktemp)
trap 'rm -f "$report" "$kept"' EXIT
trap 'exit 1' HUP INT TERM
ROWS=$ROWS ROUNDS=${ROUNDS:-7} test/lib/server.sh \
	-c shared_buffers=2GB -c max_wal_size=8GB -c autovacuum=off test/bench/run >"$report"
awk -f test/bench/keep.awk doc/benchmark.md "$report" >"$kept"
cat "$kept"
if [ "$ROWS" -ge 1000000 ]; then
	cat "$kept" >doc/benchmark.md
fi
