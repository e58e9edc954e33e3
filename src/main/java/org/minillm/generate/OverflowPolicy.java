package org.minillm.generate;

/** What happens when the context is full; never silent. */
public enum OverflowPolicy {
  /** The generation ends with {@link StopReason#CONTEXT_FULL}; a prompt too long is refused. */
  STOP,
  /**
   * The oldest tokens after the first {@link GenerateOptions#keepTokens()} are forgotten and the
   * rest is processed again at its new positions.
   */
  SLIDE
}
