#!/bin/sh
# Does the memory of a backend grow in MINUTES (60) of repeated queries?
set -eu

cd "$(dirname "$0")/.."
test/lib/setup.sh
test/lib/install.sh
MINUTES=${MINUTES:-60} test/lib/server.sh test/memory/run
