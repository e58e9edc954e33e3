#!/bin/bash
# Makes target/deb/mini-llm_VERSION_ARCH.deb: the app with a Java runtime of its own, for Debian 12
# and later. Built without root; installing needs no network beside the packages of Debian it depends
# on.
#   packaging/build-deb.sh [ARCH…]
# ARCH: amd64 (the default on a PC), arm64. For the architecture of this machine the newest JDK is
# bundled that runs on Debian 12's C library, or the one in MINILLM_JAVA_HOME. For the other one
# openjdk-17-jdk-headless is downloaded by apt-get from this system's sources (70 MB, not installed)
# and linked with a JDK 17 of this machine. Needs dpkg-deb, unzip, and a screen or xvfb-run: the
# window is opened once to see which classes a start loads.
set -euo pipefail
top=$(cd "$(dirname "$(readlink -f "$0")")/.." && pwd)
cd "$top"
# shellcheck source=packaging/setup.sh
. packaging/setup.sh
work=$top/target/deb
native=$(dpkg --print-architecture)
newest_glibc=2.36 # Debian 12
modules=java.desktop,java.logging,java.management,java.net.http,java.xml,jdk.charsets,jdk.httpserver
modules=$modules,jdk.incubator.vector,jdk.localedata,jdk.management,jdk.unsupported,javafx.controls

property() { sed -n "s:.*<$1>\(.*\)</$1>.*:\1:p" | head -n 1; }
version=$(property version <pom.xml)
# javafx_version CLASSIFIER : of the profile for ARM64, else the one for all.
javafx_version() {
  if [ "$1" = linux-aarch64 ]; then
    sed -n '/<id>arm64</,/<.profile>/p' pom.xml | property javafx.version
  else
    property javafx.version <pom.xml
  fi
}

# ---- runtimes ----------------------------------------------------------------------------------

