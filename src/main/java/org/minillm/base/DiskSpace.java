package org.minillm.base;

import java.nio.file.Path;
import java.util.OptionalLong;

/** What is free on a disk. */
public final class DiskSpace {
  private DiskSpace() {}

  /**
   * Bytes that this process may still write where a directory is; empty where the system does not
   * say. {@link java.io.File} tells without a table of mounts, which some containers hide from
   * {@link java.nio.file.FileStore}.
   *
   * @param directory exists
   */
  public static OptionalLong free(Path directory) {
    java.io.File file = directory.toFile();
    return file.getTotalSpace() > 0 ? OptionalLong.of(file.getUsableSpace()) : OptionalLong.empty();
  }
}
