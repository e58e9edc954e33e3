package org.minillm.gui.viewmodel;

import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.NoSuchFileException;
import java.util.concurrent.CancellationException;
import java.util.stream.Collectors;
import org.minillm.base.MiniLlmException.BadConfig;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Busy;
import org.minillm.base.MiniLlmException.Diverged;
import org.minillm.base.MiniLlmException.OutOfBudget;

/** Says what went wrong in the window's language, from an error's kind and fields. */
public final class ErrorTexts {
  private ErrorTexts() {}

  /** One or two sentences; never a stack trace. */
  public static String of(Throwable error, Texts texts) {
    if (error instanceof BadFormat e) {
      String reason = EngineWords.of(e.reason(), texts);
      return e.offset() >= 0
          ? texts.get("error.formatAt", e.file(), texts.number(e.offset(), 0), reason)
          : texts.get("error.format", e.file(), reason);
    }
    if (error instanceof OutOfBudget e) {
      return texts.get(
          "error.budget",
          texts.megabytes(e.asked(), 0),
          texts.megabytes(e.free(), 0),
          texts.megabytes(e.limit(), 0));
    }
    if (error instanceof Diverged e) {
      return texts.get(
          e.saved() ? "error.diverged" : "error.divergedAtOnce", texts.number(e.step(), 0));
    }
    if (error instanceof BadConfig e) {
      return texts.get("error.config", e.key(), e.value(), EngineWords.of(e.allowed(), texts));
    }
    if (error instanceof BadInput e) {
      String what = EngineWords.of(e.what(), texts);
      String reason = EngineWords.of(e.reason(), texts);
      // "chat", "training" name no thing of the user's: the reason says it all.
      return e.what().matches("chat|training|prompt|again")
          ? capitalised(reason) + "."
          : texts.get("error.input", what, reason);
    }
    if (error instanceof Busy e) {
      return texts.get(
          "error.busy",
          e.running().stream()
              .map(job -> EngineWords.of(job, texts))
              .collect(Collectors.joining(", ")));
    }
    if (error instanceof CancellationException) {
      return texts.get("error.cancelled");
    }
    if (error instanceof OutOfMemoryError) {
      return texts.get("error.memory");
    }
    if (error instanceof NoSuchFileException e) {
      return texts.get("error.noFile", String.valueOf(e.getFile()));
    }
    if (error instanceof AccessDeniedException e) {
      return texts.get("error.denied", String.valueOf(e.getFile()));
    }
    if (error instanceof IOException) {
      return texts.get("error.disk", EngineWords.of(String.valueOf(error.getMessage()), texts));
    }
    return texts.get(
        "error.other",
        error.getMessage() == null ? error.getClass().getSimpleName() : error.getMessage());
  }

  /** What a field allows, for a line beside the field itself. */
  public static String beside(BadConfig error, Texts texts) {
    return texts.get("error.allowed", EngineWords.of(error.allowed(), texts));
  }

  private static String capitalised(String text) {
    return text.isEmpty() ? text : Character.toUpperCase(text.charAt(0)) + text.substring(1);
  }
}
