#!/bin/sh
# chroot.sh DIRECTORY SUITE COMMAND ...: run a command as root in a chroot of a Debian
# release, such as bookworm. The chroot is made if the directory does not exist. Whatever
# the command mounts or leaves running is gone when it ends. The status is 77 if there is
# no chroot and none can be made.
set -eu

directory=$1
suite=$2
shift 2

give_up() {
	echo "$suite: no chroot: $1" >&2
	exit 77
}

# The mirror that this machine uses, or else the public one.
debian_mirror() {
	# shellcheck disable=SC2016 # apt expands it
	from_apt=$(apt-get indextargets --format '$(REPO_URI)' \
		'Origin: Debian' 'Label: Debian' 'Created-By: Packages' 2>/dev/null | head -n 1)
	echo "${from_apt:-http://deb.debian.org/debian}"
}

# debootstrap makes every release of Debian with the script of sid. Naming it here makes
# releases that are newer than debootstrap work, too.
make_chroot() {
	command -v debootstrap >/dev/null || give_up "please install debootstrap"
	mirror=$(debian_mirror)
	new=$directory.new
	log=$directory.log
	trap 'rm -rf "$new"' EXIT
	trap 'rm -f "$log"; exit 1' HUP INT TERM
	rm -rf "$new"
	mkdir -p "$new"
	echo "Making a chroot of $suite in $directory"
	unshare --mount --propagation private \
		debootstrap --variant=minbase --include=make \
		"$suite" "$new" "$mirror" /usr/share/debootstrap/scripts/sid >"$log" 2>&1 || {
		tail -n 5 "$log" >&2
		give_up "debootstrap failed, see $log"
	}
	rm "$log"
	# The mirror may be an old snapshot.
	echo 'Acquire::Check-Valid-Until "false";' >"$new/etc/apt/apt.conf.d/ces"
	printf '#!/bin/sh\nexit 101\n' >"$new/usr/sbin/policy-rc.d"
	chmod +x "$new/usr/sbin/policy-rc.d"
	mv "$new" "$directory"
	trap - EXIT HUP INT TERM
}

[ "$(id -u)" = 0 ] || give_up "making and entering one needs root"
[ -d "$directory" ] || make_chroot

cp -L /etc/hosts /etc/resolv.conf "$directory/etc/"
# The shell stays as the first process and reaps those that the command leaves behind.
# shellcheck disable=SC2016 # the inner shell expands it
unshare --mount --propagation private --pid --fork --kill-child sh -euc '
	mount -t proc proc "$0/proc"
	mount --rbind /dev "$0/dev"
	mount -t tmpfs tmpfs "$0/dev/shm"
	chroot "$0" "$@"
	exit' \
	"$directory" env -i HOME=/root PATH=/usr/sbin:/usr/bin:/sbin:/bin LC_ALL=C.UTF-8 \
	DEBIAN_FRONTEND=noninteractive ${http_proxy:+"http_proxy=$http_proxy"} "$@"
