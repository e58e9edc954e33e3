package org.minillm.ndarray;

import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.OutOfBudget;

/**
 * {@code .npy}: one array, as NumPy's {@code save} and {@code load}. Read are f2, f4, f8, i1 to i8,
 * u1 to u8 and b1 of either byte order, in row-major or Fortran order, with headers of version 1 to
 * 3. Floats are rounded to float32; a whole number that float32 does not hold exactly, or a finite
 * float beyond its range, is refused. Python objects are never loaded.
 */
public final class NpyFile {
  private NpyFile() {}

  /**
   * Reads an array with the heap as budget. In Fortran order it is a transposed view, as NumPy's.
   *
   * @throws BadFormat if the file is no such array; nothing was allocated for it
   * @throws OutOfBudget if the heap has no room for it
   */
  public static NDArray load(Path path) throws IOException {
    return load(path, MemoryBudget.ofHeap());
  }

  /**
   * Reads an array that fits a budget.
   *
   * @throws BadFormat if the file is no such array; nothing was allocated for it
   * @throws OutOfBudget if its values do not fit
   */
  public static NDArray load(Path path, MemoryBudget budget) throws IOException {
    try (InputStream in = Files.newInputStream(path)) {
      return new NpyStream(in, Files.size(path), String.valueOf(path.getFileName()), budget).read();
    }
  }

  /** Writes float32, little-endian, row-major; the file is replaced when all is on the disk. */
  public static void save(Path path, NDArray array) throws IOException {
    replace(path, out -> NpyStream.write(array, out));
  }

  /** What fills a file. */
  interface Content {
    void writeTo(OutputStream out) throws IOException;
  }

  /** Writes to a temporary name beside the target, flushes, renames. */
  static void replace(Path path, Content content) throws IOException {
    Path target = path.toAbsolutePath();
    Path part = target.resolveSibling(target.getFileName() + ".part");
    try {
      try (FileChannel channel =
          FileChannel.open(
              part,
              StandardOpenOption.CREATE,
              StandardOpenOption.TRUNCATE_EXISTING,
              StandardOpenOption.WRITE)) {
        OutputStream out = new BufferedOutputStream(Channels.newOutputStream(channel), 1 << 16);
        content.writeTo(out);
        out.flush();
        channel.force(true);
      }
      Files.move(part, target, StandardCopyOption.REPLACE_EXISTING, StandardCopyOption.ATOMIC_MOVE);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
