package org.minillm.model;

/**
 * Cosines and sines of the rotary position embedding (Su et al. 2021): angle(t, i) = t · theta^(−2i
 * / headDim). Shapes: [positions, headDim / 2].
 */
final class RopeTable {
  final float[] cos;
  final float[] sin;

  RopeTable(ModelConfig config, int positions) {
    int half = config.headDim() / 2;
    cos = new float[positions * half];
    sin = new float[positions * half];
    for (int i = 0; i < half; i++) {
      double frequency = Math.pow(config.ropeTheta(), -2.0 * i / config.headDim());
      for (int t = 0; t < positions; t++) {
        cos[t * half + i] = (float) Math.cos(t * frequency);
        sin[t * half + i] = (float) Math.sin(t * frequency);
      }
    }
  }

  static long floats(ModelConfig config, long positions) {
    return positions * config.headDim();
  }
}
