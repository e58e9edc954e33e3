package org.minillm.kernel;

/**
 * Working memory of the attention kernels, allocated once and reused: one slice a task that may run
 * at the same time. Grows never; a kernel asks for at most {@link #floats(int, int, int)}.
 */
public final class AttentionScratch {
  // The kernel room lays out the slices.
  final float[] data;
  final int slice;
  final int slices;

  /**
   * @param threads threads of the pool it will be used with
   * @param headDim largest head dimension
   * @param chunk largest block of keys
   */
  public AttentionScratch(int threads, int headDim, int chunk) {
    slices = threads;
    slice = sliceFloats(headDim, chunk);
    data = new float[slices * slice];
  }

  /** Floats a scratch of these sizes holds, for the memory plan. */
  public static long floats(int threads, int headDim, int chunk) {
    return (long) threads * sliceFloats(headDim, chunk);
  }

  private static int sliceFloats(int headDim, int chunk) {
    return 4 * chunk * (chunk + headDim);
  }
}
