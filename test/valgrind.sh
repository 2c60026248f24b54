#!/bin/sh
# The regression tests and the examples under valgrind. This takes hours.
set -eu

cd "$(dirname "$0")/.."
test/lib/setup.sh dpkg-dev bison flex perl valgrind libc6-dbg
test/lib/in-copy.sh test/lib/memcheck.sh valgrind
