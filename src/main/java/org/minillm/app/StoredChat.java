package org.minillm.app;

import java.util.List;
import org.jspecify.annotations.Nullable;
import org.minillm.generate.StopReason;
import org.minillm.tokenizer.ChatMessage;

/**
 * A conversation as it is kept on disk.
 *
 * @param id name of its file, letters, digits and hyphens
 * @param title for the list; the beginning of the first message
 * @param changedMillis when it was last changed (milliseconds since 1970)
 * @param mode what its messages are
 * @param model name of the model that answered last, may be empty
 */
public record StoredChat(
    String id,
    String title,
    long changedMillis,
    ChatMode mode,
    String model,
    List<Message> messages) {
  private static final int TITLE_LENGTH = 48;

  /**
   * A message with what is shown under it.
   *
   * @param figures of an answer, null for a message of the user's
   */
  public record Message(boolean user, String text, @Nullable Figures figures) {
    /** As the chat service takes it. */
    public ChatMessage forModel() {
      return user ? ChatMessage.user(text) : ChatMessage.assistant(text);
    }
  }

  /**
   * The figures of an answer that are worth keeping.
   *
   * @param tokensPerSecond while answering
   * @param firstTokenSeconds to the first token; NaN for none
   */
  public record Figures(
      int tokens,
      double tokensPerSecond,
      double firstTokenSeconds,
      StopReason reason,
      int forgottenMessages,
      int forgottenTokens) {
    /** Those of a reply. */
    public static Figures of(ChatReply reply) {
      return new Figures(
          reply.tokens(),
          reply.tokensPerSecond(),
          reply.firstTokenSeconds(),
          reply.reason(),
          reply.forgottenMessages(),
          reply.forgottenTokens());
    }
  }

  public StoredChat {
    if (!id.matches("[A-Za-z0-9-]{1,64}")) {
      throw new IllegalArgumentException("a chat's id is of letters, digits and hyphens: " + id);
    }
    messages = List.copyOf(messages);
  }

  /** A title from the first message: one line, at most 48 characters. */
  public static String titleOf(String firstMessage) {
    String line = firstMessage.strip().replaceAll("\\s+", " ");
    return line.codePointCount(0, line.length()) <= TITLE_LENGTH
        ? line
        : line.substring(0, line.offsetByCodePoints(0, TITLE_LENGTH - 1)).stripTrailing() + "…";
  }
}
