package org.minillm.cli;

/** Words of a command line that is shown to be copied into a shell. */
final class ShellWords {
  private ShellWords() {}

  /** The word as a POSIX shell reads it back, in single quotes where it needs them. */
  static String quoted(String word) {
    return word.matches("[\\w./:@%+=,-]+") ? word : "'" + word.replace("'", "'\\''") + "'";
  }
}
