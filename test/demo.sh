#!/bin/sh
# A report on the survey answers of a quarter, on a throw-away server: in psql, and the last week as
# the HTML file that cron would make.
set -eu

cd "$(dirname "$0")/.."
test/lib/setup.sh
test/lib/install.sh
test/lib/server.sh sh -euc '
	psql -X -q -v ON_ERROR_STOP=1 -c "CREATE EXTENSION ces" -f doc/survey.sql -f doc/contacts.sql
	psql -X -q -v ON_ERROR_STOP=1 -f doc/tour.sql
	test/report.sh sample'
