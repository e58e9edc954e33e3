package org.minillm.app;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.app.StoredChat.Figures;
import org.minillm.app.StoredChat.Message;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.OverflowPolicy;
import org.minillm.generate.StopReason;

class ChatStoreTest {
  @TempDir Path home;

  private static StoredChat chat(String id, long changed, String first) {
    return new StoredChat(
        id,
        StoredChat.titleOf(first),
        false,
        changed,
        ChatMode.CHAT,
        "starter",
        List.of(
            new Message(true, first, null, -1, false),
            new Message(
                false,
                "Una «luna»\n\"grande\".",
                new Figures(7, 120.5, 0.031, StopReason.CANCELLED, 2, 0, 40),
                0,
                false)));
  }

  private List<String> ids(ChatStore store, String query) {
    return store.search(query).stream().map(ChatSummary::id).toList();
  }

  @Test
  void aChatComesBackAsItWasKept() throws IOException {
    ChatStore store = new ChatStore(home.resolve("not/there/yet"));
    StoredChat kept = chat("20261125-1", 5, "¿Qué es la luna? 🌙");
    store.save(kept);
    assertEquals(kept, store.read("20261125-1"));
    assertEquals(
        List.of(new ChatSummary("20261125-1", "¿Qué es la luna? 🌙", 5, ChatMode.CHAT, 2, "")),
        store.list());
    try (var files = Files.list(store.directory())) {
      assertEquals(1, files.count(), "no temporary file is left");
    }
  }

  @Test
  void halfACharacterIsKeptAsAQuestionMark() throws IOException {
    ChatStore store = new ChatStore(home);
    store.save(chat("half", 5, "luna \ud83c!"));
    assertEquals("luna ?!", store.read("half").messages().get(0).text());
    store.save(new ChatPlace("half", Map.of("half", "\udf19")));
    assertEquals(Map.of("half", "?"), store.place().orElseThrow().drafts());
  }

  @Test
  void branchesComeBackAndTheChosenOneIsShown() throws IOException {
    ChatStore store = new ChatStore(home);
    List<Message> tree =
        List.of(
            new Message(true, "q", null, -1, true),
            new Message(false, "a1", null, 0, true),
            new Message(true, "more", null, 1, false),
            new Message(false, "a2", null, 0, false),
            new Message(true, "q, edited", null, -1, false));
    StoredChat kept = new StoredChat("t", "Mine", true, 5, ChatMode.COMPLETION, "", tree);
    store.save(kept);
    StoredChat read = store.read("t");
    assertEquals(kept, read);
    assertEquals(List.of("q", "a1", "more"), read.shown().stream().map(Message::text).toList());
    assertThrows(
        IllegalArgumentException.class,
        () ->
            new StoredChat(
                "t",
                "",
                false,
                5,
                ChatMode.CHAT,
                "",
                List.of(new Message(true, "q", null, 0, false))));
  }

  @Test
  void aFileOfTheFirstVersionIsOneBranch() throws IOException {
    ChatStore store = new ChatStore(home);
    Files.writeString(
        home.resolve("old.json"),
        """
        {"title": "uno", "changed": 7, "mode": "chat", "model": "starter", "messages": [
          {"role": "user", "content": "uno"},
          {"role": "assistant", "content": "Hola.", "figures": {"tokens": 3, "tokens_per_s": 90.5,
           "first_token_s": 0.02, "reason": "END_OF_TEXT", "forgotten_messages": 0,
           "forgotten_tokens": 0}},
          {"role": "user", "content": "dos"}]}
        """);
    StoredChat read = store.read("old");
    assertEquals(List.of("uno", "Hola.", "dos"), read.shown().stream().map(Message::text).toList());
    assertEquals(
        new Figures(3, 90.5, 0.02, StopReason.END_OF_TEXT, 0, 0, -1),
        read.messages().get(1).figures());
  }

  @Test
  void theChatChangedLastComesFirst() throws IOException {
    ChatStore store = new ChatStore(home);
    store.save(chat("a", 1, "one"));
    store.save(chat("b", 3, "two"));
    store.save(chat("c", 2, "three"));
    store.save(chat("a", 4, "one again"));
    assertEquals(List.of("a", "b", "c"), ids(store, ""));
  }

  @Test
  void aDeletedChatIsInTheTrashUntilTwentyCameAfterIt() throws IOException {
    ChatStore store = new ChatStore(home);
    StoredChat kept = chat("b", 3, "two");
    store.save(kept);
    store.delete("b");
    store.delete("b");
    assertEquals(List.of(), store.list());
    store.restore("b");
    assertEquals(kept, store.read("b"));
    store.delete("b");
    Files.setLastModifiedTime(home.resolve("trash/b.json"), FileTime.fromMillis(1));
    for (int i = 0; i < 20; i++) {
      store.save(chat("x" + i, 3, "other"));
      store.delete("x" + i);
    }
    assertThrows(IOException.class, () -> store.restore("b"));
    store.restore("x0");
  }

