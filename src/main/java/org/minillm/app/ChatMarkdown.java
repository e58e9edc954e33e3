package org.minillm.app;

import java.util.List;
import org.minillm.app.StoredChat.Message;

/** A conversation as Markdown, to be read or passed on. */
public final class ChatMarkdown {
  private ChatMarkdown() {}

  /**
   * Messages under headings.
   *
   * @param title empty for none
   * @param user heading of the user's messages
   * @param model heading of the answers
   */
  public static String of(String title, List<Message> messages, String user, String model) {
    StringBuilder text = new StringBuilder();
    if (!title.isBlank()) {
      text.append("# ").append(title).append("\n\n");
    }
    for (Message message : messages) {
      text.append("## ").append(message.user() ? user : model).append("\n\n");
      text.append(message.text().strip()).append("\n\n");
    }
    return text.toString().stripTrailing() + "\n";
  }
}
