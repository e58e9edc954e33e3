package org.minillm.ndarray;

import java.io.EOFException;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.zip.ZipException;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadFormat;

/** One array in NumPy's format (NEP 1), from or to a stream, in pieces of 64 kB. */
final class NpyStream {
  private static final int PIECE = 1 << 16;
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final byte[] ZIP = {'P', 'K'};

  /** Longest header: that of version 1, far beyond what 64 axes need. */
  private static final long MAX_HEADER = 65_535;

  private final InputStream in;
  private final long length;
  private final String file;
  private final MemoryBudget budget;
  private long position;

  /**
   * @param length bytes the stream is said to have: nothing is allocated that they cannot fill
   * @param file name for messages
   */
  NpyStream(InputStream in, long length, String file, MemoryBudget budget) {
    this.in = in;
    this.length = length;
    this.file = file;
    this.budget = budget;
  }

  /** Reads the array, which must end where the stream does. */
  NDArray read() throws IOException {
    NpyHeader header = header();
    NpyType type = header.type();
    long count = header.count();
    long left = length - position;
    if (count * type.bytes() != left) {
      throw new BadFormat(
          file,
          position,
          "shape "
              + Shapes.text(header.shape())
              + " needs "
              + count * type.bytes()
              + " bytes, "
              + left
              + " are there; the file is "
              + (count * type.bytes() > left ? "truncated" : "not one array alone"));
    }
    if (count * Float.BYTES > budget.free()) {
      System.gc(); // Garbage counts as used until it is collected.
    }
    budget.require(file, count * Float.BYTES);
    float[] values = values(type, (int) count);
    int[] shape = header.shape();
    return header.fortranOrder()
        ? NDArray.array(values, reversed(shape)).transpose()
        : NDArray.array(values, shape);
  }

  private static int[] reversed(int[] shape) {
    int[] reversed = new int[shape.length];
    Arrays.setAll(reversed, i -> shape[shape.length - 1 - i]);
    return reversed;
  }

  private NpyHeader header() throws IOException {
    byte[] start = take(MAGIC.length, "the magic string");
    if (!Arrays.equals(start, MAGIC)) {
      boolean zip = Arrays.equals(Arrays.copyOf(start, ZIP.length), ZIP);
      throw new BadFormat(
          file, 0, zip ? "a ZIP file, .npz perhaps, not .npy" : "not a .npy file: no magic string");
    }
    byte[] version = take(2, "the version");
    if (version[0] < 1 || version[0] > 3 || version[1] != 0) {
      throw new BadFormat(
          file,
          MAGIC.length,
          "version " + (version[0] & 0xFF) + "." + (version[1] & 0xFF) + "; known: 1.0 to 3.0");
    }
    long lengthAt = position;
    int digits = version[0] == 1 ? 2 : 4;
    byte[] size = take(digits, "the header's length");
    long headerLength = 0;
    for (int i = digits - 1; i >= 0; i--) {
      headerLength = headerLength << 8 | (size[i] & 0xFF);
    }
    if (headerLength > Math.min(MAX_HEADER, length - position)) {
      throw new BadFormat(
          file,
          lengthAt,
          "a header of "
              + headerLength
              + " bytes; "
              + (length - position)
              + " are left, at most "
              + MAX_HEADER
              + " are read");
    }
    long begin = position;
    byte[] text = take((int) headerLength, "the header");
    return NpyHeader.parse(
        file,
        begin,
        new String(text, version[0] == 3 ? StandardCharsets.UTF_8 : StandardCharsets.ISO_8859_1));
  }

  private float[] values(NpyType type, int count) throws IOException {
    float[] values = new float[count];
    int perPiece = PIECE / type.bytes();
    for (int done = 0; done < count; ) {
      int n = Math.min(perPiece, count - done);
      long from = position;
      ByteBuffer piece = ByteBuffer.wrap(take(n * type.bytes(), "data")).order(type.order());
      for (int i = 0; i < n; i++) {
        try {
          values[done + i] = type.next(piece);
        } catch (ArithmeticException e) {
          throw new BadFormat(
              file,
              from + (long) i * type.bytes(),
              "element " + (done + i) + ": " + e.getMessage());
        }
      }
      done += n;
    }
    return values;
  }

  private byte[] take(int bytes, String what) throws IOException {
    byte[] taken;
    try {
      taken = bytes > length - position ? new byte[0] : in.readNBytes(bytes);
    } catch (ZipException | EOFException e) {
      throw new BadFormat(file, position, "damaged: " + e.getMessage());
    }
    if (taken.length < bytes) {
      throw new BadFormat(file, position, "truncated: the file ends within " + what);
    }
    position += bytes;
    return taken;
  }

  /** Writes as float32, little-endian, row-major, version 1.0: NumPy's own bytes. */
  static void write(NDArray array, OutputStream out) throws IOException {
    out.write(NpyHeader.float32(array.shape()));
    ByteBuffer piece = ByteBuffer.allocate(PIECE).order(ByteOrder.LITTLE_ENDIAN);
    float[] data = array.data();
    try {
      Shapes.forEach(
          array.shape(),
          array.strides(),
          array.offset(),
          (i, at) -> {
            if (!piece.hasRemaining()) {
              flush(piece, out);
            }
            piece.putFloat(data[at]);
          });
      flush(piece, out);
    } catch (UncheckedIOException e) {
      throw e.getCause();
    }
  }

  private static void flush(ByteBuffer piece, OutputStream out) {
    try {
      out.write(piece.array(), 0, piece.position());
      piece.clear();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** Bytes that {@link #write} writes. */
  static long bytes(NDArray array) {
    return NpyHeader.float32(array.shape()).length + (long) array.size() * Float.BYTES;
  }
}
