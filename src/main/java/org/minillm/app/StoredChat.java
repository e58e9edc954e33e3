package org.minillm.app;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.minillm.generate.StopReason;
import org.minillm.tokenizer.ChatMessage;

/**
 * A conversation as it is kept on disk: a tree, in which every message that was edited or answered
 * again has siblings.
 *
 * @param id name of its file, letters, digits and hyphens
 * @param title for the list; the beginning of the first message, or what the user called it
 * @param named whether the user called it so
 * @param changedMillis when it was last changed (milliseconds since 1970)
 * @param mode what its messages are
 * @param model name of the model that answered last, may be empty
 * @param messages of all branches, each after its parent
 */
public record StoredChat(
    String id,
    String title,
    boolean named,
    long changedMillis,
    ChatMode mode,
    String model,
    List<Message> messages) {
  private static final int TITLE_LENGTH = 48;

  /**
   * A message with what is shown under it.
   *
   * @param figures of an answer, null for a message of the user's and an edited answer
   * @param parent index of the message that it follows, -1 for a first one
   * @param chosen whether it is on the branch shown; where no sibling is, the last one counts
   */
  public record Message(
      boolean user, String text, @Nullable Figures figures, int parent, boolean chosen) {
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
   * @param trainingStep of a model in training, -1 for a finished one
   */
  public record Figures(
      int tokens,
      double tokensPerSecond,
      double firstTokenSeconds,
      StopReason reason,
      int forgottenMessages,
      int forgottenTokens,
      long trainingStep) {
    /** Those of a reply. */
    public static Figures of(ChatReply reply) {
      return after(0, reply);
    }

    /** Those of a reply that went on with an answer of {@code tokens} tokens. */
    public static Figures after(int tokens, ChatReply reply) {
      return new Figures(
          tokens + reply.tokens(),
          reply.tokensPerSecond(),
          reply.firstTokenSeconds(),
          reply.reason(),
          reply.forgottenMessages(),
          reply.forgottenTokens(),
          reply.trainingStep());
    }
  }

  public StoredChat {
    if (!isId(id)) {
      throw new IllegalArgumentException("a chat's id is of letters, digits and hyphens: " + id);
    }
    messages = List.copyOf(messages);
    for (int i = 0; i < messages.size(); i++) {
      int parent = messages.get(i).parent();
      if (parent < -1 || parent >= i) {
        throw new IllegalArgumentException(
            "message " + i + " follows message " + parent + "; it must follow an earlier one");
      }
    }
  }

  static boolean isId(String text) {
    return text.matches("[A-Za-z0-9-]{1,64}");
  }

  /** The same chat under another title, or file. */
  StoredChat with(String newId, String newTitle, boolean newNamed) {
    return new StoredChat(newId, newTitle, newNamed, changedMillis, mode, model, messages);
  }

  /** The messages of the branch that is shown, the first one first. */
  public List<Message> shown() {
    int[] chosen = new int[messages.size() + 1]; // by parent + 1; 0 stands for none
    boolean[] marked = new boolean[messages.size() + 1];
    for (int i = 0; i < messages.size(); i++) {
      Message message = messages.get(i);
      int parent = message.parent() + 1;
      if (message.chosen() || !marked[parent]) {
        chosen[parent] = i + 1;
        marked[parent] |= message.chosen();
      }
    }
    List<Message> path = new ArrayList<>();
    for (int at = chosen[0]; at > 0; at = chosen[at]) {
      path.add(messages.get(at - 1));
    }
    return Collections.unmodifiableList(path);
  }

  /** A title from the first message: one line, at most 48 characters. */
  public static String titleOf(String firstMessage) {
    String line = firstMessage.strip().replaceAll("\\s+", " ");
    return line.codePointCount(0, line.length()) <= TITLE_LENGTH
        ? line
        : line.substring(0, line.offsetByCodePoints(0, TITLE_LENGTH - 1)).stripTrailing() + "…";
  }
}
