package org.minillm.train;

import io.soabase.recordbuilder.core.RecordBuilder;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.model.Adapters;

/**
 * What makes a training a fine-tuning: it begins from the weights of a model instead of random
 * ones, and takes its shape, tokenizer and chat template. The base itself is only read.
 *
 * @param base path of the base
 * @param answersOnly whether the data are conversations of which the assistant's answers alone
 *     count in the loss
 * @param loraRank rank of the adapters that are trained instead of the weights (LoRA); 0 trains the
 *     weights
 * @param loraAlpha their product times this / rank is added to the weights; without meaning where
 *     the rank is 0
 */
@RecordBuilder
public record FineTuning(String base, boolean answersOnly, int loraRank, float loraAlpha)
    implements FineTuningBuilder.With {
  public FineTuning {
    if (loraRank < 0 || loraRank > Adapters.MOST_RANK) {
      throw new BadConfig(
          "lora_rank", Integer.toString(loraRank), "0 (off) to " + Adapters.MOST_RANK);
    }
    if (loraRank > 0 && !(loraAlpha > 0 && loraAlpha <= Adapters.MOST_ALPHA)) {
      throw new BadConfig(
          "lora_alpha", Float.toString(loraAlpha), "more than 0, at most " + Adapters.MOST_ALPHA);
    }
  }

  /** Of all weights. */
  public static FineTuning whole(String base, boolean answersOnly) {
    return new FineTuning(base, answersOnly, 0, 0);
  }

  /** Whether adapters of low rank are trained and the weights stay. */
  boolean lowRank() {
    return loraRank > 0;
  }
}
