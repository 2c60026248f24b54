#!/bin/sh
# The weekly report, as one HTML file. Two settings are enough, the connection and the query that
# returns the answers (the head of dashboards/report/weekly.sql says which columns):
#
#     make report DATABASE=postgresql://host/surveys ANSWERS="SELECT answered_at, ... FROM ..."
#
# REPORT=report.html is where it goes. UNTIL=2026-04-06 reports the last whole week before that day
# rather than before today. TITLE, WEEKS, EFFORT_SCALE, RECOMMEND_SCALE and SATISFACTION_SCALE are the
# variables of weekly.sql. PICTURE=report.png makes a picture of the first page, too, with Debian's
# Chromium. Without DATABASE, it is a report of the sample data on a throw-away server; with "sample",
# of the sample data on the server of PGHOST and so on.
set -eu

cd "$(dirname "$0")/.."
report=${REPORT:-report.html}

if [ "${1-}" = sample ]; then
	DATABASE=${PGDATABASE-}
	ANSWERS="SELECT answered_at, channel, agent, effort_score AS effort, recommend, satisfaction
FROM responses"
	export UNTIL=2026-04-06
elif [ -z "${DATABASE-}" ] && [ -n "${ANSWERS-}" ]; then
	echo "Please set DATABASE, too" >&2
	exit 1
elif [ -z "${DATABASE-}" ]; then
	test/lib/setup.sh
	test/lib/install.sh
	exec test/lib/server.sh sh -euc '
		psql -X -q -v ON_ERROR_STOP=1 -c "CREATE EXTENSION ces" -f doc/survey.sql
		test/report.sh sample'
fi
if [ -z "${ANSWERS-}" ]; then
	sed -n '1,/^$/s/^-- \{0,1\}//p' dashboards/report/weekly.sql >&2
	echo 'Please set ANSWERS, as in: make report DATABASE=... ANSWERS="SELECT answered_at, ... FROM ..."' >&2
	exit 1
fi

# A report that fails leaves the last one as it is.
scratch=$(mktemp "$report.XXXXXX")
trap 'rm -f "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
set -- -v "answers=$ANSWERS"
for variable in title until weeks effort_scale recommend_scale satisfaction_scale; do
	value=$(printenv "$(echo $variable | tr '[:lower:]' '[:upper:]')" || true)
	[ -z "$value" ] || set -- "$@" -v "$variable=$value"
done
psql -X -q "$@" -d "$DATABASE" -f dashboards/report/weekly.sql >"$scratch"
chmod "$(printf '%o' $((0666 & ~0$(umask))))" "$scratch"
mv -T "$scratch" "$report"
echo "The weekly report: $(realpath "$report")"

if [ -n "${PICTURE-}" ]; then
	test/lib/picture.sh "$report" "$PICTURE" 1000 1375
fi
