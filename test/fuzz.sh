#!/bin/bash
# SECONDS (3600) of hostile input to the code that reads scales and tallies.
set -euo pipefail

cd "$(dirname "$0")/.."
# bash counts seconds in a variable of that name
seconds=$(printenv SECONDS) || seconds=3600
test/lib/setup.sh clang libclang-rt-dev
FUZZ_SECONDS=$seconds test/fuzz/run
