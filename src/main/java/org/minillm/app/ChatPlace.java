package org.minillm.app;

import java.util.Map;

/**
 * Where one was in the chats: what the next start shows again.
 *
 * @param open id of the chat on screen, empty for a new one
 * @param drafts by a chat's id (empty for a new chat): what was typed and not sent
 */
public record ChatPlace(String open, Map<String, String> drafts) {
  public ChatPlace {
    drafts = Map.copyOf(drafts);
  }
}
