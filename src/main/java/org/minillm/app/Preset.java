package org.minillm.app;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.minillm.base.MiniLlmException.BadConfig;

/** Shapes that work, smallest first (design.md section 3). */
public enum Preset {
  NANO(1024, 64, 2, 4, 192, 128, 5e-3f, 8),
  CHROMEBOOK(5000, 128, 3, 4, 512, 128, 5e-3f, 8),
  BASE(10000, 256, 4, 4, 1024, 256, 1.5e-3f, 4),
  STORY(8192, 256, 6, 4, 1024, 256, 1.5e-3f, 4);

  private final int vocabSize;
  private final int dModel;
  private final int nLayers;
  private final int nHeads;
  private final int dFf;
  private final int contextLength;
  private final float learningRate;
  private final int batchSize;

  Preset(
      int vocabSize,
      int dModel,
      int nLayers,
      int nHeads,
      int dFf,
      int contextLength,
      float learningRate,
      int batchSize) {
    this.vocabSize = vocabSize;
    this.dModel = dModel;
    this.nLayers = nLayers;
    this.nHeads = nHeads;
    this.dFf = dFf;
    this.contextLength = contextLength;
    this.learningRate = learningRate;
    this.batchSize = batchSize;
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

  /** Learning rate that does well on this shape with AdamW. */
  public float learningRate() {
    return learningRate;
  }

  /** Sequences a step. */
  public int batchSize() {
    return batchSize;
  }
}
