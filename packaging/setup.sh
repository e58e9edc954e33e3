# shellcheck shell=sh
# Set-up shared by run.sh, test.sh and install-launcher.sh: finds or installs a JDK (17 or newer,
# the newest is preferred), Maven and the libraries of the window, and builds. Sourced from the
# project's folder, not run. Debian 12 and 13; elsewhere it checks and says what is missing.

# shellcheck source=packaging/jvm.sh
. packaging/jvm.sh

say() { printf '%s\n' "$*" >&2; }

die() {
  say "mini-llm: $*"
  exit 1
}

# want NAME|ALTERNATIVE… : notes the packages of which no alternative is installed. Asks for all of
# them at once: each start of dpkg-query takes longer than its answer.
wanted=""
want() {
  # shellcheck disable=SC2046
  known=$(dpkg-query -W -f='${db:Status-Abbrev}:${Package}:\n' $(echo "$*" | tr '|' ' ') 2>/dev/null || true)
  for choice in "$@"; do
    names=$choice
    while [ -n "$names" ]; do
      case $known in
        *?i?:"${names%%|*}":*) continue 2 ;;
      esac
      case $names in
        *"|"*) names=${names#*|} ;;
        *) names="" ;;
      esac
    done
    wanted="$wanted $choice"
  done
}

want_jdk() {
  [ -n "$(newest_jdk)" ] || want "openjdk-25-jdk-headless|openjdk-21-jdk-headless|openjdk-17-jdk-headless"
}

want_maven() { command -v mvn >/dev/null 2>&1 || want maven; }

want_window() {
  want "libgtk-3-0|libgtk-3-0t64" libgl1 libxxf86vm1 libxtst6 libpangoft2-1.0-0 libfreetype6 \
    fontconfig fonts-dejavu-core
}

want_virtual_screen() { want xvfb xauth; }

# Prints what is wanted: of alternatives the first that this Debian knows.
wanted_names() {
  for choice in $wanted; do
    first=${choice%%|*}
    for name in $(echo "$choice" | tr '|' ' '); do
      if apt-cache show "$name" >/dev/null 2>&1; then
        first=$name
        break
      fi
    done
    printf ' %s' "$first"
  done
}

as_root() {
  if [ "$(id -u)" = 0 ]; then "$@"; else sudo "$@"; fi
}

# Says what it is about to install, then installs what was wanted.
install_wanted() {
  [ -n "$wanted" ] || return 0
  if ! command -v apt-get >/dev/null 2>&1; then
    say "mini-llm: this is not Debian; install what these packages of Debian hold, if it is missing:$wanted"
    return 0
  fi
  if [ "$(id -u)" != 0 ] && ! command -v sudo >/dev/null 2>&1; then
    die "packages are missing and there is no sudo to install them with. As root: apt-get install$(wanted_names)"
  fi
  say "Updating the package lists (apt-get update)"
  as_root apt-get update -qq >&2 || say "apt-get update failed; going on with the lists at hand"
  names=$(wanted_names)
  say "Installing:$names"
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends $names >&2 ||
    die "could not install$names (see the lines above). Is the network up?"
  wanted=""
}

# is_jdk HOME : with a compiler.
is_jdk() { [ -n "$1" ] && [ -x "$1/bin/javac" ] && [ -r "$1/release" ]; }

# Prints the home of the JDK on the path, if there is one.
jdk_on_path() {
  on_path=$(readlink -f "$(command -v javac)") || return 0
  echo "${on_path%/bin/javac}"
}

# Prints "VERSION HOME" of the JDKs from 17 up, oldest first.
list_jdks() {
  for home in "${JAVA_HOME:-}" "$(jdk_on_path)" /usr/lib/jvm/*; do
    if is_jdk "$home"; then
      read_java_version "$home"
      [ "${java_version:-0}" -lt 17 ] || echo "$java_version $(readlink -f "$home")"
    fi
  done | sort -n -u
}

# Of two as new the one in JAVA_HOME or on the path. In few processes: every start asks for it.
newest_jdk() {
  newest_home=""
  newest_version=16
  for home in "${JAVA_HOME:-}" "$(jdk_on_path)" /usr/lib/jvm/*; do
    if is_jdk "$home" && read_java_version "$home" && [ "${java_version:-0}" -gt $newest_version ]; then
      newest_home=$home
      newest_version=$java_version
    fi
  done
  [ -z "$newest_home" ] || readlink -f "$newest_home"
}

oldest_jdk() { list_jdks | head -n 1 | cut -d' ' -f2-; }

# Sets JAVA_HOME, which Maven obeys too.
use_jdk() {
  [ -n "$1" ] || die "no JDK from 17 up was found (JAVA_HOME, PATH, /usr/lib/jvm); a JRE without javac is not enough"
  JAVA_HOME=$1
  export JAVA_HOME
}

jar=target/mini-llm.jar

build_needed() { [ ! -e "$jar" ] || [ -n "$(find pom.xml src/main -newer "$jar" -print -quit)" ]; }

check_writable() {
  if [ -e target ]; then place=target; else place=.; fi
  [ -w "$place" ] || die "$(id -un) may not write to $(readlink -f "$place"), where the build goes. \
Build it as its owner (./run.sh --version), or clone the project into a folder of your own."
}

build() {
  check_writable
  command -v mvn >/dev/null 2>&1 || die "Maven (mvn) was not found"
  mkdir -p target
  {
    # A second start, from the launcher, waits for the build of the first.
    flock 9
    build_needed || return 0
    say "Building with $JAVA_HOME (minutes the first time, when Maven fetches the libraries)"
    rm -rf target/lib # no older version may stay beside a newer one
    mvn -q -B -ntp -DskipTests -Dspotless.check.skip=true package >&2 9>&- ||
      die "the build failed (see the lines above). The first build needs the network: Maven Central."
    touch "$jar"
  } 9>target/build.lock
}
