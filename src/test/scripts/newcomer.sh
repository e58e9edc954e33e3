#!/bin/bash
# The path of a newcomer in a clean Debian 12, with the mouse and the keyboard, a picture at each step:
# install the package, launch, chat with the shipped model in Spanish, train on a text dropped on the
# window, watch, chat with the new model, see why it said a word, export the chat, remove the package.
#   src/test/scripts/newcomer.sh [-s] [-m MINUTES] [-t TEXT] [DEB]
# -s: the pictures that the site shows also go, with few colours, to src/site/resources/newcomer.
# MINUTES: of the training (3; more on a busy machine, where nothing else is proposed). TEXT: what is dropped (models/starter-corpus/cuentos.txt). DEB:
# target/deb/mini-llm_…_ARCH.deb of this machine. Pictures and steps.log go to target/deb/newcomer.
# As root on Debian (see clean-debian.sh). Outside of the clean system: Xvfb, openbox (windows to drop
# on have a window manager), xdotool, import (ImageMagick), python3, a JDK whose AWT is whole.
set -euo pipefail
top=$(cd "$(dirname "$(readlink -f "$0")")/../../.." && pwd)
if [ -z "${NEWCOMER_SCREEN:-}" ]; then
  NEWCOMER_SCREEN=1 exec xvfb-run -a -s "-screen 0 1366x768x24 -noreset -ac" "$0" "$@"
fi
minutes=3
text=$top/models/starter-corpus/cuentos.txt
site=""
while getopts sm:t: option; do
  case $option in
    s) site=yes ;;
    m) minutes=$OPTARG ;;
    t) text=$(readlink -f "$OPTARG") ;;
    *) sed -n '2,/^set /{/^set /d;s/^# \{0,1\}//p}' "$0" >&2; exit 2 ;;
  esac
done
shift $((OPTIND - 1))
deb=$(readlink -f "${1:-$(ls "$top"/target/deb/mini-llm_*_"$(dpkg --print-architecture)".deb)}")
cd "$top"
# shellcheck source=src/test/scripts/clean-debian.sh
. src/test/scripts/clean-debian.sh
# shellcheck source=src/test/scripts/few-colours.sh
. src/test/scripts/few-colours.sh
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
shots=$top/target/deb/newcomer
rm -rf "$shots"
mkdir -p "$shots"
data=$home/.local/share/mini-llm
name=$(basename "$text")
model=${name%.*}
accent=35b8a6 # of the dark theme: filled buttons
red=ee6b62 # of the dark theme: errors
training=(835 111 519 404) # the pane's body: x, y, width, height

step() { say "== $*"; echo "$(date +%T) $*" >>"$shots/steps.log"; }
shot() { import -window root "$shots/$1.png"; }
still() { screen still "$@"; }
press() { xdotool key "$1" sleep 0.3; }
click() { xdotool mousemove "$1" "$2" sleep 0.1 click 1; }

# answers N : whether the stored chats hold N answers of models.
answers() { [ "$(cat "$data"/chats/*.json | grep -c '"role" *: *"assistant"')" -ge "$1" ]; }

# has COLOUR PICTURE : whether a pixel of the training pane has that colour in it.
has() {
  convert "$shots/$2.png" -crop "${training[2]}x${training[3]}+${training[0]}+${training[1]}" txt:- | grep -qi "#$1"
}

# primary WIDTH : where the training pane's filled button of at least that width is; waits for one.
primary() { SCREEN_LIMIT=1800 screen button $accent "$1" "${training[@]}"; }

# ---- installed and launched --------------------------------------------------------------------

step "install"
clean_debian "$deb"
install_package
mkdir -p "$home/Textos"
cp "$text" "$home/Textos/"
chown -R $user:$user "$home/Textos"
openbox --config-file "$top"/src/test/scripts/openbox.xml &
manager=$!
trap 'kill $manager ${window:-} 2>/dev/null || true' EXIT

step "launch"
screen letters é í # pressed as they are: what xdotool maps only while it types comes too late
export CLEAN_LANG=es_ES.UTF-8 # not generated there: its language counts all the same
"${ana[@]}" minillm >"$root.window" 2>&1 &
window=$!
await "the window" xdotool search --onlyvisible --name '^Mini-LLM$'
await "the shipped model" grep -q starter "$data/window.json"
still 1500 60 50 770 700
shot 01-launched