# needs_glibc HOME : the newest version of the C library that a JDK wants.
needs_glibc() {
  grep -aoh 'GLIBC_2\.[0-9]*' "$1/bin/java" "$1"/lib/*.so "$1/lib/server/libjvm.so" | cut -d_ -f2 |
    sort -uV | tail -n 1
}

fits() { [ "$(printf '%s\n' "$newest_glibc" "$(needs_glibc "$1")" | sort -V | tail -n 1)" = "$newest_glibc" ]; }

# The newest JDK that can make an image of itself and runs on Debian 12.
bundled_jdk() {
  list_jdks | sort -rn | while read -r _ home; do
    if [ -x "$home/bin/jlink" ] && fits "$home"; then
      echo "$home"
      break
    fi
  done
}

# foreign_apt ARCH TOOL… : apt with lists and "installed" packages of its own.
foreign_apt() {
  local arch=$1 tool=$2
  shift 2
  "$tool" -q -o APT::Architecture="$arch" -o APT::Architectures::="$arch" -o Dir::State="$work/apt-$arch" \
    -o Dir::State::status="$work/apt-$arch/status" -o Dir::Cache="$work/apt-$arch/cache" \
    -o APT::Sandbox::User="$(id -un)" "$@"
}

# Sets jmods to the modules of a JDK 17 for ARCH, downloaded once.
foreign_jmods() {
  local arch=$1
  jmods=$work/jdk-$arch/usr/lib/jvm/java-17-openjdk-$arch/jmods
  [ ! -e "$jmods/java.base.jmod" ] || return 0
  mkdir -p "$work/apt-$arch/lists/partial" "$work/apt-$arch/cache/archives/partial" "$work/jdk-$arch"
  : >"$work/apt-$arch/status"
  say "== Downloading a JDK 17 for $arch"
  foreign_apt "$arch" apt-get update >&2 || say "a source has no lists for $arch; going on with the others"
  (cd "$work/apt-$arch" && foreign_apt "$arch" apt-get download openjdk-17-jdk-headless) >&2 ||
    die "openjdk-17-jdk-headless is not to be had for $arch from this system's apt sources"
  dpkg -x "$work/apt-$arch"/openjdk-17-jdk-headless_*.deb "$work/jdk-$arch"
}

# link JDK CLASSIFIER OUT [JMODS] : a runtime with JavaFX in it, its native libraries as files: from
# inside the image JavaFX would copy them into the user's home at the first start.
link() {
  local jdk=$1 classifier=$2 out=$3 path=${4:+$4:} name jar version
  version=$(javafx_version "$classifier")
  mkdir -p "$work/javafx"
  for name in base graphics controls; do
    jar=javafx-$name-$version-$classifier.jar
    [ ! -e "target/lib/$jar" ] || cp -p "target/lib/$jar" "$work/javafx/"
    [ -e "$work/javafx/$jar" ] ||
      JAVA_HOME=$(oldest_jdk) mvn -q -B -ntp dependency:copy -DoutputDirectory="$work/javafx" -Dmdep.useBaseVersion=true \
        -Dartifact="org.openjfx:javafx-$name:$version:jar:$classifier" >&2
    path=$path$work/javafx/$jar:
  done
  rm -rf "$out"
  "$jdk/bin/jlink" --module-path "$path" --add-modules "$modules" --include-locales=en,es \
    --exclude-resources '/javafx.graphics/*.so' --strip-java-debug-attributes --no-man-pages \
    --no-header-files --output "$out" 2>&1 | { grep -v "incubator modules" >&2 || true; }
  [ -x "$out/bin/java" ] || die "jlink made no runtime"
  find "$out/bin" -type f ! -name java -delete
  unzip -qo "$work/javafx/javafx-graphics-$version-$classifier.jar" '*.so' -d "$out/lib"
  chmod 644 "$out"/lib/*.so
}

# ---- what is in it -----------------------------------------------------------------------------

# stage ROOT CLASSIFIER : all but the runtime and the lists of classes.
stage() {
  local root=$1 app=$1/usr/lib/mini-llm share=$1/usr/share library libraries="" name
  mkdir -p "$app/app" "$app/startup" "$1/usr/bin" "$share/mini-llm/models" "$share/applications" \
    "$share/metainfo" "$share/doc/mini-llm"
  cp -p target/mini-llm.jar "$app/app/"
  for library in target/lib/*.jar; do
    name=${library##*/}
    case $name in javafx-*) continue ;; esac
    cp -p "$library" "$app/app/"
    libraries="$libraries $name"
    licences "$library" "$share/doc/mini-llm/${name%%-[0-9]*}"
  done
  cp packaging/jvm.sh "$app/"
  sed "s|@LIBRARIES@|${libraries# }|" packaging/deb/minillm >"$app/minillm"
  chmod 755 "$app/minillm"
  ln -s ../lib/mini-llm/minillm "$1/usr/bin/minillm"
  cp config.json "$share/mini-llm/"
  cp models/starter*.gguf "$share/mini-llm/models/"
  sed 's|"@EXEC@"|minillm|; s|@EXEC@|minillm|' packaging/mini-llm.desktop >"$share/applications/mini-llm.desktop"
  for name in 48 128 256; do
    install -Dm644 "packaging/icons/mini-llm-$name.png" "$share/icons/hicolor/${name}x$name/apps/mini-llm.png"
  done
  install -Dm644 packaging/mini-llm.svg "$share/icons/hicolor/scalable/apps/mini-llm.svg"
  sed "s/@VERSION@/$version/; s/@DATE@/$(property project.build.outputTimestamp <pom.xml | cut -dT -f1)/" \
    packaging/deb/org.minillm.MiniLlm.metainfo.xml >"$share/metainfo/org.minillm.MiniLlm.metainfo.xml"
  gzip -9nc CHANGELOG.md >"$share/doc/mini-llm/changelog.gz"
  ln -s ../../../lib/mini-llm/runtime/legal "$share/doc/mini-llm/runtime"
  sed 's/^$/./; s/^/ /' LICENSE >"$work/licence"
  sed -e "s/@RUNTIME@/$(sed -n 's/^JAVA_VERSION="\(.*\)"/\1/p' "$app/runtime/release")/" \
    -e "s/@JAVAFX@/$(javafx_version "$2")/" -e "/@LICENCE@/{r $work/licence" -e 'd}' \
    packaging/deb/copyright >"$share/doc/mini-llm/copyright"
}

# licences JAR FOLDER : its licence and notice files.
licences() {
  local file
  unzip -Z1 "$1" | { grep -iE '(licen[cs]e|notice)(\.txt|\.md)?$' || true; } | while read -r file; do
    mkdir -p "$2"
    unzip -p "$1" "$file" >"$2/${file##*/}"
  done
}

# class_lists APP JAVA : writes what a start of the window and a command load, run with that Java.
class_lists() {
  local app=$1 home=$work/home
  rm -rf "$home"
  mkdir -p "$home"
  local settings=(env HOME="$home" XDG_CONFIG_HOME= XDG_DATA_HOME= XDG_CACHE_HOME= MINILLM_JAVA_HOME="$2")
  local screen=(xvfb-run -a -s "-screen 0 1366x768x24")
  [ -z "${DISPLAY:-}" ] || screen=()
  say "== Opening the window to see which classes it loads"
  # Ended from outside: nobody is there to close it.
  "${settings[@]}" MINILLM_JAVA_OPTS="-XX:DumpLoadedClassList=$app/startup/window.classes" \
    "${screen[@]}" timeout --preserve-status 25 "$app/minillm" >"$work/window.log" 2>&1 || true
  grep -q javafx/scene/Scene "$app/startup/window.classes" || die "the window did not open: $work/window.log"
  "${settings[@]}" MINILLM_JAVA_OPTS="-XX:DumpLoadedClassList=$app/startup/command-line.classes" \
    "$app/minillm" startup models/starter.gguf >/dev/null 2>&1
}

