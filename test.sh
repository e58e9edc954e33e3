#!/bin/sh
# Runs the whole suite: the same set-up as run.sh, plus a virtual screen. On the oldest JDK found
# (17 on most machines), then on the newest; the kernel tests also as smaller CPUs would run them.
set -eu
cd "$(dirname "$(readlink -f "$0")")"
# shellcheck source=packaging/setup.sh
. packaging/setup.sh

ensure_utf8
want_jdk
want_maven
want_window
want_virtual_screen
install_wanted
oldest=$(oldest_jdk)
newest=$(newest_jdk)
use_jdk "$oldest"
check_writable
screen="-screen 0 1366x768x24"

say "== The suite on $oldest"
xvfb-run -a -s "$screen" mvn -B -ntp verify

if [ "$newest" != "$oldest" ]; then
  say "== The suite on $newest"
  JAVA_HOME=$newest xvfb-run -a -s "$screen" mvn -B -ntp surefire:test
fi

say "== Kernel tests with 256-bit vectors, with 128-bit vectors and no FMA, and without the vector module"
mvn -B -ntp surefire:test -Dgroups=kernel -Dtest.flags=-XX:UseAVX=2
mvn -B -ntp surefire:test -Dgroups=kernel -Dtest.flags="-XX:UseAVX=0 -XX:-UseFMA"
mvn -B -ntp surefire:test -Dgroups=kernel -Dtest.modules=
say "All tests passed."
