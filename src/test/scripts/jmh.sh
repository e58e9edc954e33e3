#!/bin/sh
# JMH benchmarks of the kernels (src/test/java/org/minillm/benchmark), in JAVA_HOME or else the newest
# JDK. Arguments are JMH's: a pattern of names, options (-h lists them).
#   src/test/scripts/jmh.sh                               all (about 7 minutes)
#   src/test/scripts/jmh.sh Gemm -p kernels=best -wi 2 -i 3
set -eu
cd "$(dirname "$0")/../../.."
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
use_jdk "${JAVA_HOME:-$(newest_jdk)}"
mvn -q -B test-compile dependency:build-classpath -Dmdep.outputFile=target/test-classpath >&2
exec "$JAVA_HOME/bin/java" --add-modules=jdk.incubator.vector -XX:+UseSerialGC \
  -cp "target/test-classes:target/classes:$(cat target/test-classpath)" org.openjdk.jmh.Main "$@"
