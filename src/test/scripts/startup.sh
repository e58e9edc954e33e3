#!/bin/bash
# How long a start takes, in rounds that take turns; prints medians, in milliseconds.
#   src/test/scripts/startup.sh [-r ROUNDS] [token|window…]
# token: ./run.sh generate on a random model of shape M (8192 x 256 x 4 layers, context 256, float32)
#   with a prompt of 8 tokens, from the start of run.sh until the first byte of text, on the newest
#   and on the oldest JDK; "java": from the start of the Java command that run.sh becomes.
# window: ./run.sh under Xvfb until it has drawn text (first_frame.py looks at the screen), beside an
#   empty JavaFX window (EmptyWindow.java) with the same flags and a class-data archive of its own.
# Everything is built, in the page cache and has its archive before it is measured. Needs python3
# with numpy, gguf and safetensors for the model; xvfb-run and libX11 for the window. ROUNDS: 7.
set -euo pipefail
rounds=7
while getopts r: option; do
  case $option in
    r) rounds=$OPTARG ;;
    *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
[ $# -gt 0 ] || set -- token window
top=$(cd "$(dirname "$0")/../../.." && pwd)
if [ -z "${STARTUP_SCREEN:-}" ] && [[ " $* " == *" window "* ]]; then
  STARTUP_SCREEN=1 exec xvfb-run -a -s "-screen 0 1366x768x24 -noreset" "$top/src/test/scripts/startup.sh" \
    -r "$rounds" "$@"
fi
cd "$top"
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
newest=$(newest_jdk)
oldest=$(oldest_jdk)
python=src/test/python
export GDK_GL=disable MALLOC_ARENA_MAX=2 # as run.sh sets them
work=$top/target/startup-times
mkdir -p "$work/data"
export XDG_DATA_HOME=$work/data # the window's memory of other starts stays out of it
./run.sh --version >/dev/null   # builds what is not built

median() { sort -g | awk '{ x[NR] = $1 } END { print NR ? x[int((NR + 1) / 2)] : "none" }'; }

# report NAME… : of the files with that name, one value a line.
report() {
  for name in "$@"; do
    printf '%-28s median %5s ms, least %5s, of %s\n' "$name" "$(median <"$work/$name")" \
      "$(sort -g "$work/$name" | head -n 1)" "$(wc -l <"$work/$name")"
  done
}

# read_command [ARGUMENTS…] : sets java_command to the Java command that ./run.sh becomes.
read_command() {
  ./run.sh "$@" >/dev/null 2>&1 &
  local pid=$!
  until [ "$(basename "$(readlink "/proc/$pid/exe")")" = java ]; do
    kill -0 $pid 2>/dev/null || die "run.sh did not become java"
    sleep 0.01
  done
  mapfile -d '' java_command <"/proc/$pid/cmdline"
  [ $# -gt 0 ] || { sleep 5; kill $pid; }
  wait $pid || true
}

# Waits until the archive of that name, made in the background, is there; run.sh takes none that is
# older than the jar.
await_archive() {
  local file
  for _ in $(seq 120); do
    for file in target/startup/"$1"-*.jsa; do
      if [ "$file" -nt target/mini-llm.jar ] && flock -n target/startup/lock true; then return 0; fi
    done
    sleep 0.5
  done
  die "no archive $1 was made"
}

# ---- first token -------------------------------------------------------------------------------

# first_token COMMAND… : prints the time until the first byte; the prompt comes with the first token.
first_token() {
  local begin end first
  begin=${EPOCHREALTIME/[.,]/}
  exec 3< <("$@" 2>/dev/null)
  IFS= read -r -N 1 -u 3 first
  end=${EPOCHREALTIME/[.,]/}
  cat <&3 >/dev/null
  exec 3<&-
  [ -n "$first" ] || die "generate printed nothing"
  echo $(((end - begin + 500) / 1000))
}

tokens() {
  [ -e "$work/M/hf/tokenizer.json" ] ||
    python3 $python/rival_models.py write M "$work/M" --context 256 >&2
  jdks=("$newest")
  [ "$oldest" = "$newest" ] || jdks+=("$oldest")
  local generate=(generate --raw --temperature 0 --max-tokens 4 --model "$work/M/hf" abcdefgh)
  local names=() name
  for jdk in "${jdks[@]}"; do
    name=first-token-jdk-$(java_version "$jdk")
    MINILLM_JAVA_HOME=$jdk read_command "${generate[@]}"
    sleep 1
    await_archive "command-line-$(java_version "$jdk")"
    MINILLM_JAVA_HOME=$jdk read_command "${generate[@]}"
    printf '%q ' "${java_command[@]}" >"$work/$name-command"
    : >"$work/$name"
    : >"$work/$name-java"
    names+=("$name" "$name-java")
  done
  for _ in $(seq "$rounds"); do
    for jdk in "${jdks[@]}"; do
      name=first-token-jdk-$(java_version "$jdk")
      MINILLM_JAVA_HOME=$jdk first_token ./run.sh "${generate[@]}" >>"$work/$name"
      eval "java_command=($(cat "$work/$name-command"))"
      first_token "${java_command[@]}" >>"$work/$name-java"
    done
  done
  report "${names[@]}"
}

# ---- first frame -------------------------------------------------------------------------------

# first_frame COMMAND… : what it says itself is shown when it fails.
first_frame() {
  python3 $python/first_frame.py "$@" 2>"$work/messages" || {
    cat "$work/messages" >&2
    return 1
  }
}

windows() {
  local home=${MINILLM_JAVA_HOME:-$newest} archive=$work/empty.jsa argument
  export MINILLM_JAVA_HOME=$home
  read_command # makes the archive, where there is none
  await_archive "window-$(java_version "$home")"
  read_command
  local window_command=("${java_command[@]}")
  mkdir -p "$work/empty"
  local javafx
  javafx=$(printf '%s:' target/lib/javafx-*.jar)
  "$home/bin/javac" --module-path "$javafx" --add-modules javafx.controls -d "$work/empty" \
    src/test/scripts/EmptyWindow.java
  "$home/bin/jar" --create --file "$work/empty.jar" -C "$work/empty" .
  empty_command=()
  local previous=""
  for argument in "${window_command[@]}"; do
    if [ "$previous" = -cp ]; then argument=$work/empty.jar; fi
    previous=$argument
    case $argument in
      -XX:SharedArchiveFile=*) argument=-XX:SharedArchiveFile=$archive ;;
      org.minillm.launch.Main) argument='EmptyWindow$Main' ;;
    esac
    empty_command+=("$argument")
  done
  local making=()
  for argument in "${empty_command[@]}"; do
    case $argument in
      -XX:SharedArchiveFile=*) argument=-XX:ArchiveClassesAtExit=$archive ;;
      -Xshare:*) continue ;;
    esac
    making+=("$argument")
  done
  rm -f "$archive"
  first_frame "${making[@]}" >/dev/null
  [ -e "$archive" ] || die "no archive of the empty window was made"
  : >"$work/first-frame-ours"
  : >"$work/first-frame-empty"
  for _ in $(seq "$rounds"); do
    first_frame "${window_command[@]}" >>"$work/first-frame-ours"
    first_frame "${empty_command[@]}" >>"$work/first-frame-empty"
  done
  report first-frame-ours first-frame-empty
  paste "$work/first-frame-ours" "$work/first-frame-empty" | awk '{ print $1 / $2 }' | median |
    awk '{ printf "median of the ratios             %.2f\n", $1 }'
}

for what in "$@"; do
  case $what in
    token) tokens ;;
    window) windows ;;
    *) die "$what is not known; allowed: token, window" ;;
  esac
done
