#!/bin/sh
# QUERIES (100,000) random queries on a throw-away server.
set -eu

cd "$(dirname "$0")/.."
test/lib/setup.sh sqlsmith
test/lib/install.sh
test/lib/server.sh -c track_functions=all -c logging_collector=on -c log_min_messages=log \
	test/sqlsmith/run "${QUERIES:-100000}"
