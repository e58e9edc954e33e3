# shellcheck shell=bash disable=SC2154
# A clean Debian 12 with the Debian package in it, for package.sh and newcomer.sh. Sourced, with $top
# set and a screen (Xvfb) there; needs root (debootstrap, chroot) on Debian. The system stands in
# target/deb/clean; it and the packages that the package depends on are downloaded once (90 MB),
# everything after that runs without a network.
say() { printf '%s\n' "$*" >&2; }
die() { say "$(basename "$0"): $*"; exit 1; }
root=$top/target/deb/clean
user=1000
home=$root/home/ana

# "${clean[@]}" COMMAND… runs it in the clean system as root, "${ana[@]}" as its user. Both without a
# network; the screen is a socket. The process that is started becomes the command's: its id stays.
# Java asks on which disk a file is, so the root must be a mount.
# "${mounted[@]}" COMMAND… runs it beside the clean system, ready to be entered with "${as_ana[@]}".
# shellcheck disable=SC2016
mounts='mount --bind "$1" "$1"
  mount -t proc proc "$1/proc"
  mount --bind /tmp/.X11-unix "$1/tmp/.X11-unix"
'
# shellcheck disable=SC2016
enter=$mounts'root=$1 id=$2 home=$3
  shift 3
  exec chroot --userspec="$id:$id" "$root" env -i HOME="$home" PATH=/usr/sbin:/usr/bin:/sbin:/bin \
    DISPLAY="$DISPLAY" LANG="${CLEAN_LANG:-C.UTF-8}" DEBIAN_FRONTEND=noninteractive "$@"'
# shellcheck disable=SC2034
clean=(unshare --mount --net sh -ec "$enter" sh "$root" 0 /root)
# shellcheck disable=SC2034
ana=(unshare --mount --net sh -ec "$enter" sh "$root" $user /home/ana)
# shellcheck disable=SC2034
mounted=(unshare --mount --net sh -ec "$mounts"'shift
  exec "$@"' sh "$root")
# shellcheck disable=SC2034
as_ana=(chroot --userspec="$user:$user" "$root" env -i HOME=/home/ana PATH=/usr/sbin:/usr/bin:/sbin:/bin
  DISPLAY="${DISPLAY:-}" LANG=C.UTF-8)

# clean_debian DEB : makes the system afresh, DEB in its /root. What was done in it before is gone.
clean_debian() {
  if [ ! -e "$root.tar" ]; then
    say "== Making a clean Debian 12"
    rm -rf "$root"
    debootstrap --variant=minbase bookworm "$root" http://deb.debian.org/debian >"$root.log" ||
      die "debootstrap failed: $root.log"
    mkdir -p "$home" "$root/tmp/.X11-unix"
    echo "ana:x:$user:$user::/home/ana:/bin/sh" >>"$root/etc/passwd"
    echo "ana:x:$user:" >>"$root/etc/group"
    chown $user:$user "$home"
    cp "$1" "$root/root/mini-llm.deb"
    cp /etc/resolv.conf "$root/etc/"
    chroot "$root" sh -ec 'apt-get -q update
      apt-get -q install -y --no-install-recommends --download-only /root/mini-llm.deb' >>"$root.log" 2>&1 ||
      die "the packages that it depends on could not be downloaded: $root.log"
    tar -C "$root" -cf "$root.tar" .
  fi
  rm -rf "$root"
  mkdir -p "$root"
  tar -C "$root" -xf "$root.tar"
  cp "$1" "$root/root/mini-llm.deb"
}

install_package() {
  say "== Installing, without a network"
  "${clean[@]}" apt-get -q install -y --no-install-recommends /root/mini-llm.deb >"$root.log" 2>&1 ||
    die "it could not be installed: $root.log"
  local kind
  for kind in window command-line; do
    [ -s "$root/usr/lib/mini-llm/startup/$kind.jsa" ] || die "no archive of classes was made for the $kind"
  done
}

# remove_package KEPT… : purges it; nothing of it may be left but the user's files, named under $home.
remove_package() {
  say "== Removing"
  "${clean[@]}" apt-get -q purge -y mini-llm >>"$root.log" 2>&1 || die "it could not be removed: $root.log"
  local left kept
  left=$(find "$root"/usr "$root"/etc "$root"/var/lib -iname '*mini-llm*' -o -iname '*minillm*' |
    grep -v "^$root/var/lib/apt" || true)
  [ -z "$left" ] || die "left behind: $left"
  for kept in "$@"; do
    [ -e "$home/$kept" ] || die "the user's $kept is gone"
  done
}

export SCREEN_LIMIT=600 # other work may have the processor
screen() { PYTHONDONTWRITEBYTECODE=1 python3 "$top/src/test/python/screen.py" "$@"; }

# await WHAT COMMAND… : until COMMAND succeeds, ten minutes at most; as long as $window runs.
await() {
  local what=$1
  shift
  for _ in $(seq 3000); do
    if "$@" >/dev/null 2>&1; then return 0; fi
    kill -0 "$window" 2>/dev/null || die "the window is gone while waiting for $what: $root.window"
    sleep 0.2
  done
  die "waited in vain for $what"
}
