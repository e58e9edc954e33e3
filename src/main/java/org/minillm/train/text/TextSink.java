package org.minillm.train.text;

import java.util.List;
import org.minillm.tokenizer.ChatMessage;

/** Hears the documents of a file, in order. */
public interface TextSink {
  /**
   * @param text without white space around it, never empty
   * @param line its first line in the file, from 1; 0 where the format shows no lines to people
   * @param json the line of JSON it was made of, empty where it was none
   */
  void text(String text, long line, String json);

  /** A conversation; only JSON Lines have them. Line and JSON as of {@link #text}. */
  void conversation(List<ChatMessage> messages, long line, String json);

  /** An empty document was left out. */
  default void empty(long line) {}
}
