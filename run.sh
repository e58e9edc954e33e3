#!/bin/sh
# Starts Mini-LLM: the window without arguments, else the command line.
# Checks and installs what is missing (JDK 17 or newer, Maven, the window's libraries) and builds
# when the sources are newer than the jar.
#   ./run.sh                     the window
#   ./run.sh generate "Hola"     the command line; ./run.sh --help lists the commands
set -eu
called_from=$(pwd)
here=$(dirname "$(readlink -f "$0")")
cd "$here"
. packaging/setup.sh

ensure_jdk
JAVA_HOME=$(newest_jdk)
export JAVA_HOME
build_if_needed
[ $# -gt 0 ] || ensure_window_libraries

# The heap: the budget (resources.max_memory_mb of config.json) less what the process takes beside
# the heap: about 190 MB with the window open, 90 MB on the command line.
config=config.json
[ -r "$called_from/config.json" ] && config=$called_from/config.json
budget=$(sed -n 's/.*"max_memory_mb"[^0-9]*\([0-9][0-9]*\).*/\1/p' "$config" 2>/dev/null | head -n 1)
budget=${budget:-512}
if [ $# -eq 0 ]; then beside=190; else beside=90; fi
heap=$((budget - beside))
[ "$heap" -ge 48 ] || heap=48

flags="--add-modules=jdk.incubator.vector -XX:+UseSerialGC -Xmx${heap}m -Xms16m -Xmn8m
  -XX:MinHeapFreeRatio=5 -XX:MaxHeapFreeRatio=10 -XX:ReservedCodeCacheSize=48m
  -XX:MaxMetaspaceSize=96m -Xss512k -XX:-UsePerfData
  -Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8 -Dminillm.install=$here"
version=$(sed -n 's/^JAVA_VERSION="\([0-9]*\).*/\1/p' "$JAVA_HOME/release")
[ "$version" -lt 22 ] || flags="$flags --enable-native-access=ALL-UNNAMED"
# JavaFX goes on the module path: it says so when it is loaded from the class path.
javafx=""
classes=target/mini-llm.jar
for jar in target/lib/*.jar; do
  case $jar in
    target/lib/javafx-*) javafx=$javafx:$here/$jar ;;
    *) classes=$classes:$here/$jar ;;
  esac
done
classes=$here/$classes
if [ $# -eq 0 ]; then
  flags="$flags --module-path ${javafx#:} --add-modules=javafx.controls -Dprism.order=sw"
  [ "$version" -lt 22 ] || flags="$flags --enable-native-access=javafx.graphics"
fi
MALLOC_ARENA_MAX=2
export MALLOC_ARENA_MAX
cd "$called_from"
# "using incubator modules" cannot be turned off by a flag and helps no user.
# shellcheck disable=SC2086
exec "$JAVA_HOME/bin/java" $flags ${MINILLM_JAVA_OPTS:-} -cp "$classes" org.minillm.launch.Main "$@"
