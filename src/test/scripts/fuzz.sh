#!/bin/sh
# Damages valid files of every model format at random, with another seed each round, and has the
# readers open them in a small heap: src/test/scripts/fuzz.sh MINUTES [FIRST_SEED]. Ends at the first
# reader that fails and tells its seed. From a checkout whose tests are compiled (mvn test-compile).
set -eu
cd "$(dirname "$(readlink -f "$0")")/../../.."
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
use_jdk "${JAVA_HOME:-$(newest_jdk)}"
[ -s target/test-classpath ] ||
  mvn -q -B dependency:build-classpath -Dmdep.outputFile=target/test-classpath >&2
exec "$JAVA_HOME/bin/java" --add-modules=jdk.incubator.vector -XX:+UseSerialGC -Xmx64m \
  -cp "target/test-classes:target/classes:$(cat target/test-classpath)" \
  org.minillm.format.Fuzzing "$@"
