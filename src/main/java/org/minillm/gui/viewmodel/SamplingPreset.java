package org.minillm.gui.viewmodel;

import org.minillm.generate.GenerateOptions;

/** Ways to choose the next token that suit most needs. */
public enum SamplingPreset {
  /** The program's defaults. */
  BALANCED(0.5f, 40, 0.95f, 0.05f, 1f),
  PRECISE(0.2f, 20, 0.9f, 0.05f, 1f),
  CREATIVE(0.9f, 0, 0.98f, 0.03f, 1.1f),
  GREEDY(0f, 40, 0.95f, 0.05f, 1f);

  private final float temperature;
  private final int topK;
  private final float topP;
  private final float minP;
  private final float repetitionPenalty;

  SamplingPreset(float temperature, int topK, float topP, float minP, float repetitionPenalty) {
    this.temperature = temperature;
    this.topK = topK;
    this.topP = topP;
    this.minP = minP;
    this.repetitionPenalty = repetitionPenalty;
  }

  /** {@code options} with this way of choosing; length, seed and overflow stay. */
  public GenerateOptions on(GenerateOptions options) {
    return options
        .withTemperature(temperature)
        .withTopK(topK)
        .withTopP(topP)
        .withMinP(minP)
        .withRepetitionPenalty(repetitionPenalty);
  }

  /** Whether {@code options} choose this way. */
  public boolean matches(GenerateOptions options) {
    return on(options).equals(options);
  }
}
