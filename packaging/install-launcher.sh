#!/bin/sh
# Puts Mini-LLM into the launcher of the desktop (on a Chromebook: of the Linux container).
#   packaging/install-launcher.sh            for this user
#   packaging/install-launcher.sh --remove   takes it out again
set -eu
here=$(dirname "$(readlink -f "$0")")
data=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$data/applications/mini-llm.desktop

if [ "${1:-}" = --remove ]; then
  rm -f "$entry" "$data"/icons/hicolor/*/apps/mini-llm.png "$data/icons/hicolor/scalable/apps/mini-llm.svg"
  echo "Removed $entry"
  exit 0
fi
[ $# -eq 0 ] || { echo "usage: $0 [--remove]" >&2; exit 2; }

mkdir -p "$data/applications"
for size in 48 128; do
  mkdir -p "$data/icons/hicolor/${size}x$size/apps"
  cp "$here/icons/mini-llm-$size.png" "$data/icons/hicolor/${size}x$size/apps/mini-llm.png"
done
mkdir -p "$data/icons/hicolor/scalable/apps"
cp "$here/mini-llm.svg" "$data/icons/hicolor/scalable/apps/mini-llm.svg"
run=$(readlink -f "$here/../run.sh")
sed "s|@EXEC@|$run|" "$here/mini-llm.desktop" >"$entry.part"
mv "$entry.part" "$entry"
command -v update-desktop-database >/dev/null 2>&1 && update-desktop-database "$data/applications" || true
echo "Installed $entry; the icon appears in the launcher within a minute."
