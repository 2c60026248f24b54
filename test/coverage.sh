#!/bin/sh
# Which lines of src/ do the tests run?
set -eu

cd "$(dirname "$0")/.."
test/lib/setup.sh
test/lib/in-copy.sh test/coverage/run
