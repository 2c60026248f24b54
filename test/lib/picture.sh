#!/bin/sh
# picture.sh PAGE PICTURE WIDTH HEIGHT: a picture (PNG) of the top of an HTML file, made with Debian's
# Chromium, which is 114 MB to download and 360 MB on disk, besides what it depends on, and with
# Liberation Sans, so that it is the same everywhere.
set -eu

test/lib/setup.sh chromium fonts-liberation
scratch=$(mktemp -d)
trap 'rm -rf "$scratch"' EXIT
trap 'exit 1' HUP INT TERM
chromium --headless --no-sandbox --disable-gpu --disable-quic --no-first-run \
	--disable-background-networking --disable-component-update --disable-sync --hide-scrollbars \
	--user-data-dir="$scratch" --window-size="$3,$4" --screenshot="$2" \
	"file://$(realpath "$1")" >"$scratch/log" 2>&1 || { cat "$scratch/log" >&2; exit 1; }
[ -s "$2" ] || { cat "$scratch/log" >&2; exit 1; }
echo "A picture of it: $2, $(($(wc -c <"$2") / 1000)) kB"
