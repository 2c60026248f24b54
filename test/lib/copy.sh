#!/bin/sh
# copy.sh DIRECTORY: copy the tree to a new directory as it is now, including changes that
# are not committed, but without anything that .gitignore names.
set -eu

cd "$(dirname "$0")/../.."
rm -rf "$1"
mkdir -p "$1"
sed -e 's|^/|./|' -e 's|/$||' .gitignore |
	tar --create --exclude=./.git --exclude-from=- . |
	tar --extract --no-same-owner --directory "$1"
