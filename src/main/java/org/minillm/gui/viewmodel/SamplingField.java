package org.minillm.gui.viewmodel;

import java.util.Locale;
import java.util.Optional;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.generate.GenerateOptions;

/** The options of sampling that can be typed. */
public enum SamplingField {
  TEMPERATURE,
  TOP_K,
  TOP_P,
  MIN_P,
  REPETITION_PENALTY,
  MAX_TOKENS,
  SEED;

  /** The option's value as it is shown. */
  public String text(GenerateOptions o, Texts texts) {
    return switch (this) {
      case TEMPERATURE -> real(o.temperature(), texts);
      case TOP_K -> Integer.toString(o.topK());
      case TOP_P -> real(o.topP(), texts);
      case MIN_P -> real(o.minP(), texts);
      case REPETITION_PENALTY -> real(o.repetitionPenalty(), texts);
      case MAX_TOKENS -> Integer.toString(o.maxTokens());
      case SEED -> Long.toString(o.seed());
    };
  }

  /**
   * The options with what was typed.
   *
   * @throws BadConfig when that is no number or not allowed
   */
  public GenerateOptions with(GenerateOptions o, String typed) {
    return switch (this) {
      case TEMPERATURE -> o.withTemperature(real(typed));
      case TOP_K -> o.withTopK((int) whole(typed, Integer.MAX_VALUE));
      case TOP_P -> o.withTopP(real(typed));
      case MIN_P -> o.withMinP(real(typed));
      case REPETITION_PENALTY -> o.withRepetitionPenalty(real(typed));
      case MAX_TOKENS -> o.withMaxTokens((int) whole(typed, Integer.MAX_VALUE));
      case SEED -> o.withSeed(whole(typed, Long.MAX_VALUE));
    };
  }

  private static String real(float value, Texts texts) {
    String plain = Float.toString(value);
    return texts.localeProperty().get().equals(Texts.SPANISH) ? plain.replace('.', ',') : plain;
  }

  private float real(String typed) {
    Optional<Double> value = Numbers.real(typed);
    return (float) (double) value.orElseThrow(() -> wrong(typed, "a number"));
  }

  private long whole(String typed, long most) {
    Optional<Long> value = Numbers.whole(typed).filter(n -> Math.abs(n) <= most);
    return value.orElseThrow(() -> wrong(typed, "a whole number"));
  }

  private BadConfig wrong(String typed, String allowed) {
    return new BadConfig(name().toLowerCase(Locale.ROOT), '"' + typed + '"', allowed);
  }
}
