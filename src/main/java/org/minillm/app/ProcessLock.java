package org.minillm.app;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.channels.OverlappingFileLockException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A lock on a file, which the system gives back when the process dies, so a kill leaves nothing
 * that has to be cleaned up. The file stays: deleting it would let two take different ones.
 */
public final class ProcessLock implements AutoCloseable {
  /** Real paths of the files this process has: closing any channel gives a file's lock back. */
  private static final Set<Path> OURS = ConcurrentHashMap.newKeySet();

  private final Path file;
  private final FileChannel channel;

  private ProcessLock(Path file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** Whether this process or another one has the file; not where that cannot be told. */
  public static boolean isTaken(Path file) {
    try {
      if (OURS.contains(real(file))) {
        return true;
      }
      if (!Files.isWritable(file)) {
        return false; // who cannot write it cannot take it either
      }
      try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
        return !locks(channel);
      }
    } catch (IOException e) {
      return false;
    }
  }

  /**
   * Takes a file, which is made when missing.
   *
   * @param file its directory must exist
   * @return empty when this process or another one has it
   * @throws IOException where it cannot be written or locked
   */
  public static Optional<ProcessLock> take(Path file) throws IOException {
    Path real = real(file);
    if (!OURS.add(real)) {
      return Optional.empty();
    }
    Optional<ProcessLock> taken = Optional.empty();
    try {
      FileChannel channel =
          FileChannel.open(real, StandardOpenOption.CREATE, StandardOpenOption.WRITE);
      try {
        if (locks(channel)) {
          taken = Optional.of(new ProcessLock(real, channel));
        }
      } finally {
        if (taken.isEmpty()) {
          channel.close();
        }
      }
      return taken;
    } finally {
      if (taken.isEmpty()) {
        OURS.remove(real);
      }
    }
  }

  /** The file in the real path of its directory; the file itself need not exist. */
  private static Path real(Path file) throws IOException {
    Path absolute = file.toAbsolutePath().normalize();
    Path parent = Optional.ofNullable(absolute.getParent()).orElse(absolute);
    return parent.toRealPath().resolve(absolute.getFileName());
  }

  private static boolean locks(FileChannel channel) throws IOException {
    try {
      return channel.tryLock() != null;
    } catch (OverlappingFileLockException e) { // this process has it by another way
      return false;
    }
  }

  /** Leaves a word in the file for who finds it taken; in the place of what it held. */
  public void write(String text) throws IOException {
    channel.truncate(0);
    ByteBuffer bytes = StandardCharsets.UTF_8.encode(text);
    while (bytes.hasRemaining()) {
      channel.write(bytes, channel.size());
    }
  }

  @Override
  public void close() {
    if (!channel.isOpen()) {
      return;
    }
    try {
      channel.close();
    } catch (IOException e) {
      System.getLogger(ProcessLock.class.getName())
          .log(System.Logger.Level.WARNING, "Cannot give back " + file + ": " + e.getMessage());
    }
    OURS.remove(file);
  }
}
