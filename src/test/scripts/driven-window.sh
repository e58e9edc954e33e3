# shellcheck shell=bash disable=SC2154
# The app's window with a program of the test sources in its process, with the flags run.sh gives it.
# Sourced, with $top set; needs a screen.
# shellcheck source=packaging/setup.sh
. "$top/packaging/setup.sh"
ensure_utf8
use_jdk "${MINILLM_JAVA_HOME:-$(newest_jdk)}"
cd "$top"
# DRIVEN_BUILT=1: what is compiled already is measured.
[ -n "${DRIVEN_BUILT:-}" ] ||
  mvn -o -q -B test-compile dependency:build-classpath -Dmdep.outputFile=target/test-classpath >&2

# driven_window HOME CLASS ARGUMENTS… : becomes CLASS in a new home with a configuration and a copy of
# the starter model.
driven_window() {
  local home=$1 class=$2 modules="" classes=target/test-classes:target/classes library
  shift 2
  rm -rf "$home"
  mkdir -p "$home/models" "$home/data"
  cp models/starter.gguf "$home/models/"
  [ -z "${WINDOW_SETTINGS:-}" ] || printf '%s\n' "$WINDOW_SETTINGS" >"$home/data/window.json"
  echo '{"resources": {"model_dir": "models", "cache_dir": "cache"}}' >"$home/config.json"
  for library in $(tr ':' ' ' <target/test-classpath); do
    case ${library##*/} in
      javafx-*linux*) modules=$modules:$library ;;
      javafx-*) ;;
      *) classes=$classes:$library ;;
    esac
  done
  classes=$(for part in $(tr ':' ' ' <<<"$classes"); do printf '%s:' "$(readlink -f "$part")"; done)
  jvm_flags window "$home/config.json" "$(java_version "$JAVA_HOME")"
  cd "$home"
  # shellcheck disable=SC2086
  exec "$JAVA_HOME/bin/java" $flags ${MINILLM_JAVA_OPTS:-} -Dminillm.home="$home/data" \
    -Dminillm.install="$home" --module-path "${modules#:}" -cp "$classes" "$class" "$@"
}
