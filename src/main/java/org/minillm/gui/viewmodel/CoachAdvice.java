package org.minillm.gui.viewmodel;

import java.util.Arrays;
import java.util.List;

/**
 * One remark of the {@link CurveCoach}.
 *
 * @param figures what it stands on, in the order of its text
 */
public record CoachAdvice(Kind kind, List<Double> figures) {
  /** How it is meant. */
  public enum Tone {
    GOOD,
    NOTICE,
    WARNING
  }

  /**
   * What was seen. The letters say how its figures are written: w whole, l a loss (three decimals),
   * f one decimal, r a learning rate.
   */
  public enum Kind {
    /** Steps so far, steps from which on it is looked at. */
    TOO_EARLY(Tone.NOTICE, "ww"),
    /** Steps looked at, mean loss of their first and second half, what would be chance. */
    FALLING(Tone.GOOD, "wlll"),
    /** As {@link #FALLING}; the run is over. */
    FELL_TO_THE_END(Tone.NOTICE, "wlll"),
    /** As {@link #FALLING}, and the validation loss before and at the last evaluation. */
    VALIDATION_FALLING(Tone.GOOD, "wlllll"),
    /** Step of the first evaluation, validation loss then and at the last one, training loss so. */
    VALIDATION_STALLED(Tone.NOTICE, "wllll"),
    /** As {@link #FALLING}. */
    FLAT(Tone.NOTICE, "wlll"),
    /** As {@link #FALLING}, and the learning rate now and at its highest. */
    SETTLED(Tone.GOOD, "wlllrr"),
    /** As {@link #FALLING}. */
    RISING(Tone.WARNING, "wlll"),
    /** Step of the best validation loss, that, the last one, training loss then and now. */
    OVERFITTING(Tone.WARNING, "wllll"),
    /** How many, of how many points, step of the highest, its loss, the smoothed loss before. */
    SPIKES(Tone.WARNING, "wwwll"),
    /** How many, step of the last, learning rate now. */
    ROLLBACKS(Tone.WARNING, "wwr"),
    /** Passes so far, at the end, how many gain something. */
    LITTLE_DATA(Tone.NOTICE, "ffw"),
    /** Step, validation loss, training loss there, evaluations. */
    LEAK_SUSPECTED(Tone.WARNING, "wllw"),
    /** Documents. */
    LEAK_FOUND(Tone.WARNING, "w");

    private final Tone tone;
    private final String forms;

    Kind(Tone tone, String forms) {
      this.tone = tone;
      this.forms = forms;
    }

    public Tone tone() {
      return tone;
    }
  }

  public CoachAdvice {
    figures = List.copyOf(figures);
    if (figures.size() != kind.forms.length()) {
      throw new IllegalArgumentException(kind + " has " + kind.forms.length() + " figures");
    }
  }

  static CoachAdvice of(Kind kind, double... figures) {
    return new CoachAdvice(kind, Arrays.stream(figures).boxed().toList());
  }

  /** In a few words. */
  public String headline(Texts texts) {
    return texts.get("coach.head." + kind.name());
  }

  /** What it stands on and what can be done. */
  public String text(Texts texts) {
    Object[] said = new Object[figures.size()];
    for (int i = 0; i < said.length; i++) {
      double value = figures.get(i);
      said[i] =
          switch (kind.forms.charAt(i)) {
            case 'w' -> texts.number(value, 0);
            case 'l' -> texts.number(value, 3);
            case 'f' -> texts.number(value, 1);
            default -> texts.scientific(value);
          };
    }
    return texts.get("coach.text." + kind.name(), said);
  }
}
