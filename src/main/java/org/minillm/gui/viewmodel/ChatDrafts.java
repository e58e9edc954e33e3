package org.minillm.gui.viewmodel;

import java.util.HashMap;
import java.util.Map;
import org.minillm.app.ChatPlace;

/** What was typed and not sent, by the chat's id; a new chat's is empty. */
final class ChatDrafts {
  private final Map<String, String> drafts = new HashMap<>();

  /** The draft of a chat, empty for none. */
  String of(String id) {
    return drafts.getOrDefault(id, "");
  }

  void put(String id, String text) {
    if (text.isBlank()) {
      drafts.remove(id);
    } else {
      drafts.put(id, text);
    }
  }

  /** Adds those of an earlier start where there is none of this one. */
  void add(Map<String, String> earlier) {
    earlier.forEach(drafts::putIfAbsent);
  }

  /** What the next start shows again. */
  ChatPlace place(String open) {
    return new ChatPlace(open, drafts);
  }
}
