#!/bin/sh
# Test ces with the drivers of other languages: test/clients, whose run says what it installs.
set -eu

exec "$(dirname "$0")/test.sh" test/clients
