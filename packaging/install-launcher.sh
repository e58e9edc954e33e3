#!/bin/sh
# Puts Mini-LLM into the launcher of the desktop (on a Chromebook: of the Linux container).
#   packaging/install-launcher.sh            for this user
#   packaging/install-launcher.sh --remove   takes it out again
set -eu
here=$(dirname "$(readlink -f "$0")")
cd "$here/.."
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
data=${XDG_DATA_HOME:-$HOME/.local/share}
entry=$data/applications/mini-llm.desktop

refresh() {
  if command -v update-desktop-database >/dev/null 2>&1; then
    update-desktop-database "$data/applications" || true
  fi
}

case "$#:${1:-}" in
  0:) ;;
  1:--remove)
    rm -f "$entry" "$data"/icons/hicolor/*/apps/mini-llm.png "$data/icons/hicolor/scalable/apps/mini-llm.svg"
    refresh
    echo "Removed $entry"
    exit 0
    ;;
  *)
    echo "usage: $0 [--remove]" >&2
    exit 2
    ;;
esac

# A start from the launcher has no terminal to ask or to tell in: all is installed and built here.
ensure_utf8
want_jdk
want_maven
want_window
install_wanted
use_jdk "$(newest_jdk)"
if build_needed; then build; fi

for size in 48 128 256; do
  icons=$data/icons/hicolor/${size}x$size/apps
  mkdir -p "$icons"
  cp "packaging/icons/mini-llm-$size.png" "$icons/mini-llm.png"
done
mkdir -p "$data/icons/hicolor/scalable/apps" "$data/applications"
cp packaging/mini-llm.svg "$data/icons/hicolor/scalable/apps/mini-llm.svg"
run=$(readlink -f run.sh)
case $run in
  *[\\\"\`\$%\&\|]*) die "a desktop entry cannot start $run: move the project to a path without \\ \" \` \$ % & |" ;;
esac
sed "s|@EXEC@|$run|" packaging/mini-llm.desktop >"$entry.part"
mv "$entry.part" "$entry"
refresh
echo "Installed $entry; the icon appears in the launcher within a minute."
