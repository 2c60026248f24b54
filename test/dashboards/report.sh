#!/bin/sh
# The weekly report against psql: report.pl, with a server.
set -eu

cd "$(dirname "$0")/../.."
test/lib/setup.sh libxml2-utils || {
	echo "1..0 # SKIP libxml2-utils can't be had"
	exit 0
}
exec test/lib/server.sh perl test/dashboards/report.pl
