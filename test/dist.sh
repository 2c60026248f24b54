#!/bin/sh
# Make the archive for PGXN, ces-VERSION.zip, of what is committed, and check that it builds
# and installs.
set -eu

cd "$(dirname "$0")/.."
PG_CONFIG=${PG_CONFIG:-pg_config}
test/lib/setup.sh git unzip
version=$(test/lib/version.sh)
archive=ces-$version.zip

git archive --format=zip --prefix="ces-$version/" --output="$archive" HEAD

scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
unzip -q "$archive" -d "$scratch"
make -s -C "$scratch/ces-$version" PG_CONFIG="$PG_CONFIG"
make -s -C "$scratch/ces-$version" install PG_CONFIG="$PG_CONFIG" DESTDIR="$scratch/root" >/dev/null
ls "$scratch/root$("$PG_CONFIG" --pkglibdir)/ces.so" \
	"$scratch/root$("$PG_CONFIG" --sharedir)/extension/ces.control" \
	"$scratch/root$("$PG_CONFIG" --sharedir)/extension/ces--${version%.*}.sql" >/dev/null
echo "$archive: it builds and installs"
