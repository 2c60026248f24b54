#!/bin/sh
# The regression tests and the examples under AddressSanitizer and
# UndefinedBehaviorSanitizer.
set -eu

cd "$(dirname "$0")/.."
test/lib/setup.sh dpkg-dev bison flex perl
test/lib/in-copy.sh test/lib/memcheck.sh address
