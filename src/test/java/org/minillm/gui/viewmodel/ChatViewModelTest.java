package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicLong;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.minillm.Config;
import org.minillm.MiniLlm;
import org.minillm.app.ChatMode;
import org.minillm.app.ChatStore;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.StoredChat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.format.TensorType;
import org.minillm.generate.GenerateOptions;

/** The chat's view model on a real service; the test's thread plays the toolkit's. */
class ChatViewModelTest {
  @TempDir Path home;

  private final LinkedBlockingQueue<Runnable> ui = new LinkedBlockingQueue<>();
  private final AtomicLong clock = new AtomicLong(1_000_000);
  private MiniLlmApp app;
  private ChatStore store;
  private ChatViewModel chat;

  @BeforeEach
  void open() throws Exception {
    try (MiniLlm tiny = new MiniLlm(new Config(300, 32, 1, 2, 64, 64))) {
      tiny.save(home.resolve("models/tiny"), TensorType.F32);
    }
    app = MiniLlmApp.open(home.resolve("config.json"), FrontEnd.COMMAND_LINE);
    app.monitor().setBudget(4L << 30); // the suite's own heap is not the app's
    store = new ChatStore(home.resolve("chats"));
    chat = viewModel();
    chat.setOptions(GenerateOptions.greedy().withMaxTokens(6));
    chat.load(home.resolve("models/tiny"), false);
    runUntil(chat::canSend);
  }

  @AfterEach
  void close() {
    app.close();
  }

  private ChatViewModel viewModel() {
    return new ChatViewModel(
        app.chat(), store, ui::add, Runnable::run, () -> clock.addAndGet(1000));
  }

  /** Runs what the view model gave the toolkit until the condition holds. */
  private void runUntil(BooleanSupplier condition) throws InterruptedException {
    long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(30);
    while (!condition.getAsBoolean()) {
      assertTrue(System.nanoTime() < end, "waited in vain");
      Runnable next = ui.poll(50, TimeUnit.MILLISECONDS);
      if (next != null) {
        next.run();
      }
    }
  }

  private void ask(String text) throws InterruptedException {
    assertTrue(app.chat().await(20_000)); // the job of the turn before ends after its news
    int before = chat.messages().size();
    chat.send(text);
    runUntil(
        () ->
            chat.messages().size() == before + 2
                && chat.messages().get(before + 1).figuresProperty().get() != null
                && chat.canSend());
  }

  private List<String> texts() {
    return chat.messages().stream().map(m -> m.textProperty().get()).toList();
  }

  @Test
  void aConversationIsKeptAndRestoredAtTheNextStart() throws Exception {
    ask("hola");
    ask("otra");
    List<String> said = texts();
    chat = viewModel();
    chat.restoreLast();
    runUntil(() -> chat.messages().size() == 4);
    assertEquals(said, texts());
    assertNotNull(chat.messages().get(3).figuresProperty().get());
    assertEquals(4, app.chat().snapshot().messages().size(), "the model remembers it, too");
  }

  @Test
  void aNewChatBeginsAnotherFileAndTheOldOneCanBeOpened() throws Exception {
    ask("uno");
    chat.newChat();
    assertTrue(chat.messages().isEmpty());
    ask("dos");
    assertEquals(List.of("dos", "uno"), store.list().stream().map(StoredChat::title).toList());
    chat.open(store.list().get(1));
    assertEquals("uno", texts().get(0));
    ask("tres");
    assertEquals(2, store.list().size());
    assertEquals(4, store.list().get(0).messages().size());
  }

  @Test
  void aDeletedChatLeavesTheScreenAndTheDisk() throws Exception {
    ask("uno");
    chat.delete(store.list().get(0));
    assertTrue(chat.messages().isEmpty());
    assertEquals(List.of(), store.list());
    ask("dos");
    assertEquals(1, store.list().size());
  }

  @Test
  void againReplacesTheLastAnswer() throws Exception {
    ask("hola");
    String first = texts().get(1);
    chat.setOptions(GenerateOptions.defaults().withMaxTokens(6).withSeed(5).withTemperature(2));
    assertTrue(app.chat().await(20_000));
    chat.again();
    runUntil(() -> chat.messages().get(1).figuresProperty().get() != null && chat.canSend());
    assertEquals(2, chat.messages().size());
    assertNotEquals(first, texts().get(1));
    assertEquals(texts().get(1), store.list().get(0).messages().get(1).text());
  }

  @Test
  void aMessageThatDoesNotFitGoesBackToWhereItWasTyped() throws Exception {
    assertTrue(app.chat().await(20_000)); // loading, too, ends after its news
    String tooLong = "palabra ".repeat(200);
    chat.send(tooLong);
    runUntil(() -> chat.failureProperty().get().isPresent());
    assertTrue(chat.messages().isEmpty());
    assertEquals(tooLong, chat.draftProperty().get());
    assertInstanceOf(BadInput.class, chat.failureProperty().get().get());
    runUntil(chat::canSend);
    ask("corto");
    assertTrue(chat.failureProperty().get().isEmpty());
  }

  @Test
  void aCompletionSeesItsTextAlone() throws Exception {
    chat.setMode(ChatMode.COMPLETION);
    ask("Había una vez");
    String first = texts().get(1);
    ask("Había una vez");
    assertEquals(first, texts().get(3), "what came before counts for nothing");
    assertEquals(ChatMode.COMPLETION, store.list().get(0).mode());
    chat.setMode(ChatMode.CHAT);
    assertTrue(chat.messages().isEmpty(), "another mode begins another chat");
  }

  @Test
  void anAnswerThatComesAfterItsChatWasLeftIsNotShown() throws Exception {
    chat.setOptions(GenerateOptions.greedy().withMaxTokens(40));
    chat.send("hola");
    chat.newChat();
    runUntil(chat::canSend);
    while (!ui.isEmpty()) {
      ui.take().run();
    }
    assertTrue(chat.messages().isEmpty());
    assertEquals("", chat.id());
  }
}