  @Test
  void aSearchFindsWordsInTitlesAndMessagesWhateverTheirCaseAndAccents() throws IOException {
    ChatStore store = new ChatStore(home);
    store.save(chat("a", 1, "El árbol y la niña " + "del bosque ".repeat(20)));
    store.save(chat("b", 2, "otra cosa"));
    assertEquals(List.of("a"), ids(store, "ARBOL"));
    assertEquals(List.of("b", "a"), ids(store, "  una  Luna "));
    assertEquals(List.of("b"), ids(store, "luna otra"));
    assertEquals(List.of(), ids(store, "arbol otra"));
    assertEquals("Una «luna» \"grande\".", store.search("luna").get(0).found());
    assertEquals("", store.search("árbol").get(0).found(), "the title says it");
  }

  @Test
  void aRenamedChatKeepsItsPlaceInTheList() throws IOException {
    ChatStore store = new ChatStore(home);
    store.save(chat("a", 1, "one"));
    store.rename("a", "Mine");
    StoredChat named = store.read("a");
    assertEquals("Mine", named.title());
    assertTrue(named.named());
    assertEquals(1, named.changedMillis());
    assertThrows(NoSuchFileException.class, () -> store.rename("none", "x"));
  }

  @Test
  void anExportedChatCanBeImportedAgain() throws IOException {
    ChatStore store = new ChatStore(home.resolve("chats"));
    StoredChat kept = chat("a", 1, "one");
    store.save(kept);
    Path file = home.resolve("out.json");
    store.exportJson("a", file);
    StoredChat brought = store.importFrom(file, "new");
    assertEquals(kept.messages(), brought.messages());
    assertEquals(brought, store.read("new"));
    store.exportMarkdown("a", home.resolve("out.md"), "Tú", "Modelo");
    assertEquals(
        "# one\n\n## Tú\n\none\n\n## Modelo\n\nUna «luna»\n\"grande\".\n",
        Files.readString(home.resolve("out.md")));
  }

  @Test
  void aFileThatIsNoChatIsNotImported() throws IOException {
    ChatStore store = new ChatStore(home.resolve("chats"));
    for (String text :
        List.of(
            "{",
            "[1]",
            "{\"messages\": []}",
            "{\"messages\": [{\"role\": \"system\"}]}",
            "{\"messages\": [{\"role\": \"user\", \"parent\": 3}]}",
            "{\"messages\": [{\"role\": \"user\", \"figures\": {\"reason\": \"NO\"}}]}")) {
      Path file = Files.writeString(home.resolve("in.json"), text);
      assertThrows(BadFormat.class, () -> store.importFrom(file, "new"), text);
    }
    assertThrows(NoSuchFileException.class, () -> store.importFrom(home.resolve("no"), "new"));
    assertEquals(List.of(), store.list());
  }

  @Test
  void whereOneWasIsNotedBesideTheChats() throws IOException {
    ChatStore store = new ChatStore(home);
    assertTrue(store.place().isEmpty());
    ChatPlace place = new ChatPlace("a", Map.of("", "hola", "a", "y «tú»\n?"));
    store.save(place);
    assertEquals(place, store.place().orElseThrow());
    assertEquals(List.of(), store.list());
    Files.writeString(home.resolve("_place.json"), "{");
    assertTrue(store.place().isEmpty());
  }

  @Test
  void whatCannotBeReadIsLeftOut() throws IOException {
    ChatStore store = new ChatStore(home);
    store.save(chat("good", 1, "hello"));
    Files.writeString(home.resolve("cut.json"), "{\"title\": \"x\", \"mess");
    Files.writeString(
        home.resolve("odd.json"), "{\"messages\":[{\"figures\":{\"reason\":\"NO_SUCH\"}}]}");
    Files.write(home.resolve("bytes.json"), new byte[] {(byte) 0xff, 0, (byte) 0xfe});
    assertEquals(List.of("good"), ids(store, ""));
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
    GenerateOptions own =
        GenerateOptions.defaults()
            .withTemperature(0.7f)
            .withTopK(7)
            .withTopP(0.6f)
            .withMinP(0.1f)
            .withRepetitionPenalty(1.2f)
            .withMaxTokens(99)
            .withSeed(5)
            .withOverflow(OverflowPolicy.SLIDE, 0);
    light.withSampling(own).write(file);
    assertEquals(light.withSampling(own), WindowSettings.read(file));
    Files.writeString(file, Files.readString(file).replace("0.7", "70"));
    assertEquals(light, WindowSettings.read(file), "what is not allowed is left out");
    Files.writeString(file, "{");
    assertEquals(WindowSettings.FIRST, WindowSettings.read(file));
  }

  @Test
  void aSmallScreenLimitsTheNextStartAndNotTheChosenScale() throws IOException {
    Path file = home.resolve("window.json");
    assertEquals(1, WindowSettings.scale(file));
    WindowSettings chosen = WindowSettings.FIRST.withScale(1.5);
    chosen.write(file);
    assertEquals(1.5, WindowSettings.scale(file));
    chosen.withLargestScale(1.25).write(file);
    assertEquals(1.25, WindowSettings.scale(file));
    assertEquals(1.5, WindowSettings.read(file).scale());
    chosen.withLargestScale(2).write(file);
    assertEquals(1.5, WindowSettings.scale(file));
  }
}
