#!/bin/bash
# What the window costs while nothing happens in it: CPU time over a minute, in per cent of one core,
# whole and by thread, and the resident set.
#   src/test/scripts/idle.sh [SECONDS [AGE]]      default 60, from the 120th second after its start
set -euo pipefail
seconds=${1:-60} age=${2:-120}
top=$(cd "$(dirname "$(readlink -f "$0")")/../../.." && pwd)
if [ -z "${IDLE_SCREEN:-}" ]; then
  IDLE_SCREEN=1 exec xvfb-run -a -s "-screen 0 1366x768x24 -noreset" "$0" "$seconds" "$age"
fi
# shellcheck source=src/test/scripts/driven-window.sh
. "$top/src/test/scripts/driven-window.sh"
driven_window "$top/target/idle" org.minillm.launch.Main &
window=$!
trap 'kill $window 2>/dev/null || true' EXIT
sleep "$age" # start, warm-up, and what the JVM compiles after it

# ticks FILE : user and system time in hundredths of a second
ticks() { sed 's/.*) //' "$1" | awk '{ print $12 + $13 }'; }

threads() {
  local task
  for task in /proc/$window/task/*; do
    printf '%s %s\n' "$(tr ' ' '_' <"$task/comm")" "$(ticks "$task/stat")"
  done
}
before=$(ticks /proc/$window/stat)
threads >"$top/target/idle/before"
sleep "$seconds"
after=$(ticks /proc/$window/stat)
threads >"$top/target/idle/after"
awk -v t=$((after - before)) -v s="$seconds" 'BEGIN { printf "idle: %.2f %% of a core\n", t / s }'
awk -v s="$seconds" 'NR == FNR { was[$1] += $2; next } { now[$1] += $2 }
  END { for (n in now) if (now[n] > was[n]) printf "  %-18s %.2f %%\n", n, (now[n] - was[n]) / s }' \
  "$top/target/idle/before" "$top/target/idle/after" | sort -k 2 -nr | head -n 8
grep VmRSS /proc/$window/status
