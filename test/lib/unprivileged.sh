#!/bin/sh
# unprivileged.sh COMMAND ...: run the command as an ordinary user. Root becomes the user
# postgres, because a server refuses to run as root.
set -eu

[ "$(id -u)" = 0 ] || exec "$@"
exec setpriv --reuid=postgres --regid=postgres --init-groups \
	env -u XDG_CACHE_HOME HOME="$(getent passwd postgres | cut -d: -f6)" "$@"
