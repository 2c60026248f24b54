#!/bin/sh
# server.sh [-l LOG] [-c NAME=VALUE] ... COMMAND ...: run the command with a new server of
# the PostgreSQL that PG_CONFIG belongs to. PGHOST, PGPORT and so on lead to the server,
# which is gone when the command ends. -c is a setting of the server, as for postgres.
# The server's log goes to LOG. Without -l, its end is shown if the server fails. $UNDER, such
# as valgrind, is put before the server's program.
set -eu

log=
settings=
while :; do
	case $1 in
		-l) log=$2 ;;
		-c) settings="$settings -c $2" ;;
		*) break ;;
	esac
	shift 2
done
bin=$("${PG_CONFIG:-pg_config}" --bindir)
unprivileged=$(cd "$(dirname "$0")" && pwd)/unprivileged.sh
work=$("$unprivileged" mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 1' HUP INT TERM

server_failed() {
	[ -n "$log" ] || tail -n 50 "$work/log" >&2
	exit 1
}

export LC_ALL=C.UTF-8 PGHOST="$work" PGPORT=5432 PGUSER=postgres PGDATABASE=postgres
unset PGPASSWORD PGSERVICE PGOPTIONS
(
	cd "$work"
	"$unprivileged" "$bin/initdb" -D data -U "$PGUSER" -A trust -E UTF8 --no-sync
) >>"${log:-$work/log}" 2>&1 || server_failed
(
	cd "$work"
	# shellcheck disable=SC2086 # settings and a command with its options
	exec "$unprivileged" ${UNDER-} "$bin/postgres" -D data -k "$work" -c listen_addresses= -F $settings
) >>"${log:-$work/log}" 2>&1 &
server=$!
trap 'kill -INT $server 2>/dev/null; wait $server || true; rm -rf "$work"' EXIT
until "$bin/pg_isready" -q; do
	kill -0 $server 2>/dev/null || server_failed
	sleep 0.2
done

status=0
PATH="$bin:$PATH" "$@" || status=$?
trap 'rm -rf "$work"' EXIT
kill -INT $server
wait $server || server_failed
[ -n "$log" ] || grep -A 20 -e 'was terminated by signal' -e '^TRAP' -e 'PANIC: ' "$work/log" >&2 || true
exit $status
