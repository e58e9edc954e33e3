#!/bin/bash
# Pictures of every page and pane, in both themes and both languages, at 1366 x 768 and with the
# window at 1.5 times its size on a screen of that many more pixels (WindowPictures.java).
#   src/test/scripts/screenshots.sh [SCALE…]      default: 1 1.5
# They go to target/screenshots/SCALE. Needs Xvfb and import (ImageMagick).
set -euo pipefail
top=$(cd "$(dirname "$(readlink -f "$0")")/../../.." && pwd)
if [ -z "${SHOT_SCALE:-}" ]; then
  [ $# -gt 0 ] || set -- 1 1.5
  for scale in "$@"; do
    screen=$(awk -v s="$scale" 'BEGIN { printf "%dx%d", 1366 * s, 768 * s }')
    SHOT_SCALE=$scale xvfb-run -a -s "-screen 0 ${screen}x24 -noreset" "$0"
    export DRIVEN_BUILT=1 # once is enough
  done
  exit 0
fi
# shellcheck source=src/test/scripts/driven-window.sh
. "$top/src/test/scripts/driven-window.sh"
pictures=$top/target/screenshots/$SHOT_SCALE
rm -rf "$pictures"
WINDOW_SETTINGS='{"language": "es", "scale": '$SHOT_SCALE', "tour_seen": true}'
driven_window "$top/target/pictures" org.minillm.gui.WindowPictures "$top/target/pictures" "$pictures"
