package org.minillm.kernel;

/**
 * Packing memory of the matrix products, each thread's own: what one core packs and another reads
 * costs both of them more than packing it twice.
 */
final class PackingBuffers {
  private static final ThreadLocal<PackingBuffers> OF_THREAD =
      ThreadLocal.withInitial(PackingBuffers::new);

  /** The operand that all pieces of a run share. */
  final float[] panel = new float[VectorProduct.PANEL_FLOATS];

  /** The part of the other operand that belongs to one piece. */
  final float[] strip = new float[VectorGemm.M_BLOCK * GemmTiles.ROW];

  /** One tile, for the edges. */
  final float[] tile = new float[VectorGemm.TILE_FLOATS];

  private long held;

  private PackingBuffers() {}

  static PackingBuffers ofThread() {
    return OF_THREAD.get();
  }

  /** Whether {@link #panel} holds another run's operand; from now on it holds this one's. */
  boolean missing(long run) {
    boolean other = held != run;
    held = run;
    return other;
  }
}
