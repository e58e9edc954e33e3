package org.minillm.format;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.minillm.base.MiniLlmException.BadFormat;

/** Reads a binary file from front to back through a buffer of 64 kB; errors carry the offset. */
final class LittleEndianFile implements AutoCloseable {
  private final String name;
  private final FileChannel channel;
  private final long size;
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16).order(ByteOrder.LITTLE_ENDIAN);

  /** Offset of the first byte in the buffer that was not given out. */
  private long position;

  LittleEndianFile(Path path) throws IOException {
    name = String.valueOf(path.getFileName());
    if (Files.isDirectory(path)) { // opens like a file, but cannot be read
      throw new BadFormat(name, -1, "is a directory, not a file");
    }
    channel = FileChannel.open(path, StandardOpenOption.READ);
    size = channel.size();
    buffer.limit(0);
  }

  long size() {
    return size;
  }

  long position() {
    return position;
  }

  long left() {
    return size - position;
  }

  String name() {
    return name;
  }

  /** An error at the place of the next byte. */
  BadFormat broken(String reason) {
    return new BadFormat(name, position, reason);
  }

  byte readByte(String what) throws IOException {
    need(1, what);
    position += 1;
    return buffer.get();
  }

  short readShort(String what) throws IOException {
    need(2, what);
    position += 2;
    return buffer.getShort();
  }

  long readLong(String what) throws IOException {
    need(8, what);
    position += 8;
    return buffer.getLong();
  }

  int readInt(String what) throws IOException {
    need(4, what);
    position += 4;
    return buffer.getInt();
  }

  float readFloat(String what) throws IOException {
    need(4, what);
    position += 4;
    return buffer.getFloat();
  }

  byte[] readBytes(int count, String what) throws IOException {
    if (count < 0 || count > left()) {
      throw new BadFormat(
          name, position, what + " of " + count + " bytes; " + left() + " are left in the file");
    }
    byte[] bytes = new byte[count];
    int at = 0;
    while (at < count) {
      int piece = Math.min(count - at, buffer.capacity());
      need(piece, what);
      buffer.get(bytes, at, piece);
      at += piece;
      position += piece;
    }
    return bytes;
  }

  void readFloats(float[] to, int offset, int count, String what) throws IOException {
    int at = 0;
    while (at < count) {
      int piece = Math.min(count - at, buffer.capacity() / Float.BYTES);
      need(piece * Float.BYTES, what);
      for (int i = 0; i < piece; i++) {
        to[offset + at + i] = buffer.getFloat();
      }
      at += piece;
      position += (long) piece * Float.BYTES;
    }
  }

  void skip(long bytes, String what) throws IOException {
    if (bytes < 0 || bytes > left()) {
      throw truncated(what);
    }
    position += bytes;
    if (bytes <= buffer.remaining()) {
      buffer.position(buffer.position() + (int) bytes);
    } else {
      buffer.limit(0);
    }
  }

  private void need(int bytes, String what) throws IOException {
    if (buffer.remaining() >= bytes) {
      return;
    }
    if (bytes > left()) {
      throw truncated(what);
    }
    buffer.clear();
    long at = position;
    while (buffer.position() < bytes) {
      int n = channel.read(buffer, at);
      if (n < 0) {
        throw truncated(what);
      }
      at += n;
    }
    buffer.flip();
  }

  private BadFormat truncated(String what) {
    return new BadFormat(
        name, position, what + ": the file ends at byte " + size + "; it is truncated");
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
