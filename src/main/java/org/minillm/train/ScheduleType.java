package org.minillm.train;

import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.minillm.base.MiniLlmException.BadConfig;

/** How the learning rate goes after its warm-up. */
public enum ScheduleType {
  /** Half a cosine down to the smallest rate, over the whole run (Loshchilov and Hutter 2017). */
  COSINE,
  /**
   * Warm-up, stable, decay: the peak until the last part of the run, then 1 − √progress down to the
   * smallest rate (Hu et al. 2024, Hägele et al. 2024).
   */
  WSD;

  /** The name in {@code config.json}: "cosine" or "wsd". */
  public String key() {
    return name().toLowerCase(Locale.ROOT);
  }

  /**
   * The type of that name.
   *
   * @throws BadConfig if there is none
   */
  public static ScheduleType of(String key) {
    for (ScheduleType type : values()) {
      if (type.key().equals(key)) {
        return type;
      }
    }
    throw new BadConfig(
        "training.schedule",
        '"' + key + '"',
        Arrays.stream(values()).map(ScheduleType::key).collect(Collectors.joining(", ")));
  }
}
