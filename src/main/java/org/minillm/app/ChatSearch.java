package org.minillm.app;

import java.text.Normalizer;
import java.util.Optional;
import java.util.stream.Stream;
import org.minillm.app.StoredChat.Message;

/** Finds words in a chat's title and messages, whatever their case and accents. */
final class ChatSearch {
  private static final int BEFORE = 24;
  private static final int AFTER = 60;

  private final String[] words;

  ChatSearch(String query) {
    words = Stream.of(folded(query).split("\\s+")).filter(w -> !w.isEmpty()).toArray(String[]::new);
  }

  /** The chat with the place found, or empty if one of the words is nowhere in it. */
  Optional<ChatSummary> find(StoredChat chat) {
    String title = folded(chat.title());
    String found = "";
    for (String word : words) {
      if (title.contains(word)) {
        continue;
      }
      String place = place(chat, word);
      if (place.isEmpty()) {
        return Optional.empty();
      }
      found = found.isEmpty() ? place : found;
    }
    return Optional.of(
        new ChatSummary(
            chat.id(),
            chat.title(),
            chat.changedMillis(),
            chat.mode(),
            chat.messages().size(),
            found));
  }

  private static String place(StoredChat chat, String word) {
    for (Message message : chat.messages()) {
      String text = Normalizer.normalize(message.text(), Normalizer.Form.NFC);
      int at = folded(text).indexOf(word);
      if (at >= 0) {
        int from = Math.max(0, at - BEFORE);
        int to = Math.min(text.length(), at + word.length() + AFTER);
        return (from > 0 ? "…" : "")
            + text.substring(from, to).replaceAll("\\s+", " ").strip()
            + (to < text.length() ? "…" : "");
      }
    }
    return "";
  }

  /** Small letters without accents; as long as the text, if that is composed (NFC). */
  private static String folded(String text) {
    String composed = Normalizer.normalize(text, Normalizer.Form.NFC);
    char[] letters = composed.toCharArray();
    for (int i = 0; i < letters.length; i++) {
      char c = letters[i];
      if (c >= 0xC0 && Character.isLetter(c)) {
        c = Normalizer.normalize(String.valueOf(c), Normalizer.Form.NFD).charAt(0);
      }
      letters[i] = Character.toLowerCase(c);
    }
    return new String(letters);
  }
}
