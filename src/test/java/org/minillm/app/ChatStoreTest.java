package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.StoredChat.Figures;
import org.minillm.app.StoredChat.Message;
import org.minillm.generate.StopReason;

class ChatStoreTest {
  @TempDir Path home;

  private static StoredChat chat(String id, long changed, String first) {
    return new StoredChat(
        id,
        StoredChat.titleOf(first),
        changed,
        ChatMode.CHAT,
        "starter",
        List.of(
            new Message(true, first, null),
            new Message(
                false,
                "Una «luna»\n\"grande\".",
                new Figures(7, 120.5, 0.031, StopReason.CANCELLED, 2, 0))));
  }

  @Test
  void aChatComesBackAsItWasKept() throws IOException {
    ChatStore store = new ChatStore(home.resolve("not/there/yet"));
    StoredChat kept = chat("20261125-1", 5, "¿Qué es la luna? 🌙");
    store.save(kept);
    assertEquals(List.of(kept), store.list());
    try (var files = Files.list(store.directory())) {
      assertEquals(1, files.count(), "no temporary file is left");
    }
  }

  @Test
  void theChatChangedLastComesFirstAndADeletedOneIsGone() throws IOException {
    ChatStore store = new ChatStore(home);
    store.save(chat("a", 1, "one"));
    store.save(chat("b", 3, "two"));
    store.save(chat("c", 2, "three"));
    store.save(chat("a", 4, "one again"));
    assertEquals(List.of("a", "b", "c"), store.list().stream().map(StoredChat::id).toList());
    store.delete("b");
    store.delete("b");
    assertEquals(List.of("a", "c"), store.list().stream().map(StoredChat::id).toList());
  }

  @Test
  void whatCannotBeReadIsLeftOut() throws IOException {
    ChatStore store = new ChatStore(home);
    store.save(chat("good", 1, "hello"));
    Files.writeString(home.resolve("cut.json"), "{\"title\": \"x\", \"mess");
    Files.writeString(
        home.resolve("odd.json"), "{\"messages\":[{\"figures\":{\"reason\":\"NO_SUCH\"}}]}");
    assertEquals(List.of("good"), store.list().stream().map(StoredChat::id).toList());
  }

  @Test
  void anIdCannotLeaveTheDirectory() {
    assertThrows(IllegalArgumentException.class, () -> chat("../other", 1, "x"));
  }

  @Test
  void aTitleIsOneShortLine() {
    assertEquals("one two", StoredChat.titleOf("  one\n\ttwo "));
    String title = StoredChat.titleOf("palabra ".repeat(20));
    assertTrue(title.length() <= 48 && title.endsWith("…"), title);
  }

  @Test
  void theWindowRemembersItselfAndSurvivesABrokenFile() throws IOException {
    Path file = home.resolve("sub/window.json");
    assertEquals(WindowSettings.FIRST, WindowSettings.read(file));
    WindowSettings light = WindowSettings.FIRST.withDark(false).withLanguage("es").withModel("/m");
    light.write(file);
    assertEquals(light, WindowSettings.read(file));
    Files.writeString(file, "{");
    assertEquals(WindowSettings.FIRST, WindowSettings.read(file));
  }
}
