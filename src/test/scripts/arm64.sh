#!/bin/sh
# Runs the tests whose results depend on the CPU (kernels, gradients, golden values, resume) with an
# ARM64 JDK under qemu-user, on a machine that is no ARM. Not part of the suite: it takes minutes.
#   src/test/scripts/arm64.sh [CPU]
# CPU is a model of qemu's: cortex-a72 (the default: 128-bit NEON, as in a Chromebook), or max
# (512-bit SVE). Needs Debian's apt-get and dpkg and the network, but not root: qemu-user-static and
# an ARM64 JRE with its libraries (130 MB) are downloaded by apt-get from the sources of this system
# and unpacked under target/arm64 (650 MB). Nothing is installed. Only the JVM of the tests is
# emulated, Maven is not.
set -eu
cd "$(dirname "$(readlink -f "$0")")/../../.."
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
# shellcheck source=src/test/scripts/checked-tests.sh
. src/test/scripts/checked-tests.sh

cpu=${1:-cortex-a72}
here=$(pwd)/target/arm64
root=$here/root
qemu=$here/qemu/usr/bin/qemu-aarch64-static

# apt-get with lists, archives and "installed" packages of its own, so that it plans for a bare ARM64.
arm_apt() {
  tool=$1
  shift
  "$tool" -q -o APT::Architecture=arm64 -o APT::Architectures::=arm64 -o Dir::State="$here/state" \
    -o Dir::State::status="$here/state/status" -o Dir::Cache="$here/cache" \
    -o APT::Sandbox::User="$(id -un)" "$@"
}

download() {
  for tool in apt-get apt-cache dpkg; do
    command -v $tool >/dev/null || die "$tool was not found: this script needs Debian"
  done
  mkdir -p "$here/state/lists/partial" "$here/cache/archives/partial" "$here/qemu"
  : > "$here/state/status"
  # Debian 12 and later: these are links in a real system, too.
  mkdir -p "$root/usr/bin" "$root/usr/sbin" "$root/usr/lib"
  ln -sfn usr/bin "$root/bin"
  ln -sfn usr/sbin "$root/sbin"
  ln -sfn usr/lib "$root/lib"

  say "== Downloading qemu-user-static for this machine"
  (cd "$here" && apt-get -q download qemu-user-static) >&2 ||
    die "qemu-user-static is not to be had from this system's apt sources (apt-get update?)"
  dpkg -x "$here"/qemu-user-static_*.deb "$here/qemu"

  say "== Downloading a JRE for ARM64"
  arm_apt apt-get update >&2 || say "a source has no lists for arm64; going on with the others"
  for name in openjdk-17-jre-headless openjdk-21-jre-headless openjdk-25-jre-headless none; do
    if arm_apt apt-cache show "$name" >/dev/null 2>&1; then break; fi
  done
  [ "$name" != none ] || die "this system's apt sources have no openjdk-…-jre-headless for arm64"
  arm_apt apt-get -y --download-only --no-install-recommends install "$name" >&2 ||
    die "$name or a package it needs could not be downloaded for arm64"
  for package in "$here"/cache/archives/*.deb; do dpkg -x "$package" "$root"; done
  # Links like conf/security -> /etc/java-17-openjdk/… mean the emulated system, not this one.
  find "$root" -type l -lname '/*' | while read -r link; do
    ln -sfn "$root$(readlink "$link")" "$link"
  done
}

# A "JDK" for Surefire: bin/java starts the emulated one.
wrap_java() {
  home=$(dirname "$(dirname "$(find "$root/usr/lib/jvm" -path '*/bin/java' | head -n 1)")")
  mkdir -p "$here/jdk/bin"
  cp "$home/release" "$here/jdk/release"
  cat > "$here/jdk/bin/java" <<END
#!/bin/sh
exec "$qemu" -cpu "$cpu" -L "$root" "$home/bin/java" "\$@"
END
  chmod +x "$here/jdk/bin/java"
  "$here/jdk/bin/java" -version || die "the emulated java does not start"
}

want_jdk
want_maven
install_wanted
use_jdk "$(oldest_jdk)"
check_writable
[ -e "$here/complete" ] || { download && touch "$here/complete"; }
wrap_java
mvn -q -B -ntp test-compile dependency:copy-dependencies@libraries-for-the-launcher
started=$(date +%s)
mvn_test "ARM64 (qemu, $cpu)" surefire:test "$cpu_tests" -Djvm="$here/jdk/bin/java"
"$here/jdk/bin/java" --add-modules=jdk.incubator.vector -Xmx200m -cp \
  "target/classes:$(echo target/lib/*.jar | tr ' ' ':')" org.minillm.launch.Main info
say "ARM64 tests passed on $cpu in $(($(date +%s) - started)) s."
