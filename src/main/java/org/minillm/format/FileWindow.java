package org.minillm.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import org.minillm.base.MiniLlmException.BadFormat;

/** Reads a file at any place, little-endian, through one buffer of 64 kB that is read ahead. */
final class FileWindow {
  /** Most bytes asked for at once. */
  static final int SIZE = 1 << 16;

  private final String file;
  private final FileChannel channel;
  private final ByteBuffer buffer = ByteBuffer.allocate(SIZE).order(ByteOrder.LITTLE_ENDIAN);

  /** Offset in the file of the buffer's first byte. */
  private long start;

  private int filled;

  FileWindow(String file, FileChannel channel) {
    this.file = file;
    this.channel = channel;
  }

  /** The buffer, positioned at that byte of the file; {@code bytes} ≤ {@link #SIZE} can be read. */
  ByteBuffer at(long position, int bytes) throws IOException {
    if (position < start || position + bytes > start + filled) {
      fill(position, bytes);
    }
    return buffer.position((int) (position - start));
  }

  private void fill(long position, int bytes) throws IOException {
    buffer.clear();
    filled = 0;
    while (buffer.position() < bytes) {
      int n = channel.read(buffer, position + buffer.position());
      if (n < 0) {
        throw new BadFormat(
            file, position + buffer.position(), "the file ends here; it was cut while it was read");
      }
    }
    start = position;
    filled = buffer.position();
  }

  /** Reads {@code count} values of {@code type} that begin at {@code position}. */
  void readFloats(long position, TensorType type, float[] to, int offset, int count)
      throws IOException {
    int perPiece = SIZE / type.bytes();
    for (int done = 0; done < count; ) {
      int piece = Math.min(perPiece, count - done);
      ByteBuffer in = at(position + (long) done * type.bytes(), piece * type.bytes());
      if (type == TensorType.F32) {
        in.asFloatBuffer().get(to, offset + done, piece); // one copy, not a loop to be compiled
      } else {
        for (int i = 0; i < piece; i++) {
          to[offset + done + i] = type.decode(Short.toUnsignedInt(in.getShort()));
        }
      }
      done += piece;
    }
  }
}
