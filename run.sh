#!/bin/sh
# Starts Mini-LLM: the window without arguments, else the command line.
# Checks and installs what is missing (JDK 17 or newer, Maven, the window's libraries) and builds
# when the sources are newer than the jar.
#   ./run.sh                     the window
#   ./run.sh generate "Hola"     the command line; ./run.sh --help lists the commands
# The newest JDK runs it, or the one in MINILLM_JAVA_HOME; MINILLM_JAVA_OPTS adds flags of Java.
set -eu
called_from=$(pwd)
here=$(readlink -f "$0")
here=${here%/*}
cd "$here"
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
# shellcheck source=packaging/archive.sh
. packaging/archive.sh

ensure_utf8
jdk=${MINILLM_JAVA_HOME:-$(newest_jdk)}
stale=no
if build_needed; then stale=yes; fi
[ -n "$jdk" ] || want_jdk
[ $stale = no ] || want_maven
[ $# -gt 0 ] || want_window # a command does not wait for that
install_wanted
use_jdk "${jdk:-$(newest_jdk)}"
[ $stale = no ] || build

config=$here/config.json
if [ "$called_from" != "$here" ] && [ -r "$called_from/config.json" ] &&
  ! grep -qE '"(model_type|architectures)"' "$called_from/config.json"; then # else a model's
  config=$called_from/config.json
fi
if [ $# -gt 0 ]; then kind=command-line; else kind=window; fi
cd "$called_from" # where --config is looked for
read_java_version "$JAVA_HOME"
version=$java_version # names the archive of classes, too
jvm_flags $kind "$config" "$version" "$@"
cd "$here"
# JavaFX goes on the module path: it says so when it is loaded from the class path.
javafx=""
classes=$here/target/mini-llm.jar
for library in "$here"/target/lib/*.jar; do
  case ${library##*/} in
    javafx-*) javafx=$javafx:$library ;;
    *) classes=$classes:$library ;;
  esac
done
if [ $# -gt 0 ]; then
  archive command-line
  set -- -cp "$classes" org.minillm.launch.Main "$@"
  if [ "$archived" = no ]; then
    # shellcheck disable=SC2086
    make_archive $flags "-Dminillm.install=$here" -cp "$classes" org.minillm.launch.Main \
      startup "$here/models/starter.gguf" &
  fi
else
  archive window
  set -- --module-path "${javafx#:}" -cp "$classes" org.minillm.launch.Main
  if [ "$archived" = no ] && mkdir -p target/startup 2>/dev/null && [ -w target/startup ]; then
    # Written when the window is closed; this very process becomes the window.
    # shellcheck disable=SC2086
    keep_archive $$ $flags --module-path "${javafx#:}" -cp "$classes" --dry-run \
      org.minillm.launch.Main
    set -- "-XX:ArchiveClassesAtExit=$archive.part" "$@"
    flags="$flags $quiet_flags"
  fi
fi
if [ "$archived" = yes ]; then
  set -- "-XX:SharedArchiveFile=$archive" "$@"
  flags="$flags -Xshare:auto $quiet_flags"
fi
cd "$called_from"
# "using incubator modules" cannot be turned off by a flag and helps no user.
# shellcheck disable=SC2086
exec "$JAVA_HOME/bin/java" $flags ${MINILLM_JAVA_OPTS:-} "-Dminillm.install=$here" "$@"
