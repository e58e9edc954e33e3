package org.minillm.app;

import java.nio.file.Path;

/** The user's directories of this app, as the XDG Base Directory Specification places them. */
final class XdgDirectories {
  private static final String NAME = "mini-llm";

  private XdgDirectories() {}

  /** {@code mini-llm} in {@code XDG_DATA_HOME}, else in {@code ~/.local/share}. */
  static Path data() {
    return of("XDG_DATA_HOME", Path.of(".local", "share"));
  }

  /** {@code mini-llm} in {@code XDG_CACHE_HOME}, else in {@code ~/.cache}. */
  static Path cache() {
    return of("XDG_CACHE_HOME", Path.of(".cache"));
  }

  /** The user's trash: {@code Trash} in the data directory of all programs. */
  static Path trash() {
    return data().resolveSibling("Trash");
  }

  /** The specification has relative paths ignored. */
  private static Path of(String variable, Path inHome) {
    String value = System.getenv(variable);
    return value != null && Path.of(value).isAbsolute()
        ? Path.of(value, NAME)
        : Path.of(System.getProperty("user.home")).resolve(inHome).resolve(NAME);
  }
}
