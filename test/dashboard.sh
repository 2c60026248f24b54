#!/bin/sh
# Build the dashboard in dashboards/evidence and serve it on this machine, until Ctrl-C. It shows the
# sample data, from a throw-away server, or what these say, or dashboards/evidence/.env.local:
#
#   DATABASE=postgresql://user@host/database            a database with ces; for the password,
#                                                       PGPASSWORD or ~/.pgpass
#   ANSWERS='SELECT ...' CONTACTS='SELECT ...'          where its answers and contacts are:
#                                                       dashboards/evidence/.env explains them
#   PORT=3000                                           where to serve it; if taken, the next one
#   PICTURE=FILE                                        don't serve it, but write a PNG of it
set -eu

cd "$(dirname "$0")/.."
project=dashboards/evidence
exec 9<$project
flock -n 9 || { echo "Another make dashboard is using $project" >&2; exit 1; }

# Queries without the semicolon that ends them in psql.
query() {
	printf '%s' "$1" | sed '$s/;[[:space:]]*$//'
}
if [ -n "${ANSWERS-}" ]; then
	EVIDENCE_VAR__answers=$(query "$ANSWERS")
	export EVIDENCE_VAR__answers
fi
# A database of one's own need not have contacts.
if [ -n "${DATABASE-}" ] && ! grep -qs ^EVIDENCE_VAR__contacts $project/.env.local; then
	: "${CONTACTS:=SELECT NULL::bigint AS contact_id, NULL::text AS customer, NULL::text AS issue,
		NULL::text AS channel, NULL::text AS agent, NULL::timestamp AS started_at,
		NULL::integer AS wait_minutes, NULL::boolean AS transferred WHERE false}"
fi
if [ -n "${CONTACTS-}" ]; then
	EVIDENCE_VAR__contacts=$(query "$CONTACTS")
	export EVIDENCE_VAR__contacts
fi

test/lib/npm.sh $project
if [ -n "${DATABASE-}" ]; then
	export EVIDENCE_SOURCE__survey__connectionString="$DATABASE"
	test/lib/build-evidence.sh
elif grep -qs ^EVIDENCE_SOURCE__survey__ $project/.env.local; then
	test/lib/build-evidence.sh
else
	test/lib/setup.sh
	test/lib/install.sh
	# shellcheck disable=SC2016 # the inner shell expands it
	test/lib/server.sh sh -euc '
		echo "Loading the sample data into a throw-away server"
		psql -X -q -v ON_ERROR_STOP=1 -c "CREATE EXTENSION ces" -f doc/survey.sql -f doc/contacts.sql
		export EVIDENCE_SOURCE__survey__connectionString="postgresql://$PGUSER@/$PGDATABASE?host=$PGHOST"
		exec test/lib/build-evidence.sh'
fi
if [ -n "${PICTURE-}" ]; then
	test/lib/npm.sh test/dashboards
	command -v chromium >/dev/null || test/lib/setup.sh chromium
	exec node test/dashboards/evidence.picture.mjs "$PICTURE"
fi

echo "The dashboard is in $project/build, for any web server. Here it is until you press Ctrl-C:"
cd $project
node_modules/.bin/vite preview --port "${PORT:-3000}" &
server=$!
trap 'kill $server 2>/dev/null; wait $server || true; exit 0' HUP INT TERM
wait $server
