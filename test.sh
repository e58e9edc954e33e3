#!/bin/sh
# Runs the whole suite: the same set-up as run.sh, plus a virtual screen. On the oldest JDK found
# (17 on most machines), then on the newest; on each, the tests whose results depend on the CPU once
# more as smaller CPUs would run them.
set -eu
cd "$(dirname "$(readlink -f "$0")")"
# shellcheck source=packaging/setup.sh
. packaging/setup.sh

screen="-screen 0 1366x768x24"
reports=target/surefire-reports

tests_of() { sed -n 's/.*<testsuite [^>]* tests="\([0-9]*\)".*/\1/p' "$1"; }

# ran TAG LEAST: fails unless each class with that tag has run, all of them together with at least
# LEAST tests.
ran() {
  total=0
  for class in $(cd src/test/java && grep -rl "^@Tag(\"$1\")" .); do
    if grep -q '^@Tag("shared")' "src/test/java/$class" && ! [ -e ../shared/conformance ]; then
      continue
    fi
    report=$reports/TEST-$(echo "$class" | sed 's|^\./||; s|\.java$||; s|/|.|g').xml
    [ -e "$report" ] || die "$class has the tag $1 and was not run"
    total=$((total + $(tests_of "$report")))
  done
  [ "$total" -ge "$2" ] || die "only $total tests with the tag $1 ran; at least $2 were expected"
}

# mvn_test TITLE MAVEN-ARGUMENT…: runs tests, and fails where some were skipped or left out.
mvn_test() {
  say "== $1 ($(java_version "$JAVA_HOME"))"
  shift
  rm -rf "$reports"
  xvfb-run -a -s "$screen" mvn -B -ntp "$@"
  if grep -l '<skipped' "$reports"/TEST-*.xml; then die "tests were skipped (see the reports above)"; fi
  ran kernel 80
  ran gradient 45
  ran golden 1250
  ran resume 8
}

other_cpu() {
  title=$1
  shift
  mvn_test "As with $title" surefire:test "-Dgroups=kernel|gradient|golden|resume" "$@"
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
say "All tests passed."
