#!/bin/bash
# How long the window's thread lets an event wait (WindowStalls.java): idle, then while the base
# configuration is trained behind a curve of 100,000 points, the chat streams and somebody clicks.
#   src/test/scripts/stalls.sh [SECONDS]      default 60
# Prints percentiles in milliseconds, the peak of the process, and where it was when it was slow. The
# window has the flags that run.sh gives it, and a home of its own under target/stalls.
set -euo pipefail
seconds=${1:-60}
top=$(cd "$(dirname "$(readlink -f "$0")")/../../.." && pwd)
if [ -z "${STALLS_SCREEN:-}" ]; then
  STALLS_SCREEN=1 exec xvfb-run -a -s "-screen 0 1366x768x24 -noreset" "$0" "$seconds"
fi
# shellcheck source=src/test/scripts/driven-window.sh
. "$top/src/test/scripts/driven-window.sh"
driven_window "$top/target/stalls" org.minillm.gui.WindowStalls "$top/target/stalls" "$seconds"
