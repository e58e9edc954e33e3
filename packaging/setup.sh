# Set-up shared by run.sh and test.sh: finds or installs a JDK (17 or newer, the newest is
# preferred), Maven and the libraries of the window. Sourced, not run. Debian 12 and 13.

say() { printf '%s\n' "$*" >&2; }

die() {
  say "mini-llm: $*"
  exit 1
}

as_root() {
  if [ "$(id -u)" = 0 ]; then
    "$@"
  elif command -v sudo >/dev/null 2>&1; then
    sudo "$@"
  else
    die "installing packages needs root: install sudo, or run as root: $*"
  fi
}

installed() { [ "$(dpkg-query -W -f='${db:Status-Abbrev}' "$1" 2>/dev/null)" = "ii " ]; }

# The first of several package names that this Debian knows (libgtk-3-0 became libgtk-3-0t64).
first_known() {
  for name in "$@"; do
    if installed "$name"; then
      echo "$name"
      return
    fi
  done
  for name in "$@"; do
    if apt-cache show "$name" >/dev/null 2>&1; then
      echo "$name"
      return
    fi
  done
  echo "$1"
}

# install_missing NAME|ALTERNATIVE… : says what it is about to install, then installs it.
install_missing() {
  missing=""
  for choice in "$@"; do
    found=no
    for name in $(echo "$choice" | tr '|' ' '); do
      if installed "$name"; then found=yes; fi
    done
    [ "$found" = yes ] || missing="$missing $choice"
  done
  [ -n "$missing" ] || return 0
  command -v apt-get >/dev/null 2>&1 || die "these packages are missing and this is not Debian, install them by hand:$missing"
  say "Updating the package lists (apt-get update)"
  as_root env DEBIAN_FRONTEND=noninteractive apt-get update -qq >&2 || say "apt-get update failed; trying with the lists at hand"
  names=""
  for choice in $missing; do
    # shellcheck disable=SC2046
    names="$names $(first_known $(echo "$choice" | tr '|' ' '))"
  done
  say "Installing:$names"
  # shellcheck disable=SC2086
  as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $names >&2 ||
    die "could not install$names; see the lines above"
}

# Prints "VERSION HOME" of every JDK (with a compiler) from 17 up.
list_jdks() {
  for home in "${JAVA_HOME:-}" /usr/lib/jvm/*; do
    [ -n "$home" ] && [ -x "$home/bin/javac" ] && [ -r "$home/release" ] || continue
    version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$home/release")
    [ -n "$version" ] && [ "$version" -ge 17 ] && echo "$version $(readlink -f "$home")"
  done | sort -n -u
}

newest_jdk() { list_jdks | tail -n 1 | cut -d' ' -f2-; }

oldest_jdk() { list_jdks | head -n 1 | cut -d' ' -f2-; }

ensure_jdk() {
  [ -n "$(newest_jdk)" ] || install_missing "openjdk-25-jdk-headless|openjdk-21-jdk-headless|openjdk-17-jdk-headless"
  [ -n "$(newest_jdk)" ] || die "no JDK from 17 up was found under /usr/lib/jvm; set JAVA_HOME to one"
}

ensure_maven() {
  command -v mvn >/dev/null 2>&1 || install_missing maven
  # Maven may bring an older default Java; ours is chosen by JAVA_HOME.
}

ensure_window_libraries() {
  install_missing "libgtk-3-0|libgtk-3-0t64" libgl1 libxxf86vm1 libxtst6 libpangoft2-1.0-0 \
    libfreetype6 fontconfig fonts-dejavu-core
}

ensure_xvfb() { install_missing xvfb xauth; }

# Builds when a source is newer than the jar.
build_if_needed() {
  jar=target/mini-llm.jar
  if [ ! -e "$jar" ] || [ -n "$(find pom.xml src/main -newer "$jar" -print -quit)" ]; then
    ensure_maven
    say "Building (the first time takes a few minutes: Maven fetches the libraries)"
    mvn -q -B -DskipTests -Dspotless.check.skip=true package >&2 || die "the build failed; see the lines above"
    touch "$jar"
  fi
}
