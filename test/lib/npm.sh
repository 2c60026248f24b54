#!/bin/sh
# npm.sh DIRECTORY: install the npm packages that the package-lock.json in the directory names, if
# they aren't there already, and Node.js if there is none.
set -eu

cd "$(dirname "$0")/../.."
command -v npm >/dev/null || test/lib/setup.sh nodejs npm
if ! node -e 'process.exit(parseInt(process.versions.node) < 18 ? 1 : 0)'; then
	echo "This needs Node.js 18 or later, and here is $(node --version)" >&2
	exit 1
fi
cd "$1"
installed=node_modules/.package-lock.json
if [ -e $installed ] && [ -z "$(find package-lock.json -newer $installed)" ]; then
	exit 0
fi
echo "Installing the npm packages of $1"
log=$(mktemp)
trap 'rm -f "$log"' EXIT
trap 'exit 1' HUP INT TERM
if ! npm ci --no-progress >"$log" 2>&1; then
	cat "$log" >&2
	exit 1
fi
touch $installed
echo "They take $(du -sh node_modules | cut -f 1)"
