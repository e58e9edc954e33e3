package org.minillm.app;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Busy;

/**
 * Keeps two trainings out of one directory, also those of two processes. The system gives a lock
 * back when its process dies, so a kill leaves nothing that has to be cleaned up.
 */
final class DirectoryLock implements AutoCloseable {
  static final String NAME = ".lock";

  private final Path file;
  private final FileChannel channel;

  private DirectoryLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
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
    Path file = dir.resolve(NAME);
    FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
    FileLock lock = tryLock(channel);
    if (lock == null) {
      channel.close();
      throw new Busy(List.of("another training that writes into " + dir));
    }
    return new DirectoryLock(file, channel);
  }

  private static @Nullable FileLock tryLock(FileChannel channel) throws IOException {
    try {
      return channel.tryLock();
    } catch (OverlappingFileLockException e) { // this process has it
      return null;
    }
  }

  @Override
  public void close() {
    try {
      channel.close(); // the file stays: deleting it would let two take different ones
    } catch (IOException e) {
      System.getLogger(DirectoryLock.class.getName())
          .log(System.Logger.Level.WARNING, "Cannot give back " + file + ": " + e.getMessage());
    }
  }
}
