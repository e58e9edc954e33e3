package org.minillm.format;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.AccessDeniedException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.minillm.base.DiskSpace;

/**
 * Writes files so that a reader, or a crash, sees the old content or the new, never a half: a
 * temporary name in the same directory, flushed to the disk, then renamed.
 */
public final class AtomicFiles {
  private static final String SUFFIX = ".part";

  private AtomicFiles() {}

  /** What fills a file. */
  @FunctionalInterface
  public interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /**
   * Replaces {@code target} by what {@code content} writes.
   *
   * @throws IOException if it cannot be written; the target is as it was and no rest is left
   */
  public static void write(Path target, Content content) throws IOException {
    Path absolute = target.toAbsolutePath();
    if (Files.isDirectory(absolute)) {
      throw new IOException("could not write " + target + ": it is a directory");
    }
    Path part = absolute.resolveSibling(absolute.getFileName() + SUFFIX);
    try {
      try (FileChannel channel =
          FileChannel.open(
              part,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        // Streams of a channel copy through a small buffer: no large hidden direct memory.
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        content.writeTo(out);
        out.flush();
        channel.force(true);
      }
      Files.move(
          part, absolute, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } catch (NoSuchFileException e) {
      throw new IOException(
          "could not write " + target + ": its directory does not exist or cannot be written", e);
    } catch (AccessDeniedException e) {
      throw new IOException("could not write " + target + ": permission denied", e);
    } catch (IOException e) {
      throw explained(target, part, e);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  /** Replaces {@code target} by a text in UTF-8. */
  public static void writeText(Path target, String text) throws IOException {
    write(target, out -> out.write(text.getBytes(StandardCharsets.UTF_8)));
  }

  /**
   * Flushes a directory, so that renames in it outlive a power cut. Where the system cannot, they
   * outlive a crash of the process all the same.
   */
  public static void syncDirectory(@Nullable Path directory) {
    if (directory == null) {
      return;
    }
    try (FileChannel channel = FileChannel.open(directory, StandardOpenOption.READ)) {
      channel.force(true);
    } catch (IOException e) {
      System.getLogger(AtomicFiles.class.getName())
          .log(System.Logger.Level.DEBUG, "cannot flush " + directory, e);
    }
  }

  private static IOException explained(Path target, Path part, IOException e) {
    OptionalLong free = OptionalLong.empty();
    long written = -1;
    try {
      written = Files.exists(part) ? Files.size(part) : 0;
      Path directory = part.getParent();
      free = directory == null ? OptionalLong.empty() : DiskSpace.free(directory);
    } catch (IOException ignored) {
      // The first error is the one to tell.
    }
    String space =
        free.isEmpty()
            ? ""
            : " ("
                + (written >> 10)
                + " kB were written, "
                + (free.getAsLong() >> 10)
                + " kB are free on that disk; the earlier file stays as it was)";
    return new IOException("could not write " + target + ": " + e.getMessage() + space, e);
  }
}
