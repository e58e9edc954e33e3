package org.minillm.app;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.List;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Busy;

/** Keeps two trainings out of one directory, also those of two processes. */
final class DirectoryLock implements AutoCloseable {
  static final String NAME = ".lock";

  private final ProcessLock lock;

  private DirectoryLock(ProcessLock lock) {
    this.lock = lock;
  }

  /** Whether a training writes into {@code dir}, of this process or of another one. */
  static boolean isTaken(Path dir) {
    return ProcessLock.isTaken(dir.resolve(NAME));
  }

  /**
   * @param dir made when missing
   * @throws Busy when someone else has it
   */
  static DirectoryLock take(Path dir) throws IOException {
    try {
      Files.createDirectories(dir);
    } catch (FileAlreadyExistsException e) {
      throw new BadInput(e.getFile(), "is a file where a directory is needed");
    } catch (AccessDeniedException | NoSuchFileException e) {
      throw new IOException(dir + ": the directory cannot be made here (permission denied)", e);
    }
    return new DirectoryLock(
        ProcessLock.take(dir.resolve(NAME))
            .orElseThrow(() -> new Busy(List.of("another training that writes into " + dir))));
  }

  @Override
  public void close() {
    lock.close();
  }
}
