#!/bin/sh
# Speed and memory against what people use today, with ROWS (10,000,000) answers in ROUNDS (7)
# rounds.
set -eu

cd "$(dirname "$0")/.."
test/lib/setup.sh
test/lib/install.sh
test/lib/server.sh -c shared_buffers=2GB -c max_wal_size=8GB -c autovacuum=off test/bench/run
