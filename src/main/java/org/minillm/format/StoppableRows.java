package org.minillm.format;

import java.io.IOException;
import org.minillm.base.RunControl;

/**
 * Rows of another source, for work that can be told to stop: each reading asks first and throws a
 * {@link java.util.concurrent.CancellationException} then.
 */
record StoppableRows(TensorRows rows, RunControl control) implements TensorRows {
  @Override
  public boolean isBlocks(String name) {
    return rows.isBlocks(name);
  }

  @Override
  public void read(String name, int row, float[] to, int offset) throws IOException {
    control.check();
    rows.read(name, row, to, offset);
  }

  @Override
  public void readAll(String name, int count, int width, float[] to, int offset)
      throws IOException {
    control.check();
    rows.readAll(name, count, width, to, offset);
  }

  @Override
  public void read(String name, int row, byte[] quants, float[] scales) throws IOException {
    control.check();
    rows.read(name, row, quants, scales);
  }

  @Override
  public void close() throws IOException {
    rows.close();
  }
}
