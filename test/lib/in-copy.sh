#!/bin/sh
# in-copy.sh COMMAND ...: run the command in a copy of the tree, as an ordinary user who
# may write there. The copy is gone when the command ends.
set -eu

cd "$(dirname "$0")/../.."
copy=$(mktemp -d)
trap 'rm -rf "$copy"' EXIT
trap 'exit 1' HUP INT TERM
test/lib/copy.sh "$copy"
[ "$(id -u)" != 0 ] || chown -R postgres: "$copy"
cd "$copy"
test/lib/unprivileged.sh "$@"
