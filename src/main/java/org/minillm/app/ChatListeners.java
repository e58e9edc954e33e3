package org.minillm.app;

import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.function.Consumer;

/** Who hears of a chat. */
final class ChatListeners {
  private final List<ChatListener> all = new CopyOnWriteArrayList<>();

  Subscription add(ChatListener listener) {
    all.add(listener);
    return () -> all.remove(listener);
  }

  /** Tells each; a listener's mistake is logged and does not silence the others. */
  void tell(Consumer<ChatListener> news) {
    for (ChatListener listener : all) {
      try {
        news.accept(listener);
      } catch (RuntimeException | Error e) {
        System.getLogger(ChatService.class.getName())
            .log(System.Logger.Level.ERROR, "A listener of the chat failed", e);
      }
    }
  }
}
