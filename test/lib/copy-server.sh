#!/bin/sh
# copy-server.sh DIRECTORY: copy the PostgreSQL that PG_CONFIG belongs to into the directory,
# to install an extension there and leave the original alone. Prints the copy's pg_config.
# PostgreSQL finds its files relative to its programs, so the copy uses its own.
set -eu

PG_CONFIG=${PG_CONFIG:-pg_config}
for path in $("$PG_CONFIG" --bindir --pkglibdir --sharedir --includedir-server); do
	mkdir -p "$1${path%/*}"
	cp -R "$path" "$1${path%/*}"
done
echo "$1$("$PG_CONFIG" --bindir)/pg_config"
