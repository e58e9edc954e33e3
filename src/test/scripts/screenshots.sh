#!/bin/bash
# Pictures of every page and pane, in both themes and both languages, at 1366 x 768 and with the
# window at 1.5 times its size on a screen of that many more pixels (WindowPictures.java).
#   src/test/scripts/screenshots.sh [-s] [SCALE…]      default: 1 1.5
# They go to target/screenshots/SCALE. -s: also, with few colours, to src/site/resources/panes: popovers
# and views inside of a pane in one look, of another scale than 1 the main ones only. Needs Xvfb and
# ImageMagick. Takes about five minutes a scale, with a training of its own in it.
set -euo pipefail
top=$(cd "$(dirname "$(readlink -f "$0")")/../../.." && pwd)
# shellcheck source=src/test/scripts/few-colours.sh
. "$top/src/test/scripts/few-colours.sh"

# site_pictures SCALE : those of the site, small.
site_pictures() {
  local scale=$1 from=$top/target/screenshots/$1 to=$top/src/site/resources/panes picture name
  mkdir -p "$to"
  [ "$scale" != 1 ] || rm -f "$to"/*.png
  for picture in "$from"/*.png; do
    name=$(basename "$picture")
    case $scale-${name%.png} in
      1-*-sampling | 1-*-chats | 1-*-training-* | 1-*-model-card | 1-*-why-this-word)
        [[ $name == dark-es-* ]] || continue
        ;;
      1-*) ;;
      *-dark-es-chat | *-light-en-training) name=$scale-$name ;;
      *) continue ;;
    esac
    few_colours "$picture" "$to/$name"
  done
  echo "$to: $(find "$to" -name '*.png' | wc -l) pictures, $(du -ch "$to"/*.png | tail -n 1 | cut -f1)"
}

if [ -z "${SHOT_SCALE:-}" ]; then
  site=""
  if [ "${1:-}" = -s ]; then
    site=yes
    shift
  fi
  [ $# -gt 0 ] || set -- 1 1.5
  for scale in "$@"; do
    screen=$(awk -v s="$scale" 'BEGIN { printf "%dx%d", 1366 * s, 768 * s }')
    SHOT_SCALE=$scale xvfb-run -a -s "-screen 0 ${screen}x24 -noreset" "$0"
    export DRIVEN_BUILT=1 # once is enough
    [ -z "$site" ] || site_pictures "$scale"
  done
  exit 0
fi
# shellcheck source=src/test/scripts/driven-window.sh
. "$top/src/test/scripts/driven-window.sh"
pictures=$top/target/screenshots/$SHOT_SCALE
rm -rf "$pictures"
WINDOW_SETTINGS='{"language": "es", "scale": '$SHOT_SCALE'}'
home=/tmp/mini-llm-pictures # the pictures show it
driven_window $home org.minillm.gui.WindowPictures $home \
  "$top/models/starter-corpus/cuentos.txt" "$pictures"
