package org.minillm.app;

/** What the model does with a message. */
public enum ChatMode {
  /** Answers it as the next turn of the conversation. */
  CHAT,
  /** Continues it as plain text; what was said before does not count. */
  COMPLETION
}
