package org.minillm.kernel;

import java.util.concurrent.atomic.AtomicReferenceArray;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * Packing memory of the matrix products: borrowed and given back, so there are as many as were ever
 * in use at the same time.
 */
final class PackingBuffers {
  private static final int MOST = 16;

  /** One strip of rows: A and one tile for the edges. */
  static final class Strip {
    final float[] a = new float[VectorGemm.M_BLOCK * GemmTiles.ROW];
    final float[] tile = new float[VectorGemm.TILE_FLOATS];
  }

  private final AtomicReferenceArray<float @Nullable []> panels = new AtomicReferenceArray<>(MOST);
  private final AtomicReferenceArray<@Nullable Strip> strips = new AtomicReferenceArray<>(MOST);

  /** A packed panel of B. */
  float[] borrowPanel() {
    return borrow(panels, () -> new float[VectorGemm.PANEL_FLOATS]);
  }

  void giveBackPanel(float[] panel) {
    giveBack(panels, panel);
  }

  Strip borrowStrip() {
    return borrow(strips, Strip::new);
  }

  void giveBackStrip(Strip strip) {
    giveBack(strips, strip);
  }

  private static <T> T borrow(AtomicReferenceArray<@Nullable T> free, Supplier<T> make) {
    for (int i = 0; i < MOST; i++) {
      T buffer = free.get(i);
      if (buffer != null && free.compareAndSet(i, buffer, null)) {
        return buffer;
      }
    }
    return make.get();
  }

  private static <T> void giveBack(AtomicReferenceArray<@Nullable T> free, T buffer) {
    for (int i = 0; i < MOST; i++) {
      if (free.compareAndSet(i, null, buffer)) {
        return;
      }
    }
  }
}
