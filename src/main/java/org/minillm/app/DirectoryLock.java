package org.minillm.app;

import java.io.IOException;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.file.AccessDeniedException;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Busy;

/**
 * Keeps two trainings out of one directory, also those of two processes. The system gives a lock
 * back when its process dies, so a kill leaves nothing that has to be cleaned up.
 */
final class DirectoryLock implements AutoCloseable {
  static final String NAME = ".lock";

  /** Real paths of the directories this process has: closing any channel gives its lock back. */
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private final Path dir;
  private final FileChannel channel;

  private DirectoryLock(Path dir, FileChannel channel) {
    this.dir = dir;
    this.channel = channel;
  }

  /** Whether a training writes into {@code dir}, of this process or of another one. */
  static boolean isTaken(Path dir) {
    Path file = dir.resolve(NAME);
    try {
      if (OURS.contains(dir.toRealPath())) {
        return true;
      }
      if (!Files.isWritable(file)) {
        return false; // who cannot write it cannot train there either
      }
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        return !locks(channel);
      }
    } catch (IOException e) {
      return false;
    }
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
    Path real = dir.toRealPath();
    if (!OURS.add(real)) {
      throw busy(dir);
    }
    try {
      FileChannel channel =
          FileChannel.open(real.resolve(NAME), StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      if (!locks(channel)) {
        channel.close();
        throw busy(dir);
      }
      return new DirectoryLock(real, channel);
    } catch (IOException | RuntimeException e) {
      OURS.remove(real);
      throw e;
    }
  }

  private static boolean locks(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) { // this process has it by another way
      return false;
    }
  }

  private static Busy busy(Path dir) {
    return new Busy(List.of("another training that writes into " + dir));
  }

  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try {
      channel.close(); // the file stays: deleting it would let two take different ones
    } catch (IOException e) {
      System.getLogger(DirectoryLock.class.getName())
          .log(System.Logger.Level.WARNING, "Cannot give back " + dir + ": " + e.getMessage());
    }
    OURS.remove(dir);
  }
}
