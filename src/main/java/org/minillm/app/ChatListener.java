package org.minillm.app;

/** News of the chat, on the chat's thread or the one that gave a command. Be quick, never block. */
public interface ChatListener {
  /** State, model or conversation changed. */
  default void onSnapshot(ChatSnapshot snapshot) {}

  /** The next piece of the answer, whole code points; at most 30 a second. */
  default void onText(String piece) {}

  /** An answer ended, also one that was stopped. */
  default void onReply(ChatReply reply) {}

  /** Loading or answering failed. */
  default void onFailure(Throwable failure) {}
}
