package org.minillm.train;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.minillm.base.MiniLlmException.BadConfig;

/** What turns gradients into weights. */
public enum OptimizerType {
  /** AdamW (Loshchilov and Hutter 2019) for every weight. */
  ADAMW,
  /** Muon (Jordan et al. 2024) for the matrices of the blocks, AdamW for the others. */
  MUON;

  /** The name in {@code config.json}: "adamw" or "muon". */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The type of that name.
   *
   * @throws BadConfig if there is none
   */
  public static OptimizerType of(String key) {
    for (OptimizerType type : values()) {
      if (type.key().equals(key)) {
        return type;
      }
    }
    throw new BadConfig(
        "training.optimizer",
        '"' + key + '"',
        Arrays.stream(values()).map(OptimizerType::key).collect(Collectors.joining(", ")));
  }
}
