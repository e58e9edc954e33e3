# shellcheck shell=sh
# How the JVM of the app is started, in a checkout (run.sh) and from the package (minillm): sourced.
# shellcheck disable=SC2034 # variables of who sources it

# Without a UTF-8 locale Java can neither open nor print names like "años.txt". Where the locale asked
# for is not generated, its language still counts.
ensure_utf8() {
  [ "$(locale charmap 2>/dev/null)" != UTF-8 ] || return 0
  case ${LC_ALL:-${LC_MESSAGES:-${LANG:-}}} in
    es*) MINILLM_JAVA_OPTS="-Duser.language=es ${MINILLM_JAVA_OPTS:-}" ;;
  esac
  LC_ALL=C.UTF-8
  export LC_ALL
}

# read_java_version HOME : sets $java_version to 17, 25 … In the shell alone: a start asks for that of
# every JDK.
read_java_version() {
  java_version=""
  while IFS='"' read -r key value _; do
    if [ "$key" = JAVA_VERSION= ]; then
      java_version=${value%%[!0-9]*}
      return
    fi
  done <"$1/release"
}

# java_version HOME : prints it.
java_version() {
  read_java_version "$1"
  echo "$java_version"
}

# asked_budget ARGUMENT… : sets $budget to the MB that a command line asks for with --max-memory-mb,
# or plan with --memory (empty for none), and $named_config to the file of --config. In the shell
# alone: every command asks for it.
asked_budget() {
  budget=""
  named_config=""
  memory=--max-memory-mb
  [ "${1:-}" != plan ] || memory=--memory
  option=""
  for argument in "$@"; do
    case $option in
      --max-memory-mb | "$memory") budget=$argument ;;
      --config) named_config=$argument ;;
    esac
    option=""
    case $argument in
      --) break ;;
      --max-memory-mb=* | "$memory"=*) budget=${argument#*=} ;;
      --config=*) named_config=${argument#*=} ;;
      --max-memory-mb | "$memory" | --config) option=$argument ;;
    esac
  done
  # What is no such number Java refuses, in a heap of the usual size.
  case $budget in
    *[!0-9]* | 0* | ????????*) budget="" ;;
  esac
}

# configured_budget FILE : sets $budget to the first number that a line of it gives for max_memory_mb,
# empty for none. In the shell alone: every start asks for it.
configured_budget() {
  budget=""
  [ -f "$1" ] && [ -r "$1" ] || return 0
  while read -r line || [ -n "$line" ]; do
    case $line in
      *'"max_memory_mb"'*[0-9]*)
        budget=${line#*'"max_memory_mb"'}
        budget=${budget#"${budget%%[0-9]*}"}
        budget=${budget%%[!0-9]*}
        return
        ;;
    esac
  done <"$1"
}

# jvm_flags KIND CONFIG VERSION ARGUMENT… : sets $flags for KIND (window, command-line) on that
# version of Java and those arguments, and $quiet_flags for a start with an archive of classes.
jvm_flags() {
  kind=$1
  default_config=$2
  java_release=$3
  shift 3
  # The heap: the budget (resources.max_memory_mb of config.json, or what the arguments ask for) less
  # what the process takes beside the heap: about 190 MB with the window open, 90 MB on the command
  # line.
  asked_budget "$@"
  [ -n "$budget" ] || configured_budget "${named_config:-$default_config}"
  budget=${budget:-512}
  if [ "$kind" = window ]; then beside=190; else beside=90; fi
  heap=$((budget - beside))
  [ "$heap" -ge 48 ] || heap=48

  flags="--add-modules=jdk.incubator.vector -XX:+UseSerialGC -Xmx${heap}m -Xms16m -Xmn8m
    -XX:MinHeapFreeRatio=5 -XX:MaxHeapFreeRatio=10 -XX:-ShrinkHeapInSteps -XX:ReservedCodeCacheSize=48m
    -XX:MaxMetaspaceSize=96m -Xss512k -XX:-UsePerfData
    -Dfile.encoding=UTF-8 -Dstdout.encoding=UTF-8 -Dstderr.encoding=UTF-8"
  [ "$java_release" -lt 22 ] || flags="$flags --enable-native-access=ALL-UNNAMED"
  # The first reflection of a start does not pay for method handles; none of it is done often.
  [ "$java_release" -lt 22 ] || flags="$flags -Djdk.reflect.useNativeAccessorOnly=true"
  # The newer JDKs collect the whole heap when a seventh of the code cache was filled anew.
  [ "$java_release" -lt 21 ] || flags="$flags -XX:SweeperThreshold=60"
  # On two cores the compilers hold up what a start waits for: they begin later.
  if [ "$kind" = window ]; then
    flags="$flags --add-modules=javafx.controls -Dprism.order=sw"
    [ "$java_release" -lt 22 ] || flags="$flags --enable-native-access=javafx.graphics"
    # So that an idle window does not wake 60 times a second (PulseTimer).
    flags="$flags --add-exports=javafx.graphics/com.sun.glass.ui=ALL-UNNAMED
      --add-exports=javafx.graphics/com.sun.javafx.tk=ALL-UNNAMED
      --add-opens=javafx.graphics/com.sun.javafx.tk.quantum=ALL-UNNAMED"
    # JavaFX 21 draws with sun.misc.Unsafe, which newer JDKs warn of.
    [ "$java_release" -lt 24 ] || flags="$flags --sun-misc-unsafe-memory-access=allow"
    # The JVM looks four times a second for locks to forget: a twentieth of what an idle window costs.
    # A JDK newer than those tried may not know the flag and would not start.
    [ "$java_release" -gt 25 ] ||
      flags="$flags -XX:+UnlockDiagnosticVMOptions -XX:AsyncDeflationInterval=2000"
    # Without a session bus GTK forks the whole process, twice, to start one with a program that then
    # is not there either: 6,000 page faults.
    if [ -z "${DBUS_SESSION_BUS_ADDRESS:-}" ] && [ ! -S "${XDG_RUNTIME_DIR:-}/bus" ] &&
      ! command -v dbus-launch >/dev/null; then
      DBUS_SESSION_BUS_ADDRESS=disabled:
      export DBUS_SESSION_BUS_ADDRESS
    fi
    # What a window runs only now and then is compiled later still, the engine as early as ever.
    flags="$flags -XX:CompileThresholdScaling=5 -XX:CompileCommand=quiet"
    for package in org.minillm jdk.incubator.vector jdk.internal.vm.vector; do
      flags="$flags -XX:CompileCommand=CompileThresholdScaling,$package.*::*,0.2"
    done
  else
    flags="$flags -XX:CompileThresholdScaling=2"
  fi
  # What the JVM says of an archive that it does not take would stand in the program's output.
  quiet_flags="-Xlog:disable -Xlog:all=error:stderr -Xlog:cds*=off:stderr"
  [ "$java_release" -lt 25 ] || quiet_flags="$quiet_flags -Xlog:aot*=off:stderr"
  # The window draws in software: without this GTK loads Mesa and LLVM, 60 MB that nothing uses.
  GDK_GL=disable
  MALLOC_ARENA_MAX=2
  export GDK_GL MALLOC_ARENA_MAX
}