# ---- a chat ------------------------------------------------------------------------------------

step "skip the tour"
click 317 618
await "the tour to be away" grep -q '"tour_seen" *: *true' "$data/window.json"
step "chat with the shipped model"
click 400 695
xdotool type --delay 40 "Cuéntame un cuento de un perro"
shot 02-typed
xdotool key Return
await "an answer" answers 1
still 1500 69 111 752 540
shot 03-answered

# ---- a training --------------------------------------------------------------------------------

step "drop a text"
java=$(list_jdks | sort -n | while read -r _ home_of; do
  if [ -e "$home_of/lib/libawt_xawt.so" ]; then echo "$home_of" && break; fi
done)
[ -n "$java" ] || die "no JDK has a whole AWT"
before=$(screen sum 500 380 200 60)
"$java/bin/java" src/test/scripts/DragSource.java 520 400 "/home/ana/Textos/$name" &
source=$!
screen changed "$before" 500 380 200 60
still 500 500 380 200 60
xdotool mousemove 560 414 sleep 0.2 mousedown 1 sleep 0.3
for i in $(seq 20); do
  xdotool mousemove $((560 + 22 * i)) $((414 - 6 * i)) sleep 0.05
done
still 500 "${training[@]}"
shot 04-dragged
xdotool mouseup 1
wait $source || die "the text was not taken"
still 3000 "${training[@]}"
shot 05-dropped

step "let it propose a training of $minutes minutes"
read -r x y < <(primary 60)
xdotool mousemove 987 $((y + 40)) sleep 0.1 click --repeat 3 --delay 80 1
xdotool type --delay 40 "$minutes"
xdotool key Return
still 1000 "${training[@]}"
measuring=$(screen sum "${training[@]}")
screen changed "$measuring" "${training[@]}"
still 1500 "${training[@]}"
shot 06-proposed
if has $red 06-proposed; then die "nothing was proposed for $minutes minutes: see $shots/06-proposed.png"; fi
xdotool key space # the focus is on "Usar esto"
still 1000 "${training[@]}"

step "train"
read -r x y < <(primary 60)
click "$x" "$y"
await "the first steps" test -s "$data/models/$model/metrics.jsonl"
await "a quarter of the training" awk -v least=$((15 * minutes)) -F'"seconds":' \
  '{ seconds = $2 + 0 } END { exit seconds < least }' "$data/models/$model/metrics.jsonl"
shot 07-watched
read -r x y < <(primary 110) # a small chart may be as full of the accent
shot 08-trained

# ---- the new model -----------------------------------------------------------------------------

step "chat with the new model"
click "$x" "$y"
await "the new model" grep -q "models/$model" "$data/window.json"
still 1500 60 50 770 700
shot 09-opened
xdotool type --delay 40 "${NEWCOMER_PROMPT:-Había una vez}"
xdotool key Return
await "its answer" answers 2
still 1500 69 111 752 540
shot 10-continued

step "why this word"
for key in shift+Tab shift+Tab space; do press $key; done # from the field back to the last button but one
still 2000 69 111 752 640
for _ in 1 2 3 4 5; do press Right; done
still 1500 69 111 752 640
shot 11-why

step "export the chat"
xdotool key Escape
still 700 69 111 752 640
click 755 86
still 700 400 90 420 220
shot 12-menu
click 650 163
await "the dialog" xdotool search --onlyvisible --name 'Markdown'
still 1500
shot 13-export
xdotool key Return
await "the exported chat" sh -c 'ls "$1"/*.md' sh "$home"

# ---- closed and removed ------------------------------------------------------------------------

step "close"
xdotool key alt+F4
wait $window || die "the window ended with an error: $root.window"
step "remove"
kept=(.config/mini-llm/config.json .local/share/mini-llm/chats ".local/share/mini-llm/models/$model"
  .local/share/mini-llm/window.json)
remove_package "${kept[@]}"
{
  echo "Kept in /home/ana:"
  cd "$home"
  find . -type f -not -path './Textos/*' | sort
} >>"$shots/steps.log"
if [ -n "$site" ]; then
  for picture in "$top"/src/site/resources/newcomer/*.png; do
    few_colours "$shots/$(basename "$picture")" "$picture"
  done
fi
cat "$shots/steps.log" >&2
say "The path of a newcomer, $(find "$shots" -name '*.png' | wc -l) pictures: $shots"
