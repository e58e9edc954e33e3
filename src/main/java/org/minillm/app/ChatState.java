package org.minillm.app;

/** What the chat is doing. */
public enum ChatState {
  /** No model. */
  EMPTY,
  LOADING,
  READY,
  /** Waits for its turn to compute. */
  WAITING,
  ANSWERING
}
