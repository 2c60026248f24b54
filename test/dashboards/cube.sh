#!/bin/sh
# cube.sh: does Cube, with the project in dashboards/cube, answer as ces does in psql? Prints TAP.
# Installs Cube (npm, 320 MB) into dashboards/cube, playwright-core (npm, 9 MB) and, where Node.js is
# older than 22, a newer one (npm, 190 MB) into test/dashboards, and chromium (Debian, 400 MB with
# what it needs). If something can't be had, it says what, and skips.
set -eu

cd "$(dirname "$0")/../.."
tests=$PWD/test/dashboards

skip() {
	echo "1..0 # SKIP $*"
	exit 0
}

# Cube's own install script would download a native module and Cube Store from elsewhere, which the
# tests do without.
for directory in dashboards/cube test/dashboards; do
	npm_config_ignore_scripts=true test/lib/npm.sh $directory ||
		skip "the npm packages of $directory can't be had"
done
command -v chromium >/dev/null || test/lib/setup.sh chromium || skip "Chromium can't be had"

node=node
if [ "$(node -p 'process.versions.node.split(".")[0]')" -lt 22 ]; then
	package=node-linux-$(node -p process.arch)
	node=$tests/node/node_modules/$package/bin/node
	[ -x "$node" ] || npm install --prefix "$tests/node" --no-save --ignore-scripts --no-progress \
		--loglevel=error "$package@24.21.0" || skip "Node.js 22 or newer can't be had"
fi

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

test/lib/server.sh -l "$work/server.log" -c auto_explain.log_min_duration=0 \
	-c auto_explain.log_analyze=on -c auto_explain.log_format=json sh -euc '
	psql -X -q -v ON_ERROR_STOP=1 -f test/dashboards/cube.sql
	exec "$@"' sh "$node" --test-reporter=tap test/dashboards/cube.mjs "$work"
