package org.minillm.app.doctor;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;

/**
 * Shingles of documents in a temporary file, four bytes each, so that two documents can be compared
 * exactly without either in memory. The file goes with the process, however that ends.
 */
final class ShingleFile implements AutoCloseable {
  /** A large buffer would be copied to hidden direct memory. */
  private final ByteBuffer buffer = ByteBuffer.allocate(1 << 16);

  private final FileChannel channel;
  private long end;

  ShingleFile() throws IOException {
    Path file = Files.createTempFile("mini-llm-shingles", ".tmp");
    channel =
        FileChannel.open(
            file,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE,
            StandardOpenOption.DELETE_ON_CLOSE);
  }

  /** Appends the hashes; returns where they stand. */
  long append(int[] hashes) throws IOException {
    long at = end;
    for (int i = 0; i < hashes.length; ) {
      buffer.clear();
      while (i < hashes.length && buffer.hasRemaining()) {
        buffer.putInt(hashes[i++]);
      }
      buffer.flip();
      while (buffer.hasRemaining()) {
        end += channel.write(buffer, end);
      }
    }
    return at;
  }

  Shingles read(long at, int size) throws IOException {
    int[] hashes = new int[size];
    int answers = 0;
    for (int i = 0; i < size; ) {
      buffer.clear().limit(Math.min(buffer.capacity(), 4 * (size - i)));
      long from = at + 4L * i;
      while (buffer.hasRemaining()) {
        if (channel.read(buffer, from + buffer.position()) < 0) {
          throw new IOException("the temporary file of shingles has ended early");
        }
      }
      buffer.flip();
      while (buffer.hasRemaining()) {
        hashes[i] = buffer.getInt();
        answers += hashes[i++] & 1;
      }
    }
    return new Shingles(hashes, answers);
  }

  @Override
  public void close() throws IOException {
    channel.close();
  }
}