# control ROOT ARCH JDK : the package's own files.
control() {
  local libraries="libc6 (>= $(needs_glibc "$1/usr/lib/mini-llm/runtime"))"
  if [ "$3" = debian ]; then # Debian's JDK takes these from the system, others bring them along
    libraries="$libraries, zlib1g, libstdc++6, liblcms2-2, libjpeg62-turbo, libharfbuzz0b"
  fi
  mkdir -p "$1/DEBIAN"
  cat >"$1/DEBIAN/control" <<END
Package: mini-llm
Version: $version
Architecture: $2
Maintainer: The Mini-LLM authors <mini-llm@localhost>
Installed-Size: $(du -sk --apparent-size --exclude=DEBIAN "$1" | cut -f1)
Depends: $libraries, libgtk-3-0 | libgtk-3-0t64, libgl1, libxxf86vm1, libxtst6, libpangoft2-1.0-0, libfreetype6, fontconfig, fonts-dejavu-core
Section: education
Priority: optional
Description: trains small language models on your own text and chats with them
 A desktop application and a command line (minillm) that trains, runs and
 chats with small transformers on a small machine, in under 512 MB and without
 the network. Reads and writes Hugging Face directories and GGUF files.
 .
 A Java runtime is bundled.
END
  install -m755 packaging/deb/postinst packaging/deb/prerm "$1/DEBIAN/"
  (cd "$1" && find usr -type f -print0 | sort -z | xargs -0 md5sum) >"$1/DEBIAN/md5sums"
}

# ---- one package -------------------------------------------------------------------------------

package() {
  local arch=$1 root=$work/$1 jdk classifier origin=bundled jmods=""
  case $arch in
    amd64) classifier=linux ;;
    arm64) classifier=linux-aarch64 ;;
    *) die "$arch is not known; allowed: amd64, arm64" ;;
  esac
  if [ "$arch" = "$native" ]; then
    jdk=${MINILLM_JAVA_HOME:-$(bundled_jdk)}
  else
    jdk=$(list_jdks | sed -n 's/^17 //p' | head -n 1)
    foreign_jmods "$arch"
  fi
  [ -n "$jdk" ] || die "no JDK was found to link a runtime for $arch with"
  if [ -n "$jmods" ] || grep -q '^IMPLEMENTOR="Debian' "$jdk/release"; then origin=debian; fi
  rm -rf "$root"
  say "== Linking a runtime for $arch with $jdk"
  link "$jdk" "$classifier" "$root/usr/lib/mini-llm/runtime" "$jmods"
  local trained=$root/usr/lib/mini-llm/runtime
  fits "$trained" || die "the runtime for $arch wants glibc $(needs_glibc "$trained"); Debian 12 has $newest_glibc"
  stage "$root" "$classifier"
  if [ "$arch" != "$native" ]; then
    trained=$work/trained
    link "$jdk" "$native_classifier" "$trained"
  fi
  class_lists "$root/usr/lib/mini-llm" "$trained"
  find "$root" -type d -exec chmod 755 {} +
  chmod -R u+rwX,go+rX,go-w "$root/usr"
  control "$root" "$arch" "$origin"
  dpkg-deb --root-owner-group -Zxz -b "$root" "$work/mini-llm_${version}_$arch.deb" >&2
  say "Made $work/mini-llm_${version}_$arch.deb ($(du -h "$work/mini-llm_${version}_$arch.deb" | cut -f1))"
}

for tool in dpkg-deb unzip gzip; do
  command -v $tool >/dev/null || die "$tool was not found"
done
case $native in
  amd64) native_classifier=linux ;;
  arm64) native_classifier=linux-aarch64 ;;
  *) die "$native has no JavaFX 21" ;;
esac
want_jdk
want_maven
want_window
[ -n "${DISPLAY:-}" ] || want_virtual_screen
install_wanted
use_jdk "$(newest_jdk)"
if build_needed; then build; fi
mkdir -p "$work"
[ $# -gt 0 ] || set -- "$native"
for architecture in "$@"; do package "$architecture"; done
