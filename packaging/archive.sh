# shellcheck shell=sh
# The class-data archives of the JVM: classes read and checked once instead of at every start. One
# for the window, one for the command line, in target/startup, named after the JDK; of an older jar
# or another JDK none is used. Sourced by run.sh. Everything here may fail: the app starts without.
# shellcheck disable=SC2034,SC2154,SC3013 # variables of run.sh; dash and bash know -nt

# archive NAME : sets $archive to the file for this JDK and this folder, and $archived to "yes" if it
# can be used. The window makes its own when it is closed; for the command line it is made in the
# background.
archive() {
  archive=$here/target/startup/$1-$version-$({ cat "$JAVA_HOME/release"; echo "$here"; } | cksum | cut -d' ' -f1).jsa
  archived=no
  if [ -e "$archive" ] && [ "$archive" -nt "$here/$jar" ]; then archived=yes; fi
}

# make_archive JVM-ARGUMENTS… : runs them, low in priority, and keeps the classes they loaded.
make_archive() {
  { mkdir -p "$here/target/startup" && [ -w "$here/target/startup" ]; } 2>/dev/null || return 0
  (
    flock -n 9 || exit 0
    rm -f "$here"/target/startup/*.part
    nice -n 19 "$JAVA_HOME/bin/java" "-XX:ArchiveClassesAtExit=$archive.part" -Xlog:disable "$@" &&
      mv "$archive.part" "$archive"
  ) 9>"$here/target/startup/lock" >/dev/null 2>&1 </dev/null
}

# keep_archive PID : once that process is gone, its archive gets its name, if the JVM takes it.
keep_archive() {
  (
    while kill -0 "$1" 2>/dev/null; do sleep 2; done
    shift
    "$JAVA_HOME/bin/java" -Xshare:on "-XX:SharedArchiveFile=$archive.part" "$@" && mv "$archive.part" "$archive"
  ) >/dev/null 2>&1 </dev/null &
}
