package org.minillm.train;

import java.io.IOException;
import java.io.OutputStream;
import java.io.UncheckedIOException;
import java.util.zip.CRC32C;

/** Writes ids little-endian, two or four bytes each, through a buffer of 64 kB. */
final class IdWriter implements TokenSink {
  private final OutputStream out;
  private final int width;
  private final byte[] buffer = new byte[1 << 16];
  private final CRC32C checksum = new CRC32C();
  private int used;
  private long count;

  IdWriter(OutputStream out, int width) {
    this.out = out;
    this.width = width;
  }

  @Override
  public void add(int id) {
    for (int shift = 0; shift < 8 * width; shift += 8) {
      buffer[used++] = (byte) (id >>> shift);
    }
    count++;
    if (used == buffer.length) {
      flush();
    }
  }

  @Override
  public long size() {
    return count;
  }

  /** Hands on what is in the buffer. */
  void flush() {
    try {
      out.write(buffer, 0, used);
    } catch (IOException e) {
      throw new UncheckedIOException(e); // through the consumers of documents and ids
    }
    checksum.update(buffer, 0, used);
    used = 0;
  }

  /** CRC-32C of what was flushed. */
  long checksum() {
    return checksum.getValue();
  }
}
