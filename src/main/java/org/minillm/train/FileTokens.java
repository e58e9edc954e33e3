package org.minillm.train;

import java.io.Closeable;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import org.minillm.base.MiniLlmException.BadInput;

/**
 * Token ids in a file of {@link TokenFile}'s layout, read through a window of {@value #WINDOW} ids.
 * What the system keeps of the file in its page cache is nobody's memory and goes when another
 * needs it; a mapped file would count as this process's. A plain file, not a channel: an interrupt
 * would close that.
 */
final class FileTokens implements TokenStore, Closeable {
  /** Ids of the window: some sequences. */
  static final int WINDOW = 1 << 13;

  private final Path path;
  private final RandomAccessFile file;
  private final int width;
  private final long size;
  private final byte[] window;

  /** The ids in the window: [first, first + held). */
  private long first;

  private int held;

  /**
   * @param width bytes an id: 2 or 4
   * @param size ids it has
   */
  FileTokens(Path path, int width, long size) throws IOException {
    this.path = path;
    this.width = width;
    this.size = size;
    window = new byte[WINDOW * width];
    file = new RandomAccessFile(path.toFile(), "r");
  }

  @Override
  public int get(long index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("id " + index + " of " + size);
    }
    if (index < first || index >= first + held) {
      require(index);
      load(Math.max(0, index - WINDOW / 2)); // who looks for a document's beginning goes backwards
    }
    return at((int) (index - first));
  }

  @Override
  public void copy(long from, int[] to, int offset, int count) {
    int done = 0;
    while (done < count) {
      long index = from + done;
      if (index < first || index >= first + held) {
        load(index);
      }
      int begin = (int) (index - first);
      int n = Math.min(count - done, held - begin);
      for (int i = 0; i < n; i++) {
        to[offset + done + i] = at(begin + i);
      }
      done += n;
    }
  }

  private int at(int i) {
    int b = i * width;
    int id = window[b] & 0xFF | (window[b + 1] & 0xFF) << 8;
    return width == 2 ? id : id | (window[b + 2] & 0xFF) << 16 | (window[b + 3] & 0xFF) << 24;
  }

  private void require(long index) {
    if (index < 0 || index >= size) {
      throw new IndexOutOfBoundsException("id " + index + " of " + size);
    }
  }

  private void load(long from) {
    require(from);
    int count = (int) Math.min(WINDOW, size - from);
    held = 0;
    try {
      file.seek(from * width);
      file.readFully(window, 0, count * width);
    } catch (java.io.EOFException e) {
      throw new BadInput(path.toString(), "was cut while the training read it; resume the run");
    } catch (IOException e) {
      throw new UncheckedIOException("cannot read " + path + ": " + e.getMessage(), e);
    }
    first = from;
    held = count;
  }

  @Override
  public long size() {
    return size;
  }

  @Override
  public long bytes() {
    return window.length;
  }

  @Override
  public void close() throws IOException {
    file.close();
  }
}
