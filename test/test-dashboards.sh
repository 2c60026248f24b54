#!/bin/sh
# The tests of what is in dashboards/: the programs in test/dashboards, which print TAP. Counts their
# tests, and says which are left out and why.
set -eu

cd "$(dirname "$0")/.."
test/lib/setup.sh
test/lib/install.sh
output=$(mktemp)
trap 'rm -f "$output"' EXIT
trap 'exit 1' HUP INT TERM
for test in test/dashboards/*; do
	{ [ -f "$test" ] && [ -x "$test" ]; } || continue
	echo "== $test"
	"$test" 2>&1 || printf '\nnot ok - %s\n' "$test: ended with status $?"
done | tee "$output"

# A test that ends early has fewer results than its plan says.
awk '
	function end_test() {
		if (name != "" && (results != plan || empty)) {
			print "not ok - " name ": " results " results, planned: " plan
			failed++
		}
	}
	/^== / { end_test(); name = $2; results = 0; plan = "unknown"; empty = 0; next }
	/^1\.\.0/ && /# SKIP/ { plan = 0; skipped++; next }
	/^1\.\.[0-9]+/ { plan = substr($1, 4) + 0; empty = plan == 0; next }
	/^(not ok - |Bail out!)/ { failed++; next }
	/^(not )?ok [0-9]/ { results++; if (/# SKIP/) skipped++; else if (/^not/) failed++; else passed++ }
	END {
		end_test()
		printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped
		exit failed > 0 || passed + skipped == 0
	}' "$output"
