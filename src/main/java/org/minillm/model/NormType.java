package org.minillm.model;

import java.util.Locale;
import org.minillm.base.MiniLlmException;

/** Which normalisation stands before attention, feed-forward and head. */
public enum NormType {
  /** x / √(mean(x²) + eps) ⊙ gain (Zhang and Sennrich 2019). */
  RMSNORM,
  /** (x − mean) / √(var + eps) ⊙ gain + bias (Ba, Kiros and Hinton 2016). */
  LAYERNORM;

  /** The name in {@code config.json}: {@code "rmsnorm"} or {@code "layernorm"}. */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The type of that name.
   *
   * @throws MiniLlmException.BadConfig if there is none
   */
  public static NormType of(String key) {
    for (NormType type : values()) {
      if (type.key().equals(key)) {
        return type;
      }
    }
    throw new MiniLlmException.BadConfig(
        "hyperparameters.norm", '"' + key + '"', "\"rmsnorm\" or \"layernorm\"");
  }
}
