#!/bin/sh
# Runs the whole suite: the same set-up as run.sh, plus a virtual screen. On the oldest JDK found
# (17 on most machines), then on the newest; on each, the tests whose results depend on the CPU once
# more as smaller CPUs would run them.
set -eu
cd "$(dirname "$(readlink -f "$0")")"
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
# shellcheck source=src/test/scripts/checked-tests.sh
. src/test/scripts/checked-tests.sh

other_cpu() {
  title=$1
  shift
  mvn_test "As with $title" surefire:test "$cpu_tests" "$@"
}

other_cpus() {
  other_cpu "256-bit vectors" -Dtest.flags=-XX:UseAVX=2
  other_cpu "128-bit vectors and no FMA" -Dtest.flags="-XX:UseAVX=0 -XX:-UseFMA"
  other_cpu "no vector module" -Dtest.modules=
}

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

mvn_test "The suite" verify
other_cpus
if [ "$newest" != "$oldest" ]; then
  use_jdk "$newest"
  mvn_test "The suite" surefire:test
  other_cpus
fi
other_cpu "every choice forced" \
  -Dtest.flags="-Dminillm.fma=off -Dminillm.tile=4 -Dminillm.int8=scalar"
./run.sh info >/dev/null || { say "./run.sh info failed, though the tests passed."; exit 1; }
say "All tests passed."
