#!/bin/bash
# Make the Debian package, for the PostgreSQL of Debian 12, and try it: apt installs it in a
# chroot that has nothing else, every page of the documentation has to be there, and the
# regression tests have to pass. Needs root. The package is left at the top of the tree.
# test/test-matrix.sh says where the chroots are kept. Lintian would ask for a closed bug, which
# only an upload to Debian has.
set -euo pipefail

cd "$(dirname "$0")/.."
chroots=${CES_CHROOTS:-${XDG_CACHE_HOME:-/var/cache}/ces}
suite=bookworm
build=$chroots/$suite-build
fresh=$chroots/$suite-fresh
trap 'rm -rf "$fresh"' EXIT
rm -rf "$fresh"

test/lib/chroot.sh "$build" $suite true
test/lib/copy.sh "$build/build/ces"
test/lib/chroot.sh "$build" $suite sh -euc '
	cd /build/ces
	apt-get -qq update
	echo "Installing the build dependencies"
	apt-get -qq build-dep --no-install-recommends ./ >/dev/null
	apt-get -qq install --no-install-recommends lintian >/dev/null
	rm -f ../*.deb ../*.changes
	pg_buildext checkcontrol
	dpkg-buildpackage -us -uc -b
	lintian --allow-root --fail-on error,warning \
		--suppress-tags initial-upload-closes-no-bugs ../*.changes'
cp "$build"/build/postgresql-*-ces_*.deb .

test/lib/chroot.sh "$fresh" $suite true
test/lib/copy.sh "$fresh/ces"
rm -r "$fresh/ces/src"
cp "$build"/build/postgresql-*-ces_*.deb "$fresh"
# shellcheck disable=SC2016 # the shell in the chroot expands it
test/lib/chroot.sh "$fresh" $suite sh -euc '
	cd /ces
	apt-get -qq update
	echo "Installing the package"
	apt-get -qq install --no-install-recommends /postgresql-*-ces_*.deb >/dev/null
	for page in README.md $(find doc -type f); do
		cmp "$page" /usr/share/doc/postgresql-*-ces/"$page"
	done
	echo "Installing what the tests of the package need"
	apt-get -qq install --no-install-recommends postgresql-server-dev-all >/dev/null
	debian/tests/installcheck'
ls postgresql-*-ces_*.deb
