package org.minillm.kernel;

import java.util.concurrent.atomic.AtomicReferenceArray;
import org.jspecify.annotations.Nullable;

/**
 * Packing memory of the matrix products: borrowed by a chunk of work, given back after it, so there
 * are as many as chunks that ever ran at the same time.
 */
final class PackingBuffers {
  /** One chunk's: a packed panel of B, a transposed block of A and one tile for the edges. */
  static final class Buffer {
    final float[] b = new float[VectorGemm.K_BLOCK * VectorGemm.N_BLOCK];
    final float[] a = new float[VectorGemm.M_BLOCK * VectorGemm.K_BLOCK];
    final float[] tile = new float[VectorGemm.TILE_FLOATS];
  }

  private final AtomicReferenceArray<@Nullable Buffer> free = new AtomicReferenceArray<>(16);

  Buffer borrow() {
    for (int i = 0; i < free.length(); i++) {
      Buffer buffer = free.get(i);
      if (buffer != null && free.compareAndSet(i, buffer, null)) {
        return buffer;
      }
    }
    return new Buffer();
  }

  void giveBack(Buffer buffer) {
    for (int i = 0; i < free.length(); i++) {
      if (free.compareAndSet(i, null, buffer)) {
        return;
      }
    }
  }
}
