#!/bin/sh
# usage: copy.sh ROOT DIR COMMAND...
#
# Runs a command as root in a copy of the machine whose files are in ROOT (/ is
# this one), which nobody else sees and which goes away with its last process:
# the files as they are, in layers over DIR, the network and the processes
# shared.  DIR itself is seen.  Prints "cannot: " and why, and ends with 0,
# where that is not allowed, as in most containers.
set -u

if [ -z "${COPY-}" ]; then
	export COPY=mounts
	unshare --mount true 2>/dev/null || {
		echo 'cannot: no right to have mounts of its own'
		exit 0
	}
	exec unshare --mount --propagation private "$0" "$@"
fi
root=$1 dir=$2 over=$2/over
shift 2
mkdir -p "$over"
mount -t tmpfs none "$over" && mkdir "$over/up" "$over/work" "$over/root" &&
    mount -t overlay -o "lowerdir=$root,upperdir=$over/up,workdir=$over/work" \
    overlay "$over/root" && mount --rbind /proc "$over/root/proc" &&
    mount --rbind /dev "$over/root/dev" &&
    mount -t tmpfs none "$over/root/run" || {
	echo 'cannot: no right to mount'
	exit 0
}
mkdir "$over/root/run/lock"
[ "$root" = / ] || { mkdir -p "$over/root$dir" &&
    mount --bind "$dir" "$over/root$dir"; } || exit 1
# Services of this machine are none of ours.
printf '#!/bin/sh\nexit 101\n' >"$over/root/usr/sbin/policy-rc.d"
chmod 755 "$over/root/usr/sbin/policy-rc.d"
unset COPY
exec chroot "$over/root" "$@"
