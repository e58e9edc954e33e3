package org.minillm.app;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.minillm.base.MiniLlmException.BadConfig;

/** Shapes that work, smallest first. */
public enum Preset {
  NANO(1024, 64, 2, 4, 192, 128),
  CHROMEBOOK(5000, 128, 3, 4, 512, 128),
  BASE(10000, 256, 4, 4, 1024, 256),
  STORY(8192, 256, 6, 4, 1024, 256);

  private static final int BATCH_SIZE = 16;
  private static final float LEARNING_RATE = 8e-3f;
  private static final float MATRIX_LEARNING_RATE = 1e-2f;
  private static final float DECAY_FRACTION = 0.5f;

  private final int vocabSize;
  private final int dModel;
  private final int nLayers;
  private final int nHeads;
  private final int dFf;
  private final int contextLength;

  Preset(int vocabSize, int dModel, int nLayers, int nHeads, int dFf, int contextLength) {
    this.vocabSize = vocabSize;
    this.dModel = dModel;
    this.nLayers = nLayers;
    this.nHeads = nHeads;
    this.dFf = dFf;
    this.contextLength = contextLength;
  }

  /** As written in {@code config.json} and on the command line: "nano". */
  public String id() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The preset of that id.
   *
   * @param key for the error: {@code model.preset} or {@code --preset}
   * @throws BadConfig for any other id
   */
  public static Preset of(String key, String id) {
    for (Preset preset : values()) {
      if (preset.id().equals(id)) {
        return preset;
      }
    }
    throw new BadConfig(
        key, id, Arrays.stream(values()).map(Preset::id).collect(Collectors.joining(", ")));
  }

  /** The shape, with dropout 0, RoPE theta 10000, RMSNorm and tied embeddings. */
  public AppConfig.Hyperparameters hyperparameters() {
    return new AppConfig.Hyperparameters(
        vocabSize,
        dModel,
        nHeads,
        nHeads,
        nLayers,
        dFf,
        contextLength,
        0f,
        10000f,
        "rmsnorm",
        true);
  }

  /**
   * Training that does well on every one of these shapes: Muon, sixteen sequences a step, the rate
   * falling to zero in the second half (decision 71 has the figures).
   */
  public AppConfig.Training training(AppConfig.Training other) {
    return other.with(
        t ->
            t.optimizer("muon")
                .batchSize(BATCH_SIZE)
                .learningRate(LEARNING_RATE)
                .matrixLearningRate(MATRIX_LEARNING_RATE)
                .schedule("wsd")
                .decayFraction(DECAY_FRACTION));
  }

  /** Sequences a step. */
  public int batchSize() {
    return BATCH_SIZE;
  }
}
