package org.minillm.generate;

/** Why a generation ended. */
public enum StopReason {
  /** The model ended its text: an end-of-text or end-of-turn token. */
  END_OF_TEXT,
  /** One of the caller's stop strings came. */
  STOP_STRING,
  /** As many tokens as asked for. */
  MAX_TOKENS,
  /** No room is left in the context and the policy is to stop. */
  CONTEXT_FULL,
  /** The caller cancelled. */
  CANCELLED
}
