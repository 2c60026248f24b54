#!/bin/sh
# total.sh OUTPUT ...: add up the counts at the end of these outputs of test runs. Fails if
# a test failed or an output has no counts.
set -eu

for output; do
	grep -aE '^[0-9]+ passed, [0-9]+ failed' "$output" | tail -n 1 | grep . || echo "no counts"
done | awk '
	/passed/ { passed += $1; failed += $3; skipped += $5; next }
	{ failed++ }
	END { printf "%d passed, %d failed, %d skipped\n", passed, failed, skipped; exit failed > 0 }'
