package org.minillm.gui.viewmodel;

import static org.junit.jupiter.api.Assertions.assertEquals;
import static org.junit.jupiter.api.Assertions.assertFalse;
import static org.junit.jupiter.api.Assertions.assertInstanceOf;
import static org.junit.jupiter.api.Assertions.assertNotEquals;
import static org.junit.jupiter.api.Assertions.assertNotNull;
import static org.junit.jupiter.api.Assertions.assertNull;
import static org.junit.jupiter.api.Assertions.assertSame;
import static org.junit.jupiter.api.Assertions.assertTrue;

import java.nio.file.Files;
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
import org.minillm.app.AnswerInspection.Alternative;
import org.minillm.app.ChatMode;
import org.minillm.app.ChatState;
import org.minillm.app.ChatStore;
import org.minillm.app.ChatSummary;
import org.minillm.app.FrontEnd;
import org.minillm.app.MiniLlmApp;
import org.minillm.app.RoomyApp;
import org.minillm.base.MiniLlmException.BadFormat;
import org.minillm.base.MiniLlmException.BadInput;
import org.minillm.base.MiniLlmException.Busy;
import org.minillm.format.TensorType;
import org.minillm.generate.GenerateOptions;
import org.minillm.generate.OverflowPolicy;
import org.minillm.generate.StopReason;
import org.minillm.gui.viewmodel.Message.Branch;

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
    app = RoomyApp.open(home, FrontEnd.COMMAND_LINE);
    store = new ChatStore(home.resolve("chats"));
    chat = viewModel();
    chat.setOptions(GenerateOptions.greedy().withMaxTokens(6));
    chat.load(home.resolve("models/tiny"), false);
    runUntil(chat::canSend);
    assertTrue(app.chat().await(20_000)); // the job that loads ends after its news
  }

  @AfterEach
  void close() {
    app.close();
  }

  private ChatViewModel viewModel() {
    return new ChatViewModel(
        app.chat(), store, ui::add, Runnable::run, () -> clock.addAndGet(1000));
  }

  /** The window is opened anew. */
  private void restart() throws InterruptedException {
    chat.keepPlace();
    chat = viewModel();
    chat.restoreLast();
    drain();
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

  /** Runs what the toolkit was given so far. */
  private void drain() {
    for (Runnable next = ui.poll(); next != null; next = ui.poll()) {
      next.run();
    }
  }

  /** Gives a command and waits for the answer that is then the last message. */
  private Message answered(Runnable command) throws InterruptedException {
    assertTrue(app.chat().await(20_000)); // the job of the turn before ends after its news
    runUntil(chat::canSend);
    command.run();
    assertFalse(chat.messages().isEmpty(), "nothing was asked");
    Message answer = last();
    runUntil(() -> !answer.openProperty().get() && chat.canSend());
    assertEquals(java.util.Optional.empty(), chat.failureProperty().get());
    assertNotNull(answer.figuresProperty().get());
    return answer;
  }

  private Message ask(String text) throws InterruptedException {
    return answered(() -> chat.send(text));
  }

  /** Another seed: another answer. */
  private void surprise(long seed) {
    chat.setOptions(GenerateOptions.defaults().withMaxTokens(6).withSeed(seed).withTemperature(2));
  }

  /** Sends a message whose answer does not end by itself, and waits for the answer's beginning. */
  private Message askEndlessly(String text) throws InterruptedException {
    assertTrue(app.chat().await(20_000));
    runUntil(chat::canSend);
    chat.setOptions(
        GenerateOptions.greedy().withMaxTokens(1_000_000).withOverflow(OverflowPolicy.SLIDE, 0));
    chat.send(text);
    Message answer = last();
    runUntil(() -> chat.answering() && !text(answer).isEmpty());
    return answer;
  }

  private Message last() {
    return chat.messages().get(chat.messages().size() - 1);
  }

  private static String text(Message message) {
    return message.textProperty().get();
  }

  private List<String> texts() {
    return chat.messages().stream().map(ChatViewModelTest::text).toList();
  }

  private List<String> titles() {
    return store.list().stream().map(ChatSummary::title).toList();
  }

  @Test
  void anAnswerMadeAgainIsASiblingAndTheArrowsGoBack() throws Exception {
    Message first = ask("hola");
    surprise(5);
    Message second = answered(chat::again);
    surprise(6);
    Message third = answered(chat::again);
    assertNotEquals(text(first), text(second));
    assertEquals(new Branch(3, 3), third.branchProperty().get());
    assertEquals(new Branch(1, 3), first.branchProperty().get());
    chat.showSibling(third, -2);
    assertSame(first, last());
    chat.showSibling(first, -1);
    assertSame(first, last(), "there is none before it");
    chat.showSibling(first, 1);
    assertSame(second, last());
    assertEquals(
        List.of("hola", text(second)),
        app.chat().snapshot().messages().stream().map(m -> m.content()).toList(),
        "the model sees the branch shown");
  }

  @Test
  void anEarlierAnswerMadeAgainLeavesWhatFollowedOnItsBranch() throws Exception {
    Message first = ask("uno");
    ask("dos");
    List<String> before = texts();
    surprise(5);
    Message other = answered(() -> chat.again(first));
    assertEquals(List.of("uno", text(other)), texts());
    chat.showSibling(other, -1);
    assertEquals(before, texts());
  }

  @Test
  void anEditedQuestionIsASiblingThatIsAnswered() throws Exception {
    ask("uno");
    ask("dos");
    Message question = chat.messages().get(2);
    answered(() -> chat.edit(question, "tres"));
    assertEquals("tres", texts().get(2));
    assertEquals(4, texts().size());
    assertEquals(new Branch(2, 2), chat.messages().get(2).branchProperty().get());
    chat.showSibling(chat.messages().get(2), -1);
    assertEquals("dos", texts().get(2));
    answered(() -> chat.edit(chat.messages().get(0), "cuatro"));
    assertEquals("cuatro", texts().get(0));
    assertEquals(2, texts().size(), "the first message, too, has siblings");
    assertEquals("cuatro", chat.titleProperty().get());
  }

  @Test
  void anEditedAnswerStandsAsItIsAndTheNextTurnSeesIt() throws Exception {
    Message answer = ask("uno");
    chat.edit(answer, "Soy otra.");
    assertEquals(List.of("uno", "Soy otra."), texts());
    assertNull(last().figuresProperty().get());
    assertEquals(new Branch(2, 2), last().branchProperty().get());
    ask("dos");
    assertEquals("Soy otra.", app.chat().snapshot().messages().get(1).content());
    Message same = chat.messages().get(1);
    chat.edit(same, text(same));
    chat.edit(same, "  ");
    assertEquals(new Branch(2, 2), same.branchProperty().get(), "nothing was changed");
  }

  @Test
  void aBranchFromAnAnswersBeginningGoesOnFromIt() throws Exception {
    chat.setOptions(GenerateOptions.greedy().withMaxTokens(12));
    Message whole = ask("hola");
    String start = text(whole).substring(0, text(whole).offsetByCodePoints(0, 5));
    chat.setOptions(GenerateOptions.greedy().withMaxTokens(7));
    Message same = answered(() -> chat.branchFrom(whole, start));
    assertEquals(text(whole), text(same), "a character is a token: the model goes on as it did");
    assertEquals(new Branch(2, 2), same.branchProperty().get());
    assertEquals(7, same.figuresProperty().get().tokens());
    Message other = answered(() -> chat.branchFrom(whole, start + "Z"));
    assertTrue(text(other).startsWith(start + "Z") && text(other).length() > start.length() + 1);
    chat.branchFrom(chat.messages().get(0), "x");
    assertSame(other, last(), "a message of the user's has no such branch");
  }

  @Test
  void aContinuedAnswerGrowsInItsPlace() throws Exception {
    chat.setOptions(GenerateOptions.greedy().withMaxTokens(12));
    String whole = text(ask("hola"));
    chat.setOptions(GenerateOptions.greedy().withMaxTokens(5));
    Message answer = answered(chat::again);
    chat.setOptions(GenerateOptions.greedy().withMaxTokens(7));
    assertSame(answer, answered(chat::continueLast));
    assertEquals(whole, text(answer));
    assertEquals(12, answer.figuresProperty().get().tokens());
    assertEquals(new Branch(2, 2), answer.branchProperty().get());
  }

  @Test
  void allBranchesComeBackAtTheNextStartWithTheOneShown() throws Exception {
    ask("uno");
    surprise(5);
    answered(chat::again);
    ask("dos");
    List<String> second = texts();
    chat.showSibling(chat.messages().get(1), -1);
    ask("tres");
    List<String> first = texts();
    restart();
    assertEquals(first, texts());
    assertNotNull(last().figuresProperty().get());
    assertEquals(4, app.chat().snapshot().messages().size(), "the model remembers it, too");
    chat.showSibling(chat.messages().get(1), 1);
    assertEquals(second, texts());
    restart();
    assertEquals(second, texts());
  }

  @Test
  void theChatThatWasOpenComesBackWithWhatWasTyped() throws Exception {
    ask("uno");
    String first = chat.id();
    chat.newChat();
    ask("dos");
    chat.draftProperty().set("a medias");
    chat.chats().open(first);
    runUntil(() -> texts().get(0).equals("uno"));
    assertEquals("", chat.draftProperty().get());
    chat.draftProperty().set("otra cosa");
    restart();
    assertEquals("uno", texts().get(0), "the one on screen, not the one changed last");
    assertEquals("otra cosa", chat.draftProperty().get());
    chat.newChat();
    chat.draftProperty().set("nuevo");
    restart();
    assertEquals(List.of(), texts());
    assertEquals("nuevo", chat.draftProperty().get());
    chat.chats().open(store.list().get(0).id());
    runUntil(() -> !texts().isEmpty());
    assertEquals("a medias", chat.draftProperty().get());
  }

  @Test
  void aChatDeletedOutsideOrNeverNotedGivesWayToTheNewest() throws Exception {
    ask("uno");
    chat.newChat();
    ask("dos");
    Files.delete(home.resolve("chats/" + chat.id() + ".json"));
    restart();
    assertEquals("uno", texts().get(0));
    Files.delete(home.resolve("chats/_place.json"));
    chat = viewModel();
    chat.restoreLast();
    drain();
    assertEquals("uno", texts().get(0));
  }

  @Test
  void aNewChatBeginsAnotherFileAndTheOldOneCanBeOpened() throws Exception {
    ask("uno");
    chat.newChat();
    assertTrue(chat.messages().isEmpty());
    ask("dos");
    assertEquals(List.of("dos", "uno"), titles());
    chat.chats().open(store.list().get(1).id());
    runUntil(() -> texts().get(0).equals("uno"));
    ask("tres");
    assertEquals(2, store.list().size());
    assertEquals(4, store.list().get(0).messages());
  }

  @Test
  void aDeletedChatLeavesTheScreenAndCanBeHadBack() throws Exception {
    ask("uno");
    chat.chats().delete(store.list().get(0));
    drain();
    assertTrue(chat.messages().isEmpty());
    assertEquals(List.of(), store.list());
    ask("dos");
    assertEquals(List.of("dos"), titles());
    chat.chats().undoDelete();
    drain();
    assertEquals(List.of("dos", "uno"), titles());
    assertTrue(chat.chats().deletedProperty().get().isEmpty());
    assertEquals(2, chat.chats().listProperty().get().size());
  }

  @Test
  void aRenamedChatKeepsItsNameWhateverIsSaidInIt() throws Exception {
    ask("uno");
    String first = chat.id();
    chat.chats().rename(first, "  Mi\ncuento ");
    ask("dos");
    assertEquals("Mi cuento", chat.titleProperty().get());
    assertEquals(List.of("Mi cuento"), titles());
    chat.newChat();
    assertEquals("", chat.titleProperty().get());
    chat.chats().rename(first, "Otro");
    chat.chats().rename(first, " ");
    assertEquals(List.of("Otro"), titles());
    chat.chats().search("otro dos");
    drain();
    assertEquals(1, chat.chats().listProperty().get().size());
  }

  @Test
  void anExportedChatIsImportedWithItsBranches() throws Exception {
    ask("uno");
    surprise(5);
    answered(chat::again);
    List<String> said = texts();
    Path file = home.resolve("out.json");
    chat.chats().exportJson(chat.id(), file);
    chat.newChat();
    chat.chats().importFrom(file);
    runUntil(() -> !chat.messages().isEmpty());
    assertEquals(said, texts());
    assertEquals(new Branch(2, 2), last().branchProperty().get());
    assertEquals(2, store.list().size());
    chat.chats().exportMarkdown(chat.id(), home.resolve("out.md"), "Tú", "Modelo");
    assertTrue(Files.readString(home.resolve("out.md")).startsWith("# uno\n\n## Tú\n\nuno\n"));
    Files.writeString(file, "{}");
    chat.chats().importFrom(file);
    runUntil(() -> chat.failureProperty().get().isPresent());
    assertInstanceOf(BadFormat.class, chat.failureProperty().get().get());
    assertEquals(said, texts());
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
    Message answer = ask("corto");
    assertTrue(chat.failureProperty().get().isEmpty());
    assertTrue(app.chat().await(20_000));
    chat.branchFrom(answer, tooLong);
    runUntil(() -> chat.failureProperty().get().isPresent() && chat.canSend());
    assertSame(answer, last(), "the answer that was there is shown again");
    assertEquals(new Branch(1, 1), answer.branchProperty().get());
    assertTrue(app.chat().await(20_000));
    chat.edit(chat.messages().get(0), tooLong);
    runUntil(() -> chat.messages().get(0).branchProperty().get().count() == 1);
    assertSame(answer, last());
  }

  @Test
  void aChatWhoseFirstMessageFailsIsNoChat() throws Exception {
    assertTrue(app.chat().await(20_000)); // loading, too, ends after its news
    String tooLong = "palabra ".repeat(200);
    chat.send(tooLong);
    assertEquals(1, store.list().size());
    runUntil(() -> chat.failureProperty().get().isPresent());
    assertEquals("", chat.id());
    assertEquals("", chat.titleProperty().get());
    assertEquals(List.of(), store.list());
    restart();
    assertEquals(List.of(), texts());
    assertEquals(tooLong, chat.draftProperty().get());
  }

  @Test
  void whatIsTypedGoesAlongIntoAnotherMode() throws Exception {
    chat.draftProperty().set("nuevo");
    ask("uno");
    String first = chat.id();
    chat.draftProperty().set("a medias");
    chat.setMode(ChatMode.COMPLETION);
    assertEquals(List.of(), texts());
    assertEquals("a medias", chat.draftProperty().get());
    chat.chats().open(first);
    runUntil(() -> !texts().isEmpty());
    assertEquals("", chat.draftProperty().get(), "it is in one place");
  }

  @Test
  void aCompletionSeesItsTextAlone() throws Exception {
    chat.setMode(ChatMode.COMPLETION);
    String first = text(ask("Había una vez"));
    assertEquals(first, text(ask("Había una vez")), "what came before counts for nothing");
    assertEquals(ChatMode.COMPLETION, store.list().get(0).mode());
    chat.setMode(ChatMode.CHAT);
    assertTrue(chat.messages().isEmpty(), "another mode begins another chat");
  }

  @Test
  void anAnswerThatComesAfterItsChatWasLeftIsNotShown() throws Exception {
    chat.setOptions(GenerateOptions.greedy().withMaxTokens(40));
    chat.send("hola");
    String left = chat.id();
    chat.newChat();
    runUntil(chat::canSend);
    drain();
    assertTrue(chat.messages().isEmpty());
    assertEquals("", chat.id());
    assertEquals("hola", store.read(left).messages().get(0).text());
  }

  @Test
  void anAnswerThatIsLeftWhileItStreamsStaysAsFarAsItCame() throws Exception {
    chat.setOptions(GenerateOptions.greedy().withMaxTokens(40));
    chat.send("hola");
    Message answer = last();
    runUntil(() -> !text(answer).isEmpty());
    String came = text(answer);
    chat.close();
    assertEquals(came, store.read(chat.id()).messages().get(1).text());
  }

  @Test
  void whileAnAnswerComesNoOtherModelIsTakenAndTheAnswerGoesOn() throws Exception {
    Message answer = askEndlessly("hola");
    for (Runnable change :
        List.<Runnable>of(
            () -> chat.load(home.resolve("models/tiny"), false),
            chat::eject,
            chat::talkToTrainingModel)) {
      change.run();
      assertTrue(chat.failureProperty().get().isPresent());
      assertSame(answer, last());
    }
    assertTrue(chat.modelBusy().get());
    chat.load(home.resolve("models/tiny"), false);
    assertInstanceOf(Busy.class, chat.failureProperty().get().orElseThrow());
    chat.stop();
    runUntil(() -> !answer.openProperty().get() && chat.canSend());
    assertEquals(StopReason.CANCELLED, answer.figuresProperty().get().reason());
    assertEquals(text(answer), store.read(chat.id()).messages().get(1).text());
    assertFalse(chat.modelBusy().get());
  }

  @Test
  void anEditThatCannotBeTakenIsToldSo() throws Exception {
    Message answer = ask("uno");
    Message question = chat.messages().get(0);
    assertFalse(chat.edit(question, " "));
    assertTrue(chat.edit(question, "uno"), "nothing is lost");
    chat.eject();
    runUntil(() -> chat.snapshotProperty().get().state() == ChatState.EMPTY);
    assertTrue(chat.cannotSend().get());
    assertFalse(chat.edit(question, "dos"));
    assertFalse(chat.branchFrom(answer, "Soy"));
    assertEquals("uno", texts().get(0));
    assertTrue(chat.edit(answer, "Soy otra."), "needs no model");
    assertEquals("Soy otra.", text(last()));
  }

  @Test
  void whatIsHalfTypedStaysWhenAnotherMessageIsSent() throws Exception {
    ask("uno");
    chat.draftProperty().set("a medias");
    answered(() -> assertTrue(chat.edit(chat.messages().get(0), "dos")));
    assertEquals("a medias", chat.draftProperty().get());
    ask("una propuesta");
    assertEquals("a medias", chat.draftProperty().get());
    assertTrue(app.chat().await(20_000));
    String tooLong = "palabra ".repeat(200);
    assertTrue(chat.edit(chat.messages().get(0), tooLong));
    runUntil(() -> chat.failureProperty().get().isPresent());
    assertEquals(tooLong + "\na medias", chat.draftProperty().get(), "both are kept");
    runUntil(chat::canSend);
    chat.draftProperty().set(" tres\n");
    ask("tres");
    assertEquals("", chat.draftProperty().get());
  }

  @Test
  void theChatOnScreenIsNotOpenedAnewWhileItsAnswerComes() throws Exception {
    Message answer = askEndlessly("hola");
    chat.chats().open(chat.id());
    drain();
    assertSame(answer, last());
    assertTrue(answer.openProperty().get());
    chat.stop();
    runUntil(() -> answer.figuresProperty().get() != null);
    assertEquals(text(answer), store.read(chat.id()).messages().get(1).text());
  }

  @Test
  void anotherWordIsTakenWhileTheAttentionIsLookedAt() throws Exception {
    Message answer = ask("hola");
    assertTrue(app.chat().await(20_000));
    AnswerInspectionViewModel why = chat.inspect(answer);
    runUntil(() -> why.inspectionProperty().get().isPresent());
    answered(
        () -> {
          why.select(1);
          Alternative other =
              why.inspectionProperty().get().orElseThrow().alternatives(1).stream()
                  .filter(why::canTake)
                  .findFirst()
                  .orElseThrow();
          assertTrue(why.take(other));
          assertFalse(chat.canSend());
          assertFalse(why.take(other), "no second time");
        });
    assertEquals(new Branch(2, 2), last().branchProperty().get());
    drain();
    assertTrue(why.failureProperty().get().isEmpty());
  }
}
