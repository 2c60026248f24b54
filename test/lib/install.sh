#!/bin/sh
# install.sh: build ces and install it into the PostgreSQL that PG_CONFIG belongs to.
set -eu

cd "$(dirname "$0")/../.."
PG_CONFIG=${PG_CONFIG:-pg_config}
directory=$("$PG_CONFIG" --pkglibdir)
as_root=
[ -w "$directory" ] || as_root=sudo

echo "Building ces and installing it into $("$PG_CONFIG" --version) ($directory)"
make -s all PG_CONFIG="$PG_CONFIG" >/dev/null
$as_root make -s install PG_CONFIG="$PG_CONFIG" >/dev/null
