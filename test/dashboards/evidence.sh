#!/bin/sh
# The dashboard of dashboards/evidence, opened in a browser. With SCREENSHOTS=DIRECTORY, it leaves
# pictures of all pages there.
set -eu

cd "$(dirname "$0")/../.."
skip() {
	echo "1..0 # SKIP $*"
	exit 0
}
exec 9<dashboards/evidence
flock 9
[ ! -e dashboards/evidence/.env.local ] || skip "dashboards/evidence/.env.local is there"
for directory in dashboards/evidence test/dashboards; do
	test/lib/npm.sh $directory || skip "the npm packages of $directory can't be had"
done
command -v chromium >/dev/null || test/lib/setup.sh chromium || skip "Chromium can't be had"

# What the audit should find is known from doc/audit.md, whose queries make the views for it.
# shellcheck disable=SC2016 # the inner shell expands it
test/lib/server.sh sh -euc '
	psql -X -q -v ON_ERROR_STOP=1 -c "CREATE EXTENSION ces" -f doc/survey.sql -f doc/contacts.sql \
		-f test/dashboards/evidence.sql
	sed -n -e "/^## Which causes/q" -e "/^\`\`\`sql/,/^\`\`\`$/{/^\`\`\`/!p}" doc/audit.md |
		psql -X -q -v ON_ERROR_STOP=1 >/dev/null
	export EVIDENCE_SOURCE__survey__connectionString="postgresql://$PGUSER@/$PGDATABASE?host=$PGHOST"
	test/lib/build-evidence.sh
	node test/dashboards/evidence.mjs'
