# shellcheck shell=sh
# Maven's tests with a check that they ran: for test.sh and arm64.sh, which have sourced
# packaging/setup.sh. Sourced from the project's folder.

screen="-screen 0 1366x768x24"
reports=target/surefire-reports
# The tests whose results depend on the CPU: kernels, gradients, golden values, bit-exact resume.
# shellcheck disable=SC2034 # for those who source this
cpu_tests="-Dgroups=kernel|gradient|golden|resume"

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
