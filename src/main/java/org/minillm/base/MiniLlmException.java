package org.minillm.base;

import java.util.List;

/**
 * An error a user can act on. The message says what is wrong, where, what was found, what is
 * allowed and what to do; the fields carry the same facts so that the window can say it in the
 * user's language. Disk trouble stays {@link java.io.IOException}.
 */
public abstract sealed class MiniLlmException extends RuntimeException {
  private MiniLlmException(String message) {
    super(message);
  }

  /** A file whose content is not what its format demands. */
  public static final class BadFormat extends MiniLlmException {
    private final String file;
    private final long offset;
    private final String reason;

    /**
     * @param file name of the file, as the user knows it
     * @param offset byte offset of the fault, or -1 where none is known
     * @param reason what was found, what is allowed, what to do
     */
    public BadFormat(String file, long offset, String reason) {
      super(offset >= 0 ? file + ", byte " + offset + ": " + reason : file + ": " + reason);
      this.file = file;
      this.offset = offset;
      this.reason = reason;
    }

    public String file() {
      return file;
    }

    public long offset() {
      return offset;
    }

    public String reason() {
      return reason;
    }
  }

  /** Something that does not fit the memory budget. All sizes in bytes. */
  public static final class OutOfBudget extends MiniLlmException {
    private final long asked;
    private final long free;
    private final long limit;
    private final String suggestion;

    /**
     * @param what what was asked for ("training base, batch 4")
     * @param suggestion the smallest change that would fit, or an empty string
     */
    public OutOfBudget(String what, long asked, long free, long limit, String suggestion) {
      super(
          what
              + " needs "
              + megabytes(asked)
              + " MB; "
              + megabytes(free)
              + " MB are free of the budget of "
              + megabytes(limit)
              + " MB."
              + (suggestion.isEmpty() ? "" : " " + suggestion));
      this.asked = asked;
      this.free = free;
      this.limit = limit;
      this.suggestion = suggestion;
    }

    public long asked() {
      return asked;
    }

    public long free() {
      return free;
    }

    public long limit() {
      return limit;
    }

    public String suggestion() {
      return suggestion;
    }

    private static long megabytes(long bytes) {
      return (bytes + (1 << 20) - 1) >> 20;
    }
  }

  /** The loss was no number or rose far, once too often. */
  public static final class Diverged extends MiniLlmException {
    private final long step;
    private final double loss;
    private final boolean saved;

    /**
     * @param saved whether there is a checkpoint; if not, no step was taken before this one
     */
    public Diverged(long step, double loss, boolean saved) {
      super(
          "Training diverged at step "
              + step
              + " (loss "
              + loss
              + (saved
                  ? "). Train anew with a lower learning rate; the last checkpoint stays."
                  : ") before anything was learned or saved: the model it began with is broken."
                      + " Begin from another one."));
      this.step = step;
      this.loss = loss;
      this.saved = saved;
    }

    public boolean saved() {
      return saved;
    }

    public long step() {
      return step;
    }

    public double loss() {
      return loss;
    }
  }

  /** A configuration key or option that is unknown or has a value that is not allowed. */
  public static final class BadConfig extends MiniLlmException {
    private final String key;
    private final String value;
    private final String allowed;

    /**
     * @param key full key, for instance {@code hyperparameters.n_heads}
     * @param value the value found, as written
     * @param allowed what is allowed, in words
     */
    public BadConfig(String key, String value, String allowed) {
      super(key + " is " + value + "; allowed: " + allowed + ".");
      this.key = key;
      this.value = value;
      this.allowed = allowed;
    }

    public String key() {
      return key;
    }

    public String value() {
      return value;
    }

    public String allowed() {
      return allowed;
    }
  }

  /** Input that cannot be worked with: an empty corpus, a prompt longer than the context. */
  public static final class BadInput extends MiniLlmException {
    private final String what;
    private final String reason;

    public BadInput(String what, String reason) {
      super(what + ": " + reason);
      this.what = what;
      this.reason = reason;
    }

    public String what() {
      return what;
    }

    public String reason() {
      return reason;
    }
  }

  /** Another heavy job is running. */
  public static final class Busy extends MiniLlmException {
    private final List<String> running;

    public Busy(List<String> running) {
      super("Busy with " + String.join(", ", running) + ". Pause or stop it first.");
      this.running = List.copyOf(running);
    }

    public List<String> running() {
      return running;
    }
  }
}
