#!/bin/sh
# What each file made to harm costs its reader until it is refused: milliseconds, megabytes allocated
# and the message; the largest of all last. From a checkout whose tests are compiled (mvn test-compile).
set -eu
cd "$(dirname "$(readlink -f "$0")")/../../.."
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
use_jdk "${JAVA_HOME:-$(newest_jdk)}"
[ -s target/test-classpath ] ||
  mvn -q -B dependency:build-classpath -Dmdep.outputFile=target/test-classpath >&2
exec "$JAVA_HOME/bin/java" -XX:+UseSerialGC -Xmx128m \
  -cp "target/test-classes:target/classes:$(cat target/test-classpath)" \
  org.minillm.format.HostileFilesTest
