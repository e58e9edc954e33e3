package org.minillm.gui.viewmodel;

import org.jspecify.annotations.Nullable;
import org.minillm.app.StoredChat.Figures;

/** The line under an answer: its figures, why it ended, what it forgot. */
public final class AnswerNote {
  private AnswerNote() {}

  /** The line; empty for an answer without figures. */
  public static String of(@Nullable Figures figures, Texts texts) {
    if (figures == null) {
      return "";
    }
    String reason = texts.get("stop." + figures.reason().name());
    StringBuilder text =
        new StringBuilder(
            figures.tokens() == 0
                ? reason
                : texts.get(
                    "chat.note",
                    figures.tokens(),
                    texts.number(figures.tokensPerSecond(), 0),
                    firstToken(figures.firstTokenSeconds(), texts),
                    reason));
    if (figures.trainingStep() >= 0) {
      text.append(" · ")
          .append(texts.get("chat.step", texts.number((double) figures.trainingStep(), 0)));
    }
    if (figures.forgottenMessages() > 0) {
      text.append(" · ").append(texts.get("chat.forgot", figures.forgottenMessages()));
    }
    if (figures.forgottenTokens() > 0) {
      text.append(" · ").append(texts.get("chat.slid", figures.forgottenTokens()));
    }
    return text.toString();
  }

  /** A dash where it was not measured. */
  private static String firstToken(double seconds, Texts texts) {
    if (Double.isNaN(seconds)) {
      return texts.number(seconds, 0);
    }
    long millis = Math.round(1000 * seconds);
    return millis < 1000 ? millis + " ms" : texts.number(seconds, 1) + " s";
  }
}
