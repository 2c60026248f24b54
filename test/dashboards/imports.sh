#!/bin/sh
# imports.sh: are the import files of dashboards/ (Grafana, Superset, Metabase, dbt) what those tools
# read, and do the queries in them return what psql does? Each file is checked by the tool's own
# schema where npm has one, and each query is run with the tool's macros expanded as the tool does
# it. The tools themselves don't run here. Prints TAP. Needs the extension installed.
# Installs python3 with jinja2, jsonschema and yaml (25 MB on disk if Python is missing, too), and
# 51 MB of npm packages in test/dashboards/imports/node_modules. DBT_SCHEMAS=DIR is schemas/latest of
# a copy of https://github.com/dbt-labs/dbt-jsonschema, which npm doesn't have.
set -eu

cd "$(dirname "$0")/../.."
test/lib/setup.sh python3-jinja2 python3-jsonschema python3-yaml || {
	echo "1..0 # SKIP Debian's packages for Python can't be had"
	exit 0
}
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

# Without npm's packages, run.py skips the tests that need them, and says so.
if test/lib/npm.sh test/dashboards/imports; then
	(cd test/dashboards/imports && node_modules/.bin/ts-json-schema-generator --path grafana.ts \
		--type Schemas --expose none --no-type-check --out "$work/grafana.json")
	export GRAFANA_SCHEMA="$work/grafana.json"
	export METABASE_SCHEMAS=test/dashboards/imports/node_modules/@metabase/representations/core-spec/v1/schemas
fi
test/lib/server.sh /usr/bin/python3 -B test/dashboards/imports/run.py
