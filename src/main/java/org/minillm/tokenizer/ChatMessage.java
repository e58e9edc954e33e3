package org.minillm.tokenizer;

import java.util.regex.Pattern;
import org.minillm.base.MiniLlmException;

/**
 * One turn of a conversation.
 *
 * @param role {@code system}, {@code user} or {@code assistant}, or another word of letters,
 *     digits, {@code _} and {@code -}
 * @param content any text; it never becomes a special token
 */
public record ChatMessage(String role, String content) {
  private static final Pattern ROLE = Pattern.compile("[A-Za-z0-9_-]{1,32}");

  public ChatMessage {
    if (!ROLE.matcher(role).matches()) {
      throw new MiniLlmException.BadInput(
          "role \"" + role + "\"", "a role is a word, such as system, user or assistant");
    }
  }

  public static ChatMessage system(String content) {
    return new ChatMessage("system", content);
  }

  public static ChatMessage user(String content) {
    return new ChatMessage("user", content);
  }

  public static ChatMessage assistant(String content) {
    return new ChatMessage("assistant", content);
  }
}
