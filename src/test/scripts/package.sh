#!/bin/bash
# Installs the Debian package in a clean Debian 12, uses it there and removes it.
#   src/test/scripts/package.sh [DEB]         DEB: target/deb/mini-llm_…_ARCH.deb of this machine
# As root (debootstrap, chroot) on Debian. The clean system stands in target/deb/clean; it and the
# packages that DEB depends on are downloaded (90 MB), everything after that runs without a network.
# Screen and tools are outside of it: Xvfb, xdotool, import (ImageMagick), python3. Screenshots go to
# target/deb/screenshots.
set -euo pipefail
top=$(cd "$(dirname "$(readlink -f "$0")")/../../.." && pwd)
cd "$top"
if [ -z "${PACKAGE_SCREEN:-}" ]; then
  PACKAGE_SCREEN=1 exec xvfb-run -a -s "-screen 0 1366x768x24 -noreset -ac" "$0" "$@"
fi
# shellcheck source=src/test/scripts/clean-debian.sh
. src/test/scripts/clean-debian.sh
deb=$(readlink -f "${1:-$(ls target/deb/mini-llm_*_"$(dpkg --print-architecture)".deb)}")
shots=$top/target/deb/screenshots
mkdir -p "$shots"
clean_debian "$deb"
install_package
if command -v desktop-file-validate >/dev/null; then
  desktop-file-validate "$root/usr/share/applications/mini-llm.desktop"
fi
if command -v appstreamcli >/dev/null; then
  appstreamcli validate --no-net "$root"/usr/share/metainfo/*.xml >&2
fi

# ---- used --------------------------------------------------------------------------------------

say "== The window"
export CLEAN_LANG=es_ES.UTF-8 # not generated there: its language counts all the same
"${ana[@]}" minillm >"$root.window" 2>&1 &
window=$!
trap 'kill $window 2>/dev/null || true' EXIT
await "the window" xdotool search --onlyvisible --name '^Mini-LLM$'
id=$(xdotool search --onlyvisible --name '^Mini-LLM$' | head -n 1)
await "the shipped model" grep -q starter "$home/.local/share/mini-llm/window.json"
screen still 1500 60 50 770 700
import -window root "$shots/opened.png"
xdotool windowfocus "$id" || true # there is no window manager
sleep 0.5
xdotool type --delay 40 "Cuentame un cuento"
xdotool key Return
await "an answer" grep -qs '"role" *: *"assistant"' "$home"/.local/share/mini-llm/chats -r
screen still 1500 60 50 770 700
import -window root "$shots/answered.png"
kill $window
wait $window || true
grep -q "Cuentame un cuento" "$home"/.local/share/mini-llm/chats/* || die "the prompt is in no chat"
[ ! -e "$home/.openjfx" ] || die "JavaFX copied its libraries into the home directory"
[ -e "$home/.config/mini-llm/config.json" ] || die "the user has no configuration"

say "== The command line"
export CLEAN_LANG=C.UTF-8
mkdir -p "$home/texts"
cp models/starter-corpus/cuentos.txt "$home/texts/"
"${ana[@]}" minillm generate --max-tokens 12 --temperature 0 "Había una vez" >&2
"${ana[@]}" minillm train --preset nano --steps 5 --data /home/ana/texts --out /home/ana/.local/share/mini-llm/models/mine >&2
"${ana[@]}" minillm quantize mine --to q8_0 >&2
"${ana[@]}" minillm models >"$root.models"
cat "$root.models" >&2
for name in starter mine mine-q8_0; do
  grep -q "$name" "$root.models" || die "the command models does not show $name"
done

say "== The first frame, five starts"
first_frames() {
  for _ in 1 2 3 4 5; do
    PYTHONDONTWRITEBYTECODE=1 "${mounted[@]}" python3 src/test/python/first_frame.py \
      "${as_ana[@]}" minillm 2>>"$root.window"
  done
}
first_frames | sort -n | tr '\n' ' ' | sed 's/$/ms\n/' >&2

remove_package .config/mini-llm/config.json .local/share/mini-llm/chats .local/share/mini-llm/models/mine
say "Installed, used and removed. Screenshots: $shots"
