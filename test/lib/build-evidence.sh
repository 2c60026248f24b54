#!/bin/sh
# build-evidence.sh: build dashboards/evidence from the database whose address, postgresql://..., is in
# EVIDENCE_SOURCE__survey__connectionString. It may have a password, so it is no argument, which all
# users of the machine could see.
set -eu

cd "$(dirname "$0")/../../dashboards/evidence"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 1' HUP INT TERM

# run COMMAND ...: what it says is shown only if it fails.
run() {
	if ! "$@" >"$log" 2>&1 || grep -q ' Error: ' "$log"; then
		if grep -q '^ERROR: ' "$log"; then
			sed -n '/^ERROR: /,$p' "$log" >&2
		else
			tail -n 50 "$log" >&2
		fi
		exit 1
	fi
}

rm -rf build .evidence
echo "Reading the numbers from PostgreSQL"
run npm run sources
echo "Building the dashboard, which takes a minute"
run npm run build
