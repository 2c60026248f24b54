#!/bin/sh
# Print the version of ces. Fails unless all files that state it agree: META.json, the
# extension's control file, install script and library, and the newest entry of each
# changelog.
set -eu

cd "$(dirname "$0")/../.."

meta() {
	perl -MJSON::PP -0777 -ne "print decode_json(\$_)->$1" META.json
}

version=$(meta '{version}')
# Version 1.0.2 has the SQL objects of 1.0.
extension=${version%.*}
failed=0

agrees() {
	[ "$2" = "$3" ] || {
		echo "$1 says $2, but the version in META.json is $version" >&2
		failed=1
	}
}

agrees "META.json, provides" "$(meta '{provides}{ces}{version}')" "$version"
agrees "META.json, provides" "$(basename "$(meta '{provides}{ces}{file}')")" "ces--$extension.sql"
agrees "ces.control" "$(sed -n "s/^default_version = '\(.*\)'/\1/p" ces.control)" "$extension"
agrees "PG_MODULE_MAGIC_EXT" "$(sed -n 's/^PG_MODULE_MAGIC_EXT.*\.version = "\(.*\)".*/\1/p' src/*.c)" "$extension"
agrees "CHANGELOG.md" "$(sed -n 's/^## \([^ ]*\).*/\1/p' CHANGELOG.md | head -n 1)" "$version"
agrees "debian/changelog" "$(sed -n '1s/^ces (\(.*\)-[^-]*).*/\1/p' debian/changelog)" "$version"

[ "$failed" = 0 ] && echo "$version"
