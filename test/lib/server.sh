#!/bin/sh
# server.sh [-l LOG] [-c NAME=VALUE] ... [-t] COMMAND ...: run the command with a new server of
# the PostgreSQL that PG_CONFIG belongs to. PGHOST, PGPORT and so on lead to the server,
# which is gone when the command ends. -c is a setting of the server, as for postgres. With -t,
# the server can also be reached at 127.0.0.1 and PGPORT, with PGPASSWORD.
# The server's log goes to LOG. Without -l, its end is shown if the server fails. $UNDER, such
# as valgrind, is put before the server's program.
set -eu

log=
settings=
tcp=
while :; do
	case $1 in
		-l) log=$2 && shift ;;
		-c) settings="$settings -c $2" && shift ;;
		-t) tcp=yes ;;
		*) break ;;
	esac
	shift
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
access="-A trust"
if [ -n "$tcp" ]; then
	# The port is free; another user of the machine may try it.
	PGPORT=$(perl -MIO::Socket::INET -e \
		'print IO::Socket::INET->new(LocalAddr => "127.0.0.1", Listen => 1)->sockport')
	PGPASSWORD=$(od -An -N 16 -t x1 /dev/urandom | tr -d ' \n')
	export PGPASSWORD
	echo "$PGPASSWORD" >"$work/password"
	access="--auth-local=trust --auth-host=scram-sha-256 --pwfile=$work/password"
	settings="-p $PGPORT -c listen_addresses=127.0.0.1 $settings"
fi
(
	cd "$work"
	# shellcheck disable=SC2086 # options
	"$unprivileged" "$bin/initdb" -D data -U "$PGUSER" $access -E UTF8 --no-sync
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
