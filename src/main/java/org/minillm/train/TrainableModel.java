package org.minillm.train;

import java.io.IOException;
import java.nio.file.Path;
import java.util.zip.CRC32C;
import org.jspecify.annotations.Nullable;
import org.minillm.base.MemoryBudget;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.WorkerPool;
import org.minillm.format.LoadedModel;
import org.minillm.format.ModelFiles;
import org.minillm.model.Adapters;
import org.minillm.model.ModelConfig;
import org.minillm.model.Parameters;
import org.minillm.model.Transformer;

/**
 * The model of a run, whole or with adapters of low rank on a base. A base is kept by nobody but
 * itself: it is read again from its own file when a run goes on, and must be what it was.
 */
public final class TrainableModel {
  private TrainableModel() {}

  /**
   * The model a fine-tuning begins with.
   *
   * @param seed of the adapters, if there are any
   */
  public static Transformer begin(Transformer base, FineTuning tuning, long seed) {
    if (!tuning.lowRank()) {
      return base;
    }
    Adapters adapters = Adapters.allocate(base.config(), tuning.loraRank(), tuning.loraAlpha());
    adapters.initialise(seed);
    return base.withAdapters(adapters);
  }

  /**
   * A model whose {@link Transformer#trainable} weights are still to be read from a checkpoint.
   *
   * @throws BadInput if the base is gone or was changed
   */
  static Transformer allocate(ModelConfig config, RunState state, WorkerPool pool)
      throws IOException {
    FineTuning tuning = state.fineTuning();
    if (tuning == null || !tuning.lowRank()) {
      return new Transformer(config, Parameters.allocate(config), pool);
    }
    LoadedModel base;
    try {
      base = ModelFiles.loadFloats(Path.of(tuning.base()), pool, MemoryBudget.ofHeap());
    } catch (java.nio.file.NoSuchFileException e) {
      throw new BadInput(
          tuning.base(), "is the base of this run and is gone; put it back to go on");
    }
    if (!base.model().config().equals(config) || checksum(base.model()) != state.baseChecksum()) {
      throw new BadInput(
          tuning.base(), "is the base of this run and was changed since; put back what it was");
    }
    return base.model()
        .withAdapters(Adapters.allocate(config, tuning.loraRank(), tuning.loraAlpha()));
  }

  /** Weights that are trained. */
  private static long trained(ModelConfig config, @Nullable FineTuning tuning) {
    return tuning != null && tuning.lowRank()
        ? Adapters.count(config, tuning.loraRank())
        : config.parameterCount();
  }

  /** Rank of the adapters that are trained, 0 for none. */
  static int rank(@Nullable FineTuning tuning) {
    return tuning == null ? 0 : tuning.loraRank();
  }

  /** Bytes of a gradient of what is trained. */
  public static long gradientBytes(ModelConfig config, @Nullable FineTuning tuning) {
    return Float.BYTES * trained(config, tuning);
  }

  /**
   * Bytes of what the optimiser remembers.
   *
   * @param type for a model that is trained whole; adapters have AdamW
   */
  public static long optimizerBytes(
      ModelConfig config, OptimizerType type, @Nullable FineTuning tuning) {
    return rank(tuning) > 0 ? 2 * gradientBytes(config, tuning) : Optimizer.bytes(config, type);
  }

  /** Bytes of the weights in memory, adapters counted. */
  public static long weightBytes(ModelConfig config, @Nullable FineTuning tuning) {
    long adapters = tuning != null && tuning.lowRank() ? trained(config, tuning) : 0;
    return Float.BYTES * (config.parameterCount() + adapters);
  }

  /** CRC-32C of a base's weights, little-endian; 0 for a model that is trained whole. */
  static long baseChecksum(Transformer model) {
    return model.adapters().isPresent() ? checksum(model) : 0;
  }

  private static long checksum(Transformer model) {
    float[] weights = model.parameters().data();
    byte[] piece = new byte[1 << 16];
    CRC32C crc = new CRC32C();
    int used = 0;
    for (float weight : weights) {
      int bits = Float.floatToRawIntBits(weight);
      for (int shift = 0; shift < Integer.SIZE; shift += Byte.SIZE) {
        piece[used++] = (byte) (bits >>> shift);
      }
      if (used == piece.length) {
        crc.update(piece, 0, used);
        used = 0;
      }
    }
    crc.update(piece, 0, used);
    return crc.getValue();
  }
}
